"""What a rehearsal saw: every call, side effect and ending, recorded by the stage and not by the program."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from archkit.rehearsal.script import FaultKind
from archkit.typed_data import TypedData

__all__ = ["Call", "Ending", "Graph", "GraphEdge", "Handoff", "History", "Message", "SideEffect", "Transcript", "Turn"]

Ending = Literal["replied", "waiting_for_human", "raised", "hung", "endless", "killed"]
CallError = Literal["timeout", "down", "rate_limited", "refused", "hung", "killed"]


class SideEffect(TypedData):
    """Something that an action specialist did to the world: money was paid."""

    label_fields: ClassVar[tuple[str, ...]] = ("reference",)

    specialist: str
    """the specialist that paid"""
    customer: str
    """id of the customer who was paid"""
    record: str
    """id of the record that it was paid for"""
    amount: float
    """amount in the client's currency"""
    idempotency_key: str | None
    """the key that the program gave"""
    reference: str
    """reference of the payment"""


class Call(TypedData):
    """One call of a specialist, as the stage saw it."""

    label_fields: ClassVar[tuple[str, ...]] = ("specialist",)

    number: int
    """place among all calls of the script, from 1"""
    process: int
    """which of the script's processes made it, from 1"""
    node: str
    """the node that made it, by the program's own account; `outer/inner` inside a subgraph; "" when unknown"""
    specialist: str
    """the specialist that was called"""
    request: dict[str, Any]
    """what it was asked"""
    timeout_ms: int | None
    """how long the program would wait, in ms; None for ever"""
    idempotency_key: str | None
    """the key that the program gave"""
    fault: FaultKind | None
    """what the script made go wrong with it"""
    reply: dict[str, Any] | None
    """what the program received; None when it got an error"""
    error: CallError | None
    """why it received no reply: timeout, down, rate_limited, refused (a bad request), hung or killed"""
    message: str = ""
    """for refused: what was wrong with the request"""
    worked: bool
    """whether the specialist did its work"""
    started_ms: int
    """simulated time since the turn began, in ms"""
    ended_ms: int
    """simulated time since the turn began, in ms"""


class Handoff(TypedData):
    """A person was asked, and what the person answered."""

    label_fields: ClassVar[tuple[str, ...]] = ("node",)

    node: str
    """the node that asked"""
    payload: Any
    """what the person was given to read"""
    decision: str | None
    """what the person answered; None when nobody did"""
    calls_before: int
    """calls that the turn had made until then"""
    side_effects_before: int
    """side effects of the whole script until then"""


class Turn(TypedData):
    """One message of the customer and everything that followed from it."""

    label_fields: ClassVar[tuple[str, ...]] = ("said",)

    said: str
    """the customer's message"""
    reply: str
    """the last message of the assistant; "" when there is none after the customer's"""
    outcome: str | None
    """the state's `outcome` after the turn, as the program set it"""
    ending: Ending
    """how the turn ended; killed when the program's process ended without being asked to"""
    error: str = ""
    """what the program raised, or why it was stopped, with the line number where there is one"""
    calls: tuple[Call, ...] = ()
    """every call of a specialist, in order"""
    side_effects: tuple[SideEffect, ...] = ()
    """what was done to the world during the turn"""
    handoffs: tuple[Handoff, ...] = ()
    """when a person was asked"""
    path: tuple[str, ...] = ()
    """nodes in the order in which they began, by the program's own account; a retried node stands once for each try"""
    steps: int = 0
    """how many there are of them, also when the path is cut"""
    clock_ms: int = 0
    """simulated time that the turn took, in ms, without the person's"""
    killed_at_call: int | None = None
    """the call at which the script killed the program's process"""
    resumed: Literal["from_checkpoint", "redelivered"] | None = None
    """after that, or after a restart: whether the graph went on where it was or got the message again"""


class Message(TypedData):
    """One message of the conversation as the checkpoint file holds it."""

    label_fields: ClassVar[tuple[str, ...]] = ("role",)

    role: str
    """human, ai, tool or system"""
    text: str
    """its text"""


class History(TypedData):
    """What the checkpoint file holds after the last turn, read by a process that does not run the program."""

    label_fields: ClassVar[tuple[str, ...]] = ()

    saved: bool
    """whether there is a checkpoint at all"""
    messages: tuple[Message, ...] = ()
    """the conversation's messages, in order"""
    keys: tuple[str, ...] = ()
    """the keys of the state that hold a value, in alphabetical order"""
    survived: bool = False
    """whether every message of the customer is among the messages"""


class GraphEdge(TypedData):
    """One edge of the program's graph."""

    label_fields: ClassVar[tuple[str, ...]] = ("source", "target")

    source: str
    """the node that it leaves; `__start__` at the entry"""
    target: str
    """the node that it leads to; `__end__` at the exit"""
    conditional: bool
    """whether a condition chooses it"""


class Graph(TypedData):
    """The program's graph, by its own account."""

    label_fields: ClassVar[tuple[str, ...]] = ()

    nodes: tuple[str, ...]
    """ids of the nodes, without `__start__` and `__end__`"""
    edges: tuple[GraphEdge, ...]
    """edges of `get_graph()`: those of `Command(goto=...)` only where its type or `destinations` names them"""
    checkpointer: Literal["given", "none", "other"]
    """whether it is compiled with the checkpointer that it was given"""
    checkpointer_class: str | None
    """name of the class of its checkpointer"""
    recursion_limit: int | None
    """the recursion limit that the program set; None for LangGraph's default (10,007 in LangGraph 1.2)"""


class Transcript(TypedData):
    """Everything that one rehearsal saw."""

    label_fields: ClassVar[tuple[str, ...]] = ("script",)

    script: str
    """name of the script"""
    problem: str = ""
    """why the program could not be run at all, with the line number; then there are no turns"""
    turns: tuple[Turn, ...] = ()
    """one for each message of the customer"""
    history: History | None = None
    """what is in the checkpoint file at the end"""
    graph: Graph | None = None
    """the program's graph"""
    processes: int = 0
    """how many processes ran the program"""
    printed: str = Field(default="")
    """what the program printed, cut to 4,000 characters"""

    @property
    def calls(self) -> tuple[Call, ...]:
        """All calls of all turns."""
        return tuple(call for turn in self.turns for call in turn.calls)

    @property
    def side_effects(self) -> tuple[SideEffect, ...]:
        """All side effects of all turns."""
        return tuple(effect for turn in self.turns for effect in turn.side_effects)

    def __repr__(self) -> str:
        said = self.problem or ", ".join(turn.ending for turn in self.turns)
        return f"<Transcript of {self.script!r}: {said}>"

    def _repr_html_(self) -> str:
        from archkit.rehearsal.reading import to_html

        return to_html(self)

    def __str__(self) -> str:
        """Return the transcript as plain text."""
        from archkit.rehearsal.reading import to_text

        return to_text(self)
