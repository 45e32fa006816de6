"""An architecture as typed data: the parts, where data lives, what crosses which boundary, what fails how."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    ModelWrapValidatorHandler,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from archkit.portfolio import work_product
from archkit.typed_data import InvalidData, PlainNumbers, TypedData, did_you_mean, shortened

__all__ = [
    "Behaviour",
    "Blueprint",
    "Component",
    "ComponentKind",
    "DataClass",
    "FailureBehaviour",
    "Interface",
    "Node",
    "Operator",
    "Sensitivity",
    "State",
    "StateScope",
    "Store",
    "StoreKind",
    "TrustZone",
]

Operator = Literal["own", "vendor", "public"]
Sensitivity = Literal["public", "internal", "personal", "special_category", "payment", "secret"]
ComponentKind = Literal[
    "user",
    "client",
    "gateway",
    "service",
    "agent",
    "model",
    "embedder",
    "retriever",
    "cache",
    "queue",
    "job",
    "external",
    "human",
]
StoreKind = Literal["vector", "relational", "document", "object", "log", "cache", "key_value", "checkpoint"]
Behaviour = Literal["fail", "fallback", "degrade", "queue", "retry", "escalate"]
StateScope = Literal["request", "session", "conversation", "user", "shared"]


def _one_line(text: str) -> str:
    """Collapse white space, and refuse characters that no picture or file can show."""
    text = " ".join(text.split())
    for character in text:
        if unicodedata.category(character) == "Cc" or ord(character) & 0xFFFE == 0xFFFE:
            raise ValueError(f"{shortened(text)} holds the control character {character!r}. Take it out.")
    if not text:
        raise ValueError("the text is empty. Write at least one word.")
    return text


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Name = Annotated[str, StringConstraints(max_length=60), AfterValidator(_one_line)]
Sentence = Annotated[str, StringConstraints(max_length=600), AfterValidator(_one_line)]
_Part = TypeVar("_Part")
_DAY_MS = 24 * 60 * 60 * 1000
Rate = Annotated[float, PlainNumbers, Field(strict=True, gt=0, le=1e9, allow_inf_nan=False)]
Milliseconds = Annotated[float, PlainNumbers, Field(strict=True, ge=0, le=_DAY_MS, allow_inf_nan=False)]
Calls = Annotated[float, PlainNumbers, Field(strict=True, gt=0, le=10_000, allow_inf_nan=False)]
Days = Annotated[int, PlainNumbers, Field(strict=True, ge=0, le=36_500)]


class TrustZone(TypedData):
    """A part of the system that one party operates in one region; data that leaves it crosses a boundary.

    Make one zone for each vendor: two vendors are two parties.
    """

    id: Slug
    """an id of lower-case letters, digits, - and _, such as 'own_eu'"""
    name: Name
    """what people call it"""
    operator: Operator
    """who runs it: 'own' (your company), 'vendor' (under contract) or 'public' (anyone's)"""
    region: Slug
    """the legal region that its data is in, such as 'eu', 'us' or 'global'"""


class DataClass(TypedData):
    """A kind of data that is treated in one way everywhere, such as "orders" or "support conversations"."""

    label_fields: ClassVar[tuple[str, ...]] = ("name",)

    name: Name
    """what people call this kind of data"""
    sensitivity: Sensitivity
    """how much harm its disclosure does; 'special_category' is that of GDPR Article 9 (health, belief ...)"""
    home_region: Slug | None = None
    """the region that it must stay in, such as 'eu', or None when it may be anywhere"""


class FailureBehaviour(TypedData):
    """What happens to a request when this part fails, decided before it does."""

    label_fields: ClassVar[tuple[str, ...]] = ("behaviour",)

    behaviour: Behaviour
    """'fail' (the caller fails too), 'fallback' (`to` answers instead), 'degrade' (the caller goes on without
    it), 'queue' (the work waits in `to`, or where it is, and is done later), 'retry' (tried again; helps
    against a short fault, not against a dead part) or 'escalate' (`to`, usually a human, takes over)"""
    user_sees: Sentence
    """what the user notices, in one sentence"""
    to: Slug | None = None
    """the id of the component or store that takes over; needed for 'fallback' and 'escalate'"""

    @model_validator(mode="after")
    def _somebody_takes_over(self) -> Self:
        if self.behaviour in ("fallback", "escalate") and self.to is None:
            raise ValueError(f"'{self.behaviour}' does not say who takes over. Give to = the id of the one that does.")
        if self.behaviour in ("fail", "degrade", "retry") and self.to is not None:
            raise ValueError(
                f"'{self.behaviour}' hands over to nobody, yet to = {self.to!r} was given. Leave `to` out, "
                "or use 'fallback', 'queue' or 'escalate'."
            )
        return self


class Component(TypedData):
    """Something that does work, or asks for it: a service, an agent, a model, a queue, a person."""

    id: Slug
    """an id of lower-case letters, digits, - and _, such as 'triage'"""
    name: Name
    """what people call it"""
    kind: ComponentKind
    """what sort of part it is, such as 'service' or 'model'"""
    zone: Slug
    """the id of the trust zone that it runs in"""
    capacity_rps: Rate | None = None
    """calls per second that it can serve, all replicas together; None when not known or not limited"""
    replicas: Annotated[int, PlainNumbers, Field(strict=True, ge=1, le=100_000)] = 1
    """how many copies run side by side"""
    latency_ms: Milliseconds | None = None
    """milliseconds that one call typically spends in it, without the calls that it makes itself"""
    latency_p95_ms: Milliseconds | None = None
    """milliseconds that 95 of 100 calls stay below, without the calls that it makes itself"""
    on_failure: FailureBehaviour | None = None
    """what happens to a request when this component fails"""

    @model_validator(mode="after")
    def _percentile_is_above_typical(self) -> Self:
        _check_percentile(self.latency_ms, self.latency_p95_ms)
        return self


class Store(TypedData):
    """Somewhere that data lives: a database, an index, a bucket, a log."""

    id: Slug
    """an id of lower-case letters, digits, - and _, such as 'orders_db'"""
    name: Name
    """what people call it"""
    kind: StoreKind
    """what sort of store it is, such as 'vector' or 'relational'"""
    zone: Slug
    """the id of the trust zone that it is in"""
    holds: tuple[Name, ...] = Field(default=(), max_length=100)
    """the names of the data classes in it"""
    owner: Name | None = None
    """the team or person who answers for what is in it; None when nobody does"""
    retention_days: Days | None = None
    """days until data is deleted; None when it is kept for ever"""
    source_of_truth: bool = Field(default=False, strict=True)
    """whether this store is right when another one disagrees"""
    size_gb: Annotated[float, PlainNumbers, Field(strict=True, ge=0, le=1e9, allow_inf_nan=False)] | None = None
    """gigabytes in it"""
    capacity_rps: Rate | None = None
    """calls per second that it can serve; None when not known or not limited"""
    latency_ms: Milliseconds | None = None
    """milliseconds that one call typically takes"""
    latency_p95_ms: Milliseconds | None = None
    """milliseconds that 95 of 100 calls stay below"""
    on_failure: FailureBehaviour | None = None
    """what happens to a request when this store fails"""

    @model_validator(mode="after")
    def _percentile_is_above_typical(self) -> Self:
        _check_percentile(self.latency_ms, self.latency_p95_ms)
        return self


def _check_percentile(typical: float | None, p95: float | None) -> None:
    if typical is not None and p95 is not None and p95 < typical:
        raise ValueError(
            f"latency_p95_ms = {p95:g} is below latency_ms = {typical:g}: 95 of 100 calls cannot be "
            "faster than a typical one. Exchange or correct them."
        )


Node = Component | Store
"""A component or a store. They share one space of ids, and both can be called and can fail."""


class Interface(TypedData):
    """One node calls another: by which protocol, how often, with which data, and whether it waits."""

    label_fields: ClassVar[tuple[str, ...]] = ("source", "target")

    source: Slug
    """the id of the component or store that calls"""
    target: Slug
    """the id of the component or store that is called"""
    protocol: Name
    """how they talk, such as 'https', 'grpc', 'sql', 'queue', 'sdk', 'file' or 'websocket'"""
    schema_name: Name | None = None
    """the name of the contract that both sides keep; None when there is none"""
    timeout_ms: Annotated[int, PlainNumbers, Field(strict=True, ge=1, le=_DAY_MS)] | None = None
    """milliseconds after which the source gives up; None when it waits for ever"""
    carries: tuple[Name, ...] = Field(default=(), max_length=100)
    """the names of the data classes that cross, in either direction"""
    calls_per_request: Calls = 1.0
    """calls that the source makes for each request it serves itself; 0.3 means in three of ten"""
    mode: Literal["sync", "async"] = "sync"
    """'sync' when the source waits for the answer, 'async' when it hands the work over and goes on"""
    parallel_group: Name | None = None
    """sync calls of one source that have the same group run at the same time; None: one after the other"""
    optional: bool = Field(default=False, strict=True)
    """whether the source still serves its request when this call fails"""


class State(TypedData):
    """Something that the system remembers between steps or requests, such as a conversation or a checkpoint.

    A store is a place; state is what is kept there. One store may keep several, and a component may keep some
    in its own memory, where a restart loses it and a second replica does not see it.
    """

    label_fields: ClassVar[tuple[str, ...]] = ("name",)

    name: Name
    """what people call it, such as 'conversation'"""
    scope: StateScope
    """how long it is one piece: for a 'request', 'session', 'conversation', 'user', or 'shared' by all"""
    kept_in: Slug
    """the id of the store that it is in, or of the component that has it in memory"""
    owner: Slug
    """the id of the one component that may change it"""
    holds: tuple[Name, ...] = Field(default=(), max_length=100)
    """the names of the data classes in it"""
    retention_days: Days | None = None
    """days until it is deleted; None when it is kept for ever"""


@work_product("blueprint", version=1)
class Blueprint(TypedData):
    """A whole architecture: zones, data, components, stores, interfaces, state, and where requests come in.

    References are checked: ids and names are unique and each one that is mentioned exists. Lists may be given
    for the tuples. `archkit.blueprint` has the questions to ask of it and the ways to draw it.

    Raises:
        InvalidData: with all problems together, each as a plain sentence.
    """

    label_fields: ClassVar[tuple[str, ...]] = ("name",)

    name: Name
    """what people call the system"""
    purpose: Sentence
    """what it is for and for whom, in a sentence or two"""
    zones: tuple[TrustZone, ...] = Field(min_length=1, max_length=30)
    """the trust zones"""
    components: tuple[Component, ...] = Field(min_length=1, max_length=150)
    """the components"""
    entry: Slug
    """the id of the component where a user's request starts"""
    data_classes: tuple[DataClass, ...] = Field(default=(), max_length=100)
    """the kinds of data"""
    stores: tuple[Store, ...] = Field(default=(), max_length=150)
    """the stores"""
    interfaces: tuple[Interface, ...] = Field(default=(), max_length=1500)
    """who calls whom"""
    states: tuple[State, ...] = Field(default=(), max_length=150)
    """what is remembered, and where"""

    @model_validator(mode="wrap")
    @classmethod
    def _references_hold(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        # The references are checked even where some field is wrong, so that all problems show at once.
        details: list[InitErrorDetails] = []
        blueprint = None
        try:
            blueprint = handler(data)
        except ValidationError as error:
            details = [
                InitErrorDetails(
                    type=PydanticCustomError("value_error", "{error}", {"error": str(detail["ctx"]["error"])})
                    if detail["type"] == "value_error"
                    else detail["type"],
                    loc=detail["loc"],
                    input=detail["input"],
                    ctx={} if detail["type"] == "value_error" else detail.get("ctx", {}),
                )
                for detail in error.errors(include_url=False)
            ]
        given = blueprint if blueprint is not None else data
        details += [
            InitErrorDetails(
                type=PydanticCustomError("value_error", "{error}", {"error": problem}), loc=loc, input=value
            )
            for loc, value, problem in _reference_problems(_plain(given))
        ]
        if details:
            raise ValidationError.from_exception_data(cls.__name__, details)
        assert blueprint is not None
        return blueprint

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All components, then all stores, in their order."""
        return (*self.components, *self.stores)

    def node(self, id: str) -> Node:
        """Return the component or store with this id.

        Raises:
            InvalidData: if there is none; the nearest id is suggested.
        """
        return self._find(id, {node.id: node for node in self.nodes}, "component or store with the id")

    def zone(self, id: str) -> TrustZone:
        """Return the trust zone with this id.

        Raises:
            InvalidData: if there is none; the nearest id is suggested.
        """
        return self._find(id, {zone.id: zone for zone in self.zones}, "trust zone with the id")

    def data_class(self, name: str) -> DataClass:
        """Return the data class with this name.

        Raises:
            InvalidData: if there is none; the nearest name is suggested.
        """
        return self._find(name, {data.name: data for data in self.data_classes}, "data class named")

    def calls_of(self, id: str) -> tuple[Interface, ...]:
        """Return the interfaces whose source is the node `id`, in their order."""
        return tuple(interface for interface in self.interfaces if interface.source == id)

    def calls_to(self, id: str) -> tuple[Interface, ...]:
        """Return the interfaces whose target is the node `id`, in their order."""
        return tuple(interface for interface in self.interfaces if interface.target == id)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Show the picture in a notebook, and the description where there are no pictures."""
        # Drawing imports this module.
        from archkit.blueprint.description import describe
        from archkit.blueprint.svg import to_html

        return {"text/html": to_html(self), "text/plain": describe(self)}

    def _find(self, key: str, known: Mapping[str, _Part], what: str) -> _Part:
        if key in known:
            return known[key]
        raise InvalidData(
            f"Blueprint {self.name!r}",
            [f"there is no {what} {shortened(key)}.{did_you_mean(key, known)} There are: {_listed(known)}."],
        )


def _plain(given: object) -> Mapping[str, Any]:
    """Return a blueprint, or whatever was given for one, as far as it consists of dictionaries and lists."""
    if isinstance(given, TypedData):
        return given.model_dump()
    return given if isinstance(given, Mapping) else {}


def _texts(values: object) -> Iterator[tuple[int, str]]:
    if isinstance(values, (list, tuple)):
        for index, value in enumerate(values):
            if isinstance(value, str):
                yield index, " ".join(value.split())


def _reference_problems(given: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], object, str]]:
    """Find what does not fit together: (location, what was given there, what is wrong with it).

    `given` may be malformed anywhere; what cannot be read is passed over, since its own check reports it.
    """

    def parts(field: str) -> list[tuple[int, Mapping[str, Any]]]:
        listed = given.get(field)
        return [(index, _plain(part)) for index, part in enumerate(listed if isinstance(listed, (list, tuple)) else ())]

    def names(field: str, key: str) -> list[tuple[int, str]]:
        return [(index, " ".join(part[key].split())) for index, part in parts(field) if isinstance(part.get(key), str)]

    def repeated(fields: tuple[str, ...], key: str, what: str) -> Iterator[tuple[tuple[str | int, ...], object, str]]:
        seen: set[str] = set()
        for field in fields:
            for index, name in names(field, key):
                if name in seen:
                    yield (
                        (field, index, key),
                        name,
                        f"{shortened(name)} is already the {key} of another {what}. Give each its own.",
                    )
                seen.add(name)

    yield from repeated(("zones",), "id", "trust zone")
    yield from repeated(("data_classes",), "name", "data class")
    yield from repeated(("components", "stores"), "id", "component or store")
    yield from repeated(("states",), "name", "state")

    zones = [name for _, name in names("zones", "id")]
    data_classes = [name for _, name in names("data_classes", "name")]
    components = [name for _, name in names("components", "id")]
    nodes = components + [name for _, name in names("stores", "id")]

    def unknown(value: object, known: list[str], what: str) -> str | None:
        if not isinstance(value, str) or " ".join(value.split()) in known:
            return None
        return f"there is no {what} {shortened(value)}.{did_you_mean(value, known)} There are: {_listed(known)}."

    for field in ("components", "stores"):
        for index, part in parts(field):
            if problem := unknown(part.get("zone"), zones, "trust zone"):
                yield (field, index, "zone"), part["zone"], problem
            to = _plain(part.get("on_failure")).get("to")
            if problem := unknown(to, nodes, "component or store"):
                yield (field, index, "on_failure", "to"), to, problem
            elif isinstance(to, str) and to == part.get("id"):
                yield (
                    (field, index, "on_failure", "to"),
                    to,
                    f"{to!r} cannot take over from itself. Name another component, or another behaviour.",
                )

    for field, key in (("stores", "holds"), ("interfaces", "carries"), ("states", "holds")):
        for index, part in parts(field):
            for position, name in _texts(part.get(key)):
                if problem := unknown(name, data_classes, "data class"):
                    yield (
                        (field, index, key, position),
                        name,
                        f"{problem} Add it to data_classes, or correct it.",
                    )

    seen: set[tuple[object, ...]] = set()
    for index, part in parts("interfaces"):
        source, target = part.get("source"), part.get("target")
        for key, value in (("source", source), ("target", target)):
            if problem := unknown(value, nodes, "component or store"):
                yield ("interfaces", index, key), value, problem
        if isinstance(source, str) and source == target:
            yield (
                ("interfaces", index, "target"),
                target,
                f"{source!r} calls itself. Leave the interface out, or name the part that it really calls.",
            )
        identity = (source, target, part.get("protocol"), part.get("schema_name"))
        if all(isinstance(value, str) or value is None for value in identity) and None not in identity[:3]:
            if identity in seen:
                yield (
                    ("interfaces", index),
                    {"source": source, "target": target},
                    "this interface is there twice. Make one of the two (add up calls_per_request), "
                    "or tell them apart by protocol or schema_name.",
                )
            seen.add(identity)

    for index, part in parts("states"):
        if problem := unknown(part.get("kept_in"), nodes, "component or store"):
            yield ("states", index, "kept_in"), part["kept_in"], problem
        if problem := unknown(part.get("owner"), components, "component"):
            yield ("states", index, "owner"), part["owner"], problem

    entry = given.get("entry")
    if problem := unknown(entry, components, "component"):
        store = " That is a store; requests come in at a component." if entry in nodes else ""
        yield ("entry",), entry, problem + store


def _listed(names: Iterable[str], limit: int = 12) -> str:
    names = list(dict.fromkeys(names))
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return (", ".join(names[:limit]) + more) or "none yet"
