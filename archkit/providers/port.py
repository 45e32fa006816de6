"""The port: all that an application may know of whoever answers its prompts.

It is written in the application's own terms. Each vendor's terms end in an adapter, which turns them into these.

Source of the idea: Cockburn 2005, "Hexagonal architecture (ports and adapters)".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

__all__ = ["Completion", "Provider", "ProviderError", "RateLimited", "Rejected", "Stop", "Unavailable"]

Stop = Literal["finished", "length"]
"""Why an answer ended: the model was done, or the limit of tokens was reached."""


@dataclass(frozen=True)
class Completion:
    """One answer.

    Attributes:
        text: what the model wrote.
        stop: why it ended there.
        input_tokens: tokens of the prompt, as this provider counts them.
        output_tokens: tokens of the answer, as this provider counts them.
    """

    text: str
    stop: Stop
    input_tokens: int
    output_tokens: int


class ProviderError(Exception):
    """A request that got no answer. Applications handle its three kinds, and nothing else."""


class RateLimited(ProviderError):
    """Too many requests: the same request will be answered later.

    Attributes:
        retry_after: seconds until it is worth trying again.
    """

    def __init__(self, message: str, retry_after: float) -> None:
        """Keep when to come back."""
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(ProviderError):
    """The provider cannot be reached, is overloaded or failed: somebody else may answer."""


class Rejected(ProviderError):
    """The provider refused this request as it is: sending it again is no use."""


class Provider(Protocol):
    """Whoever answers prompts."""

    @property
    def name(self) -> str:
        """What to call it in logs."""

    def complete(self, system: str, question: str, *, max_tokens: int) -> Completion:
        """Answer a question under a system prompt, with at most `max_tokens` tokens.

        Raises:
            ProviderError: one of its three kinds.
        """

    def stream(self, system: str, question: str, *, max_tokens: int) -> Iterator[str]:
        """Yield the answer piece by piece as it is written.

        Raises:
            ProviderError: one of its three kinds, also in the middle of an answer.
        """
