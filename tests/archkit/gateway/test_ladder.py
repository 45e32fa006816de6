import itertools

import pytest

from archkit.blueprint import single_points_of_failure, without_failure_behaviour
from archkit.gateway.ladder import HANDOVER, NOTICES, rungs, trailmate_ladder


def test_the_ladder_leads_from_the_large_model_to_a_person() -> None:
    assert [node.id for node in rungs(trailmate_ladder(), "large")] == ["large", "small", "kept", "colleague"]


def test_each_rung_says_what_is_seen_of_the_next_one() -> None:
    ladder = rungs(trailmate_ladder(), "large")
    for above, below in itertools.pairwise(ladder):
        assert above.on_failure is not None
        shown = HANDOVER if below.id == "colleague" else NOTICES[below.id].strip()
        assert shown in above.on_failure.user_sees


def test_no_model_is_a_single_point_of_failure_and_every_needed_rung_says_how_it_fails() -> None:
    assert single_points_of_failure(trailmate_ladder()) == ("gateway",)
    assert without_failure_behaviour(trailmate_ladder()) == ()


def test_a_ladder_that_leads_back_to_itself_is_refused() -> None:
    drawn = trailmate_ladder()
    circle = [
        node.changed(on_failure=node.on_failure.changed(behaviour="fallback", to="large"))
        if node.id == "small" and node.on_failure
        else node
        for node in drawn.components
    ]
    with pytest.raises(ValueError, match="A ladder has to end"):
        rungs(drawn.changed(components=tuple(circle)), "large")
