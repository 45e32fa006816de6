"""Runs over time are drawn one beside the other, and the figure says that they are simulated."""

import pytest

from archkit.load import Clients, Fleet, ModelCalls, Traffic, simulate, timeline
from archkit.load.figures import PANELS

RUN = simulate(
    Traffic(requests_per_minute=60, minutes=3),
    ModelCalls(first_token_ms=400, ms_per_token=8, tokens=150),
    Fleet(replicas=3),
)


def test_each_run_has_one_line_in_each_panel_and_one_entry_in_the_legend():
    figure = timeline({"three": RUN, "again": RUN}, *PANELS)
    assert len(figure.data) == 2 * len(PANELS)
    assert [trace.name for trace in figure.data if trace.showlegend] == ["three", "again"]
    assert "simulated" in figure.to_json()


def test_counts_are_drawn_for_a_minute_whatever_the_step():
    served = timeline({"three": RUN}, "served", step_s=30).data[0].y
    assert sum(served) / 2 == pytest.approx(RUN.over_time(30)["served"].sum())


def test_times_are_drawn_between_whole_powers_of_ten_so_that_a_calm_run_looks_calm():
    axis = timeline({"three": RUN}, "response_p95").layout.yaxis
    assert (axis.type, tuple(axis.range)) == ("log", (0, 2))


def test_a_run_in_which_nobody_was_served_can_be_drawn():
    law, clients = Traffic(requests_per_minute=60, minutes=2), Clients(timeout_s=0.01)
    run = simulate(law, ModelCalls(first_token_ms=400, ms_per_token=8, tokens=150), Fleet(replicas=3), clients)
    assert run.summary.served == 0
    assert len(timeline({"nobody": run}, "response_p95").data) == 1


@pytest.mark.parametrize(
    ("runs", "panels", "said"),
    [
        ({"a": RUN}, ["redy"], "Did you mean 'ready'"),
        ({"a": RUN}, [], "at least one panel"),
        ({}, ["ready"], "one to 4 runs"),
        ({str(n): RUN for n in range(5)}, ["ready"], "one to 4 runs"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(runs, panels, said):
    with pytest.raises(ValueError, match=said):
        timeline(runs, *panels)
