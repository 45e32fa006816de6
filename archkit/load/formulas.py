"""Closed formulas of queueing theory, for Poisson arrivals and exponential times of service (M/M/c).

Source: Erlang 1917; any textbook, such as Harchol-Balter, *Performance Modeling and Design of Computer Systems*,
Cambridge 2013, chapters 13 and 14.
"""

from __future__ import annotations

import math

__all__ = ["chance_of_waiting", "chance_of_waiting_longer", "mean_wait"]


def chance_of_waiting(offered: float, servers: int) -> float:
    """Return the share of requests that have to wait at all: Erlang's C formula.

    Args:
        offered: offered load, in servers kept busy on average: arrivals a second times mean seconds of service.
        servers: how many there are, behind one queue.

    Returns:
        A share from 0 to 1; 1 where the load is not below the servers, since the queue then grows without end.

    Raises:
        ValueError: if the load is negative or there is no server.
    """
    if not offered >= 0 or servers < 1:
        raise ValueError(f"Erlang C was given a load of {offered} for {servers} servers: give a load of 0 or more, and "
                         "at least one server.")  # fmt: skip
    if offered >= servers:
        return 1.0
    blocked = 1.0
    for n in range(1, servers + 1):  # Erlang B by its recursion, which neither overflows nor loses digits
        blocked = offered * blocked / (n + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


def mean_wait(per_second: float, service_s: float, servers: int = 1) -> float:
    """Return the mean time that requests wait before they are served, in seconds; infinite above capacity.

    With one server this is M/M/1: utilisation / (1 - utilisation) times the time of service.

    Args:
        per_second: requests arriving a second.
        service_s: mean seconds of service.
        servers: how many there are, behind one queue.
    """
    spare = servers / service_s - per_second
    return chance_of_waiting(per_second * service_s, servers) / spare if spare > 0 else math.inf


def chance_of_waiting_longer(seconds: float, per_second: float, service_s: float, servers: int = 1) -> float:
    """Return the share of requests that wait longer than this; 1 above capacity.

    Args:
        seconds: the wait in question.
        per_second: requests arriving a second.
        service_s: mean seconds of service.
        servers: how many there are, behind one queue.
    """
    spare = servers / service_s - per_second
    return chance_of_waiting(per_second * service_s, servers) * math.exp(-spare * seconds) if spare > 0 else 1.0
