"""The proof of one exercise's checks, and the table that `make prove` prints."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_origin

from pydantic import BaseModel

from archkit.course import course_root
from autograde.answers import FunctionAnswer
from autograde.findings import CheckResult, Outcome
from autograde.learner_side import export_answers
from autograde.notebook import LocalNamespace
from autograde.proof import mutations
from autograde.proof.solution import answer_cell, blank_namespace, proof_module, solution_namespace
from autograde.registry import Check, checks_of
from autograde.run import run_check

__all__ = [
    "CHANCE_FITS",
    "KILL_RATE_WANTED",
    "MINIMUM_MISCONCEPTIONS",
    "CheckProof",
    "WrongAnswer",
    "every",
    "fits_other_cases",
    "graded",
    "mutants_of",
    "proof_files",
    "prove",
    "wrong_answers_of",
]

KILL_RATE_WANTED = 0.95
MINIMUM_MISCONCEPTIONS = 3

CHANCE_FITS = 0.1
"""The share of other cases that answers may fit by chance: two clients' numbers can agree to within a tolerance."""


@dataclass(frozen=True)
class WrongAnswer:
    """A wrong answer to one task, and what the check must make of it.

    Attributes:
        task: the task's name.
        name: the misconception that the result must name, or a few words for a fault that has none.
        code: Python that runs after the solution's own cell and spoils the answer, as a learner would have written it.
        points: the points that the whole task may still earn, held-back findings included. A fraction of a point
            that depends on the case is given as a range (low, high).
        named: whether `name` is a misconception that must be named.
        when: an expression over the solution's variables that says for which cases this is a wrong answer.
    """

    task: str
    name: str
    code: str
    points: float | tuple[float, float]
    named: bool = True
    when: str = "True"


@dataclass
class CheckProof:
    """What was tried on one check, and what slipped through.

    Attributes:
        check: the check.
        cases: how many cases it was tried on.
        blank: the most points that the notebook as released earned on any of them.
        fitted: on how many other cases the answers worked for one case earned full points.
        foreign: the mean share of the points that they earned there.
        wrong_answers: how many named wrong answers were tried.
        mutants: how many mutants were tried, and
        killed: how many of them lost at least a part of a point.
        problems: what is not as it should be, in sentences.
        survivors: the mutants that lost nothing.
    """

    check: Check
    cases: int = 0
    blank: float = 0.0
    fitted: int = 0
    foreign: float = 0.0
    wrong_answers: int = 0
    mutants: int = 0
    killed: int = 0
    problems: list[str] = field(default_factory=list)
    survivors: list[str] = field(default_factory=list)

    @property
    def kill_rate(self) -> float:
        """The share of mutants that lost at least a part of a point."""
        return self.killed / self.mutants if self.mutants else 0.0


def graded(check: Check, namespace: Mapping[str, Any], learner_id: str) -> CheckResult:
    """Run a check as an instructor's grading does: on the submitter's case, held-back findings included."""
    return run_check(check, LocalNamespace(namespace), submitted_by=learner_id, held_back=True)


def proof_files() -> list[str]:
    """Return the exercises that have a file of wrong answers."""
    return sorted(
        path.stem for path in (course_root() / "tests" / "wrong_answers").glob("[a-z]*.py") if "test" not in path.stem
    )


def wrong_answers_of(exercise: str) -> list[WrongAnswer]:
    """Return an exercise's named wrong answers."""
    found: list[WrongAnswer] = proof_module(exercise).WRONG_ANSWERS
    return found


def fits_other_cases(exercise: str) -> Mapping[str, str]:
    """Return the tasks of an exercise whose answers may be right for other cases too, each with the reason."""
    found: Mapping[str, str] = getattr(proof_module(exercise), "FITS_OTHER_CASES", {})
    return found


def every(check: Check) -> int:
    """Return on which share of the cases a check is tried: on every case (1), or on every so many.

    A check that rehearses a program takes about a second, where another takes a millisecond; the file of wrong answers
    says in `SAMPLED` which tasks are tried on fewer cases.
    """
    sampled: Mapping[str, int] = getattr(proof_module(check.exercise), "SAMPLED", {})
    return sampled.get(check.name.partition(".")[2], 1)


