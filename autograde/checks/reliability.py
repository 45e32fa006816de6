"""Self-check of the lesson `reliability`: its arithmetic, what to do after a failure, and the protection that fits."""

from __future__ import annotations

from typing import Any, Literal

from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number
from autograde.registry import Check

LESSON = "reliability"

# --- Task 1: by hand --------------------------------------------------------------------------------------------------

REQUESTS = 10_000
VENDOR_FAILS, PROXY_FAILS = 0.02, 0.005
ATTEMPT_MS, ATTEMPTS, PAUSES_MS, DEADLINE_MS = 400, 3, (100, 200), 2_000
SLOW = 0.06
CENTS, LATE = 0.2, 0.2


class ByHand(AnswerSheet):
    """Failures behind a shared part, time on a ladder, a hedge's effect, and the bill of abandoned work."""

    failing_requests: Number = answer("how many of 10,000 requests fail", unit="requests")
    ms_left: Number = answer("what is left of the deadline for the next rung", unit="ms")
    still_slow_percent: Number = answer("percentage of requests that are slow in spite of the hedge", unit="%")
    dollars_a_day: Number = answer("what the day's attempts cost", unit="dollars")


PROXY_LEFT_OUT = Misconception(
    "proxy_left_out",
    "This is 0.02² of the requests, as if the vendors shared nothing. Both are reached through one proxy, and when it "
    "fails there is no second way.",
)
BOTH_NEEDED = Misconception(
    "both_needed",
    "This multiplies the availabilities of both vendors, as if a request needed the two of them. One is enough, so it "
    "is their failures that multiply.",
)
ONE_VENDOR = Misconception(
    "one_vendor",
    "This is one vendor behind the proxy. The second one answers nearly all of what the first one fails.",
)
NEVER_BOTH = Misconception(
    "never_both",
    "This is the proxy alone. Two vendors that each fail 2% of calls also fail together, now and then.",
)
PAUSES_FORGOTTEN = Misconception(
    "pauses_forgotten",
    "This counts the attempts and not the pauses between them. The user waits for both.",
)
ONE_ATTEMPT_ONLY = Misconception(
    "one_attempt_only",
    "This is one attempt. In the worst case all three are made, each to its limit, before anybody else is asked.",
)
PAUSE_AFTER_THE_LAST = Misconception(
    "pause_after_the_last",
    "There is a pause between attempts, and none after the last: three attempts have two pauses.",
)
HEDGE_CURES_ALL = Misconception(
    "hedge_cures_all",
    "The second call is slow as often as any other. A request is still slow where both are.",
)
HEDGE_HALVES = Misconception(
    "hedge_halves",
    "Two calls do not halve the chance of being slow, they square it: both have to be slow, independently.",
)
RETRIES_FREE = Misconception(
    "retries_free",
    "This pays for one attempt of each request. What is finished is billed, whether anybody still waits or not.",
)
ONE_RETRY_EACH = Misconception(
    "one_retry_each",
    "This adds one more attempt for the late ones. Of these, again a fifth is late: 1 + p + p² + … is 1 / (1 - p).",
)

by_hand = Check(
    f"{LESSON}.by_hand",
    "Reliability by hand",
    ByHand,
    (
        PROXY_LEFT_OUT,
        BOTH_NEEDED,
        ONE_VENDOR,
        NEVER_BOTH,
        PAUSES_FORGOTTEN,
        ONE_ATTEMPT_ONLY,
        PAUSE_AFTER_THE_LAST,
        HEDGE_CURES_ALL,
        HEDGE_HALVES,
        RETRIES_FREE,
        ONE_RETRY_EACH,
    ),
    case="demonstration",
)


def _failing(vendors_fail: float) -> float:
    """How many requests fail behind the proxy, when the vendors together fail this share."""
    return REQUESTS * (1 - (1 - PROXY_FAILS) * (1 - vendors_fail))


@by_hand.finding("Two vendors behind one proxy", points=1, needs=["failing_requests"])
def behind_a_proxy(answers: ByHand, case: Any) -> Judgement:
    """Failures of alternatives multiply; what they share is in series with both."""
    return judge_number(
        answers.failing_requests,
        _failing(VENDOR_FAILS**2),
        unit="requests",
        why="Nearly all that is left is the part that both share. The next improvement is a second way in, not a third "
        "vendor.",
        misconceptions={
            PROXY_LEFT_OUT: REQUESTS * VENDOR_FAILS**2,
            BOTH_NEEDED: _failing(1 - (1 - VENDOR_FAILS) ** 2),
            ONE_VENDOR: _failing(VENDOR_FAILS),
            NEVER_BOTH: REQUESTS * PROXY_FAILS,
        },
    )


