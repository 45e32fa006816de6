"""The gateway before a stand-in service on loopback: real HTTP, and each fault as it arrives over it."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import get_args

import httpx
import pytest

from archkit.gateway import AnswerStep, Backoff, Faults, Gateway, ModelStep, StandInModel, drive
from archkit.gateway.stand_in import Fault, canned_answer
from archkit.gateway.upstream import _seconds_to_wait


@pytest.fixture(scope="module")
def service() -> Iterator[StandInModel]:
    with StandInModel() as running:
        yield running


@pytest.fixture
def stand_in(service: StandInModel) -> StandInModel:
    service.forget()
    service.faults = Faults(seconds=0.001)
    return service


def test_a_well_service_is_asked_once_and_its_tokens_are_counted(
    stand_in: StandInModel, questions: Sequence[str]
) -> None:
    run = drive(Gateway(ModelStep(stand_in.upstream())), questions[:5])
    expected = [canned_answer(question) for question in questions[:5]]
    assert [one.text for one in run.served] == [answer.text for answer in expected]
    assert sum(call.input_tokens for call in run.calls) == stand_in.billed["input"]
    assert sum(call.output_tokens for call in run.calls) == stand_in.billed["output"]
    assert run.amplification == 1


@pytest.mark.parametrize(
    ("fault", "outcome", "billed"),
    [
        ("slow", "timed out", True),
        ("error", "failed", False),
        ("rate limit", "rate limited", False),
        ("garbage", "garbled", True),
        ("empty", "garbled", True),
        ("drop", "failed", True),
        ("hang", "timed out", False),
        ("drip", "timed out", False),
    ],
)
def test_each_fault_is_told_from_the_others_and_the_next_step_answers(
    stand_in: StandInModel, fault: Fault, outcome: str, billed: bool
) -> None:
    stand_in.faults = Faults({fault: 1.0}, seconds=0.001, slow_seconds=0.6)
    step = ModelStep(stand_in.upstream(), seconds=0.2 if outcome == "timed out" else 20)
    handover = AnswerStep("handover", lambda request: "A colleague will answer.")
    run = drive(Gateway(step, handover, deadline=30), ["Why?"])
    assert (run.served[0].by, [call.outcome for call in run.calls]) == ("handover", [outcome])
    patience = time.monotonic() + 5
    while billed and not stand_in.billed["input"] and time.monotonic() < patience:
        time.sleep(0.01)  # it finishes what nobody waits for any more
    assert (stand_in.billed["input"] > 0) == billed


def test_every_fault_is_tried_above() -> None:
    assert len(get_args(Fault)) == 8


def test_faults_are_the_same_in_every_run_and_in_whatever_order_requests_come(
    stand_in: StandInModel, questions: Sequence[str]
) -> None:
    seen = []
    for asked, rate in ((questions, None), (questions, 2_000.0), (questions[::-1], 500.0)):
        stand_in.forget()
        stand_in.faults = Faults({"error": 0.3, "rate limit": 0.2}, seconds=0.001, retry_after=0.01)
        step = ModelStep(stand_in.upstream(), seconds=30, attempts=3, backoff=Backoff(0.001))
        run = drive(Gateway(step, deadline=30), asked, per_second=rate)
        seen.append({one.request.question: (one.by, len(one.calls)) for one in run.served})
    assert seen[0] == seen[1] == seen[2]
    assert 1 < sum(calls for _, calls in seen[0].values()) / len(questions) < 3


def test_a_fault_that_sticks_to_its_question_is_met_by_every_retry(stand_in: StandInModel) -> None:
    stand_in.faults = Faults({"error": 0.5}, seconds=0.001, stick=True)
    step = ModelStep(stand_in.upstream(), seconds=30, attempts=6, backoff=Backoff(0.001))
    run = drive(Gateway(step, deadline=30), [f"Question {number}" for number in range(20)])
    assert {len(one.calls) for one in run.served} == {1, 6}


def test_a_service_that_keeps_answers_bills_an_intention_once(stand_in: StandInModel) -> None:
    body = {"messages": [{"role": "user", "content": "Why?"}]}
    for keeps, times in ((False, 3), (True, 1)):
        with StandInModel(keeps_answers=keeps) as service, httpx.Client(trust_env=False) as client:
            for _ in range(3):
                client.post(f"{service.base_url}/chat/completions", json=body, headers={"Idempotency-Key": "one"})
            assert service.billed["input"] == times * canned_answer("Why?").input_tokens


def test_other_addresses_are_not_found(stand_in: StandInModel) -> None:
    with httpx.Client(trust_env=False) as client:
        assert client.post(f"{stand_in.base_url}/messages", json={}).status_code == 404


def test_a_capacity_makes_requests_wait_for_each_other(stand_in: StandInModel, questions: Sequence[str]) -> None:
    with StandInModel(faults=Faults(seconds=0.02, spread=0, capacity=1)) as narrow:
        run = drive(Gateway(ModelStep(narrow.upstream(), seconds=30), deadline=30), questions[:10], per_second=1_000)
    assert max(one.began + one.seconds for one in run.served) - run.began >= 10 * 0.02


def test_nobody_listening_is_a_failure_and_not_a_crash(stand_in: StandInModel) -> None:
    with StandInModel() as gone:
        upstream = gone.upstream()
    run = drive(Gateway(ModelStep(upstream)), ["Why?"])
    assert [call.outcome for call in run.calls] == ["failed"]


def test_what_a_retry_after_header_says_is_read_as_seconds_or_as_a_date() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=30)
    assert _seconds_to_wait("2.5") == 2.5
    assert 25 < _seconds_to_wait(format_datetime(soon, usegmt=True)) <= 30
    assert _seconds_to_wait("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert (_seconds_to_wait("-3"), _seconds_to_wait("soon"), _seconds_to_wait("")) == (0, 1, 1)


def test_faults_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(ValueError, match="There is no fault 'fire'"):
        Faults({"fire": 0.1})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="together at most 1"):
        Faults({"error": 0.7, "hang": 0.5})
    with pytest.raises(ValueError, match="Times and spread must be at least 0"):
        Faults(seconds=-1)
