"""Checks of the exercise `inference_cost`: what a month costs at ten times the traffic, and what brings it down.

Expected values are computed here from the learner's case, by the sums of the lesson on cost: a month has 30 days, a
prompt is priced by its own length, and a lever is judged on the whole bill.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import count
from typing import Any, Literal

from archkit.case import Case
from archkit.case.spending import LEVERS, CallKind
from autograde.answers import AnswerSheet, FunctionAnswer, Number, Text, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import close, judge_number, judge_set, quantity
from autograde.registry import Check

EXERCISE = "inference_cost"
MINUTES_PER_MONTH = 30 * 1_440
KINDS = ("guides", "news", "records", "files", "digests")
CUSTOMERS = ("guides", "news", "records")
DRIVERS = (
    *(f"{kind} {part}" for kind in KINDS for part in ("prompts", "answers")),
    "retries",
    "embeddings",
    "reranking",
    "capacity",
    "platform",
)
Month = dict[str, Any]


# --- The bill of a month ----------------------------------------------------------------------------------------------


def _prompts(kind: Mapping[str, Any], *, mean: bool = False, long: bool = True) -> list[tuple[float, float]]:
    """The prompts of a kind as (share of the calls, tokens). The arguments take them as a misconception would."""
    share = kind["long_share"] if long else 0.0
    lengths = [(1 - share, kind["prompt_tokens"]), (share, kind["long_prompt_tokens"])]
    return [(1.0, sum(s * tokens for s, tokens in lengths))] if mean else lengths


def call_usd(
    kind: Mapping[str, Any],
    prices: Mapping[str, Any],
    *,
    output: bool = True,
    output_price: bool = True,
    mean: bool = False,
    long: bool = True,
    held: bool = True,
    held_in_batch: bool = False,
    batch: bool = True,
    batch_for_all: bool = False,
) -> tuple[float, float]:
    """What one call of a kind costs on average, read and written, in dollars. The flags leave a step out."""
    price = prices[kind["model"]]
    in_batch = (kind["in_batch"] and batch) or batch_for_all
    read = written = 0.0
    for share, tokens in _prompts(kind, mean=mean, long=long):
        each, out = price["input"], price["output"]
        long_price = price["long_prompt"]
        if in_batch:
            each, out = price["batch_input"], price["batch_output"]
        elif long_price and tokens > long_price["above_tokens"]:
            each, out = long_price["input"], long_price["output"]
        kept = kind["held_share"] * kind["fixed_tokens"] if held and (held_in_batch or not in_batch) else 0.0
        read += share * ((tokens - kept) * each + kept * price["cached_input"])
        written += share * kind["answer_tokens"] * (out if output_price else each)
    return read / 1e6, written / 1e6 if output else 0.0


def busiest_minute(
    month: Month, *, peak: bool = True, retries: bool = True, output: bool = True, batch: bool = True
) -> float:
    """Tokens in the busiest minute of a month, of all calls that are not in a batch. The flags leave a step out."""
    tokens = 0.0
    for kind in month["kinds"]:
        if not (kind["in_batch"] and batch):
            sent = kind["requests"] * (1 - kind["from_cache"]) * (1 + kind["sent_twice"] * retries)
            tokens += sent * (sum(s * n for s, n in _prompts(kind)) + kind["answer_tokens"] * output)
    return float(tokens / MINUTES_PER_MONTH * (month["peak_to_average"] if peak else 1))


def blocks_above(month: Month, tokens: float, *, included: bool = True, whole: bool = True) -> float:
    """Blocks of capacity that so many tokens a minute need. The flags leave a step out."""
    contract = month["contract"]
    above = tokens - contract["included_tokens_per_minute"] * included
    needed: float = max(above / contract["block_tokens_per_minute"], 0.0)
    return math.ceil(needed) if whole else needed


def drivers(
    month: Month,
    *,
    retries: bool = True,
    embeddings: bool = True,
    hits_twice: bool = False,
    hits_searched: bool = False,
    included: bool = True,
    peak: bool = True,
    **left_out: bool,
) -> dict[str, float]:
    """The drivers of a month's bill, in dollars. The flags leave a step out, as a misconception would."""
    found: dict[str, float] = {}
    repeated = queries = embedded = 0.0
    for kind in month["kinds"]:
        answered = 1 - kind["from_cache"]
        calls = kind["requests"] * answered
        read, written = call_usd(kind, month["prices"], **left_out)
        once = answered if hits_twice else 1.0
        found[f"{kind['id']} prompts"] = calls * read * once
        found[f"{kind['id']} answers"] = calls * written * once
        repeated += calls * kind["sent_twice"] * (read + written) * once
        queries += (kind["requests"] if hits_searched else calls) * kind["queries"]
        embedded += kind["requests"] * kind["texts"] * kind["text_tokens"]
    paid = max(queries - month["contract"]["included_queries"] * included, 0.0)
    blocks = blocks_above(month, busiest_minute(month, peak=peak, retries=retries))
    return {
        **found,
        "retries": repeated * retries,
        "embeddings": (month["tokens_indexed"] + embedded) * month["prices"]["embedding"] / 1e6 * embeddings,
        "reranking": paid * month["prices"]["query"],
        "capacity": blocks * month["contract"]["block_usd"],
        "platform": float(month["contract"]["platform_usd"]),
    }


def grown(case: Case, times: float) -> Month:
    """A month with so many times today's traffic and no lever pulled."""
    month = case.spending.month()
    for kind in month["kinds"]:
        kind["requests"] *= times
    return month


def lower_bound(kind: CallKind) -> float:
    """The lower end of the small model's share of right answers, at 95%."""
    return kind.small_right - 1.96 * math.sqrt(kind.small_right * (1 - kind.small_right) / kind.tried)


def allowed(case: Case, lever: str) -> list[str]:
    """The kinds of request for which the case's facts allow a lever."""
    limits, contract = case.spending.limits, case.spending.contract

    def may(kind: CallKind) -> bool:
        match lever:
            case "prompt_cache":
                return kind.fixed_tokens >= contract.held_from_tokens
            case "semantic_cache":
                return kind.answer_is_for == "everybody" and kind.stays_right_hours >= limits.cache_hours
            case "batch":
                return kind.needed_within_s >= contract.batch_within_s
            case "small_model":
                return lower_bound(kind) >= limits.least_right_share
            case _:
                return kind.cut_tokens > 0 and kind.cut_wrong_share <= limits.most_turned_wrong

    return [kind.id for kind in case.spending.kinds if may(kind)]


