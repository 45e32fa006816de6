"""Files of the learner's: how they are written, named in sentences and linked to."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from urllib.parse import quote

from archkit.course import course_root

__all__ = ["link_from_here", "reason", "shown_path", "write_whole"]


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there as a whole or, when something fails, as it was before.

    Raises:
        OSError: if it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def shown_path(path: Path) -> str:
    """Return a path as learners know it: from the course's folder, where it lies below it."""
    with contextlib.suppress(ValueError, FileNotFoundError):
        return path.relative_to(course_root()).as_posix()
    return str(path)


def reason(error: OSError) -> str:
    """Return why something could not be read or written, in the operating system's words."""
    return error.strerror or type(error).__name__


def link_from_here(path: Path) -> str:
    """Return a path as the target of a link in the notebook that runs here."""
    try:
        relative = Path(os.path.relpath(path))
    except ValueError:  # another drive on Windows
        relative = path
    return quote(relative.as_posix())
