"""Trailmate behind the port: an application that knows no vendor.

It answers from passages, shows an answer while it is written, waits out a short rate limit, says when an answer was cut
and hands over when there is none. All it imports of the outside is `archkit.providers.port`.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archkit.providers.port import Completion, Provider, ProviderError, RateLimited

__all__ = ["CUT", "HANDOVER", "MAX_TOKENS", "PATIENCE", "Reply", "answer", "show", "system_prompt"]

HANDOVER = "I cannot answer just now. A colleague will take over."
"""What a customer reads when no provider answered."""

CUT = " [cut short]"
"""What follows an answer that reached the limit of tokens."""

PATIENCE = 2.0
"""Longest rate limit, in seconds, that is waited out."""

MAX_TOKENS = 60
"""How many tokens an answer may have."""


@dataclass(frozen=True)
class Reply:
    """What a customer reads, and the tokens that it took (0 after a handover)."""

    text: str
    input_tokens: int = 0
    output_tokens: int = 0


def system_prompt(passages: Sequence[str]) -> str:
    """Return the system prompt that holds these tagged passages."""
    rules = "You are Trailmate, the assistant of an outdoor shop. Answer from the passages only."
    return rules + "\n\n" + "\n\n".join(passages)


def answer(question: str, passages: Sequence[str], provider: Provider) -> Reply:
    """Answer a question from passages, or hand over."""
    try:
        said = _patiently(question, passages, provider)
    except ProviderError:
        return Reply(HANDOVER)
    return Reply(said.text + (CUT if said.stop == "length" else ""), said.input_tokens, said.output_tokens)


def show(question: str, passages: Sequence[str], provider: Provider) -> Iterator[str]:
    """Yield an answer while it is written; hand over when there is none, or no more of it."""
    try:
        yield from provider.stream(system_prompt(passages), question, max_tokens=MAX_TOKENS)
    except ProviderError:
        yield HANDOVER


def _patiently(question: str, passages: Sequence[str], provider: Provider) -> Completion:
    system = system_prompt(passages)
    try:
        return provider.complete(system, question, max_tokens=MAX_TOKENS)
    except RateLimited as limit:
        if limit.retry_after > PATIENCE:
            raise
        time.sleep(limit.retry_after)
        return provider.complete(system, question, max_tokens=MAX_TOKENS)
