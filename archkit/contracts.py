"""Contracts between services: what changed between two API descriptions, and whether a consumer is hurt.

Two views of one boundary. `api_changes` compares two OpenAPI documents and judges for any consumer that there could be.
`consumer_contract` and `broken_promises` are consumer-driven: Pact writes down what one consumer relies on, and replays
it against the running provider (https://docs.pact.io).

The judgement follows the direction of data. Whoever sends may promise more and must not promise less; whoever receives
may demand less and must not demand more. So a field or a value may be safe in a response and breaking in a request.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pact import Pact

__all__ = ["Change", "Direction", "api_changes", "broken_promises", "consumer_contract", "schema_changes"]

Direction = Literal["request", "response"]
"""Which way the data of a schema travels, seen from the provider of the API."""

Schema = Mapping[str, Any]

_METHODS = ("get", "put", "post", "patch", "delete")
_COMPARED = ("type", "enum", "const", "properties", "required", "items", "anyOf", "$ref")
_WITHOUT_EFFECT = ("title", "description", "default", "examples", "example", "deprecated")
_DEEPEST = 20


@dataclass(frozen=True)
class Change:
    """One difference between two descriptions of an API.

    Attributes:
        where: the operation and the field, such as "GET /orders/{order_id} response: total".
        what: what happened there, such as "is gone".
        breaks: whether a consumer that kept to the old description can fail by it.
    """

    where: str
    what: str
    breaks: bool

    def __str__(self) -> str:
        return f"{'BREAKS' if self.breaks else 'safe'}: {self.where} {self.what}"


def api_changes(old: Schema, new: Schema) -> list[Change]:
    """Compare two OpenAPI documents (3.1, as `FastAPI.openapi()` gives them).

    Compared are operations, their parameters, JSON bodies of requests, and JSON bodies of successful responses. Both
    sides are assumed to ignore fields that they do not know. What the comparison cannot judge, it calls breaking. It
    sees types and names, never what a value means.

    Args:
        old: the description that consumers rely on.
        new: the description that is proposed.
    """
    changes = []
    before, after = _operations(old), _operations(new)
    for name in sorted({*before, *after}):
        if name not in after:
            changes.append(Change(name, "is gone", True))
        elif name not in before:
            changes.append(Change(name, "is new", False))
        else:
            for direction in ("request", "response"):
                sent, takes = _exchanged(old, before[name], direction), _exchanged(new, after[name], direction)
                changes += schema_changes(sent, takes, direction, where=f"{name} {direction}:")
    return changes


def schema_changes(old: Schema, new: Schema, direction: Direction, where: str = "") -> list[Change]:
    """Compare two JSON schemas of the same data.

    Args:
        old: the schema that consumers rely on.
        new: the schema that is proposed. References (`#/$defs/...`) are resolved within each schema.
        direction: "response" if consumers read this data, "request" if they send it.
        where: what to put before the names of fields.

    Raises:
        ValueError: if a reference cannot be resolved, or a schema is nested deeper than 20 levels.
    """
    return list(_differences(_expanded(old, old), _expanded(new, new), direction, where, ""))


def consumer_contract(consumer: str, provider: str) -> Pact:
    """Return an empty Pact between two services, to which a consumer's test adds what it relies on.

    Pact reports its use to its makers unless told not to; here it is told not to.
    """
    os.environ["PACT_DO_NOT_TRACK"] = "true"
    from pact import Pact

    return Pact(consumer, provider).with_specification("V4")


def broken_promises(contracts: Path, provider: str, url: str) -> list[str]:
    """Replay every request of a provider's contracts against it, and return what differs from what consumers rely on.

    Args:
        contracts: the folder with the contract files that Pact wrote.
        provider: the provider's name in them.
        url: the running provider, such as "http://127.0.0.1:50123".

    Returns:
        one sentence for each difference; none if every promise is kept.

    Raises:
        FileNotFoundError: if the folder holds no contract, which would otherwise pass as none broken.
    """
    if not any(contracts.glob("*.json")):
        raise FileNotFoundError(f"There is no contract in {contracts}. Run the consumer's test first: it writes one.")
    os.environ["PACT_DO_NOT_TRACK"] = "true"
    from pact import Verifier

    verifier = Verifier(provider, "127.0.0.1").add_transport(url=url).add_source(contracts)
    # A broken contract raises as a failed start does; the results tell them apart.
    with _silent(), _without_proxy(), contextlib.suppress(RuntimeError):
        verifier.verify()
    return [sentence for error in verifier.results["errors"] for sentence in _sentences(error)]


def _sentences(error: Mapping[str, Any]) -> Iterator[str]:
    request = error["interaction"].rsplit(" - ", 1)[-1]
    found = error["mismatch"]
    if found.get("type") != "mismatches":
        yield f"{request}: {found.get('message', found)}"
        return
    for mismatch in found["mismatches"]:
        path = mismatch.get("path", "")
        place = f" {path.removeprefix('$').removeprefix('.')}:" if path not in ("", "$") else ""
        yield f"{request}:{place} {mismatch['mismatch']}"


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Keep Pact's compiled part from writing to standard output, past Python. It stays readable in its results."""
    kept = os.dup(1)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


