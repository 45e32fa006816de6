"""Where a check is found by its name, and what a declaration must keep."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement
from autograde.registry import Check, UnknownCheck, checks_of, exercises, find_check


class Sheet(AnswerSheet):
    a: Number = answer("a number")
    b: Number = answer("another number")


def judged(answers: Sheet, case: object) -> Judgement:
    return Judgement(1)


def test_every_exercise_has_checks_named_after_it_in_the_order_of_its_module() -> None:
    assert "component_sketch" in exercises()
    names = [check.name for check in checks_of("component_sketch")]
    assert names[:3] == ["component_sketch.peak_load", "component_sketch.token_cost", "component_sketch.storage"]
    for exercise in exercises():
        assert all(check.exercise == exercise for check in checks_of(exercise))


def test_a_check_is_found_by_its_name() -> None:
    assert find_check("component_sketch.peak_load").title == "Requests per second, average and peak"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("component_sketch.peak_laod", "Did you mean 'component_sketch.peak_load'?"),
        ("component_scetch.peak_load", "Did you mean 'component_sketch'?"),
        ("component_sketch", ""),
        ("", ""),
        (None, ""),
        (3, ""),
        (["component_sketch.peak_load"], ""),
        ("../../etc/passwd", ""),
        ("os.system", ""),
        ("__init__.x", ""),
    ],
)
def test_a_name_that_no_check_has_is_told_with_the_nearest_one(name: object, hint: str) -> None:
    with pytest.raises(UnknownCheck) as unknown:
        find_check(name)
    assert f"There is no check named {name!r}." in str(unknown.value)
    assert hint in str(unknown.value)


@given(st.text(max_size=30))
def test_any_other_text_is_an_unknown_check(name: str) -> None:
    with pytest.raises(UnknownCheck):
        find_check(name)


def test_an_exercise_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(UnknownCheck, match="component_sketch"):
        checks_of("component_scetch")


@pytest.mark.parametrize("name", ["", "exercise", "exercise.", ".task", "an exercise.task", "exercise.a-task"])
def test_a_check_must_be_named_exercise_and_task(name: str) -> None:
    with pytest.raises(ValueError, match=r"exercise\.task"):
        Check(name, "Title", Sheet)


def test_no_two_checks_have_one_name() -> None:
    find_check("component_sketch.peak_load")
    with pytest.raises(ValueError, match=re.escape("two checks named 'component_sketch.peak_load'")):
        Check("component_sketch.peak_load", "Title", Sheet)


def test_a_finding_can_only_need_answers_of_its_sheet() -> None:
    check = Check("tests_registry.needs", "Title", Sheet)
    with pytest.raises(ValueError, match="does not declare"):
        check.finding("A finding", points=1, needs=["c"])


def test_points_are_those_of_all_findings_and_the_held_back_ones() -> None:
    check = Check("tests_registry.points", "Title", Sheet, held_back_points=1.5)
    check.finding("One", points=2, needs=["a"])(judged)
    check.finding("Two", points=0.5)(judged)
    assert check.points == 4
    check.held_back_finding("Three", points=1.5)(judged)
    assert check.points == 4
    assert [rule.needs for rule in check.rules] == [("a",), ("a", "b")]


def test_held_back_findings_are_loaded_only_when_they_are_asked_for() -> None:
    import subprocess
    import sys

    code = (
        "from autograde.registry import find_check; import sys\n"
        "check = find_check('component_sketch.headroom'); print(len(check.held_back_rules), check.points)\n"
        "print('autograde.held_back.component_sketch' in sys.modules)\n"
        "check = find_check('component_sketch.headroom', held_back=True)\n"
        "print(len(check.held_back_rules), check.points)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "4", "False", "1", "4"]
