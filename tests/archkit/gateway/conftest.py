"""An event loop without waiting, and models that do what a script says, for exact statements about time."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import pytest

from archkit.gateway import Request
from archkit.prices import ModelPrice
from archkit.providers.port import Completion, RateLimited, Rejected, Unavailable

T = TypeVar("T")


class _NobodyWaits(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Lets the loop's time pass at once, since nothing from outside can arrive before it has."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise AssertionError("The program waits for something that will never happen.")
        self.now += max(0.0, timeout)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.selector = _NobodyWaits()
        super().__init__(self.selector)

    def time(self) -> float:
        return self.selector.now


@pytest.fixture(scope="session")
def at_once() -> Callable[[Callable[[], Awaitable[T]]], T]:
    """Return a runner of asynchronous programs in which waiting takes no time, and the loop's clock shows it all."""

    def run(program: Callable[[], Awaitable[T]]) -> T:
        with asyncio.Runner(loop_factory=_Loop) as runner:
            return runner.run(_as_coroutine(program()))

    return run


async def _as_coroutine(awaitable: Awaitable[T]) -> T:
    return await awaitable


@dataclass(frozen=True)
class Deed:
    """What a scripted model does with one call: after some seconds it answers, or raises, or does nothing for ever."""

    seconds: float = 0.0
    does: str = "answer"
    obeys: bool = True  # whether it ends when it is cancelled


class Scripted:
    """A model that does one deed after the other, and the last one for ever; it keeps when it was called."""

    def __init__(self, *deeds: Deed, name: str = "scripted", price: ModelPrice | None = None) -> None:
        self.name, self.price, self._deeds = name, price, deeds or (Deed(),)
        self.called: list[float] = []
        self.keys: list[str] = []

    async def complete(self, request: Request, *, seconds: float) -> Completion:
        loop = asyncio.get_running_loop()
        deed = self._deeds[min(len(self.called), len(self._deeds) - 1)]
        self.called.append(loop.time())
        self.keys.append(request.key)
        until = loop.time() + (1e6 if deed.does == "hang" else deed.seconds)
        while True:
            try:
                await asyncio.sleep(until - loop.time())
                break
            except asyncio.CancelledError:
                if deed.obeys:
                    raise
        if deed.does == "rate limit":
            raise RateLimited("scripted", deed.seconds)
        problems = {"fail": Unavailable, "refuse": Rejected, "break": KeyError}
        if deed.does in problems:
            raise problems[deed.does]("scripted")
        return Completion("" if deed.does == "empty" else f"answer {len(self.called)}", "finished", 100, 10)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *problem: object) -> None:
        pass


def scripted(*deeds: Deed | str, **about: Any) -> Scripted:
    return Scripted(*[Deed(does=deed) if isinstance(deed, str) else deed for deed in deeds], **about)


@pytest.fixture(scope="session")
def model() -> Callable[..., Scripted]:
    """Return a maker of scripted models: each deed is a `Deed`, or one of its words."""
    return scripted


@pytest.fixture(scope="session")
def deed() -> type[Deed]:
    """Return the class of deeds, since test folders are no packages to import from."""
    return Deed


@pytest.fixture(scope="session")
def questions() -> Sequence[str]:
    return [f"Question {number}?" for number in range(60)]
