"""Checks of the exercise `support_architecture`: support agents as a drawing and as a program that agree.

The first half judges the drawing and its arithmetic against the client's rules (`case.support`). The second half
judges what the program did on the stage of `archkit.rehearsal`: which specialists it called with which timeouts and
keys, what was paid, what a person was handed, and what was left after it was killed. No finding reads a reply's words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from archkit.blueprint import Blueprint, Interface, Store, TrustZone
from archkit.blueprint.model import FailureBehaviour
from archkit.case import Case
from archkit.case.conversations import CUSTOMER, RETRY_AFTER_MS, Conversations, conversations
from archkit.case.support import MASKED, Specialist, SupportRules
from archkit.rehearsal import Script, Transcript, Turn
from autograde.answers import AnswerSheet, Number, answer
from autograde.checks._rehearsed import (
    barred,
    behaviour_seen,
    calls_of,
    carries_identity,
    handed_over,
    internals_in_reply,
    rehearsed,
    told,
)
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_number, quantity
from autograde.registry import Check

EXERCISE = "support_architecture"
DEFAULT_RECURSION_LIMIT = 10_007
"""Super-steps after which LangGraph 1 stops a graph that nobody has bounded."""
EARLIER_RECURSION_LIMIT = 25


# --- Task 1: budgets of time and calls --------------------------------------------------------------------------------


class Budget(BaseModel):
    """How long one specialist is waited for, and how often it is tried."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timeout_ms: Annotated[float, Field(strict=True, gt=0, le=1e7, allow_inf_nan=False)]
    attempts: Annotated[int, Field(strict=True, ge=1, le=1_000)]
    pause_ms: Annotated[float, Field(strict=True, ge=0, le=1e7, allow_inf_nan=False)] = 0.0


class Budgets(AnswerSheet):
    """The time and the calls that one turn may take."""

    policy: dict[str, Budget] = answer(
        'for each specialist\'s id its budget, such as {"triage": {"timeout_ms": 500, "attempts": 2, "pause_ms": 50}}'
    )
    worst_turn_ms: Number = answer("the longest time that a turn can take under your policy", unit="milliseconds")
    worst_turn_calls: Number = answer("the most calls of specialists that one turn can make", unit="calls")


TYPICAL_AS_TIMEOUT = Misconception(
    "typical_as_timeout",
    "A timeout stands below the time that 95 of 100 calls need. Healthy calls would be given up, and tried again.",
)
NO_SECOND_ATTEMPT = Misconception(
    "no_second_attempt",
    "A specialist is tried once. Your client's rule is that a single fault must not reach the customer.",
)
TOO_MANY_ATTEMPTS = Misconception(
    "too_many_attempts", "A specialist is tried more often than your client allows: retries are load, too."
)
NOBODY_WAITS_SO_LONG = Misconception(
    "nobody_waits_so_long",
    "With every attempt used up, your turn takes longer than your client lets a customer wait. Timeouts add up along "
    "the path, and attempts multiply them.",
)
ONE_ATTEMPT_COUNTED = Misconception(
    "one_attempt_counted", "This counts each timeout once. In the worst turn every attempt runs into its timeout."
)
ALL_ADDED = Misconception(
    "all_added", "This adds up all four specialists. No turn needs all of them: take the longest path."
)
PAUSES_FORGOTTEN = Misconception("pauses_forgotten", "The pauses between the attempts are missing.")
HEALTHY_TURN = Misconception(
    "healthy_turn",
    "This is a turn in which every call takes its 95th percentile once. The worst one is what you allow.",
)
TAKEOVER_FORGOTTEN = Misconception(
    "takeover_forgotten",
    "This ends when the records fail. Your client has another specialist take over then, which takes its own time.",
)

budgets = Check(
    f"{EXERCISE}.budgets",
    "Timeouts and attempts that fit the reply limit",
    Budgets,
    (
        TYPICAL_AS_TIMEOUT,
        NO_SECOND_ATTEMPT,
        TOO_MANY_ATTEMPTS,
        NOBODY_WAITS_SO_LONG,
        ONE_ATTEMPT_COUNTED,
        ALL_ADDED,
        PAUSES_FORGOTTEN,
        HEALTHY_TURN,
        TAKEOVER_FORGOTTEN,
    ),
)


def paths(rules: SupportRules, *, takeover: bool = True) -> list[list[Specialist]]:
    """The specialists that a turn may need one after the other: a question, a record, a payment."""
    triage, knowledge, records, action = (rules.specialist(r) for r in ("triage", "knowledge", "records", "action"))
    lookup = [triage, records]
    if takeover and records.when_it_fails == "fallback":
        lookup.append(rules.specialist(str(records.taken_over_by)))
    return [[triage, knowledge], lookup, [triage, records, action]]


def _longest_ms(budget: Budget, *, attempts: bool = True, pauses: bool = True) -> float:
    """The time until a specialist is given up."""
    tries = budget.attempts if attempts else 1
    return tries * budget.timeout_ms + ((tries - 1) * budget.pause_ms if pauses else 0)


def worst_turn(policy: Mapping[str, Budget], rules: SupportRules, **left_out: bool) -> float:
    """The longest time that a turn takes until there is a reply or a person, in milliseconds."""
    takeover = left_out.pop("takeover", True)
    return max(sum(_longest_ms(policy[s.id], **left_out) for s in path) for path in paths(rules, takeover=takeover))


def most_calls(policy: Mapping[str, Budget], rules: SupportRules, *, takeover: bool = True) -> int:
    """The most calls that a turn makes on one of its paths."""
    return max(sum(policy[s.id].attempts for s in path) for path in paths(rules, takeover=takeover))


def _without_budget(policy: Mapping[str, Budget], rules: SupportRules) -> str:
    missing = [s.id for s in rules.specialists if s.id not in policy]
    return f"there is no budget for {', '.join(missing)}" if missing else ""


def _shown(policy: Mapping[str, Budget]) -> str:
    return "; ".join(f"{id} {b.attempts} × {b.timeout_ms:,.0f} ms" for id, b in list(policy.items())[:6])


@budgets.finding("Each timeout and each number of attempts", points=1, needs=["policy"])
def each_budget(answers: Budgets, case: Case) -> Judgement:
    """A timeout that healthy calls keep, a second attempt, and no more than the client allows."""
    rules, policy = case.support, answers.policy
    why = "A timeout below the 95th percentile makes faults of healthy calls; a retry too many makes load of faults."
    expected = "; ".join(f"{s.id} at least {s.p95_ms:,} ms, 2 to {s.attempts} attempts" for s in rules.specialists)
    if missing := _without_budget(policy, rules):
        return Judgement(0, _shown(policy), expected, missing, why)
    checks: list[tuple[Misconception, Callable[[Budget, Specialist], bool]]] = [
        (TYPICAL_AS_TIMEOUT, lambda budget, s: budget.timeout_ms < s.p95_ms),
        (NO_SECOND_ATTEMPT, lambda budget, s: budget.attempts < 2),
        (TOO_MANY_ATTEMPTS, lambda budget, s: budget.attempts > s.attempts),
    ]
    for misconception, wrong in checks:
        wrongly = [s.id for s in rules.specialists if wrong(policy[s.id], s)]
        if wrongly:
            credit = 0.5 if len(wrongly) == 1 else 0.0
            return Judgement(credit, _shown(policy), expected, f"look at {', '.join(wrongly)}", why, misconception)
    return Judgement(1, _shown(policy), expected, why=why)


@budgets.finding("The reply limit holds in the worst turn", points=1, needs=["policy"])
def limit_holds(answers: Budgets, case: Case) -> Judgement:
    """With every attempt used up, the longest path stays within the client's limit."""
    rules, policy = case.support, answers.policy
    why = "A limit that holds only while nothing fails is no limit: it is needed when something does."
    expected = f"at most {rules.reply_limit_ms:,} ms on the longest path"
    if missing := _without_budget(policy, rules):
        return Judgement(0, _shown(policy), expected, missing, why)
    longest = worst_turn(policy, rules)
    if any(policy[s.id].timeout_ms < s.typical_ms for s in rules.specialists):
        return Judgement(0, _shown(policy), expected, "a timeout that typical calls break proves nothing", why)
    if longest > rules.reply_limit_ms:
        return Judgement(0, _shown(policy), expected, "", why, NOBODY_WAITS_SO_LONG)
    return Judgement(1, "it holds", expected, why=why)


@budgets.finding("The worst turn, in time", points=1, needs=["policy", "worst_turn_ms"])
def worst_time(answers: Budgets, case: Case) -> Judgement:
    """All attempts and pauses along the longest path of the learner's own policy."""
    rules, policy = case.support, answers.policy
    why = "This is the number that the timeout of whoever calls you must be above, and your client's limit too."
    if missing := _without_budget(policy, rules):
        return Judgement(0, quantity(answers.worst_turn_ms, "ms"), "the longest path of your policy", missing, why)
    return judge_number(
        answers.worst_turn_ms,
        worst_turn(policy, rules),
        unit="ms",
        within=0.005,
        why=why,
        misconceptions={
            ONE_ATTEMPT_COUNTED: worst_turn(policy, rules, attempts=False),
            ALL_ADDED: sum(_longest_ms(policy[s.id]) for s in rules.specialists),
            PAUSES_FORGOTTEN: worst_turn(policy, rules, pauses=False),
            TAKEOVER_FORGOTTEN: worst_turn(policy, rules, takeover=False),
            HEALTHY_TURN: max(sum(s.p95_ms for s in path) for path in paths(rules)),
        },
        partial_credit=0.5,
        partly_right=(PAUSES_FORGOTTEN, TAKEOVER_FORGOTTEN),
    )


@budgets.finding("The worst turn, in calls", points=1, needs=["policy", "worst_turn_calls"])
def worst_calls(answers: Budgets, case: Case) -> Judgement:
    """All attempts along the path that makes the most of them."""
    rules, policy = case.support, answers.policy
    why = "Calls are what is paid for, and what a specialist that is already in trouble has to bear."
    if missing := _without_budget(policy, rules):
        return Judgement(0, quantity(answers.worst_turn_calls, "calls"), "the most calls on a path", missing, why)
    return judge_number(
        answers.worst_turn_calls,
        most_calls(policy, rules),
        unit="calls",
        within=0.005,
        why=why,
        misconceptions={
            ONE_ATTEMPT_COUNTED: max(len(path) for path in paths(rules)),
            ALL_ADDED: sum(policy[s.id].attempts for s in rules.specialists),
            TAKEOVER_FORGOTTEN: most_calls(policy, rules, takeover=False),
        },
    )


