"""Checks of the exercise `scaling_plan`: how a support desk takes a tenfold spike, and what that costs.

The plan itself is run in the load simulator on the learner's own case (`archkit.scaling_plan`). The cheapest plan that
holds the target is searched for here, by halving the range of the minimum; a plan that is cheaper still is welcome.
Formulas are those of the module: Little's law, Erlang C, and the waiting time that leaves room for the work itself.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from functools import lru_cache

from archkit.blueprint import Blueprint
from archkit.case import Case
from archkit.case.scaling import SPIKE_FACTOR, Kind, Scaling, SpareStep, scaling_of
from archkit.case.support import MASKED
from archkit.load import chance_of_waiting, mean_wait
from archkit.scaling_plan import ScalingPlan, Trial, try_plan, usd_per_month
from autograde.answers import AnswerSheet, Number, Text, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_number, judge_set, quantity
from autograde.registry import Check

EXERCISE = "scaling_plan"
MINUTES_PER_MONTH = 43_200
FULL_POINTS_WITHIN = 1.2
"""A plan that costs at most so many times the cheapest one has all points for its cost,"""
SOME_POINTS_WITHIN = 1.6
"""and one within this has half of them."""


def busy_per_minute(case: Case) -> float:
    """Turns a minute at the baseline: the desk's share of the busiest hour."""
    return _average_per_minute(case) * case.traffic.peak_to_average


def _average_per_minute(case: Case) -> float:
    return case.traffic.requests_per_month * scaling_of(case).support_share / MINUTES_PER_MONTH


def replicas_for(case: Case, per_minute: float, *, planned: float | None = None, slots: int | None = None) -> int:
    """Replicas whose slots are in use at the planned share, by Little's law."""
    desk = scaling_of(case)
    in_work = per_minute / 60 * desk.turn_s
    return math.ceil(in_work / (planned or desk.planned_share) / (slots or desk.slots) - 1e-9)


# --- Task 1: replicas by formula --------------------------------------------------------------------------------------


class Replicas(AnswerSheet):
    """How many replicas the formula gives."""

    busy_turns_per_minute: Number = answer("the baseline: turns in the busiest hour", unit="turns a minute")
    replicas_baseline: Number = answer("replicas for the baseline", unit="replicas")
    replicas_spike: Number = answer("replicas for the spike", unit="replicas")


AVERAGE_FOR_PEAK = Misconception(
    "average_for_peak", "This is the month's average. The baseline is the busiest hour: raise it by the brief's ratio."
)
ALL_REQUESTS = Misconception(
    "all_requests", "This counts all requests of the brief. Only desk.support_share of them reach the support desk."
)
FULL_SLOTS = Misconception(
    "full_slots", "This fills every slot. At 100% the queue grows without end; plan for desk.planned_share."
)
SLOTS_IGNORED = Misconception("slots_ignored", "This gives one replica to each turn. A replica has several slots.")

replicas = Check(
    f"{EXERCISE}.replicas",
    "Replicas at the baseline and at the spike",
    Replicas,
    (AVERAGE_FOR_PEAK, ALL_REQUESTS, FULL_SLOTS, SLOTS_IGNORED),
)


@replicas.finding("The baseline", points=1, needs=["busy_turns_per_minute"])
def the_baseline(answers: Replicas, case: Case) -> Judgement:
    """Requests a month, the desk's share, and the peak."""
    right = busy_per_minute(case)
    return judge_number(
        answers.busy_turns_per_minute,
        right,
        unit="turns a minute",
        why="Everything that follows is sized from this number.",
        misconceptions={
            AVERAGE_FOR_PEAK: _average_per_minute(case),
            ALL_REQUESTS: right / scaling_of(case).support_share,
        },
    )


def _judge_replicas(seen: float, case: Case, factor: int) -> Judgement:
    per_minute, average = factor * busy_per_minute(case), factor * _average_per_minute(case)
    right = replicas_for(case, per_minute)
    candidates = {
        FULL_SLOTS: replicas_for(case, per_minute, planned=1),
        SLOTS_IGNORED: replicas_for(case, per_minute, slots=1),
        AVERAGE_FOR_PEAK: replicas_for(case, average),
    }
    return judge_number(
        seen,
        right,
        unit="replicas",
        within=0.001,
        why="Turns in work at once are their rate times their time: Little's law, the only one that needs no model.",
        misconceptions={m: n for m, n in candidates.items() if n != right},
    )


@replicas.finding("Replicas at the baseline", points=0.5, needs=["replicas_baseline"])
def at_the_baseline(answers: Replicas, case: Case) -> Judgement:
    """Little's law at the busiest hour."""
    return _judge_replicas(answers.replicas_baseline, case, 1)


@replicas.finding("Replicas at the spike", points=0.5, needs=["replicas_spike"])
def at_the_spike(answers: Replicas, case: Case) -> Judgement:
    """Little's law at ten times as much."""
    return _judge_replicas(answers.replicas_spike, case, SPIKE_FACTOR)


# --- Task 2: waiting --------------------------------------------------------------------------------------------------


class Waiting(AnswerSheet):
    """Waiting in front of today's replicas."""

    waiting_share: Number = answer("share of the turns that have to wait at all")
    mean_wait_s: Number = answer("the mean wait of all turns", unit="seconds")
    mean_queue: Number = answer("turns that wait, on average", unit="turns")


QUEUE_EACH = Misconception(
    "queue_each", "This gives each slot a queue of its own. All slots stand behind one queue, which waits far less."
)
WAITERS_ONLY = Misconception("waiters_only", "This is the mean over those who wait. Most do not wait at all.")
WITH_SERVICE = Misconception(
    "with_service", "This counts those in work as well. Little's law over the wait alone gives those who wait."
)
PER_MINUTE = Misconception("per_minute", "This multiplies a rate a minute by seconds. Bring both to seconds first.")

waiting = Check(
    f"{EXERCISE}.waiting",
    "How long turns wait today",
    Waiting,
    (QUEUE_EACH, WAITERS_ONLY, WITH_SERVICE, PER_MINUTE),
)


def _today(case: Case) -> tuple[float, float, int]:
    """Turns a second, seconds of a turn, slots."""
    desk = scaling_of(case)
    return busy_per_minute(case) / 60, desk.turn_s, desk.replicas_today * desk.slots


