"""The stage: plays one script to a program, and records what the program does."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archkit.rehearsal import messages
from archkit.rehearsal.actor import LIMITS
from archkit.rehearsal.channel import LineClosed, LineGarbled
from archkit.rehearsal.messages import (
    LONGEST_MS,
    CallMade,
    Inspected,
    NodeBegins,
    Problem,
    Ready,
    Waits,
    clean,
    understood,
)
from archkit.rehearsal.process import Ended, Launcher, ProgramProcess
from archkit.rehearsal.script import Role, Script
from archkit.rehearsal.specialists import BadRequest, Company, broken
from archkit.rehearsal.transcript import (
    Call,
    Ending,
    Graph,
    GraphEdge,
    Handoff,
    History,
    Message,
    Transcript,
    Turn,
)

__all__ = ["MAX_CALLS", "MAX_STEPS", "TURN_SECONDS", "perform"]

MAX_CALLS = 60
"""Calls of specialists that one turn may make; a turn with more is stopped as endless."""
MAX_STEPS = 400
"""Nodes that one turn may begin; a turn with more is stopped as endless."""
TURN_SECONDS = 40.0
"""Real time that a turn may take without having used up its CPU seconds; then it is stopped as hung."""
_LOAD_SECONDS = 60.0
_IDLE_SECONDS = 5
_MAX_MESSAGES = 5_000
_MAX_HANDOFFS = 10
_PATH_SHOWN = 120
_PRINTED_SHOWN = 4_000


def perform(launcher: Launcher, program: str, script: Script) -> Transcript:
    """Play a script to a program.

    Args:
        launcher: starts the program's processes.
        program: text of the program.
        script: what happens.
    """
    # A program that came before may have written here; nobody can guess this name.
    folder = Path(tempfile.mkdtemp(prefix="script-", dir=launcher.folder))
    stage = _Stage(launcher, program, script, folder)
    try:
        return stage.perform()
    finally:
        stage.stop()
        shutil.rmtree(folder, ignore_errors=True)


class _Problem(Exception):
    """Why the program cannot be run."""


class _Stopped(Exception):
    """The turn is over before the program ended it."""

    def __init__(self, ending: Ending, why: str) -> None:
        self.ending, self.why = ending, why
        super().__init__(why)


class _KilledByScript(Exception):
    """The script has killed the program's process."""


@dataclass
class _Clock:
    """Simulated time, in which the nodes of one step run side by side although they are run one after the other."""

    now: float = 0.0
    step: int = -1
    task: str = ""
    began: float = 0.0
    branches: dict[str, float] = field(default_factory=dict)

    def enter(self, step: int, task: str) -> None:
        """Go on in this branch of this step; a subgraph's own steps (-1) belong to the branch that they are in."""
        if step < 0:
            return
        if step != self.step:
            self.forget_branches()
            self.step = step
        self.task = task
        self.branches.setdefault(task, self.began)

    def forget_branches(self) -> None:
        """Begin anew where the slowest branch has ended."""
        self.began, self.step, self.task = self.now, -1, ""
        self.branches.clear()

    def here(self) -> float:
        """The time in the branch that runs."""
        return self.branches.get(self.task, self.now)

    def advance(self, ms: float) -> None:
        """Let time pass in the branch that runs."""
        here = self.here() + ms
        if self.task in self.branches:
            self.branches[self.task] = here
        self.now = max(self.now, here)

    def move_to(self, ms: float) -> None:
        """Take over the time of a program whose coroutines have waited for timers of their own."""
        self.advance(max(0.0, ms - self.here()))


@dataclass
class _Record:
    """What has been seen of a turn so far."""

    said: str
    began: float
    effects_before: int
    calls: list[Call] = field(default_factory=list)
    handoffs: list[Handoff] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    steps: int = 0
    messages: int = 0
    reply: str = ""
    outcome: str | None = None
    ending: Ending = "replied"
    error: str = ""
    killed_at_call: int | None = None
    resumed: Any = None


