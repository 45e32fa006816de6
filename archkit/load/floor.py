"""The inner loop of the simulation: attempts, slots, one queue.

It decides who starts when, and nothing else; results are computed from its arrays afterwards. Arrivals and times of
service come presampled, and a heap holds the moment at which each slot is free again. That is exact for first come
first served, and needs one heap operation a request: no event queue, no process for each request.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush, heapreplace

from archkit.load.fleet import Clients, Fleet

__all__ = ["MOST_SAVED_RETRIES", "Floor"]

MOST_SAVED_RETRIES = 10.0
"""How many retries a retry budget saves up in quiet times, at most."""

NEVER = math.inf


class Floor:
    """Slots and one queue, moved forward in time.

    Attempt number k is the request k itself for the first ones; retries are appended behind.

    Attributes:
        sent: when each attempt was sent, in seconds.
        work: how long its answer takes, in seconds.
        start: when work on it began; NaN if never.
        end: when its slot was free again; NaN if never.
        request: the request that each attempt belongs to.
        tries: how many attempts each request has made.
        shed: the attempts that were refused.
    """

    def __init__(self, arrivals: Sequence[float], work: Sequence[float], fleet: Fleet, clients: Clients, seed: int):
        self.sent = list(arrivals)
        self.work = list(work)
        self.requests = len(self.sent)
        self.start = [math.nan] * self.requests
        self.end = [math.nan] * self.requests
        self.request = list(range(self.requests))
        self.tries = bytearray(b"\x01") * self.requests
        self.shed: list[int] = []
        self.work_started = 0.0
        self._next = 0
        self._timeout = NEVER if clients.timeout_s is None else clients.timeout_s
        self._cancels = fleet.cancels
        self._queue_limit = NEVER if fleet.queue_limit is None else fleet.queue_limit
        self._clients = clients
        self._saved = MOST_SAVED_RETRIES
        self._random = random.Random(seed)
        self._slots = [0.0] * (fleet.replicas * fleet.slots)
        self._queue: deque[int] = deque()
        self._left: set[int] = set()  # clients who left the queue; their places in it are skipped
        self._deadlines: deque[tuple[float, int]] = deque()
        self._retries: list[tuple[float, int]] = []

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return len(self._queue) - len(self._left)

    @property
    def empty(self) -> bool:
        """Whether nothing more can happen except that slots become free."""
        return not (self._next < self.requests or self._queue or self._retries or self._deadlines)

    def remaining(self, now: float) -> tuple[int, float]:
        """Return how many slots are in use, and the seconds of work left in them together."""
        left = [free - now for free in self._slots if free > now]
        return len(left), sum(left)

    def add_slots(self, count: int, now: float) -> None:
        """Open this many slots."""
        for _ in range(count):
            heappush(self._slots, now)

    def remove_slots(self, count: int, now: float) -> float:
        """Close this many slots: idle ones, then those that will be free first. Return when the last one is free."""
        closed = [heappop(self._slots) for _ in range(count)]
        self.work_started -= sum(free - now for free in closed if free > now)
        return max(now, *closed)

    def advance(self, until: float) -> None:
        """Let everything happen up to this moment, in order: attempts arrive, slots become free, clients leave."""
        sent, work, start, end = self.sent, self.work, self.start, self.end
        slots, queue, left, deadlines, retries = self._slots, self._queue, self._left, self._deadlines, self._retries
        timeout, cancels, limit, count = self._timeout, self._cancels, self._queue_limit, self.requests
        begin = self._next
        started = 0.0
        while True:
            now = sent[begin] if begin < count else NEVER
            retry = bool(retries) and retries[0][0] < now
            if retry:
                now = retries[0][0]
            leaves = bool(deadlines) and deadlines[0][0] < now
            if leaves:
                now = deadlines[0][0]
            over = now > until
            if over:
                now = until
            while queue and slots[0] <= now:
                k = queue.popleft()
                if left and k in left:
                    left.remove(k)
                    continue
                free = slots[0]
                took = work[k]
                if cancels and free + took > sent[k] + timeout:
                    took = sent[k] + timeout - free
                start[k], end[k] = free, free + took
                started += took
                heapreplace(slots, free + took)
            if over or now == NEVER:
                break
            if leaves:
                _, k = deadlines.popleft()
                if start[k] != start[k]:  # NaN: still in the queue
                    if cancels:
                        left.add(k)
                    self._send_again(k, now)
                elif start[k] + work[k] > now:
                    self._send_again(k, now)
                continue
            if retry:
                k = len(sent)
                request = heappop(retries)[1]
                sent.append(now)
                work.append(work[request])
                start.append(math.nan)
                end.append(math.nan)
                self.request.append(request)
            else:
                k = begin
                begin += 1
                if self._clients.retry_budget is not None:
                    self._saved = min(self._saved + self._clients.retry_budget, MOST_SAVED_RETRIES)
            took = work[k]
            if not queue and slots[0] <= now:
                if took > timeout:
                    deadlines.append((now + timeout, k))
                    took = timeout if cancels else took
                start[k], end[k] = now, now + took
                started += took
                heapreplace(slots, now + took)
            elif len(queue) - len(left) >= limit:
                self.shed.append(k)
                self._send_again(k, now)
            else:
                queue.append(k)
                if timeout < NEVER:
                    deadlines.append((now + timeout, k))
        self._next = begin
        self.work_started += started

    def _send_again(self, attempt: int, now: float) -> None:
        """Have the client of a failed attempt send its request again after a pause, if it may."""
        request = self.request[attempt]
        if self.tries[request] > self._clients.retries:
            return
        if self._clients.retry_budget is not None:
            if self._saved < 1:
                return
            self._saved -= 1
        self.tries[request] += 1
        pause = self._clients.pause_s * self._random.uniform(0.5, 1.5)
        heappush(self._retries, (now + pause, request))
