"""Kubeflow pipelines run on this computer without containers, and what their log says, step by step."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["LocalRun", "run_locally"]

_COLOUR = re.compile(r"\x1b\[\d+m")
_STEP = re.compile(r"Task '([^']+)' finished with status (\w+)")
_PIPELINE = re.compile(r"Pipeline '[^']+' finished with status (\w+)")
_REASON = re.compile(r"^\s*(\w+(?:Error|Exception): .+)$", re.MULTILINE)


@dataclass(frozen=True)
class LocalRun:
    """What Kubeflow's local runner reported.

    Attributes:
        status: of the whole pipeline, "SUCCESS" or "FAILURE"; "NOT RUN" where the runner cannot work.
        steps: the status of each step that ran, in their order. A step that never ran is not in it.
        errors: the last line of each step's error, or why nothing ran.
        log: everything that it printed, without colours.
    """

    status: str
    steps: dict[str, str]
    errors: tuple[str, ...]
    log: str

    def __str__(self) -> str:
        """Return the steps and the whole, as one line, with the errors below."""
        steps = ", ".join(f"{name} {status}" for name, status in self.steps.items()) or "no step"
        return "\n".join([f"{steps} -> pipeline {self.status}", *self.errors])


def run_locally(pipeline: Any, arguments: Mapping[str, object], folder: Path) -> LocalRun:
    """Run a pipeline's steps one after the other as processes of this Python, installing nothing.

    Args:
        pipeline: a function decorated with `kfp.dsl.pipeline`.
        arguments: the pipeline's arguments by name.
        folder: where the files of the steps are kept.

    Raises:
        RuntimeError: if the log names no status, as would happen if Kubeflow worded it differently.
    """
    if shutil.which("sh") is None:
        missing = "Kubeflow's local runner needs the program sh, which is not on the path (Git for Windows brings one)."
        return LocalRun("NOT RUN", {}, (missing,), missing)
    from kfp import local  # type: ignore[import-untyped]

    runner = local.SubprocessRunner(use_venv=False)
    local.init(runner=runner, pipeline_root=str(folder), raise_on_error=False)
    printed = io.StringIO()
    with _logging_into(printed), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        pipeline(**arguments)
    log = _COLOUR.sub("", printed.getvalue())
    whole = _PIPELINE.findall(log)
    if not whole:
        raise RuntimeError(f"Kubeflow's log names no status of the pipeline. It ends so: {log[-300:]!r}")
    return LocalRun(whole[-1], dict(_STEP.findall(log)), tuple(_REASON.findall(log)), log)


@contextlib.contextmanager
def _logging_into(stream: io.StringIO) -> Iterator[None]:
    """Let the root logger, to which the runner writes its warnings, write there and nowhere else."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = [logging.StreamHandler(stream)]
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
