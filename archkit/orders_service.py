"""The orders service that Larkspur split out of its shop: its API, and changes to it that somebody proposes.

It reads the orders database of the course and keeps refunds, with their outbox, in a database of its own. Every
proposed change is a service that can really be run, so that a contract can be tested against it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

from archkit.course import data_folder
from archkit.events import Queue
from archkit.refunds import Refund, RefundService

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["PROPOSALS", "Order", "RefundAccepted", "RefundRequest", "find_order", "find_orders", "orders_app"]

Status = Literal["processing", "on_hold", "backordered", "ready_for_pickup", "shipped", "delivered", "cancelled"]
Reason = Literal["too_small", "too_large", "changed_mind", "not_as_described", "defective", "damaged_on_arrival"]


class Order(BaseModel):
    """What the service tells of an order. `total` is in the currency's main unit: 264.0 is 264 euros."""

    id: str
    status: Status
    total: float
    currency: Literal["EUR", "USD"]
    shipping_method: str


class RefundRequest(BaseModel):
    """What a consumer sends to have money given back. `amount` is in the main unit of the order's currency."""

    order_id: str
    amount: float
    reason: Reason


class RefundAccepted(BaseModel):
    """The answer to a refund: it is approved, and the money will follow."""

    refund_id: str
    state: Literal["approved"]


class _AmountForTotal(BaseModel):
    id: str
    status: Status
    amount: float
    currency: Literal["EUR", "USD"]
    shipping_method: str


class _NoShippingMethod(BaseModel):
    id: str
    status: Status
    total: float
    currency: Literal["EUR", "USD"]


class _PlacedAt(Order):
    placed_at: str | None = None


class _FewerReasons(BaseModel):
    order_id: str
    amount: float
    reason: Literal["too_small", "too_large", "not_as_described", "defective", "damaged_on_arrival"]


class _Approver(RefundRequest):
    approved_by: str


Row = dict[str, Any]


@dataclass(frozen=True)
class _Api:
    """What a version of the service shows and takes, and how it makes the one from a row of the database."""

    order: type[BaseModel] = Order
    refund: type[BaseModel] = RefundRequest
    shown: Callable[[Row], Row] = dict


PROPOSALS: dict[str, _Api] = {
    "call total amount": _Api(order=_AmountForTotal, shown=lambda row: {**row, "amount": row["total"]}),
    "drop shipping_method": _Api(order=_NoShippingMethod),
    "add optional placed_at": _Api(order=_PlacedAt),
    "drop reason changed_mind": _Api(refund=_FewerReasons),
    "require approved_by": _Api(refund=_Approver),
    "give total in cents": _Api(shown=lambda row: {**row, "total": round(row["total"] * 100)}),
}
"""Six changes to the service, by what somebody would call them in a meeting."""

_COLUMNS = "id, status, total, currency, shipping_method, placed_at"


def find_orders(order_ids: list[str]) -> list[dict[str, Any]]:
    """Return these orders from the orders database, in the order of their ids. Unknown ids are left out."""
    marks = ", ".join("?" * len(order_ids))
    path = (data_folder() / "orders" / "orders.sqlite").as_uri()
    database = sqlite3.connect(f"{path}?mode=ro", uri=True)
    try:
        rows = database.execute(f"SELECT {_COLUMNS} FROM orders WHERE id IN ({marks}) ORDER BY id", order_ids)
        return [dict(zip(_COLUMNS.split(", "), row, strict=True)) for row in rows.fetchall()]
    finally:
        database.close()


def find_order(order_id: str) -> dict[str, Any] | None:
    """Return one order from the orders database, by a call within this process; `None` if there is no such order."""
    return next(iter(find_orders([order_id])), None)


def orders_app(proposal: str | None = None, refunds: RefundService | None = None) -> FastAPI:
    """Return the orders service as a FastAPI application.

    `GET /orders/{order_id}` and `GET /orders?ids=...` read, `PUT /refunds/{refund_id}` approves a refund. The id of a
    refund is chosen by the caller, so that a repeated request is recognised.

    Args:
        proposal: a name of `PROPOSALS`; by default the service as it is.
        refunds: keeps the refunds; by default in memory, with a queue of its own.

    Raises:
        ValueError: if there is no such proposal.
    """
    from fastapi import Body, FastAPI, HTTPException, Query

    if proposal is not None and proposal not in PROPOSALS:
        raise ValueError(f"There is no proposal {proposal!r}; choose one of {', '.join(map(repr, PROPOSALS))}.")
    api = PROPOSALS[proposal] if proposal else _Api()
    store = refunds if refunds is not None else RefundService(Queue())
    app = FastAPI(title="Larkspur orders")

    # The handlers are coroutines, so that they take turns on one thread, and with the store's one connection.
    @app.get("/orders", response_model=list[api.order])  # type: ignore[name-defined]
    async def many(ids: list[str] = Query()) -> Any:  # noqa: B008
        return [api.shown(row) for row in find_orders(ids)]

    @app.get("/orders/{order_id}", response_model=api.order)
    async def one(order_id: str) -> Any:
        row = find_order(order_id)
        if row is None:
            raise HTTPException(404, f"There is no order {order_id}.")
        return api.shown(row)

    async def refund(refund_id: str, asked: Any = Body()) -> Any:  # noqa: B008
        store.save_with_outbox(Refund(refund_id, asked.order_id, asked.amount))
        return RefundAccepted(refund_id=refund_id, state="approved")

    refund.__annotations__["asked"] = api.refund  # the type differs by proposal
    app.put("/refunds/{refund_id}", response_model=RefundAccepted)(refund)
    return app
