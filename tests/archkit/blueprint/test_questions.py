"""Each question is answered a second time, by trying everything, on random blueprints."""

import itertools
import math

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from archkit.blueprint import (
    Blueprint,
    Component,
    FailureBehaviour,
    Interface,
    InvalidData,
    TrustZone,
    boundary_crossings,
    breaks_first,
    critical_path,
    data_without_one_source_of_truth,
    expected_calls,
    headroom,
    latency_ms,
    outside_home_region,
    personal_data_kept_for_ever,
    single_points_of_failure,
    state_in_memory,
    stops_when,
    stores_without_owner,
    timeouts_too_short,
    unknown_latencies,
    unreachable,
    utilisation,
    without_failure_behaviour,
)

# Machines that grade and build at the same time are slow; a slow test is not a wrong one.
tried = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def paths(blueprint, start, calls=None):
    """Every path from `start`, as a list of interfaces, the empty one included."""
    calls = blueprint.interfaces if calls is None else calls
    yield []
    for call in calls:
        if call.source == start:
            for rest in paths(blueprint, call.target, calls):
                yield [call, *rest]


def times(path):
    return math.prod(call.calls_per_request for call in path)


def chain(*calls, kinds=None, plans=None, entry="a"):
    """A small blueprint of the given (source, target, options); plans are failure behaviours by id."""
    ids = sorted({end for source, target, _ in calls for end in (source, target)})
    return Blueprint(
        name="Chain",
        purpose="A test.",
        zones=[TrustZone(id="own", name="Own", operator="own", region="eu")],
        components=[
            Component(
                id=id,
                name=id,
                kind=(kinds or {}).get(id, "service"),
                zone="own",
                latency_ms=10,
                on_failure=(plans or {}).get(id),
            )
            for id in ids
        ],
        interfaces=[Interface(source=s, target=t, protocol="https", **options) for s, t, options in calls],
        entry=entry,
    )


# Load


@tried
@given(data=st.data())
def test_calls_to_a_node_are_the_products_along_all_paths_added_up(data, blueprints):
    blueprint = data.draw(blueprints())
    tried = dict.fromkeys((node.id for node in blueprint.nodes), 0.0)
    for path in paths(blueprint, blueprint.entry):
        tried[path[-1].target if path else blueprint.entry] += times(path)
    assert expected_calls(blueprint) == pytest.approx(tried)


@tried
@given(data=st.data())
def test_calls_in_circles_are_the_sum_of_all_rounds_or_refused_when_they_never_settle(data, blueprints):
    blueprint = data.draw(blueprints(circles=True, largest=5))
    arriving = {blueprint.entry: 1.0}
    total = dict.fromkeys((node.id for node in blueprint.nodes), 0.0)
    for _ in range(3000):
        following = dict.fromkeys(total, 0.0)
        for id, calls in arriving.items():
            total[id] += calls
            for call in blueprint.calls_of(id):
                following[call.target] += calls * call.calls_per_request
        arriving = following
        if sum(arriving.values()) > 1e12 or sum(arriving.values()) < 1e-12:
            break
    left = sum(arriving.values())
    if left < 1e-12:
        assert expected_calls(blueprint) == pytest.approx(total)
    else:
        assume(left > 0.01)  # between: settles too slowly for this test to tell
        with pytest.raises(InvalidData, match="circle that never settles"):
            expected_calls(blueprint)


def test_an_agent_that_asks_again_half_of_the_time_doubles_the_calls():
    blueprint = chain(("a", "b", {}), ("b", "c", {}), ("c", "b", {"calls_per_request": 0.5}))
    assert expected_calls(blueprint) == pytest.approx({"a": 1, "b": 2, "c": 2})


def test_calls_beyond_all_measure_are_refused():
    ids = [f"n{number:02}" for number in range(90)]
    steps = [(s, t, {"calls_per_request": 10_000}) for s, t in itertools.pairwise(ids)]
    with pytest.raises(InvalidData, match="calls_per_request"):
        expected_calls(chain(*steps, entry="n00"))


