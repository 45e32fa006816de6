import pytest

from archkit.events import Queue
from archkit.local_service import LocalService
from archkit.orders_service import PROPOSALS, find_order, find_orders, orders_app
from archkit.refunds import RefundService

WISH = {"order_id": "LO-103801", "amount": 20.0, "reason": "changed_mind"}


def test_a_look_up_over_http_tells_what_the_database_holds() -> None:
    row = find_order("LO-103801")
    assert row is not None
    with LocalService(orders_app()) as service:
        told = service.client().get("/orders/LO-103801").json()
    assert told == {name: row[name] for name in ("id", "status", "total", "currency", "shipping_method")}


def test_many_orders_come_in_one_answer_and_unknown_ones_are_left_out() -> None:
    ids = ["LO-103802", "LO-103801", "LO-999999"]
    with LocalService(orders_app()) as service:
        told = service.client().get("/orders", params={"ids": ids}).json()
    assert [order["id"] for order in told] == ["LO-103801", "LO-103802"] == [row["id"] for row in find_orders(ids)]


def test_an_unknown_order_is_not_found() -> None:
    assert find_order("LO-999999") is None
    with LocalService(orders_app()) as service:
        assert service.client().get("/orders/LO-999999").status_code == 404


def test_a_refund_asked_for_twice_is_approved_once_and_told_once() -> None:
    refunds = RefundService(Queue())
    with LocalService(orders_app(refunds=refunds)) as service:
        client = service.client()
        replies = [client.put("/refunds/RF-1", json=WISH) for _ in range(2)]
    assert [reply.json() for reply in replies] == [{"refund_id": "RF-1", "state": "approved"}] * 2
    assert refunds.approved == ["RF-1"]
    assert [message.key for message in refunds.outbox.unpublished] == ["RF-1"]


@pytest.mark.parametrize("spoilt", [{"reason": "bored"}, {"amount": "much"}, {"order_id": None}])
def test_a_refund_outside_the_contract_is_refused(spoilt: dict[str, object]) -> None:
    with LocalService(orders_app()) as service:
        assert service.client().put("/refunds/RF-1", json={**WISH, **spoilt}).status_code == 422


def test_every_proposal_can_be_run() -> None:
    for proposal in PROPOSALS:
        with LocalService(orders_app(proposal)) as service:
            assert service.client().get("/orders/LO-103801").status_code == 200, proposal


def test_an_unknown_proposal_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'pay more'.*'give total in cents'"):
        orders_app("pay more")