@by_hand.finding("What is left for the next rung", points=1, needs=["ms_left"])
def left_for_the_next(answers: ByHand, case: Any) -> Judgement:
    """Attempts and the pauses between them come out of one deadline."""
    spent = ATTEMPTS * ATTEMPT_MS
    return judge_number(
        answers.ms_left,
        DEADLINE_MS - spent - sum(PAUSES_MS),
        unit="ms",
        why="A rung that is reached without time is no rung. Give each step a limit of its own.",
        misconceptions={
            PAUSES_FORGOTTEN: DEADLINE_MS - spent,
            ONE_ATTEMPT_ONLY: DEADLINE_MS - ATTEMPT_MS,
            PAUSE_AFTER_THE_LAST: DEADLINE_MS - spent - sum(PAUSES_MS) - 2 * PAUSES_MS[-1],
        },
    )


@by_hand.finding("Slow in spite of the hedge", points=1, needs=["still_slow_percent"])
def still_slow(answers: ByHand, case: Any) -> Judgement:
    """Both calls have to be slow."""
    return judge_number(
        answers.still_slow_percent,
        100 * SLOW**2,
        unit="%",
        why="A hedge squares a chance and leaves a cause as it is. Which of the two you have, only your traces tell.",
        misconceptions={HEDGE_CURES_ALL: 0.0, HEDGE_HALVES: 100 * SLOW / 2},
    )


@by_hand.finding("The bill", points=1, needs=["dollars_a_day"])
def bill(answers: ByHand, case: Any) -> Judgement:
    """Attempts until one is in time are geometric, and each is billed."""
    once = REQUESTS * CENTS / 100
    return judge_number(
        answers.dollars_a_day,
        once / (1 - LATE),
        unit="dollars",
        why="The gateway's own count stops at what was reported to it. Compare it with the invoice each month.",
        misconceptions={RETRIES_FREE: once, ONE_RETRY_EACH: once * (1 + LATE)},
    )


# --- Task 2: again, elsewhere, or not at all --------------------------------------------------------------------------

Next = Literal["retry", "next step", "stop"]
NEXT = "'retry', 'next step' or 'stop'"


class WhatNext(AnswerSheet):
    """What to do after each of six failures."""

    dropped: Next = answer(NEXT)
    come_back: Next = answer(NEXT)
    too_long: Next = answer(NEXT)
    open_circuit: Next = answer(NEXT)
    refund: Next = answer(NEXT)
    half_json: Next = answer(NEXT)


CHANCE_NOT_TRIED = Misconception(
    "chance_not_tried",
    "This is a fault of chance, and the next call will most likely be well. There is time for it, so the best model "
    "has not been used up yet.",
)
GIVES_UP_EARLY = Misconception(
    "gives_up_early",
    "Nothing that was asked for has been done, and nothing speaks against asking once more, here or elsewhere. Two "
    "seconds are left.",
)
KNOCKS_EARLY = Misconception(
    "knocks_early",
    "The service said when to come back, and it is after this user's deadline. Knocking earlier is refused and adds to "
    "what it suffers from.",
)
REPEATS_A_CAUSE = Misconception(
    "repeats_a_cause",
    "The cause is in the request. The same request to the same model is refused each time.",
)
REFUSAL_IS_FINAL = Misconception(
    "refusal_is_final",
    "This model refused the request. That says nothing about one with a longer context.",
)
KNOCKS_AT_THE_BREAKER = Misconception(
    "knocks_at_the_breaker",
    "The breaker is open because calls to this model keep failing. A retry would not even be sent.",
)
REPEATS_A_WRITE = Misconception(
    "repeats_a_write",
    "A timeout does not say that nothing was done. Without a key another attempt, by whichever way, may pay a second "
    "time. Look up whether the refund exists, or ask a person.",
)

what_next = Check(
    f"{LESSON}.what_next",
    "Again, elsewhere, or not at all",
    WhatNext,
    (
        CHANCE_NOT_TRIED,
        GIVES_UP_EARLY,
        KNOCKS_EARLY,
        REPEATS_A_CAUSE,
        REFUSAL_IS_FINAL,
        KNOCKS_AT_THE_BREAKER,
        REPEATS_A_WRITE,
    ),
    case="demonstration",
)


