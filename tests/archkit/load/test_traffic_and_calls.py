"""Arrivals and calls follow the laws that their descriptions state."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archkit.load import ExponentialCalls, ModelCalls, Spike, Traffic, arrivals

DAY = 24 * 60


@settings(max_examples=50, deadline=None)
@given(st.floats(1, 500), st.floats(0.5, 30), st.floats(1, 24), st.sampled_from([0, 0.5]), st.integers(0, 1_000))
def test_arrivals_come_in_order_and_within_their_time(rate, minutes, peak, burstiness, seed):
    traffic = Traffic(requests_per_minute=rate, minutes=minutes, peak_to_average=peak, burstiness=burstiness)
    moments = arrivals(traffic, seed)
    assert (np.diff(moments) >= 0).all()
    assert len(moments) == 0 or (moments[0] >= 0 and moments[-1] <= 60 * minutes)
    assert np.array_equal(moments, arrivals(traffic, seed))


def test_counts_of_a_plain_process_are_as_variable_as_poissons():
    counts = np.bincount((arrivals(Traffic(requests_per_minute=600, minutes=1_000), 1) // 60).astype(int))
    assert counts.mean() == pytest.approx(600, rel=0.01)
    assert counts.var() / counts.mean() == pytest.approx(1, abs=0.15)


def test_gaps_of_a_plain_process_are_exponential():
    gaps = np.diff(arrivals(Traffic(requests_per_minute=600, minutes=500), 2))
    assert gaps.mean() == pytest.approx(0.1, rel=0.01)
    assert gaps.std() == pytest.approx(gaps.mean(), rel=0.02)


def test_bursts_change_the_variation_and_not_the_mean():
    traffic = Traffic(requests_per_minute=600, minutes=1_000, burstiness=0.5)
    counts = np.bincount((arrivals(traffic, 1) // 10).astype(int))
    assert counts.mean() == pytest.approx(100, rel=0.03)
    # The variance of a mixed Poisson count: its mean, and the variance of its own mean.
    assert counts.var() == pytest.approx(100 + (0.5 * 100) ** 2, rel=0.1)


@pytest.mark.parametrize("ratio", [1, 1.5, 5, 12])
def test_the_daily_shape_has_the_stated_peak_and_the_stated_mean(ratio):
    traffic = Traffic(requests_per_minute=100, minutes=DAY, peak_to_average=ratio)
    rates = 60 * traffic.rate(np.arange(0.5, 86_400))
    assert rates.mean() == pytest.approx(100, rel=1e-3)
    assert rates.max() == pytest.approx(100 * ratio, rel=1e-3)
    if ratio > 1:
        assert rates.argmax() / 3_600 == pytest.approx(14, abs=0.01)


def test_a_simulation_may_begin_in_the_middle_of_the_day():
    traffic = Traffic(requests_per_minute=100, minutes=1, peak_to_average=5, starts_at_hour=14)
    assert 60 * traffic.rate(np.array([0.0]))[0] == pytest.approx(500)


def test_a_spike_multiplies_what_arrives_while_it_lasts():
    traffic = Traffic(requests_per_minute=300, minutes=60, spike=Spike(factor=10, at_minute=20, minutes=5))
    counts = np.bincount((arrivals(traffic, 3) // 60).astype(int), minlength=60)
    assert counts[20:25].mean() == pytest.approx(3_000, rel=0.05)
    assert np.delete(counts, range(20, 25)).mean() == pytest.approx(300, rel=0.05)


def test_the_mean_and_the_variation_of_model_calls_are_as_stated():
    calls = ModelCalls(first_token_ms=400, ms_per_token=8, tokens=150, spread=0.8)
    seconds = calls.sample(200_000, 1)
    assert calls.mean_s == pytest.approx(1.6)
    assert seconds.mean() == pytest.approx(1.6, rel=0.01)
    assert seconds.std() / seconds.mean() == pytest.approx(calls.variation, rel=0.03)
    assert seconds.min() > 0.4


def test_the_tail_of_model_calls_is_heavier_than_an_exponential_one():
    def far(calls):
        return (calls.sample(400_000, 1) > 8 * calls.mean_s).mean()

    assert far(ModelCalls(first_token_ms=0, ms_per_token=8, tokens=150, spread=1)) > 2 * far(ExponentialCalls(mean_s=1))


def test_equal_answers_take_equally_long():
    assert set(ModelCalls(first_token_ms=400, ms_per_token=8, tokens=150, spread=0).sample(10).round(9)) == {1.6}


def test_the_first_calls_do_not_depend_on_how_many_follow():
    calls = ModelCalls(first_token_ms=400, ms_per_token=8, tokens=150)
    assert np.array_equal(calls.sample(50, 7), calls.sample(500, 7)[:50])
