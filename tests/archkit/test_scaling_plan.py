"""A plan of replicas in the simulator: what makes it hold, and what it costs."""

import pytest

from archkit.case import Case
from archkit.case.scaling import scaling_of
from archkit.scaling_plan import ScalingPlan, try_plan, usd_per_month
from archkit.typed_data import InvalidData

DESK = scaling_of(Case.demonstration())
PER_MINUTE = 35.0
PLAN = ScalingPlan(minimum=14, maximum=30, target=0.75, queue_limit=20, retry_budget=0.1)


def test_a_plan_is_the_same_each_time_it_is_tried() -> None:
    assert try_plan(PLAN, DESK, PER_MINUTE) == try_plan(PLAN.changed(), DESK, PER_MINUTE)
    assert try_plan(PLAN, DESK, PER_MINUTE, seeds=(8, 9)) != try_plan(PLAN, DESK, PER_MINUTE)


def test_more_replicas_all_month_answer_more_and_cost_more() -> None:
    larger = PLAN.changed(minimum=24)
    assert try_plan(larger, DESK, PER_MINUTE).answered_share > try_plan(PLAN, DESK, PER_MINUTE).answered_share
    assert usd_per_month(larger, DESK, PER_MINUTE) > 1.5 * usd_per_month(PLAN, DESK, PER_MINUTE)


def test_a_longer_start_answers_fewer() -> None:
    quick, slow = (DESK.model_copy(update={"start_delay_s": seconds}) for seconds in (5, 200))
    small = PLAN.changed(minimum=4)
    assert try_plan(small, quick, PER_MINUTE).answered_share > try_plan(small, slow, PER_MINUTE).answered_share + 0.1


def test_a_slower_model_and_no_queue_bound_answer_fewer() -> None:
    share = try_plan(PLAN, DESK, PER_MINUTE).answered_share
    assert try_plan(PLAN, DESK, PER_MINUTE, slower=1.3).answered_share < share
    assert try_plan(PLAN.changed(minimum=6, queue_limit=None), DESK, PER_MINUTE).answered_share < share


def test_the_month_is_the_minimum_all_month_and_what_the_spikes_add() -> None:
    fixed = PLAN.changed(maximum=14)
    assert usd_per_month(fixed, DESK, PER_MINUTE) == pytest.approx(720 * 14 * DESK.usd_per_replica_hour)
    assert usd_per_month(PLAN, DESK, PER_MINUTE) > usd_per_month(fixed, DESK, PER_MINUTE)


def test_a_plan_that_cannot_be_meant_is_refused_with_what_to_do() -> None:
    with pytest.raises(InvalidData, match="Give a maximum that is not below"):
        PLAN.changed(maximum=3)
    with pytest.raises(InvalidData, match="target"):
        PLAN.changed(target=70)
