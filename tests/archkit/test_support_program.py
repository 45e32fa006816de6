"""A support program is read with its client's facts in the first line, and a blank one is told from a bad one."""

from pathlib import Path

import numpy
import pytest

from archkit.case import Case
from archkit.support_program import read_program

CASE = Case.demonstration()
POLICY = {"triage": {"timeout_ms": 440, "attempts": 2, "pause_ms": 50}}
PROGRAM = "# RULES and POLICY come here.\nimport re\n\n\ndef build_graph(desk, checkpointer):\n    return POLICY\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "support_program.py"


def read(file: Path, text: str, policy: object = POLICY) -> object:
    file.write_text(text, encoding="utf-8")
    return read_program(file, CASE, policy)


def facts(program: object) -> dict[str, object]:
    assert isinstance(program, str)
    namespace: dict[str, object] = {}
    exec(program, namespace)
    return namespace


def test_the_first_line_becomes_the_clients_facts_and_the_others_stay_where_they_are(file: Path) -> None:
    program = read(file, PROGRAM)
    assert isinstance(program, str)
    assert program.splitlines()[1:] == PROGRAM.splitlines()[1:]
    assert facts(program)["RULES"] == CASE.support.model_dump(mode="json")
    assert facts(program)["POLICY"] == POLICY


def test_a_first_line_that_is_no_comment_is_kept(file: Path) -> None:
    program = read(file, PROGRAM.partition("\n")[2])
    assert isinstance(program, str)
    assert program.splitlines()[1] == "import re"
    assert facts(program)["POLICY"] == POLICY


def test_times_become_whole_milliseconds_and_a_pause_may_be_left_out(file: Path) -> None:
    policy = {"triage": {"timeout_ms": numpy.float64(440.2), "attempts": numpy.int64(2)}}
    read_policy = facts(read(file, PROGRAM, policy))["POLICY"]
    assert read_policy == {"triage": {"timeout_ms": 441, "attempts": 2, "pause_ms": 0}}


@pytest.mark.parametrize("policy", [..., None, 7, {"triage": 5}, {"triage": {"timeout_ms": "long"}}, {3: object()}])
def test_without_a_policy_of_its_form_the_program_is_read_all_the_same(
    file: Path, policy: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert facts(read(file, PROGRAM, policy))["POLICY"] == {}
    assert "POLICY is empty" in capsys.readouterr().err


BODIES = ["...", '"""Return the graph."""\n    ...', "pass", '"""Return."""\n    ...\n    # Your work goes here.']


@pytest.mark.parametrize("body", BODIES)
def test_a_blank_build_graph_is_not_an_attempt(file: Path, body: str) -> None:
    assert read(file, f"# RULES\n\n\ndef build_graph(desk, checkpointer):\n    {body}\n") is ...


def test_a_missing_file_is_not_an_attempt_and_says_what_to_do(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert read_program(file, CASE, POLICY) is ...
    assert "Run the cell that begins with %%writefile" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["def build_graph(:", "x = 1\n", "", "class A: ...\n", "def build_graph(d, c):\n    return 1"]
)
def test_whatever_else_is_written_is_an_attempt(file: Path, text: str) -> None:
    assert isinstance(read(file, text), str)
