"""Grading of architect's work: checks, the engine that runs them, and their proof.

Notebooks need one name of it: `from autograde import check`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograde.notebook import check

__all__ = ["check"]


def __getattr__(name: str) -> Any:
    if name == "check":
        from autograde.notebook import check

        return check
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
