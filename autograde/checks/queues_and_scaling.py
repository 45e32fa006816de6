"""Self-check of the lesson `queues_and_scaling`: queueing by hand, what follows a spike, and the remedy that fits.

The figures of the tasks stand in the lesson and, as data, here; expected values are computed from them.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from archkit.cluster import desired_replicas
from archkit.load.formulas import mean_wait
from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number
from autograde.registry import Check

LESSON = "queues_and_scaling"

# --- Task 1: by hand --------------------------------------------------------------------------------------------------

PER_MINUTE, WAITED_S, WORKED_S = 360, 1.5, 2.5
ONE_CALL_S, ONE_PER_SECOND = 0.5, 1.6
REPLICAS, SLOTS, CALL_S, SPIKE_PER_SECOND, BEARABLE_S = 5, 8, 2.0, 50, 3.0
PARALLEL, SLOW = 8, 0.02


class ByHand(AnswerSheet):
    """Busy slots, a wait, a bound for a queue, and a fan-out."""

    busy_slots: Number = answer("how many slots are busy on average", unit="slots")
    wait_s: Number = answer("the mean wait before a request is worked on", unit="s")
    places: Number = answer("how many places the queue has", unit="places")
    slow_share: Number = answer("the share of requests that meets a slow call")


WAITING_COUNTED = Misconception(
    "waiting_counted",
    "This counts those who wait as well. They take a place in the queue and no slot; Little's law holds for each of "
    "the two by itself.",
)
MINUTE_AND_SECOND = Misconception(
    "minute_and_second", "This multiplies requests a minute with seconds. Bring both to one unit first."
)
RESPONSE_FOR_WAIT = Misconception(
    "response_for_wait",
    "This is the time from arrival to answer, with the call itself in it. The wait ends when the work begins.",
)
PROPORTIONAL = Misconception(
    "proportional",
    "This lets the wait grow in proportion to utilisation. It grows with ρ / (1 − ρ): what is left free decides.",
)
COUNTED_IN_CALLS = Misconception(
    "counted_in_calls", "This is the wait in calls, ρ / (1 − ρ). Multiply it by the time that a call takes."
)
LOAD_FOR_CAPACITY = Misconception(
    "load_for_capacity",
    "This uses what arrives. A queue gets shorter by what is served, and how fast that goes does not depend on who "
    "is waiting.",
)
SLOTS_FORGOTTEN = Misconception(
    "slots_forgotten", "This lets each replica work on one request at a time. It has 8 slots."
)
SLOTS_ARE_PLACES = Misconception(
    "slots_are_places", "This adds the slots. Those who are worked on have left the queue, and hold no place in it."
)
ADDED_UP = Misconception(
    "added_up",
    "This adds up the chances, and counts a request with two slow calls twice. With 60 calls it would exceed 1.",
)
ONE_CALLS_CHANCE = Misconception(
    "one_calls_chance", "This is the chance of one call. The request waits for the slowest of all eight."
)
NONE_SLOW = Misconception("none_slow", "This is the share that meets no slow call: the other part of the whole.")

by_hand = Check(
    f"{LESSON}.by_hand",
    "Queues by hand",
    ByHand,
    (
        WAITING_COUNTED,
        MINUTE_AND_SECOND,
        RESPONSE_FOR_WAIT,
        PROPORTIONAL,
        COUNTED_IN_CALLS,
        LOAD_FOR_CAPACITY,
        SLOTS_FORGOTTEN,
        SLOTS_ARE_PLACES,
        ADDED_UP,
        ONE_CALLS_CHANCE,
        NONE_SLOW,
    ),
    case="demonstration",
)


@by_hand.finding("Busy slots", points=1, needs=["busy_slots"])
def busy(answers: ByHand, case: Any) -> Judgement:
    """Little's law on the slots alone."""
    rate = PER_MINUTE / 60
    return judge_number(
        answers.busy_slots,
        rate * WORKED_S,
        unit="slots",
        why="This is the least that a fleet must have. What is above it is headroom; below it everything collapses.",
        misconceptions={
            WAITING_COUNTED: rate * (WAITED_S + WORKED_S),
            MINUTE_AND_SECOND: PER_MINUTE * WORKED_S,
        },
    )


@by_hand.finding("The wait before one slot", points=1, needs=["wait_s"])
def wait(answers: ByHand, case: Any) -> Judgement:
    """M/M/1."""
    expected = mean_wait(ONE_PER_SECOND, ONE_CALL_S)
    utilisation = ONE_PER_SECOND * ONE_CALL_S
    return judge_number(
        answers.wait_s,
        expected,
        unit="s",
        why="At 80% a request already waits four times as long as it is worked on. At 90% it would be nine times.",
        misconceptions={
            RESPONSE_FOR_WAIT: expected + ONE_CALL_S,
            PROPORTIONAL: utilisation * ONE_CALL_S,
            COUNTED_IN_CALLS: expected / ONE_CALL_S,
        },
    )


