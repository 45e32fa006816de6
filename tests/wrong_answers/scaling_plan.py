"""Wrong answers to `scaling_plan`: what learners really write, and what the checks must make of it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from autograde.proof import mutations
from autograde.proof.exercise import WrongAnswer
from autograde.proof.mutations import Mutant

KINDS = ("terms", "how_to", "fees", "deadlines", "faults", "places", "progress")
STEPS = ("long_answers", "second_look", "reranking", "suggestions", "ownership", "approval")
VOCABULARY = {"kept_kinds": KINDS, "degrade_order": STEPS}
FITS_OTHER_CASES = {
    "retries": "failing shares, retries, layers and budgets are few round numbers, which two clients may share",
}


def plan_changed(value: Any) -> Iterator[Mutant]:
    """A plan with one setting far off, and its price off by a factor."""
    if not isinstance(value, dict):
        yield from mutations.numbers(value)
        return
    for field, factor in (("minimum", 0.6), ("maximum", 0.6), ("minimum", 0.3)):
        changed = {**value, field: max(round(value[field] * factor), 1)}
        yield f"{field} × {factor}", {**changed, "maximum": max(changed["maximum"], changed["minimum"])}
    yield "twice the minimum", {**value, "minimum": value["maximum"] * 2, "maximum": value["maximum"] * 2}
    yield "the spike's fleet", {**value, "minimum": value["maximum"]}
    yield "never grows", {**value, "maximum": value["minimum"]}
    yield "one more replica than it was priced with", {**value, "minimum": value["minimum"] + 1}
    for length in (None, 10_000, 0):
        yield f"queue {length}", {**value, "queue_limit": length}
    for budget in (None, 1.0, 5.0):
        yield f"retry budget {budget}", {**value, "retry_budget": budget}


def drawing_changed(value: Any) -> Iterator[Mutant]:
    """The drawing without the plan, its parts elsewhere, another part named, another plan."""
    if isinstance(value, str):
        for other in ("customer", "human", "cache", "knowledge", "checkpoints", "", f"{value}s"):
            yield repr(other), other
        return
    if "minimum" in value:
        yield "more replicas", {**value, "minimum": value["minimum"] + 1, "maximum": value["maximum"] + 1}
        if value["minimum"] > 1:
            yield "fewer replicas", {**value, "minimum": value["minimum"] - 1}
        return
    for field, key in (("components", "desk"), ("stores", "cache")):
        at = next(n for n, part in enumerate(value[field]) if part["id"] == key)
        changes: tuple[dict[str, Any], ...] = (
            ({"replicas": 1}, {"on_failure": None}, {"kind": "user"}, {"zone": "internet"})
            if key == "desk"
            else (
                {"owner": None},
                {"retention_days": None},
                {"holds": ["conversations"]},
                {"holds": []},
                {"zone": "internet"},
                {"kind": "log"},
            )
        )
        for change in changes:
            mutant = copy.deepcopy(value)
            mutant[field][at].update(change)
            yield f"{key} {change}", mutant
    for at, call in enumerate(value["interfaces"]):
        if call["source"] == "desk" and call["target"] not in ("checkpoints", "human"):
            mutant = copy.deepcopy(value)
            del mutant["interfaces"][at]
            yield f"without desk → {call['target']}", mutant
    for component in value["components"]:
        if component["kind"] == "agent":
            mutant = copy.deepcopy(value)
            mutant["interfaces"].append({"source": "customer", "target": component["id"], "protocol": "https"})
            yield f"past the desk to {component['id']}", mutant


MUTATIONS = {"autoscaling": plan_changed, "agreement": drawing_changed}

AVERAGE = "average_turns_per_minute"
BUSY = "busy_turns_per_minute"
PRICED = "; plan_usd_per_month = usd_per_month(plan, desk, busy_turns_per_minute)"


def component(**changes: str) -> str:
    """Code that changes fields of the scaled component in the drawing."""
    fields = ", ".join(f"{field}={code}" for field, code in changes.items())
    return f"grown = grown.changed(components=[c.changed({fields}) if c.id == scaled else c for c in grown.components])"


def cache(**changes: str) -> str:
    """Code that changes fields of the cache in the drawing."""
    fields = ", ".join(f"{field}={code}" for field, code in changes.items())
    return f"grown = grown.changed(stores=[s.changed({fields}) if s.id == 'cache' else s for s in grown.stores])"


OTHER_SPIKE = "math.ceil(SPIKE_FACTOR * busy_turns_per_minute / 60 * desk.turn_s{})"

WRONG_ANSWERS = [
    # replicas, 2 points
    WrongAnswer("replicas", "average_for_peak", f"{BUSY} = {AVERAGE}", 1),
    WrongAnswer("replicas", "all_requests", f"{BUSY} /= desk.support_share", 1),
    WrongAnswer(
        "replicas",
        "full_slots",
        f"replicas_spike = {OTHER_SPIKE.format(' / desk.slots')}",
        1.5,
    ),
    WrongAnswer(
        "replicas",
        "slots_ignored",
        f"replicas_spike = {OTHER_SPIKE.format(' / desk.planned_share')}",
        1.5,
        when="desk.slots > 1",
    ),
    WrongAnswer(
        "replicas",
        "averages where the peak decides",
        f"{BUSY} = {AVERAGE}; replicas_baseline = replicas_for({BUSY}); replicas_spike = replicas_for(10 * {BUSY})",
        (0, 0.5),
        named=False,
    ),
    # waiting, 3 points
    WrongAnswer("waiting", "queue_each", "mean_wait_s = mean_wait(per_second / slots_today, desk.turn_s)", 2),
    WrongAnswer("waiting", "waiters_only", "mean_wait_s /= waiting_share", 2),
    WrongAnswer("waiting", "with_service", "mean_queue += per_second * desk.turn_s", 2),
    WrongAnswer("waiting", "per_minute", f"mean_queue = {BUSY} * mean_wait_s", 2),
    # delay, 2 points
    WrongAnswer("delay", "interval_forgotten", f"turns_in_delay = {BUSY} / 6 * desk.start_delay_s", 1),
    WrongAnswer("delay", "baseline_rate", "turns_in_delay /= 10", 1),
    WrongAnswer("delay", "no_delay", "turns_in_delay = too_many_in_delay = 0", 0),
    WrongAnswer("delay", "nothing_served", "too_many_in_delay = turns_in_delay", 1),
    # queue, 3 points
    WrongAnswer(
        "queue", "whole_target", "useful_queue *= desk.answer_within_s / (desk.answer_within_s - desk.turn_p95_s)", 1
    ),
    WrongAnswer(
        "queue",
        "mean_work",
        "useful_queue *= (desk.answer_within_s - desk.turn_s) / (desk.answer_within_s - desk.turn_p95_s)",
        1,
    ),
    WrongAnswer("queue", "arrivals_drain", f"useful_queue = (desk.answer_within_s - desk.turn_p95_s) * {BUSY} / 6", 1),
    WrongAnswer("queue", "unbounded", "useful_queue = 100_000", 1),
    WrongAnswer("queue", "kept_share", "refused_share = 1 - refused_share", 2, when="abs(refused_share - 0.5) > 0.02"),
    WrongAnswer("queue", "full_slots", "refused_share = 1 - (1 - refused_share) * desk.planned_share", 2),
    # retries, 3 points
    WrongAnswer("retries", "retries_free", "attempts_without_budget = attempts_with_budget = 1", 1),
    WrongAnswer("retries", "all_fail", "attempts_without_budget = 1 + desk.storm_retries", 2),
    WrongAnswer("retries", "one_round", "attempts_without_budget = 1 + desk.failing_share", 2),
    WrongAnswer("retries", "layers_added", "calls_through_layers = 1 + desk.storm_retries * desk.layers", 2),
    WrongAnswer("retries", "first_forgotten", "attempts_with_budget -= 1", 2),
    # degradation, 3 points
    WrongAnswer(
        "degradation",
        "protection_dropped",
        "degrade_order = [s.id for s in sorted(desk.steps, key=lambda s: s.loses_usd / s.saves_s)]",
        0,
    ),
    WrongAnswer(
        "degradation", "largest_saving", "degrade_order = [s.id for s in sorted(may_go, key=lambda s: -s.saves_s)]", 0
    ),
    WrongAnswer(
        "degradation", "smallest_loss", "degrade_order = [s.id for s in sorted(may_go, key=lambda s: s.loses_usd)]", 0
    ),
    WrongAnswer("degradation", "dearest_first", "degrade_order = degrade_order[::-1]", 0),
    WrongAnswer("degradation", "all_at_once", "steps_needed = len(degrade_order)", 2),
    # cache_kinds, 3 points
    WrongAnswer(
        "cache_kinds",
        "personal_kept",
        "kept_kinds += [k.id for k in desk.kinds if k.answer_depends_on == 'the asker']",
        0,
    ),
    WrongAnswer(
        "cache_kinds",
        "personal_kept",
        "kept_kinds += [k.id for k in desk.kinds if k.question_holds == 'names and numbers']",
        0,
    ),
    WrongAnswer(
        "cache_kinds",
        "fresh_kept",
        "kept_kinds += [k.id for k in desk.kinds if k.answer_changes == 'by the minute']",
        0,
    ),
    WrongAnswer(
        "cache_kinds",
        "tenants_mixed",
        """kept_kinds += [k.id for k in desk.kinds if k.answer_depends_on == "the asker's company"]""",
        0,
    ),
    WrongAnswer("cache_kinds", "all_kept", "kept_kinds = [k.id for k in desk.kinds]", 0),
    # threshold, 3 points
    WrongAnswer(
        "threshold",
        "accuracy_alone",
        "threshold = max(steps, key=lambda s: sum((p.similarity >= s) == p.same for p in desk.pairs))",
        1,
    ),
    WrongAnswer("threshold", "no_wrong_hit", "threshold = min(s for s in steps if wrong_share(hits_at(s)) == 0)", 1),
    WrongAnswer("threshold", "precision_for_hits", "hit_share = 1 - wrong_share(hits_at(threshold))", 2),
    WrongAnswer(
        "threshold",
        "recall_for_hits",
        "hit_share = sum(p.same for p in hits_at(threshold)) / sum(p.same for p in desk.pairs)",
        2,
    ),
    # cache_effect, 3 points
    WrongAnswer("cache_effect", "hits_on_everything", "hit_rate = hit_share", 2),
    WrongAnswer("cache_effect", "kinds_for_hits", "hit_rate = kept_share", 2),
    WrongAnswer("cache_effect", "hits_twice", "saved_usd_per_month *= 2", 2),
    WrongAnswer(
        "cache_effect",
        "output_forgotten",
        "saved_usd_per_month *= desk.tokens_in * case.price.input_usd_per_million / 1e6 / turn_usd",
        2,
    ),
    WrongAnswer("cache_effect", "busy_all_month", "saved_usd_per_month *= case.traffic.peak_to_average", 2),
    # autoscaling, 9 points
    WrongAnswer("autoscaling", "autoscaled_without_delay", f"plan = plan_with(replicas_baseline){PRICED}", (2, 3)),
    WrongAnswer("autoscaling", "spike_all_month", f"plan = plan_with(replicas_spike){PRICED}", (4, 8)),
    WrongAnswer("autoscaling", "queue_unbounded", f"plan = plan.changed(queue_limit=None){PRICED}", (1.5, 4.5)),
    WrongAnswer(
        "autoscaling",
        "maximum_too_low",
        f"plan = plan.changed(maximum=max(plan.minimum, math.ceil(0.65 * replicas_spike))){PRICED}",
        (2, 4),
        when="plan.minimum < 0.65 * replicas_spike",
    ),
    WrongAnswer("autoscaling", "retries_unbounded", f"plan = plan.changed(retry_budget=None){PRICED}", (2.5, 8.5)),
    WrongAnswer(
        "autoscaling", "minimum_alone", "plan_usd_per_month = 720 * plan.minimum * desk.usd_per_replica_hour", 8
    ),
    WrongAnswer(
        "autoscaling",
        "one_spike",
        "trial = try_plan(plan, desk, busy_turns_per_minute)\n"
        "plan_usd_per_month -= (desk.spikes_per_month - 1) * trial.spike_usd",
        8,
    ),
    # token_bill, 3 points
    WrongAnswer(
        "token_bill",
        "output_forgotten",
        "token_usd_per_month *= desk.tokens_in * case.price.input_usd_per_million / 1e6 / turn_usd",
        2,
    ),
    WrongAnswer("token_bill", "busy_all_month", "token_usd_per_month *= case.traffic.peak_to_average", 2),
    WrongAnswer("token_bill", "tenfold_month", "token_usd_spike_month = 10 * token_usd_per_month", 2),
    WrongAnswer("token_bill", "whole_spike_added", "token_usd_spike_month += extra_turns / 9 * turn_usd", 2),
    WrongAnswer(
        "token_bill",
        "spike_on_average",
        "token_usd_spike_month -= extra_turns * (1 - 1 / case.traffic.peak_to_average) * turn_usd",
        2,
    ),
    WrongAnswer("token_bill", "hits_twice", "token_usd_with_cache *= 1 - hit_rate", 2),
    WrongAnswer(
        "token_bill", "hits_on_everything", "token_usd_with_cache = token_usd_spike_month * (1 - hit_share)", 2
    ),
    # agreement, 5 points
    WrongAnswer("agreement", "borrowed_drawing", "grown, scaled = larkspur, 'desk'", 0),
    WrongAnswer("agreement", "not_on_the_path", "scaled = 'human'", 0),
    WrongAnswer("agreement", "replicas_disagree", component(replicas="plan.minimum + 3"), 4),
    WrongAnswer("agreement", "no_word_on_shedding", component(on_failure="None"), 4),
    WrongAnswer("agreement", "cache_holds_personal", cache(holds="[conversations.name]"), 3),
    WrongAnswer("agreement", "cache_elsewhere", cache(zone="'internet'"), 3),
    WrongAnswer(
        "agreement",
        "cache_unused",
        "grown = grown.changed(interfaces=[i for i in grown.interfaces if i.target != 'cache'])",
        3,
    ),
]
