"""The results of checks, as they come in: one line of JSON each, in work/progress.jsonl."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from archkit.learner.profile import work_folder

__all__ = ["Result", "last_results", "record"]

RESULTS = "progress.jsonl"

CheckOutcome = Literal["not attempted", "error", "wrong", "right"]


@dataclass(frozen=True)
class Result:
    """One result of a check in the learner's own notebook.

    Attributes:
        check: the check's name, `exercise.task`.
        outcome: how it ended.
        earned: points earned.
        possible: points that could be earned there, without those held back for grading.
        when: the moment, in UTC.
    """

    check: str
    outcome: CheckOutcome
    earned: float
    possible: float
    when: datetime


def record(result: Mapping[str, Any]) -> bool:
    """Add a check's result to the learner's progress.

    A check must work on a full disk and in a folder that cannot be written, so nothing is ever raised. While nbgrader
    grades, nothing is recorded: what runs then is somebody else's.

    Args:
        result: what `autograde.record.result_record` makes of it: `check`, `outcome`, `earned`, and `findings` with
            `points` each.

    Returns:
        Whether it was recorded.
    """
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        return False
    try:
        line = json.dumps(
            {
                "when": datetime.now(UTC).isoformat(timespec="seconds"),
                "check": str(result["check"]),
                "outcome": str(result["outcome"]),
                "earned": float(result["earned"]),
                "possible": float(sum(finding["points"] for finding in result["findings"])),
                "misconceptions": [str(name) for name in result.get("misconceptions", ())],
            },
            ensure_ascii=False,
        )
        folder = work_folder()
        folder.mkdir(parents=True, exist_ok=True)
        # One write at the end of the file, so that two kernels cannot mix their lines. It begins with a line break,
        # so that a line that was cut off spoils no other.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        file = os.open(folder / RESULTS, flags, 0o644)
        try:
            os.write(file, f"\n{line}\n".encode())
        finally:
            os.close(file)
    except Exception:
        return False
    return True


def last_results() -> dict[str, Result]:
    """Return the last result of each check, by its name. Lines that are no results are passed over.

    A result that was not attempted never replaces one that was: after a restart of the kernel a check finds no
    answers, and the learner has lost nothing.
    """
    try:
        lines = (work_folder() / RESULTS).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    found: dict[str, Result] = {}
    for line in lines:
        result = _read(line)
        if result and (result.outcome != "not attempted" or result.check not in found):
            found[result.check] = result
    return found


def _read(line: str) -> Result | None:
    try:
        fields = json.loads(line)
        result = Result(
            check=str(fields["check"]),
            outcome=fields["outcome"],
            earned=float(fields["earned"]),
            possible=float(fields["possible"]),
            when=datetime.fromisoformat(fields["when"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    sound = result.outcome in get_args(CheckOutcome) and math.isfinite(result.earned) and math.isfinite(result.possible)
    return result if sound else None
