"""Typed data whose validation errors are plain sentences.

Blueprints, decision matrices and the other work products are pydantic models. A learner who misspells a
field should read what was given, what was expected and what to do; that translation is here.
"""

from __future__ import annotations

import difflib
import numbers
import re
import types
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

__all__ = ["InvalidData", "PlainNumbers", "TypedData", "did_you_mean", "problems_of", "shortened"]


class InvalidData(ValueError):
    """Data that does not describe what it should; the message has one plain sentence for each problem.

    In a notebook only these sentences are shown, without a traceback.

    Attributes:
        what: the thing that could not be made, such as "Component 'triage'".
        problems: one sentence or two for each problem, all of them.
    """

    def __init__(self, what: str, problems: Sequence[str]) -> None:
        """Name the thing that could not be made, and every reason."""
        self.what = what
        self.problems = tuple(problems)
        super().__init__(what, self.problems)

    def __str__(self) -> str:
        """Return the problems as a short list."""
        if len(self.problems) == 1:
            return f"{self.what}: {self.problems[0]}"
        listed = "\n".join(f"  {number}. {problem}" for number, problem in enumerate(self.problems, start=1))
        return f"{self.what} has {len(self.problems)} problems:\n{listed}"

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


def shortened(value: object, limit: int = 60) -> str:
    """Return `repr(value)`, cut to `limit` characters, to quote what was given in a message."""
    try:
        text = repr(value)
    except Exception:  # a learner's own class may fail here; the message must still be written
        text = f"<{type(value).__name__}>"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def did_you_mean(given: object, known: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the known name nearest to `given`, or "" when none is near."""
    by_key = {name.casefold(): name for name in known}
    if not isinstance(given, str):
        return ""
    near = difflib.get_close_matches(given.casefold().strip(), by_key, n=1, cutoff=0.6)
    return f" Did you mean {by_key[near[0]]!r}?" if near else ""


def _plain_number(value: object) -> object:
    """Turn a number of numpy or pandas into Python's own; leave anything else as it is."""
    if isinstance(value, numbers.Number) and not isinstance(value, bool) and hasattr(value, "item"):
        return value.item()
    return value


PlainNumbers = BeforeValidator(_plain_number)
"""Annotation for number fields: numbers computed with pandas or numpy are taken like Python's own."""


class TypedData(BaseModel):
    """Base of the course's typed data: immutable, no unknown fields, errors in plain sentences.

    Making one by its constructor, `model_validate` or `model_validate_json` raises `InvalidData`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    label_fields: ClassVar[tuple[str, ...]] = ("id",)
    """Fields whose values tell one of these from another in a message."""

    def __init__(self, /, **data: Any) -> None:
        """Check the given fields.

        Raises:
            InvalidData: with every problem found.
        """
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise InvalidData(_what(type(self), data), problems_of(error, type(self), data)) from None

    # Says that this constructor is no other way to build the model, so that a nested one is still checked in
    # place and its problems keep their position. pydantic's own RootModel does the same.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse, and say how to get a changed copy."""
        raise InvalidData(
            _what(type(self), self),
            [f"{name} cannot be changed in place. Make a changed copy: .changed({name}=...)."],
        )

    def changed(self, **fields: Any) -> Self:
        """Return a copy with other values in the given fields, checked like a new one.

        Raises:
            InvalidData: with every problem found.
        """
        kept = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**kept, **fields})

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Make one from a dictionary, as pydantic does.

        Raises:
            InvalidData: with every problem found.
        """
        try:
            return super().model_validate(obj, **options)
        except ValidationError as error:
            raise InvalidData(_what(cls, obj), problems_of(error, cls, obj)) from None

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """Make one from JSON text, as pydantic does.

        Raises:
            InvalidData: with every problem found.
        """
        try:
            return super().model_validate_json(json_data, **options)
        except ValidationError as error:
            raise InvalidData(cls.__name__, problems_of(error, cls)) from None


def problems_of(error: ValidationError, model: type[BaseModel], given: object = None) -> tuple[str, ...]:
    """Say every problem of a validation error in plain words.

    Args:
        error: what pydantic raised.
        model: the model that was being made; names fields and suggests near misses.
        given: what it was being made from, if known; names the part that a problem lies in.

    Returns:
        One text for each problem: where, what was given, what was expected, what to do.
    """
    return tuple(
        _sentence(detail, model, given)
        for detail in error.errors(include_url=False)
        if not _follows_from_another(detail)
    )


def _follows_from_another(detail: Mapping[str, Any]) -> bool:
    """Tell whether a list only counts as too short because items of it are wrong, which is said already."""
    given = detail["input"]
    return (
        detail["type"] == "too_short" and isinstance(given, (list, tuple)) and len(given) >= detail["ctx"]["min_length"]
    )


def _what(model: type[BaseModel], given: object) -> str:
    label = _label(model, given)
    return f"{model.__name__} {label}" if label else model.__name__


def _label(model: type[BaseModel] | None, given: object) -> str:
    fields = model.label_fields if model is not None and issubclass(model, TypedData) else ("id", "name")
    if isinstance(given, BaseModel):
        given = {name: getattr(given, name, None) for name in fields}
    if not isinstance(given, Mapping):
        return ""
    values = [given.get(name) for name in fields]
    if not all(isinstance(value, str) and value for value in values):
        return ""
    return " → ".join(shortened(value, 42) for value in values)


def _model_of(annotation: object) -> type[BaseModel] | None:
    """Return the model that an annotation such as `Annotated[Model | None, ...]` stands for, if any."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Annotated, Union, types.UnionType):
        return next((found for part in get_args(annotation) if (found := _model_of(part))), None)
    return None