@by_hand.finding("A bound for the queue", points=1, needs=["places"])
def bound(answers: ByHand, case: Any) -> Judgement:
    """What is served a second, times the wait that can be borne."""
    served = REPLICAS * SLOTS / CALL_S
    return judge_number(
        answers.places,
        served * BEARABLE_S,
        unit="places",
        why="The bound is a promise about waiting, so it follows from capacity. It has to move when the fleet does.",
        misconceptions={
            LOAD_FOR_CAPACITY: SPIKE_PER_SECOND * BEARABLE_S,
            SLOTS_FORGOTTEN: REPLICAS / CALL_S * BEARABLE_S,
            SLOTS_ARE_PLACES: served * BEARABLE_S + REPLICAS * SLOTS,
        },
    )


@by_hand.finding("Eight calls in parallel", points=1, needs=["slow_share"])
def fan_out(answers: ByHand, case: Any) -> Judgement:
    """One minus the chance that none is slow."""
    return judge_number(
        answers.slow_share,
        1 - (1 - SLOW) ** PARALLEL,
        unit="",
        why="Whoever fans out has to look at a percentile of its parts that is rarer than the one it promises.",
        misconceptions={
            ADDED_UP: PARALLEL * SLOW,
            ONE_CALLS_CHANCE: SLOW,
            NONE_SLOW: (1 - SLOW) ** PARALLEL,
        },
    )


# --- Task 2: after the spike ------------------------------------------------------------------------------------------

READY, BUSY_LOAD, TARGET = 4, 25, 0.5
SPIKE_MINUTES, ARRIVING, SERVED, AFTERWARDS = 6, 900, 600, 450
REFUSED, RETRIES, BUDGET = 800, 3, 0.1


class AfterTheSpike(AnswerSheet):
    """How an autoscaler climbs, how a queue empties, and what retries add."""

    orders: Number = answer("how many times the autoscaler orders replicas until capacity reaches the load")
    minutes_to_clear: Number = answer("how long after the spike the queue is empty", unit="minutes")
    attempts: Number = answer("how many attempts arrive in a minute", unit="attempts")
    attempts_with_budget: Number = answer("how many attempts arrive in a minute with the budget", unit="attempts")


SEES_THE_LOAD = Misconception(
    "sees_the_load",
    "This lets the autoscaler see how large the load is. Its metric ends at 100%, so each order can only multiply "
    "what is running by 1 / target.",
)
SAME_STEP = Misconception(
    "same_step", "This adds as many replicas with each order as with the first. Each order multiplies what is running."
)
GONE_WITH_THE_SPIKE = Misconception(
    "gone_with_the_spike", "The spike ends, and those who came during it are still waiting. Somebody has to serve them."
)
NOBODY_NEW = Misconception(
    "nobody_new",
    "This gives all of the capacity to the queue. Requests go on arriving, and only what they leave over empties it.",
)
AS_LONG_AS_THE_SPIKE = Misconception(
    "as_long_as_the_spike",
    "This takes the queue to empty as fast as it filled. It filled by 300 a minute and empties by 150.",
)
FROM_THE_BEGINNING = Misconception(
    "from_the_beginning", "This counts from the beginning of the spike. The question begins at its end."
)
FIRST_ATTEMPT_FORGOTTEN = Misconception(
    "first_attempt_forgotten", "This counts the retries alone. The first attempt comes before them."
)
RETRIES_FREE = Misconception("retries_free", "This leaves the retries out. Each of them arrives like any request.")
BUDGET_PER_CLIENT = Misconception(
    "budget_per_client",
    "This takes the budget as a share of the retries that clients wish to make. It is a share of first attempts, for "
    "all clients together: however many fail, no more is added.",
)
BUDGET_IGNORED = Misconception("budget_ignored", "This is the number without a budget.")

after_the_spike = Check(
    f"{LESSON}.after_the_spike",
    "What follows a spike",
    AfterTheSpike,
    (
        SEES_THE_LOAD,
        SAME_STEP,
        GONE_WITH_THE_SPIKE,
        NOBODY_NEW,
        AS_LONG_AS_THE_SPIKE,
        FROM_THE_BEGINNING,
        FIRST_ATTEMPT_FORGOTTEN,
        RETRIES_FREE,
        BUDGET_PER_CLIENT,
        BUDGET_IGNORED,
    ),
    case="demonstration",
)


