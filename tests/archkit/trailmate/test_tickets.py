"""Tickets and their idempotency keys."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from archkit.trailmate import Tickets


def test_a_key_opens_one_ticket_however_often_it_comes(tmp_path: Path) -> None:
    tickets = Tickets(tmp_path / "t.sqlite")
    assert {tickets.open("C-1", "Help", key="a") for _ in range(3)} == {1}
    assert tickets.open("C-1", "Help", key="b") == 2


def test_without_a_key_every_call_opens_a_ticket(tmp_path: Path) -> None:
    tickets = Tickets(tmp_path / "t.sqlite")
    assert [tickets.open("C-1", "Help") for _ in range(3)] == [1, 2, 3]


@given(keys=st.lists(st.sampled_from("abc"), max_size=8))
def test_there_are_as_many_tickets_as_different_keys(keys: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        tickets = Tickets(Path(folder) / "t.sqlite")
        given_out = [tickets.open("C-1", "Help", key=key) for key in keys]
        assert len(tickets.numbers()) == len(set(keys)) == len(set(given_out))
