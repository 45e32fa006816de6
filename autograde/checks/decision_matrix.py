"""Checks of the exercise `decision_matrix`: self-hosted or managed, decided for one client and written down.

Expected values are computed here from the learner's case, by the sums that the lessons of module 3 teach. What is a
matter of judgement (which criteria, which weights, how many points between two values) is never compared with a
model answer: a matrix is judged by the case's facts and by its own arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import permutations
from typing import Annotated, Any, Literal

from pydantic import BaseModel, PlainValidator

from archkit.case import Case
from archkit.case.hosting import Way
from archkit.decisions import Criterion, DecisionMatrix, DecisionRecord, Evidence, Gate, GateResult, Rating, Trigger
from archkit.hosting import HOURS_PER_MONTH
from archkit.typed_data import InvalidData
from autograde.answers import AnswerSheet, FunctionAnswer, Number, Text, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import close, judge_number, quantity
from autograde.registry import Check

EXERCISE = "decision_matrix"
SECONDS_PER_MONTH = HOURS_PER_MONTH * 3_600
WAYS = ("managed", "open_managed", "self_hosted")
VENDORS = WAYS[:2]
NEVER = "never"
FAR = 1e9
"""A break-even that is not below a thousand million requests a month counts as none."""


def _number_or_never(value: object) -> float | str:
    if isinstance(value, str) and value.strip().casefold() == NEVER:
        return NEVER
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e15:
        return float(value)
    raise ValueError("a number or the word 'never' is wanted here")


NumberOrNever = Annotated[Any, PlainValidator(_number_or_never)]


# --- The case's own sums ----------------------------------------------------------------------------------------------


def _figure(value: float) -> str:
    """Write a number of the case as the brief does: 12,400 or 0.905."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def _way(case: Case, id: str) -> Way:
    way: Way = getattr(case.hosting.ways, id)
    return way


def _sent(case: Case) -> int:
    tokens = case.tokens
    return tokens.instructions + tokens.question + tokens.passages * tokens.tokens_per_passage


def _weights_gb(case: Case) -> float:
    return case.hosting.cards.parameters_billion * case.hosting.cards.bytes_per_parameter


def _cache_gb(case: Case, *, at_once: int | None = None, tokens: int | None = None) -> float:
    cards = case.hosting.cards
    in_context = _sent(case) + case.tokens.answer if tokens is None else tokens
    numbers = 2 * cards.layers * cards.kv_heads * cards.head_dimension
    return numbers * cards.bytes_per_kv_number * in_context * (at_once or cards.requests_at_once) / 1e9


def _group(case: Case, gigabytes: float, *, usable: bool = True) -> int:
    """The smallest number of cards on which one copy of this size can run."""
    cards = case.hosting.cards
    needed = gigabytes / (cards.memory_gb * (cards.usable_share if usable else 1))
    return next((n for n in cards.groups if n >= needed), cards.groups[-1])


def _cards_per_copy(case: Case) -> int:
    return _group(case, _weights_gb(case) + _cache_gb(case))


def _written_per_second(case: Case, requests: float, *, peak: bool = True) -> float:
    """Tokens that all copies together must write in a second, at the peak or on average."""
    average = requests / SECONDS_PER_MONTH * case.tokens.answer
    return average * (case.traffic.peak_to_average if peak else 1)


def _copies(
    case: Case, requests: float, *, peak: bool = True, planned: bool = True, spare: bool = True, whole: bool = True
) -> float:
    """Copies of the model for a month's requests. The flags leave a step out, as a misconception would."""
    cards = case.hosting.cards
    carries = cards.tokens_per_second * (cards.planned_share if planned else 1)
    needed = _written_per_second(case, requests, peak=peak) / carries
    return (math.ceil(needed) if whole else needed) + (cards.spare_copies if spare else 0)


def _per_copy_usd(case: Case, *, hours: float = HOURS_PER_MONTH) -> float:
    return _cards_per_copy(case) * case.hosting.cards.usd_per_hour * hours


def _people_usd(case: Case) -> float:
    return _way(case, "self_hosted").engineer_share * case.hosting.engineer_usd_per_month


def _own_usd(
    case: Case, requests: float, *, people: bool = True, hours: float = HOURS_PER_MONTH, **left: bool
) -> float:
    return _copies(case, requests, **left) * _per_copy_usd(case, hours=hours) + (_people_usd(case) if people else 0)


def _busy_only_usd(case: Case, requests: float) -> float:
    """What own cards would cost if they were paid only while they write, at their knee."""
    hours = requests * case.tokens.answer / (case.hosting.cards.tokens_per_second * 3_600)
    return _per_copy_usd(case, hours=hours) + _people_usd(case)


def _vendor_usd(case: Case, id: str, requests: float, *, output: bool = True, output_price: bool = True) -> float:
    way = _way(case, id)
    assert way.input_usd_per_million is not None and way.output_usd_per_million is not None
    per_output = way.output_usd_per_million if output_price else way.input_usd_per_million
    written = case.tokens.answer * per_output if output else 0
    return requests * (_sent(case) * way.input_usd_per_million + written) / 1e6


def _monthly_usd(case: Case, id: str, requests: float) -> float:
    return _vendor_usd(case, id, requests) if id in VENDORS else _own_usd(case, requests)


def _requests_per_copy(case: Case) -> float:
    """Requests a month that one copy carries, at the peak and as planned."""
    return 1 / (_copies(case, 1, spare=False, whole=False))


def _crossings(case: Case, vendor: str) -> tuple[float, float] | None:
    """The first volume at which own cards are cheaper, and the one from which on they stay so; None for never."""
    per_request = _vendor_usd(case, vendor, 1)
    per_copy, carries = _per_copy_usd(case), _requests_per_copy(case)
    if per_copy >= per_request * carries:
        return None
    fixed = case.hosting.cards.spare_copies * per_copy + _people_usd(case)
    first = last = 0.0
    copies = 1
    while True:
        level, low, high = (fixed + copies * per_copy) / per_request, (copies - 1) * carries, copies * carries
        if low > FAR:
            return None
        if level < high and not first:
            first = max(level, low)
        if level > low:
            last = min(level, high)
        if level <= low:  # from here on each step begins in favour of the own cards
            return first, last
        copies += 1


# --- Task 1: what has to fit on the cards -----------------------------------------------------------------------------


class Memory(AnswerSheet):
    """The memory of one copy of the model, and the cards that hold it."""

    weights_gb: Number = answer("what the weights take", unit="GB (10^9 bytes)")
    kv_cache_gb: Number = answer("what the keys and values of all requests at once take", unit="GB (10^9 bytes)")
    cards_per_copy: Number = answer("how many cards one copy of the model runs on", unit="cards")


PRECISION_IGNORED = Misconception(
    "precision_ignored", "Look at the bytes for each parameter: this counts another precision than the case plans."
)
GIBIBYTES = Misconception("gibibytes", "This is in GiB (2^30 bytes). The task asks for GB (10^9 bytes).")
ONE_REQUEST = Misconception(
    "one_request", "This is the cache of one request. All that are served at the same time hold theirs together."
)
KEYS_ONLY = Misconception("keys_only", "This counts keys or values. Each token keeps one of both in every layer.")
PROMPT_ONLY = Misconception(
    "prompt_only", "This caches the prompt alone. Each token of the answer takes its place beside it."
)
WEIGHTS_ONLY = Misconception("weights_only", "These cards hold the weights and not one request beside them.")
WHOLE_CARD = Misconception(
    "whole_card", "This fills the cards to the brim. Only the case's usable_share of each can be taken."
)
ANY_NUMBER = Misconception(
    "any_number",
    "So many cards have the memory, but they cannot share one copy: it is divided over the numbers of cards that the "
    "case lists as groups.",
)

memory = Check(
    f"{EXERCISE}.memory",
    "What has to fit on the cards",
    Memory,
    (PRECISION_IGNORED, GIBIBYTES, ONE_REQUEST, KEYS_ONLY, PROMPT_ONLY, WEIGHTS_ONLY, WHOLE_CARD, ANY_NUMBER),
)


@memory.finding("The weights", points=1, needs=["weights_gb"])
def weights(answers: Memory, case: Case) -> Judgement:
    """Parameters times bytes."""
    right = _weights_gb(case)
    bytes_each = case.hosting.cards.bytes_per_parameter
    return judge_number(
        answers.weights_gb,
        right,
        unit="GB",
        within=0.01,
        why="Precision is the largest lever on the number of cards, and it is paid for in quality.",
        misconceptions={
            PRECISION_IGNORED: right / bytes_each * {1: 2, 2: 1}.get(int(bytes_each), 4),
            GIBIBYTES: right * 1e9 / 2**30,
        },
    )


@memory.finding("The KV cache", points=1, needs=["kv_cache_gb"])
def cache(answers: Memory, case: Case) -> Judgement:
    """A key and a value in each layer, for each token of each request that is served at once."""
    right = _cache_gb(case)
    return judge_number(
        answers.kv_cache_gb,
        right,
        unit="GB",
        within=0.01,
        why="Long prompts of many readers can need more memory than the model does.",
        misconceptions={
            ONE_REQUEST: _cache_gb(case, at_once=1),
            KEYS_ONLY: right / 2,
            PROMPT_ONLY: _cache_gb(case, tokens=_sent(case)),
            GIBIBYTES: right * 1e9 / 2**30,
        },
    )


@memory.finding("The cards for one copy", points=1, needs=["cards_per_copy"])
def group(answers: Memory, case: Case) -> Judgement:
    """Weights and cache over what a card leaves to use, in a number of cards that can share a copy."""
    cards, both = case.hosting.cards, _weights_gb(case) + _cache_gb(case)
    return judge_number(
        answers.cards_per_copy,
        _cards_per_copy(case),
        unit="cards",
        within=0,
        why="This number multiplies the whole rent. It is fixed before anybody asks for a price.",
        misconceptions={
            WEIGHTS_ONLY: _group(case, _weights_gb(case)),
            WHOLE_CARD: _group(case, both, usable=False),
            ANY_NUMBER: math.ceil(both / (cards.memory_gb * cards.usable_share)),
        },
    )


