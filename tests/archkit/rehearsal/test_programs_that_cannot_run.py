"""A program that cannot be run gives one sentence with the line number, and no turns."""

import pytest

from archkit.rehearsal import rehearse

MINIMAL = """from langgraph.graph import END, START, MessagesState, StateGraph
def build_graph(desk, checkpointer):
    builder = StateGraph(MessagesState).add_node("one", lambda state: {}).add_edge(START, "one").add_edge("one", END)
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\ndef build_graph(desk, checkpointer:\n    pass", "Line 2: this is no Python"),
        ("x = '\0'", "this is no Python"),
        ("\nimport no_such_library", "Line 2: ModuleNotFoundError: No module named 'no_such_library'"),
        ("def build(desk, checkpointer): ...", "has no function `build_graph`"),
        ("def build_graph(): ...", "build_graph failed. TypeError"),
        ("\n\ndef build_graph(desk, checkpointer):\n    return 1 / 0", "Line 4: ZeroDivisionError: division by zero"),
        ("def build_graph(desk, checkpointer): ...", "Line 1: build_graph returned NoneType; expected the compiled"),
        (MINIMAL + "    return builder", "Line 2: build_graph returned a StateGraph that is not compiled"),
        ("import os\nos._exit(4)", "could not be loaded: the program ended its own process with exit code 4"),
        ("raise SystemExit", "SystemExit"),
        (MINIMAL + "    desk.call('knowledge', {'question': '?'}, timeout_ms=5)", "only while a customer's message"),
        (" \n", "The program is empty"),
        ("#" * 60_001, "has 60,001 characters; at most 60,000"),
        ("(" * 50_000, "this is no Python"),
        ("\ud800 = 1", "a character that no file can"),
    ],
)
def test_the_sentence_says_where_and_what(scripted, text: str, said: str) -> None:
    seen = rehearse(text, scripted())
    assert said in seen.problem
    assert seen.turns == ()
    assert "Traceback" not in str(seen)


def test_a_program_that_is_no_text_is_refused_with_what_was_expected(scripted) -> None:
    with pytest.raises(TypeError, match=r"expected the text of support_program\.py"):
        rehearse(None, scripted())


def test_a_graph_without_a_checkpointer_runs_and_is_said_to_have_none(scripted) -> None:
    seen = rehearse(MINIMAL + "    return builder.compile()", scripted("hello", "again", restart_between=True))
    assert seen.graph.checkpointer == "none"
    assert [(turn.ending, turn.reply, turn.outcome) for turn in seen.turns] == [("replied", "", None)] * 2
    assert not seen.history.saved
