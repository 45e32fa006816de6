# RULES and POLICY are put into this line.
# ruff: noqa: F821
"""A supervisor decides after every step; specialists only fill in the state, and LangGraph retries their nodes."""

import re
import time
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, RetryPolicy, interrupt

from archkit.rehearsal import RateLimited, SpecialistError

BY_ROLE = {s["role"]: s for s in RULES["specialists"]}
BY_ID = {s["id"]: s for s in RULES["specialists"]}
LIMIT = RULES["approval_limit"]
PRIVATE = re.compile(r"C-\d{4}|[\w.]+@[\w.]+")


class Malformed(SpecialistError):
    """A reply of another form than its schema's."""


class State(MessagesState):
    outcome: str
    turn: dict[str, Any]


def may_know(specialist):
    row = RULES["data"][2]
    home = row["must_stay_in"] in (None, specialist["region"])
    return home and (specialist["run_by"] == "own" or row["vendors_may_have_it"])


def build_graph(desk, checkpointer):
    def asked(state):
        return [message.text for message in state["messages"] if message.type == "human"][-1]

    def call(specialist, request, fields, key=None):
        budget = POLICY[specialist["id"]]
        try:
            reply = desk.call(specialist["id"], request, timeout_ms=budget["timeout_ms"], idempotency_key=key)
        except RateLimited as limit:
            time.sleep(limit.retry_after_ms / 1000)
            raise
        if isinstance(reply.get("handoff"), str):
            return reply
        if any(not isinstance(reply.get(field), kind) for field, kind in fields.items()):
            raise Malformed(specialist["id"])
        return reply

    def turn_with(state, **changes):
        return {"turn": {**state["turn"], **changes}}

    def begin(state):
        return {"turn": {"next": BY_ROLE["triage"]["id"], "handoffs": 0, "degraded": False, "replies": {}, "goal": ""}}

    def replied(state, specialist, reply):
        return turn_with(state, replies={**state["turn"]["replies"], specialist["id"]: reply}, last=specialist["id"])

    def question(state, specialist):
        return asked(state) if may_know(specialist) else PRIVATE.sub("(masked)", asked(state))

    def triage(state):
        s = BY_ROLE["triage"]
        return replied(state, s, call(s, {"text": question(state, s)}, {"specialist": str, "confidence": float | int}))

    def knowledge(state):
        s = BY_ROLE["knowledge"]
        fields = {"answer": str, "sources": list, "grounded": bool}
        return replied(state, s, call(s, {"question": question(state, s)}, fields))

    def records(state):
        s = BY_ROLE["records"]
        found = re.findall(r"\b[A-Z]{2}-\d{4}\b", asked(state))
        if not found:
            return replied(state, s, {"missing": True})
        fields = {"record": str, "status": str, "customer": str | None, "amount": float | int | None}
        return replied(state, s, call(s, {"customer": desk.customer, "record": found[0]}, fields))

    def action(state):
        s, record = BY_ROLE["action"], state["turn"]["replies"][BY_ROLE["records"]["id"]]
        order = {"customer": desk.customer, "record": record["record"], "amount": record["amount"]}
        key = f"{record['record']}:{sum(m.type == 'human' for m in state['messages'])}"
        return replied(state, s, call(s, order, {"done": bool, "reference": str}, key))

    def given_up(specialist):
        def handler(state):
            rule = "escalate" if state["turn"]["degraded"] else specialist["when_it_fails"]
            if rule == "fallback":
                update = turn_with(state, next=specialist["taken_over_by"], degraded=True, last="")
            elif rule == "degrade":
                update = turn_with(state, say=("Not possible at the moment, sorry.", "degraded"), last="")
            else:
                update = turn_with(state, ask={"reason": "failure", "specialist": specialist["id"]}, last="")
            return Command(update=update, goto="supervisor")

        return handler

    def human(state):
        return turn_with(state, decision=interrupt({**state["turn"]["ask"], "customer": desk.customer}))

    def supervise(state):
        """Decide what is next: a specialist, the person, or the end with a reply."""
        turn = state["turn"]
        if "decision" in turn:
            if turn["ask"]["reason"] != "approval":
                return finish(f"Our colleague says: {turn['decision']}", "escalated")
            if turn["decision"] != "approve":
                return finish("It was not approved.", "refused")
        elif turn.get("say"):
            return finish(*turn["say"])
        elif turn.get("ask"):
            return Command(goto="human")
        last = turn.get("last")
        if not last:
            return Command(goto=turn["next"])
        reply, role = turn["replies"][last], BY_ID[last]["role"]
        if "handoff" in reply:
            if role != "triage" and turn["handoffs"] == RULES["handoffs"]:
                ask = {"reason": "handoffs", "specialist": last}
                return Command(goto="human", update=turn_with(state, ask=ask))
            return go(state, reply["handoff"], turn["handoffs"] + (role != "triage"))
        if role == "triage":
            return go(state, reply["specialist"], 0)
        if role == "knowledge":
            known = reply["grounded"] and not turn["degraded"]
            return finish(reply["answer"] or "We do not know.", "answered" if known else "degraded")
        if role == "action":
            return finish(f"Done: {reply['reference']}", "answered")
        if reply.get("missing"):
            return finish("Which number does it have?", "answered")
        if reply["customer"] != desk.customer:
            return finish("There is no such record under your name.", "refused")
        if turn["goal"] != BY_ROLE["action"]["id"]:
            return finish(f"{reply['record']} is {reply['status']}.", "answered")
        if reply["amount"] > LIMIT and "decision" not in turn:
            facts = {"record": reply["record"], "amount": reply["amount"]}
            ask = {"reason": "approval", "specialist": turn["goal"], **facts}
            return Command(goto="human", update=turn_with(state, ask=ask))
        return Command(goto=turn["goal"])

    def go(state, specialist, handoffs):
        first = BY_ROLE["records"]["id"] if BY_ID[specialist]["role"] == "action" else specialist
        return Command(goto=first, update=turn_with(state, goal=specialist, handoffs=handoffs))

    def finish(text, outcome):
        return Command(goto=END, update={"messages": [AIMessage(text)], "outcome": outcome})

    graph = StateGraph(State)
    graph.add_node("begin", begin)
    graph.add_node("supervisor", supervise, destinations=(*BY_ID, "human", END))
    for role, node in {"triage": triage, "knowledge": knowledge, "records": records, "action": action}.items():
        s = BY_ROLE[role]
        budget = POLICY[s["id"]]
        again = RetryPolicy(
            initial_interval=budget["pause_ms"] / 1000,
            backoff_factor=1.0,
            jitter=False,
            max_attempts=budget["attempts"],
            retry_on=SpecialistError,
        )
        graph.add_node(s["id"], node, retry_policy=again, error_handler=given_up(s))
        graph.add_edge(s["id"], "supervisor")
    graph.add_node("human", human)
    graph.add_edge(START, "begin")
    graph.add_edge("begin", "supervisor")
    graph.add_edge("human", "supervisor")
    return graph.compile(checkpointer=checkpointer)
