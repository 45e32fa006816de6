"""Where the boxes, arrows and frames of a drawing go: a layered layout, from top to bottom, with a lane per frame.

The method is Sugiyama's: break circles, give each box a layer, order each layer so that few arrows cross, then place.
Labels of arrows take part as small boxes of layers in between, and long arrows keep a place free in every layer that
they pass, so that nothing lies upon anything else. Each frame has a lane of its own beside the others, so that frames
cannot overlap either. Nothing is random, and sums are exact, so that each machine and Python gives the same drawing.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Arrow", "Drawing", "Frame", "Point", "Rectangle", "Shape", "arrange"]

Point = tuple[float, float]

_BOX_GAP = 18.0
_LABEL_GAP = 10.0
_LINE_ROOM = 10.0
_LANE_GAP = 30.0
_FRAME_PADDING = 16.0
_LAYER_GAP = 20.0
_MOST_IN_A_ROW = 4
_ORDERING_SWEEPS = 12
_PLACING_SWEEPS = 30


@dataclass(frozen=True, slots=True)
class Shape:
    """A box to be placed: its id, the frame it belongs to, its size in pixels."""

    id: str
    frame: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow to be routed: from box to box, with the size of its label in pixels."""

    source: str
    target: str
    label_width: float
    label_height: float


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame to be drawn around its boxes: its id, and the room for its title in pixels."""

    id: str
    title_width: float
    title_height: float


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A placed rectangle: its left upper corner and its size, in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower side."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Drawing:
    """The result: where everything is.

    Attributes:
        boxes: by id.
        frames: by id, those with at least one box.
        routes: for each arrow the points it runs through, from source to target. From an even point to the next it
            is inside a layer and goes straight up or down; from an odd point to the next it is between layers, where
            there is nothing else, and may go sideways.
        labels: for each arrow where its label is.
        width: of the whole drawing.
        height: of the whole drawing.
    """

    boxes: Mapping[str, Rectangle]
    frames: Mapping[str, Rectangle]
    routes: Sequence[Sequence[Point]]
    labels: Sequence[Rectangle]
    width: float
    height: float


@dataclass(slots=True)
class _Item:
    """Something that takes room in a layer: a box, an arrow's label, or a place where an arrow passes."""

    lane: int
    layer: int
    width: float
    height: float
    gap: float
    stiffness: float = 1.0
    x: float = 0.0  # of the centre
    above: list[_Item] = field(default_factory=list)
    below: list[_Item] = field(default_factory=list)


def arrange(shapes: Sequence[Shape], arrows: Sequence[Arrow], frames: Sequence[Frame], first: str) -> Drawing:
    """Place boxes in layers, arrows between them and frames around them.

    Args:
        shapes: the boxes; their ids are unique.
        arrows: between the boxes.
        frames: in an order that is kept where the arrows give no reason for another.
        first: id of the box to begin with, at the top.

    Returns:
        The drawing, the same each time for the same input.
    """
    downwards = _acyclic(shapes, arrows, first)
    lanes = _order_of_lanes(shapes, arrows, frames)
    ranks = _ranks(shapes, arrows, downwards, lanes, first)
    boxes, chains = _items(shapes, arrows, downwards, lanes, ranks)
    everything = [*boxes.values(), *(item for chain in chains for item in chain)]
    layers = _ordered(everything, number_of_lanes=len(lanes))
    lane_frames = {lane: frame for frame in frames if (lane := lanes.get(frame.id)) is not None}
    spans = _place_across(layers, lane_frames)
    _straighten_arrows(chains, layers, spans)
    return _place_down(shapes, arrows, downwards, boxes, chains, layers, lane_frames, spans)