# --- Task 2: cards for the busiest second -----------------------------------------------------------------------------


class Cards(AnswerSheet):
    """The load on the cards, and how many are rented for it."""

    peak_tokens_per_second: Number = answer("what is written in the busiest second", unit="tokens/s")
    cards_rented: Number = answer("all cards that are rented, the spare copy's among them", unit="cards")


FOR_THE_AVERAGE = Misconception(
    "for_the_average",
    "This carries the average. The busiest second has the case's peak-to-average ratio times as much.",
)
PROMPTS_WRITTEN = Misconception(
    "prompts_written", "This counts the prompts too. They are read; the measured rate is of tokens written."
)
NO_SPARE = Misconception("no_spare", "There is no spare copy in this. Without it the loss of one is felt by everybody.")
AT_THE_KNEE = Misconception(
    "at_the_knee",
    "This plans the copies at their knee. Beyond it everybody waits: take the case's planned_share of it.",
)
COPIES_FOR_CARDS = Misconception(
    "copies_for_cards", "This is the number of copies. Each of them runs on the cards of task 1."
)
SPARE_CARD = Misconception(
    "spare_card", "One spare card is added where a spare copy is needed: a part of a copy answers nothing."
)

cards = Check(
    f"{EXERCISE}.cards",
    "Cards for the busiest second",
    Cards,
    (FOR_THE_AVERAGE, PROMPTS_WRITTEN, NO_SPARE, AT_THE_KNEE, COPIES_FOR_CARDS, SPARE_CARD),
)


@cards.finding("What is written at the peak", points=1, needs=["peak_tokens_per_second"])
def written_at_peak(answers: Cards, case: Case) -> Judgement:
    """Requests a second at the peak, times the tokens of an answer."""
    requests = case.traffic.requests_per_month
    right = _written_per_second(case, requests)
    return judge_number(
        answers.peak_tokens_per_second,
        right,
        unit="tokens/s",
        within=0.01,
        why="A card is full when it has to write too much at once, however quiet the night was.",
        misconceptions={
            FOR_THE_AVERAGE: _written_per_second(case, requests, peak=False),
            PROMPTS_WRITTEN: right * (_sent(case) + case.tokens.answer) / case.tokens.answer,
        },
    )


@cards.finding("The cards", points=2, needs=["cards_rented"])
def all_cards(answers: Cards, case: Case) -> Judgement:
    """Copies for the peak as planned, and the spare, times the cards of one copy."""
    requests, each = case.traffic.requests_per_month, _cards_per_copy(case)
    return judge_number(
        answers.cards_rented,
        _copies(case, requests) * each,
        unit="cards",
        within=0,
        why="Every one of them is paid in every hour, so one too many is dear and one too few is felt.",
        misconceptions={
            FOR_THE_AVERAGE: _copies(case, requests, peak=False) * each,
            NO_SPARE: _copies(case, requests, spare=False) * each,
            AT_THE_KNEE: _copies(case, requests, planned=False) * each,
            COPIES_FOR_CARDS: _copies(case, requests),
            SPARE_CARD: _copies(case, requests, spare=False) * each + 1,
        },
        partial_credit=0.5,
        partly_right=(NO_SPARE, COPIES_FOR_CARDS, SPARE_CARD),
    )


# --- Task 3: what a month costs ---------------------------------------------------------------------------------------


class MonthlyCosts(AnswerSheet):
    """The three ways at today's volume."""

    managed_usd: Number = answer("a month of the managed proprietary model", unit="US dollars")
    open_managed_usd: Number = answer("a month of the managed open-weight model", unit="US dollars")
    self_hosted_usd: Number = answer("a month of rented cards and the people for them", unit="US dollars")


INPUT_ONLY = Misconception(
    "input_only", "This prices what is read and forgets what is written. A vendor bills both, each at its own price."
)
OUTPUT_AT_INPUT_PRICE = Misconception(
    "output_at_input_price", "The answer's tokens are priced like the prompt's. The price list has two prices."
)
PER_THOUSAND = Misconception("per_thousand", "The prices are per million tokens; this reads them as per thousand.")
OTHER_PRICE_SHEET = Misconception(
    "other_price_sheet",
    "These are the prices of the assistant's first price sheet, `case.price`. Another model is under discussion here: "
    "take the prices of the way.",
)
IDLE_FREE = Misconception(
    "idle_free",
    "This pays for the cards only while they write, as if they were always full. They are rented by the hour, and most "
    "hours are idle.",
)
STAFF_FORGOTTEN = Misconception(
    "staff_forgotten", "The people are missing. Somebody upgrades, tests and mends what is your own."
)
DAYTIME_ONLY = Misconception(
    "daytime_only", "This pays for eight hours a day. A month of rent has 720 hours, the nights among them."
)
ONE_CARD_EACH = Misconception(
    "one_card_each", "This rents one card for each copy. A copy runs on the cards of task 1, and all are paid."
)

monthly_costs = Check(
    f"{EXERCISE}.monthly_costs",
    "What a month costs, three ways",
    MonthlyCosts,
    (
        INPUT_ONLY,
        OUTPUT_AT_INPUT_PRICE,
        OTHER_PRICE_SHEET,
        PER_THOUSAND,
        IDLE_FREE,
        STAFF_FORGOTTEN,
        DAYTIME_ONLY,
        NO_SPARE,
        FOR_THE_AVERAGE,
        ONE_CARD_EACH,
    ),
)


def _judged_bill(case: Case, id: str, seen: float) -> Judgement:
    requests = case.traffic.requests_per_month
    right = _vendor_usd(case, id, requests)
    wrong = {INPUT_ONLY: _vendor_usd(case, id, requests, output=False), PER_THOUSAND: right * 1_000}
    flat = _vendor_usd(case, id, requests, output_price=False)
    if not close(flat, right):
        wrong[OUTPUT_AT_INPUT_PRICE] = flat
    sheet = case.price
    wrong[OTHER_PRICE_SHEET] = (
        requests * (_sent(case) * sheet.input_usd_per_million + case.tokens.answer * sheet.output_usd_per_million) / 1e6
    )
    return judge_number(
        seen,
        right,
        unit="US dollars a month",
        within=0.01,
        why="By the token nothing is paid at night. That is what a price list sells.",
        misconceptions=wrong,
    )


@monthly_costs.finding("The managed proprietary model", points=1, needs=["managed_usd"])
def managed_bill(answers: MonthlyCosts, case: Case) -> Judgement:
    """Tokens in and out, each at its price."""
    return _judged_bill(case, "managed", answers.managed_usd)


@monthly_costs.finding("The managed open-weight model", points=1, needs=["open_managed_usd"])
def open_bill(answers: MonthlyCosts, case: Case) -> Judgement:
    """The same tokens at the open model's price."""
    return _judged_bill(case, "open_managed", answers.open_managed_usd)


@monthly_costs.finding("Your own cards", points=2, needs=["self_hosted_usd"])
def own_bill(answers: MonthlyCosts, case: Case) -> Judgement:
    """All cards in all hours, and the people."""
    requests = case.traffic.requests_per_month
    right, people = _own_usd(case, requests), _people_usd(case)
    wrong = {
        IDLE_FREE: _busy_only_usd(case, requests),
        STAFF_FORGOTTEN: right - people,
        DAYTIME_ONLY: _own_usd(case, requests, hours=HOURS_PER_MONTH / 3),
        NO_SPARE: _own_usd(case, requests, spare=False),
        FOR_THE_AVERAGE: _own_usd(case, requests, peak=False),
    }
    if _cards_per_copy(case) > 1:
        wrong[ONE_CARD_EACH] = (right - people) / _cards_per_copy(case) + people
    return judge_number(
        answers.self_hosted_usd,
        right,
        unit="US dollars a month",
        within=0.01,
        why="Utilisation decides here: a card that is mostly idle makes each token dear.",
        misconceptions=wrong,
        partial_credit=0.5,
        partly_right=(STAFF_FORGOTTEN, NO_SPARE),
    )


# --- Task 4: cost as a function ---------------------------------------------------------------------------------------


class CostFunction(AnswerSheet):
    """What any way costs at any volume."""

    monthly_cost: FunctionAnswer = answer("a function monthly_cost(option, requests) that returns US dollars a month")


FIXED_CARDS = Misconception(
    "fixed_cards", "Your own cards cost the same at every volume here. More requests at the peak need more copies."
)
PARTS_OF_CARDS = Misconception(
    "parts_of_cards", "This rents fractions of cards. A copy is rented whole or not at all, so the cost rises in steps."
)
VOLUME_IGNORED = Misconception(
    "volume_ignored", "The function gives the same cost at every volume: it does not use its argument."
)
FREE_GROWTH = Misconception(
    "free_growth",
    "The own cards grow in proportion to the volume here, the spare copy and the people too. Those two do not grow.",
)

cost_function = Check(
    f"{EXERCISE}.cost_function",
    "The cost of each way, as a function of volume",
    CostFunction,
    (FIXED_CARDS, PARTS_OF_CARDS, VOLUME_IGNORED, FREE_GROWTH, STAFF_FORGOTTEN, IDLE_FREE, INPUT_ONLY),
    held_back_points=2,
    held_back_about="volumes you have not seen",
)


def clear_volume(case: Case, requests: float) -> int:
    """Return a volume near this one at which the number of copies does not hang on a rounding."""
    while not 0.05 < _copies(case, requests, spare=False, whole=False) % 1 < 0.95:
        requests *= 1.037
    return round(requests)


