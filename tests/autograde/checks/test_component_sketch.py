"""Right answers to the component sketch keep their points however they are expressed, and nonsense earns none."""

import functools
import itertools
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archkit.blueprint import Blueprint, Component, DataClass, FailureBehaviour, Interface, Store, TrustZone
from autograde.findings import CheckResult
from autograde.proof.exercise import graded
from autograde.proof.solution import solution_namespace
from autograde.registry import find_check

EXERCISE = "component_sketch"
LEARNERS = ("ana", "ben", "proof-3")
PARTS = ("gateway", "embedder", "index", "model", "records", "history")
NUMBERS = {
    "peak_load": ("average_requests_per_second", "peak_requests_per_second"),
    "token_cost": ("input_tokens_per_request", "monthly_cost_usd"),
    "storage": ("chunks", "index_gigabytes"),
    "dependencies": ("downtime_minutes_per_month",),
    "breaks_first": ("breaks_at_requests_per_second",),
    "answer_time": ("answer_ms",),
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


# --- Numbers, choices and lists in other forms -----------------------------------------------------------------------


def three_digits(value: float) -> float:
    return float(f"{value:.3g}")


@pytest.mark.parametrize("form", [three_digits, numpy.float64, numpy.float32, lambda v: Decimal(repr(v)), math.floor])
@pytest.mark.parametrize("task", NUMBERS)
def test_numbers_may_be_rounded_to_three_digits_or_come_from_other_libraries(
    task: str, form: Callable[..., Any]
) -> None:
    for learner in LEARNERS:
        numbers = {name: solved(learner)[name] for name in NUMBERS[task]}
        if form is math.floor and min(numbers.values()) < 100:
            continue
        found = result(task, learner, **{name: form(value) for name, value in numbers.items()})
        assert not lost(found), (learner, numbers)


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_three_digits_are_enough_for_any_learner(number: int) -> None:
    learner = f"rounds-{number}"
    namespace = solution_namespace(EXERCISE, learner)
    for task, names in NUMBERS.items():
        rounded = {name: three_digits(namespace[name]) for name in names}
        check = find_check(f"{EXERCISE}.{task}")
        found = graded(check, {**namespace, **rounded}, learner)
        assert not lost(found), (task, rounded)


@pytest.mark.parametrize("form", [list, tuple, set, frozenset, dict.fromkeys, numpy.array, pandas.Series])
def test_the_needed_parts_may_come_in_any_collection_and_order(form: Callable[..., Any]) -> None:
    needed = list(reversed(solved("ana")["needed_for_answer"]))
    given = form(needed)
    assert not lost(result("dependencies", needed_for_answer=given.keys() if isinstance(given, dict) else given))


@pytest.mark.parametrize("form", [str.upper, str.title, lambda part: f" {part} ", numpy.str_])
def test_the_part_that_breaks_first_may_be_written_in_any_case(form: Callable[[str], str]) -> None:
    for learner in LEARNERS:
        assert not lost(result("breaks_first", learner, breaks_first=form(solved(learner)["breaks_first"])))


def test_the_part_that_breaks_first_may_be_given_by_its_name() -> None:
    namespace = solved("ana")
    name = namespace["case"].part(namespace["breaks_first"]).name
    assert not lost(result("breaks_first", breaks_first=name))


def test_a_part_that_the_case_does_not_have_is_told_with_those_it_has() -> None:
    said = lost(result("breaks_first", breaks_first="the database"))["the_part"]
    assert "no part of the case has this id; they are gateway, embedder, index, model, records, history" in said


@pytest.mark.parametrize("flag", ["fits_budget", "meets_target"])
def test_a_flag_may_be_numpys(flag: str) -> None:
    task = "token_cost" if flag == "fits_budget" else "answer_time"
    assert not lost(result(task, **{flag: numpy.bool_(solved("ana")[flag])}))


@pytest.mark.parametrize("flag", [True, False])
def test_a_guessed_comparison_earns_nothing_without_the_number(flag: bool) -> None:
    assert result("token_cost", monthly_cost_usd=1.0, fits_budget=flag).earned == 1
    assert result("answer_time", answer_ms=1.0, meets_target=flag).earned == 0


# --- Functions -------------------------------------------------------------------------------------------------------

RETURNED = {
    "extra keys": lambda shares: {**shares, "user": 0.1, "note": "full at 1.0"},
    "in another order": lambda shares: dict(reversed(shares.items())),
    "numpy numbers": lambda shares: {part: numpy.float64(share) for part, share in shares.items()},
    "a Series": lambda shares: pandas.Series(shares),
    "three digits": lambda shares: {part: three_digits(share) for part, share in shares.items()},
    "tenths of a percent": lambda shares: {part: round(share, 3) for part, share in shares.items()},
}


@pytest.mark.parametrize("form", RETURNED.values(), ids=RETURNED)
def test_utilisations_may_come_in_other_forms(form: Callable[..., Any]) -> None:
    for learner in LEARNERS:
        right = solved(learner)["utilisation"]
        assert not lost(result("headroom", learner, utilisation=lambda rate, right=right: form(right(rate))))


WORTHLESS_SHARES = {
    "nothing": lambda rate: {},
    "None": lambda rate: None,
    "a list": lambda rate: [0.5] * 6,
    "zeros": lambda rate: dict.fromkeys(PARTS, 0),
    "ones": lambda rate: dict.fromkeys(PARTS, 1.0),
    "the load": lambda rate: dict.fromkeys(PARTS, rate),
    "truth values": lambda rate: dict.fromkeys(PARTS, True),
    "texts": lambda rate: dict.fromkeys(PARTS, "0.5"),
    "huge numbers": lambda rate: dict.fromkeys(PARTS, 10**300),
    "negative numbers": lambda rate: dict.fromkeys(PARTS, -rate),
}


@pytest.mark.parametrize("function", WORTHLESS_SHARES.values(), ids=WORTHLESS_SHARES)
def test_worthless_utilisations_earn_nothing_and_are_never_the_checks_fault(function: Callable[..., Any]) -> None:
    found = result("headroom", utilisation=function)
    assert found.earned == 0
    assert "check itself failed" not in " ".join(f.message for f in found.findings)


REPORTED = {
    "a tuple": tuple,
    "a set": set,
    "another order": lambda wrong: wrong[::-1],
    "repeats": lambda wrong: wrong * 2,
    "the keys of a dictionary": lambda wrong: dict.fromkeys(wrong).keys(),
    "an array": lambda wrong: numpy.array(wrong, dtype=object),
}


@pytest.mark.parametrize("form", REPORTED.values(), ids=REPORTED)
def test_wrong_fields_may_be_reported_in_any_collection_and_order(form: Callable[..., Any]) -> None:
    for learner in LEARNERS:
        right = solved(learner)["violations"]
        gate = lambda document, right=right: form(right(document))  # noqa: E731
        assert not lost(result("data_contract", learner, violations=gate))


WORTHLESS_GATES = {
    "nothing": lambda document: [],
    "everything": lambda document: ["id", "owner", "updated", "region", "audience"],
    "always the owner": lambda document: ["owner"],
    "what is not there": lambda document: [f for f in ("owner", "region") if f not in document],
    "the document's own fields": lambda document: list(document),
    "None": lambda document: None,
    "a truth value": lambda document: True,
    "a text": lambda document: "owner",
    "numbers": lambda document: [1, 2],
    "a generator": lambda document: (name for name in ["owner"]),
}


@pytest.mark.parametrize("gate", WORTHLESS_GATES.values(), ids=WORTHLESS_GATES)
def test_worthless_gates_earn_next_to_nothing(gate: Callable[..., Any]) -> None:
    for learner in LEARNERS:
        assert result("data_contract", learner, violations=gate).earned <= 0.4


def test_a_function_that_changes_its_argument_changes_nobody_elses() -> None:
    right = solved("ana")["violations"]

    def clears(document: dict[str, Any]) -> list[str]:
        wrong = right(document)
        document.clear()
        return wrong

    assert not lost(result("data_contract", violations=clears))


# --- Judgements ------------------------------------------------------------------------------------------------------

DICTIONARIES = {
    "in another order": lambda given: dict(reversed(given.items())),
    "a Series": pandas.Series,
    "a mapping of numpy's values": lambda given: {
        id: numpy.str_(value) if isinstance(value, str) else numpy.float64(value) for id, value in given.items()
    },
    "three digits": lambda given: {id: v if isinstance(v, str) else three_digits(v) for id, v in given.items()},
}


@pytest.mark.parametrize("form", DICTIONARIES.values(), ids=DICTIONARIES)
def test_judgements_may_come_in_other_dictionaries(form: Callable[..., Any]) -> None:
    for learner in LEARNERS:
        right = {name: form(solved(learner)[name]) for name in ("verdicts", "decided_by", "usd_per_month")}
        assert not lost(result("feasibility", learner, **right))


def test_bills_of_proposals_that_are_not_costly_do_no_harm() -> None:
    for learner in LEARNERS:
        namespace = solved(learner)
        bills = {p.id: p.uses_per_month * namespace["usd_per_use"](p) for p in namespace["case"].proposals}
        assert not lost(result("feasibility", learner, usd_per_month=bills))


@pytest.mark.parametrize("verdict", ["feasible", "costly", "will fail"])
@pytest.mark.parametrize("reason", ["data", "window", "latency", "accuracy", "cost", "none"])
def test_one_word_for_all_earns_nothing(verdict: str, reason: str) -> None:
    for learner in LEARNERS:
        ids = [p.id for p in solved(learner)["case"].proposals]
        found = result(
            "feasibility",
            learner,
            verdicts=dict.fromkeys(ids, verdict),
            decided_by=dict.fromkeys(ids, reason),
            usd_per_month=dict.fromkeys(ids, 0.0),
        )
        assert found.earned == 0
        assert [m.name for m in found.misconceptions][:1] == ["same_for_all"]


def test_guessed_verdicts_earn_little_on_average_even_with_two_of_each() -> None:
    check = find_check(f"{EXERCISE}.feasibility")
    guesses = [g for g in itertools.product(("feasible", "costly", "will fail"), repeat=6)][::7]
    pairs = sorted(set(itertools.permutations(("feasible", "feasible", "costly", "costly", "will fail", "will fail"))))
    for tried, most in ((guesses, 0.6), (pairs, 0.6)):
        earned = []
        for guess in tried:
            ids = [p.id for p in solved("ana")["case"].proposals]
            given = {"verdicts": dict(zip(ids, guess, strict=True)), "decided_by": {}, "usd_per_month": {}}
            earned.append(graded(check, {**solved("ana"), **given}, "ana").earned)
        assert sum(earned) / len(earned) <= most


def test_a_judgement_of_other_proposals_is_told_so() -> None:
    said = lost(result("feasibility", verdicts={"chat_bot": "feasible"}))["six_verdicts"]
    assert said == "0 of 6 right; 6 not judged; no proposal has the id chat_bot"


def test_a_verdict_of_another_word_is_answered_with_the_three() -> None:
    ids = [p.id for p in solved("ana")["case"].proposals]
    said = lost(result("feasibility", verdicts=dict.fromkeys(ids, "maybe")))["six_verdicts"]
    assert "'feasible', 'costly' or 'will fail'" in said


def test_the_card_says_how_many_verdicts_are_right_and_not_which() -> None:
    right = solved("ana")["verdicts"]
    for id, verdict in right.items():
        other = "costly" if verdict != "costly" else "feasible"
        assert lost(result("feasibility", verdicts={**right, id: other}))["six_verdicts"] == "5 of 6 right"


# --- Drawings --------------------------------------------------------------------------------------------------------

Changed = Callable[[Blueprint, str, str], Blueprint]


def drawn(
    sketch: Blueprint, *added: Component | Store, without: tuple[tuple[str, str], ...] = (), calls: tuple[Any, ...] = ()
) -> Blueprint:
    """The drawing with parts added, some calls taken out and others put in: (source, target, data carried ...)."""
    kept = [i for i in sketch.interfaces if (i.source, i.target) not in without]
    new = [Interface(source=source, target=target, protocol="https", carries=data) for source, target, *data in calls]
    return sketch.changed(
        components=[*sketch.components, *(part for part in added if isinstance(part, Component))],
        stores=[*sketch.stores, *(part for part in added if isinstance(part, Store))],
        interfaces=[*kept, *new],
    )


def component(id: str, kind: str, zone: str = "own") -> Component:
    return Component(id=id, name=id, kind=kind, zone=zone)


def as_kind(sketch: Blueprint, id: str, kind: str) -> Blueprint:
    return sketch.changed(components=[c.changed(kind=kind) if c.id == id else c for c in sketch.components])


SEARCHES = (("assistant", "embedder"), ("assistant", "index"))
RIGHT_DRAWINGS: dict[str, Changed] = {
    "a retriever between service and index": lambda s, docs, talk: drawn(
        s,
        component("retriever", "retriever"),
        without=SEARCHES,
        calls=(("assistant", "retriever"), ("retriever", "embedder"), ("retriever", "index")),
    ),
    "a retriever that is handed the vector": lambda s, docs, talk: drawn(
        s,
        component("retriever", "retriever"),
        without=SEARCHES[1:],
        calls=(("assistant", "retriever"), ("retriever", "index")),
    ),
    "a search service that embeds for itself": lambda s, docs, talk: drawn(
        s, without=SEARCHES[1:], calls=(("embedder", "index"),)
    ),
    "an agent for the service": lambda s, docs, talk: as_kind(s, "assistant", "agent"),
    "an orchestrator and two agents": lambda s, docs, talk: drawn(
        as_kind(s, "assistant", "agent"),
        component("finder", "agent"),
        component("clerk", "agent"),
        without=(*SEARCHES, ("assistant", "records")),
        calls=(
            ("assistant", "finder"),
            ("assistant", "clerk"),
            ("finder", "embedder"),
            ("finder", "index"),
            ("finder", "model", docs, talk),
            ("clerk", "records"),
        ),
    ),
    "a cache as a store": lambda s, docs, talk: drawn(
        s,
        Store(id="cache", name="Cache", kind="cache", zone="own", owner="Ops", holds=[talk], retention_days=1),
        calls=(("assistant", "cache"),),
    ),
    "a semantic cache": lambda s, docs, talk: drawn(
        s,
        Store(id="cache", name="Cache", kind="vector", zone="own", owner="Ops", holds=[talk], retention_days=1),
        calls=(("assistant", "cache"),),
    ),
    "a cache as a component": lambda s, docs, talk: drawn(
        s, component("cache", "cache"), calls=(("assistant", "cache"),)
    ),
    "users anywhere": lambda s, docs, talk: s.changed(
        zones=[z.changed(region="global") if z.id == "internet" else z for z in s.zones]
    ),
    "the conversation stored by the gateway": lambda s, docs, talk: drawn(
        s, without=(("assistant", "history"),), calls=(("gateway", "history", talk),)
    ),
    "the conversation stored by a job behind a queue": lambda s, docs, talk: drawn(
        s,
        component("queue", "queue"),
        component("writer", "job"),
        without=(("assistant", "history"),),
        calls=(("assistant", "queue", talk), ("writer", "queue", talk), ("writer", "history", talk)),
    ),
    "records behind a tool service": lambda s, docs, talk: drawn(
        s,
        component("tool", "service"),
        without=(("assistant", "records"),),
        calls=(("assistant", "tool"), ("tool", "records")),
    ),
    "a second gateway before the model": lambda s, docs, talk: drawn(
        s,
        component("model_gateway", "gateway"),
        without=(("assistant", "model"),),
        calls=(("assistant", "model_gateway"), ("model_gateway", "model", docs, talk)),
    ),
    "one gateway for both ways": lambda s, docs, talk: drawn(
        s, without=(("assistant", "model"),), calls=(("assistant", "gateway"), ("gateway", "model", docs, talk))
    ),
    "a queue and a worker that calls the model": lambda s, docs, talk: drawn(
        s,
        component("queue", "queue"),
        component("worker", "job"),
        without=(("assistant", "model"),),
        calls=(
            ("assistant", "queue", talk),
            ("worker", "queue", talk),
            ("queue", "worker"),
            ("worker", "model", docs, talk),
        ),
    ),
    "an app between user and gateway": lambda s, docs, talk: drawn(
        s,
        component("app", "client", "internet"),
        without=(("user", "gateway"),),
        calls=(("user", "app"), ("app", "gateway", talk)),
    ),
    "a web server between user and gateway": lambda s, docs, talk: drawn(
        s,
        component("web", "service"),
        without=(("user", "gateway"),),
        calls=(("user", "web"), ("web", "gateway", talk)),
    ),
    "the answer streamed back": lambda s, docs, talk: drawn(s, calls=(("assistant", "user", talk),)),
    "a guard between gateway and service": lambda s, docs, talk: drawn(
        s,
        component("guard", "service"),
        without=(("gateway", "assistant"),),
        calls=(("gateway", "guard"), ("guard", "assistant")),
    ),
    "people who take over": lambda s, docs, talk: drawn(
        s, component("staff", "human"), calls=(("assistant", "staff", talk), ("staff", "history"))
    ),
    "a model that asks for a tool": lambda s, docs, talk: drawn(s, calls=(("model", "assistant"),)),
    "a fallback model": lambda s, docs, talk: drawn(
        s.changed(
            components=[
                c.changed(on_failure=FailureBehaviour(behaviour="fallback", user_sees="A shorter answer.", to="small"))
                if c.id == "model"
                else c
                for c in (*s.components, component("small", "model"))
            ]
        )
    ),
    "editors who write the documents": lambda s, docs, talk: drawn(
        s, component("editor", "user"), calls=(("editor", "library", docs),)
    ),
    "no indexing job": lambda s, docs, talk: drawn(
        s.changed(
            components=[c for c in s.components if c.id != "ingest"],
            interfaces=[i for i in s.interfaces if i.source != "ingest"],
        ),
        calls=(("assistant", "library"),),
    ),
}


def drawing(change: Changed, learner: str) -> Blueprint:
    namespace = solved(learner)
    documents, _, conversations = (row.name for row in namespace["case"].data)
    return change(namespace["sketch"], documents, conversations)


@pytest.mark.parametrize("change", RIGHT_DRAWINGS.values(), ids=RIGHT_DRAWINGS)
def test_a_right_drawing_of_another_kind_keeps_all_its_points(change: Changed) -> None:
    for learner in LEARNERS:
        sketch = drawing(change, learner)
        for task in ("components", "data_homes"):
            assert not lost(result(task, learner, sketch=sketch))


def test_a_drawing_may_be_a_dictionary_of_the_same_fields() -> None:
    fields = solved("ana")["sketch"].model_dump(mode="json")
    assert not lost(result("components", sketch=fields))
    assert not lost(result("data_homes", sketch=fields))


ZONES = [
    TrustZone(id="own", name="Own", operator="own", region="eu"),
    TrustZone(id="vendor", name="Vendor", operator="vendor", region="eu"),
]


def boxes(*calls: tuple[str, str], kinds: Mapping[str, str] | None = None) -> Blueprint:
    """All six parts and a user, with these calls and nothing more."""
    kinds = kinds or {"user": "user", "gateway": "gateway", "embedder": "embedder", "model": "model"}
    return Blueprint(
        name="Boxes",
        purpose="Boxes and arrows.",
        entry="user" if "user" in kinds else "gateway",
        zones=ZONES,
        components=[component(id, kind) for id, kind in kinds.items()],
        stores=[Store(id=id, name=id, kind="vector", zone="own") for id in PARTS if id not in kinds],
        interfaces=[Interface(source=a, target=b, protocol="https") for a, b in calls],
    )


NONSENSE = {
    "six services without a call": (boxes(kinds=dict.fromkeys(PARTS, "service")), 1),
    "everything calls everything": (
        boxes(*((a, b) for a in ("user", *PARTS) for b in ("user", *PARTS) if a != b)),
        2,
    ),
    "a chain in which data flows": (
        boxes(
            ("user", "gateway"),
            ("gateway", "embedder"),
            ("embedder", "index"),
            ("embedder", "model"),
            ("gateway", "records"),
            ("gateway", "history"),
            ("model", "user"),
        ),
        3,
    ),
    "data that flows out of the stores": (
        boxes(
            ("user", "gateway"),
            ("gateway", "embedder"),
            ("embedder", "index"),
            ("index", "model"),
            ("records", "model"),
            ("history", "model"),
            ("model", "user"),
        ),
        3,
    ),
}


@pytest.mark.parametrize(("sketch", "most"), NONSENSE.values(), ids=NONSENSE)
def test_boxes_and_arrows_without_a_design_earn_what_is_right_in_them_at_most(sketch: Blueprint, most: float) -> None:
    assert result("components", sketch=sketch).earned <= most
    assert result("data_homes", sketch=sketch).earned == 0


def test_labels_without_calls_earn_the_points_of_labels_only() -> None:
    """All stores and labels as they should be, and one call: the model's, from the user."""
    for learner in LEARNERS:
        sketch = solved(learner)["sketch"]
        documents, _, talk = (row.name for row in solved(learner)["case"].data)
        bare = sketch.changed(
            interfaces=[Interface(source="user", target="model", protocol="https", carries=[documents, talk])]
        )
        found = result("data_homes", learner, sketch=bare)
        assert found.earned == 2.5
        assert {"never_called", "prompt_from_nowhere"} <= {m.name for m in found.misconceptions}


def test_the_gateway_that_builds_the_prompt_itself_is_told() -> None:
    sketch = drawn(solved("ana")["sketch"], without=(("assistant", "model"),), calls=(("gateway", "model"),))
    assert "the gateway itself builds the prompt" in lost(result("components", sketch=sketch))["path_to_model"]


def test_data_labelled_as_more_delicate_is_not_said_to_be_labelled_as_less() -> None:
    for label, misconceptions in (("secret", []), ("public", ["labels_wrong"])):
        sketch = solved("ana")["sketch"]
        relabelled = sketch.changed(data_classes=[d.changed(sensitivity=label) for d in sketch.data_classes])
        found = result("data_homes", sketch=relabelled)
        assert "labels" in lost(found)
        named = [
            m.name
            for f in found.findings
            if f.name == "labels" and f.judgement
            for m in [f.judgement.misconception]
            if m
        ]
        assert named == misconceptions


@given(st.sampled_from(LEARNERS), st.data())
@settings(max_examples=60, deadline=None)
def test_no_drawing_makes_a_check_fail(learner: str, data: st.DataObject) -> None:
    """Drawings with random parts, calls and labels are judged, never an error."""
    ids = ["user", *PARTS, "assistant"]
    kinds = st.sampled_from(
        ["user", "client", "gateway", "service", "agent", "model", "embedder", "job", "human", "queue"]
    )
    chosen = data.draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
    stores = [id for id in chosen[1:] if data.draw(st.booleans())]
    names = [row.name for row in solved(learner)["case"].data]
    classes = data.draw(st.lists(st.sampled_from(names), unique=True))
    some = st.lists(st.sampled_from(classes), unique=True) if classes else st.just([])
    pairs = st.sampled_from([(a, b) for a in chosen for b in chosen if a != b] or [None])
    calls = {pair for pair in data.draw(st.lists(pairs, max_size=12)) if pair}
    sketch = Blueprint(
        name="Random",
        purpose="Anything.",
        entry=chosen[0],
        zones=ZONES,
        data_classes=[
            DataClass(name=name, sensitivity=data.draw(st.sampled_from(["public", "personal"]))) for name in classes
        ],
        components=[Component(id=i, name=i, kind=data.draw(kinds), zone="own") for i in chosen if i not in stores],
        stores=[
            Store(
                id=i,
                name=i,
                kind=data.draw(st.sampled_from(["vector", "log"])),
                zone="vendor",
                holds=data.draw(some),
                source_of_truth=data.draw(st.booleans()),
                owner=data.draw(st.sampled_from([None, "Ops"])),
            )
            for i in stores
        ],
        interfaces=[Interface(source=a, target=b, protocol="https", carries=data.draw(some)) for a, b in sorted(calls)],
    )
    for task in ("components", "data_homes"):
        for finding in result(task, learner, sketch=sketch).findings:
            assert finding.judgement is not None, finding.message
