"""Put traffic to a fleet and see what becomes of each request."""

from __future__ import annotations

import math
from collections import deque

from archkit.cluster import desired_replicas
from archkit.load.calls import ExponentialCalls, ModelCalls
from archkit.load.fleet import Autoscaler, Clients, Fleet
from archkit.load.floor import Floor
from archkit.load.run import Run, ScalingEvent
from archkit.load.traffic import Traffic, arrivals
from archkit.typed_data import InvalidData, shortened

__all__ = ["simulate"]


def simulate(
    traffic: Traffic,
    calls: ModelCalls | ExponentialCalls,
    fleet: Fleet,
    clients: Clients | None = None,
    *,
    seed: int = 0,
) -> Run:
    """Simulate how a fleet serves this traffic, request by request, until the last one is dealt with.

    Requests arrive for `traffic.minutes`. What is then still there is served to its end, so that every request has an
    outcome; costs are counted for `traffic.minutes`. A seed fixes arrivals, calls and pauses separately: two fleets
    with one seed get the same requests, so their difference is due to the fleets.

    Args:
        traffic: when requests arrive.
        calls: how long each is worked on.
        fleet: what serves them.
        clients: their patience; by default they wait for ever.
        seed: the same one gives the same run.

    Returns:
        What happened: one row for each request, and numbers over time.

    Raises:
        InvalidData: if the seed is not a whole number from 0.
    """
    if not isinstance(seed, int) or seed < 0:
        raise InvalidData("simulate", [f"seed: {shortened(seed)} was given. Give a whole number from 0."])
    clients = clients or Clients()
    moments = arrivals(traffic, seed)
    floor = Floor(moments.tolist(), calls.sample(len(moments), seed).tolist(), fleet, clients, seed)
    scaling = [ScalingEvent(0.0, fleet.replicas, fleet.replicas)]
    if fleet.autoscaler is None:
        floor.advance(math.inf)
    else:
        _follow(floor, fleet, fleet.autoscaler, 60 * traffic.minutes, scaling)
    return Run(traffic, calls, fleet, clients, seed, floor, scaling)


def _follow(floor: Floor, fleet: Fleet, scaler: Autoscaler, until: float, scaling: list[ScalingEvent]) -> None:
    """Move the floor from decision to decision until all is done, and note each change of replicas."""
    slots = fleet.slots
    ready = fleet.replicas
    starting: deque[float] = deque()  # when each replica that was ordered will serve
    wishes = deque([(0.0, ready)])
    now = 0.0
    while not floor.empty or now < until:
        decision = now + scaler.interval_s
        work_before = floor.work_started - floor.remaining(now)[1]
        capacity = 0.0
        while starting and starting[0] <= decision:
            at = starting.popleft()
            floor.advance(at)
            floor.add_slots(slots, at)
            capacity += ready * slots * (at - now)
            now, ready = at, ready + 1
            scaling.append(ScalingEvent(at, 1, 0))
        floor.advance(decision)
        capacity += ready * slots * (decision - now)
        now = decision
        in_use, left = floor.remaining(now)
        if scaler.metric == "utilisation":
            metric = min(1.0, (floor.work_started - left - work_before) / capacity)
        else:
            metric = (in_use + floor.waiting) / (ready * slots)
        wanted = max(scaler.minimum, min(desired_replicas(ready, metric, scaler.target), scaler.maximum))
        wishes.append((now, wanted))
        while wishes[0][0] < now - scaler.scale_in_after_s:
            wishes.popleft()
        ordered = ready + len(starting)
        kept = max(wish for _, wish in wishes)
        if wanted > ordered:
            starting.extend([now + scaler.start_delay_s] * (wanted - ordered))
            scaling.append(ScalingEvent(now, 0, wanted - ordered))
        elif kept < ordered:
            unstarted = min(len(starting), ordered - kept)
            for _ in range(unstarted):
                starting.pop()
            scaling.append(ScalingEvent(now, 0, -unstarted))
            removed = ordered - kept - unstarted
            if removed:
                ready -= removed
                finished = floor.remove_slots(removed * slots, now)
                scaling += [ScalingEvent(now, -removed, 0), ScalingEvent(finished, 0, -removed)]
