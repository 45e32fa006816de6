"""What can be seen of the three RAGs while they run: their traces, their times, the depth of their failures."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archkit.same_rag.langchain_rag import Rag as LangChainRag
    from archkit.same_rag.llamaindex_rag import Rag as LlamaIndexRag

__all__ = ["Failure", "Trace", "failure_of", "langchain_trace", "llamaindex_trace", "median_seconds"]


@dataclass(frozen=True)
class Trace:
    """What a framework reports of one question without a line added to the program.

    Attributes:
        steps: the runs or events, in the order of their beginning, with their own names.
        text: everything they carry, as one text.
    """

    steps: tuple[str, ...]
    text: str


def langchain_trace(rag: LangChainRag, question: str) -> Trace:
    """Ask a question and return the runs that LangChain's callbacks report, children behind their parents."""
    from langchain_core.tracers.run_collector import RunCollectorCallbackHandler

    collector = RunCollectorCallbackHandler()
    rag.graph.invoke({"question": question}, config={"callbacks": [collector]})
    runs = [run for root in collector.traced_runs for run in _with_children(root)]
    carried = " ".join(f"{run.inputs} {run.outputs}" for run in runs)
    return Trace(tuple(f"{run.run_type}: {run.name}" for run in runs), carried)


def llamaindex_trace(rag: LlamaIndexRag, question: str) -> Trace:
    """Ask a question and return the events that LlamaIndex's instrumentation reports."""
    from llama_index.core.instrumentation.event_handlers import BaseEventHandler
    from llama_index_instrumentation import get_dispatcher

    events: list[Any] = []

    class Collector(BaseEventHandler):
        def handle(self, event: Any, **kwargs: Any) -> None:
            events.append(event)

    dispatcher, collector = get_dispatcher(), Collector()
    dispatcher.add_event_handler(collector)
    try:
        rag.answer(question)
    finally:
        dispatcher.event_handlers.remove(collector)
    return Trace(tuple(type(event).__name__ for event in events), " ".join(str(event) for event in events))


def median_seconds(
    asked: Mapping[str, Callable[[str], object]], questions: Sequence[str], *, rounds: int = 5
) -> dict[str, float]:
    """Ask everybody every question several times, in turns, and return the median seconds of each.

    A first round is not timed: a model that remembers texts would charge it to whoever asks first. Taking turns lets a
    busy computer slow all of them alike. Of an even number of times the upper middle one is taken.
    """
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(rounds + 1):
        for question in questions:
            for name, answer in asked.items():
                began = time.perf_counter()
                answer(question)
                if number:
                    taken[name].append(time.perf_counter() - began)
    return {name: sorted(times)[len(times) // 2] for name, times in taken.items()}


@dataclass(frozen=True)
class Failure:
    """What whoever is called at night sees.

    Attributes:
        error: the kind of error and what it says.
        frames: functions on the way from the call to the failure.
        own: how many of them are the application's own, not a library's.
        lines: lines of the printed traceback, with those of the errors that it was raised from.
    """

    error: str
    frames: int
    own: int
    lines: int


def failure_of(answer: Callable[[str], object], question: str) -> Failure:
    """Ask a question that cannot be answered, and return how the failure looks.

    Raises:
        ValueError: if the question is answered.
    """
    try:
        answer(question)
    except Exception as problem:
        frames = traceback.extract_tb(problem.__traceback__)[1:]  # the first is this function
        libraries = sum("site-packages" in Path(frame.filename).parts for frame in frames)
        printed = "".join(traceback.format_exception(problem)).splitlines()
        return Failure(f"{type(problem).__name__}: {problem}", len(frames), len(frames) - libraries, len(printed))
    raise ValueError("The question was answered, so there is no failure to look at. Break something first.")


def _with_children(run: Any) -> list[Any]:
    return [run, *(below for child in run.child_runs for below in _with_children(child))]
