"""Wrong answers to the self-check of the lesson `components_and_diagrams`, and its right ones."""

from collections.abc import Iterator
from typing import get_args

from autograde.checks.components_and_diagrams import Kind, elements
from autograde.proof.exercise import WrongAnswer
from autograde.proof.mutations import Mutant

FOUND = {
    "order -> shop": "timeout order",
    "identity_queue": "queue before an answer",
    "insights -> analytics": "data leaves its region",
    "call-backs": "two truths",
    "line": "single point of failure",
    "small": "fallback shares the fault",
}
SOUND = {
    "order -> dialogue": "loop without bound",
    "log": "queue before an answer",
    "dialogue -> model": "data leaves its region",
    "cache": "shared cache",
    "line -> log": "single point of failure",
    "speech": "single point of failure",
    "dialogue -> callbacks": "no owner",
}
KINDS = get_args(Kind)
LEVELS = ("context", "containers", "one part")
VOCABULARY = dict.fromkeys(
    ("vendor", "shop_timeout", "own_store", "people", "contract", "two_copies", "deletion", "other_team"), LEVELS
)


def hunted(found: dict[str, str]) -> Iterator[Mutant]:
    """A defect missed, named by another kind or in another place; something sound named; nothing or everything."""
    for name, kind in found.items():
        rest = {other: found[other] for other in found if other != name}
        yield f"without {name}", rest
        for other in KINDS:
            if other != kind:
                yield f"{name} is {other}", {**found, name: other}
        yield f"{name} is no kind", {**found, name: "bad"}
        yield f"{kind} of nothing", {**rest, "nothing": kind}
    for name, kind in SOUND.items():
        yield f"with {name}", {**found, name: kind}
    yield "nothing", {}
    for kind in KINDS:
        yield f"everything is {kind}", dict.fromkeys(elements(), kind)
        yield f"the right ones, and everything else is {kind}", {**dict.fromkeys(elements(), kind), **found}


MUTATIONS = {"hunt": hunted}

RIGHT_ANSWERS = {
    "hunt": f"findings = {FOUND!r}",
    "levels": (
        "vendor = people = other_team = 'context'\n"
        "own_store = two_copies = 'containers'\n"
        "shop_timeout = contract = deletion = 'one part'"
    ),
    "budget": "typical_wait_ms = 200 + 1400 + 1800\nlongest_timeout_ms = (1500 - 100) / 2\nworst_model_calls = 3 * 3",
}

WRONG_ANSWERS = [
    # hunt, 6 points
    WrongAnswer(
        "hunt",
        "everything",
        "from autograde.checks.components_and_diagrams import elements\n"
        "findings = {name: findings.get(name, 'no owner') for name in elements()}",
        0,
    ),
    WrongAnswer(
        "hunt",
        "everything",
        "from autograde.checks.components_and_diagrams import elements\n"
        "findings = dict.fromkeys(elements(), 'single point of failure')",
        0,
    ),
    WrongAnswer("hunt", "right_place_other_kind", "findings['line'] = 'no owner'", 5),
    WrongAnswer("hunt", "right_place_other_kind", "findings['identity_queue'] = 'single point of failure'", 5),
    WrongAnswer("hunt", "bounded_cycle", "findings['order -> dialogue'] = 'loop without bound'", 5.5),
    WrongAnswer(
        "hunt",
        "bounded_cycle",
        "del findings['order -> shop']; findings['dialogue -> order'] = 'loop without bound'",
        4.5,
    ),
    WrongAnswer("hunt", "queue_is_always_wrong", "findings['line->log'] = 'queue before an answer'", 5.5),
    WrongAnswer("hunt", "async_needs_timeout", "findings['line → log'] = 'no contract'", 5.5),
    WrongAnswer("hunt", "every_vendor_edge", "findings['dialogue -> model'] = 'data leaves its region'", 5.5),
    WrongAnswer(
        "hunt",
        "every_vendor_edge",
        "findings |= dict.fromkeys(['model', 'dialogue -> model', 'dialogue -> small'], 'data leaves its region')",
        4.5,
    ),
    WrongAnswer("hunt", "every_cache", "findings['cache'] = 'shared cache'", 5.5),
    WrongAnswer("hunt", "state_in_its_place", "findings['speech'] = 'state in memory'", 5.5),
    WrongAnswer("hunt", "copy_is_a_truth", "findings['log'] = 'two truths'", 5.5),
    WrongAnswer("hunt", "optional_is_a_spof", "findings['line -> log'] = 'single point of failure'", 5.5),
    WrongAnswer("hunt", "optional_is_a_spof", "findings['cache'] = 'single point of failure'", 5.5),
    WrongAnswer(
        "hunt",
        "plan_ignored",
        "findings |= dict.fromkeys(['speech', 'dialogue', 'shop'], 'single point of failure')",
        4.5,
    ),
    WrongAnswer(
        "hunt",
        "only what the toolkit's own questions find",
        "findings = {'analytics': 'data leaves its region', 'call-backs': 'two truths', "
        "'line': 'single point of failure'}",
        3,
        named=False,
    ),
    WrongAnswer("hunt", "a part that is not there", "findings['lime'] = 'no owner'", 0, named=False),
    # levels, 4 points
    WrongAnswer("levels", "detail_too_early", "shop_timeout = contract = deletion = 'containers'", 2.5),
    WrongAnswer("levels", "outside_too_late", "vendor = people = other_team = 'containers'", 2.5),
    WrongAnswer("levels", "inside_on_the_first_page", "own_store = two_copies = 'context'", 3),
    WrongAnswer("levels", "division_too_late", "own_store = 'one part'", 3.5),
    WrongAnswer(
        "levels",
        "all on one page",
        "vendor = people = other_team = own_store = two_copies = shop_timeout = contract = deletion = 'containers'",
        1,
        named=False,
    ),
    # budget, 3 points
    WrongAnswer("budget", "parallel_added", "typical_wait_ms = 200 + 900 + 1400 + 1800", 2),
    WrongAnswer("budget", "async_waited", "typical_wait_ms = 200 + 1400 + 1800 + 500", 2),
    WrongAnswer("budget", "one_attempt", "longest_timeout_ms = 1400", 2),
    WrongAnswer("budget", "callers_timeout", "longest_timeout_ms = 1500", 2),
    WrongAnswer("budget", "own_work_forgotten", "longest_timeout_ms = 750", 2),
    WrongAnswer("budget", "attempts_added", "worst_model_calls = 6", 2),
    WrongAnswer("budget", "inner_only", "worst_model_calls = 3", 2),
    WrongAnswer("budget", "the model's own time only", "typical_wait_ms = 1800", 2, named=False),
]
