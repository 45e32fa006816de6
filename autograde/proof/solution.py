"""Work an exercise's solution notebook for any learner's case, in this process.

A lesson has no solution notebook: the right answers to its self-check stand as code in `RIGHT_ANSWERS` of its file in
`tests/wrong_answers/`, by task.
"""

from __future__ import annotations

import contextlib
import importlib.util
import re
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from archkit.course import course_root

__all__ = ["answer_cell", "blank_namespace", "proof_module", "release_cells", "solution_cells", "solution_namespace"]

Cells = tuple[tuple[str, str], ...]


@cache
def solution_cells(exercise: str) -> Cells:
    """Return the code cells of an exercise's solution notebook as (grade id, source), without the `check` lines.

    A cell without a grade id is there to be looked at, and no answer depends on it: it is left out, too. So is the one
    that keeps a work product: a proof has nothing to put into anybody's portfolio.

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
        if cell.cell_type == "code"
        and cell.metadata.get("nbgrader")
        and cell.metadata.nbgrader.grade_id != "keep"
        and not re.fullmatch(r"\s*check\(.*\)\s*", cell.source)
    )


def answer_cell(exercise: str, task: str) -> str:
    """Return the grade id of the cell whose variables a task checks.

    It is the task's own cell, or where a task looks at an earlier answer, the cell that sets the first variable of its
    answer sheet.
    """
    ids = [grade_id for grade_id, _ in solution_cells(exercise)]
    if task in ids:
        return task
    from autograde.registry import find_check

    names = find_check(f"{exercise}.{task}").answers.model_fields
    for name in names:
        for grade_id, source in solution_cells(exercise):
            if re.search(rf"^{name}\s*=|^def {name}\(", source, re.MULTILINE):
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
    with _folder_for_files() if any(_written_file(source) for _, source in cells) else contextlib.nullcontext():
        for grade_id, source in cells:
            code = f"LEARNER_ID = {learner_id!r}" if grade_id == "learner" else source
            try:
                if name := _written_file(code):
                    Path(name).write_text(code.partition("\n")[2] + "\n", encoding="utf-8")
                else:
                    exec(compile(code, f"<{grade_id or 'cell'}>", "exec"), namespace)
            except Exception:
                # A notebook goes on after a cell that fails; a later answer may build on the one that was spoilt.
                if not spoilt:
                    raise
            if grade_id in changed:
                exec(compile(changed[grade_id], f"<changed {grade_id}>", "exec"), namespace)
                spoilt = True
    return namespace


def _written_file(source: str) -> str:
    """Return the file that a cell with `%%writefile` writes, or ""."""
    found = re.match(r"%%writefile +(\S+)", source)
    return found[1] if found else ""


@contextlib.contextmanager
def _folder_for_files() -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="notebook-") as folder, contextlib.chdir(folder):
        yield
