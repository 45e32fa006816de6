"""What a client's assistant spends in a month: its traffic by kind, the contract, and how far each lever may go.

The facts of one client are drawn from the learner's id, in a stream of draws of their own. Each draw leaves no doubt:
ten times the traffic is clearly not ten times the bill, the largest drivers lie apart, a lever is clearly allowed for
a kind of request or clearly not, and the budget holds with some of the levers together and with none alone.
`tests/archkit/case/test_spending.py` proves it over hundreds of ids.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from archkit.case.draw import Draw
from archkit.prices import load_prices

__all__ = ["LEVERS", "CallKind", "Contract", "Index", "Limits", "Spending", "demonstration", "drawn"]

LEVERS = ("prompt_cache", "semantic_cache", "batch", "small_model", "cut_prompt", "embed_changes")
MINUTES_PER_MONTH = 30 * 1_440


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CallKind(_Row):
    """One kind of request: what a month of it sends, and what a lever would find in it."""

    id: str
    does: str
    requests: int = Field(description="requests in a month, today")
    prompt_tokens: int = Field(description="tokens of an ordinary prompt, all of it")
    fixed_tokens: int = Field(description="tokens at the beginning of each prompt that never change")
    long_share: float = Field(description="share of the prompts that are long ones")
    long_prompt_tokens: int = Field(description="tokens of a long prompt, all of it; 0 where there is none")
    answer_tokens: int
    sent_twice: float = Field(description="share of the calls that time out, are sent again, and are billed twice")
    texts: int = Field(description="texts embedded for each request")
    text_tokens: int = Field(description="tokens of one such text")
    queries: int = Field(description="queries to the reranker for each call")
    answer_is_for: str = Field(description="who may be given the same answer: everybody, or one person only")
    stays_right_hours: float = Field(description="for how long an answer stays right")
    needed_within_s: int = Field(description="seconds after which an answer comes too late")
    close_share: float = Field(description="share of the calls that come while the vendor holds the one before")
    repeated_share: float = Field(description="share of the requests that a semantic cache would answer")
    large_right: float = Field(description="share of labelled requests that the large model answered rightly")
    small_right: float = Field(description="the same for the small model")
    tried: int = Field(description="labelled requests that both were tried on")
    cut_tokens: int = Field(description="tokens that could be cut from each prompt")
    cut_wrong_share: float = Field(description="share of the answers that turned wrong when they were cut")


class Index(_Row):
    """The index behind the answers, and what keeps it fresh."""

    tokens: int = Field(description="tokens of all indexed texts")
    embedded_per_month: int = Field(description="how often all of them are embedded in a month")
    changed_share: float = Field(description="share of the tokens that really changed since the time before")


class Contract(_Row):
    """What the vendors ask for. Prices of models by their names are in `archkit.prices`."""

    large: str = Field(description="name of the model that answers today")
    small: str = Field(description="name of the smaller model that could")
    embedding: str
    reranker: str
    platform_usd: int = Field(description="dollars a month, whatever the traffic")
    included_queries: int = Field(description="reranker queries a month that cost nothing")
    included_tokens_per_minute: int = Field(description="tokens in and out that the contract lets through in a minute")
    block_tokens_per_minute: int = Field(description="tokens a minute that one block adds")
    block_usd: int = Field(description="dollars a month for a block, used or not")
    batch_within_s: int = Field(description="seconds within which a batch is answered")
    held_from_tokens: int = Field(description="shortest beginning of a prompt that the vendor holds, in tokens")
    recorded: str = Field(description="where and when the prices were recorded")


class Limits(_Row):
    """What the client holds the spending to, and what it does not give up for money."""

    budget_usd: int = Field(description="dollars for a month, for traffic as it is and grows")
    tenfold_budget_usd: int = Field(description="dollars for a month with ten times today's traffic")
    lead_months: int = Field(description="months from an alert until a lever works")
    least_right_share: float = Field(description="least share of right answers, for each kind")
    most_turned_wrong: float = Field(description="largest share of answers that a shorter prompt may turn wrong")
    cache_hours: int = Field(description="hours for which a semantic cache would keep an answer")
    resolved_share: float = Field(description="share of the customers' requests that are resolved for good")


class Spending(_Row):
    """A month of the assistant, and what could be changed about it."""

    kinds: tuple[CallKind, ...]
    index: Index
    contract: Contract
    limits: Limits
    peak_to_average: float

    def kind(self, kind_id: str) -> CallKind:
        """Return the kind of request with this id.

        Raises:
            KeyError: if there is none; the message lists those there are.
        """
        for kind in self.kinds:
            if kind.id == kind_id:
                return kind
        raise KeyError(f"There is no kind {kind_id!r}; there are {', '.join(kind.id for kind in self.kinds)}.")

    def month(self) -> dict[str, Any]:
        """Return a month of today's traffic, with no lever pulled, as plain data that is yours to change."""
        return _month(self.model_dump())

    def _repr_html_(self) -> str:
        from archkit.case.brief import page_html

        return page_html("What the assistant spends", *_page(self))

    def __str__(self) -> str:
        """Return the same page as plain text."""
        from archkit.case.brief import page_text

        return page_text("What the assistant spends", *_page(self))