# --- Task 2: the loop that nobody bounded -----------------------------------------------------------------------------


class Loop(AnswerSheet):
    """What an endless delegation costs, and what bounds it."""

    loop_usd: Number = answer("the bill of one conversation that runs into LangGraph's own limit", unit="US dollars")
    loop_minutes: Number = answer("the time that it takes", unit="minutes")
    most_answers: Number = answer("calls of specialists after triage in one turn, handoffs bounded, nothing failing")


EARLIER_LIMIT = Misconception(
    "earlier_limit",
    "This stops after 25 steps, LangGraph's limit of earlier versions. The limit of version 1 is 10,007.",
)
LOOP_INPUT_ONLY = Misconception("loop_input_only", "The answers are missing from this bill. Output is paid for, too.")
ONE_SPECIALIST = Misconception(
    "one_specialist", "This takes every step for the same specialist. The two take turns, and one is faster."
)
SECONDS_FOR_MINUTES = Misconception("seconds_for_minutes", "This is in seconds. The task asks for minutes.")
HANDOFFS_FOR_ANSWERS = Misconception(
    "handoffs_for_answers",
    "This is the number of handoffs. Whoever hands over has been called before: there is one call more.",
)
TRIAGE_COUNTED = Misconception(
    "triage_counted", "This counts the call of triage, too. The question is what follows it."
)

loop = Check(
    f"{EXERCISE}.loop",
    "What a loop without a bound costs",
    Loop,
    (
        EARLIER_LIMIT,
        LOOP_INPUT_ONLY,
        ONE_SPECIALIST,
        SECONDS_FOR_MINUTES,
        HANDOFFS_FOR_ANSWERS,
        TRIAGE_COUNTED,
    ),
)


def _request_usd(case: Case, *, answers: bool = True) -> float:
    tokens, price = case.tokens, case.price
    sent = tokens.instructions + tokens.question + tokens.passages * tokens.tokens_per_passage
    output = tokens.answer * price.output_usd_per_million if answers else 0
    return (sent * price.input_usd_per_million + output) / 1e6


@loop.finding("The bill of the loop", points=1, needs=["loop_usd"])
def loop_bill(answers: Loop, case: Case) -> Judgement:
    """One model request for each step until LangGraph stops the graph."""
    right = DEFAULT_RECURSION_LIMIT * _request_usd(case)
    return judge_number(
        answers.loop_usd,
        right,
        unit="US dollars",
        within=0.005,
        why="One such conversation costs as much as thousands of ordinary ones, and nobody sees it until the bill.",
        misconceptions={
            EARLIER_LIMIT: EARLIER_RECURSION_LIMIT * _request_usd(case),
            LOOP_INPUT_ONLY: DEFAULT_RECURSION_LIMIT * _request_usd(case, answers=False),
        },
    )


@loop.finding("The time of the loop", points=0.5, needs=["loop_minutes"])
def loop_time(answers: Loop, case: Case) -> Judgement:
    """Knowledge and records take turns at their typical times."""
    knowledge, records = case.support.specialist("knowledge").typical_ms, case.support.specialist("records").typical_ms
    right = DEFAULT_RECURSION_LIMIT * (knowledge + records) / 2 / 60_000
    return judge_number(
        answers.loop_minutes,
        right,
        unit="minutes",
        within=0.005,
        why="The customer has left long before. A bound on handoffs ends it while they are still there.",
        misconceptions={
            EARLIER_LIMIT: EARLIER_RECURSION_LIMIT * (knowledge + records) / 2 / 60_000,
            ONE_SPECIALIST: DEFAULT_RECURSION_LIMIT * knowledge / 60_000,
            SECONDS_FOR_MINUTES: right * 60,
        },
    )


@loop.finding("What the client's bound leaves of it", points=0.5, needs=["most_answers"])
def bounded(answers: Loop, case: Case) -> Judgement:
    """The first specialist, and one more for each handoff."""
    handoffs = case.support.handoffs
    return judge_number(
        answers.most_answers,
        handoffs + 1,
        unit="calls",
        within=0.001,
        why="Off by one is cheap here. It is dear where the bound is a budget of money.",
        misconceptions={HANDOFFS_FOR_ANSWERS: handoffs, TRIAGE_COUNTED: handoffs + 2},
    )


# --- Task 3: the drawing's agents and interfaces ----------------------------------------------------------------------


class Drawn(AnswerSheet):
    """The drawing."""

    design: Blueprint = answer("your drawing, a Blueprint")


class DrawnAndBudgeted(AnswerSheet):
    """The drawing, and the budgets that its timeouts must agree with."""

    design: Blueprint = answer("your drawing, a Blueprint")
    policy: dict[str, Budget] = answer("your policy of task 1")


SPECIALIST_LEFT_OUT = Misconception(
    "specialist_left_out", "A specialist is not in the drawing, though the program will have to call it."
)
WRONG_HOUSE = Misconception(
    "wrong_house",
    "A specialist is drawn in another house or region than it runs in. Where it runs decides what it may be sent.",
)
CUSTOMER_CALLS_SPECIALIST = Misconception(
    "customer_calls_specialist",
    "The customer's side calls a specialist directly. Nothing of yours could check who asks, bound it or record it.",
)
SPECIALISTS_CALL_EACH_OTHER = Misconception(
    "specialists_call_each_other",
    "A specialist is drawn as calling another. They only reply: a handoff is a reply that your application follows, or "
    "does not.",
)
NO_TIMEOUT = Misconception(
    "no_timeout", "A call that is waited for has no timeout. When the other side hangs, so does everything before it."
)
TIMEOUTS_DISAGREE = Misconception(
    "timeouts_disagree", "A timeout of the drawing is not the one of your policy. One of the two will not be built."
)
CALLER_GIVES_UP_FIRST = Misconception(
    "caller_gives_up_first",
    "The customer's side gives up before your worst turn is over: the work goes on, and nobody is there to read it.",
)
NO_CONTRACT = Misconception(
    "no_contract",
    "An interface has no schema. Without a contract nobody can say which of two sides broke it.",
)

interfaces = Check(
    f"{EXERCISE}.interfaces",
    "Agents, and interfaces with contract and timeout",
    DrawnAndBudgeted,
    (
        SPECIALIST_LEFT_OUT,
        WRONG_HOUSE,
        CUSTOMER_CALLS_SPECIALIST,
        SPECIALISTS_CALL_EACH_OTHER,
        NO_CONTRACT,
        NO_TIMEOUT,
        TIMEOUTS_DISAGREE,
        CALLER_GIVES_UP_FIRST,
    ),
)

USERS_SIDE = {"user", "client"}
APPLICATION = {"agent", "service", "gateway", "job", "queue"}


def _kind(design: Blueprint, node: str) -> str | None:
    return next((n.kind for n in design.nodes if n.id == node), None)


def _zone(design: Blueprint, node: str) -> TrustZone:
    return design.zone(design.node(node).zone)


def _drawn(design: Blueprint, rules: SupportRules) -> list[Specialist]:
    ids = {component.id for component in design.components}
    return [s for s in rules.specialists if s.id in ids]


def _callers(design: Blueprint, specialist: Specialist) -> list[Interface]:
    return list(design.calls_to(specialist.id))


def _reached(design: Blueprint, start: str) -> set[str]:
    reached, open_ = {start}, [start]
    while open_:
        for call in design.calls_of(open_.pop()):
            if call.target not in reached:
                reached.add(call.target)
                open_.append(call.target)
    return reached


def _not_drawn(design: Blueprint, rules: SupportRules) -> str:
    drawn = {s.id for s in _drawn(design, rules)}
    return ", ".join(s.id for s in rules.specialists if s.id not in drawn)


@interfaces.finding("Every specialist stands where it runs", points=1, needs=["design"])
def where_they_run(answers: DrawnAndBudgeted, case: Case) -> Judgement:
    """The four specialists are agents under their ids, in zones of the right operator and region."""
    design, rules = answers.design, case.support
    why = "The house and the region decide which contract, which law and which outage a call is under."
    expected = "; ".join(f"{s.id}: agent, {s.run_by}, {s.region}" for s in rules.specialists)
    seen = "; ".join(
        f"{s.id}: {_kind(design, s.id)}, {_zone(design, s.id).operator}, {_zone(design, s.id).region}"
        for s in _drawn(design, rules)
    )
    if missing := _not_drawn(design, rules):
        return Judgement(0, seen or "none", expected, f"not drawn: {missing}", why, SPECIALIST_LEFT_OUT)
    wrong = [
        s.id
        for s in rules.specialists
        if (_zone(design, s.id).operator, _zone(design, s.id).region) != (s.run_by, s.region)
    ]
    if wrong:
        credit = 0.5 if len(wrong) == 1 else 0.0
        return Judgement(credit, seen, expected, f"look at {', '.join(wrong)}", why, WRONG_HOUSE)
    other = [s.id for s in rules.specialists if _kind(design, s.id) not in {"agent", "service"}]
    if other:
        return Judgement(0.5, seen, expected, f"no agent: {', '.join(other)}", why)
    return Judgement(1, seen, expected, why=why)


