"""Features that a client proposes: what each is to do, and the numbers that decide whether it can and whether it pays.

The verdicts are not stored. A case's six proposals are drawn so that each follows from the numbers with a factor of at
least 1.5 to the boundary, and so that the wording says nothing: the same sentence is feasible at one client, costly at
the next and bound to fail at a third. `tests/archkit/case/` proves both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from archkit.case.draw import Draw

__all__ = ["WINDOWS", "ModelLimits", "Proposal", "Proposals", "demonstration", "drawn"]

WINDOWS = {
    "gpt-5.4-mini": 272_000,
    "claude-haiku-4-5": 200_000,
    "gemini/gemini-3.8-flash": 1_048_576,
    "gpt-5-mini": 272_000,
    "mistral/mistral-small-latest": 262_144,
}
"""The longest prompt of each model that a case may be priced with, in tokens, as recorded with its price."""


class ModelLimits(BaseModel):
    """What the managed model takes in, and how quickly."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window_tokens: int = Field(description="longest prompt that it takes")
    tokens_read_per_second: int = Field(description="how many tokens of a prompt it reads in a second")


class Proposal(BaseModel):
    """One feature that the client proposes, with what was measured and what is asked of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    does: str
    uses_per_month: int
    tokens_in: int = Field(description="tokens of the prompt of one use")
    tokens_out: int = Field(description="tokens of its answer")
    waits_for: Literal["first word", "last word"] = Field(description="what has to be there in time")
    within_s: float = Field(description="and in how many seconds")
    prompt_holds: str = Field(description="the kind of the case's data that the prompt holds")
    processed_in: Literal["eu", "us"] = Field(description="where the vendor would process it")
    wrong_share: float = Field(description="share of wrong answers in a test with labelled examples")
    stopped_share: float = Field(
        description="share of the wrong ones that a comparison with a source stops; 0 where there is no such source"
    )
    tolerated_share: float = Field(description="share of wrong answers that may reach somebody")
    value_usd: float = Field(description="what one use saves or earns, in US dollars")


class Proposals(RootModel[tuple[Proposal, ...]]):
    """A client's proposed features, in the order in which they came. Iterate over it, or show it as a table."""

    model_config = ConfigDict(frozen=True)

    def __iter__(self) -> Iterator[Proposal]:  # type: ignore[override]
        return iter(self.root)

    def __len__(self) -> int:
        return len(self.root)

    def _repr_html_(self) -> str:
        from archkit.case.brief import page_html

        return page_html("Proposed features", (), [self._table()])

    def __str__(self) -> str:
        """Return the same table as plain text."""
        from archkit.case.brief import page_text

        return page_text("Proposed features", (), [self._table()])

    def _table(self) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
        """One row for each attribute, one column for each proposal: there are more numbers than proposals."""
        rows: dict[str, list[str]] = {
            "does": [p.does for p in self],
            "uses_per_month": [f"{p.uses_per_month:,}" for p in self],
            "tokens_in": [f"{p.tokens_in:,}" for p in self],
            "tokens_out": [f"{p.tokens_out:,}" for p in self],
            "waits_for": [p.waits_for for p in self],
            "within_s": [f"{p.within_s:,g} s" for p in self],
            "prompt_holds": [p.prompt_holds for p in self],
            "processed_in": [p.processed_in for p in self],
            "wrong_share": [f"{p.wrong_share:.1%}" for p in self],
            "stopped_share": [f"{p.stopped_share:.0%}" if p.stopped_share else "0, no source" for p in self],
            "tolerated_share": [f"{p.tolerated_share:.1%}" for p in self],
            "value_usd": [f"{p.value_usd:g}" for p in self],
        }
        header = ("attribute", *(p.id for p in self))
        return (
            "What is asked and what was measured (case.proposals)",
            header,
            [(name, *values) for name, values in rows.items()],
        )