@tried
@given(data=st.data(), load=st.floats(0.01, 1e6))
def test_utilisation_and_headroom_are_load_against_capacity(data, load, blueprints):
    blueprint = data.draw(blueprints())
    used, spare = utilisation(blueprint, load), headroom(blueprint, load)
    known = [node for node in blueprint.nodes if node.capacity_rps is not None]
    assert list(used) == list(spare) == [node.id for node in known]
    for node in known:
        reaching = load * sum(
            times(path)
            for path in paths(blueprint, blueprint.entry)
            if (path[-1].target if path else blueprint.entry) == node.id
        )
        assert used[node.id] == pytest.approx(reaching / node.capacity_rps)
        assert spare[node.id] == (pytest.approx(node.capacity_rps / reaching) if reaching else math.inf)


@tried
@given(data=st.data())
def test_what_breaks_first_is_full_while_nothing_else_is_overfull(data, blueprints):
    blueprint = data.draw(blueprints())
    first = breaks_first(blueprint)
    if first is None:
        assert all(share == 0 for share in utilisation(blueprint, 1e6).values())
    else:
        used = utilisation(blueprint, first.requests_per_second)
        assert used[first.node] == pytest.approx(1)
        assert max(used.values()) <= 1 + 1e-9
        assert blueprint.node(first.node).capacity_rps == first.capacity_rps
        assert first.calls_per_request * first.requests_per_second == pytest.approx(first.capacity_rps)


@pytest.mark.parametrize("load", [-1, math.nan, math.inf, "40", None, True])
def test_a_load_that_is_no_rate_is_refused_with_a_sentence(trailmate, load):
    for question in (utilisation, headroom):
        with pytest.raises(InvalidData, match="user requests per second"):
            question(trailmate, load)


def test_no_load_has_no_headroom_to_speak_of(trailmate):
    assert set(utilisation(trailmate, 0).values()) == {0}
    with pytest.raises(InvalidData, match="above 0"):
        headroom(trailmate, 0)


def test_on_trailmate_the_model_breaks_first(trailmate):
    first = breaks_first(trailmate)
    assert (first.node, first.calls_per_request) == ("model", 1.2)
    assert first.requests_per_second == pytest.approx(25 / 1.2)


# Failure


def stops_by_trying_every_set(blueprint, failed):
    """The nodes outside the largest set that can serve together, found among all sets."""
    ids = [node.id for node in blueprint.nodes]
    nodes = {node.id: node for node in blueprint.nodes}
    serving = set()
    for size in range(len(ids) + 1):
        for together in itertools.combinations([id for id in ids if id not in failed], size):
            if all(can_serve(blueprint, nodes, nodes[id], set(together), failed) for id in together):
                serving |= set(together)
    return tuple(id for id in ids if id not in serving and id not in failed)


def can_serve(blueprint, nodes, node, serving, failed):
    for call in blueprint.interfaces:
        if call.source != node.id or call.optional or node.kind == "queue":
            continue
        fine = call.target in serving if call.mode == "sync" else call.target not in failed
        plan = nodes[call.target].on_failure
        if not fine and plan is not None:
            fine = plan.behaviour == "degrade" or (
                plan.behaviour in ("fallback", "escalate", "queue") and (plan.to is None or plan.to in serving)
            )
        if not fine:
            return False
    return True


@tried
@given(data=st.data())
def test_what_stops_is_all_that_no_set_of_nodes_can_serve_without(data, blueprints):
    blueprint = data.draw(blueprints(circles=True))
    failed = data.draw(st.sets(st.sampled_from([node.id for node in blueprint.nodes])))
    assert stops_when(blueprint, *sorted(failed)) == stops_by_trying_every_set(blueprint, failed)


@tried
@given(data=st.data())
def test_a_single_point_of_failure_takes_the_entry_with_it(data, blueprints):
    blueprint = data.draw(blueprints(circles=True))
    tried = [
        node.id
        for node in blueprint.nodes
        if node.id != blueprint.entry and blueprint.entry in stops_by_trying_every_set(blueprint, {node.id})
    ]
    assert list(single_points_of_failure(blueprint)) == tried


def test_trailmate_survives_its_model_and_its_retriever_but_not_its_conversation_store(trailmate):
    assert single_points_of_failure(trailmate) == ("web_chat", "gateway", "triage", "conversations_store", "log")
    assert stops_when(trailmate, "embedder") == ("retriever", "indexer")
    assert stops_when(trailmate, "model", "small_model") == ("customer", "web_chat", "gateway", "triage")


