"""Findings of `decision_matrix` that run only when an instructor grades."""

from __future__ import annotations

from archkit.case import Case
from autograde.checks.decision_matrix import CostFunction, cost_function, judge_cost_function
from autograde.findings import Judgement


@cost_function.held_back_finding("At volumes that were not shown", points=2)
def at_unknown_volumes(answers: CostFunction, case: Case) -> Judgement:
    """Volumes far below and far above today's, and some in between."""
    today = case.traffic.requests_per_month
    volumes = [share * today for share in (0.013, 0.37, 1.9, 23, 140)]
    return judge_cost_function(answers.monthly_cost, case, volumes)
