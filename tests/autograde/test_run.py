"""One check run against a notebook: each finding for itself, whatever another one meets."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from archkit.case import Case
from autograde.answers import AnswerSheet, FunctionAnswer, NamespaceLost, Number, answer
from autograde.findings import CheckResult, Judgement, Outcome
from autograde.notebook import LocalNamespace
from autograde.registry import Check, find_check
from autograde.run import run_check


class Sheet(AnswerSheet):
    a: Number = answer("a number", unit="requests/s")
    b: Number = answer("another number")
    f: FunctionAnswer = answer("a function f(x)")


CHECK = Check("tests_run.task", "A task", Sheet, held_back_points=2, held_back_about="numbers you have not seen")
FAULT = Check("tests_run.fault", "A faulty check", Sheet)
LARKSPUR = Check("tests_run.larkspur", "A lesson's check", Sheet, case="demonstration")
CASES: list[Case] = []


@CHECK.finding("First", points=1, needs=["a"])
def first(answers: Any, case: Case) -> Judgement:
    CASES.append(case)
    return Judgement(1 if answers.a == 1 else 0)


@CHECK.finding("Second", points=1, needs=["b"])
def second(answers: Any, case: Case) -> Judgement:
    return Judgement(0.5 if answers.b == 0 else 1)


@CHECK.finding("Third", points=1, needs=["f"])
def third(answers: Any, case: Case) -> Judgement:
    return Judgement(1 if answers.f(2) == 4 else 0)


@CHECK.held_back_finding("Unseen", points=2, needs=["f"])
def unseen(answers: Any, case: Case) -> Judgement:
    return Judgement(1 if answers.f(3) == 9 else 0)


@FAULT.finding("Faulty", points=1, needs=["a"])
def faulty(answers: Any, case: Case) -> Judgement:
    raise RuntimeError("<the author's mistake>")


@FAULT.finding("Overpaid", points=1, needs=["a"])
def overpaid(answers: Any, case: Case) -> Judgement:
    return Judgement(1.5)


@FAULT.finding("Greedy", points=1, needs=["a"])
def greedy(answers: Any, case: Case) -> Judgement:
    return Judgement(answers.b)


@FAULT.finding("Sound", points=1, needs=["a"])
def sound(answers: Any, case: Case) -> Judgement:
    return Judgement(1)


@LARKSPUR.finding("On Larkspur", points=1, needs=["a"])
def on_larkspur(answers: Any, case: Case) -> Judgement:
    return Judgement(1, seen=case.company)


def square(x: float) -> float:
    return x * x


RIGHT = {"LEARNER_ID": "ana", "a": 1, "b": 1, "f": square}


@pytest.fixture(autouse=True)
def _no_cases() -> Iterator[None]:
    CASES.clear()
    yield


def run(check: Check = CHECK, submitted_by: str | None = None, held_back: bool = False, **changed: Any) -> CheckResult:
    return run_check(check, LocalNamespace({**RIGHT, **changed}), submitted_by=submitted_by, held_back=held_back)


def outcomes(result: CheckResult) -> dict[str, str]:
    return {f.name: f.outcome.value for f in result.findings}


def test_right_answers_earn_everything_that_ran() -> None:
    result = run()
    assert result.outcome is Outcome.RIGHT
    assert (result.earned, result.held_back_points, result.points, result.provisional_score) == (3, 2, 5, 5)


def test_held_back_findings_run_only_for_an_instructor() -> None:
    assert [f.name for f in run().findings] == ["first", "second", "third"]
    result = run(submitted_by="ana", held_back=True)
    assert [f.name for f in result.findings if f.held_back] == ["unseen"]
    assert (result.earned, result.held_back_points, result.points) == (5, 0, 5)
    wrong = run(submitted_by="ana", held_back=True, f=lambda x: 4)
    assert (wrong.earned, wrong.points) == (3, 5)


@pytest.mark.parametrize(
    ("changed", "expected", "earned"),
    [
        ({"a": "1"}, {"first": "error", "second": "right", "third": "right"}, 2),
        ({"a": ...}, {"first": "not attempted", "second": "right", "third": "right"}, 2),
        ({"a": 2}, {"first": "wrong", "second": "right", "third": "right"}, 2),
        ({"b": 0}, {"first": "right", "second": "wrong", "third": "right"}, 2.5),
        ({"f": 3}, {"first": "right", "second": "right", "third": "error"}, 2),
        ({"f": lambda x: 1 / 0}, {"first": "right", "second": "right", "third": "error"}, 2),
        ({"f": lambda x: {x: "a"}}, {"first": "right", "second": "right", "third": "error"}, 2),
    ],
)
def test_a_bad_answer_costs_only_its_own_finding(
    changed: dict[str, Any], expected: dict[str, str], earned: float
) -> None:
    result = run(**changed)
    assert outcomes(result) == expected
    assert result.earned == earned


def test_what_a_learner_has_not_filled_in_is_named() -> None:
    messages = {f.name: f.message for f in run(a=..., f=...).findings}
    assert messages["first"] == "`a` is not filled in yet."
    assert messages["third"] == "`f` is not filled in yet."


def test_an_exception_in_a_function_answer_is_told_with_the_call_that_made_it() -> None:
    message = next(f.message for f in run(f=lambda x: 1 / 0).findings if f.name == "third")
    assert message.startswith("`f(2)` raised ZeroDivisionError")


def test_a_fault_of_the_grader_is_told_as_such_and_costs_only_its_finding(caplog: pytest.LogCaptureFixture) -> None:
    result = run(FAULT, b=-7)
    assert outcomes(result) == {"faulty": "error", "overpaid": "error", "greedy": "error", "sound": "right"}
    message = result.findings[0].message
    assert "The check itself failed here (RuntimeError: <the author's mistake>)." in message
    assert "Your answer is not at fault" in message
    assert "The check tests_run.fault failed in faulty" in caplog.text


def test_a_fault_while_answers_are_received_is_told_as_the_graders() -> None:
    class Broken:
        def export(self, names: list[str]) -> str:
            raise OSError("a pipe broke")

        def call(self, name: str, arguments: str, seconds: float) -> str:
            raise AssertionError

    result = run_check(CHECK, Broken(), submitted_by="ana", held_back=True)
    assert {f.outcome for f in result.findings} == {Outcome.ERROR}
    assert "Your answer is not at fault" in result.findings[0].message


def test_a_lost_process_is_an_error_with_its_reason_and_all_points_accounted_for() -> None:
    class Gone:
        def export(self, names: list[str]) -> str:
            raise NamespaceLost("Cell 3 ended the notebook's process.")

        call: Callable[..., str]

    for held_back, not_run in ((False, 2), (True, 0)):
        result = run_check(CHECK, Gone(), submitted_by="ana", held_back=held_back)  # type: ignore[arg-type]
        assert result.outcome is Outcome.ERROR
        assert (result.earned, result.points, result.held_back_points) == (0, 5, not_run)
        assert {f.message for f in result.findings} == {"Cell 3 ended the notebook's process."}


@pytest.mark.parametrize("stated", [None, ..., 7, ["ana"]])
def test_without_a_learner_id_nothing_is_attempted_and_the_card_says_what_to_do(stated: Any) -> None:
    result = run(LEARNER_ID=stated)
    assert result.outcome is Outcome.NOT_ATTEMPTED
    assert "Write your learner id, in quotes" in result.findings[0].message
    assert result.points == 5


@pytest.mark.parametrize("stated", ["", "   ", "x" * 101, "a\x00b"])
def test_an_id_that_can_be_nobodys_is_an_error_that_says_what_an_id_is(stated: str) -> None:
    result = run(LEARNER_ID=stated)
    assert result.outcome is Outcome.ERROR
    assert "learner id" in result.findings[0].message
    assert "Write your name, e-mail address or student number" in result.findings[0].message


def test_the_stated_id_decides_the_case_in_the_learners_own_notebook() -> None:
    run(LEARNER_ID="ben")
    assert [Case.for_learner("ben")] == CASES
    assert not run(LEARNER_ID="ben").notice


def test_the_submitters_id_decides_the_case_in_grading() -> None:
    result = run(LEARNER_ID="ben", submitted_by="ana")
    assert [Case.for_learner("ana")] == CASES
    assert "worked with the learner id 'ben', but 'ana' submitted it" in result.notice
    assert "answers that fit another case earn nothing" in result.notice


@pytest.mark.parametrize("stated", ["ana", "ANA", "  Ana ", "aNa\n"])
def test_an_id_is_the_same_in_upper_and_lower_case_and_with_spaces_around_it(stated: str) -> None:
    assert run(LEARNER_ID=stated, submitted_by="ana").notice == ""


def test_composed_and_decomposed_letters_are_one_id() -> None:
    assert run(LEARNER_ID="Zoe\u0308", submitted_by="zo\u00eb").notice == ""


def test_a_submission_that_states_no_id_is_graded_on_the_submitters_case() -> None:
    result = run(LEARNER_ID=..., submitted_by="ana")
    assert result.earned == 3
    assert result.notice.startswith("The notebook states no learner id. It was graded on the case of 'ana'")


def test_a_stated_id_of_any_length_makes_a_short_notice() -> None:
    notice = run(LEARNER_ID="x" * 500_000, submitted_by="ana").notice
    assert "worked with the learner id 'xxx" in notice and len(notice) < 300


def test_a_lessons_check_needs_no_learner_id() -> None:
    result = run(LARKSPUR, LEARNER_ID=...)
    assert result.outcome is Outcome.RIGHT
    assert result.findings[0].judgement.seen == Case.demonstration().company


def test_everything_a_real_check_needs_crosses_as_json() -> None:
    sent: list[str] = []

    class Wire(LocalNamespace):
        def export(self, names: list[str]) -> str:
            sent.append(super().export(names))
            return sent[-1]

        def call(self, name: str, arguments: str, seconds: float) -> str:
            sent.append(super().call(name, arguments, seconds))
            return sent[-1]

    case = Case.for_learner("ana")
    average = case.traffic.requests_per_month / 2_592_000
    answers = {
        "LEARNER_ID": "ana",
        "average_requests_per_second": average,
        "peak_requests_per_second": average * case.traffic.peak_to_average,
    }
    result = run_check(find_check("component_sketch.peak_load"), Wire(answers))
    assert result.outcome is Outcome.RIGHT
    assert json.loads(sent[0])["learner_id"] == "ana"
