"""Behaviour that production models have and local ones lack, added to any chat model, simulated and seeded.

Each function takes a chat model and returns a chat model: tools, structured output, streaming, token counts and
asynchronous calls go through to the model inside. They nest: `with_latency(with_timeouts(model, ...), ...)`. The same
seed gives the same sequence of events to the same sequence of calls.
"""

import asyncio
import json
import random
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams, LanguageModelInput, ModelProfile
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableBinding, RunnableParallel, RunnableSequence
from langchain_core.tools import BaseTool
from pydantic import BaseModel

__all__ = ["RateLimitError", "with_latency", "with_malformed_output", "with_rate_limit", "with_timeouts"]

_T = TypeVar("_T")


class RateLimitError(Exception):
    """Too many requests, as a provider would say with HTTP status 429.

    Attributes:
        status_code: 429.
        retry_after: seconds until a request will be let through.
    """

    status_code = 429

    def __init__(self, requests_per_minute: int, retry_after: float) -> None:
        """Say the limit and when to come back."""
        self.retry_after = retry_after
        super().__init__(
            f"Simulated rate limit: {requests_per_minute} requests a minute are used up. "
            f"Try again in {retry_after:.1f} seconds."
        )


def with_latency(
    model: BaseChatModel,
    *,
    seconds: float | None = None,
    percentiles: Mapping[float, float] | None = None,
    seed: int = 0,
    sleep: Callable[[float], None] | None = None,
) -> BaseChatModel:
    """Make a model wait before it answers, or before its first token when it streams.

    The time waited stands in `response_metadata["simulated_latency_seconds"]`.

    Args:
        model: the model to slow down.
        seconds: the wait, the same every time. Give this or `percentiles`.
        percentiles: the wait in seconds at some percentiles, such as `{50: 0.4, 95: 1.5, 99: 4}`. Between them the
            logarithm of the wait is interpolated; below the first and above the last it stays at their values.
        seed: of the draws.
        sleep: waits in place of `time.sleep`, in asynchronous calls too; for tests and simulated clocks.

    Raises:
        ValueError: if not exactly one of `seconds` and `percentiles` is given, or they are out of range.
    """
    if (seconds is None) == (percentiles is None):
        raise ValueError("Give with_latency either seconds or percentiles, and not both.")
    curve = sorted(percentiles.items()) if percentiles is not None else [(50.0, float(seconds or 0.0))]
    waits = [wait for _, wait in curve]
    if not curve or waits != sorted(waits) or waits[0] < 0 or not all(0 <= at <= 100 for at, _ in curve):
        raise ValueError(
            "Waits must be at least 0 and must not fall as the percentile (0 to 100) rises, "
            f"but {dict(curve)} was given."
        )
    return _Behaved(inner=model, behaviour=_Latency(curve, seed, sleep))


def with_rate_limit(
    model: BaseChatModel, requests_per_minute: int, *, clock: Callable[[], float] = time.monotonic
) -> BaseChatModel:
    """Make a model refuse, with `RateLimitError`, what exceeds a number of requests in any 60 seconds.

    A refused request does not count towards the limit.

    Raises:
        ValueError: if the number is below 1.
    """
    if requests_per_minute < 1:
        raise ValueError(f"requests_per_minute must be at least 1, but {requests_per_minute} was given.")
    return _Behaved(inner=model, behaviour=_RateLimit(requests_per_minute, clock))


def with_timeouts(
    model: BaseChatModel,
    probability: float,
    *,
    seed: int = 0,
    after_seconds: float = 1.0,
    sleep: Callable[[float], None] | None = None,
) -> BaseChatModel:
    """Make some requests end with `TimeoutError` after a wait, instead of an answer.

    LangGraph's default retry policy does not retry a `TimeoutError` (it is an `OSError`): name it in `retry_on`.

    Args:
        model: the model to disturb.
        probability: of a timeout, 0 to 1.
        seed: of the draws.
        after_seconds: how long a request waits before it ends so.
        sleep: waits in place of `time.sleep`, in asynchronous calls too; for tests and simulated clocks.

    Raises:
        ValueError: if the probability is not between 0 and 1.
    """
    return _Behaved(inner=model, behaviour=_Timeouts(_Chance(probability, seed), after_seconds, sleep))


def with_malformed_output(model: BaseChatModel, probability: float, *, seed: int = 0) -> BaseChatModel:
    """Spoil some answers the way models do: JSON cut short, fields of another type, arguments that do not parse.

    Of a reply with tool calls (structured output included) one call is spoilt: its arguments end too early, so that
    the call becomes an invalid one, or one argument has another type, or is left out. A reply in JSON is cut short
    or has a field of another type. Prose is cut short, with `finish_reason` "length". What was done stands in
    `response_metadata["simulated_fault"]`. A spoilt answer is streamed in one piece.

    Raises:
        ValueError: if the probability is not between 0 and 1.
    """
    return _Behaved(inner=model, behaviour=_Malformed(_Chance(probability, seed)))


