"""The learner's client: one company, drawn from the learner's id, with the numbers an architect works from."""

from __future__ import annotations

import unicodedata
from types import EllipsisType
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from archkit.case.hosting import Hosting
from archkit.case.proposals import ModelLimits, Proposals
from archkit.case.spending import Spending
from archkit.case.support import SupportRules

__all__ = [
    "Case",
    "ContractRules",
    "Corpus",
    "DataRow",
    "InvalidLearnerId",
    "LatencyTarget",
    "ModelPrice",
    "Part",
    "Team",
    "Tokens",
    "Traffic",
    "normalised_learner_id",
]


class InvalidLearnerId(ValueError):
    """A learner id that no case can be drawn from; the message says what an id may be."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Traffic(_Row):
    """How many requests come, and how unevenly."""

    requests_per_month: int
    monthly_growth: float = Field(description="growth a month, as a share: 0.04 is 4%")
    peak_to_average: float = Field(description="busiest second's rate divided by the month's average rate")


class Tokens(_Row):
    """What one request sends to the model and gets back, in tokens."""

    instructions: int
    question: int
    passages: int = Field(description="how many passages are put into the prompt")
    tokens_per_passage: int
    answer: int


class Corpus(_Row):
    """The documents that answers come from, and how they are indexed."""

    documents: int
    tokens_per_document: int
    chunk_tokens: int
    overlap_tokens: int
    dimensions: int = Field(description="numbers in one embedding vector")
    bytes_per_number: int
    copies: int = Field(description="full copies of the index that are kept for availability")


class Part(_Row):
    """One measured part of the planned system: its limit in its own unit, and how a request uses it."""

    id: str
    name: str
    does: str
    limit: float = Field(description="what one replica sustains, in `unit`")
    unit: Literal["requests/s", "texts/s", "queries/s", "tokens/min", "connections", "writes/s"]
    replicas: int
    uses_per_request: float = Field(description="texts, queries, writes or calls that one request causes")
    hold_ms: float | None = Field(None, description="how long one use holds a connection, for connection pools")
    latency_ms: float = Field(description="typical time of one use")
    availability: float = Field(description="share of a month in which it answers, measured")
    when: Literal["every request", "record questions", "after the answer"] = Field(
        description="which requests need it before they can be answered"
    )


class LatencyTarget(_Row):
    """The time a request may take, and what the model needs for its share of it."""

    target_ms: int
    first_token_ms: int = Field(description="time until the model's first token")
    ms_per_token: float = Field(description="time for each further token of the answer")


class DataRow(_Row):
    """One kind of data, how delicate it is, and where it may be."""

    name: str
    examples: str
    sensitivity: Literal["public", "internal", "personal", "special_category", "payment"]
    must_stay_in: str | None = Field(None, description="region that it may not leave, if any")


class ContractRules(_Row):
    """What a document must satisfy before it may be indexed."""

    id_prefix: str
    maximum_age_days: int
    regions: tuple[str, ...]
    audiences: tuple[str, ...]
    as_of: str = Field(description="the day on which the age is counted, as an ISO date")


class ModelPrice(_Row):
    """The price sheet of the managed model under discussion, in US dollars per million tokens."""

    model: str
    input_usd_per_million: float
    output_usd_per_million: float
    recorded: str = Field(description="where and when the price was recorded")


class Team(_Row):
    """Who would run the system."""

    engineers: int
    ml_engineers: int
    on_call: bool


class Case(_Row):
    """One client. `Case.for_learner(id)` draws it; the same id gives the same case on every machine."""

    learner_id: str | None = Field(description="whose case this is; None for the lessons' demonstration company")
    archetype: str
    company: str
    sector: str
    region: Literal["eu", "us"]
    assistant: str
    feature: str
    traffic: Traffic
    tokens: Tokens
    corpus: Corpus
    parts: tuple[Part, ...]
    latency: LatencyTarget
    record_share: float = Field(description="share of requests that ask about the asker's own records")
    data: tuple[DataRow, ...]
    contract: ContractRules
    price: ModelPrice
    model_limits: ModelLimits
    proposals: Proposals = Field(description="features that the client proposes beside the assistant")
    team: Team
    budget_usd_per_month: int
    value_of_resolved_contact_usd: float
    support: SupportRules = Field(description="the rules of the exercise on support agents; it has a brief of its own")
    hosting: Hosting = Field(description="three ways to have a model answer; their exercise shows them")
    spending: Spending = Field(description="a month of the running assistant, a year later; its exercise shows it")

    @classmethod
    def for_learner(cls, learner_id: str | EllipsisType) -> Self:
        """Draw the case of a learner.

        Args:
            learner_id: any name, e-mail address or number that stays the same, up to 100 characters. Upper and
                lower case and spaces around it make no difference. An id not filled in yet (`...`) gives the
                demonstration company, so that a notebook can be run and read before it is begun.

        Raises:
            InvalidLearnerId: if it is empty, too long, not text, or holds control characters.
        """
        from archkit.case.archetypes import demonstration, drawn

        if learner_id is Ellipsis:
            return cls.model_validate(demonstration())
        return cls.model_validate(drawn(normalised_learner_id(learner_id)))

    @classmethod
    def demonstration(cls) -> Self:
        """Return Larkspur Outfitters, the company that the lessons work on."""
        from archkit.case.archetypes import demonstration

        return cls.model_validate(demonstration())

    def part(self, part_id: str) -> Part:
        """Return the part with this id.

        Raises:
            KeyError: if the case has none; the message lists those it has.
        """
        for part in self.parts:
            if part.id == part_id:
                return part
        raise KeyError(f"{self.company} has no part {part_id!r}; it has {', '.join(p.id for p in self.parts)}.")

    def _repr_html_(self) -> str:
        from archkit.case.brief import brief_html

        return brief_html(self)

    def __str__(self) -> str:
        """Return the case as a brief in plain text."""
        from archkit.case.brief import brief_text

        return brief_text(self)


def normalised_learner_id(learner_id: object) -> str:
    """Return the form of a learner id that counts: composed Unicode, lower case, no spaces around it.

    Raises:
        InvalidLearnerId: if it cannot be an id.
    """
    wanted = 'Write your name, e-mail address or student number in quotes, such as LEARNER_ID = "ana".'
    if not isinstance(learner_id, str):
        raise InvalidLearnerId(f"A learner id is text, not {type(learner_id).__name__}. {wanted}")
    normal = unicodedata.normalize("NFC", learner_id).strip().casefold()
    if not normal:
        raise InvalidLearnerId(f"The learner id is empty. {wanted}")
    if len(normal) > 100:
        raise InvalidLearnerId(f"The learner id has {len(normal)} characters, and 100 are the limit. {wanted}")
    if any(unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn"} for c in normal):
        raise InvalidLearnerId(f"The learner id holds a control character or an unassigned one. {wanted}")
    return normal