TRAFFIC = (
    "id",
    "requests",
    "prompt_tokens",
    "fixed_tokens",
    "long_share",
    "long_prompt_tokens",
    "answer_tokens",
    "sent_twice",
    "texts",
    "text_tokens",
    "queries",
)
CONTRACT = (
    "platform_usd",
    "included_queries",
    "included_tokens_per_minute",
    "block_tokens_per_minute",
    "block_usd",
)


def _month(facts: Mapping[str, Any]) -> dict[str, Any]:
    prices, contract, index = load_prices(), facts["contract"], facts["index"]
    unpulled = {"model": "large", "held_share": 0.0, "in_batch": False, "from_cache": 0.0}
    per_million = next(e.input for e in prices.embeddings if e.model == contract["embedding"])
    return {
        "kinds": [{field: kind[field] for field in TRAFFIC} | unpulled for kind in facts["kinds"]],
        "tokens_indexed": index["tokens"] * index["embedded_per_month"],
        "peak_to_average": facts["peak_to_average"],
        "prices": {
            "large": prices[contract["large"]].model_dump(mode="json"),
            "small": prices[contract["small"]].model_dump(mode="json"),
            "embedding": per_million,
            "query": next(r.per_query for r in prices.rerankers if r.model == contract["reranker"]),
        },
        "contract": {field: contract[field] for field in CONTRACT},
    }


# --- The draw ---------------------------------------------------------------------------------------------------------

MODELS = (
    ("gpt-6.1-sol", "gpt-6-luna"),
    ("gpt-6.1-sol", "gpt-5.4-mini"),
    ("gpt-5.4", "gpt-6-luna"),
    ("gpt-5.4", "gpt-5.4-mini"),
)
EMBEDDINGS = ("text-embedding-3-large", "cohere/embed-v4.0", "voyage/voyage-3.5", "mistral/mistral-embed")
RERANKERS = ("rerank-v4.0-pro", "rerank-v4.0-fast", "amazon.rerank-v1:0")
WAITING, HOUR, DAY = 20, 3_600, 86_400
ATTEMPTS = 1_000


def drawn(normal_id: str, case: Mapping[str, Any]) -> dict[str, Any]:
    """Draw what one client spends.

    Args:
        normal_id: the normalised learner id.
        case: the client's other facts, as plain data.

    Returns:
        Plain data for `Spending`.
    """
    for attempt in range(ATTEMPTS):
        facts = _drawn_once(Draw(f"case 1/{normal_id}/spending/{attempt}"), case)
        if facts is not None and _leaves_no_doubt(case, facts):
            return facts
    raise AssertionError(f"no spending with clear margins was found for {normal_id!r}")


