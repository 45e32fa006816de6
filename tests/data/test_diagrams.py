"""The architecture diagrams: sound where they should be, and with the defects that the datasheet lists."""

import pytest

from archkit.blueprint import (
    Blueprint,
    InvalidData,
    data_without_one_source_of_truth,
    expected_calls,
    latency_ms,
    outside_home_region,
    personal_data_kept_for_ever,
    single_points_of_failure,
    state_in_memory,
    stops_when,
    stores_without_owner,
    timeouts_too_short,
    unreachable,
)
from archkit.course import data_folder

PLANS = ("photo_returns", "reviewed_answers", "telephone")
LOOPING = "reviewed_answers"


def diagram(name):
    return Blueprint.model_validate_json((data_folder() / "diagrams" / f"{name}.json").read_text(encoding="utf-8"))


def outlasting(blueprint):
    """Sync calls that wait as long as, or longer than, a call that waits for them."""
    waits = [call for call in blueprint.interfaces if call.mode == "sync" and call.timeout_ms]
    return {
        f"{inner.source} -> {inner.target}"
        for outer in waits
        for inner in waits
        if inner.source == outer.target and inner.timeout_ms >= outer.timeout_ms
    }


def incomplete(blueprint):
    """Calls without a schema, and sync ones without a timeout."""
    return {
        f"{call.source} -> {call.target}"
        for call in blueprint.interfaces
        if call.schema_name is None or (call.mode == "sync" and call.timeout_ms is None)
    }


def computable(blueprint):
    """What questions to the blueprint say about defects, those of its cycle aside."""
    claims = data_without_one_source_of_truth(blueprint)
    return {
        "state in memory": set(state_in_memory(blueprint)),
        "data leaves its region": {stray.node for stray in outside_home_region(blueprint)},
        "no contract": incomplete(blueprint),
        "no owner": set(stores_without_owner(blueprint)),
        "two truths": {name for name, stores in claims.items() if len(stores) > 1},
        "timeout order": outlasting(blueprint),
        "single point of failure": set(single_points_of_failure(blueprint)),
        "unreachable": set(unreachable(blueprint)),
        "kept for ever": set(personal_data_kept_for_ever(blueprint)),
    }


def found(blueprint):
    return {kind: where for kind, where in computable(blueprint).items() if where}


def test_trailmate_has_no_defect_that_a_question_finds():
    assert found(diagram("trailmate")) == {}


def test_returns_with_photographs_has_the_five_computable_defects_and_no_others():
    assert found(diagram("photo_returns")) == {
        "state in memory": {"return so far"},
        "data leaves its region": {"vision"},
        "no contract": {"refunds -> payments"},
        "timeout order": {"returns -> vision"},
        "single point of failure": {"accounts"},
    }


def test_the_sixth_defect_of_the_returns_is_a_queue_before_what_the_purpose_promises():
    plan = diagram("photo_returns")
    assert "label in the same chat" in plan.purpose
    assert {call.target for call in plan.calls_of("returns") if call.mode == "async"} == {"label_queue"}


def test_reviewed_answers_have_an_index_without_owner_and_an_arrow_that_hides_a_dependency():
    plan = diagram("reviewed_answers")
    assert found(plan) == {
        "no owner": {"index"},
        "unreachable": {"profiles"},
        # What is wrong with the circle and with the arrow shows in the order of the timeouts as well.
        "timeout order": {"triage -> shop", "triage -> drafter", "drafter -> reviewer"},
    }
    turned = [
        call.changed(source="triage", target="profiles") if call.source == "profiles" else call
        for call in plan.interfaces
    ]
    assert stops_when(plan, "profiles") == ()
    assert stops_when(plan.changed(interfaces=turned), "profiles") == ("gateway", "triage")


def test_reviewed_answers_loop_retry_twice_share_a_cache_and_fall_back_on_the_same_index():
    plan = diagram("reviewed_answers")
    with pytest.raises(InvalidData, match="drafter, reviewer call each other"):
        expected_calls(plan)
    assert [n.id for n in plan.nodes if n.on_failure and n.on_failure.behaviour == "retry"] == ["triage", "model"]
    assert "keywords" in stops_when(plan, "index")
    assert [(state.scope, state.kept_in) for state in plan.states] == [("shared", "cache")]
    assert plan.data_class("answers").sensitivity == "personal"


def test_the_telephone_has_the_four_computable_defects_and_no_others():
    assert found(diagram("telephone")) == {
        "data leaves its region": {"analytics"},
        "two truths": {"call-backs"},
        "timeout order": {"order -> shop"},
        "single point of failure": {"line"},
    }


def test_the_telephone_falls_back_on_the_same_vendor_and_checks_identity_behind_a_queue():
    plan = diagram("telephone")
    assert plan.node("model").zone == plan.node("small").zone
    assert stops_when(plan, "model") == ()
    assert "dialogue" in stops_when(plan, "model", "small")
    assert "before they have been identified" in plan.purpose
    assert plan.calls_to("identity_queue")[0].mode == "async"


def test_what_looks_like_a_defect_of_the_telephone_and_is_none_is_there():
    plan = diagram("telephone")
    assert expected_calls(plan)["dialogue"] < 2
    assert plan.zone(plan.node("model").zone).region == "eu"
    assert plan.data_class("articles").sensitivity == "internal"
    assert plan.node("cache").holds == ("articles",)
    assert {state.scope for state in plan.states if state.kept_in == "speech"} == {"request"}
    assert plan.calls_to("log")[0].optional


@pytest.mark.parametrize("name", ["trailmate", *[plan for plan in PLANS if plan != LOOPING]])
def test_every_wait_has_an_end_within_its_timeout(name):
    plan = diagram(name)
    assert latency_ms(plan) > 0
    assert timeouts_too_short(plan) == ()