@waiting.finding("Who waits", points=1, needs=["waiting_share"])
def who_waits(answers: Waiting, case: Case) -> Judgement:
    """Erlang C."""
    rate, work, slots = _today(case)
    return judge_number(
        answers.waiting_share,
        chance_of_waiting(rate * work, slots),
        unit="",
        why="The share that waits rises long before the slots are all in use.",
        misconceptions={QUEUE_EACH: rate * work / slots},
    )


@waiting.finding("How long", points=1, needs=["mean_wait_s"])
def how_long(answers: Waiting, case: Case) -> Judgement:
    """The mean wait behind one queue."""
    rate, work, slots = _today(case)
    right = mean_wait(rate, work, slots)
    return judge_number(
        answers.mean_wait_s,
        right,
        unit="seconds",
        why="This is added to every answer, on average, before any spike.",
        misconceptions={
            QUEUE_EACH: mean_wait(rate / slots, work),
            WAITERS_ONLY: right / chance_of_waiting(rate * work, slots),
            WITH_SERVICE: right + work,
        },
    )


@waiting.finding("How many wait", points=1, needs=["mean_queue"])
def how_many_wait(answers: Waiting, case: Case) -> Judgement:
    """Little's law over the wait."""
    rate, work, slots = _today(case)
    right = rate * mean_wait(rate, work, slots)
    return judge_number(
        answers.mean_queue,
        right,
        unit="turns",
        why="A queue that is longer than this for minutes is the first sign of a spike.",
        misconceptions={WITH_SERVICE: right + rate * work, PER_MINUTE: 60 * right},
    )


# --- Task 3: the delay ------------------------------------------------------------------------------------------------


class Delay(AnswerSheet):
    """What happens before new replicas serve."""

    turns_in_delay: Number = answer("turns that arrive before the first new replica serves", unit="turns")
    too_many_in_delay: Number = answer("of these, turns beyond what the baseline's replicas can do", unit="turns")


INTERVAL_FORGOTTEN = Misconception(
    "interval_forgotten", "The start alone. Before it the autoscaler has to notice, which takes up to an interval."
)
BASELINE_RATE = Misconception("baseline_rate", "This is the baseline's rate. In the spike ten times as many arrive.")
NO_DELAY = Misconception(
    "no_delay", "This takes new replicas as there from the first second. They serve after the delay, and not before."
)
FULL_SPIKE_FLEET = Misconception(
    "nothing_served", "This has the replicas that run already do nothing. They go on serving at their full rate."
)

delay = Check(
    f"{EXERCISE}.delay",
    "What arrives before help does",
    Delay,
    (INTERVAL_FORGOTTEN, BASELINE_RATE, NO_DELAY, FULL_SPIKE_FLEET),
)


def _in_delay(case: Case, *, interval: bool = True) -> tuple[float, float]:
    """Turns that arrive in the delay of a spike, and those beyond the baseline's replicas."""
    desk = scaling_of(case)
    seconds = desk.start_delay_s + (desk.interval_s if interval else 0)
    arrive = SPIKE_FACTOR * busy_per_minute(case) / 60 * seconds
    served = replicas_for(case, busy_per_minute(case)) * desk.slots / desk.turn_s * seconds
    return arrive, arrive - served


@delay.finding("What arrives", points=1, needs=["turns_in_delay"])
def what_arrives(answers: Delay, case: Case) -> Judgement:
    """The spike's rate times interval and start."""
    right, _ = _in_delay(case)
    return judge_number(
        answers.turns_in_delay,
        right,
        unit="turns",
        why="Autoscaling answers a spike late by design. What arrives until then is the minimum's business.",
        misconceptions={
            INTERVAL_FORGOTTEN: _in_delay(case, interval=False)[0],
            BASELINE_RATE: right / SPIKE_FACTOR,
            NO_DELAY: 0,
        },
    )


@delay.finding("What is too much", points=1, needs=["too_many_in_delay"])
def what_is_too_much(answers: Delay, case: Case) -> Judgement:
    """Less what the replicas that run already can do."""
    arrive, right = _in_delay(case)
    return judge_number(
        answers.too_many_in_delay,
        right,
        unit="turns",
        why="These are refused or wait too long, whatever the autoscaler does afterwards.",
        misconceptions={
            INTERVAL_FORGOTTEN: _in_delay(case, interval=False)[1],
            FULL_SPIKE_FLEET: arrive,
            NO_DELAY: 0,
        },
    )


# --- Task 4: the queue's bound ----------------------------------------------------------------------------------------


class Queue(AnswerSheet):
    """Who may wait, and who is refused."""

    useful_queue: Number = answer("turns that may wait in front of desk.replicas_of_a_zone replicas", unit="turns")
    refused_share: Number = answer("share of the spike's turns that these replicas cannot take")


WHOLE_TARGET = Misconception(
    "whole_target", "This lets turns wait for the whole target. The work itself must still fit: 95 of 100 turns' time."
)
ARRIVALS_DRAIN = Misconception(
    "arrivals_drain", "This counts what arrives in that time. A queue is emptied at the rate at which replicas finish."
)
MEAN_WORK = Misconception(
    "mean_work", "This leaves room for a turn of mean length. Half of the turns that wait longest would be late."
)
UNBOUNDED = Misconception("unbounded", "A queue of this length is as good as none: whoever waits at its end is late.")
KEPT_SHARE = Misconception("kept_share", "This is the share that is kept. The rest is refused.")

queue = Check(
    f"{EXERCISE}.queue",
    "The queue's bound, and what is shed",
    Queue,
    (WHOLE_TARGET, ARRIVALS_DRAIN, MEAN_WORK, UNBOUNDED, KEPT_SHARE, FULL_SLOTS),
)


def useful_queue(desk: Scaling, replicas: float, *, reserve: float | None = None) -> float:
    """Turns that may wait in front of so many replicas and still be answered within the target."""
    left = desk.answer_within_s - (desk.turn_p95_s if reserve is None else reserve)
    return left * replicas * desk.slots / desk.turn_s


