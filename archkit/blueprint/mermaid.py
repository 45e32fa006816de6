"""A blueprint as a Mermaid flowchart, which JupyterLab and GitHub draw."""

from __future__ import annotations

import re
from typing import Literal, get_args

from archkit.blueprint.model import Blueprint, Interface, Node, Store
from archkit.blueprint.wording import display_names, figures_of, kind_of, outcome_of, sensitive_data, zone_title
from archkit.typed_data import InvalidData, did_you_mean, shortened

__all__ = ["Level", "to_mermaid"]

Level = Literal["zones", "components", "details"]

_SHAPES = {
    "user": ('(["', '"])'),
    "human": ('(["', '"])'),
    "client": ('("', '")'),
    "gateway": ('{{"', '"}}'),
    "agent": ('[["', '"]]'),
    "model": ('[/"', '"\\]'),
    "embedder": ('[/"', '"\\]'),
    "queue": ('>"', '"]'),
    "cache": ('[("', '")]'),
    "job": ('("', '")'),
}
_STORE_SHAPE = ('[("', '")]')
_OTHER_SHAPE = ('["', '"]')


def to_mermaid(blueprint: Blueprint, level: Level = "components") -> str:
    """Draw a blueprint as Mermaid text, the same each time.

    Trust zones are frames, kinds have shapes, calls are arrows: solid when the source waits for the answer and needs
    it, dashed when the call is async or optional, thick when it carries data about people, or secrets.

    Args:
        blueprint: the architecture.
        level: "zones" shows only who sends which data to whom, for a board or a data protection officer;
            "components" shows every node, protocol and data; "details" adds capacity, latency, calls, timeouts and
            what takes over when something fails.

    Returns:
        A `flowchart`, with a title and a description for screen readers. Put it into a ```mermaid block.

    Raises:
        InvalidData: if there is no such level.
    """
    if level not in get_args(Level):
        raise InvalidData(
            "to_mermaid",
            [
                f"level {shortened(level)} is not known.{did_you_mean(level, get_args(Level))} "
                f"There are: {', '.join(get_args(Level))}."
            ],
        )
    lines = [
        "flowchart TB",
        f"  accTitle: {_text(blueprint.name)}",
        f"  accDescr: {_text(blueprint.purpose)}",
        *(_zones_only(blueprint) if level == "zones" else _parts(blueprint, detailed=level == "details")),
    ]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """Escape text so that Mermaid shows it and never reads it.

    All but letters, digits and a few marks become entity codes (`#NN;`), since quotes, backticks, `%%{`, `style:`
    and a Markdown list at the beginning ("1. ") all mean something to Mermaid.
    """
    return re.sub(r"(?<=^\d)[.)]|[^\w ,.()/'→]|_", lambda found: f"#{ord(found.group())};", text)


def _name(prefix: str, id: str) -> str:
    """Return a Mermaid id that is no word of its language; upper case keeps it unique, as ids have none."""
    return f"{prefix}_{id.replace('-', 'H')}"


def _node(node: Node, label: str, prefix: str = "n") -> str:
    opening, closing = _STORE_SHAPE if isinstance(node, Store) else _SHAPES.get(node.kind, _OTHER_SHAPE)
    return f"{_name(prefix, node.id)}{opening}{label}{closing}"


def _zones_only(blueprint: Blueprint) -> list[str]:
    zone_of = {node.id: node.zone for node in blueprint.nodes}
    lines = [f'  {_name("z", zone.id)}["{_text(zone.name)}<br/>{_text(zone_title(zone))}"]' for zone in blueprint.zones]
    crossing: dict[tuple[str, str], dict[str, None]] = {}
    sensitive: set[tuple[str, str]] = set()
    for interface in blueprint.interfaces:
        pair = (zone_of[interface.source], zone_of[interface.target])
        if pair[0] != pair[1]:
            crossing.setdefault(pair, {}).update(dict.fromkeys(interface.carries))
            if sensitive_data(blueprint, interface):
                sensitive.add(pair)
    for pair, data in crossing.items():
        arrow = "==>" if pair in sensitive else "-->"
        label = f'|"{_text(", ".join(data))}"|' if data else ""
        lines.append(f"  {_name('z', pair[0])} {arrow}{label} {_name('z', pair[1])}")
    return lines


def _parts(blueprint: Blueprint, *, detailed: bool) -> list[str]:
    names = display_names(blueprint)
    lines = []
    thick: list[str] = []
    for zone in blueprint.zones:
        lines.append(f'  subgraph {_name("z", zone.id)}["{_text(zone.name)} ({_text(zone_title(zone))})"]')
        for node in blueprint.nodes:
            if node.zone == zone.id:
                label = f"{_text(names[node.id])}<br/>{_text(kind_of(node))}"
                if detailed and (figures := figures_of(node)):
                    label += f"<br/>{_text(figures)}"
                lines.append(f"    {_node(node, label)}")
        lines.append("  end")
    for position, interface in enumerate(blueprint.interfaces):
        label = "<br/>".join(_text(line) for line in _call_lines(interface, detailed=detailed))
        dashed = interface.mode == "async" or interface.optional
        sensitive = bool(sensitive_data(blueprint, interface))
        arrow = "-.->" if dashed else "==>" if sensitive else "-->"
        if dashed and sensitive:
            thick.append(str(position))
        lines.append(f'  {_name("n", interface.source)} {arrow}|"{label}"| {_name("n", interface.target)}')
    if detailed:
        for node in blueprint.nodes:
            if node.on_failure is not None and node.on_failure.to is not None:
                label = _text(f"when it fails, {outcome_of(node.on_failure, names)}")
                lines.append(f'  {_name("n", node.id)} -.->|"{label}"| {_name("n", node.on_failure.to)}')
    if thick:
        lines.append(f"  linkStyle {','.join(thick)} stroke-width:3.5px")
    return lines


def _call_lines(interface: Interface, *, detailed: bool) -> list[str]:
    lines = [interface.protocol]
    if interface.carries:
        lines.append(", ".join(dict.fromkeys(interface.carries)))
    notes = [word for word, holds in (("async", interface.mode == "async"), ("optional", interface.optional)) if holds]
    if detailed:
        if interface.calls_per_request != 1:
            notes.append(f"{interface.calls_per_request:g} calls")
        if interface.timeout_ms is not None:
            notes.append(f"timeout {interface.timeout_ms:,} ms")
    if notes:
        lines.append(", ".join(notes))
    return lines
