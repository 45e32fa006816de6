"""Self-check of the lesson `beyond_one_machine`: the law by hand, where a cluster pays, and the rung that fits.

The figures of the tasks stand in the lesson and, as data, here; expected values are computed from them.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from archkit.scaling import Way, amdahl, crossing, serial_share
from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number
from autograde.registry import Check

LESSON = "beyond_one_machine"

# --- Task 1: the law by hand ------------------------------------------------------------------------------------------

READ_S, EMBED_S, INDEX_S = 30, 540, 30
WORKERS = 9
SERIAL = (READ_S + INDEX_S) / (READ_S + EMBED_S + INDEX_S)
MEASURED, MEASURED_WORKERS = 1.6, 2


class ByHand(AnswerSheet):
    """Amdahl's law, forwards and backwards."""

    with_nine: Number = answer("how many times as fast with 9 workers", unit="times")
    at_most: Number = answer("how many times as fast at most", unit="times")
    looks_serial: Number = answer("the serial share that the second job's speed-up looks like, from 0 to 1")


ALL_DIVIDED = Misconception(
    "all_divided", "This lets everything divide. Reading and building the index are done by one worker, however many."
)
ONE_SERIAL_PART = Misconception(
    "one_serial_part",
    "This leaves out one of the two parts that do not divide. Reading and indexing are 60 s together.",
)
SPEED_OF_THE_PART = Misconception(
    "speed_of_the_part",
    "This divides the whole job by what embedding takes then. The parts that do not divide still take their time.",
)
SHARES_TURNED_ROUND = Misconception(
    "shares_turned_round", "This takes the share that divides for the one that does not, or the other way round."
)
MISSING_SPEED = Misconception(
    "missing_speed",
    "This is how far the speed-up stays behind the workers, as a share of them. The law asks which share of the "
    "*time on one worker* does not divide: solve 1 / (s + (1 - s) / 2) for s.",
)

by_hand = Check(
    f"{LESSON}.by_hand",
    "Amdahl's law by hand",
    ByHand,
    (ALL_DIVIDED, ONE_SERIAL_PART, SPEED_OF_THE_PART, SHARES_TURNED_ROUND, MISSING_SPEED),
    case="demonstration",
)


@by_hand.finding("With nine workers", points=1, needs=["with_nine"])
def nine_workers(answers: ByHand, case: Any) -> Judgement:
    """The whole over what is left."""
    whole = READ_S + EMBED_S + INDEX_S
    return judge_number(
        answers.with_nine,
        amdahl(WORKERS, SERIAL),
        unit="times",
        why="60 s stay and 540 s become 60 s: nine workers give the speed of five.",
        misconceptions={
            ALL_DIVIDED: WORKERS,
            ONE_SERIAL_PART: whole / (READ_S + (EMBED_S + INDEX_S) / WORKERS),
            SPEED_OF_THE_PART: whole / (EMBED_S / WORKERS),
            SHARES_TURNED_ROUND: amdahl(WORKERS, 1 - SERIAL),
        },
    )


@by_hand.finding("With any number", points=1, needs=["at_most"])
def any_number(answers: ByHand, case: Any) -> Judgement:
    """One over the serial share."""
    return judge_number(
        answers.at_most,
        amdahl(math.inf, SERIAL),
        unit="times",
        why="The last gain is bought by working on the two parts that do not divide, not by workers.",
        misconceptions={ONE_SERIAL_PART: 1 / (SERIAL / 2), SHARES_TURNED_ROUND: amdahl(math.inf, 1 - SERIAL)},
    )


@by_hand.finding("What a measurement looks like", points=1, needs=["looks_serial"])
def looks_like(answers: ByHand, case: Any) -> Judgement:
    """Karp and Flatt's measure."""
    share = serial_share(MEASURED, MEASURED_WORKERS)
    return judge_number(
        answers.looks_serial,
        share,
        unit="of the time",
        why="A quarter: such a job is at most four times as fast, on any cluster, until the reason is found.",
        misconceptions={MISSING_SPEED: 1 - MEASURED / MEASURED_WORKERS, SHARES_TURNED_ROUND: 1 - share},
    )


