"""Self-check of the lesson `agents`: what a loop and retries cost, what runs again after a kill, what fits a failure.

The small systems that the tasks speak of stand in the lesson and, as data, here; expected values follow from them.
"""

from __future__ import annotations

from typing import Any, Literal

from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number, judge_set
from autograde.registry import Check

LESSON = "agents"

# --- Task 1: a loop and retries, by hand ------------------------------------------------------------------------------

RECURSION_LIMIT = 1_000
TRIAGE_TOKENS = (200, 10)
AGENT_TOKENS = (900, 40)
DOLLARS_A_MILLION = (0.75, 4.50)
HANDOFFS = 2
CLIENT_RETRIES = 2
NODE_ATTEMPTS = 3
TIME_LIMIT = 5.0
FIRST_PAUSE = 0.5


class ByHand(AnswerSheet):
    """What a loop costs, and what bounded retries send and wait."""

    loop_dollars: Number = answer("the cost of the message", unit="US dollars")
    calls_with_bound: Number = answer("the number of model calls, triage included")
    requests_sent: Number = answer("the number of requests")
    seconds_to_fallback: Number = answer("the time until the fallback runs", unit="s")


INPUT_ONLY = Misconception(
    "input_only", "This prices the prompts alone. Answers are fewer tokens, and each costs six times as much here."
)
ONE_PRICE = Misconception("one_price", "This prices all tokens as input. Output tokens have a price of their own.")
ONE_LAP = Misconception(
    "one_lap",
    "This is one lap: triage and each agent once. Each step of the loop is a model call until the limit ends it.",
)
LAPS_NOT_STEPS = Misconception(
    "laps_not_steps",
    "This counts a lap of both agents for each step. The recursion limit counts steps, and one step runs one agent.",
)
HANDOFFS_ARE_CALLS = Misconception(
    "handoffs_are_calls",
    "This forgets the agent that gets the message first. Two handoffs are three agents' calls, after triage's.",
)
TRIAGE_FORGOTTEN = Misconception("triage_forgotten", "This leaves out triage, which asks a model too.")
LAYERS_ADDED = Misconception(
    "layers_added",
    "Layers of retries multiply: each attempt of the node starts the client, which tries again by itself.",
)
RETRIES_ARE_ATTEMPTS = Misconception(
    "retries_are_attempts",
    "The client retries twice, so it asks three times. `max_attempts` counts the first time, and retries do not.",
)
ONE_LAYER = Misconception("one_layer", "This counts one layer only. The client inside the node retries as well.")
ONE_ATTEMPT = Misconception(
    "one_attempt", "This is the time limit of one attempt. The limit holds for each attempt and not for the node."
)
PAUSES_FORGOTTEN = Misconception("pauses_forgotten", "This leaves out the pauses between the attempts.")
PAUSE_AFTER_LAST = Misconception(
    "pause_after_last", "Three attempts have two pauses between them. After the last one the fallback runs at once."
)

by_hand = Check(
    f"{LESSON}.by_hand",
    "What a loop and retries cost, by hand",
    ByHand,
    (
        INPUT_ONLY,
        ONE_PRICE,
        ONE_LAP,
        LAPS_NOT_STEPS,
        HANDOFFS_ARE_CALLS,
        TRIAGE_FORGOTTEN,
        LAYERS_ADDED,
        RETRIES_ARE_ATTEMPTS,
        ONE_LAYER,
        ONE_ATTEMPT,
        PAUSES_FORGOTTEN,
        PAUSE_AFTER_LAST,
    ),
    case="demonstration",
)


def _cost(agent_calls: int, prices: tuple[float, float] = DOLLARS_A_MILLION) -> float:
    """Return what triage and a number of agents' calls cost, in US dollars."""
    tokens = [first + agent_calls * each for first, each in zip(TRIAGE_TOKENS, AGENT_TOKENS, strict=True)]
    return sum(count * price for count, price in zip(tokens, prices, strict=True)) / 1e6


