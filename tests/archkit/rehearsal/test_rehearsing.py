"""Rehearsals of the sound program: what is recorded, and how it takes each fault, kill and person's decision."""

import pytest

from archkit.rehearsal import Fault, rehearse

RETURNS = "How do I return a tent?"
STATUS = "Where is my order R-1?"
REFUND = "Please refund order R-1"


def test_a_conversation_is_recorded_with_its_calls_clock_and_replies(program, scripted) -> None:
    seen = rehearse(program("sound"), scripted(RETURNS, STATUS))
    first, second = seen.turns
    assert (first.reply, first.outcome, first.ending) == ("You can return goods for 30 days.", "answered", "replied")
    assert [(c.node, c.specialist, c.timeout_ms, c.started_ms, c.ended_ms) for c in first.calls] == [
        ("triage", "triage", 800, 0, 200),
        ("knowledge", "knowledge", 800, 200, 800),
    ]
    assert first.clock_ms == 800
    assert second.reply == "Order R-1 is delivered."
    assert second.path == ("triage", "records")
    assert seen.history.survived and len(seen.history.messages) == 4
    assert seen.graph.checkpointer == "given" and seen.graph.recursion_limit == 20


@pytest.mark.parametrize("kind", ["timeout", "down", "malformed", "rate_limit"])
def test_one_fault_is_overcome_and_lasting_faults_degrade_the_answer(program, scripted, kind: str) -> None:
    transient = scripted(faults=(Fault(specialist="knowledge", kind=kind, calls=1),))
    assert rehearse(program("sound"), transient).turns[0].outcome == "answered"
    (turn,) = rehearse(program("sound"), scripted(faults=(Fault(specialist="knowledge", kind=kind),))).turns
    assert (turn.ending, turn.outcome) == ("replied", "degraded")
    assert [c.fault for c in turn.calls] == [None, kind, kind]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_killed_program_goes_on_from_its_checkpoint_and_pays_once(program, scripted, call: int, when: str) -> None:
    seen = rehearse(program("sound"), scripted(REFUND, STATUS, kill_at_call=call, kill_when=when))
    refunded, asked = seen.turns
    assert (refunded.killed_at_call, refunded.resumed, refunded.outcome) == (call, "from_checkpoint", "answered")
    assert [effect.amount for effect in seen.side_effects] == [80]
    assert asked.reply == "Order R-1 is delivered."
    assert seen.history.survived
    assert seen.processes == 2


@pytest.mark.parametrize(("decision", "paid"), [("approve", 1), ("reject", 0)])
@pytest.mark.parametrize("restart", [False, True])
def test_a_person_decides_even_over_a_restart(program, scripted, decision: str, paid: int, restart: bool) -> None:
    script = scripted("Please refund order R-3", decision=decision, restart_between=restart)
    (turn,) = rehearse(program("sound"), script).turns
    (handoff,) = turn.handoffs
    assert (handoff.node, handoff.payload["amount"], handoff.side_effects_before) == ("human", 250, 0)
    assert len(turn.side_effects) == paid
    assert turn.ending == "replied"


def test_a_turn_whose_question_nobody_answers_waits(program, scripted) -> None:
    (turn,) = rehearse(program("sound"), scripted("Please refund order R-3", decision=None)).turns
    assert (turn.ending, turn.handoffs[0].decision) == ("waiting_for_human", None)