def _acyclic(shapes: Sequence[Shape], arrows: Sequence[Arrow], first: str) -> list[bool]:
    """Tell for each arrow whether it goes down; the others close a circle and go up."""
    import networkx as nx

    everything: nx.DiGraph[str] = nx.DiGraph()
    everything.add_nodes_from(shape.id for shape in shapes)
    everything.add_edges_from((arrow.source, arrow.target) for arrow in arrows)
    distance = nx.single_source_shortest_path_length(everything, first)
    far = len(shapes)
    down: nx.DiGraph[str] = nx.DiGraph()
    down.add_nodes_from(everything)
    downwards = [True] * len(arrows)
    # Arrows near the first box come first, so that those which lead back to it are the ones that go up.
    for index in sorted(range(len(arrows)), key=lambda i: (distance.get(arrows[i].source, far), i)):
        arrow = arrows[index]
        if nx.has_path(down, arrow.target, arrow.source):
            downwards[index] = False
            down.add_edge(arrow.target, arrow.source)
        else:
            down.add_edge(arrow.source, arrow.target)
    return downwards


def _order_of_lanes(shapes: Sequence[Shape], arrows: Sequence[Arrow], frames: Sequence[Frame]) -> dict[str, int]:
    """Put lanes between which there are many arrows beside each other; empty frames get none."""
    frame_of = {shape.id: shape.frame for shape in shapes}
    used = [frame.id for frame in frames if frame.id in frame_of.values()]
    pull: dict[tuple[str, str], int] = {}
    for arrow in arrows:
        pair = (frame_of[arrow.source], frame_of[arrow.target])
        if pair[0] != pair[1]:
            pull[pair] = pull.get(pair, 0) + 1
    if len(used) > 6:  # too many orders to try them all
        return {id: lane for lane, id in enumerate(used)}

    def length(order: Sequence[str]) -> int:
        return sum(abs(order.index(a) - order.index(b)) * count for (a, b), count in pull.items())

    best = min(itertools.permutations(used), key=length)  # the first of the best, so the given order where it can be
    return {id: lane for lane, id in enumerate(best)}


def _ranks(
    shapes: Sequence[Shape],
    arrows: Sequence[Arrow],
    downwards: Sequence[bool],
    lanes: Mapping[str, int],
    first: str,
) -> dict[str, int]:
    """Give each box a row below all that point to it, with a limited number of boxes per lane and row."""
    import networkx as nx

    down: nx.DiGraph[str] = nx.DiGraph()
    down.add_nodes_from(shape.id for shape in shapes)
    for arrow, goes_down in zip(arrows, downwards, strict=True):
        down.add_edge(*((arrow.source, arrow.target) if goes_down else (arrow.target, arrow.source)))
    lane_of = {shape.id: lanes[shape.frame] for shape in shapes}
    position = {shape.id: number for number, shape in enumerate(shapes)}
    taken: dict[tuple[int, int], int] = {}
    ranks: dict[str, int] = {}

    def settle(id: str, rank: int) -> None:
        ranks[id] = rank
        taken[lane_of[id], rank] = taken.get((lane_of[id], rank), 0) + 1

    def full(id: str, rank: int) -> bool:
        return taken.get((lane_of[id], rank), 0) >= _MOST_IN_A_ROW

    topological = list(nx.lexicographical_topological_sort(down, key=lambda id: position[id]))
    reached = {first, *nx.descendants(down, first)}
    for id in topological:
        if id in reached:
            rank = max((ranks[above] + 1 for above in down.predecessors(id) if above in ranks), default=0)
            while full(id, rank):
                rank += 1
            settle(id, rank)
    # What no request reaches but leads there, such as a nightly job, goes just above what it leads to ...
    for id in reversed(topological):
        if id not in ranks and any(below in ranks for below in down.successors(id)):
            rank = min(ranks[below] for below in down.successors(id) if below in ranks) - 1
            while full(id, rank):
                rank -= 1
            settle(id, rank)
    # ... and the rest below what leads to it.
    for id in topological:
        if id not in ranks:
            beside = [rank for other, rank in ranks.items() if lane_of[other] == lane_of[id]]
            rank = max((ranks[above] + 1 for above in down.predecessors(id)), default=min(beside, default=0))
            while full(id, rank):
                rank += 1
            settle(id, rank)
    rows = {rank: row for row, rank in enumerate(sorted(set(ranks.values())))}
    return {id: rows[rank] for id, rank in ranks.items()}


