"""Conversations with a client's support, to rehearse a program with: what a customer writes, and what goes wrong.

The specialists are simulated: what they know and what the records hold is written here, their ids, times and regions
are those of the case (`case.support`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archkit.case.case import Case
from archkit.rehearsal.script import Fault, Record, Route, Script, ScriptedSpecialist, Topic
from archkit.rehearsal.specialists import schemas

__all__ = [
    "CUSTOMER",
    "EMAIL",
    "OTHER_CUSTOMER",
    "Conversations",
    "conversations",
    "schemas_html",
]

CUSTOMER, OTHER_CUSTOMER = "C-1042", "C-2087"
EMAIL = "mira.k@example.org"
"""The address that the customer gives in a message; like a customer's id it says who asks."""

RETRY_AFTER_MS = 240
"""How long a specialist that takes no more calls asks to wait: less than any specialist's timeout has to be."""
ADDRESS_ANSWER = "Send us the new address in writing. It counts from the next working day."
KEEPING_ANSWER = "Three years from the last contact, then it is deleted."


class Conversations:
    """One client's conversations: the messages that a customer may write, and scripts made of them.

    Attributes:
        own: id of a record of the customer's, with an amount well within the approval limit.
        large: id of another one, with an amount well above it.
        others: id of a record of somebody else's.
        secret: what the somebody else's record holds and no reply may, as little as
        others_status: its state.
        small_amount: the amount of `own`, in the client's currency.
        large_amount: the amount of `large`.
    """

    def __init__(self, case: Case) -> None:
        rules = case.support
        self.case = case
        prefix = rules.record[:2].upper()
        self.own, self.large, self.others = (f"{prefix}-{number}" for number in (5101, 5102, 7701))
        self.small_amount, self.large_amount = 0.4 * rules.approval_limit, 1.8 * rules.approval_limit
        self.secret, self.others_status = "Lindenweg 14, 3rd floor", "dispute 7731"
        self.question = (
            f"What do I have to do when my address changes? My customer id is {CUSTOMER}, and you reach me at {EMAIL}."
        )
        self.later_question = "And how long do you keep what I wrote?"

    def status_of(self, record: str) -> str:
        """Return a message that asks for the state of a record."""
        return f"What is the status of my {self.case.support.record} {record}?"

    def pay_back(self, record: str) -> str:
        """Return a message that asks for the amount of a record."""
        return f"Please pay back the amount of my {self.case.support.record} {record}."

    def script(
        self,
        name: str,
        turns: Sequence[str],
        *,
        faults: Sequence[Fault] = (),
        records: Sequence[Record] = (),
        slow: bool = False,
        **options: Any,
    ) -> Script:
        """Return a script of these messages.

        Args:
            name: what is rehearsed, in a few words.
            turns: the customer's messages.
            faults: what goes wrong.
            records: records beside the three that there always are.
            slow: whether every call takes its 95th percentile and not its typical time.
            options: further fields of `Script`, such as `decision` or `kill_at_call`.
        """
        rules = self.case.support
        action = rules.specialist("action").id
        return Script(
            name=name,
            specialists=tuple(
                ScriptedSpecialist(id=s.id, role=s.role, latency_ms=s.p95_ms if slow else s.typical_ms)
                for s in rules.specialists
            ),
            customer=CUSTOMER,
            turns=tuple(turns),
            records=(
                Record(id=self.own, customer=CUSTOMER, status="closed", amount=self.small_amount),
                Record(id=self.large, customer=CUSTOMER, status="closed", amount=self.large_amount),
                Record(
                    id=self.others,
                    customer=OTHER_CUSTOMER,
                    status=self.others_status,
                    amount=self.small_amount,
                    details={"address": self.secret},
                ),
                *records,
            ),
            topics=(
                Topic(words=("address",), answer=ADDRESS_ANSWER, sources=("A-12",)),
                Topic(words=("keep", "status", "pay back"), answer=KEEPING_ANSWER, sources=("A-31",)),
            ),
            routes=(
                Route(specialist=rules.specialist("knowledge").id, words=("address", "how long")),
                Route(specialist=rules.specialist("records").id, words=("status",)),
                Route(specialist=action, words=("pay back",)),
            ),
            faults=tuple(faults),
            **options,
        )

    def about(self, role: str) -> str:
        """Return a message that needs the specialist of a role."""
        return {
            "triage": self.question,
            "knowledge": self.question,
            "records": self.status_of(self.own),
            "action": self.pay_back(self.own),
        }[role]

    def failing(self, role: str, kind: str, *, calls: int | None = None, **details: Any) -> Script:
        """Return a script in which the specialist of a role fails when it is needed, once or for good."""
        specialist = self.case.support.specialist(role).id
        if kind == "rate_limit":
            details.setdefault("retry_after_ms", RETRY_AFTER_MS)
        lasting = "for good" if calls is None else "once"
        words = {"timeout": "hangs", "down": "is down", "malformed": "replies nonsense", "rate_limit": "is overrun"}
        fault = Fault.model_validate({"specialist": specialist, "kind": kind, "calls": calls, **details})
        return self.script(
            f"{specialist} {words[kind]}, {lasting}", [self.about(role)], faults=[fault], decision="Hello."
        )

    def killed_after_paying(self, call: int) -> Script:
        """Return a script that kills the program right after this call, which is the payment."""
        return self.script("killed right after paying", [self.pay_back(self.own)], kill_at_call=call, kill_when="after")


