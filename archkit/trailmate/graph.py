"""Trailmate's graph, with and without limits."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.retrievers import BaseRetriever
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import RetryPolicy

from archkit.models import chat_model
from archkit.trailmate.agents import Agents
from archkit.trailmate.limits import Limits
from archkit.trailmate.state import Caller, Conversation
from archkit.trailmate.tickets import Tickets

__all__ = ["Trailmate", "build"]

Trailmate = CompiledStateGraph[Conversation, Caller, Conversation, Conversation]


def build(
    model: BaseChatModel | str | None = None,
    *,
    checkpointer: BaseCheckpointSaver[Any] | None = None,
    limits: Limits | None = None,
    overrides: Mapping[str, BaseChatModel] | None = None,
    tickets: Tickets | None = None,
    retriever: BaseRetriever | None = None,
    database: Path | None = None,
) -> Trailmate:
    """Return Trailmate as a compiled LangGraph. Its nodes are asynchronous: run it with `ainvoke` or `astream`.

    A run needs a `thread_id` in its configuration, where there is a checkpointer, and a `Caller` as its context:

        await build().ainvoke({"messages": [("human", text)]}, config, context=Caller("C-1337"))

    Args:
        model: a chat model, or a name that `archkit.models.chat_model` takes: "embedded" (the default), "smollm2",
            "openai:gpt-5.4-mini" and so on.
        checkpointer: where conversations are kept; without one nothing is, and nobody can be asked.
        limits: None for the naive graph. With limits every agent has a time limit, bounded retries and a fallback,
            its output is checked, handoffs are counted, and tickets carry an idempotency key.
        overrides: another model for some agents, by the names of their nodes.
        tickets: the support desk's; by default a new file among the temporary ones.
        retriever: of the policy agent; by default the course's default retriever, built for the first question. That
            takes longer than the time limit, so a graph with limits had better be given one.
        database: the orders; the course's by default.
    """
    model = model if isinstance(model, BaseChatModel) else chat_model(model)
    tickets = tickets or Tickets(Path(tempfile.mkdtemp(prefix="trailmate-")) / "tickets.sqlite")
    agents = Agents(model, tickets=tickets, overrides=overrides, limits=limits, retriever=retriever, database=database)
    graph = StateGraph(Conversation, context_schema=Caller)
    nodes: dict[str, tuple[Any, Any]] = {
        "triage": (agents.triage, agents.triage_fallback),
        "policy": (agents.policy, agents.policy_fallback),
        "orders": (agents.orders, agents.orders_fallback),
    }
    for name, (node, fallback) in nodes.items():
        bounds: dict[str, Any] = {}
        if limits:
            again = RetryPolicy(
                initial_interval=0.05,
                max_attempts=limits.attempts,
                retry_on=limits.retry_on,
                jitter=limits.jitter,
            )
            bounds = {"timeout": limits.seconds, "retry_policy": again, "error_handler": fallback}
        graph.add_node(name, node, **bounds)
    graph.add_node("human", agents.human)
    graph.add_edge(START, "triage")
    graph.add_conditional_edges("triage", lambda state: state["agent"], ["policy", "orders", "human"])
    graph.add_edge("human", END)
    trailmate = graph.compile(checkpointer=checkpointer)
    if limits:
        trailmate = trailmate.with_config(recursion_limit=limits.steps)
    return trailmate
