"""What a check is, how one is declared, and where a check is found by its name."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from autograde.answers import AnswerSheet
from autograde.findings import Judgement, Misconception

__all__ = ["Check", "FindingRule", "UnknownCheck", "checks_of", "exercises", "find_check"]

Sheet = TypeVar("Sheet", bound=AnswerSheet)
JudgementFunction = Callable[[Any, Any], Judgement]


class UnknownCheck(LookupError):
    """A name was asked for that no check has."""


@dataclass(frozen=True)
class FindingRule:
    """How one finding is made: its points, the answers it needs, and the function that judges them."""

    name: str
    title: str
    points: float
    needs: tuple[str, ...]
    judge: JudgementFunction
    held_back: bool = False


@dataclass
class Check:
    """One task's check, declared at module level in `autograde/checks/`.

    Attributes:
        name: `exercise.task`, as the notebook's line `check("exercise.task")` says it.
        title: what the task asks for, in a few words.
        answers: the sheet of answers it needs.
        misconceptions: every known wrong idea that its findings may name.
        held_back_points: points of the findings that run only when an instructor grades. Their rules live in
            `autograde/held_back/`, which a learner's copy of the course does not have.
        held_back_about: what those findings look at, in words that complete "checked on ...".
        case: `learner`, or `demonstration` for a lesson's self-check on Larkspur.
    """

    name: str
    title: str
    answers: type[AnswerSheet]
    misconceptions: tuple[Misconception, ...] = ()
    held_back_points: float = 0.0
    held_back_about: str = "cases you have not seen"
    case: Literal["learner", "demonstration"] = "learner"
    rules: list[FindingRule] = field(default_factory=list)
    held_back_rules: list[FindingRule] = field(default_factory=list)

    def __post_init__(self) -> None:
        exercise, _, task = self.name.partition(".")
        if not (exercise.isidentifier() and task.isidentifier()):
            raise ValueError(f"A check is named exercise.task, not {self.name!r}.")
        if self.name in _registry:
            raise ValueError(f"There are two checks named {self.name!r}.")
        _registry[self.name] = self

    @property
    def exercise(self) -> str:
        """The exercise or lesson that the check belongs to."""
        return self.name.partition(".")[0]

    @property
    def points(self) -> float:
        """Points of the whole task, held-back ones included."""
        return sum(rule.points for rule in self.rules) + self.held_back_points

    def finding(
        self, title: str, *, points: float, needs: Iterable[str] | None = None
    ) -> Callable[[Callable[[Sheet, Any], Judgement]], Callable[[Sheet, Any], Judgement]]:
        """Add a finding to the check; used as a decorator on the function that judges.

        Args:
            title: what is looked at, in a few words.
            points: points possible.
            needs: the answers it needs, all of the sheet by default. Where one is absent the finding does not run.
        """
        return self._adder(self.rules, title, points, needs, held_back=False)

    def held_back_finding(
        self, title: str, *, points: float, needs: Iterable[str] | None = None
    ) -> Callable[[Callable[[Sheet, Any], Judgement]], Callable[[Sheet, Any], Judgement]]:
        """Add a finding that runs only when an instructor grades; for modules in `autograde/held_back/`."""
        return self._adder(self.held_back_rules, title, points, needs, held_back=True)

    def _adder(
        self,
        rules: list[FindingRule],
        title: str,
        points: float,
        needs: Iterable[str] | None,
        held_back: bool,
    ) -> Callable[[Callable[[Sheet, Any], Judgement]], Callable[[Sheet, Any], Judgement]]:
        needed = tuple(self.answers.model_fields) if needs is None else tuple(needs)
        unknown = set(needed) - set(self.answers.model_fields)
        if unknown:
            raise ValueError(f"{self.name}: a finding needs {sorted(unknown)}, which the sheet does not declare.")

        def add(judge: Callable[[Sheet, Any], Judgement]) -> Callable[[Sheet, Any], Judgement]:
            rules.append(FindingRule(judge.__name__, title, points, needed, judge, held_back))
            return judge

        return add


_registry: dict[str, Check] = {}


def find_check(name: str, *, held_back: bool = False) -> Check:
    """Return the check of this name, loading its exercise's module on first use.

    Args:
        name: `exercise.task`.
        held_back: also load the findings that are held back for grading, where this copy of the course has them.

    Raises:
        UnknownCheck: if there is none; the message names the nearest one.
    """
    exercise = name.partition(".")[0] if isinstance(name, str) else ""
    if exercise in exercises():
        importlib.import_module(f"autograde.checks.{exercise}")
        if held_back:
            load_held_back(exercise)
    try:
        return _registry[name]
    except (KeyError, TypeError):
        known = sorted(_registry) if exercise in exercises() else exercises()
        near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UnknownCheck(
            f'There is no check named {name!r}.{hint} The line is `check("exercise.task")`, as the notebook '
            "came; a notebook from another version of the course may name checks that this one does not have."
        ) from None


def load_held_back(exercise: str) -> bool:
    """Load an exercise's held-back findings; return whether this copy of the course has them."""
    module = f"autograde.held_back.{exercise}"
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name in {module, "autograde.held_back"}:
            return False
        raise
    return True


def exercises() -> list[str]:
    """Return the exercises and lessons that have checks, by name."""
    import autograde.checks

    return sorted(m.name for m in pkgutil.iter_modules(autograde.checks.__path__) if not m.name.startswith("_"))


def checks_of(exercise: str, *, held_back: bool = False) -> list[Check]:
    """Return an exercise's checks in the order in which its module declares them.

    Raises:
        UnknownCheck: if there is no such exercise.
    """
    if exercise not in exercises():
        raise UnknownCheck(f"There is no exercise named {exercise!r}. There are: {', '.join(exercises())}.")
    importlib.import_module(f"autograde.checks.{exercise}")
    if held_back:
        load_held_back(exercise)
    return [check for check in _registry.values() if check.exercise == exercise]
