"""Who is learning here: one id, kept in a small file, from which the learner's case is drawn."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from types import EllipsisType

from archkit.case import InvalidLearnerId, normalised_learner_id
from archkit.course import course_root
from archkit.learner.files import reason, shown_path, write_whole

__all__ = ["Learner", "learner", "work_folder"]

PROFILE = "learner.json"
UNREADABLE = "learner.unreadable.json"


@dataclass(frozen=True)
class Learner:
    """Who is learning here. A notebook shows it as a sentence.

    Attributes:
        id: the learner's id in the form that counts, or `...` while none is known. Either can be given to
            `Case.for_learner`.
        message: what has happened to the id, and what to do where something is missing or wrong.
        is_kept: whether the id that was given, or else asked for, lies in work/learner.json.
    """

    id: str | EllipsisType
    message: str
    is_kept: bool = False

    @property
    def is_known(self) -> bool:
        """Whether there is an id."""
        return isinstance(self.id, str)

    def __str__(self) -> str:
        """Return the message, as plain text."""
        return self.message

    def _repr_markdown_(self) -> str:
        return self.message


def work_folder() -> Path:
    """Return the folder of everything that is the learner's: the one that `ARCHKIT_WORK` names, or the course's work/.

    It need not exist yet.

    Raises:
        FileNotFoundError: if none is named and no course is found.
    """
    named = os.environ.get("ARCHKIT_WORK")
    return Path(named).expanduser() if named else course_root() / "work"


def learner(learner_id: object = ...) -> Learner:
    """Return who is learning here; with an id, keep it in work/learner.json for the exercises.

    It never raises because of an id or of a damaged file: the message of what it returns says what is wrong.

    Args:
        learner_id: any name, e-mail address or number that stays the same; see `normalised_learner_id` for what it
            may be. `...` only asks.
    """
    kept, damage = _kept()
    if learner_id is not ...:
        return _keep(learner_id, kept, damage)
    if kept is not None:
        return Learner(kept, f"Your learner id is `{kept}`.", is_kept=True)
    if damage:
        return Learner(..., f"{damage} Write your learner id in place of the dots and run the cell again.")
    return Learner(
        ..., f"There is no learner id here yet. {_proposal()} Until then you read the course with Larkspur's own case."
    )


def _keep(learner_id: object, kept: str | None, damage: str) -> Learner:
    try:
        new = normalised_learner_id(learner_id)
    except InvalidLearnerId as error:
        still = f" Your id is still `{kept}`." if kept else ""
        return Learner(kept or ..., f"{error}{still}")
    if new == kept:
        return Learner(new, f"Your learner id is `{new}`.", is_kept=True)
    folder = work_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if damage and (folder / PROFILE).is_file():
            (folder / PROFILE).replace(folder / UNREADABLE)
        write_whole(folder / PROFILE, f"{json.dumps({'learner_id': new}, ensure_ascii=False)}\n".encode())
    except OSError as error:
        return Learner(
            new,
            f"Your learner id is `{new}`, but {shown_path(folder / PROFILE)} could not be written ({reason(error)}). "
            "So it holds in this notebook only. Make the folder writable and run the cell again.",
        )
    was = f" It was `{kept}`: exercises that you started under it keep it, and its case." if kept else ""
    beside = f" The damaged file is beside it, as {UNREADABLE}." if damage else ""
    return Learner(
        new, f"Your learner id is `{new}`, kept in {shown_path(folder / PROFILE)}.{was}{beside}", is_kept=True
    )


def _kept() -> tuple[str | None, str]:
    """Return the id that is kept, if one is, and what is wrong with the file, if something is."""
    path = work_folder() / PROFILE
    try:
        return normalised_learner_id(json.loads(path.read_text(encoding="utf-8"))["learner_id"]), ""
    except FileNotFoundError:
        return None, ""
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None, f"{shown_path(path)} cannot be read, so your learner id is not known."


def _proposal() -> str:
    """Say how to give an id, with the name that a JupyterHub knows the learner by where there is one."""
    # On Binder everybody gets a random name, which would be another one, with another case, the next time.
    name = "" if os.environ.get("BINDER_LAUNCH_HOST") else os.environ.get("JUPYTERHUB_USER", "").strip()
    if name:
        return f'This server knows you as `{name}`, and submissions come under that name: write `"{name}"` as your id.'
    return "Write one in place of the dots, in quotes, and run the cell again."
