"""Waits for its specialist for as long as it takes."""

from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph


class State(MessagesState):
    outcome: str


def build_graph(desk, checkpointer):
    def knowledge(state):
        reply = desk.call("knowledge", {"question": state["messages"][-1].text}, timeout_ms=None)
        return {"messages": [AIMessage(reply["answer"])], "outcome": "answered"}

    builder = StateGraph(State).add_node(knowledge).add_edge(START, "knowledge").add_edge("knowledge", END)
    return builder.compile(checkpointer=checkpointer)
