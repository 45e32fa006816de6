"""Any defensible decision keeps its points, however it is weighed and written; nonsense earns none."""

import functools
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archkit.decisions import (
    Consequence,
    Criterion,
    DecisionMatrix,
    Evidence,
    Gate,
    GateResult,
    Option,
    Rating,
    Reason,
    Trigger,
)
from autograde.checks.decision_matrix import GATE_ROWS, MEASURES, row_of
from autograde.findings import CheckResult
from autograde.proof.exercise import graded
from autograde.proof.solution import solution_namespace
from autograde.registry import checks_of, find_check

EXERCISE = "decision_matrix"
LEARNERS = ("ana", "ben", "proof-3", "proof-5", "proof-9")
WAYS = ("managed", "open_managed", "self_hosted")
NUMBERS = {
    "memory": ("weights_gb", "kv_cache_gb"),
    "cards": ("peak_tokens_per_second",),
    "monthly_costs": ("managed_usd", "open_managed_usd", "self_hosted_usd"),
    "break_even": ("rent_usd_per_million", "break_even_managed", "break_even_open"),
    "growth": ("requests_in_12_months",),
}


@functools.cache
def solved(learner: str) -> Mapping[str, Any]:
    return solution_namespace(EXERCISE, learner)


def result(task: str, learner: str = "ana", **changed: Any) -> CheckResult:
    check = find_check(f"{EXERCISE}.{task}", held_back=True)
    return graded(check, {**solved(learner), **changed}, learner)


def lost(found: CheckResult) -> dict[str, str]:
    """What cost points, with what was said about it."""
    return {
        f.name: f.judgement.gap or (f.judgement.misconception.name if f.judgement.misconception else "?")
        if f.judgement
        else f.message
        for f in found.findings
        if f.earned < f.points
    }


def three_digits(value: Any) -> Any:
    return value if isinstance(value, str) else float(f"{value:.3g}")


# --- Numbers and functions in other forms -----------------------------------------------------------------------------


@pytest.mark.parametrize("form", [three_digits, numpy.float64, lambda v: Decimal(repr(v))])
@pytest.mark.parametrize("task", NUMBERS)
def test_numbers_may_be_rounded_to_three_digits_or_come_from_other_libraries(
    task: str, form: Callable[..., Any]
) -> None:
    for learner in LEARNERS:
        numbers = {name: solved(learner)[name] for name in NUMBERS[task]}
        given = {name: v if isinstance(v, str) else form(v) for name, v in numbers.items()}
        assert not lost(result(task, learner, **given)), (learner, numbers)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_three_digits_are_enough_for_any_learner(number: int) -> None:
    learner = f"rounds-{number}"
    namespace = solution_namespace(EXERCISE, learner)
    for task, names in NUMBERS.items():
        rounded = {name: three_digits(namespace[name]) for name in names}
        assert not lost(graded(find_check(f"{EXERCISE}.{task}"), {**namespace, **rounded}, learner)), (task, rounded)


@pytest.mark.parametrize("word", ["Never", " NEVER ", "never"])
def test_never_may_be_written_in_any_case(word: str) -> None:
    learner = next(name for name in LEARNERS if solved(name)["break_even_open"] == "never")
    assert not lost(result("break_even", learner, break_even_open=word))


def test_another_word_than_never_is_answered_with_what_is_wanted() -> None:
    said = lost(result("break_even", break_even_managed="soon"))["against_managed"]
    assert "a number or the word 'never' is wanted" in said


def test_the_months_may_be_given_with_their_fraction() -> None:
    for learner in LEARNERS:
        solution = solved(learner)
        if solution["months_until_break_even"] in (0, "never"):
            continue
        months = math.log(solution["break_even_managed"] / solution["requests_today"]) / math.log(1 + solution["rate"])
        assert not lost(result("growth", learner, months_until_break_even=months))


def test_a_break_even_found_on_a_coarse_grid_is_near_enough() -> None:
    for learner in LEARNERS:
        solution = solved(learner)
        if solution["break_even_managed"] == "never":
            continue
        cost, grid = solution["monthly_cost"], numpy.geomspace(1e5, 1e9, 800)
        coarse = max(v for v in grid if cost("self_hosted", v) >= cost("managed", v))
        assert not lost(result("break_even", learner, break_even_managed=coarse))