def pulled(case: Case, levers: Collection[str], times: float = 10, *, everywhere: bool = False) -> Month:
    """A month with these levers pulled wherever they are allowed, or for every kind."""
    month = grown(case, times)
    where = {lever: KINDS if everywhere else allowed(case, lever) for lever in levers}
    for row in month["kinds"]:
        kind = case.spending.kind(row["id"])
        mine = {lever for lever in levers if row["id"] in where[lever]}
        row["held_share"] = kind.close_share if "prompt_cache" in mine else 0.0
        row["from_cache"] = kind.repeated_share if "semantic_cache" in mine else 0.0
        row["in_batch"] = "batch" in mine
        row["model"] = "small" if "small_model" in mine else "large"
        if "cut_prompt" in mine:
            row["prompt_tokens"] -= kind.cut_tokens
            row["long_prompt_tokens"] = max(row["long_prompt_tokens"] - kind.cut_tokens, 0)
    if "embed_changes" in levers:
        month["tokens_indexed"] *= case.spending.index.changed_share
    return month


def bill(month: Month, **left_out: bool) -> float:
    """A month's bill in dollars."""
    return sum(drivers(month, **left_out).values())


def bill_with(case: Case, levers: Collection[str], times: float = 10) -> float:
    """The bill at so many times today's traffic with these levers, in dollars."""
    return bill(pulled(case, levers, times))


# --- Misconceptions that several tasks know ---------------------------------------------------------------------------

OUTPUT_FORGOTTEN = Misconception(
    "output_forgotten", "The answers' tokens are missing. They are fewer than the prompts', and several times as dear."
)
OUTPUT_AT_INPUT_PRICE = Misconception(
    "output_at_input_price", "The answer's tokens are priced like those of the prompt. The price sheet has two prices."
)
PER_THOUSAND = Misconception("per_thousand", "Prices are per million tokens; this reads them as per thousand.")
MEAN_DECIDES = Misconception(
    "mean_decides",
    "This prices the average prompt, or takes the ordinary price for all. The average is below the length from which "
    "prompts cost more, and the long ones are above it: price each length by itself.",
)
RETRIES_FREE = Misconception(
    "retries_free", "Calls that are sent again are missing. The vendor has done the work twice and bills it twice."
)
EMBEDDINGS_FORGOTTEN = Misconception(
    "embeddings_forgotten", "The embeddings are missing. The index is embedded anew every night, whoever asks or not."
)
INCLUDED_IGNORED = Misconception(
    "included_ignored", "This pays for every query. The contract includes some; only those above them cost anything."
)
AVERAGE_MINUTE = Misconception(
    "average_minute",
    "This is the average minute. Capacity is bought for the busiest one, and stands idle in the others.",
)
ONE_DAY = Misconception("one_day", "This is one day of thirty.")
TIMES_TEN = Misconception(
    "times_ten",
    "This multiplies today's dollars by ten. What is fixed stays as it is, and what was below a limit begins to cost.",
)
TODAYS_TRAFFIC = Misconception("todays_traffic", "This is for today's traffic. The task asks for ten times as much.")
ADDED_UP = Misconception(
    "added_up",
    "The savings of single levers are added up here. A call that another lever has made cheaper, or has saved "
    "altogether, has less left to save.",
)
HITS_TWICE = Misconception(
    "hits_twice",
    "Answers from the cache are taken off twice. Such a request is one call less: nothing of it remains to be reduced.",
)
CACHED_AT_FULL_PRICE = Misconception(
    "cached_at_full_price",
    "Tokens that the vendor still holds are paid at the full price here. The sheet has a price for cached input.",
)
HELD_IN_BATCH = Misconception(
    "held_in_batch",
    "A batch reads from no prompt cache: all of its tokens cost the batch price. Choose one of the two.",
)


# --- Task 1: one call -------------------------------------------------------------------------------------------------


class OneCall(AnswerSheet):
    """What a call costs."""

    guide_usd: Number = answer("what one call of guides costs, sent once", unit="US dollars")
    file_usd: Number = answer("what one call of files costs on average, sent once", unit="US dollars")


LONG_FOR_ALL = Misconception("long_for_all", "Every file is taken for a long one here. long_share says how many are.")
LONG_FORGOTTEN = Misconception(
    "long_forgotten", "This is the ordinary file. A share of them has a long prompt, and brings up the average."
)

one_call = Check(
    f"{EXERCISE}.one_call",
    "One question, and one file",
    OneCall,
    (OUTPUT_FORGOTTEN, OUTPUT_AT_INPUT_PRICE, PER_THOUSAND, MEAN_DECIDES, LONG_FOR_ALL, LONG_FORGOTTEN),
)


def _row(month: Month, kind: str) -> dict[str, Any]:
    return next(row for row in month["kinds"] if row["id"] == kind)


def _call(case: Case, kind: str, **left_out: bool) -> float:
    month = case.spending.month()
    return sum(call_usd(_row(month, kind), month["prices"], **left_out))


@one_call.finding("A question answered from the documents", points=1, needs=["guide_usd"])
def a_guide(answers: OneCall, case: Case) -> Judgement:
    """Prompt and answer at their own prices."""
    right = _call(case, "guides")
    return judge_number(
        answers.guide_usd,
        right,
        unit="US dollars",
        why="A number this small is only seen again when it is multiplied by millions.",
        misconceptions={
            OUTPUT_FORGOTTEN: _call(case, "guides", output=False),
            OUTPUT_AT_INPUT_PRICE: _call(case, "guides", output_price=False),
            PER_THOUSAND: right * 1_000,
        },
    )


@one_call.finding("A file", points=2, needs=["file_usd"])
def a_file(answers: OneCall, case: Case) -> Judgement:
    """Each length at the price of that length."""
    month, right = case.spending.month(), _call(case, "files")
    row = _row(month, "files")
    return judge_number(
        answers.file_usd,
        right,
        unit="US dollars",
        why="Where a price has a step, the average of the tokens says nothing about the average of the dollars.",
        misconceptions={
            MEAN_DECIDES: _call(case, "files", mean=True),
            LONG_FOR_ALL: sum(call_usd({**row, "long_share": 1.0}, month["prices"])),
            LONG_FORGOTTEN: _call(case, "files", long=False),
            PER_THOUSAND: right * 1_000,
        },
    )


# --- Task 2: embedding and reranking ----------------------------------------------------------------------------------


class Search(AnswerSheet):
    """What finding passages costs in a month."""

    embedding_usd: Number = answer("the month's embeddings, index and questions, today", unit="US dollars")
    reranking_usd: Number = answer("the month's reranking, today", unit="US dollars")
    reranking_usd_tenfold: Number = answer("the month's reranking at ten times the traffic", unit="US dollars")


