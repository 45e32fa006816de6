"""The order tools: one customer's orders, and nobody else's."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archkit.course import data_folder
from archkit.trailmate import look_up, order_tools
from archkit.trailmate.orders import recent


def rows(query: str) -> Iterator[tuple[str, str]]:
    with closing(sqlite3.connect(data_folder() / "orders" / "orders.sqlite")) as connection:
        yield from connection.execute(query).fetchall()


OWNED = list(rows("SELECT id, customer_id FROM orders"))


@given(st.sampled_from(OWNED), st.sampled_from(OWNED))
def test_an_order_is_found_by_its_own_customer_and_by_nobody_else(one: tuple[str, str], other: tuple[str, str]) -> None:
    found = look_up(other[1], one[0])
    assert (found is not None) == (one[1] == other[1])
    if found:
        assert found["order"] == one[0]


@given(st.text(max_size=40))
def test_no_text_in_place_of_an_order_number_finds_or_breaks_anything(text: str) -> None:
    assert look_up("C-1337", f"{text}' OR '1'='1") is None


@given(st.sampled_from(OWNED))
def test_the_list_of_orders_holds_the_customers_own_and_the_newest_first(one: tuple[str, str]) -> None:
    listed = recent(one[1], limit=50)
    assert {order["order"] for order in listed} == {order for order, owner in OWNED if owner == one[1]}
    assert [order["placed"] for order in listed] == sorted((order["placed"] for order in listed), reverse=True)


def test_no_tool_has_an_argument_for_the_customer() -> None:
    arguments = {name for tool in order_tools("C-1337") for name in tool.args}
    assert arguments == {"order_id"}


def test_a_missing_database_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        look_up("C-1337", "LO-104990", tmp_path / "gone.sqlite")
    assert list(tmp_path.iterdir()) == []
