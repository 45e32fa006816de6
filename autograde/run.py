"""Run one check: receive the answers, judge each finding on its own, and add up the result."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

from archkit.case import Case, InvalidLearnerId, normalised_learner_id
from autograde.answers import CallFailed, LearnerNamespace, NamespaceLost, ReceivedAnswers, receive
from autograde.findings import CheckResult, Finding, Judgement, Outcome
from autograde.registry import Check, FindingRule

__all__ = ["run_check"]

log = logging.getLogger(__name__)


def run_check(
    check: Check, namespace: LearnerNamespace, *, submitted_by: str | None = None, held_back: bool = False
) -> CheckResult:
    """Run a check against the answers in a notebook's namespace.

    Args:
        check: the check.
        namespace: where the learner's variables are.
        submitted_by: when an instructor grades, the id of the learner whose submission this is; their case counts.
            Without it, as in the learner's own notebook, the notebook's `LEARNER_ID` says whose case it is.
        held_back: run the held-back findings too.

    Returns:
        The result. Whatever the answers are, this never raises because of them.
    """
    try:
        received = receive(check.answers, namespace)
    except NamespaceLost as lost:
        return _all_alike(check, held_back, Outcome.ERROR, str(lost))
    except Exception as fault:
        log.exception("The check %s could not receive its answers", check.name)
        return _all_alike(check, held_back, Outcome.ERROR, _grader_at_fault(fault))

    notice = ""
    if check.case == "demonstration":
        case = Case.demonstration()
    else:
        learner_id = submitted_by if submitted_by is not None else received.learner_id
        if learner_id is None:
            return _all_alike(check, held_back, Outcome.NOT_ATTEMPTED, NO_LEARNER_ID)
        try:
            case = _case_of(learner_id)
        except InvalidLearnerId as error:
            return _all_alike(check, held_back, Outcome.ERROR, str(error))
        notice = _whose_case(received.learner_id, learner_id) if submitted_by is not None else ""

    rules = [*check.rules, *(check.held_back_rules if held_back else [])]
    findings = tuple(_judge(check, rule, received, case) for rule in rules)
    ran = sum(rule.points for rule in rules if rule.held_back)
    return CheckResult(check.name, check.title, findings, check.held_back_points - ran, notice)


NO_LEARNER_ID = (
    'Write your learner id, in quotes, in the notebook\'s first cell, `LEARNER_ID = "..."`, and run it: your case '
    "depends on it."
)

# A case takes some milliseconds to draw and never changes; all the checks of a notebook ask for the same one.
_case_of = lru_cache(maxsize=256)(Case.for_learner)


def _grader_at_fault(fault: Exception) -> str:
    return (
        f"The check itself failed here ({type(fault).__name__}: {fault}). Your answer is not at fault: please "
        "show this to whoever runs the course."
    )


def _whose_case(stated: str | None, submitter: str) -> str:
    if stated is None:
        return (
            f"The notebook states no learner id. It was graded on the case of {submitter!r}, who submitted it; "
            "answers that fit another case earn nothing."
        )
    try:
        same = normalised_learner_id(stated) == normalised_learner_id(submitter)
    except InvalidLearnerId:
        same = False
    if not same:
        return (
            f"The notebook was worked with the learner id {_quoted(stated)}, but {submitter!r} submitted it. "
            f"It was graded on the case of {submitter!r}; answers that fit another case earn nothing."
        )
    return ""


def _quoted(stated: str) -> str:
    return repr(stated if len(stated) <= 60 else f"{stated[:57]}...")


def _judge(check: Check, rule: FindingRule, received: ReceivedAnswers, case: Case) -> Finding:
    def ended(outcome: Outcome, message: str = "", judgement: Judgement | None = None) -> Finding:
        return Finding(rule.name, rule.title, rule.points, outcome, judgement, message, rule.held_back)

    untouched = [name for name in rule.needs if name in received.untouched]
    if untouched:
        message = " ".join(received.problems[name] for name in untouched if name in received.problems)
        names = " and ".join(f"`{name}`" for name in untouched)
        return ended(Outcome.NOT_ATTEMPTED, message or f"{names} is not filled in yet.")
    problems = [received.problems[name] for name in rule.needs if name in received.problems]
    if problems:
        return ended(Outcome.ERROR, " ".join(problems))
    answers: Any = check.answers.model_construct(
        _fields_set=None, **{name: received.values[name] for name in rule.needs}
    )
    try:
        judgement = rule.judge(answers, case)
    except CallFailed as failure:
        return ended(Outcome.ERROR, str(failure))
    except Exception as fault:
        log.exception("The check %s failed in %s", check.name, rule.name)
        return ended(Outcome.ERROR, _grader_at_fault(fault))
    return ended(Outcome.RIGHT if judgement.credit == 1 else Outcome.WRONG, judgement=judgement)


def _all_alike(check: Check, held_back: bool, outcome: Outcome, message: str) -> CheckResult:
    rules = [*check.rules, *(check.held_back_rules if held_back else [])]
    findings = tuple(
        Finding(rule.name, rule.title, rule.points, outcome, None, message, rule.held_back) for rule in rules
    )
    ran = sum(rule.points for rule in rules if rule.held_back)
    return CheckResult(check.name, check.title, findings, check.held_back_points - ran)
