"""A stand-in for a hosted model's service: real HTTP on loopback, canned answers, and faults on demand.

It is no model. It is there so that a gateway can be attacked without a key, a network or a bill. Which fault a request
meets is drawn from a seed, the question, and how many times that question has come: the same run meets the same faults,
in whatever order its requests arrive.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from random import Random
from statistics import NormalDist
from typing import Any, Literal, Self, get_args

from archkit.gateway.upstream import Upstream
from archkit.local_service import LocalService
from archkit.prices import ModelPrice
from archkit.providers.port import Completion

__all__ = ["Arrival", "Fault", "Faults", "StandInModel", "canned_answer"]

Fault = Literal["slow", "error", "rate limit", "garbage", "empty", "drop", "hang", "drip"]
"""What can happen to a request.

- "slow": the answer is right, and late.
- "error": HTTP 500. "rate limit": HTTP 429, with a Retry-After header.
- "garbage": HTTP 200 and JSON that ends in the middle. "empty": a well-formed answer without words.
- "drop": the connection is closed in the middle of the answer.
- "hang": nothing is ever sent. "drip": a space every 50 ms, for ever, which is valid as the start of JSON.
"""

_DRIP_SECONDS = 0.05
_Send = Callable[[dict[str, Any]], Awaitable[None]]
_Receive = Callable[[], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True)
class Faults:
    """How a stand-in behaves.

    Attributes:
        shares: the share of requests that meets each fault, such as `{"error": 0.1}`; together at most 1.
        seconds: median time of an answer without a fault.
        spread: standard deviation of the logarithm of that time; 0 for always the same.
        slow_seconds: time of an answer that meets "slow".
        retry_after: seconds that a "rate limit" tells the client to wait.
        stick: whether a question that comes again meets the same fault again, because the cause is in the question.
        capacity: answers that can be worked on at once, the others wait; None for any number.
        seed: of all draws.

    Raises:
        ValueError: if a fault does not exist, or shares or times cannot be meant.
    """

    shares: Mapping[Fault, float] | None = None
    seconds: float = 0.01
    spread: float = 0.2
    slow_seconds: float = 0.2
    retry_after: float = 0.05
    stick: bool = False
    capacity: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        shares = dict(self.shares or {})
        unknown = sorted(set(shares) - set(get_args(Fault)))
        if unknown:
            raise ValueError(f"There is no fault {unknown[0]!r}. Choose from {', '.join(get_args(Fault))}.")
        if not all(0 <= share <= 1 for share in shares.values()) or sum(shares.values()) > 1 + 1e-9:
            raise ValueError(f"The shares are {shares}. Expected each from 0 to 1, and together at most 1.")
        if min(self.seconds, self.spread, self.slow_seconds, self.retry_after) < 0 or (self.capacity or 1) < 1:
            raise ValueError("Times and spread must be at least 0, and a capacity at least 1.")

    def draw(self, question: str, come: int) -> tuple[Fault | None, float]:
        """Return the fault that a question meets when it has come so many times, and the seconds its answer takes."""
        dice = Random(f"{self.seed}/{question}/{1 if self.stick else come}")
        drawn, deviation = dice.random(), NormalDist().inv_cdf(min(max(dice.random(), 1e-9), 1 - 1e-9))
        for fault, share in (self.shares or {}).items():
            if drawn < share:
                return fault, self.slow_seconds if fault == "slow" else self.seconds
            drawn -= share
        return None, self.seconds * math.exp(self.spread * deviation)


@dataclass(frozen=True)
class Arrival:
    """One request as the service saw it.

    Attributes:
        at: when it came, in seconds of `time.monotonic`, which is the event loop's clock too.
        question: its question.
        key: its idempotency key.
        fault: what it met; None for nothing.
        again: whether it was answered from the key, without being worked on or billed.
    """

    at: float
    question: str
    key: str
    fault: Fault | None
    again: bool = False


def canned_answer(question: str) -> Completion:
    """Return a canned answer that differs between questions, with as many tokens as Larkspur's case has for one."""
    from archkit.case import Case

    tokens = Case.demonstration().tokens
    read = tokens.instructions + tokens.question + tokens.passages * tokens.tokens_per_passage
    text = f"Canned answer {hashlib.sha256(question.encode()).hexdigest()[:6]}."
    return Completion(text, "finished", input_tokens=read, output_tokens=tokens.answer)