def demonstration(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Larkspur Outfitters spends, as plain data for `Spending`."""
    return drawn("larkspur outfitters, the demonstration", case)


def _drawn_once(draw: Draw, case: Mapping[str, Any]) -> dict[str, Any] | None:
    kinds = _kinds(draw, case)
    large, small = draw.choice(MODELS)
    contract: dict[str, Any] = {
        "large": large,
        "small": small,
        "embedding": draw.choice(EMBEDDINGS),
        "reranker": draw.choice(RERANKERS),
        "platform_usd": 0,
        "included_queries": 0,
        "included_tokens_per_minute": 1,
        "block_tokens_per_minute": 1,
        "block_usd": 0,
        "batch_within_s": DAY,
        "held_from_tokens": 1_024,
        "recorded": load_prices().recorded,
    }
    facts: dict[str, Any] = {
        "kinds": list(kinds.values()),
        "index": {"tokens": 0, "embedded_per_month": 30, "changed_share": round(draw.between(0.01, 0.06), 3)},
        "contract": contract,
        "limits": {},
        "peak_to_average": case["traffic"]["peak_to_average"],
    }
    # Either what is paid whatever the traffic weighs most, and ten times the traffic is less than ten times the bill,
    # or what begins to cost only above a limit does.
    fixed = draw.fraction() < 0.5
    # The parts that are not talk with customers are sized by what they cost beside it.
    talk = sum(usd for driver, usd in _drivers(_month(facts)).items() if driver.split()[0] in CUSTOMERS)
    kinds["files"]["requests"] = 1_000_000
    month = _month(facts)
    of_a_million = sum(usd for driver, usd in _drivers(month).items() if driver.startswith("files"))
    kinds["files"]["requests"] = _to_digits(1_000_000 * talk * draw.between(0.12, 0.5) / of_a_million, 2)
    nightly = talk * (draw.between(0.15, 0.32) if fixed else draw.between(0.06, 0.12)) / 30
    facts["index"]["tokens"] = _to_digits(1e6 * nightly / month["prices"]["embedding"], 2)
    month = _month(facts)
    asked = sum(kind["requests"] * kind["queries"] for kind in month["kinds"])
    busiest = _busiest_minute(month)
    contract |= {
        "platform_usd": _to_digits(talk * (draw.between(0.06, 0.14) if fixed else draw.between(0.02, 0.05)), 2),
        "included_queries": _to_digits(asked * (draw.between(0.1, 0.3) if fixed else draw.between(0.6, 1.6)), 2),
        "included_tokens_per_minute": _to_digits(busiest * draw.between(1.15, 1.7), 2),
        "block_tokens_per_minute": _to_digits(busiest * draw.between(1.2, 2.6), 2),
    }
    blocks = (10 * busiest - contract["included_tokens_per_minute"]) / contract["block_tokens_per_minute"]
    share = draw.between(0.035, 0.06) if fixed else draw.between(0.06, 0.13)
    contract["block_usd"] = _to_digits(10 * talk * share / math.ceil(blocks), 2)
    facts["limits"] = {
        "budget_usd": _to_digits(sum(_drivers(_month(facts)).values()) * draw.between(1.25, 1.7), 3),
        "tenfold_budget_usd": 0,
        "lead_months": draw.whole(2, 4),
        "least_right_share": 0.8,
        "most_turned_wrong": 0.01,
        "cache_hours": 24,
        "resolved_share": round(draw.between(0.25, 0.5), 2),
    }
    if not _measured(draw, kinds, facts["limits"]):
        return None
    plain = sum(_drivers(_changed(facts, ())).values())
    cut = sum(_drivers(_changed(facts, LEVERS)).values())
    facts["limits"]["tenfold_budget_usd"] = _to_digits(cut + draw.between(0.06, 0.4) * (plain - cut), 3)
    return facts


CUSTOMERS = ("guides", "news", "records")


def _kinds(draw: Draw, case: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    tokens, volume = case["tokens"], case["traffic"]["requests_per_month"]
    documents, records = case["data"][0]["name"], case["data"][1]["name"]
    passage = tokens["tokens_per_passage"]
    requests = {
        "records": round(volume * case["record_share"]),
        "news": _to_digits(volume * draw.between(0.08, 0.2), 2),
        "digests": _to_digits(volume * draw.between(0.15, 0.45), 2),
        "files": 0,
    }
    requests["guides"] = volume - requests["records"] - requests["news"]

    def fixed(held: bool) -> int:
        return draw.rounded(1_150, 2_300) if held else draw.rounded(350, 850)

    beginnings = {
        "guides": fixed(True),
        "news": fixed(draw.fraction() < 0.5),
        "records": fixed(draw.fraction() < 0.5),
        "files": fixed(draw.fraction() < 0.5),
        "digests": fixed(draw.fraction() < 0.3),
    }
    answer = tokens["answer"]
    repeated = {"guides": (0.18, 0.36), "news": (0.4, 0.65), "records": (0.12, 0.3)}
    rest = {
        "guides": (tokens["question"] + tokens["passages"] * passage, answer),
        "news": (tokens["question"] + 2 * passage, round(answer * draw.between(0.5, 0.8))),
        "records": (tokens["question"] + draw.rounded(300, 900), round(answer * draw.between(0.6, 0.9))),
        "files": (draw.rounded(50_000, 120_000), draw.rounded(600, 1_500)),
        "digests": (draw.rounded(700, 1_800), draw.rounded(100, 220)),
    }
    does = {
        "guides": f"answers a question from the {documents}",
        "news": "says what is so at the moment: faults, delays, opening hours",
        "records": f"answers a question about the asker's own {records}",
        "files": "reads a whole file for a member of staff",
        "digests": "sums up a conversation after its end",
    }
    lasting = draw.fraction() < 0.4
    # A batch is answered within a day; at least one of these two kinds can wait for it.
    waits = draw.choice((("files",), ("digests",), ("digests",), ("files", "digests")))
    needed = {
        "files": 3 * DAY if "files" in waits else HOUR,
        "digests": 2 * DAY if "digests" in waits else 8 * HOUR,
    }
    return {
        id: {
            "id": id,
            "does": does[id],
            "requests": requests[id],
            "prompt_tokens": beginnings[id] + rest[id][0],
            "fixed_tokens": beginnings[id],
            "long_share": round(draw.between(0.08, 0.25), 2) if id == "files" else 0.0,
            "long_prompt_tokens": draw.rounded(290_000, 420_000) if id == "files" else 0,
            "answer_tokens": rest[id][1],
            "sent_twice": round(draw.between(0.04, 0.09), 3),
            "texts": draw.whole(2, 3) if id in CUSTOMERS else 0,
            "text_tokens": tokens["question"] if id in CUSTOMERS else 0,
            "queries": 1 if id in ("guides", "news") else 0,
            "answer_is_for": "everybody" if id in ("guides", "news") else "one person",
            "stays_right_hours": {"guides": 168, "news": 72 if lasting else 0.25, "records": 2}.get(id, 24),
            "needed_within_s": needed.get(id, WAITING),
            "close_share": round(draw.between(0.75, 0.97) if id != "files" else draw.between(0.2, 0.5), 2),
            "repeated_share": round(draw.between(*repeated.get(id, (0.0, 0.01))), 2),
            "cut_tokens": {
                "guides": passage * draw.whole(1, 2),
                "news": passage,
                "records": draw.rounded(80, 200),
                "files": draw.rounded(10_000, 25_000),
            }.get(id, 0),
        }
        for id in ("guides", "news", "records", "files", "digests")
    }


def _measured(draw: Draw, kinds: Mapping[str, dict[str, Any]], limits: dict[str, Any]) -> bool:
    """Draw what was measured of the small model and of shorter prompts; return whether some kinds pass."""
    floor = limits["least_right_share"] = round(draw.between(0.78, 0.86), 2)
    most = limits["most_turned_wrong"] = round(draw.between(0.008, 0.02), 3)
    order = sorted(("guides", "news", "records", "digests"), key=lambda id: draw.fraction())
    passing, doubtful = order[: draw.whole(1, 2)], order[2]
    for id, kind in kinds.items():
        if id in passing:
            small, tried = floor + draw.between(0.05, 0.08), draw.choice((600, 800, 1_000))
        elif id == doubtful:
            small, tried = floor + draw.between(0.02, 0.03), draw.choice((80, 100, 120))
        else:
            small, tried = floor - draw.between(0.04, 0.1), draw.choice((400, 600, 800))
        kind["small_right"] = round(round(small * tried) / tried, 3)
        kind["large_right"] = round(max(small, floor) + draw.between(0.03, 0.06), 3)
        kind["tried"] = tried
        fits = kind["cut_tokens"] > 0 and draw.fraction() < 0.5
        kind["cut_wrong_share"] = (
            round(most * (draw.between(0.1, 0.7) if fits else draw.between(1.5, 4)), 4) if kind["cut_tokens"] else 0.0
        )
    shorter = [id for id, kind in kinds.items() if kind["cut_tokens"] > 0 and kind["cut_wrong_share"] <= most]
    return 1 <= len(shorter) <= 3


def _to_digits(value: float, digits: int) -> int:
    scale: int = 10 ** max(len(str(int(value))) - digits, 0)
    return max(round(value / scale) * scale, 1)


# --- The margins. Nothing of this is for lessons: an exercise asks learners for it -----------------------------------


def _prompts(kind: Mapping[str, Any]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the prompts of a kind as (share of the calls, tokens)."""
    long = kind["long_share"]
    return (1 - long, kind["prompt_tokens"]), (long, kind["long_prompt_tokens"])


def _busiest_minute(month: Mapping[str, Any]) -> float:
    tokens = 0.0
    for kind in month["kinds"]:
        if not kind["in_batch"]:
            sent = kind["requests"] * (1 - kind["from_cache"]) * (1 + kind["sent_twice"])
            tokens += sent * (sum(share * length for share, length in _prompts(kind)) + kind["answer_tokens"])
    return tokens / MINUTES_PER_MONTH * float(month["peak_to_average"])


def _drivers(month: Mapping[str, Any]) -> dict[str, float]:
    prices, contract = month["prices"], month["contract"]
    drivers = {}
    retries = queries = embedded = 0.0
    for kind in month["kinds"]:
        price = prices[kind["model"]]
        calls = kind["requests"] * (1 - kind["from_cache"])
        read = written = 0.0
        for share, tokens in _prompts(kind):
            if kind["in_batch"]:
                each, out, held = price["batch_input"], price["batch_output"], 0.0
            else:
                tier = price["long_prompt"]
                dear = tier if tier and tokens > tier["above_tokens"] else price
                each, out, held = dear["input"], dear["output"], kind["held_share"] * kind["fixed_tokens"]
            read += share * ((tokens - held) * each + held * price["cached_input"])
            written += share * kind["answer_tokens"] * out
        drivers[f"{kind['id']} prompts"] = calls * read / 1e6
        drivers[f"{kind['id']} answers"] = calls * written / 1e6
        retries += kind["sent_twice"] * calls * (read + written) / 1e6
        queries += calls * kind["queries"]
        embedded += kind["requests"] * kind["texts"] * kind["text_tokens"]
    above = _busiest_minute(month) - contract["included_tokens_per_minute"]
    return {
        **drivers,
        "retries": retries,
        "embeddings": (month["tokens_indexed"] + embedded) * prices["embedding"] / 1e6,
        "reranking": max(queries - contract["included_queries"], 0.0) * prices["query"],
        "capacity": max(math.ceil(above / contract["block_tokens_per_minute"]), 0) * contract["block_usd"],
        "platform": float(contract["platform_usd"]),
    }


def _allowed(facts: Mapping[str, Any], lever: str, kind: Mapping[str, Any]) -> bool:
    limits, contract = facts["limits"], facts["contract"]
    if lever == "prompt_cache":
        return bool(kind["fixed_tokens"] >= contract["held_from_tokens"])
    if lever == "semantic_cache":
        return bool(kind["answer_is_for"] == "everybody" and kind["stays_right_hours"] >= limits["cache_hours"])
    if lever == "batch":
        return bool(kind["needed_within_s"] >= contract["batch_within_s"])
    if lever == "small_model":
        return bool(_lower_bound(kind) >= limits["least_right_share"])
    return bool(kind["cut_tokens"] > 0 and kind["cut_wrong_share"] <= limits["most_turned_wrong"])


def _lower_bound(kind: Mapping[str, Any]) -> float:
    right: float = kind["small_right"]
    return right - 1.96 * math.sqrt(right * (1 - right) / kind["tried"])


def _changed(facts: Mapping[str, Any], levers: Collection[str], times: float = 10) -> dict[str, Any]:
    """Return a month with more traffic and these levers pulled wherever they are allowed."""
    month = _month(facts)
    for row, kind in zip(month["kinds"], facts["kinds"], strict=True):
        row["requests"] *= times
        if "prompt_cache" in levers and _allowed(facts, "prompt_cache", kind):
            row["held_share"] = kind["close_share"]
        if "semantic_cache" in levers and _allowed(facts, "semantic_cache", kind):
            row["from_cache"] = kind["repeated_share"]
        if "batch" in levers and _allowed(facts, "batch", kind):
            row["in_batch"] = True
        if "small_model" in levers and _allowed(facts, "small_model", kind):
            row["model"] = "small"
        if "cut_prompt" in levers and _allowed(facts, "cut_prompt", kind):
            row["prompt_tokens"] -= kind["cut_tokens"]
            row["long_prompt_tokens"] = max(row["long_prompt_tokens"] - kind["cut_tokens"], 0)
    if "embed_changes" in levers:
        month["tokens_indexed"] *= facts["index"]["changed_share"]
    return month


def _usd(facts: Mapping[str, Any], levers: Collection[str], times: float = 10) -> float:
    return sum(_drivers(_changed(facts, levers, times)).values())


def _leaves_no_doubt(case: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    kinds = {kind["id"]: kind for kind in facts["kinds"]}
    files, limits = kinds["files"], facts["limits"]
    if files["requests"] < 20 or min(kind["requests"] for kind in facts["kinds"]) < 20:
        return False
    if all(_allowed(facts, "prompt_cache", kind) for kind in facts["kinds"]):
        return False
    mean = sum(share * tokens for share, tokens in _prompts(files))
    if mean > 0.85 * 272_000 or files["long_prompt_tokens"] - files["cut_tokens"] < 1.03 * 272_000:
        return False
    if any(abs(_lower_bound(kind) - limits["least_right_share"]) < 0.008 for kind in facts["kinds"]):
        return False
    today, tenfold = _drivers(_changed(facts, (), 1)), _drivers(_changed(facts, ()))
    bill, tenfold_bill = sum(today.values()), sum(tenfold.values())
    if abs(tenfold_bill / bill / 10 - 1) < 0.035:
        return False
    if min(today["embeddings"], today["retries"]) < 0.03 * bill or tenfold["reranking"] < 0.02 * tenfold_bill:
        return False
    if today["capacity"] or tenfold["capacity"] < 0.02 * tenfold_bill:
        return False
    blocks = _busiest_minute(_changed(facts, ())) - facts["contract"]["included_tokens_per_minute"]
    if abs(blocks / facts["contract"]["block_tokens_per_minute"] % 1 - 0.5) > 0.44:
        return False
    ranked = sorted(tenfold.values(), reverse=True)[:4]
    if any(high < 1.05 * low for high, low in pairwise(ranked)):
        return False
    alone = {lever: tenfold_bill - _usd(facts, (lever,)) for lever in LEVERS}
    together = tenfold_bill - _usd(facts, LEVERS)
    if min(alone.values()) < 0.002 * tenfold_bill or abs(sum(alone.values()) / together - 1) < 0.05:
        return False
    return _plans_differ(facts, alone, tenfold_bill) and _alert_is_clear(case, facts)


def _plans_differ(facts: Mapping[str, Any], alone: Mapping[str, float], bill: float) -> bool:
    """Whether no lever alone holds the budget, not all are needed, and adding up savings promises too much once."""
    budget = facts["limits"]["tenfold_budget_usd"]
    if max(alone.values()) >= bill - budget or not any(
        _usd(facts, [lever for lever in LEVERS if lever != left]) <= budget for left in LEVERS
    ):
        return False
    return any(
        bill - sum(alone[lever] for lever in levers) <= budget < _usd(facts, levers)
        for size in (2, 3, 4, 5)
        for levers in combinations(LEVERS, size)
    )


def _alert_is_clear(case: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    growth, limits = 1 + case["traffic"]["monthly_growth"], facts["limits"]
    bills = [_usd(facts, (), 1)]
    while bills[-1] <= limits["budget_usd"]:
        bills.append(_usd(facts, (), growth ** len(bills)))
        if len(bills) > 90:
            return False
    over = len(bills) - 1
    near = any(abs(usd / limits["budget_usd"] - 1) < 0.002 for usd in bills[-2:])
    return over >= limits["lead_months"] + 2 and not near


_Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]


def _page(spending: Spending) -> tuple[list[str], list[_Table]]:
    contract, limits, index = spending.contract, spending.limits, spending.index
    columns = [kind.id for kind in spending.kinds]

    def row(field: str, form: str = ",") -> tuple[str, ...]:
        return (field, *(format(getattr(kind, field), form) for kind in spending.kinds))

    traffic = [
        ("does", *(kind.does for kind in spending.kinds)),
        *(row(field) for field in ("requests", "prompt_tokens", "fixed_tokens")),
        row("long_share", ".0%"),
        row("long_prompt_tokens"),
        row("answer_tokens"),
        row("sent_twice", ".1%"),
        *(row(field) for field in ("texts", "text_tokens", "queries")),
    ]
    levers = [
        ("answer_is_for", *(kind.answer_is_for for kind in spending.kinds)),
        row("stays_right_hours", "g"),
        row("needed_within_s"),
        row("close_share", ".0%"),
        row("repeated_share", ".0%"),
        row("large_right", ".1%"),
        row("small_right", ".1%"),
        row("tried"),
        row("cut_tokens"),
        row("cut_wrong_share", ".2%"),
    ]
    paid = [
        ("the model that answers today", contract.large, "large"),
        ("a smaller one", contract.small, "small"),
        ("the embedding model", contract.embedding, "embedding"),
        ("the reranker", contract.reranker, "reranker"),
        ("platform", f"{contract.platform_usd:,} dollars a month", "platform_usd"),
        ("queries that cost nothing", f"{contract.included_queries:,} a month", "included_queries"),
        (
            "tokens let through",
            f"{contract.included_tokens_per_minute:,} a minute, in and out",
            "included_tokens_per_minute",
        ),
        (
            "one block more",
            f"{contract.block_tokens_per_minute:,} tokens a minute for {contract.block_usd:,} dollars a month",
            "block_tokens_per_minute, block_usd",
        ),
        ("a batch is answered within", f"{contract.batch_within_s:,} s", "batch_within_s"),
        (
            "a fixed beginning is held",
            f"if it has {contract.held_from_tokens:,} tokens or more",
            "held_from_tokens",
        ),
    ]
    held = [
        ("budget, traffic as it is and grows", f"{limits.budget_usd:,} dollars a month", "budget_usd"),
        ("budget, ten times the traffic", f"{limits.tenfold_budget_usd:,} dollars a month", "tenfold_budget_usd"),
        ("from an alert until a lever works", f"{limits.lead_months} months", "lead_months"),
        ("right answers, of each kind", f"{limits.least_right_share:.0%} at least", "least_right_share"),
        (
            "answers that a shorter prompt may turn wrong",
            f"{limits.most_turned_wrong:.1%} at most",
            "most_turned_wrong",
        ),
        ("a semantic cache would keep an answer", f"{limits.cache_hours} hours", "cache_hours"),
        ("customers' requests resolved for good", f"{limits.resolved_share:.0%}", "resolved_share"),
    ]
    sentences = [
        "The assistant has been running for a year. Its prompts have grown, staff have found uses of their own for it, "
        f"and the index now holds past conversations: {index.tokens:,} tokens in all (index.tokens), embedded anew "
        f"{index.embedded_per_month} times a month (index.embedded_per_month). From one time to the next "
        f"{index.changed_share:.1%} of them change (index.changed_share).",
        f"Customers ask in guides, news and records. The busiest minute carries {spending.peak_to_average:g} times the "
        f"average (peak_to_average). Prices are in archkit.prices under the models' names, {contract.recorded}; what "
        "the contract includes and what a block costs is this client's own.",
    ]
    return sentences, [
        ('A month of today (case.spending.kinds, or case.spending.kind("guides"))', ("attribute", *columns), traffic),
        ("What levers would find", ("attribute", *columns), levers),
        ("The contract", ("fact", "value", "in code: case.spending.contract. ..."), paid),
        ("What the client holds to", ("limit", "value", "in code: case.spending.limits. ..."), held),
    ]
