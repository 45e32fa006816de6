"""The client's specialists as the stage plays them: declared requests and replies, and what each does with them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from archkit.rehearsal.script import Fault, Role, Script
from archkit.rehearsal.transcript import SideEffect
from archkit.typed_data import problems_of

__all__ = ["REPLIES", "REQUESTS", "BadRequest", "Company", "broken", "schemas"]

Text = Field(min_length=1, max_length=4_000)


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True)


class TriageRequest(_Schema):
    """What triage is asked."""

    text: str = Text
    """the customer's message"""


class TriageReply(_Schema):
    """What triage says."""

    specialist: str
    """id of the specialist that should answer"""
    confidence: float = Field(ge=0, le=1)
    """how sure it is, from 0 to 1"""


class KnowledgeRequest(_Schema):
    """What the knowledge specialist is asked."""

    question: str = Text
    """the customer's question"""


class KnowledgeReply(_Schema):
    """What the knowledge specialist says."""

    answer: str
    """the answer; empty when it is not grounded"""
    sources: list[str]
    """ids of the articles behind the answer"""
    grounded: bool
    """whether articles support the answer"""


class RecordsRequest(_Schema):
    """What the records specialist is asked."""

    customer: str = Text
    """id of the customer on whose behalf the record is read; it is logged, not checked"""
    record: str = Text
    """id of the record"""


class RecordsReply(_Schema):
    """What the records specialist returns: the record, whoever it belongs to."""

    record: str
    """id of the record"""
    customer: str | None
    """id of the customer whose record it is; None when there is no such record"""
    status: str
    """state of the record, or `not_found`"""
    amount: float | None
    """amount in the client's currency"""
    details: dict[str, str]
    """anything else that the record holds"""


class ActionRequest(_Schema):
    """What the action specialist is told to do."""

    customer: str = Text
    """id of the customer who is paid"""
    record: str = Text
    """id of the record that it is paid for"""
    amount: float = Field(gt=0)
    """amount in the client's currency"""


class ActionReply(_Schema):
    """What the action specialist says when it has paid."""

    done: bool
    """whether it is paid"""
    reference: str
    """reference of the payment; the same again for an idempotency key that it has seen"""


REQUESTS: Mapping[Role, type[BaseModel]] = {
    "triage": TriageRequest,
    "knowledge": KnowledgeRequest,
    "records": RecordsRequest,
    "action": ActionRequest,
}
"""The request of each role. Any reply may be `{"handoff": other specialist}` instead of its role's own."""
REPLIES: Mapping[Role, type[BaseModel]] = {
    "triage": TriageReply,
    "knowledge": KnowledgeReply,
    "records": RecordsReply,
    "action": ActionReply,
}
"""The reply of each role."""


def schemas(script: Script) -> dict[str, dict[str, Any]]:
    """Return the JSON Schemas of every specialist's request and reply, by the specialist's id."""
    return {
        specialist.id: {
            "request": REQUESTS[specialist.role].model_json_schema(),
            "reply": REPLIES[specialist.role].model_json_schema(),
        }
        for specialist in script.specialists
    }


class BadRequest(ValueError):
    """A call that no specialist can take; the message says what was given and what was expected."""


@dataclass
class Company:
    """The specialists of one rehearsal and everything that they have done."""

    script: Script
    side_effects: list[SideEffect] = field(default_factory=list)
    _calls: dict[str, int] = field(default_factory=dict)

    def check(self, specialist: str, request: Mapping[str, Any]) -> Role:
        """Return the role of a specialist that can take this request.

        Raises:
            BadRequest: when there is no such specialist or the request breaks its schema.
        """
        known = {s.id: s.role for s in self.script.specialists}
        if specialist not in known:
            raise BadRequest(f"There is no specialist {specialist!r}; there are {', '.join(known)}.")
        role = known[specialist]
        try:
            REQUESTS[role].model_validate(request)
        except ValidationError as error:
            problems = " ".join(problems_of(error, REQUESTS[role], request))
            raise BadRequest(f"The request to {specialist} breaks its schema: {problems}") from None
        return role

    def next_fault(self, specialist: str) -> Fault | None:
        """Count a call of this specialist and return what goes wrong with it, if anything."""
        count = self._calls[specialist] = self._calls.get(specialist, 0) + 1
        happening = (f for f in self.script.faults if f.specialist == specialist and f.happens_on(count))
        return next(happening, None)

    def work(self, specialist: str, role: Role, request: Mapping[str, Any], key: str | None) -> dict[str, Any]:
        """Let a specialist do its work, side effects included, and return its reply."""
        if role == "triage":
            return self._triage(str(request["text"]))
        if role == "knowledge":
            return self._answer(str(request["question"]))
        if role == "records":
            return self._record(str(request["record"]))
        return self._act(specialist, request, key)

    def _triage(self, text: str) -> dict[str, Any]:
        routes = self.script.routes
        if not routes:
            first = next((s.id for s in self.script.specialists if s.role != "triage"), self.script.specialists[0].id)
            return {"specialist": first, "confidence": 0.2}
        hits = [_matches(route.words, text) for route in routes]
        best = max(range(len(routes)), key=lambda i: hits[i])
        return {"specialist": routes[best].specialist, "confidence": 0.9 if hits[best] else 0.2}

    def _answer(self, question: str) -> dict[str, Any]:
        topics = self.script.topics
        hits = [_matches(topic.words, question) for topic in topics]
        if not any(hits):
            return {"answer": "", "sources": [], "grounded": False}
        best = topics[max(range(len(topics)), key=lambda i: hits[i])]
        return {"answer": best.answer, "sources": list(best.sources), "grounded": True}

    def _record(self, record: str) -> dict[str, Any]:
        found = next((r for r in self.script.records if r.id.casefold() == record.strip().casefold()), None)
        if found is None:
            return {"record": record, "customer": None, "status": "not_found", "amount": None, "details": {}}
        return {
            "record": found.id,
            "customer": found.customer,
            "status": found.status,
            "amount": found.amount,
            "details": dict(found.details),
        }

    def _act(self, specialist: str, request: Mapping[str, Any], key: str | None) -> dict[str, Any]:
        known = next((e for e in self.side_effects if key is not None and e.idempotency_key == key), None)
        if known is None:
            known = SideEffect(
                specialist=specialist,
                customer=str(request["customer"]),
                record=str(request["record"]),
                amount=float(request["amount"]),
                idempotency_key=key,
                reference=f"{specialist.upper()}-{len(self.side_effects) + 1:04d}",
            )
            self.side_effects.append(known)
        return {"done": True, "reference": known.reference}


def broken(reply: Mapping[str, Any], fault: Fault) -> dict[str, Any]:
    """Return a reply as it looks when it breaks its schema.

    A truncated reply is `{"raw": the first 60% of its JSON text}`; a missing field is the first one of the schema; a
    wrong type puts every value into `{"value": ..., "encoding": "x-unknown"}`.
    """
    if fault.malformation == "missing_field":
        return {name: value for name, value in list(reply.items())[1:]}
    if fault.malformation == "wrong_type":
        return {name: {"value": value, "encoding": "x-unknown"} for name, value in reply.items()}
    text = json.dumps(reply, ensure_ascii=False)
    return {"raw": text[: max(1, len(text) * 6 // 10)]}


def _matches(words: Iterable[str], text: str) -> int:
    return sum(bool(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE)) for word in words)
