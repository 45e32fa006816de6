"""A cost plan holds its budget or does not, and goes to the portfolio only when it is complete."""

from pathlib import Path
from typing import Any

import pytest

from archkit.cost_plan import CostPlan, cost_plan
from archkit.portfolio import Portfolio
from archkit.typed_data import InvalidData

PARTS: dict[str, Any] = {
    "usd_today": 28_795.0,
    "usd_tenfold": 266_079.0,
    "top_drivers": ["guides prompts", "digests prompts", "reranking"],
    "levers": ["prompt_cache", "small_model", "cut_prompt"],
    "usd_with_plan": 163_425.0,
    "budget_usd": 167_000,
    "alert_usd": 42_557.0,
    "over_budget_in_months": 13,
    "usd_per_resolved": 0.04,
}


def test_a_plan_holds_its_budget_up_to_the_last_dollar() -> None:
    plan = CostPlan(**PARTS)
    assert plan.holds
    assert plan.changed(usd_with_plan=167_000).holds
    assert not plan.changed(usd_with_plan=167_001).holds


@pytest.mark.parametrize("missing", PARTS)
def test_there_is_no_plan_while_an_answer_is_missing(missing: str) -> None:
    assert cost_plan(**{**PARTS, missing: ...}) is ...
    with pytest.raises(InvalidData, match=missing):
        cost_plan(**{name: part for name, part in PARTS.items() if name != missing})


def test_what_is_no_number_of_dollars_is_refused_by_its_name() -> None:
    for wrong in (-1, float("nan"), "much"):
        with pytest.raises(InvalidData, match="usd_with_plan"):
            cost_plan(**{**PARTS, "usd_with_plan": wrong})


def test_a_plan_comes_back_from_the_portfolio_as_it_was(tmp_path: Path) -> None:
    portfolio = Portfolio(tmp_path)
    plan = CostPlan(**PARTS)
    portfolio.save(plan, "inference_cost")
    assert portfolio.load("inference_cost", CostPlan) == plan
