"""Self-check of the lesson `patterns`: three sums by hand, a pattern with its number, and a gateway's confusion table.

The figures of the tasks stand in the lesson and, as data, here; expected values are computed from them.
"""

from __future__ import annotations

from typing import Any, Literal

from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number
from autograde.registry import Check

LESSON = "patterns"

EXACT = 0.005
"""Tolerance where a wrong idea leads to nearly the right number."""

# --- Task 1: by hand --------------------------------------------------------------------------------------------------

TRIAGE, RIGHT_DESK, WRONG_DESK = 0.90, 0.70, 0.10
LARGE, SMALL, TO_SMALL = 6.0, 0.5, 0.60
QUOTA, ARRIVING, WITHIN, EACH = 600_000, 300, 10, 1_000


class ByHand(AnswerSheet):
    """A chain of agents, the price of a gateway, and the tail of a burst."""

    share_right: Number = answer("the share of requests that the agents serve rightly, from 0 to 1")
    gateway_cost: Number = answer("what 1,000 requests cost through the gateway", unit="dollars")
    last_wait: Number = answer("how long the last request waits before it is begun", unit="s")


TRIAGE_IGNORED = Misconception(
    "triage_ignored",
    "This is what the desk does with what reaches it. A part of the requests reaches another desk.",
)
LUCK_IGNORED = Misconception(
    "luck_ignored",
    "This multiplies the two shares and stops. What a wrong desk gets right counts as well.",
)
SHARES_AVERAGED = Misconception(
    "shares_averaged",
    "This averages the two desks as if half of the requests went to each. Weigh each by the share that reaches it.",
)
PRICES_AVERAGED = Misconception(
    "prices_averaged",
    "This is the mean of the two prices. Weigh each by the share of the requests that pays it.",
)
SHARES_SWAPPED = Misconception(
    "shares_swapped", "This sends the 60% to the large model. Look which of the two they go to."
)
SMALL_IS_FREE = Misconception(
    "small_is_free",
    "This leaves out what the small model costs. Requests sent to it are cheap and not free.",
)
WITHIN_THE_MINUTE = Misconception(
    "within_the_minute",
    "Over a minute the quota would do. It is handed out evenly, and these tokens are wanted within ten seconds.",
)
ARRIVAL_FORGOTTEN = Misconception(
    "arrival_forgotten",
    "This is when the last one is begun, counted from the start. It waits only from its own arrival on.",
)

by_hand = Check(
    f"{LESSON}.by_hand",
    "A chain, a gateway and a burst by hand",
    ByHand,
    (
        TRIAGE_IGNORED,
        LUCK_IGNORED,
        SHARES_AVERAGED,
        PRICES_AVERAGED,
        SHARES_SWAPPED,
        SMALL_IS_FREE,
        WITHIN_THE_MINUTE,
        ARRIVAL_FORGOTTEN,
    ),
    case="demonstration",
)


@by_hand.finding("The chain of agents", points=1, needs=["share_right"])
def chain(answers: ByHand, case: Any) -> Judgement:
    """Each desk's share, weighed by how often triage sends a request there."""
    return judge_number(
        answers.share_right,
        TRIAGE * RIGHT_DESK + (1 - TRIAGE) * WRONG_DESK,
        unit="",
        why="This is the number to hold against one agent that has everything.",
        misconceptions={
            TRIAGE_IGNORED: RIGHT_DESK,
            LUCK_IGNORED: TRIAGE * RIGHT_DESK,
            SHARES_AVERAGED: (RIGHT_DESK + WRONG_DESK) / 2,
        },
        within=EXACT,
    )


@by_hand.finding("The gateway's price", points=1, needs=["gateway_cost"])
def blended_price(answers: ByHand, case: Any) -> Judgement:
    """Both prices, each weighed by its share of the requests."""
    return judge_number(
        answers.gateway_cost,
        TO_SMALL * SMALL + (1 - TO_SMALL) * LARGE,
        unit="dollars",
        why="A gateway saves on what it sends to the small model only; the rest of the bill stays.",
        misconceptions={
            PRICES_AVERAGED: (LARGE + SMALL) / 2,
            SHARES_SWAPPED: TO_SMALL * LARGE + (1 - TO_SMALL) * SMALL,
            SMALL_IS_FREE: (1 - TO_SMALL) * LARGE,
        },
    )


