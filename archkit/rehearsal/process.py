"""The stage's hold on the processes of a program: starting, hearing, killing, and leaving nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from archkit.rehearsal.channel import Channel, LineClosed, LineGarbled

__all__ = ["Ended", "Launcher", "ProgramProcess", "RehearsalError", "Sandbox", "fork_is_safe", "launcher"]

Sandbox = Callable[[Path], Sequence[str]]
"""Returns the command line that the program's processes are started under, given the one folder that they write to."""

_START_SECONDS = 90.0
_ANSWER_SECONDS = 20.0
_READ_SECONDS = 5.0
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "PYTHONPATH", "SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT")


class RehearsalError(RuntimeError):
    """The rehearsal itself failed, through no fault of the program; the message says what to do."""


@dataclass(frozen=True)
class Ended:
    """How a process ended: with an exit code, or by a signal. Neither is known of a process that vanished."""

    code: int | None = None
    signal: int | None = None


class ProgramProcess(Protocol):
    """One process of a program."""

    def send(self, message: dict[str, Any]) -> None:
        """Send a message. Raises `LineClosed`."""

    def receive(self, seconds: float) -> dict[str, Any] | None:
        """Return the next message, or None when none came in time. Raises `LineClosed` or `LineGarbled`."""

    def cpu_seconds(self) -> float:
        """Return the CPU time that it has used in seconds; where that cannot be told, the time that has passed."""

    def stop(self) -> Ended | None:
        """Kill it, if it still runs, and everything that it started; return how it ended, None for by this call."""


class Launcher(Protocol):
    """Starts processes of programs."""

    folder: Path

    def start(self, folder: Path, printed: Path) -> ProgramProcess:
        """Start one in a folder; what it prints goes to a file."""

    def close(self) -> None:
        """End everything and remove the folder."""


def fork_is_safe() -> bool:
    """Tell whether this system can fork a process that has imported LangGraph (Linux; macOS's libraries break)."""
    return hasattr(os, "fork") and sys.platform != "darwin"


def launcher(sandbox: Sandbox | None, *, fork: bool) -> Launcher:
    """Return what starts the processes: by forking one that has imported LangGraph, or each from nothing."""
    return _Template(sandbox) if fork else _Fresh(sandbox)


