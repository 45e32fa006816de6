"""The simulation holds the laws of queueing: conservation, order, Little's law, and the closed formulas."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archkit.load import (
    Autoscaler,
    Clients,
    ExponentialCalls,
    Fleet,
    ModelCalls,
    Spike,
    Traffic,
    chance_of_waiting,
    mean_wait,
    simulate,
)
from archkit.typed_data import InvalidData

CALLS = ModelCalls(first_token_ms=400, ms_per_token=8, tokens=150)

traffics = st.builds(
    Traffic,
    requests_per_minute=st.floats(5, 400),
    minutes=st.floats(1, 6),
    burstiness=st.sampled_from([0, 1]),
    spike=st.none() | st.builds(Spike, factor=st.floats(0.5, 10), at_minute=st.floats(0, 3), minutes=st.floats(0.5, 2)),
)
calls = st.builds(
    ModelCalls, first_token_ms=st.floats(0, 900), ms_per_token=st.floats(1, 20), tokens=st.floats(1, 300),
    spread=st.sampled_from([0, 0.8, 2]),
)  # fmt: skip
scalers = st.builds(
    Autoscaler,
    minimum=st.integers(1, 3),
    maximum=st.integers(6, 20),
    target=st.floats(0.3, 1),
    start_delay_s=st.floats(0, 90),
    scale_in_after_s=st.sampled_from([0, 60]),
    metric=st.sampled_from(["utilisation", "concurrency"]),
)
fleets = st.builds(
    Fleet,
    replicas=st.integers(3, 6),
    slots=st.integers(1, 3),
    queue_limit=st.none() | st.integers(0, 30),
    cancels=st.booleans(),
    autoscaler=st.none() | scalers,
    usd_per_replica_hour=st.just(2),
)
clients = st.builds(
    Clients,
    timeout_s=st.none() | st.floats(0.2, 20),
    retries=st.integers(0, 3),
    pause_s=st.floats(0, 3),
    retry_budget=st.none() | st.floats(0, 1),
)
seeds = st.integers(0, 10**6)


@settings(max_examples=60, deadline=None)
@given(traffics, calls, fleets, clients, seeds)
def test_every_request_and_every_attempt_comes_to_one_end(traffic, calls, fleet, clients, seed):
    run = simulate(traffic, calls, fleet, clients, seed=seed)
    s, rows = run.summary, run.attempts
    assert s.requests == s.served + s.shed + s.timed_out
    assert s.attempts == len(rows) == run.requests["attempts"].sum()
    assert s.served == (rows["outcome"] == "served").sum()
    assert (rows.loc[rows["outcome"] == "shed", "started_s"].isna()).all()
    assert (run.requests["attempts"] <= 1 + clients.retries).all()
    if clients.timeout_s is not None:
        assert (rows["over_s"] - rows["sent_s"] <= clients.timeout_s + 1e-6).all()
    else:
        assert s.timed_out == 0
    if fleet.queue_limit is None:
        assert s.shed == 0
    else:
        assert s.most_waiting <= fleet.queue_limit


@settings(max_examples=60, deadline=None)
@given(traffics, calls, fleets, clients, seeds, st.floats(0, 400))
def test_at_every_moment_what_arrived_is_done_or_still_there(traffic, calls, fleet, clients, seed, now):
    rows = simulate(traffic, calls, fleet, clients, seed=seed).attempts
    arrived = rows["sent_s"] <= now
    over = rows["over_s"] <= now
    waiting = arrived & ~over & ~(rows["started_s"] <= now)
    in_service = (rows["started_s"] <= now) & (rows["freed_s"] > now)
    assert arrived.sum() == over.sum() + waiting.sum() + (in_service & ~over).sum()
    if fleet.autoscaler is None:
        slots = fleet.replicas * fleet.slots
        assert in_service.sum() <= slots
        if not fleet.cancels and waiting.sum():
            assert in_service.sum() == slots, "nobody waits beside a free slot"


@settings(max_examples=40, deadline=None)
@given(traffics, calls, fleets, clients, seeds)
def test_whoever_came_first_is_started_first(traffic, calls, fleet, clients, seed):
    rows = simulate(traffic, calls, fleet, clients, seed=seed).attempts
    started = rows[rows["started_s"].notna()].sort_values("sent_s", kind="stable")["started_s"]
    assert (started.diff().dropna() >= -1e-9).all()


@settings(max_examples=25, deadline=None)
@given(traffics, calls, fleets, clients, seeds)
def test_a_seed_fixes_everything(traffic, calls, fleet, clients, seed):
    first, second = (simulate(traffic, calls, fleet, clients, seed=seed) for _ in range(2))
    assert first.summary == second.summary or math.isnan(first.summary.mean_wait_s)
    assert first.attempts.equals(second.attempts)
    assert first.over_time().equals(second.over_time())


@settings(max_examples=40, deadline=None)
@given(traffics, calls, st.integers(1, 6), st.integers(1, 3), seeds)
def test_more_replicas_make_nobody_wait_longer(traffic, calls, replicas, slots, seed):
    few, more = (simulate(traffic, calls, Fleet(replicas=n, slots=slots), seed=seed) for n in (replicas, replicas + 1))
    assert (more.requests["wait_s"] <= few.requests["wait_s"] + 1e-6).all()


@settings(max_examples=40, deadline=None)
@given(traffics, calls, fleets, clients, seeds)
def test_littles_law_holds_to_the_last_digit_over_a_whole_run(traffic, calls, fleet, clients, seed):
    run = simulate(traffic, calls, fleet, clients, seed=seed)
    rows = run.attempts
    if rows.empty:
        return
    last = max(rows["over_s"].max(), run.ended_s)
    moments = np.concatenate([rows["sent_s"], rows["over_s"], [last]])
    steps = np.concatenate([np.ones(len(rows)), -np.ones(len(rows)), [0]])
    order = np.argsort(moments, kind="stable")
    number = np.cumsum(steps[order])[:-1]
    mean_number = (number * np.diff(moments[order])).sum() / last
    arrival_rate, mean_time = len(rows) / last, (rows["over_s"] - rows["sent_s"]).mean()
    assert mean_number == pytest.approx(arrival_rate * mean_time, rel=1e-6, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(traffics, calls, st.integers(1, 6), seeds)
def test_waits_are_those_of_the_recursion_of_kiefer_and_wolfowitz(traffic, calls, servers, seed):
    run = simulate(traffic, calls, Fleet(replicas=servers), seed=seed)
    unfinished, before, waits = np.zeros(servers), 0.0, []
    for arrived, took in zip(run.requests["arrived_s"], calls.sample(len(run.requests), seed), strict=True):
        unfinished = np.sort(np.maximum(unfinished - (arrived - before), 0))
        waits.append(unfinished[0])
        unfinished[0] += took
        before = arrived
    assert np.allclose(run.requests["wait_s"], waits, atol=1e-6)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (1, 0.8), (10, 0.8), (10, 0.9), (40, 0.95)])
def test_waits_agree_with_erlangs_formula_within_sampling_error(servers, load):
    per_second = load * servers
    law = Traffic(requests_per_minute=60 * per_second, minutes=80_000 / per_second / 60)
    runs = [simulate(law, ExponentialCalls(mean_s=1), Fleet(replicas=servers), seed=n) for n in range(4)]
    means = [run.summary.mean_wait_s for run in runs]
    error = max(np.std(means, ddof=1) / 2, 0.01 * mean_wait(per_second, 1, servers))
    assert np.mean(means) == pytest.approx(mean_wait(per_second, 1, servers), abs=4 * error)
    waited = np.mean([(run.requests["wait_s"] > 0).mean() for run in runs])
    assert waited == pytest.approx(chance_of_waiting(per_second, servers), abs=0.02)
    assert runs[0].summary.utilisation == pytest.approx(load, rel=0.02)


def test_equal_calls_wait_half_as_long_as_exponential_ones_before_one_server():
    # Pollaczek and Khinchine: the mean wait of M/G/1 is (1 + variation²) / 2 times that of M/M/1.
    law = Traffic(requests_per_minute=60 * 0.8, minutes=4_000)
    equal = ModelCalls(first_token_ms=0, ms_per_token=10, tokens=100, spread=0)
    waits = [simulate(law, equal, Fleet(replicas=1), seed=n).summary.mean_wait_s for n in range(4)]
    assert np.mean(waits) == pytest.approx(mean_wait(0.8, 1) / 2, rel=0.05)


def test_without_a_place_to_wait_the_share_refused_is_erlangs_b():
    law = Traffic(requests_per_minute=60 * 8, minutes=400)
    run = simulate(law, ExponentialCalls(mean_s=1), Fleet(replicas=10, queue_limit=0), seed=1)
    blocked = 1.0
    for n in range(1, 11):
        blocked = 8 * blocked / (n + 8 * blocked)
    assert run.summary.shed / run.summary.requests == pytest.approx(blocked, abs=0.005)
    assert run.summary.most_waiting == 0


def test_clients_who_leave_cost_work_unless_it_is_cancelled():
    law = Traffic(requests_per_minute=120, minutes=10, spike=Spike(factor=3, at_minute=2, minutes=3))
    patience = Clients(timeout_s=8)
    goes_on = simulate(law, CALLS, Fleet(replicas=4), patience, seed=1).summary
    stops = simulate(law, CALLS, Fleet(replicas=4, cancels=True), patience, seed=1).summary
    assert goes_on.wasted > 0.5
    assert stops.wasted < goes_on.wasted / 3
    assert stops.served > 2 * goes_on.served


def test_a_retry_budget_bounds_how_often_is_asked():
    law = Traffic(requests_per_minute=300, minutes=10)
    impatient = {"timeout_s": 4, "retries": 5}
    free = simulate(law, CALLS, Fleet(replicas=4), Clients(**impatient), seed=1).summary
    bounded = simulate(law, CALLS, Fleet(replicas=4), Clients(**impatient, retry_budget=0.1), seed=1).summary
    assert free.attempts > 4 * free.requests
    assert bounded.attempts <= 1.1 * bounded.requests + 10


# --- Autoscaling ------------------------------------------------------------------------------------------------------

SPIKE = Traffic(requests_per_minute=300, minutes=40, spike=Spike(factor=5, at_minute=10, minutes=10))


def scaled(**changes):
    rule = {"minimum": 4, "maximum": 20, "target": 0.7, "start_delay_s": 120} | changes
    return simulate(SPIKE, CALLS, Fleet(replicas=4, slots=4, autoscaler=Autoscaler(**rule)), seed=1)


def test_a_slower_start_means_more_waiting():
    waits = [scaled(start_delay_s=delay).summary.mean_wait_s for delay in (0, 30, 120, 240)]
    assert waits == sorted(waits)
    assert waits[-1] > 10 * waits[0]


def test_nothing_is_ready_before_its_start_delay_and_it_is_paid_from_the_decision():
    steps = scaled(start_delay_s=120).over_time(15)
    assert (steps["paid"] >= steps["ready"] - 1e-9).all()
    ordered = steps.index[steps["paid"] > 4][0]
    serving = steps.index[steps["ready"] > 4][0]
    assert serving - ordered == pytest.approx(2)


def test_replicas_stay_between_minimum_and_maximum_and_go_back_after_the_spike():
    steps = scaled(maximum=12).over_time(15)
    assert steps["ready"].between(4, 12).all()
    assert steps["ready"].max() == 12
    assert steps["ready"].iloc[-1] == 4


def test_counting_those_who_wait_scales_out_in_one_step_where_utilisation_needs_several():
    def ordered_within_a_minute(metric):
        return scaled(metric=metric, maximum=100).over_time(15)["paid"].loc[11]

    assert ordered_within_a_minute("utilisation") <= math.ceil(4 / 0.7)
    assert ordered_within_a_minute("concurrency") > 10  # the load needs 10 replicas


def test_a_target_above_the_tolerance_never_scales_out_on_utilisation():
    assert scaled(target=0.95).over_time()["ready"].max() == 4


def test_a_fleet_that_scales_back_slowly_costs_more():
    hours = [scaled(scale_in_after_s=seconds).summary.replica_hours for seconds in (60, 300, 900)]
    assert hours == sorted(hours)
    assert hours[0] < hours[-1]


def test_a_fixed_fleet_is_paid_for_the_time_in_which_requests_arrive():
    fleet = Fleet(replicas=6, slots=2, usd_per_replica_hour=3)
    summary = simulate(Traffic(requests_per_minute=60, minutes=30), CALLS, fleet).summary
    assert (summary.replica_hours, summary.usd) == (pytest.approx(3), pytest.approx(9))


@settings(max_examples=30, deadline=None)
@given(traffics, calls, fleets, clients, seeds)
def test_no_slot_serves_two_at_once_also_while_scaling(traffic, calls, fleet, clients, seed):
    run = simulate(traffic, calls, fleet, clients, seed=seed)
    most = fleet.slots * (fleet.autoscaler.maximum if fleet.autoscaler else fleet.replicas)
    rows = run.attempts.dropna(subset=["started_s"])
    starts, ends = np.sort(rows["started_s"]), np.sort(rows["freed_s"])
    at_once = np.arange(1, len(starts) + 1) - np.searchsorted(ends, starts + 1e-9)
    # A removed replica finishes what it serves while a new one may already start.
    assert at_once.max(initial=0) <= (2 if fleet.autoscaler else 1) * most
    assert run.over_time()["utilisation"].between(0, 1).all()


# --- What it says -----------------------------------------------------------------------------------------------------


def test_a_run_and_its_table_say_that_they_are_simulated():
    run = simulate(Traffic(requests_per_minute=60, minutes=2), CALLS, Fleet(replicas=3))
    assert repr(run).startswith("Simulated")
    assert run.over_time().columns.name == "simulated"


def test_those_who_were_not_served_count_against_a_deadline_and_not_in_a_percentile():
    law = Traffic(requests_per_minute=600, minutes=5)
    run = simulate(law, CALLS, Fleet(replicas=4, queue_limit=2), seed=1)
    assert run.response_quantile(0.5) < 5
    assert run.answered_within(60) == run.summary.served / run.summary.requests < 0.5


def test_numbers_over_time_add_up_to_the_summary():
    run = scaled()
    steps, s = run.over_time(30), run.summary
    assert steps["requests"].sum() == s.requests
    assert steps["paid"].mean() * 40 / 60 == pytest.approx(s.replica_hours)
    assert (steps["utilisation"] * steps["ready"]).sum() / steps["ready"].sum() == pytest.approx(s.utilisation)


def test_nobody_arriving_is_no_error():
    run = simulate(Traffic(requests_per_minute=0.001, minutes=1), CALLS, Fleet(replicas=1))
    assert run.summary.requests == 0
    assert run.over_time()["waiting"].sum() == 0
    assert "0 requests" in repr(run)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Fleet(replicas=0), "at least 1"),
        (lambda: Autoscaler(minimum=5, maximum=2, start_delay_s=60), "maximum that is not below"),
        (
            lambda: Fleet(replicas=1, autoscaler=Autoscaler(minimum=2, maximum=4, start_delay_s=60)),
            "Start within these",
        ),
        (lambda: Traffic(requests_per_minute=10_000, minutes=60 * 24), "5,000,000 at most"),
        (lambda: Clients(timeout_s=-1), "greater than 0"),
        (
            lambda: simulate(Traffic(requests_per_minute=1, minutes=1), CALLS, Fleet(replicas=1), seed=-1),
            "whole number from 0",
        ),
        (lambda: Fleet(replicas=2, queue_size=5), "queue_limit"),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_a_sentence(make, said):
    with pytest.raises(InvalidData, match=said):
        make()


def test_a_step_of_no_length_is_refused():
    run = simulate(Traffic(requests_per_minute=60, minutes=1), CALLS, Fleet(replicas=1))
    with pytest.raises(ValueError, match="above 0"):
        run.over_time(0)
