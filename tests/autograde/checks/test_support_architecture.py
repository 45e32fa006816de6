"""Sound designs of any build keep their points in the support architecture; what cannot run is told in a sentence."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archkit.blueprint import Blueprint, Component, DataClass, FailureBehaviour, Interface, State, Store, TrustZone
from archkit.case import Case
from autograde.findings import CheckResult, Outcome
from autograde.proof.exercise import graded
from autograde.proof.program_mutations import program_changed
from autograde.proof.solution import solution_namespace
from autograde.registry import checks_of, find_check

EXERCISE = "support_architecture"
LEARNERS = ("ana", "ben", "proof-3")
DRAWING = ("interfaces", "state", "boundaries", "failures")
PROGRAM = ("conversations", "faults", "resume", "delegation", "access", "approval", "agreement")
SOUND = sorted((Path(__file__).parent / "support_programs").glob("*.py"))


@functools.cache
def solved(learner: str) -> Mapping[str, Any]:
    return solution_namespace(EXERCISE, learner)


def result(task: str, learner: str = "ana", **changed: Any) -> CheckResult:
    check = find_check(f"{EXERCISE}.{task}", held_back=True)
    return graded(check, {**solved(learner), **changed}, learner)


def lost(found: CheckResult) -> dict[str, str]:
    """What cost points, with what was said about it."""
    return {
        f.name: f"{f.judgement.misconception and f.judgement.misconception.name}: {f.judgement.seen}; {f.judgement.gap}"
        if f.judgement
        else f.message
        for f in found.findings
        if f.earned < f.points
    }


def written(text: str, learner: str) -> str:
    """A program with the facts of a learner's case in its first line, as the notebook reads it."""
    facts = solved(learner)["program"].partition("\n")[0]
    return f"{facts}\n{text.partition(chr(10))[2]}"


# --- Programs --------------------------------------------------------------------------------------------------------


@pytest.mark.timeout(600)
@pytest.mark.parametrize("file", SOUND, ids=lambda file: file.stem)
def test_a_sound_program_of_another_build_keeps_all_its_points(file: Path) -> None:
    program = written(file.read_text(encoding="utf-8"), "ana")
    for task in PROGRAM:
        assert not lost(result(task, program=program))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("learner", ["proof-1", "proof-2", "proof-5"])
@pytest.mark.parametrize("file", SOUND, ids=lambda file: file.stem)
def test_it_does_so_for_other_clients(file: Path, learner: str) -> None:
    program = written(file.read_text(encoding="utf-8"), learner)
    for task in PROGRAM:
        assert not lost(result(task, learner, program=program))


# What no rehearsal can tell from the original: a short pause after the last attempt, more masked than has to be, and
# replies to what nobody says in a rehearsal (a question that no article answers, a message without a number).
SAME_BEHAVIOUR = ("with the other bound", "elsewhere` without", "degraded for answered", "answered for degraded")


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_change_of_a_sound_program_costs_points_somewhere() -> None:
    survivors = []
    for description, mutant in program_changed(solved("proof-3")["program"]):
        if all(result(task, "proof-3", program=mutant).earned == find_points(task) for task in PROGRAM):
            survivors.append(description)
    assert len(survivors) <= 5
    assert all(any(same in description for same in SAME_BEHAVIOUR) for description in survivors), survivors


def find_points(task: str) -> float:
    return find_check(f"{EXERCISE}.{task}", held_back=True).points


WITHOUT_RUN = {
    "def build_graph(desk, checkpointer)\n    pass": "Line 1: this is no Python",
    "def build_grap(desk, checkpointer):\n    pass": "no function `build_graph`",
    "def build_graph(desk, checkpointer):\n    return 7": "returned int",
    "import surely_not_there\ndef build_graph(desk, checkpointer): ...": "surely_not_there",
    "def build_graph(desk, checkpointer):\n    return RULES['nothing']": "build_graph failed",
    "raise SystemExit": "could not be",
    " ": "The program is empty",
}


@pytest.mark.parametrize(("program", "said"), WITHOUT_RUN.items(), ids=list(WITHOUT_RUN.values()))
def test_a_program_that_cannot_run_is_an_error_told_in_a_sentence(program: str, said: str) -> None:
    for task in ("conversations", "resume"):
        found = result(task, program=program)
        assert found.outcome is Outcome.ERROR
        assert found.earned == 0
        for finding in found.findings:
            assert said in finding.message
            assert "Traceback" not in finding.message
            assert "check itself failed" not in finding.message


