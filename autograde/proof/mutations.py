"""Mutants of right answers: small generated changes, each of which a check should notice.

A mutant is a description and a changed value. The generators work on values as they cross to the grader: plain JSON
values for answers and work products, and functions wrapped so that what they return is changed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

__all__ = ["Mutant", "flags", "function_returning", "names", "numbers", "text"]

Mutant = tuple[str, Any]

FACTORS = (2, 0.5, 10, 0.1, 30, 1 / 30, 60, 1 / 60, 1000, 0.001, 1.15, 0.87, -1, 0)


def numbers(value: float) -> Iterator[Mutant]:
    """Wrong by a factor: units confused, a step left out, a sign lost."""
    for factor in FACTORS:
        if value * factor != value:
            yield f"× {factor:.3g}", value * factor


def flags(value: bool) -> Iterator[Mutant]:
    """The other truth value."""
    yield f"{not value}", not value


def text(value: str, vocabulary: Sequence[str]) -> Iterator[Mutant]:
    """Another word of the vocabulary, and words of none."""
    for other in (*vocabulary, "", f"{value}s"):
        if other != value:
            yield repr(other), other


def names(value: Sequence[str], vocabulary: Sequence[str]) -> Iterator[Mutant]:
    """A name missing, one too many, none, or all."""
    for name in value:
        yield f"without {name}", [n for n in value if n != name]
    for name in vocabulary:
        if name not in value:
            yield f"with {name}", [*value, name]
    if value:
        yield "none", []
    if set(vocabulary) != set(value):
        yield "all", list(vocabulary)


def function_returning(function: Callable[..., Any], example: Any, vocabulary: Sequence[str]) -> Iterator[Mutant]:
    """The function with what it returns, or what it is given, changed in one way.

    Args:
        function: the right function.
        example: something that it returns, whose form says which changes make sense.
        vocabulary: names that a returned list may hold.
    """

    def changed(change: Callable[[Any], Any]) -> Callable[..., Any]:
        return lambda *arguments: change(copy.deepcopy(function(*arguments)))

    yield "returns None", lambda *arguments: None
    yield "returns the same for everything", lambda *arguments: copy.deepcopy(example)
    if isinstance(example, int | float) and not isinstance(example, bool):
        for factor in FACTORS:
            yield f"× {factor:.3g}", changed(partial(_times, factor))
        yield "of half the last argument", lambda *arguments: function(*arguments[:-1], arguments[-1] / 2)
        yield "never above the example", changed(lambda value: min(value, example))
    if isinstance(example, dict):
        for key in example:
            yield f"without {key}", changed(partial(_without, key))
            for factor in (1.25, 0.1, 60):
                yield f"{key} × {factor}", changed(partial(_scaled, key, factor))
        yield "all × 2", changed(lambda d: {k: 2 * v for k, v in d.items()})
        yield "of half the argument", lambda x: function(x / 2)
        yield "capped at 1", changed(lambda d: {k: min(v, 1.0) for k, v in d.items()})
        yield "never below 0.2", changed(lambda d: {k: max(v, 0.2) for k, v in d.items()})
    if isinstance(example, list):
        for name in vocabulary:
            yield f"never {name}", changed(partial(_never, name))
            yield f"always {name}", changed(partial(_always, name))
        yield "nothing", changed(lambda given: [])
        yield "everything", changed(lambda given: list(vocabulary))
        yield "only the first", changed(lambda given: given[:1])
        yield "only the last", changed(lambda given: given[-1:])
        yield "the opposite", changed(lambda given: [n for n in vocabulary if n not in given])
        yield "joined to one text", changed(lambda given: ", ".join(given))


def _times(factor: float, value: float) -> float:
    return value * factor


def _without(key: str, given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != key}


def _scaled(key: str, factor: float, given: dict[str, Any]) -> dict[str, Any]:
    return {**given, key: given[key] * factor}


def _never(name: str, given: list[str]) -> list[str]:
    return [value for value in given if value != name]


def _always(name: str, given: list[str]) -> list[str]:
    return [*given, name]
