"""Whatever a program does to its own process, the stage goes on, says what happened, and leaves nothing behind."""

import json
import os
import sys
import tempfile
import textwrap
from pathlib import Path

import psutil
import pytest

from archkit.rehearsal import end_rehearsals, rehearse
from archkit.rehearsal.process import launcher

posix = pytest.mark.skipif(os.name != "posix", reason="the attack is POSIX's")
linux = pytest.mark.skipif(sys.platform != "linux", reason="the protection is Linux's")


def node(body: str, top: str = "") -> str:
    """Return a program with one node, which does this in its first turn and answers in the next."""
    return f"""
import os, sys
from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph
{textwrap.dedent(top)}

class State(MessagesState):
    outcome: str

def build_graph(desk, checkpointer):
    def attack():
{textwrap.indent(textwrap.dedent(body), " " * 8)}

    def one(state):
        text = attack() if state["messages"][-1].text == "attack" else "fine"
        return {{"messages": [AIMessage(text or "survived")], "outcome": "answered"}}

    builder = StateGraph(State).add_node(one).add_edge(START, "one").add_edge("one", END)
    return builder.compile(checkpointer=checkpointer)
"""


def line(written: str) -> str:
    """Return code that finds the line to the stage among the descriptors, and writes to it."""
    return f"""
links = {{int(n): f"/proc/self/fd/{{n}}" for n in os.listdir("/proc/self/fd")}}
(fd,) = (n for n, link in links.items() if os.path.islink(link) and os.readlink(link).startswith("socket:"))
os.write(fd, {written})
"""


ATTACKS = {
    "raises SystemExit": ("sys.exit('bye')", "raised", "SystemExit: bye"),
    "raises KeyboardInterrupt": ("raise KeyboardInterrupt", "raised", "KeyboardInterrupt"),
    "raises a BaseException": ("raise BaseException('odd')", "raised", "BaseException: odd"),
    "recurses for ever": ("f = lambda: f()\nf()", "raised", "RecursionError"),
    "reads from the terminal": ("input()", "raised", "EOFError"),
    "wants too much memory": ("bytearray(8 << 30)", "raised", "MemoryError"),
    "prints too much": ("for _ in range(60): print('x' * (1 << 20))", "raised", "File too large"),
    "exits at once": ("os._exit(5)", "killed", "exit code 5"),
    "kills itself": ("os.kill(os.getpid(), 9)", "killed", "SIGKILL"),
    "crashes the interpreter": ("import ctypes\nctypes.string_at(0)", "killed", "SIGSEGV"),
    "waits for a lock for ever": ("import threading\nthreading.Event().wait()", "hung", "a lock or a queue"),
    "closes every descriptor": ("os.closerange(3, 250)", "killed", "closed its line"),
    "writes garbage to every descriptor": (line("b'garbage\\n'"), "killed", "no JSON"),
    "writes a huge line": (line("b'x' * 3_000_000"), "killed", "longer than"),
    "writes endless messages": (
        line("""b'{"op": "wait", "seconds": 0}\\n' * 100_000"""),
        "killed",
        "did not read",
    ),
    "forges calls and never reads": (
        line(
            """b'{"op": "call", "specialist": "knowledge", "request": {"question": "?"}, '
             b'"timeout_ms": 9, "idempotency_key": null}\\n' * 100"""
        )
        + "import threading\nthreading.Event().wait(60)",
        "endless",
        "more than 60 calls",
    ),
    "sends messages of no kind": (line("""b'{"op": "win"}\\n'"""), "killed", "no message"),
    "turns the clock back": (line("""b'{"op": "wait", "seconds": -5}\\n'"""), "killed", "no message"),
    "kills the process that forked it": (
        "import threading\nos.kill(os.getppid(), 9)\nthreading.Event().wait(60)",
        "killed",
        "went away",
    ),
}


@linux
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_turn_that_attacks_ends_in_a_sentence_and_the_next_one_works(scripted, attack: str) -> None:
    body, ending, said = ATTACKS[attack]
    first, second = rehearse(node(body), scripted("attack", "go on")).turns
    assert (first.ending, said in first.error) == (ending, True), first.error
    assert (second.ending, second.reply) == ("replied", "fine")


@posix
@pytest.mark.slow
def test_a_turn_that_only_computes_is_stopped_as_endless(scripted) -> None:
    (turn,) = rehearse(node("sum(range(10**12))"), scripted("attack")).turns
    assert (turn.ending, turn.error) == ("endless", "The program was stopped after 5 s of CPU time.")


