"""The orders database is what its script makes, adds up, and agrees with the knowledge base."""

import re
import sqlite3
from datetime import datetime, timedelta

import pytest

from archkit.course import data_folder


def test_the_script_makes_the_committed_rows(tmp_path, make_orders, orders):
    fresh = tmp_path / "orders.sqlite"
    make_orders.build(fresh)
    connection = sqlite3.connect(fresh)
    try:
        assert list(connection.iterdump()) == list(orders.iterdump())
    finally:
        connection.close()


def test_a_second_run_replaces_the_file(tmp_path, make_orders):
    path = tmp_path / "orders.sqlite"
    make_orders.build(path)
    first = path.read_bytes()
    make_orders.build(path)
    assert path.read_bytes() == first


def test_the_file_is_small_enough_to_commit():
    assert (data_folder() / "orders" / "orders.sqlite").stat().st_size < 1_500_000


def test_foreign_keys_hold(orders):
    assert orders.execute("PRAGMA foreign_key_check").fetchall() == []
    assert orders.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_the_datasheet_counts_what_is_there(orders):
    text = (data_folder() / "orders_datasheet.md").read_text(encoding="utf-8")
    for table in ("customers", "products", "orders", "order_lines", "shipments", "returns"):
        count = orders.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        assert f"| `{table}` | {count:,} |" in text
    for status, count in orders.execute("SELECT status, count(*) FROM orders GROUP BY status"):
        assert f"| `{status}` | {count:,} |" in text


def test_nobody_has_a_real_address(orders):
    emails = [row["email"] for row in orders.execute("SELECT email FROM customers")]
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+@example\.(com|org)", email) for email in emails)


def test_order_numbers_follow_the_moments_of_the_orders(orders):
    rows = orders.execute("SELECT id, placed_at FROM orders ORDER BY id").fetchall()
    assert all(re.fullmatch(r"LO-\d{6}", row["id"]) for row in rows)
    assert [row["placed_at"] for row in rows] == sorted(row["placed_at"] for row in rows)


def test_totals_are_lines_plus_shipping(orders):
    rows = orders.execute(
        "SELECT o.id, o.total, o.shipping_cost, sum(l.quantity * l.unit_price) AS goods "
        "FROM orders o JOIN order_lines l ON l.order_id = o.id GROUP BY o.id"
    ).fetchall()
    assert len(rows) == orders.execute("SELECT count(*) FROM orders").fetchone()[0]
    assert [row["id"] for row in rows if abs(row["goods"] + row["shipping_cost"] - row["total"]) > 0.005] == []


def test_a_price_is_the_list_price_or_a_sale_price_below_it(orders):
    rows = orders.execute("SELECT l.unit_price, p.price FROM order_lines l JOIN products p ON p.sku = l.sku").fetchall()
    assert all(0.69 < row["unit_price"] / row["price"] <= 1 for row in rows)


def test_everything_of_an_order_is_in_one_currency(orders):
    rows = orders.execute(
        "SELECT DISTINCT c.region, o.currency, p.currency AS priced_in FROM orders o "
        "JOIN customers c ON c.id = o.customer_id JOIN order_lines l ON l.order_id = o.id "
        "JOIN products p ON p.sku = l.sku"
    )
    assert {tuple(row) for row in rows} == {("eu", "EUR", "EUR"), ("us", "USD", "USD")}


def level(orders: sqlite3.Connection, customer: str, at: str) -> str:
    """The customer's level at a moment, from the orders alone, for somebody who is in the club."""
    since = str(datetime.fromisoformat(at) - timedelta(days=365))
    [spent] = orders.execute(
        "SELECT coalesce(sum(total - shipping_cost), 0) FROM orders "
        "WHERE customer_id = ? AND status != 'cancelled' AND placed_at >= ? AND placed_at < ?",
        (customer, since, at),
    ).fetchone()
    return "summit" if round(spent, 2) >= 1500 else "ridge" if round(spent, 2) >= 500 else "trail"


def test_tiers_are_the_levels_that_the_last_twelve_months_give(orders, make_orders):
    for row in orders.execute("SELECT id, tier FROM customers WHERE tier != 'none'"):
        assert row["tier"] == level(orders, row["id"], str(make_orders.NOW)), row["id"]


