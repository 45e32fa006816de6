"""A model behind HTTP, as the gateway calls it: asynchronous, and with failures as the provider port's errors."""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol, Self

from archkit.gateway.request import Request
from archkit.providers.port import Completion, RateLimited, Rejected, Unavailable

if TYPE_CHECKING:
    import httpx

    from archkit.prices import ModelPrice

__all__ = ["Garbled", "Model", "TimedOut", "Upstream"]


class TimedOut(Unavailable):
    """Nothing came in time. The service may be working on the request all the same."""


class Garbled(Unavailable):
    """Something came that is no answer: no JSON, or not of the expected form."""


class Model(Protocol):
    """Whoever the gateway can ask. It is opened and closed with the gateway, as an asynchronous context."""

    @property
    def name(self) -> str:
        """What to call it."""

    @property
    def price(self) -> ModelPrice | None:
        """What its tokens cost; None for nothing."""

    async def complete(self, request: Request, *, seconds: float) -> Completion:
        """Answer a request.

        Args:
            request: what is asked.
            seconds: how long the caller will wait. It cancels the call when they are over.

        Raises:
            archkit.providers.port.ProviderError: if there is no answer.
        """

    async def __aenter__(self) -> Self:
        """Open what is kept open between calls."""

    async def __aexit__(self, *problem: object) -> None:
        """Close it."""


class Upstream:
    """A model behind `POST {base_url}/chat/completions`, the wire format of OpenAI's Chat Completions."""

    def __init__(self, base_url: str, api_key: str, name: str, *, price: ModelPrice | None = None) -> None:
        """Take the address up to and with `/v1`, a key, the model's name as the service knows it, and its price."""
        self.name, self.price = name, price
        self._base_url, self._headers = base_url, {"Authorization": f"Bearer {api_key}"}
        self._client: httpx.AsyncClient | None = None

    async def complete(self, request: Request, *, seconds: float) -> Completion:
        """Answer a request; see `Model.complete`."""
        import httpx

        if self._client is None:
            raise RuntimeError(f"{self.name} is not open. Use the gateway in an `async with` block, or `drive` it.")
        try:
            # httpx counts these seconds anew for each piece that arrives; the whole is bounded by the gateway.
            answer = await self._client.post(
                "/chat/completions",
                json=self._body(request),
                headers={"Idempotency-Key": request.key},
                timeout=seconds,
            )
        except httpx.TimeoutException as problem:
            raise TimedOut(f"{type(problem).__name__} within {seconds:.2f} s") from problem
        except httpx.TransportError as problem:
            raise Unavailable(f"{type(problem).__name__}: {problem}") from problem
        _refuse(answer)
        return _read(answer)

    def _body(self, request: Request) -> dict[str, Any]:
        messages = [{"role": "system", "content": request.system}] if request.system else []
        messages.append({"role": "user", "content": request.question})
        return {"model": self.name, "messages": messages, "max_tokens": request.max_tokens, "temperature": 0}

    async def __aenter__(self) -> Self:
        import httpx

        # Loopback is never behind a proxy, whatever the environment says about others.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
        self._client = httpx.AsyncClient(base_url=self._base_url, headers=self._headers, limits=limits, trust_env=False)
        return self

    async def __aexit__(self, *problem: object) -> None:
        if self._client is not None:
            await self._client.aclose()
        self._client = None


def _refuse(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    said = f"HTTP {answer.status_code}"
    if answer.status_code == 429:
        raise RateLimited(said, _seconds_to_wait(answer.headers.get("retry-after", "")))
    if answer.status_code >= 500 or answer.status_code == 408:
        raise Unavailable(said)
    raise Rejected(f"{said}: {answer.text[:200]}")


def _seconds_to_wait(retry_after: str) -> float:
    """Read a Retry-After header: seconds, or a date (RFC 9110, section 10.2.3). Without a readable one, 1 second."""
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return 1.0


def _read(answer: httpx.Response) -> Completion:
    try:
        body = answer.json()
        choice, usage = body["choices"][0], body["usage"]
        text = choice["message"]["content"]
        completion = Completion(
            text=text,
            stop="length" if choice["finish_reason"] == "length" else "finished",
            input_tokens=int(usage["prompt_tokens"]),
            output_tokens=int(usage["completion_tokens"]),
        )
    except (json.JSONDecodeError, UnicodeDecodeError, LookupError, TypeError, ValueError) as problem:
        raise Garbled(f"HTTP 200 without an answer in it ({type(problem).__name__})") from problem
    if not isinstance(text, str):
        raise Garbled("HTTP 200 with an answer that is no text")
    return completion