@by_hand.finding("The last in the burst", points=1, needs=["last_wait"])
def tail(answers: ByHand, case: Any) -> Judgement:
    """The time that the quota takes to pay for all tokens, less the time in which they arrived."""
    begun = ARRIVING * EACH / (QUOTA / 60)
    return judge_number(
        answers.last_wait,
        begun - WITHIN,
        unit="s",
        why="A burst is short and its queue is not: it is paid off at the rate of the quota.",
        misconceptions={WITHIN_THE_MINUTE: 0.0, ARRIVAL_FORGOTTEN: begun},
    )


# --- Task 2: a pattern and its number ---------------------------------------------------------------------------------

Pattern = Literal["one call", "several agents", "nightly batch", "gateway", "whole text in the prompt"]
PATTERNS = "'one call', 'several agents', 'nightly batch', 'gateway' or 'whole text in the prompt'"

BOOKLET, PASSAGES, INPUT, CACHED = 5_000, 800, 1.0, 0.10  # tokens, and dollars per million of them
BANK_TRIAGE, BANK_RIGHT, BANK_WRONG, BANK_ALONE = 0.95, 0.80, 0.20, 0.60
LAW_THOUSANDS, LAW_LARGE, LAW_SMALL, LAW_SHARE = 4, 8.0, 0.80, 0.5
SHOP_THOUSANDS, SHOP_DOLLARS, BATCH_FACTOR = 1_000, 3.0, 0.5


class Choice(AnswerSheet):
    """A pattern for each of four situations, and the number that decides."""

    museum: Pattern = answer(PATTERNS)
    museum_dollars: Number = answer("dollars per 1,000 requests for reading the text", unit="dollars")
    bank: Pattern = answer(PATTERNS)
    bank_right: Number = answer("the share right with the better design, from 0 to 1")
    lawyers: Pattern = answer(PATTERNS)
    lawyers_saved: Number = answer("dollars a month that the gateway saves", unit="dollars")
    shop: Pattern = answer(PATTERNS)
    shop_saved: Number = answer("dollars saved each season", unit="dollars")


SEARCH_BY_HABIT = Misconception(
    "search_by_habit",
    "Searching is a habit here. The whole text is small, requests keep the cache warm, and nothing can be missed.",
)
CACHE_FORGOTTEN = Misconception(
    "cache_forgotten",
    "This pays the full price for a text that the vendor still holds from the request before.",
)
ONE_AGENT_WITHOUT_RIGHTS = Misconception(
    "one_agent_without_rights",
    "One assistant may not call the card system, so no prompt and no model make it answer these questions.",
)
SAVING_WITHOUT_UPKEEP = Misconception(
    "saving_without_upkeep",
    "It saves tokens and costs people: the rule has to be measured each month, for more than it brings in.",
)
NOBODY_WAITS = Misconception(
    "nobody_waits",
    "Nobody waits for these texts. Real time pays double for answers that lie there for weeks.",
)
NOTHING_TO_ROUTE = Misconception(
    "nothing_to_route", "A gateway chooses between models, and here one model does all of the work."
)
AGENTS_WITHOUT_TOOLS = Misconception(
    "agents_without_tools",
    "Several agents pay where each holds a tool or a right of its own. Here they would differ in their prompts only.",
)
ALL_ROUTED = Misconception(
    "all_routed", "This sends every request to the small model. Count the share that could go there."
)
SPENT_NOT_SAVED = Misconception(
    "spent_not_saved", "This is what is still spent. The number asked for is what falls away."
)

choose = Check(
    f"{LESSON}.choose",
    "A pattern and the number that decides",
    Choice,
    (
        SEARCH_BY_HABIT,
        CACHE_FORGOTTEN,
        TRIAGE_IGNORED,
        LUCK_IGNORED,
        ONE_AGENT_WITHOUT_RIGHTS,
        SAVING_WITHOUT_UPKEEP,
        SMALL_IS_FREE,
        ALL_ROUTED,
        SPENT_NOT_SAVED,
        NOBODY_WAITS,
        NOTHING_TO_ROUTE,
        AGENTS_WITHOUT_TOOLS,
    ),
    case="demonstration",
)


