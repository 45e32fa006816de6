from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archkit.events import CrashPoint, Message, Queue, SimulatedCrash
from archkit.refunds import (
    CreditService,
    Design,
    KeyFrom,
    Refund,
    RefundService,
    Tally,
    refund_day,
    run_process,
    tally_of_folder,
    tally_of_keys,
)

SAFE: list[Design] = ["outbox", "outbox and inbox"]


def crashing(plan: list[bool]) -> CrashPoint:
    """Return crash points that crash as planned, and never again after the end of the plan."""
    remaining = iter(plan)

    def crash(point: str) -> None:
        if next(remaining, False):
            raise SimulatedCrash(point)

    return crash


PLANS = st.lists(st.booleans(), max_size=60)


@pytest.mark.parametrize("design", get_args(Design))
def test_without_a_crash_every_design_credits_each_refund_once(design: Design) -> None:
    assert refund_day(design, crash=0, refunds=20) == Tally(20, 20, never=0, repeated=0, unapproved=0)


@settings(deadline=None)
@given(PLANS, st.integers(1, 6), st.sampled_from(SAFE))
def test_with_an_outbox_no_approved_refund_is_lost_and_none_is_invented(
    plan: list[bool], refunds: int, design: Design
) -> None:
    tally = refund_day(design, crashing(plan), refunds)
    assert tally.never == 0
    assert tally.unapproved == 0


@settings(deadline=None)
@given(PLANS, st.integers(1, 6))
def test_with_an_inbox_the_effect_happens_exactly_once(plan: list[bool], refunds: int) -> None:
    tally = refund_day("outbox and inbox", crashing(plan), refunds)
    assert tally.credits == tally.approved
    assert tally.repeated == 0


def test_saving_first_can_lose_and_publishing_first_can_invent() -> None:
    at_once = [True]
    assert refund_day("save, then publish", crashing(at_once), 1).never == 1
    assert refund_day("publish, then save", crashing(at_once), 1).unapproved == 1


def test_each_crash_after_publishing_or_after_crediting_repeats_a_credit_when_no_keys_are_kept() -> None:
    saved, published, credited = False, True, True
    assert refund_day("outbox", crashing([saved, published]), 1).credits == 2
    assert refund_day("outbox", crashing([saved, False, credited]), 1).credits == 2


def test_the_same_seed_gives_the_same_day_and_the_mean_number_of_credits_is_the_computed_one() -> None:
    tally = refund_day("outbox", crash=0.2, refunds=2_000)
    assert tally == refund_day("outbox", crash=0.2, refunds=2_000)
    assert tally.credits / tally.approved == pytest.approx(1 / 0.8**2, rel=0.05)


def test_an_unknown_design_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'prayer'.*'outbox'"):
        refund_day("prayer", 0)  # type: ignore[arg-type]


def test_a_refund_that_was_approved_before_tells_nobody_again() -> None:
    service = RefundService(Queue())
    refund = Refund("RF-1", "LO-103801", 20.0)
    assert service.save_with_outbox(refund)
    assert not service.save_with_outbox(refund)
    assert len(service.outbox.unpublished) == 1


@pytest.mark.parametrize("body", [{}, {"amount": None}, {"amount": -1.0}, {"amount": "20"}, {"amount": True}])
def test_a_message_without_a_usable_amount_is_refused_and_may_be_sent_again_when_it_is_repaired(
    body: dict[str, object],
) -> None:
    credits = CreditService()
    with pytest.raises(ValueError, match="RF-1"):
        credits.credit_once(Message("RF-1", "refund approved", body))
    assert credits.credited == []
    credits.credit_once(Refund("RF-1", "LO-103801", 20.0).message)
    assert credits.credited == ["RF-1"]


def test_only_a_key_of_the_intention_neither_repeats_nor_loses() -> None:
    tallies = {source: tally_of_keys(source) for source in get_args(KeyFrom)}
    assert tallies["the refund"] == Tally(3, 3, never=0, repeated=0, unapproved=0)
    assert tallies["the attempt"].repeated == 3
    assert tallies["the content"].never == 1


def test_an_unknown_source_of_keys_is_named() -> None:
    with pytest.raises(ValueError, match="'the moon'"):
        tally_of_keys("the moon")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("design", "never", "unapproved"), [("save, then publish", 1, 0), ("publish, then save", 0, 1), ("outbox", 0, 0)]
)
def test_a_process_that_is_really_killed_between_two_writes_leaves_what_the_simulated_crash_leaves(
    tmp_path: Path, design: Design, never: int, unapproved: int
) -> None:
    assert run_process(tmp_path, design, die_at="between the two writes") == "killed"
    for step in ("relay", "credit"):
        assert run_process(tmp_path, step) == "finished"
    tally = tally_of_folder(tmp_path)
    assert (tally.never, tally.unapproved) == (never, unapproved)
    simulated = refund_day(design, crashing([True]), 1)
    assert (simulated.never, simulated.unapproved) == (never, unapproved)


@pytest.mark.parametrize(
    ("step", "die_at"), [("relay", "published, not yet marked"), ("credit", "handled, not yet acknowledged")]
)
@pytest.mark.parametrize(("consumer", "credits"), [("credit", 2), ("credit once", 1)])
def test_a_really_killed_relay_or_consumer_repeats_unless_keys_are_kept(
    tmp_path: Path, step: str, die_at: str, consumer: str, credits: int
) -> None:
    steps = ["relay", consumer]
    dying = consumer if step == "credit" else step
    run_process(tmp_path, "outbox")
    for each in steps[: steps.index(dying)]:
        run_process(tmp_path, each)
    assert run_process(tmp_path, dying, die_at) == "killed"
    for each in steps:
        run_process(tmp_path, each)
    assert tally_of_folder(tmp_path).credits == credits


def test_a_step_that_fails_by_itself_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="invalid choice"):
        run_process(tmp_path, "dance")
