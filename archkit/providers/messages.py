"""Adapter for services that speak the wire format of Anthropic's Messages."""

from collections.abc import Iterator
from typing import Any

from archkit.providers.http import Connection
from archkit.providers.port import Completion, Unavailable

__all__ = ["Messages"]


class Messages:
    """A provider behind `POST {base_url}/messages`."""

    def __init__(self, base_url: str, api_key: str, model: str, *, name: str = "messages") -> None:
        """Take the address up to and with `/v1`, a key, and the model's name as the service knows it."""
        self.name, self._model = name, model
        self._connection = Connection(base_url, {"x-api-key": api_key, "anthropic-version": "2023-06-01"})

    def complete(self, system: str, question: str, *, max_tokens: int) -> Completion:
        """Answer a question; see `Provider.complete`."""
        answer = self._connection.post("/messages", self._body(system, question, max_tokens))
        return Completion(
            text="".join(block["text"] for block in answer["content"] if block["type"] == "text"),
            stop="length" if answer["stop_reason"] == "max_tokens" else "finished",
            input_tokens=answer["usage"]["input_tokens"],
            output_tokens=answer["usage"]["output_tokens"],
        )

    def stream(self, system: str, question: str, *, max_tokens: int) -> Iterator[str]:
        """Yield the answer piece by piece; see `Provider.stream`."""
        body = {**self._body(system, question, max_tokens), "stream": True}
        for event in self._connection.events("/messages", body):
            if event["type"] == "error":  # this format can fail after it has begun with status 200
                raise Unavailable(event["error"]["message"])
            if event["type"] == "content_block_delta" and event["delta"]["type"] == "text_delta":
                yield event["delta"]["text"]

    def _body(self, system: str, question: str, max_tokens: int) -> dict[str, Any]:
        messages = [{"role": "user", "content": question}]
        return {
            "model": self._model,
            "system": system,
            "messages": messages,
            "max_tokens": max_tokens,
            "temperature": 0,
        }
