"""Self-check of the lesson `cost`: a bill by hand, two levers together, and the alert that tells first.

The figures of the tasks stand in the lesson and, as data, here; expected values are computed from them.
"""

from __future__ import annotations

from typing import Any, Literal

from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number
from autograde.registry import Check

LESSON = "cost"

# --- Task 1: the bill -------------------------------------------------------------------------------------------------

REQUESTS, TOKENS_IN, FIXED_IN, TOKENS_OUT, RETRIES = 1_000_000, 1_000, 400, 200, 0.04
READ_USD, CACHED_USD, WRITTEN_USD = 1.00, 0.10, 5.00


def _bill(read: float, cached: float, written: float = TOKENS_OUT * WRITTEN_USD, retries: float = RETRIES) -> float:
    return REQUESTS * (1 + retries) * (read * READ_USD + cached * CACHED_USD + written) / 1e6


BILL = _bill(TOKENS_IN, 0)
WITH_CACHE = _bill(TOKENS_IN - FIXED_IN, FIXED_IN)


class Bill(AnswerSheet):
    """A month's bill, without and with a prompt cache."""

    bill_usd: Number = answer("the bill of a month", unit="dollars")
    with_cache_usd: Number = answer("the bill with the prompt cache", unit="dollars")


RETRIES_FREE = Misconception(
    "retries_free", "A request that is sent twice is paid twice. 4% more requests are on the bill than customers made."
)
INPUT_ONLY = Misconception("input_only", "What is written is missing. It is half of this bill.")
ONE_PRICE = Misconception("one_price", "What is written is priced like what is read. It costs five times as much.")
CACHED_FREE = Misconception("cached_free", "Cached tokens are cheaper, not free: a tenth of the price here.")
ALL_CACHED = Misconception(
    "all_cached", "This takes the whole prompt from the cache. Only what is the same from the first token on is kept."
)
ANSWER_CACHED = Misconception(
    "answer_cached", "This makes the answers cheaper too. A prompt cache saves reading; each answer is written anew."
)

bill = Check(
    f"{LESSON}.bill",
    "A bill by hand, with retries and a prompt cache",
    Bill,
    (RETRIES_FREE, INPUT_ONLY, ONE_PRICE, CACHED_FREE, ALL_CACHED, ANSWER_CACHED),
    case="demonstration",
)


@bill.finding("The bill", points=1, needs=["bill_usd"])
def without_cache(answers: Bill, case: Any) -> Judgement:
    """Everything that is sent, times what is read and written."""
    return judge_number(
        answers.bill_usd,
        BILL,
        unit="dollars",
        within=0.005,
        why="A bill that leaves something out is believed until the invoice comes.",
        misconceptions={
            RETRIES_FREE: _bill(TOKENS_IN, 0, retries=0),
            INPUT_ONLY: _bill(TOKENS_IN, 0, written=0),
            ONE_PRICE: _bill(TOKENS_IN, 0, written=TOKENS_OUT * READ_USD),
        },
    )


@bill.finding("With the prompt cache", points=2, needs=["with_cache_usd"])
def with_cache(answers: Bill, case: Any) -> Judgement:
    """The fixed tokens at their own price."""
    return judge_number(
        answers.with_cache_usd,
        WITH_CACHE,
        unit="dollars",
        within=0.005,
        why="The cache is worth what of the prompt never changes, and no more.",
        misconceptions={
            RETRIES_FREE: _bill(TOKENS_IN - FIXED_IN, FIXED_IN, retries=0),
            CACHED_FREE: _bill(TOKENS_IN - FIXED_IN, 0),
            ALL_CACHED: _bill(0, TOKENS_IN),
            ANSWER_CACHED: _bill(TOKENS_IN - FIXED_IN, FIXED_IN, written=TOKENS_OUT * WRITTEN_USD * 0.6),
        },
    )


# --- Task 2: two levers -----------------------------------------------------------------------------------------------

WHOLE, ROUTED, PRICE_RATIO, SHORTER = 10_000, 0.4, 0.1, 0.2
ROUTING = WHOLE * ROUTED * (1 - PRICE_RATIO)
PROMPTS = WHOLE * SHORTER
BOTH = WHOLE - (WHOLE - ROUTING) * (1 - SHORTER)


class Levers(AnswerSheet):
    """What two levers save alone and together."""

    routing_saves: Number = answer("what routing saves alone", unit="dollars")
    prompts_save: Number = answer("what shorter prompts save alone", unit="dollars")
    both_save: Number = answer("what both save together", unit="dollars")


ROUTED_FREE = Misconception(
    "routed_free", "This makes routed requests free. They go to a model at a tenth of the price: nine tenths are saved."
)
ADDED_UP = Misconception("added_up", "This adds the two. What is routed has little left for a shorter prompt to save.")
SAVINGS_MULTIPLIED = Misconception(
    "savings_multiplied",
    "This multiplies what is saved. What multiplies is what is *left*: 0.64 of it, then 0.80 of that.",
)
LARGE_ONLY = Misconception(
    "large_only", "This shortens prompts of the large model only. The routed requests have them too, at their price."
)