INDEX_ONCE = Misconception(
    "index_once", "The index is embedded once here. The brief says how often it is done in a month."
)
QUESTIONS_ONLY = Misconception(
    "questions_only", "Only the questions are embedded here. The index is embedded anew too, and has far more tokens."
)
BELOW_ZERO = Misconception(
    "below_zero", "This is a negative bill. Queries that the contract includes and nobody uses are not paid back."
)

search = Check(
    f"{EXERCISE}.search",
    "Embedding and reranking",
    Search,
    (INDEX_ONCE, QUESTIONS_ONLY, PER_THOUSAND, INCLUDED_IGNORED, BELOW_ZERO, TIMES_TEN),
)


@search.finding("Embeddings", points=1, needs=["embedding_usd"])
def embeddings_bill(answers: Search, case: Case) -> Judgement:
    """All runs over the index, and the texts of all questions."""
    month = case.spending.month()
    right = drivers(month)["embeddings"]
    asked = drivers({**month, "tokens_indexed": 0})["embeddings"]
    return judge_number(
        answers.embedding_usd,
        right,
        unit="US dollars",
        why="This part of the bill has no customers in it. It stays when they leave, and when ten times as many come.",
        misconceptions={
            INDEX_ONCE: asked + (right - asked) / case.spending.index.embedded_per_month,
            QUESTIONS_ONLY: asked,
            PER_THOUSAND: right * 1_000,
        },
    )


def _judged_reranking(seen: float, month: Month, today: float | None) -> Judgement:
    asked = sum(kind["requests"] * kind["queries"] for kind in month["kinds"])
    each, included = month["prices"]["query"], month["contract"]["included_queries"]
    known = {INCLUDED_IGNORED: asked * each}
    if asked < included:
        known[BELOW_ZERO] = (asked - included) * each
    if today is not None:
        known[TIMES_TEN] = 10 * today
    return judge_number(
        seen,
        drivers(month)["reranking"],
        unit="US dollars",
        why="What is included hides a driver for as long as the business is small.",
        misconceptions=known,
    )


@search.finding("Reranking today", points=1, needs=["reranking_usd"])
def reranking_today(answers: Search, case: Case) -> Judgement:
    """Queries above those that the contract includes."""
    return _judged_reranking(answers.reranking_usd, case.spending.month(), None)


@search.finding("Reranking at ten times the traffic", points=1, needs=["reranking_usd_tenfold"])
def reranking_tenfold(answers: Search, case: Case) -> Judgement:
    """Ten times the queries, and as many included as before."""
    today = drivers(case.spending.month())["reranking"]
    return _judged_reranking(answers.reranking_usd_tenfold, grown(case, 10), today)


# --- Task 3: capacity -------------------------------------------------------------------------------------------------


class Capacity(AnswerSheet):
    """What the busiest minute needs."""

    busiest_minute_tokens: Number = answer("tokens in today's busiest minute", unit="tokens")
    blocks_tenfold: Number = answer("blocks that ten times the traffic needs", unit="blocks")


PARTS_OF_BLOCKS = Misconception(
    "parts_of_blocks", "This is a fraction. A block is bought whole, so a begun one counts as one."
)
INCLUDED_FORGOTTEN = Misconception(
    "included_forgotten", "This buys blocks for all tokens. The contract lets a number of them through without any."
)

capacity = Check(
    f"{EXERCISE}.capacity",
    "What the busiest minute needs",
    Capacity,
    (AVERAGE_MINUTE, RETRIES_FREE, OUTPUT_FORGOTTEN, PARTS_OF_BLOCKS, INCLUDED_FORGOTTEN),
)


@capacity.finding("Tokens in the busiest minute", points=1, needs=["busiest_minute_tokens"])
def busiest(answers: Capacity, case: Case) -> Judgement:
    """All kinds, prompts and answers, repeated calls included."""
    month = case.spending.month()
    return judge_number(
        answers.busiest_minute_tokens,
        busiest_minute(month),
        unit="tokens",
        why="A vendor's limit counts everything that is sent, wanted or not.",
        misconceptions={
            AVERAGE_MINUTE: busiest_minute(month, peak=False),
            RETRIES_FREE: busiest_minute(month, retries=False),
            OUTPUT_FORGOTTEN: busiest_minute(month, output=False),
        },
    )


@capacity.finding("Blocks at ten times the traffic", points=1, needs=["blocks_tenfold"])
def blocks_tenfold(answers: Capacity, case: Case) -> Judgement:
    """What is above the included tokens, in whole blocks."""
    month = grown(case, 10)
    tokens = busiest_minute(month)
    right = blocks_above(month, tokens)
    return judge_number(
        answers.blocks_tenfold,
        right,
        unit="blocks",
        within=0.001,
        why="Steps are paid before they are filled. A plan says at which traffic the next one comes.",
        misconceptions={
            PARTS_OF_BLOCKS: blocks_above(month, tokens, whole=False),
            INCLUDED_FORGOTTEN: blocks_above(month, tokens, included=False),
            AVERAGE_MINUTE: blocks_above(month, busiest_minute(month, peak=False)),
        },
    )


# --- Task 4: the bill as a function -----------------------------------------------------------------------------------


class CostModel(AnswerSheet):
    """The bill as a function."""

    monthly_cost: FunctionAnswer = answer("a function monthly_cost(month) that returns {driver: dollars}")


BATCH_FOR_ALL = Misconception(
    "batch_for_all", "Batch prices are taken for calls that are not in a batch. Look at in_batch of each kind."
)
BATCH_IGNORED = Misconception("batch_ignored", "Kinds that are sent in a batch are paid at the ordinary price here.")
HITS_SEARCHED = Misconception(
    "hits_searched", "Requests that the cache answers are reranked here. They end before any passage is searched."
)
TRAFFIC_IGNORED = Misconception(
    "traffic_ignored", "The function gives the same for every month. Use its argument, not the case."
)
CENTS = Misconception("cents", "These are cents. The task asks for dollars.")

cost_model = Check(
    f"{EXERCISE}.cost_model",
    "The bill as a function of a month",
    CostModel,
    (
        OUTPUT_FORGOTTEN,
        EMBEDDINGS_FORGOTTEN,
        RETRIES_FREE,
        MEAN_DECIDES,
        CACHED_AT_FULL_PRICE,
        HELD_IN_BATCH,
        BATCH_FOR_ALL,
        BATCH_IGNORED,
        HITS_TWICE,
        HITS_SEARCHED,
        INCLUDED_IGNORED,
        AVERAGE_MINUTE,
        TRAFFIC_IGNORED,
        ONE_DAY,
        CENTS,
    ),
    held_back_points=4,
    held_back_about="months you have not seen",
)


