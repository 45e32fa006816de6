"""Self-check of the lesson `data_architecture`: a watermark by hand, the store that fits, and the size of an index.

The events of the first task stand in the lesson and, as data, here; they are counted by the lesson's own processor.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any, Literal

from archkit.streaming import Event, TumblingCounts, WindowResult
from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number
from autograde.registry import Check

LESSON = "data_architecture"

# --- Task 1: windows and a watermark by hand --------------------------------------------------------------------------

NINE = datetime(2026, 10, 20, 9)
SIZE, WAIT = timedelta(minutes=10), timedelta(minutes=3)
ARRIVED_HAPPENED_TOPIC = (
    (1, 1, "delivery"),
    (4, 4, "returns"),
    (8, 3, "delivery"),
    (11, 7, "returns"),
    (12, 12, "delivery"),
    (13, 8, "delivery"),
    (14, 14, "returns"),
    (16, 6, "returns"),
    (17, 15, "delivery"),
    (18, 9, "returns"),
)
"""Each event as the minute after nine at which it arrived, the one at which it happened, and its topic."""

EVENTS = [
    Event(NINE + timedelta(minutes=happened), NINE + timedelta(minutes=arrived), topic)
    for arrived, happened, topic in ARRIVED_HAPPENED_TOPIC
]


def _first_window(wait: timedelta) -> tuple[WindowResult, int]:
    counts = TumblingCounts(SIZE, wait)
    published = counts.run(EVENTS)
    return published[0], counts.dropped


def _delivery(events: list[Event]) -> float:
    return sum(event.key == "delivery" for event in events) / len(events)


class Windows(AnswerSheet):
    """What is published for the first window, when, and what is lost."""

    delivery_share: Number = answer("the published share of delivery in the window from 09:00 to 09:10, from 0 to 1")
    published_minute: Number = answer("when it is published, in minutes after 09:00", unit="minutes")
    dropped: Number = answer("how many of the ten events are dropped", unit="events")


BY_ARRIVAL = Misconception(
    "by_arrival",
    "This counts what arrived between 09:00 and 09:10. A window of event time holds what happened then, whenever it "
    "arrived, as long as the window is open.",
)
WAIT_FORGOTTEN = Misconception(
    "wait_forgotten",
    "This closes the window with the first event that happened after 09:10. The watermark stays three minutes behind, "
    "so the event of 09:12 only moves it to 09:09.",
)
HINDSIGHT = Misconception(
    "hindsight",
    "This counts everything that happened in the window, as a batch would the next day. Two of these events came after "
    "the result was published.",
)
CLOCK_ON_THE_WALL = Misconception(
    "clock_on_the_wall",
    "This closes the window by the clock on the wall. A watermark moves when an event comes, and by when that event "
    "happened.",
)
OUT_OF_ORDER_IS_LATE = Misconception(
    "out_of_order_is_late",
    "This counts every event that happened before one seen earlier. Out of order is not late: an event is late only "
    "when its window has been closed.",
)
NOTHING_IS_LOST = Misconception(
    "nothing_is_lost",
    "Without corrections, whatever comes after its window was published is lost. Somebody has to decide that, and "
    "count it.",
)

windows = Check(
    f"{LESSON}.windows",
    "A window and its watermark, by hand",
    Windows,
    (BY_ARRIVAL, WAIT_FORGOTTEN, HINDSIGHT, CLOCK_ON_THE_WALL, OUT_OF_ORDER_IS_LATE, NOTHING_IS_LOST),
    case="demonstration",
)


@windows.finding("The published share", points=1, needs=["delivery_share"])
def published_share(answers: Windows, case: Any) -> Judgement:
    """What had arrived when the watermark passed the end of the window."""
    end = NINE + SIZE
    return judge_number(
        answers.delivery_share,
        _first_window(WAIT)[0].share("delivery"),
        unit="",
        why="A share by event time, by arrival and in hindsight are three numbers. A dashboard shows one of them.",
        misconceptions={
            BY_ARRIVAL: _delivery([event for event in EVENTS if event.arrived_at < end]),
            WAIT_FORGOTTEN: _first_window(timedelta(0))[0].share("delivery"),
            HINDSIGHT: _delivery([event for event in EVENTS if event.happened_at < end]),
        },
    )


@windows.finding("When it is published", points=1, needs=["published_minute"])
def published_when(answers: Windows, case: Any) -> Judgement:
    """With the event that moves the watermark past the end."""

    def minutes(moment: datetime) -> float:
        return (moment - NINE) / timedelta(minutes=1)

    return judge_number(
        answers.published_minute,
        minutes(_first_window(WAIT)[0].published_at),
        unit="minutes after 09:00",
        why="The wait is the price of a more complete answer, and everybody who reads it pays.",
        misconceptions={
            WAIT_FORGOTTEN: minutes(_first_window(timedelta(0))[0].published_at),
            CLOCK_ON_THE_WALL: minutes(NINE + SIZE + WAIT),
            BY_ARRIVAL: minutes(NINE + SIZE),
        },
    )


@windows.finding("What is dropped", points=1, needs=["dropped"])
def dropped_events(answers: Windows, case: Any) -> Judgement:
    """The events whose window was closed when they came."""
    latest, out_of_order = datetime.min, 0
    for event in EVENTS:
        out_of_order += event.happened_at < latest
        latest = max(latest, event.happened_at)
    return judge_number(
        answers.dropped,
        _first_window(WAIT)[1],
        unit="events",
        why="Drops are silent. A stream that does not count them cannot be compared with any other report.",
        misconceptions={
            WAIT_FORGOTTEN: _first_window(timedelta(0))[1],
            OUT_OF_ORDER_IS_LATE: out_of_order,
            NOTHING_IS_LOST: 0,
        },
    )


# --- Task 2: the store that fits --------------------------------------------------------------------------------------

Store = Literal["lake", "stream", "vector store", "a table"]
STORES = "'lake', 'stream', 'vector store' or 'a table'"


class Stores(AnswerSheet):
    """One store for each of four needs."""

    report: Store = answer(STORES)
    alarm: Store = answer(STORES)
    similar: Store = answer(STORES)
    tariff: Store = answer(STORES)


FRESHNESS_NOBODY_USES = Misconception(
    "freshness_nobody_uses",
    "A stream answers at once what it was built to count. This is read once a week, or changes twice a year: nobody "
    "acts on the minute, and machines that are always on would be paid for it.",
)
LATER_THAN_THE_NEED = Misconception(
    "later_than_the_need",
    "Whatever is written first and asked later is as old as the last run. Within a minute of each failure, somebody "
    "has to look at the events as they come.",
)
WORDS_OR_KEYS_FOR_MEANING = Misconception(
    "words_or_keys_for_meaning",
    "Lakes, streams and tables find equal values. The customer's own words share few with the ten cases that are like "
    "it.",
)
MEANING_FOR_A_FACT = Misconception(
    "meaning_for_a_fact",
    "A vector store returns what is alike, and nearly the nearest at that. It neither counts nor looks up: the price "
    "to Norway is near the price to Sweden, and it is another price.",
)
MACHINERY_FOR_FORTY_ROWS = Misconception(
    "machinery_for_forty_rows",
    "Forty rows that change twice a year need a key, an owner and a transaction, which any database has.",
)
TABLE_FOR_ALL_HISTORY = Misconception(
    "table_for_all_history",
    "This reads a few columns over all history, in ways not known yet, while the shop's database is there to take "
    "orders. Files by month and column serve it without disturbing anybody.",
)

store = Check(
    f"{LESSON}.store",
    "The store that fits",
    Stores,
    (
        FRESHNESS_NOBODY_USES,
        LATER_THAN_THE_NEED,
        WORDS_OR_KEYS_FOR_MEANING,
        MEANING_FOR_A_FACT,
        MACHINERY_FOR_FORTY_ROWS,
        TABLE_FOR_ALL_HISTORY,
    ),
    case="demonstration",
)


@store.finding("The weekly report", points=1, needs=["report"])
def for_report(answers: Stores, case: Any) -> Judgement:
    """A lake: all history, any question, next week is soon enough."""
    return judge_choice(
        answers.report,
        "lake",
        why="Questions change more often than events do. A lake keeps the events and leaves the question open.",
        misconceptions={
            "stream": FRESHNESS_NOBODY_USES,
            "vector store": MEANING_FOR_A_FACT,
            "a table": TABLE_FOR_ALL_HISTORY,
        },
    )


@store.finding("The alarm", points=1, needs=["alarm"])
def for_alarm(answers: Stores, case: Any) -> Judgement:
    """A stream: somebody acts within the minute, and the source is as quick."""
    return judge_choice(
        answers.alarm,
        "stream",
        why="Here the minute is used, the question is known beforehand and the source is prompt: all three are needed.",
        misconceptions={
            "lake": LATER_THAN_THE_NEED,
            "a table": LATER_THAN_THE_NEED,
            "vector store": MEANING_FOR_A_FACT,
        },
    )


@store.finding("Cases like this one", points=1, needs=["similar"])
def for_similar(answers: Stores, case: Any) -> Judgement:
    """A vector store: likeness of meaning, among millions, and nine of ten would do."""
    return judge_choice(
        answers.similar,
        "vector store",
        why="The agent wants some good examples. Missing one true neighbour in a hundred does no harm here.",
        misconceptions=dict.fromkeys(("lake", "stream", "a table"), WORDS_OR_KEYS_FOR_MEANING),
    )


@store.finding("The tariff", points=1, needs=["tariff"])
def for_tariff(answers: Stores, case: Any) -> Judgement:
    """A table: an exact fact, looked up by key."""
    return judge_choice(
        answers.tariff,
        "a table",
        why="The dearest mistake with new kinds of stores is to use one where the old kind was exact, cheap and owned.",
        misconceptions={
            "vector store": MEANING_FOR_A_FACT,
            "stream": FRESHNESS_NOBODY_USES,
            "lake": MACHINERY_FOR_FORTY_ROWS,
        },
    )


# --- Task 3: the size of an index -------------------------------------------------------------------------------------

NUMBER, DIMENSIONS, FLOAT32, MAX_NEIGHBORS, FREE_GB = 100_000_000, 768, 4, 64, 24
BYTES_A_LINK = 8
"""Bytes of graph a vector, for each of `max_neighbors` (hnswlib's ALGO_PARAMS.md says 8 to 10)."""

VECTORS_GB = NUMBER * DIMENSIONS * FLOAT32 / 1e9
LINKS_GB = NUMBER * BYTES_A_LINK * MAX_NEIGHBORS / 1e9


class Storage(AnswerSheet):
    """Memory for an HNSW index, and the machines that hold it."""

    vectors_gb: Number = answer("memory of the vectors", unit="GB")
    links_gb: Number = answer("memory of the links", unit="GB")
    machines: Number = answer("machines that hold the index once, a whole number", unit="machines")


ONE_BYTE = Misconception(
    "one_byte", "This takes one byte for each number, as after quantisation to int8. A float32 has four."
)
EIGHT_BYTES = Misconception(
    "eight_bytes", "This takes eight bytes for each number, which is float64, Python's own. A float32 has four."
)
BITS = Misconception("bits", "This counts 32 for each number: bits. A float32 is 32 bits, which are 4 bytes.")
GIBIBYTES = Misconception(
    "gibibytes", "This divides by 2 to the power of 30, which gives GiB. The task, and most price lists, count 10⁹."
)
HALF_THE_LINKS = Misconception(
    "half_the_links",
    "This is 4 bytes for each of `max_neighbors`. On the lowest level, which holds every vector, hnswlib keeps room "
    "for twice as many links, so it is 8.",
)
LINKS_PER_DIMENSION = Misconception(
    "links_per_dimension",
    "This multiplies by the dimensions. A link is a number of a neighbour: it does not depend on how long a vector is.",
)
DEFAULT_NEIGHBORS = Misconception(
    "default_neighbors", "This is the default of 16 neighbours. Here the index was built with 64."
)
LINKS_LEFT_OUT = Misconception(
    "links_left_out", "This holds the vectors only. The walk needs the graph in memory as well."
)
ROUNDED_DOWN = Misconception(
    "rounded_down", "This rounds down. The rest needs a machine too, or it is read from disk in the middle of a walk."
)

storage = Check(
    f"{LESSON}.storage",
    "The size of an index",
    Storage,
    (
        ONE_BYTE,
        EIGHT_BYTES,
        BITS,
        GIBIBYTES,
        HALF_THE_LINKS,
        LINKS_PER_DIMENSION,
        DEFAULT_NEIGHBORS,
        LINKS_LEFT_OUT,
        ROUNDED_DOWN,
    ),
    case="demonstration",
)


@storage.finding("The vectors", points=1, needs=["vectors_gb"])
def vectors_memory(answers: Storage, case: Any) -> Judgement:
    """Number times dimensions times four bytes."""
    return judge_number(
        answers.vectors_gb,
        VECTORS_GB,
        unit="GB",
        why="The dimension of an embedding model is chosen once, and paid for in memory from then on.",
        misconceptions={
            ONE_BYTE: VECTORS_GB / 4,
            EIGHT_BYTES: VECTORS_GB * 2,
            BITS: VECTORS_GB * 8,
            GIBIBYTES: VECTORS_GB * 1e9 / 2**30,
        },
    )


@storage.finding("The links", points=1, needs=["links_gb"])
def links_memory(answers: Storage, case: Any) -> Judgement:
    """Number times eight bytes times the neighbours."""
    return judge_number(
        answers.links_gb,
        LINKS_GB,
        unit="GB",
        why="At 16 neighbours links are small beside the vectors. At 64 they buy recall with a sixth more memory.",
        misconceptions={
            HALF_THE_LINKS: LINKS_GB / 2,
            LINKS_PER_DIMENSION: LINKS_GB * DIMENSIONS,
            DEFAULT_NEIGHBORS: LINKS_GB / 4,
            GIBIBYTES: LINKS_GB * 1e9 / 2**30,
        },
    )


@storage.finding("The machines", points=1, needs=["machines"])
def machines_needed(answers: Storage, case: Any) -> Judgement:
    """Both together, rounded up."""
    return judge_number(
        answers.machines,
        math.ceil((VECTORS_GB + LINKS_GB) / FREE_GB),
        unit="machines",
        why="Each question then goes to all of them, so the slowest decides, and a second copy doubles the bill.",
        misconceptions={
            LINKS_LEFT_OUT: math.ceil(VECTORS_GB / FREE_GB),
            ROUNDED_DOWN: math.floor((VECTORS_GB + LINKS_GB) / FREE_GB),
            ONE_BYTE: math.ceil((VECTORS_GB / 4 + LINKS_GB) / FREE_GB),
        },
    )
