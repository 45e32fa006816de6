"""When requests arrive: a mean rate, a daily shape, bursts and a spike, drawn with a seed."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator

from archkit.typed_data import PlainNumbers, TypedData

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, np.dtype[np.float64]]

__all__ = ["MOST_REQUESTS", "PEAK_HOUR", "Spike", "Traffic", "arrivals"]

PEAK_HOUR = 14.0
"""Hour of the day at which the daily shape is highest."""

BURST_S = 10
"""Seconds for which one burst factor holds."""

MOST_REQUESTS = 5_000_000
"""Most requests that one simulation may expect: more would not fit a learner's memory."""

Positive = Annotated[float, PlainNumbers, Field(gt=0)]
NotNegative = Annotated[float, PlainNumbers, Field(ge=0)]


class Spike(TypedData):
    """A stretch of time in which everything that arrives is multiplied."""

    factor: Positive
    """how many times the usual rate, such as 10"""
    at_minute: NotNegative
    """when it begins, in minutes from the start"""
    minutes: Positive
    """how long it lasts, in minutes"""


class Traffic(TypedData):
    """The requests that customers send, as the law they are drawn from.

    Arrivals are a Poisson process whose rate follows the day, is multiplied during the spike, and, with
    `burstiness`, by a factor drawn anew every 10 seconds (gamma distributed, mean 1).
    """

    requests_per_minute: Positive
    """mean rate over a day without a spike, in requests a minute"""
    minutes: Positive
    """how long requests go on arriving, in minutes"""
    peak_to_average: Annotated[float, PlainNumbers, Field(ge=1, le=24)] = 1.0
    """the daily peak over the day's mean, from 1 (no daily shape) to 24"""
    starts_at_hour: Annotated[float, PlainNumbers, Field(ge=0, lt=24)] = 0.0
    """hour of the day at which the simulation begins, from 0 to 24; the daily peak is at 14"""
    burstiness: NotNegative = 0.0
    """standard deviation of the burst factor, as a share of its mean; 0 for a plain Poisson process"""
    spike: Spike | None = None
    """one spike, or None"""

    @model_validator(mode="after")
    def _fits_memory(self) -> Self:
        expected = self.requests_per_minute * self.minutes
        if self.spike is not None:
            expected += self.requests_per_minute * self.spike.minutes * max(self.spike.factor - 1, 0)
        expected *= self.peak_to_average if self.minutes < 24 * 60 else 1
        if expected > MOST_REQUESTS:
            raise ValueError(
                f"this may be {expected:,.0f} requests, and one simulation holds {MOST_REQUESTS:,} at most. Take fewer "
                "minutes or a lower rate."
            )
        return self

    def rate(self, seconds: Numbers) -> Numbers:
        """Return the expected rate in requests a second at these moments, without bursts.

        The daily shape is exp(k cos(...)), highest at 14 hours, with k chosen for the given ratio of peak and mean.

        Args:
            seconds: moments since the start.
        """
        import numpy as np

        k = _concentration(self.peak_to_average)
        angle = 2 * math.pi * (seconds / 3_600 + self.starts_at_hour - PEAK_HOUR) / 24
        rate = self.requests_per_minute / 60 * np.exp(k * np.cos(angle)) / float(np.i0(k))
        if self.spike is not None:
            begins = 60 * self.spike.at_minute
            inside = (seconds >= begins) & (seconds < begins + 60 * self.spike.minutes)
            rate = np.where(inside, rate * self.spike.factor, rate)
        return np.asarray(rate, dtype=float)


def arrivals(traffic: Traffic, seed: int = 0) -> Numbers:
    """Return the moments at which requests arrive, in seconds since the start, in order.

    A Poisson process of rate 1 is stretched by the inverse of the cumulative rate (Lewis and Shedler 1979 call this
    time-scale transformation), so two kinds of traffic with one seed differ only by their rates.

    Args:
        traffic: the law.
        seed: the same one gives the same moments.
    """
    import numpy as np

    cells = math.ceil(60 * traffic.minutes)
    edges = np.minimum(np.arange(cells + 1, dtype=float), 60 * traffic.minutes)
    rate = traffic.rate((edges[:-1] + edges[1:]) / 2)
    if traffic.burstiness:
        shape = traffic.burstiness**-2
        factors = np.random.default_rng([seed, 1]).gamma(shape, 1 / shape, math.ceil(cells / BURST_S))
        rate *= np.repeat(factors, BURST_S)[:cells]
    cumulative = np.concatenate([[0.0], np.cumsum(rate * np.diff(edges))])
    total = float(cumulative[-1])
    gaps = np.random.default_rng([seed, 0]).exponential(size=math.ceil(total + 8 * math.sqrt(total) + 20))
    points = np.cumsum(gaps)
    return np.asarray(np.interp(points[points < total], cumulative, edges), dtype=float)


@cache
def _concentration(peak_to_average: float) -> float:
    """Return k for which exp(k) / I0(k), the ratio of peak and mean of exp(k cos), is the given one."""
    import numpy as np

    low, high = 0.0, 200.0
    for _ in range(60):
        middle = (low + high) / 2
        if math.exp(middle) / float(np.i0(middle)) < peak_to_average:
            low = middle
        else:
            high = middle
    return low if peak_to_average > 1 else 0.0
