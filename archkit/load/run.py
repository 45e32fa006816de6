"""What a simulation found: one row for each request, numbers over time, and a summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from archkit.load.calls import ExponentialCalls, ModelCalls
from archkit.load.fleet import Clients, Fleet
from archkit.load.floor import Floor
from archkit.load.traffic import Traffic

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Numbers = np.ndarray[Any, np.dtype[np.float64]]

__all__ = ["OUTCOMES", "Run", "ScalingEvent", "Summary"]

OUTCOMES = ("served", "shed", "timed out")
"""What becomes of a request or of one attempt: answered in time, refused because the queue was full, or given up."""

QUANTILES = (0.5, 0.95, 0.99)


class ScalingEvent(NamedTuple):
    """A change in the number of replicas.

    Attributes:
        seconds: when, since the start.
        ready: replicas that began (or, below zero, stopped) to take requests.
        paid: replicas that began (or stopped) to cost money.
    """

    seconds: float
    ready: int
    paid: int


@dataclass(frozen=True)
class Summary:
    """A simulation in a few numbers. A request counts by what became of its last attempt.

    Attributes:
        requests: how many customers asked.
        served: how many got their whole answer before they gave up.
        shed: how many were refused.
        timed_out: how many gave up.
        attempts: how often was asked, retries included.
        mean_wait_s: mean seconds before work on the answer began, of those served.
        mean_response_s: mean seconds until the answer was there, of those served.
        utilisation: share of the ready slots' time that was used, while requests arrived.
        most_waiting: the longest that the queue ever was, in attempts.
        wasted: share of all work that went into attempts whose client had left or would leave before the end.
        replica_hours: hours paid for, while requests arrived.
        usd: what they cost, in US dollars.
    """

    requests: int
    served: int
    shed: int
    timed_out: int
    attempts: int
    mean_wait_s: float
    mean_response_s: float
    utilisation: float
    most_waiting: int
    wasted: float
    replica_hours: float
    usd: float


class Run:
    """One simulated run.

    Attributes:
        traffic: what was asked of the simulation, as are
        calls: these,
        fleet: these,
        clients: these,
        seed: and this.
        ended_s: when the last piece of work was done, in seconds since the start.
    """

    def __init__(
        self,
        traffic: Traffic,
        calls: ModelCalls | ExponentialCalls,
        fleet: Fleet,
        clients: Clients,
        seed: int,
        floor: Floor,
        scaling: Sequence[ScalingEvent],
    ) -> None:
        """Take the finished floor and what the autoscaler did. `simulate` calls this."""
        import numpy as np

        self.traffic, self.calls, self.fleet, self.clients, self.seed = traffic, calls, fleet, clients, seed
        self._count = floor.requests
        self._sent = np.array(floor.sent, dtype=float)
        self._work = np.array(floor.work, dtype=float)
        self._start = np.array(floor.start, dtype=float)
        self._end = np.array(floor.end, dtype=float)
        self._request = np.array(floor.request, dtype=np.int64)
        self._tries = np.frombuffer(bytes(floor.tries), dtype=np.uint8)
        self._shed = np.zeros(len(self._sent), dtype=bool)
        self._shed[floor.shed] = True
        self._scaling = sorted(scaling, key=lambda event: event.seconds)
        self._window = 60 * traffic.minutes
        answered = self._start + self._work
        timeout = np.inf if clients.timeout_s is None else clients.timeout_s
        with np.errstate(invalid="ignore"):
            self._answered = answered <= self._sent + timeout + 1e-9
        # When each attempt was over for its client: answered, refused, or given up.
        self._over = np.where(self._answered, answered, np.where(self._shed, self._sent, self._sent + timeout))
        ended = self._end[~np.isnan(self._end)]
        self.ended_s = float(ended.max()) if len(ended) else 0.0

    def __repr__(self) -> str:
        """Say that it is simulated, how large it is, and what came out."""
        s = self.summary
        share = s.served / s.requests if s.requests else 1.0
        return (
            f"Simulated: {s.requests:,} requests in {self.traffic.minutes:g} minutes (seed {self.seed}), {share:.1%} "
            f"served, mean wait {s.mean_wait_s:.2f} s, utilisation {s.utilisation:.0%}"
        )

    # --- One row each -------------------------------------------------------------------------------------------------

    @cached_property
    def attempts(self) -> pd.DataFrame:
        """One row for each attempt, in the order in which they were made: requests first, retries behind them.

        Columns: request (row of `requests`), sent_s, started_s and freed_s (when work on it began, and when its slot
        was free again; NaN if never), over_s (when it was over for its client) and outcome.
        """
        import numpy as np
        import pandas as pd

        codes = np.where(self._answered, 0, np.where(self._shed, 1, 2)).astype(np.int64)
        return pd.DataFrame(
            {
                "request": self._request,
                "sent_s": self._sent,
                "started_s": self._start,
                "freed_s": self._end,
                "over_s": self._over,
                "outcome": pd.Categorical.from_codes(codes, pd.Index(OUTCOMES)),
            }
        )

    @cached_property
    def requests(self) -> pd.DataFrame:
        """One row for each request, in the order in which they arrived.

        Columns: arrived_s, attempts, outcome (of the last attempt), wait_s (from the first attempt until work on the
        answer began) and response_s (until the whole answer was there); the last two are NaN where there was none.
        """
        import numpy as np
        import pandas as pd

        last = np.arange(self._count)
        last[self._request[self._count :]] = np.arange(self._count, len(self._sent))  # later retries overwrite earlier
        answered = self._answered[last]
        arrived = self._sent[: self._count]
        codes = np.where(answered, 0, np.where(self._shed[last], 1, 2)).astype(np.int64)
        return pd.DataFrame(
            {
                "arrived_s": arrived,
                "attempts": self._tries.astype(int),
                "outcome": pd.Categorical.from_codes(codes, pd.Index(OUTCOMES)),
                "wait_s": np.where(answered, self._start[last] - arrived, np.nan),
                "response_s": np.where(answered, self._over[last] - arrived, np.nan),
            }
        )

    # --- Summary ------------------------------------------------------------------------------------------------------

    @cached_property
    def summary(self) -> Summary:
        """The run in a few numbers."""
        import numpy as np

        requests = self.requests
        counts = requests["outcome"].value_counts()
        window = np.array([0.0, self._window])
        ready, paid = (_step_integral(self._scaling, field, window)[0] for field in ("ready", "paid"))
        worked = self._end - self._start
        total = float(np.nansum(worked))
        hours = float(paid) / 3_600
        return Summary(
            requests=self._count,
            served=int(counts["served"]),
            shed=int(counts["shed"]),
            timed_out=int(counts["timed out"]),
            attempts=len(self._sent),
            mean_wait_s=float(requests["wait_s"].mean()),
            mean_response_s=float(requests["response_s"].mean()),
            utilisation=float(self._between(self._start, self._end, window)[0] / (ready * self.fleet.slots)),
            most_waiting=self._most_waiting(),
            wasted=float(np.nansum(worked[~self._answered])) / total if total else 0.0,
            replica_hours=hours,
            usd=hours * self.fleet.usd_per_replica_hour,
        )

    def wait_quantile(self, q: float) -> float:
        """Return the wait, in seconds, that a share `q` of those *served* did not exceed. Others have none."""
        return float(self.requests["wait_s"].quantile(q))

    def response_quantile(self, q: float) -> float:
        """Return the response time, in seconds, that a share `q` of those *served* did not exceed."""
        return float(self.requests["response_s"].quantile(q))

    def answered_within(self, seconds: float) -> float:
        """Return the share of *all* requests that had their answer within this time of first asking.

        Unlike a percentile, this counts those who were shed or gave up: as not answered.
        """
        return float((self.requests["response_s"] <= seconds).mean())

    # --- Over time ----------------------------------------------------------------------------------------------------

    def over_time(self, step_s: float = 60.0) -> pd.DataFrame:
        """Return numbers for each step of the time in which requests arrived; the index is its start in minutes.

        Columns: requests (first attempts), attempts, and of the attempts served, shed and timed_out, all counted when
        they happen; waiting (mean length of the queue); utilisation; ready and paid (mean replicas); wait_p50,
        wait_p95, wait_p99, response_p50, response_p95 and response_p99 in seconds, over the requests that arrived in
        the step and were served in the end, NaN where there is none.

        Args:
            step_s: length of a step, in seconds.

        Raises:
            ValueError: if a step is not above 0.
        """
        import numpy as np
        import pandas as pd

        if not step_s > 0:
            raise ValueError(f"A step of {step_s} s was asked for. Give a number of seconds above 0.")
        edges = np.append(np.arange(0, self._window, step_s), self._window)
        ready = _step_integral(self._scaling, "ready", edges)
        paid = _step_integral(self._scaling, "paid", edges)
        busy = self._between(self._start, self._end, edges)
        queued = self._between(*self._queue_times(), edges)
        length = np.diff(edges)
        columns: dict[str, Any] = {
            "requests": _count(self._sent[: self._count], edges),
            "attempts": _count(self._sent, edges),
            "served": _count(self._over[self._answered], edges),
            "shed": _count(self._over[self._shed], edges),
            "timed_out": _count(self._over[~self._answered & ~self._shed], edges),
            "waiting": queued / length,
            "utilisation": np.minimum(busy / (ready * self.fleet.slots), 1.0),
            "ready": ready / length,
            "paid": paid / length,
        }
        rows = self.requests
        bounds = np.searchsorted(self._sent[: self._count], edges)
        for name in ("wait", "response"):
            seconds = rows[f"{name}_s"].to_numpy()
            steps = [seconds[a:b] for a, b in pairwise(bounds)]
            served = [step[~np.isnan(step)] for step in steps]
            found = np.array([np.quantile(s, QUANTILES) if len(s) else [np.nan] * len(QUANTILES) for s in served])
            columns |= {f"{name}_p{round(100 * q)}": found[:, n] for n, q in enumerate(QUANTILES)}
        frame = pd.DataFrame(columns, index=pd.Index(edges[:-1] / 60, name="minute"))
        frame.columns.name = "simulated"
        return frame

    # --- Helpers ------------------------------------------------------------------------------------------------------

    def _queue_times(self) -> tuple[Numbers, Numbers]:
        """Return when each attempt that waited entered the queue and when it left it."""
        import numpy as np

        left = np.where(np.isnan(self._start), self._over, self._start)
        waited = (left > self._sent) & ~self._shed
        return self._sent[waited], left[waited]

    def _most_waiting(self) -> int:
        import numpy as np

        entered, left = self._queue_times()
        if not len(entered):
            return 0
        moments = np.concatenate([entered, left])
        change = np.concatenate([np.ones(len(entered), dtype=int), -np.ones(len(left), dtype=int)])
        return int(np.cumsum(change[np.lexsort((change, moments))]).max())

    @staticmethod
    def _between(begins: Numbers, ends: Numbers, edges: Numbers) -> Numbers:
        """Return, for each step between edges, the time that all these intervals together lie in it."""
        import numpy as np

        known = ~np.isnan(begins)
        return np.diff(_time_since(begins[known], edges) - _time_since(ends[known], edges))


def _time_since(moments: Numbers, edges: Numbers) -> Numbers:
    """Return, for each edge, the sum over all moments before it of the time that has passed since."""
    import numpy as np

    ordered = np.sort(moments)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    before = np.searchsorted(ordered, edges)
    return np.asarray(edges * before - sums[before], dtype=float)


def _count(moments: Numbers, edges: Numbers) -> Any:
    """Return how many of the moments lie in each step; a moment on an edge belongs to the step that it opens."""
    import numpy as np

    return np.diff(np.searchsorted(np.sort(moments), edges))


def _step_integral(events: Sequence[ScalingEvent], field: str, edges: Numbers) -> Numbers:
    """Return the replica-seconds in each step: what changes by `field` at each event, summed up over time."""
    import numpy as np

    moments = np.array([event.seconds for event in events])
    changes = np.array([getattr(event, field) for event in events], dtype=float)
    since = np.array([(changes * np.maximum(edge - moments, 0)).sum() for edge in edges])
    return np.diff(since)
