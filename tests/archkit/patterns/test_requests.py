"""The 200 requests, and when a reply serves one."""

from collections import Counter

import pytest
from langchain_core.messages import AIMessage

from archkit.patterns import outcome, trailmate_requests
from archkit.retrieval import Question


def reply(text: str, *cited: str, abstained: bool = False) -> AIMessage:
    return AIMessage(text, response_metadata={"abstained": abstained, "cited": list(cited)})


DELIVERY = Question(
    id="Q-1", text="?", group="g", kind="answerable", relevant=("KB-001",), answer="€4.90, free from €75"
)
NOWHERE = Question(id="Q-2", text="?", group="g", kind="unanswerable")


def test_there_are_200_of_customers_in_good_faith() -> None:
    requests = trailmate_requests()
    kinds = Counter(request.kind for request in requests)
    assert kinds == {"answerable": 168, "unanswerable": 28, "adversarial": 4}
    assert {request.asker for request in requests} == {"customer"}
    assert {request.attack for request in requests if request.kind == "adversarial"} == {"mixed_questions"}


@pytest.mark.parametrize(
    ("question", "given", "judged"),
    [
        (DELIVERY, reply("It costs €4.90, and nothing from €75. [KB-001]", "KB-001"), "right"),
        (DELIVERY, reply("It costs €4.90. [KB-001]", "KB-001"), "wrong"),
        (DELIVERY, reply("It costs €5.90, and nothing from €75. [KB-003]", "KB-003"), "wrong"),
        (DELIVERY, reply("It costs €4.90, and nothing from €75. [KB-003]", "KB-003"), "wrong"),
        (DELIVERY, reply("I do not know.", abstained=True), "handed over"),
        (NOWHERE, reply("I do not know.", abstained=True), "right"),
        (NOWHERE, reply("Yes. [KB-001]", "KB-001"), "wrong"),
    ],
)
def test_a_reply_is_judged_by_the_labels(question: Question, given: AIMessage, judged: str) -> None:
    assert outcome(question, given) == judged


def test_the_number_of_a_cited_article_is_no_figure_of_the_answer() -> None:
    question = DELIVERY.model_copy(update={"answer": "€75", "relevant": ("KB-75",)})
    assert outcome(question, reply("Nothing to pay. [KB-75]", "KB-75")) == "wrong"


def test_a_generative_reply_cannot_be_judged_like_this() -> None:
    with pytest.raises(ValueError, match="Only replies of the embedded models"):
        outcome(DELIVERY, AIMessage("€4.90"))
