"""A process that serves one turn of a conversation: `python -m archkit.trailmate FILE THREAD --customer ID --say TEXT`.

It prints a line when a node starts and when it is done, then what the customer is told, so that whoever started it can
end it in between. Without `--say` or `--reply` it goes on where the conversation in the checkpoint file stopped.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.types import Command

from archkit.models import chat_model
from archkit.models.behaviour import with_latency
from archkit.trailmate.graph import build
from archkit.trailmate.limits import Limits
from archkit.trailmate.state import Caller
from archkit.trailmate.tickets import Tickets


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and serve the turn."""
    parser = argparse.ArgumentParser(prog="python -m archkit.trailmate", description="One turn with Trailmate.")
    parser.add_argument("checkpoints", type=Path, help="SQLite file that keeps the conversations; made if missing")
    parser.add_argument("thread", help="id of the conversation")
    parser.add_argument("--customer", required=True, help="id of the customer who is logged in, such as C-1337")
    parser.add_argument("--model", default=None, help="name of a chat model; the embedded one by default")
    said = parser.add_mutually_exclusive_group()
    said.add_argument("--say", help="what the customer writes")
    said.add_argument("--reply", help="what a colleague answers to a conversation that waits for one")
    parser.add_argument("--slow", metavar="AGENT", help="agent whose model takes a minute for an answer, simulated")
    asyncio.run(_turn(parser.parse_args(arguments)))


async def _turn(given: argparse.Namespace) -> None:
    model = chat_model(given.model)
    overrides = {given.slow: with_latency(model, seconds=60)} if given.slow else {}
    tickets = Tickets(given.checkpoints.with_name(f"{given.checkpoints.stem}-tickets.sqlite"))
    async with AsyncSqliteSaver.from_conn_string(str(given.checkpoints)) as saver:
        # A minute for each agent: this process builds its search index on the first question, and that takes a while.
        limits = Limits(seconds=60)
        trailmate = build(model, checkpointer=saver, limits=limits, overrides=overrides, tickets=tickets)
        # The customer is part of the id, so that nobody reaches somebody else's conversation by guessing its name.
        config: Any = {"configurable": {"thread_id": f"{given.customer}/{given.thread}"}}
        asked: Any = None
        if given.say:
            asked = {"messages": [("human", given.say)]}
        elif given.reply:
            asked = Command(resume=given.reply)
        # "sync" writes each step down before the next one starts, so that a line printed is a step kept.
        stream: AsyncIterator[Any] = trailmate.astream(
            asked, config, context=Caller(given.customer), stream_mode=["tasks", "values"], durability="sync"
        )
        last: dict[str, Any] = {}
        async for mode, event in stream:
            if mode == "values":
                last = event
            elif "input" in event:
                print("started", event["name"], flush=True)
            elif not event["interrupts"]:
                print("done", event["name"], flush=True)
    if interrupts := last.get("__interrupt__"):
        print(f"waits for a colleague: ticket {interrupts[0].value['ticket']}", flush=True)
    elif messages := last.get("messages"):
        print(f"{messages[-1].name}: {messages[-1].text.splitlines()[0]}", flush=True)


if __name__ == "__main__":
    main()
