"""Answers as the grader receives them: JSON from the learner's side, validated against the types a check declares."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Protocol, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from archkit.typed_data import InvalidData, TypedData

__all__ = [
    "AnswerSheet",
    "CallFailed",
    "Flag",
    "FunctionAnswer",
    "LearnerNamespace",
    "NamespaceLost",
    "Number",
    "ReceivedAnswers",
    "Text",
    "TimeLimitExceeded",
    "answer",
    "receive",
]

MAXIMUM_ENVELOPE = 20_000_000
"""Longest envelope, in characters, that the grader parses. The learner's side limits each answer to much less."""

MAXIMUM_PARTS = 500_000
"""Most values that an envelope may consist of, and"""
MAXIMUM_NESTING = 60
"""how deep they may be nested. An answer that the learner's side lets pass stays well within both."""

SECONDS_PER_CALL = 5.0
"""Time limit for one call of a function answer."""

SECONDS_TO_EXPORT = 5.0
"""Time limit for reading the answers that one check needs. Only an object that never finishes takes longer."""

Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e15, le=1e15)]
"""A plain number. The bounds keep out values that no quantity of a case can have."""

Text = Annotated[str, Field(strict=True, max_length=2_000)]
Flag = Annotated[bool, Field(strict=True)]


class TimeLimitExceeded(Exception):
    """A call into the learner's code did not return in time and was stopped."""


class NamespaceLost(Exception):
    """The process that holds the learner's variables has ended, or can no longer be reached."""


class LearnerNamespace(Protocol):
    """The variables of a notebook, in whatever process they live. Only JSON text crosses this line."""

    def export(self, names: list[str]) -> str:
        """Return the envelope that `learner_side.export_answers` writes for these names."""

    def call(self, name: str, arguments: str, seconds: float) -> str:
        """Call a function answer once, as `learner_side.call_answer` does, within a time limit."""


class CallFailed(Exception):
    """A function answer did not return a usable value. The message is a sentence for the learner."""


class FunctionAnswer:
    """A function that the learner wrote, called across the line: one JSON call at a time, with a time limit.

    Attributes:
        name: the function's name in the notebook.
        parameters: the names of its parameters, in order.
    """

    def __init__(self, name: str, parameters: list[str], namespace: LearnerNamespace) -> None:
        self.name = name
        self.parameters = parameters
        self._namespace = namespace
        self._seconds = SECONDS_PER_CALL
        self._stopped = False

    def unusable(self, reason: str) -> CallFailed:
        """Return the exception to raise when a returned value is not of the kind that the task asks for."""
        return CallFailed(reason)

    def __call__(self, *arguments: Any) -> Any:
        """Return what the learner's function returns for these arguments, as plain JSON values.

        Raises:
            CallFailed: if it raised, ran out of time, or returned something that is not plain data.
        """
        shown = ", ".join(_short(json.dumps(a), 60) for a in arguments)
        if self._stopped:
            raise CallFailed(f"`{self.name}` was not called again, because an earlier call had to be stopped.")
        try:
            reply = self._namespace.call(self.name, json.dumps(arguments), self._seconds)
        except TimeLimitExceeded:
            self._stopped = True
            raise CallFailed(
                f"`{self.name}({shown})` did not return within {self._seconds:g} s and was stopped. "
                "Look for a loop whose condition never becomes false."
            ) from None
        except NamespaceLost:
            self._stopped = True
            raise CallFailed(f"`{self.name}({shown})` ended the process it ran in, or could not be stopped.") from None
        match _parsed(reply):
            case {"kind": "value", "value": value}:
                return value
            case {"kind": "raised", "error": str(error), "message": str(message), **rest}:
                line = f" in line {rest['line']} of its cell" if isinstance(rest.get("line"), int) else ""
                raise CallFailed(f"`{self.name}({shown})` raised {_short(error, 80)}{line}: {_short(message, 300)}")
            case {"kind": "refused", "reason": str(reason)}:
                raise CallFailed(f"`{self.name}({shown})`: {_short(reason, 300)}.")
        raise CallFailed(f"`{self.name}({shown})` gave a reply that cannot be read.")