# --- Task 2: where it pays --------------------------------------------------------------------------------------------

ITEM_S, START_S, CLUSTER_WORKERS = 0.020, 240, 16
WORKER_HOUR_USD, TEXTS = 0.06, 96_000
ONE, CLUSTER = Way(0, ITEM_S), Way(START_S, ITEM_S, CLUSTER_WORKERS)


class WhereItPays(AnswerSheet):
    """The size at which a cluster begins to pay in time, and its bill."""

    pays_from_texts: Number = answer("from how many texts on the cluster is faster", unit="texts")
    cluster_usd: Number = answer("what the cluster costs for 96,000 texts, in dollars", unit="dollars")
    take: Literal["one process", "the cluster"] = answer("'one process' or 'the cluster'")


CLUSTER_WORKS_FOR_NOTHING = Misconception(
    "cluster_works_for_nothing",
    "This divides the start by the time of one text on one process. The cluster's own time for each text has to be "
    "taken off first: only the difference is gained.",
)
START_OVER_CLUSTER_ITEM = Misconception(
    "start_over_cluster_item",
    "This divides the start by the cluster's time for a text. What is gained with each text is the difference of the "
    "two ways.",
)
ONE_WORKER_PAID = Misconception("one_worker_paid", "This pays one worker. Sixteen are paid, each for the whole run.")
START_UNPAID = Misconception(
    "start_unpaid", "This leaves the start out of the bill. Workers that wait for a cluster to stand are paid."
)
FASTER_MEANS_TAKE = Misconception(
    "faster_means_take",
    "The cluster is faster and the deadline does not ask for it: one process needs 32 minutes of the 60, and costs a "
    "third.",
)

where_it_pays = Check(
    f"{LESSON}.where_it_pays",
    "Where a cluster pays",
    WhereItPays,
    (CLUSTER_WORKS_FOR_NOTHING, START_OVER_CLUSTER_ITEM, ONE_WORKER_PAID, START_UNPAID, FASTER_MEANS_TAKE),
    case="demonstration",
)


@where_it_pays.finding("The crossing", points=1, needs=["pays_from_texts"])
def pays_from(answers: WhereItPays, case: Any) -> Judgement:
    """The start over what is gained with each text."""
    return judge_number(
        answers.pays_from_texts,
        crossing(ONE, CLUSTER),
        unit="texts",
        why="Below this size every cluster of this start loses, however many workers it has.",
        misconceptions={
            CLUSTER_WORKS_FOR_NOTHING: START_S / ITEM_S,
            START_OVER_CLUSTER_ITEM: START_S / CLUSTER.each_s,
        },
    )


@where_it_pays.finding("The bill", points=1, needs=["cluster_usd"])
def bill(answers: WhereItPays, case: Any) -> Judgement:
    """Sixteen workers, from the start to the end."""
    right = CLUSTER.dollars(TEXTS, WORKER_HOUR_USD)
    return judge_number(
        answers.cluster_usd,
        right,
        unit="dollars",
        why="Six minutes of sixteen workers. The start alone is two thirds of it.",
        misconceptions={
            ONE_WORKER_PAID: right / CLUSTER_WORKERS,
            START_UNPAID: Way(0, ITEM_S, CLUSTER_WORKERS).dollars(TEXTS, WORKER_HOUR_USD),
        },
    )


@where_it_pays.finding("The way to take", points=1, needs=["take"])
def way_to_take(answers: WhereItPays, case: Any) -> Judgement:
    """The cheapest way that keeps the deadline."""
    return judge_choice(
        answers.take,
        "one process",
        why="A deadline is a limit, not a race. Among the ways that keep it the cheapest is right.",
        misconceptions={"the cluster": FASTER_MEANS_TAKE},
    )


# --- Task 3: the rung -------------------------------------------------------------------------------------------------

Rung = Literal["batches", "set threads", "processes", "larger machine", "cluster", "another method"]
RUNGS = "'batches', 'set threads', 'processes', 'larger machine', 'cluster' or 'another method'"


