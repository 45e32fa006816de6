"""What a run asked of models: requests, tokens, and what they would cost at a recorded price."""

import json
import threading
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from archkit.prices import ModelPrice

__all__ = ["Meter", "dollars"]


class Meter(BaseCallbackHandler):
    """Counts model calls from outside the graph, failed ones too. Hand it to a run as a callback.

    A call that was answered counts the tokens of its `usage_metadata`. One that was cut off or timed out counts its
    prompt, since a provider has read it by then and may bill it. One that was refused or never arrived counts as a
    request without tokens. That is a convention, and providers differ.

    Attributes:
        requests: calls that were made, whatever became of them.
        output_tokens: tokens of the answers.
    """

    run_inline = True

    def __init__(self) -> None:
        """Start at zero."""
        self.requests = 0
        self.output_tokens = 0
        self._answered_input = 0
        self._unanswered: dict[UUID, int] = {}
        self._lock = threading.Lock()

    @property
    def input_tokens(self) -> int:
        """Tokens of the prompts that count as billed."""
        return self._answered_input + sum(self._unanswered.values())

    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Note a request and the length of its prompt."""
        from archkit.embeddings import word_pieces

        tools = (kwargs.get("invocation_params") or {}).get("tools") or ()
        prompt = sum(len(word_pieces(message.text)) for batch in messages for message in batch)
        prompt += len(word_pieces(json.dumps(tools, default=str))) if tools else 0
        with self._lock:
            self.requests += 1
            self._unanswered[run_id] = prompt

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """Take the tokens of an answer from its own count."""
        with self._lock:
            estimate = self._unanswered.pop(run_id, 0)
            for generation in response.generations[0]:
                message = generation.message if isinstance(generation, ChatGeneration) else None
                usage = getattr(message, "usage_metadata", None)
                self._answered_input += usage["input_tokens"] if usage else estimate
                self.output_tokens += usage["output_tokens"] if usage else 0

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the prompt of a request that was refused or did not arrive."""
        if not isinstance(error, TimeoutError):
            with self._lock:
                self._unanswered.pop(run_id, None)


def dollars(price: ModelPrice, input_tokens: int, output_tokens: int) -> float:
    """Return what tokens would cost at a recorded price, in US dollars."""
    return (input_tokens * price.input + output_tokens * price.output) / 1e6