levers = Check(
    f"{LESSON}.levers",
    "Two levers, alone and together",
    Levers,
    (ROUTED_FREE, ADDED_UP, SAVINGS_MULTIPLIED, LARGE_ONLY),
    case="demonstration",
)


@levers.finding("Routing alone", points=1, needs=["routing_saves"])
def routing(answers: Levers, case: Any) -> Judgement:
    """The share that is routed, times what it saves there."""
    return judge_number(
        answers.routing_saves,
        ROUTING,
        unit="dollars",
        within=0.005,
        why="What goes elsewhere is still paid there.",
        misconceptions={ROUTED_FREE: WHOLE * ROUTED},
    )


@levers.finding("Shorter prompts alone", points=1, needs=["prompts_save"])
def prompts(answers: Levers, case: Any) -> Judgement:
    """A fifth of everything."""
    return judge_number(
        answers.prompts_save,
        PROMPTS,
        unit="dollars",
        within=0.005,
        why="Alone, a lever works on the whole bill.",
    )


@levers.finding("Both together", points=2, needs=["both_save"])
def both(answers: Levers, case: Any) -> Judgement:
    """What is left multiplies."""
    return judge_number(
        answers.both_save,
        BOTH,
        unit="dollars",
        within=0.005,
        why="A proposal that adds its savings promises money that is not there.",
        misconceptions={
            ADDED_UP: ROUTING + PROMPTS,
            SAVINGS_MULTIPLIED: ROUTING * PROMPTS / WHOLE,
            LARGE_ONLY: ROUTING + WHOLE * (1 - ROUTED) * SHORTER,
            ROUTED_FREE: WHOLE - WHOLE * (1 - ROUTED) * (1 - SHORTER),
        },
    )


# --- Task 3: the alert that tells first -------------------------------------------------------------------------------

Rule = Literal["spent", "forecast", "dearer calls", "none"]


def _month(what: str) -> Any:
    return answer(f"the rule that tells first in the month {what}: 'spent', 'forecast', 'dearer calls' or 'none'")


class Alerts(AnswerSheet):
    """Which rule tells first in four months."""

    loop: Rule = _month("with the loop")
    campaign: Rule = _month("with the planned campaign")
    surprise: Rule = _month("with unplanned customers")
    last_day: Rule = _month("with the job on the last day")


MEAN_IS_SLOW = Misconception(
    "mean_is_slow", "The forecast sees it too, days later: the cheap days before weigh on its mean."
)
GOOD_NEWS_WAKES = Misconception(
    "good_news_wakes", "The budget was raised for these customers and a call costs what it did. Nobody has to act."
)
MORE_IS_DEARER = Misconception(
    "more_is_dearer", "There are more calls, and none of them is dearer. That rule is silent, and rightly."
)
WAITS_FOR_THE_END = Misconception(
    "waits_for_the_end", "It fires when all is spent. The forecast has known for many days by then."
)
FORECAST_MARGIN = Misconception(
    "forecast_margin", "200 dollars above 5,000 is less than the tenth from which the forecast speaks."
)

alerts = Check(
    f"{LESSON}.alerts",
    "The alert that tells first",
    Alerts,
    (MEAN_IS_SLOW, GOOD_NEWS_WAKES, MORE_IS_DEARER, WAITS_FOR_THE_END, FORECAST_MARGIN),
    case="demonstration",
)


def _judged(name: str, title: str, right: Rule, why: str, ideas: dict[str, Misconception]) -> None:
    def judge(answers: Alerts, case: Any) -> Judgement:
        return judge_choice(getattr(answers, name), right, why=why, misconceptions=ideas)

    judge.__name__ = name
    alerts.finding(title, points=1, needs=[name])(judge)


_judged(
    "loop",
    "The loop",
    "dearer calls",
    "When something breaks it is the price of a call that moves, within the day.",
    {"forecast": MEAN_IS_SLOW, "spent": WAITS_FOR_THE_END},
)
_judged(
    "campaign",
    "The planned campaign",
    "none",
    "An alert that fires on plans is switched off before it is needed.",
    {"forecast": GOOD_NEWS_WAKES, "dearer calls": GOOD_NEWS_WAKES, "spent": GOOD_NEWS_WAKES},
)
_judged(
    "surprise",
    "Unplanned customers",
    "forecast",
    "Nothing is broken, and the money will not last: that is for whoever owns the budget.",
    {"dearer calls": MORE_IS_DEARER, "spent": WAITS_FOR_THE_END},
)
_judged(
    "last_day",
    "The last day",
    "spent",
    "The dullest rule is the one that is never wrong.",
    {"forecast": FORECAST_MARGIN, "dearer calls": MORE_IS_DEARER},
)
