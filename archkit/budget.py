"""A watch over spending: rules that say, while a month runs, that its budget is in danger.

A watch sees each call as it is paid for. Its rules differ in what they compare, and so in how early they fire and how
often for nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Alert", "BudgetWatch", "Rule", "dearer_calls", "forecast", "spent_share"]

DAY_S = 86_400.0


@dataclass(frozen=True)
class Alert:
    """One firing of one rule.

    Attributes:
        rule: the rule's name.
        at_s: when it fired, in seconds since the month began.
        spent_usd: what had been spent by then.
        says: why it fired, in a sentence for whoever is woken.
    """

    rule: str
    at_s: float
    spent_usd: float
    says: str


@dataclass
class BudgetWatch:
    """Adds up what calls cost and asks its rules after each of them. Each rule fires once.

    Attributes:
        budget_usd: for the month.
        month_s: how long the month is.
        rules: by the name that their alerts carry.
        spent_usd: so far.
        by_tag: so far, by the tag that calls carried, such as a team or a feature.
        alerts: that have fired, in their order.
    """

    budget_usd: float
    rules: dict[str, Rule]
    month_s: float = 30 * DAY_S
    spent_usd: float = 0.0
    by_tag: dict[str, float] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    _calls: int = 0

    def observe(self, usd: float, at_s: float, *, calls: int = 1, tag: str = "") -> list[Alert]:
        """Take note of spending, and return the alerts that it has set off.

        Args:
            usd: what was spent, in US dollars.
            at_s: when, in seconds since the month began; never earlier than the observation before.
            calls: how many calls that were.
            tag: whose they were.

        Raises:
            ValueError: if money or calls are negative.
        """
        if usd < 0 or calls < 0:
            raise ValueError(f"Spending cannot be negative: {usd:g} dollars for {calls} calls.")
        self.spent_usd += usd
        self._calls += calls
        self.by_tag[tag] = self.by_tag.get(tag, 0.0) + usd
        fired = {alert.rule for alert in self.alerts}
        new = [
            Alert(name, at_s, self.spent_usd, says)
            for name, rule in self.rules.items()
            if name not in fired and (says := rule(self, usd, calls, at_s))
        ]
        self.alerts += new
        return new


Rule = Callable[[BudgetWatch, float, int, float], str]
"""Sees the watch, what was just spent, for how many calls, and when; returns why it fires, or ""."""


def spent_share(share: float) -> Rule:
    """Fire when this share of the budget is spent. Cannot be wrong, and comes when the money is gone."""

    def rule(watch: BudgetWatch, usd: float, calls: int, at_s: float) -> str:
        if watch.spent_usd < share * watch.budget_usd:
            return ""
        return f"{share:.0%} of the budget is spent on day {at_s / DAY_S:.1f}."

    return rule


def forecast(after_s: float = 3 * DAY_S, margin: float = 1.1) -> Rule:
    """Fire when the month, if it went on as it began, would end above the budget by a margin.

    Args:
        after_s: from when on there is enough of the month to go by.
        margin: how far above the budget the forecast must be.
    """

    def rule(watch: BudgetWatch, usd: float, calls: int, at_s: float) -> str:
        if at_s < after_s:
            return ""
        expected = watch.spent_usd * watch.month_s / at_s
        if expected < margin * watch.budget_usd:
            return ""
        times = expected / watch.budget_usd
        return f"At this rate the month ends at {expected:,.0f} dollars, {times:.1f} times the budget."

    return rule


def dearer_calls(factor: float = 1.5, window: int = 24, baseline: int = 72) -> Rule:
    """Fire when a call has become dearer than calls used to be, however many of them there are.

    Args:
        factor: how many times as dear.
        window: over how many observations, up to now.
        baseline: over how many observations before these it is compared.
    """
    seen: deque[tuple[float, int]] = deque(maxlen=window + baseline)

    def rule(watch: BudgetWatch, usd: float, calls: int, at_s: float) -> str:
        seen.append((usd, calls))
        if len(seen) < window + baseline:
            return ""
        before, now = list(seen)[:baseline], list(seen)[baseline:]
        calls_before, calls_now = sum(n for _, n in before), sum(n for _, n in now)
        if not calls_before or not calls_now:
            return ""
        usual, present = sum(u for u, _ in before) / calls_before, sum(u for u, _ in now) / calls_now
        if usual <= 0 or present < factor * usual:
            return ""
        return f"A call costs {present:.4f} dollars, {present / usual:.1f} times what it used to."

    return rule