def _cost_variants(case: Case, id: str, requests: float) -> dict[Misconception, float]:
    """What each misconception would return."""
    today = case.traffic.requests_per_month
    if id in VENDORS:
        right = _vendor_usd(case, id, requests)
        return dict.fromkeys((FIXED_CARDS, PARTS_OF_CARDS, FREE_GROWTH, STAFF_FORGOTTEN, IDLE_FREE), right) | {
            INPUT_ONLY: _vendor_usd(case, id, requests, output=False)
        }
    return {
        FIXED_CARDS: _own_usd(case, today),
        PARTS_OF_CARDS: _own_usd(case, requests, whole=False),
        FREE_GROWTH: _own_usd(case, today) * requests / today,
        STAFF_FORGOTTEN: _own_usd(case, requests, people=False),
        IDLE_FREE: _busy_only_usd(case, requests),
        INPUT_ONLY: _own_usd(case, requests),
    }


def judge_cost_function(function: FunctionAnswer, case: Case, volumes: Sequence[float]) -> Judgement:
    """Call the function for each way at each volume, and judge all of them."""
    at = [clear_volume(case, volume) for volume in volumes]
    returned = {(id, v): _dollars(function, id, v) for id in WAYS for v in at}
    right = {(id, v): _monthly_usd(case, id, v) for id in WAYS for v in at}
    good = [id for id in WAYS if all(close(returned[id, v], right[id, v], 0.01) for v in at)]
    seen = f"at {at[-1]:,} requests " + ", ".join(f"{id}: {returned[id, at[-1]]:,.0f}" for id in WAYS)
    expected = f"at {at[-1]:,} requests " + ", ".join(f"{id}: {right[id, at[-1]]:,.0f} US dollars" for id in WAYS)
    why = "A cost at one volume answers one question. The function answers the next ones: growth, prices, break-even."
    if len(good) == len(WAYS):
        return Judgement(1, seen, expected, why=why)
    wrong = [id for id in WAYS if id not in good]
    named = None
    if all(len({returned[id, v] for v in at}) == 1 for id in WAYS):
        named = VOLUME_IGNORED
    else:
        for misconception in (STAFF_FORGOTTEN, IDLE_FREE, INPUT_ONLY, FIXED_CARDS, PARTS_OF_CARDS, FREE_GROWTH):
            if all(
                close(returned[id, v], _cost_variants(case, id, v)[misconception], 0.01) for id in wrong for v in at
            ):
                named = misconception
                break
    credit = 0.0 if named is VOLUME_IGNORED else 0.75 * len(good) / len(WAYS)
    return Judgement(round(credit, 3), seen, expected, f"off for {', '.join(wrong)}", why, named)


def _dollars(function: FunctionAnswer, id: str, requests: float) -> float:
    value = function(id, requests)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e15:
        return float(value)
    raise function.unusable(
        f"`{function.name}({id!r}, {requests:,})` must return a number, US dollars a month; it returned "
        f"{type(value).__name__}."
    )


@cost_function.finding("Today, at a fifth and at six times of it", points=2)
def at_known_volumes(answers: CostFunction, case: Case) -> Judgement:
    """The volume of task 3, and two others."""
    today = case.traffic.requests_per_month
    return judge_cost_function(answers.monthly_cost, case, [today / 5, 6 * today, today])


# --- Task 5: where the costs cross ------------------------------------------------------------------------------------


class BreakEven(AnswerSheet):
    """From which volume on own cards are cheaper."""

    rent_usd_per_million: Number = answer("the rent that each further million requests takes", unit="US dollars")
    break_even_managed: NumberOrNever = answer(
        "the requests a month from which on own cards cost less than the managed proprietary model, or 'never'"
    )
    break_even_open: NumberOrNever = answer(
        "the requests a month from which on own cards cost less than the managed open-weight model, or 'never'"
    )


WHOLE_COST = Misconception(
    "whole_cost",
    "This spreads the whole cost over today's requests. A further million takes rent only: people and spare are there.",
)
OWN_REQUESTS_FREE = Misconception(
    "own_requests_free",
    "This earns the fixed costs back with the whole managed bill, as if requests on own cards were free. They take "
    "cards too.",
)
NEVER_CROSSES = Misconception(
    "never_crosses",
    "Here a further million costs more rent than the vendor asks for it, so the own cards never become cheaper: "
    "whatever volume is added, it adds to their disadvantage.",
)
CROSSES_AFTER_ALL = Misconception(
    "crosses_after_all",
    "A further million costs less rent than the vendor asks for it. So the costs do cross, if far to the right.",
)
IN_MILLIONS = Misconception("in_millions", "This is in millions. The task asks for requests a month.")

break_even = Check(
    f"{EXERCISE}.break_even",
    "From which volume on own cards are cheaper",
    BreakEven,
    (
        WHOLE_COST,
        FOR_THE_AVERAGE,
        AT_THE_KNEE,
        OWN_REQUESTS_FREE,
        STAFF_FORGOTTEN,
        PARTS_OF_CARDS,
        NEVER_CROSSES,
        CROSSES_AFTER_ALL,
        IN_MILLIONS,
    ),
)


def _rent_per_million(case: Case) -> float:
    return _per_copy_usd(case) / _requests_per_copy(case) * 1e6


@break_even.finding("The rent of a further million", points=1, needs=["rent_usd_per_million"])
def further_million(answers: BreakEven, case: Case) -> Judgement:
    """Rent of a copy over the millions that it carries, on average over the steps."""
    right, today = _rent_per_million(case), case.traffic.requests_per_month
    return judge_number(
        answers.rent_usd_per_million,
        right,
        unit="US dollars",
        within=0.01,
        why="Beside the vendor's price of a million it says whether volume helps at all.",
        misconceptions={
            WHOLE_COST: _own_usd(case, today) / today * 1e6,
            FOR_THE_AVERAGE: right / case.traffic.peak_to_average,
            AT_THE_KNEE: right * case.hosting.cards.planned_share,
        },
    )


def _judged_crossing(case: Case, vendor: str, seen: float | str) -> Judgement:
    crossing = _crossings(case, vendor)
    why = "It is the volume at which the conversation about own cards begins, and it belongs into the record."
    shown = seen if isinstance(seen, str) else quantity(seen, "requests a month")
    if crossing is None:
        if seen == NEVER:
            return Judgement(1, shown, "never", why=why)
        return Judgement(0, shown, "never", "", why, NEVER_CROSSES)
    first, last = crossing
    expected = f"about {quantity(last, 'requests a month')}"
    if seen == NEVER:
        return Judgement(0, shown, expected, "", why, CROSSES_AFTER_ALL)
    assert isinstance(seen, float)
    if first * 0.98 <= seen <= last * 1.02:
        return Judgement(1, shown, expected, why=why)
    spare_usd = case.hosting.cards.spare_copies * _per_copy_usd(case)
    price, slope = _vendor_usd(case, vendor, 1), _rent_per_million(case) / 1e6
    fixed = spare_usd + _people_usd(case)
    straight = fixed / (price - slope)
    return judge_number(
        seen,
        last,
        unit="requests a month",
        why=why,
        misconceptions={
            PARTS_OF_CARDS: straight,
            OWN_REQUESTS_FREE: fixed / price,
            STAFF_FORGOTTEN: spare_usd / (price - slope),
            IN_MILLIONS: last / 1e6,
        },
        partial_credit=0.5,
        partly_right=(PARTS_OF_CARDS,),
    )


@break_even.finding("Against the managed proprietary model", points=2, needs=["break_even_managed"])
def against_managed(answers: BreakEven, case: Case) -> Judgement:
    """The volume from which on own cards stay cheaper; where steps make several crossings, any of them."""
    return _judged_crossing(case, "managed", answers.break_even_managed)


@break_even.finding("Against the managed open-weight model", points=1, needs=["break_even_open"])
def against_open(answers: BreakEven, case: Case) -> Judgement:
    """The same model, by token."""
    return _judged_crossing(case, "open_managed", answers.break_even_open)


# --- Task 6: when growth gets there -----------------------------------------------------------------------------------


class Growth(AnswerSheet):
    """The volume to come, and the month in which it reaches the break-even."""

    requests_in_12_months: Number = answer("the requests a month, twelve months from now", unit="requests a month")
    break_even_managed: NumberOrNever = answer("the break-even of task 5, or 'never'")
    months_until_break_even: NumberOrNever = answer(
        "the whole months until the volume is above break_even_managed, 0 if it is already, or 'never'"
    )


LINEAR_GROWTH = Misconception(
    "linear_growth", "This adds the same number each month. Growth is a share of a volume that has grown before."
)
ONE_MONTH = Misconception("one_month", "This is one month of growth. The task asks for twelve.")
ALREADY_ABOVE = Misconception(
    "already_above", "Today's volume is above your break-even already, so there is nothing to wait for."
)
MONTH_TOO_EARLY = Misconception("month_too_early", "In this month the volume is still below the break-even.")
GROWTH_ENDS = Misconception(
    "growth_ends", "Growth of a share each month reaches any volume at last. A break-even that exists has a month."
)

growth = Check(
    f"{EXERCISE}.growth",
    "When growth reaches the break-even",
    Growth,
    (LINEAR_GROWTH, ONE_MONTH, ALREADY_ABOVE, MONTH_TOO_EARLY, GROWTH_ENDS),
)


@growth.finding("The volume in twelve months", points=1, needs=["requests_in_12_months"])
def in_a_year(answers: Growth, case: Case) -> Judgement:
    """Growth compounds."""
    today, rate = case.traffic.requests_per_month, case.traffic.monthly_growth
    return judge_number(
        answers.requests_in_12_months,
        today * (1 + rate) ** 12,
        unit="requests a month",
        within=0.005,
        why="A decision that holds for today's volume only is due again next year. Say for which volume it holds.",
        misconceptions={LINEAR_GROWTH: today * (1 + 12 * rate), ONE_MONTH: today * (1 + rate)},
    )


