"""A decision matrix: must-haves come before weights, and what is missing is said instead of guessed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archkit.decisions import Criterion, DecisionMatrix, Evidence, Gate, GateResult, Option, Rating
from archkit.portfolio import Portfolio
from archkit.typed_data import InvalidData

SEEN = Evidence(source="case.latency.target_ms", value=900, unit="ms")
OPTIONS = ("managed", "own")
scores = st.floats(0, 10)
weights = st.floats(0.01, 100)
tried = settings(deadline=None, max_examples=80)


def matrix(of: dict[str, dict[str, float]], weight: dict[str, float], failing: tuple[str, ...] = ()) -> DecisionMatrix:
    """Make a matrix with one gate from scores by option and criterion."""
    return DecisionMatrix(
        question="Who runs the model?",
        options=[Option(id=id, name=id.capitalize()) for id in of],
        gates=[Gate(id="residency", requirement="Data stays in the EU", limit="eu")],
        gate_results=[GateResult(option=id, gate="residency", passes=id not in failing, evidence=SEEN) for id in of],
        criteria=[Criterion(id=id, name=id, better="lower", weight=value) for id, value in weight.items()],
        ratings=[
            Rating(option=option, criterion=criterion, score=score, evidence=SEEN)
            for option, by in of.items()
            for criterion, score in by.items()
        ],
    )


@tried
@given(st.tuples(scores, scores, scores, scores), weights, weights, st.floats(0.1, 50))
def test_a_total_is_a_mean_so_the_scale_of_the_weights_does_not_matter(by, cost, delay, factor):
    of = {"managed": {"cost": by[0], "delay": by[1]}, "own": {"cost": by[2], "delay": by[3]}}
    small, large = (
        matrix(of, {"cost": cost, "delay": delay}),
        matrix(of, {"cost": min(cost * factor, 1e6), "delay": min(delay * factor, 1e6)}),
    )
    for option in OPTIONS:
        total = small.totals()[option]
        assert min(of[option].values()) - 1e-9 <= total <= max(of[option].values()) + 1e-9
        assert large.totals()[option] == pytest.approx(total, abs=1e-9)


def test_an_option_that_fails_a_gate_cannot_win_whatever_its_score():
    best_fails = matrix({"managed": {"cost": 10}, "own": {"cost": 1}}, {"cost": 1}, failing=("managed",))
    assert best_fails.totals()["managed"] == 10
    assert best_fails.ranking() == ("own",)


def test_a_gate_that_nobody_has_judged_is_not_passed():
    unjudged = matrix({"managed": {"cost": 5}, "own": {"cost": 1}}, {"cost": 1}).changed(gate_results=())
    assert unjudged.admitted() == ()


def test_other_weights_can_be_tried_without_changing_the_matrix():
    asked = matrix({"managed": {"cost": 9, "delay": 1}, "own": {"cost": 2, "delay": 8}}, {"cost": 3, "delay": 1})
    assert asked.ranking() == ("managed", "own")
    assert asked.ranking({"delay": 9}) == ("own", "managed")
    assert asked.ranking() == ("managed", "own")


def test_a_missing_rating_is_named_when_a_total_is_asked_for():
    half = matrix({"managed": {"cost": 9}, "own": {}}, {"cost": 1})
    assert "not rated" in str(half) or "not every option" in str(half).lower()
    with pytest.raises(InvalidData, match="no rating of 'own' by 'cost'"):
        half.totals()


def test_weights_that_are_not_there_or_add_up_to_nothing_are_refused():
    asked = matrix({"managed": {"cost": 9}, "own": {"cost": 1}}, {"cost": 1})
    with pytest.raises(InvalidData, match=r"no criterion 'costs'\. Did you mean 'cost'"):
        asked.totals({"costs": 2})
    with pytest.raises(InvalidData, match="add up to 0"):
        asked.totals({"cost": 0})
    with pytest.raises(InvalidData, match="all weights are 0"):
        matrix({"managed": {"cost": 9}, "own": {"cost": 1}}, {"cost": 0})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ratings": [Rating(option="owns", criterion="cost", score=1, evidence=SEEN)]}, "Did you mean 'own'"),
        ({"ratings": [Rating(option="own", criterion="price", score=1, evidence=SEEN)]}, "criterion 'price'"),
        ({"gate_results": [GateResult(option="own", gate="size", passes=True, evidence=SEEN)]}, "gate 'size'"),
        ({"options": [Option(id="own", name="A"), Option(id="own", name="B")]}, "more than one option"),
        ({"ratings": [Rating(option="own", criterion="cost", score=s, evidence=SEEN) for s in (1, 2)]}, "twice"),
    ],
)
def test_what_does_not_fit_together_is_said(change, said):
    sound = matrix({"managed": {"cost": 9}, "own": {"cost": 1}}, {"cost": 1})
    with pytest.raises(InvalidData, match=said):
        sound.changed(**change)


def test_a_gate_and_a_criterion_may_have_the_same_name():
    sound = matrix({"managed": {"residency": 9}, "own": {"residency": 1}}, {"residency": 1})
    assert sound.ranking() == ("managed", "own")


def test_a_score_outside_0_to_10_is_refused_in_words():
    with pytest.raises(InvalidData, match="at most 10"):
        Rating(option="own", criterion="cost", score=11, evidence=SEEN)


def test_a_matrix_is_a_work_product_and_comes_back_as_it_was(tmp_path):
    made = matrix({"managed": {"cost": 9}, "own": {"cost": 1}}, {"cost": 1})
    Portfolio(tmp_path, learner_id="ana").save(made, "choice")
    assert Portfolio(tmp_path, learner_id="ana").load("choice", DecisionMatrix) == made


def test_its_picture_says_what_is_out_and_escapes_what_people_write():
    made = matrix({"managed": {"cost": 9}, "own": {"cost": 1}}, {"cost": 1}, failing=("managed",))
    named = made.changed(options=[Option(id="managed", name="<b>Managed</b>"), Option(id="own", name="Own")])
    assert "Out, whatever the score: <b>Managed</b>." in str(named)
    assert "<b>Managed" not in named._repr_html_()
    assert "<script" not in named._repr_html_()
