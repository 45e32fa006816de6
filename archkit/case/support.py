"""What a client's customer support demands of its agents: who they are, how fast, and what may never happen.

The facts of one client are drawn from the learner's id, in a stream of draws of their own. Each draw leaves no doubt:
the reply limit holds for two attempts at each agent's 95th percentile with room to spare and is broken by careless
timeouts, at least one agent is replaced and one done without when it fails, and at least one agent stands where
personal data may not go. `tests/archkit/case/test_support.py` proves it over hundreds of ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from archkit.case.draw import Draw

__all__ = ["MASKED", "DataRule", "Specialist", "SupportRules", "demonstration_support", "drawn_support"]

MASKED = "masked questions"
"""The kind of data that a question becomes when customer ids and e-mail addresses are taken out of it."""

Role = Literal["triage", "knowledge", "records", "action"]
WhenItFails = Literal["fallback", "degrade", "escalate"]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Specialist(_Row):
    """One agent that exists already and is run as a service of its own."""

    id: str
    role: Role
    does: str
    run_by: Literal["own", "vendor"] = Field(description="the client itself, or a vendor under contract")
    region: Literal["eu", "us"]
    typical_ms: int = Field(description="typical time of one call")
    p95_ms: int = Field(description="time that 95 of 100 calls stay below")
    attempts: int = Field(description="calls of it that one turn of a customer may make at most, the first included")
    when_it_fails: WhenItFails = Field(description="what happens once its attempts are used up")
    taken_over_by: str | None = Field(description="the specialist or `human` that takes over; None for degrade")


class DataRule(_Row):
    """Where one kind of data may go."""

    name: str
    sensitivity: Literal["public", "internal", "personal", "special_category", "payment"]
    must_stay_in: str | None = Field(description="region that it may not leave, if any")
    vendors_may_have_it: bool


class SupportRules(_Row):
    """The rules of a client's support: its specialists, its limits, and where data may go."""

    specialists: tuple[Specialist, ...]
    record: str = Field(description="what one record is called, such as order")
    reply_limit_ms: int = Field(description="longest time until a customer has a reply or is handed to a person")
    handoffs: int = Field(description="handoffs between specialists that one turn may follow")
    approval_limit: int = Field(description="largest amount that is paid without a person's approval")
    currency: Literal["euros", "dollars"]
    conversation_days: int = Field(description="days for which conversations are kept, no more and no less")
    data: tuple[DataRule, ...]

    def specialist(self, id_or_role: str) -> Specialist:
        """Return the specialist with this id or in this role.

        Raises:
            KeyError: if there is none; the message lists those there are.
        """
        for specialist in self.specialists:
            if id_or_role in (specialist.id, specialist.role):
                return specialist
        known = ", ".join(specialist.id for specialist in self.specialists)
        raise KeyError(f"There is no specialist {id_or_role!r}; there are {known}.")

    def _repr_html_(self) -> str:
        from archkit.case.brief import page_html

        return page_html("The rules of your client's support", *_page(self))

    def __str__(self) -> str:
        """Return the rules as plain text."""
        from archkit.case.brief import page_text

        return page_text("The rules of your client's support", *_page(self))


ACTIONS: Mapping[str, tuple[str, str, str]] = {
    # archetype: what one record is called, the action's id, what the action does
    "health_insurer": ("claim", "reimbursement", "pays out the amount of a claim"),
    "marketplace": ("order", "refund", "pays back the amount of an order"),
    "retail_bank": ("transaction", "reversal", "books back the amount of a transaction"),
    "machine_maker": ("service visit", "credit_note", "credits the amount of a service visit"),
    "city_administration": ("application", "fee_refund", "pays back the fee of an application"),
    "telecom": ("bill", "bill_credit", "credits the amount of a bill"),
}

NAMES: Mapping[str, tuple[str, ...]] = {
    "triage": ("triage", "intake", "dispatch", "router"),
    "knowledge": ("knowledge", "library", "advisor", "answers"),
    "records": ("records", "lookup", "files", "registry"),
}
"""What clients call their specialists; the one that pays is called after what it does."""

