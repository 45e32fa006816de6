"""A small stream processor: counts per key in tumbling windows of event time, with a watermark.

It shows what Apache Flink, Spark Structured Streaming and Kafka Streams decide for you, in the terms they share
(Akidau et al. 2015, *The Dataflow Model*, PVLDB 8(12)): a window belongs to the time when things happened, the
watermark says up to when a processor believes to have seen everything, and allowed lateness says for how long it will
still correct itself. It runs in one thread and keeps its state in memory only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

__all__ = ["Event", "TumblingCounts", "WindowResult"]

_EPOCH = datetime(1970, 1, 1)


class Event(NamedTuple):
    """One event of a stream: when it happened, when it arrived, and what it is counted under."""

    happened_at: datetime
    arrived_at: datetime
    key: str


@dataclass(frozen=True)
class WindowResult:
    """The counts of one window, as published at one moment."""

    start: datetime
    end: datetime
    counts: dict[str, int]
    published_at: datetime
    """When the event arrived that made the processor publish this."""
    revision: int
    """0 for the first result of a window, and one more with every correction."""

    @property
    def total(self) -> int:
        """How many events were counted."""
        return sum(self.counts.values())

    def share(self, key: str) -> float:
        """The share of one key in the window, from 0 to 1; 0 in an empty window."""
        return self.counts.get(key, 0) / self.total if self.total else 0.0


class TumblingCounts:
    """Count events per key in windows that follow each other without overlap.

    The watermark is the latest time at which anything seen so far happened, less `wait`. When it passes the end of a
    window, the window is published. An event that comes later still is *late*: within `allowed_lateness` it leads to a
    correction, after that it is dropped and counted in `dropped`.

    Args:
        size: the length of a window. Windows are aligned to midnight of 1 January 1970.
        wait: how far the watermark stays behind, which is how long the processor waits for stragglers.
        allowed_lateness: for how long after that, in event time, a published window is still corrected.

    Raises:
        ValueError: if `size` is not positive, or a wait is negative.
    """

    def __init__(
        self, size: timedelta, wait: timedelta = timedelta(0), allowed_lateness: timedelta = timedelta(0)
    ) -> None:
        nothing = timedelta(0)
        if size <= nothing:
            raise ValueError(f"A window of {size} holds no event. Give a size above zero.")
        if wait < nothing or allowed_lateness < nothing:
            raise ValueError(f"The waits are {wait} and {allowed_lateness}. Expected zero or more.")
        self.size, self.wait, self.allowed_lateness = size, wait, allowed_lateness
        self.watermark = datetime.min
        self.counted = 0
        """How many events have entered a window."""
        self.dropped = 0
        """How many events came too late for their window."""
        self.most_windows = 0
        """The largest number of windows held in memory at one time."""
        self._windows: dict[datetime, Counter[str]] = {}
        self._revisions: dict[datetime, int] = {}

    def process(self, event: Event) -> list[WindowResult]:
        """Take in one event, in the order of arrival, and return what it makes the processor publish."""
        published = []
        start = event.happened_at - (event.happened_at - _EPOCH) % self.size
        if start + self.size + self.allowed_lateness <= self.watermark:
            self.dropped += 1
            return []  # an event this old cannot move the watermark either
        self._windows.setdefault(start, Counter())[event.key] += 1
        self.counted += 1
        self.most_windows = max(self.most_windows, len(self._windows))
        if start + self.size <= self.watermark:
            published.append(self._publish(start, event.arrived_at))
        self.watermark = max(self.watermark, event.happened_at - self.wait)
        for window in sorted(self._windows):
            end = window + self.size
            if end <= self.watermark and window not in self._revisions:
                published.append(self._publish(window, event.arrived_at))
            if end + self.allowed_lateness <= self.watermark:
                del self._windows[window]
                self._revisions.pop(window, None)
        return published

    def run(self, events: Iterable[Event]) -> list[WindowResult]:
        """Take in a whole stream and return everything published, in order. What is still open stays open."""
        return [result for event in events for result in self.process(event)]

    def _publish(self, start: datetime, at: datetime) -> WindowResult:
        revision = self._revisions[start] = self._revisions.get(start, -1) + 1
        return WindowResult(start, start + self.size, dict(self._windows[start]), at, revision)
