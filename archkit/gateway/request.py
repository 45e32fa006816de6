"""What passes through the gateway: a request, the calls that were made for it, and what its sender got."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Call", "Kind", "Outcome", "Request", "Served"]

Kind = Literal["first", "retry", "hedge"]
"""Why a call was made: it is a step's first, it repeats a failed one, or it races one that is late."""

Outcome = Literal["answered", "failed", "rate limited", "garbled", "rejected", "timed out", "abandoned"]
"""How a call ended. "failed" is a 5xx or a lost connection, "abandoned" a call that nobody waited for any longer."""


@dataclass(frozen=True)
class Request:
    """What is asked of a model.

    Attributes:
        question: the user's words.
        system: the system prompt.
        max_tokens: longest answer, in tokens.
        key: a name for the intention, sent along with each attempt as `Idempotency-Key`.
    """

    question: str
    system: str = ""
    max_tokens: int = 100
    key: str = ""


@dataclass(frozen=True)
class Call:
    """One call of one model, as the gateway saw it. Observers get it when the call is over.

    Attributes:
        key: of the request it was made for.
        step: the name of the step that made it.
        model: the model's name, as its service knows it.
        kind: why it was made.
        outcome: how it ended.
        began: when, in seconds of the event loop's clock.
        seconds: how long it took, or was waited for.
        input_tokens: tokens of the prompt, as the service reported them; 0 without a report.
        output_tokens: tokens of the answer, likewise.
        reported: whether the service reported any tokens. Without a report it may bill all the same.
        dollars: what the reported tokens cost; 0 without a price.
        problem: what went wrong, in words; "" if nothing did.
    """

    key: str
    step: str
    model: str
    kind: Kind
    outcome: Outcome
    began: float
    seconds: float
    input_tokens: int = 0
    output_tokens: int = 0
    reported: bool = False
    dollars: float = 0.0
    problem: str = ""


@dataclass(frozen=True)
class Served:
    """What became of one request.

    Attributes:
        request: the request.
        text: what the user reads.
        by: the name of the step that answered; "" if none did.
        began: when it came, in seconds of the event loop's clock.
        seconds: from its coming to its answer.
        calls: the calls made for it, in the order in which they ended.
        problems: why each step before the one that answered did not, by the step's name.
        shed: whether it was kept from the models because too many others were there.
    """

    request: Request
    text: str
    by: str
    began: float
    seconds: float
    calls: tuple[Call, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    shed: bool = False

    @property
    def failed(self) -> bool:
        """Whether the user got an error instead of anything else."""
        return self.by == ""

    @property
    def dollars(self) -> float:
        """What the reported tokens of all its calls cost."""
        return sum(call.dollars for call in self.calls)