@after_the_spike.finding("Orders until capacity reaches the load", points=1, needs=["orders"])
def orders(answers: AfterTheSpike, case: Any) -> Judgement:
    """The rule, applied to what is running, until that is enough."""
    ready, rounds = READY, 0
    while ready < BUSY_LOAD:
        ready, rounds = desired_replicas(ready, 1.0, TARGET), rounds + 1
    step = desired_replicas(READY, 1.0, TARGET) - READY
    return judge_number(
        answers.orders,
        rounds,
        unit="orders",
        why="Each order costs a whole start delay. With three minutes for a replica, this fleet is too small for nine.",
        misconceptions={SEES_THE_LOAD: 1, SAME_STEP: math.ceil((BUSY_LOAD - READY) / step)},
    )


@after_the_spike.finding("Until the queue is empty", points=1, needs=["minutes_to_clear"])
def clearing(answers: AfterTheSpike, case: Any) -> Judgement:
    """The backlog over what capacity is left beside the usual load."""
    backlog = SPIKE_MINUTES * (ARRIVING - SERVED)
    expected = backlog / (SERVED - AFTERWARDS)
    return judge_number(
        answers.minutes_to_clear,
        expected,
        unit="minutes",
        why="An incident lasts longer than its cause. How much longer is decided by what is spare on a normal day.",
        misconceptions={
            GONE_WITH_THE_SPIKE: 0,
            NOBODY_NEW: backlog / SERVED,
            AS_LONG_AS_THE_SPIKE: SPIKE_MINUTES,
            FROM_THE_BEGINNING: SPIKE_MINUTES + expected,
        },
    )


@after_the_spike.finding("Attempts with retries", points=1, needs=["attempts"])
def amplified(answers: AfterTheSpike, case: Any) -> Judgement:
    """Each request is sent once and three times more."""
    return judge_number(
        answers.attempts,
        REFUSED * (1 + RETRIES),
        unit="attempts",
        why="Retries multiply the load exactly when there is no capacity for it. That is what keeps a storm alive.",
        misconceptions={FIRST_ATTEMPT_FORGOTTEN: REFUSED * RETRIES, RETRIES_FREE: REFUSED},
    )


@after_the_spike.finding("Attempts with a budget", points=1, needs=["attempts_with_budget"])
def budgeted(answers: AfterTheSpike, case: Any) -> Judgement:
    """First attempts and a tenth of them."""
    return judge_number(
        answers.attempts_with_budget,
        REFUSED * (1 + BUDGET),
        unit="attempts",
        why="A budget leaves enough for single failures and bounds what a general one can add.",
        misconceptions={
            BUDGET_PER_CLIENT: REFUSED * (1 + BUDGET * RETRIES),
            BUDGET_IGNORED: REFUSED * (1 + RETRIES),
            RETRIES_FREE: REFUSED,
            FIRST_ATTEMPT_FORGOTTEN: REFUSED * BUDGET,
        },
    )


# --- Task 3: the remedy that fits -------------------------------------------------------------------------------------

Remedy = Literal[
    "one shared queue",
    "bound the queue",
    "retry budget",
    "raise the minimum beforehand",
    "count those who wait",
    "add a replica",
    "longer timeout",
]
REMEDIES = (
    "'one shared queue', 'bound the queue', 'retry budget', 'raise the minimum beforehand', 'count those who wait', "
    "'add a replica' or 'longer timeout'"
)


class Remedies(AnswerSheet):
    """The first thing to do in each of six situations."""

    newsletter: Remedy = answer(REMEDIES)
    late_answers: Remedy = answer(REMEDIES)
    uneven: Remedy = answer(REMEDIES)
    at_the_door: Remedy = answer(REMEDIES)
    small_steps: Remedy = answer(REMEDIES)
    always_slow: Remedy = answer(REMEDIES)


REACTS_TOO_LATE = Misconception(
    "reacts_too_late",
    "A better metric sees the load sooner and still waits for the start of a replica. A load whose date is known needs "
    "no metric.",
)
PAID_ALL_MONTH = Misconception(
    "paid_all_month",
    "One replica more is paid all month, and eight times the load needs far more than one, for 20 minutes.",
)
LONGER_TIMEOUT = Misconception(
    "longer_timeout",
    "A longer timeout lets the queue grow until everybody waits that long instead. Nothing more is served in a second.",
)
CAPACITY_BEFORE_BOUND = Misconception(
    "capacity_before_bound",
    "More capacity moves the overload to a higher load. There, an unbounded queue again spends everything on those "
    "who have left.",
)
CAPACITY_IS_IDLE = Misconception(
    "capacity_is_idle", "There is capacity, and it stands idle beside those who wait. Another replica adds more of it."
)
BOUNDED_ALREADY = Misconception(
    "bounded_already",
    "The queue has its bound, and those inside are served well. What is too much is the asking again.",
)
NOT_A_QUEUE_PROBLEM = Misconception(
    "not_a_queue_problem",
    "This helps in an overload. Here load and capacity hardly differ all day, and every day: the fleet is too small "
    "for the wait that is wanted.",
)
NO_DATE = Misconception(
    "no_date", "This needs a date. The rise is neither short nor known; the autoscaler may follow it, in larger steps."
)