@growth.finding("The months until then", points=1, needs=["break_even_managed", "months_until_break_even"])
def months_until(answers: Growth, case: Case) -> Judgement:
    """Judged for the break-even that was answered, if that one is right."""
    reached, seen = answers.break_even_managed, answers.months_until_break_even
    today, rate = case.traffic.requests_per_month, case.traffic.monthly_growth
    shown = seen if isinstance(seen, str) else quantity(seen, "months")
    why = "A break-even in three years is no reason to rent cards today. One in three months is."
    if _judged_crossing(case, "managed", reached).credit == 0:
        return Judgement(0, shown, "", "it follows from your break-even, and that is off", why)
    if reached == NEVER:
        right = seen == NEVER
        return Judgement(float(right), shown, NEVER, "" if right else "your break-even is 'never'", why)
    if today >= reached:
        if seen == 0:
            return Judgement(1, shown, "0 months", why=why)
        return Judgement(0, shown, "0 months", "", why, ALREADY_ABOVE)
    months = math.log(reached / today) / math.log(1 + rate)
    expected = quantity(math.ceil(months), "months")
    if seen == NEVER:
        return Judgement(0, shown, expected, "", why, GROWTH_ENDS)
    if seen == math.ceil(months) or abs(seen - months) <= 0.1:
        return Judgement(1, shown, expected, why=why)
    if seen == math.floor(months):
        return Judgement(0, shown, expected, "", why, MONTH_TOO_EARLY)
    linear = (reached / today - 1) / rate
    if abs(seen - linear) <= 1:
        return Judgement(0, shown, expected, "", why, LINEAR_GROWTH)
    return Judgement(0, shown, expected, "too late" if seen > months else "too early", why)


# --- Task 7: the gates ------------------------------------------------------------------------------------------------


class Gates(AnswerSheet):
    """The must-haves, and which way keeps them."""

    gates: list[Gate] = answer("a list of Gate, one for each must-have of the case")
    gate_results: list[GateResult] = answer("a list of GateResult, one for each gate and way")


GATE_ROWS = {
    "residency": "processed_in",
    "training": "kept_from_training",
    "latency_limit": "first_token_ms",
    "on_call": "on_call_needed",
    "quality_floor": "right_share",
}
"""The attribute of a way that decides each gate."""

GATE_FORGOTTEN = Misconception(
    "gate_forgotten", "A must-have of the case has no gate. What is not asked before the weights is never asked."
)
INVENTED_GATE = Misconception(
    "invented_gate", "The client does not insist on this. What is merely better is a criterion, and gets a weight."
)
LIMIT_MOVED = Misconception(
    "limit_moved", "A gate has another limit than the case. Must-haves are the client's to move."
)
PASSES_ANYWAY = Misconception(
    "passes_anyway", "A way passes a gate whose limit it does not keep. A must-have is not rounded up."
)
FAILS_WITHOUT_REASON = Misconception(
    "fails_without_reason", "A way fails a gate whose limit it keeps. It would be out for a reason that does not exist."
)
CONTRADICTS_CASE = Misconception(
    "contradicts_case", "The evidence cites a row of the case and states another value than stands there."
)
NO_SUCH_ROW = Misconception(
    "no_such_row",
    "The evidence names no row of the case, so nobody can look it up. A source is a path such as "
    "`case.hosting.ways.managed.processed_in`.",
)
OTHER_WAYS_ROW = Misconception("other_ways_row", "The evidence on one way cites the row of another.")
OTHER_ROW = Misconception("other_row", "The evidence cites a row that says nothing about what is judged.")

gates = Check(
    f"{EXERCISE}.gates",
    "Must-haves before weights",
    Gates,
    (
        GATE_FORGOTTEN,
        INVENTED_GATE,
        LIMIT_MOVED,
        PASSES_ANYWAY,
        FAILS_WITHOUT_REASON,
        CONTRADICTS_CASE,
        NO_SUCH_ROW,
        OTHER_WAYS_ROW,
        OTHER_ROW,
    ),
)


def _keeps(case: Case, id: str) -> dict[str, bool]:
    """Which gates a way passes."""
    must, way = case.hosting.must, _way(case, id)
    return {
        "residency": must.processed_in in (None, way.processed_in),
        "training": way.kept_from_training or not must.kept_from_training,
        "latency_limit": way.first_token_ms <= must.first_token_ms,
        "on_call": case.team.on_call or not way.on_call_needed,
        "quality_floor": way.right_share >= must.right_share,
    }


def _allowed(case: Case) -> list[str]:
    return [id for id in WAYS if all(_keeps(case, id).values())]


def _must_haves(case: Case) -> list[str]:
    """The gates that a matrix needs. Where data may be processed anywhere, residency is no must-have."""
    return [gate for gate in GATE_ROWS if gate != "residency" or case.hosting.must.processed_in is not None]


def _limit_kept(case: Case, gate: Gate) -> bool:
    must = case.hosting.must
    if gate.id == "residency" and must.processed_in is not None:
        return isinstance(gate.limit, str) and gate.limit.strip().casefold() == must.processed_in
    right = {"latency_limit": float(must.first_token_ms), "quality_floor": must.right_share}.get(gate.id)
    if right is None:
        return True
    given = gate.limit
    return isinstance(given, int | float) and (
        close(given, right, 0.002) or (gate.id == "quality_floor" and close(given, 100 * right, 0.002))
    )


@gates.finding("A gate for each must-have", points=1, needs=["gates"])
def every_must_have(answers: Gates, case: Case) -> Judgement:
    """The case's must-haves, with the case's limits, and no others."""
    given, wanted = {gate.id: gate for gate in answers.gates}, _must_haves(case)
    limited = {id: _figure(g.limit) if isinstance(g.limit, float) else g.limit for id, g in given.items()}
    seen = ", ".join(f"{id}: {limit}" if limit else id for id, limit in limited.items()) or "no gates"
    must = case.hosting.must
    limits = {
        "residency": must.processed_in,
        "latency_limit": must.first_token_ms,
        "quality_floor": must.right_share,
    }
    expected = ", ".join(f"{id}: {limits[id]}" if limits.get(id) else id for id in wanted)
    why = "A weight can be outvoted. What must hold in any case is asked first, with its limit, and by itself."
    missing = [id for id in wanted if id not in given]
    if missing:
        credit = max(0.0, 1 - len(missing) / 2)
        return Judgement(credit, seen, expected, f"no gate has the id {', '.join(missing)}", why, GATE_FORGOTTEN)
    invented = [id for id in given if id not in GATE_ROWS]
    if invented:
        return Judgement(0.5, seen, expected, f"look at {', '.join(invented)}", why, INVENTED_GATE)
    moved = [id for id in wanted if not _limit_kept(case, given[id])]
    if moved:
        return Judgement(0.5, seen, expected, f"look at {', '.join(moved)}", why, LIMIT_MOVED)
    return Judgement(1, seen, expected, why=why)


def _results(results: Iterable[GateResult]) -> dict[tuple[str, str], GateResult]:
    return {(result.option, result.gate): result for result in results}


def _wrong_results(case: Case, results: Iterable[GateResult]) -> tuple[list[str], list[str], list[str]]:
    """Results that are missing, that let a failing way pass, and that fail a passing one: as `way/gate`."""
    given = _results(results)
    pairs = [(id, gate) for id in WAYS for gate in _must_haves(case)]
    missing = [f"{id}/{gate}" for id, gate in pairs if (id, gate) not in given]
    # A gate that the case does not need does no harm as long as it lets everybody through.
    judged = {pair: _keeps(case, pair[0]).get(pair[1], True) for pair in given if pair[0] in WAYS}
    lenient = ["/".join(pair) for pair, keeps in judged.items() if given[pair].passes and not keeps]
    strict = ["/".join(pair) for pair, keeps in judged.items() if not given[pair].passes and keeps]
    return missing, lenient, strict


@gates.finding("Who passes", points=2, needs=["gate_results"])
def who_passes(answers: Gates, case: Case) -> Judgement:
    """Each result follows from the case. Letting everybody pass earns nothing where somebody fails."""
    missing, lenient, strict = _wrong_results(case, answers.gate_results)
    failing = [(id, gate) for id in WAYS for gate in _must_haves(case) if not _keeps(case, id)[gate]]
    all_results = len(WAYS) * len(_must_haves(case))
    failed = [f"{r.option}/{r.gate}" for r in answers.gate_results if not r.passes]
    seen = "fails: " + (", ".join(failed[:8]) or "nobody")
    expected = "fails: " + (", ".join(f"{id}/{gate}" for id, gate in failing) or "nobody")
    why = "One failing result takes a way out, whatever it would have scored. It is worth a second look at the row."
    if not missing and not lenient and not strict:
        return Judgement(1, seen, expected, why=why)
    said = [f"of {all_results} results {len(missing)} missing"] if missing else []
    said += (
        [f"of {all_results} results {len(lenient) + len(strict)} not as the case has it"] if lenient or strict else []
    )
    agreed = {f"{id}/{gate}" for id, gate in failing} & set(failed)
    found = len(agreed) / len(failing) if failing else 1.0
    credit = max(0.0, found - (len(strict) + len(missing)) / (all_results - len(failing)))
    named = PASSES_ANYWAY if lenient else FAILS_WITHOUT_REASON if strict else None
    return Judgement(round(min(credit, 0.75), 2), seen, expected, "; ".join(said), why, named)


def row_of(case: Case, path: str) -> Any:
    """Return what stands in a row of the case.

    Args:
        case: the case.
        path: such as `case.hosting.ways.managed.processed_in`; the leading `case.` may be left out.

    Raises:
        LookupError: if there is no such row.
    """
    found: Any = case
    for name in path.strip().removeprefix("case.").split("."):
        if not isinstance(found, BaseModel) or name not in type(found).model_fields:
            raise LookupError(path)
        found = getattr(found, name)
    if isinstance(found, BaseModel | tuple):
        raise LookupError(path)
    return found


