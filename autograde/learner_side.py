"""The part of grading that runs beside the learner's code: it turns answers into JSON, and calls function answers.

In grading this module is imported by the learner's kernel and everything else by the grader. It therefore imports
only the standard library, knows no check and no expected value, and is not trusted: whatever it returns is validated
by the grader against the types that the check declares.

An answer may be an object with code of its own, and that code may fail, lie or never end. What it says is taken as
text at most; an endless one is interrupted from outside.
"""

from __future__ import annotations

import dis
import inspect
import json
import math
import sys
import types
from collections.abc import Callable, Mapping, Set, ValuesView
from enum import Enum
from itertools import islice
from typing import Any

__all__ = [
    "MAXIMUM_CHARACTERS",
    "MAXIMUM_DEPTH",
    "MAXIMUM_VALUES",
    "UnreadableAnswer",
    "call_answer",
    "call_in_notebook",
    "export_answers",
    "export_from_notebook",
]

MAXIMUM_DEPTH = 40
"""Deepest nesting of lists and dictionaries that an answer may have."""

MAXIMUM_CHARACTERS = 1_000_000
"""Longest JSON text that one answer, or one value returned by a function answer, may have."""

MAXIMUM_VALUES = 100_000
"""Most numbers, texts, lists and dictionaries that one answer may consist of."""

_LARGEST_INTEGER_BITS = 1_024  # beyond this no float can hold it, and JSON readers refuse it some way further on
_TRIVIAL_OPCODES = {"RESUME", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "NOP", "POP_TOP"}


class UnreadableAnswer(ValueError):
    """An answer that cannot be written as JSON; its message says why in words for the learner."""


def export_answers(namespace: Mapping[str, Any], names: list[str]) -> str:
    """Write the named answers of a notebook as one JSON envelope.

    Args:
        namespace: the notebook's variables.
        names: the answers that a check asks for.

    Returns:
        JSON text `{"learner_id": ..., "answers": {name: {"kind": ...}}}`, where kind is `missing`, `untouched`,
        `function`, `refused` (with a reason) or `value` (with the value as plain JSON).
    """
    answers = {name: _export(namespace, name) for name in names}
    learner_id = namespace.get("LEARNER_ID")
    stated = learner_id[:MAXIMUM_CHARACTERS] if type(learner_id) is str else None
    return json.dumps({"learner_id": stated, "answers": answers})


def call_answer(namespace: Mapping[str, Any], name: str, arguments: str) -> str:
    """Call a function answer once and write what it returned as JSON.

    Args:
        namespace: the notebook's variables.
        name: the function answer's name.
        arguments: a JSON list of positional arguments.

    Returns:
        JSON text `{"kind": "value", "value": ...}`, `{"kind": "raised", "error": ..., "message": ...}` or
        `{"kind": "refused", "reason": ...}`.
    """
    function = namespace.get(name)
    if not callable(function):
        return json.dumps({"kind": "refused", "reason": f"`{name}` is no longer a function"})
    given = json.loads(arguments)
    try:
        returned = function(*given)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        kind, message = _described(error)
        return json.dumps({"kind": "raised", "error": kind, "message": message, "line": _learner_line(error, function)})
    try:
        return json.dumps({"kind": "value", "value": _written(returned)})
    except UnreadableAnswer as error:
        return json.dumps({"kind": "refused", "reason": f"what `{name}` returned {error}"})


def export_from_notebook(names: list[str]) -> str:
    """Export answers of the notebook whose kernel this is.

    Returns:
        What `export_answers` writes, as hexadecimal UTF-8: text that a kernel shows as it is, quoted.
    """
    return export_answers(_notebook(), names).encode().hex()


def call_in_notebook(name: str, arguments: str) -> str:
    """Call a function answer of the notebook whose kernel this is.

    Returns:
        What `call_answer` writes, as hexadecimal UTF-8.
    """
    return call_answer(_notebook(), name, arguments).encode().hex()


def _notebook() -> dict[str, Any]:
    return sys.modules["__main__"].__dict__


def _export(namespace: Mapping[str, Any], name: str) -> dict[str, Any]:
    if name not in namespace:
        return {"kind": "missing"}
    answer = namespace[name]
    if answer is Ellipsis or (type(answer) is types.FunctionType and _is_blank(answer)):
        return {"kind": "untouched"}
    if callable(answer):
        return {"kind": "function", "parameters": _parameters(answer)}
    try:
        return {"kind": "value", "value": _written(answer)}
    except UnreadableAnswer as error:
        return {"kind": "refused", "reason": str(error)}


def _is_blank(function: types.FunctionType) -> bool:
    """Whether a function is still the stub `def name(...): ...`: it does nothing and returns None."""
    code = function.__code__
    constants = [c for c in code.co_consts if c is not None and c is not Ellipsis]
    if constants and isinstance(function.__doc__, str) and constants[0] == function.__doc__:
        del constants[0]
    return not constants and {i.opname for i in dis.get_instructions(code)} <= _TRIVIAL_OPCODES


def _parameters(function: Any) -> list[str]:
    try:
        return [str(name) for name in inspect.signature(function).parameters]
    except KeyboardInterrupt:
        raise
    except BaseException:  # a signature can be code of the learner's
        return []