def mutants_of(check: Check, namespace: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Generate mutants of a right answer: (description, the namespace with one answer changed)."""
    special: Mapping[str, Callable[..., Iterable[mutations.Mutant]]] = getattr(
        proof_module(check.exercise), "MUTATIONS", {}
    )
    vocabulary: Mapping[str, Sequence[str]] = getattr(proof_module(check.exercise), "VOCABULARY", {})
    examples: Mapping[str, Callable[[Mapping[str, Any]], Any]] = getattr(proof_module(check.exercise), "EXAMPLES", {})
    task = check.name.partition(".")[2]
    envelope = json.loads(export_answers(namespace, list(check.answers.model_fields)))["answers"]
    for name, declared in check.answers.model_fields.items():
        words = vocabulary.get(name, ())
        found: Iterable[mutations.Mutant]
        if declared.annotation is FunctionAnswer:
            found = mutations.function_returning(namespace[name], examples[name](namespace), words)
        else:
            value = envelope[name]["value"]
            if task in special:
                found = special[task](value)
            elif isinstance(declared.annotation, type) and issubclass(declared.annotation, BaseModel):
                raise LookupError(f"{check.name} has a work product: give MUTATIONS[{task!r}] for it.")
            elif isinstance(value, bool):
                found = mutations.flags(value)
            elif isinstance(value, int | float):
                found = mutations.numbers(value)
            elif isinstance(value, str):
                found = mutations.text(value, words)
            elif get_origin(declared.annotation) is list:
                found = mutations.names(value, words)
            else:
                raise LookupError(f"{check.name}: no mutations are known for {name}, {declared.annotation}.")
        for description, mutant in found:
            yield f"{name} {description}", {**namespace, name: mutant}


def prove(exercise: str, *, solved: int = 200, attacked: int = 12, sampled: bool = True) -> list[CheckProof]:
    """Try an exercise's checks: the solution, a blank, another case's answers, every named wrong answer, mutants.

    Args:
        exercise: its name.
        solved: how many cases the solution must earn full marks on, a blank none, and the next case's answers less
            than half.
        attacked: on how many of these cases the wrong answers and mutants are tried. Checks that the exercise says
            are `SAMPLED` are tried on every so many of both numbers.
        sampled: whether to try those at all.

    Returns:
        One proof for each check; all is well when none has problems and each kill rate is high enough.
    """
    proofs = {
        check.name: CheckProof(check) for check in checks_of(exercise, held_back=True) if sampled or every(check) == 1
    }
    for proof in proofs.values():
        _declared_well(proof)
    ids = [f"proof-{number}" for number in range(solved)]
    others = [*ids[1:], "proof-other"]
    for number, (learner_id, other) in enumerate(zip(ids, others, strict=True)):
        namespace = solution_namespace(exercise, learner_id)
        blank = blank_namespace(exercise, learner_id)
        tried = [proof for proof in proofs.values() if number % every(proof.check) == 0]
        for proof in tried:
            proof.cases += 1
            result = graded(proof.check, namespace, learner_id)
            if result.earned != proof.check.points:
                proof.problems.append(
                    f"the solution earns {result.earned:g} of {proof.check.points:g} for {learner_id}"
                )
            nothing = graded(proof.check, blank, learner_id)
            proof.blank = max(proof.blank, nothing.earned)
            if nothing.earned or nothing.outcome is not Outcome.NOT_ATTEMPTED:
                proof.problems.append(f"a blank earns {nothing.earned:g} for {learner_id}: {nothing.outcome}")
            if number < attacked:
                _mutate(proof, namespace, learner_id)
        _hand_in_as_another(tried, namespace, other, whole=sampled and len(tried) == len(proofs))
    _fits_no_other(list(proofs.values()))
    for wrong in wrong_answers_of(exercise):
        if f"{exercise}.{wrong.task}" not in proofs:
            continue
        proof = proofs[f"{exercise}.{wrong.task}"]
        proof.wrong_answers += 1
        attacks = 0
        for number in range(solved):
            attacks += _attack(proof, wrong, f"proof-{number}")
            if attacks == math.ceil(attacked / every(proof.check)):
                break
        if not attacks:
            proof.problems.append(f"{wrong.name} is a wrong answer to none of {solved} cases")
    return list(proofs.values())


def _declared_well(proof: CheckProof) -> None:
    check = proof.check
    if len(check.misconceptions) < MINIMUM_MISCONCEPTIONS:
        proof.problems.append(f"it knows {len(check.misconceptions)} misconceptions of {MINIMUM_MISCONCEPTIONS}")
    held_back = sum(rule.points for rule in check.held_back_rules)
    if held_back != check.held_back_points:
        proof.problems.append(f"it declares {check.held_back_points:g} held-back points and has {held_back:g}")
    tried = {w.name for w in wrong_answers_of(check.exercise) if w.named and w.task == check.name.partition(".")[2]}
    untried = [m.name for m in check.misconceptions if m.name not in tried]
    if untried:
        proof.problems.append(f"no wrong answer shows the misconception {', '.join(untried)}")


def _mutate(proof: CheckProof, namespace: Mapping[str, Any], learner_id: str) -> None:
    for description, mutant in mutants_of(proof.check, namespace):
        proof.mutants += 1
        if graded(proof.check, mutant, learner_id).earned < proof.check.points:
            proof.killed += 1
        else:
            proof.survivors.append(f"{learner_id}: {description}")


def _hand_in_as_another(proofs: Sequence[CheckProof], namespace: Mapping[str, Any], other: str, *, whole: bool) -> None:
    """Grade the answers to one case on another; where it is the whole exercise, they must earn less than half."""
    own = [proof for proof in proofs if proof.check.case == "learner"]
    earned = {proof.check.name: graded(proof.check, namespace, other).earned for proof in own}
    for proof in own:
        share = earned[proof.check.name] / proof.check.points
        proof.fitted += share == 1
        proof.foreign += (share - proof.foreign) / proof.cases
    possible = sum(proof.check.points for proof in own)
    if own and whole and sum(earned.values()) >= possible / 2:
        most = max(own, key=lambda proof: earned[proof.check.name])
        most.problems.append(f"another case's answers earn {sum(earned.values()):g} of {possible:g} for {other}")


def _fits_no_other(proofs: Sequence[CheckProof]) -> None:
    for proof in proofs:
        task = proof.check.name.partition(".")[2]
        if proof.fitted > CHANCE_FITS * proof.cases + 1 and task not in fits_other_cases(proof.check.exercise):
            proof.problems.append(f"another case's answers earn full points for {proof.fitted} of {proof.cases} cases")


def _attack(proof: CheckProof, wrong: WrongAnswer, learner_id: str) -> bool:
    """Try one wrong answer on one case; return whether it is a wrong answer there."""
    exercise = proof.check.exercise
    if wrong.when != "True" and not eval(wrong.when, solution_namespace(exercise, learner_id)):
        return False
    namespace = solution_namespace(exercise, learner_id, {answer_cell(exercise, wrong.task): wrong.code})
    result = graded(proof.check, namespace, learner_id)
    low, high = wrong.points if isinstance(wrong.points, tuple) else (wrong.points, wrong.points)
    if not low - 0.005 <= result.earned <= high + 0.005:
        proof.problems.append(f"{wrong.name} earns {result.earned:g}, not {wrong.points}, for {learner_id}")
    named = [m.name for m in result.misconceptions]
    if wrong.named and wrong.name not in named:
        proof.problems.append(f"{wrong.name} is not named for {learner_id}; named: {', '.join(named) or 'nothing'}")
    return True


def print_proofs(proofs: Sequence[CheckProof], seconds: float) -> bool:
    """Print the table of proofs and their problems; return whether all is proven."""
    width = max(len(p.check.name) for p in proofs)
    print(
        f"{'check':{width}}  points  held back  misconceptions  wrong answers  mutants  killed   cases  blank  foreign"
    )
    for p in proofs:
        counts = f"{p.check.points:6g}  {p.check.held_back_points:9g}  {len(p.check.misconceptions):14}"
        foreign = f"{p.foreign:7.0%}" if p.check.case == "learner" else f"{'':7}"
        print(
            f"{p.check.name:{width}}  {counts}  {p.wrong_answers:13}  {p.mutants:7}  {p.kill_rate:6.1%}  {p.cases:6}"
            f"  {p.blank:5g}  {foreign}"
        )
    mutants, killed = sum(p.mutants for p in proofs), sum(p.killed for p in proofs)
    wrong = sum(p.wrong_answers for p in proofs)
    rate = killed / max(mutants, 1)
    print(f"{wrong} named wrong answers; {killed} of {mutants} mutants killed ({rate:.1%}); {seconds:.0f} s")
    print("blank: the most points of an empty notebook; foreign: the mean share that another case's answers earn")
    good = True
    for p in proofs:
        for problem in list(dict.fromkeys(p.problems))[:8]:
            print(f"NOT PROVEN {p.check.name}: {problem}")
            good = False
        if p.kill_rate < KILL_RATE_WANTED:
            good = False
            print(f"NOT PROVEN {p.check.name}: kill rate {p.kill_rate:.1%}, wanted {KILL_RATE_WANTED:.0%}. Survivors:")
            for survivor in p.survivors[:15]:
                print(f"    {survivor}")
    return good


def main(names: Sequence[str]) -> int:
    """Prove the named exercises, all by default; return the exit status."""
    good = True
    for exercise in names or proof_files():
        print(f"\nProof of {exercise}")
        started = time.monotonic()
        good = print_proofs(prove(exercise), time.monotonic() - started) and good
    return 0 if good else 1