def _variants(month: Month) -> dict[Misconception, dict[str, float]]:
    """What each misconception would return for a month."""
    right = drivers(month)
    return {
        OUTPUT_FORGOTTEN: drivers(month, output=False),
        EMBEDDINGS_FORGOTTEN: drivers(month, embeddings=False),
        RETRIES_FREE: drivers(month, retries=False),
        MEAN_DECIDES: drivers(month, mean=True),
        CACHED_AT_FULL_PRICE: drivers(month, held=False),
        HELD_IN_BATCH: drivers(month, held_in_batch=True),
        BATCH_FOR_ALL: drivers(month, batch_for_all=True),
        BATCH_IGNORED: drivers(month, batch=False),
        HITS_TWICE: drivers(month, hits_twice=True),
        HITS_SEARCHED: drivers(month, hits_searched=True),
        INCLUDED_IGNORED: drivers(month, included=False),
        AVERAGE_MINUTE: drivers(month, peak=False),
        ONE_DAY: {driver: usd / 30 for driver, usd in right.items()},
        CENTS: {driver: usd * 100 for driver, usd in right.items()},
    }


def _same_usd(seen: float, expected: float) -> bool:
    """Whether two sums agree, to 2% or a cent."""
    return close(seen, expected) or abs(seen - expected) <= 0.01


def _returned(function: FunctionAnswer, month: Month) -> dict[str, float]:
    returned = function(month)
    wanted = f"`{function.name}` must return a dictionary with dollars for each of {', '.join(DRIVERS)}"
    if not isinstance(returned, dict):
        raise function.unusable(f"{wanted}; it returned {type(returned).__name__}.")
    found, missing = {}, []
    for driver in DRIVERS:
        value = returned.get(driver)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e15:
            found[driver] = float(value)
        else:
            missing.append(driver)
    if missing:
        raise function.unusable(f"{wanted}; there is none for {', '.join(missing)}.")
    return found


def judge_model(function: FunctionAnswer, months: Sequence[Month]) -> Judgement:
    """Call the function for each month and judge all drivers of all of them."""
    why = "A bill that is a function can be asked about a month that has not come yet."
    returned = [_returned(function, month) for month in months]
    right = [drivers(month) for month in months]
    good = [d for d in DRIVERS if all(_same_usd(g[d], r[d]) for g, r in zip(returned, right, strict=True))]
    which = "for the last month tried, " if len(months) > 1 else ""
    seen = which + ", ".join(f"{d}: {quantity(returned[-1][d], '')}" for d in DRIVERS)
    expected = which + ", ".join(f"{d}: {quantity(right[-1][d], '')}" for d in DRIVERS)
    if len(good) == len(DRIVERS):
        return Judgement(1, seen, expected, why=why)
    wrong = [d for d in DRIVERS if d not in good]
    gap = f"{len(wrong)} of {len(DRIVERS)} drivers are off: {', '.join(wrong)}"
    named = None
    if len(months) > 1 and all(r == returned[0] for r in returned):
        named = TRAFFIC_IGNORED
    else:
        variants = [_variants(month) for month in months]
        for misconception in variants[0]:
            # Part of the answer may already be right; what is wrong must be wrong in this way.
            if all(
                _same_usd(g[d], v[misconception][d]) for d in wrong for g, v in zip(returned, variants, strict=True)
            ):
                named = misconception
                break
    credit = 0.0 if named in {ONE_DAY, CENTS, TRAFFIC_IGNORED} else len(good) / len(DRIVERS) * 0.75
    return Judgement(round(credit, 3), seen, expected, gap, why, named)


@cost_model.finding("Today and at ten times the traffic", points=2)
def two_months(answers: CostModel, case: Case) -> Judgement:
    """Two months without a lever."""
    return judge_model(answers.monthly_cost, [case.spending.month(), grown(case, 10)])


def changed(month: Month, **fields: Mapping[str, Any]) -> Month:
    """A copy of a month with fields of some kinds changed: guides={"held_share": 0.5}."""
    return {**month, "kinds": [{**row, **fields.get(row["id"], {})} for row in month["kinds"]]}


@cost_model.finding("Every field in use", points=2)
def every_field(answers: CostModel, case: Case) -> Judgement:
    """Held beginnings, a batch, the small model and a semantic cache, each for one kind or two."""
    month = changed(
        grown(case, 4),
        guides={"held_share": 0.5, "from_cache": 0.25},
        news={"model": "small", "sent_twice": 0.0},
        digests={"in_batch": True, "held_share": 0.6},
    )
    return judge_model(answers.monthly_cost, [month])


# --- Task 5: two bills ------------------------------------------------------------------------------------------------


class Bills(AnswerSheet):
    """Two months."""

    usd_today: Number = answer("the bill of a month today", unit="US dollars")
    usd_tenfold: Number = answer("the bill of a month with ten times the traffic", unit="US dollars")


bills = Check(
    f"{EXERCISE}.bills",
    "The bill today, and at ten times the traffic",
    Bills,
    (ONE_DAY, OUTPUT_FORGOTTEN, EMBEDDINGS_FORGOTTEN, RETRIES_FREE, TIMES_TEN, TODAYS_TRAFFIC),
)


@bills.finding("Today", points=1, needs=["usd_today"])
def today_bill(answers: Bills, case: Case) -> Judgement:
    """All drivers of a month."""
    month = case.spending.month()
    right = bill(month)
    return judge_number(
        answers.usd_today,
        right,
        unit="US dollars",
        within=0.01,
        why="A model of the bill is believed when it gives the last invoice.",
        misconceptions={
            ONE_DAY: right / 30,
            OUTPUT_FORGOTTEN: bill(month, output=False),
            EMBEDDINGS_FORGOTTEN: bill(month, embeddings=False),
            RETRIES_FREE: bill(month, retries=False),
        },
    )


@bills.finding("At ten times the traffic", points=2, needs=["usd_tenfold"])
def tenfold_bill(answers: Bills, case: Case) -> Judgement:
    """The same function, ten times the requests of every kind."""
    today, month = bill(case.spending.month()), grown(case, 10)
    right = bill(month)
    return judge_number(
        answers.usd_tenfold,
        right,
        unit="US dollars",
        within=0.01,
        why="Who plans with a rule of three is wrong by the steps and by what is fixed, and cannot say which way.",
        misconceptions={
            TIMES_TEN: 10 * today,
            TODAYS_TRAFFIC: today,
            ONE_DAY: right / 30,
            OUTPUT_FORGOTTEN: bill(month, output=False),
            RETRIES_FREE: bill(month, retries=False),
        },
    )


