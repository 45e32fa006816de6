"""A watch over spending fires early enough to act, says why, and is quiet in a month that keeps its budget."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archkit.budget import DAY_S, BudgetWatch, dearer_calls, forecast, spent_share

HOUR_S = 3_600


def watch(budget: float = 3_000) -> BudgetWatch:
    rules = {"spent": spent_share(1.0), "forecast": forecast(), "dearer": dearer_calls()}
    return BudgetWatch(budget, rules)


def month(of: BudgetWatch, usd_per_call, calls_per_hour=100) -> BudgetWatch:
    """Let a month of 720 hours pass; both numbers may be functions of the hour."""
    for hour in range(720):
        calls = calls_per_hour(hour) if callable(calls_per_hour) else calls_per_hour
        price = usd_per_call(hour) if callable(usd_per_call) else usd_per_call
        of.observe(calls * price, (hour + 1) * HOUR_S, calls=calls)
    return of


def test_a_month_within_its_budget_is_quiet():
    assert month(watch(), 3_000 / 72_000 * 0.95).alerts == []


def test_a_leak_is_noticed_by_the_price_of_a_call_long_before_the_money_is_gone():
    leaking = month(watch(), lambda hour: 0.04 if hour < 240 else 0.10)
    fired = {alert.rule: alert.at_s for alert in leaking.alerts}
    assert fired["dearer"] < fired["forecast"] < fired["spent"]
    assert fired["dearer"] - 10 * DAY_S < DAY_S
    assert "times what it used to" in leaking.alerts[0].says


def test_more_customers_at_the_same_price_are_no_leak():
    growing = month(watch(), 0.04, calls_per_hour=lambda hour: 100 if hour < 240 else 300)
    assert "dearer" not in {alert.rule for alert in growing.alerts}
    assert {"forecast", "spent"} <= {alert.rule for alert in growing.alerts}


def test_each_rule_fires_once():
    names = [alert.rule for alert in month(watch(100), 0.04).alerts]
    assert len(names) == len(set(names))


def test_spending_is_told_apart_by_tag():
    shared = watch()
    shared.observe(2, 1, tag="support")
    shared.observe(3, 2, tag="search")
    shared.observe(1, 3, tag="support")
    assert shared.by_tag == {"support": 3, "search": 3}


@given(st.lists(st.floats(0, 100), max_size=50))
@settings(deadline=None)
def test_nothing_that_was_spent_is_lost(spending):
    total = watch()
    for number, usd in enumerate(spending):
        total.observe(usd, number)
    assert total.spent_usd == pytest.approx(sum(spending))
    assert sum(total.by_tag.values()) == pytest.approx(total.spent_usd)


def test_negative_spending_is_refused():
    with pytest.raises(ValueError, match="cannot be negative"):
        watch().observe(-1, 0)
