"""Bounded retries, degraded answers, ownership checked, a person above the limit, keys that survive a kill."""

import re
import time
from typing import Literal

from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

from archkit.rehearsal import RateLimited, SpecialistError, SpecialistTimeout

APPROVAL_LIMIT = 100


class State(MessagesState):
    outcome: str
    record: dict
    problem: str


def build_graph(desk, checkpointer):
    def ask(specialist, request, fields, timeout_ms=800, key=None):
        for attempt in (1, 2):
            try:
                reply = desk.call(specialist, request, timeout_ms=timeout_ms, idempotency_key=key)
            except RateLimited as limit:
                time.sleep(min(limit.retry_after_ms, 1000) / 1000)
            except SpecialistTimeout:
                time.sleep(0.1 * attempt)
            except SpecialistError:
                time.sleep(0.1)
            else:
                if all(isinstance(reply.get(name), kind) for name, kind in fields.items()):
                    return reply
        return None

    def said(state):
        return state["messages"][-1].text

    def triage(state) -> Command[Literal["knowledge", "records"]]:
        reply = ask("triage", {"text": said(state)}, {"specialist": str, "confidence": float})
        to = reply["specialist"] if reply and reply["specialist"] in ("knowledge", "records") else "knowledge"
        return Command(goto=to, update={"problem": "" if reply else "triage"})

    def knowledge(state):
        reply = ask("knowledge", {"question": said(state)}, {"answer": str, "grounded": bool, "sources": list})
        if reply and reply["grounded"]:
            return {"messages": [AIMessage(reply["answer"])], "outcome": "answered"}
        text = "I cannot answer this now. A colleague will write to you."
        return {"messages": [AIMessage(text)], "outcome": "degraded"}

    def records(state) -> Command[Literal["human", "refund", "__end__"]]:
        wanted = re.search(r"R-\d+", said(state))
        if not wanted:
            text = "Which order do you mean? Please give its number."
            return Command(goto=END, update={"messages": [AIMessage(text)], "outcome": "answered"})
        request = {"customer": desk.customer, "record": wanted[0]}
        reply = ask("records", request, {"record": str, "status": str})
        if reply is None:
            text = "I cannot see your orders now. A colleague will write to you."
            return Command(goto=END, update={"messages": [AIMessage(text)], "outcome": "degraded"})
        if reply.get("customer") != desk.customer:
            text = "I find no such order of yours."
            return Command(goto=END, update={"messages": [AIMessage(text)], "outcome": "refused"})
        if "refund" not in said(state):
            text = f"Order {reply['record']} is {reply['status']}."
            return Command(goto=END, update={"messages": [AIMessage(text)], "outcome": "answered"})
        to = "human" if reply["amount"] > APPROVAL_LIMIT else "refund"
        return Command(goto=to, update={"record": reply})

    def human(state) -> Command[Literal["refund", "__end__"]]:
        record = state["record"]
        decision = interrupt({"action": "refund", "record": record["record"], "amount": record["amount"]})
        if decision == "approve":
            return Command(goto="refund")
        text = "A colleague has decided against the refund."
        return Command(goto=END, update={"messages": [AIMessage(text)], "outcome": "escalated"})

    def refund(state):
        record = state["record"]
        request = {"customer": desk.customer, "record": record["record"], "amount": record["amount"]}
        reply = ask("refund", request, {"done": bool, "reference": str}, key=f"refund-{record['record']}")
        if reply:
            return {"messages": [AIMessage(f"Refunded: {reply['reference']}.")], "outcome": "answered"}
        text = "The refund could not be confirmed. A colleague will see to it."
        return {"messages": [AIMessage(text)], "outcome": "escalated"}

    builder = StateGraph(State)
    for node in (triage, knowledge, records, human, refund):
        builder.add_node(node)
    builder.add_edge(START, "triage")
    builder.add_edge("knowledge", END)
    builder.add_edge("refund", END)
    return builder.compile(checkpointer=checkpointer).with_config(recursion_limit=20)
