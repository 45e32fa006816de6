"""Wrong answers to `support_architecture`: what learners really write, and what the checks must make of it."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from autograde.proof import mutations
from autograde.proof.blueprint_mutations import (
    crossings_changed,
    failures_changed,
    interfaces_changed,
    states_changed,
)
from autograde.proof.exercise import WrongAnswer
from autograde.proof.program_mutations import program_changed

SAMPLED = dict.fromkeys(
    ("conversations", "faults", "resume", "delegation", "access", "approval", "agreement"),
    20,  # each try starts the program's process some ten times; a case changes ids, times and rules, not what is done
)
FITS_OTHER_CASES = {
    "state": "conversations are kept in the same way everywhere, for one of seven numbers of days",
}

# Of the program's mutants, those that concern what a task looks at. That each of them costs points somewhere is shown in
# tests/autograde/checks/test_support_architecture.py.
CONCERNS = {
    "conversations": r"quarter|triage.*wanted == ACTION|'handoff' in reply|grounded|not named|action.*degraded for",
    "faults": r"/ask,(?!.*(other bound|is_valid))|/failed,|GivenUp|for escalated",
    "resume": r"no checkpointer|no key|decision == 'approve'",
    "delegation": r"/hand_over,",
    "access": r"elsewhere` turned|desk.customer|/records.*for refused",
    "approval": r"approval_limit|decision == 'approve'|/human.*for refused",
    "agreement": r"no timeout|quarter|/failed,(?!.*state)|no checkpointer",
}


def policy_changed(task: str, policy: dict[str, Any]) -> Iterator[mutations.Mutant]:
    fields = {"timeout_ms": (0.5, 4, 30)} | ({"attempts": (0.5, 3)} if task == "budgets" else {})
    for id, budget in policy.items():
        yield f"without {id}", {other: b for other, b in policy.items() if other != id}
        for field, factors in fields.items():
            for factor in factors:
                changed = {**budget, field: int(budget[field] * factor)}
                yield f"{id} {field} × {factor}", {**policy, id: changed}


def concerned(task: str, text: str) -> Iterator[mutations.Mutant]:
    return ((what, mutant) for what, mutant in program_changed(text) if re.search(CONCERNS[task], what))


def changed(drawing: Callable[[dict[str, Any]], Iterator[mutations.Mutant]] | None, task: str, value: Any) -> Any:
    """The mutants of one answer of a task, by what it is."""
    if isinstance(value, str):
        return concerned(task, value)
    if isinstance(value, int | float):
        return mutations.numbers(value)
    if drawing and "interfaces" in value:
        return drawing(value)
    return policy_changed(task, value) if "interfaces" not in value else iter(())


MUTATIONS = {
    "budgets": partial(changed, None, "budgets"),
    "interfaces": partial(changed, interfaces_changed, "interfaces"),
    "state": states_changed,
    "boundaries": crossings_changed,
    "failures": failures_changed,
    **{task: partial(changed, None, task) for task in CONCERNS},
    "agreement": partial(changed, failures_changed, "agreement"),
}


def drawn(**changes: str) -> str:
    """Code that changes fields of the solution's drawing."""
    return f"design = design.changed({', '.join(f'{field}={code}' for field, code in changes.items())})"


def call(target: str, **changes: object) -> str:
    """Code that changes the interfaces to one target, given as code."""
    fields = ", ".join(f"{k}={v!r}" for k, v in changes.items())
    return drawn(interfaces=f"[i.changed({fields}) if i.target == {target} else i for i in design.interfaces]")


def failing(which: str, plan: str) -> str:
    """Code that gives the components for which `which` holds (over `c`) another failure behaviour."""
    return drawn(components=f"[c.changed(on_failure={plan}) if {which} else c for c in design.components]")


def store(**changes: object) -> str:
    fields = ", ".join(f"{k}={v!r}" for k, v in changes.items())
    return drawn(stores=f"[s.changed({fields}) for s in design.stores]")


def kept(**changes: object) -> str:
    fields = ", ".join(f"{k}={v!r}" for k, v in changes.items())
    return drawn(states=f"[s.changed({fields}) for s in design.states]")


