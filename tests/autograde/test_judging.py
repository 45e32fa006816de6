"""The common ways to judge: a number, a choice, a set."""

import math
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograde.findings import Judgement, Misconception
from autograde.judging import close, describe_gap, judge_choice, judge_number, judge_set, quantity

PER_MINUTE = Misconception("per_minute", "This is the rate per minute.")
PER_HOUR = Misconception("per_hour", "This is the rate per hour.")
NEARLY = Misconception("nearly", "This is nearly the rate per minute.")
AMOUNTS = st.floats(1e-6, 1e12)
NAMES = st.sets(st.sampled_from(["gateway", "embedder", "index", "model", "records", "history", "cache"]))


def number(seen: float, expected: float, **options: object) -> Judgement:
    return judge_number(seen, expected, unit="requests/s", why="It decides the size.", **options)


@given(AMOUNTS, st.floats(-0.019, 0.019))
def test_a_number_within_the_tolerance_is_right(expected: float, off: float) -> None:
    assert number(expected * (1 + off), expected).credit == 1


@given(AMOUNTS, st.floats(-1e15, 1e15))
def test_a_number_outside_the_tolerance_earns_nothing_and_its_gap_is_told(expected: float, seen: float) -> None:
    assume(abs(seen - expected) > 0.021 * expected)
    judged = number(seen, expected)
    assert judged.credit == 0
    assert judged.gap and judged.seen and judged.expected
    assert judged.misconception is None


def test_rounding_to_three_digits_is_forgiven() -> None:
    for expected in (0.01005, 1.005, 4.6449, 100.5, 9_995):
        assert number(float(f"{expected:.3g}"), expected, within=0.005).credit == 1


@given(AMOUNTS)
def test_a_number_that_a_misconception_explains_names_it(expected: float) -> None:
    judged = number(expected * 60, expected, misconceptions={PER_MINUTE: expected * 60, PER_HOUR: expected * 3600})
    assert judged.misconception == PER_MINUTE
    assert judged.credit == 0


def test_of_two_misconceptions_the_nearer_is_named() -> None:
    values = {NEARLY: 61.0, PER_MINUTE: 60.0}
    assert number(60.1, 1.0, misconceptions=values).misconception == PER_MINUTE
    assert number(60.9, 1.0, misconceptions=values).misconception == NEARLY


def test_a_right_number_is_right_even_where_a_misconception_leads_to_it_too() -> None:
    judged = number(1.0, 1.0, misconceptions={PER_MINUTE: 1.01})
    assert judged.credit == 1 and judged.misconception is None


def test_partial_credit_is_only_for_the_misconceptions_that_deserve_it() -> None:
    options = {
        "misconceptions": {PER_MINUTE: 60.0, PER_HOUR: 3600.0},
        "partial_credit": 0.5,
        "partly_right": (PER_MINUTE,),
    }
    assert number(60.0, 1.0, **options).credit == 0.5
    assert number(3600.0, 1.0, **options).credit == 0
    assert number(7.0, 1.0, **options).credit == 0


def test_zero_and_a_wrong_sign_are_told_as_such() -> None:
    assert "zero" in number(0, 4.6).gap
    assert "sign" in number(-4.6, 4.6).gap


@given(st.floats(-1e15, 1e15), st.floats(-1e15, 1e15))
def test_a_gap_can_be_told_between_any_two_numbers(seen: float, expected: float) -> None:
    assert describe_gap(seen, expected)


@pytest.mark.parametrize(
    ("seen", "gap"),
    [
        (9.2, "about 2 times too high"),
        (2.3, "about 2 times too low"),
        (46.0, "about 10 times too high"),
        (4.6e9, "more than a million times too high"),
        (5e-324, "more than a million times too low"),
        (5.06, "10% too high"),
    ],
)
def test_a_gap_is_told_as_people_would(seen: float, gap: str) -> None:
    assert describe_gap(seen, 4.6) == gap


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 GB"),
        (0.0126, "0.0126 GB"),
        (4.6449, "4.64 GB"),
        (99.94, "99.9 GB"),
        (123.456, "123.5 GB"),
        (3816.4, "3,816 GB"),
        (-4.6449, "-4.64 GB"),
        (2_400_000, "2,400,000 GB"),
    ],
)
def test_a_quantity_is_written_as_people_write_it(value: float, text: str) -> None:
    assert quantity(value, "GB") == text


@given(AMOUNTS)
def test_a_quantity_as_written_is_the_number_to_half_a_percent(value: float) -> None:
    text = quantity(value, "").replace(",", "")
    assert re.fullmatch(r"[\d.e+-]+", text)
    assert math.isclose(float(text), value, rel_tol=0.0051)


def test_close_takes_numbers_that_differ_by_less_than_the_tolerance() -> None:
    assert close(1.019, 1.0) and not close(1.021, 1.0)
    assert close(0.0, 0.0) and not close(0.1, 0.0)


def test_a_choice_is_right_or_wrong_and_names_what_it_stands_for() -> None:
    smallest = Misconception("smallest_number", "The numbers have different units.")
    right = judge_choice("model", "model", why="w", misconceptions={"index": smallest})
    tempted = judge_choice("index", "model", why="w", misconceptions={"index": smallest})
    other = judge_choice("records", "model", why="w", misconceptions={"index": smallest})
    assert (right.credit, right.misconception) == (1, None)
    assert (tempted.credit, tempted.misconception) == (0, smallest)
    assert (other.credit, other.misconception) == (0, None)
    assert "model" not in other.gap


def parts(seen: list[str] | set[str], expected: set[str], **options: object) -> Judgement:
    return judge_set(seen, expected, what="parts", why="w", **options)


@given(NAMES, st.permutations(["gateway", "embedder", "index", "model"]))
def test_order_and_repeats_make_no_difference(expected: set[str], order: list[str]) -> None:
    seen = [name for name in order if name in expected] + sorted(expected)
    assert parts(seen, expected).credit == 1


@given(NAMES, NAMES)
def test_credit_falls_with_each_name_missing_and_each_too_many(seen: set[str], expected: set[str]) -> None:
    judged = parts(seen, expected)
    assert (judged.credit == 1) == (seen == expected)
    if expected - seen:
        without = parts(seen - {sorted(seen)[0]} if seen else seen, expected)
        assert without.credit <= 1
    if seen - expected:
        assert judged.credit <= 0.5
        assert all(name in judged.gap for name in seen - expected)
    for name in expected - seen:
        assert name not in judged.gap, "the gap gives the answer away"


@given(st.sets(st.sampled_from("abcdefghij"), min_size=1, max_size=9))
def test_naming_everything_earns_at_most_half(expected: set[str]) -> None:
    everything = set("abcdefghij")
    assert parts(everything, expected).credit <= 0.5


@given(NAMES.filter(bool))
def test_naming_nothing_earns_nothing(expected: set[str]) -> None:
    assert parts([], expected).credit == 0


def test_a_set_that_a_misconception_explains_names_it_and_earns_nothing() -> None:
    everything = Misconception("everything_needed", "This takes every part.")
    judged = parts({"a", "b", "c"}, {"a", "b"}, misconceptions={everything: ["c", "b", "a"]})
    assert (judged.credit, judged.misconception) == (0, everything)


@pytest.mark.parametrize("credit", [-0.1, 1.1, math.nan, math.inf])
def test_no_judgement_has_a_credit_outside_0_and_1(credit: float) -> None:
    with pytest.raises(ValueError, match="credit"):
        Judgement(credit)