@queue.finding("Who may wait", points=2, needs=["useful_queue"])
def who_may_wait(answers: Queue, case: Case) -> Judgement:
    """The time that may be waited, times the rate at which slots become free."""
    desk = scaling_of(case)
    right = useful_queue(desk, desk.replicas_of_a_zone)
    seen = answers.useful_queue
    why = "A longer queue answers nobody in time: it only makes those wait who could have been told at once."
    if math.floor(right) <= seen <= math.ceil(right):
        return Judgement(1, quantity(seen, "turns"), quantity(right, "turns"), why=why)
    if seen > 20 * right:
        return Judgement(
            0, quantity(seen, "turns"), quantity(right, "turns"), "more than can be answered", why, UNBOUNDED
        )
    arrivals = (desk.answer_within_s - desk.turn_p95_s) * SPIKE_FACTOR * busy_per_minute(case) / 60
    return judge_number(
        seen,
        right,
        unit="turns",
        why=why,
        misconceptions={
            WHOLE_TARGET: useful_queue(desk, desk.replicas_of_a_zone, reserve=0),
            MEAN_WORK: useful_queue(desk, desk.replicas_of_a_zone, reserve=desk.turn_s),
            ARRIVALS_DRAIN: arrivals,
        },
    )


@queue.finding("Who is refused", points=1, needs=["refused_share"])
def who_is_refused(answers: Queue, case: Case) -> Judgement:
    """What arrives beyond what is finished."""
    desk = scaling_of(case)
    kept = desk.replicas_of_a_zone * desk.slots / desk.turn_s / (SPIKE_FACTOR * busy_per_minute(case) / 60)
    return judge_number(
        answers.refused_share,
        1 - kept,
        unit="",
        why="In a long overload this share is lost, with any queue. What can be chosen is how it is told.",
        misconceptions={KEPT_SHARE: kept, FULL_SLOTS: 1 - kept * desk.planned_share},
    )


# --- Task 5: retries --------------------------------------------------------------------------------------------------


class Retries(AnswerSheet):
    """What retries do to the load."""

    attempts_without_budget: Number = answer("attempts for each turn, with desk.storm_retries and no budget")
    attempts_with_budget: Number = answer("the most attempts for each turn under desk.retry_budget")
    calls_through_layers: Number = answer("the most calls of the model for one turn", unit="calls")


RETRIES_FREE = Misconception("retries_free", "This counts no retry. Each one is a call with all of its work.")
ALL_FAIL = Misconception("all_fail", "This has every attempt fail. Only those that failed are sent again.")
ONE_ROUND = Misconception("one_round", "This stops after the first retry. Retries fail too, and are sent again.")
LAYERS_ADDED = Misconception(
    "layers_added", "This adds the layers' retries. Each layer repeats what the one below has repeated: they multiply."
)
FIRST_FORGOTTEN = Misconception("first_forgotten", "This counts the retries without the first attempt.")

retries = Check(
    f"{EXERCISE}.retries",
    "What retries do to the load",
    Retries,
    (RETRIES_FREE, ALL_FAIL, ONE_ROUND, LAYERS_ADDED, FIRST_FORGOTTEN),
)


@retries.finding("Without a budget", points=1, needs=["attempts_without_budget"])
def without_a_budget(answers: Retries, case: Case) -> Judgement:
    """A geometric sum."""
    desk = scaling_of(case)
    failing, again = desk.failing_share, desk.storm_retries
    right = sum(failing**n for n in range(again + 1))
    return judge_number(
        answers.attempts_without_budget,
        right,
        unit="attempts",
        why="Retries add load exactly when there is too much of it.",
        misconceptions={
            RETRIES_FREE: 1,
            ALL_FAIL: 1 + again,
            ONE_ROUND: 1 + failing,
            FIRST_FORGOTTEN: right - 1,
        },
    )


@retries.finding("With a budget", points=1, needs=["attempts_with_budget"])
def with_a_budget(answers: Retries, case: Case) -> Judgement:
    """One, and the budget."""
    desk = scaling_of(case)
    return judge_number(
        answers.attempts_with_budget,
        1 + desk.retry_budget,
        unit="attempts",
        why="A budget bounds the added load however much fails.",
        misconceptions={RETRIES_FREE: 1, FIRST_FORGOTTEN: desk.retry_budget},
    )


@retries.finding("Through all layers", points=1, needs=["calls_through_layers"])
def through_all_layers(answers: Retries, case: Case) -> Judgement:
    """Each layer multiplies."""
    desk = scaling_of(case)
    again, layers = desk.storm_retries, desk.layers
    return judge_number(
        answers.calls_through_layers,
        (1 + again) ** layers,
        unit="calls",
        within=0.001,
        why="One layer retries, close to the fault, and the others pass the failure on.",
        misconceptions={LAYERS_ADDED: 1 + again * layers, ALL_FAIL: 1 + again, FIRST_FORGOTTEN: again**layers},
    )


# --- Task 6: what degrades first --------------------------------------------------------------------------------------


class Degradation(AnswerSheet):
    """What is left out, and in which order."""

    degrade_order: list[Text] = answer("the ids of the steps that may be left out, first the one to leave out first")
    steps_needed: Number = answer("how many of these must be left out", unit="steps")


PROTECTION_DROPPED = Misconception(
    "protection_dropped",
    "This leaves out what decides who may see or get what. A busy hour is when that would be tried out.",
)
LARGEST_SAVING = Misconception(
    "largest_saving", "This is the order of what is saved. What counts is what is lost for each second saved."
)
SMALLEST_LOSS = Misconception(
    "smallest_loss", "This is the order of what is lost. A small loss that saves next to nothing comes no nearer."
)
DEAREST_FIRST = Misconception("dearest_first", "This order begins with the step whose seconds cost most.")
ALL_AT_ONCE = Misconception("all_at_once", "This leaves everything out at once. Fewer steps are enough here.")

degradation = Check(
    f"{EXERCISE}.degradation",
    "What degrades first, and how far",
    Degradation,
    (PROTECTION_DROPPED, LARGEST_SAVING, SMALLEST_LOSS, DEAREST_FIRST, ALL_AT_ONCE),
)


def spare_steps(case: Case) -> list[SpareStep]:
    """The steps that may be left out, cheapest second first."""
    steps = [step for step in scaling_of(case).steps if not step.decides_access]
    return sorted(steps, key=lambda step: step.loses_usd / step.saves_s)


def steps_needed(case: Case) -> int:
    """How many of them bring the spike onto the replicas that are left, at the planned share."""
    desk, order = scaling_of(case), spare_steps(case)
    slots = desk.replicas_left * desk.slots * desk.planned_share
    rate = SPIKE_FACTOR * busy_per_minute(case) / 60
    works = [desk.turn_s - sum(step.saves_s for step in order[:n]) for n in range(len(order) + 1)]
    return next(n for n, work in enumerate(works) if rate * work <= slots)


