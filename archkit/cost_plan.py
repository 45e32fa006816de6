"""A cost plan: what a month costs, what it is to cost at more traffic, by which levers, and who is told when."""

from __future__ import annotations

from types import EllipsisType
from typing import Annotated, Any

from pydantic import Field

from archkit.portfolio import work_product
from archkit.typed_data import TypedData

__all__ = ["CostPlan", "cost_plan"]

Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=60)]


@work_product("cost_plan", version=1)
class CostPlan(TypedData):
    """What an architect hands to whoever owns the budget. Sums are US dollars a month."""

    usd_today: Dollars
    """Bill of a month today."""
    usd_tenfold: Dollars
    """Bill of a month with ten times the traffic, nothing changed."""
    top_drivers: tuple[Name, ...]
    """Largest drivers of that month, largest first."""
    levers: tuple[Name, ...]
    """Levers that the plan pulls."""
    usd_with_plan: Dollars
    """Bill of that month with them."""
    budget_usd: Dollars
    """Budget that it must hold."""
    alert_usd: Dollars
    """Monthly bill at which an alert fires, as traffic grows by itself."""
    over_budget_in_months: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """First month from now whose bill would break today's budget."""
    usd_per_resolved: Dollars
    """What a resolved contact costs today, in US dollars."""

    @property
    def holds(self) -> bool:
        """Whether the plan's bill is within its budget."""
        return self.usd_with_plan <= self.budget_usd


def cost_plan(**parts: Any) -> CostPlan | EllipsisType:
    """Put a plan together from the answers of an exercise.

    Args:
        parts: the fields of `CostPlan`, each `...` while there is no answer yet.

    Returns:
        The plan, or `...` while an answer is missing.

    Raises:
        InvalidData: if an answer is not of its kind; the message names the field.
    """
    if any(part is Ellipsis for part in parts.values()):
        return Ellipsis
    return CostPlan.model_validate(parts)
