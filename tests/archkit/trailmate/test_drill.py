"""Drills: what becomes of customer, checkpoint and bill when one agent has a fault."""

import asyncio
from typing import Any

import pytest

from archkit.trailmate import DELEGATION, Drill, Limits, drill, matrix

PATIENT = Limits(seconds=60, jitter=False)


def outcome(*what: Any, **more: Any) -> Any:
    return asyncio.run(drill(Drill(*what, **more)))


def test_an_exception_without_limits_reaches_the_customer_and_leaves_the_turn_pending() -> None:
    seen = outcome("orders", "exception")
    assert (seen.verdict, seen.pending, seen.messages) == ("error", ("orders",), 1)
    assert seen.sees.startswith("ConnectionError")
    assert (seen.ran, seen.requests) == (("triage", "orders"), 2)


def test_the_same_exception_with_limits_is_tried_twice_and_ends_in_the_fallback() -> None:
    seen = outcome("orders", "exception", PATIENT)
    assert (seen.verdict, seen.pending, seen.messages, seen.requests) == ("fallback", (), 2, 3)


def test_a_malformed_tool_call_without_limits_is_an_empty_answer_that_nobody_notices() -> None:
    seen = outcome("orders", "malformed output")
    assert (seen.verdict, seen.sees, seen.pending) == ("wrong, unnoticed", "", ())


def test_a_rate_limit_is_not_tried_again() -> None:
    assert outcome("orders", "rate limit", PATIENT).requests == outcome("orders", "rate limit").requests == 2


def test_triage_that_fails_is_replaced_by_a_rule_and_the_customer_does_not_notice() -> None:
    assert outcome("triage", "exception", PATIENT).verdict == "answered"


@pytest.mark.parametrize(
    ("attempts", "requests", "verdict"), [(1, 1, "fallback"), (2, 2, "fallback"), (3, 4, "answered")]
)
def test_attempts_beyond_the_length_of_a_fault_bring_the_answer_back(
    attempts: int, requests: int, verdict: str
) -> None:
    seen = outcome("orders", "exception", Limits(seconds=60, attempts=attempts, jitter=False), times=2)
    assert (seen.requests, seen.verdict) == (1 + requests, verdict)


def test_triage_cannot_delegate_for_ever() -> None:
    with pytest.raises(ValueError, match="'triage' cannot have the fault 'endless delegation'"):
        outcome("triage", DELEGATION)


def test_the_matrix_says_every_verdict_in_words() -> None:
    before = [outcome("orders", "exception"), outcome("orders", "malformed output")]
    after = [outcome("orders", "exception", PATIENT), outcome("orders", "malformed output", PATIENT)]
    said = [annotation.text for annotation in matrix(before, after).layout.annotations]
    assert said == ["without limits", "with limits", "error", "wrong,<br>unnoticed", "fallback", "fallback"]
