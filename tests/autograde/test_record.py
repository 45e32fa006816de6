"""What grading leaves in a notebook for reports, and what cannot pass for it."""

import json
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograde.findings import CheckResult, Finding, Judgement, Outcome
from autograde.record import RESULT_MIME_TYPE, check_name, recorded_results, result_record

LOCKED = {"grade": True, "solution": False, "locked": True, "points": 2, "grade_id": "c", "schema_version": 3}
RESULT = CheckResult("e.t", "T", (Finding("n", "N", 2, Outcome.RIGHT, Judgement(1, "seen", "expected")),))


def cell(source: str, about: dict[str, Any] | None, record: Any = None) -> NotebookNode:
    made = new_code_cell(source, metadata={"nbgrader": about} if about is not None else {})
    if record is not None:
        made.outputs = [new_output("execute_result", data={"text/plain": "2", RESULT_MIME_TYPE: record})]
    return made


def test_a_record_is_plain_data_with_points_outcomes_and_no_answers() -> None:
    record = result_record(RESULT)
    assert json.loads(json.dumps(record)) == record
    assert (record["check"], record["outcome"], record["earned"], record["points"]) == ("e.t", "right", 2, 2)
    assert "seen" not in str(record) and "expected" not in str(record)


def test_records_are_read_back_from_the_cells_of_checks() -> None:
    record = result_record(RESULT)
    assert recorded_results(new_notebook(cells=[cell('check("e.t")', LOCKED, record)])) == [record]


@pytest.mark.parametrize(
    ("source", "about"),
    [
        ("forged", None),
        ('check("e.t")', None),
        ("assert f(2) == 4", LOCKED),
        ('check("e.t")', {**LOCKED, "solution": True}),
        ('check("e.t")', {**LOCKED, "grade": False}),
    ],
)
def test_what_any_other_cell_shows_is_no_record(source: str, about: dict[str, Any] | None) -> None:
    forged = {**result_record(RESULT), "earned": 99}
    assert recorded_results(new_notebook(cells=[cell(source, about, forged)])) == []


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ('check("e.t")', "e.t"),
        ("check('e.t')\n", "e.t"),
        ("# This cell was missing from the submission.\n\ncheck('e.t')", "e.t"),
        ("check(name)", None),
        ('check("e.t", 1)', None),
        ('check("e.t", held_back=True)', None),
        ('check("e.t")\ncheck("e.u")', None),
        ('autograde.check("e.t")', None),
        ("assert True", None),
        ("check('e.t'", None),
        ("(" * 5_000, None),
        ("\x00", None),
        ("", None),
    ],
)
def test_only_the_one_line_of_a_check_names_one(source: str, name: str | None) -> None:
    assert check_name(cell(source, LOCKED)) == name
