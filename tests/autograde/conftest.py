"""Notebooks made for grading, and a kernel to grade them in."""

from collections.abc import Callable
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

Graded = Callable[..., NotebookNode]


@pytest.fixture(scope="module")
def run_notebook(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """Grade a notebook made of these cells as nbgrader would, and return it with its outputs.

    A cell that begins with `check(` or `assert` is a locked, graded cell of 2 points. Limits are short, so that what
    never ends is soon over, and kernels are not asked to shut down gracefully, so that they do so at once.
    """

    def run(*sources: str, student: str = "ana", **options: Any) -> NotebookNode:
        from autograde.execute import Execute

        notebook = new_notebook(cells=[new_markdown_cell("# Work")])
        for at, source in enumerate(sources):
            cell = new_code_cell(source)
            graded = source.startswith(("check(", "assert"))
            cell.metadata["nbgrader"] = {
                "grade": graded,
                "grade_id": f"cell-{at}",
                "locked": graded,
                "schema_version": 3,
                "solution": not graded,
                "task": False,
                **({"points": 2} if graded else {}),
            }
            notebook.cells.append(cell)
        quick = {"timeout": 4, "iopub_timeout": 4, "seconds_to_stop": 0.5, "shutdown_kernel": "immediate"}
        resources = {"nbgrader": {"student": student}, "metadata": {"path": str(tmp_path_factory.mktemp("kernel"))}}
        graded_notebook, _ = Execute(**{**quick, **options}).preprocess(notebook, resources)
        return graded_notebook

    return run
