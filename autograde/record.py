"""A check's result as plain data, kept in the graded notebook for reports."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode

from autograde.findings import CheckResult

__all__ = ["RESULT_MIME_TYPE", "recorded_results", "result_record"]

RESULT_MIME_TYPE = "application/vnd.autograde.result+json"


def result_record(result: CheckResult) -> dict[str, Any]:
    """Return a result as plain data: points, outcomes and named misconceptions, without what was expected."""
    return {
        "check": result.check,
        "outcome": result.outcome.value,
        "earned": result.earned,
        "points": result.points,
        "misconceptions": [m.name for m in result.misconceptions],
        "notice": result.notice,
        "findings": [
            {
                "name": f.name,
                "outcome": f.outcome.value,
                "earned": f.earned,
                "points": f.points,
                "held_back": f.held_back,
                "misconception": f.judgement.misconception.name if f.judgement and f.judgement.misconception else None,
                "message": "" if f.held_back else f.message,
            }
            for f in result.findings
        ],
    }


def recorded_results(notebook: NotebookNode) -> list[dict[str, Any]]:
    """Return the results that grading left in a notebook, in the order of its cells."""
    return [
        output.data[RESULT_MIME_TYPE]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "execute_result" and RESULT_MIME_TYPE in output.data
    ]
