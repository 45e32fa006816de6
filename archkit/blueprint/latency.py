"""How long a user waits, and where the time goes."""

from __future__ import annotations

from dataclasses import dataclass

from archkit.blueprint.model import Blueprint, Interface
from archkit.typed_data import InvalidData

__all__ = ["CriticalStep", "critical_path", "latency_ms", "timeouts_too_short", "unknown_latencies"]


@dataclass(frozen=True, slots=True)
class CriticalStep:
    """A node on the critical path.

    Attributes:
        node: its id.
        calls: calls of it that the user waits for, for one request.
        ms: milliseconds of the wait that are spent in it, all these calls together.
    """

    node: str
    calls: float
    ms: float


def latency_ms(blueprint: Blueprint, start: str | None = None) -> float:
    """Estimate how long one call of a node typically takes, with everything it waits for.

    Its own `latency_ms`, plus its sync calls one after the other: for each `calls_per_request` × the latency of the
    target, found in the same way. Of the calls that share a `parallel_group` only the slowest counts. Async calls
    are not waited for. The result is a sum of typical values: right for averages, too low for a 95th percentile.
    A node without `latency_ms` counts as 0; `unknown_latencies` lists them.

    Args:
        blueprint: the architecture.
        start: id of the node that is called; None for the entry, which gives the user's wait.

    Returns:
        Milliseconds.

    Raises:
        InvalidData: if there is no such node, or if nodes wait for each other in a circle.
    """
    start = blueprint.entry if start is None else blueprint.node(start).id
    return _latencies(blueprint, start)[start]


def critical_path(blueprint: Blueprint) -> tuple[CriticalStep, ...]:
    """Say where the time goes that a user waits at the entry.

    It follows every sync call that is made one after the other and, in each parallel group, the slowest (the first
    of them when several are equally slow). The steps' milliseconds add up to `latency_ms(blueprint)`.

    Returns:
        The nodes on it, each once, in the order in which they are first called. A node that only belongs to a faster
        branch of a parallel group is not on it: making it faster changes nothing.

    Raises:
        InvalidData: if nodes wait for each other in a circle.
    """
    latencies = _latencies(blueprint, blueprint.entry)
    waited: dict[str, list[Interface]] = {
        id: [
            max(group, key=lambda interface: interface.calls_per_request * latencies[interface.target])
            for group in _groups(blueprint, id)
        ]
        for id in latencies
    }
    order: list[str] = []
    pending = [blueprint.entry]
    while pending:
        id = pending.pop()
        if id not in order:
            order.append(id)
            pending.extend(interface.target for interface in reversed(waited[id]))
    calls = dict.fromkeys(order, 0.0)
    calls[blueprint.entry] = 1.0
    for id in reversed(latencies):  # callers come before what they call
        if id in calls:
            for interface in waited[id]:
                calls[interface.target] += calls[id] * interface.calls_per_request
    return tuple(CriticalStep(id, calls[id], calls[id] * (blueprint.node(id).latency_ms or 0.0)) for id in order)


def unknown_latencies(blueprint: Blueprint) -> tuple[str, ...]:
    """List the nodes that a user waits for and whose own latency is not known.

    Returns:
        Their ids, in the blueprint's order, without the entry: a user is not waited for.

    Raises:
        InvalidData: if nodes wait for each other in a circle.
    """
    waited_for = _latencies(blueprint, blueprint.entry)
    return tuple(
        node.id
        for node in blueprint.nodes
        if node.id in waited_for and node.id != blueprint.entry and node.latency_ms is None
    )


def timeouts_too_short(blueprint: Blueprint) -> tuple[Interface, ...]:
    """List the sync interfaces that give up before their target has typically answered.

    Returns:
        Those whose `timeout_ms` is below `latency_ms(blueprint, target)`, in the blueprint's order.

    Raises:
        InvalidData: if nodes wait for each other in a circle.
    """
    return tuple(
        interface
        for interface in blueprint.interfaces
        if interface.mode == "sync"
        and interface.timeout_ms is not None
        and interface.timeout_ms < latency_ms(blueprint, interface.target)
    )


def _groups(blueprint: Blueprint, id: str) -> list[list[Interface]]:
    """Return the sync calls of a node: those of one parallel group together, every other one alone."""
    groups: dict[object, list[Interface]] = {}
    for position, interface in enumerate(blueprint.calls_of(id)):
        if interface.mode == "sync":
            key = position if interface.parallel_group is None else interface.parallel_group
            groups.setdefault(key, []).append(interface)
    return list(groups.values())


def _latencies(blueprint: Blueprint, start: str) -> dict[str, float]:
    """Return the latency of `start` and of all that it waits for, called nodes before their callers."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(node.id for node in blueprint.nodes)
    graph.add_edges_from((call.source, call.target) for call in blueprint.interfaces if call.mode == "sync")
    waited_for = graph.subgraph({start, *nx.descendants(graph, start)})
    try:
        order = list(nx.topological_sort(waited_for))
    except nx.NetworkXUnfeasible:
        circle = [source for source, _ in nx.find_cycle(waited_for, start)]
        raise InvalidData(
            f"The latency of {blueprint.name!r}",
            [
                f"{' → '.join([*circle, circle[0]])} wait for each other in a circle, which has no end. "
                "Make one of these calls async, or take it out."
            ],
        ) from None
    latencies: dict[str, float] = {}
    for id in reversed(order):
        latencies[id] = (blueprint.node(id).latency_ms or 0.0) + sum(
            max(call.calls_per_request * latencies[call.target] for call in group) for group in _groups(blueprint, id)
        )
    return latencies
