"""What a drawing hides: parts that nothing reaches, and questions that nobody has answered."""

from __future__ import annotations

from archkit.blueprint.model import Blueprint

__all__ = [
    "data_without_one_source_of_truth",
    "personal_data_kept_for_ever",
    "state_in_memory",
    "stores_without_owner",
    "unreachable",
    "without_failure_behaviour",
]

_BEGIN_WORK = ("user", "human", "job", "external")
_ABOUT_PEOPLE = ("personal", "special_category", "payment")


def unreachable(blueprint: Blueprint) -> tuple[str, ...]:
    """List the nodes that no work ever reaches.

    Work begins at the entry, and at users, humans, jobs and external systems that call something. It goes along all
    interfaces, and to the node that takes over when a node it reaches fails.

    Returns:
        Their ids, in the blueprint's order.
    """
    nodes = {node.id: node for node in blueprint.nodes}
    callers = {interface.source for interface in blueprint.interfaces}
    pending = [blueprint.entry] + [id for id in callers if nodes[id].kind in _BEGIN_WORK]
    reached: set[str] = set()
    while pending:
        id = pending.pop()
        if id in reached:
            continue
        reached.add(id)
        pending.extend(interface.target for interface in blueprint.calls_of(id))
        plan = nodes[id].on_failure
        if plan is not None and plan.to is not None:
            pending.append(plan.to)
    return tuple(id for id in nodes if id not in reached)


def stores_without_owner(blueprint: Blueprint) -> tuple[str, ...]:
    """List the stores that nobody answers for.

    Returns:
        Their ids, in the blueprint's order.
    """
    return tuple(store.id for store in blueprint.stores if store.owner is None)


def personal_data_kept_for_ever(blueprint: Blueprint) -> tuple[str, ...]:
    """List the stores and states that hold data about people and never delete it.

    Data about people is "personal", "special_category" or "payment". That it may not be kept longer than needed is
    the storage limitation of GDPR Article 5(1)(e).

    Returns:
        The ids of the stores, then the names of the states, in the blueprint's order.
    """
    about_people = {data.name for data in blueprint.data_classes if data.sensitivity in _ABOUT_PEOPLE}
    stores = [s.id for s in blueprint.stores if s.retention_days is None and about_people & set(s.holds)]
    states = [s.name for s in blueprint.states if s.retention_days is None and about_people & set(s.holds)]
    return (*stores, *states)


def data_without_one_source_of_truth(blueprint: Blueprint) -> dict[str, tuple[str, ...]]:
    """List the data that is in stores of which none, or more than one, is the source of truth.

    Returns:
        For the name of each such data class, the ids of the stores that claim to be its source of truth: an empty
        tuple, or two and more.
    """
    claims = {}
    for data in blueprint.data_classes:
        holders = [store for store in blueprint.stores if data.name in store.holds]
        claiming = tuple(store.id for store in holders if store.source_of_truth)
        if holders and len(claiming) != 1:
            claims[data.name] = claiming
    return claims


def state_in_memory(blueprint: Blueprint) -> tuple[str, ...]:
    """List the state that outlives a request and is kept in a component's memory.

    A restart loses it, and with more than one replica the next request may reach one that has never seen it.

    Returns:
        The names of the states, in the blueprint's order.
    """
    components = {component.id for component in blueprint.components}
    return tuple(state.name for state in blueprint.states if state.scope != "request" and state.kept_in in components)


def without_failure_behaviour(blueprint: Blueprint) -> tuple[str, ...]:
    """List the nodes that somebody needs and of which nobody has said what happens when they fail.

    Returns:
        The ids of the nodes without `on_failure` that are called by an interface that is not optional, in the
        blueprint's order.
    """
    needed = {interface.target for interface in blueprint.interfaces if not interface.optional}
    return tuple(node.id for node in blueprint.nodes if node.id in needed and node.on_failure is None)
