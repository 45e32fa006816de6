"""Findings of `support_architecture` that run only when an instructor grades."""

from __future__ import annotations

from archkit.case import Case
from archkit.case.conversations import CUSTOMER, EMAIL, Conversations
from archkit.rehearsal import Fault, Record, Script, Turn
from autograde.checks._rehearsed import handed_over, rehearsed, told
from autograde.checks.support_architecture import (
    EMPTY_HANDOFF,
    ENDS_OTHERWISE,
    STATE_LOST,
    Programmed,
    approval,
    conversing,
    faults,
    judge_asked,
    judge_faults,
    judge_paid_once,
    judge_survival,
    judge_three,
    resume,
    wrong_after_lasting_fault,
    wrong_after_one_fault,
)
from autograde.findings import Judgement, Misconception


@conversing.held_back_finding("Three messages that were not shown", points=1)
def other_messages(answers: Programmed, case: Case) -> Judgement:
    """The same three kinds of message, in other words and with an address in each."""
    talk = Conversations(case)
    turns = [
        f"How long do you keep what I wrote? I am {EMAIL}.",
        f"{talk.own}, that {case.support.record} of mine: what is its status? Write to {EMAIL}.",
        f"Then pay back {talk.own}. {EMAIL} is still right.",
    ]
    name = "three messages that were not shown"
    return judge_three(rehearsed(answers.program, [talk.script(name, turns)])[name], case, name)


@faults.held_back_finding("Single faults that were not shown", points=1)
def other_single_faults(answers: Programmed, case: Case) -> Judgement:
    """Each specialist fails once, in another way."""
    talk = Conversations(case)
    scripts = {
        "triage": talk.failing("triage", "rate_limit", calls=1),
        "knowledge": talk.failing("knowledge", "malformed", calls=1, malformation="wrong_type"),
        "records": talk.failing("records", "timeout", calls=1),
        "action": talk.failing("action", "down", calls=1),
    }
    transcripts = rehearsed(answers.program, scripts.values())
    wrong = {s.name: wrong_after_one_fault(transcripts[s.name].turns[-1], role, case) for role, s in scripts.items()}
    why = "A design that was made for the faults in its tests meets others on its first day."
    return judge_faults(transcripts, wrong, "answered after a second attempt", why)


@faults.held_back_finding("Lasting faults that were not shown", points=1)
def other_lasting_faults(answers: Programmed, case: Case) -> Judgement:
    """Each specialist is gone for good in another way; and so is the one that takes over."""
    talk, rules = Conversations(case), case.support
    scripts: list[tuple[str, Script]] = [
        ("triage", talk.failing("triage", "malformed", malformation="missing_field")),
        ("knowledge", talk.failing("knowledge", "rate_limit")),
        ("records", talk.failing("records", "timeout")),
        ("action", talk.failing("action", "down")),
    ]
    replaced = next(s for s in rules.specialists if s.when_it_fails == "fallback")
    both = talk.script(
        f"{replaced.id} is down for good, and so is {replaced.taken_over_by}",
        [talk.about(replaced.role)],
        faults=[Fault(specialist=id, kind="down") for id in (replaced.id, str(replaced.taken_over_by))],
        decision="Hello.",
    )
    transcripts = rehearsed(answers.program, [*(script for _, script in scripts), both])
    wrong = {
        script.name: wrong_after_lasting_fault(transcripts[script.name].turns[-1], role, case)
        for role, script in scripts
    }
    wrong[both.name] = _not_escalated(transcripts[both.name].turns[-1])
    expected = "as your client demands; with a person where the specialist that takes over is gone, too"
    return judge_faults(transcripts, wrong, expected, "Specialists that share a network fail together.")


def _not_escalated(turn: Turn) -> Misconception | None:
    if turn.ending != "replied" or turn.outcome != "escalated" or not turn.handoffs:
        return ENDS_OTHERWISE
    return None if handed_over(turn, "failure") else EMPTY_HANDOFF


@resume.held_back_finding("Killed at other moments", points=1)
def other_kills(answers: Programmed, case: Case) -> Judgement:
    """At the first call of all, right before the payment, and right after the records were read."""
    talk = Conversations(case)
    two = [talk.question, talk.status_of(talk.own)]
    kept = [
        talk.script("killed at the first call", two, kill_at_call=1),
        talk.script("killed after the last call", two, kill_at_call=4, kill_when="after"),
    ]
    paying = [
        talk.script(f"killed at call {call} of a payment", [talk.pay_back(talk.own)], kill_at_call=call)
        for call in (2, 3)
    ]
    transcripts = rehearsed(answers.program, [*kept, *paying])
    judged = [judge_survival(transcripts[script.name], script.name) for script in kept]
    judged += [judge_paid_once(transcripts[script.name], case) for script in paying]
    judged += [
        Judgement(
            0, told(transcripts[s.name].turns[-1]), "the payment in the checkpoint file", misconception=STATE_LOST
        )
        for s in paying
        if not (history := transcripts[s.name].history) or not history.survived
    ]
    return min(judged, key=lambda judgement: judgement.credit)


@approval.held_back_finding("Amounts at the limit and just above it", points=1)
def at_the_limit(answers: Programmed, case: Case) -> Judgement:
    """The limit itself is paid without asking; a cent more is not."""
    talk, limit = Conversations(case), case.support.approval_limit
    amounts = {f"{talk.own[:3]}5103": float(limit), f"{talk.own[:3]}5104": limit + 0.01}
    records = [Record(id=id, customer=CUSTOMER, status="closed", amount=amount) for id, amount in amounts.items()]
    exact, above = (
        talk.script(name, [talk.pay_back(record)], records=records)
        for name, record in zip(("exactly the limit", "a cent above the limit"), amounts, strict=True)
    )
    transcripts = rehearsed(answers.program, [exact, above])
    (exact_record, _), (above_record, above_amount) = amounts.items()
    asked = judge_asked(transcripts[above.name].turns[-1], case, above_record, above_amount, above.name)
    if asked.credit < 1:
        return asked
    turn = transcripts[exact.name].turns[-1]
    paid = [(effect.record, round(effect.amount, 2)) for effect in turn.side_effects]
    if turn.handoffs or paid != [(exact_record, float(limit))]:
        why = "“Above” and “from” differ by one case, and by one argument with the client."
        return Judgement(0, told(turn), f"{limit:,} {case.support.currency} paid, and nobody asked", "", why)
    return asked
