"""Make Larkspur's orders database, orders.sqlite, from a seed.

Run `python data/orders/make_orders.py`; the file appears beside this script. Every run, on every machine and
Python from 3.11 on, gives the same rows. All people, addresses and orders are invented.

Prices of delivery, delivery times, cut-off times, membership levels and returns windows are those of the
knowledge base (data/knowledge_base/), so that an answer from an article and an answer from this database agree.
Times are the local time of the warehouse that ships: Tilburg for the EU, Reno for the US.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar

SEED = 20261101
NOW = datetime(2026, 11, 1, 12, 0)
"""The moment that the database shows. It is a Sunday: nothing leaves the warehouses."""

FIRST_DAY = date(2025, 8, 1)
CUSTOMERS = 400
ORDERS = 1_200
FIRST_ORDER_NUMBER = 103_800
LOST_ORDERS = 5
MOST_LATE_RETURNS = 8

SCHEMA = """
CREATE TABLE customers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    region TEXT NOT NULL CHECK (region IN ('eu', 'us')),
    country TEXT NOT NULL,
    postcode TEXT NOT NULL,
    tier TEXT NOT NULL CHECK (tier IN ('none', 'trail', 'ridge', 'summit'))
);
CREATE TABLE products (
    sku TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    price REAL NOT NULL CHECK (price > 0),
    currency TEXT NOT NULL CHECK (currency IN ('EUR', 'USD'))
);
CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    placed_at TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN
        ('processing', 'on_hold', 'backordered', 'ready_for_pickup', 'shipped', 'delivered', 'cancelled')),
    shipping_method TEXT NOT NULL CHECK (shipping_method IN
        ('standard', 'pickup_point', 'express', 'two_day', 'overnight', 'freight', 'store_pickup')),
    shipping_cost REAL NOT NULL CHECK (shipping_cost >= 0),
    total REAL NOT NULL CHECK (total > 0),
    currency TEXT NOT NULL CHECK (currency IN ('EUR', 'USD'))
);
CREATE TABLE order_lines (
    order_id TEXT NOT NULL REFERENCES orders (id),
    line INTEGER NOT NULL CHECK (line >= 1),
    sku TEXT NOT NULL REFERENCES products (sku),
    quantity INTEGER NOT NULL CHECK (quantity >= 1),
    unit_price REAL NOT NULL CHECK (unit_price > 0),
    PRIMARY KEY (order_id, line)
);
CREATE TABLE shipments (
    order_id TEXT PRIMARY KEY REFERENCES orders (id),
    carrier TEXT NOT NULL,
    tracking TEXT UNIQUE,
    shipped_at TEXT NOT NULL,
    delivered_at TEXT CHECK (delivered_at > shipped_at)
);
CREATE TABLE returns (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    line INTEGER NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN
        ('too_small', 'too_large', 'changed_mind', 'not_as_described', 'defective', 'damaged_on_arrival',
         'worn_outdoors')),
    state TEXT NOT NULL CHECK (state IN
        ('requested', 'in_transit', 'received', 'refunded', 'credited', 'rejected')),
    requested_at TEXT NOT NULL,
    UNIQUE (order_id, line),
    FOREIGN KEY (order_id, line) REFERENCES order_lines (order_id, line)
);
CREATE INDEX orders_of_customer ON orders (customer_id);
"""


@dataclass(frozen=True)
class Model:
    """One product of the range, sold in both shops at a price of its own."""

    code: str
    name: str
    category: str
    euros: float
    dollars: float
    weight: float
    """How often it is bought, relative to the others."""


RANGE = (
    Model("HER2", "Heron 2 tent", "tents", 329, 359, 4),
    Model("HER3", "Heron 3 tent", "tents", 389, 429, 3),
    Model("PTA2", "Ptarmigan 2 tent", "tents", 649, 699, 1),
    Model("MEA6", "Meadow 6 family tent", "oversize", 749, 799, 1),
    Model("BLUF", "Bluff camp table", "oversize", 139, 149, 0.8),
    Model("CANR", "Pellworm canoe rack", "oversize", 189, 199, 0.5),
    Model("TENF", "Footprint for Heron 2", "tents", 39, 42, 2),
    Model("FERN", "Fernway Mid WP boots", "footwear", 159, 169, 7),
    Model("SCRE", "Scree Guide boots", "footwear", 249, 269, 4),
    Model("BROO", "Brook Low trail shoes", "footwear", 119, 129, 6),
    Model("SNOW", "Snowfinch 800 down jacket", "clothing", 279, 299, 5),
    Model("SISK", "Siskin Shell jacket", "clothing", 229, 249, 5),
    Model("MERL", "Merle 150 base layer", "base_layers", 65, 69, 8),
    Model("TIND", "Tindra trousers", "clothing", 95, 104, 4),
    Model("OSTA", "Ostara glacier glasses", "accessories", 85, 92, 2),
    Model("TAM5", "Tarn -5 down sleeping bag", "sleeping_bags", 339, 369, 3),
    Model("TAP3", "Tarn +3 synthetic sleeping bag", "sleeping_bags", 149, 159, 3),
    Model("DRIF", "Drift sleeping mat", "mats", 109, 119, 4),
    Model("LINE", "Sleeping bag liner", "sleeping_bags", 35, 38, 2),
    Model("KES2", "Kestrel 2 gas stove", "stoves", 59, 64, 5),
    Model("CIND", "Cinder Multi stove", "stoves", 129, 139, 2),
    Model("CKIT", "Cinder service kit", "stoves", 19.90, 21.90, 1),
    Model("GAS1", "Larkspur Gas 100", "fuel", 5.50, 5.95, 2),
    Model("GAS2", "Larkspur Gas 230", "fuel", 7.50, 7.95, 5),
    Model("GAS4", "Larkspur Gas 450", "fuel", 11.50, 11.95, 2),
    Model("WAY2", "Waymark 28 backpack", "packs", 99, 109, 5),
    Model("WAY4", "Waymark 45 backpack", "packs", 149, 159, 4),
    Model("LONG", "Longhaul 65 backpack", "packs", 219, 239, 3),
    Model("DIPP", "Dipper 2L hydration bladder", "hydration", 35, 38, 4),
    Model("WICK", "Wick 300 headlamp", "accessories", 45, 49, 5),
    Model("CAIR", "Cairn trekking poles", "accessories", 89, 95, 4),
    Model("SAND", "Sandpiper child carrier", "packs", 229, 249, 1),
    Model("REPK", "Repair kit", "accessories", 14.90, 15.90, 3),
    Model("DOWN", "Down wash 300 ml", "care", 12.90, 13.90, 3),
    Model("WAXB", "Boot wax", "care", 9.90, 10.90, 4),
    Model("NORD", "Nordkamm 9.5 mm rope, 60 m", "climbing", 169, 184, 1),
)

_FIRST_NAMES = (
    "Aino Alba Amos Anneke Arjen Bastian Bea Benoit Bram Carla Celeste Clara Corin Dagny Daan Delia Dorian Edda "
    "Elias Elin Emil Estelle Fabian Fenna Filip Flora Gideon Greta Hanna Hector Hugo Ida Imke Inez Iris Jasper "
    "Joris Josefa Judith Juno Kaspar Katrin Lars Leonie Levin Liv Lorenz Lucia Maarten Mael Magda Malin Marek "
    "Marit Mateo Mila Nadia Nils Noor Odile Orla Oscar Otis Paola Pia Quentin Rafael Renske Rosa Ruben Sanne "
    "Selma Silas Simone Sofie Stellan Tamsin Tessa Theo Tobias Ulla Valerie Vera Viggo Wanda Wendel Willa Xenia "
    "Yara Yves Zeno Zita"
)
FIRST_NAMES = _FIRST_NAMES.split()
_LAST_NAMES = (
    "Aldersey Ambrose Bakkendal Barkwell Bellanger Birkholm Brackley Calderon Castellan Corveau Dahlsen Dekeyser "
    "Dorrance Eckhart Elmqvist Engelhof Fairbrook Falkner Ferrand Fontane Garrow Giordani Grevelink Haldane "
    "Hartveld Hollander Ibarrola Jansonius Jerrold Kessel Kilbride Koppers Lachance Lindqvist Lorrimer Maesen "
    "Marchetti Merriden Montclar Nieuwhof Northcott Oakhurst Ollivant Ostergaard Pascoe Pellerin Quintel "
    "Radcliff Reinders Rosendal Sandoval Schellekens Sorensby Steenhout Tarrant Thornquist Ulverston Valdemar "
    "Verhoeve Wainscot Westerlund Wexford Yarrow Zandstra Zellweg"
)
LAST_NAMES = _LAST_NAMES.split()
COUNTRIES = (("NL", 24), ("DE", 26), ("FR", 15), ("BE", 11), ("AT", 8), ("IT", 7), ("ES", 6), ("DK", 3))
PICKUP_POINT_COUNTRIES = frozenset({"NL", "BE", "DE", "FR", "AT", "IT", "ES"})

_HOLIDAYS_NL = "2025-12-25 2025-12-26 2026-01-01 2026-04-06 2026-04-27 2026-05-14 2026-05-25"
_HOLIDAYS_NEVADA = (
    "2025-09-01 2025-10-31 2025-11-11 2025-11-27 2025-12-25 2026-01-01 2026-01-19 2026-02-16 2026-05-25 "
    "2026-06-19 2026-07-03 2026-09-07 2026-10-30"
)
HOLIDAYS = {
    "eu": frozenset(date.fromisoformat(day) for day in _HOLIDAYS_NL.split()),
    "us": frozenset(date.fromisoformat(day) for day in _HOLIDAYS_NEVADA.split()),
}
CURRENCY = {"eu": "EUR", "us": "USD"}
CUT_OFF = {"eu": time(14), "us": time(13)}
RETURN_DAYS = {"eu": 60, "us": 45}

CARRIERS = {
    ("eu", "standard"): ("Polder Post", "PP"),
    ("eu", "pickup_point"): ("Polder Post", "PP"),
    ("eu", "express"): ("Velo Express", "VX"),
    ("eu", "freight"): ("Brenner Freight", "BF"),
    ("us", "standard"): ("Cascade Parcel", "CP"),
    ("us", "two_day"): ("Redtail Express", "RX"),
    ("us", "overnight"): ("Redtail Express", "RX"),
    ("us", "freight"): ("Union Ridge Freight", "UF"),
}
DELIVERY_DAYS = {
    ("eu", "standard"): (3, 5),
    ("eu", "pickup_point"): (3, 5),
    ("eu", "express"): (1, 2),
    ("eu", "freight"): (5, 8),
    ("us", "standard"): (4, 6),
    ("us", "two_day"): (2, 2),
    ("us", "overnight"): (1, 1),
    ("us", "freight"): (6, 10),
}
SEASON = {1: 0.9, 2: 0.7, 3: 0.9, 4: 1.1, 5: 1.3, 6: 1.4, 7: 1.3, 8: 1.1, 9: 1.0, 10: 1.0, 11: 1.2, 12: 1.4}

T = TypeVar("T")


class Dice:
    """Draws that depend on `random.Random.random` alone, whose sequence Python guarantees for a seed."""

    def __init__(self, seed: int) -> None:
        """Start the sequence of this seed."""
        self._random = random.Random(seed).random

    def chance(self, probability: float) -> bool:
        """Return true with this probability."""
        return self._random() < probability

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self._random() * (high - low + 1))

    def one(self, items: Sequence[T]) -> T:
        """Return one item, all being equally likely."""
        return items[int(self._random() * len(items))]

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        """Return one item, each being as likely as its weight."""
        at = self._random() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            at -= weight
            if at < 0:
                return item
        return items[-1]


@dataclass
class Customer:
    """A customer, with how often they buy and what they have bought so far."""

    id: str
    name: str
    email: str
    region: str
    country: str
    postcode: str
    member: bool
    eagerness: float
    bought: list[tuple[datetime, float]] = field(default_factory=list)
    """When and for how much, cancelled orders left out."""

    def tier(self, at: datetime) -> str:
        """Return the level in the Waypoint Club: goods ordered in the 365 days before (KB-078)."""
        if not self.member:
            return "none"
        goods = sum(amount for placed, amount in self.bought if at - timedelta(days=365) <= placed < at)
        return "summit" if goods >= 1_500 else "ridge" if goods >= 500 else "trail"


@dataclass
class Order:
    """An order with everything that hangs on it."""

    id: str
    customer: Customer
    placed: datetime
    method: str
    lines: list[tuple[Model, int, float]]
    """Model, quantity and price of one piece."""

    shipping: float
    status: str = "processing"
    carrier: str = ""
    tracking: str | None = None
    shipped: datetime | None = None
    delivered: datetime | None = None

    @property
    def goods(self) -> float:
        """What the lines add up to."""
        return round(sum(quantity * price for _, quantity, price in self.lines), 2)


def shipping_cost(region: str, method: str, goods: float, tier: str) -> float:
    """Return the price of delivery by KB-001, KB-002, KB-078 and KB-091, in the currency of the region.

    Args:
        region: `eu` or `us`; only the EU mainland and the contiguous US are in this database.
        method: as in the column `shipping_method`.
        goods: what the goods cost together.
        tier: the customer's level when the order was placed.
    """
    free_standard = tier in ("ridge", "summit")
    if region == "eu":
        if method == "standard":
            return 0.0 if goods >= 75 or free_standard else 4.90
        if method == "pickup_point":
            return 0.0 if goods >= 75 else 2.90
        if method == "express":
            return 0.0 if tier == "summit" else 12.90
        return {"freight": 29.0, "store_pickup": 0.0}[method]
    if method == "standard":
        return 0.0 if goods >= 99 or free_standard else 6.95
    if method == "two_day":
        return 0.0 if tier == "summit" else 14.95
    return {"overnight": 29.95, "freight": 49.0, "store_pickup": 0.0}[method]


def is_working_day(day: date, region: str) -> bool:
    """Return whether the warehouse of the region ships and its carriers deliver on this day."""
    return day.weekday() < 5 and day not in HOLIDAYS[region]


def after_working_days(day: date, count: int, region: str) -> date:
    """Return the day that lies `count` working days after `day`."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day, region)
    return day


