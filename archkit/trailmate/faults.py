"""Faults to put into Trailmate's agents: a model that stalls, breaks, is refused or answers nonsense. Simulated."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatResult
from langchain_core.runnables import Runnable, RunnableBinding
from langchain_core.tools import BaseTool
from pydantic import PrivateAttr

from archkit.models.behaviour import with_latency, with_malformed_output, with_rate_limit

__all__ = ["FAULTS", "STALL_SECONDS", "Fault", "faulty"]

Fault = Literal["timeout", "exception", "malformed output", "rate limit"]
FAULTS: tuple[Fault, ...] = ("timeout", "exception", "malformed output", "rate limit")

STALL_SECONDS = 600.0
"""How long a stalled model keeps a request: as long as OpenAI's Python client waits unless it is told otherwise
(`openai._constants.DEFAULT_TIMEOUT` of openai 3.54.0)."""


def faulty(model: BaseChatModel, fault: Fault, *, times: int | None = None, seed: int = 0) -> BaseChatModel:
    """Return a model with a fault.

    Args:
        model: the healthy model.
        fault: "timeout" (no answer for ten minutes), "exception" (the connection fails), "malformed output" (answers
            are cut short, or have arguments that do not fit) or "rate limit" (requests are refused).
        times: how many requests the fault strikes before the model is well again; None for all.
        seed: of the malformed answers.

    Raises:
        ValueError: if there is no such fault.
    """
    if fault == "timeout":
        broken = with_latency(model, seconds=STALL_SECONDS)
    elif fault == "exception":
        broken = _Unreachable()
    elif fault == "malformed output":
        broken = with_malformed_output(model, 1.0, seed=seed)
    elif fault == "rate limit":
        broken = with_rate_limit(model, 1, clock=lambda: 0.0)
        broken.invoke("Somebody else's request, which uses the minute's only one up.")
    else:
        raise ValueError(f"There is no fault {fault!r}. Choose one of: {', '.join(FAULTS)}.")
    return _AtFirst(broken=broken, healthy=model, times=times)


class _Unreachable(BaseChatModel):
    """A model whose server does not answer."""

    @property
    def _llm_type(self) -> str:
        return "unreachable"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise ConnectionError("Simulated: the model's server cannot be reached.")


class _AtFirst(BaseChatModel):
    """A model that is broken for its first requests, and well after them."""

    broken: BaseChatModel
    healthy: BaseChatModel
    times: int | None = None
    _asked: int = PrivateAttr(default=0)

    @property
    def _llm_type(self) -> str:
        return f"faulty-{self.healthy._llm_type}"

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools as the healthy model does, and keep this one in its place."""
        bound = self.healthy.bind_tools(tools, **kwargs)
        described = bound.kwargs if isinstance(bound, RunnableBinding) else {"tools": tools, **kwargs}
        return self.bind(**described)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self._next()._generate(messages, stop, run_manager, **kwargs)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return await self._next()._agenerate(messages, stop, run_manager, **kwargs)

    def _next(self) -> BaseChatModel:
        self._asked += 1
        return self.broken if self.times is None or self._asked <= self.times else self.healthy