def test_an_error_names_the_line_of_the_learners_file() -> None:
    lines = solved("ana")["program"].splitlines()
    lines[11] = "def broken(:"
    assert "Line 12" in result("conversations", program="\n".join(lines)).findings[0].message


def test_a_program_that_does_nothing_earns_nothing_and_is_never_the_checks_fault() -> None:
    idle = (
        "from langgraph.graph import END, START, MessagesState, StateGraph\n"
        "def build_graph(desk, checkpointer):\n"
        "    graph = StateGraph(MessagesState)\n"
        "    graph.add_node('idle', lambda state: {})\n"
        "    graph.add_edge(START, 'idle')\n"
        "    return graph.compile(checkpointer=checkpointer)\n"
    )
    for task in PROGRAM:
        found = result(task, program=idle)
        # It keeps the customer's messages, as drawn, and sends nobody anything; that is all there is to it.
        assert found.earned <= 0.5, lost(found)
        assert all(f.judgement is not None for f in found.findings)


@pytest.mark.parametrize("program", [7, ["text"], None, {"program": "text"}])
def test_a_program_is_a_text(program: object) -> None:
    assert result("conversations", program=program).outcome is Outcome.ERROR


def test_what_happened_is_said_in_the_words_of_a_support_desk() -> None:
    program = solved("ana")["program"].replace(
        "        specialist = SPECIALISTS[role]\n        if",
        "        return say('All is well.', 'answered')\n        if",
    )
    (finding,) = (f for f in result("faults", program=program).findings if f.name == "ends_as_demanded")
    assert finding.judgement is not None
    assert "the customer got “All is well.” (outcome answered), and nobody was told" in finding.judgement.seen
    assert finding.judgement.misconception is not None
    assert finding.judgement.misconception.name == "swallowed"


# --- Budgets ---------------------------------------------------------------------------------------------------------


def worst(policy: Mapping[str, Mapping[str, float]], case: Case) -> tuple[float, float]:
    """The worst turn in time and calls, worked out here from the case's table alone."""
    by_role = {s.role: s for s in case.support.specialists}
    lookup = ["triage", "records"]
    if by_role["records"].when_it_fails == "fallback":
        lookup.append("knowledge")
    times, calls = [], []
    for path in (["triage", "knowledge"], lookup, ["triage", "records", "action"]):
        budgets = [policy[by_role[role].id] for role in path]
        calls.append(sum(b["attempts"] for b in budgets))
        times.append(
            sum(b["attempts"] * (b["timeout_ms"] + b.get("pause_ms", 0)) - b.get("pause_ms", 0) for b in budgets)
        )
    return max(times), max(calls)


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize(("share", "pause"), [(1.0, None), (1.0, 0), (1.05, 10), (1.2, 0)])
def test_any_policy_within_the_rules_keeps_its_points(learner: str, share: float, pause: float | None) -> None:
    case = solved(learner)["case"]
    policy = {s.id: {"timeout_ms": s.p95_ms * share, "attempts": 2} for s in case.support.specialists}
    for budget in policy.values():
        budget |= {} if pause is None else {"pause_ms": pause}
    time, calls = worst(policy, case)
    assert not lost(result("budgets", learner, policy=policy, worst_turn_ms=time, worst_turn_calls=calls))


def test_numbers_may_come_from_other_libraries_and_be_rounded() -> None:
    for learner in LEARNERS:
        namespace = solved(learner)
        policy = {id: {k: numpy.int64(v) for k, v in budget.items()} for id, budget in namespace["policy"].items()}
        rounded = float(f"{namespace['worst_turn_ms']:.3g}")
        assert not lost(result("budgets", learner, policy=policy, worst_turn_ms=numpy.float64(rounded)))
        for name in ("loop_usd", "loop_minutes"):
            assert not lost(result("loop", learner, **{name: float(f"{namespace[name]:.3g}")}))


@pytest.mark.parametrize(
    "policy", [{}, {"triage": 5}, {"triage": {"timeout_ms": "long"}}, [], {"x": {"timeout_ms": 1, "attempts": 10**9}}]
)
def test_a_policy_of_another_form_earns_nothing_and_is_never_the_checks_fault(policy: object) -> None:
    for task in ("budgets", "interfaces"):
        for finding in result(task, policy=policy).findings:
            assert "check itself failed" not in finding.message
    assert result("budgets", policy=policy).earned == 0


# --- Drawings --------------------------------------------------------------------------------------------------------

