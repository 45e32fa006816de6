"""Keeps the conversation in the memory of its process, and not in the checkpoint that it was given."""

from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph


class State(MessagesState):
    outcome: str


def build_graph(desk, checkpointer):
    def knowledge(state):
        desk.call("knowledge", {"question": state["messages"][-1].text}, timeout_ms=2000)
        asked = sum(message.type == "human" for message in state["messages"])
        return {"messages": [AIMessage(f"You have asked {asked} questions.")], "outcome": "answered"}

    builder = StateGraph(State).add_node(knowledge).add_edge(START, "knowledge").add_edge("knowledge", END)
    return builder.compile(checkpointer=InMemorySaver())
