"""Waiting for a quota, waiting for the morning, and what changes in the meantime."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archkit.patterns import arrivals, changed_share, quota_waits, trailmate_requests, waits_until
from archkit.retrieval import load_articles


def test_arrivals_come_in_order_within_the_time_and_the_same_for_the_same_seed() -> None:
    drawn = arrivals(50, within_s=20, seed=3)
    assert drawn == sorted(drawn)
    assert all(0 <= moment <= 20 for moment in drawn)
    assert drawn == arrivals(50, within_s=20, seed=3) != arrivals(50, within_s=20, seed=4)


def test_a_burst_is_paid_off_at_the_rate_of_the_quota() -> None:
    assert quota_waits([0, 0, 0], [1_000, 1_000, 1_000], tokens_per_minute=60_000) == pytest.approx([0, 1, 2])


def test_who_comes_slowly_enough_never_waits() -> None:
    assert quota_waits([0, 2, 4], [1_000, 1_000, 1_000], tokens_per_minute=60_000) == [0, 0, 0]


@given(
    load=st.lists(st.tuples(st.floats(0, 100), st.integers(1, 5_000)), min_size=1, max_size=40),
    quota=st.integers(1_000, 1_000_000),
)
def test_a_larger_quota_lets_nobody_wait_longer_and_order_is_kept(load: list[tuple[float, int]], quota: int) -> None:
    moments, tokens = sorted(moment for moment, _ in load), [needed for _, needed in load]
    waits, freer = (quota_waits(moments, tokens, per_minute) for per_minute in (quota, 2 * quota))
    assert all(0 <= short <= long + 1e-9 for short, long in zip(freer, waits, strict=True))
    begun = [moment + wait for moment, wait in zip(moments, waits, strict=True)]
    assert begun == sorted(begun)


def test_bad_loads_are_refused() -> None:
    with pytest.raises(ValueError, match="give more than 0"):
        quota_waits([0], [1], tokens_per_minute=0)
    with pytest.raises(ValueError, match="more than 0"):
        arrivals(1, within_s=0)


def test_who_asks_just_after_the_run_waits_almost_a_day() -> None:
    waits = waits_until(6, requests=24)
    assert waits[0] == 6 * 3_600
    assert waits[6] == 0
    assert waits[7] == 23 * 3_600
    assert max(waits) < 24 * 3_600


def test_changes_are_counted_on_the_day_and_for_the_requests_that_they_touch() -> None:
    requests, articles = trailmate_requests(), load_articles()
    shares = changed_share(requests, articles, until=date(2026, 11, 1))
    assert len(shares) == 365
    article = next(a for a in articles if a.metadata["id"] == "KB-001")
    touched = sum("KB-001" in request.relevant for request in requests) / len(requests)
    assert shares[article.metadata["updated"]] >= touched > 0
    assert changed_share(requests, [], until=date(2026, 11, 1)).sum() == 0
