"""A check's result as plain data, kept in the graded notebook for reports."""

from __future__ import annotations

import ast
from typing import Any

from nbformat import NotebookNode

from autograde.findings import CheckResult

__all__ = ["RESULT_MIME_TYPE", "check_name", "recorded_results", "result_record"]

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
    """Return the results that grading left in a notebook, in the order of its cells.

    Only the cells of checks count: any other cell's output is the learner's, and can claim whatever it likes.
    """
    return [
        output.data[RESULT_MIME_TYPE]
        for cell in notebook.cells
        if check_name(cell) is not None
        for output in cell.outputs
        if output.output_type == "execute_result" and RESULT_MIME_TYPE in output.data
    ]


def check_name(cell: NotebookNode) -> str | None:
    """Return the name in a graded cell that is the one line `check("exercise.task")`, else None."""
    about = cell.metadata.get("nbgrader", {})
    if cell.cell_type != "code" or not about.get("grade") or about.get("solution"):
        return None
    try:
        body = ast.parse(cell.source).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    match body:
        case [ast.Expr(value=ast.Call(func=ast.Name(id="check"), args=[ast.Constant(value=str(name))], keywords=[]))]:
            return name
    return None
