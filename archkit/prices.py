"""Recorded prices of hosted models, from one dated file: `data/model_prices.json`.

Vendors change their prices at any time and publish them on pages, not as data. What can be pinned is what a package
recorded on the day of its upload, so every sum in the course names that package, its version and that date. All money
here is US dollars per million tokens.
"""

from __future__ import annotations

import datetime
from functools import cache
from typing import Annotated

from pydantic import Field

from archkit.course import data_folder
from archkit.typed_data import TypedData, did_you_mean

__all__ = [
    "EmbeddingPrice",
    "LongPromptPrice",
    "ModelPrice",
    "OtherRecord",
    "PriceList",
    "Record",
    "RerankerPrice",
    "load_prices",
]

Dollars = Annotated[float, Field(ge=0)]
Tokens = Annotated[int, Field(gt=0)]


class Record(TypedData):
    """Where a price was read: a release of a package."""

    package: str
    """Name on PyPI."""
    version: str
    uploaded: datetime.date
    """Day on which the release was uploaded. The package may have read the price earlier."""

    def __str__(self) -> str:
        """Return it as a lesson prints it beside a price."""
        return f"recorded in {self.package} {self.version}, uploaded {self.uploaded}"


class LongPromptPrice(TypedData):
    """The prices of a request whose prompt is longer than a limit."""

    above_tokens: Tokens
    """Longest prompt, in tokens, that the ordinary prices hold for."""
    input: Dollars
    output: Dollars


class OtherRecord(TypedData):
    """What the package that was checked against has instead, where the two disagree."""

    input: Dollars
    output: Dollars


class ModelPrice(TypedData):
    """What one hosted model costs, in US dollars per million tokens, and how long a prompt it takes."""

    label_fields = ("model",)

    model: str
    """Name under which the package lists it."""
    vendor: str
    input: Dollars
    """Tokens of the prompt."""
    output: Dollars
    """Tokens that the model writes."""
    cached_input: Dollars | None = None
    """Tokens of the prompt that the vendor still holds from an earlier request; None where none is recorded."""
    batch_input: Dollars | None = None
    """Tokens of the prompt of a request that is sent in a batch and may wait; None where none is recorded."""
    batch_output: Dollars | None = None
    max_input_tokens: Tokens
    """Longest prompt that the model takes, in tokens."""
    long_prompt: LongPromptPrice | None = None
    eu_processing_factor: Annotated[float, Field(ge=1)] | None = None
    """What prices are multiplied by where processing is to stay in the EU; None where nothing is recorded."""
    deprecation: datetime.date | None = None
    """Day on which the vendor is recorded to retire the model."""
    other_record: OtherRecord | None = None


class EmbeddingPrice(TypedData):
    """What one hosted embedding model costs, in US dollars per million tokens of the texts."""

    label_fields = ("model",)

    model: str
    """Name under which the package lists it."""
    vendor: str
    input: Dollars
    batch_input: Dollars | None = None
    """Tokens of texts that are sent in a batch and may wait; None where none is recorded."""
    max_input_tokens: Tokens
    """Longest text that the model takes, in tokens."""


class RerankerPrice(TypedData):
    """What one hosted reranker costs. Other rerankers are priced by token, so the unit is in the field's name."""

    label_fields = ("model",)

    model: str
    """Name under which the package lists it."""
    vendor: str
    per_query: Dollars
    """US dollars for one query, with all passages that are compared with it."""


class PriceList(TypedData):
    """All recorded prices and where they were read."""

    label_fields = ("package",)

    about: str
    package: str
    version: str
    uploaded: datetime.date
    file: str
    """File of the package that the prices stand in."""
    licence: str
    unit: str
    checked_against: Record
    """A second package with which the prices were compared; differences stand in `ModelPrice.other_record`."""
    models: tuple[ModelPrice, ...]
    embeddings: tuple[EmbeddingPrice, ...]
    rerankers: tuple[RerankerPrice, ...]
    """Priced in US dollars per query, and recorded by the first package alone."""

    @property
    def recorded(self) -> str:
        """Say where the prices come from, as in "recorded in litellm 1.109.1, uploaded 2026-11-12"."""
        return str(Record(package=self.package, version=self.version, uploaded=self.uploaded))

    def __getitem__(self, model: str) -> ModelPrice:
        """Return the prices of one model.

        Raises:
            LookupError: if the file has no such model; the message suggests the nearest name.
        """
        by_name = {price.model: price for price in self.models}
        if model not in by_name:
            raise LookupError(
                f"No price of {model!r} is recorded.{did_you_mean(model, by_name)} Recorded are {', '.join(by_name)}."
            )
        return by_name[model]


@cache
def load_prices() -> PriceList:
    """Return the recorded prices of `data/model_prices.json`.

    Raises:
        archkit.typed_data.InvalidData: if the file was edited and does not hold prices any more.
    """
    return PriceList.model_validate_json((data_folder() / "model_prices.json").read_text(encoding="utf-8"))
