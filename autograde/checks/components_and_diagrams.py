"""Self-check of the lesson `components_and_diagrams`: a bug hunt, levels of drawings, time and attempts along a path.

The diagram of the hunt is `data/diagrams/telephone.json`. Which of its parts are defective, and which only look so,
stands here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field

from archkit.blueprint import Blueprint
from archkit.course import data_folder
from archkit.typed_data import did_you_mean
from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number
from autograde.registry import Check

LESSON = "components_and_diagrams"

# --- Task 1: the bug hunt ---------------------------------------------------------------------------------------------

Kind = Literal[
    "timeout order",
    "no contract",
    "retries multiply",
    "loop without bound",
    "queue before an answer",
    "arrow with the data",
    "data leaves its region",
    "two truths",
    "no owner",
    "shared cache",
    "state in memory",
    "single point of failure",
    "fallback shares the fault",
]

READINGS: Mapping[str, tuple[Kind, ...]] = {
    "request": get_args(Kind)[:6],
    "datum": get_args(Kind)[6:11],
    "loss": get_args(Kind)[11:],
}
"""By which reading of a diagram each kind of defect is found: follow a request, follow a datum, lose a part."""


@dataclass(frozen=True)
class Planted:
    """A defect of the diagram: its kind, and the elements by which it may be named."""

    kind: Kind
    at: frozenset[str]


PLANTED = (
    Planted("timeout order", frozenset({"order -> shop", "dialogue -> order"})),
    Planted(
        "queue before an answer",
        frozenset({"identity_queue", "dialogue -> identity_queue", "identity_queue -> identity", "identity"}),
    ),
    Planted("data leaves its region", frozenset({"insights -> analytics", "analytics", "insights"})),
    Planted("two truths", frozenset({"call-backs", "callbacks", "tickets"})),
    Planted("single point of failure", frozenset({"line"})),
    Planted("fallback shares the fault", frozenset({"small", "model", "dialogue -> small"})),
)


@cache
def diagram() -> Blueprint:
    """Return the diagram that is hunted in."""
    text = (data_folder() / "diagrams" / "telephone.json").read_text(encoding="utf-8")
    return Blueprint.model_validate_json(text)


@cache
def elements() -> tuple[str, ...]:
    """Return everything in the diagram that can be named: nodes, calls as "source -> target", data and state."""
    plan = diagram()
    calls = dict.fromkeys(f"{call.source} -> {call.target}" for call in plan.interfaces)
    return (
        *(node.id for node in plan.nodes),
        *calls,
        *(data.name for data in plan.data_classes),
        *(state.name for state in plan.states),
    )


def _elements_exist(findings: dict[str, Kind]) -> dict[str, Kind]:
    tidy = {re.sub(r"\s*(?:->|→)\s*", " -> ", name.strip()): kind for name, kind in findings.items()}
    for name in tidy:
        if name not in elements():
            raise ValueError(
                f"the diagram has no {name!r}.{did_you_mean(name, elements())} Name a part by its id, a call as "
                "'source -> target', data or state by its name"
            )
    return tidy


Findings = Annotated[dict[str, Kind], Field(max_length=200), AfterValidator(_elements_exist)]


class Hunt(AnswerSheet):
    """The defects of a diagram: the kind of each, by the element that has it."""

    findings: Findings = answer("a dictionary: for each element with a defect, the kind of defect from the table")


EVERYTHING = Misconception(
    "everything",
    "More of these are sound than defective. A review that reports everything is read once. Report what you could "
    "defend with a request, a datum or a lost part that shows it.",
)
RIGHT_PLACE_OTHER_KIND = Misconception(
    "right_place_other_kind",
    "Something is wrong where you point, and it is not what you say. Walk one request, or one datum, through it.",
)
BOUNDED_CYCLE = Misconception(
    "bounded_cycle",
    "The order agent asks back at most twice in a call: its contract says so, and one call in five does. A circle is "
    "a defect when nothing ends it.",
)
QUEUE_IS_ALWAYS_WRONG = Misconception(
    "queue_is_always_wrong",
    "Nobody in this call waits for that answer: a record to be kept, or a question that is asked back later. A queue "
    "is wrong only where the answer is needed before going on.",
)
ASYNC_NEEDS_TIMEOUT = Misconception(
    "async_needs_timeout",
    "That call has its contract. It hands the work over and goes on, so there is no wait that a timeout could end.",
)
EVERY_VENDOR_EDGE = Misconception(
    "every_vendor_edge",
    "Data may go to a vendor, under a contract. The rule is about where: this one is in the region that the data must "
    "stay in.",
)
EVERY_CACHE = Misconception(
    "every_cache",
    "What all callers share here is the text of articles. A shared cache is a defect when it holds one caller's data.",
)
STATE_IN_ITS_PLACE = Misconception(
    "state_in_its_place",
    "State that ends with its request may live in memory, and the call's own is kept in a store.",
)
COPY_IS_A_TRUTH = Misconception(
    "copy_is_a_truth",
    "Two places that hold the same data are no contradiction as long as only one of them claims to be right.",
)
OPTIONAL_IS_A_SPOF = Misconception(
    "optional_is_a_spof", "The caller still serves without that call: the drawing says optional, with dashes."
)
PLAN_IGNORED = Misconception(
    "plan_ignored",
    "When that part is lost, somebody takes over or the caller goes on without it. Follow its failure, or its "
    "caller's, one step further.",
)

hunt = Check(
    f"{LESSON}.hunt",
    "Six defects in the telephone's diagram",
    Hunt,
    (
        EVERYTHING,
        RIGHT_PLACE_OTHER_KIND,
        BOUNDED_CYCLE,
        QUEUE_IS_ALWAYS_WRONG,
        ASYNC_NEEDS_TIMEOUT,
        EVERY_VENDOR_EDGE,
        EVERY_CACHE,
        STATE_IN_ITS_PLACE,
        COPY_IS_A_TRUTH,
        OPTIONAL_IS_A_SPOF,
        PLAN_IGNORED,
    ),
    case="demonstration",
)

EXPLAINED: Mapping[Kind, Misconception] = {
    "loop without bound": BOUNDED_CYCLE,
    "queue before an answer": QUEUE_IS_ALWAYS_WRONG,
    "no contract": ASYNC_NEEDS_TIMEOUT,
    "data leaves its region": EVERY_VENDOR_EDGE,
    "shared cache": EVERY_CACHE,
    "state in memory": STATE_IN_ITS_PLACE,
    "two truths": COPY_IS_A_TRUTH,
}
"""What a false alarm of a kind shows."""

LOOKS_LIKE: Mapping[Kind, Collection[str]] = {
    "loop without bound": ("order -> dialogue", "dialogue -> order", "order", "dialogue"),
    "queue before an answer": ("line -> log", "order -> dialogue", "log"),
    "no contract": ("line -> log", "order -> dialogue"),
    "data leaves its region": ("dialogue -> model", "dialogue -> small", "model", "small"),
    "shared cache": ("cache", "dialogue -> cache"),
    "state in memory": ("speech", "words of this turn", "calls", "call so far"),
    "two truths": ("cache", "log", "calls", "articles", "conversation"),
}
"""Where the diagram is sound and looks, to a hasty reader, as if it had a defect of a kind."""


def _taken_for_a_single_point(name: str) -> Misconception | None:
    """Say what takes this part, or this call, for a single point of failure."""
    calls = diagram().interfaces
    needed = {call.target for call in calls if not call.optional}
    optional = {
        element for call in calls if call.optional for element in (call.target, f"{call.source} -> {call.target}")
    }
    if name in optional - needed:
        return OPTIONAL_IS_A_SPOF
    return PLAN_IGNORED if name in {node.id for node in diagram().nodes} else None


def _explained(name: str, kind: Kind) -> Misconception | None:
    """Say which wrong idea a finding shows that is not right."""
    if kind == "single point of failure":
        return _taken_for_a_single_point(name)
    return EXPLAINED[kind] if name in LOOKS_LIKE.get(kind, ()) else None


def _found(findings: Mapping[str, Kind], defect: Planted) -> bool:
    return any(findings.get(name) == defect.kind for name in defect.at)


def _is_false_alarm(name: str, kind: Kind) -> bool:
    """Whether nothing is wrong there, or something so else that the finding misleads."""
    at = [defect for defect in PLANTED if name in defect.at]
    if any(defect.kind == kind for defect in at):
        return False
    return not at or _explained(name, kind) not in (None, PLAN_IGNORED)


def _judged(findings: Mapping[str, Kind], reading: str, why: str) -> Judgement:
    """Judge the defects of one reading. Each false alarm of its kinds costs half of what a defect earns."""
    kinds = READINGS[reading]
    planted = [defect for defect in PLANTED if defect.kind in kinds]
    missed = [defect for defect in planted if not _found(findings, defect)]
    alarms = [name for name, kind in findings.items() if _is_false_alarm(name, kind)]
    here = [name for name in alarms if findings[name] in kinds]

    credit = max(0.0, len(planted) - len(missed) - len(here) / 2) / len(planted)
    named = next((m for name in here if (m := _explained(name, findings[name]))), None)
    if named is None and any(name in findings for defect in missed for name in defect.at):
        named = RIGHT_PLACE_OTHER_KIND
    if len(alarms) > len(PLANTED):
        credit, named = 0.0, EVERYTHING

    gap = [f"{len(missed)} of {len(planted)} not found"] if missed else []
    gap += [f"nothing of the kind at {', '.join(here)}"] if here else []
    return Judgement(
        round(credit, 2),
        ", ".join(f"{name}: {kind}" for name, kind in findings.items() if kind in kinds) or "nothing",
        ", ".join(f"{min(defect.at, key=len)}: {defect.kind}" for defect in planted),
        "; ".join(gap),
        why,
        named,
    )


@hunt.finding("Follow one request", points=2)
def follow_a_request(answers: Hunt, case: Any) -> Judgement:
    """The order of timeouts, and the queue that an answer has to come out of."""
    return _judged(
        answers.findings,
        "request",
        "Who waits for whom, and for how long, is decided on the arrows. In production it shows as callers that gave "
        "up while work went on for them.",
    )


@hunt.finding("Follow one datum", points=2)
def follow_a_datum(answers: Hunt, case: Any) -> Judgement:
    """Conversations that leave the region, and two stores that claim the same truth."""
    return _judged(
        answers.findings,
        "datum",
        "Nothing fails when data is in the wrong place, or in two. It is found by a person, often from outside.",
    )


@hunt.finding("Lose one part", points=2)
def lose_a_part(answers: Hunt, case: Any) -> Judgement:
    """The one copy in front of everything, and the fallback behind the same vendor."""
    return _judged(
        answers.findings,
        "loss",
        "A failure that was thought about costs a worse answer. One that was not costs all of them.",
    )


# --- Task 2: the level that a statement belongs to --------------------------------------------------------------------

Level = Literal["context", "containers", "one part"]
LEVELS = "'context', 'containers' or 'one part'"


class Levels(AnswerSheet):
    """For each of eight facts, the first level at which a drawing should show it."""

    vendor: Level = answer(LEVELS)
    shop_timeout: Level = answer(LEVELS)
    own_store: Level = answer(LEVELS)
    people: Level = answer(LEVELS)
    contract: Level = answer(LEVELS)
    two_copies: Level = answer(LEVELS)
    deletion: Level = answer(LEVELS)
    other_team: Level = answer(LEVELS)


DETAIL_TOO_EARLY = Misconception(
    "detail_too_early",
    "This is agreed between two parts, or within one. On a drawing of everything there are sixteen such facts, and "
    "nobody reads any of them.",
)
OUTSIDE_TOO_LATE = Misconception(
    "outside_too_late",
    "Whoever decides about vendors, people and other teams looks at the first page only. What lies outside the system "
    "belongs there.",
)
INSIDE_ON_THE_FIRST_PAGE = Misconception(
    "inside_on_the_first_page",
    "The first page has one box for the whole system. How it is divided inside is what the second level shows.",
)
DIVISION_TOO_LATE = Misconception(
    "division_too_late",
    "Which parts there are, and which run or store apart, must be seen of all at once: that is the second level.",
)

levels = Check(
    f"{LESSON}.levels",
    "The level that a fact belongs to",
    Levels,
    (DETAIL_TOO_EARLY, OUTSIDE_TOO_LATE, INSIDE_ON_THE_FIRST_PAGE, DIVISION_TOO_LATE),
    case="demonstration",
)


def _on_context(seen: str, why: str) -> Judgement:
    named = dict.fromkeys(("containers", "one part"), OUTSIDE_TOO_LATE)
    return judge_choice(seen, "context", why=why, misconceptions=named)


def _on_containers(seen: str, why: str) -> Judgement:
    named = {"context": INSIDE_ON_THE_FIRST_PAGE, "one part": DIVISION_TOO_LATE}
    return judge_choice(seen, "containers", why=why, misconceptions=named)


def _on_one_part(seen: str, why: str) -> Judgement:
    named = dict.fromkeys(("context", "containers"), DETAIL_TOO_EARLY)
    return judge_choice(seen, "one part", why=why, misconceptions=named)


@levels.finding("Questions go to a vendor", points=0.5, needs=["vendor"])
def level_of_vendor(answers: Levels, case: Any) -> Judgement:
    """Who outside receives which data."""
    return _on_context(answers.vendor, "It is the first question of a data protection officer, and of a buyer.")


@levels.finding("A timeout", points=0.5, needs=["shop_timeout"])
def level_of_timeout(answers: Levels, case: Any) -> Judgement:
    """A number on one call."""
    return _on_one_part(answers.shop_timeout, "The two people who need it build the two ends of that call.")


@levels.finding("A store apart", points=0.5, needs=["own_store"])
def level_of_store(answers: Levels, case: Any) -> Judgement:
    """Which stores there are."""
    return _on_containers(answers.own_store, "Where state lives is decided once for the system, not for each part.")


@levels.finding("People who take over", points=0.5, needs=["people"])
def level_of_people(answers: Levels, case: Any) -> Judgement:
    """People are part of the context."""
    return _on_context(answers.people, "Their working hours limit the system as much as any machine does.")


@levels.finding("A contract by name and version", points=0.5, needs=["contract"])
def level_of_contract(answers: Levels, case: Any) -> Judgement:
    """What one call has agreed."""
    return _on_one_part(answers.contract, "A version changes more often than the drawing of everything should.")


@levels.finding("A service in two copies", points=0.5, needs=["two_copies"])
def level_of_copies(answers: Levels, case: Any) -> Judgement:
    """What runs apart, and how often."""
    return _on_containers(answers.two_copies, "Whoever operates the system reads off what can fail and be replaced.")


@levels.finding("When a checkpoint is deleted", points=0.5, needs=["deletion"])
def level_of_deletion(answers: Levels, case: Any) -> Judgement:
    """The state of one part."""
    return _on_one_part(answers.deletion, "Retention is a property of one store, with one owner who answers for it.")


@levels.finding("Another team's system", points=0.5, needs=["other_team"])
def level_of_other_team(answers: Levels, case: Any) -> Judgement:
    """A system that is not ours to change."""
    return _on_context(answers.other_team, "What others run changes without you. It has to be seen as outside.")


# --- Task 3: time and attempts along a path ---------------------------------------------------------------------------

TRIAGE_MS, POLICY_MS, ORDER_MS, MODEL_MS, LOG_MS = 200, 900, 1_400, 1_800, 500
CALLER_GIVES_UP_MS, OWN_WORK_MS, ATTEMPTS_OF_SHOP = 1_500, 100, 2
ATTEMPTS_OF_GATEWAY, ATTEMPTS_OF_MODEL = 3, 3


class Budget(AnswerSheet):
    """The wait along a path, the timeout that fits into it, and the calls that retries make."""

    typical_wait_ms: Number = answer("how long the customer typically waits", unit="ms")
    longest_timeout_ms: Number = answer("the longest timeout for one attempt at the shop", unit="ms")
    worst_model_calls: Number = answer("the most calls of the model for one question", unit="calls")


PARALLEL_ADDED = Misconception(
    "parallel_added", "The two agents are asked at the same time. Of these only the slower one is waited for."
)
ASYNC_WAITED = Misconception("async_waited", "The log is written asynchronously: nobody waits for it.")
ONE_ATTEMPT = Misconception(
    "one_attempt", "There is room for one attempt only. The caller has given up when the second one ends."
)
CALLERS_TIMEOUT = Misconception(
    "callers_timeout",
    "This is the whole of the caller's patience. An inner call must end before the outer one does, or its answer comes "
    "to nobody.",
)
OWN_WORK_FORGOTTEN = Misconception(
    "own_work_forgotten", "The order agent needs some of that time for itself. What is left can be given to the shop."
)
ATTEMPTS_ADDED = Misconception(
    "attempts_added", "The attempts are nested: each of the gateway's starts all of the triage agent's anew."
)
INNER_ONLY = Misconception(
    "inner_only", "This counts one level of retries. The gateway repeats the whole of what lies below it."
)

budget = Check(
    f"{LESSON}.budget",
    "Time and attempts along a path",
    Budget,
    (PARALLEL_ADDED, ASYNC_WAITED, ONE_ATTEMPT, CALLERS_TIMEOUT, OWN_WORK_FORGOTTEN, ATTEMPTS_ADDED, INNER_ONLY),
    case="demonstration",
)


@budget.finding("The typical wait", points=1, needs=["typical_wait_ms"])
def wait(answers: Budget, case: Any) -> Judgement:
    """Own work, the slower of two, then the model."""
    right = TRIAGE_MS + max(POLICY_MS, ORDER_MS) + MODEL_MS
    return judge_number(
        answers.typical_wait_ms,
        right,
        unit="ms",
        why="It says which part is worth making faster: the policy agent is not.",
        misconceptions={PARALLEL_ADDED: right + POLICY_MS, ASYNC_WAITED: right + LOG_MS},
    )


@budget.finding("The timeout that fits", points=1, needs=["longest_timeout_ms"])
def timeout(answers: Budget, case: Any) -> Judgement:
    """What is left of the caller's patience, shared by the attempts."""
    left = CALLER_GIVES_UP_MS - OWN_WORK_MS
    return judge_number(
        answers.longest_timeout_ms,
        left / ATTEMPTS_OF_SHOP,
        unit="ms",
        why="Timeouts are set from the outside inwards. Set part by part, they add up to more than anybody waits.",
        misconceptions={
            ONE_ATTEMPT: left,
            CALLERS_TIMEOUT: CALLER_GIVES_UP_MS,
            OWN_WORK_FORGOTTEN: CALLER_GIVES_UP_MS / ATTEMPTS_OF_SHOP,
        },
    )


@budget.finding("Calls of the model at worst", points=1, needs=["worst_model_calls"])
def model_calls(answers: Budget, case: Any) -> Judgement:
    """Attempts of attempts."""
    return judge_number(
        answers.worst_model_calls,
        ATTEMPTS_OF_GATEWAY * ATTEMPTS_OF_MODEL,
        unit="calls",
        why="It happens when the model is already too slow. Retries then are the load that keeps it so.",
        misconceptions={ATTEMPTS_ADDED: ATTEMPTS_OF_GATEWAY + ATTEMPTS_OF_MODEL, INNER_ONLY: ATTEMPTS_OF_MODEL},
    )