def dispatch_day(placed: datetime, region: str, method: str) -> date:
    """Return the day on which an order leaves (KB-019): after its first hour, by the daily cut-off."""
    ready = placed if method == "overnight" else placed + timedelta(minutes=60)
    limit = time(11) if method == "overnight" else CUT_OFF[region]
    if ready <= datetime.combine(placed.date(), limit) and is_working_day(placed.date(), region):
        return placed.date()
    return after_working_days(placed.date(), 1, region)


def make_customers(dice: Dice) -> list[Customer]:
    """Return the customers, three fifths of them in the EU."""
    customers: list[Customer] = []
    names: set[str] = set()
    while len(customers) < CUSTOMERS:
        first, last = dice.one(FIRST_NAMES), dice.one(LAST_NAMES)
        if f"{first} {last}" in names:
            continue
        names.add(f"{first} {last}")
        region = "eu" if dice.chance(0.6) else "us"
        country = "US"
        if region == "eu":
            country = dice.weighted([c for c, _ in COUNTRIES], [w for _, w in COUNTRIES])
        customers.append(
            Customer(
                id=f"C-{1001 + len(customers)}",
                name=f"{first} {last}",
                email=f"{first}.{last}@{'example.com' if dice.chance(0.7) else 'example.org'}".lower(),
                region=region,
                country=country,
                postcode=make_postcode(dice, country),
                member=dice.chance(0.85),
                eagerness=dice.weighted((0.4, 1.0, 2.2, 5.0), (35, 40, 20, 5)),
            )
        )
    return customers


