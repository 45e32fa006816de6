"""LangGraph's own means under the simulated clock: retries, timeouts, subgraphs, coroutines, interrupts."""

import pytest

from archkit.rehearsal import Fault, rehearse


def test_nodes_of_one_step_take_as_long_as_the_slowest(program, scripted) -> None:
    (turn,) = rehearse(program("side_by_side"), scripted()).turns
    assert [(call.node, call.started_ms, call.ended_ms) for call in turn.calls] == [
        ("knowledge", 0, 600),
        ("records", 0, 200),
        ("reply/write", 600, 800),
    ]
    assert turn.clock_ms == 800
    assert turn.reply == "knowledge: You can return goods for 30 days. / delivered"
    assert turn.path == ("knowledge", "records", "reply", "reply/write")


def test_a_retry_policy_waits_in_simulated_time(program, scripted) -> None:
    down = Fault(specialist="records", kind="down", calls=2)
    (turn,) = rehearse(program("side_by_side"), scripted(faults=(down,))).turns
    started = [call.started_ms for call in turn.calls if call.specialist == "records"]
    assert started == [0, 5 + 1000, 5 + 1000 + 5 + 2000]
    assert turn.path.count("records") == 3
    assert turn.outcome == "answered"
    for_ever = Fault(specialist="records", kind="down")
    (turn,) = rehearse(program("side_by_side"), scripted(faults=(for_ever,))).turns
    assert (turn.ending, turn.error) == ("raised", "Line 29: SpecialistDown: records refused the connection.")


@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_step_that_was_killed_in_the_middle_is_finished(program, scripted, call: int) -> None:
    (turn,) = rehearse(program("side_by_side"), scripted(kill_at_call=call)).turns
    assert (turn.ending, turn.resumed) == ("replied", "from_checkpoint")
    assert turn.reply == "knowledge: You can return goods for 30 days. / delivered"


def test_coroutines_wait_side_by_side(program, scripted) -> None:
    (turn,) = rehearse(program("asynchronous"), scripted()).turns
    assert [(call.started_ms, call.ended_ms) for call in turn.calls] == [(0, 600), (0, 200)]
    assert (turn.clock_ms, turn.outcome) == (600, "answered")


def test_the_timeout_of_an_asynchronous_node_ends_a_call_without_one(program, scripted) -> None:
    once = Fault(specialist="knowledge", kind="timeout", calls=1)
    (turn,) = rehearse(program("asynchronous"), scripted(faults=(once,))).turns
    assert (turn.outcome, turn.clock_ms) == ("answered", 3000 + 500 + 600)
    always = Fault(specialist="knowledge", kind="timeout")
    (turn,) = rehearse(program("asynchronous"), scripted(faults=(always,))).turns
    assert (turn.outcome, turn.clock_ms) == ("degraded", 3000 + 500 + 3000)


@pytest.mark.parametrize("more", [{}, {"restart_between": True}, {"kill_at_call": 2}])
def test_an_asynchronous_graph_is_interrupted_killed_and_resumed(program, scripted, more) -> None:
    seen = rehearse(program("asynchronous"), scripted("Can a person tell me how a return works?", **more))
    (turn,) = seen.turns
    assert [(handoff.node, handoff.decision) for handoff in turn.handoffs] == [("human", "approve")]
    assert (turn.outcome, seen.history.survived) == ("answered", True)


HANGING = """
import asyncio, time
from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph

class State(MessagesState):
    outcome: str

def build_graph(desk, checkpointer):
    {node}

    builder = StateGraph(State).add_node(one).add_edge(START, "one").add_edge("one", END)
    return builder.compile(checkpointer=checkpointer)
"""


@pytest.mark.parametrize(
    "node",
    [
        "async def one(state): await desk.acall('knowledge', {'question': '?'}, timeout_ms=None)",
        "async def one(state): await asyncio.Event().wait()",
        "def one(state): asyncio.run(desk.acall('knowledge', {'question': '?'}, timeout_ms=None))",
    ],
)
def test_coroutines_that_wait_for_nothing_hang(scripted, node: str) -> None:
    script = scripted(faults=(Fault(specialist="knowledge", kind="timeout"),))
    (turn,) = rehearse(HANGING.format(node=node), script).turns
    assert turn.ending == "hung"