def test_a_queue_parts_the_worker_from_those_who_wait_but_is_needed_itself():
    blueprint = chain(
        ("a", "b", {"mode": "async"}), ("b", "c", {"mode": "async"}), ("c", "d", {}), kinds={"b": "queue"}
    )
    assert stops_when(blueprint, "c") == ()
    assert stops_when(blueprint, "d") == ("c",)
    assert stops_when(blueprint, "b") == ("a",)


def test_retrying_does_not_help_against_a_dead_part_and_a_dead_fallback_does_not_help_either():
    retry = FailureBehaviour(behaviour="retry", user_sees="A short wait.")
    assert stops_when(chain(("a", "b", {}), plans={"b": retry}), "b") == ("a",)
    fallback = FailureBehaviour(behaviour="fallback", to="c", user_sees="Nothing.")
    two = chain(("a", "b", {}), ("b", "c", {"optional": True}), plans={"b": fallback})
    assert stops_when(two, "b") == ()
    assert stops_when(two, "b", "c") == ("a",)


def test_losing_an_unknown_node_suggests_the_nearest(trailmate):
    with pytest.raises(InvalidData, match="Did you mean 'retriever'"):
        stops_when(trailmate, "retreiver")


# Latency


def waits_by_trying_every_choice(blueprint, start):
    """Of all ways to pick one call from each parallel group, the longest sum over all paths."""
    groups = {}
    for position, call in enumerate(blueprint.interfaces):
        if call.mode == "sync":
            groups.setdefault((call.source, call.parallel_group or position), []).append(call)
    own = {node.id: node.latency_ms or 0 for node in blueprint.nodes}
    return max(
        sum(times(path) * own[path[-1].target if path else start] for path in paths(blueprint, start, picked))
        for picked in itertools.product(*groups.values())
    )


@tried
@given(data=st.data())
def test_latency_is_the_longest_wait_of_all_choices(data, blueprints):
    blueprint = data.draw(blueprints(largest=5))
    start = data.draw(st.sampled_from(blueprint.nodes)).id
    assert latency_ms(blueprint, start) == pytest.approx(waits_by_trying_every_choice(blueprint, start))
    assert latency_ms(blueprint) == latency_ms(blueprint, blueprint.entry)


@tried
@given(data=st.data())
def test_the_critical_path_adds_up_to_the_latency_and_slowing_it_slows_the_user(data, blueprints):
    blueprint = data.draw(blueprints())
    steps = critical_path(blueprint)
    assert steps[0].node == blueprint.entry
    assert len({step.node for step in steps}) == len(steps)
    assert sum(step.ms for step in steps) == pytest.approx(latency_ms(blueprint))

    step = data.draw(st.sampled_from(steps))

    def slower(node):
        return node.changed(latency_ms=(node.latency_ms or 0) + 1) if node.id == step.node else node

    slowed = blueprint.changed(
        components=[slower(node) for node in blueprint.components], stores=[slower(node) for node in blueprint.stores]
    )
    assert latency_ms(slowed) >= latency_ms(blueprint) + step.calls * (1 - 1e-9)


def test_of_calls_at_the_same_time_only_the_slowest_is_waited_for(trailmate):
    # 20 web chat, 5 gateway, 40 triage, 2 × 4 conversations, 15 + 12 + 8 retrieval, 1.2 × 900 model
    assert latency_ms(trailmate) == pytest.approx(20 + 5 + 40 + 8 + 35 + 1080)
    assert [step.node for step in critical_path(trailmate)] == [
        "customer",
        "web_chat",
        "gateway",
        "triage",
        "conversations_store",
        "retriever",
        "embedder",
        "index",
        "model",
    ]
    assert unknown_latencies(trailmate) == ()


def test_waiting_for_each_other_in_a_circle_has_no_latency():
    blueprint = chain(("a", "b", {}), ("b", "c", {}), ("c", "b", {"calls_per_request": 0.5}))
    with pytest.raises(InvalidData, match="b → c → b wait for each other"):
        latency_ms(blueprint)
    assert latency_ms(chain(("a", "b", {}), ("b", "a", {"mode": "async"}))) == 20


@tried
@given(data=st.data())
def test_a_timeout_is_too_short_when_the_target_typically_takes_longer(data, blueprints):
    blueprint = data.draw(blueprints(largest=5))
    assert list(timeouts_too_short(blueprint)) == [
        call
        for call in blueprint.interfaces
        if call.mode == "sync"
        and call.timeout_ms is not None
        and waits_by_trying_every_choice(blueprint, call.target) > call.timeout_ms
    ]