def _states(evidence: Evidence, row: Any) -> bool:
    """Whether evidence states the value of a row: a number as its value, a word or truth value to begin its note."""
    if isinstance(row, bool):
        words = ("true", "yes") if row else ("false", "no")
        return evidence.value == float(row) if evidence.value is not None else _begins(evidence.note, words)
    if isinstance(row, int | float):
        given = evidence.value
        if given is None:
            return False
        percent = (evidence.unit or "").strip().startswith(("%", "percent"))
        return close(given, float(row), 0.005) or (percent and close(given, 100 * row, 0.005))
    return _begins(evidence.note, (str(row).casefold(),))


def _begins(note: str | None, words: Collection[str]) -> bool:
    first = (note or "").strip().casefold().replace(":", " ").replace(",", " ").replace(".", " ").split()[:1]
    return bool(first) and first[0].strip("'\"") in words


def _fault(case: Case, evidence: Evidence, way: str, attribute: str, *also: str) -> Misconception | None:
    """What is wrong with evidence on a way's attribute; None if it is right. `also` lists other rows that will do."""
    path = evidence.source.strip()
    path = path if path.startswith("case.") else f"case.{path}"
    try:
        row = row_of(case, path)
    except LookupError:
        return NO_SUCH_ROW
    wanted = f"case.hosting.ways.{way}.{attribute}"
    if path != wanted and path not in also:
        others = {f"case.hosting.ways.{other}.{attribute}" for other in WAYS if other != way}
        return OTHER_WAYS_ROW if path in others else OTHER_ROW
    return None if _states(evidence, row) else CONTRADICTS_CASE


def _gate_faults(case: Case, results: Iterable[GateResult]) -> dict[str, Misconception | None]:
    """What is wrong with the evidence of each result on a must-have, as `way/gate`."""
    given = _results(results)
    faults = {}
    for gate in _must_haves(case):
        also = ["case.team.on_call"] if gate == "on_call" else []
        for id in WAYS:
            if (id, gate) in given:
                faults[f"{id}/{gate}"] = _fault(case, given[id, gate].evidence, id, GATE_ROWS[gate], *also)
    return faults


def _judged_faults(
    faults: Mapping[str, Misconception | None], expected_number: int, seen: str, expected: str, why: str
) -> Judgement:
    """Judge pieces of evidence: full credit when all are there and right, three quarters of the right share else."""
    wrong = {place: fault for place, fault in faults.items() if fault}
    missing = expected_number - len(faults)
    if not wrong and missing <= 0:
        return Judgement(1, seen, expected, why=why)
    right = len(faults) - len(wrong)
    gap = [f"look at {', '.join(list(wrong)[:4])}{' and others' if len(wrong) > 4 else ''}"] if wrong else []
    gap += [f"{missing} of {expected_number} missing"] if missing > 0 else []
    named = next((fault for fault in wrong.values() if fault), None)
    credit = round(0.75 * max(right, 0) / expected_number, 2)
    return Judgement(min(credit, 0.75), seen, expected, "; ".join(gap), why, named)


@gates.finding("Evidence that cites the case", points=2, needs=["gate_results"])
def gate_evidence(answers: Gates, case: Case) -> Judgement:
    """Each result names the row that decides it, and states what stands there."""
    faults = _gate_faults(case, answers.gate_results)
    wanted = len(WAYS) * len(_must_haves(case))
    right = sum(fault is None for fault in faults.values())
    seen = f"{right} of {wanted} pieces of evidence agree with the case"
    expected = "for each gate and way the way's own row, such as case.hosting.ways.managed.processed_in"
    why = "Whoever doubts a result must be able to look it up. Evidence that nobody can look up is an opinion."
    return _judged_faults(faults, wanted, seen, expected, why)


# --- Task 8: the criteria ---------------------------------------------------------------------------------------------


class Criteria(AnswerSheet):
    """What the ways are compared by."""

    criteria: list[Criterion] = answer("a list of Criterion, at least three")


MEASURES: Mapping[str, tuple[str | None, Literal["lower", "higher"]]] = {
    "monthly_cost": (None, "lower"),
    "quality": ("right_share", "higher"),
    "first_token": ("first_token_ms", "lower"),
    "switching": ("switching_days", "lower"),
}
"""What may be weighed: the way's attribute that measures it (None: computed) and its better direction."""

IN_MONTHLY_COST = ("price_in", "price_out", "rent", "people")
MUST_HAVES = ("residency", "training", "on_call")

DOUBLE_COUNTED = Misconception(
    "double_counted",
    "The same money counts twice: prices, rent and people are inside the monthly cost. Each repetition adds weight "
    "that nobody decided on.",
)
PART_FOR_COST = Misconception(
    "part_for_cost", "A price or a rent stands for the cost. Only the monthly cost can be compared between all three."
)
INVERTED_DIRECTION = Misconception(
    "inverted_direction", "A criterion has the wrong direction: more of this is not better, or less of it is not."
)
MUST_HAVE_TRADED = Misconception(
    "must_have_traded",
    "A must-have has a weight here. With a low enough price it would be outvoted; it belongs among the gates.",
)
ZERO_WEIGHT = Misconception("zero_weight", "A criterion has no weight. What does not count should not stand there.")
COST_ALONE = Misconception(
    "cost_alone",
    "This compares by too little: cost and quality at least, and one thing more. Cheap and often wrong is dear.",
)

criteria = Check(
    f"{EXERCISE}.criteria",
    "Criteria, directions, weights",
    Criteria,
    (DOUBLE_COUNTED, PART_FOR_COST, INVERTED_DIRECTION, MUST_HAVE_TRADED, ZERO_WEIGHT, COST_ALONE),
)


def _shown_criteria(criteria: Sequence[Criterion]) -> str:
    return ", ".join(f"{c.id} ({c.better} is better, weight {c.weight:g})" for c in criteria[:10]) or "no criteria"


@criteria.finding("Money counts once", points=1)
def money_once(answers: Criteria, case: Case) -> Judgement:
    """The monthly cost, and nothing that is a part of it."""
    ids = [criterion.id for criterion in answers.criteria]
    parts = [id for id in ids if id in IN_MONTHLY_COST]
    seen, expected = _shown_criteria(answers.criteria), "monthly_cost, and none of its parts"
    why = "Counted twice, money weighs twice. The weights on the page are then not the weights that decide."
    if parts:
        named = DOUBLE_COUNTED if "monthly_cost" in ids else PART_FOR_COST
        return Judgement(0, seen, expected, f"look at {', '.join(parts)}", why, named)
    if "monthly_cost" not in ids:
        return Judgement(0, seen, expected, "no criterion has the id monthly_cost", why)
    return Judgement(1, seen, expected, why=why)


@criteria.finding("Directions", points=1)
def directions(answers: Criteria, case: Case) -> Judgement:
    """Lower or higher is better, as it is."""
    known = [c for c in answers.criteria if c.id in MEASURES]
    wrong = [c.id for c in known if c.better != MEASURES[c.id][1]]
    seen = _shown_criteria(answers.criteria)
    expected = ", ".join(f"{id}: {better}" for id, (_, better) in MEASURES.items())
    why = "One inverted direction rewards the worst way for being worst, and the total does not show it."
    if wrong:
        credit = max(0.0, 1 - len(wrong) / 2)
        return Judgement(credit, seen, expected, f"look at {', '.join(wrong)}", why, INVERTED_DIRECTION)
    if len(known) < 2:
        return Judgement(0, seen, expected, "too few criteria of the table to judge", why)
    return Judgement(1, seen, expected, why=why)


@criteria.finding("What is weighed", points=1)
def weighed(answers: Criteria, case: Case) -> Judgement:
    """At least three criteria with weight, cost and quality among them, and no must-have."""
    ids = [criterion.id for criterion in answers.criteria]
    seen = _shown_criteria(answers.criteria)
    expected = f"at least three of {', '.join(MEASURES)}, monthly_cost and quality among them, each with a weight"
    why = "Any weights can be defended that the client would sign. What they weigh must be measurable and negotiable."
    traded = [id for id in ids if id in MUST_HAVES]
    if traded:
        return Judgement(0, seen, expected, f"look at {', '.join(traded)}", why, MUST_HAVE_TRADED)
    if len(set(ids)) != len(ids):
        return Judgement(0, seen, expected, "two criteria have the same id", why)
    empty = [criterion.id for criterion in answers.criteria if criterion.weight == 0]
    if empty:
        return Judgement(0, seen, expected, f"look at {', '.join(empty)}", why, ZERO_WEIGHT)
    unknown = [id for id in ids if id not in MEASURES and id not in IN_MONTHLY_COST]
    if unknown:
        return Judgement(0.5, seen, expected, f"nothing in the table measures {', '.join(unknown)[:80]}", why)
    if len([id for id in ids if id in MEASURES]) < 3 or not {"monthly_cost", "quality"} <= set(ids):
        return Judgement(0, seen, expected, "", why, COST_ALONE)
    return Judgement(1, seen, expected, why=why)


# --- Task 9: the ratings ----------------------------------------------------------------------------------------------


class Ratings(AnswerSheet):
    """How good each way is by each criterion."""

    criteria: list[Criterion] = answer("the criteria of task 8")
    ratings: list[Rating] = answer("a list of Rating, one for each way and criterion")


INVERTED_SCORES = Misconception(
    "inverted_scores",
    "A worse value has the higher score here. Scores are always better when higher: the lowest cost has the highest "
    "score.",
)
FLAT_SCORES = Misconception(
    "flat_scores", "Ways that differ clearly have the same score, so the criterion decides nothing."
)
UNEARNED_SCORE = Misconception(
    "unearned_score", "Two ways that were measured alike have different scores. The difference comes from nowhere."
)

ratings = Check(
    f"{EXERCISE}.ratings",
    "Scores that rest on evidence",
    Ratings,
    (CONTRADICTS_CASE, NO_SUCH_ROW, OTHER_WAYS_ROW, OTHER_ROW, INVERTED_SCORES, FLAT_SCORES, UNEARNED_SCORE),
)


