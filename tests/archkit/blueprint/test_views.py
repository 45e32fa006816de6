"""Views: what each level keeps of a blueprint, and what it never loses."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archkit.blueprint import (
    Blueprint,
    Component,
    InvalidData,
    Store,
    TrustZone,
    boundary_crossings,
    container_view,
    context_view,
    neighbourhood,
    to_mermaid,
    to_svg,
)

# A busy machine is slow; a slow test is not a wrong one.
tried = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])


def crossings(blueprint, of=None):
    """Which data goes from which zone to which, and what changes on the way: of one node's calls, or of all."""
    return {
        (crossing.source_zone.id, crossing.target_zone.id, data, crossing.changes)
        for crossing in boundary_crossings(blueprint)
        for data in crossing.data
        if of is None or of in (crossing.interface.source, crossing.interface.target)
    }


def flows(blueprint):
    """Which data goes from which zone to which."""
    zone = {node.id: node.zone for node in blueprint.nodes}
    return {(zone[i.source], zone[i.target], data) for i in blueprint.interfaces for data in i.carries}


@tried
@given(data=st.data())
def test_the_context_keeps_every_boundary_crossing_and_invents_none(data, blueprints):
    whole = data.draw(blueprints(circles=True, any_names=True))
    view = context_view(whole)
    assert crossings(view) == crossings(whole)
    assert flows(view) <= flows(whole)


@tried
@given(data=st.data())
def test_the_context_shows_people_and_other_systems_and_one_box_for_the_rest_of_each_own_zone(data, blueprints):
    whole = data.draw(blueprints(circles=True))
    view = context_view(whole)
    stay = {node.id for node in whole.nodes if node.kind in ("user", "human", "external")}
    assert stay <= {node.id for node in view.nodes}
    for zone in whole.zones:
        rest = [node for node in view.nodes if node.zone == zone.id and node.id not in stay]
        had = [node for node in whole.nodes if node.zone == zone.id and node.id not in stay]
        assert len(rest) == min(len(had), 1)


@tried
@given(data=st.data())
def test_an_arrow_of_the_context_stands_for_calls_between_what_its_boxes_stand_for(data, blueprints):
    whole = data.draw(blueprints(circles=True))
    view = context_view(whole)
    kept = {node.id for node in view.nodes} & {node.id for node in whole.nodes}

    def stands_for(box):
        node = view.node(box)
        inside = {n.id for n in whole.nodes if n.zone == node.zone and n.kind not in ("user", "human", "external")}
        return {box} if box in kept and box not in inside else inside

    for arrow in view.interfaces:
        behind = [
            call
            for call in whole.interfaces
            if call.source in stands_for(arrow.source) and call.target in stands_for(arrow.target)
        ]
        assert behind
        assert set(arrow.carries) == {name for call in behind for name in call.carries}
        assert arrow.optional == all(call.optional for call in behind)


@tried
@given(data=st.data())
def test_containers_are_all_parts_and_calls_without_the_numbers(data, blueprints):
    whole = data.draw(blueprints(circles=True, any_names=True))
    view = container_view(whole)
    assert view.interfaces == whole.interfaces
    assert view.states == whole.states
    assert [(n.id, n.name, n.kind, n.zone) for n in view.nodes] == [(n.id, n.name, n.kind, n.zone) for n in whole.nodes]
    assert all(node.latency_ms is node.capacity_rps is node.on_failure is None for node in view.nodes)


@tried
@given(data=st.data())
def test_a_neighbourhood_has_all_calls_of_its_part_and_no_others(data, blueprints):
    whole = data.draw(blueprints(circles=True, any_names=True))
    part = data.draw(st.sampled_from([component.id for component in whole.components]))
    view = neighbourhood(whole, part)
    assert view.interfaces == tuple(call for call in whole.interfaces if part in (call.source, call.target))
    assert crossings(view) == crossings(whole, of=part)
    assert view.states == tuple(state for state in whole.states if part in (state.kept_in, state.owner))
    assert view.node(part) == whole.node(part)
    assert set(view.nodes) - set(whole.nodes) <= {
        node.changed(on_failure=None) for node in whole.nodes if node.on_failure and node.on_failure.to
    }


@tried
@given(data=st.data())
def test_every_view_can_be_drawn_and_viewed_again(data, blueprints):
    whole = data.draw(blueprints(circles=True, any_names=True))
    for view in (context_view(whole), container_view(whole), neighbourhood(whole, whole.entry)):
        assert to_svg(view, detailed=True).startswith("<svg")
        assert to_mermaid(view).startswith("flowchart")
        assert crossings(context_view(view)) == crossings(view)


def test_the_context_of_trailmate_is_the_customer_the_system_its_model_and_its_people(trailmate):
    view = context_view(trailmate)
    assert [node.name for node in view.nodes] == ["Customer", "Support team", "Trailmate", "Web chat", "Chat model"]
    assert {(i.source, i.target) for i in view.interfaces} == {
        ("customer", "web_chat"),
        ("web_chat", "larkspur"),
        ("larkspur", "model"),
    }
    to_model = view.calls_to("model")[0]
    assert to_model.carries == ("question", "articles", "orders")


def test_the_neighbourhood_of_an_agent_shows_who_takes_over_for_what_it_calls(trailmate):
    view = neighbourhood(trailmate, "triage")
    assert {"small_model", "support_team"} <= {node.id for node in view.nodes}
    assert "embedder" not in {node.id for node in view.nodes}
    assert view.entry == "gateway"


def test_the_neighbourhood_of_a_store_nobody_deals_with_is_refused_with_a_sentence(trailmate):
    store = Store(id="attic", name="Attic", kind="object", zone="larkspur")
    with pytest.raises(InvalidData, match="no component calls this store"):
        neighbourhood(trailmate.changed(stores=[*trailmate.stores, store]), "attic")


def test_an_unknown_part_has_no_neighbourhood_and_the_nearest_is_suggested(trailmate):
    with pytest.raises(InvalidData, match="Did you mean 'triage'"):
        neighbourhood(trailmate, "triag")


def test_a_box_of_the_context_takes_no_id_and_no_name_that_does_not_fit():
    zones = [
        TrustZone(id="home", name="H" * 60, operator="own", region="eu"),
        TrustZone(id="away", name="Away", operator="own", region="us"),
    ]
    components = [
        Component(id="home", name="A person", kind="human", zone="away"),
        Component(id="api", name="API", kind="service", zone="home"),
        Component(id="worker", name="Worker", kind="service", zone="away"),
    ]
    system = Blueprint(name="S" * 60, purpose="Tests names.", zones=zones, components=components, entry="api")
    view = context_view(system)
    assert {node.id for node in view.nodes} == {"home", "home-2", "away"}
    assert view.entry == "home-2"
    assert all(len(node.name) <= 60 for node in view.nodes)