@degradation.finding("The order", points=2, needs=["degrade_order"])
def the_order(answers: Degradation, case: Case) -> Judgement:
    """By what is lost for each second that is saved."""
    right = [step.id for step in spare_steps(case)]
    given = [id.strip() for id in answers.degrade_order]
    steps = {step.id: step for step in scaling_of(case).steps}
    why = "Degrading is buying seconds. Buy the cheapest first, and never with somebody else's data."
    seen, expected = ", ".join(given) or "nothing", ", ".join(right)
    if given == right:
        return Judgement(1, seen, expected, why=why)
    unknown = [id for id in given if id not in steps]
    if unknown:
        return Judgement(0, seen, expected, f"no step has the id {', '.join(unknown)[:80]}", why)
    if any(steps[id].decides_access for id in given):
        return Judgement(0, seen, expected, "it leaves out a step that must stay", why, PROTECTION_DROPPED)
    if sorted(given) != sorted(right):
        return Judgement(0, seen, expected, f"{len(set(given) & set(right))} of {len(right)} steps, each once", why)
    ideas = {
        LARGEST_SAVING: sorted(right, key=lambda id: -steps[id].saves_s),
        SMALLEST_LOSS: sorted(right, key=lambda id: steps[id].loses_usd),
        DEAREST_FIRST: right[::-1],
    }
    named = next((m for m, order in ideas.items() if order == given), None)
    return Judgement(0, seen, expected, "another order loses less", why, named)


@degradation.finding("How far", points=1, needs=["degrade_order", "steps_needed"])
def how_far(answers: Degradation, case: Case) -> Judgement:
    """As many as bring the load onto what is left."""
    right = steps_needed(case)
    why = "Each step more is something that customers do without for nothing."
    if [id.strip() for id in answers.degrade_order] != [step.id for step in spare_steps(case)]:
        return Judgement(0, quantity(answers.steps_needed, "steps"), f"{right} steps", "it follows the order", why)
    return judge_number(
        answers.steps_needed,
        right,
        unit="steps",
        within=0.001,
        why=why,
        misconceptions={ALL_AT_ONCE: len(spare_steps(case))},
    )


# --- Task 7: which questions a cache may keep -------------------------------------------------------------------------


class CacheKinds(AnswerSheet):
    """Which kinds of questions a semantic cache may keep."""

    kept_kinds: list[Text] = answer("the ids of the kinds of questions whose answers may be kept for everybody")


PERSONAL_KEPT = Misconception(
    "personal_kept", "A kind depends on who asks, or its questions hold names and numbers: it would reach strangers."
)
FRESH_KEPT = Misconception("fresh_kept", "A kind's answer changes by the minute. What is kept would be wrong at once.")
TENANTS_MIXED = Misconception(
    "tenants_mixed", "A kind's answer depends on the asker's company: one company would read another's terms."
)
ALL_KEPT = Misconception("all_kept", "This keeps everything. A semantic cache has no sense of who asks, or when.")

cache_kinds = Check(
    f"{EXERCISE}.cache_kinds",
    "Where a semantic cache may sit",
    CacheKinds,
    (PERSONAL_KEPT, FRESH_KEPT, TENANTS_MIXED, ALL_KEPT),
)


def may_be_kept(kind: Kind) -> bool:
    """Whether answers to this kind are the same for everybody, last, and hold nothing of a person."""
    return (
        kind.answer_depends_on == "nobody"
        and kind.answer_changes == "with a release of the documents"
        and kind.question_holds == "nothing personal"
    )


@cache_kinds.finding("The kinds", points=3)
def the_kinds(answers: CacheKinds, case: Case) -> Judgement:
    """Not personal, not fresh, not of one tenant."""
    kinds = {kind.id: kind for kind in scaling_of(case).kinds}
    right = [id for id, kind in kinds.items() if may_be_kept(kind)]
    given = {id.strip() for id in answers.kept_kinds}
    judged = judge_set(
        given,
        right,
        what="kinds",
        why="A cache saves work on the questions that are the same for all. On the others it makes incidents.",
    )
    wrong = [kinds[id] for id in given if id in kinds and id not in right]
    named = None
    if given == set(kinds):
        named = ALL_KEPT
    elif any(k.answer_depends_on == "the asker" or k.question_holds == "names and numbers" for k in wrong):
        named = PERSONAL_KEPT
    elif any(k.answer_depends_on == "the asker's company" for k in wrong):
        named = TENANTS_MIXED
    elif wrong:
        named = FRESH_KEPT
    return Judgement(
        0 if named else judged.credit, judged.seen, judged.expected, judged.gap.partition(":")[0], judged.why, named
    )


# --- Task 8: the threshold --------------------------------------------------------------------------------------------


class Threshold(AnswerSheet):
    """From which similarity on a kept answer is given."""

    threshold: Number = answer("the lowest similarity that keeps wrong hits within the bound")
    hit_share: Number = answer("share of the labelled pairs that are hits at this threshold")


ACCURACY_ALONE = Misconception(
    "accuracy_alone", "This threshold labels most pairs rightly, and lets more wrong hits through than are allowed."
)
NO_WRONG_HIT = Misconception(
    "no_wrong_hit", "At this threshold no hit is wrong. The client allows a share, and gives hits away for it here."
)
PRECISION_FOR_HITS = Misconception(
    "precision_for_hits", "This is the share of the hits that are right. Asked is the share of all pairs that hit."
)
RECALL_FOR_HITS = Misconception(
    "recall_for_hits", "This is the share of the pairs with the same meaning that hit. Asked is the share of all pairs."
)

threshold = Check(
    f"{EXERCISE}.threshold",
    "The cache's threshold",
    Threshold,
    (ACCURACY_ALONE, NO_WRONG_HIT, PRECISION_FOR_HITS, RECALL_FOR_HITS),
)


def cuts(desk: Scaling) -> list[tuple[float, float, int, int]]:
    """For each number of hits the thresholds that give it: above, up to, hits, wrong hits."""
    pairs = sorted(desk.pairs, key=lambda pair: -pair.similarity)
    found, wrong = [], 0
    for n, pair in enumerate(pairs):
        wrong += not pair.same
        below = pairs[n + 1].similarity if n + 1 < len(pairs) else 0.0
        found.append((below, pair.similarity, n + 1, wrong))
    return found


def right_cut(desk: Scaling) -> tuple[float, float, int, int]:
    """The cut with most hits whose share of wrong ones keeps the bound."""
    return max((c for c in cuts(desk) if c[3] <= desk.wrong_hits_allowed * c[2] + 1e-9), key=lambda c: c[2])