def make_postcode(dice: Dice, country: str) -> str:
    """Return an invented postcode in the country's form, away from islands and other remote areas."""
    if country == "NL":
        letters = "ABCDEGHJKLMNPRSTVWXZ"
        return f"{dice.whole(1000, 9799)} {dice.one(letters)}{dice.one(letters)}"
    if country == "US":
        return f"{dice.whole(10000, 96199):05d}"
    low, high, digits = {
        "DE": (10115, 89999, 5),
        "FR": (21000, 95999, 5),
        "BE": (1000, 9999, 4),
        "AT": (1010, 5999, 4),
        "IT": (10010, 59999, 5),
        "ES": (8001, 34999, 5),
        "DK": (1000, 9999, 4),
    }[country]
    return f"{dice.whole(low, high):0{digits}d}"


def make_basket(dice: Dice, region: str, placed: datetime) -> list[tuple[Model, int, float]]:
    """Return the lines of an order: one to four models; in January and July some are on sale."""
    count = dice.weighted((1, 2, 3, 4), (48, 30, 15, 7))
    chosen: list[Model] = []
    while len(chosen) < count:
        model = dice.weighted(RANGE, [m.weight for m in RANGE])
        if model not in chosen:
            chosen.append(model)
    lines = []
    canisters = 6  # at most this many in one order (KB-017)
    for model in chosen:
        quantity = 1
        if model.category == "fuel":
            quantity = min(dice.whole(1, 3), canisters)
            canisters -= quantity
        elif model.category in ("base_layers", "care", "mats") and dice.chance(0.3):
            quantity = 2
        price = model.euros if region == "eu" else model.dollars
        if placed.month in (1, 7) and model.category not in ("fuel", "care") and dice.chance(0.35):
            price = round(price * (0.8 if dice.chance(0.6) else 0.7), 2)
        if quantity:
            lines.append((model, quantity, float(price)))
    return lines


