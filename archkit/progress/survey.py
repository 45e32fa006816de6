"""What the course has, read from its notebooks, and how much of it the learner has done."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from archkit.course import course_root
from archkit.learner.exercise_copies import copies, released_exercises
from archkit.progress.results import CheckOutcome, Result, last_results

__all__ = ["Exercise", "Lesson", "Module", "NextStep", "Progress", "Task", "progress"]

_CHECK = re.compile(r"""^check\(\s*["'](\w+\.\w+)["']\s*\)""", re.MULTILINE)
_MODULE = re.compile(r"\bmodules? (\d)")
_NEEDS = re.compile(r"\bthe first (?:(two|three|four|five|six|seven|eight) lessons|lesson) of this module")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")


@dataclass(frozen=True)
class Task:
    """One check of a lesson or an exercise, and its last result.

    Attributes:
        check: the check's name.
        title: the heading that it stands under.
        points: points of the task in the gradebook, held-back ones included; 0 in a lesson.
        result: the last result in the learner's own notebook, if there is one.
    """

    check: str
    title: str
    points: float
    result: Result | None

    @property
    def outcome(self) -> CheckOutcome:
        """How its last result ended; "not attempted" where there is none."""
        return self.result.outcome if self.result else "not attempted"

    @property
    def earned(self) -> float:
        """Points earned so far, at most those of the task."""
        return min(self.result.earned, self.points) if self.result else 0.0

    @property
    def held_back(self) -> float:
        """Points that only grading can give, as far as a result has told."""
        return max(self.points - self.result.possible, 0.0) if self.result else 0.0


@dataclass(frozen=True)
class Lesson:
    """One lesson, with how much of it was run when its notebook was last saved.

    Attributes:
        title: its heading.
        notebook: its file.
        cells: how many code cells it has.
        cells_run: how many of them hold a result of this learner's.
        checks: its self-checks.
        needs: how many lessons of its module come before it, as its opening says ("the first two lessons of this
            module").
    """

    title: str
    notebook: Path
    cells: int
    cells_run: int
    checks: tuple[Task, ...]
    needs: int = 0

    @property
    def state(self) -> Literal["not opened", "begun", "done"]:
        """Done when its self-checks are right; a lesson without any, when every cell has run."""
        right = [task.outcome == "right" for task in self.checks]
        if all(right) if right else self.cells_run == self.cells:
            return "done"
        return "begun" if self.cells_run or any(task.result for task in self.checks) else "not opened"


@dataclass(frozen=True)
class Exercise:
    """One exercise, with what its checks last said.

    Attributes:
        name: what `start` and nbgrader call it.
        title: its heading.
        copy: the learner's latest copy, or None before it was started.
        tasks: the tasks that a check grades.
        by_hand: points that a person gives.
    """

    name: str
    title: str
    copy: Path | None
    tasks: tuple[Task, ...]
    by_hand: float

    @property
    def points(self) -> float:
        """Points that checks give."""
        return sum(task.points for task in self.tasks)

    @property
    def earned(self) -> float:
        """Points that checks have given so far."""
        return round(sum(task.earned for task in self.tasks), 2)

    @property
    def open_tasks(self) -> list[Task]:
        """The tasks that are not right yet."""
        return [task for task in self.tasks if task.outcome != "right"]


@dataclass(frozen=True)
class Module:
    """One module: its title, and what of it exists."""

    title: str
    lessons: tuple[Lesson, ...]
    exercises: tuple[Exercise, ...]


@dataclass(frozen=True)
class NextStep:
    """What to do next, and the notebook for it, which an exercise that is not started does not have."""

    advice: str
    notebook: Path | None


@dataclass(frozen=True)
class Progress:
    """How far the learner has come. A notebook shows it as a picture, `print` as text."""

    modules: tuple[Module, ...]

    @property
    def next_step(self) -> NextStep:
        """The first thing in the course's order that is not done."""
        for module in self.modules:
            for lesson in module.lessons:
                if lesson.state == "not opened":
                    return NextStep(f"read the lesson “{lesson.title}”", lesson.notebook)
                if lesson.state == "begun":
                    what = "answer the self-check of" if lesson.checks else "finish"
                    return NextStep(f"{what} “{lesson.title}”", lesson.notebook)
            for exercise in module.exercises:
                if exercise.copy is None:
                    return NextStep(f'start the exercise “{exercise.title}”: start("{exercise.name}")', None)
                if exercise.open_tasks:
                    task = exercise.open_tasks[0]
                    return NextStep(f"go on with “{exercise.title}”, {task.title}", exercise.copy)
        return NextStep("everything that checks can see is done", None)

    def __str__(self) -> str:
        """Return the progress as text, a line for each lesson and exercise."""
        from archkit.progress.picture import progress_text

        return progress_text(self)

    def _repr_html_(self) -> str:
        from archkit.progress.picture import progress_html

        return progress_html(self)


def progress() -> Progress:
    """Return how far the learner has come in every lesson and exercise that this course has.

    What checks have said counts at once; which cells of a lesson were run counts as last saved.
    """
    results = last_results()
    exercises = [_exercise(name, results) for name in released_exercises()]
    folder = course_root() / "modules"
    paths = sorted(p for p in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
    lessons: dict[str, list[Lesson]] = {}
    for path in paths:
        place = path.relative_to(folder)
        lessons.setdefault(place.parts[0].removesuffix(".ipynb"), []).append(_lesson(path, results))
    modules = [
        Module(
            _title(name),
            tuple(sorted(found, key=lambda lesson: (lesson.needs, lesson.notebook.name))),
            tuple(exercise for number, exercise in exercises if number and name.startswith(f"{number}_")),
        )
        for name, found in sorted(lessons.items())
    ]
    placed = {exercise.name for module in modules for exercise in module.exercises}
    unplaced = tuple(exercise for _, exercise in exercises if exercise.name not in placed)
    if unplaced:
        modules.append(Module("Further exercises", (), unplaced))
    return Progress(tuple(modules))


def _title(folder: str) -> str:
    """Return a module's title as its folder says it: 2_system_design is "2 · System design"."""
    number, _, words = folder.partition("_")
    return f"{number} · {words.replace('_', ' ').capitalize()}" if number.isdecimal() and words else folder


def _lesson(path: Path, results: Mapping[str, Result]) -> Lesson:
    cells = _cells(path)
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    return Lesson(
        title=_heading(cells) or path.stem,
        notebook=path,
        cells=len(code),
        cells_run=sum(cell.get("execution_count") is not None for cell in code),
        checks=tuple(_tasks(cells, results)),
        needs=_NUMBERS.index(needed[1] or "one") + 1 if (needed := _NEEDS.search(_opening(cells))) else 0,
    )


def _exercise(name: str, results: Mapping[str, Result]) -> tuple[str, Exercise]:
    """Return an exercise with the number of its module, which its opening names ("the lessons of module 1")."""
    cells = _cells(course_root() / "exercises" / name / f"{name}.ipynb")
    module = _MODULE.search(_opening(cells))
    latest = copies(name)
    by_hand = sum(_grading(cell).get("points", 0) for cell in cells if _is_graded(cell) and not _check_in(cell))
    heading = re.sub(r"^Exercise:\s*", "", _heading(cells) or name)
    exercise = Exercise(
        name=name,
        title=heading[:1].upper() + heading[1:],
        copy=latest[-1].notebook if latest else None,
        tasks=tuple(_tasks(cells, results)),
        by_hand=by_hand,
    )
    return (module[1] if module else "", exercise)


def _tasks(cells: list[dict[str, Any]], results: Mapping[str, Result]) -> Iterator[Task]:
    heading = ""
    for cell in cells:
        if cell["cell_type"] == "markdown":
            for found in re.findall(r"^##+ +(.+)$", _source(cell), re.MULTILINE):
                heading = re.sub(r"\s*\([^()]*points?[^()]*\)\s*$", "", found)
        elif name := _check_in(cell):
            yield Task(name, heading or name, float(_grading(cell).get("points", 0)), results.get(name))


def _check_in(cell: Mapping[str, Any]) -> str:
    found = _CHECK.search(_source(cell)) if cell["cell_type"] == "code" else None
    return found[1] if found else ""


def _is_graded(cell: Mapping[str, Any]) -> bool:
    grading = _grading(cell)
    return bool(grading.get("grade") or grading.get("task"))


def _grading(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    found = cell.get("metadata", {}).get("nbgrader", {})
    return found if isinstance(found, dict) else {}


def _source(cell: Mapping[str, Any]) -> str:
    return "".join(cell.get("source", ""))


def _opening(cells: list[dict[str, Any]]) -> str:
    return next((_source(cell) for cell in cells if cell["cell_type"] == "markdown"), "")


def _heading(cells: list[dict[str, Any]]) -> str:
    texts = (_source(cell) for cell in cells if cell["cell_type"] == "markdown")
    found = next((match for text in texts if (match := re.search(r"^# +(.+)$", text, re.MULTILINE))), None)
    return found[1].strip() if found else ""


def _cells(path: Path) -> list[dict[str, Any]]:
    """Return a notebook's cells; none where it cannot be read, which must not hide the progress in the others."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return [cell for cell in cells if cell["cell_type"] in ("code", "markdown")]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