def _inside(seen: float, cut: tuple[float, float, int, int]) -> bool:
    return cut[0] < seen <= cut[1] + 1e-9


@threshold.finding("The threshold", points=2, needs=["threshold"])
def the_threshold(answers: Threshold, case: Case) -> Judgement:
    """Any number between the last pair that hits and the next one."""
    desk = scaling_of(case)
    cut, seen = right_cut(desk), answers.threshold
    same = sum(pair.same for pair in desk.pairs)
    right_labels = {c: 2 * (c[2] - c[3]) - c[2] - same for c in cuts(desk)}
    accurate = max(right_labels, key=lambda c: right_labels[c])
    safe = max((c for c in cuts(desk) if not c[3]), key=lambda c: c[2])
    expected = f"above {cut[0]:.3f}, up to {cut[1]:.3f}"
    why = "A wrong hit is a wrong answer, given fast. How many are worth it is the client's choice, not the cache's."
    if _inside(seen, cut):
        return Judgement(1, f"{seen:.3g}", expected, why=why)
    named = next((m for m, c in ((ACCURACY_ALONE, accurate), (NO_WRONG_HIT, safe)) if _inside(seen, c)), None)
    gap = "too low: more hits are wrong than allowed" if seen <= cut[0] else "too high: it misses hits that are allowed"
    return Judgement(0, f"{seen:.3g}", expected, gap, why, named)


@threshold.finding("What hits", points=1, needs=["hit_share"])
def what_hits(answers: Threshold, case: Case) -> Judgement:
    """Hits over pairs."""
    desk = scaling_of(case)
    _, _, hits, wrong = right_cut(desk)
    return judge_number(
        answers.hit_share,
        hits / len(desk.pairs),
        unit="",
        why="What a cache saves is this share of the questions that it may see at all.",
        misconceptions={
            PRECISION_FOR_HITS: (hits - wrong) / hits,
            RECALL_FOR_HITS: (hits - wrong) / sum(pair.same for pair in desk.pairs),
        },
    )


# --- Task 9: what the cache does to load and bill ---------------------------------------------------------------------


class CacheEffect(AnswerSheet):
    """What the cache saves."""

    hit_rate: Number = answer("share of all turns that the cache answers")
    replicas_spike_with_cache: Number = answer("replicas for the spike, if hits need no slot", unit="replicas")
    saved_usd_per_month: Number = answer("tokens that hits save in a month without spikes", unit="US dollars")


HITS_ON_EVERYTHING = Misconception(
    "hits_on_everything", "This lets every turn hit. Only the kinds that may be kept ever reach the cache."
)
KINDS_FOR_HITS = Misconception("kinds_for_hits", "This has every question of these kinds hit. Only some of them do.")
HITS_TWICE = Misconception("hits_twice", "This takes the hits off twice. A hit saves its turn once.")
OUTPUT_FORGOTTEN = Misconception("output_forgotten", "The tokens written are missing. They cost more than those read.")
BUSY_ALL_MONTH = Misconception(
    "busy_all_month", "This has the busiest hour last all month. A bill is made of averages, a fleet of peaks."
)

cache_effect = Check(
    f"{EXERCISE}.cache_effect",
    "What the cache does to load and bill",
    CacheEffect,
    (HITS_ON_EVERYTHING, KINDS_FOR_HITS, HITS_TWICE, OUTPUT_FORGOTTEN, BUSY_ALL_MONTH),
)


def kept_share(case: Case) -> float:
    """Share of the turns whose kinds may be kept."""
    return sum(kind.share for kind in scaling_of(case).kinds if may_be_kept(kind))


def hit_rate(case: Case) -> float:
    """Share of all turns that hit: kinds that may be kept, times the share of these that hits."""
    desk = scaling_of(case)
    return kept_share(case) * right_cut(desk)[2] / len(desk.pairs)


def turn_usd(case: Case, *, written: bool = True) -> float:
    """What the tokens of one turn cost."""
    desk, price = scaling_of(case), case.price
    output = desk.tokens_out * price.output_usd_per_million if written else 0
    return (desk.tokens_in * price.input_usd_per_million + output) / 1e6


def month_usd(case: Case, *, written: bool = True) -> float:
    """The tokens of a month without spikes and without a cache."""
    return _average_per_minute(case) * MINUTES_PER_MONTH * turn_usd(case, written=written)


@cache_effect.finding("The hit rate", points=1, needs=["hit_rate"])
def the_hit_rate(answers: CacheEffect, case: Case) -> Judgement:
    """Over all turns."""
    right, desk = hit_rate(case), scaling_of(case)
    return judge_number(
        answers.hit_rate,
        right,
        unit="",
        why="A hit rate over the questions that may be kept sounds better than it saves.",
        misconceptions={HITS_ON_EVERYTHING: right_cut(desk)[2] / len(desk.pairs), KINDS_FOR_HITS: kept_share(case)},
    )


@cache_effect.finding("Replicas at the spike", points=1, needs=["replicas_spike_with_cache"])
def replicas_with_cache(answers: CacheEffect, case: Case) -> Judgement:
    """Little's law over the misses."""
    spike, hits, desk = SPIKE_FACTOR * busy_per_minute(case), hit_rate(case), scaling_of(case)
    right = replicas_for(case, spike * (1 - hits))
    everything = replicas_for(case, spike * (1 - right_cut(desk)[2] / len(desk.pairs)))
    twice = replicas_for(case, spike * (1 - hits) ** 2)
    return judge_number(
        answers.replicas_spike_with_cache,
        right,
        unit="replicas",
        within=0.001,
        why="A cache that starts empty, after a release say, saves nothing: the plan must hold without it.",
        misconceptions={m: n for m, n in ((HITS_ON_EVERYTHING, everything), (HITS_TWICE, twice)) if n != right},
    )


@cache_effect.finding("The bill", points=1, needs=["saved_usd_per_month"])
def the_saving(answers: CacheEffect, case: Case) -> Judgement:
    """Hits times what a turn costs."""
    right = month_usd(case) * hit_rate(case)
    return judge_number(
        answers.saved_usd_per_month,
        right,
        unit="US dollars a month",
        why="This is what the cache's own operation, and its wrong hits, have to be weighed against.",
        misconceptions={
            OUTPUT_FORGOTTEN: month_usd(case, written=False) * hit_rate(case),
            BUSY_ALL_MONTH: right * case.traffic.peak_to_average,
            HITS_TWICE: 2 * right,
        },
    )


