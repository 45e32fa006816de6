"""The gateway: a ladder of steps that can answer, limits around each, and one deadline over all."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Self

from archkit.gateway.breaker import CircuitBreaker, Ticket
from archkit.gateway.request import Call, Kind, Outcome, Request, Served
from archkit.gateway.retry import Backoff, RetryBudget
from archkit.gateway.upstream import Garbled, Model, TimedOut
from archkit.providers.port import Completion, ProviderError, RateLimited, Rejected

__all__ = ["ERROR", "AnswerStep", "CircuitOpen", "Gateway", "ModelStep", "Observer"]

ERROR = "Something went wrong. Please try again later."
"""What a user reads when no step answered."""

_SECONDS_TO_END = 1.0  # for calls that were cancelled and have to close their connections

Observer = Callable[[Call], None]
"""Is told of each call of a model when it is over."""


class CircuitOpen(ProviderError):
    """No call was made, because the circuit breaker is open."""


def _has_words(completion: Completion) -> bool:
    return bool(completion.text.strip())


@dataclass(frozen=True)
class ModelStep:
    """A step of the ladder that asks a model.

    Attributes:
        model: whom it asks.
        seconds: how long it may take in all, with its retries and pauses.
        attempt_seconds: how long one attempt may take; None for as long as the step has.
        attempts: how many attempts at most: 1 is no retry.
        backoff: the pauses between them.
        budget: what limits retries and hedges over all requests; None for no limit.
        hedge_after: seconds after which a second call races the first; None for never.
        breaker: stops calls while the model keeps failing; None for none.
        accept: whether an answer will do. One that will not counts as garbled.
        notice: put before the answer, for the user to read.
    """

    model: Model
    seconds: float = 1.0
    attempt_seconds: float | None = None
    attempts: int = 1
    backoff: Backoff = field(default_factory=Backoff)
    budget: RetryBudget | None = None
    hedge_after: float | None = None
    breaker: CircuitBreaker | None = None
    accept: Callable[[Completion], bool] = _has_words
    notice: str = ""

    def __post_init__(self) -> None:
        positive = [limit for limit in (self.seconds, self.attempt_seconds, self.hedge_after) if limit is not None]
        if self.attempts < 1 or min(positive) <= 0:
            raise ValueError(
                f"attempts={self.attempts}, seconds={self.seconds}, attempt_seconds={self.attempt_seconds}, "
                f"hedge_after={self.hedge_after} was given for {self.name}. Expected at least one attempt and times "
                "above 0."
            )

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    def may_repeat(self) -> bool:
        """Ask the budget for one more call, a retry or a hedge: True if it may be made."""
        return self.budget is None or self.budget.take()


@dataclass(frozen=True)
class AnswerStep:
    """A step of the ladder that needs no model: an answer kept from earlier, a fixed sentence, a handover.

    Attributes:
        name: what to call it.
        answer: returns an answer, or None to leave the request to the next step. It has to be quick: nothing else is
            served while it runs.
        notice: put before the answer, for the user to read.
    """

    name: str
    answer: Callable[[Request], str | None]
    notice: str = ""


@dataclass
class _Running:
    task: asyncio.Task[Completion]
    kind: Kind
    began: float
    ticket: Ticket | None


class Gateway:
    """Answers requests by the first step that can, within a deadline. Use it in an `async with` block, or `drive` it.

    Attributes:
        observers: each is told of every call of a model. What one of them raises is kept in `observer_problems` and
            does no harm to the request.
        switched_off: names of steps that are passed over. It may be changed at any time, by an observer too.
    """

    def __init__(
        self,
        *steps: ModelStep | AnswerStep,
        deadline: float = 2.0,
        at_once: int | None = None,
        may_wait: int = 0,
        observers: Sequence[Observer] = (),
        seed: int = 0,
    ) -> None:
        """Take the ladder, best step first.

        Args:
            steps: who answers; each one only if those before it did not.
            deadline: seconds after which a request gets whatever there is. Steps without a model are still tried
                then, since they take no time.
            at_once: how many requests may be with the models at the same time; None for any number.
            may_wait: how many more may wait for that. Beyond them requests are shed: steps that ask a model are
                passed over.
            observers: who is told of each call.
            seed: of the jitter.

        Raises:
            ValueError: if there is no step, two have one name, or a limit cannot be meant.
        """
        names = [step.name for step in steps]
        if not steps or len(set(names)) < len(names):
            raise ValueError(f"The steps are {names}. Expected at least one, each with a name of its own.")
        if deadline <= 0 or may_wait < 0 or (at_once is not None and at_once < 1):
            raise ValueError(
                f"deadline={deadline}, at_once={at_once}, may_wait={may_wait} was given. Expected a deadline above 0 "
                "seconds, at least one request at once, and 0 or more that wait."
            )
        self.steps, self.deadline, self.at_once, self.may_wait = steps, deadline, at_once, may_wait
        self.observers = list(observers)
        self.observer_problems: list[Exception] = []
        self.switched_off: set[str] = set()
        self._dice = random.Random(seed)
        self._waiting = 0
        self._slots = asyncio.Semaphore(at_once or 1)
        self._left_behind: set[asyncio.Task[Completion]] = set()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._slots, self._waiting = asyncio.Semaphore(self.at_once or 1), 0
        for step in self.steps:
            if isinstance(step, ModelStep):
                await self._open.enter_async_context(step.model)
        return self

    async def __aexit__(self, *problem: object) -> None:
        if self._left_behind:
            await asyncio.wait(self._left_behind, timeout=_SECONDS_TO_END)
        await self._open.aclose()

    async def ask(self, question: str, *, system: str = "", max_tokens: int = 100, key: str = "") -> Served:
        """Answer a request. It never raises for what a model does, and returns by the deadline whatever that is.

        Args:
            question: the user's words.
            system: the system prompt.
            max_tokens: longest answer, in tokens.
            key: a name for the intention; without one, the gateway makes one.
        """
        request = Request(question, system, max_tokens, key or uuid.uuid4().hex)
        began = _now()
        served = Served(request, ERROR, "", began, 0.0)
        room = await self._room(began + self.deadline)
        calls: list[Call] = []
        problems: list[tuple[str, str]] = []
        try:
            for step in self.steps:
                try:
                    text = await self._from_step(step, request, room, began + self.deadline, calls)
                except ProviderError as problem:
                    problems.append((step.name, str(problem)))
                else:
                    served = replace(served, text=step.notice + text, by=step.name)
                    break
        finally:
            if room and self.at_once is not None:
                self._slots.release()
        return replace(served, seconds=_now() - began, calls=tuple(calls), problems=tuple(problems), shed=not room)

    async def _room(self, until: float) -> bool:
        """Wait for a place among those that are with the models; False if there is none, or none in time."""
        if self.at_once is None:
            return True
        if self._slots.locked() and self._waiting >= self.may_wait:
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout_at(until):
                await self._slots.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

    async def _from_step(
        self, step: ModelStep | AnswerStep, request: Request, room: bool, until: float, calls: list[Call]
    ) -> str:
        if step.name in self.switched_off:
            raise ProviderError("switched off")
        if isinstance(step, AnswerStep):
            try:
                text = step.answer(request)
            except Exception as problem:  # a broken cache must not take down what it is there for
                raise ProviderError(f"{type(problem).__name__}: {problem}") from problem
            if text is None:
                raise ProviderError("nothing kept for this question")
            return text
        if not room:
            raise ProviderError("shed: too many requests at once")
        return (await self._with_retries(step, request, min(until, _now() + step.seconds), calls)).text

    async def _with_retries(
        self,
        step: ModelStep,
        request: Request,
        until: float,
        calls: list[Call],
    ) -> Completion:
        for attempt in range(1, step.attempts + 1):
            kind: Kind = "first" if attempt == 1 else "retry"
            try:
                return await self._attempt(step, request, kind, until, calls)
            except (Rejected, CircuitOpen):
                raise  # the same request would be refused again, or not even sent
            except ProviderError as problem:
                pause = step.backoff.pause(attempt, self._dice)
                if isinstance(problem, RateLimited):
                    pause += problem.retry_after
                too_late = _now() + pause >= until
                if attempt == step.attempts or too_late or not step.may_repeat():
                    raise
                await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    async def _attempt(
        self, step: ModelStep, request: Request, kind: Kind, until: float, calls: list[Call]
    ) -> Completion:
        """Make one call, and a second one if the first is late. The first good answer counts."""
        now = _now()
        if step.attempt_seconds is not None:
            until = min(until, now + step.attempt_seconds)
        hedge_at = None if step.hedge_after is None else now + step.hedge_after
        running = [self._start(step, request, kind, until)]
        if kind == "first" and step.budget is not None:
            step.budget.pay_in()
        problem: Exception = TimedOut(f"no answer within {until - now:.2f} s")
        late: Outcome = "abandoned"
        try:
            while running:
                wake = until if hedge_at is None else min(until, hedge_at)
                # Waited for, not awaited: whatever becomes of the calls, this returns at `wake`.
                done, _ = await asyncio.wait(
                    [one.task for one in running], timeout=max(0.0, wake - _now()), return_when=asyncio.FIRST_COMPLETED
                )
                over = [one for one in running if one.task in done]
                running = [one for one in running if one.task not in done]
                results = [self._result(step, request, one, calls) for one in over]
                for result in results:
                    if isinstance(result, Completion):
                        return result
                    problem = result
                if over:
                    continue
                if hedge_at is None or hedge_at >= until:
                    late = "timed out"
                    break
                hedge_at = None
                if self._may_hedge(step):
                    running.append(self._start(step, request, "hedge", until))
        finally:
            for one in running:
                one.task.cancel()
                self._left_behind.add(one.task)
                one.task.add_done_callback(self._forget)
                self._tell(step, request, one, late, None, "", calls)
        if isinstance(problem, ProviderError):
            raise problem
        raise ProviderError(f"{type(problem).__name__}: {problem}") from problem

    def _may_hedge(self, step: ModelStep) -> bool:
        healthy = step.breaker is None or step.breaker.state(_now()) == "closed"
        return healthy and step.may_repeat()

    def _start(self, step: ModelStep, request: Request, kind: Kind, until: float) -> _Running:
        now = _now()
        ticket = None
        if step.breaker is not None and (ticket := step.breaker.let_through(now)) is None:
            raise CircuitOpen(f"the circuit breaker of {step.name} is open")
        # A service that keeps answers by their key would hand the hedge the first call's late answer.
        sent = replace(request, key=f"{request.key}/hedge") if kind == "hedge" else request
        return _Running(asyncio.ensure_future(step.model.complete(sent, seconds=until - now)), kind, now, ticket)

    def _result(self, step: ModelStep, request: Request, one: _Running, calls: list[Call]) -> Completion | Exception:
        """Read a call that is over: its answer if it will do, or what went wrong."""
        answer: Completion | None = None
        outcome: Outcome = "answered"
        problem: Exception | None = None
        if one.task.cancelled():
            outcome, problem = "failed", ProviderError("the call was cancelled")
        elif (raised := one.task.exception()) is not None:
            problem = raised if isinstance(raised, Exception) else ProviderError(repr(raised))
            outcome = _outcome_of(problem)
        else:
            answer = one.task.result()
            if not step.accept(answer):
                outcome, problem = "garbled", Garbled("the answer was not accepted")
        self._tell(step, request, one, outcome, answer, "" if problem is None else str(problem), calls)
        if problem is not None:
            return problem
        assert answer is not None
        return answer

    def _tell(
        self,
        step: ModelStep,
        request: Request,
        one: _Running,
        outcome: Outcome,
        answer: Completion | None,
        problem: str,
        calls: list[Call],
    ) -> None:
        """Book a call that is over: for the breaker, the request and the observers."""
        now = _now()
        if step.breaker is not None and one.ticket is not None:
            # A refused request says that the service is there; an abandoned call says nothing.
            well = None if outcome == "abandoned" else outcome in ("answered", "rejected")
            step.breaker.report(one.ticket, well, now)
        read, written = (answer.input_tokens, answer.output_tokens) if answer is not None else (0, 0)
        price = step.model.price
        dollars = 0.0 if price is None else (read * price.input + written * price.output) / 1e6
        call = Call(
            key=request.key,
            step=step.name,
            model=step.model.name,
            kind=one.kind,
            outcome=outcome,
            began=one.began,
            seconds=now - one.began,
            input_tokens=read,
            output_tokens=written,
            reported=answer is not None,
            dollars=dollars,
            problem=problem,
        )
        calls.append(call)
        for observer in self.observers:
            try:
                observer(call)
            except Exception as trouble:
                self.observer_problems.append(trouble)

    def _forget(self, task: asyncio.Task[Completion]) -> None:
        self._left_behind.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not report it as never retrieved


def _outcome_of(problem: Exception) -> Outcome:
    if isinstance(problem, RateLimited):
        return "rate limited"
    if isinstance(problem, Rejected):
        return "rejected"
    if isinstance(problem, TimedOut):
        return "timed out"
    return "garbled" if isinstance(problem, Garbled) else "failed"


def _now() -> float:
    return asyncio.get_running_loop().time()