def programmed(*changes: tuple[str, str]) -> str:
    """Code that changes the solution's program: pairs of old and new text."""
    return "program = program" + "".join(f".replace({old!r}, {new!r})" for old, new in changes)


def added(source: str, target: str) -> str:
    interface = (
        f"Interface(source={source}, target={target}, protocol='https', schema_name='direct.v1',"
        f" timeout_ms=policy[{target}]['timeout_ms'], carries=[masked.name])"
    )
    return drawn(interfaces=f"[*design.interfaces, {interface}]")


PLAN = "FailureBehaviour(behaviour={behaviour!r}, user_sees='Something.', to={to})"
AGENTS = "c.kind == 'agent'"
ALL_LONGEST = "worst_turn_ms = max(sum(longest_ms(s) for s in path) for path in paths)"
ALL_CALLS = "worst_turn_calls = max(sum(policy[s.id]['attempts'] for s in path) for path in paths)"
LATE_COUNT = f"{ALL_LONGEST}; {ALL_CALLS}"
BUDGET = "policy = {{id: {{**budget, {change}}} for id, budget in policy.items()}}; " + LATE_COUNT
TIMEOUT = 'timeout_ms=budget["timeout_ms"]'
KEY = "key=f\"{ACTION}-{record['record']}\""
IN_MEMORY = (
    "compile(checkpointer=checkpointer)",
    "compile(checkpointer=__import__('langgraph.checkpoint.memory').checkpoint.memory.InMemorySaver())",
)

