"""A blueprint as a picture: one SVG text without scripts, the same byte for byte each time."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from archkit.blueprint.description import describe
from archkit.blueprint.failure import stops_when
from archkit.blueprint.layout import Arrow, Drawing, Frame, Point, Rectangle, Shape, arrange
from archkit.blueprint.lettering import text_width, wrap
from archkit.blueprint.model import Blueprint, Interface, Node, Store
from archkit.blueprint.wording import display_names, figures_of, kind_of, sensitive_data, zone_title

__all__ = ["to_html", "to_svg"]

# The picture brings its own light ground, so that it reads the same on light and dark pages. The colours are
# Okabe and Ito's, which colour-blind people can tell apart, as tints under dark text; each says something that a
# shape, a line or a word says as well.
_GROUND, _INK, _QUIET = "#ffffff", "#1b1f24", "#57606a"
_FRAMES = {"own": ("#eef5fb", "#0072b2"), "vendor": ("#fdf3e4", "#b36b00"), "public": ("#f3f4f5", "#6b7280")}
_PEOPLE, _AI, _STORES, _OTHERS = "#fffbe0", "#f6e9f1", "#e4f4ee", "#ffffff"
_SENSITIVE, _FAILURE = "#b34700", "#8a3a75"
_LOST, _STOPPED = ("#f9d9c7", "#b30000"), ("#dfe3e8", "#57606a")
_FONT = "Arial, Helvetica, 'Liberation Sans', sans-serif"

_MARGIN = 18.0
_BOX_WIDTH = 148.0
_BOX_PADDING = 9.0
_CAP = 7.0  # height of the lid of a cylinder
_NAME_SIZE, _NOTE_SIZE, _LABEL_SIZE, _TITLE_SIZE = 13.0, 11.0, 10.5, 17.0
_LABEL_WIDTH = 106.0


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    size: float
    bold: bool = False
    colour: str = _INK


@dataclass(frozen=True, slots=True)
class _Link:
    """An arrow of the picture: a call, or who takes over after a failure."""

    source: str
    target: str
    label: tuple[_Line, ...]
    colour: str
    width: float
    dashes: str


def to_svg(blueprint: Blueprint, *, detailed: bool = False, lost: Collection[str] = ()) -> str:
    """Draw a blueprint: boxes for nodes, frames for trust zones, arrows for calls and for who takes over on failure.

    The text equivalent (`describe`) is in the picture's description, for screen readers.

    Args:
        blueprint: the architecture.
        detailed: also write the contract and timeout of each call, or that there is none; what each node does to a
            request when it fails; the scope of state; and who owns a store, how long it keeps data, and whether it
            is the source of truth.
        lost: ids of nodes to show as lost, together with those that stop with them (`stops_when`).

    Raises:
        InvalidData: if there is no such node; the nearest id is suggested.

    Returns:
        One `<svg>` element without scripts, links or outside references; everything that was named in the blueprint
        is escaped. The same blueprint gives the same bytes.
    """
    names = display_names(blueprint)
    fates = dict.fromkeys(stops_when(blueprint, *lost), "stops") | dict.fromkeys(lost, "lost")
    lines_of = {
        node.id: _box_lines(blueprint, node, names[node.id], detailed=detailed, fate=fates.get(node.id, ""))
        for node in blueprint.nodes
    }
    links = list(_links(blueprint, detailed=detailed))
    titles = {zone.id: (zone.name, zone_title(zone)) for zone in blueprint.zones}
    drawing = arrange(
        shapes=[
            Shape(node.id, node.zone, _BOX_WIDTH, _box_height(node, lines_of[node.id])) for node in blueprint.nodes
        ],
        arrows=[
            Arrow(
                link.source,
                link.target,
                max(text_width(line.text, line.size, bold=line.bold) for line in link.label) + 8,
                _height(link.label) + 4,
            )
            for link in links
        ],
        frames=[
            Frame(
                id,
                max(text_width(name, 12.5, bold=True), text_width(note, _NOTE_SIZE)),
                32.0,
            )
            for id, (name, note) in titles.items()
        ],
        first=blueprint.entry,
    )

    legend = _legend(blueprint, links)
    width = max(drawing.width, 440.0)
    shift = (width - drawing.width) / 2
    heading = wrap(blueprint.name, width, _TITLE_SIZE, bold=True, lines=2)
    purpose = wrap(blueprint.purpose, width, 12.0, lines=4)
    top = _MARGIN + 22 * len(heading) + 16 * len(purpose) + 14
    rows = _legend_rows(legend, width)
    below = top + drawing.height + 10
    whole = (width + 2 * _MARGIN, below + 22 * len(rows) + _MARGIN)

    body: list[str] = [
        f'<rect width="{_n(whole[0])}" height="{_n(whole[1])}" rx="8" fill="{_GROUND}" stroke="#d0d7de"/>'
    ]
    y = _MARGIN + 14
    for text in heading:
        body.append(_text(_MARGIN, y, _Line(text, _TITLE_SIZE, bold=True), anchor="start"))
        y += 22
    for text in purpose:
        body.append(_text(_MARGIN, y - 2, _Line(text, 12.0, colour=_QUIET), anchor="start"))
        y += 16
    body.append(f'<g transform="translate({_n(_MARGIN + shift)} {_n(top)})">')
    body += _picture(blueprint, drawing, links, lines_of, titles, fates)
    body.append("</g>")
    body += _legend_drawn(rows, below)

    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(whole[0])} {_n(whole[1])}" '
            f'width="{_n(whole[0])}" height="{_n(whole[1])}" role="img" font-family="{_FONT}" '
            f'style="max-width:100%;min-width:{_n((0.85 if detailed else 0.8) * whole[0])}px;height:auto">',
            f"<title>{escape(blueprint.name)}</title>",
            f"<desc>{escape(describe(blueprint) + _fates_in_words(fates, names))}</desc>",
            *body,
            "</svg>",
        ]
    )


def _fates_in_words(fates: dict[str, str], names: dict[str, str]) -> str:
    if not fates:
        return ""
    lost = ", ".join(names[id] for id, fate in fates.items() if fate == "lost")
    stopped = ", ".join(names[id] for id, fate in fates.items() if fate == "stops")
    return f"\n\nShown as lost: {lost}. Stops with it: {stopped or 'nothing'}."


def to_html(blueprint: Blueprint, *, detailed: bool = False, lost: Collection[str] = ()) -> str:
    """Return the picture with its text equivalent to unfold below, as HTML without scripts.

    Args:
        blueprint: the architecture.
        detailed: see `to_svg`.
        lost: see `to_svg`.

    Raises:
        InvalidData: if a node that is to be shown as lost does not exist.
    """
    return (
        # A wide drawing scrolls, and so it must be reachable without a mouse.
        f'<div style="overflow-x:auto" tabindex="0" role="region" aria-label="Drawing: {escape(blueprint.name, True)}">'
        f"{to_svg(blueprint, detailed=detailed, lost=lost)}</div>"
        "<details><summary>The same as text</summary>"
        f'<pre style="white-space:pre-wrap">{escape(describe(blueprint))}</pre></details>'
    )


def _n(number: float) -> str:
    """Write a number of pixels."""
    return f"{number:.1f}".removesuffix(".0")


def _height(lines: Sequence[_Line]) -> float:
    return sum(round(line.size * 1.25) for line in lines)


def _box_lines(blueprint: Blueprint, node: Node, name: str, *, detailed: bool, fate: str) -> list[_Line]:
    room = _BOX_WIDTH - 2 * _BOX_PADDING
    lines = [_Line(text, _NAME_SIZE, bold=True) for text in wrap(name, room, _NAME_SIZE, bold=True)]
    entry = "requests come in here" if node.id == blueprint.entry else ""
    kept = ", ".join(
        f"{state.name} ({state.scope})" if detailed else state.name
        for state in blueprint.states
        if state.kept_in == node.id
    )
    # A number stays on one line with its unit.
    figures = ", ".join(figure.replace(" ", "\N{NO-BREAK SPACE}") for figure in figures_of(node).split(", "))
    for note in (kind_of(node), figures, entry, f"keeps state: {kept}" if kept else ""):
        if note:
            lines += [
                _Line(text, _NOTE_SIZE, colour=_QUIET)
                for text in wrap(note, room, _NOTE_SIZE, lines=3 if detailed else 2)
            ]
    for note, known in _details(node) if detailed else ():
        colour = _QUIET if known else _FAILURE
        lines += [_Line(text, _NOTE_SIZE, colour=colour) for text in wrap(note, room, _NOTE_SIZE, lines=2)]
    if fate:
        colour = _LOST[1] if fate == "lost" else _INK
        lines.append(_Line(fate.upper(), _NOTE_SIZE, bold=True, colour=colour))
    return lines


def _details(node: Node) -> Iterator[tuple[str, bool]]:
    """Say what a detailed drawing adds to a box: (words, whether they state something that is known)."""
    if isinstance(node, Store):
        yield (f"owner {node.owner}", True) if node.owner else ("no owner", False)
        kept = "kept for ever" if node.retention_days is None else f"days kept: {node.retention_days}"
        yield f"{kept}, source of truth" if node.source_of_truth else kept, True
    if node.on_failure is not None and node.on_failure.to is None:
        yield f"if it fails: {node.on_failure.behaviour}", True


def _is_cylinder(node: Node) -> bool:
    return isinstance(node, Store) or node.kind == "cache"


def _box_height(node: Node, lines: Sequence[_Line]) -> float:
    return max(44.0, _height(lines) + 2 * _BOX_PADDING + (2 * _CAP if _is_cylinder(node) else 0.0))


def _links(blueprint: Blueprint, *, detailed: bool) -> Iterator[_Link]:
    for interface in blueprint.interfaces:
        sensitive = sensitive_data(blueprint, interface)
        yield _Link(
            interface.source,
            interface.target,
            tuple(_label(interface, sensitive, detailed=detailed)),
            _SENSITIVE if sensitive else _INK,
            2.4 if sensitive else 1.3,
            "7 4" if interface.mode == "async" or interface.optional else "",
        )
    for node in blueprint.nodes:
        if node.on_failure is not None and node.on_failure.to is not None:
            label = wrap(f"if it fails: {node.on_failure.behaviour}", _LABEL_WIDTH, _LABEL_SIZE)
            lines = tuple(_Line(text, _LABEL_SIZE, colour=_FAILURE) for text in label)
            yield _Link(node.id, node.on_failure.to, lines, _FAILURE, 1.6, "2 4")


def _label(interface: Interface, sensitive: Sequence[str], *, detailed: bool) -> Iterator[_Line]:
    how = [interface.protocol]
    if interface.calls_per_request != 1:
        how.append(f"× {interface.calls_per_request:g}")
    if interface.mode == "async":
        how.append("async")
    if interface.optional:
        how.append("optional")
    for text in wrap(" ".join(how), _LABEL_WIDTH, _LABEL_SIZE, lines=2):
        yield _Line(text, _LABEL_SIZE, colour=_QUIET)
    others = [name for name in dict.fromkeys(interface.carries) if name not in sensitive]
    if sensitive:
        for text in wrap(", ".join(sensitive), _LABEL_WIDTH, _LABEL_SIZE, bold=True, lines=3):
            yield _Line(text, _LABEL_SIZE, bold=True, colour=_SENSITIVE)
    if others:
        for text in wrap(", ".join(others), _LABEL_WIDTH, _LABEL_SIZE, lines=3):
            yield _Line(text, _LABEL_SIZE)
    if detailed:
        contract = interface.schema_name or "no schema"
        colour = _QUIET if interface.schema_name else _FAILURE
        for text in wrap(contract, _LABEL_WIDTH, _LABEL_SIZE, lines=2):
            yield _Line(text, _LABEL_SIZE, colour=colour)
        if interface.timeout_ms is not None:
            yield _Line(f"timeout {interface.timeout_ms:,} ms", _LABEL_SIZE, colour=_QUIET)
        elif interface.mode == "sync":
            yield _Line("no timeout", _LABEL_SIZE, colour=_FAILURE)


def _text(x: float, y: float, line: _Line, anchor: str = "middle") -> str:
    weight = ' font-weight="bold"' if line.bold else ""
    place = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(line.size)}"{weight}{place} fill="{line.colour}">'
        f"{escape(line.text)}</text>"
    )


def _stacked(lines: Sequence[_Line], x: float, middle: float) -> Iterator[str]:
    y = middle - _height(lines) / 2
    for line in lines:
        yield _text(x, y + line.size * 0.98, line)
        y += round(line.size * 1.25)


def _picture(
    blueprint: Blueprint,
    drawing: Drawing,
    links: Sequence[_Link],
    lines_of: dict[str, list[_Line]],
    titles: dict[str, tuple[str, str]],
    fates: dict[str, str],
) -> Iterator[str]:
    for zone in blueprint.zones:
        if frame := drawing.frames.get(zone.id):
            fill, stroke = _FRAMES[zone.operator]
            yield (
                f'<rect x="{_n(frame.x)}" y="{_n(frame.y)}" width="{_n(frame.width)}" height="{_n(frame.height)}" '
                f'rx="10" fill="{fill}" stroke="{stroke}" stroke-width="1.4"/>'
            )
    for link, route in zip(links, drawing.routes, strict=True):
        yield from _arrow(link, route)
    for link, place in zip(links, drawing.labels, strict=True):
        yield (
            f'<rect x="{_n(place.x)}" y="{_n(place.y)}" width="{_n(place.width)}" height="{_n(place.height)}" '
            f'rx="3" fill="{_GROUND}" fill-opacity="0.93"/>'
        )
        yield from _stacked(link.label, place.x + place.width / 2, place.y + place.height / 2)
    for zone in blueprint.zones:
        if frame := drawing.frames.get(zone.id):
            fill, stroke = _FRAMES[zone.operator]
            name, note = titles[zone.id]
            lines = (_Line(name, 12.5, bold=True, colour=_INK), _Line(note, _NOTE_SIZE, colour=_QUIET))
            room = max(text_width(line.text, line.size, bold=line.bold) for line in lines)
            yield (
                f'<rect x="{_n(frame.x + 8)}" y="{_n(frame.y + 4)}" width="{_n(room + 8)}" height="32" rx="4" '
                f'fill="{fill}"/>'
            )
            yield _text(frame.x + 12, frame.y + 17, lines[0], anchor="start")
            yield _text(frame.x + 12, frame.y + 31, lines[1], anchor="start")
    for node in blueprint.nodes:
        box = drawing.boxes[node.id]
        yield _outline(node, box, fates.get(node.id, ""))
        lowered = _CAP / 2 if _is_cylinder(node) else 0.0
        yield from _stacked(lines_of[node.id], box.x + box.width / 2, box.y + box.height / 2 + lowered)


def _arrow(link: _Link, route: Sequence[Point]) -> Iterator[str]:
    x, y = route[-1]
    towards = 1.0 if y > route[0][1] else -1.0
    points = [*route[:-1], (x, y - 5 * towards)]
    path = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for number, ((x0, y0), (x1, y1)) in enumerate(itertools.pairwise(points)):
        if number % 2 == 0:
            path.append(f"L{_n(x1)} {_n(y1)}")
        else:
            half = _n((y0 + y1) / 2)
            path.append(f"C{_n(x0)} {half} {_n(x1)} {half} {_n(x1)} {_n(y1)}")
    dashes = f' stroke-dasharray="{link.dashes}"' if link.dashes else ""
    yield (f'<path d="{"".join(path)}" fill="none" stroke="{link.colour}" stroke-width="{_n(link.width)}"{dashes}/>')
    back = y - 9 * towards
    yield f'<path d="M{_n(x)} {_n(y)}L{_n(x - 4.5)} {_n(back)}L{_n(x + 4.5)} {_n(back)}Z" fill="{link.colour}"/>'


def _outline(node: Node, box: Rectangle, fate: str) -> str:
    x, y, right, bottom = box.x, box.y, box.right, box.bottom
    if isinstance(node, Store):
        fill = _STORES
    else:
        fill = {
            "user": _PEOPLE,
            "human": _PEOPLE,
            "cache": _STORES,
            "agent": _AI,
            "model": _AI,
            "embedder": _AI,
            "retriever": _AI,
        }.get(node.kind, _OTHERS)
    stroke, weight = _INK, "1.2"
    if fate:
        fill, stroke = _LOST if fate == "lost" else _STOPPED
        weight = "3" if fate == "lost" else "2"
    style = f'fill="{fill}" stroke="{stroke}" stroke-width="{weight}"'
    if _is_cylinder(node):
        half = box.width / 2
        return (
            f'<path d="M{_n(x)} {_n(y + _CAP)}A{_n(half)} {_n(_CAP)} 0 0 1 {_n(right)} {_n(y + _CAP)}'
            f"V{_n(bottom - _CAP)}A{_n(half)} {_n(_CAP)} 0 0 1 {_n(x)} {_n(bottom - _CAP)}Z"
            f'M{_n(x)} {_n(y + _CAP)}A{_n(half)} {_n(_CAP)} 0 0 0 {_n(right)} {_n(y + _CAP)}" {style}/>'
        )
    if node.kind == "gateway":
        middle = (y + bottom) / 2
        return (
            f'<path d="M{_n(x + 10)} {_n(y)}H{_n(right - 10)}L{_n(right)} {_n(middle)}L{_n(right - 10)} {_n(bottom)}'
            f'H{_n(x + 10)}L{_n(x)} {_n(middle)}Z" {style}/>'
        )
    radius = min(box.height / 2, 24.0) if node.kind in ("user", "human") else 5.0
    dashes = ' stroke-dasharray="5 3"' if node.kind == "external" else ""
    rectangle = (
        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(box.width)}" height="{_n(box.height)}" rx="{_n(radius)}" '
        f"{style}{dashes}/>"
    )
    if node.kind == "queue":
        bars = "".join(f"M{_n(at)} {_n(y)}V{_n(bottom)}" for at in (x + 5, right - 5))
        return f'{rectangle}<path d="{bars}" {style}/>'
    return rectangle


_Entry = tuple[str, str, float, str]


def _legend(blueprint: Blueprint, links: Sequence[_Link]) -> list[_Entry]:
    """List what the lines mean, of those that occur: (words, colour, width, dashes)."""
    entries: list[_Entry] = []
    if any(not link.dashes for link in links):
        entries.append(("waits for the answer", _INK, 1.3, ""))
    if any(interface.mode == "async" or interface.optional for interface in blueprint.interfaces):
        entries.append(("async or optional", _INK, 1.3, "7 4"))
    if any(link.colour == _SENSITIVE for link in links):
        entries.append(("carries personal, payment or secret data", _SENSITIVE, 2.4, ""))
    if any(link.colour == _FAILURE for link in links):
        entries.append(("takes over when it fails", _FAILURE, 1.6, "2 4"))
    return entries


def _legend_rows(entries: Sequence[_Entry], width: float) -> list[list[tuple[float, _Entry]]]:
    rows: list[list[tuple[float, _Entry]]] = []
    x = width
    for entry in entries:
        room = 36 + text_width(entry[0], _NOTE_SIZE) + 18
        if x + room > width:
            rows.append([])
            x = 0.0
        rows[-1].append((x, entry))
        x += room
    return rows


def _legend_drawn(rows: Sequence[Sequence[tuple[float, _Entry]]], top: float) -> Iterator[str]:
    for number, row in enumerate(rows):
        y = top + 22 * number + 10
        for x, (words, colour, width, dashes) in row:
            pattern = f' stroke-dasharray="{dashes}"' if dashes else ""
            yield (
                f'<path d="M{_n(_MARGIN + x)} {_n(y)}H{_n(_MARGIN + x + 28)}" fill="none" stroke="{colour}" '
                f'stroke-width="{_n(width)}"{pattern}/>'
            )
            yield _text(_MARGIN + x + 36, y + 4, _Line(words, _NOTE_SIZE, colour=_QUIET), anchor="start")
