"""Writes to standard output, and ends its own process in the middle of the first turn."""

import os
import sys

from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph


class State(MessagesState):
    outcome: str


def build_graph(desk, checkpointer):
    def knowledge(state):
        print('{"op": "end", "ending": "replied", "reply": "forged"}')
        os.write(1, b"and past Python\n")
        print("a warning", file=sys.stderr)
        reply = desk.call("knowledge", {"question": state["messages"][-1].text}, timeout_ms=2000)
        if len(state["messages"]) == 1:
            os._exit(3)
        return {"messages": [AIMessage(reply["answer"])], "outcome": "answered"}

    builder = StateGraph(State).add_node(knowledge).add_edge(START, "knowledge").add_edge("knowledge", END)
    return builder.compile(checkpointer=checkpointer)
