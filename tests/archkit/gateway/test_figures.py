from typing import Any

from archkit.gateway import AnswerStep, CircuitBreaker, Gateway, ModelStep, Run, drive
from archkit.gateway.figures import outage_figure, waiting_figure


def run_with(breaker: CircuitBreaker | None, model: Any) -> Run:
    step = ModelStep(model("answer", "fail", "fail", name="model"), breaker=breaker)
    return drive(Gateway(step, AnswerStep("sorry", lambda request: "Later.")), ["?"] * 8)


def test_each_run_is_a_line_that_never_falls(model: Any) -> None:
    figure = waiting_figure({"one": run_with(None, model), "two": run_with(None, model)})
    assert [line.name for line in figure.data] == ["one", "two"]
    assert all(list(line.y) == sorted(line.y) for line in figure.data)
    assert len({line.line.dash for line in figure.data}) == 2


def test_every_request_is_a_mark_and_every_rest_of_the_breaker_a_band(model: Any) -> None:
    breaker = CircuitBreaker(window=2, rest=60)
    runs = {"without": run_with(None, model), "with": run_with(breaker, model)}
    figure = outage_figure(runs, {"with": breaker}, model="model")
    assert sum(len(marks.x) for marks in figure.data) == 16
    assert len({marks.marker.symbol for marks in figure.data}) == 2
    assert len(figure.layout.shapes) == 1


def test_a_breaker_that_never_opened_draws_no_band(model: Any) -> None:
    breaker = CircuitBreaker(window=100)
    figure = outage_figure({"run": run_with(breaker, model)}, {"run": breaker}, model="model")
    assert not figure.layout.shapes
