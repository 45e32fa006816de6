"""More workers: the law, what a measurement says by it, where two ways cross, and the arithmetic of bytes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archkit.scaling import Way, amdahl, crossing, serial_share, transfer_seconds, vector_bytes

shares = st.floats(0, 1)
several = st.integers(2, 10_000)


@given(several, shares)
def test_a_speed_up_is_never_above_the_workers_nor_above_the_law_s_limit(workers: int, serial: float) -> None:
    speed_up = amdahl(workers, serial)
    assert 1 - 1e-9 <= speed_up <= workers * (1 + 1e-9)
    assert speed_up <= amdahl(math.inf, serial) * (1 + 1e-9)


def test_one_tenth_that_does_not_divide_caps_every_cluster_at_ten_times() -> None:
    assert amdahl(math.inf, 0.1) == pytest.approx(10)
    assert amdahl(9, 0.1) == pytest.approx(5)
    assert amdahl(math.inf, 0) == math.inf


@given(several, shares)
def test_the_serial_share_of_a_speed_up_gives_that_speed_up_again(workers: int, serial: float) -> None:
    assert serial_share(amdahl(workers, serial), workers) == pytest.approx(serial, abs=1e-6)


def test_a_speed_up_beyond_the_workers_shows_as_a_share_below_nothing() -> None:
    assert serial_share(2.2, 2) < 0
    assert serial_share(0.8, 2) > 1


ways = st.builds(Way, st.floats(0, 1_000), st.floats(1e-4, 10), st.integers(1, 500), shares)


@given(ways, ways)
def test_two_ways_take_equally_long_where_they_cross(small: Way, large: Way) -> None:
    items = crossing(small, large)
    if 0 < items < 1e9:
        assert small.seconds(items) == pytest.approx(large.seconds(items), rel=1e-6)


def test_a_way_that_starts_later_and_gains_nothing_never_pays() -> None:
    assert crossing(Way(0, 1), Way(10, 1)) == math.inf


def test_a_way_that_is_better_in_both_pays_from_the_first_item() -> None:
    assert crossing(Way(10, 1), Way(5, 1, workers=2)) == 0


def test_workers_are_paid_while_they_wait_for_the_start() -> None:
    way = Way(start_s=1_800, item_s=3.6, workers=10)
    assert way.seconds(5_000) == pytest.approx(3_600)
    assert way.dollars(5_000, usd_per_worker_hour=0.05) == pytest.approx(0.5)


def test_ten_million_small_vectors_with_their_links_fit_into_seventeen_gigabytes() -> None:
    assert vector_bytes(10_000_000, 384) == 16_640_000_000
    assert vector_bytes(10_000_000, 384, links=0) == 15_360_000_000


def test_a_terabyte_takes_a_gigabit_line_more_than_two_hours() -> None:
    assert transfer_seconds(1e12, 1) == 8_000


@pytest.mark.parametrize(("workers", "serial"), [(0, 0.5), (2, -0.1), (2, 1.1), (math.nan, 0.5)])
def test_impossible_numbers_are_refused_by_name(workers: float, serial: float) -> None:
    with pytest.raises(ValueError, match="were given"):
        amdahl(workers, serial)


def test_a_start_before_the_beginning_and_a_line_without_width_are_refused() -> None:
    with pytest.raises(ValueError, match="A start is 0 or more"):
        Way(-1, 1)
    with pytest.raises(ValueError, match="above 0"):
        transfer_seconds(1, 0)
    with pytest.raises(ValueError, match="more than"):
        serial_share(1.5, 1)
