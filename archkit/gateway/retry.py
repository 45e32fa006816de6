"""When a failed call may be tried again, and after which pause."""

from __future__ import annotations

import random
from dataclasses import dataclass

__all__ = ["Backoff", "RetryBudget"]


@dataclass(frozen=True)
class Backoff:
    """Pauses before retries: they double, and each is drawn at random between nothing and its whole length.

    Source of the "full jitter": Brooker 2015, "Exponential Backoff And Jitter", AWS Architecture Blog.

    Attributes:
        first: longest pause before the first retry, in seconds.
        longest: longest pause before any retry, in seconds.
        jitter: whether pauses are drawn. Without it, all who failed together come back together.

    Raises:
        ValueError: if the pauses are negative, or the longest is shorter than the first.
    """

    first: float = 0.05
    longest: float = 1.0
    jitter: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.longest:
            raise ValueError(
                f"The first pause is {self.first} s and the longest {self.longest} s. Expected 0 <= first <= longest."
            )

    def pause(self, retry: int, dice: random.Random) -> float:
        """Return the pause before a retry, in seconds.

        Args:
            retry: 1 for the first retry of a request.
            dice: where the draws come from.
        """
        whole = min(self.longest, self.first * 2.0 ** min(retry - 1, 60))
        return dice.uniform(0, whole) if self.jitter else whole


class RetryBudget:
    """Lets extra calls (retries, hedges) be a share of the first calls, whatever happens.

    Each first call pays in `share`, each extra call takes out 1, and no more than `reserve` is ever kept. So there are
    never more extra calls than `reserve` plus `share` of the first calls. The account belongs to a client, not to a
    request. Finagle's `RetryBudget` is kept like this; gRPC's retry throttling (proposal A6) is a relative.
    """

    def __init__(self, share: float = 0.1, *, reserve: float = 10.0) -> None:
        """Begin with a full reserve.

        Args:
            share: extra calls for each first call in the long run: 0.1 is 10%.
            reserve: extra calls that may be made at once, so that a single failure on a quiet day can be retried.

        Raises:
            ValueError: if the share is negative, or the reserve does not allow one extra call.
        """
        if share < 0 or reserve < 1:
            raise ValueError(
                f"A retry budget of share {share} and reserve {reserve} was given. Expected a share of 0 or more, "
                "such as 0.1, and a reserve of at least 1."
            )
        self.share, self.reserve = share, reserve
        self.balance = reserve

    def pay_in(self) -> None:
        """Count a first call."""
        self.balance = min(self.reserve, self.balance + self.share)

    def take(self) -> bool:
        """Ask for one extra call: True if it may be made."""
        if self.balance < 1 - 1e-9:  # ten tenths add up to a little less than one
            return False
        self.balance -= 1
        return True