@interfaces.finding("Your application calls them, nobody else", points=1, needs=["design"])
def who_calls(answers: DrawnAndBudgeted, case: Case) -> Judgement:
    """A request reaches each specialist through a component of the client's own that is no specialist."""
    design, rules = answers.design, case.support
    why = "Whoever calls is where retries, bounds, ownership and records can be held to. It must be yours."
    expected = "customer → your application → each specialist"
    ids = {s.id for s in rules.specialists}
    if missing := _not_drawn(design, rules):
        return Judgement(0, f"not drawn: {missing}", expected, "", why, SPECIALIST_LEFT_OUT)
    calls = [call for s in rules.specialists for call in _callers(design, s)]
    seen = "; ".join(f"{call.source} → {call.target}" for call in calls)
    if any(_kind(design, call.source) in USERS_SIDE for call in calls):
        return Judgement(0, seen, expected, "", why, CUSTOMER_CALLS_SPECIALIST)
    if any(call.source in ids for call in calls):
        return Judgement(0, seen, expected, "", why, SPECIALISTS_CALL_EACH_OTHER)
    if _kind(design, design.entry) not in USERS_SIDE:
        return Judgement(0.5, seen, expected, "the entry is not a user or a client", why)
    alone = sorted(ids - _reached(design, design.entry))
    if alone:
        return Judgement(0, seen, expected, f"no request reaches {', '.join(alone)}", why)
    foreign = [c.source for c in calls if _kind(design, c.source) not in APPLICATION or _is_foreign(design, c.source)]
    if foreign:
        return Judgement(0.5, seen, expected, f"{', '.join(sorted(set(foreign)))} is no application of your own", why)
    return Judgement(1, seen, expected, why=why)


def _is_foreign(design: Blueprint, node: str) -> bool:
    return _zone(design, node).operator != "own"


@interfaces.finding("Every interface has a contract", points=1, needs=["design"])
def contracts(answers: DrawnAndBudgeted, case: Case) -> Judgement:
    """Each interface names the schema that both sides keep."""
    design, rules = answers.design, case.support
    why = (
        "A contract with a name can be tested, versioned, and broken on purpose before somebody breaks it by accident."
    )
    expected = "a schema_name on every interface"
    if _not_drawn(design, rules) or not all(_callers(design, s) for s in rules.specialists):
        return Judgement(0, f"{len(design.interfaces)} interfaces", expected, "a specialist has none at all", why)
    without = [f"{i.source} → {i.target}" for i in design.interfaces if not i.schema_name]
    if without:
        share = 1 - len(without) / len(design.interfaces)
        return Judgement(
            round(0.75 * share, 2),
            f"none on {', '.join(without[:4])}",
            expected,
            f"{len(without)} without",
            why,
            NO_CONTRACT,
        )
    return Judgement(1, f"{len(design.interfaces)} interfaces, each with a schema", expected, why=why)


@interfaces.finding("Every wait has an end, and the ends fit into each other", points=1)
def timeouts_fit(answers: DrawnAndBudgeted, case: Case) -> Judgement:
    """Timeouts on all calls that are waited for; those of the policy inside, one above the worst turn outside."""
    design, rules, policy = answers.design, case.support, answers.policy
    why = "A caller that gives up first turns your work into waste; one that never gives up hangs with you."
    expected = f"the policy's timeouts inside; above your worst turn and within {rules.reply_limit_ms:,} ms outside"
    if missing := _not_drawn(design, rules) or _without_budget(policy, rules):
        return Judgement(0, f"missing: {missing}", expected, "", why)
    endless = [i for i in design.interfaces if i.mode == "sync" and i.timeout_ms is None]
    if endless:
        seen = ", ".join(f"{i.source} → {i.target}" for i in endless[:4])
        return Judgement(0, f"no timeout on {seen}", expected, "", why, NO_TIMEOUT)
    inside = [(s, call) for s in rules.specialists for call in _callers(design, s)]
    if {s.id for s, _ in inside} != {s.id for s in rules.specialists}:
        return Judgement(0, "a specialist that nobody calls", expected, "", why)
    differs = [
        f"{s.id}: {call.timeout_ms or 'none'} drawn, {policy[s.id].timeout_ms:,.0f} in the policy"
        for s, call in inside
        if call.timeout_ms is None or abs(call.timeout_ms - policy[s.id].timeout_ms) > 1
    ]
    if differs:
        return Judgement(0, "; ".join(differs[:4]), expected, "", why, TIMEOUTS_DISAGREE)
    outside = [call for call in design.interfaces if call.mode == "sync" and call.target not in policy]
    for call in outside:
        # Whoever waits for a part of the design must wait for all that this part may wait for.
        behind = _reached(design, call.target)
        waited = [s for s in rules.specialists if s.id in behind]
        if not waited or call.timeout_ms is None:
            continue
        longest = worst_turn(policy, rules) if len(waited) == len(rules.specialists) else 0
        longest = max(longest, *(_longest_ms(policy[s.id]) for s in waited))
        seen = f"{call.source} → {call.target}: {call.timeout_ms:,} ms"
        if call.timeout_ms < longest - 1:
            return Judgement(0.5, seen, expected, "", why, CALLER_GIVES_UP_FIRST)
        if call.timeout_ms > rules.reply_limit_ms:
            return Judgement(0.5, seen, expected, "a wait is longer than your client's limit", why)
    return Judgement(1, "; ".join(f"{s.id}: {policy[s.id].timeout_ms:,.0f} ms" for s, _ in inside), expected, why=why)


# --- Task 4: where the conversation is kept ---------------------------------------------------------------------------

IN_MEMORY = Misconception(
    "in_memory",
    "The conversation is kept in a component's memory. A restart loses it, and a second replica has never seen it.",
)
KEPT_IN_CACHE = Misconception(
    "kept_in_cache", "The conversation is kept in a cache. A cache may forget whatever it likes, and will."
)
NO_STATE = Misconception(
    "no_state",
    "No state of the drawing is the conversation: nobody has said what must survive from one message to the next.",
)
SPECIALIST_OWNS_STATE = Misconception(
    "specialist_owns_state",
    "A specialist owns the conversation. Then it changes behind your back, and is gone when the specialist is.",
)
OWNER_CANNOT_REACH = Misconception(
    "owner_cannot_reach", "The owner of the state has no call to the store that it is kept in."
)
NOBODY_OWNS = Misconception("nobody_owns", "A store has no owner. When its data is wrong, nobody is asked.")
KEPT_FOR_EVER = Misconception(
    "kept_for_ever", "Conversations have no retention. “For ever” is a decision, and rarely a lawful one."
)
ANOTHER_RETENTION = Misconception(
    "another_retention", "Conversations are kept for another time than your client's rule says."
)

state = Check(
    f"{EXERCISE}.state",
    "Where the conversation is kept, whose it is, and for how long",
    Drawn,
    (
        IN_MEMORY,
        KEPT_IN_CACHE,
        NO_STATE,
        SPECIALIST_OWNS_STATE,
        OWNER_CANNOT_REACH,
        NOBODY_OWNS,
        KEPT_FOR_EVER,
        ANOTHER_RETENTION,
    ),
)
DURABLE = {"checkpoint", "relational", "document", "key_value", "object"}


def _conversations(case: Case) -> str:
    return case.support.data[2].name


def _conversation_states(design: Blueprint, case: Case) -> list[Any]:
    """The states that are the conversation: they hold it and outlive a request."""
    return [s for s in design.states if _conversations(case) in s.holds and s.scope != "request"]


def _stores_of_conversations(design: Blueprint, case: Case) -> list[Store]:
    kept = {s.kept_in for s in _conversation_states(design, case)}
    return [s for s in design.stores if s.id in kept or _conversations(case) in s.holds]


@state.finding("The conversation is kept in a durable store", points=1)
def kept_in_a_store(answers: Drawn, case: Case) -> Judgement:
    """A state for each conversation, in a store that survives a restart, and that says it holds it."""
    design = answers.design
    why = "A process that is killed between two messages must not cost the customer the conversation."
    expected = "a state with scope conversation that holds conversations, kept in a checkpoint store or database"
    states = _conversation_states(design, case)
    seen = "; ".join(f"{s.name}: {s.scope}, kept in {s.kept_in}" for s in states) or "no such state"
    if not states:
        return Judgement(0, seen, expected, "", why, NO_STATE)
    stores = {s.id: s for s in design.stores}
    if any(s.kept_in not in stores for s in states):
        return Judgement(0, seen, expected, "", why, IN_MEMORY)
    if any(stores[s.kept_in].kind == "cache" for s in states):
        return Judgement(0, seen, expected, "", why, KEPT_IN_CACHE)
    if any(stores[s.kept_in].kind not in DURABLE for s in states):
        return Judgement(0.5, seen, expected, "this kind of store is not for state that changes", why)
    if not any(s.scope == "conversation" for s in states):
        return Judgement(0.5, seen, expected, "it is one piece for another scope than a conversation", why)
    if any(_conversations(case) not in stores[s.kept_in].holds for s in states):
        return Judgement(0.5, seen, expected, "the store does not say that it holds conversations", why)
    return Judgement(1, seen, expected, why=why)


@state.finding("One component of yours may change it, and a team answers for the store", points=1)
def owned(answers: Drawn, case: Case) -> Judgement:
    """The state's owner is an own component that calls the store; the store has an owner too."""
    design, rules = answers.design, case.support
    why = "Two writers of one conversation overwrite each other; a store without a team is where old ones gather."
    expected = "an application component of your own that calls the store, and an owner for every store"
    states = _conversation_states(design, case)
    seen = "; ".join(f"{s.name}: changed by {s.owner}" for s in states) or "no such state"
    if not states:
        return Judgement(0, seen, expected, "", why, NO_STATE)
    ids = {s.id for s in rules.specialists}
    if any(s.owner in ids for s in states):
        return Judgement(0, seen, expected, "", why, SPECIALIST_OWNS_STATE)
    if any(_kind(design, s.owner) not in APPLICATION or _is_foreign(design, s.owner) for s in states):
        return Judgement(0, seen, expected, "the owner is no application of your own", why)
    if any(all(call.target != s.kept_in for call in design.calls_of(s.owner)) for s in states if s.owner != s.kept_in):
        return Judgement(0.5, seen, expected, "", why, OWNER_CANNOT_REACH)
    ownerless = [s.id for s in design.stores if not s.owner]
    if ownerless:
        return Judgement(0.5, f"{seen}; no owner: {', '.join(ownerless)}", expected, "", why, NOBODY_OWNS)
    return Judgement(1, seen, expected, why=why)