def test_shipping_costs_what_the_knowledge_base_says(orders):
    prices = {
        "EUR": {"express": 12.9, "freight": 29.0, "store_pickup": 0.0},
        "USD": {"two_day": 14.95, "overnight": 29.95, "freight": 49.0, "store_pickup": 0.0},
    }
    rows = orders.execute("SELECT o.*, c.tier FROM orders o JOIN customers c ON c.id = o.customer_id").fetchall()
    for row in rows:
        goods = round(row["total"] - row["shipping_cost"], 2)
        member = level(orders, row["customer_id"], row["placed_at"]) if row["tier"] != "none" else "none"
        method, euros = row["shipping_method"], row["currency"] == "EUR"
        if method in ("standard", "pickup_point"):
            free = goods >= (75 if euros else 99) or (method == "standard" and member in ("ridge", "summit"))
            expected = 0.0 if free else 2.9 if method == "pickup_point" else 4.9 if euros else 6.95
        elif method in ("express", "two_day") and member == "summit":
            expected = 0.0
        else:
            expected = prices[row["currency"]][method]
        assert row["shipping_cost"] == expected, row["id"]


@pytest.mark.parametrize(
    ("article", "quotes"),
    [
        ("KB-001", ["| Standard, to your door | €4.90 | €75 | 3–5", "€2.90 | €75", "€12.90", "€29.00", "1–2", "5–8"]),
        ("KB-002", ["$6.95, free on orders of $99", "4–6", "$14.95", "$29.95", "$49.00, 6–10", "11:00 Pacific"]),
        ("KB-019", ["14:00 Central European Time", "13:00 Pacific Time", "60 minutes"]),
        ("KB-020", ["60 days"]),
        ("KB-021", ["45 days"]),
        ("KB-078", ["| from 0 | from 500 | from 1,500 |"]),
    ],
)
def test_the_script_and_the_knowledge_base_name_the_same_terms(articles, article, quotes):
    for quote in quotes:
        assert quote in articles[article].body


def test_list_prices_agree_with_the_knowledge_base(orders, articles):
    prices = dict(orders.execute("SELECT sku, price FROM products").fetchall())
    assert f"€{prices['KES2-EU']:.0f} or ${prices['KES2-US']:.0f} when there is no receipt" in articles["KB-060"].body
    assert f"€{prices['CKIT-EU']:.2f} or ${prices['CKIT-US']:.2f}" in articles["KB-049"].body
    assert f"€{prices['REPK-EU']:.2f} or ${prices['REPK-US']:.2f}" in articles["KB-041"].body


def test_oversize_goods_go_by_freight_and_canisters_by_standard(orders):
    rows = orders.execute(
        "SELECT o.shipping_method AS method, max(p.category = 'oversize') AS oversize, "
        "max(p.category = 'fuel') AS fuel, sum(CASE p.category WHEN 'fuel' THEN l.quantity END) AS canisters "
        "FROM orders o JOIN order_lines l ON l.order_id = o.id JOIN products p ON p.sku = l.sku GROUP BY o.id"
    )
    for row in rows:
        assert (row["method"] == "freight") == bool(row["oversize"])
        if row["fuel"]:
            assert row["method"] in ("standard", "freight")
            assert row["canisters"] <= 6


def test_statuses_agree_with_shipments_and_dates(orders, make_orders):
    rows = orders.execute(
        "SELECT o.id, o.status, o.shipping_method, o.placed_at, s.carrier, s.tracking, s.shipped_at, "
        "s.delivered_at FROM orders o LEFT JOIN shipments s ON s.order_id = o.id"
    )
    now = str(make_orders.NOW)
    for row in rows:
        name, status, in_store = row["id"], row["status"], row["shipping_method"] == "store_pickup"
        assert row["placed_at"] <= now, name
        assert (row["shipped_at"] is not None) == (status in ("shipped", "delivered", "ready_for_pickup")), name
        assert (row["delivered_at"] is not None) == (status == "delivered"), name
        if row["shipped_at"]:
            assert row["placed_at"] < row["shipped_at"] <= (row["delivered_at"] or now) <= now, name
            assert (row["carrier"] == "Store pickup") == in_store, name
            assert (row["tracking"] is None) == in_store, name
        if status == "ready_for_pickup":
            ready = datetime.fromisoformat(row["shipped_at"])
            assert in_store and make_orders.NOW - ready <= timedelta(days=7), name
        if status == "backordered":  # such a line is cancelled after 45 days
            age = make_orders.NOW - datetime.fromisoformat(row["placed_at"])
            assert age <= timedelta(days=45), name
        if status == "on_hold":  # a review takes up to 24 hours
            age = make_orders.NOW - datetime.fromisoformat(row["placed_at"])
            assert age <= timedelta(hours=24), name


