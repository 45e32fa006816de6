"""Drills: one fault put into one agent, and what becomes of the customer, of the checkpoint and of the bill."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.memory import InMemorySaver

from archkit.models import chat_model
from archkit.trailmate.faults import Fault, faulty
from archkit.trailmate.graph import build
from archkit.trailmate.limits import Limits
from archkit.trailmate.spending import Meter
from archkit.trailmate.state import Caller

__all__ = ["CUSTOMER", "DELEGATION", "QUESTIONS", "Drill", "Outcome", "Verdict", "drill", "drills"]

CUSTOMER = "C-1337"
"""The customer of the drills, who has a parcel on its way."""

DELEGATION: Final = "endless delegation"

QUESTIONS = {
    "triage": "Where is my order LO-104990?",
    "policy": "How many days do I have to return unused goods in the EU?",
    "orders": "Where is my order LO-104990?",
}
"""What the customer asks when an agent has a fault."""

LOOPING = {
    "policy": "My puffer has gone flat and greasy round the collar. Can it go in the machine?",
    "orders": "My things never turned up",
}
"""Questions that neither agent can answer, by the agent that triage sends them to."""

_healthy_replies: dict[str, str] = {}

Verdict = Literal["answered", "fallback", "to a person", "error", "waiting", "wrong, unnoticed"]


@dataclass(frozen=True)
class Drill:
    """One fault in one agent.

    Attributes:
        agent: "triage", "policy" or "orders".
        fault: one of `archkit.trailmate.faults.FAULTS`, or `DELEGATION`, which is a question and no fault of a model.
        limits: of the graph; None for the naive one.
        times: how many requests the fault strikes; None for all.
    """

    agent: str
    fault: Fault | Literal["endless delegation"]
    limits: Limits | None = None
    times: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a drill.

    Attributes:
        drill: what was done.
        verdict: what it came to for the customer, in a word or two.
        sees: what the customer sees.
        pending: the nodes that the checkpoint would go on with.
        messages: how many messages the checkpoint holds.
        ran: the nodes that were started, in their order.
        requests: model calls, failed ones included.
        input_tokens: tokens of the prompts that count as billed; see `archkit.trailmate.spending.Meter`.
        output_tokens: tokens of the answers.
        seconds: how long the customer waited.
    """

    drill: Drill
    verdict: Verdict
    sees: str
    pending: tuple[str, ...]
    messages: int
    ran: tuple[str, ...]
    requests: int
    input_tokens: int
    output_tokens: int
    seconds: float = field(compare=False)


async def drill(what: Drill, *, steps: int = 40, patience: float = 2.0) -> Outcome:
    """Put one fault into Trailmate, ask one question, and report.

    Args:
        what: the fault, where, and with which limits.
        steps: recursion limit of the naive graph, so that a drill ends; LangGraph's own default is 10,007.
        patience: seconds after which a drill of the naive graph is broken off and counts as waiting.

    Raises:
        ValueError: if the agent cannot have the fault.
    """
    loops = what.fault == DELEGATION
    questions = LOOPING if loops else QUESTIONS
    if what.agent not in questions:
        raise ValueError(f"{what.agent!r} cannot have the fault {what.fault!r}. Choose {', '.join(questions)}.")
    model = chat_model("embedded")
    overrides: dict[str, BaseChatModel] = {}
    if what.fault != DELEGATION:
        overrides[what.agent] = faulty(model, what.fault, times=what.times)
    question = questions[what.agent]
    expected = "" if loops else await _healthy(question)
    return await _run(question, expected, what, overrides, steps, patience)


async def drills(several: Sequence[Drill]) -> list[Outcome]:
    """Run drills, those that only wait side by side and the others one after the other."""
    for question in dict.fromkeys(QUESTIONS.values()):
        await _healthy(question)
    stalled = [what for what in several if what.fault == "timeout"]
    waited = dict(zip(stalled, await asyncio.gather(*map(drill, stalled)), strict=True))
    return [waited[what] if what in waited else await drill(what) for what in several]


async def _healthy(question: str) -> str:
    """Return what Trailmate answers without a fault."""
    if question not in _healthy_replies:
        asked: Any = {"messages": [("human", question)]}
        said = await build("embedded").ainvoke(asked, context=Caller(CUSTOMER))
        _healthy_replies[question] = said["messages"][-1].text
    return _healthy_replies[question]


async def _run(
    question: str,
    expected: str,
    what: Drill,
    overrides: dict[str, BaseChatModel],
    steps: int,
    patience: float,
) -> Outcome:
    trailmate = build("embedded", checkpointer=InMemorySaver(), limits=what.limits, overrides=overrides)
    meter, ran = Meter(), []
    config: Any = {"configurable": {"thread_id": "drill"}, "callbacks": [meter]}
    if what.limits is None:
        config["recursion_limit"] = steps
    values: dict[str, Any] = {}

    async def turn() -> None:
        asked: Any = {"messages": [("human", question)]}
        stream: AsyncIterator[Any] = trailmate.astream(
            asked, config, context=Caller(CUSTOMER), stream_mode=["tasks", "values"]
        )
        async for mode, event in stream:
            if mode == "values":
                values.update(event)
            elif "input" in event:
                ran.append(event["name"])

    started, problem = time.monotonic(), ""
    verdict: Verdict | None = None
    try:
        await asyncio.wait_for(turn(), patience if what.limits is None and what.fault == "timeout" else None)
    except TimeoutError:
        verdict = "waiting"
    except Exception as error:  # the drill reports whatever a customer would be shown
        verdict, problem = "error", f"{type(error).__name__}: {error}"
    seconds = time.monotonic() - started
    kept = await trailmate.aget_state(config)
    if verdict is None:
        verdict, sees = _judged(values, expected)
    else:
        sees = problem.splitlines()[0] if problem else f"Nothing. After {patience:g} s the drill was broken off."
    return Outcome(
        drill=what,
        verdict=verdict,
        sees=sees,
        pending=kept.next,
        messages=len(kept.values.get("messages", ())),
        ran=tuple(ran),
        requests=meter.requests,
        input_tokens=meter.input_tokens,
        output_tokens=meter.output_tokens,
        seconds=seconds,
    )


def _judged(values: dict[str, Any], expected: str) -> tuple[Verdict, str]:
    if interrupts := values.get("__interrupt__"):
        return "to a person", f"A colleague will answer. Your ticket is number {interrupts[0].value['ticket']}."
    reply = values["messages"][-1]
    if reply.response_metadata.get("fallback"):
        return "fallback", reply.text
    return ("answered" if reply.text == expected else "wrong, unnoticed"), reply.text