@state.finding("It is kept as long as the client says", points=1)
def kept_as_long(answers: Drawn, case: Case) -> Judgement:
    """State and stores of conversations have the client's retention."""
    design, days = answers.design, case.support.conversation_days
    why = "A checkpoint is a copy of everything that was said. Nobody deletes what nobody has put a date on."
    expected = f"{days} days, for the state and for every store that holds conversations"
    states, stores = _conversation_states(design, case), _stores_of_conversations(design, case)
    kept = {s.name: s.retention_days for s in states} | {s.id: s.retention_days for s in stores}
    seen = (
        "; ".join(f"{name}: {'for ever' if d is None else f'{d} days'}" for name, d in kept.items()) or "nothing kept"
    )
    if not states or not stores:
        return Judgement(0, seen, expected, "", why, NO_STATE if not states else None)
    if None in kept.values():
        return Judgement(0, seen, expected, "", why, KEPT_FOR_EVER)
    if set(kept.values()) != {days}:
        return Judgement(0, seen, expected, "", why, ANOTHER_RETENTION)
    return Judgement(1, seen, expected, why=why)


# --- Task 5: where personal data may go -------------------------------------------------------------------------------

LABELS_WRONG = Misconception(
    "labels_wrong", "A kind of data is not labelled as the case labels it, so boundaries are judged by the wrong label."
)
UNLABELLED = Misconception(
    "unlabelled",
    "A call does not say what it carries: a question goes to triage and knowledge, a record to those who handle it.",
)
TO_A_VENDOR = Misconception(
    "to_a_vendor", "Data that vendors may not have is sent to a vendor. Send it what it may have: the masked question."
)
LEAVES_REGION = Misconception(
    "leaves_region", "Data that must stay in its region is sent to, or kept in, another region."
)

boundaries = Check(
    f"{EXERCISE}.boundaries",
    "Personal data crosses no boundary that it may not",
    Drawn,
    (LABELS_WRONG, UNLABELLED, TO_A_VENDOR, LEAVES_REGION),
)


@boundaries.finding("The data is labelled as the case says", points=1)
def labels(answers: Drawn, case: Case) -> Judgement:
    """The case's kinds of data, with their sensitivity and home region."""
    declared = {d.name: d for d in answers.design.data_classes}
    wanted = case.support.data
    why = "Every later question about boundaries is asked of these labels."
    seen = ", ".join(f"{d.name}: {d.sensitivity}, {d.home_region or 'anywhere'}" for d in declared.values())
    expected = ", ".join(f"{r.name}: {r.sensitivity}, {r.must_stay_in or 'anywhere'}" for r in wanted)
    missing = [row.name for row in wanted if row.name not in declared]
    if missing:
        return Judgement(0, seen or "no data classes", expected, f"not declared: {', '.join(missing)}", why)
    wrong = [
        r.name
        for r in wanted
        if (declared[r.name].sensitivity, declared[r.name].home_region) != (r.sensitivity, r.must_stay_in)
    ]
    if wrong:
        credit = 0.5 if len(wrong) == 1 else 0.0
        return Judgement(credit, seen, expected, f"look at {', '.join(wrong)}", why, LABELS_WRONG)
    return Judgement(1, seen, expected, why=why)


@boundaries.finding("Each call says what it carries", points=1)
def carried(answers: Drawn, case: Case) -> Judgement:
    """Questions, masked or not, to triage and knowledge; records to those who read and act on them."""
    design, rules = answers.design, case.support
    why = "What is not said to cross cannot be found when somebody asks what crosses."
    question = {_conversations(case), MASKED}
    needed = {s.id: question if s.role in ("triage", "knowledge") else {rules.data[1].name} for s in rules.specialists}
    expected = "a question on the calls to triage and knowledge, records on those to the other two"
    carries = {id: {name for call in design.calls_to(id) for name in call.carries} for id in needed}
    seen = "; ".join(f"{id}: {', '.join(sorted(names)) or 'nothing'}" for id, names in carries.items())
    without = [id for id, names in needed.items() if not names & carries[id]]
    entry = {name for call in design.calls_of(design.entry) for name in call.carries}
    if _conversations(case) not in entry:
        without.append(design.entry)
    if without:
        credit = 0.5 if len(without) == 1 else 0.0
        return Judgement(credit, seen, expected, f"look at {', '.join(without)}", why, UNLABELLED)
    return Judgement(1, seen, expected, why=why)


@boundaries.finding("Nothing crosses that may not", points=1)
def crossings(answers: Drawn, case: Case) -> Judgement:
    """By the case's own rules, whatever the drawing's labels say."""
    design, rules = answers.design, case.support
    why = "This is the first thing that a privacy officer, a regulator or an attacker looks at."
    expected = "no personal data at a vendor that may not have it, or outside its region"
    if _not_drawn(design, rules) or carried(answers, case).credit < 1:
        return Judgement(0, "calls that do not say what they carry", expected, "", why, UNLABELLED)
    has: dict[str, set[str]] = {node.id: set() for node in design.nodes}
    for store in design.stores:
        has[store.id].update(store.holds)
    for call in design.interfaces:
        has[call.source].update(call.carries)
        has[call.target].update(call.carries)
    for kept in design.states:
        has[kept.kept_in].update(kept.holds)
    houses = {s.id: (s.run_by, s.region) for s in rules.specialists}
    stray, elsewhere = [], []
    for node, names in has.items():
        if _kind(design, node) in USERS_SIDE | {"human"}:
            continue  # people may be anywhere; what counts is where the system keeps and sends their data
        # A specialist is judged by where it runs, so that a wrong zone does not make a crossing lawful.
        operator, region = houses.get(node, (_zone(design, node).operator, _zone(design, node).region))
        for row in rules.data:
            if row.name not in names:
                continue
            if operator != "own" and not row.vendors_may_have_it:
                stray.append(f"{row.name} at {node}")
            elif row.must_stay_in not in (None, region):
                elsewhere.append(f"{row.name} at {node}, in {region}")
    seen = "; ".join([*stray, *elsewhere][:4])
    if stray:
        return Judgement(0, seen, expected, "", why, TO_A_VENDOR)
    if elsewhere:
        return Judgement(0, seen, expected, "", why, LEAVES_REGION)
    return Judgement(1, "nothing", expected, why=why)


# --- Task 6: what happens when one of them fails ----------------------------------------------------------------------

NOBODY_DECIDED = Misconception(
    "nobody_decided",
    "A specialist has no failure behaviour, or lets its caller fail too. Then the first outage decides it.",
)
RETRY_IS_NOT_AN_END = Misconception(
    "retry_is_not_an_end",
    "Retrying is what happens before. The question is what happens when the last attempt has failed, too.",
)
PAYMENT_GUESSED = Misconception(
    "payment_guessed",
    "A payment that failed is done without, queued or left to another agent. Nobody knows whether it was made: a "
    "person has to look.",
)
ANOTHER_BEHAVIOUR = Misconception(
    "another_behaviour", "A specialist fails otherwise in the drawing than your client's rule says."
)
WRONG_TAKEOVER = Misconception(
    "wrong_takeover", "Somebody else takes over in the drawing than your client's rule says."
)
NOBODY_THERE = Misconception(
    "nobody_there",
    "A person takes over, and no component of yours can reach one: draw the human, and the call that hands over.",
)

failures = Check(
    f"{EXERCISE}.failures",
    "What happens when a specialist fails",
    Drawn,
    (NOBODY_DECIDED, RETRY_IS_NOT_AN_END, PAYMENT_GUESSED, ANOTHER_BEHAVIOUR, WRONG_TAKEOVER, NOBODY_THERE),
)


def _plans(design: Blueprint, rules: SupportRules) -> dict[str, FailureBehaviour | None]:
    return {s.id: design.node(s.id).on_failure for s in _drawn(design, rules)}


def _told(id: str, plan: FailureBehaviour | None) -> str:
    return f"{id}: {plan.behaviour}{f' to {plan.to}' if plan.to else ''}" if plan else f"{id}: nothing said"


def _told_rule(s: Specialist) -> str:
    return f"{s.id}: {s.when_it_fails}{f' to {s.taken_over_by}' if s.taken_over_by else ''}"


def _wrong_plan(design: Blueprint, plan: FailureBehaviour | None, s: Specialist) -> Misconception | None:
    if plan is None or plan.behaviour == "fail":
        return NOBODY_DECIDED
    if plan.behaviour == "retry":
        return RETRY_IS_NOT_AN_END
    if plan.behaviour != s.when_it_fails:
        return PAYMENT_GUESSED if s.role == "action" else ANOTHER_BEHAVIOUR
    if plan.behaviour == "escalate":
        return None if _kind(design, plan.to or "") == "human" else WRONG_TAKEOVER
    return None if plan.to == s.taken_over_by else WRONG_TAKEOVER


@failures.finding("Each specialist fails as the client demands", points=2)
def as_demanded(answers: Drawn, case: Case) -> Judgement:
    """The case's table says who is replaced, who is done without, and where a person takes over."""
    design, rules = answers.design, case.support
    why = "Decided on paper it takes a minute. Decided at night, by whoever is awake, it takes an apology."
    plans = _plans(design, rules)
    seen = "; ".join(_told(id, plan) for id, plan in plans.items())
    expected = "; ".join(_told_rule(s) for s in rules.specialists)
    if missing := _not_drawn(design, rules):
        return Judgement(0, seen, expected, f"not drawn: {missing}", why)
    wrong = {s.id: m for s in rules.specialists if (m := _wrong_plan(design, plans[s.id], s))}
    if wrong:
        credit = (0.5, 0.25, 0, 0)[len(wrong) - 1]
        return Judgement(credit, seen, expected, f"look at {', '.join(wrong)}", why, next(iter(wrong.values())))
    return Judgement(1, seen, expected, why=why)


