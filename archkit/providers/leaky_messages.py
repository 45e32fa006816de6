"""`leaky_chat_completions` after the swap to Messages: every line that names a vendor had to be found and changed."""

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import httpx

from archkit.providers.trailmate import CUT, HANDOVER, MAX_TOKENS, PATIENCE, Reply, system_prompt

__all__ = ["answer", "connect", "show"]


def connect(base_url: str, key: str) -> httpx.Client:
    """Return a client of the vendor's service."""
    headers = {"x-api-key": key, "anthropic-version": "2023-06-01"}
    return httpx.Client(base_url=base_url, headers=headers, timeout=120, trust_env=False)


def answer(question: str, passages: Sequence[str], client: httpx.Client, model: str) -> Reply:
    """Answer a question from passages, or hand over."""
    try:
        said = _patiently(question, passages, client, model)
    except httpx.HTTPError:
        return Reply(HANDOVER)
    usage = said["usage"]
    written = "".join(block["text"] for block in said["content"] if block["type"] == "text")
    text = written + (CUT if said["stop_reason"] == "max_tokens" else "")
    return Reply(text, usage["input_tokens"], usage["output_tokens"])


def show(question: str, passages: Sequence[str], client: httpx.Client, model: str) -> Iterator[str]:
    """Yield an answer while it is written; hand over when there is none, or no more of it."""
    body = {**_body(question, passages, model), "stream": True}
    try:
        with client.stream("POST", "/messages", json=body) as response:
            response.raise_for_status()
            for line in response.iter_lines():
                if line.startswith("data: {"):
                    event = json.loads(line.removeprefix("data: "))
                    if event["type"] == "error":
                        yield HANDOVER
                    elif event["type"] == "content_block_delta":
                        yield event["delta"]["text"]
    except httpx.HTTPError:
        yield HANDOVER


def _patiently(question: str, passages: Sequence[str], client: httpx.Client, model: str) -> Any:
    body = _body(question, passages, model)
    response = client.post("/messages", json=body)
    if response.status_code == 429 and float(response.headers["retry-after"]) <= PATIENCE:
        time.sleep(float(response.headers["retry-after"]))
        response = client.post("/messages", json=body)
    response.raise_for_status()
    return response.json()


def _body(question: str, passages: Sequence[str], model: str) -> dict[str, Any]:
    messages = [{"role": "user", "content": question}]
    system = system_prompt(passages)
    return {"model": model, "system": system, "messages": messages, "max_tokens": MAX_TOKENS, "temperature": 0}
