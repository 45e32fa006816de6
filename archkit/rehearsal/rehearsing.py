"""Rehearse a program: each script in processes of their own, with what was seen before kept for the next check."""

from __future__ import annotations

import atexit
import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence

from archkit.rehearsal.process import Launcher, Sandbox, fork_is_safe, launcher
from archkit.rehearsal.script import Script
from archkit.rehearsal.stage import perform
from archkit.rehearsal.transcript import Transcript

__all__ = ["MAX_PROGRAM", "end_rehearsals", "rehearse", "rehearse_all"]

MAX_PROGRAM = 60_000
"""Longest text of a program, in characters."""
_KEPT = 500


def rehearse(program: str, script: Script, *, sandbox: Sandbox | None = None, fork: bool | None = None) -> Transcript:
    """Rehearse one script; see `rehearse_all`."""
    return rehearse_all(program, [script], sandbox=sandbox, fork=fork)[0]


def rehearse_all(
    program: str,
    scripts: Sequence[Script],
    *,
    sandbox: Sandbox | None = None,
    fork: bool | None = None,
) -> tuple[Transcript, ...]:
    """Run a program through scripts: specialists that fail, a process that is killed, a person who decides.

    The program runs in processes of its own, under simulated time. Specialists, faults and records are on this side of
    the line, so that no program can change what is recorded of it. The same program and script give the same transcript
    byte for byte, as long as the program asks neither for the date nor for entropy and starts no threads of its own.

    Args:
        program: text of a Python file that defines `build_graph(desk, checkpointer)`.
        scripts: what to rehearse.
        sandbox: given the folder that the program may write to, returns the command that its processes are started
            under, such as bubblewrap's. Without one, a program can read and write what you can.
        fork: whether to fork each process from one that has imported LangGraph (about 0.1 s a script) or to start each
            from nothing (about 2 s); None for what this system can do safely.

    Returns:
        One transcript for each script. A program that cannot be run gives transcripts with `problem`.

    Raises:
        RehearsalError: when the program's process cannot be started, through no fault of the program.
    """
    if not isinstance(program, str):
        raise TypeError(f"rehearse: the program is {type(program).__name__}; expected the text of support_program.py.")
    forks = fork_is_safe() if fork is None else fork
    return tuple(_rehearsed(program, script, sandbox, forks) for script in scripts)


def end_rehearsals() -> None:
    """End the process that waits for the next rehearsal, and forget what was rehearsed."""
    with _lock:
        _known.clear()
        _close()


class _Ready:
    """The launcher that waits for the next script, and what it was made for."""

    launcher: Launcher | None = None
    made_for: tuple[Sandbox | None, bool] | None = None

    @classmethod
    def forget(cls) -> None:
        """Leave the launcher, and whoever holds the lock, to the process that this one was forked from."""
        global _lock
        _lock = threading.RLock()
        cls.launcher = cls.made_for = None


_lock = threading.RLock()
_known: OrderedDict[tuple[str, str, Sandbox | None, bool], Transcript] = OrderedDict()


def _rehearsed(program: str, script: Script, sandbox: Sandbox | None, fork: bool) -> Transcript:
    problem = _unusable(program)
    if problem:
        return Transcript(script=script.name, problem=problem)
    digest = hashlib.sha256(program.encode("utf-8", "surrogatepass")).hexdigest()
    key = (digest, script.model_dump_json(), sandbox, fork)
    with _lock:
        if key not in _known:
            _known[key] = perform(_launcher(sandbox, fork), program, script)
            while len(_known) > _KEPT:
                _known.popitem(last=False)
        return _known[key]


def _unusable(program: str) -> str:
    if len(program) > MAX_PROGRAM:
        return f"The program has {len(program):,} characters; at most {MAX_PROGRAM:,} are taken."
    if not program.strip():
        return "The program is empty. Write it with %%writefile support_program.py in its cell."
    return ""


def _launcher(sandbox: Sandbox | None, fork: bool) -> Launcher:
    if _Ready.launcher is None or _Ready.made_for != (sandbox, fork):
        _close()
        _Ready.launcher, _Ready.made_for = launcher(sandbox, fork=fork), (sandbox, fork)
    return _Ready.launcher


def _close() -> None:
    if _Ready.launcher is not None:
        _Ready.launcher.close()
    _Ready.launcher = _Ready.made_for = None


atexit.register(end_rehearsals)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Ready.forget)
