"""A stand-in for two vendors' services: real HTTP on loopback in their wire formats, the embedded model behind it.

It is there so that adapters and clients can be run, and made to fail, without a key and without a network. It speaks
text only: no tools, no pictures.
"""

from __future__ import annotations

import json
import socketserver
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage

__all__ = ["KEY", "MODEL", "StandIn"]

KEY = "key-for-the-stand-in"
"""The key that it wants to see; a stand-in guards nothing."""

MODEL = "stand-in-extractive"
"""The name by which it answers."""

_CHAT, _MESSAGES = "/v1/chat/completions", "/v1/messages"
_ERROR_TYPES = {400: "invalid_request_error", 401: "authentication_error", 429: "rate_limit_error"}
_ERROR_TYPES |= {500: "api_error", 529: "overloaded_error"}


class StandIn:
    """A server on a free port of the loopback interface, for use in a `with` block or until `stop`.

    It answers `POST /v1/chat/completions` as OpenAI's Chat Completions would, and `POST /v1/messages` as Anthropic's
    Messages would, streamed or whole.

    Attributes:
        requests: the path and the body of each request, oldest first.
    """

    def __init__(self, model: BaseChatModel | None = None) -> None:
        """Start it, with the embedded model or another one behind it."""
        from archkit.models import chat_model

        self.model = model or chat_model("embedded")
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self._failures: deque[tuple[int, float]] = deque()
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"stand_in": self}))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def base_url(self) -> str:
        """Where clients of either format are to be pointed."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def fail_next(self, status: int, *, times: int = 1, retry_after: float = 0.05) -> None:
        """Answer the next requests with an error, in place of what was set before.

        Args:
            status: the HTTP status, such as 429, 500 or 529.
            times: how many requests; 0 to recover.
            retry_after: seconds that a 429 tells the client to wait.
        """
        self._failures = deque([(status, retry_after)] * times)

    def stop(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        # HTTPServer would look up a name for the address, which can ask the network.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    stand_in: StandIn
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are sent apart; Nagle's algorithm would hold the second back 40 ms

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        self.stand_in.requests.append((self.path, body))
        if self.stand_in._failures:
            self._error(*self.stand_in._failures.popleft())
        elif self.path not in (_CHAT, _MESSAGES):
            self._error(404)
        elif KEY not in (self.headers.get("x-api-key"), self.headers.get("Authorization", "").removeprefix("Bearer ")):
            self._error(401)
        elif self.path == _MESSAGES and "max_tokens" not in body:
            self._error(400)
        else:
            self._answer(body)

    def _answer(self, body: Mapping[str, Any]) -> None:
        system = [("system", body["system"])] if "system" in body else []
        prompt = system + [(turn["role"], turn["content"]) for turn in body["messages"]]
        limit = body.get("max_tokens", body.get("max_completion_tokens"))
        answer = self.stand_in.model.invoke(prompt, max_tokens=limit)
        whole, events = (_chat_whole, _chat_events) if self.path == _CHAT else (_messages_whole, _messages_events)
        if not body.get("stream"):
            self._send(200, json.dumps(whole(answer)).encode())
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for kind, data in events(answer):
            name = f"event: {kind}\n" if kind else ""
            self.wfile.write(f"{name}data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode())

    def _error(self, status: int, retry_after: float | None = None) -> None:
        kind = _ERROR_TYPES.get(status, "not_found_error")
        problem = {"type": kind, "message": f"The stand-in answers {status}, as it was told to or as the request asks."}
        said = {"error": problem} if self.path == _CHAT else {"type": "error", "error": problem}
        wait = {"retry-after": f"{retry_after:g}"} if status == 429 else {}
        self._send(status, json.dumps(said).encode(), wait)

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: a notebook's output is for its reader."""


def _usage(answer: AIMessage) -> tuple[int, int]:
    usage = answer.usage_metadata
    return (usage["input_tokens"], usage["output_tokens"]) if usage else (0, 0)


def _cut_short(answer: AIMessage) -> bool:
    return bool(answer.response_metadata.get("finish_reason") == "length")


def _pieces(answer: AIMessage) -> Iterator[str]:
    for number, word in enumerate(answer.text.split(" ")):
        yield f" {word}" if number else word


def _chat_whole(answer: AIMessage) -> dict[str, Any]:
    prompt, written = _usage(answer)
    message = {"role": "assistant", "content": answer.text}
    return {
        "id": "chatcmpl-stand-in",
        "object": "chat.completion",
        "created": 0,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "length" if _cut_short(answer) else "stop"}],
        "usage": {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written},
    }


def _chat_events(answer: AIMessage) -> Iterator[tuple[str, Any]]:
    about = {"id": "chatcmpl-stand-in", "object": "chat.completion.chunk", "created": 0, "model": MODEL}

    def chunk(delta: dict[str, str], reason: str | None = None) -> dict[str, Any]:
        return {**about, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}

    yield "", chunk({"role": "assistant"})
    for piece in _pieces(answer):
        yield "", chunk({"content": piece})
    yield "", chunk({}, "length" if _cut_short(answer) else "stop")
    yield "", "[DONE]"


def _messages_whole(answer: AIMessage) -> dict[str, Any]:
    prompt, written = _usage(answer)
    return {
        "id": "msg_stand_in",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [{"type": "text", "text": answer.text}],
        "stop_reason": "max_tokens" if _cut_short(answer) else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": prompt, "output_tokens": written},
    }


def _messages_events(answer: AIMessage) -> Iterator[tuple[str, Any]]:
    whole = _messages_whole(answer)
    begun = {**whole, "content": [], "stop_reason": None, "usage": {**whole["usage"], "output_tokens": 1}}
    yield "message_start", {"type": "message_start", "message": begun}
    yield (
        "content_block_start",
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    )
    for piece in _pieces(answer):
        delta = {"type": "text_delta", "text": piece}
        yield "content_block_delta", {"type": "content_block_delta", "index": 0, "delta": delta}
    yield "content_block_stop", {"type": "content_block_stop", "index": 0}
    ended = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    usage = {"output_tokens": whole["usage"]["output_tokens"]}
    yield "message_delta", {"type": "message_delta", "delta": ended, "usage": usage}
    yield "message_stop", {"type": "message_stop"}