@what_next.finding("The broken connection", points=1, needs=["dropped"])
def after_dropped(answers: WhatNext, case: Any) -> Judgement:
    """A fault of chance, with time left."""
    return judge_choice(
        answers.dropped,
        "retry",
        why="For a question a repeat costs tokens and nothing else.",
        misconceptions={"next step": CHANCE_NOT_TRIED, "stop": GIVES_UP_EARLY},
    )


@what_next.finding("Come back later", points=1, needs=["come_back"])
def after_come_back(answers: WhatNext, case: Any) -> Judgement:
    """Retry-After beyond the deadline."""
    return judge_choice(
        answers.come_back,
        "next step",
        why="For a job of the night the same answer would mean: wait 30 seconds. The deadline decides.",
        misconceptions={"retry": KNOCKS_EARLY, "stop": GIVES_UP_EARLY},
    )


@what_next.finding("Too long a prompt", points=1, needs=["too_long"])
def after_too_long(answers: WhatNext, case: Any) -> Judgement:
    """The cause is in the request, as far as this model goes."""
    return judge_choice(
        answers.too_long,
        "next step",
        why="Better still, count tokens before the call: then nobody is asked in vain.",
        misconceptions={"retry": REPEATS_A_CAUSE, "stop": REFUSAL_IS_FINAL},
    )


@what_next.finding("The open breaker", points=1, needs=["open_circuit"])
def after_open_circuit(answers: WhatNext, case: Any) -> Judgement:
    """No call is made, so the next step has all the time."""
    return judge_choice(
        answers.open_circuit,
        "next step",
        why="This is what an open breaker is for: the user is with the next rung after a millisecond.",
        misconceptions={"retry": KNOCKS_AT_THE_BREAKER, "stop": GIVES_UP_EARLY},
    )


@what_next.finding("The refund", points=1, needs=["refund"])
def after_refund(answers: WhatNext, case: Any) -> Judgement:
    """A write without a key."""
    return judge_choice(
        answers.refund,
        "stop",
        why="With a key of the intention that the service heeds, a retry would be the right answer.",
        misconceptions={"retry": REPEATS_A_WRITE, "next step": REPEATS_A_WRITE},
    )


@what_next.finding("Half a JSON", points=1, needs=["half_json"])
def after_half_json(answers: WhatNext, case: Any) -> Judgement:
    """Status 200 and no answer: a fault like another."""
    return judge_choice(
        answers.half_json,
        "retry",
        why="It was billed, most likely. Count it as a failure all the same, for the breaker too.",
        misconceptions={"next step": CHANCE_NOT_TRIED, "stop": GIVES_UP_EARLY},
    )


# --- Task 3: the protection that fits ---------------------------------------------------------------------------------

Protection = Literal[
    "deadline",
    "retry budget",
    "jitter",
    "hedge",
    "circuit breaker",
    "fallback",
    "load shedding",
    "idempotency key",
]
PROTECTIONS = (
    "'deadline', 'retry budget', 'jitter', 'hedge', 'circuit breaker', 'fallback', 'load shedding' or 'idempotency key'"
)


class Protections(AnswerSheet):
    """One protection for each of eight troubles."""

    trickle: Protection = answer(PROTECTIONS)
    tail: Protection = answer(PROTECTIONS)
    half_more: Protection = answer(PROTECTIONS)
    on_the_minute: Protection = answer(PROTECTIONS)
    everybody_waits: Protection = answer(PROTECTIONS)
    sunday: Protection = answer(PROTECTIONS)
    sale: Protection = answer(PROTECTIONS)
    twice: Protection = answer(PROTECTIONS)


HEDGE_WITHOUT_END = Misconception(
    "hedge_without_end",
    "A second call hurries the answer along and ends nothing: if it trickles too, both go on for minutes.",
)
DEADLINE_FOR_A_TAIL = Misconception(
    "deadline_for_a_tail",
    "A deadline turns slow answers into no answers. These would be quick if they were asked for again.",
)
BREAKER_FOR_A_THIRD = Misconception(
    "breaker_for_a_third",
    "Two thirds of the calls succeed. A breaker would turn these users away too.",
)
JITTER_LESSENS = Misconception(
    "jitter_lessens",
    "Jitter spreads calls over time and does not make them fewer.",
)
BUDGET_SPREADS = Misconception(
    "budget_spreads",
    "A budget makes calls fewer and does not spread them. Each pod sends one call; the trouble is that all send it in "
    "the same moment.",
)
SHORTER_FOR_THE_SAME = Misconception(
    "shorter_for_the_same",
    "Then every customer waits less to learn what the one before has learnt, and healthy slow answers are cut off on "
    "all other days.",
)
QUICKER_ERROR = Misconception(
    "quicker_error",
    "The errors came at once already. Without something behind it, a breaker is only a quicker error, and no retry "
    "makes an expired key valid.",
)
FALLBACK_FOR_OVERLOAD = Misconception(
    "fallback_for_overload",
    "The second model would get the same flood, and drown as the first did. Too many requests are not cured by more "
    "places to send them to, unless these have the room.",
)
FEWER_IS_NOT_ONCE = Misconception(
    "fewer_is_not_once",
    "This makes repeats fewer or shorter. One repeat is enough to write an invoice twice.",
)

