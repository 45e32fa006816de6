"""Self-check of the lesson `open_weight_or_managed`: cards for a model, the rent for a load, and where two costs cross.

The figures of the tasks stand in the lesson and, as data, here; expected values are computed from them.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from archkit.hosting import HOURS_PER_MONTH, OpenModel, kv_cache_bytes, weight_bytes
from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number
from autograde.registry import Check

LESSON = "open_weight_or_managed"

# --- Task 1: what has to fit on the card ------------------------------------------------------------------------------

MODEL = OpenModel(
    model="Mistral 7B", family="Mistral", parameters_billion=7.3, layers=32, kv_heads=8, head_dimension=128
)
AT_ONCE, CONTEXT, CARD_GB, USABLE = 40, 6_000, 24, 0.9
WEIGHTS_GB = weight_bytes(MODEL) / 1e9
KV_GB = kv_cache_bytes(MODEL, AT_ONCE * CONTEXT) / 1e9
CARDS = math.ceil((WEIGHTS_GB + KV_GB) / (CARD_GB * USABLE))


class Memory(AnswerSheet):
    """The memory of a served model, and the cards that hold it."""

    weights_gb: Number = answer("what the weights take", unit="GB (10^9 bytes)")
    kv_cache_gb: Number = answer("what the keys and values of all requests take", unit="GB (10^9 bytes)")
    cards_needed: Number = answer("how many cards hold both", unit="cards")


ONE_BYTE = Misconception("one_byte", "This counts one byte for each parameter. In 16 bit it has two.")
FOUR_BYTES = Misconception("four_bytes", "This counts four bytes for each parameter, as for 32 bit. 16 bit are two.")
GIBIBYTES = Misconception("gibibytes", "This is in GiB (2^30 bytes). The task asks for GB (10^9 bytes).")
ONE_REQUEST = Misconception(
    "one_request", "This is the cache of one request. All that are served at the same time hold theirs together."
)
KEYS_ONLY = Misconception("keys_only", "This counts keys or values. Each token keeps one of both in every layer.")
ONE_LAYER = Misconception("one_layer", "This counts one layer. Each layer of the model keeps its own keys and values.")
WEIGHTS_ONLY = Misconception(
    "weights_only", "This places the weights alone. Here the requests need twice as much memory as the model."
)
WHOLE_CARD = Misconception(
    "whole_card", "This fills the cards to the brim. The server needs its part of each: nine tenths can be used."
)

memory = Check(
    f"{LESSON}.memory",
    "What has to fit on the card",
    Memory,
    (ONE_BYTE, FOUR_BYTES, GIBIBYTES, ONE_REQUEST, KEYS_ONLY, ONE_LAYER, WEIGHTS_ONLY, WHOLE_CARD),
    case="demonstration",
)


@memory.finding("The weights", points=1, needs=["weights_gb"])
def weights(answers: Memory, case: Any) -> Judgement:
    """Parameters times bytes."""
    return judge_number(
        answers.weights_gb,
        WEIGHTS_GB,
        unit="GB",
        why="Precision is the largest lever on the number of cards, and it is paid for in quality.",
        misconceptions={
            ONE_BYTE: WEIGHTS_GB / 2,
            FOUR_BYTES: WEIGHTS_GB * 2,
            GIBIBYTES: WEIGHTS_GB * 1e9 / 2**30,
        },
    )


@memory.finding("The KV cache", points=1, needs=["kv_cache_gb"])
def cache(answers: Memory, case: Any) -> Judgement:
    """A key and a value in each layer, for each token of each request."""
    return judge_number(
        answers.kv_cache_gb,
        KV_GB,
        unit="GB",
        why="Many readers of long prompts need more memory than the model does.",
        misconceptions={
            ONE_REQUEST: KV_GB / AT_ONCE,
            KEYS_ONLY: KV_GB / 2,
            ONE_LAYER: KV_GB / MODEL.layers,
            GIBIBYTES: KV_GB * 1e9 / 2**30,
        },
    )


@memory.finding("The cards", points=1, needs=["cards_needed"])
def needed(answers: Memory, case: Any) -> Judgement:
    """Both, over what a card leaves to use."""
    return judge_number(
        answers.cards_needed,
        CARDS,
        unit="cards",
        within=0,
        why="A card that is full on paper refuses the next request in practice.",
        misconceptions={
            WEIGHTS_ONLY: math.ceil(WEIGHTS_GB / (CARD_GB * USABLE)),
            WHOLE_CARD: math.ceil((WEIGHTS_GB + KV_GB) / CARD_GB),
        },
    )


# --- Task 2: the rent -------------------------------------------------------------------------------------------------

REQUESTS, PEAK_TO_AVERAGE, WRITTEN = 10_368_000, 4, 200
KNEE, PLANNED, USD_PER_HOUR, SPARE = 1_000, 0.6, 2.50, 1
PEAK = REQUESTS / (HOURS_PER_MONTH * 3_600) * PEAK_TO_AVERAGE * WRITTEN
RENTED = math.ceil(PEAK / (KNEE * PLANNED)) + SPARE
RENT = RENTED * USD_PER_HOUR * HOURS_PER_MONTH
PER_MILLION = RENT / (REQUESTS * WRITTEN / 1e6)


class Rent(AnswerSheet):
    """Cards for a load, their rent, and what a token costs on them."""

    cards_rented: Number = answer("how many cards carry the peak and the loss of one", unit="cards")
    rent_usd_per_month: Number = answer("what they cost in a month", unit="dollars")
    usd_per_million_written: Number = answer("what a million written tokens cost", unit="dollars")


FOR_THE_AVERAGE = Misconception(
    "for_the_average", "This carries the average. The busiest second has four times as much, every day."
)
NO_SPARE = Misconception("no_spare", "One more card stands by. Without it the loss of one is felt by everybody.")
AT_THE_KNEE = Misconception(
    "at_the_knee", "This plans the cards at their knee. Beyond it they write less and everybody waits: plan below."
)
DAYTIME_ONLY = Misconception(
    "daytime_only", "This pays for eight hours a day. A rented card is paid by the hour, used or not: 720 in a month."
)
ALWAYS_FULL = Misconception(
    "always_full", "This is what a card would cost that writes at its knee in every second. These are mostly idle."
)

rent = Check(
    f"{LESSON}.rent",
    "What a token costs on rented cards",
    Rent,
    (FOR_THE_AVERAGE, NO_SPARE, AT_THE_KNEE, DAYTIME_ONLY, ALWAYS_FULL),
    case="demonstration",
)


@rent.finding("The cards", points=1, needs=["cards_rented"])
def cards(answers: Rent, case: Any) -> Judgement:
    """The peak over what a card is planned for, and one more."""
    mean = PEAK / PEAK_TO_AVERAGE
    return judge_number(
        answers.cards_rented,
        RENTED,
        unit="cards",
        within=0,
        why="Cards are rented for the busiest second and for the loss of one.",
        misconceptions={
            FOR_THE_AVERAGE: math.ceil(mean / (KNEE * PLANNED)) + SPARE,
            NO_SPARE: RENTED - SPARE,
            AT_THE_KNEE: math.ceil(PEAK / KNEE) + SPARE,
        },
    )


@rent.finding("The rent", points=1, needs=["cards_rented", "rent_usd_per_month"])
def monthly(answers: Rent, case: Any) -> Judgement:
    """All cards, all hours; judged for the number of cards that was answered."""
    right = answers.cards_rented * USD_PER_HOUR * HOURS_PER_MONTH
    return judge_number(
        answers.rent_usd_per_month,
        right,
        unit="dollars",
        why="The night costs as much as the day.",
        misconceptions={
            DAYTIME_ONLY: right / 3,
            NO_SPARE: (answers.cards_rented - SPARE) * USD_PER_HOUR * HOURS_PER_MONTH,
        },
    )


@rent.finding("A million tokens", points=1, needs=["usd_per_million_written"])
def per_million(answers: Rent, case: Any) -> Judgement:
    """The whole rent over the tokens that are really written."""
    return judge_number(
        answers.usd_per_million_written,
        PER_MILLION,
        unit="dollars",
        why="This is the number to hold against a price list, and utilisation is what it hangs on.",
        misconceptions={
            ALWAYS_FULL: USD_PER_HOUR / (KNEE * 3_600 / 1e6),
            NO_SPARE: PER_MILLION * (RENTED - SPARE) / RENTED,
            DAYTIME_ONLY: PER_MILLION / 3,
        },
    )


# --- Task 3: the crossing ---------------------------------------------------------------------------------------------

INPUT_USD, OUTPUT_USD, TOKENS_IN, TOKENS_OUT = 0.50, 2.00, 1_600, 250
FIXED_USD, OWN_USD_PER_MILLION = 9_000, 450
MANAGED_USD_PER_MILLION = TOKENS_IN * INPUT_USD + TOKENS_OUT * OUTPUT_USD
BREAK_EVEN = FIXED_USD / (MANAGED_USD_PER_MILLION - OWN_USD_PER_MILLION)
EFFECTS = ("it falls by half", "it stays", "it doubles", "it more than doubles")


class Crossing(AnswerSheet):
    """The volume at which two ways cost the same, and how it moves."""

    break_even_millions: Number = answer("the volume at which both cost the same", unit="million requests a month")
    at_half_the_price: Literal["it falls by half", "it stays", "it doubles", "it more than doubles"] = answer(
        "what becomes of the crossing: one of " + ", ".join(repr(effect) for effect in EFFECTS)
    )


INPUT_ONLY = Misconception("input_only", "This prices what is read and forgets what is written.")
OWN_REQUESTS_FREE = Misconception(
    "own_requests_free",
    "This divides the fixed costs by the managed price, as if requests on your own cards were free. More requests "
    "need more cards.",
)
FIXED_FORGOTTEN = Misconception(
    "fixed_forgotten", "This compares the two slopes. The fixed costs are what the difference has to earn back."
)
PRICE_CUT_HELPS_OWN = Misconception(
    "price_cut_helps_own", "A cheaper price list makes your own cards pay later, not sooner."
)
PROPORTIONAL = Misconception(
    "proportional",
    "Half the price does not double the crossing: what earns the fixed costs back is the difference between the two "
    "slopes, and that shrinks to less than half.",
)
SUNK = Misconception("sunk", "The crossing depends on both prices. It moves whenever one of them does.")

crossing = Check(
    f"{LESSON}.crossing",
    "Where two costs cross",
    Crossing,
    (INPUT_ONLY, OWN_REQUESTS_FREE, FIXED_FORGOTTEN, PRICE_CUT_HELPS_OWN, PROPORTIONAL, SUNK),
    case="demonstration",
)


@crossing.finding("The crossing", points=2, needs=["break_even_millions"])
def break_even(answers: Crossing, case: Any) -> Judgement:
    """Fixed costs over the difference of the slopes."""
    return judge_number(
        answers.break_even_millions,
        BREAK_EVEN,
        unit="million requests a month",
        why="Below it a service of your own costs more than the bill that it was to save.",
        misconceptions={
            INPUT_ONLY: FIXED_USD / (TOKENS_IN * INPUT_USD - OWN_USD_PER_MILLION),
            OWN_REQUESTS_FREE: FIXED_USD / MANAGED_USD_PER_MILLION,
            FIXED_FORGOTTEN: MANAGED_USD_PER_MILLION / OWN_USD_PER_MILLION,
        },
    )


@crossing.finding("At half the managed price", points=1, needs=["at_half_the_price"])
def moved(answers: Crossing, case: Any) -> Judgement:
    """The difference of the slopes shrinks faster than the price."""
    return judge_choice(
        answers.at_half_the_price,
        "it more than doubles",
        why="Managed prices have been falling faster than rents. A plan to own machines must survive that.",
        misconceptions={
            "it falls by half": PRICE_CUT_HELPS_OWN,
            "it stays": SUNK,
            "it doubles": PROPORTIONAL,
        },
    )
