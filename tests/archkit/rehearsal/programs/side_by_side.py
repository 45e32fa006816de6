"""Two nodes side by side, one with LangGraph's own retries, then a subgraph: LangGraph's means, no sleep of its own."""

import operator
from typing import Annotated

from langchain_core.messages import AIMessage
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import RetryPolicy, Send

from archkit.rehearsal import SpecialistError


class State(MessagesState):
    outcome: str
    found: Annotated[list[str], operator.add]


def build_graph(desk, checkpointer):
    def fan_out(state):
        text = state["messages"][-1].text
        return [Send("knowledge", {"text": text}), Send("records", {"text": text})]

    def knowledge(task):
        get_stream_writer()("asking")
        return {"found": [desk.call("knowledge", {"question": task["text"]}, timeout_ms=2000)["answer"]]}

    def records(task):
        reply = desk.call("records", {"customer": desk.customer, "record": "R-1"}, timeout_ms=800)
        return {"found": [reply["status"]]}

    def write(state):
        decided = desk.call("triage", {"text": state["messages"][-1].text}, timeout_ms=800)["specialist"]
        return {"messages": [AIMessage(f"{decided}: {' / '.join(state['found'])}")], "outcome": "answered"}

    reply = StateGraph(State).add_node(write).add_edge(START, "write").add_edge("write", END).compile()
    builder = StateGraph(State)
    builder.add_node(knowledge)
    again = RetryPolicy(max_attempts=3, initial_interval=1.0, jitter=False, retry_on=SpecialistError)
    builder.add_node("records", records, retry_policy=again)
    builder.add_node("reply", reply)
    builder.add_conditional_edges(START, fan_out, ["knowledge", "records"])
    builder.add_edge(["knowledge", "records"], "reply")
    builder.add_edge("reply", END)
    return builder.compile(checkpointer=checkpointer)