remedies = Check(
    f"{LESSON}.remedies",
    "The remedy that fits",
    Remedies,
    (
        REACTS_TOO_LATE,
        PAID_ALL_MONTH,
        LONGER_TIMEOUT,
        CAPACITY_BEFORE_BOUND,
        CAPACITY_IS_IDLE,
        BOUNDED_ALREADY,
        NOT_A_QUEUE_PROBLEM,
        NO_DATE,
    ),
    case="demonstration",
)


@remedies.finding("The newsletter", points=1, needs=["newsletter"])
def for_newsletter(answers: Remedies, case: Any) -> Judgement:
    """A known date beats every metric."""
    return judge_choice(
        answers.newsletter,
        "raise the minimum beforehand",
        why="Twenty minutes of spare replicas cost next to nothing. Replicas four minutes late cost customers.",
        misconceptions={
            "count those who wait": REACTS_TOO_LATE,
            "add a replica": PAID_ALL_MONTH,
            "longer timeout": LONGER_TIMEOUT,
        },
    )


@remedies.finding("Late answers", points=1, needs=["late_answers"])
def for_late_answers(answers: Remedies, case: Any) -> Judgement:
    """Work for clients who have left."""
    return judge_choice(
        answers.late_answers,
        "bound the queue",
        why="Capacity is there and is spent on answers that nobody reads. A bound gives it to those who still wait.",
        misconceptions={
            "add a replica": CAPACITY_BEFORE_BOUND,
            "raise the minimum beforehand": CAPACITY_BEFORE_BOUND,
            "count those who wait": CAPACITY_BEFORE_BOUND,
            "longer timeout": LONGER_TIMEOUT,
        },
    )


@remedies.finding("Uneven replicas", points=1, needs=["uneven"])
def for_uneven(answers: Remedies, case: Any) -> Judgement:
    """Twelve queues where one would do."""
    return judge_choice(
        answers.uneven,
        "one shared queue",
        why="An idle slot beside a waiting request is the mark of divided queues. It costs no machine to repair.",
        misconceptions={
            "add a replica": CAPACITY_IS_IDLE,
            "raise the minimum beforehand": CAPACITY_IS_IDLE,
            "count those who wait": CAPACITY_IS_IDLE,
            "longer timeout": LONGER_TIMEOUT,
        },
    )


@remedies.finding("At the door", points=1, needs=["at_the_door"])
def for_the_door(answers: Remedies, case: Any) -> Judgement:
    """Refusals are repeated ten times."""
    return judge_choice(
        answers.at_the_door,
        "retry budget",
        why="Refusing is cheap and not free. A budget takes away the ninety percent of attempts that nobody needs.",
        misconceptions={
            "bound the queue": BOUNDED_ALREADY,
            "longer timeout": LONGER_TIMEOUT,
        },
    )


@remedies.finding("Small steps", points=1, needs=["small_steps"])
def for_small_steps(answers: Remedies, case: Any) -> Judgement:
    """A metric that ends at 100%."""
    return judge_choice(
        answers.small_steps,
        "count those who wait",
        why="Growing by four tenths with each start delay is the mark of a metric that is at its end.",
        misconceptions={
            "raise the minimum beforehand": NO_DATE,
            "longer timeout": LONGER_TIMEOUT,
        },
    )


@remedies.finding("Always slow", points=1, needs=["always_slow"])
def for_always_slow(answers: Remedies, case: Any) -> Judgement:
    """Too full, every day."""
    return judge_choice(
        answers.always_slow,
        "add a replica",
        why="From 94% a third replica goes to 63%, and nearly all of the wait is gone. Sometimes it is just capacity.",
        misconceptions={
            "bound the queue": NOT_A_QUEUE_PROBLEM,
            "retry budget": NOT_A_QUEUE_PROBLEM,
            "count those who wait": NOT_A_QUEUE_PROBLEM,
            "raise the minimum beforehand": NOT_A_QUEUE_PROBLEM,
            "longer timeout": LONGER_TIMEOUT,
        },
    )
