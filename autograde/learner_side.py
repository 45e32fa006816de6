"""The part of grading that runs beside the learner's code: it turns answers into JSON, and calls function answers.

In grading this module is imported by the learner's kernel and everything else by the grader. It therefore imports
only the standard library, knows no check and no expected value, and is not trusted: whatever it returns is validated
by the grader against the types that the check declares.
"""

from __future__ import annotations

import dis
import inspect
import json
import math
import types
from collections.abc import Mapping
from enum import Enum
from typing import Any

__all__ = ["MAXIMUM_CHARACTERS", "MAXIMUM_DEPTH", "UnreadableAnswer", "call_answer", "export_answers"]

MAXIMUM_DEPTH = 40
"""Deepest nesting of lists and dictionaries that an answer may have."""

MAXIMUM_CHARACTERS = 1_000_000
"""Longest JSON text that one answer, or one value returned by a function answer, may have."""

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
    learner_id = namespace.get("LEARNER_ID", None)
    return json.dumps({"learner_id": learner_id if isinstance(learner_id, str) else None, "answers": answers})


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
    try:
        returned = function(*json.loads(arguments))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return json.dumps(
            {
                "kind": "raised",
                "error": type(error).__name__,
                "message": _short(error),
                "line": _learner_line(error),
            }
        )
    try:
        return json.dumps({"kind": "value", "value": _written(returned)})
    except UnreadableAnswer as error:
        return json.dumps({"kind": "refused", "reason": f"what `{name}` returned {error}"})


def _export(namespace: Mapping[str, Any], name: str) -> dict[str, Any]:
    if name not in namespace:
        return {"kind": "missing"}
    answer = namespace[name]
    if answer is Ellipsis or (isinstance(answer, types.FunctionType) and _is_blank(answer)):
        return {"kind": "untouched"}
    if isinstance(answer, types.FunctionType | types.MethodType | types.BuiltinFunctionType):
        return {"kind": "function", "parameters": _parameters(answer)}
    try:
        return {"kind": "value", "value": _written(answer)}
    except UnreadableAnswer as error:
        return {"kind": "refused", "reason": str(error)}


def _is_blank(function: types.FunctionType) -> bool:
    """Whether a function is still the stub `def name(...): ...`: it does nothing and returns None."""
    code = function.__code__
    constants = [c for c in code.co_consts if c is not None and c is not Ellipsis and c != function.__doc__]
    return not constants and {i.opname for i in dis.get_instructions(code)} <= _TRIVIAL_OPCODES


def _parameters(function: Any) -> list[str]:
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []


def _written(value: Any) -> Any:
    """Turn a value into plain JSON values that are sure to be writable and not too long.

    Raises:
        UnreadableAnswer: with the reason in words, whatever the value's own code does when it is read.
    """
    try:
        plain = _plain(value)
        text = json.dumps(plain, allow_nan=False)
        text.encode()  # a lone surrogate cannot leave this process as UTF-8
    except UnreadableAnswer:
        raise
    except Exception as error:
        raise UnreadableAnswer(f"cannot be read ({type(error).__name__}: {_short(error)})") from None
    if len(text) > MAXIMUM_CHARACTERS:
        raise UnreadableAnswer(
            f"is too large: {len(text):,} characters as JSON, and {MAXIMUM_CHARACTERS:,} are the limit"
        )
    return plain


def _plain(value: Any, depth: int = 0) -> Any:
    """Turn an answer into plain JSON values, or say in words why it is none."""
    if depth > MAXIMUM_DEPTH:
        raise UnreadableAnswer(f"is nested more than {MAXIMUM_DEPTH} levels deep")
    if isinstance(value, Enum):
        return _plain(value.value, depth + 1)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if value is Ellipsis:
        raise UnreadableAnswer("still has `...` in it: a part is not filled in")
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise UnreadableAnswer(f"is {value}, which is not a number one can compare")
        return float(value)
    if callable(getattr(value, "model_dump", None)):  # a pydantic work product
        return _plain(value.model_dump(mode="json"), depth + 1)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise UnreadableAnswer(f"has the key {key!r}, and keys must be text")
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return [_plain(item, depth + 1) for item in sorted(value, key=repr)]
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if callable(getattr(value, "tolist", None)):  # numpy scalars and arrays, pandas Series
        return _plain(value.tolist(), depth + 1)
    if callable(getattr(value, "isoformat", None)):  # dates
        return str(value.isoformat())
    if type(value).__name__ == "Decimal":
        return _plain(float(value), depth + 1)
    raise UnreadableAnswer(f"is a {type(value).__name__}, which an answer cannot be")


def _short(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "(its message cannot be read)"
    return text if len(text) <= 300 else text[:297] + "..."


def _learner_line(error: BaseException) -> int | None:
    """The line, counted in its cell, of the innermost frame that is the learner's own code."""
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename != __file__:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
