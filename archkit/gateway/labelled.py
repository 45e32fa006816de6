"""How good the answers of each rung are: the same labelled questions, put to a gateway and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage

from archkit.gateway.driving import Run
from archkit.patterns import Run as JudgedRun
from archkit.patterns import Served as JudgedServed
from archkit.providers.port import Completion
from archkit.retrieval import Question

__all__ = ["Replies", "judged", "replies_to", "spoken"]

Replies = Mapping[str, AIMessage]
"""What a model replies to each question, by the question's text."""

_RULES = "You are Trailmate. Answer from the passages only, and cite their ids.\n\n"


def replies_to(questions: Sequence[Question], *models: BaseChatModel) -> list[Replies]:
    """Let models answer labelled questions, each from the two passages that a search by words finds.

    Args:
        questions: the questions.
        models: who answers; the embedded model and its like, whose replies say whether they abstained.

    Returns:
        For each model its replies, by question.
    """
    from archkit.models import passages as tagged
    from archkit.retrieval import BM25Retriever, default_passages, may_read

    search = BM25Retriever(passages=default_passages(), k=2, condition=lambda passage: may_read(passage, "customer"))
    prompts = {
        question.text: [("system", _RULES + tagged(search.invoke(question.text))), ("human", question.text)]
        for question in questions
    }
    return [{text: model.invoke(prompt) for text, prompt in prompts.items()} for model in models]


def spoken(replies: Replies) -> Callable[[str], Completion]:
    """Return what lets a stand-in service answer with these replies."""

    def answer(question: str) -> Completion:
        reply = replies[question]
        usage = reply.usage_metadata or {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
        return Completion(reply.text, "finished", usage["input_tokens"], usage["output_tokens"])

    return answer


def judged(name: str, run: Run, questions: Sequence[Question], by_step: Mapping[str, Replies]) -> JudgedRun:
    """Judge what a gateway's users got, by the labels of their questions.

    Args:
        name: what to call the run in tables.
        run: the run; its requests are these questions, in this order.
        questions: the labelled questions.
        by_step: the replies behind each step that answers. Of any other step, an answer counts as handed over.

    Returns:
        The run as the lessons on patterns count it: share served rightly with its interval, shares of outcomes.

    Raises:
        ValueError: if the run is not one of these questions.
    """
    if [one.request.question for one in run.served] != [question.text for question in questions]:
        raise ValueError(
            f"The run has {len(run.served)} requests and {len(questions)} questions were given. Expected the run of "
            "these questions, in the same order."
        )
    return JudgedRun(
        name,
        [
            JudgedServed(question, (_reply(one.by, question.text, by_step),))
            for one, question in zip(run.served, questions, strict=True)
        ],
    )


def _reply(step: str, text: str, by_step: Mapping[str, Replies]) -> AIMessage:
    if step in by_step and text in by_step[step]:
        return by_step[step][text]
    return AIMessage("", response_metadata={"abstained": True, "cited": []})