# --- Task 6: the drivers ----------------------------------------------------------------------------------------------


class TopDrivers(AnswerSheet):
    """The largest drivers."""

    top_drivers: list[Text] = answer("a list of the three largest drivers at ten times the traffic, largest first")


TODAYS_DRIVERS = Misconception(
    "todays_drivers", "These are today's largest drivers. At ten times the traffic others have come to the top."
)
MOST_CALLS = Misconception(
    "most_calls", "These belong to the kinds with the most requests. A request of another kind can cost far more."
)
SMALLEST_FIRST = Misconception("smallest_first", "These are the right three, smallest first. Name the largest first.")

top_drivers = Check(
    f"{EXERCISE}.top_drivers",
    "The three largest drivers",
    TopDrivers,
    (TODAYS_DRIVERS, MOST_CALLS, SMALLEST_FIRST),
)


def ranked(month: Month) -> list[str]:
    """The drivers of a month, largest first."""
    found = drivers(month)
    return sorted(found, key=lambda driver: -found[driver])


def most_calls(case: Case) -> list[str]:
    """The prompts of the three kinds with the most requests."""
    kinds = sorted(case.spending.kinds, key=lambda kind: -kind.requests)[:3]
    return [f"{kind.id} prompts" for kind in kinds]


@top_drivers.finding("The three in their order", points=3)
def three_largest(answers: TopDrivers, case: Case) -> Judgement:
    """A third for each in its place."""
    given = [driver.strip().casefold() for driver in answers.top_drivers]
    right = ranked(grown(case, 10))[:3]
    why = "Three numbers with their owners are what a meeting about cost can decide on."
    seen, expected = ", ".join(driver[:40] for driver in given[:6]) or "none", ", ".join(right)
    if given == right:
        return Judgement(1, seen, expected, why=why)
    tempting = {
        SMALLEST_FIRST: right[::-1],
        TODAYS_DRIVERS: ranked(case.spending.month())[:3],
        MOST_CALLS: most_calls(case),
    }
    named = next((m for m, names in tempting.items() if names == given), None)
    strange = [driver[:40] for driver in given if driver not in DRIVERS]
    if len(given) != 3:
        return Judgement(0, seen, expected, f"{len(given)} drivers are named; three are asked for", why, named)
    agreed = sum(g == r for g, r in zip(given, right, strict=True))
    gap = f"{agreed} of 3 in their place" + (f"; no driver is called {', '.join(strange)}" if strange else "")
    return Judgement(round(agreed / 3, 3), seen, expected, gap, why, named)


# --- Task 7: where each lever may be pulled ---------------------------------------------------------------------------


class Where(AnswerSheet):
    """The kinds for which each lever is allowed."""

    where: dict[Text, list[Text]] = answer("a dictionary with the list of allowed kinds for each of five levers")


SHORT_BEGINNING = Misconception(
    "short_beginning", "A beginning that is shorter than the vendor holds is counted on. It is read anew each time."
)
PERSONAL_IN_CACHE = Misconception(
    "personal_in_cache",
    "Answers meant for one person would be given to another: many questions are alike, and the records are not.",
)
STALE_IN_CACHE = Misconception(
    "stale_in_cache", "An answer would be kept for longer than it stays right. The best hit rate is on such questions."
)
REAL_TIME_IN_BATCH = Misconception(
    "real_time_in_batch",
    "A kind is put into a batch that is needed before the batch is promised. Cheap and too late is too late.",
)
POINT_ESTIMATE = Misconception(
    "point_estimate",
    "A kind passes by its share alone. With so few labelled requests the true share may well be below the limit: "
    "compare the lower end of the interval.",
)
SMALL_BY_EYE = Misconception(
    "small_by_eye", "Every kind goes to the small model here. For some the measured share of right answers is too low."
)
CUT_EVERYWHERE = Misconception(
    "cut_everywhere", "Prompts are cut wherever something can be cut. Look at how many answers turned wrong."
)

where_check = Check(
    f"{EXERCISE}.where",
    "Where each lever may be pulled",
    Where,
    (
        SHORT_BEGINNING,
        PERSONAL_IN_CACHE,
        STALE_IN_CACHE,
        REAL_TIME_IN_BATCH,
        POINT_ESTIMATE,
        SMALL_BY_EYE,
        CUT_EVERYWHERE,
    ),
)


def _judged_place(answers: Where, case: Case, lever: str, why: str, known: Mapping[Misconception, list[str]]) -> Any:
    right = allowed(case, lever)
    if lever not in answers.where:
        return Judgement(0, "nothing", f"kinds for {lever}", f"there is no list for {lever}", why)
    given = [kind.strip().casefold() for kind in answers.where[lever]]
    return judge_set(
        given,
        right,
        what="kinds",
        why=why,
        misconceptions={m: kinds for m, kinds in known.items() if set(kinds) != set(right)},
    )


@where_check.finding("The prompt cache", points=1)
def where_prompts(answers: Where, case: Case) -> Judgement:
    """Kinds whose beginning is long enough to be held."""
    why = "What is held must be the beginning, the same in every call, and long enough."
    judged: Judgement = _judged_place(answers, case, "prompt_cache", why, {SHORT_BEGINNING: list(KINDS)})
    return judged


@where_check.finding("The semantic cache", points=1)
def where_answers(answers: Where, case: Case) -> Judgement:
    """Kinds whose answers may be given to everybody for as long as they would be kept."""
    why = "One answer given to the wrong person costs more than a year of hits saves."
    kinds = case.spending.kinds
    right = allowed(case, "semantic_cache")
    known = {
        STALE_IN_CACHE: [k.id for k in kinds if k.answer_is_for == "everybody"],
        PERSONAL_IN_CACHE: [*right, "records"],
    }
    judged: Judgement = _judged_place(answers, case, "semantic_cache", why, known)
    return judged


@where_check.finding("The batch", points=1)
def where_batch(answers: Where, case: Case) -> Judgement:
    """Kinds that are needed no sooner than a batch is promised."""
    why = "Half the price for waiting, and nobody who waits may know of it."
    sooner = [k.id for k in case.spending.kinds if k.needed_within_s > 60]
    judged: Judgement = _judged_place(
        answers, case, "batch", why, {REAL_TIME_IN_BATCH: sooner if sooner != allowed(case, "batch") else list(KINDS)}
    )
    return judged


