"""How long one request is worked on: calls of a language model, and the assumption of the formulas."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from archkit.typed_data import PlainNumbers, TypedData

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, np.dtype[np.float64]]

__all__ = ["ExponentialCalls", "ModelCalls"]

Positive = Annotated[float, PlainNumbers, Field(gt=0)]
NotNegative = Annotated[float, PlainNumbers, Field(ge=0)]


class ModelCalls(TypedData):
    """Calls of a language model: a first token, and a time for each token that is written.

    The number of tokens is drawn from a lognormal distribution, whose tail is heavy: most answers are short and a few
    are very long. The speed of a token does not depend here on how many others are served. A real server that batches
    keeps this up until its knee and then slows down for everybody, so count as slots what it carries below the knee.
    """

    first_token_ms: NotNegative
    """time to the first token, in ms"""
    ms_per_token: Positive
    """time for each token, in ms"""
    tokens: Positive
    """mean length of an answer, in tokens"""
    spread: NotNegative = 0.8
    """standard deviation of the length over its mean; 0 if all answers are equally long"""

    @property
    def mean_s(self) -> float:
        """The mean time that a call takes, in seconds."""
        return (self.first_token_ms + self.tokens * self.ms_per_token) / 1_000

    @property
    def variation(self) -> float:
        """Standard deviation of a call's time over its mean."""
        return self.spread * self.tokens * self.ms_per_token / 1_000 / self.mean_s

    def sample(self, count: int, seed: int = 0) -> Numbers:
        """Return the times of this many calls, in seconds. One seed gives the same calls, in the same order."""
        import numpy as np

        sigma = math.sqrt(math.log1p(self.spread**2))
        tokens = np.random.default_rng([seed, 2]).lognormal(math.log(self.tokens) - sigma**2 / 2, sigma, count)
        return np.asarray((self.first_token_ms + tokens * self.ms_per_token) / 1_000, dtype=float)


class ExponentialCalls(TypedData):
    """Calls whose times are exponentially distributed: what M/M/1 and Erlang C assume."""

    mean_s: Positive
    """the mean time that a call takes, in seconds"""

    @property
    def variation(self) -> float:
        """Standard deviation of a call's time over its mean: 1, by the distribution."""
        return 1.0

    def sample(self, count: int, seed: int = 0) -> Numbers:
        """Return the times of this many calls, in seconds. One seed gives the same calls, in the same order."""
        import numpy as np

        return np.random.default_rng([seed, 2]).exponential(self.mean_s, count)
