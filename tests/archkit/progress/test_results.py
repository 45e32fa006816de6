"""Results of checks: recorded one line each, read back, and never in the way of the check."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archkit.progress import last_results, record
from autograde.notebook import LocalNamespace
from autograde.proof.solution import solution_namespace
from autograde.record import result_record
from autograde.registry import find_check
from autograde.run import run_check


def result(check: str = "sketch.load", outcome: str = "right", earned: float = 2.0, points: float = 2.0) -> dict:
    return {"check": check, "outcome": outcome, "earned": earned, "findings": [{"points": points}]}


def test_the_last_result_of_each_check_counts() -> None:
    for one in (result(earned=1.0, outcome="wrong"), result("sketch.data"), result(earned=2.0)):
        assert record(one)
    assert {name: last.earned for name, last in last_results().items()} == {"sketch.load": 2.0, "sketch.data": 2.0}


def test_a_check_without_answers_takes_nothing_back() -> None:
    record(result(outcome="not attempted", earned=0))
    assert last_results()["sketch.load"].outcome == "not attempted"
    record(result())
    record(result(outcome="not attempted", earned=0))
    assert last_results()["sketch.load"].outcome == "right"


def test_a_real_result_is_recorded_with_the_points_that_can_be_earned_before_grading() -> None:
    check = find_check("component_sketch.headroom")
    namespace = LocalNamespace(solution_namespace("component_sketch", "ana"))
    assert record(result_record(run_check(check, namespace)))
    last = last_results()["component_sketch.headroom"]
    assert (last.outcome, last.earned, last.possible) == ("right", 3.0, 3.0)
    assert check.points == 4.0


@given(st.lists(st.one_of(st.binary(max_size=60), st.just(b"\n")), max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_lines_that_are_no_results_spoil_no_other(work: Path, rubbish: list[bytes]) -> None:
    work.mkdir(exist_ok=True)
    (work / "progress.jsonl").write_bytes(b"".join(rubbish))
    assert record(result())
    assert last_results()["sketch.load"].earned == 2.0


@pytest.mark.parametrize(
    "changed", [{"outcome": "splendid"}, {"earned": "NaN"}, {"possible": None}, {"when": "today"}, {"when": 3}]
)
def test_a_line_with_an_impossible_value_is_passed_over(work: Path, changed: dict[str, Any]) -> None:
    record(result())
    path = work / "progress.jsonl"
    path.write_text(json.dumps({**json.loads(path.read_text()), "check": "sketch.other", **changed}))
    assert last_results() == {}


def test_kernels_that_record_at_the_same_time_mix_no_lines() -> None:
    def many(number: int) -> None:
        for step in range(40):
            record(result(f"kernel_{number}.task_{step}"))

    threads = [threading.Thread(target=many, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(last_results()) == 160


@pytest.mark.parametrize("broken", [{}, {"check": "a.b"}, {"check": "a.b", "outcome": "right", "earned": "x"}])
def test_a_record_that_is_none_is_not_recorded_and_raises_nothing(broken: dict[str, Any]) -> None:
    assert not record(broken)
    assert last_results() == {}


def test_a_folder_that_cannot_be_written_stops_no_check(work: Path) -> None:
    work.write_text("a file where the folder should be")
    assert not record(result())
    assert last_results() == {}


def test_nothing_is_recorded_while_nbgrader_grades(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert not record(result())
    assert last_results() == {}