def _items(
    shapes: Sequence[Shape],
    arrows: Sequence[Arrow],
    downwards: Sequence[bool],
    lanes: Mapping[str, int],
    ranks: Mapping[str, int],
) -> tuple[dict[str, _Item], list[list[_Item]]]:
    """Make what takes room: the boxes in even layers and, for each arrow from top to bottom, label and passages."""
    boxes = {
        shape.id: _Item(lanes[shape.frame], 2 * ranks[shape.id], shape.width, shape.height, _BOX_GAP)
        for shape in shapes
    }
    leaving = dict.fromkeys(boxes, 0)
    arriving = dict.fromkeys(boxes, 0)
    ends = []
    for arrow, goes_down in zip(arrows, downwards, strict=True):
        upper, lower = (arrow.source, arrow.target) if goes_down else (arrow.target, arrow.source)
        ends.append((upper, lower))
        leaving[upper] += 1
        arriving[lower] += 1
    chains = []
    for arrow, (upper, lower) in zip(arrows, ends, strict=True):
        start, end = boxes[upper], boxes[lower]
        # The label is at the end where there is less of a crowd.
        labelled = end.layer - 1 if arriving[lower] <= leaving[upper] else start.layer + 1
        chain = []
        for layer in range(start.layer + 1, end.layer):
            lane = start.lane if layer == labelled == start.layer + 1 and labelled != end.layer - 1 else end.lane
            if layer == labelled:
                chain.append(
                    _Item(lane, layer, max(arrow.label_width, _LINE_ROOM), arrow.label_height, _LABEL_GAP, 2.0)
                )
            else:
                chain.append(_Item(lane, layer, _LINE_ROOM, 0.0, _LABEL_GAP, 4.0))
        for upper_item, lower_item in itertools.pairwise([start, *chain, end]):
            upper_item.below.append(lower_item)
            lower_item.above.append(upper_item)
        chains.append(chain)
    return boxes, chains


Layers = list[list[list[_Item]]]
"""Items by layer, then by lane, from left to right."""


def _ordered(items: Iterable[_Item], number_of_lanes: int) -> Layers:
    """Order the items of each layer within their lanes so that few arrows cross."""
    items = list(items)
    count = max(item.layer for item in items) + 1
    layers: Layers = [[[] for _ in range(number_of_lanes)] for _ in range(count)]
    for item in items:
        layers[item.layer][item.lane].append(item)
    best, fewest = [[list(lane) for lane in layer] for layer in layers], _crossings(layers)
    for sweep in range(_ORDERING_SWEEPS):
        downwards = sweep % 2 == 0
        for layer in layers if downwards else reversed(layers):
            for lane in layer:
                places = {
                    id(item): math.fsum(other.x for other in beside) / len(beside) if beside else item.x
                    for item in lane
                    for beside in [item.above if downwards else item.below]
                }
                lane.sort(key=lambda item: places[id(item)])
            _number(layer)
        crossings = _crossings(layers)
        if crossings < fewest:
            best, fewest = [[list(lane) for lane in layer] for layer in layers], crossings
    for layer in best:
        _number(layer)
    return best


def _number(layer: list[list[_Item]]) -> None:
    """Set x to a place from 0 to 1 in each lane: the measure by which orders are compared."""
    for number, lane in enumerate(layer):
        for place, item in enumerate(lane):
            item.x = number + (place + 0.5) / len(lane)


def _crossings(layers: Layers) -> int:
    """Count how many arrows cross between the layers."""
    crossings = 0
    for layer in layers:
        _number(layer)
    for layer in layers:
        ends: list[float] = []
        for item in itertools.chain.from_iterable(layer):
            arriving = sorted(other.x for other in item.below)
            crossings += sum(len(ends) - bisect.bisect_right(ends, x) for x in arriving)
            for x in arriving:
                bisect.insort(ends, x)
    return crossings


