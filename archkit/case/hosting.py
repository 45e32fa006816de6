"""Three ways to have a model answer: what each would cost and keep at one client, and what the client insists on.

The facts of one client are drawn from the learner's id, in a stream of draws of their own. Which ways are allowed,
which is cheapest and where the costs cross differs between clients: for one the data forces it onto cards of its own,
for another nobody is there at night. Each draw leaves no doubt: a must-have is clearly kept or clearly broken, and a
break-even lies at least a factor of 1.5 away from today's volume. `tests/archkit/case/test_hosting.py` proves it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from archkit.case.draw import Draw

__all__ = ["Cards", "Hosting", "MustHaves", "Way", "Ways", "demonstration", "drawn"]

HOURS_PER_MONTH = 720
SECONDS_PER_MONTH = HOURS_PER_MONTH * 3_600


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Way(_Row):
    """One way to have a model answer."""

    name: str
    model: str
    input_usd_per_million: float | None = Field(description="per million tokens read; None on rented cards")
    output_usd_per_million: float | None = Field(description="per million tokens written; None on rented cards")
    processed_in: Literal["eu", "us"] = Field(description="region in which the prompts would be processed")
    kept_from_training: bool = Field(description="whether the contract keeps prompts out of the training of models")
    first_token_ms: int = Field(description="95 of 100 requests have the first token of their answer by then")
    on_call_needed: bool = Field(description="whether the client's team must be on call at night")
    engineer_share: float = Field(description="share of an engineer's time that it takes for good")
    right_share: float = Field(description="share of the labelled questions that were answered rightly")
    switching_days: int = Field(description="engineer-days that it takes to leave it again")
    retired_on: str | None = Field(description="day on which the vendor ends the model, where one is recorded")


class Ways(_Row):
    """The three ways under discussion. `for id, way in case.hosting.ways` goes through them."""

    managed: Way
    open_managed: Way
    self_hosted: Way


class Cards(_Row):
    """The open-weight model on rented cards: its size, the cards, and what was measured on them."""

    gpu: str
    memory_gb: int = Field(description="GB (10^9 bytes) on one card")
    usable_share: float = Field(description="share of a card's memory that weights and requests may take")
    usd_per_hour: float = Field(description="rent of one card, used or not")
    recorded: str = Field(description="where and when the rent was recorded")
    groups: tuple[int, ...] = Field(description="numbers of cards on which one copy of the model can run together")
    parameters_billion: float
    bytes_per_parameter: float
    layers: int
    kv_heads: int
    head_dimension: int
    bytes_per_kv_number: int
    requests_at_once: int = Field(description="requests that one copy serves at the same time, at its knee")
    tokens_per_second: int = Field(description="tokens that one copy writes, all requests together, at its knee")
    planned_share: float = Field(description="share of the knee that a copy is planned for")
    spare_copies: int = Field(description="copies rented for the loss of one")


class MustHaves(_Row):
    """What the client insists on, whatever it costs. Who is on call stands in `case.team.on_call`."""

    processed_in: Literal["eu", "us"] | None = Field(
        description="where personal data must be processed; None: anywhere"
    )
    kept_from_training: bool = Field(description="whether prompts must be kept out of the training of models")
    first_token_ms: int = Field(description="latest first token, for 95 of 100 requests")
    right_share: float = Field(description="least share of the labelled questions answered rightly")


class Hosting(_Row):
    """The three ways, the cards behind the third, and the must-haves."""

    ways: Ways
    cards: Cards
    must: MustHaves
    labelled_questions: int = Field(description="questions with known answers, on which each model was tried")
    engineer_usd_per_month: int = Field(description="an engineer with everything that an employer pays")

    def _repr_html_(self) -> str:
        from archkit.case.brief import page_html

        return page_html("Three ways to have a model answer", *_page(self))

    def __str__(self) -> str:
        """Return the same page as plain text."""
        from archkit.case.brief import page_text

        return page_text("Three ways to have a model answer", *_page(self))


PRICES_RECORDED = "recorded in litellm 1.109.1, uploaded 2026-11-12"
CRUSOE = "price table of Crusoe in gpuhunt 0.1.34, 2026-10-20"
PROPRIETARY = {
    # Recorded prices in US dollars per million tokens, in and out; not the vendors' current ones.
    "gpt-5.4-mini": (0.75, 4.50),
    "claude-haiku-4-5": (1.00, 5.00),
    "gemini/gemini-3.8-flash": (0.75, 3.75),
    "claude-sonnet-5-5": (2.00, 10.00),
    "gpt-5.4": (2.50, 15.00),
}
RETIRED_ON = "2027-03-30"
OPEN_MODELS: Mapping[str, Mapping[str, Any]] = {
    "Llama 3.1 8B": {"usd": 0.22, "parameters_billion": 8, "layers": 32},
    "Llama 3.3 70B": {"usd": 0.72, "parameters_billion": 70, "layers": 80},
}
# Card, GB, dollars an hour, source, and how fast it is beside an A100: a case's measured throughput is drawn with it.
GPUS = (
    ("L40S 48 GB", 48, 1.00, CRUSOE, 0.6),
    ("A100 80 GB", 80, 1.95, CRUSOE, 1.0),
    ("H100 80 GB", 80, 2.95, "median of AIMultiple's GPU index, 2026-05-20", 1.6),
    ("H100 80 GB", 80, 3.90, CRUSOE, 1.6),
    ("H200 141 GB", 141, 4.29, CRUSOE, 1.8),
)
GROUPS = (1, 2, 4, 8)
PLANNED, SPARE = 0.6, 1
VENDORS = ("managed", "open_managed")

Scenario = Literal["privacy", "small_team", "own_pays", "low_volume", "cheapest_barred"]
SCENARIOS: tuple[Scenario, ...] = ("privacy", "own_pays", "low_volume", "cheapest_barred")
ATTEMPTS = 400


def drawn(normal_id: str, case: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the ways of one client.

    Args:
        normal_id: the normalised learner id.
        case: the client's other facts, as plain data.

    Returns:
        Plain data for `Hosting`.
    """
    seed = f"case 1/{normal_id}/hosting"
    first = Draw(seed)
    wanted = first.choice(SCENARIOS)
    if not case["team"]["on_call"] and first.fraction() < 0.45:
        wanted = "small_team"
    others = [scenario for scenario in SCENARIOS if scenario != wanted]
    for scenario in (wanted, *others):
        for attempt in range(ATTEMPTS):
            draw = Draw(f"{seed}/{scenario}/{attempt}")
            facts = _drawn_once(draw, case, scenario, own_price=attempt < ATTEMPTS // 4)
            if _leaves_no_doubt(case, facts, scenario):
                return facts
    raise AssertionError(f"no ways with clear margins were found for {normal_id!r}")


def _drawn_once(draw: Draw, case: Mapping[str, Any], scenario: Scenario, *, own_price: bool) -> dict[str, Any]:
    home = case["region"]
    away = {"eu": "us", "us": "eu"}[home]
    must_stay_in = case["data"][2]["must_stay_in"]
    # The model of the client's price sheet is the one under discussion, where the numbers leave no doubt with it.
    priced = case["price"]["model"]
    managed = priced if own_price and priced in PROPRIETARY else draw.choice(tuple(PROPRIETARY))
    model = draw.choice(("Llama 3.1 8B", "Llama 3.1 8B", "Llama 3.3 70B"))
    floor = round(draw.between(0.78, 0.86), 2)
    limit = draw.choice((600, 700, 800, 900, 1_000, 1_200))
    broken = _broken(draw, scenario, bound=must_stay_in is not None)
    quality = {"managed": floor + draw.between(0.06, 0.12), "open": floor + draw.between(0.02, 0.05)}
    if "quality" in broken["open_managed"]:
        quality["open"] = floor - draw.between(0.03, 0.08)
    first_token = {id: draw.between(0.45, 0.8) * limit for id in VENDORS}
    first_token["self_hosted"] = draw.between(0.12, 0.4) * limit
    for id, gates in broken.items():
        if "first_token" in gates:
            first_token[id] = draw.between(1.25, 1.8) * limit
    switching = {
        "managed": draw.rounded(25, 60),
        "open_managed": draw.rounded(6, 12),
        "self_hosted": draw.rounded(14, 21),
    }
    on_call_needed = scenario == "small_team" or (case["team"]["on_call"] and draw.fraction() < 0.75)

    def way(id: str, name: str, model: str, price: tuple[float, float] | None, share: float, **others: Any) -> Any:
        return {
            "name": name,
            "model": model,
            "input_usd_per_million": price[0] if price else None,
            "output_usd_per_million": price[1] if price else None,
            "processed_in": away if "residency" in broken.get(id, ()) else home,
            "kept_from_training": "training" not in broken.get(id, ()),
            "first_token_ms": round(first_token[id] / 10) * 10,
            "on_call_needed": False,
            "engineer_share": 0.0,
            "right_share": round(share, 3),
            "switching_days": switching[id],
            "retired_on": None,
            **others,
        }

    usd = OPEN_MODELS[model]["usd"]
    return {
        "ways": {
            "managed": way(
                "managed", "proprietary model, managed by its vendor", managed, PROPRIETARY[managed], quality["managed"]
            ),
            "open_managed": way(
                "open_managed",
                "open-weight model, managed by a vendor",
                model,
                (usd, usd),
                quality["open"],
                retired_on=RETIRED_ON,
            ),
            "self_hosted": way(
                "self_hosted",
                "the same open-weight model, on rented cards of your own",
                model,
                None,
                quality["open"],
                on_call_needed=on_call_needed,
                engineer_share=draw.choice((0.5, 0.75, 1.0)),
            ),
        },
        "cards": _cards(draw, model),
        "must": {
            "processed_in": must_stay_in,
            "kept_from_training": True,
            "first_token_ms": limit,
            "right_share": floor,
        },
        "labelled_questions": draw.choice((300, 400, 500, 600)),
        "engineer_usd_per_month": 500 * draw.whole(16, 28),
    }


def _broken(draw: Draw, scenario: Scenario, *, bound: bool) -> dict[str, tuple[str, ...]]:
    """Draw which must-haves each vendor's way breaks; what breaks quality breaks it on own cards too."""
    by_contract = ("residency", "training") if bound else ("training",)
    any_way = (*by_contract, "first_token")
    nothing: tuple[str, ...] = ()
    if scenario == "privacy":
        one, other = (draw.choice(by_contract),), (draw.choice(any_way),)
        first, second = VENDORS if draw.fraction() < 0.5 else VENDORS[::-1]
        return {first: one, second: other}
    if scenario == "cheapest_barred":
        return {"managed": nothing, "open_managed": (draw.choice((*any_way, "quality")),)}
    if scenario == "own_pays" and draw.fraction() < 0.5:
        return {"managed": nothing, "open_managed": (draw.choice(any_way),)}
    if scenario == "small_team" and draw.fraction() < 0.3:
        return {"managed": nothing, "open_managed": ("quality",)}
    return {"managed": nothing, "open_managed": nothing}


def _cards(draw: Draw, model: str) -> dict[str, Any]:
    size = OPEN_MODELS[model]
    small = size["parameters_billion"] < 20
    gpu, memory, rent, recorded, speed = draw.choice(GPUS)
    at_once = draw.choice((16, 24, 32, 48, 64))
    per_second = draw.between(800, 2_000) * speed if small else draw.between(500, 1_100) * speed
    return {
        "gpu": gpu,
        "memory_gb": memory,
        "usable_share": draw.choice((0.8, 0.85, 0.9)),
        "usd_per_hour": rent,
        "recorded": recorded,
        "groups": GROUPS,
        "parameters_billion": size["parameters_billion"],
        "bytes_per_parameter": draw.choice((1, 2)),
        "layers": size["layers"],
        "kv_heads": 8,
        "head_dimension": 128,
        "bytes_per_kv_number": 2,
        "requests_at_once": at_once,
        "tokens_per_second": round(per_second / 10) * 10,
        "planned_share": PLANNED,
        "spare_copies": SPARE,
    }


# --- The margins. Nothing of this is for lessons: an exercise asks learners for it -----------------------------------


def _copy_gb(case: Mapping[str, Any], cards: Mapping[str, Any]) -> tuple[float, float]:
    """Return what weights and cache of one copy take, in GB."""
    tokens = case["tokens"]
    context = tokens["instructions"] + tokens["question"] + tokens["passages"] * tokens["tokens_per_passage"]
    numbers = 2 * cards["layers"] * cards["kv_heads"] * cards["head_dimension"]
    cache = numbers * cards["bytes_per_kv_number"] * (context + tokens["answer"]) * cards["requests_at_once"]
    return cards["parameters_billion"] * cards["bytes_per_parameter"], cache / 1e9


def _crossings(per_request: float, per_copy: float, fixed: float, requests_per_copy: float) -> tuple[float, float]:
    """Return the first volume at which own cards are cheaper, and the one from which on they stay so.

    Args:
        per_request: dollars of one request at the vendor's price.
        per_copy: dollars of rent a month of one copy.
        fixed: dollars a month of the spare copies and the people.
        requests_per_copy: requests a month that one copy carries.

    Returns:
        Two volumes in requests a month; infinite where own cards are dearer at any volume.
    """
    if per_copy >= per_request * requests_per_copy:
        return math.inf, math.inf
    first = last = 0.0
    copies = 1
    while True:
        cheaper_above = (fixed + copies * per_copy) / per_request
        low, high = (copies - 1) * requests_per_copy, copies * requests_per_copy
        if cheaper_above < high and not first:
            first = max(cheaper_above, low)
        if cheaper_above > low:
            last = min(cheaper_above, high)
        # Beyond this many copies every step begins in favour of own cards.
        if fixed + copies * per_copy < per_request * low:
            return first, last
        copies += 1
        if copies > 2_000:
            return math.inf, math.inf


def _leaves_no_doubt(case: Mapping[str, Any], facts: Mapping[str, Any], scenario: Scenario) -> bool:
    cards, ways, tokens, traffic = facts["cards"], facts["ways"], case["tokens"], case["traffic"]
    weights, cache = _copy_gb(case, cards)
    needed = (weights + cache) / (cards["usable_share"] * cards["memory_gb"])
    group = next((n for n in cards["groups"] if n >= needed), None)
    if group is None or group > 4 or any(abs(needed / n - 1) < 0.06 for n in cards["groups"]):
        return False
    requests = traffic["requests_per_month"]
    peak = requests / SECONDS_PER_MONTH * traffic["peak_to_average"] * tokens["answer"]
    load = peak / cards["tokens_per_second"]  # in copies at their knee
    copies = math.ceil(load / PLANNED)
    far_from_whole = all(0.04 < share % 1 < 0.96 for share in (load / PLANNED, load))
    # The average instead of the peak, and the knee instead of what is planned, must lead to other numbers of copies.
    careless = {math.ceil(load), math.ceil(load / traffic["peak_to_average"] / PLANNED)}
    if not far_from_whole or copies > 40 or copies in careless:
        return False
    per_copy = group * cards["usd_per_hour"] * HOURS_PER_MONTH
    people = ways["self_hosted"]["engineer_share"] * facts["engineer_usd_per_month"]
    requests_per_copy = requests / (load / PLANNED)
    sent = tokens["instructions"] + tokens["question"] + tokens["passages"] * tokens["tokens_per_passage"]
    per_request = {
        id: (sent * ways[id]["input_usd_per_million"] + tokens["answer"] * ways[id]["output_usd_per_million"]) / 1e6
        for id in VENDORS
    }
    crossings = {}
    for id in VENDORS:
        first, last = _crossings(per_request[id], per_copy, SPARE * per_copy + people, requests_per_copy)
        slopes = per_copy / requests_per_copy / per_request[id]
        crossings[id] = first, last
        clear = slopes >= 1.1 or (
            slopes <= 0.88 and last < 300e6 and (requests * 1.5 <= first or last * 1.5 <= requests)
        )
        if not clear or last > 1.5 * first:
            return False
    cost = {id: per_request[id] * requests for id in VENDORS}
    cost["self_hosted"] = (copies + SPARE) * per_copy + people
    ordered = sorted(cost.values())
    apart = all(high >= 1.12 * low for low, high in pairwise(ordered))
    if not apart or ordered[-1] > 15 * ordered[0] or min(people, SPARE * per_copy) < 0.05 * cost["self_hosted"]:
        return False
    first_tokens = sorted(way["first_token_ms"] for way in ways.values())
    if any(high < 1.1 * low for low, high in pairwise(first_tokens)):
        return False
    if scenario == "own_pays":
        return bool(cost["self_hosted"] * 1.25 <= cost["managed"] and crossings["managed"][1] * 1.5 <= requests)
    if scenario == "low_volume":
        return bool(requests * 1.5 <= crossings["managed"][0])
    if scenario == "cheapest_barred":
        return bool(cost["open_managed"] == ordered[0])
    return True


def demonstration() -> dict[str, Any]:
    """Return the three ways at Larkspur Outfitters, as the lesson has them, as plain data for `Hosting`."""
    open_model = OPEN_MODELS["Llama 3.1 8B"]

    def way(name: str, model: str, price: tuple[float, float] | None, ms: int, share: float, days: int) -> Any:
        return {
            "name": name,
            "model": model,
            "input_usd_per_million": price[0] if price else None,
            "output_usd_per_million": price[1] if price else None,
            "processed_in": "eu",
            "kept_from_training": True,
            "first_token_ms": ms,
            "on_call_needed": False,
            "engineer_share": 0.0,
            "right_share": share,
            "switching_days": days,
            "retired_on": None,
        }

    managed, usd = "gpt-5.4-mini", open_model["usd"]
    own = way("the same open-weight model, on rented cards of your own", "Llama 3.1 8B", None, 65, 0.86, 15)
    by_vendor = way("open-weight model, managed by a vendor", "Llama 3.1 8B", (usd, usd), 520, 0.86, 8)
    return {
        "ways": {
            "managed": way("proprietary model, managed by its vendor", managed, PROPRIETARY[managed], 610, 0.93, 30),
            "open_managed": {**by_vendor, "retired_on": RETIRED_ON},
            "self_hosted": {**own, "on_call_needed": True, "engineer_share": 0.5},
        },
        "cards": {
            "gpu": "H100 80 GB",
            "memory_gb": 80,
            "usable_share": 0.9,
            "usd_per_hour": 2.95,
            "recorded": GPUS[2][3],
            "groups": GROUPS,
            "parameters_billion": open_model["parameters_billion"],
            "bytes_per_parameter": 2,
            "layers": open_model["layers"],
            "kv_heads": 8,
            "head_dimension": 128,
            "bytes_per_kv_number": 2,
            "requests_at_once": 16,
            "tokens_per_second": 1_384,
            "planned_share": PLANNED,
            "spare_copies": SPARE,
        },
        "must": {"processed_in": "eu", "kept_from_training": True, "first_token_ms": 800, "right_share": 0.8},
        "labelled_questions": 400,
        "engineer_usd_per_month": 12_000,
    }


_Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]