# What happens when triage, knowledge and records fail. Each row replaces one of them and does without another; where
# money is paid a person always takes over.
FAILURES: Sequence[tuple[WhenItFails, WhenItFails, WhenItFails]] = (
    ("fallback", "degrade", "degrade"),
    ("fallback", "degrade", "escalate"),
    ("fallback", "degrade", "fallback"),
    ("fallback", "escalate", "degrade"),
    ("escalate", "degrade", "fallback"),
)

# Which agents a vendor runs, whether it may have conversations, and in which region each vendor is: at home or away.
HOSTING: Sequence[tuple[Mapping[str, bool], bool]] = (
    ({"knowledge": True}, False),
    ({"knowledge": False}, False),
    ({"triage": True}, False),
    ({"triage": False}, False),
    ({"triage": True, "knowledge": True}, False),
    ({"triage": True, "knowledge": False}, False),
)
# Where conversations must stay in a region, a vendor may have them, and be in the wrong place all the same.
HOSTING_IF_BOUND: Sequence[tuple[Mapping[str, bool], bool]] = (
    *HOSTING,
    ({"triage": True, "knowledge": False}, True),
    ({"triage": False, "knowledge": True}, True),
    ({"knowledge": False}, True),
    ({"triage": False}, True),
)


def drawn_support(draw: Draw, archetype: str, region: str, data: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Draw the support rules of one client.

    Args:
        draw: a stream of draws that nothing else uses.
        archetype: the kind of company.
        region: the client's own region.
        data: the client's kinds of data, documents, records and conversations in this order.

    Returns:
        Plain data for `SupportRules`.
    """
    bound = data[2]["must_stay_in"] is not None
    hosting, vendors_may_have_conversations = draw.choice(HOSTING_IF_BOUND if bound else HOSTING)
    failures = draw.choice(FAILURES)
    p95 = {
        "triage": draw.rounded(300, 700),
        "knowledge": draw.rounded(1_200, 2_600),
        "records": draw.rounded(250, 700),
        "action": draw.rounded(500, 1_100),
    }
    spread = {role: draw.between(1.8, 2.6) for role in p95}
    return _rules(
        archetype=archetype,
        region=region,
        data=data,
        hosting=hosting,
        vendors_may_have_conversations=vendors_may_have_conversations,
        failures=failures,
        p95=p95,
        typical={role: 10 * round(p95[role] / spread[role] / 10) for role in p95},
        attempts={role: draw.whole(2, 3) for role in p95},
        room=draw.between(1.3, 1.5),
        handoffs=draw.whole(1, 3),
        approval_limit=draw.choice((50, 80, 100, 120, 150, 200, 250, 300, 400, 500)),
        conversation_days=draw.choice((14, 30, 45, 60, 90, 120, 180)),
        names={role: draw.choice(names) for role, names in NAMES.items()},
    )


def demonstration_support(data: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the support rules of Larkspur Outfitters as plain data for `SupportRules`."""
    return _rules(
        archetype="marketplace",
        region="eu",
        data=data,
        hosting={"knowledge": False},
        vendors_may_have_conversations=False,
        failures=("fallback", "degrade", "escalate"),
        p95={"triage": 400, "knowledge": 1_800, "records": 300, "action": 800},
        typical={"triage": 180, "knowledge": 900, "records": 120, "action": 350},
        attempts={"triage": 2, "knowledge": 2, "records": 3, "action": 2},
        room=1.36,
        handoffs=2,
        approval_limit=100,
        conversation_days=90,
        names={role: role for role in NAMES},
    )


def _rules(
    *,
    archetype: str,
    region: str,
    data: Sequence[Mapping[str, Any]],
    hosting: Mapping[str, bool],
    vendors_may_have_conversations: bool,
    failures: tuple[WhenItFails, WhenItFails, WhenItFails],
    p95: Mapping[str, int],
    typical: Mapping[str, int],
    attempts: Mapping[str, int],
    room: float,
    handoffs: int,
    approval_limit: int,
    conversation_days: int,
    names: Mapping[str, str],
) -> dict[str, Any]:
    documents, records, conversations = data
    record, action, acts = ACTIONS[archetype]
    away = {"eu": "us", "us": "eu"}[region]
    ids = {**names, "action": action}
    does = {
        "triage": "says which specialist a message is for, and how sure it is",
        "knowledge": f"answers questions from the {documents['name']}",
        "records": f"returns the {record} that it is asked for, whoever's it is",
        "action": acts,
    }
    when = dict(zip(ids, (*failures, "escalate"), strict=True))
    takes_over = {"fallback": ids["knowledge"], "degrade": None, "escalate": "human"}
    # Each path of a turn, its agents slow twice: the least time that a design with a second attempt can promise.
    longest = max(p95["knowledge"], p95["records"] + (p95["knowledge"] if when["records"] == "fallback" else 0))
    longest = 2 * (p95["triage"] + max(longest, p95["records"] + p95["action"]))
    return {
        "specialists": [
            {
                "id": ids[role],
                "role": role,
                "does": does[role],
                "run_by": "vendor" if role in hosting else "own",
                "region": region if hosting.get(role, True) else away,
                "typical_ms": typical[role],
                "p95_ms": p95[role],
                "attempts": attempts[role],
                "when_it_fails": when[role],
                "taken_over_by": takes_over[when[role]],
            }
            for role in ids
        ],
        "record": record,
        "reply_limit_ms": round(longest * room / 100) * 100,
        "handoffs": handoffs,
        "approval_limit": approval_limit,
        "currency": {"eu": "euros", "us": "dollars"}[region],
        "conversation_days": conversation_days,
        "data": [
            *(
                {
                    "name": row["name"],
                    "sensitivity": row["sensitivity"],
                    "must_stay_in": row["must_stay_in"],
                    "vendors_may_have_it": allowed,
                }
                for row, allowed in (
                    (documents, True),
                    (records, False),
                    (conversations, vendors_may_have_conversations),
                )
            ),
            {"name": MASKED, "sensitivity": "internal", "must_stay_in": None, "vendors_may_have_it": True},
        ],
    }


_Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]


