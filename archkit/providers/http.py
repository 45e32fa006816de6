"""JSON and server-sent events over HTTP, with failures turned into the port's errors."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from archkit.providers.port import RateLimited, Rejected, Unavailable

__all__ = ["Connection"]


class Connection:
    """Where a vendor's service is, and how to speak to it."""

    def __init__(self, base_url: str, headers: Mapping[str, str]) -> None:
        """Remember address and headers; nothing is sent yet."""
        # Loopback is never behind a proxy, whatever the environment says about others.
        self._client = httpx.Client(base_url=base_url, headers=dict(headers), timeout=120, trust_env=False)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send JSON and return the JSON answered.

        Raises:
            archkit.providers.port.ProviderError: if there is no answer.
        """
        with _as_port_errors():
            answer = self._client.post(path, json=body)
            _refuse(answer)
            return answer.json()

    def events(self, path: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Send JSON and yield the data of each server-sent event, up to the end or to `[DONE]`.

        Raises:
            archkit.providers.port.ProviderError: if there is no answer, or it breaks off.
        """
        with _as_port_errors(), self._client.stream("POST", path, json=body) as answer:
            if answer.is_error:
                answer.read()
            _refuse(answer)
            for line in answer.iter_lines():
                data = line.removeprefix("data:").strip()
                if line.startswith("data:") and data != "[DONE]":
                    yield json.loads(data)

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._client.close()


@contextmanager
def _as_port_errors() -> Iterator[None]:
    try:
        yield
    except (httpx.TransportError, json.JSONDecodeError) as problem:
        raise Unavailable(f"No answer: {problem}") from problem


def _refuse(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    said = f"HTTP {answer.status_code}: {answer.text[:200]}"
    if answer.status_code == 429:
        raise RateLimited(said, float(answer.headers.get("retry-after", 1)))
    if answer.status_code >= 500:  # 529, "overloaded", is one vendor's own
        raise Unavailable(said)
    raise Rejected(said)
