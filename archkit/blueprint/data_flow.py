"""Where data goes: which interfaces carry it across a boundary, and where it is outside its home region."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import get_args

from archkit.blueprint.model import Blueprint, Interface, Sensitivity, TrustZone
from archkit.typed_data import InvalidData, did_you_mean, shortened

__all__ = ["Crossing", "Stray", "boundary_crossings", "outside_home_region"]


@dataclass(frozen=True, slots=True)
class Crossing:
    """An interface that carries data across a boundary.

    Attributes:
        interface: the interface.
        data: the names of the data classes that cross, in the blueprint's order.
        source_zone: the trust zone of its source.
        target_zone: the trust zone of its target.
        changes: what differs between the two: "operator", "party" (two vendors, for instance), "region".
    """

    interface: Interface
    data: tuple[str, ...]
    source_zone: TrustZone
    target_zone: TrustZone
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stray:
    """Data in a region that is not its home.

    Attributes:
        data: the name of the data class.
        home_region: the region that it must stay in.
        node: the id of the node that holds it, sends it or receives it.
        region: the region that the node is in.
    """

    data: str
    home_region: str
    node: str
    region: str


def boundary_crossings(
    blueprint: Blueprint, sensitivity: Sensitivity | Collection[Sensitivity] | None = None
) -> tuple[Crossing, ...]:
    """List the interfaces that carry data between trust zones of different parties or regions.

    A boundary lies between zones of different `operator` or `region`, and between any two zones that are not your
    own: two vendors are two parties, each with a contract of its own. Two zones of your own in one region have none.

    Args:
        blueprint: the architecture.
        sensitivity: only data of this sensitivity, or of one of these; None for all data.

    Returns:
        One entry for each such interface with at least one such data class, in the blueprint's order.

    Raises:
        InvalidData: if there is no such sensitivity.
    """
    known = get_args(Sensitivity)
    wanted = known if sensitivity is None else (sensitivity,) if isinstance(sensitivity, str) else tuple(sensitivity)
    for name in wanted:
        if name not in known:
            raise InvalidData(
                "boundary_crossings",
                [f"{shortened(name)} is not a sensitivity.{did_you_mean(name, known)} There are: {', '.join(known)}."],
            )
    names = [data.name for data in blueprint.data_classes if data.sensitivity in wanted]
    zone_of = {node.id: blueprint.zone(node.zone) for node in blueprint.nodes}
    crossings = []
    for interface in blueprint.interfaces:
        source_zone, target_zone = zone_of[interface.source], zone_of[interface.target]
        data = tuple(name for name in names if name in interface.carries)
        changes = _changes(source_zone, target_zone)
        if data and changes:
            crossings.append(Crossing(interface, data, source_zone, target_zone, changes))
    return tuple(crossings)


def _changes(source: TrustZone, target: TrustZone) -> tuple[str, ...]:
    changes = []
    if source.operator != target.operator:
        changes.append("operator")
    elif source.id != target.id and source.operator != "own":
        changes.append("party")
    if source.region != target.region:
        changes.append("region")
    return tuple(changes)


def outside_home_region(blueprint: Blueprint) -> tuple[Stray, ...]:
    """List every place where data with a home region is in another region.

    A node has data when it is a store that holds it, when an interface carries it to or from the node, or when it
    keeps state that holds it. A zone of region "global" is outside every home region: nobody can say where it is.

    Returns:
        One entry for each data class and node, data classes in the blueprint's order, then nodes in theirs.
    """
    has: dict[str, set[str]] = {node.id: set() for node in blueprint.nodes}
    for store in blueprint.stores:
        has[store.id].update(store.holds)
    for interface in blueprint.interfaces:
        has[interface.source].update(interface.carries)
        has[interface.target].update(interface.carries)
    for state in blueprint.states:
        has[state.kept_in].update(state.holds)
    return tuple(
        Stray(data.name, data.home_region, node.id, blueprint.zone(node.zone).region)
        for data in blueprint.data_classes
        if data.home_region is not None
        for node in blueprint.nodes
        if data.name in has[node.id] and blueprint.zone(node.zone).region != data.home_region
    )