def _measured(case: Case, id: str, criterion: str) -> float:
    """The measured value of a way by a criterion that the case measures."""
    attribute, _ = MEASURES[criterion]
    if attribute is None:
        return _monthly_usd(case, id, case.traffic.requests_per_month)
    return float(getattr(_way(case, id), attribute))


def _rating_fault(case: Case, rating: Rating) -> Misconception | None:
    attribute, _ = MEASURES[rating.criterion]
    if attribute is not None:
        return _fault(case, rating.evidence, rating.option, attribute)
    given = rating.evidence.value
    if rating.evidence.source.strip().casefold() != "computed":
        return NO_SUCH_ROW
    right = _measured(case, rating.option, rating.criterion)
    if given is not None and close(given, right, 0.01):
        return None
    others = [_measured(case, id, rating.criterion) for id in WAYS if id != rating.option]
    return OTHER_WAYS_ROW if any(given is not None and close(given, v, 0.01) for v in others) else CONTRADICTS_CASE


def _rating_faults(case: Case, ids: Collection[str], ratings: Iterable[Rating]) -> dict[str, Misconception | None]:
    """What is wrong with the evidence of each rating by a criterion of the table, as `way/criterion`."""
    return {
        f"{r.option}/{r.criterion}": _rating_fault(case, r)
        for r in ratings
        if r.option in WAYS and r.criterion in ids and r.criterion in MEASURES
    }


def _misordered(case: Case, criterion: str, scores: Mapping[str, float]) -> Misconception | None:
    """What is wrong with the scores of the three ways by one criterion; None if their order is that of the values."""
    _, better = MEASURES[criterion]
    value = {id: _measured(case, id, criterion) for id in WAYS}
    faults = set()
    for one, other in permutations(WAYS, 2):
        if close(value[one], value[other], 0.01):
            if abs(scores[one] - scores[other]) > 0.5:
                faults.add(UNEARNED_SCORE)
            continue
        if (value[one] < value[other]) != (better == "lower"):
            continue  # `one` is the worse of the two; the pair is looked at from the other side
        # A right score may hide a small difference, never a clear one.
        clear = abs(value[one] - value[other]) >= (0.025 if better == "higher" else 0.25 * value[one])
        if scores[one] < scores[other]:
            faults.add(INVERTED_SCORES)
        elif clear and scores[one] == scores[other]:
            faults.add(FLAT_SCORES)
    return next((fault for fault in (INVERTED_SCORES, FLAT_SCORES, UNEARNED_SCORE) if fault in faults), None)


def _order_faults(case: Case, ids: Collection[str], ratings: Iterable[Rating]) -> dict[str, Misconception | None]:
    """What is wrong with the order of the scores, for each fully rated criterion of the table."""
    scores: dict[str, dict[str, float]] = {}
    for rating in ratings:
        if rating.option in WAYS and rating.criterion in ids and rating.criterion in MEASURES:
            scores.setdefault(rating.criterion, {})[rating.option] = rating.score
    return {id: _misordered(case, id, given) for id, given in scores.items() if len(given) == len(WAYS)}


def _rated_ids(answers: Ratings) -> list[str]:
    """The criteria that ratings are owed for; never fewer than three, so that leaving some out earns nothing."""
    ids = list(dict.fromkeys(criterion.id for criterion in answers.criteria if criterion.id in MEASURES))
    return ids + ["?"] * (3 - len(ids))


@ratings.finding("Evidence that cites the case", points=2)
def rating_evidence(answers: Ratings, case: Case) -> Judgement:
    """Each score names its row and the value there, the monthly cost the sum of task 3."""
    ids = _rated_ids(answers)
    faults = _rating_faults(case, ids, answers.ratings)
    wanted = len(WAYS) * len(ids)
    right = sum(fault is None for fault in faults.values())
    seen = f"{right} of {wanted} scores rest on what the case says"
    expected = "the way's own row for each score, and source 'computed' with the sum of task 3 for the monthly cost"
    why = "A score without a value is a feeling with a decimal point."
    return _judged_faults(faults, wanted, seen, expected, why)


@ratings.finding("Scores in the order of the values", points=2)
def score_order(answers: Ratings, case: Case) -> Judgement:
    """The better the value the higher the score; alike if alike. How many points between two is yours to say."""
    ids = _rated_ids(answers)
    faults = _order_faults(case, ids, answers.ratings)
    right = sum(fault is None for fault in faults.values())
    seen = f"{right} of {len(ids)} criteria are scored in the order of their values"
    expected = "for each criterion the best value with the highest score, and equal values with equal scores"
    why = "The scores carry the measurements into the total. Out of order, they carry something else."
    return _judged_faults(faults, len(ids), seen, expected, why)


# --- Task 10: totals and winner ---------------------------------------------------------------------------------------


class Winner(AnswerSheet):
    """The matrix, its totals, and who wins."""

    matrix: DecisionMatrix = answer("your matrix, a DecisionMatrix")
    totals: dict[Text, Number] = answer("a dictionary with the total of each of the three ways, from 0 to 10")
    winner: Text = answer("the id of the way that wins")


NOT_DIVIDED = Misconception(
    "not_divided", "These are sums of weights times scores. A total is their mean: divide by the sum of all weights."
)
UNWEIGHTED = Misconception("unweighted", "These are plain means of the scores. The weights of task 8 are missing.")
GATE_IGNORED = Misconception(
    "gate_ignored", "This way fails a must-have. It is out, however high its total: a gate is not a heavy weight."
)
CHEAPEST_WINS = Misconception(
    "cheapest_wins", "This is the cheapest of the ways that are allowed. By your own weights another one has more."
)
BEST_MODEL_WINS = Misconception(
    "best_model_wins", "This way has the best answers. By your own weights another one has the higher total."
)

winner = Check(
    f"{EXERCISE}.winner",
    "Totals, ranking, winner",
    Winner,
    (CONTRADICTS_CASE, NOT_DIVIDED, UNWEIGHTED, GATE_IGNORED, CHEAPEST_WINS, BEST_MODEL_WINS),
)

LEVEL = 0.02
"""Totals that lie nearer together than this count as level: either of the two may be said to win."""


def _matrix_problems(matrix: DecisionMatrix, case: Case) -> list[tuple[str, Misconception | None]]:
    """Where a matrix is incomplete or disagrees with the case, each with the misconception behind it."""
    problems: list[tuple[str, Misconception | None]] = []
    absent = [id for id in WAYS if id not in {option.id for option in matrix.options}]
    if absent:
        problems.append((f"no option has the id {', '.join(absent)}", None))
    no_gate = [id for id in _must_haves(case) if id not in {gate.id for gate in matrix.gates}]
    if no_gate:
        problems.append((f"no gate {', '.join(no_gate)}", GATE_FORGOTTEN))
    missing, lenient, strict = _wrong_results(case, matrix.gate_results)
    if missing:
        problems.append((f"{len(missing)} gate results are missing", None))
    if lenient or strict:
        named = PASSES_ANYWAY if lenient else FAILS_WITHOUT_REASON
        problems.append((f"{len(lenient) + len(strict)} gate results do not follow from the case", named))
    ids = [criterion.id for criterion in matrix.criteria]
    evidence = [*_gate_faults(case, matrix.gate_results).values(), *_rating_faults(case, ids, matrix.ratings).values()]
    faults = [fault for fault in evidence if fault]
    if faults:
        problems.append((f"{len(faults)} pieces of evidence are not the case's", faults[0]))
    unordered = [(id, fault) for id, fault in _order_faults(case, ids, matrix.ratings).items() if fault]
    if unordered:
        problems.append((f"scores out of order by {', '.join(id for id, _ in unordered)}", unordered[0][1]))
    if len([id for id in ids if id in MEASURES]) < 3:
        problems.append(("fewer than three criteria of the table", None))
    return problems


def _of_this_case(matrix: DecisionMatrix, case: Case) -> bool:
    """Whether a matrix is about this case at all: most of its evidence, and the order of its scores, are the case's."""
    ids = [criterion.id for criterion in matrix.criteria]
    evidence = [*_gate_faults(case, matrix.gate_results).values(), *_rating_faults(case, ids, matrix.ratings).values()]
    order = _order_faults(case, ids, matrix.ratings)
    agreeing = sum(fault is None for fault in evidence)
    return len(order) >= 3 and not any(order.values()) and agreeing >= 0.75 * len(evidence) > 0


ANOTHER_MATRIX = "it follows from a matrix that disagrees with the case: settle tasks 7 to 9 first"


def _totals(matrix: DecisionMatrix) -> dict[str, float] | str:
    """The totals of the three ways, or why there are none."""
    try:
        totals = matrix.totals()
    except InvalidData as error:
        return error.problems[0]
    absent = [id for id in WAYS if id not in totals]
    return f"no option has the id {', '.join(absent)}" if absent else {id: totals[id] for id in WAYS}


def _winners(matrix: DecisionMatrix, case: Case) -> list[str]:
    """The ways that win by the matrix's own weights, among those that the case allows: one, or several if level."""
    totals = _totals(matrix)
    allowed = _allowed(case)
    if isinstance(totals, str) or not allowed:
        return []
    best = max(totals[id] for id in allowed)
    return sorted((id for id in allowed if totals[id] >= best - LEVEL), key=lambda id: -totals[id])


@winner.finding("The matrix agrees with the case", points=1, needs=["matrix"])
def complete_matrix(answers: Winner, case: Case) -> Judgement:
    """Gates, results, evidence and scores as tasks 7 to 9 have them."""
    problems = _matrix_problems(answers.matrix, case)
    matrix = answers.matrix
    seen = (
        f"{len(matrix.gates)} gates, {len(matrix.gate_results)} results, {len(matrix.criteria)} criteria, "
        f"{len(matrix.ratings)} ratings"
    )
    why = "This is the page that others will read and attack. It must be complete without you in the room."
    expected = "all gates, results and ratings of tasks 7 to 9, as the case has them"
    if not problems:
        return Judgement(1, seen, expected, why=why)
    named = next((named for _, named in problems if named), None)
    named = named if named in winner.misconceptions else None
    return Judgement(0, seen, expected, "; ".join(text for text, _ in problems), why, named)


