"""What a failure does to a blueprint: who stops when a node is lost."""

from __future__ import annotations

from archkit.blueprint.model import Blueprint, Interface, Node

__all__ = ["single_points_of_failure", "stops_when"]


def stops_when(blueprint: Blueprint, *failed: str) -> tuple[str, ...]:
    """Say which other nodes can no longer serve while the given ones are lost.

    A node is lost as a whole, with all its replicas: a bad release or an expired key takes them all. What it means
    for the others:

    - A node stops when a call that it needs stops: one that is not `optional`. A sync call stops when its target is
      lost or has itself stopped. An async call stops only when its target is lost, for nobody waits for what the
      target does later. A component of kind "queue" keeps what it cannot deliver, so it needs none of its targets.
    - The target's declared `on_failure` can save the caller: "degrade" always; "fallback", "escalate" and "queue" as
      long as `to` serves (a "queue" without `to` keeps the work where it is). "fail", "retry" and nothing declared
      do not.

    Args:
        blueprint: the architecture.
        failed: ids of the lost nodes, for instance all of one vendor's.

    Returns:
        The ids of the nodes that stop, without the lost ones, in the blueprint's order.

    Raises:
        InvalidData: if there is no such node; the nearest id is suggested.
    """
    lost = {blueprint.node(id).id for id in failed}
    nodes = {node.id: node for node in blueprint.nodes}
    needed = [interface for interface in blueprint.interfaces if _needs(nodes[interface.source], interface)]
    stopped: set[str] = set(lost)
    # Nodes only ever stop, so that repeating until nothing changes ends, with the most that can go on serving.
    changed = True
    while changed:
        changed = False
        for interface in needed:
            down = stopped if interface.mode == "sync" else lost
            if (
                interface.source not in stopped
                and interface.target in down
                and not _saved(nodes[interface.target], stopped)
            ):
                stopped.add(interface.source)
                changed = True
    return tuple(id for id in nodes if id in stopped - lost)


def _needs(source: Node, interface: Interface) -> bool:
    return not interface.optional and source.kind != "queue"


def _saved(target: Node, stopped: set[str]) -> bool:
    """Tell whether the callers of a node that is down go on, by what it declares for this."""
    plan = target.on_failure
    if plan is None or plan.behaviour in ("fail", "retry"):
        return False
    return plan.to is None or plan.to not in stopped


def single_points_of_failure(blueprint: Blueprint) -> tuple[str, ...]:
    """Say which nodes, each lost alone, keep the entry from serving at all.

    Optional calls and declared failure behaviour count as `stops_when` describes. The entry itself is left out.

    Returns:
        Their ids, in the blueprint's order.
    """
    return tuple(
        node.id
        for node in blueprint.nodes
        if node.id != blueprint.entry and blueprint.entry in stops_when(blueprint, node.id)
    )