@by_hand.finding("The loop", points=1, needs=["loop_dollars"])
def the_loop(answers: ByHand, case: Any) -> Judgement:
    """One step is triage, and every other one is a call of one of the two agents."""
    price_in, _ = DOLLARS_A_MILLION
    agents = RECURSION_LIMIT - 1
    return judge_number(
        answers.loop_dollars,
        _cost(agents),
        unit="US dollars",
        why="One message, and no error until the money is spent. LangGraph's own limit is ten times as high.",
        misconceptions={
            INPUT_ONLY: _cost(agents, (price_in, 0.0)),
            ONE_PRICE: _cost(agents, (price_in, price_in)),
            ONE_LAP: _cost(2),
            LAPS_NOT_STEPS: _cost(2 * agents),
        },
    )


@by_hand.finding("The loop with a bound", points=1, needs=["calls_with_bound"])
def with_a_bound(answers: ByHand, case: Any) -> Judgement:
    """Triage, the first agent, and one more for each handoff."""
    return judge_number(
        answers.calls_with_bound,
        2 + HANDOFFS,
        unit="calls",
        why="A bound in the state turns the worst case into a number that you can multiply by your traffic.",
        misconceptions={TRIAGE_FORGOTTEN: 1 + HANDOFFS, HANDOFFS_ARE_CALLS: HANDOFFS},
    )


@by_hand.finding("Requests of one failing agent", points=1, needs=["requests_sent"])
def requests(answers: ByHand, case: Any) -> Judgement:
    """The attempts of the node times the attempts of the client."""
    return judge_number(
        answers.requests_sent,
        NODE_ATTEMPTS * (1 + CLIENT_RETRIES),
        unit="requests",
        why="They go to a server that is already struggling, from every conversation at once. Retry at one layer.",
        misconceptions={
            LAYERS_ADDED: NODE_ATTEMPTS + CLIENT_RETRIES,
            RETRIES_ARE_ATTEMPTS: NODE_ATTEMPTS * CLIENT_RETRIES,
            ONE_LAYER: NODE_ATTEMPTS,
        },
    )


@by_hand.finding("Waiting for the fallback", points=1, needs=["seconds_to_fallback"])
def waiting(answers: ByHand, case: Any) -> Judgement:
    """Every attempt's limit, and the pauses between them."""
    pauses = [FIRST_PAUSE * 2**number for number in range(NODE_ATTEMPTS)]
    attempts = NODE_ATTEMPTS * TIME_LIMIT
    return judge_number(
        answers.seconds_to_fallback,
        attempts + sum(pauses[:-1]),
        unit="s",
        why="This is what a customer waits at worst. Choose it first, and derive limit and attempts from it.",
        misconceptions={
            ONE_ATTEMPT: TIME_LIMIT,
            PAUSES_FORGOTTEN: attempts,
            PAUSE_AFTER_LAST: attempts + sum(pauses),
        },
    )


# --- Task 2: what runs again ------------------------------------------------------------------------------------------

NODES = ("triage", "orders", "approve", "pay")

Key = Literal["a new random id for each call", "the thread id", "thread id and return id", "the time of the call"]
KEYS = "'a new random id for each call', 'the thread id', 'thread id and return id' or 'the time of the call'"


class Resume(AnswerSheet):
    """What runs again, how often effects happen, and the key that keeps one of them single."""

    after_kill: list[Literal["triage", "orders", "approve", "pay"]] = answer("a list of names of nodes")
    mails: Number = answer("the number of mails")
    log_lines: Number = answer("the number of lines in the log")
    key: Key = answer(KEYS)


