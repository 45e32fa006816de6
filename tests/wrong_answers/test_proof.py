"""The proof that the checks grade: of every exercise and lesson with a file of wrong answers beside this one."""

from collections.abc import Iterator
from dataclasses import replace

import nbformat
import pytest

from archkit.course import course_root
from autograde.findings import Judgement
from autograde.proof.exercise import (
    KILL_RATE_WANTED,
    MINIMUM_MISCONCEPTIONS,
    CheckProof,
    WrongAnswer,
    every,
    fits_other_cases,
    graded,
    main,
    proof_files,
    prove,
    wrong_answers_of,
)
from autograde.proof.solution import blank_namespace, proof_module, solution_namespace
from autograde.record import check_name
from autograde.registry import Check, checks_of, exercises, find_check

EXERCISES = proof_files()
CHECKS = [check.name for exercise in EXERCISES for check in checks_of(exercise)]
QUICK = [check.name for exercise in EXERCISES for check in checks_of(exercise) if every(check) == 1]
PROOFS: dict[str, dict[str, CheckProof]] = {}


def proof_of(check: str, solved: int = 200, attacked: int = 12, sampled: bool = True) -> CheckProof:
    """The proof of one check; an exercise's checks are proven together, once."""
    exercise = check.partition(".")[0]
    key = f"{exercise} {solved}"
    if key not in PROOFS:
        proofs = prove(exercise, solved=solved, attacked=attacked, sampled=sampled)
        PROOFS[key] = {proof.check.name: proof for proof in proofs}
    return PROOFS[key][check]


def assert_proven(proof: CheckProof) -> None:
    assert not proof.problems
    assert proof.kill_rate >= KILL_RATE_WANTED, proof.survivors
    assert proof.blank == 0


def test_every_exercise_and_lesson_that_has_checks_has_wrong_answers() -> None:
    assert exercises() == EXERCISES


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("check", CHECKS)
def test_solution_blank_foreign_answers_wrong_answers_and_mutants_earn_what_they_should(check: str) -> None:
    proof = proof_of(check)
    assert proof.cases == 200 // every(proof.check)
    assert_proven(proof)


@pytest.mark.parametrize("check", QUICK)
def test_the_same_holds_on_a_few_cases(check: str) -> None:
    assert_proven(proof_of(check, solved=24, attacked=1, sampled=False))


@pytest.mark.parametrize("check", CHECKS)
def test_each_check_knows_misconceptions_that_its_wrong_answers_show(check: str) -> None:
    exercise, _, task = check.partition(".")
    known = find_check(check).misconceptions
    assert len(known) >= MINIMUM_MISCONCEPTIONS
    assert len({m.name for m in known}) == len(known)
    assert all(len(m.message) > 20 and m.message.strip().endswith((".", "?", "!")) for m in known)
    shown = {wrong.name for wrong in wrong_answers_of(exercise) if wrong.task == task and wrong.named}
    assert {m.name for m in known} <= shown


@pytest.mark.parametrize("exercise", EXERCISES)
def test_wrong_answers_are_to_tasks_that_exist(exercise: str) -> None:
    tasks = {check.name.partition(".")[2] for check in checks_of(exercise)}
    assert {wrong.task for wrong in wrong_answers_of(exercise)} <= tasks
    assert set(fits_other_cases(exercise)) <= tasks


@pytest.mark.parametrize("exercise", [e for e in EXERCISES if (course_root() / "solutions" / e).is_dir()])
def test_the_points_in_the_solution_notebook_are_the_checks_points(exercise: str) -> None:
    path = course_root() / "solutions" / exercise / f"{exercise}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    points = {name: cell.metadata.nbgrader.points for cell in cells if (name := check_name(cell))}
    assert points == {check.name: check.points for check in checks_of(exercise, held_back=True)}


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_held_back_points_are_those_of_the_held_back_findings(exercise: str) -> None:
    for check in checks_of(exercise, held_back=True):
        assert sum(rule.points for rule in check.held_back_rules) == check.held_back_points


# --- The proof itself: what is not proven must fail ------------------------------------------------------------------

EXERCISE = "component_sketch"


@pytest.fixture
def peak_load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Check]:
    """A check that a test may spoil, in an exercise that has only one other."""
    check, other = (find_check(f"{EXERCISE}.{task}", held_back=True) for task in ("peak_load", "storage"))
    rules, misconceptions, held_back = list(check.rules), check.misconceptions, check.held_back_points
    wrong = [answer for answer in wrong_answers_of(EXERCISE) if answer.task in ("peak_load", "storage")]
    monkeypatch.setattr(proof_module(EXERCISE), "WRONG_ANSWERS", wrong)
    monkeypatch.setattr("autograde.proof.exercise.checks_of", lambda exercise, held_back: [check, other])
    yield check
    check.rules[:], check.misconceptions, check.held_back_points = rules, misconceptions, held_back