def _place_across(layers: Layers, frames: Mapping[int, Frame]) -> dict[int, tuple[float, float]]:
    """Set the x of every item, and return from where to where each lane goes."""
    spans: dict[int, tuple[float, float]] = {}
    left = 0.0
    for lane in sorted(frames):
        width = max(_needed(layer[lane]) for layer in layers)
        width = max(width, frames[lane].title_width) + 2 * _FRAME_PADDING
        spans[lane] = (left, left + width)
        left += width + _LANE_GAP
    for layer in layers:
        for lane, items in enumerate(layer):
            start, end = spans[lane]
            x = (start + end - _needed(items)) / 2
            for item in items:
                item.x = x + item.width / 2
                x += item.width + item.gap
    for sweep in range(_PLACING_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            for lane, items in enumerate(layer):
                _straighten(items, *spans[lane])
    return spans


def _needed(items: Sequence[_Item]) -> float:
    """Return the width that items need side by side."""
    return math.fsum([*(item.width for item in items), *(_between(a, b) for a, b in itertools.pairwise(items))])


def _between(left: _Item, right: _Item) -> float:
    return max(left.gap, right.gap)


def _straighten(items: Sequence[_Item], start: float, end: float) -> None:
    """Move the items of a lane and layer towards what they are connected to, keeping order, distances and the lane.

    The least squares solution with fixed distances is an isotonic regression, found by pooling adjacent violators.
    """
    if not items:
        return
    offsets = [0.0]
    for left, right in itertools.pairwise(items):
        offsets.append(offsets[-1] + (left.width + right.width) / 2 + _between(left, right))
    pools: list[tuple[float, float, int]] = []  # mean, weight, number of items
    for item, offset in zip(items, offsets, strict=True):
        beside = [*item.above, *item.below]
        wish = math.fsum(other.x for other in beside) / len(beside) if beside else item.x
        pools.append((wish - offset, item.stiffness, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (mean_1, weight_1, number_1), (mean_2, weight_2, number_2) = pools[-2:]
            weight = weight_1 + weight_2
            pools[-2:] = [((mean_1 * weight_1 + mean_2 * weight_2) / weight, weight, number_1 + number_2)]
    lowest = start + _FRAME_PADDING + items[0].width / 2
    highest = end - _FRAME_PADDING - items[-1].width / 2 - offsets[-1]
    places = [mean for mean, _, number in pools for _ in range(number)]
    for item, offset, place in zip(items, offsets, places, strict=True):
        item.x = max(lowest, min(place, highest)) + offset


def _straighten_arrows(
    chains: Sequence[Sequence[_Item]], layers: Layers, spans: Mapping[int, tuple[float, float]]
) -> None:
    """Let long arrows run straight down where there is room for it."""
    place = {id(item): (lane, number) for layer in layers for lane in layer for number, item in enumerate(lane)}

    def room(item: _Item) -> tuple[float, float]:
        lane, number = place[id(item)]
        start, end = spans[item.lane]
        low, high = start + _FRAME_PADDING + item.width / 2, end - _FRAME_PADDING - item.width / 2
        if number > 0:
            left = lane[number - 1]
            low = left.x + (left.width + item.width) / 2 + _between(left, item)
        if number + 1 < len(lane):
            right = lane[number + 1]
            high = right.x - (right.width + item.width) / 2 - _between(item, right)
        return low, high

    for chain in chains:
        for _, same_lane in itertools.groupby(chain, key=lambda item: item.lane):
            run = list(same_lane)
            while len(run) > 1:
                rooms = [room(item) for item in run]
                low, high = max(low for low, _ in rooms), min(high for _, high in rooms)
                if low <= high:
                    x = max(low, min(math.fsum(item.x for item in run) / len(run), high))
                    for item in run:
                        item.x = x
                    break
                run.pop(0)


def _place_down(
    shapes: Sequence[Shape],
    arrows: Sequence[Arrow],
    downwards: Sequence[bool],
    boxes: Mapping[str, _Item],
    chains: Sequence[Sequence[_Item]],
    layers: Layers,
    frames: Mapping[int, Frame],
    spans: Mapping[int, tuple[float, float]],
) -> Drawing:
    """Set the y of every layer, then read off boxes, frames, routes and labels."""
    rows: dict[int, list[int]] = {}
    for box in boxes.values():
        rows.setdefault(box.lane, []).append(box.layer)
    begins = {lane: min(numbers) for lane, numbers in rows.items()}
    ends = {lane: max(numbers) for lane, numbers in rows.items()}

    enters: list[float] = []  # where arrows come into a layer: above the titles of the frames that begin there
    tops: list[float] = []
    heights: list[float] = []
    y = 0.0
    for number, layer in enumerate(layers):
        titles = [frames[lane].title_height for lane in frames if begins[lane] == number]
        closings = [1 for lane in frames if ends[lane] == number - 1]
        slant = max((abs(item.x - other.x) for lane in layer for item in lane for other in item.above), default=0.0)
        if number:
            y += _LAYER_GAP + min(24.0, slant / 16) + (_FRAME_PADDING if closings else 0.0)
        enters.append(y)
        if titles:
            y += max(titles) + _FRAME_PADDING
        height = max((item.height for lane in layer for item in lane), default=0.0)
        tops.append(y)
        heights.append(height)
        y += height
    bottom = y + _FRAME_PADDING

    placed = {
        shape.id: Rectangle(
            boxes[shape.id].x - shape.width / 2,
            tops[boxes[shape.id].layer] + (heights[boxes[shape.id].layer] - shape.height) / 2,
            shape.width,
            shape.height,
        )
        for shape in shapes
    }
    framed = {}
    for lane, frame in frames.items():
        inside = [item for layer in layers[begins[lane] : ends[lane] + 1] for item in layer[lane]]
        left = min(item.x - item.width / 2 for item in inside) - _FRAME_PADDING
        right = max(item.x + item.width / 2 for item in inside) + _FRAME_PADDING
        missing = frame.title_width + 2 * _FRAME_PADDING - (right - left)
        if missing > 0:
            left = max(spans[lane][0], left - missing / 2)
            right = left + frame.title_width + 2 * _FRAME_PADDING
            if right > spans[lane][1]:
                left, right = spans[lane][1] - (right - left), spans[lane][1]
        top = tops[begins[lane]] - frame.title_height - _FRAME_PADDING
        low = tops[ends[lane]] + heights[ends[lane]] + _FRAME_PADDING
        framed[frame.id] = Rectangle(left, top, right - left, low - top)

    ports = _ports(arrows, downwards, boxes, chains, placed)
    routes, labels = [], []
    for arrow, goes_down, chain, (start, end) in zip(arrows, downwards, chains, ports, strict=True):
        upper, lower = (arrow.source, arrow.target) if goes_down else (arrow.target, arrow.source)
        top_layer, low_layer = boxes[upper].layer, boxes[lower].layer
        points: list[Point] = [(start, placed[upper].bottom), (start, tops[top_layer] + heights[top_layer])]
        for item in chain:
            points += [(item.x, enters[item.layer]), (item.x, tops[item.layer] + heights[item.layer])]
        points += [(end, enters[low_layer]), (end, placed[lower].y)]
        routes.append(points if goes_down else points[::-1])
        label = max(chain, key=lambda item: item.height)
        labels.append(
            Rectangle(
                label.x - label.width / 2,
                tops[label.layer] + (heights[label.layer] - label.height) / 2,
                label.width,
                label.height,
            )
        )
    right = max([end for _, end in spans.values()], default=0.0)
    return Drawing(placed, framed, routes, labels, right, bottom)


def _ports(
    arrows: Sequence[Arrow],
    downwards: Sequence[bool],
    boxes: Mapping[str, _Item],
    chains: Sequence[Sequence[_Item]],
    placed: Mapping[str, Rectangle],
) -> list[tuple[float, float]]:
    """Spread the arrows of each box along its sides: (x at the upper box, x at the lower box) for each arrow."""
    leaving: dict[str, list[int]] = {id: [] for id in boxes}
    arriving: dict[str, list[int]] = {id: [] for id in boxes}
    for index, (arrow, goes_down) in enumerate(zip(arrows, downwards, strict=True)):
        upper, lower = (arrow.source, arrow.target) if goes_down else (arrow.target, arrow.source)
        leaving[upper].append(index)
        arriving[lower].append(index)
    starts, ends = [0.0] * len(arrows), [0.0] * len(arrows)
    for side, xs, next_item in ((leaving, starts, 0), (arriving, ends, -1)):
        for id, indices in side.items():
            box = placed[id]
            # Towards the middle of the side, where every shape has its outline.
            room = box.width * 0.7
            for place, index in enumerate(sorted(indices, key=lambda i: chains[i][next_item].x)):
                xs[index] = box.x + box.width / 2 + room * ((place + 0.5) / len(indices) - 0.5)
    return list(zip(starts, ends, strict=True))
