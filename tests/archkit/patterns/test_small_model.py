"""The small stand-in compares words, and only words."""

from langchain_core.documents import Document
from langchain_core.messages import AIMessage

from archkit.models import passages
from archkit.models.extractive import ABSTENTION, NOTE
from archkit.patterns import WordMatchingChatModel

ARTICLES = [
    Document("Standard delivery to Germany takes 3 days. Express takes 1 day.", metadata={"id": "KB-1", "title": "A"}),
    Document("Wash your down jacket at 30 degrees.", metadata={"id": "KB-2", "title": "Care"}),
]


def ask(question: str) -> AIMessage:
    return WordMatchingChatModel().invoke([("system", passages(ARTICLES)), ("human", question)])


def test_it_quotes_and_cites_the_sentence_that_shares_the_questions_words() -> None:
    reply = ask("standard delivery germany")
    assert reply.text.startswith("Standard delivery to Germany takes 3 days. [KB-1]")
    assert reply.text.endswith(NOTE)
    assert reply.response_metadata["cited"] == ["KB-1"]


def test_what_is_said_in_other_words_it_does_not_know() -> None:
    reply = ask("my puffer smells, may it go in the machine?")
    assert reply.response_metadata["abstained"]
    assert ABSTENTION in reply.text


def test_it_says_its_name_and_counts_its_tokens() -> None:
    reply = ask("wash jacket")
    assert reply.response_metadata["model_name"] == "extractive-words"
    assert reply.usage_metadata is not None
    assert reply.usage_metadata["input_tokens"] > 0
    assert reply.usage_metadata["output_tokens"] > 0


def test_a_prompt_without_passages_is_handed_over() -> None:
    assert WordMatchingChatModel().invoke("standard delivery?").response_metadata["abstained"]