WORTHLESS_COSTS: dict[str, Callable[..., Any]] = {
    "nothing": lambda option, requests: None,
    "zero": lambda option, requests: 0,
    "a truth value": lambda option, requests: True,
    "a text": lambda option, requests: "3,816 dollars",
    "all three at once": lambda option, requests: dict.fromkeys(WAYS, 1.0),
    "a huge number": lambda option, requests: 10**300,
    "the volume": lambda option, requests: requests,
}


@pytest.mark.parametrize("function", WORTHLESS_COSTS.values(), ids=WORTHLESS_COSTS)
def test_worthless_cost_functions_earn_nothing_and_are_never_the_checks_fault(function: Callable[..., Any]) -> None:
    found = result("cost_function", monthly_cost=function)
    assert found.earned == 0
    assert "check itself failed" not in " ".join(f.message for f in found.findings)


# --- Gates and evidence -----------------------------------------------------------------------------------------------


def restated(learner: str, **said: Callable[[Evidence], dict[str, Any]]) -> list[GateResult]:
    """The solution's results with the evidence of some gates stated otherwise."""
    return [
        r.changed(evidence=r.evidence.changed(**said[r.gate](r.evidence))) if r.gate in said else r
        for r in solved(learner)["gate_results"]
    ]


SAYINGS: dict[str, dict[str, Callable[[Evidence], dict[str, Any]]]] = {
    "true and false": {"on_call": lambda e: {"note": "True" if e.note == "yes" else "false, the vendor's people are"}},
    "one and zero": {"training": lambda e: {"note": None, "value": float(e.note == "yes")}},
    "a region with a remark": {"residency": lambda e: {"note": f"{(e.note or '').upper()}: says the price sheet"}},
    "a share as a percentage": {"quality_floor": lambda e: {"value": 100 * (e.value or 0), "unit": "%"}},
    "a path without the case": {"latency_limit": lambda e: {"source": e.source.removeprefix("case.")}},
}


@pytest.mark.parametrize("said", SAYINGS.values(), ids=SAYINGS)
def test_evidence_may_be_stated_in_other_forms(said: dict[str, Callable[[Evidence], dict[str, Any]]]) -> None:
    for learner in LEARNERS:
        assert not lost(result("gates", learner, gate_results=restated(learner, **said)))


def test_who_is_on_call_may_be_shown_by_the_teams_own_row() -> None:
    for learner in LEARNERS:
        on_call = str(solved(learner)["case"].team.on_call)
        said = {"on_call": lambda e, on_call=on_call: {"source": "case.team.on_call", "note": on_call}}
        assert not lost(result("gates", learner, gate_results=restated(learner, **said)))


def test_a_quality_floor_may_be_a_percentage() -> None:
    gates = [g.changed(limit=100 * g.limit) if g.id == "quality_floor" else g for g in solved("ana")["gates"]]
    assert not lost(result("gates", gates=gates))


def test_a_gate_on_the_region_does_no_harm_where_the_client_has_none() -> None:
    learner = next(f"free-{n}" for n in range(99) if not solution_namespace(EXERCISE, f"free-{n}")["must"].processed_in)
    solution = solved(learner)
    gates = [*solution["gates"], Gate(id="residency", requirement="Data is processed anywhere.")]
    results = [
        *solution["gate_results"],
        *(
            GateResult(
                option=id, gate="residency", passes=True, evidence=solution["cited"](f"hosting.ways.{id}.processed_in")
            )
            for id in WAYS
        ),
    ]
    assert not lost(result("gates", learner, gates=gates, gate_results=results))


def test_parts_may_be_dictionaries_of_the_same_fields() -> None:
    solution = solved("ana")
    for task, names in {"gates": ("gates", "gate_results"), "criteria": ("criteria",), "ratings": ("ratings",)}.items():
        plain = {name: [part.model_dump(mode="json") for part in solution[name]] for name in names}
        assert not lost(result(task, **plain))
    assert not lost(result("winner", matrix=solution["matrix"].model_dump(mode="json")))
    assert not lost(result("record", record=solution["record"].model_dump(mode="json")))


@pytest.mark.parametrize(
    "path", ["case.nothing", "case", "case.hosting.ways", "case.tokens.__class__", "case.part", "", "case.parts.0.id"]
)
def test_only_a_row_with_a_value_is_a_row(path: str) -> None:
    with pytest.raises(LookupError):
        row_of(solved("ana")["case"], path)