# --- Task 10: the plan ------------------------------------------------------------------------------------------------


class Autoscaling(AnswerSheet):
    """The plan, and what it costs."""

    plan: ScalingPlan = answer("your plan, a ScalingPlan")
    plan_usd_per_month: Number = answer("what the plan's replicas cost in a month", unit="US dollars")


AUTOSCALED_WITHOUT_DELAY = Misconception(
    "autoscaled_without_delay",
    "The minimum is what the baseline needs, as if new replicas were there at once. They come after the delay, and "
    "the first minutes of the spike alone break the target.",
)
SPIKE_ALL_MONTH = Misconception(
    "spike_all_month", "The minimum is what the spike needs. It holds, and the spike's fleet is paid for all month."
)
QUEUE_UNBOUNDED = Misconception(
    "queue_unbounded", "The queue is longer than can be answered in time. In the delay it fills with turns too late."
)
MAXIMUM_TOO_LOW = Misconception(
    "maximum_too_low", "The maximum lies below what the spike needs. After the delay it is still overloaded."
)
RETRIES_UNBOUNDED = Misconception(
    "retries_unbounded", "There is no retry budget. Whoever is refused asks again, when there is least room."
)
MINIMUM_ALONE = Misconception(
    "minimum_alone", "This is the minimum all month. What the autoscaler adds in each spike is paid for, too."
)
ONE_SPIKE = Misconception("one_spike", "This counts one spike. There are desk.spikes_per_month in a month.")

autoscaling = Check(
    f"{EXERCISE}.autoscaling",
    "A plan that holds the target, at what it may cost",
    Autoscaling,
    (
        AUTOSCALED_WITHOUT_DELAY,
        SPIKE_ALL_MONTH,
        QUEUE_UNBOUNDED,
        MAXIMUM_TOO_LOW,
        RETRIES_UNBOUNDED,
        MINIMUM_ALONE,
        ONE_SPIKE,
    ),
    held_back_points=3,
    held_back_about="other arrivals, a longer spike and a slower model",
)


def holds(plan: ScalingPlan, case: Case) -> bool:
    """Whether a plan keeps the target in the simulator."""
    return tried(plan, case).answered_share >= scaling_of(case).answered_share


def tried(plan: ScalingPlan, case: Case) -> Trial:
    """The plan in the simulator, on the case's spike."""
    return try_plan(plan, scaling_of(case), busy_per_minute(case))


def plan_of(case: Case, minimum: int, queue_share: float = 1.0) -> ScalingPlan:
    """A plan with this minimum whose other settings follow by formula."""
    desk = scaling_of(case)
    return ScalingPlan(
        minimum=minimum,
        maximum=max(replicas_for(case, SPIKE_FACTOR * busy_per_minute(case)), minimum),
        target=desk.planned_share,
        queue_limit=math.floor(queue_share * useful_queue(desk, minimum)),
        retry_budget=desk.retry_budget,
    )


@lru_cache(maxsize=512)
def cheapest_usd(case: Case) -> float:
    """What the cheapest plan costs that a search finds: the smallest minimum that holds, over several queues."""
    low = replicas_for(case, busy_per_minute(case))
    high = replicas_for(case, SPIKE_FACTOR * busy_per_minute(case))
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(plan_of(case, middle), case) else (middle + 1, high)
    best = plan_of(case, high)
    for queue_share in (0.6, 1.4):
        fewer = plan_of(case, high - 1, queue_share)
        if holds(fewer, case):
            best = fewer
            break
    return usd_per_month(best, scaling_of(case), busy_per_minute(case))


@autoscaling.finding("It holds the target", points=2, needs=["plan"])
def it_holds(answers: Autoscaling, case: Case) -> Judgement:
    """Simulated on the case's spike."""
    plan, desk = answers.plan, scaling_of(case)
    share = tried(plan, case).answered_share
    spike = replicas_for(case, SPIKE_FACTOR * busy_per_minute(case))
    seen = f"{share:.1%} within {desk.answer_within_s:g} s (simulated)"
    expected = f"at least {desk.answered_share:.0%}"
    why = "A plan that breaks its target in the first minutes of a spike is remembered for these minutes."
    if share >= desk.answered_share:
        return Judgement(1, seen, expected, why=why)
    named = None
    if plan.queue_limit is None or plan.queue_limit > 4 * useful_queue(desk, plan.maximum):
        named = QUEUE_UNBOUNDED
    elif plan.minimum <= replicas_for(case, busy_per_minute(case)):
        named = AUTOSCALED_WITHOUT_DELAY
    elif plan.maximum < 0.9 * spike:
        named = MAXIMUM_TOO_LOW
    return Judgement(0, seen, expected, f"{desk.answered_share - share:.1%} short", why, named)


@autoscaling.finding("What may wait and come again is bounded", points=1, needs=["plan"])
def it_is_bounded(answers: Autoscaling, case: Case) -> Judgement:
    """A queue that can be answered in time by the largest fleet, and a retry budget of a fifth at most."""
    plan, desk = answers.plan, scaling_of(case)
    longest = useful_queue(desk, plan.maximum)
    limit = "no bound" if plan.queue_limit is None else f"{plan.queue_limit} turns"
    budget = "no budget" if plan.retry_budget is None else f"{plan.retry_budget:g} retries a turn"
    seen = f"{limit}, {budget}"
    expected = f"at most {longest:.0f} turns, at most {desk.retry_budget:g} retries a turn"
    why = "What is unbounded in a spike is bounded by whatever breaks first."
    queue_good = plan.queue_limit is not None and plan.queue_limit <= longest + 1
    budget_good = plan.retry_budget is not None and plan.retry_budget <= desk.retry_budget + 1e-9
    if queue_good and budget_good:
        return Judgement(1, seen, expected, why=why)
    if queue_good or budget_good:
        return Judgement(0.5, seen, expected, "one of two", why, RETRIES_UNBOUNDED if queue_good else QUEUE_UNBOUNDED)
    return Judgement(0, seen, expected, "neither", why, QUEUE_UNBOUNDED)


