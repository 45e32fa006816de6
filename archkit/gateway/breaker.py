"""A circuit breaker: it stops calls to a service that keeps failing, and finds out when it is well again."""

from __future__ import annotations

from collections import deque
from typing import Literal

__all__ = ["BreakerState", "CircuitBreaker", "Ticket"]

BreakerState = Literal["closed", "open", "half-open"]
Ticket = int
"""Given to each call that is let through, and handed back with its result."""


class CircuitBreaker:
    """Three states around one service.

    - *closed*: calls go through, and the last `window` results are remembered. When it is full and a share of at least
      `threshold` of it are failures, the breaker opens.
    - *open*: nothing goes through for `rest` seconds.
    - *half-open*: `probes` calls go through. If all of them succeed it closes; if one fails it opens again.

    It has no clock: whoever calls says what time it is. Source: Nygard 2018, *Release It!*, 2nd edition, chapter 5.

    Attributes:
        changes: when it went into which state, oldest first; the first entry is made by the first call.
    """

    def __init__(self, *, window: int = 10, threshold: float = 0.5, rest: float = 1.0, probes: int = 1) -> None:
        """Begin closed.

        Args:
            window: how many results are remembered.
            threshold: share of failures among them that opens it, above 0 and up to 1.
            rest: seconds that it stays open.
            probes: calls that test the service afterwards.

        Raises:
            ValueError: if one of them cannot be meant.
        """
        if window < 1 or not 0 < threshold <= 1 or rest <= 0 or probes < 1:
            raise ValueError(
                f"window={window}, threshold={threshold}, rest={rest}, probes={probes} was given. Expected a window "
                "and probes of at least 1, a threshold above 0 and up to 1, and a rest above 0 seconds."
            )
        self.threshold, self.rest, self.probes = threshold, rest, probes
        self.changes: list[tuple[float, BreakerState]] = []
        self._results: deque[bool] = deque(maxlen=window)
        self._state: BreakerState = "closed"
        self._spell = 0  # counts the states gone through, so that a result can be told from an earlier state's
        self._opened = self._probing = self._succeeded = 0.0

    def state(self, now: float) -> BreakerState:
        """Return the state at a time, in seconds."""
        if self._state == "open" and now >= self._opened + self.rest:
            self._enter("half-open", now)
            self._probing = self._succeeded = 0
        return self._state

    def let_through(self, now: float) -> Ticket | None:
        """Ask for one call: a ticket if it may be made now, else None. Hand the ticket back with `report`."""
        if not self.changes:
            self.changes.append((now, "closed"))
        state = self.state(now)
        if state == "open" or (state == "half-open" and self._probing >= self.probes):
            return None
        if state == "half-open":
            self._probing += 1
        return self._spell

    def report(self, ticket: Ticket, succeeded: bool | None, now: float) -> None:
        """Tell the result of a call that was let through.

        Args:
            ticket: what `let_through` gave for it.
            succeeded: None if nobody waited for the result. A probe without a result counts as a failure.
            now: the time, in seconds.
        """
        if ticket != self._spell:
            return  # it was let through in an earlier state, and says nothing about this one
        if self._state == "half-open":
            self._succeeded += bool(succeeded)
            if not succeeded:
                self._open(now)
            elif self._succeeded == self.probes:
                self._results.clear()
                self._enter("closed", now)
        elif self._state == "closed" and succeeded is not None:
            self._results.append(succeeded)
            failures = self._results.count(False)
            if len(self._results) == self._results.maxlen and failures >= self.threshold * len(self._results):
                self._open(now)

    def _open(self, now: float) -> None:
        self._opened = now
        self._enter("open", now)

    def _enter(self, state: BreakerState, now: float) -> None:
        self._state = state
        self._spell += 1
        self.changes.append((now, state))