@choose.finding("The museum", points=1, needs=["museum"])
def museum(answers: Choice, case: Any) -> Judgement:
    """The booklet from the cache costs less than a search, and misses nothing."""
    return judge_choice(
        answers.museum,
        "whole text in the prompt",
        why="No index to build, nothing that a search could miss, and the smaller bill.",
        misconceptions={"one call": SEARCH_BY_HABIT, "several agents": AGENTS_WITHOUT_TOOLS},
    )


@choose.finding("The museum's number", points=1, needs=["museum_dollars"])
def museum_number(answers: Choice, case: Any) -> Judgement:
    """Tokens of the booklet at the price of cached input."""
    return judge_number(
        answers.museum_dollars,
        BOOKLET * CACHED / 1_000,
        unit="dollars",
        why="Compare money, not tokens: the longer prompt is the cheaper one.",
        misconceptions={CACHE_FORGOTTEN: BOOKLET * INPUT / 1_000, SEARCH_BY_HABIT: PASSAGES * INPUT / 1_000},
    )


@choose.finding("The bank", points=1, needs=["bank"])
def bank(answers: Choice, case: Any) -> Judgement:
    """A right that only one program may hold makes an agent of its own."""
    return judge_choice(
        answers.bank,
        "several agents",
        why="The boundary is drawn by who may call what. The prompt would not be reason enough.",
        misconceptions={
            "one call": ONE_AGENT_WITHOUT_RIGHTS,
            "whole text in the prompt": ONE_AGENT_WITHOUT_RIGHTS,
            "gateway": ONE_AGENT_WITHOUT_RIGHTS,
        },
    )


@choose.finding("The bank's number", points=1, needs=["bank_right"])
def bank_number(answers: Choice, case: Any) -> Judgement:
    """The chain, weighed by triage."""
    return judge_number(
        answers.bank_right,
        BANK_TRIAGE * BANK_RIGHT + (1 - BANK_TRIAGE) * BANK_WRONG,
        unit="",
        why="It has to beat the single assistant after triage has made its mistakes.",
        misconceptions={
            TRIAGE_IGNORED: BANK_RIGHT,
            LUCK_IGNORED: BANK_TRIAGE * BANK_RIGHT,
            ONE_AGENT_WITHOUT_RIGHTS: BANK_ALONE,
        },
        within=EXACT,
    )


@choose.finding("The lawyers", points=1, needs=["lawyers"])
def lawyers(answers: Choice, case: Any) -> Judgement:
    """The volume is too small for a gateway to pay for its upkeep."""
    return judge_choice(
        answers.lawyers,
        "one call",
        why="Upkeep is paid by the month and savings by the request. Few requests cannot pay for it.",
        misconceptions={"gateway": SAVING_WITHOUT_UPKEEP, "several agents": AGENTS_WITHOUT_TOOLS},
    )


@choose.finding("The lawyers' number", points=1, needs=["lawyers_saved"])
def lawyers_number(answers: Choice, case: Any) -> Judgement:
    """The price difference on the share that is routed."""
    routed = LAW_THOUSANDS * LAW_SHARE
    saved = routed * (LAW_LARGE - LAW_SMALL)
    return judge_number(
        answers.lawyers_saved,
        saved,
        unit="dollars",
        why="Beside three hours of work in a month the model's bill is small change.",
        misconceptions={
            SMALL_IS_FREE: routed * LAW_LARGE,
            ALL_ROUTED: LAW_THOUSANDS * (LAW_LARGE - LAW_SMALL),
            SPENT_NOT_SAVED: LAW_THOUSANDS * LAW_LARGE - saved,
        },
    )


@choose.finding("The shop", points=1, needs=["shop"])
def shop(answers: Choice, case: Any) -> Judgement:
    """Work that waits for people anyway goes into a batch."""
    return judge_choice(
        answers.shop,
        "nightly batch",
        why="People read the texts in the weeks after. A night more or less changes nothing but the price.",
        misconceptions={
            "one call": NOBODY_WAITS,
            "gateway": NOTHING_TO_ROUTE,
            "several agents": AGENTS_WITHOUT_TOOLS,
        },
    )


