"""A blueprint in plain text: what its picture shows, for screen readers, diffs and terminals."""

from __future__ import annotations

from archkit.blueprint.model import Blueprint, Interface, Store
from archkit.blueprint.wording import display_names, figures_of, kind_of, outcome_of, zone_title

__all__ = ["describe"]


def describe(blueprint: Blueprint) -> str:
    """Return all that a blueprint says as short lines of text, the same each time."""
    names = display_names(blueprint)
    sensitivity = {data.name: data.sensitivity.replace("_", " ") for data in blueprint.data_classes}

    def data(listed: tuple[str, ...]) -> str:
        return ", ".join(f"{name} ({sensitivity[name]})" for name in dict.fromkeys(listed))

    lines = [f"{blueprint.name}: {blueprint.purpose}", f"Requests come in at {names[blueprint.entry]}."]

    lines += ["", "Trust zones"]
    for zone in blueprint.zones:
        inside = [node for node in blueprint.nodes if node.zone == zone.id]
        lines.append(f"- {zone.name} ({zone_title(zone)}){': nothing in it' if not inside else ''}")
        for node in inside:
            words = [f"  - {names[node.id]}: {kind_of(node)}"]
            if figures := figures_of(node):
                words.append(figures)
            if isinstance(node, Store):
                if node.holds:
                    words.append(f"holds {data(node.holds)}")
                words.append(f"owner {node.owner}" if node.owner else "no owner")
                words.append(_retention(node.retention_days))
                if node.source_of_truth:
                    words.append("source of truth")
            lines.append("; ".join(words))

    lines += ["", "Calls"]
    lines += [
        f"- {names[interface.source]} to {names[interface.target]}: "
        + "; ".join(
            [interface.protocol]
            + ([f"carries {data(interface.carries)}"] if interface.carries else [])
            + _manner(interface)
        )
        for interface in blueprint.interfaces
    ] or ["- none"]

    if blueprint.states:
        lines += ["", "State"]
        for state in blueprint.states:
            scope = "shared by all" if state.scope == "shared" else f"one for each {state.scope}"
            words = [scope, f"kept in {names[state.kept_in]}", f"changed by {names[state.owner]}"]
            if state.holds:
                words.append(f"holds {data(state.holds)}")
            words.append(_retention(state.retention_days))
            lines.append(f"- {state.name}: {'; '.join(words)}")

    failures = [(node, node.on_failure) for node in blueprint.nodes if node.on_failure is not None]
    if failures:
        lines += ["", "When a part fails"]
        lines += [
            f"- {names[node.id]}: {outcome_of(plan, names)}. The user sees: {plan.user_sees}" for node, plan in failures
        ]
    return "\n".join(lines)


def _retention(days: int | None) -> str:
    return "kept for ever" if days is None else f"deleted after {days} days"


def _manner(interface: Interface) -> list[str]:
    """Say how a call is made, where it is not simply one call that is waited for."""
    words = []
    if interface.calls_per_request != 1:
        words.append(f"{interface.calls_per_request:g} calls per request")
    if interface.mode == "async":
        words.append("does not wait")
    elif interface.parallel_group is not None:
        words.append(f"at the same time as the others of '{interface.parallel_group}'")
    if interface.timeout_ms is not None:
        words.append(f"gives up after {interface.timeout_ms:,} ms")
    if interface.optional:
        words.append("optional")
    if interface.schema_name is not None:
        words.append(f"contract {interface.schema_name}")
    return words
