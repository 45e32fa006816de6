"""Nodes that are coroutines: two calls at once, a node's own timeout, and what handles it."""

import asyncio

from langchain_core.messages import AIMessage
from langgraph.errors import NodeError, NodeTimeoutError
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import RetryPolicy, interrupt


class State(MessagesState):
    outcome: str


def build_graph(desk, checkpointer):
    async def knowledge(state):
        text = state["messages"][-1].text
        found, record = await asyncio.gather(
            desk.acall("knowledge", {"question": text}, timeout_ms=None),
            desk.acall("records", {"customer": desk.customer, "record": "R-1"}, timeout_ms=None),
        )
        return {"messages": [AIMessage(f"{found['answer']} / {record['status']}")], "outcome": "answered"}

    async def give_up(state, error: NodeError):
        return {"messages": [AIMessage("Later, please.")], "outcome": "degraded"}

    async def human(state):
        if "person" in state["messages"][0].text:
            await asyncio.sleep(0.25)
            interrupt({"asked": state["messages"][0].text})
        return {}

    builder = StateGraph(State)
    once_more = RetryPolicy(max_attempts=2, initial_interval=0.5, jitter=False, retry_on=NodeTimeoutError)
    builder.add_node("knowledge", knowledge, timeout=3, retry_policy=once_more, error_handler=give_up)
    builder.add_node(human)
    builder.add_edge(START, "knowledge")
    builder.add_edge("knowledge", "human")
    builder.add_edge("human", END)
    return builder.compile(checkpointer=checkpointer)