# What the sentences say must fit any volume, any length, any waiting time and any kind of the client's data.
FEATURES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "health_insurer": (
        ("letter_drafts", "drafts the reply to a member's letter"),
        ("file_summaries", "sums up what is known about a request for the case handler"),
        ("cover_notes", "notes what a member's cover says about a treatment"),
        ("referral_checks", "compares a referral with the terms of cover and lists what does not match"),
        ("call_notes", "turns a call into a note for the file"),
        ("plain_decisions", "rewrites a decision in plain words"),
        ("team_advice", "says which team should take a request, and why"),
    ),
    "marketplace": (
        ("review_digests", "sums up what buyers say about a product"),
        ("listing_texts", "writes the text of a listing"),
        ("seller_replies", "drafts a seller's reply to a buyer"),
        ("size_advice", "advises a buyer on size and fit"),
        ("return_notes", "notes why a product was sent back"),
        ("unusual_orders", "describes what is unusual about an order"),
        ("gift_ideas", "proposes presents for an occasion"),
    ),
    "retail_bank": (
        ("payment_notes", "explains an unfamiliar payment"),
        ("complaint_drafts", "drafts the reply to a complaint"),
        ("credit_summaries", "sums up an application for the credit officer"),
        ("plain_notices", "rewrites a notice about fees in plain words"),
        ("meeting_notes", "turns a meeting with a customer into a note"),
        ("card_advice", "says which card suits a customer, and why"),
        ("branch_answers", "answers a branch's question about a procedure"),
    ),
    "machine_maker": (
        ("fault_guides", "writes the steps to trace a fault"),
        ("visit_reports", "turns a visit into a report"),
        ("parts_lists", "lists the spare parts that a repair needs, and why"),
        ("overhaul_quotes", "drafts the quotation for an overhaul"),
        ("wear_notes", "describes how a machine has worn"),
        ("plan_checks", "compares a work plan with the safety rules and lists what does not match"),
        ("handover_notes", "sums up a repair for the next shift"),
    ),
    "city_administration": (
        ("permit_summaries", "sums up an application for the clerk"),
        ("plain_notices", "rewrites an official notice in plain words"),
        ("hearing_minutes", "turns a hearing into minutes"),
        ("benefit_letters", "drafts the letter about a benefit"),
        ("objection_drafts", "drafts the reply to an objection"),
        ("plan_checks", "compares a building plan with the rules and lists what does not match"),
        ("office_advice", "says which office should take a request, and why"),
    ),
    "telecom": (
        ("bill_notes", "explains a bill to a subscriber"),
        ("fault_reports", "turns a fault into a report for the field team"),
        ("plan_advice", "says which plan suits a subscriber, and why"),
        ("outage_texts", "writes what subscribers are told about an outage"),
        ("device_guides", "writes the steps to set up a device"),
        ("leaving_replies", "drafts the reply to a subscriber who wants to leave"),
        ("account_digests", "sums up an account for the agent"),
    ),
}

MARGIN = 1.5
"""The least factor between each deciding number and its boundary."""


@dataclass(frozen=True)
class _Client:
    """What the draw needs to know of the case."""

    region: Literal["eu", "us"]
    documents: str
    bound: tuple[str, ...]
    free: tuple[str, ...]
    requests_per_month: int
    input_usd: float
    output_usd: float
    window: int
    read_per_second: int
    ms_per_token: float

    @property
    def elsewhere(self) -> Literal["eu", "us"]:
        return "us" if self.region == "eu" else "eu"

    def first_word_s(self, tokens_in: int) -> float:
        return tokens_in / self.read_per_second

    def last_word_s(self, tokens_in: int, tokens_out: int) -> float:
        return self.first_word_s(tokens_in) + tokens_out * self.ms_per_token / 1000

    def usd(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.input_usd + tokens_out * self.output_usd) / 1e6