@where_check.finding("The small model", points=1)
def where_small(answers: Where, case: Case) -> Judgement:
    """Kinds on which even the lower end of the interval is high enough."""
    why = "A model is good enough for a kind of request, measured on it, or it is not known whether it is."
    least = case.spending.limits.least_right_share
    known = {
        POINT_ESTIMATE: [k.id for k in case.spending.kinds if k.small_right >= least],
        SMALL_BY_EYE: list(KINDS),
    }
    judged: Judgement = _judged_place(answers, case, "small_model", why, known)
    return judged


@where_check.finding("The shorter prompt", points=1)
def where_cut(answers: Where, case: Case) -> Judgement:
    """Kinds in which few enough answers turn wrong."""
    why = "Tokens that nobody misses are found by leaving them out and counting."
    known = {CUT_EVERYWHERE: [k.id for k in case.spending.kinds if k.cut_tokens]}
    judged: Judgement = _judged_place(answers, case, "cut_prompt", why, known)
    return judged


# --- Task 8: each lever alone -----------------------------------------------------------------------------------------


class Alone(AnswerSheet):
    """What each lever saves."""

    saved_alone: dict[Text, Number] = answer("a dictionary with what each lever saves alone", unit="US dollars a month")


TOKENS_ONLY = Misconception(
    "tokens_only",
    "Only the models' tokens are counted. A lever moves the rest of the bill too: retries, queries and capacity.",
)
PULLED_EVERYWHERE = Misconception(
    "pulled_everywhere", "The lever is pulled for every kind here. Task 7 says for which it is allowed."
)
WHAT_IS_LEFT = Misconception("what_is_left", "This is the bill that is left. The task asks for what is saved.")

alone = Check(
    f"{EXERCISE}.alone",
    "What each lever saves alone",
    Alone,
    (TODAYS_TRAFFIC, TOKENS_ONLY, PULLED_EVERYWHERE, WHAT_IS_LEFT, ONE_DAY),
)


def saving(case: Case, lever: str, times: float = 10) -> float:
    """What one lever alone saves, in dollars a month."""
    return bill_with(case, (), times) - bill_with(case, (lever,), times)


def _of_tokens(month: Month) -> float:
    return sum(usd for driver, usd in drivers(month).items() if driver.split()[0] in KINDS)


@alone.finding("Six savings", points=4)
def six_savings(answers: Alone, case: Case) -> Judgement:
    """The bill without the lever less the bill with it, at ten times the traffic."""
    given, plain = answers.saved_alone, bill_with(case, ())
    right = {lever: saving(case, lever) for lever in LEVERS}
    why = "Alone is the best that a lever can do. Whoever sells it quotes this number."
    seen = ", ".join(f"{lever[:30]}: {quantity(usd, '')}" for lever, usd in list(given.items())[:8]) or "nothing"
    expected = ", ".join(f"{lever}: {quantity(usd, '')}" for lever, usd in right.items())
    good = [lever for lever in LEVERS if lever in given and close(given[lever], right[lever])]
    if len(good) == len(LEVERS):
        return Judgement(1, seen, expected, why=why)
    wrong = [lever for lever in LEVERS if lever in given and lever not in good]
    missing = [lever for lever in LEVERS if lever not in given]
    known: dict[Misconception, Callable[[str], float]] = {
        TODAYS_TRAFFIC: lambda lever: saving(case, lever, 1),
        TOKENS_ONLY: lambda lever: _of_tokens(grown(case, 10)) - _of_tokens(pulled(case, (lever,))),
        PULLED_EVERYWHERE: lambda lever: plain - bill(pulled(case, (lever,), everywhere=True)),
        WHAT_IS_LEFT: lambda lever: plain - right[lever],
        ONE_DAY: lambda lever: right[lever] / 30,
    }
    named = next((m for m, of in known.items() if wrong and all(close(given[x], of(x)) for x in wrong)), None)
    gap = "; ".join(
        [f"{len(good)} of {len(LEVERS)} right"]
        + ([f"off: {', '.join(wrong)}"] if wrong else [])
        + ([f"missing: {', '.join(missing)}"] if missing else [])
    )
    return Judgement(round(len(good) / len(LEVERS), 3), seen, expected, gap, why, named)


# --- Task 9: side effects ---------------------------------------------------------------------------------------------

SideEffect = Literal[
    "fixed_order",
    "answer_to_another_question",
    "hours_later",
    "more_wrong_answers",
    "evidence_missing",
    "change_unseen",
    "none",
]
SIDE_EFFECTS: Mapping[str, SideEffect] = {
    "prompt_cache": "fixed_order",
    "semantic_cache": "answer_to_another_question",
    "batch": "hours_later",
    "small_model": "more_wrong_answers",
    "cut_prompt": "evidence_missing",
    "embed_changes": "change_unseen",
}


class SideEffects(AnswerSheet):
    """What each lever costs beside money."""

    side_effects: dict[Text, SideEffect] = answer("a dictionary with one of the seven words for each lever")


NOTHING_LOST = Misconception(
    "nothing_lost", "A lever without a side effect has not been looked at closely. One of the six words is its own."
)
CACHES_MIXED = Misconception(
    "caches_mixed",
    "The two caches are mixed up. The vendor's holds the beginning of a prompt and the model still answers; the "
    "semantic one returns an answer given before.",
)
BATCH_AS_QUALITY = Misconception(
    "batch_as_quality", "A batch is answered by the same model, and no worse. What it costs is time."
)

side_effects = Check(
    f"{EXERCISE}.side_effects",
    "What each lever costs beside money",
    SideEffects,
    (NOTHING_LOST, CACHES_MIXED, BATCH_AS_QUALITY),
)


@side_effects.finding("Six side effects", points=2)
def six_side_effects(answers: SideEffects, case: Case) -> Judgement:
    """One for each lever; one word for all earns nothing."""
    given = answers.side_effects
    good = [lever for lever, effect in SIDE_EFFECTS.items() if given.get(lever) == effect]
    seen = ", ".join(f"{lever[:30]}: {effect}" for lever, effect in list(given.items())[:8]) or "nothing"
    expected = ", ".join(f"{lever}: {effect}" for lever, effect in SIDE_EFFECTS.items())
    why = "Dollars are half of a proposal. The other half is what somebody else will notice."
    if len(good) == len(LEVERS):
        return Judgement(1, seen, expected, why=why)
    caches = (given.get("prompt_cache"), given.get("semantic_cache"))
    named = None
    if caches == ("answer_to_another_question", "fixed_order"):
        named = CACHES_MIXED
    elif given.get("batch") in ("more_wrong_answers", "evidence_missing"):
        named = BATCH_AS_QUALITY
    elif "none" in given.values():
        named = NOTHING_LOST
    credit = max(0.0, (len(good) - 1) / (len(LEVERS) - 1))
    return Judgement(round(credit, 3), seen, expected, f"{len(good)} of {len(LEVERS)} right", why, named)


