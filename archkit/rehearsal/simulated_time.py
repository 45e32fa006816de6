"""Simulated time for the process of a program: sleeping advances a clock instead of waiting.

Only `time.sleep`, `time.time`, `time.monotonic`, `time.perf_counter` and asyncio's timers follow the simulated clock;
locks, queues and futures with a timeout wait in real time, and `datetime.now` tells the real time.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Clock", "Stuck", "install", "new_event_loop"]

# What time.time() tells at the simulated zero: one moment in every run, so that replies are reproducible.
_EPOCH = 1_795_600_800.0
_MONOTONIC = 1_000.0


class Stuck(BaseException):
    """Nothing can happen any more: every coroutine waits, and no timer is set."""


class Clock:
    """The simulated time of this process, in ms; the stage owns it wherever calls block."""

    def __init__(self) -> None:
        self.now_ms = 0.0


def install(clock: Clock, wait: Callable[[float], None]) -> None:
    """Let this process live in simulated time.

    Args:
        clock: the simulated time.
        wait: called with the seconds that a blocking sleep takes.
    """

    def sleep(seconds: Any, /) -> None:
        if not isinstance(seconds, (int, float)):
            raise TypeError(f"time.sleep: {seconds!r:.60} is no number of seconds.")
        if not 0 <= seconds < 10_000_000:
            raise ValueError(f"time.sleep: {seconds!r} must be from 0 to 10 million seconds.")
        if seconds > 0:
            wait(float(seconds))

    time.sleep = sleep
    time.time = lambda: _EPOCH + clock.now_ms / 1000
    time.monotonic = lambda: _MONOTONIC + clock.now_ms / 1000
    time.perf_counter = lambda: _MONOTONIC + clock.now_ms / 1000

    class Policy(asyncio.DefaultEventLoopPolicy):
        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            return new_event_loop(clock)

    asyncio.set_event_loop_policy(Policy())


def new_event_loop(clock: Clock) -> asyncio.AbstractEventLoop:
    """Return an event loop whose timers follow the simulated clock.

    Whenever nothing is ready, the clock jumps to the next timer. Functions for threads run in place, one after the
    other, so that the order of events is the same in every run.
    """
    return _Loop(clock)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        super().__init__(_Selector(clock))

    def time(self) -> float:
        return _MONOTONIC + self._clock.now_ms / 1000

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        done: asyncio.Future[Any] = self.create_future()
        try:
            done.set_result(func(*args))
        except StopIteration as error:
            done.set_exception(RuntimeError(f"the function raised StopIteration({error.value!r})"))
        except Exception as error:
            done.set_exception(error)
        return done


class _Selector(selectors.BaseSelector):
    """A selector that never waits for longer than other threads need: it moves the clock instead."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._real = clock, selectors.DefaultSelector()
        self._threads_before = set(threading.enumerate())

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._real.select(0)
        threads_at_work = not self._threads_before.issuperset(threading.enumerate())
        if not ready and timeout != 0 and threads_at_work:
            ready = self._real.select(0.05)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            if threads_at_work:
                return self._real.select(1.0)
            raise Stuck
        self._clock.now_ms += max(timeout, 0) * 1000
        return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.get_key(fileobj)

    def close(self) -> None:
        self._real.close()