@autoscaling.finding("It costs no more than it must", points=2, needs=["plan"])
def it_is_cheap(answers: Autoscaling, case: Case) -> Judgement:
    """Against the cheapest plan that a search finds; nothing for a plan that misses the target."""
    plan, desk, cheapest = answers.plan, scaling_of(case), cheapest_usd(case)
    usd = usd_per_month(plan, desk, busy_per_minute(case))
    seen, expected = f"{usd:,.0f} dollars a month", f"up to {FULL_POINTS_WITHIN * cheapest:,.0f} dollars a month"
    why = "The minimum is paid for all month, so every replica in it that the spike does not need costs most."
    if not holds(plan, case):
        return Judgement(0, seen, expected, "a plan that misses the target is not cheap at any price", why)
    if usd <= FULL_POINTS_WITHIN * cheapest:
        return Judgement(1, seen, expected, why=why)
    named = SPIKE_ALL_MONTH if plan.minimum >= replicas_for(case, SPIKE_FACTOR * busy_per_minute(case)) else None
    credit = 0.5 if usd <= SOME_POINTS_WITHIN * cheapest else 0
    return Judgement(credit, seen, expected, "a cheaper plan holds the target too", why, named)


@autoscaling.finding("You know what it costs", points=1)
def it_is_priced(answers: Autoscaling, case: Case) -> Judgement:
    """The plan's own price, as the simulator gives it."""
    plan, desk = answers.plan, scaling_of(case)
    trial = tried(plan, case)
    right = usd_per_month(plan, desk, busy_per_minute(case))
    quiet = right - desk.spikes_per_month * trial.spike_usd
    return judge_number(
        answers.plan_usd_per_month,
        right,
        unit="US dollars a month",
        within=max(0.0005, 0.51 / right),  # whole dollars will do
        why="The price of a spike is small beside the price of being ready for it. Only both together say so.",
        misconceptions={
            MINIMUM_ALONE: 720 * plan.minimum * desk.usd_per_replica_hour,
            ONE_SPIKE: quiet + trial.spike_usd,
        },
    )


def judge_elsewhere(plan: ScalingPlan, case: Case, trial: Trial, what: str) -> Judgement:
    """Judge a plan where it was not tried: two points less of the target are enough, and it must still be no waste."""
    desk = scaling_of(case)
    wanted = desk.answered_share - 0.02
    seen, expected = f"{trial.answered_share:.1%} answered in time, {what}", f"at least {wanted:.0%}"
    why = "A plan that holds for one day of arrivals only was fitted to that day."
    if usd_per_month(plan, desk, busy_per_minute(case)) > SOME_POINTS_WITHIN * cheapest_usd(case):
        return Judgement(0, seen, expected, "it holds at a price that settles nothing", why)
    good = trial.answered_share >= wanted
    return Judgement(float(good), seen, expected, "" if good else "it does not hold there", why)


# --- Task 11: the token bill ------------------------------------------------------------------------------------------


class TokenBill(AnswerSheet):
    """What the models' tokens cost."""

    token_usd_per_month: Number = answer("tokens of a month without spikes, no cache", unit="US dollars")
    token_usd_spike_month: Number = answer("tokens of a month with its spikes, no cache", unit="US dollars")
    token_usd_with_cache: Number = answer("the month with its spikes and the cache", unit="US dollars")


TENFOLD_MONTH = Misconception("tenfold_month", "This has the spike last all month. It lasts some minutes, a few times.")
WHOLE_SPIKE_ADDED = Misconception(
    "whole_spike_added", "This adds all of the spike's turns. A tenth of them is the baseline, which is there already."
)
SPIKE_ON_AVERAGE = Misconception(
    "spike_on_average", "This multiplies the month's average. The spike multiplies the baseline, the busiest hour."
)

token_bill = Check(
    f"{EXERCISE}.token_bill",
    "The token bill, with spikes and with the cache",
    TokenBill,
    (
        OUTPUT_FORGOTTEN,
        BUSY_ALL_MONTH,
        TENFOLD_MONTH,
        WHOLE_SPIKE_ADDED,
        SPIKE_ON_AVERAGE,
        HITS_TWICE,
        HITS_ON_EVERYTHING,
    ),
)


def spike_turns(case: Case, *, factor: int = SPIKE_FACTOR - 1, average: bool = False) -> float:
    """Turns that a month's spikes bring beyond the usual."""
    desk = scaling_of(case)
    rate = _average_per_minute(case) if average else busy_per_minute(case)
    return desk.spikes_per_month * desk.spike_minutes * factor * rate


@token_bill.finding("A usual month", points=1, needs=["token_usd_per_month"])
def a_usual_month(answers: TokenBill, case: Case) -> Judgement:
    """Turns of the month times tokens at their prices."""
    right = month_usd(case)
    return judge_number(
        answers.token_usd_per_month,
        right,
        unit="US dollars a month",
        why="The bill follows the average, the fleet the peak. Mixing them up is wrong by the ratio of the two.",
        misconceptions={
            OUTPUT_FORGOTTEN: month_usd(case, written=False),
            BUSY_ALL_MONTH: right * case.traffic.peak_to_average,
        },
    )


@token_bill.finding("A month with spikes", points=1, needs=["token_usd_spike_month"])
def a_month_with_spikes(answers: TokenBill, case: Case) -> Judgement:
    """And what the spikes add."""
    right = month_usd(case) + spike_turns(case) * turn_usd(case)
    added = {
        WHOLE_SPIKE_ADDED: spike_turns(case, factor=SPIKE_FACTOR),
        SPIKE_ON_AVERAGE: spike_turns(case, average=True),
    }
    return judge_number(
        answers.token_usd_spike_month,
        right,
        unit="US dollars a month",
        within=0.001,
        why="A spike adds to the bill the turns that it brings, no more: its minutes count as much as its height.",
        misconceptions={
            TENFOLD_MONTH: SPIKE_FACTOR * month_usd(case),
            **{m: month_usd(case) + turns * turn_usd(case) for m, turns in added.items()},
        },
    )


@token_bill.finding("With the cache", points=1, needs=["token_usd_with_cache"])
def with_the_cache(answers: TokenBill, case: Case) -> Judgement:
    """Only misses are paid for."""
    desk, hits = scaling_of(case), hit_rate(case)
    bill = month_usd(case) + spike_turns(case) * turn_usd(case)
    return judge_number(
        answers.token_usd_with_cache,
        bill * (1 - hits),
        unit="US dollars a month",
        within=0.005,
        why="This is the number to hold against the bill at the end of the month.",
        misconceptions={
            HITS_TWICE: bill * (1 - hits) ** 2,
            HITS_ON_EVERYTHING: bill * (1 - right_cut(desk)[2] / len(desk.pairs)),
        },
    )


# --- Task 12: the drawing agrees --------------------------------------------------------------------------------------