FROM_THE_START = Misconception(
    "from_the_start",
    "Triage's step is in the checkpoint. A finished step is not repeated, and that is what the checkpoint is for.",
)
RUNNING_COUNTS_AS_DONE = Misconception(
    "running_counts_as_done",
    "The killed process never wrote down what orders did. A step that was running has not happened, and runs again.",
)
PAST_THE_INTERRUPT = Misconception(
    "past_the_interrupt", "The interrupt in approve stops the run: pay waits for the colleague's answer."
)
RESUMES_AT_THE_LINE = Misconception(
    "resumes_at_the_line",
    "The node does not go on at `interrupt`. It begins again from its first line, so what is above happens twice.",
)
EVERYTHING_TWICE = Misconception(
    "everything_twice",
    "What comes after `interrupt` is reached once, with the answer. The first time the node stopped short of it.",
)
KEY_OF_THE_ATTEMPT = Misconception(
    "key_of_the_attempt",
    "This names the attempt: a second attempt gets another key, and the bank pays again. A key names the intention.",
)
KEY_TOO_WIDE = Misconception(
    "key_too_wide",
    "A second return in the same conversation gets the same key, and the bank takes it for a repetition of the first.",
)

resume = Check(
    f"{LESSON}.resume",
    "What runs again after a kill",
    Resume,
    (
        FROM_THE_START,
        RUNNING_COUNTS_AS_DONE,
        PAST_THE_INTERRUPT,
        RESUMES_AT_THE_LINE,
        EVERYTHING_TWICE,
        KEY_OF_THE_ATTEMPT,
        KEY_TOO_WIDE,
    ),
    case="demonstration",
)


@resume.finding("Nodes of the next process", points=1, needs=["after_kill"])
def nodes_again(answers: Resume, case: Any) -> Judgement:
    """The node that was running, and those behind it as far as the interrupt."""
    killed, stops = NODES.index("orders"), NODES.index("approve")
    right = set(NODES[killed : stops + 1])
    return judge_set(
        answers.after_kill,
        right,
        what="nodes",
        why="The unit of recovery is the step. What it costs to lose is what one node does.",
        misconceptions={
            FROM_THE_START: set(NODES[: stops + 1]),
            RUNNING_COUNTS_AS_DONE: right - {"orders"},
            PAST_THE_INTERRUPT: set(NODES[killed:]),
        },
    )


@resume.finding("Mails before the interrupt", points=1, needs=["mails"])
def mails_sent(answers: Resume, case: Any) -> Judgement:
    """Once when the node stops, once when it begins again."""
    return judge_number(
        answers.mails,
        2,
        unit="mails",
        why="Put effects behind the interrupt, into a node of their own, or under a key.",
        misconceptions={RESUMES_AT_THE_LINE: 1},
    )


@resume.finding("Lines after the interrupt", points=1, needs=["log_lines"])
def lines_written(answers: Resume, case: Any) -> Judgement:
    """Only the second run of the node gets past the interrupt."""
    return judge_number(
        answers.log_lines,
        1,
        unit="lines",
        why="What follows the answer happens once, unless the process dies there: then it may happen again.",
        misconceptions={EVERYTHING_TWICE: 2},
    )


@resume.finding("The key for the bank", points=1, needs=["key"])
def key_for_the_bank(answers: Resume, case: Any) -> Judgement:
    """A name that every attempt of one intention shares, and no other intention has."""
    return judge_choice(
        answers.key,
        "thread id and return id",
        why="The key has to come out of the checkpoint, so that the next process finds the same one.",
        misconceptions={
            "a new random id for each call": KEY_OF_THE_ATTEMPT,
            "the time of the call": KEY_OF_THE_ATTEMPT,
            "the thread id": KEY_TOO_WIDE,
        },
    )


# --- Task 3: the behaviour that fits the failure ----------------------------------------------------------------------

Behaviour = Literal["try again, once", "fallback without a model", "hand to a person", "refuse"]
BEHAVIOURS = "'try again, once', 'fallback without a model', 'hand to a person' or 'refuse'"


class Behaviours(AnswerSheet):
    """What happens when each of five things goes wrong."""

    cut_off: Behaviour = answer(BEHAVIOURS)
    limited: Behaviour = answer(BEHAVIOURS)
    transfer: Behaviour = answer(BEHAVIOURS)
    stranger: Behaviour = answer(BEHAVIOURS)
    undecided: Behaviour = answer(BEHAVIOURS)


