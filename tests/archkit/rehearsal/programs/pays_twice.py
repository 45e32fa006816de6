"""Pays with a new key each time that the node runs."""

import uuid

from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph


class State(MessagesState):
    outcome: str


def build_graph(desk, checkpointer):
    def refund(state):
        request = {"customer": desk.customer, "record": "R-1", "amount": 80.0}
        reply = desk.call("refund", request, timeout_ms=800, idempotency_key=str(uuid.uuid4()))
        return {"messages": [AIMessage(f"Refunded: {reply['reference']}.")], "outcome": "answered"}

    builder = StateGraph(State).add_node(refund).add_edge(START, "refund").add_edge("refund", END)
    return builder.compile(checkpointer=checkpointer)
