"""The requests that every pattern is put to, and whether a reply serves one of them."""

from __future__ import annotations

import re
from typing import Literal

from langchain_core.messages import AIMessage

from archkit.retrieval import Question, figures, load_questions

__all__ = ["Outcome", "outcome", "trailmate_requests"]

Outcome = Literal["right", "wrong", "handed over"]

_CITATION = re.compile(r"\[[^\[\]\s]+\]")


def trailmate_requests() -> list[Question]:
    """Return 200 of the labelled questions, as customers ask them in good faith.

    They are the 168 that an article answers, the four that ask two things at once, and the first 28 of the 36 that no
    article answers. Their order is that of the question file.
    """
    asked = [question for question in load_questions() if question.asker == "customer"]
    unanswerable = [question.id for question in asked if question.kind == "unanswerable"]
    kept = set(unanswerable[:28])
    return [
        question
        for question in asked
        if question.kind == "answerable" or question.attack == "mixed_questions" or question.id in kept
    ]


def outcome(question: Question, reply: AIMessage) -> Outcome:
    """Judge a reply of the course's extractive models by the question's labels.

    - Where articles answer the question, a reply is right if it cites one of them and quotes every figure of the
      reference answer. A reply that abstains is handed over; any other is wrong.
    - Where nothing answers it, abstaining is right, and any answer is wrong.

    Figures are compared, not sense: for a reference answer without figures the citation alone decides.

    Args:
        question: the labelled question.
        reply: the reply, with `abstained` and `cited` in its `response_metadata`.

    Raises:
        ValueError: if the reply does not say whether it abstained, as a generative model's does not.
    """
    about = reply.response_metadata
    if "abstained" not in about:
        raise ValueError(
            "The reply does not say whether it abstained. Only replies of the embedded models can be judged like this; "
            "those of a generative model need a person, or a second model, to read them."
        )
    if not question.relevant:
        return "right" if about["abstained"] else "wrong"
    if about["abstained"]:
        return "handed over"
    quoted = figures(_CITATION.sub("", reply.text))
    cites = bool(set(about["cited"]) & set(question.relevant))
    return "right" if cites and figures(question.answer or "") <= quoted else "wrong"