def drawn(normal_id: str, case: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the proposals of a case whose other fields are drawn already, as plain data for the fields of `Case`."""
    price, data, tokens = case["price"], case["data"], case["tokens"]
    prompt = tokens["instructions"] + tokens["question"] + tokens["passages"] * tokens["tokens_per_passage"]
    client = _Client(
        region=case["region"],
        documents=data[0]["name"],
        bound=tuple(row["name"] for row in data if row["must_stay_in"]),
        free=tuple(row["name"] for row in data if not row["must_stay_in"]),
        requests_per_month=case["traffic"]["requests_per_month"],
        input_usd=price["input_usd_per_million"],
        output_usd=price["output_usd_per_million"],
        window=WINDOWS[price["model"]],
        read_per_second=int(_to_digits(prompt / case["latency"]["first_token_ms"] * 1000, 2)),
        ms_per_token=case["latency"]["ms_per_token"],
    )
    draw = Draw(f"case 1/{normal_id}/proposals")
    limits = ["window", "latency", "accuracy", *(["data"] if client.bound else [])]
    roles = ["feasible", "feasible", "costly", "costly for its answers", *_some(draw, limits, 2)]
    long = draw.choice(("feasible", "costly"))  # one long prompt that fits, so that length alone decides nothing
    proposals = []
    for role, (id, does) in zip(
        _some(draw, roles, len(roles)), _some(draw, FEATURES[case["archetype"]], len(roles)), strict=True
    ):
        is_long = role == "window" or role == long
        if role == long:
            long = ""
        proposals.append({"id": id, "does": does, **_numbers(draw, client, role, is_long)})
    return {
        "model_limits": {"window_tokens": client.window, "tokens_read_per_second": client.read_per_second},
        "proposals": proposals,
    }


def _numbers(draw: Draw, client: _Client, role: str, long: bool) -> dict[str, Any]:
    """Draw a proposal's numbers until rounding has left every margin in place."""
    for _ in range(1_000):
        numbers = _numbers_once(draw, client, role, long)
        if _leaves_no_doubt(client, role, numbers):
            return numbers
    raise AssertionError(f"no proposal with clear margins was found: {role}")


def _numbers_once(draw: Draw, client: _Client, role: str, long: bool) -> dict[str, Any]:
    if role == "window":
        tokens_in = int(_to_digits(client.window * draw.between(1.6, 3.2), 2))
    elif long:
        tokens_in = int(_to_digits(client.window * draw.between(0.15, 0.6), 2))
    else:
        tokens_in = int(_to_digits(_spread(draw, *((4_000, 30_000) if role == "costly" else (800, 24_000))), 2))
    tokens_out = int(_to_digits(_spread(draw, 80, 1_500), 2))
    waits_for = draw.choice(("first word", "last word"))
    first, last = client.first_word_s(tokens_in), client.last_word_s(tokens_in, tokens_out)
    waited = first if waits_for == "first word" else last
    if role == "latency":
        # Where the whole answer counts, the first word alone would be in time.
        within = waited / draw.between(1.6, 4) if waits_for == "first word" else math.sqrt(first * last)
    else:
        within = waited * _spread(draw, 1.6, 8)
    wrong, stopped, tolerated = _accuracy(draw, fails=role == "accuracy")
    cost = client.usd(tokens_in, tokens_out)
    if role == "costly for its answers":
        value = math.sqrt(cost * client.usd(tokens_in, 0))  # the prompt alone would pay
    elif role == "costly":
        value = cost / _spread(draw, 1.6, 3)
    else:
        value = cost * _spread(draw, 1.6, 4)
    holds, processed_in = _data(draw, client, fails=role == "data")
    return {
        "uses_per_month": int(_to_digits(_spread(draw, *((300, 12_000) if long else (40_000, 4_000_000))), 2)),
        "tokens_in": tokens_in,
        "tokens_out": tokens_out,
        "waits_for": waits_for,
        "within_s": _to_digits(within, 2),
        "prompt_holds": holds,
        "processed_in": processed_in,
        "wrong_share": wrong,
        "stopped_share": stopped,
        "tolerated_share": tolerated,
        "value_usd": _to_digits(value, 2),
    }


def _accuracy(draw: Draw, *, fails: bool) -> tuple[float, float, float]:
    """Draw the shares of wrong answers, of those stopped, and of those tolerated."""
    stops = draw.fraction() < 0.5
    if not stops:
        wrong, stopped = round(draw.between(0.02, 0.1) if fails else draw.between(0.01, 0.07), 3), 0.0
    elif fails:
        wrong, stopped = round(draw.between(0.05, 0.15), 3), round(draw.between(0.3, 0.7), 2)
    else:
        wrong, stopped = round(draw.between(0.05, 0.15), 3), round(draw.between(0.75, 0.95), 2)
    reach = wrong * (1 - stopped)
    tolerated = reach / _spread(draw, 1.6, 4) if fails else reach * _spread(draw, 1.6, 2.6)
    return wrong, stopped, _to_digits(max(tolerated, 0.001), 2)


def _data(draw: Draw, client: _Client, *, fails: bool) -> tuple[str, str]:
    """Draw what the prompt holds and where it is processed."""
    if fails:
        return draw.choice(client.bound), client.elsewhere
    if client.bound and draw.fraction() < 0.5:
        return draw.choice(client.bound), client.region
    return draw.choice(client.free), draw.choice((client.elsewhere, client.elsewhere, client.region))


def _leaves_no_doubt(client: _Client, role: str, p: Mapping[str, Any]) -> bool:
    first, last = client.first_word_s(p["tokens_in"]), client.last_word_s(p["tokens_in"], p["tokens_out"])
    waited = first if p["waits_for"] == "first word" else last
    cost, prompt_only = client.usd(p["tokens_in"], p["tokens_out"]), client.usd(p["tokens_in"], 0)
    reach = p["wrong_share"] * (1 - p["stopped_share"])
    kept = {
        "window": client.window / (p["tokens_in"] + p["tokens_out"]),
        "latency": p["within_s"] / waited,
        "accuracy": p["tolerated_share"] / reach if reach else math.inf,
        "costly": p["value_usd"] / cost,
    }
    broken = role.split()[0]
    return (
        all(1 / ratio >= MARGIN if limit == broken else ratio >= MARGIN for limit, ratio in kept.items())
        and p["within_s"] >= 0.3
        and p["tolerated_share"] >= 0.002
        # the wrong ideas that a proposal is to show lead clearly elsewhere
        and (role != "costly for its answers" or p["value_usd"] >= MARGIN * prompt_only)
        and (role != "costly" or prompt_only >= 1.15 * p["value_usd"])
        and (role != "latency" or p["waits_for"] == "first word" or p["within_s"] >= MARGIN * first)
        and (not p["stopped_share"] or p["wrong_share"] >= MARGIN * p["tolerated_share"])
        and not 0.8 < p["uses_per_month"] / client.requests_per_month < 1.25
    )


def _some(draw: Draw, of: Sequence[Any], number: int) -> list[Any]:
    """Draw so many of them, in a drawn order."""
    left = list(of)
    return [left.pop(draw.whole(0, len(left) - 1)) for _ in range(number)]


def _spread(draw: Draw, low: float, high: float) -> float:
    """Return a number from low to high, as often between 1 and 10 as between 10 and 100."""
    return low * math.pow(high / low, draw.fraction())


def _to_digits(value: float, digits: int) -> float:
    """Round to so many significant digits, as people quote numbers."""
    places: int = digits - 1 - math.floor(math.log10(value))
    return round(value, places)


def demonstration() -> dict[str, Any]:
    """Return the six proposals to Larkspur of the lesson on language models, as plain data for the fields of `Case`."""

    def proposal(
        id: str,
        does: str,
        uses: int,
        tokens: tuple[int, int],
        waits: tuple[str, float],
        data: tuple[str, str],
        shares: tuple[float, float, float],
        usd: float,
    ) -> dict[str, Any]:
        return {
            "id": id,
            "does": does,
            "uses_per_month": uses,
            "tokens_in": tokens[0],
            "tokens_out": tokens[1],
            "waits_for": waits[0],
            "within_s": waits[1],
            "prompt_holds": data[0],
            "processed_in": data[1],
            "wrong_share": shares[0],
            "stopped_share": shares[1],
            "tolerated_share": shares[2],
            "value_usd": usd,
        }

    articles, talk = ("help articles", "eu"), ("conversations", "eu")
    hour = ("last word", 3_600.0)
    return {
        "model_limits": {"window_tokens": WINDOWS["gpt-5.4-mini"], "tokens_read_per_second": 3_000},
        "proposals": [
            proposal(
                "sort_mail", "sorts a mail into one of 8 queues", 60_000, (350, 10), hour, talk, (0.06, 0, 0.09), 0.012
            ),
            proposal(
                "type_ahead",
                "finishes a customer's question while it is typed",
                6_000_000,
                (1_220, 20),
                ("first word", 0.15),
                talk,
                (0.04, 0, 0.1),
                0.002,
            ),
            proposal(
                "whole_base",
                "answers with all 109 articles in the prompt, without a search",
                2_400_000,
                (27_340, 150),
                ("first word", 20.0),
                talk,
                (0.03, 0.5, 0.03),
                0.0021,
            ),
            proposal(
                "review_digest",
                "sums up all 9,000 reviews of a quarter",
                1,
                (810_000, 2_000),
                hour,
                articles,
                (0.05, 0.8, 0.05),
                200.0,
            ),
            proposal(
                "page_texts",
                "writes a personal line on a product page",
                24_000_000,
                (500, 60),
                ("last word", 5.0),
                articles,
                (0.02, 0, 0.05),
                0.0003,
            ),
            proposal(
                "call_notes",
                "turns a call into a note",
                30_000,
                (6_000, 200),
                hour,
                ("conversations", "us"),
                (0.04, 0.5, 0.05),
                1.0,
            ),
        ],
    }
