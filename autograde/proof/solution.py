"""Work an exercise's solution notebook for any learner's case, in this process.

A lesson has no solution notebook: the right answers to its self-check stand as code in `RIGHT_ANSWERS` of its file in
`tests/wrong_answers/`, by task.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from archkit.course import course_root

__all__ = ["answer_cell", "blank_namespace", "proof_module", "release_cells", "solution_cells", "solution_namespace"]

Cells = tuple[tuple[str, str], ...]


@cache
def solution_cells(exercise: str) -> Cells:
    """Return the code cells of an exercise's solution notebook as (grade id, source), without the `check` lines.

    Raises:
        FileNotFoundError: if the exercise has no solution notebook.
    """
    return _cells(exercise, "solutions")


@cache
def release_cells(exercise: str) -> Cells:
    """Return the code cells of the notebook that learners get, likewise."""
    return _cells(exercise, "exercises")


def _cells(exercise: str, folder: str) -> Cells:
    import nbformat

    path = course_root() / folder / exercise / f"{exercise}.ipynb"
    if not path.is_file():
        right: Mapping[str, str] = getattr(proof_module(exercise), "RIGHT_ANSWERS", {})
        if right:
            return tuple(right.items() if folder == "solutions" else ((task, "") for task in right))
        raise FileNotFoundError(f"There is no {folder}/{exercise}/{exercise}.ipynb. Run `make notebooks` first.")
    cells = nbformat.read(path, as_version=4).cells
    return tuple(
        (cell.metadata.get("nbgrader", {}).get("grade_id", ""), cell.source)
        for cell in cells
        if cell.cell_type == "code" and not re.fullmatch(r"\s*check\(.*\)\s*", cell.source)
    )


def answer_cell(exercise: str, task: str) -> str:
    """Return the grade id of the cell whose variables a task checks.

    It is the task's own cell, or where a task looks at an earlier answer, the cell that the exercise's notebook names
    for it in the answer sheet's variables.
    """
    ids = [grade_id for grade_id, _ in solution_cells(exercise)]
    if task in ids:
        return task
    from autograde.registry import find_check

    names = find_check(f"{exercise}.{task}").answers.model_fields
    for grade_id, source in solution_cells(exercise):
        if any(re.search(rf"^{name}\s*=|^def {name}\(", source, re.MULTILINE) for name in names):
            return grade_id
    raise LookupError(f"No cell of {exercise} sets {', '.join(names)}.")


@cache
def proof_module(exercise: str) -> Any:
    """Return the module `tests/wrong_answers/<exercise>.py`.

    Raises:
        FileNotFoundError: if the exercise or lesson has none.
    """
    path = course_root() / "tests" / "wrong_answers" / f"{exercise}.py"
    if not path.is_file():
        raise FileNotFoundError(f"{exercise} has no tests/wrong_answers/{exercise}.py, so nothing proves its checks.")
    spec = importlib.util.spec_from_file_location(f"wrong_answers_{exercise}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def solution_namespace(exercise: str, learner_id: str, changed: dict[str, str] | None = None) -> dict[str, Any]:
    """Run the solution for one learner's case and return its variables.

    Args:
        exercise: the exercise.
        learner_id: whose case.
        changed: code to run after the cell with this grade id, as a wrong answer does.
    """
    return _run(solution_cells(exercise), learner_id, changed or {})


def blank_namespace(exercise: str, learner_id: str) -> dict[str, Any]:
    """Run the notebook as it is released, with nothing filled in but the learner's id."""
    return _run(release_cells(exercise), learner_id, {})


def _run(cells: Cells, learner_id: str, changed: dict[str, str]) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    spoilt = False
    for grade_id, source in cells:
        code = f"LEARNER_ID = {learner_id!r}" if grade_id == "learner" else source
        try:
            exec(compile(code, f"<{grade_id or 'cell'}>", "exec"), namespace)
        except Exception:
            # A notebook goes on after a cell that fails; a later answer may build on the one that was spoilt.
            if not spoilt:
                raise
        if grade_id in changed:
            exec(compile(changed[grade_id], f"<changed {grade_id}>", "exec"), namespace)
            spoilt = True
    return namespace