@failures.finding("Whoever takes over can be reached", points=1)
def takeover_reached(answers: Drawn, case: Case) -> Judgement:
    """The caller of a failed specialist also calls the one that takes over, a person without waiting."""
    design, rules = answers.design, case.support
    why = "A fallback that nothing can call is a line in a drawing."
    expected = (
        "the application that calls a specialist also calls who takes over; a person is handed work, not waited for"
    )
    plans = _plans(design, rules)
    takeovers = {id: plan.to for id, plan in plans.items() if plan and plan.to}
    if _not_drawn(design, rules) or "human" not in {_kind(design, to) for to in takeovers.values()}:
        return Judgement(0, "no person takes over", expected, "", why, NOBODY_THERE)
    lost = []
    for id, to in takeovers.items():
        callers = {call.source for call in design.calls_to(id)}
        if not callers & {call.source for call in design.calls_to(to)}:
            lost.append(f"{id} → {to}")
    seen = f"not reached: {', '.join(lost)}" if lost else ", ".join(f"{id} → {to}" for id, to in takeovers.items())
    if lost:
        people = any(_kind(design, to) == "human" and f"{id} → {to}" in lost for id, to in takeovers.items())
        return Judgement(0, seen, expected, "", why, NOBODY_THERE if people else None)
    waited = [
        c for to in takeovers.values() for c in design.calls_to(to) if _kind(design, to) == "human" and c.mode == "sync"
    ]
    if waited:
        return Judgement(0.5, seen, expected, "a person is waited for as if they answered in milliseconds", why)
    return Judgement(1, seen, expected, why=why)


# --- The program ------------------------------------------------------------------------------------------------------

ProgramText = Annotated[str, Field(strict=True, max_length=60_000)]


class Programmed(AnswerSheet):
    """The program, as text."""

    program: ProgramText = answer("the text of support_program.py")


def on_stage(program: str, case: Case, *names: str) -> dict[str, Transcript]:
    """Rehearse the named conversations."""
    known = conversations(case)
    return rehearsed(program, [known[name] for name in names])


def _only(transcripts: Mapping[str, Transcript]) -> list[tuple[str, Turn]]:
    """The single turn of each script."""
    return [(name, transcript.turns[-1]) for name, transcript in transcripts.items()]


def _in(name: str, turn: Turn) -> str:
    return f"“{name}”: {told(turn)}"


# --- Task 7: ordinary conversations -----------------------------------------------------------------------------------

NOT_ANSWERED = Misconception(
    "not_answered", "An ordinary message does not end as answered, though nothing failed. Begin with this one."
)
WRONG_SPECIALIST = Misconception(
    "wrong_specialist", "A message does not reach the specialist that triage names. Follow its reply."
)
NOT_PAID = Misconception(
    "not_paid", "The customer was told that it is done, and nothing was paid, or not the amount of the record."
)
ASKS_FOR_EVERYTHING = Misconception(
    "asks_for_everything",
    "A person is asked for an amount within the limit. Whoever is asked for everything approves everything.",
)
CUT_OFF_TOO_EARLY = Misconception(
    "cut_off_too_early",
    "With every specialist slow, though not slower than 95 of 100 calls, healthy calls are given up.",
)

conversing = Check(
    f"{EXERCISE}.conversations",
    "Ordinary conversations",
    Programmed,
    (NOT_ANSWERED, WRONG_SPECIALIST, NOT_PAID, ASKS_FOR_EVERYTHING, CUT_OFF_TOO_EARLY),
    held_back_points=1,
    held_back_about="conversations you have not seen",
)
THREE, SLOW = "three messages", "three messages, everything slow"


def judge_three(transcript: Transcript, case: Case, name: str) -> Judgement:
    """A question, a record and a payment, each answered by the specialist that it is for."""
    rules, talk = case.support, Conversations(case)
    action = rules.specialist("action").id
    why = "Failure behaviour is worth nothing in front of a program that does not do its everyday work."
    expected = "each message answered by its specialist; the record's amount paid once, and nobody asked"
    needed = [rules.specialist(role).id for role in ("knowledge", "records", "action")]
    for turn, specialist in zip(transcript.turns, needed, strict=True):
        seen = _in(name, turn)
        if turn.handoffs and specialist == action:
            return Judgement(0, seen, expected, "", why, ASKS_FOR_EVERYTHING)
        if turn.ending != "replied" or turn.outcome != "answered" or not turn.reply:
            return Judgement(0, f"{seen}, to: {turn.said}", expected, "", why, NOT_ANSWERED)
        if specialist != action and not any(call.worked for call in calls_of(turn, specialist)):
            return Judgement(0, f"{specialist} was not called for: {turn.said}", expected, "", why, WRONG_SPECIALIST)
    paid = [(e.customer, e.record, round(e.amount, 2)) for e in transcript.side_effects]
    if paid != [(CUSTOMER, talk.own, round(talk.small_amount, 2))]:
        seen = "; ".join(f"{amount:g} for {record} to {customer}" for customer, record, amount in paid)
        return Judgement(0, f"paid: {seen or 'nothing'}", expected, "", why, NOT_PAID)
    if transcript.turns[1].side_effects or transcript.turns[0].side_effects:
        return Judgement(0, "paid before anybody asked for it", expected, "", why, NOT_PAID)
    return Judgement(1, "three messages answered, one payment", expected, why=why)


@conversing.finding("A question, a record and a payment", points=1)
def three_messages(answers: Programmed, case: Case) -> Judgement:
    """Nothing fails."""
    return judge_three(on_stage(answers.program, case, THREE)[THREE], case, THREE)


@conversing.finding("The same when everything is slow", points=1)
def slow_messages(answers: Programmed, case: Case) -> Judgement:
    """Every call takes its 95th percentile, which is slow and healthy."""
    transcript = on_stage(answers.program, case, SLOW)[SLOW]
    judged = judge_three(transcript, case, SLOW)
    if judged.credit < 1 and any(call.error == "timeout" for call in transcript.calls):
        return Judgement(0, judged.seen, judged.expected, judged.gap, judged.why, CUT_OFF_TOO_EARLY)
    slowest = max((turn.clock_ms for turn in transcript.turns), default=0)
    if judged.credit == 1 and slowest > case.support.reply_limit_ms:
        return Judgement(0, f"a turn took {slowest:,} ms", judged.expected, "beyond the reply limit", judged.why)
    return judged


# --- Task 8: faults ---------------------------------------------------------------------------------------------------

FIRST_FAULT_ENDS_IT = Misconception(
    "first_fault_ends_it", "A single fault reaches the customer. Your client asks for a second attempt."
)
RETRIED_TOO_SOON = Misconception(
    "retried_too_soon", "A specialist that asked to wait was called again before that time was over."
)
PAID_TWICE_ON_RETRY = Misconception(
    "paid_twice_on_retry",
    "The payment was made, its reply was lost, and the second attempt paid again. Give both attempts one idempotency "
    "key.",
)
SWALLOWED = Misconception(
    "swallowed", "A specialist had failed, and the customer was told that all is well. Nobody else was told anything."
)
MALFORMED_PASSED_ON = Misconception(
    "malformed_passed_on", "A reply that breaks its schema was taken for an answer. Check the form before using it."
)
EXCEPTION_REACHES_CUSTOMER = Misconception(
    "exception_reaches_customer", "A specialist failed, and so did the whole turn: the customer got an exception."
)
ENDS_OTHERWISE = Misconception(
    "ends_otherwise", "The turn ends otherwise than your client demands for this specialist."
)
EMPTY_HANDOFF = Misconception(
    "empty_handoff",
    "A person was asked, without being told why, about which specialist and for which customer. They begin from "
    "nothing.",
)
INTERNALS_TOLD = Misconception(
    "internals_told", "The customer was shown the text of an error, or a reply that broke its schema."
)
RETRIES_FOR_EVER = Misconception(
    "retries_for_ever", "A specialist that is gone is called again and again. The customer waits until they give up."
)
TOO_MANY_TRIES = Misconception("too_many_tries", "A specialist was called more often than your client allows.")
HANGS = Misconception("hangs", "A specialist hung, and so did the turn: a call without a timeout waits for ever.")
LIMIT_BROKEN = Misconception("limit_broken", "A turn took longer than your client lets a customer wait.")

faults = Check(
    f"{EXERCISE}.faults",
    "Faults of every specialist",
    Programmed,
    (
        FIRST_FAULT_ENDS_IT,
        RETRIED_TOO_SOON,
        PAID_TWICE_ON_RETRY,
        SWALLOWED,
        MALFORMED_PASSED_ON,
        EXCEPTION_REACHES_CUSTOMER,
        ENDS_OTHERWISE,
        EMPTY_HANDOFF,
        INTERNALS_TOLD,
        RETRIES_FOR_EVER,
        TOO_MANY_TRIES,
        HANGS,
        LIMIT_BROKEN,
    ),
    held_back_points=2,
    held_back_about="faults you have not seen",
)


def single_faults(case: Case) -> dict[str, Script]:
    """Each specialist fails once."""
    talk = Conversations(case)
    scripts = [
        talk.failing("triage", "timeout", calls=1),
        talk.failing("knowledge", "rate_limit", calls=1),
        talk.failing("records", "malformed", calls=1),
        talk.failing("action", "timeout", calls=1, work_done=True),
    ]
    return {script.name: script for script in scripts}


def lasting_faults(case: Case) -> dict[str, tuple[str, Script]]:
    """Each specialist fails for good: its role and the script, by the script's name."""
    talk = Conversations(case)
    scripts = [
        ("triage", talk.failing("triage", "down")),
        ("knowledge", talk.failing("knowledge", "timeout")),
        ("knowledge", talk.failing("knowledge", "malformed")),
        ("records", talk.failing("records", "down")),
        ("action", talk.failing("action", "timeout", work_done=True)),
    ]
    return {script.name: (role, script) for role, script in scripts}


def _replied_nonsense(turn: Turn) -> bool:
    return any(call.fault == "malformed" for call in turn.calls)


def wrong_after_one_fault(turn: Turn, role: str, case: Case) -> Misconception | None:
    """What is wrong with a turn in which a specialist failed once."""
    failed = calls_of(turn, case.support.specialist(role).id)
    if turn.ending == "hung":
        return HANGS
    if turn.ending == "endless":
        return RETRIES_FOR_EVER
    if turn.ending != "replied":
        return EXCEPTION_REACHES_CUSTOMER
    if internals_in_reply(turn):
        return MALFORMED_PASSED_ON if _replied_nonsense(turn) else INTERNALS_TOLD
    if len(turn.side_effects) > 1:
        return PAID_TWICE_ON_RETRY
    if turn.outcome != "answered" or turn.handoffs:
        return FIRST_FAULT_ENDS_IT
    if len(failed) < 2:
        return MALFORMED_PASSED_ON if _replied_nonsense(turn) else SWALLOWED
    waited = failed[1].started_ms - failed[0].ended_ms
    if failed[0].error == "rate_limited" and waited < RETRY_AFTER_MS - 1:
        return RETRIED_TOO_SOON
    if role == "action" and len(turn.side_effects) != 1:
        return SWALLOWED
    return None


