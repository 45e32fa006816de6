"""Right scaling plans keep their points however they are expressed, and plans that would not work earn none."""

import functools
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy
import pytest

from archkit.blueprint import Blueprint
from archkit.portfolio import Portfolio
from archkit.scaling_plan import try_plan, usd_per_month
from autograde.findings import CheckResult
from autograde.proof.exercise import graded
from autograde.proof.solution import solution_namespace
from autograde.registry import checks_of, find_check

EXERCISE = "scaling_plan"
LEARNERS = ("ana", "ben", "proof-3")
NUMBERS = {
    "replicas": ("busy_turns_per_minute",),
    "waiting": ("waiting_share", "mean_wait_s", "mean_queue"),
    "delay": ("turns_in_delay", "too_many_in_delay"),
    "queue": ("useful_queue", "refused_share"),
    "retries": ("attempts_without_budget", "attempts_with_budget"),
    "cache_effect": ("hit_rate", "saved_usd_per_month"),
    "threshold": ("threshold", "hit_share"),
}


@functools.cache
def solved(learner: str) -> Mapping[str, Any]:
    return solution_namespace(EXERCISE, learner)


def result(task: str, learner: str = "ana", **changed: Any) -> CheckResult:
    check = find_check(f"{EXERCISE}.{task}", held_back=True)
    return graded(check, {**solved(learner), **changed}, learner)


def lost(found: CheckResult) -> dict[str, str]:
    """What cost points, with what was said about it."""
    return {f.name: f.judgement.gap or "?" if f.judgement else f.message for f in found.findings if f.earned < f.points}


def three_digits(value: float) -> float:
    return float(f"{value:.3g}")


@pytest.mark.parametrize("form", [three_digits, numpy.float64])
@pytest.mark.parametrize("task", NUMBERS)
def test_numbers_may_be_rounded_to_three_digits_or_come_from_numpy(task: str, form: Callable[..., Any]) -> None:
    for learner in LEARNERS:
        assert not lost(result(task, learner, **{name: form(solved(learner)[name]) for name in NUMBERS[task]}))


def test_a_queue_is_whole_turns_rounded_either_way() -> None:
    for learner in LEARNERS:
        for whole in (math.floor, math.ceil):
            assert not lost(result("queue", learner, useful_queue=whole(solved(learner)["useful_queue"])))


def test_any_threshold_that_separates_the_same_pairs_is_right() -> None:
    for learner in LEARNERS:
        below = max(p.similarity for p in solved(learner)["desk"].pairs if p.similarity < solved(learner)["threshold"])
        assert not lost(result("threshold", learner, threshold=below + 0.001))
        assert "too low" in lost(result("threshold", learner, threshold=below))["the_threshold"]


@pytest.mark.parametrize("form", [tuple, set, lambda kinds: [f" {kind} " for kind in reversed(kinds)]])
def test_kinds_may_come_in_any_order_and_collection(form: Callable[..., Any]) -> None:
    assert not lost(result("cache_kinds", kept_kinds=form(solved("ana")["kept_kinds"])))


def test_the_card_does_not_name_the_kind_that_may_not_be_kept() -> None:
    kept = solved("ana")["kept_kinds"]
    other = next(kind.id for kind in solved("ana")["desk"].kinds if kind.id not in kept)
    assert other not in lost(result("cache_kinds", kept_kinds=[*kept, other]))["the_kinds"]


# --- Plans ------------------------------------------------------------------------------------------------------------


def priced(learner: str, **changes: Any) -> dict[str, Any]:
    """The solution's plan with other settings, and what it costs then."""
    namespace = solved(learner)
    plan = namespace["plan"].changed(**changes)
    return {
        "plan": plan,
        "plan_usd_per_month": usd_per_month(plan, namespace["desk"], namespace["busy_turns_per_minute"]),
    }


def test_other_settings_that_hold_at_the_price_keep_all_points() -> None:
    for learner in LEARNERS:
        plan = solved(learner)["plan"]
        for changes in (
            {"target": 0.65},
            {"target": 0.85},
            {"maximum": plan.maximum + 4},
            {"minimum": plan.minimum + 1},
        ):
            assert not lost(result("autoscaling", learner, **priced(learner, **changes))), (learner, changes)


