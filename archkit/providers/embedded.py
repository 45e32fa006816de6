"""Adapter for the course's embedded model, which answers in this process and speaks no wire format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archkit.providers.port import Completion, RateLimited

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["Embedded"]


class Embedded:
    """A provider that is a LangChain chat model: by default the embedded one."""

    def __init__(self, model: BaseChatModel | None = None, *, name: str = "embedded") -> None:
        """Take a model in place of `chat_model("embedded")`, such as one that is rate-limited."""
        from archkit.models import chat_model

        self.name, self._model = name, model or chat_model("embedded")

    def complete(self, system: str, question: str, *, max_tokens: int) -> Completion:
        """Answer a question; see `Provider.complete`."""
        from archkit.models.behaviour import RateLimitError

        try:
            answer = self._model.invoke([("system", system), ("human", question)], max_tokens=max_tokens)
        except RateLimitError as limit:
            raise RateLimited(str(limit), limit.retry_after) from limit
        usage = answer.usage_metadata or {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
        return Completion(
            text=answer.text,
            stop="length" if answer.response_metadata["finish_reason"] == "length" else "finished",
            input_tokens=usage["input_tokens"],
            output_tokens=usage["output_tokens"],
        )

    def stream(self, system: str, question: str, *, max_tokens: int) -> Iterator[str]:
        """Yield the answer piece by piece; see `Provider.stream`."""
        from archkit.models.behaviour import RateLimitError

        try:
            for chunk in self._model.stream([("system", system), ("human", question)], max_tokens=max_tokens):
                if chunk.text:
                    yield chunk.text
        except RateLimitError as limit:
            raise RateLimited(str(limit), limit.retry_after) from limit
