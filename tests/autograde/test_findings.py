"""How findings add up to a result."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograde.findings import CheckResult, Finding, Judgement, Misconception, Outcome

N, E, W, R = Outcome.NOT_ATTEMPTED, Outcome.ERROR, Outcome.WRONG, Outcome.RIGHT


def finding(outcome: Outcome, points: float = 1, credit: float = 0, **options: object) -> Finding:
    judged = outcome in (W, R)
    return Finding(
        "name",
        "Title",
        points,
        outcome,
        Judgement(1 if outcome is R else credit, **options) if judged else None,
        "" if judged else "A sentence.",
    )


def result(*outcomes: Outcome, held_back: float = 0) -> CheckResult:
    return CheckResult("e.t", "Title", tuple(finding(o) for o in outcomes), held_back)


@pytest.mark.parametrize(
    ("outcomes", "outcome"),
    [
        ((), N),
        ((N, N), N),
        ((R, R), R),
        ((W, W), W),
        ((E, E), E),
        ((N, E), E),
        ((N, W), W),
        ((E, W), W),
        ((N, R), W),
        ((E, R), W),
        ((W, R), W),
    ],
)
def test_a_task_is_right_only_when_all_is_and_an_error_only_when_nothing_else_was_judged(
    outcomes: tuple[Outcome, ...], outcome: Outcome
) -> None:
    assert result(*outcomes).outcome is outcome


@given(st.lists(st.tuples(st.floats(0.5, 10), st.floats(0, 1)), min_size=1, max_size=8), st.floats(0, 5))
def test_earned_points_stay_between_none_and_all(shares: list[tuple[float, float]], held_back: float) -> None:
    findings = tuple(finding(W, points, credit) for points, credit in shares)
    whole = CheckResult("e.t", "Title", findings, held_back)
    assert 0 <= whole.earned <= sum(points for points, _ in shares) + 0.005 * len(shares)
    assert whole.points == pytest.approx(sum(points for points, _ in shares) + held_back)


def test_sums_of_thirds_print_cleanly() -> None:
    whole = CheckResult("e.t", "Title", tuple(finding(W, 1, 1 / 3) for _ in range(3)))
    assert whole.earned == 0.99


def test_while_nothing_is_wrong_the_held_back_points_count_as_earned_for_the_time_being() -> None:
    assert result(R, R, held_back=1).provisional_score == 3
    assert result(R, R, held_back=1).earned == 2


@pytest.mark.parametrize("outcomes", [(N, N), (E, R), (W, R), (N, R), (E, E)])
def test_otherwise_the_held_back_points_do_not_count_yet(outcomes: tuple[Outcome, ...]) -> None:
    whole = result(*outcomes, held_back=1)
    assert whole.provisional_score == whole.earned


def test_a_misconception_is_listed_once_in_the_order_in_which_it_was_met() -> None:
    a, b = Misconception("a", "A."), Misconception("b", "B.")
    findings = tuple(finding(W, misconception=m) for m in (b, a, None, b))
    assert CheckResult("e.t", "Title", findings).misconceptions == [b, a]
