"""The kinds of company that a case can be, and how one company of a kind is drawn.

A draw is repeated until its numbers leave no doubt about the answers that the exercises ask for: the part that breaks
first breaks clearly before the next, a target is clearly met or clearly missed, and the known misconceptions lead to
other answers than the right one. `tests/archkit/case/` proves these margins over hundreds of ids.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archkit.case import hosting, proposals, spending
from archkit.case.draw import Draw
from archkit.case.support import demonstration_support, drawn_support

__all__ = ["demonstration", "drawn"]

PRICES = (
    # Recorded prices, not the vendors' current ones.
    ("gpt-5.4-mini", 0.75, 4.50),
    ("claude-haiku-4-5", 1.00, 5.00),
    ("gemini/gemini-3.8-flash", 0.75, 3.75),
    ("gpt-5-mini", 0.25, 2.00),
    ("mistral/mistral-small-latest", 0.15, 0.60),
)
RECORDED = "recorded in litellm 1.109.1, uploaded 2026-11-12"
DAYS_PER_MONTH = 30
SECONDS_PER_MONTH = DAYS_PER_MONTH * 86_400


@dataclass(frozen=True)
class Archetype:
    """A kind of company: what it does, which data it has, and how large it may be."""

    name: str
    sector: str
    companies: Mapping[str, tuple[str, ...]]
    assistants: tuple[str, ...]
    feature: str
    requests_per_month: tuple[int, int]
    peak_to_average: tuple[float, float]
    documents: tuple[int, int]
    records: tuple[str, str, str]
    documents_are: tuple[str, str, str]
    residency: bool
    engineers: tuple[int, int]


ARCHETYPES = (
    Archetype(
        "health_insurer",
        "health insurance",
        {
            "eu": ("Veldkant Zorg", "Caritas Meridian"),
            "us": ("Aldermoor Health Mutual", "Northlight Health Plan"),
        },
        ("Beacon", "Marlow", "Sanna"),
        "answers members' questions about cover, co-payments and the state of their claims",
        (2_000_000, 9_000_000),
        (3.0, 6.0),
        (8_000, 40_000),
        ("claims", "diagnoses, treatments and amounts of a member's claims", "special_category"),
        ("policy documents", "terms of cover, forms, guides", "internal"),
        True,
        (6, 20),
    ),
    Archetype(
        "marketplace",
        "online retail",
        {"eu": ("Ponte Nuovo Casa", "Brightquay Markt"), "us": ("Tiller & Oak", "Halyard Home")},
        ("Pip", "Fetch", "Otto"),
        "helps shoppers with products, deliveries and returns",
        (8_000_000, 30_000_000),
        (5.0, 9.0),
        (60_000, 300_000),
        ("orders", "what a customer bought, where it was sent and when", "personal"),
        ("product pages", "descriptions, sizes, care, delivery terms", "public"),
        False,
        (3, 8),
    ),
    Archetype(
        "retail_bank",
        "retail banking",
        {
            "eu": ("Banque du Rivage", "Fjordsparebanken"),
            "us": ("Harrowgate Savings", "Cedar Valley Credit Union"),
        },
        ("Ledgerly", "Clara", "Quill"),
        "explains fees, cards and payments to customers and looks up their own transactions",
        (4_000_000, 14_000_000),
        (3.5, 6.5),
        (5_000, 25_000),
        ("transactions", "amounts, counterparties and card numbers", "payment"),
        ("rule book", "fees, terms, procedures", "internal"),
        True,
        (10, 30),
    ),
    Archetype(
        "machine_maker",
        "industrial machinery",
        {"eu": ("Kessler Pumpen", "Officine Baldi"), "us": ("Lakeshore Presses", "Granite State Turbine")},
        ("Torque", "Mira", "Gauge"),
        "guides service technicians through manuals, spare parts and a machine's service history",
        (2_000_000, 6_000_000),
        (2.5, 4.5),
        (20_000, 90_000),
        ("service history", "visits, faults and names of a customer's technicians", "personal"),
        ("manuals", "drawings, torque tables, procedures", "internal"),
        False,
        (2, 6),
    ),
    Archetype(
        "city_administration",
        "public administration",
        {
            "eu": ("Stadt Lindenau am See", "Ville de Saint-Corme"),
            "us": ("City of Port Ellery", "City of Marrow Creek"),
        },
        ("Aloys", "Portia", "Civi"),
        "answers residents about permits, fees and benefits, and the state of their own applications",
        (2_000_000, 7_000_000),
        (4.0, 8.0),
        (6_000, 30_000),
        ("applications", "a resident's permits, benefits and decisions", "personal"),
        ("ordinances", "rules, forms, opening hours", "public"),
        True,
        (3, 9),
    ),
    Archetype(
        "telecom",
        "telecommunications",
        {"eu": ("Norrsken Mobil", "TelcoLusa"), "us": ("Pine Ridge Wireless", "Wavecrest Broadband")},
        ("Ember", "Nova", "Relay"),
        "helps subscribers with faults, plans and bills",
        (12_000_000, 30_000_000),
        (3.0, 5.0),
        (10_000, 60_000),
        ("subscriber accounts", "plans, bills, usage and addresses", "personal"),
        ("help articles", "fault guides, plans, device settings", "public"),
        False,
        (8, 25),
    ),
)


def drawn(normal_id: str) -> dict[str, Any]:
    """Draw the case of a normalised learner id, as plain data for `Case`."""
    for attempt in range(1_000):
        case = _drawn_once(normal_id, attempt)
        if _leaves_no_doubt(case):
            return {
                **case,
                **proposals.drawn(normal_id, case),
                "hosting": hosting.drawn(normal_id, case),
                "spending": spending.drawn(normal_id, case),
            }
    raise AssertionError(f"no case with clear margins was found for {normal_id!r}")


def _drawn_once(normal_id: str, attempt: int) -> dict[str, Any]:
    # One stream of draws per subject: a field added to one subject later leaves the other subjects' numbers alone.
    def stream(subject: str) -> Draw:
        return Draw(f"case 1/{normal_id}/{attempt}/{subject}")

    company = Draw(f"case 1/{normal_id}/company")  # the company stays, whatever numbers have to be drawn again
    kind = company.choice(ARCHETYPES)
    region = company.choice(("eu", "us"))
    name = company.choice(kind.companies[region])
    draw = stream("traffic")
    requests = draw.rounded(*kind.requests_per_month)
    traffic = {
        "requests_per_month": requests,
        "monthly_growth": round(draw.between(0.01, 0.09), 2),
        "peak_to_average": round(draw.between(*kind.peak_to_average), 1),
    }
    draw = stream("tokens")
    tokens = {
        "instructions": draw.rounded(180, 600),
        "question": draw.rounded(30, 90),
        "passages": draw.whole(3, 6),
        "tokens_per_passage": draw.choice((180, 220, 260, 300, 340)),
        "answer": draw.rounded(110, 320),
    }
    draw = stream("corpus")
    corpus = {
        "documents": draw.rounded(*kind.documents),
        "tokens_per_document": draw.rounded(1_200, 9_000),
        "chunk_tokens": tokens["tokens_per_passage"],
        "overlap_tokens": draw.choice((30, 40, 50, 60)),
        "dimensions": draw.choice((384, 768, 1024, 1536)),
        "bytes_per_number": 4,
        "copies": draw.whole(2, 3),
    }
    draw = stream("latency")
    first_token_ms = draw.rounded(250, 700)
    latency = {"first_token_ms": first_token_ms, "ms_per_token": round(draw.between(5.0, 14.0), 1)}
    peak = requests / SECONDS_PER_MONTH * traffic["peak_to_average"]
    record_share = round(stream("records").between(0.2, 0.45), 2)
    parts = _parts(stream("parts"), kind, peak, tokens, first_token_ms, record_share)
    answer_ms = _answer_ms(parts, latency, tokens["answer"])
    draw = stream("target")
    target = answer_ms * (draw.between(0.6, 0.8) if draw.fraction() < 0.5 else draw.between(1.25, 1.6))
    model, input_price, output_price = stream("price").choice(PRICES)
    monthly = _monthly_cost(requests, tokens, input_price, output_price)
    draw = stream("budget")
    budget = monthly * (draw.between(0.5, 0.75) if draw.fraction() < 0.5 else draw.between(1.3, 1.8))
    draw = stream("contract")
    team = stream("team")
    return {
        "learner_id": normal_id,
        "archetype": kind.name,
        "company": name,
        "sector": kind.sector,
        "region": region,
        "assistant": company.choice(kind.assistants),
        "feature": kind.feature,
        "traffic": traffic,
        "tokens": tokens,
        "corpus": corpus,
        "parts": parts,
        "latency": {**latency, "target_ms": max(round(target / 50) * 50, 50)},
        "record_share": record_share,
        "data": _data(kind, region),
        "contract": {
            "id_prefix": draw.choice(("DOC", "ART", "GUIDE", "REF")),
            "maximum_age_days": draw.choice((180, 270, 365, 540)),
            "regions": ("eu", "us", "all") if draw.fraction() < 0.5 else ("eu", "uk", "us", "all"),
            "audiences": draw.choice((("customer", "staff"), ("public", "staff", "partner"))),
            "as_of": "2026-11-01",
        },
        "price": {
            "model": model,
            "input_usd_per_million": input_price,
            "output_usd_per_million": output_price,
            "recorded": RECORDED,
        },
        "team": {
            "engineers": team.whole(*kind.engineers),
            "ml_engineers": team.whole(0, max(kind.engineers[1] // 6, 1)),
            "on_call": team.fraction() < 0.5,
        },
        "budget_usd_per_month": _to_digits(budget, 2),
        "value_of_resolved_contact_usd": round(stream("value").between(1.5, 9.0), 2),
        "support": drawn_support(stream("support"), kind.name, region, _data(kind, region)),
    }


def _parts(
    draw: Draw,
    kind: Archetype,
    peak: float,
    tokens: Mapping[str, int],
    first_token_ms: int,
    record_share: float,
) -> list[dict[str, Any]]:
    """Draw the measured parts so that one of them clearly breaks first."""
    per_request = tokens["instructions"] + tokens["question"] + tokens["answer"]
    per_request += tokens["passages"] * tokens["tokens_per_passage"]
    names = ("gateway", "embedder", "index", "model", "records", "history")
    weakest = draw.choice(("gateway", "embedder", "embedder", "index", "index", "model", "model", "history", "history"))
    lowest = peak * (draw.between(0.5, 0.8) if draw.fraction() < 0.4 else draw.between(1.3, 2.2))
    capacity = {n: lowest if n == weakest else lowest * draw.between(1.45, 4.5) for n in names}
    embedder_uses, index_uses = draw.whole(2, 3), draw.whole(2, 4)
    replicas = {n: draw.whole(2, 4) for n in ("gateway", "embedder", "index", "history")}
    hold_ms, record_uses = draw.rounded(90, 320), draw.whole(1, 3)
    history_uses = draw.whole(2, 3)

    def part(
        id: str,
        name: str,
        does: str,
        limit: float,
        unit: str,
        latency: tuple[float, float],
        uses: float = 1,
        when: str = "every request",
        hold: int | None = None,
    ) -> dict[str, Any]:
        return {
            "id": id,
            "name": name,
            "does": does,
            "limit": max(_to_digits(limit, 2), 1),
            "unit": unit,
            "replicas": replicas.get(id, 1),
            "uses_per_request": uses,
            "hold_ms": hold,
            "latency_ms": draw.rounded(*latency),
            "availability": round(draw.between(0.9965, 0.9996), 4),
            "when": when,
        }

    parts = [
        part(
            "gateway",
            "API gateway",
            "checks who asks, and passes the request on",
            capacity["gateway"] / replicas["gateway"],
            "requests/s",
            (8, 25),
        ),
        part(
            "embedder",
            "Embedding service",
            "turns the question and its rewordings into vectors",
            capacity["embedder"] * embedder_uses / replicas["embedder"],
            "texts/s",
            (15, 60),
            embedder_uses,
        ),
        part(
            "index",
            "Vector index",
            f"finds the nearest passages of the {kind.documents_are[0]}",
            capacity["index"] * index_uses / replicas["index"],
            "queries/s",
            (20, 90),
            index_uses,
        ),
        part(
            "model",
            "Managed model",
            "writes the answer; the quota counts tokens in and out together",
            capacity["model"] * per_request * 60,
            "tokens/min",
            (first_token_ms, first_token_ms),
            per_request,
        ),
        part(
            "records",
            f"Database of {kind.records[0]}",
            f"holds the {kind.records[0]}; one query holds one connection of the pool",
            capacity["records"] * record_share * record_uses * hold_ms / 1000,
            "connections",
            (60, 260),
            record_uses,
            "record questions",
            hold_ms,
        ),
        part(
            "history",
            "Conversation store",
            "keeps each turn, written once the answer is on its way",
            capacity["history"] * history_uses / replicas["history"],
            "writes/s",
            (30, 80),
            history_uses,
            "after the answer",
        ),
    ]
    parts[3]["latency_ms"] = first_token_ms
    return parts


def _data(kind: Archetype, region: str) -> list[dict[str, Any]]:
    stays = region if kind.residency else None
    documents, records = kind.documents_are, kind.records
    return [
        {"name": documents[0], "examples": documents[1], "sensitivity": documents[2], "must_stay_in": None},
        {"name": records[0], "examples": records[1], "sensitivity": records[2], "must_stay_in": stays},
        {
            "name": "conversations",
            "examples": "what people ask, with their names and numbers in it",
            "sensitivity": "personal",
            "must_stay_in": stays,
        },
    ]


def _capacity(part: Mapping[str, Any], record_share: float) -> float:
    """Requests per second that a part sustains. Only for the margins; an exercise asks learners for it."""
    per_second = part["limit"] * part["replicas"]
    if part["unit"] == "tokens/min":
        per_second /= 60
    if part["unit"] == "connections":
        per_second /= part["hold_ms"] / 1000
    share = record_share if part["when"] == "record questions" else 1.0
    return float(per_second / part["uses_per_request"] / share)


def _answer_ms(parts: list[dict[str, Any]], latency: Mapping[str, float], answer_tokens: int) -> float:
    ms = {part["id"]: part["latency_ms"] for part in parts}
    generation = latency["first_token_ms"] + latency["ms_per_token"] * answer_tokens
    return float(ms["gateway"] + max(ms["embedder"] + ms["index"], ms["records"]) + generation)


def _monthly_cost(requests: int, tokens: Mapping[str, int], input_price: float, output_price: float) -> float:
    sent = tokens["instructions"] + tokens["question"] + tokens["passages"] * tokens["tokens_per_passage"]
    return requests * (sent * input_price + tokens["answer"] * output_price) / 1e6


def _leaves_no_doubt(case: Mapping[str, Any]) -> bool:
    parts = case["parts"]
    ranked = sorted((_capacity(part, case["record_share"]), part["id"]) for part in parts)
    (first, breaks_first), (second, _) = ranked[:2]
    peak = case["traffic"]["requests_per_month"] / SECONDS_PER_MONTH * case["traffic"]["peak_to_average"]
    ms = {part["id"]: part["latency_ms"] for part in parts}
    retrieval, lookup = ms["embedder"] + ms["index"], ms["records"]
    answer_ms = _answer_ms(parts, case["latency"], case["tokens"]["answer"])
    cost = _monthly_cost(
        case["traffic"]["requests_per_month"],
        case["tokens"],
        case["price"]["input_usd_per_million"],
        case["price"]["output_usd_per_million"],
    )
    price, tokens, corpus = case["price"], case["tokens"], case["corpus"]
    passages = tokens["passages"] * tokens["tokens_per_passage"]
    answer_usd = tokens["answer"] * price["output_usd_per_million"]
    passages_usd = passages * price["input_usd_per_million"]
    steps = (corpus["tokens_per_document"] - corpus["overlap_tokens"]) / (
        corpus["chunk_tokens"] - corpus["overlap_tokens"]
    )
    without_overlap = corpus["tokens_per_document"] / corpus["chunk_tokens"]
    smallest_number = min(parts, key=lambda p: p["limit"])
    return (
        all(part["limit"] >= 4 for part in parts)
        and second >= 1.4 * first
        and not 0.83 < first / peak < 1.2
        and smallest_number["id"] != breaks_first
        and max(retrieval, lookup) >= 1.3 * min(retrieval, lookup)
        and min(retrieval, lookup) >= 0.04 * answer_ms
        and ms["history"] >= 0.01 * answer_ms
        and not 0.87 < case["latency"]["target_ms"] / answer_ms < 1.15
        and not 0.85 < case["budget_usd_per_month"] / cost < 1.15
        and passages > tokens["instructions"]
        # a bill without the answers and one without the passages can be told apart
        and abs(answer_usd - passages_usd) >= 0.1 * max(answer_usd, passages_usd)
        and math.ceil(steps) >= 1.08 * math.ceil(without_overlap)
        and math.ceil(steps) >= 1.015 * steps
    )


def _to_digits(value: float, digits: int) -> int:
    scale: int = 10 ** max(len(str(int(value))) - digits, 0)
    return round(value / scale) * scale


def demonstration() -> dict[str, Any]:
    """Return Larkspur Outfitters, the lessons' company, as plain data for `Case`."""
    kind = Archetype(
        "demonstration",
        "outdoor retail",
        {},
        (),
        "",
        (0, 0),
        (0, 0),
        (0, 0),
        ("orders", "what a customer bought, where it was sent and when", "personal"),
        ("help articles", "delivery, returns, care, procedures", "internal"),
        True,
        (0, 0),
    )

    def part(
        id: str,
        name: str,
        does: str,
        limit: int,
        unit: str,
        replicas: int,
        uses: float,
        ms: int,
        up: float,
        when: str,
    ) -> dict[str, Any]:
        return {
            "id": id,
            "name": name,
            "does": does,
            "limit": limit,
            "unit": unit,
            "replicas": replicas,
            "uses_per_request": uses,
            "hold_ms": 60 if unit == "connections" else None,
            "latency_ms": ms,
            "availability": up,
            "when": when,
        }

    every = "every request"
    facts = {
        "learner_id": None,
        "archetype": "demonstration",
        "company": "Larkspur Outfitters",
        "sector": kind.sector,
        "region": "eu",
        "assistant": "Trailmate",
        "feature": "answers customers' questions about delivery, returns, products and care, and looks up their orders",
        "traffic": {"requests_per_month": 2_400_000, "monthly_growth": 0.04, "peak_to_average": 5.0},
        "tokens": {
            "instructions": 300,
            "question": 40,
            "passages": 4,
            "tokens_per_passage": 220,
            "answer": 150,
        },
        "corpus": {
            "documents": 100,
            "tokens_per_document": 300,
            "chunk_tokens": 220,
            "overlap_tokens": 40,
            "dimensions": 384,
            "bytes_per_number": 4,
            "copies": 2,
        },
        "parts": [
            part(
                "gateway",
                "API gateway",
                "checks who asks, and passes the request on",
                20,
                "requests/s",
                2,
                1,
                10,
                0.9995,
                every,
            ),
            part(
                "embedder",
                "Embedding service",
                "turns the question into a vector",
                12,
                "texts/s",
                2,
                2,
                25,
                0.9990,
                every,
            ),
            part(
                "index",
                "Vector index",
                "finds the nearest passages of the help articles",
                40,
                "queries/s",
                2,
                3,
                30,
                0.9985,
                every,
            ),
            part(
                "model",
                "Managed model",
                "writes the answer; the quota counts tokens in and out together",
                600_000,
                "tokens/min",
                1,
                1370,
                400,
                0.9970,
                every,
            ),
            part(
                "records",
                "Orders database",
                "holds the orders; one query holds one connection of the pool",
                5,
                "connections",
                1,
                2,
                80,
                0.9990,
                "record questions",
            ),
            part(
                "history",
                "Conversation store",
                "keeps each turn, written once the answer is on its way",
                30,
                "writes/s",
                2,
                2,
                15,
                0.9992,
                "after the answer",
            ),
        ],
        "latency": {"target_ms": 2_500, "first_token_ms": 400, "ms_per_token": 8.0},
        "record_share": 0.3,
        "data": _data(kind, "eu"),
        "contract": {
            "id_prefix": "KB",
            "maximum_age_days": 540,
            "regions": ("eu", "us", "all"),
            "audiences": ("customer", "agent"),
            "as_of": "2026-11-01",
        },
        "price": {
            "model": "gpt-5.4-mini",
            "input_usd_per_million": 0.75,
            "output_usd_per_million": 4.50,
            "recorded": RECORDED,
        },
        **proposals.demonstration(),
        "team": {"engineers": 5, "ml_engineers": 1, "on_call": False},
        "budget_usd_per_month": 5_000,
        "value_of_resolved_contact_usd": 4.20,
        "support": demonstration_support(_data(kind, "eu")),
        "hosting": hosting.demonstration(),
    }
    return {**facts, "spending": spending.demonstration(facts)}