# --- Task 10: all together --------------------------------------------------------------------------------------------


class Together(AnswerSheet):
    """All levers at once."""

    saved_together: Number = answer("what all six levers save together", unit="US dollars a month")
    usd_with_all: Number = answer("the bill that is left", unit="US dollars a month")


SHARES_MULTIPLIED = Misconception(
    "shares_multiplied",
    "This multiplies what each lever leaves of the whole bill. Levers act on parts of it, some on the same part and "
    "some not: pull them in the function.",
)

together = Check(
    f"{EXERCISE}.together",
    "All levers together",
    Together,
    (ADDED_UP, SHARES_MULTIPLIED, TODAYS_TRAFFIC, HITS_TWICE),
)


def _left_by(case: Case) -> dict[Misconception, float]:
    """The bill that each misconception would leave."""
    plain = bill_with(case, ())
    savings = [saving(case, lever) for lever in LEVERS]
    return {
        ADDED_UP: plain - sum(savings),
        SHARES_MULTIPLIED: plain * math.prod(1 - usd / plain for usd in savings),
        HITS_TWICE: bill(pulled(case, LEVERS), hits_twice=True),
    }


@together.finding("What they save", points=2, needs=["saved_together"])
def saved(answers: Together, case: Case) -> Judgement:
    """The bill with none less the bill with all."""
    plain = bill_with(case, ())
    known = {m: plain - left for m, left in _left_by(case).items()}
    known[TODAYS_TRAFFIC] = bill_with(case, (), 1) - bill_with(case, LEVERS, 1)
    return judge_number(
        answers.saved_together,
        plain - bill_with(case, LEVERS),
        unit="US dollars",
        within=0.01,
        why="Six teams that each promise their lever promise more than there is.",
        misconceptions=known,
    )


@together.finding("What is left", points=1, needs=["usd_with_all"])
def left_over(answers: Together, case: Case) -> Judgement:
    """The bill with all of them."""
    known = _left_by(case)
    known[TODAYS_TRAFFIC] = bill_with(case, LEVERS, 1)
    return judge_number(
        answers.usd_with_all,
        bill_with(case, LEVERS),
        unit="US dollars",
        within=0.01,
        why="No plan of these levers comes below this. A budget that does needs another design.",
        misconceptions=known,
    )


# --- Task 11: a plan that holds the budget ----------------------------------------------------------------------------


class Plan(AnswerSheet):
    """Levers that hold the budget."""

    plan: list[Text] = answer("a list of levers that hold the budget at ten times the traffic")
    plan_usd: Number = answer("the bill with them", unit="US dollars a month")


ONE_IS_ENOUGH = Misconception("one_is_enough", "One lever alone holds the budget in no case. Look at task 8.")
ONE_TOO_MANY = Misconception(
    "one_too_many",
    "The budget holds without one of these levers. Each has a side effect, so leave out what is not needed.",
)

plan_check = Check(
    f"{EXERCISE}.plan",
    "Levers that hold the budget",
    Plan,
    (ADDED_UP, ONE_IS_ENOUGH, ONE_TOO_MANY),
)


@plan_check.finding("It holds the budget with nothing to spare", points=2, needs=["plan"])
def holds(answers: Plan, case: Case) -> Judgement:
    """The levers together come below the budget, and no fewer of them would."""
    given = list(dict.fromkeys(lever.strip().casefold() for lever in answers.plan))
    budget, why = case.spending.limits.tenfold_budget_usd, "A lever that is not needed is a side effect for nothing."
    expected = f"at most {budget:,} US dollars, with no lever that could be left out"
    shown = ", ".join(lever[:30] for lever in given[:8]) or "no lever"
    strange = [lever[:30] for lever in given if lever not in LEVERS]
    if strange or not given:
        gap = f"no lever is called {', '.join(strange)}; they are {', '.join(LEVERS)}" if strange else "nothing chosen"
        return Judgement(0, shown, expected, gap, why)
    usd, plain = bill_with(case, given), bill_with(case, ())
    shown = f"{shown}: {quantity(usd, 'US dollars')}"
    if usd > budget:
        promised = plain - sum(saving(case, lever) for lever in given)
        named = ONE_IS_ENOUGH if len(given) == 1 else ADDED_UP if promised <= budget else None
        return Judgement(0, shown, expected, describe_over(usd, budget), why, named)
    spare = [lever for lever in given if bill_with(case, [x for x in given if x != lever]) <= budget]
    if spare:
        gap = f"it would hold without one of {len(spare)} of these levers"
        return Judgement(0.5, shown, expected, gap, why, ONE_TOO_MANY)
    return Judgement(1, shown, expected, why=why)


def describe_over(usd: float, budget: float) -> str:
    """Say by how much a bill is above a budget."""
    return f"{quantity(usd - budget, 'US dollars')} above the budget"


@plan_check.finding("Its bill", points=1, needs=["plan", "plan_usd"])
def its_bill(answers: Plan, case: Case) -> Judgement:
    """The bill with the levers of the plan."""
    given = {lever.strip().casefold() for lever in answers.plan} & set(LEVERS)
    plain, why = bill_with(case, ()), "The number that the plan will be held to."
    if not given:
        return Judgement(0, quantity(answers.plan_usd, "US dollars"), "the bill of a plan", "no plan is given", why)
    return judge_number(
        answers.plan_usd,
        bill_with(case, given),
        unit="US dollars",
        within=0.01,
        why=why,
        misconceptions={ADDED_UP: plain - sum(saving(case, lever) for lever in given)},
    )


# --- Task 12: the alert -----------------------------------------------------------------------------------------------


class BudgetAlert(AnswerSheet):
    """When the budget breaks, and when somebody must know."""

    over_budget_in_months: Number = answer("the first month from now whose bill is above the budget", unit="months")
    alert_usd: Number = answer("the monthly bill at which the alert fires", unit="US dollars")


LINEAR_GROWTH = Misconception(
    "linear_growth", "The growth is added each month. It is a share of the month before, so it compounds."
)
BILL_GROWS_LIKE_TRAFFIC = Misconception(
    "bill_grows_like_traffic",
    "The bill is made to grow like the traffic. It has a fixed part and steps: grow the requests and ask the function.",
)
MONTH_BEFORE = Misconception("month_before", "This is the last month that the budget holds for.")
ALERT_AT_BUDGET = Misconception(
    "alert_at_budget", "This alert fires when the budget is already gone. A lever takes months to work."
)
EIGHTY_PERCENT = Misconception(
    "eighty_percent", "80% is a habit. The threshold follows from the growth and from how long a lever takes."
)