Changed = Callable[[Blueprint, Mapping[str, Any]], Blueprint]


def extended(
    design: Blueprint, *added: Component | Store | Interface, without: Callable[[Interface], bool]
) -> Blueprint:
    return design.changed(
        components=[*design.components, *(part for part in added if isinstance(part, Component))],
        stores=[*design.stores, *(part for part in added if isinstance(part, Store))],
        interfaces=[
            *(i for i in design.interfaces if not without(i)),
            *(part for part in added if isinstance(part, Interface)),
        ],
    )


def call(source: str, target: str, timeout_ms: int | None = 100, *carries: str, **more: Any) -> Interface:
    return Interface(
        source=source,
        target=target,
        protocol="grpc",
        schema_name=f"{target}.v2",
        timeout_ms=timeout_ms,
        carries=list(carries),
        **more,
    )


def none(interface: Interface) -> bool:
    return False


def with_gateway(design: Blueprint, given: Mapping[str, Any]) -> Blueprint:
    limit, talk = given["rules"].reply_limit_ms, given["conversations_"].name
    return extended(
        design,
        Component(id="gateway", name="API gateway", kind="gateway", zone="own"),
        call("customer", "gateway", limit, talk),
        call("gateway", "desk", limit - 1, talk),
        without=lambda i: i.source == "customer",
    )


def with_two_coordinators(design: Blueprint, given: Mapping[str, Any]) -> Blueprint:
    paid = {given["records"].id, given["action"].id}
    moved = [i.changed(source="cashier") for i in design.calls_of("desk") if i.target in {*paid, "human"}]
    stand_in = [i.changed(source="cashier") for i in design.calls_of("desk") if i.target == given["knowledge"].id]
    return extended(
        design,
        Component(id="cashier", name="Cashier", kind="agent", zone="own"),
        call("desk", "cashier", given["rules"].reply_limit_ms, given["kept_records"].name),
        *moved,
        *stand_in,
        without=lambda i: i.source == "desk" and i.target in paid,
    )


def with_database(design: Blueprint, given: Mapping[str, Any]) -> Blueprint:
    return design.changed(stores=[s.changed(kind="relational") for s in design.stores])


def with_ledger(design: Blueprint, given: Mapping[str, Any]) -> Blueprint:
    name = given["kept_records"].name
    ledger = Store(
        id="ledger", name="Ledger", kind="log", zone="own", owner="Finance", holds=[name], retention_days=3650
    )
    return extended(design, ledger, call("desk", "ledger", None, name, mode="async"), without=none).changed(
        states=[
            *design.states,
            State(name="handoffs", scope="request", kept_in="desk", owner="desk"),
            State(name="keys", scope="shared", kept_in="ledger", owner="desk", holds=[name], retention_days=30),
        ]
    )


def with_masker(design: Blueprint, given: Mapping[str, Any]) -> Blueprint:
    return extended(
        design,
        Component(id="masker", name="Masker", kind="service", zone="own"),
        call("desk", "masker", 50, given["conversations_"].name),
        without=none,
    )


def with_app(design: Blueprint, given: Mapping[str, Any]) -> Blueprint:
    limit, talk = given["rules"].reply_limit_ms, given["conversations_"].name
    return extended(
        design,
        Component(id="app", name="App", kind="client", zone="internet"),
        call("customer", "app", limit, talk),
        call("app", "desk", limit, talk),
        without=lambda i: i.source == "customer",
    )


def masked_everywhere(design: Blueprint, given: Mapping[str, Any]) -> Blueprint:
    asked = {given["triage"].id, given["knowledge"].id}
    return design.changed(
        interfaces=[i.changed(carries=[given["masked"].name]) if i.target in asked else i for i in design.interfaces]
    )


def with_articles(design: Blueprint, given: Mapping[str, Any]) -> Blueprint:
    knowledge, documents = given["knowledge"].id, given["documents"].name
    return design.changed(
        interfaces=[
            i.changed(carries=[*i.carries, documents]) if i.target == knowledge else i for i in design.interfaces
        ]
    )


def with_services_for_agents(design: Blueprint, given: Mapping[str, Any]) -> Blueprint:
    return design.changed(components=[c.changed(kind="service") if c.kind == "agent" else c for c in design.components])


def with_staff_who_answer(design: Blueprint, given: Mapping[str, Any]) -> Blueprint:
    return extended(design, call("human", "desk", 60_000, given["conversations_"].name, mode="async"), without=none)