class Agreement(AnswerSheet):
    """The drawing of module 2, grown by the plan."""

    grown: Blueprint = answer("your drawing of module 2 with the plan in it, a Blueprint")
    scaled: Text = answer("the id of the component whose replicas the plan counts")
    plan: ScalingPlan = answer("your plan, a ScalingPlan")


BORROWED = Misconception(
    "borrowed_drawing", "This is not a drawing of your client's support: its specialists or its data are not there."
)
NOT_ON_THE_PATH = Misconception(
    "not_on_the_path",
    "The scaled component is not your client's own service between customers and specialists, so its replicas help "
    "nobody.",
)
REPLICAS_DISAGREE = Misconception(
    "replicas_disagree", "The drawing has other replicas than the plan's minimum. One of the two is not the plan."
)
NO_WORD_ON_SHEDDING = Misconception(
    "no_word_on_shedding", "The plan refuses turns, and the drawing does not say what happens then: on_failure."
)
CACHE_HOLDS_PERSONAL = Misconception(
    "cache_holds_personal", "The cache holds data about people. It may hold documents and masked questions."
)
CACHE_ELSEWHERE = Misconception("cache_elsewhere", "The cache stands outside your client's own house.")
CACHE_UNUSED = Misconception("cache_unused", "There is no cache in the drawing that the scaled component calls.")

agreement = Check(
    f"{EXERCISE}.agreement",
    "The architecture of module 2 agrees with the plan",
    Agreement,
    (
        BORROWED,
        NOT_ON_THE_PATH,
        REPLICAS_DISAGREE,
        NO_WORD_ON_SHEDDING,
        CACHE_HOLDS_PERSONAL,
        CACHE_ELSEWHERE,
        CACHE_UNUSED,
    ),
)


def _reached(drawing: Blueprint, start: str, without: Collection[str] = ()) -> set[str]:
    """Parts that calls lead to from a start, not through those left out."""
    found, open_ = {start}, [start]
    while open_:
        source = open_.pop()
        for call in drawing.interfaces:
            if call.source == source and call.target not in found and call.target not in without:
                found.add(call.target)
                open_.append(call.target)
    return found


def is_own(drawing: Blueprint, case: Case) -> bool:
    """Whether a drawing shows the case's support: each specialist a component that is called, each kind of data."""
    components = {component.id for component in drawing.components}
    reached = _reached(drawing, drawing.entry)
    data = {row.name for row in case.support.data if row.name != MASKED}
    return all(s.id in components & reached for s in case.support.specialists) and data <= {
        row.name for row in drawing.data_classes
    }


def _not_own(seen: str, why: str) -> Judgement:
    return Judgement(0, seen, "the architecture of your own client", "another client's drawing", why, BORROWED)


@agreement.finding("What is scaled stands where the load is", points=2)
def what_is_scaled(answers: Agreement, case: Case) -> Judgement:
    """Own, on the way to every specialist, with the plan's minimum as its replicas."""
    drawing, id, minimum = answers.grown, answers.scaled.strip(), answers.plan.minimum
    why = "A plan is for a part of a system. If nobody can point to it, it is a plan for something else."
    expected = f"a service of your client's between customers and specialists, with {minimum} replicas"
    if not is_own(drawing, case):
        return _not_own(f"“{id[:40]}”", why)
    operators = {zone.id: zone.operator for zone in drawing.zones}
    part = next((c for c in drawing.components if c.id == id), None)
    reached = _reached(drawing, drawing.entry, without=[id])
    specialists: Sequence[str] = [s.id for s in case.support.specialists]
    if (
        part is None
        or part.kind not in ("service", "agent", "gateway")
        or operators[part.zone] != "own"
        or id in specialists
        or any(s in reached for s in specialists)
    ):
        return Judgement(0, f"“{id[:40]}”", expected, "customers' turns do not depend on it", why, NOT_ON_THE_PATH)
    seen = f"“{id}” with {part.replicas} replicas"
    if part.replicas != minimum:
        return Judgement(0.5, seen, expected, "another number than the plan's", why, REPLICAS_DISAGREE)
    return Judgement(1, seen, expected, why=why)


@agreement.finding("What a refused customer sees", points=1, needs=["grown", "scaled"])
def what_is_seen(answers: Agreement, case: Case) -> Judgement:
    """Shedding is a failure that was decided on."""
    why = "Refusing is a way to answer. Decide on its words before it happens."
    expected = "on_failure 'degrade', 'queue', 'fallback' or 'escalate' at the scaled component"
    if not is_own(answers.grown, case):
        return _not_own("a drawing", why)
    part = next((c for c in answers.grown.components if c.id == answers.scaled.strip()), None)
    failure = part.on_failure if part else None
    seen = f"on_failure “{failure.behaviour}”" if failure else "no on_failure"
    if failure is None or failure.behaviour in ("fail", "retry"):
        return Judgement(0, seen, expected, "nothing is decided", why, NO_WORD_ON_SHEDDING)
    return Judgement(1, seen, expected, why=why)


@agreement.finding("Where the cache stands", points=2, needs=["grown", "scaled"])
def where_the_cache_stands(answers: Agreement, case: Case) -> Judgement:
    """Own, called, owned, deleted after a time, and without a person's data."""
    drawing = answers.grown
    why = "A cache is a second home of data. It needs what every home of data needs."
    expected = "a cache in your client's house, called by what is scaled, with documents or masked questions only"
    if not is_own(drawing, case):
        return _not_own("a drawing", why)
    called = {call.target for call in drawing.interfaces if call.source == answers.scaled.strip()}
    caches = [s for s in drawing.stores if s.id in called and s.kind in ("cache", "vector", "key_value") and s.holds]
    if not caches:
        return Judgement(0, "no cache that is called", expected, "", why, CACHE_UNUSED)
    operators = {zone.id: zone.operator for zone in drawing.zones}
    harmless = {case.support.data[0].name, MASKED}
    seen = "; ".join(f"“{c.id}” holds {', '.join(c.holds)}" for c in caches)
    if any(not set(c.holds) <= harmless for c in caches):
        return Judgement(0, seen, expected, "it holds what it may not", why, CACHE_HOLDS_PERSONAL)
    if any(operators[c.zone] != "own" for c in caches):
        return Judgement(0, seen, expected, "it stands elsewhere", why, CACHE_ELSEWHERE)
    if any(not c.owner or not c.retention_days for c in caches):
        return Judgement(0.5, seen, expected, "it has no owner, or is never emptied", why)
    return Judgement(1, seen, expected, why=why)