def test_letting_everybody_pass_earns_nothing_for_results_where_somebody_fails() -> None:
    for learner in LEARNERS:
        results = [r.changed(passes=True) for r in solved(learner)["gate_results"]]
        if all(r.passes for r in solved(learner)["gate_results"]):
            continue
        found = {f.name: f.earned for f in result("gates", learner, gate_results=results).findings}
        assert found["who_passes"] == 0


# --- Any defensible weighting -----------------------------------------------------------------------------------------

SCALES: dict[str, str] = {
    "in proportion": "score(r.option, c)",
    "between worst and best": "10 * (values[r.option] - worst) / (best - worst) if best != worst else 10",
    "by rank": "10 - 4 * sum((v - values[r.option]) * (best - worst) > 0 for v in values.values())",
    "roots": "10 * (score(r.option, c) / 10) ** 0.5",
}
RESCORED = """
def rescored(r):
    c = next(c for c in criteria if c.id == r.criterion)
    values = {{id: evidence(id, c.id).value for id in month}}
    worst, best = (max, min) if c.better == 'lower' else (min, max)
    worst, best = worst(values.values()), best(values.values())
    return {scale}
ratings = [r.changed(score=rescored(r)) for r in ratings]
"""


@given(
    st.sampled_from(LEARNERS),
    st.sampled_from(sorted(SCALES)),
    st.lists(st.floats(0.01, 1_000), min_size=4, max_size=4),
    st.sampled_from([None, "first_token", "switching"]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_any_weights_scales_and_orders_earn_full_marks(
    learner: str, scale: str, weights: list[float], left_out: str | None, shuffled: Any
) -> None:
    order = list(range(4))
    shuffled.shuffle(order)
    reweighed = (
        f"criteria = [c.changed(weight=w) for c, w in zip(criteria, {weights})]\n"
        f"criteria = [criteria[i] for i in {order} if criteria[i].id != {left_out!r}]"
    )
    namespace = solution_namespace(
        EXERCISE, learner, {"criteria": reweighed, "ratings": RESCORED.format(scale=SCALES[scale])}
    )
    for task in ("criteria", "ratings", "winner", "sensitivity", "record"):
        found = graded(find_check(f"{EXERCISE}.{task}"), namespace, learner)
        assert not lost(found), (task, lost(found))


def test_equal_weights_are_no_mistake() -> None:
    for learner in LEARNERS:
        equal = [criterion.changed(weight=1) for criterion in solved(learner)["criteria"]]
        assert not lost(result("criteria", learner, criteria=equal))


def test_a_way_that_fails_a_must_have_never_wins_whatever_the_matrix_says() -> None:
    tried = 0
    for learner in LEARNERS:
        matrix = solved(learner)["matrix"]
        for barred in set(WAYS) - set(matrix.admitted()):
            tried += 1
            praised = matrix.changed(
                gate_results=[r.changed(passes=True) for r in matrix.gate_results],
                ratings=[r.changed(score=10 if r.option == barred else 0) for r in matrix.ratings],
            )
            found = result("winner", learner, matrix=praised, totals=praised.totals(), winner=barred)
            assert found.earned == 0
            assert "gate_ignored" in {m.name for m in found.misconceptions}
            record = solved(learner)["record"].changed(chosen=barred)
            assert "choice" in lost(result("record", learner, matrix=praised, record=record))
    assert tried >= 4


# --- The record -------------------------------------------------------------------------------------------------------


def recorded(learner: str, **fields: Any) -> CheckResult:
    return result("record", learner, record=solved(learner)["record"].changed(**fields))


def test_a_trigger_on_any_must_have_will_do_and_others_may_stand_beside_it() -> None:
    for learner in LEARNERS:
        must = solved(learner)["case"].hosting.must
        for trigger in (
            Trigger(metric="right_share", when="below", threshold=must.right_share, unit="share"),
            Trigger(metric="right_share", when="below", threshold=100 * must.right_share, unit="%"),
            Trigger(metric="first_token_ms", when="above", threshold=must.first_token_ms, unit="ms"),
        ):
            beside = Trigger(metric="complaints", when="above", threshold=3, unit="a week")
            assert not lost(recorded(learner, revisit_when=[trigger, beside]))


def test_a_break_even_may_be_watched_in_millions() -> None:
    tried = 0
    for learner in (*LEARNERS, *(f"proof-{n}" for n in range(10, 20))):
        for trigger in solved(learner)["record"].revisit_when:
            if trigger.metric == "requests_per_month":
                tried += 1
                millions = trigger.changed(threshold=trigger.threshold / 1e6, unit="million requests a month")
                assert not lost(recorded(learner, revisit_when=[millions]))
    assert tried >= 3


def test_reasons_may_be_gates_and_rounded_costs() -> None:
    for learner in LEARNERS:
        solution = solved(learner)
        gates = [
            Reason(by=gate.id, says="The chosen way keeps it.", source="the gate results") for gate in solution["gates"]
        ]
        own = solution["record"].because
        rounded = [r.changed(value=three_digits(r.value)) for r in own]
        assert not lost(recorded(learner, because=[*gates, *rounded]))


def test_one_number_alone_is_too_little_and_the_card_says_what_is_missing() -> None:
    for learner in LEARNERS:
        only = [r for r in solved(learner)["record"].because if r.by == "quality"]
        assert "monthly cost" in lost(recorded(learner, because=only))["numbers"]


def test_further_risks_may_stand_beside_what_is_given_up() -> None:
    for learner in LEARNERS:
        given_up = solved(learner)["record"].costs_and_risks
        more = [Consequence(what="Note: the vendor may be sold", answer="An exit clause.", owner="Purchasing")]
        assert not lost(recorded(learner, costs_and_risks=[*given_up, *more]))


# --- Nothing makes a check fail ---------------------------------------------------------------------------------------

ids = st.sampled_from([*WAYS, "other"])
gate_ids = st.sampled_from([*GATE_ROWS, "budget"])
criterion_ids = st.sampled_from([*MEASURES, "rent", "on_call", "beauty"])
sources = st.sampled_from(
    ["computed", "case.team.on_call", "case.hosting", "somebody", "case.hosting.ways.managed.right_share"]
)
evidences = st.builds(
    Evidence,
    source=sources,
    value=st.none() | st.floats(-10, 1e9),
    unit=st.sampled_from([None, "%", "ms"]),
    note=st.sampled_from([None, "True", "eu"]),
)


@given(st.sampled_from(LEARNERS), st.data())
@settings(max_examples=80, deadline=None)
def test_no_decision_makes_a_check_fail(learner: str, data: st.DataObject) -> None:
    """Random matrices, complete or not, are judged, never an error of the check."""
    options = data.draw(st.lists(ids, min_size=2, unique=True))
    gates = data.draw(st.lists(gate_ids, unique=True))
    criteria = data.draw(st.lists(criterion_ids.filter(lambda id: id not in gates), min_size=1, unique=True))
    some = data.draw(st.floats(0.5, 1))
    matrix = DecisionMatrix(
        question="Which?",
        options=[Option(id=id, name=id) for id in options],
        gates=[
            Gate(id=id, requirement="It must.", limit=data.draw(st.sampled_from([None, "eu", 0.8]))) for id in gates
        ],
        gate_results=[
            GateResult(option=o, gate=g, passes=data.draw(st.booleans()), evidence=data.draw(evidences))
            for o in options
            for g in gates
            if data.draw(st.floats(0, 1)) <= some
        ],
        criteria=[
            Criterion(id=id, name=id, better=data.draw(st.sampled_from(["lower", "higher"])), weight=1 + at)
            for at, id in enumerate(criteria)
        ],
        ratings=[
            Rating(option=o, criterion=c, score=data.draw(st.integers(0, 10)), evidence=data.draw(evidences))
            for o in options
            for c in criteria
            if data.draw(st.booleans()) or some == 1
        ],
    )
    shares = st.sampled_from(["never"]) | st.floats(-1, 100)
    changed = {
        "gates": matrix.gates,
        "gate_results": matrix.gate_results,
        "criteria": matrix.criteria,
        "ratings": matrix.ratings,
        "matrix": matrix,
        "totals": data.draw(st.dictionaries(ids, st.floats(0, 10))),
        "winner": data.draw(ids),
        "flips": data.draw(st.dictionaries(criterion_ids, shares)),
    }
    for task in ("gates", "criteria", "ratings", "winner", "sensitivity", "record"):
        for finding in result(task, learner, **changed).findings:
            assert finding.judgement is not None, finding.message


def test_the_exercise_has_the_tasks_and_points_that_its_text_promises() -> None:
    checks = checks_of(EXERCISE, held_back=True)
    assert len(checks) == 12
    assert sum(check.points for check in checks) == 43
    assert sum(check.held_back_points for check in checks) == 2
