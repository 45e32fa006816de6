from typing import Any

import pytest

from archkit.gateway import AnswerStep, Gateway, ModelStep, Run, Served, compared, drive
from archkit.gateway.request import Request


def served(*seconds: float) -> Run:
    return Run(tuple(Served(Request("?"), "text", "model", 0.0, one) for one in seconds), 0.0)


def test_percentiles_are_those_of_nearest_rank() -> None:
    run = served(*[number / 1_000 for number in range(100, 0, -1)])
    assert [run.milliseconds(percent) for percent in (1, 50, 95, 99, 100)] == pytest.approx([1, 50, 95, 99, 100])
    with pytest.raises(ValueError, match="above 0 and at most 100"):
        run.milliseconds(0)


def test_requests_come_at_their_rate_whatever_becomes_of_those_before(model: Any, deed: Any) -> None:
    gateway = Gateway(ModelStep(model(deed(0.3))), deadline=1.0)
    run = drive(gateway, ["?"] * 5, per_second=100)
    assert max(one.began for one in run.served) < run.served[0].began + run.served[0].seconds


def test_each_user_asks_the_next_question_when_the_last_is_answered(model: Any, deed: Any) -> None:
    asked = [f"Question {number}" for number in range(12)]
    run = drive(Gateway(ModelStep(model(deed(0.02)))), asked, users=3)
    assert [one.request.question for one in run.served] == asked
    moments = sorted([(one.began, 1) for one in run.served] + [(one.began + one.seconds, -1) for one in run.served])
    at_once = [sum(change for _, change in moments[: number + 1]) for number in range(len(moments))]
    assert max(at_once) <= 3


def test_events_happen_while_requests_come(model: Any) -> None:
    gateway = Gateway(ModelStep(model(name="model")), AnswerStep("handover", lambda request: "Wait."))
    switch = (0.05, lambda: gateway.switched_off.add("model"))
    run = drive(gateway, ["?"] * 20, per_second=100, events=[switch])
    assert run.by["model"] > 0 and run.by["handover"] > 0
    assert [one.by for one in run.served] == sorted((one.by for one in run.served), reverse=True)


def test_a_gateway_can_be_driven_again_and_remembers_what_it_should(model: Any) -> None:
    gateway = Gateway(ModelStep(model()), at_once=1)
    assert [drive(gateway, ["?"] * 3).errors for _ in range(2)] == [0, 0]


def test_runs_are_put_side_by_side(model: Any) -> None:
    gateway = Gateway(ModelStep(model("fail", "answer"), attempts=2))
    table = compared(with_a_retry=drive(gateway, ["?"]))
    assert table.loc["with a retry", "calls for each request"] == 2
    assert table.loc["with a retry", "errors"] == 0


def test_nothing_to_drive_is_refused(model: Any) -> None:
    gateway = Gateway(ModelStep(model()))
    with pytest.raises(ValueError, match="Expected at least one question"):
        drive(gateway, [])
    with pytest.raises(ValueError, match="at least one user"):
        drive(gateway, ["?"], users=0)
    with pytest.raises(ValueError, match="a rate above 0"):
        drive(gateway, ["?"], per_second=0)