def wrong_after_lasting_fault(turn: Turn, role: str, case: Case) -> Misconception | None:
    """What is wrong with a turn in which a specialist failed for good."""
    rules = case.support
    specialist = rules.specialist(role)
    calls = calls_of(turn, specialist.id)
    if turn.ending == "hung":
        return HANGS
    if turn.ending == "endless":
        return RETRIES_FOR_EVER
    if turn.ending not in ("replied", "waiting_for_human"):
        return EXCEPTION_REACHES_CUSTOMER
    if internals_in_reply(turn):
        return MALFORMED_PASSED_ON if _replied_nonsense(turn) else INTERNALS_TOLD
    if len(turn.side_effects) > 1:
        return PAID_TWICE_ON_RETRY
    if not calls:
        return ENDS_OTHERWISE
    if turn.outcome == "answered":
        return MALFORMED_PASSED_ON if _replied_nonsense(turn) else SWALLOWED
    if behaviour_seen(turn, specialist, rules.specialists) != (specialist.when_it_fails, specialist.taken_over_by):
        return ENDS_OTHERWISE
    if specialist.when_it_fails == "escalate":
        if turn.outcome != "escalated" or turn.ending != "replied":
            return ENDS_OTHERWISE
        if handed_over(turn, "failure", specialist=specialist.id) is None:
            return EMPTY_HANDOFF
    return None if turn.reply else ENDS_OTHERWISE


def judge_faults(
    transcripts: Mapping[str, Transcript],
    wrong: Mapping[str, Misconception | None],
    expected: str,
    why: str,
) -> Judgement:
    """Give each script the same share of the credit, and show the first one that went wrong."""
    failing = [(name, misconception) for name, misconception in wrong.items() if misconception]
    if not failing:
        return Judgement(1, f"{len(wrong)} conversations end as they should", expected, why=why)
    # Every program keeps some promises by accident; the credit begins above half of them.
    share = 1 - len(failing) / len(wrong)
    name, misconception = failing[0]
    # A handoff without its facts ends as demanded, but for the person who has to go on from it.
    light = all(m is EMPTY_HANDOFF for _, m in failing)
    credit = max(0.5 if light else 0.0, 2 * share - 1)
    more = f"{len(failing)} of {len(wrong)} conversations end otherwise" if len(failing) > 1 else ""
    seen = _in(name, transcripts[name].turns[-1])
    return Judgement(round(min(credit, 0.75), 2), seen, expected, more, why, misconception)


@faults.finding("A single fault does not reach the customer", points=1)
def survives_one_fault(answers: Programmed, case: Case) -> Judgement:
    """Each specialist fails once: a second attempt answers, and pays once."""
    scripts = single_faults(case)
    transcripts = rehearsed(answers.program, scripts.values())
    roles = dict(zip(scripts, ("triage", "knowledge", "records", "action"), strict=True))
    wrong = {name: wrong_after_one_fault(transcripts[name].turns[-1], role, case) for name, role in roles.items()}
    why = "Most faults last for a moment. A design without a second attempt turns each into a complaint."
    return judge_faults(transcripts, wrong, "answered after a second attempt; one payment, whatever was lost", why)


@faults.finding("A lasting fault ends as the client demands", points=2)
def ends_as_demanded(answers: Programmed, case: Case) -> Judgement:
    """Each specialist is gone for good: another answers, it is done without, or a person takes over."""
    scripts = lasting_faults(case)
    transcripts = rehearsed(answers.program, [script for _, script in scripts.values()])
    wrong = {
        name: wrong_after_lasting_fault(transcripts[name].turns[-1], role, case) for name, (role, _) in scripts.items()
    }
    rules = case.support.specialists
    expected = "; ".join(
        f"{s.id}: {s.when_it_fails}{f' to {s.taken_over_by}' if s.taken_over_by else ''}" for s in rules
    )
    why = "This is the promise that your client made to its customers. The first long outage shows whether it holds."
    return judge_faults(transcripts, wrong, expected, why)


@faults.finding("Attempts and time are bounded", points=1)
def bounded_retries(answers: Programmed, case: Case) -> Judgement:
    """No specialist is called more often, and no customer waits longer, than the client allows."""
    rules, scripts = case.support, lasting_faults(case)
    transcripts = rehearsed(answers.program, [script for _, script in scripts.values()])
    why = "Retries without a bound turn one failing specialist into an outage of everything that waits for it."
    expected = f"at most the attempts of the case for each specialist, and {rules.reply_limit_ms:,} ms for a turn"
    for name, (role, _) in scripts.items():
        turn = transcripts[name].turns[-1]
        if turn.ending == "hung":
            return Judgement(0, _in(name, turn), expected, "", why, HANGS)
        if turn.ending == "endless" or turn.clock_ms > 20 * rules.reply_limit_ms:
            seen = f"{_in(name, turn)}; {len(turn.calls)} calls, {turn.clock_ms:,} ms"
            return Judgement(0, seen, expected, "", why, RETRIES_FOR_EVER)
        if not calls_of(turn, rules.specialist(role).id):
            return Judgement(0, f"“{name}”: it was not even called", expected, "", why)
    for name, turn in _only(transcripts):
        for s in rules.specialists:
            if (made := len(calls_of(turn, s.id))) > s.attempts:
                seen = f"“{name}”: {s.id} was called {made} times in one turn"
                return Judgement(0, seen, expected, "", why, TOO_MANY_TRIES)
        if turn.clock_ms > rules.reply_limit_ms:
            seen = f"“{name}”: the turn took {turn.clock_ms:,} ms"
            return Judgement(0.25, seen, expected, "", why, LIMIT_BROKEN)
    return Judgement(1, "every turn within attempts and time", expected, why=why)


# --- Task 9: killed and resumed ---------------------------------------------------------------------------------------

STATE_LOST = Misconception(
    "state_lost",
    "The process was killed, and the conversation was gone. Compile the graph with the checkpointer that you are "
    "given, and let messages be added to the state, not replaced.",
)
PAID_TWICE_ON_RESUME = Misconception(
    "paid_twice_on_resume",
    "The process was killed right after the payment, and the resumed one paid again. The node runs again from its "
    "beginning: its idempotency key must be the same again.",
)
NO_KEY = Misconception(
    "no_key", "The payment has no idempotency key. Nobody can tell a second attempt from a second payment."
)
APPROVAL_LOST = Misconception(
    "approval_lost",
    "The program was restarted while a person decided, and their decision led to nothing. What waits must be in the "
    "checkpoint.",
)

resume = Check(
    f"{EXERCISE}.resume",
    "Killed in mid-conversation, and resumed",
    Programmed,
    (STATE_LOST, PAID_TWICE_ON_RESUME, NO_KEY, APPROVAL_LOST),
    held_back_points=1,
    held_back_about="other moments in which the process is killed",
)
KILLED, RESTARTED = "killed in the second message", "restarted while a person decides"


def judge_survival(transcript: Transcript, name: str) -> Judgement:
    """All messages are in the checkpoint, and the last one was answered."""
    why = "A deployment, a crash or a moved container kills processes every day. Customers must not notice."
    expected = "both messages and both replies in the checkpoint file, the second one answered after the resumption"
    history, turn = transcript.history, transcript.turns[-1]
    if history is None or not history.survived:
        kept = len(history.messages) if history else 0
        return Judgement(0, f"“{name}”: {kept} messages left in the checkpoint file", expected, "", why, STATE_LOST)
    if any(t.ending != "replied" or t.outcome != "answered" for t in transcript.turns):
        return Judgement(0, _in(name, turn), expected, "the conversation did not go on", why)
    replies = [message.text for message in history.messages if message.role == "ai"]
    if not all(t.reply in replies for t in transcript.turns):
        return Judgement(0.5, "the customer's messages are kept, the replies are not", expected, "", why, STATE_LOST)
    return Judgement(1, f"{len(history.messages)} messages kept, and answered", expected, why=why)


@resume.finding("The conversation survives", points=1)
def survives(answers: Programmed, case: Case) -> Judgement:
    """Killed while the second message is being answered."""
    return judge_survival(on_stage(answers.program, case, KILLED)[KILLED], KILLED)


def killed_after_paying(program: str, case: Case) -> Transcript | None:
    """The program killed right after it has paid, at whichever of its calls that is; None if it never pays."""
    action = case.support.specialist("action").id
    paying = on_stage(program, case, THREE)[THREE].turns[-1]
    number = next((n for n, call in enumerate(paying.calls, start=1) if call.specialist == action), None)
    if number is None:
        return None
    script = Conversations(case).killed_after_paying(number)
    return rehearsed(program, [script])[script.name]


def judge_paid_once(transcript: Transcript | None, case: Case) -> Judgement:
    """One payment, under one key, and the customer told of it."""
    why = "A payment made twice is found by an auditor, or by nobody. The key costs one line."
    expected = "one payment, and an answered message"
    if transcript is None:
        return Judgement(0, "the program never pays, so nothing could be paid twice", expected, "", why)
    turn, paid = transcript.turns[-1], transcript.side_effects
    keys = {call.idempotency_key for call in calls_of(turn, case.support.specialist("action").id)}
    if None in keys:
        return Judgement(0, f"{len(paid)} payments, without a key", expected, "", why, NO_KEY)
    if len(paid) > 1:
        seen = f"{len(paid)} payments for {paid[0].record} under {len(keys)} keys"
        return Judgement(0, seen, expected, "", why, PAID_TWICE_ON_RESUME)
    if turn.ending != "replied" or turn.outcome != "answered" or len(paid) != 1:
        return Judgement(0, told(turn), expected, "the turn did not go on after the resumption", why, STATE_LOST)
    return Judgement(1, "one payment", expected, why=why)