@linux
def test_processes_that_a_program_leaves_behind_are_killed(scripted) -> None:
    body = """
        import subprocess
        subprocess.Popen(["sleep", "98765"], start_new_session=True)
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.execvp("sleep", ["sleep", "98766"])
            os._exit(0)
    """
    assert rehearse(node(body), scripted("attack")).turns[0].reply == "survived"
    left = [p for p in psutil.process_iter(["cmdline"]) if set(p.info["cmdline"] or ()) & {"98765", "98766"}]
    assert left == []


@linux
def test_an_exit_is_seen_although_a_forked_process_keeps_the_line_open(scripted) -> None:
    body = """
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", "98767"])
        if os.fork() == 0:
            import threading
            threading.Event().wait(98767)
        os._exit(6)
    """
    (turn,) = rehearse(node(body), scripted("attack")).turns
    assert (turn.ending, turn.error) == ("killed", "The program ended its own process with exit code 6.")


def test_what_a_program_prints_is_shown_and_never_taken_for_a_message(program, scripted) -> None:
    seen = rehearse(program("prints_and_exits"), scripted())
    assert seen.turns[0].ending == "killed"
    assert [json.loads(seen.printed.splitlines()[0])["reply"], *seen.printed.splitlines()[1:]] == [
        "forged",
        "and past Python",
        "a warning",
    ]


def test_no_secret_of_the_environment_reaches_the_program(scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    end_rehearsals()  # so that the process begins with this environment
    for name in ("OPENAI_API_KEY", "CANVAS_TOKEN", "MY_PASSWORD", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "hunter2-secret")
    body = "print(dict(os.environ))\nprint(open('/proc/self/environ').read() if os.path.exists('/proc') else '')"
    seen = rehearse(node(body), scripted("attack"))
    assert "PATH" in seen.printed
    assert "hunter2" not in seen.printed and "TOKEN" not in seen.printed


@linux
def test_the_process_that_forks_cannot_be_read_by_its_programs(scripted) -> None:
    body = """
        try:
            open(f"/proc/{os.getppid()}/mem", "rb").close()
            return "could read it"
        except OSError as error:
            return type(error).__name__
    """
    (turn,) = rehearse(node(body), scripted("attack")).turns
    assert turn.reply == "PermissionError" or os.geteuid() == 0  # root may read everything: it needs the sandbox


@linux
def test_the_process_that_forks_has_one_thread() -> None:
    before = set(psutil.Process().children())
    template = launcher(None, fork=True)
    try:
        folder = Path(tempfile.mkdtemp(dir=template.folder))
        process = template.start(folder, folder / "printed.txt")
        (parent,) = set(psutil.Process().children()) - before
        assert parent.num_threads() == 1
        process.stop()
    finally:
        template.close()
    assert not parent.is_running()


def test_odd_texts_and_values_come_out_as_clean_json(scripted) -> None:
    body = r"""
        desk.call("knowledge", {"question": "a\ud800b\x00"}, timeout_ms=900)
        return "\udfff\x00" + "x" * 20_000
    """
    seen = rehearse(node(body), scripted("attack"))
    assert json.loads(seen.model_dump_json().encode("utf-8"))["turns"][0]["reply"].startswith("?�xx")
    assert len(seen.turns[0].reply) == 8_000


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("desk.call('knowledge', {'question': float('nan')}, timeout_ms=5)", "cannot be sent as JSON"),
        ("desk.call('knowledge', 'why?', timeout_ms=5)", "expected a dictionary"),
        ("desk.call('knowledge', {'question': '?'}, timeout_ms=0)", "from 1, or None"),
        ("desk.call('knowledge', {'question': '?'})", "timeout_ms"),
        ("desk.call('knowlege', {'question': '?'}, timeout_ms=5)", "there are triage, knowledge, records, refund"),
        ("desk.call('knowledge', {'text': '?'}, timeout_ms=5)", "question: is missing"),
        ("desk.call('refund', {'customer': 'C-1', 'record': 'R-1', 'amount': -1}, timeout_ms=5)", "greater than 0"),
        ("desk.call('knowledge', {'question': 'x' * 30_000}, timeout_ms=5)", "at most 20,000"),
    ],
)
def test_a_call_that_breaks_its_contract_says_what_was_expected(scripted, call: str, said: str) -> None:
    (turn,) = rehearse(node(call), scripted("attack")).turns
    assert turn.ending == "raised"
    assert said in turn.error
    assert turn.error.startswith("Line ")


def test_nothing_is_left_after_the_last_rehearsal(
    program, scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_rehearsals()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(psutil.Process().children(recursive=True))
    rehearse(program("sound"), scripted())
    assert set(psutil.Process().children(recursive=True)) > before
    assert len(list(tmp_path.iterdir())) == 1
    end_rehearsals()
    assert set(psutil.Process().children(recursive=True)) == before
    assert list(tmp_path.iterdir()) == []