class _Stage:
    def __init__(self, launcher: Launcher, program: str, script: Script, folder: Path) -> None:
        self._launcher, self._program, self._script, self._folder = launcher, program, script, folder
        self._company = Company(script)
        self._clock = _Clock()
        self._process: ProgramProcess | None = None
        self._processes = 0
        self._calls = 0
        self._has_killed = False
        self._graph: Graph | None = None
        self._turn: _Record | None = None

    def stop(self) -> Ended | None:
        """End the program's process, if there is one; return how it ended by itself, if it did."""
        process, self._process = self._process, None
        return process.stop() if process else None

    def perform(self) -> Transcript:
        """Play the whole script."""
        turns: list[Turn] = []
        try:
            for number, said in enumerate(self._script.turns):
                if number and self._script.restart_between:
                    self.stop()
                turns.append(self._turned(said))
        except _Problem as problem:
            return Transcript(
                script=self._script.name, problem=str(problem), processes=self._processes, printed=self._printed()
            )
        self.stop()
        return Transcript(
            script=self._script.name,
            turns=tuple(turns),
            history=self._history(),
            graph=self._graph,
            processes=self._processes,
            printed=self._printed(),
        )

    def _load(self) -> None:
        """Start a process and let it load the program."""
        self._processes += 1
        self._process = self._launcher.start(self._folder, self._folder / "printed.txt")
        try:
            self._send(
                {
                    "op": "load",
                    "program": self._program,
                    "process": self._processes,
                    "customer": self._script.customer,
                    "checkpoint": str(self._folder / "checkpoint.sqlite"),
                }
            )
            until = time.monotonic() + _LOAD_SECONDS
            for _ in range(_MAX_MESSAGES):
                message = self._receive(until)
                if isinstance(message, Ready):
                    self._graph = _graph(message)
                    return
                if isinstance(message, Problem):
                    raise _Problem(message.text)
                if isinstance(message, Waits):
                    self._clock.advance(1000 * message.seconds)
                    self._send({})
                else:
                    self._send(
                        {
                            "error": "refused",
                            "message": "A specialist can be called only while a customer's message is being answered: "
                            "call it in a node, not in build_graph or at the top of the program.",
                        }
                    )
            raise _Stopped("endless", "it sends message after message")
        except (LineClosed, LineGarbled):
            raise _Problem(f"The program could not be loaded: {self._why_it_ended()[1]}.") from None
        except _Stopped as stopped:
            raise _Problem(f"The program could not be loaded: {stopped.why}.") from None

    def _is_loaded(self, record: _Record) -> bool:
        """Load the program; a later process that cannot be loaded ends the turn, the first one the rehearsal."""
        try:
            self._load()
        except _Problem as problem:
            if self._graph is None:
                raise
            record.ending, record.error = "raised", str(problem)
            return False
        return True

    def _turned(self, said: str) -> Turn:
        """Play one message of the customer, to its end."""
        record = self._turn = _Record(said, self._clock.now, len(self._company.side_effects))
        task: dict[str, Any] = {"op": "turn", "text": said}
        try:
            while True:
                if self._process is None and not self._is_loaded(record):
                    break
                self._clock.forget_branches()
                try:
                    ended = self._until_the_end_of(task)
                except _KilledByScript:
                    self.stop()
                    record.killed_at_call = self._calls
                    task = {"op": "resume", "text": said}
                    continue
                if not self._goes_on(record, ended):
                    break
                if self._script.restart_between:
                    self.stop()
                task = {"op": "decide", "decision": self._script.decision}
        except (LineClosed, LineGarbled) as error:
            if isinstance(error, LineGarbled):
                self.stop()
                record.ending, record.error = "killed", f"The program wrote on the stage's own line: {error}."
            else:
                ending, why = self._why_it_ended()
                record.ending, record.error = ending, f"{why[0].upper()}{why[1:]}."
        except _Stopped as stopped:
            self.stop()
            record.ending, record.error = stopped.ending, f"{stopped.why[0].upper()}{stopped.why[1:]}."
        is_heard = record.ending in ("replied", "waiting_for_human")
        return Turn(
            said=said,
            reply=record.reply if is_heard else "",
            outcome=record.outcome if is_heard else None,
            ending=record.ending,
            error=record.error,
            calls=tuple(record.calls),
            side_effects=tuple(self._company.side_effects[record.effects_before :]),
            handoffs=tuple(record.handoffs),
            path=tuple(record.path),
            steps=record.steps,
            clock_ms=round(self._clock.now - record.began),
            killed_at_call=record.killed_at_call,
            resumed=record.resumed,
        )

    def _goes_on(self, record: _Record, ended: messages.Ended) -> bool:
        """Take over how the graph ended; tell whether a person's decision makes it go on."""
        record.ending = ended.ending
        record.resumed = ended.resumed or record.resumed
        if record.ending == "raised":
            record.error = self._without_folder(ended.error)
            return False
        if record.ending == "hung":
            self.stop()
            record.error = "Everything waits for a specialist that never replies, and no timeout is set."
            return False
        record.reply, record.outcome = ended.reply, ended.outcome
        if record.ending == "replied":
            return False
        decision = self._script.decision
        for asked in ended.waiting:
            record.handoffs.append(
                Handoff(
                    node=asked.node,
                    payload=asked.payload,
                    decision=decision,
                    calls_before=len(record.calls),
                    side_effects_before=len(self._company.side_effects),
                )
            )
        if len(record.handoffs) > _MAX_HANDOFFS:
            raise _Stopped("endless", f"the turn asked a person more than {_MAX_HANDOFFS} times")
        return decision is not None

    def _until_the_end_of(self, task: dict[str, Any]) -> messages.Ended:
        """Give the program a task and serve it until it says that it is done."""
        assert self._turn is not None
        until = time.monotonic() + TURN_SECONDS
        self._send(task)
        while True:
            message = self._receive(until)
            self._turn.messages += 1
            if self._turn.messages > _MAX_MESSAGES:
                raise _Stopped("endless", f"the turn was stopped after {_MAX_MESSAGES:,} messages to the stage")
            if message.now_ms is not None:
                self._clock.move_to(min(message.now_ms, self._turn.began + LONGEST_MS))
            if isinstance(message, messages.Ended):
                return message
            if isinstance(message, CallMade):
                self._send(self._call(self._turn, message))
            elif isinstance(message, Waits):
                self._clock.advance(1000 * message.seconds)
                self._send({})
            elif isinstance(message, NodeBegins):
                self._turn.steps += 1
                if len(self._turn.path) < _PATH_SHOWN:
                    self._turn.path.append(message.path)
                if self._turn.steps > MAX_STEPS:
                    raise _Stopped("endless", f"the turn was stopped after {MAX_STEPS} steps")
                self._clock.enter(message.step, message.task)
                self._send({})
            else:
                raise LineGarbled(f"it said {message.op!r} in the middle of a turn")
            if self._clock.now - self._turn.began > LONGEST_MS:
                raise _Stopped("endless", "the turn was stopped after 24 hours of simulated time")

    def _call(self, turn: _Record, message: CallMade) -> dict[str, Any]:
        """Let a specialist be called: record it, and return what the program learns of it."""
        if len(turn.calls) >= MAX_CALLS:
            raise _Stopped("endless", f"the turn was stopped when it made more than {MAX_CALLS} calls")
        self._calls += 1
        seen = _Seen(message, self._calls, self._processes, turn.began, self._clock.here())
        is_killed = self._script.kill_at_call == self._calls and not self._has_killed
        self._has_killed = self._has_killed or is_killed
        if is_killed and self._script.kill_when == "before":
            turn.calls.append(seen.call(error="killed"))
            raise _KilledByScript
        try:
            role = self._company.check(seen.specialist, seen.request)
        except BadRequest as error:
            turn.calls.append(seen.call(error="refused", message=clean(str(error)[:900])))
            if is_killed:
                raise _KilledByScript from None
            return {"error": "refused", "message": str(error), "takes_ms": 0}
        answer, takes_ms = self._answered(seen, role)
        if is_killed:
            turn.calls.append(seen.call(fault=seen.fault, error="killed", worked=seen.worked))
            raise _KilledByScript
        if answer.get("error") == "hung":
            turn.calls.append(seen.call(fault=seen.fault, error="hung", worked=seen.worked))
            if message.waits:
                raise _Stopped("hung", f"the turn waits for {seen.specialist}, which never replies, without a timeout")
            return answer
        if message.waits:
            self._clock.advance(takes_ms)
        turn.calls.append(
            seen.call(
                fault=seen.fault,
                reply=answer.get("reply"),
                error=answer.get("error"),
                worked=seen.worked,
                ended=seen.started + takes_ms,
            )
        )
        return {**answer, "takes_ms": takes_ms}

    def _answered(self, seen: _Seen, role: Role) -> tuple[dict[str, Any], float]:
        """Return a specialist's answer as its health permits, and how long it takes in ms."""
        fault = self._company.next_fault(seen.specialist)
        seen.fault = fault.kind if fault else None
        takes = next(s.latency_ms for s in self._script.specialists if s.id == seen.specialist)
        if fault and fault.kind == "down":
            return {"error": "down"}, min(5, takes)
        if fault and fault.kind == "rate_limit":
            return {"error": "rate_limited", "retry_after_ms": fault.retry_after_ms}, min(5, takes)
        if fault and fault.kind == "handoff":
            return _within(seen, {"reply": {"handoff": fault.to}}, takes)
        if fault and fault.kind == "timeout":
            if fault.work_done:
                self._work(seen, role)
            return ({"error": "hung"}, 0) if seen.timeout_ms is None else ({"error": "timeout"}, seen.timeout_ms)
        # A specialist that is only slow does its work, whether or not anybody still waits for it.
        reply = self._work(seen, role)
        if fault and fault.kind == "slow":
            takes = fault.latency_ms
        if fault and fault.kind == "malformed":
            reply = broken(reply, fault)
        return _within(seen, {"reply": reply}, takes)

    def _work(self, seen: _Seen, role: Role) -> dict[str, Any]:
        seen.worked = True
        return self._company.work(seen.specialist, role, seen.request, seen.key)

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process is not None
        self._process.send({**message, "clock_ms": round(self._clock.here(), 3)})

    def _receive(self, until: float) -> Any:
        """Return the next message; see `messages` for what it may be."""
        assert self._process is not None
        worked, idle = 0.0, 0
        while (left := until - time.monotonic()) > 0:
            message = self._process.receive(min(left, 0.5))
            if message is not None:
                return understood(message)
            before, worked = worked, self._process.cpu_seconds()
            idle = idle + 1 if worked == before else 0
            if idle >= 2 * _IDLE_SECONDS:
                raise _Stopped("hung", "the program waits for something that never comes, such as a lock or a queue")
        raise _Stopped("hung", "the program was stopped because it neither went on nor ended")

    def _why_it_ended(self) -> tuple[Ending, str]:
        """Say how the program's process ended, which it did by itself."""
        ended = self.stop() or Ended()
        if sys.platform != "win32" and ended.signal == signal.SIGXCPU:
            return "endless", f"the program was stopped after {LIMITS['cpu_s']} s of CPU time"
        if ended.signal is not None:
            with contextlib.suppress(ValueError):
                return "killed", f"the program's process was ended by {signal.Signals(ended.signal).name}"
            return "killed", f"the program's process was ended by signal {ended.signal}"
        if ended.code is not None:
            return "killed", f"the program ended its own process with exit code {ended.code}"
        return "killed", "the program's process went away, closed its line to the stage, or did not read it"

    def _history(self) -> History:
        """Read the checkpoint file in a process of its own, which does not run the program."""
        file = self._folder / "checkpoint.sqlite"
        if not file.exists():
            return History(saved=False)
        process = self._process = self._launcher.start(self._folder, self._folder / "inspected.txt")
        found: Any = None
        with contextlib.suppress(LineClosed, LineGarbled, _Stopped):
            process.send({"op": "inspect", "checkpoint": str(file), "clock_ms": 0})
            found = self._receive(time.monotonic() + _LOAD_SECONDS)
        self.stop()
        if not isinstance(found, Inspected) or not found.saved:
            return History(saved=False)
        told = tuple(Message(role=role, text=text) for role, text in found.messages)
        heard = [message.text for message in told if message.role == "human"]
        return History(
            saved=True,
            messages=told,
            keys=tuple(found.keys),
            survived=all(said in heard for said in self._script.turns),
        )

    def _printed(self) -> str:
        file = self._folder / "printed.txt"
        if not file.is_file() or file.is_symlink():
            return ""
        with file.open("rb") as stream:
            text = stream.read(4 * _PRINTED_SHOWN).decode("utf-8", "replace")
        return self._without_folder(re.sub(r"0x[0-9a-fA-F]{6,}", "0x…", text)).replace("\0", "")[:_PRINTED_SHOWN]

    def _without_folder(self, text: str) -> str:
        return text.replace(str(self._folder), "scratch")


