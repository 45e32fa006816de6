"""What a rehearsal shows, put into the words of a support desk: what the customer saw, and who was told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from archkit.case import Case
from archkit.case.conversations import CUSTOMER, EMAIL, OTHER_CUSTOMER
from archkit.case.support import DataRule, Specialist
from archkit.rehearsal import Call, Handoff, Script, Transcript, Turn, rehearse_all
from autograde.answers import CallFailed

__all__ = [
    "behaviour_seen",
    "calls_of",
    "carries_identity",
    "handed_over",
    "internals_in_reply",
    "may_have",
    "rehearsed",
    "told",
]


def rehearsed(program: str, scripts: Iterable[Script]) -> dict[str, Transcript]:
    """Rehearse a program and return the transcripts by the scripts' names.

    Raises:
        CallFailed: if the program cannot be run at all; the message says why, with the line.
    """
    wanted = list(scripts)
    transcripts = rehearse_all(program, wanted)
    problem = next((t.problem for t in transcripts if t.problem), "")
    if problem:
        raise CallFailed(f"Your program could not be rehearsed. {problem}")
    return {script.name: transcript for script, transcript in zip(wanted, transcripts, strict=True)}


def told(turn: Turn) -> str:
    """Say in a sentence how a turn ended for the customer."""
    match turn.ending:
        case "raised":
            return f"the program raised an exception and the customer got nothing: {turn.error}"
        case "hung" | "endless" | "killed":
            return turn.error[:1].lower() + turn.error[1:]
        case "waiting_for_human":
            return "a person was asked, and the turn did not go on"
    said = f"the customer got “{turn.reply[:90]}”" if turn.reply else "the customer got no reply"
    if turn.handoffs:
        someone = ", and a person was handed the case"
    else:
        someone = ", and nobody was told" if any(call.fault for call in turn.calls) else ""
    paid = f"; paid: {', '.join(f'{effect.amount:g}' for effect in turn.side_effects)}" if turn.side_effects else ""
    return f"{said} (outcome {turn.outcome}){someone}{paid}"


def calls_of(turn: Turn, specialist: str) -> list[Call]:
    """Return a turn's calls of one specialist."""
    return [call for call in turn.calls if call.specialist == specialist]


def handed_over(turn: Turn, reason: str, **facts: object) -> Handoff | None:
    """Return the handoff to a person that gives this reason and these facts, if there is one."""
    wanted = {"reason": reason, "customer": CUSTOMER, **facts}
    for handoff in turn.handoffs:
        if isinstance(handoff.payload, dict) and all(handoff.payload.get(k) == v for k, v in wanted.items()):
            return handoff
    return None


def internals_in_reply(turn: Turn) -> str:
    """Return what a reply tells of the inside: the text of an error, or of a reply that broke its schema."""
    for call in turn.calls:
        texts = {
            "timeout": [f"{call.specialist} did not reply within"],
            "down": [f"{call.specialist} refused the connection"],
            "rate_limited": [f"{call.specialist} takes no more calls"],
        }.get(call.error or "", [])
        if call.fault == "malformed" and call.reply is not None:
            raw = call.reply.get("raw")
            texts = [raw] if isinstance(raw, str) else ["x-unknown"]
        for text in texts:
            if len(text) > 6 and text in turn.reply:
                return text
    return ""


def may_have(specialist: Specialist, row: DataRule) -> bool:
    """Whether a specialist may be sent a kind of data."""
    if specialist.run_by == "vendor" and not row.vendors_may_have_it:
        return False
    return row.must_stay_in in (None, specialist.region)


def carries_identity(call: Call) -> bool:
    """Whether a request says who asks: a customer's id, or an e-mail address."""
    sent = json.dumps(call.request)
    return any(text in sent for text in (CUSTOMER, OTHER_CUSTOMER, EMAIL))


def behaviour_seen(turn: Turn, failed: Specialist, others: Sequence[Specialist]) -> tuple[str, str | None]:
    """Say what a program did when a specialist failed for good: (behaviour, who took over), as a drawing says it."""
    if turn.ending not in ("replied", "waiting_for_human"):
        return "fail", None
    if turn.handoffs:
        return "escalate", "human"
    if turn.outcome != "degraded":
        return "nothing", None
    last = max((call.number for call in calls_of(turn, failed.id)), default=0)
    after = [call.specialist for call in turn.calls if call.number > last]
    stood_in = [s.id for s in others if s.id in after and s.id != failed.id]
    return ("fallback", stood_in[-1]) if stood_in else ("degrade", None)


def barred(case: Case) -> list[Specialist]:
    """The specialists that may not be sent a conversation as the customer wrote it."""
    return [s for s in case.support.specialists if not may_have(s, case.support.data[2])]