class _Chance:
    """Seeded draws that several threads may share."""

    def __init__(self, probability: float, seed: int) -> None:
        if not 0 <= probability <= 1:
            raise ValueError(f"A probability must be between 0 and 1, but {probability} was given.")
        self.probability = probability
        self._random, self._lock = random.Random(seed), threading.Lock()

    def strikes(self) -> bool:
        with self._lock:
            return self._random.random() < self.probability

    def choose(self, among: Sequence[_T]) -> _T:
        with self._lock:
            return self._random.choice(among)


class _Behaviour:
    """What happens to a request before it reaches the model, and to the answer before it is handed on."""

    sleep: Callable[[float], None] | None = None
    needs_whole_answer = False

    def enter(self) -> tuple[float, Exception | None]:
        """Return the seconds that a request waits, and what to raise then in place of asking the model."""
        return 0.0, None

    def change(self, message: AIMessage, waited: float) -> None:
        """Change an answer, or the first chunk of one, in place."""


class _Latency(_Behaviour):
    def __init__(self, curve: Sequence[tuple[float, float]], seed: int, sleep: Callable[[float], None] | None) -> None:
        self.curve, self.sleep = curve, sleep
        self._random, self._lock = random.Random(seed), threading.Lock()

    def enter(self) -> tuple[float, Exception | None]:
        with self._lock:
            at = 100 * self._random.random()
        below = [point for point in self.curve if point[0] <= at]
        above = [point for point in self.curve if point[0] > at]
        if not below or not above:
            return (below[-1] if below else above[0])[1], None
        (low, shorter), (high, longer) = below[-1], above[0]
        part = (at - low) / (high - low)
        if shorter == 0:
            return part * longer, None
        return shorter * (longer / shorter) ** part, None

    def change(self, message: AIMessage, waited: float) -> None:
        name = "simulated_latency_seconds"
        message.response_metadata[name] = message.response_metadata.get(name, 0.0) + waited


class _RateLimit(_Behaviour):
    def __init__(self, limit: int, clock: Callable[[], float]) -> None:
        self.limit, self.clock = limit, clock
        self._admitted: deque[float] = deque()
        self._lock = threading.Lock()

    def enter(self) -> tuple[float, Exception | None]:
        with self._lock:
            now = self.clock()
            while self._admitted and self._admitted[0] <= now - 60:
                self._admitted.popleft()
            if len(self._admitted) >= self.limit:
                return 0.0, RateLimitError(self.limit, min(60.0, self._admitted[0] + 60 - now))
            self._admitted.append(now)
            return 0.0, None


class _Timeouts(_Behaviour):
    def __init__(self, chance: _Chance, after_seconds: float, sleep: Callable[[float], None] | None) -> None:
        self.chance, self.after_seconds, self.sleep = chance, after_seconds, sleep

    def enter(self) -> tuple[float, Exception | None]:
        if not self.chance.strikes():
            return 0.0, None
        said = f"Simulated timeout: the model did not answer within {self.after_seconds:g} seconds."
        return self.after_seconds, TimeoutError(said)