class _Seen:
    """A call that is being made."""

    def __init__(self, message: CallMade, number: int, process: int, began: float, started: float) -> None:
        self.number, self.process, self._began, self.started = number, process, began, started
        self.specialist, self.node = message.specialist, message.node
        self.request, self.key = message.request, message.idempotency_key
        self.timeout_ms = None if message.timeout_ms is None else min(message.timeout_ms, LONGEST_MS)
        self.fault: Any = None
        self.worked = False

    def call(self, *, ended: float | None = None, **seen: Any) -> Call:
        return Call(
            number=self.number,
            process=self.process,
            node=self.node,
            specialist=self.specialist,
            request=self.request,
            timeout_ms=self.timeout_ms,
            idempotency_key=self.key,
            started_ms=round(self.started - self._began),
            ended_ms=round((self.started if ended is None else ended) - self._began),
            **{"fault": None, "reply": None, "error": None, "worked": False, **seen},
        )


def _within(seen: _Seen, answer: dict[str, Any], takes: float) -> tuple[dict[str, Any], float]:
    if seen.timeout_ms is not None and takes > seen.timeout_ms:
        return {"error": "timeout"}, seen.timeout_ms
    return answer, takes


def _graph(given: Ready) -> Graph:
    return Graph(
        nodes=tuple(given.nodes),
        edges=tuple(GraphEdge(source=a, target=b, conditional=conditional) for a, b, conditional in given.edges),
        checkpointer=given.checkpointer,
        checkpointer_class=given.checkpointer_class,
        recursion_limit=given.recursion_limit,
    )
