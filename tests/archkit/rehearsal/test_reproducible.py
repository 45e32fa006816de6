"""The same program and script give the same transcript byte for byte: in a fork, in a fresh process, in a sandbox."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archkit.rehearsal import Fault, Script, rehearse
from archkit.rehearsal.process import Launcher, launcher
from archkit.rehearsal.stage import perform

NAMES = ("sound", "side_by_side", "asynchronous", "pays_twice", "in_memory_state", "endless_delegation", "no_timeout")
SAID = ("How do I return a tent?", "Where is my order R-1?", "Please refund order R-3", "Please refund order R-1", "?")
KINDS = ("timeout", "slow", "down", "malformed", "rate_limit")
posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


@pytest.fixture(scope="module")
def forks() -> Iterator[Launcher]:
    template = launcher(None, fork=True)
    yield template
    template.close()


faults = st.builds(
    Fault,
    specialist=st.sampled_from(("triage", "knowledge", "records", "refund")),
    kind=st.sampled_from(KINDS),
    first_call=st.integers(1, 2),
    calls=st.sampled_from((1, None)),
    malformation=st.sampled_from(("truncated", "missing_field", "wrong_type")),
    work_done=st.booleans(),
)


@posix
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(NAMES),
    turns=st.lists(st.sampled_from(SAID), min_size=1, max_size=2),
    happening=st.lists(faults, max_size=2),
    kill_at_call=st.none() | st.integers(1, 5),
    kill_when=st.sampled_from(("before", "after")),
    restart=st.booleans(),
)
def test_two_runs_give_the_same_bytes(
    program, scripted, forks: Launcher, name, turns, happening, kill_at_call, kill_when, restart
) -> None:
    script = scripted(
        *turns, faults=tuple(happening), kill_at_call=kill_at_call, kill_when=kill_when, restart_between=restart
    )
    first, second = (perform(forks, program(name), script) for _ in range(2))
    assert first.model_dump_json() == second.model_dump_json()
    assert first.problem == "" and len(first.turns) == len(turns)
    for turn in first.turns:
        # A coroutine may give up a call before its reply; a call that blocks is over when the turn is.
        assert name == "asynchronous" or all(call.ended_ms <= turn.clock_ms for call in turn.calls)


def stories(scripted) -> list[Script]:
    fault = Fault(specialist="knowledge", kind="timeout", calls=1)
    return [
        scripted("Please refund order R-1", kill_at_call=3, kill_when="after"),
        scripted("How do I return a tent?", "Please refund order R-3", faults=(fault,), restart_between=True),
    ]


@pytest.mark.slow
def test_a_fresh_process_for_each_script_gives_the_same_bytes_as_a_fork(program, scripted) -> None:
    script = stories(scripted)[0]
    fresh = rehearse(program("sound"), script, fork=False)
    assert (fresh.turns[0].ending, fresh.turns[0].resumed, fresh.processes) == ("replied", "from_checkpoint", 2)
    if hasattr(os, "fork"):
        assert fresh.model_dump_json() == rehearse(program("sound"), script, fork=True).model_dump_json()


@pytest.mark.slow
def test_a_fresh_process_that_exits_prints_or_fails_to_load_is_told_of_like_a_fork(program, scripted) -> None:
    seen = rehearse(program("prints_and_exits"), scripted(), fork=False)
    assert seen.turns[0].error == "The program ended its own process with exit code 3."
    assert "a warning" in seen.printed
    assert "exit code 4" in rehearse("import os\nos._exit(4)", scripted(), fork=False).problem


def bubblewrap(folder: Path) -> Sequence[str]:
    """Return a bubblewrap command line: no network, nothing writable but one folder, a process table of its own."""
    return [
        "bwrap",
        *("--unshare-all", "--die-with-parent", "--new-session"),
        *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", tempfile.gettempdir()),
        *("--bind", str(folder), str(folder), "--chdir", str(folder)),
    ]


ATTACK = """
import os, socket
from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph

def tried(attempt):
    try:
        return attempt() or "done"
    except OSError as error:
        return type(error).__name__

def build_graph(desk, checkpointer):
    def one(state):
        said = [
            tried(lambda: socket.create_connection(("127.0.0.1", 9), timeout=2)),
            tried(lambda: open(os.path.expanduser("~root/written-by-a-program"), "w")),
            tried(lambda: open("own-file", "w").write("mine") and "own file"),
            str(len([name for name in os.listdir("/proc") if name.isdigit()]) < 8),
        ]
        return {"messages": [AIMessage(" ".join(said))]}

    builder = StateGraph(MessagesState).add_node(one).add_edge(START, "one").add_edge("one", END)
    return builder.compile(checkpointer=checkpointer)
"""


@pytest.mark.sandbox
def test_a_sandboxed_program_gives_the_same_bytes_and_reaches_nothing_outside(program, scripted) -> None:
    for script in stories(scripted):
        inside = rehearse(program("sound"), script, sandbox=bubblewrap)
        assert inside.model_dump_json() == rehearse(program("sound"), script).model_dump_json()
    (turn,) = rehearse(ATTACK, scripted(), sandbox=bubblewrap).turns
    assert turn.reply.split() in (["ConnectionRefusedError", "OSError", "own", "file", "True"],
                                  ["ConnectionRefusedError", "PermissionError", "own", "file", "True"])  # fmt: skip


@pytest.mark.sandbox
@pytest.mark.slow
def test_a_sandbox_also_holds_fresh_processes(program, scripted) -> None:
    script = stories(scripted)[0]
    inside = rehearse(program("sound"), script, sandbox=bubblewrap, fork=False)
    assert inside.model_dump_json() == rehearse(program("sound"), script).model_dump_json()


def test_a_sandbox_that_cannot_start_says_what_it_said(program, scripted) -> None:
    from archkit.rehearsal import RehearsalError

    def broken(folder: Path) -> Sequence[str]:
        return [sys.executable, "-c", "raise SystemExit('no namespaces here')"]

    with pytest.raises(RehearsalError, match="no namespaces here"):
        rehearse(program("sound"), scripted(), sandbox=broken)


def test_importing_the_toolkit_starts_and_loads_nothing_heavy() -> None:
    code = "import archkit.rehearsal, sys; print('langgraph' in sys.modules, 'langchain_core' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split() == ["False"] * 2