budget_alert = Check(
    f"{EXERCISE}.alert",
    "When the alert must fire",
    BudgetAlert,
    (LINEAR_GROWTH, BILL_GROWS_LIKE_TRAFFIC, MONTH_BEFORE, ALERT_AT_BUDGET, EIGHTY_PERCENT),
)


def bill_in(case: Case, months: int) -> float:
    """The bill so many months from now, no lever pulled."""
    return bill(grown(case, (1 + case.traffic.monthly_growth) ** months))


def over_in(case: Case) -> int:
    """The first month from now whose bill is above the budget."""
    return next(month for month in count() if bill_in(case, month) > case.spending.limits.budget_usd)


def _over_taken_wrongly(case: Case) -> dict[Misconception, float]:
    growth, budget = case.traffic.monthly_growth, case.spending.limits.budget_usd
    linear = next(m for m in count() if bill(grown(case, 1 + growth * m)) > budget)
    like_traffic = math.ceil(math.log(budget / bill_in(case, 0)) / math.log(1 + growth))
    return {MONTH_BEFORE: over_in(case) - 1, LINEAR_GROWTH: linear, BILL_GROWS_LIKE_TRAFFIC: like_traffic}


@budget_alert.finding("The month that breaks the budget", points=1, needs=["over_budget_in_months"])
def breaks_budget(answers: BudgetAlert, case: Case) -> Judgement:
    """The first month above the budget at the case's growth."""
    right = over_in(case)
    return judge_number(
        answers.over_budget_in_months,
        right,
        unit="months",
        within=0.001,
        why="Growth is the one driver that nobody decides on, and the one that can be known beforehand.",
        misconceptions={m: months for m, months in _over_taken_wrongly(case).items() if months != right},
    )


@budget_alert.finding("The threshold", points=2, needs=["alert_usd"])
def threshold(answers: BudgetAlert, case: Case) -> Judgement:
    """It fires as late as it may: the lead time before the budget breaks, and no month sooner."""
    limits = case.spending.limits
    fires = over_in(case) - limits.lead_months
    low, high = bill_in(case, fires - 1), bill_in(case, fires)
    seen = quantity(answers.alert_usd, "US dollars")
    expected = (
        f"above {quantity(low, '')} and at most {quantity(high, 'US dollars')}, so that it fires in month {fires}"
    )
    why = "An alert is early enough if there is time to act, and late enough if it is believed."
    if low < answers.alert_usd <= high * 1.0005:
        return Judgement(1, seen, expected, why=why)
    given = answers.alert_usd
    named = None
    if close(given, limits.budget_usd, 0.002):
        named = ALERT_AT_BUDGET
    elif close(given, 0.8 * limits.budget_usd, 0.002):
        named = EIGHTY_PERCENT
    if given <= 0:
        return Judgement(0, seen, expected, "a bill is above nothing", why)
    gap = "it fires too late for a lever to work" if given > high else "it fires sooner than it need"
    return Judgement(0, seen, expected, gap, why, named)


# --- Task 13: what a dollar buys --------------------------------------------------------------------------------------


class UnitEconomics(AnswerSheet):
    """Dollars for each resolved contact."""

    usd_per_resolved: Number = answer("dollars for each resolved contact, today", unit="US dollars")
    usd_per_resolved_tenfold: Number = answer(
        "dollars for each resolved contact at ten times the traffic, all levers pulled", unit="US dollars"
    )
    value_per_dollar: Number = answer("dollars that a dollar of today's bill saves", unit="US dollars")


PER_REQUEST = Misconception("per_request", "This is for each request. Only some of them are resolved for good.")
ALL_KINDS_COUNTED = Misconception(
    "all_kinds_counted", "Files and digests are counted as contacts. They are staff's; customers ask in three kinds."
)
UPSIDE_DOWN = Misconception("upside_down", "This is cost over value. The task asks what a dollar of the bill brings.")

unit_economics = Check(
    f"{EXERCISE}.unit_economics",
    "Dollars for each resolved contact",
    UnitEconomics,
    (PER_REQUEST, ALL_KINDS_COUNTED, UPSIDE_DOWN),
)


def contacts(case: Case, *, all_kinds: bool = False) -> int:
    """Customers' requests in a month, today."""
    return sum(kind.requests for kind in case.spending.kinds if all_kinds or kind.id in CUSTOMERS)


def _judged_unit(seen: float, case: Case, usd: float, times: float) -> Judgement:
    share, asked = case.spending.limits.resolved_share, times * contacts(case)
    return judge_number(
        seen,
        usd / (share * asked),
        unit="US dollars",
        why="The bill is read beside what it buys. Cheaper requests that resolve less are dearer.",
        misconceptions={
            PER_REQUEST: usd / asked,
            ALL_KINDS_COUNTED: usd / (share * times * contacts(case, all_kinds=True)),
        },
    )


@unit_economics.finding("Today", points=1, needs=["usd_per_resolved"])
def resolved_today(answers: UnitEconomics, case: Case) -> Judgement:
    """Today's bill over the contacts it resolves."""
    return _judged_unit(answers.usd_per_resolved, case, bill_with(case, (), 1), 1)


@unit_economics.finding("At ten times the traffic, all levers pulled", points=1, needs=["usd_per_resolved_tenfold"])
def resolved_tenfold(answers: UnitEconomics, case: Case) -> Judgement:
    """The bill that is left over ten times the contacts."""
    return _judged_unit(answers.usd_per_resolved_tenfold, case, bill_with(case, LEVERS), 10)


@unit_economics.finding("What a dollar saves", points=1, needs=["value_per_dollar"])
def value(answers: UnitEconomics, case: Case) -> Judgement:
    """The value of a resolved contact over its cost."""
    cost = bill_with(case, (), 1) / (case.spending.limits.resolved_share * contacts(case))
    right = case.value_of_resolved_contact_usd / cost
    return judge_number(
        answers.value_per_dollar,
        right,
        unit="US dollars",
        why="With this beside it, a board sees whether to cut the bill or to grow it.",
        misconceptions={
            UPSIDE_DOWN: 1 / right,
            PER_REQUEST: right / case.spending.limits.resolved_share,
            ALL_KINDS_COUNTED: right * contacts(case, all_kinds=True) / contacts(case),
        },
    )