def _page(hosting: Hosting) -> tuple[list[str], list[_Table]]:
    ways, cards, must = hosting.ways, hosting.cards, hosting.must
    sentences = [
        f"Three ways are under discussion. Each model answered the client's {hosting.labelled_questions} labelled "
        f"questions. An engineer costs {hosting.engineer_usd_per_month:,} dollars a month "
        "(engineer_usd_per_month); a vendor's way takes no lasting share of one.",
    ]
    written: Mapping[str, Callable[[Any], str]] = {
        "input_usd_per_million": lambda v: "paid by the hour" if v is None else f"{v:.2f}",
        "output_usd_per_million": lambda v: "paid by the hour" if v is None else f"{v:.2f}",
        "kept_from_training": _yes,
        "on_call_needed": _yes,
        "first_token_ms": lambda v: f"{v:,} ms, 95 of 100",
        "right_share": lambda v: f"{v:.1%}",
        "engineer_share": lambda v: f"{v:g} engineers",
        "switching_days": lambda v: f"{v} engineer-days",
        "retired_on": lambda v: v or "no day recorded",
    }
    columns = list(Ways.model_fields)
    rows = [
        (field, *(written.get(field, str)(getattr(getattr(ways, id), field)) for id in columns))
        for field in Way.model_fields
    ]
    memory = [
        ("card", cards.gpu, "gpu"),
        ("memory of one card", f"{cards.memory_gb} GB", "memory_gb"),
        ("of which can be used", f"{cards.usable_share:.0%}", "usable_share"),
        ("rent of one card", f"{cards.usd_per_hour:.2f} dollars an hour ({cards.recorded})", "usd_per_hour"),
        ("one copy of the model runs on", f"{_listed(cards.groups)} cards together", "groups"),
        ("parameters", f"{cards.parameters_billion:g} billion", "parameters_billion"),
        ("bytes for each parameter", f"{cards.bytes_per_parameter:g}", "bytes_per_parameter"),
        (
            "layers, KV heads, head dimension",
            f"{cards.layers}, {cards.kv_heads}, {cards.head_dimension}",
            "layers, kv_heads, head_dimension",
        ),
        ("bytes for each number of the KV cache", f"{cards.bytes_per_kv_number}", "bytes_per_kv_number"),
        ("requests that one copy serves at once", f"{cards.requests_at_once}", "requests_at_once"),
        (
            "one copy writes, at its knee",
            f"{cards.tokens_per_second:,} tokens a second, measured with the client's own prompts",
            "tokens_per_second",
        ),
        ("a copy is planned for", f"{cards.planned_share:.0%} of its knee", "planned_share"),
        ("copies rented for the loss of one", f"{cards.spare_copies}", "spare_copies"),
    ]
    where = "anywhere" if must.processed_in is None else f"in the {must.processed_in.upper()} only"
    musts = [
        ("personal data is processed", where, "case.hosting.must.processed_in"),
        ("prompts are kept out of training", _yes(must.kept_from_training), "case.hosting.must.kept_from_training"),
        ("first token, for 95 of 100", f"{must.first_token_ms:,} ms at the latest", "case.hosting.must.first_token_ms"),
        ("labelled questions answered rightly", f"{must.right_share:.0%} at least", "case.hosting.must.right_share"),
        ("a way that needs somebody on call", "only if the team is on call at night", "case.team.on_call"),
    ]
    return sentences, [
        (
            f"The ways (case.hosting.ways.managed, ...; prices in dollars a million tokens, {PRICES_RECORDED})",
            ("attribute", *columns),
            rows,
        ),
        ("The rented cards", ("fact", "value", "in code: case.hosting.cards. ..."), memory),
        ("What the client insists on", ("must-have", "limit", "in code"), musts),
    ]


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:-1])) + f" or {numbers[-1]}"