def proof_when(check: Check, solved: int = 2, attacked: int = 1) -> CheckProof:
    proofs = {proof.check.name: proof for proof in prove(EXERCISE, solved=solved, attacked=attacked)}
    assert not proofs[f"{EXERCISE}.storage"].problems, "the check that was not spoilt is proven"
    return proofs[check.name]


def judged_by(check: Check, judge: object) -> None:
    check.rules[:] = [replace(rule, judge=judge) for rule in check.rules]


def test_a_check_that_accepts_everything_is_not_proven(peak_load: Check) -> None:
    judged_by(peak_load, lambda answers, case: Judgement(1))
    proof = proof_when(peak_load)
    assert proof.kill_rate < KILL_RATE_WANTED
    assert proof.survivors
    problems = " ".join(proof.problems)
    assert "average_for_peak earns 2, not 1" in problems
    assert "average_for_peak is not named" in problems


def test_a_check_that_a_blank_passes_is_not_proven(peak_load: Check) -> None:
    peak_load.rules[:] = [replace(rule, needs=(), judge=lambda answers, case: Judgement(1)) for rule in peak_load.rules]
    assert any("a blank earns 2" in problem for problem in proof_when(peak_load).problems)


def test_a_check_that_any_cases_answers_pass_is_not_proven(peak_load: Check) -> None:
    judged_by(peak_load, lambda answers, case: Judgement(1))
    problems = proof_when(peak_load, solved=4).problems
    assert "another case's answers earn full points for 4 of 4 cases" in problems


def test_a_check_that_accepts_nothing_is_not_proven(peak_load: Check) -> None:
    judged_by(peak_load, lambda answers, case: Judgement(0))
    assert any("the solution earns 0 of 2 for proof-0" in problem for problem in proof_when(peak_load).problems)


def test_a_check_that_fails_is_not_proven(peak_load: Check) -> None:
    def fault(answers: object, case: object) -> Judgement:
        raise RuntimeError

    judged_by(peak_load, fault)
    assert any("the solution earns 0" in problem for problem in proof_when(peak_load).problems)


def test_too_few_misconceptions_or_untried_ones_are_told(peak_load: Check) -> None:
    peak_load.misconceptions = peak_load.misconceptions[:2]
    assert "it knows 2 misconceptions of 3" in proof_when(peak_load).problems
    other = find_check(f"{EXERCISE}.storage").misconceptions[0]
    peak_load.misconceptions = (*peak_load.misconceptions, other)
    assert f"no wrong answer shows the misconception {other.name}" in proof_when(peak_load).problems


def test_held_back_points_that_no_finding_has_are_told(peak_load: Check) -> None:
    peak_load.held_back_points = 1
    assert "it declares 1 held-back points and has 0" in proof_when(peak_load).problems


def test_a_check_that_is_as_it_should_be_is_proven(peak_load: Check) -> None:
    assert_proven(proof_when(peak_load))


def test_a_wrong_answer_that_is_wrong_for_no_case_is_told(peak_load: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    never = WrongAnswer("peak_load", "never", "peak_requests_per_second = 0", 1, named=False, when="False")
    monkeypatch.setattr(proof_module(EXERCISE), "WRONG_ANSWERS", [*wrong_answers_of(EXERCISE), never])
    problems = proof_when(peak_load).problems
    assert problems == ["never is a wrong answer to none of 2 cases"]


def test_the_command_fails_when_a_check_is_not_proven_and_says_which(
    peak_load: Check, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("autograde.proof.exercise.prove.__kwdefaults__", {"solved": 2, "attacked": 1, "sampled": True})
    assert main([EXERCISE]) == 0
    assert "NOT PROVEN" not in capsys.readouterr().out
    judged_by(peak_load, lambda answers, case: Judgement(1))
    assert main([EXERCISE]) == 1
    out = capsys.readouterr().out
    assert "NOT PROVEN component_sketch.peak_load: kill rate" in out
    assert "NOT PROVEN component_sketch.storage" not in out


def test_the_blank_notebook_is_the_released_one_with_only_the_id_filled_in() -> None:
    blank = blank_namespace(EXERCISE, "ana")
    assert blank["LEARNER_ID"] == "ana"
    assert blank["peak_requests_per_second"] is ...
    check = find_check(f"{EXERCISE}.peak_load")
    assert graded(check, blank, "ana").earned == 0
    assert graded(check, solution_namespace(EXERCISE, "ana"), "ana").earned == 2
