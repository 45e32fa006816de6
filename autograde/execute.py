"""The nbgrader preprocessor that keeps the learner's code and the grader in separate processes.

It stands where nbgrader's own `Execute` stands. The learner's cells run in a Jupyter kernel, as ever. A graded cell
that is one line `check("exercise.task")` does not run there: the kernel is asked for the named answers as JSON, and
the check runs here, in the grader's process, where no code of the learner's has ever been. Any other graded cell,
such as the assertions of an ordinary nbgrader course, runs in the kernel as nbgrader would run it.
"""

from __future__ import annotations

import ast
import json
import time
from queue import Empty
from typing import Any

from jupyter_core.utils import ensure_async, run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import Execute as NbGraderExecute
from traitlets import Float, List, Unicode

from autograde.answers import NamespaceLost, TimeLimitExceeded
from autograde.card import card_html
from autograde.findings import CheckResult
from autograde.record import RESULT_MIME_TYPE, result_record
from autograde.registry import UnknownCheck, find_check
from autograde.run import run_check

__all__ = ["Execute", "check_name"]


class Execute(NbGraderExecute):  # type: ignore[misc]
    """Run a submission: cells in the kernel, checks in this process."""

    extra_arguments = List(
        Unicode(),
        # A kernel's own log would stand between the instructor's lines once for each submission and say nothing of it.
        ["--HistoryManager.hist_file=:memory:", "--IPKernelApp.log_level=50"],
        help="Arguments for the kernel.",
    ).tag(config=True)

    seconds_to_stop = Float(
        3.0, help="How long code that was told to stop may take to do so before its kernel is ended."
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict | None = None, km: Any = None
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Run all cells of a notebook and put each check's card and score into its cell.

        Args:
            nb: the notebook, changed in place.
            resources: nbgrader's; `resources["nbgrader"]["student"]` says whose submission this is.
            km: a kernel manager to use instead of a new one.
        """
        self._replayable: list[str] = []
        self._lost = ""
        nb, resources = super().preprocess(nb, resources, km)
        return nb, resources

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Run one cell: a check here, anything else in the kernel."""
        name = check_name(cell)
        if name is not None:
            cell.outputs = self._outputs_of_check(name, cell, resources)
            return cell, resources
        if cell.cell_type != "code":
            return cell, resources
        try:
            self._ensure_kernel()
            cell, resources = super().preprocess_cell(cell, resources, index)
        except (DeadKernelError, CellTimeoutError) as error:
            reason = (
                "ended the notebook's process"
                if isinstance(error, DeadKernelError)
                else f"ran longer than {self.timeout} s and could not be stopped"
            )
            self._lost = f"Cell {index + 1} {reason}."
            cell.outputs.append(
                new_output(
                    "error",
                    ename=type(error).__name__,
                    evalue=self._lost,
                    traceback=[f"{self._lost} The cells after it ran without it."],
                )
            )
        except NamespaceLost as lost:
            cell.outputs = [new_output("error", ename="NamespaceLost", evalue=str(lost), traceback=[str(lost)])]
        else:
            if not any(o.output_type == "error" and o.ename == "CellTimeoutError" for o in cell.outputs):
                self._replayable.append(cell.source)
        return cell, resources

    # The LearnerNamespace that checks receive is this object: `export` and `call`.

    def export(self, names: list[str]) -> str:
        """Ask the kernel for the envelope of the named answers."""
        return self._in_kernel(f"export_answers(globals(), {names!r})", 10.0)

    def call(self, name: str, arguments: str, seconds: float) -> str:
        """Have the kernel call a function answer once."""
        return self._in_kernel(f"call_answer(globals(), {name!r}, {arguments!r})", seconds)

    def _outputs_of_check(self, name: str, cell: NotebookNode, resources: ResourcesDict) -> list[NotebookNode]:
        possible = float(cell.metadata["nbgrader"]["points"])
        try:
            check = find_check(name, held_back=True)
        except UnknownCheck as unknown:
            return [_score_output(0.0, f"<p><strong>Error:</strong> {unknown}</p>", None)]
        student = resources["nbgrader"]["student"]
        result = run_check(check, self, submitted_by=student, held_back=True)
        # Points recorded when the exercise was released count; a check that has changed since is scaled to them.
        score = result.earned * possible / result.points if result.points else 0.0
        return [_score_output(min(round(score, 2), possible), card_html(result, graded=True), result)]

    def _ensure_kernel(self) -> None:
        """Replace a kernel that was lost, and bring it to where the notebook was, without what lost it."""
        if not self._lost:
            return
        try:
            self._cleanup_kernel()
            self.km = self.create_kernel_manager()
            self.start_new_kernel()
            self.start_new_kernel_client()
            self._lost = ""
            for source in self._replayable:
                run_sync(self._async_evaluate)(source, float(self.timeout or 30))
        except (TimeLimitExceeded, NamespaceLost, RuntimeError) as error:
            self._lost = self._lost or f"The notebook could not be brought back after it was lost: {error}"
            raise NamespaceLost(self._lost) from None

    def _in_kernel(self, call: str, seconds: float) -> str:
        self._ensure_kernel()
        code = f"__autograde_reply__ = __import__('autograde.learner_side', fromlist=['*']).{call}"
        try:
            return run_sync(self._async_evaluate)(code, seconds, "globals().pop('__autograde_reply__', '')")
        except NamespaceLost as lost:
            self._lost = str(lost)
            raise

    async def _async_evaluate(self, code: str, seconds: float, expression: str = "''") -> str:
        """Run code in the kernel without a trace in the notebook; return a string expression's value after it."""
        assert self.kc is not None and self.km is not None
        message_id = self.kc.execute(
            code, silent=True, store_history=False, user_expressions={"reply": expression}, stop_on_error=False
        )
        deadline = time.monotonic() + seconds
        interrupted = False
        while True:
            try:
                reply = await ensure_async(self.kc.shell_channel.get_msg(timeout=0.25))
            except Empty:
                if not await ensure_async(self.km.is_alive()):
                    raise NamespaceLost("The learner's code ended the notebook's process.") from None
                if time.monotonic() > deadline + self.seconds_to_stop:
                    raise NamespaceLost("The learner's code could not be stopped, and its process was ended.") from None
                if time.monotonic() > deadline:
                    interrupted = True
                    await ensure_async(self.km.interrupt_kernel())
                continue
            if reply["parent_header"].get("msg_id") != message_id:
                continue
            if interrupted:
                raise TimeLimitExceeded
            found = reply["content"].get("user_expressions", {}).get("reply", {})
            try:
                text = ast.literal_eval(found["data"]["text/plain"])
            except (KeyError, ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
                return ""
            return text if isinstance(text, str) else ""


def check_name(cell: NotebookNode) -> str | None:
    """Return the name in a graded cell that is the one line `check("exercise.task")`, else None."""
    if cell.cell_type != "code" or not utils.is_grade(cell) or utils.is_solution(cell):
        return None
    try:
        body = ast.parse(cell.source).body
    except (SyntaxError, ValueError):
        return None
    match body:
        case [ast.Expr(value=ast.Call(func=ast.Name(id="check"), args=[ast.Constant(value=str(name))], keywords=[]))]:
            return name
    return None


def _score_output(score: float, html: str, result: CheckResult | None) -> NotebookNode:
    """The cell's value as nbgrader reads it: points in plain digits, shown as the card."""
    data: dict[str, Any] = {"text/plain": f"{score:g}", "text/html": html}
    if result is not None:
        data[RESULT_MIME_TYPE] = json.loads(json.dumps(result_record(result)))
    output: NotebookNode = new_output("execute_result", data=data, execution_count=None)
    return output