def _written(value: Any) -> Any:
    """Turn a value into plain JSON values that are sure to be writable and not too long.

    Raises:
        UnreadableAnswer: with the reason in words, whatever the value's own code does when it is read.
    """
    try:
        plain = _Copy().of(value)
        text = json.dumps(plain, allow_nan=False)
    except (UnreadableAnswer, KeyboardInterrupt):
        raise
    except BaseException as error:
        kind, message = _described(error)
        raise UnreadableAnswer(f"cannot be read ({kind}: {message})") from None
    if len(text) > MAXIMUM_CHARACTERS:
        raise UnreadableAnswer(
            f"is too large: {len(text):,} characters as JSON, and {MAXIMUM_CHARACTERS:,} are the limit"
        )
    return plain


class _Copy:
    """One answer's copy in plain JSON values, which ends however large, shared or endless the answer is."""

    def __init__(self) -> None:
        self._values = 0

    def of(self, value: Any, depth: int = 0) -> Any:
        """Turn an answer, or a part of one, into plain JSON values, or say in words why it is none."""
        self._values += 1
        if self._values > MAXIMUM_VALUES:
            raise UnreadableAnswer(f"is too large: it has more than {MAXIMUM_VALUES:,} values")
        if depth > MAXIMUM_DEPTH:
            raise UnreadableAnswer(f"is nested more than {MAXIMUM_DEPTH} levels deep")
        if isinstance(value, Enum):
            return self.of(value.value, depth + 1)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return _text(value)
        if value is Ellipsis:
            raise UnreadableAnswer("still has `...` in it: a part is not filled in")
        if isinstance(value, int):
            return _integer(value)
        if isinstance(value, float):
            number = float.__float__(value)
            if not math.isfinite(number):
                raise UnreadableAnswer(f"is {number}, which is not a number one can compare")
            return number
        if callable(getattr(value, "model_dump", None)):  # a pydantic work product
            return self.of(value.model_dump(mode="json"), depth + 1)
        if isinstance(value, Mapping):
            return {_key(key): self.of(item, depth + 1) for key, item in value.items()}
        if isinstance(value, Set):  # sets, and the keys of a dictionary
            return [self.of(item, depth + 1) for item in sorted(islice(value, MAXIMUM_VALUES + 1), key=repr)]
        if isinstance(value, list | tuple | ValuesView):
            return [self.of(item, depth + 1) for item in value]
        if callable(getattr(value, "tolist", None)):  # numpy scalars and arrays, pandas Series
            size = getattr(value, "size", 0)
            if isinstance(size, int) and size > MAXIMUM_VALUES:
                raise UnreadableAnswer(f"is too large: it has {size:,} values, and {MAXIMUM_VALUES:,} are the limit")
            if type(value).__name__ == "Series" and all(isinstance(label, str) for label in value.index):
                return self.of(dict(zip(value.index, value.tolist(), strict=True)), depth + 1)
            return self.of(value.tolist(), depth + 1)
        if callable(getattr(value, "isoformat", None)):  # dates
            return _text(value.isoformat())
        if type(value).__name__ == "Decimal":
            return self.of(float(value), depth + 1)
        raise UnreadableAnswer(f"is a {type(value).__name__}, which an answer cannot be")


def _text(value: str) -> str:
    text = str.__str__(value)
    if len(text) > MAXIMUM_CHARACTERS:
        raise UnreadableAnswer(f"is too large: a text of {len(text):,} characters")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        broken = text[error.start]
        raise UnreadableAnswer(f"holds {broken!a}, half of a character, which no file can keep") from None
    return text


def _integer(value: int) -> int:
    number = int.__int__(value)
    if number.bit_length() > _LARGEST_INTEGER_BITS:
        digits = int(number.bit_length() * math.log10(2)) + 1
        raise UnreadableAnswer(f"is a whole number with about {digits:,} digits, which no quantity has")
    return number


def _key(key: Any) -> str:
    if not isinstance(key, str):
        shown = _safely(lambda: repr(key), "without a name")[:80]
        raise UnreadableAnswer(f"has the key {shown}, and keys must be text")
    return _text(key)


def _safely(read: Callable[[], Any], otherwise: str) -> str:
    """What an object says of itself, made fit for a file; or other words where its own code fails."""
    try:
        return str.__str__(read()).encode(errors="replace").decode()
    except KeyboardInterrupt:
        raise
    except BaseException:
        return otherwise


def _described(error: BaseException) -> tuple[str, str]:
    """Return an exception's name and message, whatever its own code does when it is asked."""
    kind = _safely(lambda: type(error).__name__, "an exception without a name")
    text = _safely(lambda: " ".join(str.split(str(error))), "(its message cannot be read)")
    return kind, text if len(text) <= 300 else text[:297] + "..."


def _learner_line(error: BaseException, function: Any) -> int | None:
    """The line, counted in its cell, of the innermost frame that is the notebook's own code and no library's."""
    try:
        notebook = inspect.unwrap(function).__globals__
        line, trace = None, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_globals is notebook:
                line = trace.tb_lineno
            trace = trace.tb_next
        return line
    except Exception:  # what is called need not be a plain function
        return None