protections = Check(
    f"{LESSON}.protections",
    "The protection that fits",
    Protections,
    (
        HEDGE_WITHOUT_END,
        DEADLINE_FOR_A_TAIL,
        BREAKER_FOR_A_THIRD,
        JITTER_LESSENS,
        BUDGET_SPREADS,
        SHORTER_FOR_THE_SAME,
        QUICKER_ERROR,
        FALLBACK_FOR_OVERLOAD,
        FEWER_IS_NOT_ONCE,
    ),
    case="demonstration",
)


@protections.finding("The trickle", points=1, needs=["trickle"])
def for_trickle(answers: Protections, case: Any) -> Judgement:
    """A read timeout starts anew with each piece."""
    return judge_choice(
        answers.trickle,
        "deadline",
        why="Read the documentation of your client: which of its timeouts bounds the whole? Often none does.",
        misconceptions={"hedge": HEDGE_WITHOUT_END},
    )


@protections.finding("The tail", points=1, needs=["tail"])
def for_tail(answers: Protections, case: Any) -> Judgement:
    """Slow by chance."""
    return judge_choice(
        answers.tail,
        "hedge",
        why="The two observations are the condition: not longer than the others, and quick when repeated.",
        misconceptions={"deadline": DEADLINE_FOR_A_TAIL},
    )


@protections.finding("Half as much again", points=1, needs=["half_more"])
def for_half_more(answers: Protections, case: Any) -> Judgement:
    """Retries amplify: 1 + 1/3 + 1/9."""
    return judge_choice(
        answers.half_more,
        "retry budget",
        why="Three attempts at a third failing are 1.44 calls for each request, at the worst moment for the vendor.",
        misconceptions={"circuit breaker": BREAKER_FOR_A_THIRD, "jitter": JITTER_LESSENS},
    )


@protections.finding("On the minute", points=1, needs=["on_the_minute"])
def for_on_the_minute(answers: Protections, case: Any) -> Judgement:
    """A synchronised crowd."""
    return judge_choice(
        answers.on_the_minute,
        "jitter",
        why="Whatever is periodic and started together stays together: retries, cache lifetimes, nightly jobs.",
        misconceptions={"retry budget": BUDGET_SPREADS},
    )


@protections.finding("Everybody waits", points=1, needs=["everybody_waits"])
def for_everybody_waits(answers: Protections, case: Any) -> Judgement:
    """Nobody remembers what the last request learnt."""
    return judge_choice(
        answers.everybody_waits,
        "circuit breaker",
        why="The fallback was there. What was missing is a memory of the last failures.",
        misconceptions={"deadline": SHORTER_FOR_THE_SAME},
    )


@protections.finding("The Sunday", points=1, needs=["sunday"])
def for_sunday(answers: Protections, case: Any) -> Judgement:
    """Nobody answers instead."""
    return judge_choice(
        answers.sunday,
        "fallback",
        why="A second vendor has a key of its own. A second model behind the same key would have failed as well.",
        misconceptions={"circuit breaker": QUICKER_ERROR, "retry budget": QUICKER_ERROR},
    )


@protections.finding("The sale", points=1, needs=["sale"])
def for_sale(answers: Protections, case: Any) -> Judgement:
    """Work for users who have left."""
    return judge_choice(
        answers.sale,
        "load shedding",
        why="The models were busy, and nearly all of their work came too late. Fewer inside means more answered.",
        misconceptions={"fallback": FALLBACK_FOR_OVERLOAD},
    )


@protections.finding("Twice", points=1, needs=["twice"])
def for_twice(answers: Protections, case: Any) -> Judgement:
    """Repeated writes."""
    return judge_choice(
        answers.twice,
        "idempotency key",
        why="One key for each intention, made before the first attempt and kept through all of them.",
        misconceptions={"retry budget": FEWER_IS_NOT_ONCE, "deadline": FEWER_IS_NOT_ONCE},
    )