# Data


@tried
@given(data=st.data(), sensitivity=st.sampled_from([None, "personal", ("personal", "payment")]))
def test_a_crossing_is_data_between_two_parties_or_regions(data, sensitivity, blueprints):
    blueprint = data.draw(blueprints())
    found = {(id(c.interface), name): c for c in boundary_crossings(blueprint, sensitivity) for name in c.data}
    for call in blueprint.interfaces:
        a, b = (blueprint.zone(blueprint.node(end).zone) for end in (call.source, call.target))
        parties = {("own",) if zone.operator == "own" else (zone.operator, zone.id) for zone in (a, b)}
        crosses = len(parties) == 2 or a.region != b.region
        for name in blueprint.data_classes:
            wanted = sensitivity is None or name.sensitivity in sensitivity
            if name.sensitivity == "personal" and sensitivity == "personal":
                wanted = True
            crossing = found.pop((id(call), name.name), None)
            assert (crossing is not None) == (wanted and crosses and name.name in call.carries)
            if crossing is not None:
                assert ("region" in crossing.changes) == (a.region != b.region)
                assert ("operator" in crossing.changes) == (a.operator != b.operator)
    assert not found


def test_trailmate_sends_personal_data_to_its_model_vendor(trailmate):
    crossing = boundary_crossings(trailmate, "personal")[-1]
    assert (crossing.interface.target, crossing.data) == ("model", ("question", "orders"))
    assert crossing.changes == ("operator", "region")


def test_a_sensitivity_that_does_not_exist_is_refused(trailmate):
    with pytest.raises(InvalidData, match="Did you mean 'personal'"):
        boundary_crossings(trailmate, "personel")


@tried
@given(data=st.data())
def test_data_is_astray_wherever_it_is_outside_its_home_region(data, blueprints):
    blueprint = data.draw(blueprints())
    found = {(stray.data, stray.node) for stray in outside_home_region(blueprint)}
    for kind, node in itertools.product(blueprint.data_classes, blueprint.nodes):
        there = (
            kind.name in getattr(node, "holds", ())
            or any(kind.name in c.carries for c in blueprint.interfaces if node.id in (c.source, c.target))
            or any(kind.name in state.holds for state in blueprint.states if state.kept_in == node.id)
        )
        region = blueprint.zone(node.zone).region
        assert ((kind.name, node.id) in found) == (there and kind.home_region not in (None, region))


# What a drawing hides


@tried
@given(data=st.data())
def test_unreachable_is_what_no_walk_from_where_work_begins_comes_to(data, blueprints):
    blueprint = data.draw(blueprints(circles=True))
    steps = {(call.source, call.target) for call in blueprint.interfaces} | {
        (node.id, node.on_failure.to) for node in blueprint.nodes if node.on_failure and node.on_failure.to
    }
    starts = {blueprint.entry} | {
        node.id
        for node in blueprint.nodes
        if node.kind in ("user", "human", "job", "external") and blueprint.calls_of(node.id)
    }
    ids = [node.id for node in blueprint.nodes]
    reaches = {(a, b): a == b or (a, b) in steps for a in ids for b in ids}
    for through, a, b in itertools.product(ids, ids, ids):
        reaches[a, b] |= reaches[a, through] and reaches[through, b]
    assert list(unreachable(blueprint)) == [id for id in ids if not any(reaches[start, id] for start in starts)]


def test_trailmate_hides_an_ownerless_store_and_undeclared_failures(trailmate):
    assert stores_without_owner(trailmate) == ("conversations_store",)
    assert unreachable(trailmate) == ()
    assert state_in_memory(trailmate) == ()
    assert personal_data_kept_for_ever(trailmate) == ()
    assert data_without_one_source_of_truth(trailmate) == {"question": ()}
    assert "triage" in without_failure_behaviour(trailmate)
    assert "model" not in without_failure_behaviour(trailmate)


def test_state_in_memory_is_found_unless_it_ends_with_its_request(trailmate):
    [conversation] = trailmate.states
    moved = conversation.changed(kept_in="triage", retention_days=None)
    assert state_in_memory(trailmate.changed(states=[moved])) == ("conversation",)
    assert personal_data_kept_for_ever(trailmate.changed(states=[moved])) == ("conversation",)
    assert state_in_memory(trailmate.changed(states=[moved.changed(scope="request")])) == ()