@choose.finding("The shop's number", points=1, needs=["shop_saved"])
def shop_number(answers: Choice, case: Any) -> Judgement:
    """Half of the bill in real time."""
    bill = SHOP_THOUSANDS * SHOP_DOLLARS
    return judge_number(
        answers.shop_saved,
        bill * (1 - BATCH_FACTOR),
        unit="dollars",
        why="It is saved by moving a date, without another model and without another answer.",
        misconceptions={NOBODY_WAITS: 0.0, SPENT_NOT_SAVED: bill},
    )


# --- Task 3: a gateway's confusion table ------------------------------------------------------------------------------

TO_SMALL_ROW = {"both": 420, "only small": 10, "only large": 30, "neither": 140}
TO_LARGE_ROW = {"both": 200, "only small": 5, "only large": 100, "neither": 95}
WORTH, LARGE_PRICE, SMALL_PRICE = 2.0, 10.0, 1.0

Verdict = Literal["keep", "remove"]


class Table(AnswerSheet):
    """What a gateway loses and saves, and whether it stays."""

    answers_lost: Number = answer("right answers lost against the large model alone, net")
    dollars_saved: Number = answer("dollars saved on these 1,000 requests", unit="dollars")
    verdict: Verdict = answer("'keep' or 'remove'")


GAINS_FORGOTTEN = Misconception(
    "gains_forgotten",
    "This counts what was lost and not what was won: some requests only the small model answers rightly.",
)
NEITHER_BLAMED = Misconception(
    "neither_blamed",
    "This counts requests that neither model answers. The large model would not have saved those.",
)
WRONG_ROW = Misconception(
    "wrong_row",
    "This reads the row of the large model. There the gateway did what would have been done without it.",
)
ALL_TO_SMALL = Misconception(
    "all_to_small",
    "This is the saving if every request went to the small model. Count those that were sent there.",
)
PRICE_BEFORE_WORTH = Misconception(
    "price_before_worth",
    "The saving on the bill is real, and smaller than what the lost answers were worth.",
)

read_table = Check(
    f"{LESSON}.read_table",
    "A gateway's confusion table",
    Table,
    (GAINS_FORGOTTEN, NEITHER_BLAMED, WRONG_ROW, SMALL_IS_FREE, ALL_TO_SMALL, PRICE_BEFORE_WORTH),
    case="demonstration",
)


@read_table.finding("Answers lost", points=1, needs=["answers_lost"])
def lost(answers: Table, case: Any) -> Judgement:
    """Of what went to the small model: what only the large one can, less what only the small one can."""
    sent = TO_SMALL_ROW
    return judge_number(
        answers.answers_lost,
        sent["only large"] - sent["only small"],
        unit="answers",
        why="Only requests that changed hands can change the result.",
        misconceptions={
            GAINS_FORGOTTEN: sent["only large"],
            NEITHER_BLAMED: sent["only large"] + sent["neither"],
            WRONG_ROW: TO_LARGE_ROW["only large"],
        },
    )


@read_table.finding("Dollars saved", points=1, needs=["dollars_saved"])
def saved(answers: Table, case: Any) -> Judgement:
    """The difference of the prices on what went to the small model."""
    thousands = sum(TO_SMALL_ROW.values()) / 1_000
    return judge_number(
        answers.dollars_saved,
        thousands * (LARGE_PRICE - SMALL_PRICE),
        unit="dollars",
        why="It is the number that is shown in a meeting. It needs the other one beside it.",
        misconceptions={
            SMALL_IS_FREE: thousands * LARGE_PRICE,
            ALL_TO_SMALL: LARGE_PRICE - SMALL_PRICE,
            WRONG_ROW: (1 - thousands) * (LARGE_PRICE - SMALL_PRICE),
        },
    )


@read_table.finding("The verdict", points=1, needs=["verdict"])
def stays(answers: Table, case: Any) -> Judgement:
    """Twenty answers at two dollars against a few dollars saved."""
    return judge_choice(
        answers.verdict,
        "remove",
        why="What an answer is worth belongs into the same sum as what it costs.",
        misconceptions={"keep": PRICE_BEFORE_WORTH},
    )
