"""What a load does to a blueprint: how busy each node is, and what breaks first."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from archkit.blueprint.model import Blueprint
from archkit.typed_data import InvalidData, shortened

__all__ = ["Saturation", "breaks_first", "expected_calls", "headroom", "utilisation"]

_MOST_CALLS = 1e12
_SETTLES = 1e-9


@dataclass(frozen=True, slots=True)
class Saturation:
    """The node that is the first to be fully busy as the load grows.

    Attributes:
        node: its id.
        requests_per_second: user requests per second at the entry at which it is fully busy.
        calls_per_request: calls that reach it for each user request.
        capacity_rps: calls per second that it can serve.
    """

    node: str
    requests_per_second: float
    calls_per_request: float
    capacity_rps: float


def expected_calls(blueprint: Blueprint) -> dict[str, float]:
    """Say how many calls reach each node for one user request at the entry.

    One request reaches the entry. Along a path the `calls_per_request` of its interfaces multiply, and the paths to
    a node add up; sync, async and optional calls all count, what only a failure would cause does not. Where nodes
    call each other in a circle (an agent that may ask again), every round counts as long as each is rarer than the
    one before, so that the sum stays finite: c = e + Aᵀc with e = 1 at the entry and A[i, j] the calls from i to j.

    Returns:
        For each node's id its expected calls per user request (no unit); 0 for nodes that no request reaches.

    Raises:
        InvalidData: if a circle of calls never settles, or the calls exceed 10¹² a request.
    """
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(node.id for node in blueprint.nodes)
    for interface in blueprint.interfaces:
        before = graph.get_edge_data(interface.source, interface.target, {"calls": 0.0})["calls"]
        graph.add_edge(interface.source, interface.target, calls=before + interface.calls_per_request)

    calls = dict.fromkeys(graph, 0.0)
    reached = graph.subgraph({blueprint.entry, *nx.descendants(graph, blueprint.entry)})
    incoming = dict.fromkeys(reached, 0.0)
    incoming[blueprint.entry] = 1.0
    circles = nx.condensation(reached)
    for number in nx.topological_sort(circles):
        members = [node for node in calls if node in circles.nodes[number]["members"]]
        inside = {
            (source, target): graph.edges[source, target]["calls"]
            for source in members
            for target in members
            if graph.has_edge(source, target)
        }
        calls.update(_settle(blueprint, members, inside, incoming))
        for source in members:
            for target in reached.successors(source):
                if target not in members:
                    incoming[target] += calls[source] * graph.edges[source, target]["calls"]
    worst = max(calls, key=lambda node: calls[node])
    if not calls[worst] <= _MOST_CALLS:
        raise InvalidData(
            f"The load of {blueprint.name!r}",
            [f"{worst!r} is reached by more than {_MOST_CALLS:g} calls for one request. Check calls_per_request."],
        )
    return calls


def _settle(
    blueprint: Blueprint,
    members: list[str],
    inside: Mapping[tuple[str, str], float],
    incoming: Mapping[str, float],
) -> dict[str, float]:
    """Solve (I - Aᵀ) c = e for nodes that call each other, by elimination.

    I - Aᵀ has positive pivots, without exchanging rows, exactly when the rounds of calls die out (it is then a
    non-singular M-matrix: Berman and Plemmons, Nonnegative Matrices in the Mathematical Sciences, ch. 6).
    """
    size = len(members)
    rows = [
        [float(row == column) - inside.get((members[column], members[row]), 0.0) for column in range(size)]
        + [incoming[members[row]]]
        for row in range(size)
    ]
    for pivot in range(size):
        if rows[pivot][pivot] <= _SETTLES:
            raise InvalidData(
                f"The load of {blueprint.name!r}",
                [
                    f"{', '.join(members)} call each other in a circle that never settles: each request causes at "
                    "least one more. Give an interface of the circle calls_per_request below 1, or break the circle."
                ],
            )
        for row in range(pivot + 1, size):
            factor = rows[row][pivot] / rows[pivot][pivot]
            if factor:
                for column in range(pivot, size + 1):
                    rows[row][column] -= factor * rows[pivot][column]
    solved = [0.0] * size
    for row in reversed(range(size)):
        rest = sum(rows[row][column] * solved[column] for column in range(row + 1, size))
        solved[row] = (rows[row][size] - rest) / rows[row][row]
    return dict(zip(members, solved, strict=True))


def utilisation(blueprint: Blueprint, requests_per_second: float) -> dict[str, float]:
    """Say which part of its capacity each node uses at a load.

    Args:
        blueprint: the architecture.
        requests_per_second: user requests per second at the entry.

    Returns:
        For the id of each node with a known capacity: calls per second that reach it ÷ its `capacity_rps`.
        1.0 is fully busy; above 1.0 work arrives faster than it is done. Waiting grows steeply well before 1.0.

    Raises:
        InvalidData: if the load is not a finite number of at least 0, or see `expected_calls`.
    """
    load = _load(requests_per_second, "utilisation", smallest="at least 0", allowed=lambda rate: rate >= 0)
    calls = expected_calls(blueprint)
    return {
        node.id: load * calls[node.id] / node.capacity_rps for node in blueprint.nodes if node.capacity_rps is not None
    }


def headroom(blueprint: Blueprint, requests_per_second: float) -> dict[str, float]:
    """Say how many times a load could grow before each node is fully busy.

    Args:
        blueprint: the architecture.
        requests_per_second: user requests per second at the entry.

    Returns:
        For the id of each node with a known capacity: capacity ÷ load, the inverse of `utilisation`. 10 means that
        it carries ten times this load, below 1 that it does not carry it; infinite for nodes that no request reaches.

    Raises:
        InvalidData: if the load is not a finite number above 0, or see `expected_calls`.
    """
    load = _load(requests_per_second, "headroom", smallest="above 0", allowed=lambda rate: rate > 0)
    calls = expected_calls(blueprint)
    return {
        node.id: node.capacity_rps / calls[node.id] / load if calls[node.id] else math.inf
        for node in blueprint.nodes
        if node.capacity_rps is not None
    }


def breaks_first(blueprint: Blueprint) -> Saturation | None:
    """Say which node is fully busy first as the load grows, and at how many user requests per second.

    Returns:
        The first of them in the blueprint's order when several saturate together; None when no node that a request
        reaches has a known capacity.

    Raises:
        InvalidData: see `expected_calls`.
    """
    calls = expected_calls(blueprint)
    saturations = [
        Saturation(node.id, node.capacity_rps / calls[node.id], calls[node.id], node.capacity_rps)
        for node in blueprint.nodes
        if node.capacity_rps is not None and calls[node.id] > 0
    ]
    return min(saturations, key=lambda saturation: saturation.requests_per_second, default=None)


def _load(given: object, question: str, *, smallest: str, allowed: Callable[[float], bool]) -> float:
    if isinstance(given, numbers.Real) and not isinstance(given, bool):
        load = float(given)
        if math.isfinite(load) and allowed(load):
            return load
    raise InvalidData(
        question,
        [f"requests_per_second = {shortened(given)} is not a finite number {smallest}. Give user requests per second."],
    )
