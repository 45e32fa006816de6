"""The desk: the program's only way to the specialists, and what it raises when one fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, NoReturn

__all__ = ["Desk", "RateLimited", "SpecialistDown", "SpecialistError", "SpecialistTimeout"]


class SpecialistError(Exception):
    """A specialist gave no reply. Raised itself when the request breaks the specialist's schema."""


class SpecialistTimeout(SpecialistError):
    """The specialist did not reply within the timeout. Whether it did its work is unknown."""


class SpecialistDown(SpecialistError):
    """The specialist refused the connection."""


class RateLimited(SpecialistError):
    """The specialist takes no more calls for now.

    Attributes:
        retry_after_ms: how long it asks to wait, in ms.
    """

    def __init__(self, message: str, retry_after_ms: int) -> None:
        self.retry_after_ms = retry_after_ms
        super().__init__(message)


_ERRORS = {"timeout": SpecialistTimeout, "down": SpecialistDown, "refused": SpecialistError}


class Desk:
    """What the program is given to work with. The harness makes it; a program only calls it.

    Attributes:
        customer: id of the authenticated customer of this conversation.
    """

    def __init__(self, customer: str, exchange: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self.customer = customer
        self._exchange = exchange

    def call(
        self,
        specialist: str,
        request: dict[str, Any],
        *,
        timeout_ms: int | None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Ask a specialist and wait, in simulated time, for its reply.

        Args:
            specialist: its id.
            request: what it is asked, by its schema.
            timeout_ms: how long to wait at most, in ms; None for ever.
            idempotency_key: for an action, which is carried out once for each key.

        Returns:
            The reply. It may break its schema: check it before it reaches a customer.

        Raises:
            SpecialistTimeout: no reply within the timeout.
            SpecialistDown: no connection.
            RateLimited: too many calls.
            SpecialistError: the request breaks the specialist's schema.
        """
        answer = self._exchange(_message(specialist, request, timeout_ms, idempotency_key))
        return _reply(answer, specialist, timeout_ms)

    async def acall(
        self,
        specialist: str,
        request: dict[str, Any],
        *,
        timeout_ms: int | None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Do as `call` does, without holding up other coroutines: for nodes that are `async def`."""
        answer = self._exchange({**_message(specialist, request, timeout_ms, idempotency_key), "waits": False})
        if answer.get("error") == "hung":
            await asyncio.get_running_loop().create_future()  # only a timeout around this call ends it
        await asyncio.sleep(answer.get("takes_ms", 0) / 1000)
        return _reply(answer, specialist, timeout_ms)


def _message(specialist: str, request: object, timeout_ms: object, key: object) -> dict[str, Any]:
    if not isinstance(specialist, str):
        _refuse("the first argument", specialist, "the id of a specialist, a text")
    if not isinstance(request, dict):
        _refuse("request", request, "a dictionary by the specialist's schema")
    if timeout_ms is not None and (not isinstance(timeout_ms, int) or isinstance(timeout_ms, bool) or timeout_ms < 1):
        _refuse("timeout_ms", timeout_ms, "a whole number of milliseconds from 1, or None to wait for ever")
    if key is not None and not (isinstance(key, str) and 0 < len(key) <= 200):
        _refuse("idempotency_key", key, "a text of 1 to 200 characters, or None")
    try:
        size = len(json.dumps(request, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"desk.call: the request to {specialist} cannot be sent as JSON ({error}).") from None
    if size > 20_000:
        raise ValueError(f"desk.call: the request to {specialist} has {size:,} characters; at most 20,000 are taken.")
    return {
        "op": "call",
        "specialist": specialist[:80],
        "request": request,
        "timeout_ms": timeout_ms,
        "idempotency_key": key,
    }


def _refuse(what: str, given: object, expected: str) -> NoReturn:
    raise TypeError(f"desk.call: {what} is {given!r:.60}; expected {expected}.")


def _reply(answer: dict[str, Any], specialist: str, timeout_ms: int | None) -> dict[str, Any]:
    error = answer.get("error")
    if error is None:
        return dict(answer["reply"])
    if error == "rate_limited":
        wait = int(answer["retry_after_ms"])
        raise RateLimited(f"{specialist} takes no more calls for now; it asks to wait {wait:,} ms.", wait)
    said = {
        "timeout": f"{specialist} did not reply within {timeout_ms:,} ms." if timeout_ms else "",
        "down": f"{specialist} refused the connection.",
        "refused": str(answer.get("message", "")),
    }
    raise _ERRORS[error](said[error])
