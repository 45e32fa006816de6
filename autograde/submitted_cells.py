"""Cells of a submitted notebook that were copied, made up, edited or deleted: each costs its own points at most.

nbgrader restores the text of a graded cell. A cell that a learner copied, with its metadata, it takes for one of an
older version: it refuses the notebook, and stops. A deleted cell's points wait for a person for ever.
"""

from __future__ import annotations

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbformat.v4 import new_raw_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import OverwriteCells

__all__ = ["RestoreCells"]


class RestoreCells(OverwriteCells):  # type: ignore[misc]
    """Stands where nbgrader's `DeduplicateIds` and `OverwriteCells` stand, and mends what they cannot."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        """Make a notebook's cells what the gradebook says they are, leaving the learner's answers as they are.

        Args:
            nb: the notebook, changed in place.
            resources: nbgrader's.
        """
        about = resources["nbgrader"]
        deleted = []
        with Gradebook(about["db_url"]) as gradebook:
            released = gradebook.find_notebook(about["notebook"], about["assignment"])
            graded = {cell.name: cell.max_score for cell in released.grade_cells}
            tasks = {cell.name: cell.max_score for cell in released.task_cells}
            points = {**graded, **tasks}
            written = {cell.name for cell in released.solution_cells}
            known = {cell.name: cell for cell in released.source_cells}
            there = set()
            for cell in reversed(nb.cells):  # of copies nbgrader keeps the last
                metadata = cell.metadata.pop("nbgrader", None)
                name = metadata.get("grade_id") if isinstance(metadata, dict) else None
                if not isinstance(name, str) or name not in known:
                    continue
                if name in there:
                    self.log.warning("Cell '%s' was copied; the copy counts as an ordinary cell", name)
                    continue
                there.add(name)
                cell.metadata["nbgrader"] = {
                    "grade": name in graded,
                    "grade_id": name,
                    "locked": known[name].locked,
                    "schema_version": 3,
                    "solution": name in written,
                    "task": name in tasks,
                    **({"points": points[name]} if name in points else {}),
                }
            for name, source in known.items():
                if name in points and name not in there:
                    self.log.warning("Cell '%s' was deleted; it is put back at the end of the notebook", name)
                    kind = {"is_solution": name in written, "is_task": name in tasks}
                    deleted.append(self.missing_cell_transform(source, points[name], **kind))
                    deleted[-1]["id"] = new_raw_cell().id
        nb, resources = super().preprocess(nb, resources)
        nb.cells.extend(deleted)  # a check reads the answers from wherever it stands
        return nb, resources