@pytest.mark.parametrize(
    ("node", "clock_ms"),
    [
        ("def one(state):\n        began = time.monotonic()\n        time.sleep(3600)\n        "
         "return {'outcome': str(time.monotonic() - began)}", 3_600_000),
        ("def one(state):\n        began = time.time()\n        asyncio.run(asyncio.sleep(3600))\n        "
         "return {'outcome': str(time.time() - began)}", 3_600_000),
        ("async def one(state):\n        began = time.perf_counter()\n        "
         "await asyncio.gather(asyncio.sleep(3600), asyncio.to_thread(time.sleep, 1200))\n        "
         "return {'outcome': str(time.perf_counter() - began)}", 3_600_000),
    ],
)  # fmt: skip
def test_sleeping_costs_simulated_time_only(scripted, node: str, clock_ms: int) -> None:
    (turn,) = rehearse(HANGING.format(node=node), scripted()).turns
    assert turn.clock_ms == clock_ms
    assert float(turn.outcome) == clock_ms / 1000


def test_time_that_an_event_loop_let_pass_counts_for_the_calls_after_it(scripted) -> None:
    node = """def one(state):
        asyncio.run(asyncio.sleep(2))
        desk.call('knowledge', {'question': 'return'}, timeout_ms=900)
        asyncio.run(desk.acall('knowledge', {'question': 'return'}, timeout_ms=900))
        time.sleep(1)
        desk.call('records', {'customer': 'C-1', 'record': 'R-1'}, timeout_ms=900)"""
    (turn,) = rehearse(HANGING.format(node=node), scripted()).turns
    assert [(call.started_ms, call.ended_ms) for call in turn.calls] == [(2000, 2600), (2600, 3200), (4200, 4400)]
    assert turn.clock_ms == 4400


TWO_QUESTIONS = """
from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import interrupt

def build_graph(desk, checkpointer):
    builder = StateGraph(MessagesState)
    for name in ("human", "lawyer"):
        builder.add_node(name, lambda state, name=name: {"messages": [AIMessage(interrupt({"to": name}))]})
        builder.add_edge(START, name)
        builder.add_edge(name, END)
    return builder.compile(checkpointer=checkpointer)
"""


def test_two_people_who_are_asked_at_once_both_answer(scripted) -> None:
    (turn,) = rehearse(TWO_QUESTIONS, scripted(decision="yes")).turns
    assert [(handoff.node, handoff.payload) for handoff in turn.handoffs] == [
        ("human", {"to": "human"}),
        ("lawyer", {"to": "lawyer"}),
    ]
    assert (turn.ending, turn.reply) == ("replied", "yes")


def test_an_interrupt_without_a_checkpointer_is_reported_as_what_it_is(scripted) -> None:
    (turn,) = rehearse(TWO_QUESTIONS.replace("checkpointer=checkpointer", ""), scripted()).turns
    assert turn.ending == "raised"
    assert "checkpointer" in turn.error


def test_a_breakpoint_is_no_question_to_a_person_and_says_what_is(scripted) -> None:
    text = TWO_QUESTIONS.replace("checkpointer=checkpointer", "checkpointer=checkpointer, interrupt_before=['human']")
    (turn,) = rehearse(text, scripted()).turns
    assert (turn.ending, "Ask a person by interrupt(...)" in turn.error) == ("raised", True)


OWN_TYPES = """
from dataclasses import dataclass
from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from pydantic import BaseModel

@dataclass
class Ticket:
    number: int

class Note(BaseModel):
    text: str

class State(MessagesState):
    outcome: str
    ticket: Ticket
    note: Note

def build_graph(desk, checkpointer):
    def one(state):
        number = state["ticket"].number + 1 if "ticket" in state else 1
        text = (state["note"].text if "note" in state else "") + "x"
        reply = AIMessage(f"{number} {text}")
        return {"messages": [reply], "ticket": Ticket(number), "note": Note(text=text), "outcome": "answered"}

    builder = StateGraph(State).add_node(one).add_edge(START, "one").add_edge("one", END)
    return builder.compile(checkpointer=checkpointer)
"""


def test_types_of_the_program_survive_in_its_state(scripted) -> None:
    seen = rehearse(OWN_TYPES, scripted("one", "two", restart_between=True))
    assert [turn.reply for turn in seen.turns] == ["1 x", "2 xx"]
    assert seen.history.survived and set(seen.history.keys) >= {"messages", "outcome"}