class _Line:
    """A channel that is read by a thread, so that waiting for it has an end on every operating system."""

    def __init__(self, reader: BinaryIO, writer: BinaryIO, kill: Callable[[], object]) -> None:
        self._channel, self._kill = Channel(reader, writer), kill
        self._has_spoken = False
        # Small, so that a program that never stops writing is held up by the pipe and not kept in memory.
        self._heard: queue.Queue[dict[str, Any] | Exception] = queue.Queue(8)
        threading.Thread(target=self._listen, name="rehearsal-line", daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                self._heard.put(self._channel.receive())
            except (LineClosed, LineGarbled) as end:
                self._heard.put(end)
                return

    def send(self, message: dict[str, Any]) -> None:
        """Send a message; a program that does not read for long is killed, so that this returns."""
        watchdog = threading.Timer(_READ_SECONDS if self._has_spoken else _START_SECONDS, self._kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            self._channel.send(message)
        finally:
            watchdog.cancel()

    def receive(self, seconds: float) -> dict[str, Any] | None:
        try:
            heard = self._heard.get(timeout=max(seconds, 0.001))
        except queue.Empty:
            return None
        self._has_spoken = True
        if isinstance(heard, Exception):
            self._heard.put(heard)  # whoever asks again hears it again
            raise heard
        return heard

    def drain(self) -> None:
        """Let the listening thread end."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._heard.get_nowait()


def _environment(folder: Path) -> dict[str, str]:
    """Return the variables that a program may see: none that could hold a key, a token or a name."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {
        **kept,
        "HOME": str(folder),
        "USERPROFILE": str(folder),
        "TMPDIR": str(folder),
        "TEMP": str(folder),
        "TMP": str(folder),
        "PYTHONHASHSEED": "0",  # sets are iterated in the same order in every run
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "LANGCHAIN_TRACING_V2": "false",
        "LANGSMITH_TRACING": "false",
    }


def _command(sandbox: Sandbox | None, folder: Path, *arguments: str) -> list[str]:
    prefix = list(sandbox(folder)) if sandbox else []
    # -P: the folder that the program writes to is no place to import from
    return [*prefix, sys.executable, "-P", "-m", "archkit.rehearsal.actor", *arguments]


class _Scratch:
    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rehearsal-")).resolve()

    def remove(self) -> None:
        for _ in range(5):
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                return
            time.sleep(0.1)  # Windows lets go of a dead process's files a little later


class _Template:
    """Forks each process from one that has imported LangGraph. Should a program kill that one, there is a new one."""

    def __init__(self, sandbox: Sandbox | None) -> None:
        self._scratch, self._sandbox = _Scratch(), sandbox
        self.folder = self._scratch.folder
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self.about: dict[str, Any] = {}
        """what the process said of itself when it was ready: how many threads it has, its peak memory in MB"""

    def start(self, folder: Path, printed: Path) -> ProgramProcess:
        if self._process is None or self._process.poll() is not None or self._control is None:
            self._end()
            self._begin()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                told = self.ask({"op": "start", "folder": str(folder), "printed": str(printed)}, [theirs.fileno()])
            except LineClosed:
                ours.close()
                raise RehearsalError("The process that runs the program has gone; rehearse again.") from None
        return _Forked(self, ours, told["pid"])

    def ask(self, task: dict[str, Any], descriptors: Sequence[int] = ()) -> dict[str, Any]:
        """Tell the process something and return its answer.

        Raises:
            LineClosed: when it is gone.
        """
        with self._lock:
            if self._control is None:
                raise LineClosed
            try:
                socket.send_fds(self._control, [json.dumps(task).encode()], descriptors)
                return _answer(self._control)
            except (OSError, ValueError):
                raise LineClosed from None
            except LineClosed:
                raise
            except BaseException:
                self._end()  # interrupted between question and answer: the next answer would be to this question
                raise

    def lost(self, pid: int) -> None:
        """Kill a process whose parent is gone, with what is left of that."""
        if self._sandbox is None:  # inside a sandbox its id means nothing here, and it ends with the sandbox
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
        self._end()

    def close(self) -> None:
        if self._control is not None and self._process is not None:
            self._control.close()  # it then kills what still runs, and ends by itself
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
        self._end()
        self._scratch.remove()

    def _begin(self) -> None:
        self._control, theirs = socket.socketpair()
        log = self.folder / "actor.log"
        try:
            with theirs, log.open("wb") as errors:
                self._process = subprocess.Popen(
                    _command(self._sandbox, self.folder, "template", str(theirs.fileno())),
                    stdin=subprocess.DEVNULL,
                    stdout=errors,
                    stderr=errors,
                    env=_environment(self.folder),
                    cwd=self.folder,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            self._control.settimeout(_START_SECONDS)
            self.about = _answer(self._control)
        except (OSError, ValueError, LineClosed) as error:
            self._end()
            said = log.read_text(errors="replace")[-600:].strip() if log.exists() else ""
            raise RehearsalError(
                f"The process that runs the program could not be started: {said or error or 'it ended at once'}. "
                "Check the environment with `python -m archkit`; with a sandbox, check its command."
            ) from None
        self._control.settimeout(_ANSWER_SECONDS)

    def _end(self) -> None:
        control, self._control = self._control, None
        process, self._process = self._process, None
        if control is not None:
            control.close()
        if process is not None:
            if process.poll() is None:
                with contextlib.suppress(OSError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answer(control: socket.socket) -> dict[str, Any]:
    line = b""
    while not line.endswith(b"\n"):
        part = control.recv(65_536)
        if not part:
            raise LineClosed
        line += part
    answer: dict[str, Any] = json.loads(line)
    return answer


class _Forked:
    def __init__(self, template: _Template, ours: socket.socket, pid: int) -> None:
        self._template, self._socket, self._pid = template, ours, pid
        self._ended: Ended | None = None
        self._is_over = self._is_silent = False
        self._cpu_s = 0.0
        self._line = _Line(ours.makefile("rb"), ours.makefile("wb"), self.stop)

    def send(self, message: dict[str, Any]) -> None:
        try:
            self._line.send(message)
        except LineClosed:
            self._is_silent = True
            raise

    def receive(self, seconds: float) -> dict[str, Any] | None:
        try:
            heard = self._line.receive(seconds)
            if heard is None and self._has_ended():
                # It may have left its line open in a process of its own; what it said last still counts.
                heard = self._line.receive(0.05)
                if heard is None:
                    raise LineClosed
        except LineClosed:
            self._is_silent = True
            raise
        return heard

    def stop(self) -> Ended | None:
        if self._is_over:
            return self._ended
        self._is_over = True
        try:
            # One that has closed its line is about to end by itself, and has an end of its own to tell.
            ended = self._template.ask({"op": "stop", "patience_s": 0.5 if self._is_silent else 0})["ended"]
            self._ended = self._ended or (Ended(**ended) if ended else None)
        except LineClosed:
            self._template.lost(self._pid)
            self._ended = self._ended or Ended()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._line.drain()
        self._socket.close()
        return self._ended

    def cpu_seconds(self) -> float:
        return self._cpu_s

    def _has_ended(self) -> bool:
        if self._is_over or self._ended is not None:
            return True
        seen = self._template.ask({"op": "look"})
        self._ended = Ended(**seen["ended"]) if seen["ended"] else None
        self._cpu_s = seen["cpu_s"]
        return self._ended is not None


class _Fresh:
    """Starts each process from nothing: where forking is not safe, or not there."""

    def __init__(self, sandbox: Sandbox | None) -> None:
        self._scratch, self._sandbox = _Scratch(), sandbox
        self.folder = self._scratch.folder

    def start(self, folder: Path, printed: Path) -> ProgramProcess:
        try:
            process = subprocess.Popen(
                _command(self._sandbox, self.folder, "alone", str(printed)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(folder),
                cwd=folder,
                start_new_session=True,
            )
        except OSError as error:
            raise RehearsalError(f"The process that runs the program could not be started: {error}.") from None
        return _Alone(process)

    def close(self) -> None:
        self._scratch.remove()


class _Alone:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._process = process
        self._line = _Line(process.stdout, process.stdin, self._kill)  # type: ignore[arg-type]

    def send(self, message: dict[str, Any]) -> None:
        self._line.send(message)

    def receive(self, seconds: float) -> dict[str, Any] | None:
        return self._line.receive(seconds)

    def cpu_seconds(self) -> float:
        return time.monotonic()

    def stop(self) -> Ended | None:
        ended: Ended | None = None
        try:
            self._line.receive(0.001)
        except (LineClosed, LineGarbled):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.5)
        if (code := self._process.poll()) is not None:
            ended = Ended(code=code) if code >= 0 else Ended(signal=-code)
        self._kill()
        self._process.wait()
        self._line.drain()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if stream:
                    stream.close()
        return ended

    def _kill(self) -> None:
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
