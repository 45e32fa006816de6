"""Runs a learner's program, in a process of the program's own: loads its text, drives its graph, answers the stage."""

from __future__ import annotations

import asyncio
import contextlib
import json
import linecache
import random
import re
import sqlite3
import sys
import threading
import traceback
import types
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.config import get_config
from langgraph.graph import StateGraph
from langgraph.pregel import Pregel
from langgraph.types import Command

from archkit.rehearsal import simulated_time
from archkit.rehearsal.channel import Channel, LineClosed
from archkit.rehearsal.desk import Desk

__all__ = ["FILE_NAME", "serve"]

FILE_NAME = "support_program.py"
_THREAD = "conversation"
_LONGEST_TEXT = 8_000


class _ProgramProblem(Exception):
    """Why the program cannot be run, in one sentence."""


class _Checkpoints(SqliteSaver):
    """LangGraph's SQLite checkpoints for synchronous and asynchronous graphs alike.

    The asynchronous methods do the same work in place: the file is local, and one thread keeps the order of events the
    same in every run.
    """

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return self.get_tuple(config)

    async def alist(self, config: RunnableConfig | None, **options: Any) -> AsyncIterator[CheckpointTuple]:
        for found in self.list(config, **options):
            yield found

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        return self.put(config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        self.put_writes(config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        self.delete_thread(thread_id)


class _StageLine:
    """The program's side of the line: one question at a time, whichever thread asks."""

    def __init__(self, channel: Channel, clock: simulated_time.Clock) -> None:
        self._channel, self._clock = channel, clock
        self._lock = threading.Lock()
        self._last_node = ""
        self._told_ms = 0.0

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Send a question, take over the clock of the answer, and return it."""
        if message["op"] == "call":
            message["node"] = _current_node() or self._last_node
        with self._lock:
            self._channel.send(self.timed(message))
            answer = self._channel.receive()
            # An event loop's time never goes back; a blocking node's does where the next one ran beside it.
            now = max(self._clock.now_ms, answer["clock_ms"]) if _in_event_loop() else answer["clock_ms"]
            self.set_clock(now)
        return answer

    def timed(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return a message with the time, where an event loop of this process has let some of it pass."""
        return {**message, "now_ms": self._clock.now_ms} if self._clock.now_ms > self._told_ms else message

    def set_clock(self, ms: float) -> None:
        """Take over the stage's time."""
        self._clock.now_ms = self._told_ms = ms

    def wait(self, seconds: float) -> None:
        """Let simulated time pass."""
        self.ask({"op": "wait", "seconds": seconds})

    def node_begins(self, path: str, step: int, task: str) -> None:
        """Report that a node begins."""
        self._last_node = path
        self.ask({"op": "node", "path": path, "step": step, "task": task})


class _Observer(BaseCallbackHandler):
    """Reports each node that begins, also inside subgraphs."""

    run_inline = True

    def __init__(self, stage: _StageLine) -> None:
        self._stage = stage

    def on_chain_start(self, serialized: Any, inputs: Any, **about: Any) -> None:
        if not any(tag.startswith("graph:step:") for tag in about.get("tags") or ()):
            return
        metadata = about.get("metadata") or {}
        tasks = str(metadata.get("langgraph_checkpoint_ns", "")).split("|")
        path = _path(tasks)
        if path.endswith("__start__"):
            return
        # Inside a subgraph the step is the subgraph's own; only the outer one tells what runs side by side.
        step = int(metadata["langgraph_step"]) if len(tasks) == 1 else -1
        self._stage.node_begins(path, step, tasks[0])


def _path(tasks: Sequence[str]) -> str:
    return "/".join(task.partition(":")[0] for task in tasks)[:200]


def _current_node() -> str:
    try:
        tasks = str(get_config()["configurable"].get("checkpoint_ns") or "")
    except (RuntimeError, KeyError):
        return ""
    return _path(tasks.split("|"))


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def serve(channel: Channel, task_begins: Callable[[], None]) -> None:
    """Do what the stage asks until it closes the line.

    Args:
        channel: the line to the stage.
        task_begins: called before each task.
    """
    clock = simulated_time.Clock()
    stage = _StageLine(channel, clock)
    program: _Program | None = None
    with contextlib.suppress(LineClosed):
        while True:
            task = channel.receive()
            task_begins()
            stage.set_clock(task["clock_ms"])
            if task["op"] == "inspect":
                channel.send(_inspected(Path(task["checkpoint"])))
                continue
            if task["op"] == "load":
                simulated_time.install(clock, stage.wait)
                _make_chance_reproducible(task["process"])
                try:
                    program = _Program(task, stage)
                    answer = {"op": "ready", **program.described()}
                except _ProgramProblem as problem:
                    answer = {"op": "problem", "text": str(problem)}
            else:
                assert program is not None
                answer = stage.timed(program.perform(task))
            channel.send(answer)


def _make_chance_reproducible(process: int) -> None:
    """Seed chance by the number of the process: the same in every rehearsal, another after a kill as in life."""
    random.seed(process)
    ids = random.Random(process)
    uuid.uuid4 = lambda: uuid.UUID(int=ids.getrandbits(128), version=4)


class _Program:
    """A loaded program with its compiled graph."""

    def __init__(self, task: dict[str, Any], stage: _StageLine) -> None:
        self._stage = stage
        connection = sqlite3.connect(task["checkpoint"], check_same_thread=False)
        self._checkpoints = _Checkpoints(connection)
        try:
            # A killed process loses nothing that it has handed to the operating system; only a power cut would.
            connection.execute("PRAGMA synchronous=OFF")
            self._checkpoints.setup()
        except sqlite3.Error as error:
            raise _ProgramProblem(f"The checkpoint file cannot be used any more: {error}.") from None
        self._graph = _build(task["program"], Desk(task["customer"], stage.ask), self._checkpoints)
        self._is_async = _has_async_nodes(self._graph)
        self._config: RunnableConfig = {
            "configurable": {"thread_id": _THREAD},
            "callbacks": [_Observer(stage)],
        }
        if not self._is_async:
            # Nodes of one step run one after the other, in the same order in every run; the stage's clock counts them
            # as running side by side.
            self._config["max_concurrency"] = 1

    def described(self) -> dict[str, Any]:
        """Say what the graph is made of."""
        drawn = self._graph.get_graph()
        own = self._graph.checkpointer
        ends = {"__start__", "__end__"}
        kind = "given" if own is self._checkpoints else "other" if own else "none"
        return {
            "nodes": [node for node in drawn.nodes if node not in ends],
            "edges": [[edge.source, edge.target, bool(edge.conditional)] for edge in drawn.edges],
            "checkpointer": kind,
            "checkpointer_class": "SqliteSaver" if kind == "given" else type(own).__name__ if own else None,
            "recursion_limit": (self._graph.config or {}).get("recursion_limit"),
        }

    def perform(self, task: dict[str, Any]) -> dict[str, Any]:
        """Run the graph for one message, one decision, or from where a killed process left it."""
        resumed = None
        try:
            if task["op"] == "decide":
                given: Any = Command(resume=self._decisions(task["decision"]))
            else:
                given = {"messages": [HumanMessage(task["text"])]}
                if task["op"] == "resume":
                    resumed = "from_checkpoint" if self._unfinished() else "redelivered"
                    given = None if resumed == "from_checkpoint" else given
            result = self._invoke(given)
            waiting = self._waiting(result)
            state = result if isinstance(result, dict) else {}
            reply = _reply(state.get("messages"))
            stopped_before = self._unfinished() if not (waiting or reply) else ()
        except simulated_time.Stuck:
            return {"op": "end", "ending": "hung", "resumed": resumed}
        except LineClosed:
            raise
        except BaseException as error:
            return {"op": "end", "ending": "raised", "error": _sentence(error), "resumed": resumed}
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()
        if stopped_before:
            why = f"The graph stopped before {', '.join(stopped_before)}. Ask a person by interrupt(...) in the node."
            return {"op": "end", "ending": "raised", "error": why, "resumed": resumed}
        return {
            "op": "end",
            "ending": "waiting_for_human" if waiting else "replied",
            "reply": reply,
            "outcome": None if (outcome := state.get("outcome")) is None else str(outcome)[:80],
            "waiting": waiting,
            "resumed": resumed,
        }

    def _invoke(self, given: Any) -> Any:
        durability: Any = "sync" if self._graph.checkpointer else None
        if self._is_async:
            return asyncio.run(self._graph.ainvoke(given, self._config, durability=durability))
        return self._graph.invoke(given, self._config, durability=durability)

    def _state(self) -> Any:
        plain: RunnableConfig = {"configurable": {"thread_id": _THREAD}}
        return asyncio.run(self._graph.aget_state(plain)) if self._is_async else self._graph.get_state(plain)

    def _unfinished(self) -> Sequence[str]:
        """Return the nodes that the saved conversation still has to run."""
        return self._state().next if self._graph.checkpointer else ()

    def _waiting(self, result: Any) -> list[dict[str, Any]]:
        interrupts = result.get("__interrupt__", ()) if isinstance(result, dict) else ()
        if not interrupts:
            return []
        nodes = {i.id: task.name for task in self._state().tasks for i in task.interrupts}
        return [{"node": nodes.get(i.id, ""), "payload": _as_json(i.value)} for i in interrupts]

    def _decisions(self, decision: str) -> Any:
        """Answer one question plainly, several that wait side by side each by its id."""
        waiting = [i for task in self._state().tasks for i in task.interrupts] if self._graph.checkpointer else []
        return decision if len(waiting) < 2 else {i.id: decision for i in waiting}


def _build(text: str, desk: Desk, checkpoints: SqliteSaver) -> Pregel[Any, Any, Any, Any]:
    linecache.cache[FILE_NAME] = (len(text), None, text.splitlines(keepends=True), FILE_NAME)
    module = types.ModuleType(Path(FILE_NAME).stem)
    module.__file__ = FILE_NAME
    sys.modules[module.__name__] = module
    try:
        exec(compile(text, FILE_NAME, "exec"), module.__dict__)
    except SyntaxError as error:
        raise _ProgramProblem(f"Line {error.lineno}: this is no Python ({error.msg}).") from None
    except UnicodeError as error:
        raise _ProgramProblem(f"The program is no Python: it holds a character that no file can ({error}).") from None
    except BaseException as error:
        raise _ProgramProblem(f"The program could not be loaded. {_sentence(error)}") from None
    build = getattr(module, "build_graph", None)
    if not callable(build):
        raise _ProgramProblem("The program has no function `build_graph`. Define build_graph(desk, checkpointer).")
    try:
        graph = build(desk, checkpoints)
    except BaseException as error:
        raise _ProgramProblem(f"build_graph failed. {_sentence(error)}") from None
    line = f"Line {build.__code__.co_firstlineno}: " if isinstance(build, types.FunctionType) else ""
    if isinstance(graph, StateGraph):
        raise _ProgramProblem(
            f"{line}build_graph returned a StateGraph that is not compiled; "
            "return builder.compile(checkpointer=checkpointer)."
        )
    if not isinstance(graph, Pregel):
        raise _ProgramProblem(
            f"{line}build_graph returned {type(graph).__name__}; expected the compiled graph, "
            "builder.compile(checkpointer=checkpointer)."
        )
    return graph


def _has_async_nodes(graph: Pregel[Any, Any, Any, Any]) -> bool:
    def nodes(of: Pregel[Any, Any, Any, Any]) -> Iterator[Any]:
        for node in of.nodes.values():
            yield node.bound
            if isinstance(node.bound, Pregel):
                yield from nodes(node.bound)

    return any(
        getattr(bound, "afunc", None) is not None and getattr(bound, "func", True) is None for bound in nodes(graph)
    )


def _reply(messages: Any) -> str:
    last = messages[-1] if isinstance(messages, list) and messages else None
    return _text(last) if isinstance(last, BaseMessage) and last.type == "ai" else ""


def _text(message: BaseMessage) -> str:
    return str(message.text)[:_LONGEST_TEXT]


def _as_json(value: Any) -> Any:
    try:
        text = json.dumps(value, allow_nan=False, default=lambda other: str(other)[:500])
    except (TypeError, ValueError, RecursionError):
        return str(value)[:500]
    return json.loads(text) if len(text) <= 20_000 else text[:20_000]


def _sentence(error: BaseException) -> str:
    """Say what was raised, and in which line of the program."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE_NAME]
    try:
        said = str(error)
    except Exception:
        said = "its message cannot be read"
    said = re.sub(r"0x[0-9a-fA-F]{6,}", "0x…", said.partition("\nFor troubleshooting")[0]).strip()[:600]
    return f"{f'Line {lines[-1]}: ' if lines else ''}{type(error).__name__}{f': {said}' if said else ''}"


def _inspected(file: Path) -> dict[str, Any]:
    """Say what a checkpoint file holds, without the program that wrote it."""
    if not file.exists():
        return {"op": "inspected", "saved": False}
    with contextlib.closing(sqlite3.connect(file)) as connection:
        found = SqliteSaver(connection).get_tuple({"configurable": {"thread_id": _THREAD}})
    if found is None:
        return {"op": "inspected", "saved": False}
    values = found.checkpoint["channel_values"]
    messages = values.get("messages")
    return {
        "op": "inspected",
        "saved": True,
        "keys": sorted(k for k, v in values.items() if v is not None and not k.startswith(("__", "branch:", "join:"))),
        "messages": [
            [message.type, _text(message)]
            for message in (messages if isinstance(messages, list) else [])
            if isinstance(message, BaseMessage)
        ][-200:],
    }
