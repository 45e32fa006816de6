# RULES and POLICY are put into this line.
# ruff: noqa: F821
"""A pipeline with fixed edges: triage, then one of three departments, of which the paying one is a graph of its own."""

import re
import time

from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import interrupt

from archkit.rehearsal import RateLimited, SpecialistError

ID = {s["role"]: s["id"] for s in RULES["specialists"]}
RULE = {s["id"]: s for s in RULES["specialists"]}


class State(MessagesState):
    outcome: str
    department: str
    hops: int
    stand_in: bool
    told: str
    record: dict
    ticket: dict


def build_graph(desk, checkpointer):
    def try_call(id, request, required, key=None):
        budget, wait = POLICY[id], 0.0
        for _ in range(budget["attempts"]):
            if wait:
                time.sleep(wait)
            wait = budget["pause_ms"] / 1000
            try:
                reply = desk.call(id, request, timeout_ms=budget["timeout_ms"], idempotency_key=key)
            except RateLimited as busy:
                wait = max(wait, busy.retry_after_ms / 1000)
                continue
            except SpecialistError:
                continue
            if "handoff" in reply or all(type(reply.get(name)) in types for name, types in required.items()):
                return reply
        return None

    def text(state, id):
        said = [m for m in state["messages"] if m.type == "human"][-1].content
        return re.sub(r"C-[0-9]{4}|\S+@\S+", "***", said) if id in (ID["triage"], ID["knowledge"]) else said

    def lost(state, id):
        rule = RULE[id]["when_it_fails"]
        if rule == "escalate" or state.get("stand_in"):
            return {"department": "human", "ticket": {"reason": "failure", "specialist": id, "customer": desk.customer}}
        if rule == "fallback":
            return {"department": RULE[id]["taken_over_by"], "stand_in": True}
        return {"department": "close", "told": "We cannot look at this now.", "outcome": "degraded"}

    def passed_on(state, id, to):
        if state["hops"] == RULES["handoffs"]:
            ticket = {"reason": "handoffs", "specialist": id, "customer": desk.customer}
            return {"department": "human", "ticket": ticket}
        return {"department": "payment" if to == ID["action"] else to, "hops": state["hops"] + 1}

    def triage(state):
        fresh = {"hops": 0, "stand_in": False, "told": "", "record": {}, "ticket": {}, "outcome": ""}
        reply = try_call(
            ID["triage"], {"text": text(state, ID["triage"])}, {"specialist": (str,), "confidence": (float, int)}
        )
        if reply is None:
            return {**fresh, **lost({}, ID["triage"])}
        to = reply.get("handoff") or reply["specialist"]
        return {**fresh, "department": "payment" if to == ID["action"] else to}

    def knowledge(state):
        id = ID["knowledge"]
        reply = try_call(id, {"question": text(state, id)}, {"answer": (str,), "sources": (list,), "grounded": (bool,)})
        if reply is None:
            return lost(state, id)
        if "handoff" in reply:
            return passed_on(state, id, reply["handoff"])
        outcome = "degraded" if state["stand_in"] or not reply["grounded"] else "answered"
        return {"department": "close", "told": reply["answer"] or "No article says so.", "outcome": outcome}

    def look_up(state, department):
        id = ID["records"]
        number = re.search(r"[A-Z]{2}-[0-9]{4}", text(state, id))
        if number is None:
            return {"department": "close", "told": "Which number?", "outcome": "answered"}
        none = type(None)
        reply = try_call(
            id,
            {"customer": desk.customer, "record": number.group()},
            {"record": (str,), "customer": (str, none), "status": (str,), "amount": (float, int, none)},
        )
        if reply is None:
            return lost(state, id)
        if "handoff" in reply:
            return passed_on(state, id, reply["handoff"])
        if reply["customer"] != desk.customer:
            return {"department": "close", "told": "That is no record of yours.", "outcome": "refused"}
        return {"department": department, "record": reply}

    def records(state):
        found = look_up(state, "close")
        if found.get("record"):
            found |= {"told": f"It is {found['record']['status']}.", "outcome": "answered"}
        return found

    def check_record(state):
        return look_up(state, ID["action"])

    def pay(state):
        record, id = state["record"], ID["action"]
        order = {"customer": record["customer"], "record": record["record"], "amount": record["amount"]}
        reply = try_call(id, order, {"done": (bool,), "reference": (str,)}, key=f"{id} {record['record']}")
        if reply is None:
            return lost(state, id)
        if "handoff" in reply:
            return passed_on(state, id, reply["handoff"])
        return {"department": "close", "told": f"Paid, {reply['reference']}.", "outcome": "answered"}

    def approve(state):
        record = state["record"]
        facts = {"reason": "approval", "specialist": ID["action"], "customer": desk.customer}
        answer = interrupt({**facts, "record": record["record"], "amount": record["amount"]})
        if answer == "approve":
            return {"department": ID["action"]}
        return {"department": "close", "told": "It was turned down.", "outcome": "refused"}

    def human(state):
        answer = interrupt(state["ticket"])
        return {"department": "close", "told": f"A colleague: {answer}", "outcome": "escalated"}

    def close(state):
        return {"messages": [AIMessage(state["told"])]}

    def after_check(state):
        if state["department"] != ID["action"]:
            return END
        return "human" if state["record"]["amount"] > RULES["approval_limit"] else ID["action"]

    payment = StateGraph(State)
    payment.add_node("check_record", check_record)
    payment.add_node("human", approve)
    payment.add_node(ID["action"], pay)
    payment.add_edge(START, "check_record")
    payment.add_conditional_edges("check_record", after_check, ["human", ID["action"], END])
    payment.add_conditional_edges("human", lambda s: ID["action"] if s["department"] == ID["action"] else END)
    payment.add_edge(ID["action"], END)

    whole = StateGraph(State)
    nodes = {ID["triage"]: triage, ID["knowledge"]: knowledge, ID["records"]: records, "payment": payment.compile()}
    for name, node in {**nodes, "human": human}.items():
        whole.add_node(name, node)
        whole.add_conditional_edges(name, lambda s: s["department"], [*nodes, "human", "close"])
    whole.add_node("close", close)
    whole.add_edge(START, ID["triage"])
    whole.add_edge("close", END)
    return whole.compile(checkpointer=checkpointer)
