"""Put requests to a gateway, and count what their senders saw and what it cost."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archkit.gateway.gateway import Gateway
from archkit.gateway.request import Call, Served

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Run", "compared", "drive"]


@dataclass(frozen=True)
class Run:
    """What became of many requests.

    Attributes:
        served: each request, in the order in which they came.
        began: when the run began, in seconds of the event loop's clock.
    """

    served: tuple[Served, ...]
    began: float

    @property
    def calls(self) -> list[Call]:
        """Every call of a model."""
        return [call for one in self.served for call in one.calls]

    @property
    def amplification(self) -> float:
        """Calls of models for each request."""
        return len(self.calls) / len(self.served)

    @property
    def errors(self) -> int:
        """How many users got an error."""
        return sum(one.failed for one in self.served)

    @property
    def dollars_per_1000(self) -> float:
        """US dollars for a thousand requests, by the tokens that were reported."""
        return 1_000 * sum(one.dollars for one in self.served) / len(self.served)

    @property
    def by(self) -> Counter[str]:
        """How many requests each step answered; "" counts the errors."""
        return Counter(one.by for one in self.served)

    @property
    def outcomes(self) -> Counter[str]:
        """How many calls ended in each way."""
        return Counter(call.outcome for call in self.calls)

    def milliseconds(self, percent: float) -> float:
        """Return the time that this share of the requests stayed within, by nearest rank.

        Args:
            percent: above 0 and up to 100; 95 for the 95th percentile.

        Raises:
            ValueError: if it is not.
        """
        if not 0 < percent <= 100:
            raise ValueError(f"A percentile is above 0 and at most 100, but {percent} was given.")
        times = sorted(one.seconds for one in self.served)
        return 1_000 * times[math.ceil(percent / 100 * len(times)) - 1]


def drive(
    gateway: Gateway,
    questions: Sequence[str],
    *,
    users: int = 1,
    per_second: float | None = None,
    events: Sequence[tuple[float, Callable[[], None]]] = (),
) -> Run:
    """Open a gateway, put questions to it, and close it.

    It works in a thread of its own, so that it can be called from a notebook, from a widget, or from anywhere else.

    Args:
        gateway: the gateway.
        questions: one for each request, in order; at least one.
        users: how many ask at the same time. Each asks the next question when the last is answered.
        per_second: how many requests come in a second, whatever becomes of those before them; None for `users`.
        events: what else happens: the seconds after the beginning, and what is done then.

    Raises:
        ValueError: if there is no question, no user, or no rate above 0.
    """
    if not questions or users < 1 or (per_second is not None and per_second <= 0):
        raise ValueError(
            f"{len(questions)} questions, {users} users and {per_second} requests a second were given. Expected at "
            "least one question, at least one user, and a rate above 0."
        )
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _drive(gateway, questions, users, per_second, events)).result()


async def _drive(
    gateway: Gateway,
    questions: Sequence[str],
    users: int,
    per_second: float | None,
    events: Sequence[tuple[float, Callable[[], None]]],
) -> Run:
    loop = asyncio.get_running_loop()
    served: dict[int, Served] = {}

    async def ask(number: int) -> None:
        served[number] = await gateway.ask(questions[number])

    async def user(numbers: Iterator[int]) -> None:
        for number in numbers:  # shared by all users: each takes the next one
            await ask(number)

    async with gateway:
        began = loop.time()
        handles = [loop.call_at(began + after, happens) for after, happens in events]
        numbers = iter(range(len(questions)))
        try:
            async with asyncio.TaskGroup() as tasks:
                if per_second is None:
                    for _ in range(users):
                        tasks.create_task(user(numbers))
                else:
                    for number in numbers:
                        await asyncio.sleep(began + number / per_second - loop.time())
                        tasks.create_task(ask(number))
        finally:
            for handle in handles:
                handle.cancel()
    return Run(tuple(served[number] for number in range(len(questions))), began)


def compared(**runs: Run) -> pd.DataFrame:
    """Put runs side by side, one row each: the times, what users saw, and what it cost.

    Times and dollars depend on the machine as far as calls do. Dollars are those of reported tokens.
    """
    import pandas as pd

    rows = {
        name.replace("_", " "): {
            "p50, ms": round(run.milliseconds(50)),
            "p95, ms": round(run.milliseconds(95)),
            "p99, ms": round(run.milliseconds(99)),
            "errors": run.errors,
            "calls for each request": round(run.amplification, 2),
            "dollars per 1,000": round(run.dollars_per_1000, 2),
        }
        for name, run in runs.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")