@winner.finding("The totals", points=1, needs=["matrix", "totals"])
def right_totals(answers: Winner, case: Case) -> Judgement:
    """Weighted means of the matrix's own scores."""
    why = "Totals are arithmetic. Whoever reads the page will do the sum again, and stop reading where it is off."
    given = answers.totals
    seen = ", ".join(f"{id[:40]}: {given[id]:.3g}" for id in sorted(given)[:6]) or "nothing"
    right = _totals(answers.matrix)
    if isinstance(right, str):
        return Judgement(0, seen, "", right, why)
    expected = ", ".join(f"{id}: {total:.2f}" for id, total in right.items())
    if not _of_this_case(answers.matrix, case):
        return Judgement(0, seen, expected, ANOTHER_MATRIX, why)
    missing = [id for id in WAYS if id not in given]
    if missing:
        return Judgement(0, seen, expected, f"no total for {', '.join(missing)}", why)
    if all(abs(given[id] - right[id]) <= LEVEL for id in WAYS):
        return Judgement(1, seen, expected, why=why)
    matrix = answers.matrix
    whole = sum(criterion.weight for criterion in matrix.criteria)
    plain = matrix.totals({criterion.id: 1.0 for criterion in matrix.criteria})
    if all(close(given[id], right[id] * whole, 0.005) for id in WAYS):
        return Judgement(0, seen, expected, "", why, NOT_DIVIDED)
    if all(abs(given[id] - plain[id]) <= LEVEL for id in WAYS):
        return Judgement(0, seen, expected, "", why, UNWEIGHTED)
    off = [id for id in WAYS if abs(given[id] - right[id]) > LEVEL]
    return Judgement(0, seen, expected, f"off for {', '.join(off)}", why)


@winner.finding("The winner", points=1, needs=["matrix", "winner"])
def right_winner(answers: Winner, case: Case) -> Judgement:
    """The highest total among the ways that keep every must-have."""
    given, why = answers.winner.strip().casefold(), "This is the answer that the client asked for."
    seen = f"“{answers.winner[:60]}”"
    if given not in WAYS:
        return Judgement(0, seen, "", f"no way has this id; they are {', '.join(WAYS)}", why)
    return _judged_choice(given, answers.matrix, case, seen, why)


def _judged_choice(given: str, matrix: DecisionMatrix, case: Case, seen: str, why: str) -> Judgement:
    """Judge the way that a matrix is said to speak for."""
    winners = _winners(matrix, case)
    expected = f"“{winners[0]}”" if winners else ""
    broken = [gate for gate, keeps in _keeps(case, given).items() if not keeps]
    if broken:
        return Judgement(0, seen, expected, f"look at {', '.join(broken)}", why, GATE_IGNORED)
    if not winners:
        totals = _totals(matrix)
        return Judgement(0, seen, expected, totals if isinstance(totals, str) else "", why)
    if not _of_this_case(matrix, case):
        return Judgement(0, seen, expected, ANOTHER_MATRIX, why)
    if given in winners:
        return Judgement(1, seen, f"“{given}”", why=why)
    others = _allowed(case)
    if given == min(others, key=lambda id: _measured(case, id, "monthly_cost")):
        return Judgement(0, seen, expected, "", why, CHEAPEST_WINS)
    if given == max(others, key=lambda id: _measured(case, id, "quality")):
        return Judgement(0, seen, expected, "", why, BEST_MODEL_WINS)
    return Judgement(0, seen, expected, "another way has the higher total", why)


# --- Task 11: how far a weight must move ------------------------------------------------------------------------------


class Sensitivity(AnswerSheet):
    """For each criterion, the share of all weight at which the winner changes."""

    matrix: DecisionMatrix = answer("your matrix of task 10")
    flips: dict[Text, NumberOrNever] = answer(
        "a dictionary that gives the id of each criterion a share of all weight, from 0 to 1, or 'never'"
    )


WEIGHT_FOR_SHARE = Misconception(
    "weight_for_share", "This is a weight on your own scale. The task asks for its share of all weight, from 0 to 1."
)
OTHERS_KEPT = Misconception(
    "others_kept",
    "Here the other shares stay as they are while this one moves, so that all together are no longer 1. They shrink or "
    "grow in proportion.",
)
BARRED_RIVAL = Misconception(
    "barred_rival",
    "At this share a way that fails a must-have draws level. No weight can bring it back: compare with the ways that "
    "are allowed.",
)
NEVER_ENOUGH = Misconception(
    "never_enough", "You say that no weight changes the winner. For this criterion one does: solve for the level point."
)

sensitivity = Check(
    f"{EXERCISE}.sensitivity",
    "How far a weight must move",
    Sensitivity,
    (WEIGHT_FOR_SHARE, OTHERS_KEPT, BARRED_RIVAL, NEVER_ENOUGH),
)


def _differences(matrix: DecisionMatrix, leader: str, rival: str, criterion: str) -> tuple[float, float, float]:
    """How far the leader is ahead by a criterion, by all others together, and the criterion's share of all weight."""
    ahead = {c.id: matrix.rating(leader, c.id).score - matrix.rating(rival, c.id).score for c in matrix.criteria}
    weight = {c.id: c.weight for c in matrix.criteria}
    others = sum(weight.values()) - weight[criterion]
    rest = sum(weight[id] * ahead[id] for id in weight if id != criterion) / others if others else 0.0
    return ahead[criterion], rest, weight[criterion] / sum(weight.values())


def _flip_shares(matrix: DecisionMatrix, leader: str, rivals: Iterable[str], criterion: str) -> list[float]:
    """The shares at which a rival draws level and then leads, the nearest to the present share first."""
    found = []
    now = 0.0
    for rival in rivals:
        ahead, rest, now = _differences(matrix, leader, rival, criterion)
        if min(ahead, rest) < -1e-9 and ahead != rest:
            found.append(rest / (rest - ahead))
    return sorted((share for share in found if 0 <= share <= 1), key=lambda share: abs(share - now))


@sensitivity.finding("The share at which the winner changes", points=3)
def flip_points(answers: Sensitivity, case: Case) -> Judgement:
    """Recomputed from the learner's own matrix: the nearest change, or never."""
    matrix, given = answers.matrix, answers.flips
    why = "A decision that a small change of opinion turns round should be told as what it is: a close one."
    shown = [f"{id[:30]}: {v if isinstance(v, str) else f'{v:.3g}'}" for id, v in sorted(given.items())[:8]]
    seen = ", ".join(shown) or "nothing"
    winners = _winners(matrix, case)
    if not winners or not _of_this_case(matrix, case) or len(matrix.criteria) < 2:
        totals = _totals(matrix)
        return Judgement(0, seen, "", totals if isinstance(totals, str) else ANOTHER_MATRIX, why)
    # Where two are level, either may have been taken for the winner.
    by_leader = [_judged_flips(matrix, case, leader, given) for leader in winners]
    right, wrong, named, expected = max(by_leader, key=lambda judged: len(judged[0]))
    wanted = ", ".join(f"{id}: {value}" for id, value in expected.items())
    if not wrong:
        return Judgement(1, seen, wanted, why=why)
    credit = 0.75 * len(right) / len(expected)
    if all(value == NEVER for value in given.values()) and any(value != NEVER for value in expected.values()):
        credit = 0.0
    return Judgement(round(credit, 2), seen, wanted, f"look at {', '.join(wrong)}", why, named)


def _judged_flips(
    matrix: DecisionMatrix, case: Case, leader: str, given: Mapping[str, float | str]
) -> tuple[list[str], list[str], Misconception | None, dict[str, str]]:
    """Criteria judged right and wrong for one leader, the idea behind a wrong one, and what was expected."""
    allowed = [id for id in _allowed(case) if id != leader]
    right, wrong, expected = [], [], {}
    named: Misconception | None = None
    for criterion in matrix.criteria:
        shares = _flip_shares(matrix, leader, allowed, criterion.id)
        expected[criterion.id] = f"{shares[0]:.3f}" if shares else NEVER
        value = given.get(criterion.id)
        if _same_flip(value, shares):
            right.append(criterion.id)
            continue
        wrong.append(criterion.id)
        named = named or _flip_idea(matrix, case, leader, criterion, value, shares)
    return right, wrong, named, expected


def _same_flip(value: float | str | None, shares: Sequence[float]) -> bool:
    if not shares:
        return value == NEVER
    if not isinstance(value, float):
        return False
    # Two changes may lie at nearly the same distance, on either side.
    return abs(value - shares[0]) <= 0.006


def _flip_idea(
    matrix: DecisionMatrix,
    case: Case,
    leader: str,
    criterion: Criterion,
    value: float | str | None,
    shares: Sequence[float],
) -> Misconception | None:
    if value is None:
        return None
    if isinstance(value, str):
        return NEVER_ENOUGH if shares else None
    whole = sum(c.weight for c in matrix.criteria)
    barred = [id for id in WAYS if id not in _allowed(case)]
    if any(abs(value - share) <= 0.006 for share in _flip_shares(matrix, leader, barred, criterion.id)):
        return BARRED_RIVAL
    for rival in (id for id in _allowed(case) if id != leader):
        ahead, rest, now = _differences(matrix, leader, rival, criterion.id)
        if ahead and abs(value + (1 - now) * rest / ahead) <= 0.006:
            return OTHERS_KEPT
    for share in shares:
        scales = [share * whole] + ([share / (1 - share) * (whole - criterion.weight)] if share < 1 else [])
        if any(close(value, weight, 0.01) for weight in scales):
            return WEIGHT_FOR_SHARE
    return None


