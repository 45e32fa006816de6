"""Submitted notebook files, before anything runs: can they be read at all?"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

__all__ = ["explain_unreadable", "why_unreadable"]

log = logging.getLogger("traitlets")  # the logger of nbgrader's commands, so that the sentence stands in their log


def why_unreadable(path: Path) -> str | None:
    """Return one sentence that says why a submitted file is no notebook, or None when it can be read."""
    import nbformat

    try:
        content = path.read_bytes()
        text = content.decode()
    except OSError as error:
        return f"{path.name} cannot be opened: {error.strerror}."
    except UnicodeDecodeError:
        return f"{path.name} is not a notebook: it is not text. Ask for it again."
    if not text.strip():
        return f"{path.name} is empty. Ask for it again."
    try:
        nbformat.reads(text, as_version=4)
    except (json.JSONDecodeError, nbformat.reader.NotJSONError):
        try:
            json.loads(text)
            where = ""
        except json.JSONDecodeError as error:
            where = f" ({error.msg} at line {error.lineno} of {text.count(chr(10)) + 1})"
        return f"{path.name} is not JSON, so no notebook program can open it{where}. Ask for it again."
    except Exception as error:
        return f"{path.name} is JSON but no notebook ({' '.join(str(error).split())[:120]}). Ask for it again."
    return None


def explain_unreadable(assignment: str, student: str, notebooks: Iterable[str], **_: Any) -> None:
    """Say in nbgrader's log which submitted files cannot be read and why; for `Autograde.pre_convert_hook`."""
    for notebook in notebooks:
        reason = why_unreadable(Path(notebook))
        if reason:
            log.error(
                "%s of %s was not graded: %s The other submissions are not affected.", assignment, student, reason
            )
