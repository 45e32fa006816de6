"""What is rehearsed: a client's specialists, what they know, one customer's messages, and what goes wrong."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from archkit.typed_data import TypedData

__all__ = ["Fault", "FaultKind", "Record", "Role", "Route", "Script", "ScriptedSpecialist", "Topic"]

Role = Literal["triage", "knowledge", "records", "action"]
FaultKind = Literal["timeout", "slow", "down", "malformed", "rate_limit", "handoff"]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Milliseconds = Annotated[int, Field(ge=0, le=600_000)]


class ScriptedSpecialist(TypedData):
    """One specialist of the client, played by the stage."""

    id: Name
    """what the program calls it, such as `knowledge`"""
    role: Role
    """what it does: triage, knowledge, records or action"""
    latency_ms: Milliseconds = 200
    """what one call costs on the simulated clock, in ms"""


class Route(TypedData):
    """To which specialist triage sends a message."""

    label_fields: ClassVar[tuple[str, ...]] = ("specialist",)

    specialist: Name
    """id of the specialist"""
    words: tuple[Name, ...] = Field(min_length=1)
    """words or phrases; the route with most of them in the message wins, the first one in a tie"""


class Topic(TypedData):
    """One thing that the knowledge specialist can answer."""

    label_fields: ClassVar[tuple[str, ...]] = ("answer",)

    words: tuple[Name, ...] = Field(min_length=1)
    """words or phrases; the topic with most of them in the question wins, the first one in a tie"""
    answer: Annotated[str, Field(min_length=1, max_length=2_000)]
    """what it answers"""
    sources: tuple[Name, ...] = ()
    """ids of the articles behind the answer"""


class Record(TypedData):
    """One record that the records specialist returns to whoever asks for it."""

    id: Name
    """id of the record, as a customer writes it"""
    customer: Name
    """id of the customer whose record it is"""
    status: Name
    """state of the record, such as `delivered`"""
    amount: float = Field(ge=0)
    """amount in the client's currency"""
    details: dict[str, str] = Field(default_factory=dict)
    """anything else that the record holds"""


class Fault(TypedData):
    """Something that goes wrong with a specialist, on some of its calls."""

    label_fields: ClassVar[tuple[str, ...]] = ("specialist", "kind")

    specialist: Name
    """id of the specialist that it happens to"""
    kind: FaultKind
    """timeout (never replies), slow, down, malformed (a reply that breaks the schema), rate_limit or handoff"""
    first_call: int = Field(default=1, ge=1)
    """the first call of this specialist that it happens on, counted over the whole script from 1"""
    calls: int | None = Field(default=None, ge=1)
    """how many of its calls it happens on; None for all from then on"""
    to: Name | None = None
    """for handoff: the specialist that the reply names instead of answering"""
    latency_ms: Milliseconds = 5_000
    """for slow: what the call costs, in ms"""
    retry_after_ms: Milliseconds = 1_000
    """for rate_limit: how long the specialist asks to wait, in ms"""
    malformation: Literal["truncated", "missing_field", "wrong_type"] = "truncated"
    """for malformed: how the reply breaks the schema"""
    work_done: bool = False
    """for timeout on an action: whether the action was carried out, only its reply lost"""

    @model_validator(mode="after")
    def _names_where_a_handoff_goes(self) -> Self:
        if (self.kind == "handoff") != (self.to is not None):
            raise ValueError("give `to`, the specialist that is named, for a handoff and for nothing else.")
        return self

    def happens_on(self, call: int) -> bool:
        """Tell whether it happens on this call of the specialist, counted from 1."""
        return call >= self.first_call and (self.calls is None or call < self.first_call + self.calls)


class Script(TypedData):
    """One rehearsal: who writes what, and what goes wrong meanwhile."""

    label_fields: ClassVar[tuple[str, ...]] = ("name",)

    name: Name
    """what is rehearsed, in a few words"""
    specialists: tuple[ScriptedSpecialist, ...] = Field(min_length=1)
    """the client's specialists"""
    customer: Name
    """id of the authenticated customer"""
    turns: tuple[Annotated[str, Field(min_length=1, max_length=4_000)], ...] = Field(min_length=1, max_length=12)
    """the customer's messages, in order"""
    records: tuple[Record, ...] = ()
    """all records there are, of this customer and of others"""
    topics: tuple[Topic, ...] = ()
    """what the knowledge specialist can answer"""
    routes: tuple[Route, ...] = ()
    """how triage decides; a message that no route matches goes to the first route's specialist, with low confidence"""
    faults: tuple[Fault, ...] = ()
    """what goes wrong"""
    decision: str | None = "approve"
    """what a person answers when the program asks one: approve, reject or other text; None when nobody answers"""
    kill_at_call: int | None = Field(default=None, ge=1)
    """the program's process is killed when it makes this call, counted over the whole script from 1"""
    kill_when: Literal["before", "after"] = "before"
    """whether that happens before or after the specialist did its work"""
    restart_between: bool = False
    """whether each message and each person's decision reaches a new process, as after a deployment"""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        ids = [specialist.id for specialist in self.specialists]
        named = (
            [(fault.specialist, "a fault") for fault in self.faults]
            + [(fault.to, "a handoff") for fault in self.faults if fault.to]
            + [(route.specialist, "a route") for route in self.routes]
        )
        for specialist, where in named:
            if specialist not in ids:
                raise ValueError(f"{where} names the specialist {specialist!r}; there are {', '.join(ids)}.")
        for what, given in (("specialists", ids), ("records", [record.id for record in self.records])):
            if len(set(given)) < len(given):
                raise ValueError(f"two {what} have the same id; each needs its own.")
        return self
