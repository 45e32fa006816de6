"""What the evidence shows of programs that are wrong: each of them looks fine as long as nothing fails."""

from archkit.rehearsal import Fault, rehearse

STATUS = "Where is my order R-2?"


def test_all_wrong_programs_look_fine_while_nothing_fails(program, scripted) -> None:
    for name in ("swallows_errors", "in_memory_state", "retries_for_ever", "no_timeout", "endless_delegation"):
        (turn,) = rehearse(program(name), scripted()).turns
        assert (turn.ending, turn.outcome) == ("replied", "answered"), name


def test_a_swallowed_error_is_an_answer_without_its_side_effect(program, scripted) -> None:
    (turn,) = rehearse(program("swallows_errors"), scripted(faults=(Fault(specialist="refund", kind="down"),))).turns
    assert (turn.outcome, turn.calls[0].error, turn.side_effects) == ("answered", "down", ())


def test_state_in_memory_is_lost_with_the_process(program, scripted) -> None:
    questions = ("How do I return it?", "And how a return from abroad?")
    kept = rehearse(program("in_memory_state"), scripted(*questions))
    assert kept.turns[1].reply == "You have asked 2 questions."
    lost = rehearse(program("in_memory_state"), scripted(*questions, restart_between=True))
    assert lost.turns[1].reply == "You have asked 1 questions."
    assert not lost.history.saved and not lost.history.survived
    assert (lost.graph.checkpointer, lost.graph.checkpointer_class) == ("other", "InMemorySaver")


def test_a_killed_program_without_a_checkpoint_gets_the_message_again(program, scripted) -> None:
    (turn,) = rehearse(program("in_memory_state"), scripted(kill_at_call=1)).turns
    assert (turn.resumed, turn.ending) == ("redelivered", "replied")


def test_retries_without_a_bound_are_stopped_as_endless(program, scripted) -> None:
    (turn,) = rehearse(
        program("retries_for_ever"), scripted(faults=(Fault(specialist="knowledge", kind="timeout"),))
    ).turns
    assert turn.ending == "endless"
    assert len(turn.calls) == 60
    assert turn.clock_ms == 60 * (1000 + 1000)


def test_a_call_without_a_timeout_hangs_with_its_specialist(program, scripted) -> None:
    (turn,) = rehearse(program("no_timeout"), scripted(faults=(Fault(specialist="knowledge", kind="timeout"),))).turns
    assert (turn.ending, turn.calls[0].error, turn.reply) == ("hung", "hung", "")
    assert "knowledge" in turn.error


def test_another_customers_record_is_seen_to_reach_the_reply(program, scripted) -> None:
    (turn,) = rehearse(program("leaks_records"), scripted(STATUS)).turns
    assert turn.calls[0].reply["customer"] == "C-2"
    assert "on its way" in turn.reply


def test_a_payment_with_a_new_key_is_made_twice_over_a_kill(program, scripted) -> None:
    seen = rehearse(program("pays_twice"), scripted(kill_at_call=1, kill_when="after"))
    assert [effect.reference for effect in seen.side_effects] == ["REFUND-0001", "REFUND-0002"]
    assert len({effect.idempotency_key for effect in seen.side_effects}) == 2
    assert len(rehearse(program("pays_twice"), scripted(kill_at_call=1)).side_effects) == 1


def test_specialists_that_hand_over_to_each_other_are_followed_endlessly(program, scripted) -> None:
    circle = (
        Fault(specialist="knowledge", kind="handoff", to="records"),
        Fault(specialist="records", kind="handoff", to="knowledge"),
    )
    (turn,) = rehearse(program("endless_delegation"), scripted(faults=circle)).turns
    assert turn.ending == "endless"
    assert [call.specialist for call in turn.calls[:3]] == ["knowledge", "records", "knowledge"]


def test_a_lost_reply_of_a_payment_is_not_a_lost_payment(program, scripted) -> None:
    lost = Fault(specialist="refund", kind="timeout", calls=1, work_done=True)
    (turn,) = rehearse(program("sound"), scripted("Please refund order R-1", faults=(lost,))).turns
    assert [call.worked for call in turn.calls if call.specialist == "refund"] == [True, True]
    assert len(turn.side_effects) == 1


def test_a_specialist_that_is_slower_than_the_timeout_times_out(program, scripted) -> None:
    slow = Fault(specialist="knowledge", kind="slow", latency_ms=801)
    (turn,) = rehearse(program("sound"), scripted(faults=(slow,))).turns
    assert [(call.error, call.ended_ms - call.started_ms) for call in turn.calls[1:]] == [("timeout", 800)] * 2
    almost = Fault(specialist="knowledge", kind="slow", latency_ms=800)
    assert rehearse(program("sound"), scripted(faults=(almost,))).turns[0].outcome == "answered"
