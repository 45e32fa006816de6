"""A model gateway: timeouts, budgeted retries, hedging, a circuit breaker, fallbacks and load shedding, over real HTTP.

`Gateway` answers each request by the first step of a ladder that can. `StandInModel` is a service on loopback that is
told to fail. `drive` puts requests to a gateway and counts what came of them.
"""

from typing import TYPE_CHECKING, Any

from archkit.gateway.breaker import CircuitBreaker
from archkit.gateway.driving import Run, compared, drive
from archkit.gateway.gateway import ERROR, AnswerStep, CircuitOpen, Gateway, ModelStep, Observer
from archkit.gateway.request import Call, Request, Served
from archkit.gateway.retry import Backoff, RetryBudget
from archkit.gateway.upstream import Garbled, Model, TimedOut, Upstream

if TYPE_CHECKING:
    from archkit.gateway.stand_in import Faults, StandInModel

__all__ = [
    "ERROR",
    "AnswerStep",
    "Backoff",
    "Call",
    "CircuitBreaker",
    "CircuitOpen",
    "Faults",
    "Garbled",
    "Gateway",
    "Model",
    "ModelStep",
    "Observer",
    "Request",
    "RetryBudget",
    "Run",
    "Served",
    "StandInModel",
    "TimedOut",
    "Upstream",
    "compared",
    "drive",
]


def __getattr__(name: str) -> Any:
    if name in ("Faults", "StandInModel"):  # they load a case and a price list, which a gateway does not need
        from archkit.gateway import stand_in

        return getattr(stand_in, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
