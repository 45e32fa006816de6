"""What a piece of work costs: seconds, processes and memory while it runs, and the packages that a tool brings."""

from __future__ import annotations

import contextlib
import importlib.metadata
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import psutil

__all__ = ["JobCost", "JobCosts", "packages_behind"]

INTERVAL_S = 0.05


@dataclass(frozen=True)
class JobCost:
    """The cost of one job.

    Attributes:
        seconds: from its beginning to its end.
        processes: the most that it had beside this one at the same time.
        memory_mb: the most resident memory, in millions of bytes, that this process and all below it had more than at
            the job's beginning. Pages that processes share are counted in each, so it is an upper bound.
    """

    seconds: float
    processes: int
    memory_mb: float

    def __str__(self) -> str:
        """Return it as one line."""
        beside = f"{self.processes} process{'' if self.processes == 1 else 'es'} beside this one"
        return f"{self.seconds:.1f} s, {beside}, {self.memory_mb:.0f} MB more memory"


@dataclass
class JobCosts:
    """The costs of several jobs by name, in the order in which they ran; a job that runs again replaces its first cost.

    Use it as `with costs.job("plain"): ...`.
    """

    of: dict[str, JobCost] = field(default_factory=dict)

    @contextlib.contextmanager
    def job(self, name: str) -> Iterator[None]:
        """Measure what runs within, and print it. What fails is measured as well, up to its failure."""
        watch = _Watch()
        try:
            with watch:
                yield
        finally:
            self.of[name] = watch.cost()
            print(f"{name}: {self.of[name]}")

    def table(self) -> pd.DataFrame:
        """Return one row a job."""
        import pandas as pd

        rows = {name: (cost.seconds, cost.processes, cost.memory_mb) for name, cost in self.of.items()}
        return pd.DataFrame.from_dict(rows, orient="index", columns=["seconds", "processes", "memory, MB"])


def packages_behind(distribution: str) -> set[str]:
    """Return the installed distribution of this name with all that it needs in turn; nothing if it is not installed.

    Optional extras and requirements that do not hold on this computer are left out.
    """
    from packaging.requirements import Requirement

    found: set[str] = set()
    todo = [distribution]
    while todo:
        name = todo.pop().lower().replace("_", "-").replace(".", "-")
        if name in found:
            continue
        try:
            needed = [Requirement(text) for text in importlib.metadata.requires(name) or ()]
        except importlib.metadata.PackageNotFoundError:
            continue
        found.add(name)
        todo += [one.name for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found


class _Watch:
    """Looks at this process and all below it, again and again, from a thread."""

    def __init__(self) -> None:
        import psutil

        self._own = psutil.Process()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._before, self._already = self._seen()
        self._memory, self._processes = self._before, self._already
        self._began = self._stopped = time.perf_counter()

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._stopped = time.perf_counter()
        self._ended.set()
        self._thread.join()

    def cost(self) -> JobCost:
        """Return what was seen."""
        megabytes = (self._memory - self._before) / 1e6
        return JobCost(self._stopped - self._began, self._processes - self._already, megabytes)

    def _look(self) -> None:
        ended = False
        while not ended:
            ended = self._ended.wait(INTERVAL_S)
            memory, processes = self._seen()
            self._memory, self._processes = max(self._memory, memory), max(self._processes, processes)

    def _seen(self) -> tuple[int, int]:
        import psutil

        below: list[psutil.Process] = []
        with contextlib.suppress(psutil.Error):
            below = self._own.children(recursive=True)
        memory = 0
        for process in (self._own, *below):
            with contextlib.suppress(psutil.Error):  # it has ended in the meantime
                memory += process.memory_info().rss
        return memory, len(below)
