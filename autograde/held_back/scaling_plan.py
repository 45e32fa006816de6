"""Findings of `scaling_plan` that run only when an instructor grades."""

from __future__ import annotations

from archkit.case import Case
from archkit.case.scaling import scaling_of
from archkit.scaling_plan import try_plan
from autograde.checks.scaling_plan import Autoscaling, autoscaling, busy_per_minute, judge_elsewhere
from autograde.findings import Judgement


@autoscaling.held_back_finding("On other days' arrivals", points=1, needs=["plan"])
def other_arrivals(answers: Autoscaling, case: Case) -> Judgement:
    """Two seeds that were not shown."""
    trial = try_plan(answers.plan, scaling_of(case), busy_per_minute(case), seeds=(71, 72))
    return judge_elsewhere(answers.plan, case, trial, "on other arrivals")


@autoscaling.held_back_finding("When the spike lasts longer", points=1, needs=["plan"])
def longer_spike(answers: Autoscaling, case: Case) -> Judgement:
    """A spike half as long again."""
    desk = scaling_of(case)
    trial = try_plan(
        answers.plan, desk, busy_per_minute(case), seeds=(73,), spike_minutes=round(1.5 * desk.spike_minutes)
    )
    return judge_elsewhere(answers.plan, case, trial, "when the spike lasts half as long again")


@autoscaling.held_back_finding("When the model is slower", points=1, needs=["plan"])
def slower_model(answers: Autoscaling, case: Case) -> Judgement:
    """Every turn takes 3% longer."""
    trial = try_plan(answers.plan, scaling_of(case), busy_per_minute(case), seeds=(74, 1), slower=1.03)
    return judge_elsewhere(answers.plan, case, trial, "when every turn takes 3% longer")
