"""Trailmate without a seam, written against Chat Completions: what `trailmate` does, with a vendor in every function.

It is an example of what to avoid. `leaky_messages` is the same program after the vendor was changed.
"""

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import httpx

from archkit.providers.trailmate import CUT, HANDOVER, MAX_TOKENS, PATIENCE, Reply, system_prompt

__all__ = ["answer", "connect", "show"]


def connect(base_url: str, key: str) -> httpx.Client:
    """Return a client of the vendor's service."""
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=base_url, headers=headers, timeout=120, trust_env=False)


def answer(question: str, passages: Sequence[str], client: httpx.Client, model: str) -> Reply:
    """Answer a question from passages, or hand over."""
    try:
        said = _patiently(question, passages, client, model)
    except httpx.HTTPError:
        return Reply(HANDOVER)
    choice, usage = said["choices"][0], said["usage"]
    text = choice["message"]["content"] + (CUT if choice["finish_reason"] == "length" else "")
    return Reply(text, usage["prompt_tokens"], usage["completion_tokens"])


def show(question: str, passages: Sequence[str], client: httpx.Client, model: str) -> Iterator[str]:
    """Yield an answer while it is written; hand over when there is none, or no more of it."""
    body = {**_body(question, passages, model), "stream": True}
    try:
        with client.stream("POST", "/chat/completions", json=body) as response:
            response.raise_for_status()
            for line in response.iter_lines():
                if line.startswith("data: {"):
                    choices = json.loads(line.removeprefix("data: "))["choices"]
                    yield choices[0]["delta"].get("content") or ""
    except httpx.HTTPError:
        yield HANDOVER


def _patiently(question: str, passages: Sequence[str], client: httpx.Client, model: str) -> Any:
    body = _body(question, passages, model)
    response = client.post("/chat/completions", json=body)
    if response.status_code == 429 and float(response.headers["retry-after"]) <= PATIENCE:
        time.sleep(float(response.headers["retry-after"]))
        response = client.post("/chat/completions", json=body)
    response.raise_for_status()
    return response.json()


def _body(question: str, passages: Sequence[str], model: str) -> dict[str, Any]:
    messages = [{"role": "system", "content": system_prompt(passages)}, {"role": "user", "content": question}]
    return {"model": model, "messages": messages, "max_tokens": MAX_TOKENS, "temperature": 0}
