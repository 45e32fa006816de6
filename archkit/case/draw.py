"""Draws from a seed that are the same on every machine and every version of Python.

`random.Random` promises that only for `random()`; a case must not change when Python does, so the numbers come from
SHA-256 in counter mode.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

__all__ = ["Draw"]

T = TypeVar("T")


class Draw:
    """A stream of draws that depends on nothing but its seed text."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._count = 0

    def fraction(self) -> float:
        """Return a number from 0 up to, not including, 1."""
        self._count += 1
        digest = hashlib.sha256(self._seed + b"/" + str(self._count).encode()).digest()
        return int.from_bytes(digest[:6]) / 2**48

    def between(self, low: float, high: float) -> float:
        """Return a number from low to high."""
        return low + (high - low) * self.fraction()

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + int(self.fraction() * (high - low + 1))

    def choice(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[self.whole(0, len(options) - 1)]

    def rounded(self, low: float, high: float, digits: int = 2) -> int:
        """Return a whole number between low and high with only so many significant digits, as people quote volumes."""
        return _significant(self.between(low, high), digits)


def _significant(value: float, digits: int) -> int:
    scale: int = 10 ** max(len(str(int(value))) - digits, 0)
    return max(round(value / scale) * scale, 1)
