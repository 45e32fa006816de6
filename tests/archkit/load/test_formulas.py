"""The closed formulas agree with each other and with published values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archkit.load import chance_of_waiting, chance_of_waiting_longer, mean_wait


@given(st.floats(0.01, 0.99))
def test_with_one_server_erlang_c_is_the_utilisation_and_the_wait_that_of_mm1(utilisation):
    assert chance_of_waiting(utilisation, 1) == pytest.approx(utilisation)
    assert mean_wait(utilisation, 1) == pytest.approx(utilisation / (1 - utilisation))


@pytest.mark.parametrize(("load", "chance", "wait"), [(8, 0.41, 0.20), (9, 0.67, 0.67), (9.5, 0.83, 1.65)])
def test_ten_servers_have_the_waits_of_the_tables(load, chance, wait):
    assert chance_of_waiting(load, 10) == pytest.approx(chance, abs=0.005)
    assert mean_wait(load, 1, 10) == pytest.approx(wait, abs=0.005)


@given(st.floats(0.1, 50), st.integers(1, 60))
def test_another_server_never_makes_anybody_wait_longer(load, servers):
    assert mean_wait(load, 1, servers + 1) <= mean_wait(load, 1, servers)
    assert chance_of_waiting(load, servers + 1) <= chance_of_waiting(load, servers) + 1e-12


@given(st.floats(0.1, 0.95), st.integers(1, 40))
def test_the_mean_wait_is_the_area_under_the_chances_to_wait_longer(utilisation, servers):
    per_second = utilisation * servers
    rate = servers - per_second
    chances = [chance_of_waiting_longer(n / (200 * rate), per_second, 1, servers) for n in range(4_000)]
    assert sum(chances) / (200 * rate) == pytest.approx(mean_wait(per_second, 1, servers), rel=0.01)


def test_above_capacity_everybody_waits_and_for_ever():
    assert chance_of_waiting(10, 10) == 1
    assert mean_wait(11, 1, 10) == math.inf
    assert chance_of_waiting_longer(3600, 11, 1, 10) == 1


def test_large_fleets_neither_overflow_nor_lose_digits():
    assert 0 < chance_of_waiting(9_500, 10_000) < 1e-6


@pytest.mark.parametrize(("load", "servers"), [(-1, 3), (1, 0), (math.nan, 3)])
def test_impossible_loads_are_refused(load, servers):
    with pytest.raises(ValueError, match="at least one server"):
        chance_of_waiting(load, servers)
