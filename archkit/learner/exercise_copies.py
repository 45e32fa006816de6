"""The learner's copies of exercises: made once with the learner's id in them, and never overwritten."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from archkit.course import course_root
from archkit.learner.files import link_from_here, reason, shown_path, write_whole
from archkit.learner.profile import learner, work_folder
from archkit.typed_data import did_you_mean, shortened

__all__ = ["ExerciseCopy", "StartedExercise", "copies", "released_exercises", "start"]

LEARNER_CELL = "learner"
"""The nbgrader id of the cell in which an exercise asks for the learner's id."""

_BLANK_ID = re.compile(r"LEARNER_ID\s*=\s*\.\.\.\s*")
_NOT_RELEASED = {".ipynb_checkpoints", "__pycache__", ".DS_Store"}


@dataclass(frozen=True)
class ExerciseCopy:
    """One copy of an exercise in the learner's folder.

    Attributes:
        exercise: the exercise's name.
        notebook: the copy's notebook. It may have been damaged or taken away since.
        release: the fingerprint of what was copied, None where the notebook does not say it.
        started: the day on which it was copied, None where the notebook does not say it.
        problem: why the notebook cannot be read, or nothing.
    """

    exercise: str
    notebook: Path
    release: str | None = None
    started: date | None = None
    problem: str = ""

    @property
    def assignment(self) -> str:
        """What `nbgrader submit` calls this copy: its folder, from the learner's folder."""
        return self.notebook.parent.relative_to(work_folder()).as_posix()


@dataclass(frozen=True)
class StartedExercise:
    """What `start` did. A notebook shows it as a few sentences with a link.

    Attributes:
        exercise: the name that was asked for.
        outcome: "copied", "kept" (there was a copy, and it is as it was), or "refused".
        message: what happened, and what to do next.
        notebook: the notebook to open; None when there is none.
    """

    exercise: str
    outcome: Literal["copied", "kept", "refused"]
    message: str
    notebook: Path | None = None

    def __str__(self) -> str:
        """Return the message, as plain text."""
        return self.message

    def _repr_markdown_(self) -> str:
        if self.notebook is None:
            return self.message
        return f"[**Open {self.exercise}**]({link_from_here(self.notebook)})\n\n{self.message}"


def start(exercise: str, *, fresh: bool = False) -> StartedExercise:
    """Copy an exercise into the learner's folder, with the learner's id in its first answer cell.

    A copy that is there is never touched: `start` then says where it is, and whether the exercise has changed since.
    The notebook lies where `nbgrader submit` looks for it, as work/<exercise>/<exercise>.ipynb. For an unknown name,
    no learner id, or a folder that cannot be written it raises nothing: the message of what it returns says what to do.

    Args:
        exercise: its name, such as "component_sketch".
        fresh: make a further copy beside those that are there, as work/copy_2/<exercise>.
    """
    known = released_exercises()
    if exercise not in known:
        listed = f"There are: {', '.join(f'`{name}`' for name in known)}." if known else "None is released here."
        return StartedExercise(
            str(exercise),
            "refused",
            f"There is no exercise {shortened(exercise)}.{did_you_mean(exercise, known)} {listed}",
        )
    there = copies(exercise)
    if there and not fresh:
        return _kept(there[-1])
    who = learner()
    if not isinstance(who.id, str):
        return StartedExercise(
            exercise,
            "refused",
            f"`{exercise}` is not started yet: its case is drawn from your learner id, and none is known. Give your id "
            "in the first cell of Start here, or in a terminal with `archkit learner YOUR-ID`. Then start it again.",
        )
    folder = _folder_for(exercise, there[-1] if there else None)
    try:
        notebook = _copy(exercise, folder, who.id)
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = reason(error) if isinstance(error, OSError) else f"exercises/{exercise} is damaged"
        return StartedExercise(
            exercise,
            "refused",
            f"`{exercise}` could not be copied to {shown_path(folder)} ({why}). Put that right and start it again.",
        )
    handing_in = f" To hand in this copy: `nbgrader submit {copies(exercise)[-1].assignment}`." if there else ""
    return StartedExercise(
        exercise,
        "copied",
        f"Your copy is {shown_path(notebook)}, with the learner id `{who.id}` in its first cell. It is yours: nothing "
        f"in the course writes to it again.{handing_in}",
        notebook,
    )


def released_exercises() -> list[str]:
    """Return the names of the exercises that this course has, sorted."""
    folder = course_root() / "exercises"
    return sorted(path.parent.name for path in folder.glob("*/*.ipynb") if path.stem == path.parent.name)


