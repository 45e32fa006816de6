"""The drawings: nothing overlaps, everything is escaped, the same bytes each time, nothing left out."""

import itertools
import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archkit.blueprint import Blueprint, InvalidData, describe, stops_when, to_html, to_mermaid, to_svg
from archkit.blueprint.layout import Arrow, Frame, Rectangle, Shape, arrange
from archkit.blueprint.lettering import text_width, wrap

# Machines that grade and build at the same time are slow; a slow test is not a wrong one.
tried = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
SVG = "{http://www.w3.org/2000/svg}"


@st.composite
def drawings(draw):
    """A drawing of random boxes in frames, with random arrows between them, circles included."""
    frames = [Frame(f"f{i}", draw(st.floats(20, 300)), 30) for i in range(draw(st.integers(1, 4)))]
    shapes = [
        Shape(f"s{i}", draw(st.sampled_from(frames)).id, draw(st.floats(40, 160)), draw(st.floats(30, 120)))
        for i in range(draw(st.integers(1, 14)))
    ]
    ids = [shape.id for shape in shapes]
    pairs = [(a, b) for a in ids for b in ids if a != b]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=25)) if pairs else []
    arrows = [Arrow(a, b, draw(st.floats(5, 120)), draw(st.floats(10, 50))) for a, b in chosen]
    return shapes, arrows, frames, arrange(shapes, arrows, frames, first="s0")


def apart(a, b, *, by=0.0):
    return (
        a.right + by <= b.x + 1e-6
        or b.right + by <= a.x + 1e-6
        or a.bottom + by <= b.y + 1e-6
        or b.bottom + by <= a.y + 1e-6
    )


@tried
@given(drawing=drawings())
def test_boxes_labels_and_frames_do_not_overlap(drawing):
    shapes, _, _, placed = drawing
    boxes, labels, frames = list(placed.boxes.values()), list(placed.labels), list(placed.frames.values())
    assert all(apart(a, b, by=5) for a, b in itertools.combinations([*boxes, *labels], 2))
    assert all(apart(a, b, by=5) for a, b in itertools.combinations(frames, 2))
    for shape in shapes:
        box = placed.boxes[shape.id]
        assert (box.width, box.height) == (shape.width, shape.height)
        for id, frame in placed.frames.items():
            inside = frame.x < box.x and frame.y + 30 < box.y and box.right < frame.right and box.bottom < frame.bottom
            assert inside if id == shape.frame else apart(box, frame)
    for thing in [*boxes, *labels, *frames]:
        assert thing.x >= -1e-6 and thing.right <= placed.width + 1e-6
        assert thing.y >= -1e-6 and thing.bottom <= placed.height + 1e-6


@tried
@given(drawing=drawings())
def test_arrows_touch_no_box_but_their_own_and_no_label_of_another(drawing):
    _, arrows, _, placed = drawing
    for number, (arrow, route) in enumerate(zip(arrows, placed.routes, strict=True)):
        source, target = placed.boxes[arrow.source], placed.boxes[arrow.target]
        assert source.x < route[0][0] < source.right and route[0][1] in (source.y, source.bottom)
        assert target.x < route[-1][0] < target.right and route[-1][1] in (target.y, target.bottom)
        obstacles = [box for id, box in placed.boxes.items() if id not in (arrow.source, arrow.target)]
        obstacles += [label for other, label in enumerate(placed.labels) if other != number]
        for (x0, y0), (x1, y1) in itertools.pairwise(route):
            # A bend stays within the rectangle of its ends.
            swept = Rectangle(min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0))
            assert all(apart(swept, obstacle) for obstacle in obstacles)


@tried
@given(data=st.data())
def test_the_picture_is_well_formed_without_scripts_and_says_everything(data, blueprints):
    blueprint = data.draw(blueprints(circles=True, any_names=True))
    svg = to_svg(blueprint)
    root = ElementTree.fromstring(svg)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "g", "rect", "path", "text"}
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not any(name.startswith("on") or "href" in name for name in attributes)
    assert root.find(f"{SVG}title").text == blueprint.name
    assert root.find(f"{SVG}desc").text == describe(blueprint)
    assert to_svg(blueprint.model_validate_json(blueprint.model_dump_json())) == svg


@tried
@given(data=st.data())
def test_the_description_names_every_part(data, blueprints):
    blueprint = data.draw(blueprints(circles=True, any_names=True))
    text = describe(blueprint)
    for part in (*blueprint.zones, *blueprint.nodes, *blueprint.states):
        assert part.name in text
    assert text.count(" to ") >= len(blueprint.interfaces)
    assert blueprint.purpose in text