def choose_method(dice: Dice, customer: Customer, lines: list[tuple[Model, int, float]]) -> str:
    """Return a delivery method that the knowledge base allows for this basket and address."""
    categories = {model.category for model, _, _ in lines}
    if "oversize" in categories:
        return "freight"
    if "fuel" in categories:
        return "standard"
    if customer.region == "eu":
        methods = ["standard", "express", "store_pickup", "pickup_point"]
        weights = [62.0, 14.0, 8.0, 16.0 if customer.country in PICKUP_POINT_COUNTRIES else 0.0]
    else:
        methods = ["standard", "two_day", "overnight", "store_pickup"]
        weights = [70.0, 17.0, 5.0, 8.0]
    return dice.weighted(methods, weights)


def make_moments(dice: Dice) -> list[datetime]:
    """Return when the orders were placed, in order; the last few fall into the last day."""
    days = [FIRST_DAY + timedelta(days=n) for n in range((NOW.date() - FIRST_DAY).days)]
    weights = [SEASON[day.month] for day in days]
    moments = []
    for _ in range(ORDERS - 6):
        day = dice.weighted(days, weights)
        moments.append(datetime.combine(day, time(dice.whole(7, 22), dice.whole(0, 59), dice.whole(0, 59))))
    moments += [NOW - timedelta(minutes=minutes, seconds=17) for minutes in (9, 34, 71, 160, 250, 330)]
    return sorted(moments)