# --- Task 12: the record ----------------------------------------------------------------------------------------------


class Record(AnswerSheet):
    """The decision record, beside the matrix that it rests on."""

    matrix: DecisionMatrix = answer("your matrix of task 10")
    record: DecisionRecord = answer("your record, a DecisionRecord")


LOSER_CHOSEN = Misconception(
    "loser_chosen", "The record chooses a way that does not win in your own matrix. One of the two must be changed."
)
OTHER_NUMBERS = Misconception(
    "other_numbers", "A reason gives a number that neither the matrix nor the case has for the chosen way."
)
LOSERS_NUMBER = Misconception("losers_number", "A reason for the chosen way gives the number of another one.")
BY_NOTHING = Misconception(
    "by_nothing", "A reason is none of the matrix's criteria or gates, so nothing there supports it."
)
NEVER_FIRES = Misconception(
    "never_fires", "A trigger's condition can never hold. The decision would stand for ever, unwatched."
)
ALREADY_FIRED = Misconception(
    "already_fired", "A trigger's condition holds today, so the decision is due again before it is made."
)
FROM_NOWHERE = Misconception(
    "from_nowhere",
    "A trigger's threshold follows from nothing: it is neither a break-even of the chosen way nor the limit of a "
    "must-have.",
)
NOTHING_GIVEN_UP = Misconception(
    "nothing_given_up",
    "A criterion is named as given up by which the chosen way is the best. What does another way do better?",
)

record = Check(
    f"{EXERCISE}.record",
    "The decision, written down",
    Record,
    (
        LOSER_CHOSEN,
        GATE_IGNORED,
        OTHER_NUMBERS,
        LOSERS_NUMBER,
        BY_NOTHING,
        NEVER_FIRES,
        ALREADY_FIRED,
        FROM_NOWHERE,
        NOTHING_GIVEN_UP,
    ),
)


@record.finding("The choice is the matrix's winner", points=1)
def choice(answers: Record, case: Case) -> Judgement:
    """The chosen way wins by the matrix, and all three were considered."""
    chosen, why = answers.record.chosen, "A record that contradicts its own matrix ends every discussion but one."
    seen = f"“{chosen}” of {', '.join(answers.record.considered)}"
    if chosen not in WAYS:
        return Judgement(0, seen, "", f"no way has this id; they are {', '.join(WAYS)}", why)
    judged = _judged_choice(chosen, answers.matrix, case, seen, why)
    if judged.credit < 1:
        named = judged.misconception if judged.misconception is GATE_IGNORED else None
        if named is None and chosen in _allowed(case) and _of_this_case(answers.matrix, case):
            named = LOSER_CHOSEN
        return Judgement(0, seen, judged.expected, "" if named is LOSER_CHOSEN else judged.gap, why, named)
    absent = [id for id in WAYS if id not in answers.record.considered]
    if absent:
        return Judgement(0.5, seen, judged.expected, f"not considered: {', '.join(absent)}", why)
    return judged


def _row_number(case: Case, id: str, by: str) -> float | None:
    """The number that a way has by a criterion or a gate, where it is a number."""
    if by in MEASURES:
        return _measured(case, id, by)
    row = getattr(_way(case, id), GATE_ROWS[by]) if by in GATE_ROWS else None
    return float(row) if isinstance(row, int | float) and not isinstance(row, bool) else None


def _agrees(by: str, given: float, right: float | None) -> bool:
    """Whether a number agrees; a monthly cost may be rounded more boldly, and a share be a percentage."""
    if right is None:
        return given in (0.0, 1.0)
    within = 0.02 if by == "monthly_cost" else 0.005
    return close(given, right, within) or (by in ("quality", "quality_floor") and close(given, 100 * right, within))


@record.finding("The numbers are the matrix's and the case's", points=1)
def numbers(answers: Record, case: Case) -> Judgement:
    """At least two reasons with numbers, the monthly cost among them, and none with a wrong number."""
    chosen, matrix = answers.record.chosen, answers.matrix
    known = {criterion.id for criterion in matrix.criteria} | {gate.id for gate in matrix.gates}
    stated = [reason for reason in answers.record.because if reason.value is not None]
    seen = ", ".join(f"{r.by}: {_figure(r.value)}" for r in stated[:8] if r.value is not None) or "no numbers"
    why = "In two years somebody will compare these numbers with new ones. They must be the ones that were decided on."
    if chosen not in WAYS:
        return Judgement(0, seen, "", f"no way has the id {chosen}", why)
    right = {id: _row_number(case, chosen, id) for id in MEASURES}
    expected = ", ".join(f"{id}: {_figure(value)}" for id, value in right.items() if value is not None)
    strange = [reason.by for reason in answers.record.because if reason.by not in known]
    if strange:
        return Judgement(0, seen, expected, f"look at {', '.join(strange[:4])}", why, BY_NOTHING)
    for reason in stated:
        assert reason.value is not None
        if not _agrees(reason.by, reason.value, _row_number(case, chosen, reason.by)):
            others = [_row_number(case, id, reason.by) for id in WAYS if id != chosen]
            loser = any(v is not None and _agrees(reason.by, reason.value, v) for v in others)
            named = LOSERS_NUMBER if loser else OTHER_NUMBERS
            return Judgement(0, seen, expected, f"look at {reason.by}", why, named)
    by = {reason.by for reason in stated}
    if "monthly_cost" not in by or len(by) < 2:
        gap = "give the monthly cost and at least one other reason a number"
        return Judgement(0, seen, expected, gap, why)
    return Judgement(1, seen, expected, why=why)


def _today(case: Case, chosen: str) -> dict[str, float]:
    """Today's value of each metric that a trigger may watch."""
    way = _way(case, chosen)
    return {
        "requests_per_month": float(case.traffic.requests_per_month),
        "first_token_ms": float(way.first_token_ms),
        "right_share": way.right_share,
    }


def _follows(case: Case, chosen: str, metric: str, threshold: float) -> bool:
    """Whether a threshold is a break-even of the chosen way, or the limit of a must-have."""
    if metric == "first_token_ms":
        return close(threshold, case.hosting.must.first_token_ms, 0.02)
    if metric == "right_share":
        return close(threshold, case.hosting.must.right_share, 0.01)
    against = [chosen] if chosen in VENDORS else list(VENDORS)
    crossings = [crossing for id in against if (crossing := _crossings(case, id))]
    return any(first * 0.95 <= threshold <= last * 1.05 for first, last in crossings)


def _trigger_fault(case: Case, chosen: str, trigger: Trigger) -> Misconception | None:
    metric = trigger.metric.strip()
    threshold = trigger.threshold
    if metric == "requests_per_month" and trigger.unit.strip().casefold().startswith("million"):
        threshold *= 1e6
    if metric == "right_share" and trigger.unit.strip().startswith(("%", "percent")):
        threshold /= 100
    above, today = trigger.when == "above", _today(case, chosen)[metric]
    highest = {"right_share": 1.0, "requests_per_month": FAR}.get(metric, math.inf)
    if (above and threshold >= highest) or (not above and threshold <= 0):
        return NEVER_FIRES
    if (today > threshold) == above:
        return ALREADY_FIRED
    return None if _follows(case, chosen, metric, threshold) else FROM_NOWHERE


@record.finding("A trigger that follows and can fire", points=2)
def triggers(answers: Record, case: Case) -> Judgement:
    """At least one trigger on a break-even or a must-have's limit, and none that cannot fire or has fired."""
    chosen, given = answers.record.chosen, answers.record.revisit_when
    seen = "; ".join(f"{t.metric} {t.when} {_figure(t.threshold)} {t.unit}" for t in given[:4]) or "no trigger"
    expected = "requests_per_month at the break-even, first_token_ms or right_share at the must-have's limit"
    why = "A decision is right for the numbers that it was made with. The trigger says which of them to watch."
    if chosen not in WAYS:
        return Judgement(0, seen, expected, f"no way has the id {chosen}", why)
    watched = [trigger for trigger in given if trigger.metric.strip() in _today(case, chosen)]
    faults = [_trigger_fault(case, chosen, trigger) for trigger in watched]
    named = next((fault for fault in faults if fault), None)
    if not watched:
        gap = f"none watches one of {', '.join(_today(case, chosen))}"
        return Judgement(0, seen, expected, gap, why)
    if named is None:
        return Judgement(1, seen, expected, why=why)
    return Judgement(0.5 if None in faults else 0.0, seen, expected, "", why, named)


@record.finding("What is given up", points=1)
def given_up(answers: Record, case: Case) -> Judgement:
    """At least one consequence begins with a criterion by which another way is better."""
    chosen, why = answers.record.chosen, "A choice without a price was not a choice. Its price needs an owner."
    ids = [criterion.id for criterion in answers.matrix.criteria if criterion.id in MEASURES]
    named = [item.what.partition(":")[0].strip() for item in answers.record.costs_and_risks if ":" in item.what]
    claimed = [id for id in named if id in ids]
    seen = ", ".join(claimed) or "no consequence begins with the id of a criterion and a colon"
    if chosen not in WAYS:
        return Judgement(0, seen, "", f"no way has the id {chosen}", why)
    lost = [id for id in ids if _better_elsewhere(case, chosen, id)]
    expected = "one or more of " + ", ".join(lost)
    if not claimed:
        return Judgement(0, seen, expected, "", why)
    if any(id not in lost for id in claimed):
        return Judgement(0, seen, expected, "", why, NOTHING_GIVEN_UP)
    return Judgement(1, seen, expected, why=why)


def _better_elsewhere(case: Case, chosen: str, criterion: str) -> bool:
    _, better = MEASURES[criterion]
    own = _measured(case, chosen, criterion)
    others = [_measured(case, id, criterion) for id in WAYS if id != chosen]
    return min(others) < own / 1.01 if better == "lower" else max(others) > own * 1.01
