"""Serving an open-weight model oneself: memory, throughput and rent, from one dated file: `data/hosting.json`.

The functions are single steps of a plan. How they combine into a break-even is what the lessons work out.
"""

from __future__ import annotations

import datetime
from functools import cache
from typing import Annotated, ClassVar

from pydantic import Field

from archkit.course import data_folder
from archkit.typed_data import TypedData, did_you_mean

__all__ = [
    "HOURS_PER_MONTH",
    "GpuPrice",
    "Hosting",
    "OpenModel",
    "Throughput",
    "kv_cache_bytes",
    "load_hosting",
    "weight_bytes",
]

HOURS_PER_MONTH = 720
"""A month of 30 days, as everywhere in the course."""

Positive = Annotated[float, Field(gt=0)]


class GpuPrice(TypedData):
    """What one GPU costs to rent, in US dollars an hour."""

    label_fields: ClassVar[tuple[str, ...]] = ("gpu",)

    gpu: str
    memory_gb: Positive
    """GB (10^9 bytes) on the card, as its name says"""
    usd_per_hour: Positive
    """rented by the hour, whether it is used or not"""
    spot_usd_per_hour: Positive | None
    """the same when the provider may take it back at any moment; None where none is recorded"""
    where: str
    source: str
    as_of: datetime.date


class OpenModel(TypedData):
    """The size of an open-weight model, as far as memory depends on it."""

    label_fields: ClassVar[tuple[str, ...]] = ("model",)

    model: str
    family: str
    parameters_billion: Positive
    layers: int
    kv_heads: int
    head_dimension: int


class Throughput(TypedData):
    """How many tokens a second a model was measured to write, on which hardware and under which load."""

    label_fields: ClassVar[tuple[str, ...]] = ("model",)

    model: str
    gpus: str
    gpu_count: int
    software: str
    workload: str
    concurrency: int | None
    """requests at the same time; None where the benchmark sets its own"""
    tokens_per_second: Positive
    """tokens written, all requests together"""
    first_token_p99_ms: Positive | None
    """99 of 100 requests have their first token by then; None where it was not said"""
    kind: str
    source: str
    as_of: str
    """the day, or the year where no more is known"""


class Hosting(TypedData):
    """All recorded rents, models and throughputs."""

    label_fields: ClassVar[tuple[str, ...]] = ("about",)

    about: str
    gpus: tuple[GpuPrice, ...]
    models: tuple[OpenModel, ...]
    throughputs: tuple[Throughput, ...]

    def model(self, name: str) -> OpenModel:
        """Return the size of one model.

        Raises:
            LookupError: if the file has no such model; the message suggests the nearest name.
        """
        by_name = {model.model: model for model in self.models}
        if name not in by_name:
            raise LookupError(
                f"No model {name!r} is recorded.{did_you_mean(name, by_name)} There are: {', '.join(by_name)}."
            )
        return by_name[name]


@cache
def load_hosting() -> Hosting:
    """Return the recorded rents and throughputs of `data/hosting.json`.

    Raises:
        archkit.typed_data.InvalidData: if the file was edited and does not hold them any more.
    """
    return Hosting.model_validate_json((data_folder() / "hosting.json").read_text(encoding="utf-8"))


def weight_bytes(model: OpenModel, bytes_per_parameter: float = 2) -> float:
    """Return the memory that a model's weights take.

    Args:
        model: the model.
        bytes_per_parameter: 2 for fp16 and bf16, 1 for int8 and fp8, 0.5 for int4.

    Returns:
        Bytes. What the server itself needs comes on top.
    """
    return model.parameters_billion * 1e9 * bytes_per_parameter


def kv_cache_bytes(model: OpenModel, tokens: float, bytes_per_number: float = 2) -> float:
    """Return the memory that the keys and values of a context take while its request is served.

    Args:
        model: the model.
        tokens: tokens of prompt and answer together, of all requests that are served at the same time.
        bytes_per_number: 2 for fp16 and bf16, 1 for fp8.

    Returns:
        Bytes: 2 (a key and a value) x layers x KV heads x head dimension x bytes x tokens, after Kwon and others,
        *Efficient Memory Management for Large Language Model Serving with PagedAttention*, 2023, section 3.
    """
    return 2 * model.layers * model.kv_heads * model.head_dimension * bytes_per_number * tokens
