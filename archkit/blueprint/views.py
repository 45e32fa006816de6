"""Views: one blueprint drawn at three levels, each for other readers.

The levels follow the C4 model (Simon Brown, c4model.com): the system in its context, the parts that run and store
("containers"), and one part with what it has agreed with its neighbours. A view is a smaller `Blueprint`, so that
every way to draw one draws it too. It is made for reading: load, latency and failure are questions to the whole.
"""

from __future__ import annotations

from collections.abc import Iterable

from archkit.blueprint.model import Blueprint, Component, ComponentKind, Interface, Node, Store
from archkit.typed_data import InvalidData

__all__ = ["container_view", "context_view", "neighbourhood"]

_STAY_THEMSELVES = ("user", "human", "external")
_LONGEST_NAME, _LONGEST_ID = 60, 40


def context_view(blueprint: Blueprint) -> Blueprint:
    """Return the first level: the system, the people who use it, and the other systems that it deals with.

    People and components of kind "external" stay themselves. All other parts of one trust zone of your own become one
    box that bears the system's name; those of another zone become one box that bears the zone's, unless there is only
    one. Calls between the same two boxes become one that carries the data of all of them. Numbers, contracts, state
    and failure behaviour are left out.

    Returns:
        A blueprint with the same zones and data classes. Each trust zone that had a part still has one, and data that
        crossed from one zone to another still does.
    """
    own = [zone.id for zone in blueprint.zones if zone.operator == "own"]
    folded: dict[str, list[Node]] = {zone.id: [] for zone in blueprint.zones}
    for node in blueprint.nodes:
        if node.kind not in _STAY_THEMSELVES:
            folded[node.zone].append(node)
    own_boxes = [id for id in own if folded[id]]

    box_of = {node.id: node.id for node in blueprint.nodes}
    components: dict[str, Component] = {}
    stores: list[Store] = []
    for zone in blueprint.zones:
        parts = folded[zone.id]
        if zone.id in own_boxes:
            name = blueprint.name if len(own_boxes) == 1 else f"{blueprint.name}: {zone.name}"
        elif len(parts) > 1:
            name = zone.name
        else:
            continue
        taken = {node.id for node in blueprint.nodes if node not in parts} | set(components)
        id = _free_id(zone.id, taken)
        kind: ComponentKind = "service" if zone.id in own_boxes else "external"
        components[id] = Component(id=id, name=_fitting(name), kind=kind, zone=zone.id)
        box_of.update(dict.fromkeys((part.id for part in parts), id))
    for node in blueprint.nodes:
        if box_of[node.id] == node.id and node.id not in components:
            bare = _without_numbers(node)
            if isinstance(bare, Store):
                stores.append(bare)
            else:
                components[node.id] = bare

    together: dict[tuple[str, str], list[Interface]] = {}
    for interface in blueprint.interfaces:
        ends = box_of[interface.source], box_of[interface.target]
        if ends[0] != ends[1]:
            together.setdefault(ends, []).append(interface)
    return blueprint.changed(
        name=_fitting(blueprint.name, ": context"),
        # People first, since they begin everything.
        components=sorted(components.values(), key=lambda part: part.kind not in ("user", "human")),
        stores=stores,
        interfaces=[_joined(blueprint, *ends, calls) for ends, calls in together.items()],
        states=(),
        entry=box_of[blueprint.entry],
    )


def container_view(blueprint: Blueprint) -> Blueprint:
    """Return the second level: everything that runs or stores, who calls whom by which protocol, with which data.

    It is the whole blueprint without capacities, latencies and failure behaviour. What each part remembers stays.
    """
    return blueprint.changed(
        name=_fitting(blueprint.name, ": containers"),
        components=[_without_numbers(component) for component in blueprint.components],
        stores=[_without_numbers(store) for store in blueprint.stores],
    )


def neighbourhood(blueprint: Blueprint, id: str) -> Blueprint:
    """Return the third level: one part, who calls it, what it calls, and what it remembers, with every detail.

    The neighbours are shown for the sake of the part: calls between two of them are left out. Whoever takes over when
    the part, or something that it calls, fails is a neighbour too, and so is the store or owner of its state.

    Args:
        blueprint: the architecture.
        id: id of the component or store to look at.

    Returns:
        A blueprint whose requests come in where the whole one's do, if that is in the view, else at the part's first
        caller, else at the part itself.

    Raises:
        InvalidData: if there is no such part, or if it is a store that no component has to do with.
    """
    part = blueprint.node(id)
    calls = [interface for interface in blueprint.interfaces if id in (interface.source, interface.target)]
    states = [state for state in blueprint.states if id in (state.kept_in, state.owner)]
    near = {id, *(end for call in calls for end in (call.source, call.target))}
    near |= {end for state in states for end in (state.kept_in, state.owner)}
    may_fail = [part, *(blueprint.node(call.target) for call in calls if call.source == id)]
    near |= {node.on_failure.to for node in may_fail if node.on_failure and node.on_failure.to}
    components = [_without_dangling_plan(c, near) for c in blueprint.components if c.id in near]
    if not components:
        raise InvalidData(
            f"The neighbourhood of {id!r}",
            ["no component calls this store or keeps state in it. Draw the interface, or take the store out."],
        )
    ids = [component.id for component in components]
    callers = [call.source for call in calls if call.target == id and call.source in ids]
    entry = next(e for e in (blueprint.entry, *callers, id, ids[0]) if e in ids)
    return blueprint.changed(
        name=_fitting(part.name, " and its neighbours"),
        purpose=f"One part of {blueprint.name}, with what it has agreed with others and what it remembers.",
        zones=[z for z in blueprint.zones if any(blueprint.node(node).zone == z.id for node in near)],
        components=components,
        stores=[_without_dangling_plan(store, near) for store in blueprint.stores if store.id in near],
        interfaces=calls,
        states=states,
        entry=entry,
    )


def _without_numbers(node: Node) -> Node:
    return node.changed(capacity_rps=None, latency_ms=None, latency_p95_ms=None, on_failure=None)


def _without_dangling_plan(node: Node, kept: set[str]) -> Node:
    """Leave out a failure behaviour whose `to` is not in the view, which then says nothing about it."""
    plan = node.on_failure
    return node if plan is None or plan.to is None or plan.to in kept else node.changed(on_failure=None)


def _joined(blueprint: Blueprint, source: str, target: str, calls: list[Interface]) -> Interface:
    carried = {name for call in calls for name in call.carries}
    return Interface(
        source=source,
        target=target,
        protocol=_fitting(", ".join(dict.fromkeys(call.protocol for call in calls))),
        carries=tuple(data.name for data in blueprint.data_classes if data.name in carried),
        mode="sync" if any(call.mode == "sync" for call in calls) else "async",
        optional=all(call.optional for call in calls),
    )


def _fitting(name: str, ending: str = "") -> str:
    """Return a name with an ending, the name shortened if both together are too long for one."""
    room = _LONGEST_NAME - len(ending)
    return (name if len(name) <= room else f"{name[: room - 1].rstrip()}…") + ending


def _free_id(wanted: str, taken: Iterable[str]) -> str:
    """Return the id, or the id with the first number behind it that makes it free."""
    taken, id, number = set(taken), wanted, 1
    while id in taken:
        number += 1
        id = f"{wanted[: _LONGEST_ID - len(str(number)) - 1]}-{number}"
    return id
