import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archkit.gateway import Backoff, RetryBudget

seeds = st.integers(0, 10_000)


@given(st.floats(0, 1), st.floats(1, 50), st.lists(st.booleans(), max_size=400))
def test_extra_calls_never_exceed_the_reserve_and_the_share_of_first_calls(
    share: float, reserve: float, wishes: list[bool]
) -> None:
    budget, firsts, extras = RetryBudget(share, reserve=reserve), 0, 0
    for wishes_extra in wishes:
        if wishes_extra:
            extras += budget.take()
        else:
            firsts += 1
            budget.pay_in()
        assert extras <= reserve + share * firsts + 1e-6


@given(st.floats(0.01, 1), st.integers(1, 20))
def test_a_quiet_day_saves_up_no_more_than_the_reserve(share: float, reserve: int) -> None:
    budget = RetryBudget(share, reserve=reserve)
    for _ in range(1_000):
        budget.pay_in()
    assert sum(budget.take() for _ in range(1_000)) == reserve


@given(seeds, st.integers(1, 2_000))
def test_a_pause_lies_between_nothing_and_its_doubled_length(seed: int, retry: int) -> None:
    backoff = Backoff(first=0.05, longest=1.0)
    assert 0 <= backoff.pause(retry, random.Random(seed)) <= min(1.0, 0.05 * 2 ** min(retry - 1, 20))


def test_without_jitter_pauses_double_up_to_the_longest() -> None:
    backoff = Backoff(first=0.1, longest=0.5, jitter=False)
    assert [backoff.pause(retry, random.Random(0)) for retry in (1, 2, 3, 4, 5)] == [0.1, 0.2, 0.4, 0.5, 0.5]


def test_numbers_that_cannot_be_meant_are_refused_with_what_was_expected() -> None:
    with pytest.raises(ValueError, match="Expected 0 <= first <= longest"):
        Backoff(first=2.0, longest=1.0)
    with pytest.raises(ValueError, match="a reserve of at least 1"):
        RetryBudget(0.1, reserve=0.5)
    with pytest.raises(ValueError, match="a share of 0 or more"):
        RetryBudget(-0.1)