def conversations(case: Case) -> dict[str, Script]:
    """Return the conversations that the exercise's own checks rehearse, by name."""
    talk, rules = Conversations(case), case.support
    knowledge, records = rules.specialist("knowledge").id, rules.specialist("records").id
    three = [talk.question, talk.status_of(talk.own), talk.pay_back(talk.own)]
    scripts = [
        talk.script("three messages", three),
        talk.script("three messages, everything slow", three, slow=True),
        talk.failing("triage", "timeout", calls=1),
        talk.failing("knowledge", "rate_limit", calls=1),
        talk.failing("records", "malformed", calls=1),
        talk.failing("action", "timeout", calls=1, work_done=True),
        talk.failing("triage", "down"),
        talk.failing("knowledge", "timeout"),
        talk.failing("knowledge", "malformed"),
        talk.failing("records", "down"),
        talk.failing("action", "timeout", work_done=True),
        talk.script("killed in the second message", [talk.question, talk.status_of(talk.own)], kill_at_call=4),
        talk.killed_after_paying(3),
        talk.script("restarted while a person decides", [talk.pay_back(talk.large)], restart_between=True),
        talk.script(
            "handed over once",
            [talk.status_of(talk.own)],
            faults=[Fault(specialist=records, kind="handoff", to=knowledge, calls=1)],
        ),
        talk.script(
            "handed to and fro for ever",
            [talk.status_of(talk.own)],
            faults=[
                Fault(specialist=knowledge, kind="handoff", to=records),
                Fault(specialist=records, kind="handoff", to=knowledge),
            ],
            decision="Hello.",
        ),
        talk.script(
            "somebody else's record",
            [
                talk.status_of(talk.others),
                talk.pay_back(talk.others),
                f"I am customer {OTHER_CUSTOMER}. {talk.status_of(talk.others)}",
            ],
        ),
        talk.script("an amount above the limit, approved", [talk.pay_back(talk.large)]),
        talk.script("an amount above the limit, rejected", [talk.pay_back(talk.large)], decision="reject"),
    ]
    return {script.name: script for script in scripts}


def schemas_html(case: Case) -> str:
    """Return the requests and replies of a client's specialists as an HTML table."""
    from archkit.case.brief import page_html

    declared = schemas(Conversations(case).script("schemas", ["Hello."]))
    rows = [
        (specialist, direction, name, _type(field), field.get("description", ""))
        for specialist, both in declared.items()
        for direction in ("request", "reply")
        for name, field in both[direction]["properties"].items()
    ]
    tables = [("Requests and replies", ("specialist", "", "field", "type", "what it is"), rows)]
    return page_html("What the specialists are sent and reply", [], tables)


def _type(field: dict[str, Any]) -> str:
    """Say in Python's words which type a field of a JSON Schema has."""
    if "anyOf" in field:
        return " or ".join(_type(option) for option in field["anyOf"])
    names = {"string": "str", "number": "float", "boolean": "bool", "null": "None", "object": "dict of str"}
    return "list of str" if field["type"] == "array" else names[field["type"]]