class _Malformed(_Behaviour):
    needs_whole_answer = True

    def __init__(self, chance: _Chance) -> None:
        self.chance = chance

    def change(self, message: AIMessage, waited: float) -> None:
        if not self.chance.strikes():
            return
        # Some providers' packages keep the parsed or the raw call beside the message; it would contradict it now.
        for kept in ("parsed", "tool_calls"):
            message.additional_kwargs.pop(kept, None)
        if message.tool_calls:
            fault = self._spoil_call(message)
        elif isinstance(data := _json(message.text), dict) and data:
            fault = self._spoil_json(message, data)
        else:
            fault = "truncated text"
            words = message.text.split(" ")
            message.content = " ".join(words[: max(1, len(words) // 2)])
            message.response_metadata["finish_reason"] = "length"
        message.response_metadata["simulated_fault"] = fault

    def _spoil_call(self, message: AIMessage) -> str:
        place = self.chance.choose(range(len(message.tool_calls)))
        call = message.tool_calls[place]
        fault = self.chance.choose(["truncated arguments", "wrong type", "missing argument"])
        if fault == "truncated arguments" or not call["args"]:
            written = json.dumps(call["args"], ensure_ascii=False)
            del message.tool_calls[place]
            message.invalid_tool_calls.append(
                invalid_tool_call(
                    name=call["name"],
                    args=written[: max(1, len(written) // 2)],
                    id=call["id"],
                    error="Simulated fault: the arguments end before their JSON does.",
                )
            )
            return "truncated arguments"
        name = self.chance.choose(sorted(call["args"]))
        if fault == "missing argument":
            del call["args"][name]
        else:
            call["args"][name] = _of_another_type(call["args"][name])
        return f"{fault}: {name}"

    def _spoil_json(self, message: AIMessage, data: dict[str, Any]) -> str:
        fault = self.chance.choose(["truncated JSON", "wrong type"])
        if fault == "truncated JSON":
            message.content = message.text[: max(1, len(message.text.rstrip()) * 2 // 3)]
            return fault
        name = self.chance.choose(sorted(data))
        message.content = json.dumps({**data, name: _of_another_type(data[name])}, ensure_ascii=False)
        return f"{fault}: {name}"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _of_another_type(value: Any) -> Any:
    if isinstance(value, bool):
        return "perhaps"
    if isinstance(value, int | float):
        return f"about {value}"
    if isinstance(value, str):
        return [value]
    return str(value)


class _Behaved(BaseChatModel):
    """A chat model that passes everything on to the one inside it, under a behaviour."""

    inner: BaseChatModel
    behaviour: _Behaviour

    @property
    def _llm_type(self) -> str:
        return self.inner._llm_type

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return self.inner._identifying_params

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        return self.inner._get_ls_params(stop, **kwargs)

    def _resolve_model_profile(self) -> ModelProfile | None:
        return self.inner.profile

    def get_token_ids(self, text: str) -> list[int]:
        return self.inner.get_token_ids(text)

    def get_num_tokens(self, text: str) -> int:
        return self.inner.get_num_tokens(text)

    def get_num_tokens_from_messages(self, messages: Sequence[BaseMessage], *args: Any, **kwargs: Any) -> int:
        return self.inner.get_num_tokens_from_messages(messages, *args, **kwargs)  # type: ignore[arg-type]

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        return self._instead_of_inner(self.inner.bind_tools(tools, **kwargs))

    def with_structured_output(
        self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        return self._instead_of_inner(self.inner.with_structured_output(schema, include_raw=include_raw, **kwargs))

    def _instead_of_inner(self, runnable: Runnable[Any, Any]) -> Runnable[Any, Any]:
        """Put this model in the place of the one inside it, in what that one made of itself."""
        if runnable is self.inner:
            return self
        if isinstance(runnable, RunnableBinding):
            return runnable.model_copy(update={"bound": self._instead_of_inner(runnable.bound)})
        if isinstance(runnable, RunnableSequence):
            return RunnableSequence(*(self._instead_of_inner(step) for step in runnable.steps))
        if isinstance(runnable, RunnableParallel):
            return RunnableParallel({name: self._instead_of_inner(step) for name, step in runnable.steps__.items()})
        return runnable

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        waited, error = self.behaviour.enter()
        if waited:
            (self.behaviour.sleep or time.sleep)(waited)
        if error:
            raise error
        return self._changed(self.inner._generate(messages, stop, run_manager, **kwargs), waited)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        waited = await self._aenter()
        return self._changed(await self.inner._agenerate(messages, stop, run_manager, **kwargs), waited)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        if self._in_one_piece():
            yield _as_chunk(self._generate(messages, stop, None, **kwargs))
            return
        waited, error = self.behaviour.enter()
        if waited:
            (self.behaviour.sleep or time.sleep)(waited)
        if error:
            raise error
        for number, chunk in enumerate(self.inner._stream(messages, stop, run_manager, **kwargs)):
            if number == 0 and isinstance(chunk.message, AIMessageChunk):
                self.behaviour.change(chunk.message, waited)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        if self._in_one_piece():
            yield _as_chunk(await self._agenerate(messages, stop, None, **kwargs))
            return
        waited, first = await self._aenter(), True
        async for chunk in self.inner._astream(messages, stop, run_manager, **kwargs):
            if first and isinstance(chunk.message, AIMessageChunk):
                self.behaviour.change(chunk.message, waited)
            first = False
            yield chunk

    async def _aenter(self) -> float:
        waited, error = self.behaviour.enter()
        if waited and self.behaviour.sleep:
            self.behaviour.sleep(waited)
        elif waited:
            await asyncio.sleep(waited)
        if error:
            raise error
        return waited

    def _in_one_piece(self) -> bool:
        streams = type(self.inner)._stream is not BaseChatModel._stream
        streams = streams or type(self.inner)._astream is not BaseChatModel._astream
        return self.behaviour.needs_whole_answer or not streams

    def _changed(self, result: ChatResult, waited: float) -> ChatResult:
        for generation in result.generations:
            if isinstance(generation.message, AIMessage):
                self.behaviour.change(generation.message, waited)
        # The generation keeps a copy of the text, made before the change.
        changed = [
            ChatGeneration(message=generation.message, generation_info=generation.generation_info)
            for generation in result.generations
        ]
        return ChatResult(generations=changed, llm_output=result.llm_output)


def _as_chunk(result: ChatResult) -> ChatGenerationChunk:
    message = result.generations[0].message
    calls = [
        tool_call_chunk(name=one["name"], args=json.dumps(one["args"], ensure_ascii=False), id=one["id"], index=number)
        for number, one in enumerate(getattr(message, "tool_calls", ()))
    ]
    calls += [
        tool_call_chunk(name=one["name"], args=one["args"], id=one["id"], index=len(calls) + number)
        for number, one in enumerate(getattr(message, "invalid_tool_calls", ()))
    ]
    return ChatGenerationChunk(
        message=AIMessageChunk(
            content=message.content,
            additional_kwargs=message.additional_kwargs,
            response_metadata=message.response_metadata,
            usage_metadata=getattr(message, "usage_metadata", None),
            tool_call_chunks=calls,
            chunk_position="last",
        )
    )
