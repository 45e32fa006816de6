"""What a program's process may say to the stage: checked at the line, since a program can write there what it likes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from archkit.rehearsal.channel import LineGarbled

__all__ = [
    "LONGEST_MS",
    "CallMade",
    "Ended",
    "Inspected",
    "NodeBegins",
    "Problem",
    "Ready",
    "Waits",
    "clean",
    "understood",
]

LONGEST_MS = 24 * 3_600_000
"""Longest simulated time of a turn, in ms: one day."""
_LONGEST_TEXT = 20_000


def clean(text: str) -> str:
    """Return a text that any file and page can hold: no lone surrogates, no null characters."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "�")


def _clean_json(value: Any, depth: int = 20) -> Any:
    if depth == 0:
        return "…"
    if isinstance(value, dict):
        return {clean(name[:200]): _clean_json(inner, depth - 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_clean_json(inner, depth - 1) for inner in value]
    if isinstance(value, str):
        return clean(value[:_LONGEST_TEXT])
    return value if not isinstance(value, float) or math.isfinite(value) else str(value)


def _cut(limit: int) -> Any:
    return BeforeValidator(lambda given: clean(given[:limit]) if isinstance(given, str) else given)


Name = Annotated[str, _cut(80)]
Path = Annotated[str, _cut(200)]
Sentence = Annotated[str, _cut(900)]
Text = Annotated[str, _cut(8_000)]
Json = Annotated[Any, AfterValidator(_clean_json)]
Milliseconds = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    now_ms: Milliseconds | None = None
    """the process's time, where an event loop of it has let some pass"""


class Ready(_Message):
    """The program is loaded."""

    op: Literal["ready"]
    nodes: list[Name] = Field(max_length=1_000)
    edges: list[Annotated[tuple[Name, Name, bool], Field(strict=False)]] = Field(max_length=5_000)
    checkpointer: Literal["given", "none", "other"]
    checkpointer_class: Name | None
    recursion_limit: int | None


class Problem(_Message):
    """The program cannot be loaded."""

    op: Literal["problem"]
    text: Sentence


class NodeBegins(_Message):
    """A node begins; `step` is -1 inside a subgraph."""

    op: Literal["node"]
    path: Path
    step: int
    task: Path


class Waits(_Message):
    """The program sleeps."""

    op: Literal["wait"]
    seconds: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class CallMade(_Message):
    """The program calls a specialist."""

    op: Literal["call"]
    specialist: Name
    request: Annotated[dict[str, Any], AfterValidator(_clean_json)]
    timeout_ms: Annotated[int, Field(gt=0)] | None
    idempotency_key: Path | None
    node: Path = ""
    waits: bool = True


class Asked(BaseModel):
    """A question that waits for a person."""

    node: Name
    payload: Json


class Ended(_Message):
    """The graph has done what it was told."""

    op: Literal["end"]
    ending: Literal["replied", "waiting_for_human", "raised", "hung"]
    error: Sentence = ""
    reply: Text = ""
    outcome: Name | None = None
    waiting: list[Asked] = Field(default=[], max_length=100)
    resumed: Literal["from_checkpoint", "redelivered"] | None = None


class Inspected(_Message):
    """What a checkpoint file holds."""

    op: Literal["inspected"]
    saved: bool
    keys: list[Name] = []
    messages: list[Annotated[tuple[Name, Text], Field(strict=False)]] = []


_SAID: TypeAdapter[Any] = TypeAdapter(
    Annotated[Ready | Problem | NodeBegins | Waits | CallMade | Ended | Inspected, Field(discriminator="op")]
)


def understood(message: Mapping[str, Any]) -> Any:
    """Return a message of a program's process as one of the types above.

    Raises:
        LineGarbled: when it is none of them; the harness in that process says nothing else.
    """
    try:
        return _SAID.validate_python(message)
    except ValidationError:
        raise LineGarbled("what it wrote is no message of the harness") from None
