"""Five desks: who owns what, what a desk may search, and what one agent passes to the next."""

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding

from archkit.models import chat_model
from archkit.models import passages as tagged
from archkit.patterns import DESKS, desk_of, desk_tools, notes, search, trailmate_requests
from archkit.retrieval import article_id, chroma_store, load_articles, may_read


@pytest.fixture(scope="module")
def articles() -> list[Document]:
    return load_articles()


@pytest.fixture(scope="module")
def passages(articles: list[Document]) -> list[Document]:
    return [Document(a.page_content[:400], metadata=a.metadata, id=f"{article_id(a)}#1") for a in articles]


def test_every_owner_of_an_article_belongs_to_exactly_one_desk(articles: list[Document]) -> None:
    owners = {article.metadata.get("owner") for article in articles} - {None, "", "null"}
    assigned = [owner for desk in DESKS.values() for owner in desk.owners]
    assert owners <= set(assigned)
    assert len(assigned) == len(set(assigned))


def test_a_question_belongs_to_the_desks_that_own_its_articles(articles: list[Document]) -> None:
    requests = trailmate_requests()
    mixed = [desk_of(request, articles) for request in requests if request.attack == "mixed_questions"]
    assert {"products", "returns"} in [set(desks) for desks in mixed]
    assert all(not desk_of(request, articles) for request in requests if request.kind == "unanswerable")


@pytest.mark.parametrize("desk", [None, *DESKS])
def test_a_desk_finds_only_its_own_articles_and_only_what_customers_may_read(
    desk: str | None, passages: list[Document]
) -> None:
    store = chroma_store(passages, DeterministicFakeEmbedding(size=8))
    found = search(store, passages, desk, k=6).invoke("How do I return a washed tent that was delivered late?")
    assert len(found) == 6
    assert all(may_read(passage, "customer") for passage in found)
    if desk is not None:
        assert {passage.metadata["owner"] for passage in found} <= set(DESKS[desk].owners)


def test_an_unknown_desk_is_named(passages: list[Document]) -> None:
    store = chroma_store(passages[:3], DeterministicFakeEmbedding(size=8))
    with pytest.raises(ValueError, match=r"There is no desk .retuns.\. Did you mean"):
        search(store, passages, "retuns")


def test_the_embedded_model_hands_a_question_to_a_desk_by_a_tool_call() -> None:
    model = chat_model("embedded").bind_tools(desk_tools(), tool_choice="any")
    (call,) = model.invoke("how much is standard delivery to germany").tool_calls
    assert call["name"] == "shipping"


def test_notes_are_the_quotes_of_a_reply_with_their_articles_titles(articles: list[Document]) -> None:
    model = chat_model("embedded")
    given = [("system", tagged(articles[:2])), ("human", "how much is standard delivery to germany")]
    reply = model.invoke(given)
    passed_on = notes([reply], articles)
    assert passed_on
    assert [note.metadata["id"] for note in passed_on] == ["KB-001"] * len(passed_on)
    assert all(note.page_content in reply.text for note in passed_on)
    assert all(note.metadata["title"] == articles[0].metadata["title"] for note in passed_on)


def test_a_reply_that_abstains_leaves_no_notes(articles: list[Document]) -> None:
    assert notes([chat_model("embedded").invoke("Who won the cup?")], articles) == []