@resume.finding("Nothing is paid twice", points=1)
def paid_once(answers: Programmed, case: Case) -> Judgement:
    """Killed right after the payment, before its reply arrived."""
    return judge_paid_once(killed_after_paying(answers.program, case), case)


@resume.finding("What waits for a person survives a restart", points=1)
def approval_survives(answers: Programmed, case: Case) -> Judgement:
    """The decision reaches another process than the one that asked for it."""
    talk, transcript = Conversations(case), on_stage(answers.program, case, RESTARTED)[RESTARTED]
    turn = transcript.turns[-1]
    why = "People decide in hours, and processes live for less. The question must outlive whoever asked it."
    expected = "asked before the restart, paid once after it"
    paid = [(e.record, round(e.amount, 2)) for e in transcript.side_effects]
    if not turn.handoffs:
        return Judgement(0, told(turn), expected, "nobody was asked at all", why)
    if turn.handoffs[0].side_effects_before:
        return Judgement(0, told(turn), expected, "it was paid before anybody had decided", why)
    if paid != [(talk.large, round(talk.large_amount, 2))] or turn.outcome != "answered":
        return Judgement(0, told(turn), expected, "", why, APPROVAL_LOST)
    return Judgement(1, "asked, restarted, paid once", expected, why=why)


# --- Task 10: delegation ----------------------------------------------------------------------------------------------

HANDOFF_IGNORED = Misconception(
    "handoff_ignored", "A specialist named another one instead of answering, and the program did not ask that one."
)
ENDLESS_DELEGATION = Misconception(
    "endless_delegation",
    "Two specialists hand a message to each other, and nothing ends it but the stage. Count handoffs in the state.",
)
ONE_TOO_MANY = Misconception("one_too_many", "The delegation ends, though after more handoffs than your client allows.")
BOUND_WITHOUT_PERSON = Misconception(
    "bound_without_person", "The delegation ends, and no person is told: the customer is left with nothing."
)
LIMIT_AS_EXCEPTION = Misconception(
    "limit_as_exception",
    "The delegation ends with an exception. A recursion limit is the last net under a bound of your own, not the "
    "bound.",
)

delegation = Check(
    f"{EXERCISE}.delegation",
    "Handoffs are followed, and bounded",
    Programmed,
    (HANDOFF_IGNORED, ENDLESS_DELEGATION, ONE_TOO_MANY, BOUND_WITHOUT_PERSON, LIMIT_AS_EXCEPTION),
)
ONCE, TO_AND_FRO = "handed over once", "handed to and fro for ever"


@delegation.finding("A handoff is followed", points=1)
def followed(answers: Programmed, case: Case) -> Judgement:
    """The records name the knowledge specialist; it answers."""
    turn = on_stage(answers.program, case, ONCE)[ONCE].turns[-1]
    knowledge = case.support.specialist("knowledge").id
    why = "Triage is a guess. Whoever knows better must be able to say so."
    expected = f"{knowledge} is called next, and its answer is the customer's"
    after = [call.specialist for call in turn.calls if call.number > min(_handoff_numbers(turn), default=99)]
    if knowledge not in after:
        return Judgement(0, _in(ONCE, turn), expected, "", why, HANDOFF_IGNORED)
    if turn.ending != "replied" or turn.outcome != "answered" or turn.handoffs:
        return Judgement(0.5, _in(ONCE, turn), expected, "it was called, and the turn ends otherwise", why)
    return Judgement(1, _in(ONCE, turn), expected, why=why)


def _handoff_numbers(turn: Turn) -> list[int]:
    return [call.number for call in turn.calls if call.fault == "handoff"]


def judge_bound(turn: Turn, case: Case, name: str) -> Judgement:
    """At most the client's handoffs, then a person."""
    rules = case.support
    handed = len(_handoff_numbers(turn))
    why = "Two agents that each think the other is responsible are the dearest loop that an architect can build."
    expected = f"at most {rules.handoffs + 1} calls after triage, then a person with the reason `handoffs`"
    seen = f"{_in(name, turn)}; {handed} replies that handed over"
    if turn.ending in ("endless", "hung") or handed > 20:
        return Judgement(0, seen, expected, "", why, ENDLESS_DELEGATION)
    if handed < 2 and rules.handoffs > 0:
        return Judgement(0, seen, expected, "", why, HANDOFF_IGNORED)
    if turn.ending == "raised":
        return Judgement(0, seen, expected, "", why, LIMIT_AS_EXCEPTION)
    if not turn.handoffs or turn.outcome != "escalated":
        return Judgement(0, seen, expected, "", why, BOUND_WITHOUT_PERSON)
    if handed > rules.handoffs + 1:
        return Judgement(0.5, seen, expected, "", why, ONE_TOO_MANY)
    if handed < rules.handoffs + 1:
        return Judgement(0.5, seen, expected, "handoffs that your client allows are not followed", why)
    if handed_over(turn, "handoffs") is None:
        return Judgement(0.5, seen, expected, "the person is not told that it was handed to and fro", why)
    return Judgement(1, seen, expected, why=why)


@delegation.finding("Handoffs have a bound, and a person behind it", points=1)
def bounded_handoffs(answers: Programmed, case: Case) -> Judgement:
    """Knowledge and records name each other for ever."""
    return judge_bound(on_stage(answers.program, case, TO_AND_FRO)[TO_AND_FRO].turns[-1], case, TO_AND_FRO)


# --- Task 11: whose record it is --------------------------------------------------------------------------------------

LEAKS_RECORD = Misconception(
    "leaks_record",
    "Somebody else's record was shown or paid. The records specialist returns whatever it is asked for: whose it is, "
    "your program has to compare with who is logged in.",
)
TRUSTS_THE_MESSAGE = Misconception(
    "trusts_the_message",
    "The customer's id was taken from the message. Anybody can write any id; who is logged in says `desk.customer`.",
)
REFUSES_EVERYBODY = Misconception("refuses_everybody", "Customers do not even get at their own records.")
IDENTITY_SENT = Misconception(
    "identity_sent",
    "A specialist that may not have conversations was sent a customer's id or e-mail address. Take them out of the "
    "text first.",
)

access = Check(
    f"{EXERCISE}.access",
    "Records and identities stay where they belong",
    Programmed,
    (LEAKS_RECORD, TRUSTS_THE_MESSAGE, REFUSES_EVERYBODY, IDENTITY_SENT),
)
FOREIGN = "somebody else's record"


def _shows_own_records(program: str, case: Case) -> bool:
    turn = on_stage(program, case, THREE)[THREE].turns[1]
    return turn.outcome == "answered" and bool(calls_of(turn, case.support.specialist("records").id))


def _leak(turn: Turn, talk: Conversations) -> bool:
    return bool(turn.side_effects) or talk.secret in turn.reply or talk.others_status in turn.reply


def judge_refused(turns: list[Turn], program: str, case: Case) -> Judgement:
    """Nothing of the record is told or paid, and the outcome says that it was refused."""
    talk = Conversations(case)
    why = "Broken access control leads the lists of what goes wrong in web applications. Agents inherit it whole."
    expected = "outcome refused, nothing of the record in the reply, nothing paid"
    for turn in turns:
        seen = f"{told(turn)}, to: {turn.said}"
        if _leak(turn, talk):
            return Judgement(0, seen, expected, "", why, LEAKS_RECORD)
        if turn.ending != "replied" or turn.outcome != "refused":
            return Judgement(0, seen, expected, "the outcome is not that it was refused", why)
    if not _shows_own_records(program, case):
        return Judgement(0, "their own record is not shown to customers either", expected, "", why, REFUSES_EVERYBODY)
    return Judgement(1, "refused", expected, why=why)


@access.finding("Somebody else's record is neither shown nor paid", points=1)
def others_record(answers: Programmed, case: Case) -> Judgement:
    """A record's id from somebody else's letter."""
    turns = on_stage(answers.program, case, FOREIGN)[FOREIGN].turns
    return judge_refused(list(turns[:2]), answers.program, case)


@access.finding("Who asks is not what a message says", points=1)
def claimed_identity(answers: Programmed, case: Case) -> Judgement:
    """The message claims to come from the record's owner."""
    transcript = on_stage(answers.program, case, FOREIGN)[FOREIGN]
    claimed = [c for c in transcript.calls if c.request.get("customer", CUSTOMER) != CUSTOMER]
    if claimed:
        seen = f"{claimed[0].specialist} was called for {claimed[0].request['customer']}, who is not logged in"
        why = "The gateway vouches for who is logged in. A message vouches for nothing."
        return Judgement(0, seen, f"every call for {CUSTOMER}", "", why, TRUSTS_THE_MESSAGE)
    return judge_refused([transcript.turns[2]], answers.program, case)


@access.finding("No identity is sent where it may not go", points=1)
def masked(answers: Programmed, case: Case) -> Judgement:
    """Requests to specialists that may not have conversations hold no customer's id and no e-mail address."""
    triage_down = next(name for name, (role, _) in lasting_faults(case).items() if role == "triage")
    transcripts = on_stage(answers.program, case, THREE, FOREIGN, triage_down)
    ids = [s.id for s in barred(case)]
    calls = [call for t in transcripts.values() for call in t.calls if call.specialist in ids]
    why = "What a vendor is sent stays with the vendor. The drawing promises what must not be in it."
    expected = f"neither a customer's id nor an e-mail address in any request to {', '.join(ids)}"
    told_identity = [call for call in calls if carries_identity(call)]
    if told_identity:
        call = told_identity[0]
        return Judgement(0, f"{call.specialist} was sent {call.request}", expected, "", why, IDENTITY_SENT)
    if any(id not in {call.specialist for call in calls} for id in ids):
        return Judgement(0, "such a specialist was never called", expected, "", why)
    return Judgement(1, f"{len(calls)} requests without", expected, why=why)


# --- Task 12: approval ------------------------------------------------------------------------------------------------

NO_APPROVAL = Misconception(
    "no_approval",
    "An amount above the limit was paid, and nobody was asked. Compare the record's amount with the limit.",
)
PAID_BEFORE_APPROVAL = Misconception(
    "paid_before_approval", "A person was asked after the payment. An approval of what is done is a signature."
)
REJECTION_IGNORED = Misconception("rejection_ignored", "A person said no, and it was paid all the same.")
NEVER_PAID = Misconception("never_paid", "A person said yes, and nothing was paid.")
REASON_MISSING = Misconception(
    "reason_missing",
    "The person who approves is not given the reason, the customer, the record and its amount: they can only nod.",
)