class Rungs(AnswerSheet):
    """The rung for each of five jobs."""

    products: Rung = answer(RUNGS)
    scans: Rung = answer(RUNGS)
    graph: Rung = answer(RUNGS)
    slower: Rung = answer(RUNGS)
    doubles: Rung = answer(RUNGS)


IDLE_HARDWARE = Misconception(
    "idle_hardware",
    "The card is 94% idle. More hardware would idle with it: fill the one that is paid for first.",
)
ONE_MACHINE_AT_ANY_PRICE = Misconception(
    "one_machine_at_any_price",
    "900 core-hours in six hours are 150 cores that never wait. No machine that may be rented has them, and one that "
    "is lost takes the whole night along.",
)
MEMORY_IS_NOT_WORK = Misconception(
    "memory_is_not_work",
    "The cores are 20% busy: nothing waits for work to be done. What is short is memory, and machines with more than "
    "67 GB are ordinary.",
)
MORE_OF_WHAT_HURTS = Misconception(
    "more_of_what_hurts",
    "The cores are full, of threads that wait for each other. Each process takes a thread for every core, 256 on 16. "
    "More workers or machines do the same on a larger bill.",
)
SQUARE_OUTRUN = Misconception(
    "square_outrun",
    "3 million records are 4,500 billion pairs. Ten times the records are a hundred times the pairs, and no number of "
    "workers keeps up with that. Do not compare all pairs.",
)

rung = Check(
    f"{LESSON}.rung",
    "The rung that fits",
    Rungs,
    (IDLE_HARDWARE, ONE_MACHINE_AT_ANY_PRICE, MEMORY_IS_NOT_WORK, MORE_OF_WHAT_HURTS, SQUARE_OUTRUN),
    case="demonstration",
)


@rung.finding("Product texts", points=1, needs=["products"])
def for_products(answers: Rungs, case: Any) -> Judgement:
    """An idle card wants batches."""
    return judge_choice(
        answers.products,
        "batches",
        why="At 6% busy there is a factor of sixteen on the card that is already paid for.",
        misconceptions=dict.fromkeys(("processes", "larger machine", "cluster"), IDLE_HARDWARE),
    )


@rung.finding("Scans", points=1, needs=["scans"])
def for_scans(answers: Rungs, case: Any) -> Judgement:
    """More cores than a machine has, and losses to survive."""
    return judge_choice(
        answers.scans,
        "cluster",
        why="The work divides, outgrows the largest machine, and its writes may happen twice: all three conditions.",
        misconceptions=dict.fromkeys(("processes", "larger machine", "set threads"), ONE_MACHINE_AT_ANY_PRICE),
    )


@rung.finding("The index", points=1, needs=["graph"])
def for_graph(answers: Rungs, case: Any) -> Judgement:
    """More memory in one place."""
    return judge_choice(
        answers.graph,
        "larger machine",
        why="A larger machine is one changed line. Splitting an index over machines is a system.",
        misconceptions=dict.fromkeys(("processes", "cluster", "batches"), MEMORY_IS_NOT_WORK),
    )


@rung.finding("Slower on sixteen cores", points=1, needs=["slower"])
def for_slower(answers: Rungs, case: Any) -> Judgement:
    """Oversubscribed."""
    return judge_choice(
        answers.slower,
        "set threads",
        why="One thread for each of the 16 processes fills 16 cores once.",
        misconceptions=dict.fromkeys(("processes", "larger machine", "cluster"), MORE_OF_WHAT_HURTS),
    )


@rung.finding("Doubles", points=1, needs=["doubles"])
def for_doubles(answers: Rungs, case: Any) -> Judgement:
    """Work that grows with the square."""
    return judge_choice(
        answers.doubles,
        "another method",
        why="Compare within groups that share a key or a shingle. The method beats every number of machines.",
        misconceptions=dict.fromkeys(("processes", "larger machine", "cluster"), SQUARE_OUTRUN),
    )
