# RULES and POLICY are put into this line.
# ruff: noqa: F821
"""Coroutines throughout, one node for each specialist, and a loop of its own that follows a plan kept in the state."""

import asyncio
import re
from operator import itemgetter

from langchain_core.messages import AIMessage
from langgraph.graph import MessagesState, StateGraph
from langgraph.types import Command, interrupt
from pydantic import BaseModel, ValidationError

from archkit.rehearsal import RateLimited, SpecialistError

TRIAGE, KNOWLEDGE, RECORDS, PAY = RULES["specialists"]
CONVERSATIONS = RULES["data"][2]


class TriageReply(BaseModel, strict=True):
    specialist: str
    confidence: float


class KnowledgeReply(BaseModel, strict=True):
    answer: str
    sources: list[str]
    grounded: bool


class RecordsReply(BaseModel, strict=True):
    record: str
    customer: str | None
    status: str
    amount: float | None


class PayReply(BaseModel, strict=True):
    done: bool
    reference: str


class State(MessagesState, total=False):
    outcome: str
    handed: list[str]
    purpose: str
    replaces: str
    record: dict
    question: dict


class Gone(Exception):
    pass


class NamesAnother(Exception):
    pass


def build_graph(desk, checkpointer):
    async def consult(specialist, form, key=None, /, **request):
        timeout_ms, attempts, pause_ms = itemgetter("timeout_ms", "attempts", "pause_ms")(POLICY[specialist["id"]])
        left = attempts
        while left:
            left -= 1
            pause = pause_ms
            try:
                reply = await desk.acall(specialist["id"], request, timeout_ms=timeout_ms, idempotency_key=key)
                if set(reply) == {"handoff"}:
                    raise NamesAnother(reply["handoff"])
                return form.model_validate(reply)
            except RateLimited as refusal:
                pause = max(pause, refusal.retry_after_ms)
            except (SpecialistError, ValidationError):
                pass
            if left:
                await asyncio.sleep(pause / 1000)
        raise Gone(specialist["id"])

    def message(state):
        return next(m.text for m in reversed(state["messages"]) if m.type == "human")

    def for_the_ears_of(specialist, state):
        stays = CONVERSATIONS["must_stay_in"]
        trusted = specialist["run_by"] == "own" or CONVERSATIONS["vendors_may_have_it"]
        if trusted and (not stays or stays == specialist["region"]):
            return message(state)
        return " ".join("…" if "@" in w or w.strip(".,:;!?").startswith("C-") else w for w in message(state).split())

    def guarded(specialist, work):
        """Run a node's work, and do what the client demands when its specialist is gone or names another."""

        async def node(state):
            try:
                return await work(state)
            except NamesAnother as named:
                handed = [*state.get("handed", []), specialist["id"]]
                if len(handed) > RULES["handoffs"]:
                    return person("handoffs", specialist)
                to = str(named)
                return Command(goto=RECORDS["id"] if to == PAY["id"] else to, update={"handed": handed, "purpose": to})
            except Gone:
                if specialist["when_it_fails"] == "fallback" and not state.get("replaces"):
                    fresh = {"replaces": specialist["id"]}
                    return Command(goto=specialist["taken_over_by"], update=fresh)
                if specialist["when_it_fails"] == "degrade" and not state.get("replaces"):
                    return answer("This does not work right now; we have noted it.", "degraded")
                return person("failure", specialist)

        return node

    def person(reason, specialist, **facts):
        question = {"reason": reason, "specialist": specialist["id"], "customer": desk.customer, **facts}
        return Command(goto="human", update={"question": question})

    def answer(text, outcome):
        return Command(goto="reply", update={"messages": [AIMessage(text)], "outcome": outcome})

    async def entry(state):
        return {"handed": [], "purpose": "", "replaces": "", "record": {}, "question": {}}

    async def triage(state):
        reply = await consult(TRIAGE, TriageReply, text=for_the_ears_of(TRIAGE, state))
        goal = reply.specialist
        return Command(goto=RECORDS["id"] if goal == PAY["id"] else goal, update={"purpose": goal})

    async def knowledge(state):
        reply = await consult(KNOWLEDGE, KnowledgeReply, question=for_the_ears_of(KNOWLEDGE, state))
        return answer(reply.answer or "Unknown.", "degraded" if state["replaces"] or not reply.grounded else "answered")

    async def records(state):
        number = re.search(r"\b(?!C-)[A-Z]+-\d+", message(state))
        if not number:
            return answer("Please tell us the number.", "answered")
        reply = await consult(RECORDS, RecordsReply, customer=desk.customer, record=number[0])
        if reply.customer != desk.customer:
            return answer("We have nothing of yours under this number.", "refused")
        if state["purpose"] != PAY["id"]:
            return answer(f"Its state is: {reply.status}", "answered")
        update = {"record": reply.model_dump()}
        if reply.amount <= RULES["approval_limit"]:
            return Command(goto=PAY["id"], update=update)
        asked = person("approval", PAY, record=reply.record, amount=reply.amount)
        return Command(goto="human", update={**asked.update, **update})

    async def pay(state):
        record = state["record"]
        order = {"customer": desk.customer, "record": record["record"], "amount": record["amount"]}
        reply = await consult(PAY, PayReply, f"pay-{record['record']}", **order)
        return answer(f"Booked under {reply.reference}.", "answered")

    async def human(state):
        said = interrupt(state["question"])
        if state["question"]["reason"] == "approval":
            return Command(goto=PAY["id"]) if said == "approve" else answer("We may not pay this.", "refused")
        return answer(f"From our team: {said}", "escalated")

    async def reply(state):
        return {}

    graph = StateGraph(State)
    graph.add_node("entry", entry)
    graph.add_node("human", human)
    graph.add_node("reply", reply)
    for specialist, work in ((TRIAGE, triage), (KNOWLEDGE, knowledge), (RECORDS, records), (PAY, pay)):
        graph.add_node(specialist["id"], guarded(specialist, work))
    graph.set_entry_point("entry")
    graph.add_edge("entry", TRIAGE["id"])
    graph.set_finish_point("reply")
    return graph.compile(checkpointer=checkpointer).with_config({"recursion_limit": 40})