class StandInModel:
    """The service. Use it in a `with` block, or call `stop`.

    It bills every answer that it has finished, even if nobody waits for it any more, and nothing that it refused.

    Attributes:
        name: the model's name.
        faults: how it behaves from now on; replace it at any time.
        arrivals: every request, oldest first.
        billed: tokens of prompts and of answers that it has billed.
    """

    def __init__(
        self,
        name: str = "stand-in",
        faults: Faults | None = None,
        *,
        answer: Callable[[str], Completion] = canned_answer,
        keeps_answers: bool = False,
        price: ModelPrice | None = None,
    ) -> None:
        """Start it.

        Args:
            name: the model's name.
            faults: how it behaves; by default it is quick and well.
            answer: makes an answer out of a question. It has to be quick.
            keeps_answers: whether a request whose idempotency key has come before gets the answer of that time.
            price: what the gateway shall reckon with.
        """
        self.name, self.faults, self.price = name, faults or Faults(), price
        self.arrivals: list[Arrival] = []
        self.billed = Counter({"input": 0, "output": 0})
        self._answer, self._keeps_answers = answer, keeps_answers
        self._times: Counter[str] = Counter()
        self._kept: dict[str, asyncio.Future[Completion]] = {}
        self._workers: dict[int, asyncio.Semaphore] = {}

        async def application(scope: Mapping[str, Any], receive: _Receive, send: _Send) -> None:
            await self._application(scope, receive, send)

        self._service = LocalService(application)  # uvicorn takes a bound method for an application of another kind

    @property
    def base_url(self) -> str:
        """Where clients are to be pointed."""
        return f"{self._service.url}/v1"

    def upstream(self) -> Upstream:
        """Return a client for a gateway. Give each gateway its own."""
        return Upstream(self.base_url, "no key is needed", self.name, price=self.price)

    def forget(self) -> None:
        """Begin anew: no arrivals, nothing billed, no question seen before, no answer kept, nobody waiting."""
        self._workers = {}
        self.arrivals.clear()
        self.billed.clear()
        self._times.clear()
        self._kept.clear()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._service.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop()

    async def _application(self, scope: Mapping[str, Any], receive: _Receive, send: _Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if scope["path"] != "/v1/chat/completions":
            await _respond(send, 404, {"error": {"message": "The stand-in answers /v1/chat/completions only."}})
            return
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        question = str(json.loads(body)["messages"][-1]["content"])
        await self._serve(question, headers.get("idempotency-key", ""), receive, send)

    async def _serve(self, question: str, key: str, receive: _Receive, send: _Send) -> None:
        if self._keeps_answers and key in self._kept:
            self.arrivals.append(Arrival(time.monotonic(), question, key, None, again=True))
            await _respond(send, 200, self._body(await self._kept[key]))
            return
        faults = self.faults
        self._times[question] += 1
        come = self._times[question]
        fault, _ = faults.draw(question, come)
        self.arrivals.append(Arrival(time.monotonic(), question, key, fault))
        if fault == "error":
            await _respond(send, 500, {"error": {"message": "The stand-in fails, as it was told to."}})
        elif fault == "rate limit":
            wait = {"retry-after": f"{faults.retry_after:g}"}
            await _respond(send, 429, {"error": {"message": "The stand-in has had enough, as it was told to."}}, wait)
        elif fault == "hang":
            await _gone(receive)
        elif fault == "drip":
            await _drip(receive, send)
        else:
            await self._work(question, key, fault, come, send)

    async def _work(self, question: str, key: str, fault: Fault | None, come: int, send: _Send) -> None:
        kept: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
        if self._keeps_answers and key:
            self._kept[key] = kept
        capacity = self.faults.capacity
        workers = nullcontext() if capacity is None else self._workers.setdefault(capacity, asyncio.Semaphore(capacity))
        async with workers:
            # How quick it is shows when the work begins; it may have waited since it came.
            await asyncio.sleep(self.faults.draw(question, come)[1])
        completion = self._answer(question)
        if fault == "empty":
            completion = Completion("", "finished", completion.input_tokens, 0)
        self.billed.update(input=completion.input_tokens, output=completion.output_tokens)
        kept.set_result(completion)
        whole = json.dumps(self._body(completion)).encode()
        if fault == "garbage":
            await _respond(send, 200, whole[: len(whole) // 2])
        elif fault == "drop":
            await _break_off(send, whole)
        else:
            await _respond(send, 200, whole)

    def _body(self, completion: Completion) -> dict[str, Any]:
        message = {"role": "assistant", "content": completion.text}
        reason = "length" if completion.stop == "length" else "stop"
        usage = {"prompt_tokens": completion.input_tokens, "completion_tokens": completion.output_tokens}
        return {
            "id": "chatcmpl-stand-in",
            "object": "chat.completion",
            "created": 0,
            "model": self.name,
            "choices": [{"index": 0, "message": message, "finish_reason": reason}],
            "usage": {**usage, "total_tokens": sum(usage.values())},
        }


async def _respond(
    send: _Send, status: int, body: Mapping[str, Any] | bytes, headers: Mapping[str, str] | None = None
) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"content-type": "application/json", "content-length": str(len(data)), **(headers or {})}
    await _head(send, status, named)
    await send({"type": "http.response.body", "body": data})


async def _head(send: _Send, status: int, headers: Mapping[str, str]) -> None:
    listed = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": listed})


async def _gone(receive: _Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drip(receive: _Receive, send: _Send) -> None:
    await _head(send, 200, {"content-type": "application/json"})
    gone = asyncio.ensure_future(_gone(receive))
    while not gone.done():
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
        await asyncio.wait([gone], timeout=_DRIP_SECONDS)


class _Dropped(Exception):
    """Makes the server close the connection in the middle of an answer."""


async def _break_off(send: _Send, whole: bytes) -> None:
    await _head(send, 200, {"content-type": "application/json", "content-length": str(len(whole))})
    await send({"type": "http.response.body", "body": whole[: len(whole) // 2], "more_body": True})
    raise _Dropped