@tried
@given(data=st.data(), level=st.sampled_from(["zones", "components", "details"]))
def test_names_cannot_break_out_of_their_place_in_mermaid(data, level, blueprints):
    blueprint = data.draw(blueprints(circles=True, any_names=True))
    lines = to_mermaid(blueprint, level).splitlines()
    assert lines[0] == "flowchart TB"
    title, description, *rest = lines[1:]
    text = r"(?:[\w ,.()/'→]|#\d+;)*"
    assert re.fullmatch(f"  accTitle: {text}", title) and re.fullmatch(f"  accDescr: {text}", description)
    label = rf'"{text}(?:<br/>{text})*"'
    sides = [("[", "]"), ("([", "])"), ("(", ")"), ("{{", "}}"), ("[[", "]]"), ("[/", "\\]"), (">", "]"), ("[(", ")]")]
    shape = "(?:" + "|".join(re.escape(left) + label + re.escape(right) for left, right in sides) + ")"
    allowed = re.compile(
        rf"  (?:subgraph z_\w+\[{label}\]|end|  n_\w+{shape}|z_\w+\[{label}\]"
        rf"|[nz]_\w+ (?:-->|==>|-\.->)(?:\|{label}\|)? [nz]_\w+|linkStyle [\d,]+ stroke-width:3.5px)"
    )
    for line in rest:
        assert allowed.fullmatch(line), line


def test_mermaid_has_every_call_and_marks_the_sensitive_async_one(trailmate):
    text = to_mermaid(trailmate)
    assert len(re.findall(r"(?:-->|==>|-\.->)\|", text)) == len(trailmate.interfaces)
    assert 'n_gateway -.->|"queue<br/>question<br/>async"| n_log' in text
    assert "linkStyle 3,6 stroke-width" in text
    assert 'z_larkspur ==>|"question, orders, articles"| z_model_vendor' in to_mermaid(trailmate, "zones")
    assert "Small model answers instead" in to_mermaid(trailmate, "details")


def test_an_unknown_level_is_refused_with_the_nearest_one(trailmate):
    with pytest.raises(InvalidData, match="Did you mean 'details'"):
        to_mermaid(trailmate, "detail")


def test_every_drawing_is_the_same_in_another_process_with_another_hash_seed(trailmate, tmp_path):
    path = tmp_path / "trailmate.json"
    path.write_text(trailmate.model_dump_json(), encoding="utf-8")
    program = (
        "import sys, hashlib; from pathlib import Path; from archkit.blueprint import *\n"
        "b = Blueprint.model_validate_json(Path(sys.argv[1]).read_text(encoding='utf-8'))\n"
        "print(hashlib.sha256((to_svg(b) + to_mermaid(b, 'details') + describe(b)).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program, str(path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_in_a_notebook_a_blueprint_shows_its_picture_and_its_text(trailmate):
    bundle = trailmate._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/html"] == to_html(trailmate)
    assert bundle["text/plain"] == describe(trailmate)
    assert "<script" not in bundle["text/html"]


def test_markup_in_names_stays_text(trailmate):
    hostile = "<script>alert('x')</script> & \"y\""
    blueprint = trailmate.changed(
        name=hostile, components=[trailmate.components[0].changed(name=hostile), *trailmate.components[1:]]
    )
    assert "<script" not in to_html(blueprint)
    assert "<script" not in to_mermaid(blueprint)


def test_the_largest_blueprint_is_drawn(trailmate):
    services = [trailmate.node("triage").changed(id=f"s{i}", name=f"Service {i}") for i in range(80)]
    call = trailmate.interfaces[2]
    calls = [call.changed(source=f"s{i}", target=f"s{j}") for i in range(80) for j in (i + 1, i + 7) if j < 80]
    big: Blueprint = trailmate.changed(
        components=[*trailmate.components, *services],
        interfaces=[*trailmate.interfaces, call.changed(source="gateway", target="s0"), *calls],
    )
    assert to_svg(big).count("<text") > 80


@tried
@given(text=st.text(max_size=80), width=st.floats(5, 200), lines=st.integers(1, 4))
def test_wrapped_text_fits_and_only_an_ellipsis_hides_any(text, width, lines):
    text = " ".join(text.split())
    broken = wrap(text, width, 12, lines=lines)
    assert 1 <= len(broken) <= lines
    assert all(text_width(line, 12) <= width or len(line) <= 1 for line in broken)
    if not broken[-1].endswith("…"):
        assert "".join(broken).replace(" ", "") == text.replace(" ", "")


@tried
@given(data=st.data())
def test_a_detailed_drawing_writes_what_is_agreed_on_each_call_and_what_is_not(data, blueprints):
    blueprint = data.draw(blueprints(circles=True))
    drawn = to_svg(blueprint, detailed=True)
    sync = [call for call in blueprint.interfaces if call.mode == "sync"]
    assert drawn.count(">no schema<") == sum(call.schema_name is None for call in blueprint.interfaces)
    assert drawn.count(">no timeout<") == sum(call.timeout_ms is None for call in sync)
    assert drawn.count(">no owner<") == sum(store.owner is None for store in blueprint.stores)
    assert ">no schema<" not in to_svg(blueprint)


@tried
@given(data=st.data())
def test_lost_parts_are_marked_and_so_is_all_that_stops_with_them(data, blueprints):
    blueprint = data.draw(blueprints(circles=True))
    lost = data.draw(st.sets(st.sampled_from([node.id for node in blueprint.nodes]), max_size=2))
    drawn = to_svg(blueprint, lost=lost)
    assert drawn.count(">LOST<") == len(lost)
    assert drawn.count(">STOPS<") == len(stops_when(blueprint, *lost))
    assert ("Shown as lost: " in drawn) == bool(lost)


def test_losing_a_part_that_is_not_drawn_suggests_the_nearest(trailmate):
    with pytest.raises(InvalidData, match="Did you mean 'retriever'"):
        to_html(trailmate, lost=["retreiver"])