RIGHT_DRAWINGS: tuple[Changed, ...] = (
    with_gateway,
    with_two_coordinators,
    with_database,
    with_ledger,
    with_masker,
    with_app,
    masked_everywhere,
    with_articles,
    with_services_for_agents,
    with_staff_who_answer,
)


@pytest.mark.parametrize("change", RIGHT_DRAWINGS)
def test_a_right_drawing_of_another_kind_keeps_all_its_points(change: Changed) -> None:
    for learner in LEARNERS:
        namespace = solved(learner)
        design = change(namespace["design"], namespace)
        for task in DRAWING:
            assert not lost(result(task, learner, design=design))
    assert not lost(result("agreement", "proof-3", design=change(solved("proof-3")["design"], solved("proof-3"))))


def test_a_drawing_may_be_a_dictionary_of_the_same_fields() -> None:
    fields = solved("ana")["design"].model_dump(mode="json")
    for task in DRAWING:
        assert not lost(result(task, design=fields))


def test_a_box_for_everything_earns_nothing() -> None:
    design = Blueprint(
        name="All",
        purpose="Everything in one.",
        entry="app",
        zones=[TrustZone(id="own", name="Own", operator="own", region="eu")],
        components=[Component(id="app", name="App", kind="service", zone="own")],
    )
    for task in DRAWING:
        assert result(task, design=design).earned == 0


@given(st.sampled_from(LEARNERS), st.data())
@settings(max_examples=60, deadline=None)
def test_no_drawing_makes_a_check_fail(learner: str, data: st.DataObject) -> None:
    """Drawings with random parts, calls, labels, state and plans are judged, never an error."""
    specialists = [s.id for s in solved(learner)["rules"].specialists]
    names = [row.name for row in solved(learner)["rules"].data]
    ids = data.draw(st.lists(st.sampled_from(["customer", "desk", "human", *specialists]), min_size=1, unique=True))
    kinds = st.sampled_from(["user", "service", "agent", "human", "queue", "model"])
    some = st.lists(st.sampled_from(names), unique=True)
    zones = [
        TrustZone(id="own", name="Own", operator="own", region="eu"),
        TrustZone(id="vendor", name="Vendor", operator="vendor", region="us"),
    ]

    def plan(of: str) -> FailureBehaviour | None:
        behaviour = data.draw(st.sampled_from([None, "fail", "degrade", "retry", "fallback", "escalate", "queue"]))
        others = [id for id in ids if id != of]
        if behaviour is None or (behaviour in ("fallback", "escalate") and not others):
            return None
        to = data.draw(st.sampled_from(others)) if behaviour in ("fallback", "escalate") else None
        return FailureBehaviour(behaviour=behaviour, user_sees="Something.", to=to)

    pairs = data.draw(
        st.lists(st.tuples(st.sampled_from([*ids, "kept"]), st.sampled_from([*ids, "kept"])), unique=True)
    )
    design = Blueprint(
        name="Random",
        purpose="Anything.",
        entry=ids[0],
        zones=zones,
        data_classes=[
            DataClass(name=name, sensitivity=data.draw(st.sampled_from(["public", "personal"]))) for name in names
        ],
        components=[
            Component(
                id=id,
                name=id,
                kind=data.draw(kinds),
                zone=data.draw(st.sampled_from(["own", "vendor"])),
                on_failure=plan(id),
            )
            for id in ids
        ],
        stores=[
            Store(
                id="kept",
                name="Kept",
                kind=data.draw(st.sampled_from(["cache", "checkpoint"])),
                zone="own",
                holds=data.draw(some),
            )
        ],
        interfaces=[
            Interface(
                source=a,
                target=b,
                protocol="https",
                timeout_ms=data.draw(st.sampled_from([None, 1, 10_000])),
                carries=data.draw(some),
            )
            for a, b in pairs
            if a != b
        ],
        states=[
            State(
                name="s",
                scope=data.draw(st.sampled_from(["request", "conversation"])),
                kept_in=data.draw(st.sampled_from([*ids, "kept"])),
                owner=data.draw(st.sampled_from(ids)),
                holds=data.draw(some),
            )
        ],
    )
    for task in (*DRAWING, "agreement"):
        for finding in result(task, learner, design=design).findings:
            assert finding.judgement is not None, finding.message


def test_the_exercise_has_the_points_that_its_text_says() -> None:
    checks = checks_of(EXERCISE, held_back=True)
    assert (len(checks), sum(check.points for check in checks)) == (13, 43)
    assert sum(check.held_back_points for check in checks) == 5
