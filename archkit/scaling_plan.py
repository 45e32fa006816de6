"""A plan of replicas, tried in the load simulator on a client's spike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from pydantic import Field, model_validator

from archkit.case.scaling import SPIKE_FACTOR, Scaling
from archkit.typed_data import PlainNumbers, TypedData

__all__ = ["SEEDS", "ScalingPlan", "Trial", "try_plan", "usd_per_month"]

SEEDS = (1, 2)
"""The arrivals that a plan is tried on, unless others are given."""

BEFORE_MINUTES, AFTER_MINUTES = 3, 3
HOURS_PER_MONTH = 720

Count = Annotated[int, PlainNumbers, Field(ge=1, le=500)]


class ScalingPlan(TypedData):
    """How many replicas there are and when more are added, who may wait, and how often is asked again."""

    minimum: Count
    """replicas that run all month"""
    maximum: Count
    """the most replicas that the autoscaler starts"""
    target: Annotated[float, PlainNumbers, Field(gt=0, le=1)]
    """what the autoscaler aims at: turns worked on or waiting, over the slots"""
    queue_limit: Annotated[int, PlainNumbers, Field(ge=0, le=100_000)] | None
    """turns that may wait at most; who comes then is refused at once. None for no bound"""
    retry_budget: Annotated[float, PlainNumbers, Field(ge=0, le=20)] | None
    """retries allowed for each first attempt. None for no budget"""

    @model_validator(mode="after")
    def _in_order(self) -> ScalingPlan:
        if self.maximum < self.minimum:
            raise ValueError(f"maximum is {self.maximum} and minimum {self.minimum}. Give a maximum that is not below.")
        return self


@dataclass(frozen=True)
class Trial:
    """What became of a plan, over all seeds together.

    Attributes:
        turns: how many turns began.
        answered_share: share of all turns that were answered within the target's time.
        shed_share: share of all turns that were refused in the end.
        attempts_per_turn: attempts over turns.
        spike_usd: what the replicas cost while the simulation ran, on average over the seeds, in US dollars.
        minutes: how long one simulation lasted.
    """

    turns: int
    answered_share: float
    shed_share: float
    attempts_per_turn: float
    spike_usd: float
    minutes: float


def try_plan(
    plan: ScalingPlan,
    desk: Scaling,
    per_minute: float,
    *,
    seeds: tuple[int, ...] = SEEDS,
    spike_minutes: float | None = None,
    slower: float = 1.0,
) -> Trial:
    """Simulate a spike on a plan: some minutes of the baseline, the spike, and some minutes after it.

    Args:
        plan: what is tried.
        desk: the client's support desk.
        per_minute: turns a minute at the baseline.
        seeds: arrivals that are tried, one after the other.
        spike_minutes: length of the spike; by default the client's.
        slower: factor on the time that each turn is worked on.
    """
    return _tried(plan, desk, float(per_minute), tuple(seeds), spike_minutes or desk.spike_minutes, slower)


@lru_cache(maxsize=20_000)
def _tried(
    plan: ScalingPlan, desk: Scaling, per_minute: float, seeds: tuple[int, ...], spike_minutes: float, slower: float
) -> Trial:
    from archkit.load import Autoscaler, Clients, Fleet, ModelCalls, Spike, Traffic, simulate

    minutes = BEFORE_MINUTES + spike_minutes + AFTER_MINUTES
    traffic = Traffic(
        requests_per_minute=per_minute,
        minutes=minutes,
        burstiness=desk.burstiness,
        spike=Spike(factor=SPIKE_FACTOR, at_minute=BEFORE_MINUTES, minutes=spike_minutes),
    )
    calls = ModelCalls(
        first_token_ms=desk.first_token_ms * slower,
        ms_per_token=desk.ms_per_token * slower,
        tokens=desk.tokens,
        spread=desk.spread,
    )
    fleet = Fleet(
        replicas=plan.minimum,
        slots=desk.slots,
        queue_limit=plan.queue_limit,
        cancels=True,
        autoscaler=Autoscaler(
            minimum=plan.minimum,
            maximum=plan.maximum,
            target=plan.target,
            start_delay_s=desk.start_delay_s,
            interval_s=desk.interval_s,
            metric="concurrency",
        ),
        usd_per_replica_hour=desk.usd_per_replica_hour,
    )
    clients = Clients(timeout_s=desk.patience_s, retries=desk.retries, retry_budget=plan.retry_budget)
    turns = answered = shed = attempts = 0.0
    usd = 0.0
    for seed in seeds:
        run = simulate(traffic, calls, fleet, clients, seed=seed)
        found = run.summary
        turns += found.requests
        answered += run.answered_within(desk.answer_within_s) * found.requests
        shed += found.shed
        attempts += found.attempts
        usd += found.usd
    return Trial(int(turns), answered / turns, shed / turns, attempts / turns, usd / len(seeds), minutes)


def usd_per_month(plan: ScalingPlan, desk: Scaling, per_minute: float) -> float:
    """Return what a plan's replicas cost in a month: the minimum all month, and the spikes as they were simulated.

    Args:
        plan: the plan.
        desk: the client's support desk.
        per_minute: turns a minute at the baseline.
    """
    trial = try_plan(plan, desk, per_minute)
    quiet_hours = HOURS_PER_MONTH - desk.spikes_per_month * trial.minutes / 60
    return quiet_hours * plan.minimum * desk.usd_per_replica_hour + desk.spikes_per_month * trial.spike_usd