def _item_type(annotation: object) -> object:
    """Return the type of the items of a list or tuple annotation."""
    if get_origin(annotation) in (Annotated, Union, types.UnionType):
        return next((item for part in get_args(annotation) if (item := _item_type(part)) is not None), None)
    if get_origin(annotation) in (list, tuple, Sequence):
        return get_args(annotation)[0]
    return None


def _inside(given: object, step: int | str) -> object:
    if isinstance(step, str) and isinstance(given, Mapping):
        return given.get(step)
    if isinstance(step, str) and isinstance(given, BaseModel):
        return getattr(given, step, None)
    if isinstance(step, int) and isinstance(given, Sequence) and not isinstance(given, str) and step < len(given):
        return given[step]
    return None


def _place(
    model: type[BaseModel], loc: tuple[int | str, ...], given: object
) -> tuple[str, type[BaseModel] | None, object]:
    """Follow a location into the model: the name of the place, the model that it lies in, what was given."""
    owner: type[BaseModel] | None = model
    annotation: object = model
    words: list[str] = []
    for position, step in enumerate(loc):
        if isinstance(step, int):
            annotation = _item_type(annotation)
            given = _inside(given, step)
            label = _label(_model_of(annotation), given)
            words[-1:] = [f"{words[-1] if words else 'item'}[{step}]" + (f" ({label})" if label else "")]
        else:
            known = owner.model_fields.get(step) if owner else None
            if known is None and position < len(loc) - 1:
                continue  # a validator's own step, such as the branch of a union
            words.append(step)
            annotation = known.annotation if known else None
            given = _inside(given, step)
        if position < len(loc) - 1:
            owner = _model_of(annotation) or (owner if isinstance(step, str) else None)
    return ", ".join(words), owner, given


def _expected(owner: type[BaseModel] | None, field: int | str | None) -> str:
    if owner is None or not isinstance(field, str) or field not in owner.model_fields:
        return ""
    return (owner.model_fields[field].description or "").rstrip(".")


def _limit(context: Mapping[str, Any]) -> str:
    words = {"gt": "greater than", "ge": "at least", "lt": "less than", "le": "at most"}
    return next((f"{words[key]} {context[key]:,}" for key in words if key in context), "within its limits")


def _sentence(detail: Mapping[str, Any], model: type[BaseModel], root: object) -> str:
    kind, loc, given = detail["type"], detail["loc"], detail["input"]
    context = detail.get("ctx") or {}
    place, owner, _ = _place(model, loc, root)
    field = next((step for step in reversed(loc) if isinstance(step, str)), None)
    where = f"{place}: " if place else ""
    quoted = shortened(given)
    expected = _expected(owner, field)
    hint = f" ({expected})" if expected else ""

    if kind == "extra_forbidden":
        fields = [] if owner is None else list(owner.model_fields)
        name = owner.__name__ if owner else "this"
        return f"{where}{name} has no field {field!r}.{did_you_mean(field, fields)} Its fields are {', '.join(fields)}."
    if kind == "missing":
        return f"{where}is missing. Give {field} = {expected or 'a value'}."
    if kind == "literal_error":
        choices = _choices(owner, field) or re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return f"{where}{quoted} is not one of {', '.join(choices)}.{did_you_mean(given, choices)}"
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        return f"{where}{quoted} must be {_limit(context)}{hint}."
    if kind == "finite_number":
        return f"{where}{quoted} is not a finite number. Give a number{hint}, or leave the field out."
    if kind in ("float_type", "int_type", "float_parsing", "int_parsing", "int_from_float"):
        whole = "a whole number" if kind.startswith("int") else "a number"
        unquote = " Write it without quotation marks." if isinstance(given, str) else ""
        return f"{where}{quoted} is not {whole}{hint}.{unquote}"
    if kind in ("string_type", "string_unicode"):
        return f"{where}{quoted} is not text{hint}."
    if kind == "string_pattern_mismatch":
        return f"{where}{quoted} cannot be used here; expected {expected or 'another form of text'}."
    if kind in ("string_too_short", "string_too_long"):
        limit = f"at least {context['min_length']}" if "min_length" in context else f"at most {context['max_length']}"
        return f"{where}{quoted} must have {limit} characters{hint}."
    if kind in ("too_long", "too_short"):
        limit = f"at least {context['min_length']}" if "min_length" in context else f"at most {context['max_length']}"
        return f"{where}there must be {limit} of them, and {context.get('actual_length')} were given{hint}."
    if kind in ("tuple_type", "list_type"):
        return f"{where}{quoted} is not a list. Put it into square brackets{hint}."
    if kind in ("model_type", "model_attributes_type"):
        name = context.get("class_name", "one of the course's types")
        return f"{where}{quoted} is not a {name}. Write {name}(...)."
    if kind == "json_invalid":
        return f"This is not JSON ({context.get('error', 'it cannot be read')})."
    if kind == "value_error":
        return f"{where}{context.get('error', detail['msg'])}"
    return f"{where}{detail['msg']}"


def _choices(owner: type[BaseModel] | None, field: int | str | None) -> list[str]:
    if owner is None or not isinstance(field, str) or field not in owner.model_fields:
        return []

    def literals(annotation: object) -> list[str]:
        if get_origin(annotation) is Literal:
            return [str(choice) for choice in get_args(annotation)]
        return [choice for part in get_args(annotation) for choice in literals(part)]

    return literals(owner.model_fields[field].annotation)
