"""The load simulation beside other ways to compute the same waits, measured in one run: `make bench ARGS=load`.

Each gets the same arrivals and the same calls, so that the waits can be compared request by request. SimPy is no
dependency of the course; where it is not installed, its row says so.
"""

import heapq
import importlib.util
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from archkit.load import Fleet, ModelCalls, Traffic, arrivals, simulate

Waits = np.ndarray[Any, np.dtype[np.float64]]

CALLS = ModelCalls(first_token_ms=400, ms_per_token=8, tokens=150)
SEED = 1


def lindley(moments: Waits, work: Waits) -> Waits:
    """Waits before one server, without a loop: Lindley's recursion as a running maximum."""
    finished = np.cumsum(work)
    before = np.concatenate([[0.0], finished[:-1]])
    starts = before + np.maximum.accumulate(moments - before)
    return np.asarray(starts - moments, dtype=float)


def bare_heap(moments: Waits, work: Waits, servers: int) -> Waits:
    """Waits before many servers, by Kiefer and Wolfowitz on a heap: no queue limit, no patience, no scaling."""
    free = [0.0] * servers
    waits = []
    for now, took in zip(moments.tolist(), work.tolist(), strict=True):
        start = max(now, free[0])
        heapq.heapreplace(free, start + took)
        waits.append(start - now)
    return np.array(waits)


def simpy_processes(moments: Waits, work: Waits, servers: int) -> Waits:
    """Waits before many servers, with one SimPy process for each request, as its documentation models a queue."""
    import simpy

    environment = simpy.Environment()
    resource = simpy.Resource(environment, servers)
    waits = np.zeros(len(moments))

    def request(number: int, took: float) -> Iterator[Any]:
        came = environment.now
        with resource.request() as place:
            yield place
            waits[number] = environment.now - came
            yield environment.timeout(took)

    def source() -> Iterator[Any]:
        for number, (moment, took) in enumerate(zip(moments.tolist(), work.tolist(), strict=True)):
            yield environment.timeout(moment - environment.now)
            environment.process(request(number, took))

    environment.process(source())
    environment.run()
    return waits


def simulated(traffic: Traffic, servers: int) -> Waits:
    """Waits of the course's own simulation, which draws its requests and tabulates its results as well."""
    run = simulate(traffic, CALLS, Fleet(replicas=servers), seed=SEED)
    assert run.summary.served == run.summary.requests
    return run.requests["wait_s"].to_numpy()


def compare(servers: int, requests: int) -> None:
    """Print how long each way takes for this many servers at a utilisation of 93%."""
    per_minute = 0.93 * 60 * servers / CALLS.mean_s
    traffic = Traffic(requests_per_minute=per_minute, minutes=requests / per_minute)
    moments = arrivals(traffic, SEED)
    work = CALLS.sample(len(moments), SEED)
    expected = bare_heap(moments, work, servers)
    rows: dict[str, Callable[[], Waits]] = {
        "archkit.load.simulate, with its tables": lambda: simulated(traffic, servers),
        "bare heap, waits only": lambda: bare_heap(moments, work, servers),
    }
    if servers == 1:
        rows["numpy, Lindley's recursion"] = lambda: lindley(moments, work)
    if importlib.util.find_spec("simpy"):
        rows["SimPy, a process for each request"] = lambda: simpy_processes(moments, work, servers)
    print(f"{f'{len(moments):,} requests, servers: {servers}':<42}{'seconds':>9}{'of them CPU':>13}")
    for name, compute in rows.items():
        wall, cpu = time.perf_counter(), time.process_time()
        waits = compute()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(f"{name:<42}{wall:>9.2f}{cpu:>13.2f}{'' if np.allclose(waits, expected, atol=1e-5) else '  DISAGREES'}")
    print()


def load(requests: int = 1_000_000) -> None:
    """Print how long a million requests take, by several means that must agree."""
    simulate(Traffic(requests_per_minute=10, minutes=1), CALLS, Fleet(replicas=1)).over_time()  # imports what it needs
    if not importlib.util.find_spec("simpy"):
        print("SimPy is not installed here and is left out.")
    for servers in (1, 288):
        compare(servers, requests)