def _page(rules: SupportRules) -> tuple[list[str], list[_Table]]:
    money = f"{rules.approval_limit:,} {rules.currency}"
    sentences = [
        f"Whatever fails, a customer has a reply or is with a person after {rules.reply_limit_ms:,} ms at the latest. "
        f"One turn follows at most {rules.handoffs} handoff{'' if rules.handoffs == 1 else 's'} between specialists; "
        f"after that a person takes over. An amount above {money} is paid only after a person has approved it. "
        f"Conversations are kept for {rules.conversation_days} days.",
        "A single fault of a specialist must not reach the customer: it is tried again, within its attempts. Where the "
        "specialist that takes over fails too, a person takes over.",
    ]
    specialists = [
        (
            s.id,
            s.role,
            s.does,
            {"own": "your client", "vendor": "a vendor"}[s.run_by],
            s.region,
            f"{s.typical_ms:,} ms",
            f"{s.p95_ms:,} ms",
            f"{s.attempts}",
            s.when_it_fails + (f" to {s.taken_over_by}" if s.taken_over_by else ""),
        )
        for s in rules.specialists
    ]
    data = [
        (
            row.name,
            row.sensitivity.replace("_", " "),
            row.must_stay_in or "may be anywhere",
            "yes" if row.vendors_may_have_it else "no",
        )
        for row in rules.data
    ]
    limits = [
        ("a reply or a person after", f"{rules.reply_limit_ms:,} ms", "reply_limit_ms"),
        ("handoffs in one turn, at most", f"{rules.handoffs}", "handoffs"),
        ("paid without approval, at most", money, "approval_limit, currency"),
        ("conversations kept for", f"{rules.conversation_days} days", "conversation_days"),
    ]
    return sentences, [
        (
            "The specialists (case.support.specialists)",
            (
                "id",
                "role",
                "what it does",
                "run by",
                "region",
                "typical",
                "95 of 100 below",
                "attempts",
                "when they fail",
            ),
            specialists,
        ),
        ("The limits", ("rule", "value", "in code: case.support. ..."), limits),
        (
            "Where data may go (case.support.data)",
            ("kind", "sensitivity", "must stay in", "vendors may have it"),
            data,
        ),
    ]