@contextlib.contextmanager
def _without_proxy() -> Iterator[None]:
    """Let Pact's compiled part reach this machine directly where a proxy is set for everything else."""
    kept = os.environ.get("NO_PROXY")
    os.environ["NO_PROXY"] = ",".join(filter(None, [kept, "127.0.0.1", "localhost"]))
    try:
        yield
    finally:
        if kept is None:
            del os.environ["NO_PROXY"]
        else:
            os.environ["NO_PROXY"] = kept


# --- comparing --------------------------------------------------------------------------------------------------------


def _operations(document: Schema) -> dict[str, Schema]:
    return {
        f"{method.upper()} {path}": operation
        for path, operations in document.get("paths", {}).items()
        for method, operation in operations.items()
        if method in _METHODS
    }


def _exchanged(document: Schema, operation: Schema, direction: Direction) -> Schema:
    """One schema for all that an operation takes, or for all that it answers when it succeeds."""
    if direction == "response":
        bodies = {
            status: response["content"]["application/json"]["schema"]
            for status, response in operation.get("responses", {}).items()
            if status.startswith("2") and "application/json" in response.get("content", {})
        }
        parts, required = bodies, list(bodies)
    else:
        parameters = operation.get("parameters", [])
        parts = {parameter["name"]: parameter["schema"] for parameter in parameters}
        required = [parameter["name"] for parameter in parameters if parameter.get("required")]
        body = operation.get("requestBody", {})
        if "application/json" in body.get("content", {}):
            parts["body"] = body["content"]["application/json"]["schema"]
            required += ["body"] if body.get("required") else []
    return {"type": "object", "properties": {k: _expanded(v, document) for k, v in parts.items()}, "required": required}


def _expanded(schema: Schema, document: Schema, depth: int = 0) -> dict[str, Any]:
    """The schema with every reference replaced by what it refers to, and without words that only people read."""
    if depth > _DEEPEST:
        raise ValueError(f"The schema is nested deeper than {_DEEPEST} levels. Recursive schemas cannot be compared.")
    if "$ref" in schema:
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            if not isinstance(target, Mapping) or part not in target:
                raise ValueError(f"The reference {schema['$ref']} leads nowhere. Expected it in the same document.")
            target = target[part]
        return _expanded({**target, **{k: v for k, v in schema.items() if k != "$ref"}}, document, depth + 1)
    result = {key: value for key, value in schema.items() if key not in _WITHOUT_EFFECT}
    result.pop("$defs", None)
    if "properties" in result:
        result["properties"] = {k: _expanded(v, document, depth + 1) for k, v in result["properties"].items()}
    if isinstance(result.get("items"), Mapping):
        result["items"] = _expanded(result["items"], document, depth + 1)
    if "anyOf" in result:
        result["anyOf"] = [_expanded(each, document, depth + 1) for each in result["anyOf"]]
        if all(set(each) <= {"type"} for each in result["anyOf"]):  # such as a number or null
            result["type"] = sorted(each["type"] for each in result.pop("anyOf"))
    return result


def _differences(old: Schema, new: Schema, direction: Direction, where: str, field: str) -> Iterator[Change]:
    place = f"{where} {field}".strip()
    yield from _values(old, new, direction, place)
    before, after = old.get("properties", {}), new.get("properties", {})
    was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
    for name in [*before, *(name for name in after if name not in before)]:
        inner = f"{field}.{name}".lstrip(".")
        inside = f"{where} {inner}".strip()
        if name not in after:
            yield Change(inside, "is gone" if direction == "response" else "is no longer read", direction == "response")
        elif name not in before:
            must = name in is_required
            yield Change(inside, "is new and required" if must else "is new", must and direction == "request")
        else:
            if name in is_required - was_required:
                yield Change(inside, "is now required", direction == "request")
            if name in was_required - is_required:
                yield Change(inside, "is no longer required", direction == "response")
            yield from _differences(before[name], after[name], direction, where, inner)
    if "items" in old and "items" in new:
        yield from _differences(old["items"], new["items"], direction, where, f"{field}[]")
    for key in sorted({*old, *new} - {*_COMPARED} | ({"anyOf"} & {*old, *new})):
        if old.get(key) != new.get(key):
            shown = (json.dumps(side.get(key)) for side in (old, new))
            yield Change(place, "has another {}: {} became {}".format(key, *shown), True)


def _values(old: Schema, new: Schema, direction: Direction, place: str) -> Iterator[Change]:
    """Changes of the set of values that a field may have: by its type, and by an enumeration."""
    before, after = _types(old), _types(new)
    if before != after:
        named = f"was {_listed(before)} and is {_listed(after)}"
        yield Change(place, named, not (after <= before if direction == "response" else before <= after))
    was, now = _choices(old), _choices(new)
    if was == now:
        return
    if was is None or now is None:
        narrower = was is None
        what = "is limited to certain values" if narrower else "is no longer limited to certain values"
        yield Change(place, what, narrower == (direction == "request"))
        return
    if lost := was - now:
        yield Change(place, f"can no longer be {_listed(lost)}", direction == "request")
    if gained := now - was:
        yield Change(place, f"can now be {_listed(gained)}", direction == "response")


def _types(schema: Schema) -> set[str]:
    given = schema.get("type", [])
    types = {given} if isinstance(given, str) else set(given)
    return types | {"integer"} if "number" in types else types  # every integer is a number


def _choices(schema: Schema) -> set[str] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else {str(value) for value in values}


def _listed(names: set[str]) -> str:
    shown = names - {"integer"} if "number" in names else names
    return " or ".join(sorted(shown)) or "anything"
