"""Adapter for services that speak the wire format of OpenAI's Chat Completions, as llama.cpp's server does."""

from collections.abc import Iterator
from typing import Any

from archkit.providers.http import Connection
from archkit.providers.port import Completion

__all__ = ["ChatCompletions"]


class ChatCompletions:
    """A provider behind `POST {base_url}/chat/completions`."""

    def __init__(self, base_url: str, api_key: str, model: str, *, name: str = "chat completions") -> None:
        """Take the address up to and with `/v1`, a key, and the model's name as the service knows it."""
        self.name, self._model = name, model
        self._connection = Connection(base_url, {"Authorization": f"Bearer {api_key}"})

    def complete(self, system: str, question: str, *, max_tokens: int) -> Completion:
        """Answer a question; see `Provider.complete`."""
        answer = self._connection.post("/chat/completions", self._body(system, question, max_tokens))
        choice = answer["choices"][0]
        return Completion(
            text=choice["message"]["content"],
            stop="length" if choice["finish_reason"] == "length" else "finished",
            input_tokens=answer["usage"]["prompt_tokens"],
            output_tokens=answer["usage"]["completion_tokens"],
        )

    def stream(self, system: str, question: str, *, max_tokens: int) -> Iterator[str]:
        """Yield the answer piece by piece; see `Provider.stream`."""
        body = {**self._body(system, question, max_tokens), "stream": True}
        for event in self._connection.events("/chat/completions", body):
            if event["choices"] and (piece := event["choices"][0]["delta"].get("content")):
                yield piece

    def _body(self, system: str, question: str, max_tokens: int) -> dict[str, Any]:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
        return {"model": self._model, "messages": messages, "max_tokens": max_tokens, "temperature": 0}