WRONG_ANSWERS = [
    # budgets, 4 points
    WrongAnswer(
        "budgets", "typical_as_timeout", BUDGET.format(change="'timeout_ms': rules.specialist(id).typical_ms"), 3
    ),
    WrongAnswer("budgets", "no_second_attempt", BUDGET.format(change="'attempts': 1"), 3),
    WrongAnswer("budgets", "too_many_attempts", BUDGET.format(change="'attempts': 9"), 2),
    WrongAnswer("budgets", "nobody_waits_so_long", BUDGET.format(change="'timeout_ms': 30_000"), 3),
    WrongAnswer(
        "budgets",
        "one_attempt_counted",
        "worst_turn_ms = max(sum(policy[s.id]['timeout_ms'] for s in path) for path in paths); worst_turn_calls = 3",
        2,
    ),
    WrongAnswer("budgets", "all_added", "worst_turn_ms = sum(longest_ms(s) for s in rules.specialists)", 3),
    WrongAnswer(
        "budgets",
        "pauses_forgotten",
        "worst_turn_ms = max(sum(2 * policy[s.id]['timeout_ms'] for s in path) for path in paths)",
        3.5,
    ),
    WrongAnswer("budgets", "healthy_turn", "worst_turn_ms = max(sum(s.p95_ms for s in path) for path in paths)", 3),
    WrongAnswer(
        "budgets",
        "takeover_forgotten",
        "worst_turn_ms = max(sum(longest_ms(s) for s in path) for path in (paths[0], paths[1][:2], paths[2]))",
        3.5,
        when="records.when_it_fails == 'fallback'",
    ),
    WrongAnswer("budgets", "a specialist without a budget", "del policy[records.id]", 0, named=False),
    # loop, 2 points
    WrongAnswer("loop", "earlier_limit", "loop_usd = 25 * request_usd; loop_minutes *= 25 / 10_007", 0.5),
    WrongAnswer("loop", "loop_input_only", "loop_usd = 10_007 * sent * price.input_usd_per_million / 1e6", 1),
    WrongAnswer("loop", "one_specialist", "loop_minutes = 10_007 * knowledge.typical_ms / 60_000", 1.5),
    WrongAnswer("loop", "seconds_for_minutes", "loop_minutes *= 60", 1.5),
    WrongAnswer("loop", "handoffs_for_answers", "most_answers -= 1", 1.5),
    WrongAnswer("loop", "triage_counted", "most_answers += 1", 1.5),
    # interfaces, 4 points
    WrongAnswer(
        "interfaces",
        "specialist_left_out",
        drawn(
            components="[c for c in design.components if c.id != records.id]",
            interfaces="[i for i in design.interfaces if i.target != records.id]",
        ),
        0,
    ),
    WrongAnswer(
        "interfaces",
        "wrong_house",
        drawn(components="[c.changed(zone='own') if c.kind == 'agent' else c for c in design.components]"),
        (3, 3.5),
    ),
    WrongAnswer("interfaces", "customer_calls_specialist", added("'customer'", "knowledge.id"), 3),
    WrongAnswer("interfaces", "specialists_call_each_other", added("triage.id", "knowledge.id"), 3),
    WrongAnswer("interfaces", "no_contract", call("knowledge.id", schema_name=None), (3.5, 3.8)),
    WrongAnswer("interfaces", "no_timeout", call("records.id", timeout_ms=None), 3),
    WrongAnswer("interfaces", "timeouts_disagree", call("records.id", timeout_ms=30_000), 3),
    WrongAnswer("interfaces", "caller_gives_up_first", call("'desk'", timeout_ms=1_000), 3.5),
    # state, 3 points
    WrongAnswer("state", "in_memory", kept(kept_in="desk"), 2),
    WrongAnswer("state", "kept_in_cache", store(kind="cache"), 2),
    WrongAnswer("state", "no_state", drawn(states="[]"), 0),
    WrongAnswer(
        "state", "specialist_owns_state", drawn(states="[s.changed(owner=triage.id) for s in design.states]"), 2
    ),
    WrongAnswer(
        "state",
        "owner_cannot_reach",
        drawn(interfaces="[i for i in design.interfaces if i.target != 'checkpoints']"),
        2.5,
    ),
    WrongAnswer("state", "nobody_owns", store(owner=None), 2.5),
    WrongAnswer("state", "kept_for_ever", f"{store(retention_days=None)}; {kept(retention_days=None)}", 2),
    WrongAnswer("state", "another_retention", f"{store(retention_days=3650)}; {kept(retention_days=3650)}", 2),
    # boundaries, 3 points
    WrongAnswer(
        "boundaries",
        "labels_wrong",
        drawn(data_classes="[d.changed(sensitivity='public') for d in design.data_classes]"),
        2,
    ),
    WrongAnswer("boundaries", "unlabelled", f"{call('triage.id', carries=[])}; {call('knowledge.id', carries=[])}", 1),
    WrongAnswer(
        "boundaries",
        "to_a_vendor",
        drawn(
            interfaces="[i.changed(carries=[conversations_.name]) if i.target in (triage.id, knowledge.id) else i"
            " for i in design.interfaces]"
        ),
        2,
        when="not rules.data[2].vendors_may_have_it",
    ),
    WrongAnswer(
        "boundaries",
        "leaves_region",
        drawn(
            interfaces="[i.changed(carries=[conversations_.name]) if i.target in (triage.id, knowledge.id) else i"
            " for i in design.interfaces]"
        ),
        2,
        when="rules.data[2].vendors_may_have_it",
    ),
    # failures, 3 points
    WrongAnswer("failures", "nobody_decided", failing(AGENTS, "None"), 0),
    WrongAnswer(
        "failures", "retry_is_not_an_end", failing("c.id == triage.id", PLAN.format(behaviour="retry", to=None)), 2
    ),
    WrongAnswer(
        "failures",
        "payment_guessed",
        failing("c.id == action.id", PLAN.format(behaviour="degrade", to=None)),
        (1, 2),
    ),
    WrongAnswer(
        "failures",
        "another_behaviour",
        failing(
            "c.on_failure and c.on_failure.behaviour == 'degrade'", PLAN.format(behaviour="escalate", to="'human'")
        ),
        (1.5, 2),
    ),
    WrongAnswer(
        "failures",
        "wrong_takeover",
        failing(
            "c.on_failure and c.on_failure.behaviour == 'fallback'", PLAN.format(behaviour="fallback", to="action.id")
        ),
        (1.5, 2),
    ),
    WrongAnswer(
        "failures", "nobody_there", drawn(interfaces="[i for i in design.interfaces if i.target != 'human']"), 2
    ),
    # conversations, 3 points
    WrongAnswer("conversations", "not_answered", programmed((', "outcome": outcome}', "}")), 0),
    WrongAnswer(
        "conversations",
        "wrong_specialist",
        programmed(('wanted = reply.get("handoff") or reply["specialist"]', 'wanted = SPECIALISTS["knowledge"]["id"]')),
        0,
    ),
    WrongAnswer(
        "conversations",
        "not_paid",
        programmed((f'reply = ask("action", order, is_valid, {KEY})', 'reply = {"reference": "R-1"}')),
        0,
    ),
    WrongAnswer(
        "conversations",
        "asks_for_everything",
        programmed(('if reply["amount"] > RULES["approval_limit"]', "if True")),
        0,
    ),
    WrongAnswer("conversations", "cut_off_too_early", programmed((TIMEOUT, f"{TIMEOUT} * 2 // 3")), 2),
    WrongAnswer("conversations", "a program that is no Python", "program += '\\ndef broken(:'", 0, named=False),
    # faults, 6 points
    WrongAnswer("faults", "first_fault_ends_it", programmed(('range(budget["attempts"])', "range(1)")), 4),
    WrongAnswer(
        "faults", "retried_too_soon", programmed(("pause_ms = max(pause_ms, limit.retry_after_ms)", "pass")), 5
    ),
    WrongAnswer("faults", "paid_twice_on_retry", programmed((KEY, "key=None")), (4, 5.6)),
    WrongAnswer(
        "faults",
        "swallowed",
        programmed(
            (
                "        specialist = SPECIALISTS[role]\n        if",
                "        return say('All is well.', 'answered')\n        if",
            )
        ),
        3,
    ),
    WrongAnswer(
        "faults",
        "malformed_passed_on",
        programmed(
            ("or is_valid(reply)", "or True"),
            ('if not reply["grounded"]:', 'if not reply.get("grounded", True):'),
            ('", ".join(map(str, reply["sources"]))', "str(reply)"),
            ("{reply['answer']}", "{reply.get('answer')}"),
        ),
        (0.5, 4.5),
    ),
    WrongAnswer(
        "faults", "exception_reaches_customer", programmed(("except GivenUp:", "except ZeroDivisionError:")), 3
    ),
    WrongAnswer(
        "faults",
        "ends_otherwise",
        programmed(
            ('if specialist["when_it_fails"] == "escalate" or state["standing_in"]:', "if True:"),
        ),
        (3, 5),
    ),
    WrongAnswer(
        "faults", "empty_handoff", programmed(('interrupt(state["request"])', 'interrupt("Please look.")')), (3.5, 5.5)
    ),
    WrongAnswer(
        "faults",
        "internals_told",
        programmed(
            (
                "except SpecialistError:\n                pass",
                "except SpecialistError as e:\n                desk.e = e",
            ),
            ('say("I cannot look this up at the moment. Please try again in an hour."', "say(str(desk.e)"),
        ),
        (3, 5.5),
    ),
    WrongAnswer("faults", "retries_for_ever", programmed(('range(budget["attempts"])', "iter(int, 1)")), 2),
    WrongAnswer("faults", "too_many_tries", programmed(('range(budget["attempts"])', "range(5)")), 5),
    WrongAnswer("faults", "hangs", programmed((TIMEOUT, "timeout_ms=None")), (0.4, 4)),
    WrongAnswer("faults", "limit_broken", programmed(("time.sleep(pause_ms / 1000)", "time.sleep(20)")), 5.25),
    # resume, 4 points
    WrongAnswer("resume", "state_lost", programmed(IN_MEMORY), 1),
    WrongAnswer("resume", "paid_twice_on_resume", programmed((KEY, "key=__import__('os').urandom(8).hex()")), 3),
    WrongAnswer("resume", "no_key", programmed((KEY, "key=None")), 2),
    WrongAnswer(
        "resume",
        "approval_lost",
        programmed(
            ("class GivenUp", "PENDING = {}\n\n\nclass GivenUp"),
            ('update={**command.update, "record": reply}', "update=(PENDING.update(reply), command.update)[1]"),
            ('record = state["record"]', 'record = state["record"] or PENDING'),
        ),
        3,
    ),
    # delegation, 2 points
    WrongAnswer(
        "delegation",
        "handoff_ignored",
        programmed(('if reply.get("handoff") in ROLES or is_valid(reply)', "if is_valid(reply)")),
        (0, 0.5),
    ),
    WrongAnswer(
        "delegation",
        "endless_delegation",
        programmed(('if state["handoffs"] >= RULES["handoffs"]', "if False"), (".with_config(recursion_limit=25)", "")),
        1,
    ),
    WrongAnswer(
        "delegation",
        "limit_as_exception",
        programmed(
            ('if state["handoffs"] >= RULES["handoffs"]', "if False"), ("recursion_limit=25", "recursion_limit=8")
        ),
        1,
    ),
    WrongAnswer("delegation", "one_too_many", programmed(('["handoffs"] >= RULES', '["handoffs"] > RULES')), 1.5),
    WrongAnswer(
        "delegation",
        "bound_without_person",
        programmed(('return to_a_person("handoffs", specialist)', 'return say("I do not know.", "degraded")')),
        1,
    ),
    # access, 3 points
    WrongAnswer("access", "leaks_record", programmed(('if reply["customer"] != desk.customer', "if False")), 1),
    WrongAnswer(
        "access",
        "trusts_the_message",
        programmed(
            (
                "        def is_valid(r):\n            customer,",
                "        said = re.search(r'C-[0-9]{4}', state['messages'][-1].text)\n"
                "        who = said[0] if said else desk.customer\n\n        def is_valid(r):\n            customer,",
            ),
            ('ask("records", {"customer": desk.customer', 'ask("records", {"customer": who'),
            ('if reply["customer"] != desk.customer', 'if reply["customer"] != who'),
        ),
        2,
    ),
    WrongAnswer("access", "refuses_everybody", programmed(('if reply["customer"] != desk.customer', "if True")), 1),
    WrongAnswer(
        "access", "identity_sent", programmed((" if at_vendor or elsewhere else text", " if False else text")), 2
    ),
    # approval, 3 points
    WrongAnswer("approval", "no_approval", programmed(('if reply["amount"] > RULES["approval_limit"]', "if False")), 0),
    WrongAnswer(
        "approval",
        "paid_before_approval",
        programmed(
            ('if reply["amount"] > RULES["approval_limit"]', "if False"),
            (
                '        return say(f"It is on its way',
                '        if record["amount"] > RULES["approval_limit"]:\n'
                '            return to_a_person("approval", ACTION, record=record["record"], amount=record["amount"])\n'
                '        return say(f"It is on its way',
            ),
            ("            return Command(goto=ACTION)\n", '            return say("Approved.", "answered")\n'),
        ),
        0,
    ),
    WrongAnswer("approval", "rejection_ignored", programmed(('if decision == "approve"', "if True")), 2),
    WrongAnswer(
        "approval",
        "never_paid",
        programmed(("            return Command(goto=ACTION)\n", '            return say("Approved.", "answered")\n')),
        1,
    ),
    WrongAnswer(
        "approval",
        "reason_missing",
        programmed(('interrupt(state["request"])', 'interrupt({"approve": "yes or no?"})')),
        2,
    ),
    # agreement, 3 points
    WrongAnswer(
        "agreement",
        "agent_missing",
        programmed(
            ('goto="human"', 'goto="person"'),
            ('add_node("human"', 'add_node("person"'),
            ('others, "human"', 'others, "person"'),
        ),
        2.5,
    ),
    WrongAnswer("agreement", "timeout_not_built", programmed((TIMEOUT, f"{TIMEOUT} - 20")), 2),
    WrongAnswer(
        "agreement",
        "drawn_not_built",
        programmed(('if specialist["when_it_fails"] == "fallback":', "if False:")),
        (2, 2.5),
    ),
    WrongAnswer("agreement", "store_not_built", programmed(IN_MEMORY), 2.5),
    WrongAnswer("agreement", "store_not_drawn", drawn(states="[]"), 2.5),
]
