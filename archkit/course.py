"""Where the course's own files are."""

from functools import cache
from pathlib import Path

__all__ = ["course_root", "data_folder"]


@cache
def course_root() -> Path:
    """Return the folder that holds the course: modules/, data/, exercises/ and the packages.

    Raises:
        FileNotFoundError: if archkit was installed away from its checkout, so that no course lies around it.
    """
    root = Path(__file__).resolve().parent.parent
    if not (root / "data").is_dir():
        raise FileNotFoundError(
            f"No course was found at {root}: it has no data/ folder. "
            "Install archkit from a clone of the course (`make lab` does it), not as a package on its own."
        )
    return root


def data_folder() -> Path:
    """Return the folder of the course's datasets."""
    return course_root() / "data"