def send(dice: Dice, order: Order) -> None:
    """Give an order its shipment, as far as it has come by now."""
    region = order.customer.region
    if order.method == "store_pickup":
        if dice.chance(0.4) and order.placed.weekday() < 6 and 10 <= order.placed.hour < 16:
            ready = order.placed + timedelta(hours=2)  # in stock in the store (KB-091)
        else:
            day = after_working_days(order.placed.date(), dice.whole(3, 5), region)
            ready = datetime.combine(day, time(dice.whole(11, 15), dice.whole(0, 59)))
        collected_on = ready.date() + timedelta(days=dice.whole(1, 5))
        if collected_on.weekday() == 6:
            collected_on += timedelta(days=1)  # the stores in Europe are closed on Sundays
        collected = datetime.combine(collected_on, time(dice.whole(11, 17), dice.whole(0, 59)))
        if ready > NOW:
            return
        order.carrier, order.shipped, order.status = "Store pickup", ready, "ready_for_pickup"
        if collected <= NOW:
            order.delivered, order.status = collected, "delivered"
        return
    day = dispatch_day(order.placed, region, order.method)
    shipped = datetime.combine(day, time(16, 45)) + timedelta(minutes=dice.whole(0, 30))
    low, high = DELIVERY_DAYS[region, order.method]
    late = dice.whole(1, 3) if dice.chance(0.05) else 0
    arrival = after_working_days(day, dice.whole(low, high) + late, region)
    delivered = datetime.combine(arrival, time(dice.whole(9, 18), dice.whole(0, 59)))
    number = dice.whole(10**9, 10**10 - 1)
    if shipped > NOW:
        return
    order.carrier, prefix = CARRIERS[region, order.method]
    order.tracking = f"{prefix}{number}"
    order.shipped, order.status = shipped, "shipped"
    if delivered <= NOW:
        order.delivered, order.status = delivered, "delivered"