approval = Check(
    f"{EXERCISE}.approval",
    "A person approves what is above the limit",
    Programmed,
    (NO_APPROVAL, PAID_BEFORE_APPROVAL, REJECTION_IGNORED, NEVER_PAID, REASON_MISSING),
    held_back_points=1,
    held_back_about="amounts you have not seen",
)
APPROVED, REJECTED = "an amount above the limit, approved", "an amount above the limit, rejected"


def judge_asked(turn: Turn, case: Case, record: str, amount: float, name: str) -> Judgement:
    """Asked before the payment, with the facts; paid afterwards, once."""
    why = "The limit is where your client's trust in the machine ends. It must hold before the money moves."
    expected = f"a person asked for {amount:,.2f} before the payment, with reason, customer, record and amount"
    seen = _in(name, turn)
    paid = [(e.record, round(e.amount, 2)) for e in turn.side_effects]
    if not turn.handoffs:
        return Judgement(0, seen, expected, "", why, NO_APPROVAL if paid else NEVER_PAID)
    if turn.handoffs[0].side_effects_before:
        return Judgement(0, seen, expected, "", why, PAID_BEFORE_APPROVAL)
    if paid != [(record, round(amount, 2))] or turn.outcome != "answered":
        return Judgement(0, seen, expected, "", why, NEVER_PAID)
    asked = handed_over(turn, "approval", record=record)
    if asked is None or not _same_amount(asked.payload.get("amount"), amount):
        return Judgement(0.5, f"{seen}; handed over: {turn.handoffs[0].payload}", expected, "", why, REASON_MISSING)
    return Judgement(1, f"{seen}, asked before", expected, why=why)


def _same_amount(given: object, amount: float) -> bool:
    return isinstance(given, int | float) and abs(given - amount) < 0.005


@approval.finding("Asked before, paid after", points=1)
def asked_before(answers: Programmed, case: Case) -> Judgement:
    """The amount is well above the limit, and a person approves it."""
    talk = Conversations(case)
    turn = on_stage(answers.program, case, APPROVED)[APPROVED].turns[-1]
    return judge_asked(turn, case, talk.large, talk.large_amount, APPROVED)


@approval.finding("A no is a no", points=1)
def no_is_no(answers: Programmed, case: Case) -> Judgement:
    """A person rejects it."""
    turn = on_stage(answers.program, case, REJECTED)[REJECTED].turns[-1]
    why = "A question whose answer changes nothing is not a control."
    expected = "nothing paid, outcome refused"
    if turn.side_effects:
        misconception = REJECTION_IGNORED if turn.handoffs and not turn.handoffs[0].side_effects_before else None
        misconception = misconception or (PAID_BEFORE_APPROVAL if turn.handoffs else NO_APPROVAL)
        return Judgement(0, _in(REJECTED, turn), expected, "", why, misconception)
    if not turn.handoffs:
        return Judgement(0, _in(REJECTED, turn), expected, "nobody was asked", why)
    if turn.outcome != "refused" or turn.ending != "replied":
        return Judgement(0.5, _in(REJECTED, turn), expected, "the outcome does not say so", why)
    return Judgement(1, _in(REJECTED, turn), expected, why=why)


# --- Task 13: drawing and program agree -------------------------------------------------------------------------------


class DrawnAndProgrammed(AnswerSheet):
    """The program and the drawing."""

    program: ProgramText = answer("the text of support_program.py")
    design: Blueprint = answer("your drawing, a Blueprint")


AGENT_MISSING = Misconception(
    "agent_missing", "An agent of the drawing is no node of the program, or is never called by it."
)
TIMEOUT_NOT_BUILT = Misconception(
    "timeout_not_built", "A call waits for another time in the program than in the drawing."
)
DRAWN_NOT_BUILT = Misconception(
    "drawn_not_built",
    "The drawing says what happens when a specialist fails, and the program does something else. The drawing is what "
    "your client believes.",
)
STORE_NOT_BUILT = Misconception(
    "store_not_built", "The drawing keeps the conversation in a store, and the program keeps it nowhere."
)
STORE_NOT_DRAWN = Misconception(
    "store_not_drawn", "The program keeps conversations in a checkpoint file, and the drawing shows no store for them."
)

agreement = Check(
    f"{EXERCISE}.agreement",
    "Drawing and program agree",
    DrawnAndProgrammed,
    (AGENT_MISSING, TIMEOUT_NOT_BUILT, DRAWN_NOT_BUILT, STORE_NOT_BUILT, STORE_NOT_DRAWN),
)


@agreement.finding("The same agents", points=0.5)
def same_agents(answers: DrawnAndProgrammed, case: Case) -> Judgement:
    """Each drawn specialist is a node and is called; so is the person."""
    design, rules = answers.design, case.support
    why = "A reader of the drawing looks for its names in the code. They must be there."
    transcripts = on_stage(answers.program, case, THREE, APPROVED)
    graph = next(t.graph for t in transcripts.values())
    nodes = {name.rpartition("/")[2] for name in (graph.nodes if graph else ())}
    nodes |= {name.rpartition("/")[2] for t in transcripts.values() for turn in t.turns for name in turn.path}
    called = {call.specialist for t in transcripts.values() for call in t.calls}
    drawn = {s.id for s in _drawn(design, rules)}
    expected = f"{', '.join(s.id for s in rules.specialists)} and human, drawn and as nodes"
    people = {node.id for node in design.nodes if node.kind == "human"}
    absent = sorted({s.id for s in rules.specialists} - (drawn & nodes & called))
    if absent or not people or "human" not in nodes:
        missing = ", ".join([*absent, *([] if people and "human" in nodes else ["human"])])
        seen = f"drawn: {', '.join(sorted(drawn | people))}; nodes: {', '.join(sorted(nodes))}"
        return Judgement(0, seen, expected, f"look at {missing}", why, AGENT_MISSING)
    return Judgement(1, f"nodes: {', '.join(sorted(nodes))}", expected, why=why)


@agreement.finding("The same timeouts", points=1)
def same_timeouts(answers: DrawnAndProgrammed, case: Case) -> Judgement:
    """What calls waited for on the stage is what the drawing's interfaces say."""
    design, rules = answers.design, case.support
    calls = [c for t in on_stage(answers.program, case, THREE, APPROVED).values() for c in t.calls]
    why = "A timeout in a drawing protects nobody. The one in the call does."
    drawn = {s.id: {call.timeout_ms for call in design.calls_to(s.id)} for s in _drawn(design, rules)}
    expected = "; ".join(
        f"{id}: {', '.join(f'{t} ms' for t in sorted(t or 0 for t in ts))}" for id, ts in drawn.items()
    )
    seen = {c.specialist: c.timeout_ms for c in calls}
    shown = "; ".join(f"{id}: {'none' if t is None else f'{t} ms'}" for id, t in seen.items()) or "no calls"
    if not {s.id for s in rules.specialists} <= set(seen):
        return Judgement(0, shown, expected, "a specialist is never called", why)
    wrong = sorted(
        {
            c.specialist
            for c in calls
            if c.timeout_ms is None
            or all(t is None or abs(t - c.timeout_ms) > 1 for t in drawn.get(c.specialist, {None}))
        }
    )
    if wrong:
        credit = 0.5 if len(wrong) == 1 else 0.0
        return Judgement(credit, shown, expected, f"look at {', '.join(wrong)}", why, TIMEOUT_NOT_BUILT)
    return Judgement(1, shown, expected, why=why)


@agreement.finding("The same behaviour when a specialist fails", points=1)
def same_failures(answers: DrawnAndProgrammed, case: Case) -> Judgement:
    """What each drawn failure behaviour says is what the program did under that fault."""
    design, rules = answers.design, case.support
    scripts = lasting_faults(case)
    transcripts = rehearsed(answers.program, [script for _, script in scripts.values()])
    plans = _plans(design, rules)
    why = "A drawing that shows a fallback which nobody has built is believed until the night it is needed."
    people = {node.id for node in design.nodes if node.kind == "human"}
    shown, wrong = [], []
    for name, (role, _) in scripts.items():
        specialist, turn = rules.specialist(role), transcripts[name].turns[-1]
        behaviour, to = behaviour_seen(turn, specialist, rules.specialists)
        plan = plans.get(specialist.id)
        drawn = (plan.behaviour, "human" if plan.to in people else plan.to) if plan else ("fail", None)
        shown.append(f"{specialist.id}: {drawn[0]} drawn, {behaviour} seen")
        if drawn != (behaviour, to) or plan is None or not calls_of(turn, specialist.id):
            wrong.append(specialist.id)
    expected = "what is drawn"
    wrong = list(dict.fromkeys(wrong))
    seen = "; ".join(dict.fromkeys(shown))
    if wrong:
        credit = 0.5 if len(wrong) == 1 else 0.0
        return Judgement(credit, seen, expected, f"look at {', '.join(wrong)}", why, DRAWN_NOT_BUILT)
    return Judgement(1, seen, expected, why=why)


@agreement.finding("The same store", points=0.5)
def same_store(answers: DrawnAndProgrammed, case: Case) -> Judgement:
    """The drawing has a store for the conversation, and the program has written to it."""
    transcript = on_stage(answers.program, case, KILLED)[KILLED]
    stores = {store.id for store in answers.design.stores}
    drawn = any(kept.kept_in in stores for kept in _conversation_states(answers.design, case))
    built = transcript.history is not None and transcript.history.survived
    why = "State that is drawn and not kept is lost; state that is kept and not drawn is never deleted."
    seen = f"{'drawn' if drawn else 'not drawn'}, {'kept' if built else 'not kept'}"
    if drawn != built:
        return Judgement(0, seen, "drawn and kept", "", why, STORE_NOT_BUILT if drawn else STORE_NOT_DRAWN)
    if not drawn:
        return Judgement(0, seen, "drawn and kept", "they agree that nothing is kept, and that is not enough", why)
    return Judgement(1, seen, "drawn and kept", why=why)