def copies(exercise: str) -> list[ExerciseCopy]:
    """Return the learner's copies of an exercise, the latest last."""
    work = work_folder()
    found = [work / exercise / f"{exercise}.ipynb"]
    found += sorted(work.glob(f"copy_*/{exercise}/{exercise}.ipynb"), key=_number)
    return [_read_copy(exercise, path) for path in found if path.exists()]


def _number(notebook: Path) -> int:
    digits = notebook.parent.parent.name.removeprefix("copy_")
    return int(digits) if digits.isdecimal() else 0


def _read_copy(exercise: str, path: Path) -> ExerciseCopy:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        about = notebook["metadata"].get("course", {}) if notebook["cells"] is not None else {}
        day = about.get("started")
        return ExerciseCopy(exercise, path, about.get("release"), date.fromisoformat(day) if day else None)
    except OSError as error:
        return ExerciseCopy(exercise, path, problem=reason(error))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ExerciseCopy(exercise, path, problem="it is not a notebook any more")


def _kept(copy: ExerciseCopy) -> StartedExercise:
    beside = f'`start("{copy.exercise}", fresh=True)` makes a fresh copy beside it.'
    where = shown_path(copy.notebook)
    if copy.problem:
        message = f"Your copy, {where}, cannot be read ({copy.problem}). It is kept as it is; {beside}"
        return StartedExercise(copy.exercise, "kept", message, copy.notebook)
    day = f" You started it on {copy.started.day} {copy.started:%B %Y}." if copy.started else ""
    message = f"Your copy, {where}, is kept as it is.{day}"
    if _changed_since(copy):
        message += f" The exercise has changed since then. Your work stays; {beside}"
    return StartedExercise(copy.exercise, "kept", message, copy.notebook)


def _changed_since(copy: ExerciseCopy) -> bool:
    try:
        return copy.release not in (None, _fingerprint(course_root() / "exercises" / copy.exercise))
    except (OSError, ValueError, KeyError, TypeError):  # a damaged release is no newer one
        return False


def _folder_for(exercise: str, latest: ExerciseCopy | None) -> Path:
    if latest is None:
        return work_folder() / exercise
    number = max(_number(latest.notebook), 1) + 1
    while (work_folder() / f"copy_{number}" / exercise).exists():
        number += 1
    return work_folder() / f"copy_{number}" / exercise


def _copy(exercise: str, target: Path, learner_id: str) -> Path:
    """Copy an exercise's files, its notebook last, so that a copy that was interrupted is taken up again."""
    source = course_root() / "exercises" / exercise
    notebook = json.loads((source / f"{exercise}.ipynb").read_text(encoding="utf-8"))
    _fill_in(notebook, learner_id)
    about = notebook["metadata"].setdefault("course", {})
    about.update(release=_fingerprint(source), started=date.today().isoformat())
    target.mkdir(parents=True, exist_ok=True)
    for path in _side_files(source):
        beside = target / path.relative_to(source)
        if not beside.exists():
            beside.parent.mkdir(parents=True, exist_ok=True)
            write_whole(beside, path.read_bytes())
    copied = target / f"{exercise}.ipynb"
    write_whole(copied, f"{json.dumps(notebook, ensure_ascii=False, indent=1)}\n".encode())
    return copied


def _fill_in(notebook: dict[str, Any], learner_id: str) -> None:
    """Write the learner's id into the cell that asks for it. No other cell and no cell's metadata is touched."""
    stated = f"LEARNER_ID = {json.dumps(learner_id, ensure_ascii=False)}"
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == LEARNER_CELL:
            kept = [  # all but the comment that nbgrader leaves where a solution was
                stated if _BLANK_ID.fullmatch(line) else line
                for line in "".join(cell["source"]).splitlines()
                if not line.startswith("#")
            ]
            cell["source"] = "\n".join(kept).splitlines(keepends=True)


def _fingerprint(folder: Path) -> str:
    """Return a digest of what an exercise gives to learners. Running its notebook in place does not change it."""
    notebook = json.loads((folder / f"{folder.name}.ipynb").read_text(encoding="utf-8"))
    cells = [
        [cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("nbgrader")] for cell in notebook["cells"]
    ]
    digest = hashlib.sha256(json.dumps(cells, sort_keys=True).encode())
    for path in _side_files(folder):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _side_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and parts != (f"{folder.name}.ipynb",) and not _NOT_RELEASED & set(parts):
            yield path