class AnswerSheet(BaseModel):
    """The named answers that one check needs, each with its type. Subclass it beside the check.

    The attribute's name is the variable's name in the notebook. A sheet that is handed to a finding holds the answers
    that the finding needs; the others may be absent.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")


def answer(meaning: str, *, unit: str = "") -> Any:
    """Declare one answer of a sheet.

    Args:
        meaning: what it is, in a few words that complete "expected ...", such as "the peak load".
        unit: the unit of a number, such as "requests/s".
    """
    return Field(description=f"{meaning}, in {unit}" if unit else meaning)


@dataclass(frozen=True)
class ReceivedAnswers:
    """What came across the line for one check.

    Attributes:
        learner_id: the id that the notebook says it was worked with, if it says one.
        values: the usable answers by name, validated.
        problems: for each answer that is not usable, the sentence that says why and what to do.
        untouched: the names that the learner has not filled in.
    """

    learner_id: str | None
    values: Mapping[str, Any]
    problems: Mapping[str, str]
    untouched: frozenset[str]


def receive(sheet: type[AnswerSheet], namespace: LearnerNamespace) -> ReceivedAnswers:
    """Ask the learner's side for a sheet's answers and validate each by its declared type.

    One bad answer never spoils another. Nothing that arrives is trusted: a malformed envelope makes every answer of
    the sheet unusable, with a sentence that says so.

    Raises:
        NamespaceLost: if the learner's process is gone, and stays so.
    """
    learner_id, sent, problems = _sent(list(sheet.model_fields), namespace)
    values: dict[str, Any] = {}
    untouched: set[str] = set()
    for name, declared in sheet.model_fields.items():
        if name in problems:
            continue
        match sent.get(name):
            case {"kind": "untouched"}:
                untouched.add(name)
            case {"kind": "missing"}:
                untouched.add(name)
                problems[name] = (
                    f"There is no `{name}`. Run the cell that sets it, and keep the name as the task gives it."
                )
            case {"kind": "refused", "reason": str(reason)}:
                problems[name] = f"`{name}` {_short(reason, 400)}. Expected {declared.description}."
            case {"kind": "function", "parameters": list(parameters)}:
                if declared.annotation is FunctionAnswer:
                    values[name] = FunctionAnswer(name, [str(p) for p in parameters], namespace)
                else:
                    problems[name] = f"`{name}` is a function. Expected {declared.description}: call it first?"
            case {"kind": "value", "value": value}:
                try:
                    values[name] = _validated(sheet, name, value)
                except _Unusable as error:
                    problems[name] = str(error)
            case _:
                problems[name] = f"`{name}` did not arrive in a form that can be read."
    return ReceivedAnswers(learner_id, values, problems, frozenset(untouched))


def _sent(names: list[str], namespace: LearnerNamespace) -> tuple[str | None, dict[str, Any], dict[str, str]]:
    """Ask for answers, all at once or, where one of them is a trap, one by one.

    Returns:
        The learner id that the notebook states, the answers as they came, and the problem with each that did not.
    """
    try:
        learner_id, sent = _opened(namespace.export(names))
        return learner_id, sent, {}
    except (TimeLimitExceeded, NamespaceLost):
        learner_id, sent, problems = None, {}, {}
    lost: NamespaceLost | None = None
    for name in names:
        try:
            stated, alone = _opened(namespace.export([name]))
            learner_id = stated if learner_id is None else learner_id
            sent.update(alone)
        except TimeLimitExceeded:
            problems[name] = f"Reading `{name}` did not end in time: the object in it never finishes writing itself."
        except NamespaceLost as error:
            lost = error
            problems[name] = f"Reading `{name}` ended the process that the notebook ran in."
    if lost is not None and not sent:
        raise lost
    return learner_id, sent, problems


def _opened(envelope: str) -> tuple[str | None, dict[str, Any]]:
    match _parsed(envelope):
        case {"answers": dict(answers), **rest}:
            learner_id = rest.get("learner_id")
            return learner_id if isinstance(learner_id, str) else None, answers
    return None, {}


class _Unusable(Exception):
    pass


@cache
def _adapter(sheet: type[AnswerSheet], name: str) -> TypeAdapter[Any]:
    declared = sheet.model_fields[name]
    annotation: Any = declared.annotation
    for part in declared.metadata:
        annotation = Annotated[annotation, part]
    return TypeAdapter(annotation)


def _validated(sheet: type[AnswerSheet], name: str, value: Any) -> Any:
    declared = sheet.model_fields[name]
    if declared.annotation is FunctionAnswer:
        raise _Unusable(f"`{name}` is {_shown(value)}. Expected {declared.description}: write `def {name}(...):`.")
    annotation: Any = declared.annotation
    if isinstance(annotation, type) and issubclass(annotation, TypedData):
        try:
            return annotation.model_validate(value)
        except InvalidData as error:
            listed = "; ".join(error.problems[:5])
            raise _Unusable(f"`{name}` is not a valid {annotation.__name__}: {_short(listed, 900)}") from None
    if type(None) not in get_args(declared.annotation) and value is None:
        raise _Unusable(f"`{name}` is None. Expected {declared.description}.")
    try:
        return _adapter(sheet, name).validate_python(value)
    except ValidationError as error:
        raise _Unusable(_explained(name, declared, value, error)) from None


def _explained(name: str, declared: FieldInfo, value: Any, error: ValidationError) -> str:
    """Say in sentences what was given and what was expected, at most five places."""
    places = []
    for problem in error.errors(include_url=False)[:5]:
        path = "".join(f"[{part!r}]" for part in problem["loc"] if not str(part).startswith("function-"))
        message = problem["msg"].removeprefix("Value error, ")
        given = _shown(problem["input"]) if problem["type"] != "missing" else "missing"
        places.append(f"`{name}{path}` is {given}: {message[0].lower()}{message[1:]}")
    more = f" (and {error.error_count() - 5} more)" if error.error_count() > 5 else ""
    return f"{'; '.join(places)}{more}. Expected {declared.description}."


def _shown(value: Any) -> str:
    kinds = {
        str: "text",
        bool: "a truth value",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "a dictionary",
    }
    kind = kinds.get(type(value), "nothing" if value is None else type(value).__name__)
    return f"{kind} ({_short(json.dumps(value, default=str), 60)})" if value is not None else kind


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _parsed(text: str) -> Any:
    """Parse JSON that is not trusted. Anything that is not strict JSON of sane size counts as unreadable."""
    if not isinstance(text, str) or len(text) > MAXIMUM_ENVELOPE:
        return None

    def finite(number: str) -> float:
        value = float(number)  # 1e999 is JSON, and NaN is what Python's own writer makes of it
        if not math.isfinite(value):
            raise ValueError(f"{number} is no number that can be compared")
        return value

    try:
        value = json.loads(text, parse_float=finite, parse_constant=finite)
        if not _of_sane_size(value):
            return None
        if re.search(r"\\u[dD][89a-fA-F]", text):
            # Half a character cannot be saved: the card and the graded notebook would be lost with it.
            whole = json.dumps(value, ensure_ascii=False).encode(errors="replace")
            value = json.loads(whole)
        return value
    except (ValueError, RecursionError):
        return None


def _of_sane_size(value: Any) -> bool:
    parts, open_ = 1, [(value, 0)]
    while open_:
        item, depth = open_.pop()
        if isinstance(item, dict | list):
            parts += len(item)
            if parts > MAXIMUM_PARTS or depth >= MAXIMUM_NESTING:
                return False
            open_.extend((child, depth + 1) for child in (item.values() if isinstance(item, dict) else item))
    return True
