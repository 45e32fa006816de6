"""What serves the requests, and who sends them: replicas, their queue and autoscaler; clients and their patience."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from archkit.typed_data import PlainNumbers, TypedData

__all__ = ["Autoscaler", "Clients", "Fleet"]

Positive = Annotated[float, PlainNumbers, Field(gt=0)]
NotNegative = Annotated[float, PlainNumbers, Field(ge=0)]
Count = Annotated[int, PlainNumbers, Field(ge=1, le=10_000)]


class Autoscaler(TypedData):
    """Rule by which replicas are added and removed: Kubernetes' HorizontalPodAutoscaler, with its delay.

    At every interval it wants `archkit.cluster.desired_replicas`: ceil(ready · metric / target), and nothing new
    within 10% of the target. `archkit.cluster.scale_out` puts the same rule over a load in requests a second; here
    it stands over single requests, which wait, leave and come again. The limits that Kubernetes puts on how fast a
    fleet may grow are left out.
    """

    minimum: Count
    """the fewest replicas"""
    maximum: Count
    """the most replicas"""
    target: Annotated[float, PlainNumbers, Field(gt=0, le=1)] = 0.7
    """value of the metric that is aimed at, as a share of the slots. A metric that cannot exceed 1 never leaves the
    10% around a target above 0.91, so such a target never scales out on utilisation."""
    start_delay_s: NotNegative
    """seconds from the decision to a replica that serves: a node, the image, the model, the probe"""
    interval_s: Positive = 15.0
    """seconds between two decisions; Kubernetes' default is 15"""
    scale_in_after_s: NotNegative = 300.0
    """a replica is removed only when none was wanted for it in the last so many seconds; Kubernetes' default is 300"""
    metric: Literal["utilisation", "concurrency"] = "utilisation"
    """'utilisation' is the share of slots in use over the interval, at most 1; 'concurrency' counts those who wait as
    well, over the slots, and so sees how far the load lies above capacity"""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.maximum < self.minimum:
            raise ValueError(f"maximum is {self.maximum} and minimum {self.minimum}. Give a maximum that is not below.")
        return self


class Fleet(TypedData):
    """Equal replicas behind one queue, first come first served."""

    replicas: Count
    """replicas that serve at the start; all the time, without an autoscaler"""
    slots: Count = 1
    """requests that one replica works on at the same time, each at full speed"""
    queue_limit: Annotated[int, PlainNumbers, Field(ge=0)] | None = None
    """how many may wait at most; who comes then is shed (refused at once). None for no bound"""
    cancels: bool = False
    """True if work stops, and a place in the queue is given up, when the client has left; False if it goes on"""
    autoscaler: Autoscaler | None = None
    """adds and removes replicas, or None"""
    usd_per_replica_hour: NotNegative = 0.0
    """price of one replica, in US dollars an hour, from the decision to start it until it has finished its work"""

    @model_validator(mode="after")
    def _starts_within_limits(self) -> Self:
        scaler = self.autoscaler
        if scaler is not None and not scaler.minimum <= self.replicas <= scaler.maximum:
            raise ValueError(
                f"it starts with {self.replicas} replicas, and its autoscaler keeps between {scaler.minimum} and "
                f"{scaler.maximum}. Start within these."
            )
        return self


class Clients(TypedData):
    """How long those who ask will wait, and what they do then. By default they wait for ever."""

    timeout_s: Positive | None = None
    """seconds after which a client gives an attempt up, if the whole answer is not there; None for never"""
    retries: Annotated[int, PlainNumbers, Field(ge=0, le=20)] = 0
    """how often a request that was shed or given up is sent again, at most. It is the same work each time"""
    pause_s: NotNegative = 1.0
    """seconds before sending again, each time stretched at random by 0.5 to 1.5"""
    retry_budget: NotNegative | None = None
    """retries allowed for each first attempt, kept by a gateway for all clients together: each first attempt saves
    this much, each retry spends 1, and at most 10 are saved. None for no such limit"""
