"""The nbgrader preprocessor that keeps the learner's code and the grader in separate processes.

It stands where nbgrader's own `Execute` stands. The learner's cells run in a Jupyter kernel, as ever. A graded cell
that is one line `check("exercise.task")` does not run there: the kernel is asked for the named answers as JSON, and
the check runs here, in the grader's process, where no code of the learner's has ever been. Any other graded cell,
such as the assertions of an ordinary nbgrader course, runs in the kernel as nbgrader would run it.
"""

from __future__ import annotations

import json
import time
from html import escape
from queue import Empty
from typing import Any

from jupyter_core.utils import ensure_async, run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute as NbGraderExecute
from traitlets import Float, List, Unicode

from autograde.answers import SECONDS_TO_EXPORT, NamespaceLost, TimeLimitExceeded
from autograde.card import card_html
from autograde.findings import CheckResult
from autograde.record import RESULT_MIME_TYPE, check_name, result_record
from autograde.registry import UnknownCheck, find_check
from autograde.run import run_check

__all__ = ["Execute"]


class Execute(NbGraderExecute):  # type: ignore[misc]
    """Run a submission: cells in the kernel, checks in this process."""

    extra_arguments = List(
        Unicode(),
        # A kernel's own log would stand between the instructor's lines once for each submission and say nothing of it.
        ["--HistoryManager.hist_file=:memory:", "--IPKernelApp.log_level=50"],
        help="Arguments for the kernel.",
    ).tag(config=True)

    km: Any  # nbclient's kernel manager; None when its kernel could not be started

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
        self._asked_to_exit = False
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
        ended = ""
        self._asked_to_exit = False
        try:
            self._ensure_kernel()
            cell, resources = super().preprocess_cell(cell, resources, index)
        except NamespaceLost as lost:
            cell.outputs = [new_output("error", ename="NamespaceLost", evalue=str(lost), traceback=[str(lost)])]
            return cell, resources
        except DeadKernelError:
            ended = "ended the notebook's process"
        except CellTimeoutError:
            ended = "did not end, and could not be stopped"
        except Exception:  # what a kernel sends is the learner's, and may be anything
            self.log.exception("Cell %s could not be run", index + 1)
            ended = "left the notebook's process in a state in which it cannot be used"
        else:
            if self._asked_to_exit:
                ended = "ended the notebook's process"
            elif any(o.output_type == "error" and o.ename == "CellTimeoutError" for o in cell.outputs):
                ended = "" if self._comes_to_rest() else "did not end, and could not be stopped"
            else:
                self._replayable.append(cell.source)
        if ended:
            self._lost = f"Cell {index + 1} {ended}."
            sentence = f"{self._lost} The cells after it ran without it."
            cell.outputs.append(new_output("error", ename="NamespaceLost", evalue=self._lost, traceback=[sentence]))
        return cell, resources

    def on_cell_executed(self, **kwargs: Any) -> None:
        """Note whether a cell asked its kernel to exit: it will, though a moment later."""
        super().on_cell_executed(**kwargs)
        payload = kwargs["execute_reply"]["content"].get("payload") or []
        self._asked_to_exit = any(part.get("source") == "ask_exit" for part in payload)

    # The LearnerNamespace that checks receive is this object: `export` and `call`.

    def export(self, names: list[str]) -> str:
        """Ask the kernel for the envelope of the named answers."""
        return self._in_kernel(f"export_from_notebook({names!r})", SECONDS_TO_EXPORT)

    def call(self, name: str, arguments: str, seconds: float) -> str:
        """Have the kernel call a function answer once."""
        return self._in_kernel(f"call_in_notebook({name!r}, {arguments!r})", seconds)

    def _outputs_of_check(self, name: str, cell: NotebookNode, resources: ResourcesDict) -> list[NotebookNode]:
        possible = float(cell.metadata["nbgrader"]["points"])
        try:
            check = find_check(name, held_back=True)
        except UnknownCheck as unknown:
            return [_score_output(0.0, f"<p><strong>Error:</strong> {escape(str(unknown))}</p>", None)]
        student = resources["nbgrader"]["student"]
        result = run_check(check, self, submitted_by=student, held_back=True)
        if result.held_back_points:
            self.log.warning(
                "%g of the %g points of %s are held back, and this copy of the course has no autograde/held_back/%s.py "
                "that gives them: nobody can earn them.",
                result.held_back_points,
                result.points,
                name,
                check.exercise,
            )
        # Points recorded when the exercise was released count; a check that has changed since is scaled to them.
        score = result.earned * possible / result.points if result.points else 0.0
        return [_score_output(min(round(score, 2), possible), card_html(result, graded=True), result)]

    def _ensure_kernel(self) -> None:
        """Replace a kernel that was lost, and bring it to where the notebook was, without what lost it.

        Raises:
            NamespaceLost: if no kernel can be started any more.
        """
        while self._lost:
            try:
                self._start_again()
            except Exception as error:
                if self.km is None:
                    self.km = self.create_kernel_manager()  # nbclient's cleaning up at the end wants one
                self.log.warning("No kernel could be started again: %s", error)
                raise NamespaceLost(f"{self._lost} No other process could be started for it.") from None
            self._lost = ""
            for source in list(self._replayable):
                try:
                    run_sync(self._async_evaluate)(float(self.timeout or 30), code=source)
                except TimeLimitExceeded:
                    self._replayable.remove(source)
                except NamespaceLost as lost:  # it ran once and does not run again
                    self._replayable.remove(source)
                    self._lost = str(lost)
                    break

    def _start_again(self) -> None:
        assert self.km is not None
        if self.km.has_kernel:
            run_sync(self.km.shutdown_kernel)(now=True)
        self._cleanup_kernel()
        self.km = self.create_kernel_manager()
        self.start_new_kernel()
        self.start_new_kernel_client()

    def _comes_to_rest(self) -> bool:
        """Whether a kernel that was interrupted can be used again; one that cannot would hold up every later cell."""
        try:
            run_sync(self._async_evaluate)(0.5)
        except TimeLimitExceeded:
            return True
        except NamespaceLost:
            return False
        return True

    def _in_kernel(self, call: str, seconds: float) -> str:
        self._ensure_kernel()
        expression = f"__import__('autograde.learner_side', fromlist=['*']).{call}"
        try:
            return run_sync(self._async_evaluate)(seconds, expression=expression)
        except NamespaceLost as lost:
            self._lost = str(lost)
            raise

    async def _async_evaluate(self, seconds: float, *, code: str = "", expression: str = "''") -> str:
        """Run code in the kernel without a trace in the notebook, and return the text that an expression gives.

        Args:
            seconds: how long both may take together before they are interrupted.
            code: what to run first.
            expression: gives text in hexadecimal UTF-8.

        Raises:
            TimeLimitExceeded: if it had to be interrupted.
            NamespaceLost: if the kernel ended, or could not be interrupted.
        """
        assert self.kc is not None and self.km is not None
        message_id = self.kc.execute(
            code, silent=True, store_history=False, user_expressions={"reply": expression}, stop_on_error=False
        )
        deadline = time.monotonic() + seconds
        interrupted_at = 0.0
        while True:
            content = await self._async_reply_to(message_id)
            if content is not None:
                break
            now = time.monotonic()
            if not await ensure_async(self.km.is_alive()):
                raise NamespaceLost("The learner's code ended the notebook's process.")
            if now > deadline + self.seconds_to_stop:
                raise NamespaceLost("The learner's code could not be stopped, and its process was ended.")
            if now > max(deadline, interrupted_at + 0.25):
                interrupted_at = now
                await ensure_async(self.km.interrupt_kernel())
        await self._async_discard_output()
        if interrupted_at:
            raise TimeLimitExceeded
        match content:
            case {"user_expressions": {"reply": {"data": {"text/plain": str(shown)}}}}:
                try:
                    return bytes.fromhex(shown.strip("'")).decode()
                except ValueError:
                    return ""
        return ""

    async def _async_reply_to(self, message_id: str) -> Any:
        """Return the content of the next message, if it is the reply to this one, or None after a moment."""
        assert self.kc is not None
        try:
            match await ensure_async(self.kc.shell_channel.get_msg(timeout=0.25)):
                case {"parent_header": {"msg_id": parent}, "content": content} if parent == message_id:
                    return content
        except Empty:
            pass
        except Exception as error:  # the kernel is the learner's, and so is every message it sends
            self.log.debug("A message that cannot be read: %s", error)
        return None

    async def _async_discard_output(self) -> None:
        """Take what a call printed out of the queue: when it is full, the next cell's own output is lost."""
        assert self.kc is not None
        until = time.monotonic() + 2
        while time.monotonic() < until:
            try:
                await ensure_async(self.kc.iopub_channel.get_msg(timeout=0))
            except Empty:
                return
            except Exception as error:
                self.log.debug("A message that cannot be read: %s", error)


def _score_output(score: float, html: str, result: CheckResult | None) -> NotebookNode:
    """The cell's value as nbgrader reads it: points in plain digits, shown as the card."""
    data: dict[str, Any] = {"text/plain": f"{score:g}", "text/html": html}
    if result is not None:
        data[RESULT_MIME_TYPE] = json.loads(json.dumps(result_record(result)))
    output: NotebookNode = new_output("execute_result", data=data, execution_count=None)
    return output