def make_orders(dice: Dice, customers: list[Customer]) -> list[Order]:
    """Return the orders as they stand at `NOW`, each priced by the customer's level when it was placed."""
    eagerness = [customer.eagerness for customer in customers]
    orders = []
    for number, placed in enumerate(make_moments(dice)):
        customer = dice.weighted(customers, eagerness)
        lines = make_basket(dice, customer.region, placed)
        method = choose_method(dice, customer, lines)
        goods = round(sum(quantity * price for _, quantity, price in lines), 2)
        cost = shipping_cost(customer.region, method, goods, customer.tier(placed))
        order = Order(f"LO-{FIRST_ORDER_NUMBER + number}", customer, placed, method, lines, cost)
        if dice.chance(0.04):
            order.status = "cancelled"
        elif timedelta(hours=1) < NOW - placed < timedelta(hours=24) and goods > 400:
            order.status = "on_hold"
        elif timedelta(days=3) < NOW - placed < timedelta(days=40) and dice.chance(0.05):
            order.status = "backordered"
        else:
            send(dice, order)
        if order.status != "cancelled":
            customer.bought.append((placed, goods))
        orders.append(order)
    lose_some(dice, orders)
    return orders


def lose_some(dice: Dice, orders: list[Order]) -> None:
    """Take the delivery from a few standard orders that left long ago: their parcels are lost."""
    long_ago = [
        order
        for order in orders
        if order.method == "standard"
        and order.shipped
        and timedelta(days=25) < NOW - order.shipped < timedelta(days=120)
    ]
    for _ in range(LOST_ORDERS):
        order = dice.one(long_ago)
        long_ago.remove(order)
        order.delivered, order.status = None, "shipped"


def make_returns(dice: Dice, orders: list[Order]) -> list[tuple[str, int, str, str, datetime]]:
    """Return the returns: order, line, reason, state and moment of the request.

    All but a few (`MOST_LATE_RETURNS` at most) were requested within the returns window of the region. The late
    ones were rejected or wait for a decision.
    """
    found: list[tuple[str, int, str, str, datetime]] = []
    late_left = MOST_LATE_RETURNS
    worn: dict[str, datetime] = {}
    for order in orders:
        if order.delivered is None:
            continue
        window = RETURN_DAYS[order.customer.region]
        for line, (model, _, _) in enumerate(order.lines, start=1):
            if model.category in ("fuel", "hydration") or not dice.chance(0.11):
                continue
            reason = choose_reason(dice, model)
            if reason == "worn_outdoors":
                last = worn.get(order.customer.id)
                if last is not None and order.delivered - last < timedelta(days=400):
                    reason = "too_small"  # one pair in 12 months (KB-024)
                else:
                    worn[order.customer.id] = order.delivered
            limit = {"worn_outdoors": 29, "damaged_on_arrival": 6}.get(reason, window - 1)
            day = min(dice.whole(0, limit), dice.whole(0, limit))  # most people decide soon
            late = reason in ("changed_mind", "too_small", "too_large") and dice.chance(0.08) and late_left > 0
            late = late and order.placed.month not in (11, 12)  # at the turn of the year the window is longer
            if late:
                day = window + dice.whole(2, 25)
            asked = order.delivered + timedelta(days=day, hours=dice.whole(1, 4), minutes=dice.whole(0, 59))
            refused = dice.chance(0.04)
            if asked > NOW:
                continue
            if late:
                late_left -= 1
                state = "requested" if NOW - asked < timedelta(days=30) else "rejected"
            else:
                state = state_of_return(asked, reason, refused)
            found.append((order.id, line, reason, state, asked))
    return sorted(found, key=lambda row: (row[4], row[0], row[1]))