def test_parcels_leave_on_working_days_and_arrive_no_earlier_than_promised(orders, make_orders):
    rows = orders.execute(
        "SELECT o.id, c.region, o.shipping_method, s.shipped_at, s.delivered_at FROM shipments s "
        "JOIN orders o ON o.id = s.order_id JOIN customers c ON c.id = o.customer_id "
        "WHERE o.shipping_method != 'store_pickup'"
    )
    for row in rows:
        left = datetime.fromisoformat(row["shipped_at"]).date()
        assert make_orders.is_working_day(left, row["region"]), row["id"]
        if row["delivered_at"]:
            fastest, slowest = make_orders.DELIVERY_DAYS[row["region"], row["shipping_method"]]
            arrived = datetime.fromisoformat(row["delivered_at"]).date()
            assert arrived >= make_orders.after_working_days(left, fastest, row["region"]), row["id"]
            assert arrived <= make_orders.after_working_days(left, slowest + 3, row["region"]), row["id"]


def test_exactly_the_lost_parcels_have_been_on_the_way_for_weeks(orders, make_orders):
    long_ago = str(make_orders.NOW - timedelta(days=25))
    lost = orders.execute(
        "SELECT count(*) FROM orders o JOIN shipments s ON s.order_id = o.id "
        "WHERE o.status = 'shipped' AND s.shipped_at < ?",
        (long_ago,),
    ).fetchone()[0]
    assert lost == make_orders.LOST_ORDERS


def return_rows(orders: sqlite3.Connection) -> list[sqlite3.Row]:
    return orders.execute(
        "SELECT r.*, s.delivered_at, c.region, c.id AS customer, p.category, "
        "julianday(r.requested_at) - julianday(s.delivered_at) AS days "
        "FROM returns r JOIN orders o ON o.id = r.order_id JOIN shipments s ON s.order_id = o.id "
        "JOIN customers c ON c.id = o.customer_id "
        "JOIN order_lines l ON l.order_id = r.order_id AND l.line = r.line JOIN products p ON p.sku = l.sku"
    ).fetchall()


def test_only_delivered_goods_are_returned_and_never_before_they_arrive(orders, make_orders):
    rows = return_rows(orders)
    assert len(rows) == orders.execute("SELECT count(*) FROM returns").fetchone()[0]
    assert all(row["days"] > 0 and row["requested_at"] <= str(make_orders.NOW) for row in rows)


def test_a_few_returns_are_late_and_none_of_them_was_paid(orders, make_orders):
    late = [row for row in return_rows(orders) if row["days"] > make_orders.RETURN_DAYS[row["region"]]]
    assert 3 <= len(late) <= make_orders.MOST_LATE_RETURNS
    assert {row["state"] for row in late} <= {"requested", "rejected"}


def test_worn_and_damaged_goods_keep_their_own_windows(orders):
    for row in return_rows(orders):
        if row["reason"] == "worn_outdoors":
            assert row["category"] == "footwear" and row["days"] <= 30
            assert row["state"] != "refunded", "worn boots are paid in store credit"
        else:
            assert row["state"] != "credited"
        if row["reason"] == "damaged_on_arrival":
            assert row["days"] <= 7


def test_what_cannot_be_returned_is_not_returned(orders):
    for row in return_rows(orders):
        assert row["category"] not in ("fuel", "hydration")
        if row["category"] == "stoves":
            assert row["reason"] in ("defective", "damaged_on_arrival")


def test_a_customer_returns_worn_boots_once_a_year(orders):
    worn = [row["customer"] for row in return_rows(orders) if row["reason"] == "worn_outdoors"]
    assert len(worn) == len(set(worn))
