"""The order agent's tools over the shop's orders database."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from langchain_core.tools import BaseTool, tool

from archkit.course import data_folder

__all__ = ["look_up", "order_tools", "recent"]

_ORDER = """
    SELECT o.id AS "order", o.status, o.shipping_method, s.carrier, s.shipped_at AS shipped,
           s.delivered_at AS delivered, o.total, o.currency
    FROM orders AS o LEFT JOIN shipments AS s ON s.order_id = o.id
    WHERE o.id = ? AND o.customer_id = ?
"""
_ITEMS = """
    SELECT l.quantity || ' x ' || p.name AS item
    FROM order_lines AS l JOIN orders AS o ON o.id = l.order_id JOIN products AS p ON p.sku = l.sku
    WHERE o.id = ? AND o.customer_id = ? ORDER BY l.line
"""
_RECENT = """
    SELECT id AS "order", status, placed_at AS placed FROM orders
    WHERE customer_id = ? ORDER BY placed_at DESC LIMIT ?
"""


def look_up(customer_id: str, order_id: str, database: Path | None = None) -> dict[str, Any] | None:
    """Return one order of a customer, or None if this customer has no such order.

    Somebody else's order and one that does not exist look the same, so that nobody can find out which numbers exist.

    Args:
        customer_id: who is logged in.
        order_id: the order's number, in capitals or not.
        database: the SQLite file; `data/orders/orders.sqlite` by default. It is opened read-only.

    Raises:
        sqlite3.Error: if the database cannot be read.
    """
    order_id = order_id.strip().upper()
    found = _rows(database, _ORDER, order_id, customer_id)
    if not found:
        return None
    items = [row["item"] for row in _rows(database, _ITEMS, order_id, customer_id)]
    known = {name: value for name, value in found[0].items() if value is not None}
    return {**known, "items": ", ".join(items)}


def recent(customer_id: str, limit: int = 3, database: Path | None = None) -> list[dict[str, Any]]:
    """Return a customer's latest orders, the newest first.

    Raises:
        sqlite3.Error: if the database cannot be read.
    """
    return _rows(database, _RECENT, customer_id, limit)


def order_tools(customer_id: str, database: Path | None = None) -> Sequence[BaseTool]:
    """Return the tools that a model may call for one customer.

    The customer's id is bound here and is no argument of a tool: whatever a model writes, it cannot ask for the
    orders of somebody else.
    """

    @tool
    def look_up_order(order_id: str) -> str:
        """Look up the status, carrier, dates and items of an order or parcel by its number, such as LO-123456."""
        found = look_up(customer_id, order_id, database)
        return json.dumps(found) if found else f"There is no order {order_id} in this customer's account."

    @tool
    def list_orders() -> str:
        """List which orders the customer has placed lately, what was ordered last, and when."""
        return json.dumps(recent(customer_id, database=database))

    return [look_up_order, list_orders]


def _rows(database: Path | None, query: str, *values: str | int) -> list[dict[str, Any]]:
    path = database or data_folder() / "orders" / "orders.sqlite"
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query, values)]
