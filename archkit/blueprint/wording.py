"""How the parts of a blueprint are put into words, the same in every drawing."""

from __future__ import annotations

from collections import Counter

from archkit.blueprint.model import Blueprint, FailureBehaviour, Interface, Node, Store, TrustZone

__all__ = [
    "display_names",
    "figures_of",
    "kind_of",
    "outcome_of",
    "sensitive_data",
    "zone_title",
]

_OPERATORS = {"own": "run by us", "vendor": "run by a vendor", "public": "open to anyone"}
_SENSITIVE = ("personal", "special_category", "payment", "secret")


def display_names(blueprint: Blueprint) -> dict[str, str]:
    """Return what to call each node, by id: its name, with the id behind it where two have the same name."""
    shared = Counter(node.name for node in blueprint.nodes)
    return {node.id: node.name if shared[node.name] == 1 else f"{node.name} ({node.id})" for node in blueprint.nodes}


def kind_of(node: Node) -> str:
    """Return the kind of a node in words, such as "vector store" or "service, 3 replicas"."""
    kind = node.kind.replace("_", " ")
    if isinstance(node, Store):
        return kind if node.kind == "log" else f"{kind} store"
    return f"{kind}, {node.replicas} replicas" if node.replicas > 1 else kind


def figures_of(node: Node) -> str:
    """Return the numbers that are known of a node, such as "25 calls/s, 900 ms", or ""."""
    figures = []
    if node.capacity_rps is not None:
        figures.append(f"{node.capacity_rps:,g} calls/s")
    if node.latency_ms is not None:
        figures.append(f"{node.latency_ms:,g} ms")
    if isinstance(node, Store) and node.size_gb is not None:
        figures.append(f"{node.size_gb:,g} GB")
    return ", ".join(figures)


def sensitive_data(blueprint: Blueprint, interface: Interface) -> tuple[str, ...]:
    """Return the data about people, and the secrets, that an interface carries, in the blueprint's order."""
    return tuple(
        data.name
        for data in blueprint.data_classes
        if data.sensitivity in _SENSITIVE and data.name in interface.carries
    )


def outcome_of(plan: FailureBehaviour, names: dict[str, str]) -> str:
    """Say what a failure behaviour does to a request, without a full stop."""
    to = names.get(plan.to or "", "")
    return {
        "fail": "the caller fails too",
        "fallback": f"{to} answers instead",
        "degrade": "the caller goes on without it",
        "queue": f"the work waits in {to}" if to else "the work waits and is done later",
        "retry": "the call is tried again",
        "escalate": f"{to} takes over",
    }[plan.behaviour]


def zone_title(zone: TrustZone) -> str:
    """Return who runs a zone and where, such as "run by a vendor, region us"."""
    return f"{_OPERATORS[zone.operator]}, region {zone.region}"