GIVES_UP_EARLY = Misconception(
    "gives_up_early",
    "The failure was quick and may be chance. A second attempt costs little time and may bring the real answer.",
)
RETRIES_INTO_THE_LIMIT = Misconception(
    "retries_into_the_limit",
    "The provider has said when it will answer again, and the customer will not wait for that. Another request now is "
    "refused too.",
)
PERSON_FOR_EVERYTHING = Misconception(
    "person_for_everything",
    "The facts are in the database, which works. A person is dear and slow, and is needed where nothing else is left.",
)
PAYS_TWICE = Misconception(
    "pays_twice", "Nobody knows whether the first request was carried out. Without a key the second one may pay again."
)
INVENTS_AN_OUTCOME = Misconception(
    "invents_an_outcome", "A fallback would have to say whether the money was sent, and that is what nobody knows."
)
FALLBACK_OPENS_THE_DOOR = Misconception(
    "fallback_opens_the_door",
    "A refusal is not a fault to be worked around. Whatever goes on here goes on with somebody else's conversation.",
)
ROUND_AGAIN = Misconception(
    "round_again",
    "Both agents have seen the message and know nothing. A further round costs calls and brings the same.",
)

behaviour = Check(
    f"{LESSON}.behaviour",
    "The behaviour that fits the failure",
    Behaviours,
    (
        GIVES_UP_EARLY,
        RETRIES_INTO_THE_LIMIT,
        PERSON_FOR_EVERYTHING,
        PAYS_TWICE,
        INVENTS_AN_OUTCOME,
        FALLBACK_OPENS_THE_DOOR,
        ROUND_AGAIN,
    ),
    case="demonstration",
)


@behaviour.finding("An answer cut off", points=1, needs=["cut_off"])
def for_cut_off(answers: Behaviours, case: Any) -> Judgement:
    """Quick, and possibly chance: a second attempt."""
    return judge_choice(
        answers.cut_off,
        "try again, once",
        why="Retry what fails fast and by chance. First it has to be noticed, by a check of the output.",
        misconceptions={"fallback without a model": GIVES_UP_EARLY, "hand to a person": GIVES_UP_EARLY},
    )


@behaviour.finding("A rate limit", points=1, needs=["limited"])
def for_limited(answers: Behaviours, case: Any) -> Judgement:
    """The database can answer without the provider."""
    return judge_choice(
        answers.limited,
        "fallback without a model",
        why="A good fallback does not share the cause of the failure.",
        misconceptions={"try again, once": RETRIES_INTO_THE_LIMIT, "hand to a person": PERSON_FOR_EVERYTHING},
    )


@behaviour.finding("A transfer of unknown outcome", points=1, needs=["transfer"])
def for_transfer(answers: Behaviours, case: Any) -> Judgement:
    """Only somebody who can look knows whether money has moved."""
    return judge_choice(
        answers.transfer,
        "hand to a person",
        why="A time-out says that no answer came, not that nothing happened.",
        misconceptions={"try again, once": PAYS_TWICE, "fallback without a model": INVENTS_AN_OUTCOME},
    )


@behaviour.finding("Somebody else's thread", points=1, needs=["stranger"])
def for_stranger(answers: Behaviours, case: Any) -> Judgement:
    """Nothing goes on."""
    return judge_choice(
        answers.stranger,
        "refuse",
        why="Fallbacks catch exceptions, and a refusal is one. Name it, and let it through.",
        misconceptions={
            "try again, once": FALLBACK_OPENS_THE_DOOR,
            "fallback without a model": FALLBACK_OPENS_THE_DOOR,
            "hand to a person": FALLBACK_OPENS_THE_DOOR,
        },
    )


@behaviour.finding("Two agents, no answer", points=1, needs=["undecided"])
def for_undecided(answers: Behaviours, case: Any) -> Judgement:
    """The bound is reached, and the customer still needs an answer."""
    return judge_choice(
        answers.undecided,
        "hand to a person",
        why="A bound needs a way out that helps: ending a loop with an error helps the bill only.",
        misconceptions={"try again, once": ROUND_AGAIN},
    )
