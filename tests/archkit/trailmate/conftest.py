"""Trailmate with a retriever that needs no index, and a way to ask it one question."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from archkit.retrieval import BM25Retriever, load_articles
from archkit.trailmate import Caller, Tickets, build

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def retriever() -> BM25Retriever:
    read = {"KB-001", "KB-010", "KB-020", "KB-035"}
    return BM25Retriever(passages=[article for article in load_articles() if article.id in read], k=3)


@pytest.fixture
def tickets(tmp_path: Path) -> Tickets:
    return Tickets(tmp_path / "tickets.sqlite")


@pytest.fixture
def ask(retriever: BM25Retriever, tickets: Tickets) -> Ask:
    """Return a function that asks a Trailmate of its own one question, or goes on with a conversation."""
    saver = InMemorySaver()

    def asked(said: Any, *, customer: str = "C-1337", thread: str = "t", steps: int = 0, **options: Any) -> Any:
        trailmate = build(
            options.pop("model", "embedded"), checkpointer=saver, retriever=retriever, tickets=tickets, **options
        )
        config: Any = {"configurable": {"thread_id": thread}} | ({"recursion_limit": steps} if steps else {})
        given = {"messages": [("human", said)]} if isinstance(said, str) else said

        async def turn() -> Any:
            answer: Any = await trailmate.ainvoke(given, config, context=Caller(customer))
            return {**answer, "next": (await trailmate.aget_state(config)).next}

        return asyncio.run(turn())

    return asked
