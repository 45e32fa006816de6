"""The actor's process: imports LangGraph once, then forks a process for each script; or is one such process itself.

    python -m archkit.rehearsal.actor template FD    forks; told to over the socket FD (POSIX)
    python -m archkit.rehearsal.actor alone PRINTED  runs one program; told to over standard input and output

A program never sees either line as its standard input or output: those are the null device and a file.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archkit.rehearsal.channel import Channel

__all__ = ["LIMITS", "main"]

LIMITS = {"cpu_s": 5, "memory_mb": 2_048, "file_mb": 50, "open_files": 256}
"""What a program's process may use, where the operating system can tell: CPU seconds for one turn, address space, the
size of one file, open files."""
_IDLE_SECONDS = 600.0
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER = 1, 4, 36


def main() -> None:
    """Run as the arguments say."""
    mode, argument = sys.argv[1:]
    if mode == "template":
        _template(socket.socket(fileno=int(argument)))
    else:
        _alone(Path(argument))


def _alone(printed: Path) -> None:
    line = Channel(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"))
    _become_a_program(line, printed)


def _template(control: socket.socket) -> None:
    """Fork a process whenever told to, and say how it ended; leave nothing behind."""
    from archkit.rehearsal import program  # noqa: F401  (LangGraph and the checkpoints, once for all programs)

    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _prctl(_PR_SET_DUMPABLE, 0)  # programs, which are its children, can neither trace nor read it
    # A line that stays silent for long means that nobody will need this process again.
    control.settimeout(_IDLE_SECONDS)
    gc.collect()
    gc.freeze()
    child: int | None = None
    _say(control, {"threads": max(threading.active_count(), _native_threads()), "memory_mb": _memory_mb()})
    with contextlib.suppress(OSError):
        while True:
            data, descriptors, _, _ = socket.recv_fds(control, 65_536, 1)
            if not data:
                break
            task = json.loads(data)
            if task["op"] == "start":
                child = os.fork()
                if child == 0:
                    control.close()
                    _child(descriptors[0], Path(task["folder"]), Path(task["printed"]))
                os.close(descriptors[0])
                _say(control, {"pid": child})
            elif task["op"] == "look":
                ended = _waited(child, os.WNOHANG) if child else None
                child = None if ended else child
                _say(control, {"ended": ended, "cpu_s": _cpu_seconds(child) if child else 0.0})
            elif task["op"] == "stop":
                ended = _ended_by_itself(child, task["patience_s"]) if child else None
                if child and not ended:
                    _kill(child)
                    _waited(child, 0)
                child = None
                _kill_the_rest()
                _say(control, {"ended": ended})
    if child:
        _kill(child)
    _kill_the_rest()
    os._exit(0)


def _child(descriptor: int, folder: Path, printed: Path) -> None:
    """Become the process of one program; never return."""
    try:
        os.setsid()
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        _prctl(_PR_SET_DUMPABLE, 1)
        os.chdir(folder)
        os.environ.update(HOME=str(folder), TMPDIR=str(folder))
        os.set_inheritable(descriptor, False)
        line = socket.socket(fileno=descriptor)
        _become_a_program(Channel(line.makefile("rb"), line.makefile("wb")), printed)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(70)


def _become_a_program(line: Channel, printed: Path) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    file = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(null, 0)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(null)
    os.close(file)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)  # what was printed before a kill is kept
    _limit()
    from archkit.rehearsal.program import serve

    serve(line, _renew_cpu_seconds)
    os._exit(0)


def _renew_cpu_seconds() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (min(int(time.process_time()) + LIMITS["cpu_s"] + 1, most), most))


def _limit() -> None:
    """Set the limits that hold for the whole process; where there are none, the stage's wall clock remains."""
    try:
        import resource
    except ImportError:
        return
    megabyte = 1 << 20
    for name, limit in (
        ("RLIMIT_CORE", 0),
        ("RLIMIT_CPU", 20 * LIMITS["cpu_s"]),
        ("RLIMIT_AS", LIMITS["memory_mb"] * megabyte),
        ("RLIMIT_FSIZE", LIMITS["file_mb"] * megabyte),
        ("RLIMIT_NOFILE", LIMITS["open_files"]),
    ):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (limit, limit))


def _say(control: socket.socket, answer: dict[str, Any]) -> None:
    control.sendall(json.dumps(answer).encode() + b"\n")


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _waited(child: int, options: int) -> dict[str, int | None] | None:
    try:
        pid, status = os.waitpid(child, options)
    except ChildProcessError:
        return {"code": None, "signal": None}
    if pid == 0:
        return None
    if os.WIFSIGNALED(status):
        return {"code": None, "signal": os.WTERMSIG(status)}
    return {"code": os.WEXITSTATUS(status), "signal": None}


def _cpu_seconds(child: int) -> float:
    """Return the CPU time of a process; where the system does not show it, the time that has passed."""
    try:
        ticks = Path(f"/proc/{child}/stat").read_text(errors="replace").rpartition(")")[2].split()[11:13]
    except OSError:
        return time.monotonic()
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _ended_by_itself(child: int, patience_s: float) -> dict[str, int | None] | None:
    until = time.monotonic() + patience_s
    while not (ended := _waited(child, os.WNOHANG)) and time.monotonic() < until:
        time.sleep(0.01)
    return ended


def _kill(child: int) -> None:
    for kill in (os.kill, os.killpg):
        with contextlib.suppress(OSError):
            kill(child, signal.SIGKILL)


def _kill_the_rest() -> None:
    """Kill what the program has started: it is this process's child once its own parent is dead (Linux)."""
    for _ in range(200):
        children = list(_children())
        if not children:
            return
        for pid in children:
            _kill(pid)
            with contextlib.suppress(OSError):
                os.waitpid(pid, 0)


def _children() -> Iterator[int]:
    own = str(os.getpid())
    with contextlib.suppress(OSError):
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, IndexError):
                # "pid (name) state parent ...": the name may hold anything, so count from its closing bracket
                stat = (entry / "stat").read_text(errors="replace") if entry.name.isdigit() else ""
                if stat and stat.rpartition(")")[2].split()[1] == own:
                    yield int(entry.name)


def _native_threads() -> int:
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:
        return 1


def _memory_mb() -> float:
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kilobytes, on macOS bytes
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)


if __name__ == "__main__":
    main()
