import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archkit.events import (
    Inbox,
    ManualClock,
    Message,
    Outbox,
    Queue,
    SimulatedCrash,
    consume,
    open_database,
    random_crashes,
)

ONE, TWO, THREE = (Message(f"key {n}", "happened", {"n": n}) for n in (1, 2, 3))


def test_messages_are_handed_out_in_the_order_in_which_they_came() -> None:
    queue = Queue()
    for message in (ONE, TWO, THREE):
        queue.publish(message)
    seen: list[Message] = []
    assert consume(queue, seen.append) == 3
    assert seen == [ONE, TWO, THREE]
    assert queue.waiting == 0


def test_a_received_message_is_hidden_until_its_timeout_ends() -> None:
    clock = ManualClock()
    queue = Queue(clock=clock, hidden_s=30)
    queue.publish(ONE)
    first = queue.receive()
    clock.advance(29)
    assert queue.receive() is None
    clock.advance(1)
    second = queue.receive()
    assert first is not None
    assert second is not None
    assert (first.message, first.receives) == (second.message, 1)
    assert second.receives == 2


def test_a_late_acknowledgement_does_not_take_a_message_from_its_next_consumer() -> None:
    clock = ManualClock()
    queue = Queue(clock=clock)
    queue.publish(ONE)
    slow = queue.receive()
    clock.advance(queue.hidden_s)
    quick = queue.receive()
    assert slow is not None
    assert quick is not None
    assert not queue.acknowledge(slow)
    assert queue.waiting == 1
    assert queue.acknowledge(quick)
    assert queue.waiting == 0


def test_a_refused_message_becomes_a_dead_letter_and_lets_the_others_pass() -> None:
    clock = ManualClock()
    queue = Queue(clock=clock, most_receives=3)
    attempts: list[str] = []

    def handle(message: Message) -> None:
        attempts.append(message.key)
        if message == ONE:
            raise ValueError("no amount")

    for message in (ONE, TWO):
        queue.publish(message)
    for _ in range(5):
        consume(queue, handle)
        clock.advance(queue.hidden_s)
    assert attempts.count(ONE.key) == 3
    assert attempts.count(TWO.key) == 1
    assert queue.dead_letters == [ONE]
    assert queue.waiting == 0
    assert queue.redrive() == 1
    assert queue.dead_letters == []
    assert consume(queue, attempts.append) == 1


def test_a_queue_survives_being_closed(tmp_path: Path) -> None:
    first = Queue(tmp_path / "queue.sqlite")
    first.publish(ONE)
    first.close()
    again = Queue(tmp_path / "queue.sqlite")
    delivery = again.receive()
    assert delivery is not None
    assert delivery.message == ONE
    again.close()


@pytest.mark.parametrize("settings", [{"hidden_s": 0}, {"most_receives": 0}])
def test_a_queue_that_could_not_work_is_refused(settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="Give"):
        Queue(**settings)  # type: ignore[arg-type]


def test_a_message_is_in_the_outbox_if_and_only_if_its_transaction_is_committed() -> None:
    database = open_database()
    outbox = Outbox(database)
    with database:
        outbox.add(ONE)
    with contextlib.suppress(SimulatedCrash), database:
        outbox.add(TWO)
        raise SimulatedCrash
    assert outbox.unpublished == [ONE]


def test_a_relay_publishes_in_order_and_once_if_nothing_crashes() -> None:
    database, queue = open_database(), Queue()
    outbox = Outbox(database)
    with database:
        outbox.add(ONE)
        outbox.add(TWO)
    assert outbox.relay(queue) == 2
    assert outbox.relay(queue) == 0
    seen: list[Message] = []
    consume(queue, seen.append)
    assert seen == [ONE, TWO]


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=40), st.integers(1, 4))
def test_a_relay_that_crashes_anywhere_publishes_everything_at_least_once(plan: list[bool], messages: int) -> None:
    remaining = iter(plan)

    def crash(point: str) -> None:
        if next(remaining, False):
            raise SimulatedCrash(point)

    database, queue = open_database(), Queue()
    outbox = Outbox(database)
    written = [Message(f"key {n}", "happened") for n in range(messages)]
    with database:
        for message in written:
            outbox.add(message)
    while outbox.unpublished:
        with contextlib.suppress(SimulatedCrash):
            outbox.relay(queue, crash)
    seen: list[Message] = []
    consume(queue, seen.append)
    assert set(message.key for message in seen) == {message.key for message in written}
    assert len(seen) == messages + sum(plan[: len(plan) - len(list(remaining))])


def test_an_inbox_knows_a_key_only_when_its_transaction_was_committed() -> None:
    database = open_database()
    inbox = Inbox(database)
    with contextlib.suppress(SimulatedCrash), database:
        assert inbox.first_time("key 1")
        raise SimulatedCrash
    with database:
        assert inbox.first_time("key 1")
        assert not inbox.first_time("key 1")
        assert inbox.first_time("key 2")


@pytest.mark.parametrize("probability", [-0.1, 1.0, 2.0])
def test_a_crash_probability_at_which_nothing_would_ever_end_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="less than 1"):
        random_crashes(probability, seed=1)