def choose_reason(dice: Dice, model: Model) -> str:
    """Return why somebody sends this product back; lit stoves come back only when they are faulty (KB-026)."""
    if model.category == "stoves":
        return dice.weighted(("defective", "damaged_on_arrival"), (70, 30))
    if model.category == "footwear":
        return dice.weighted(
            ("too_small", "too_large", "worn_outdoors", "changed_mind", "defective"), (40, 20, 20, 12, 8)
        )
    if model.category in ("clothing", "base_layers"):
        return dice.weighted(("too_small", "too_large", "changed_mind", "defective"), (38, 28, 26, 8))
    return dice.weighted(("changed_mind", "not_as_described", "defective", "damaged_on_arrival"), (52, 18, 18, 12))


def state_of_return(asked: datetime, reason: str, refused: bool) -> str:
    """Return how far a return has come: post first, then the inspection, then the money."""
    age = NOW - asked
    if age < timedelta(days=5):
        return "requested"
    if age < timedelta(days=12):
        return "in_transit"
    if age < timedelta(days=21):
        return "received"
    if refused:
        return "rejected"
    return "credited" if reason == "worn_outdoors" else "refunded"


def build(path: Path) -> None:
    """Write the database to `path`; a file that is already there is replaced."""
    dice = Dice(SEED)
    customers = make_customers(dice)
    orders = make_orders(dice, customers)
    returns = make_returns(dice, orders)
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(SCHEMA)
        connection.executemany(
            "INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(c.id, c.name, c.email, c.region, c.country, c.postcode, c.tier(NOW)) for c in customers],
        )
        connection.executemany(
            "INSERT INTO products VALUES (?, ?, ?, ?, ?)",
            [
                (f"{m.code}-{region.upper()}", m.name, m.category, price, CURRENCY[region])
                for m in RANGE
                for region, price in (("eu", m.euros), ("us", m.dollars))
            ],
        )
        for order in orders:
            region = order.customer.region
            connection.execute(
                "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    order.id,
                    order.customer.id,
                    str(order.placed),
                    order.status,
                    order.method,
                    order.shipping,
                    round(order.goods + order.shipping, 2),
                    CURRENCY[region],
                ),
            )
            connection.executemany(
                "INSERT INTO order_lines VALUES (?, ?, ?, ?, ?)",
                [
                    (order.id, line, f"{model.code}-{region.upper()}", quantity, price)
                    for line, (model, quantity, price) in enumerate(order.lines, start=1)
                ],
            )
            if order.shipped:
                delivered = str(order.delivered) if order.delivered else None
                connection.execute(
                    "INSERT INTO shipments VALUES (?, ?, ?, ?, ?)",
                    (order.id, order.carrier, order.tracking, str(order.shipped), delivered),
                )
        connection.executemany(
            "INSERT INTO returns VALUES (?, ?, ?, ?, ?, ?)",
            [
                (f"RT-{20001 + number}", order_id, line, reason, state, str(asked))
                for number, (order_id, line, reason, state, asked) in enumerate(returns)
            ],
        )
        connection.commit()
        connection.execute("VACUUM")
    finally:
        connection.close()


def main() -> None:
    """Read the command line and write the database."""
    parser = argparse.ArgumentParser(description="Make Larkspur's orders database.")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("orders.sqlite"))
    path = parser.parse_args().output
    build(path)
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