def test_a_plan_may_be_a_dictionary() -> None:
    for learner in LEARNERS:
        assert not lost(result("autoscaling", learner, plan=solved(learner)["plan"].model_dump(mode="json")))


def test_a_plan_that_misses_the_target_earns_nothing_for_being_cheap() -> None:
    for learner in LEARNERS:
        found = result("autoscaling", learner, **priced(learner, minimum=solved(learner)["replicas_baseline"]))
        assert {"it_holds", "it_is_cheap"} <= set(lost(found))
        assert "autoscaled_without_delay" in [m.name for m in found.misconceptions]


def test_the_spikes_fleet_all_month_holds_and_is_too_dear_even_for_the_held_back_points() -> None:
    for learner in LEARNERS:
        spike = solved(learner)["replicas_spike"]
        found = result("autoscaling", learner, **priced(learner, minimum=2 * spike, maximum=2 * spike))
        assert set(lost(found)) >= {"it_is_cheap", "other_arrivals", "longer_spike", "slower_model"}
        assert "it_holds" not in lost(found)


def test_a_plan_that_is_none_is_told_what_is_wrong_with_it() -> None:
    said = lost(result("autoscaling", plan={"minimum": 9, "maximum": 3, "target": 0.7, "queue_limit": 1}))["it_holds"]
    assert "retry_budget" in said
    assert "not a valid ScalingPlan" in lost(result("autoscaling", plan={"minimum": 0}))["it_holds"]


def test_the_target_is_that_of_the_simulator() -> None:
    for learner in LEARNERS:
        namespace = solved(learner)
        trial = try_plan(namespace["plan"], namespace["desk"], namespace["busy_turns_per_minute"])
        assert trial.answered_share >= namespace["desk"].answered_share


# --- Drawings ---------------------------------------------------------------------------------------------------------


def cache_changed(**changes: Any) -> Callable[[Blueprint], Blueprint]:
    return lambda g: g.changed(stores=[s.changed(**changes) if s.id == "cache" else s for s in g.stores])


@pytest.mark.parametrize("change", [cache_changed(kind="vector"), cache_changed(retention_days=1)])
def test_other_right_drawings_keep_all_points(change: Callable[[Blueprint], Blueprint]) -> None:
    for learner in LEARNERS:
        assert not lost(result("agreement", learner, grown=change(solved(learner)["grown"])))


def test_larkspurs_drawing_with_the_plan_in_it_earns_nothing() -> None:
    for learner in LEARNERS:
        namespace = solved(learner)
        borrowed = namespace["larkspur"]
        parts = [c.changed(replicas=namespace["plan"].minimum) if c.id == "desk" else c for c in borrowed.components]
        found = result("agreement", learner, grown=borrowed.changed(components=parts))
        assert found.earned == 0
        assert [m.name for m in found.misconceptions] == ["borrowed_drawing"]


def test_the_notebook_takes_the_drawing_that_the_learner_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = solved("ana")["architecture"].changed(name="Ana's own")
    monkeypatch.setenv("ARCHKIT_PORTFOLIO", str(tmp_path / "portfolio"))
    Portfolio(learner_id="ana").save(mine, "support_architecture")
    (tmp_path / "exercise").mkdir()
    monkeypatch.chdir(tmp_path / "exercise")
    namespace = solution_namespace(EXERCISE, "ana")
    assert namespace["architecture"] == mine
    assert (tmp_path / "exercise" / "portfolio" / "support_architecture.json").is_file()
    assert not lost(graded_agreement(namespace))


def graded_agreement(namespace: Mapping[str, Any]) -> CheckResult:
    return graded(find_check(f"{EXERCISE}.agreement", held_back=True), namespace, "ana")


def test_the_points_are_those_that_the_notebook_states() -> None:
    assert sum(check.points for check in checks_of(EXERCISE, held_back=True)) == 42
    assert len(checks_of(EXERCISE)) == 12


def test_the_plans_price_may_be_given_in_whole_dollars() -> None:
    for learner in LEARNERS:
        assert not lost(result("autoscaling", learner, plan_usd_per_month=round(solved(learner)["plan_usd_per_month"])))
