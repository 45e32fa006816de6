"""What the retrievers promise: order, ties, limits and filters, against plain arithmetic."""

import math
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_text_splitters import RecursiveCharacterTextSplitter

from archkit.embeddings import MiniLMEmbeddings
from archkit.retrieval import (
    BM25Retriever,
    HybridRetriever,
    access_filter,
    chroma_store,
    default_passages,
    default_retriever,
    difference,
    evaluate,
    load_articles,
    load_questions,
    may_read,
    split_articles,
)

ARTICLES = [
    Document(
        id="KB-1", page_content="# Tents\n\nA tent dries in the shade. Poles are aluminium.", metadata={"id": "KB-1"}
    ),
    Document(id="KB-2", page_content="# Boots\n\nLeather boots want wax. Laces break.", metadata={"id": "KB-2"}),
    Document(id="KB-3", page_content="# Returns\n\nReturns are free for 60 days.", metadata={"id": "KB-3"}),
]
WORDS = st.lists(st.sampled_from(["tent", "boots", "returns", "wax", "shade", "free"]), max_size=8).map(" ".join)


class Ranking(BaseRetriever):
    """Returns a fixed ranking of ids."""

    ids: list[str]

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [Document(id=identity, page_content=identity) for identity in self.ids]


def ids(documents: list[Document]) -> list[str]:
    return [str(document.id) for document in documents]


# BM25


def bm25(query: list[str], texts: list[list[str]], k1: float = 1.5, b: float = 0.75) -> list[float]:
    """Score every text by the formula of Lucene's BM25, one term at a time."""
    n, mean = len(texts), sum(map(len, texts)) / len(texts)
    scores = []
    for text in texts:
        total = 0.0
        for word in query:
            containing = sum(word in other for other in texts)
            frequency = text.count(word)
            idf = math.log(1 + (n - containing + 0.5) / (containing + 0.5))
            total += idf * frequency / (frequency + k1 * (1 - b + b * len(text) / mean))
        scores.append(total)
    return scores


@settings(deadline=None)
@given(texts=st.lists(WORDS.filter(bool), min_size=1, max_size=6), query=WORDS)
def test_bm25_scores_are_the_formulas(texts: list[str], query: str) -> None:
    stem = {"boots": "boot", "returns": "return"}
    passages = [Document(id=str(number), page_content=text) for number, text in enumerate(texts)]
    expected = bm25([stem.get(w, w) for w in query.split()], [[stem.get(w, w) for w in text.split()] for text in texts])
    assert BM25Retriever(passages=passages).scores(query) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@settings(deadline=None)
@given(texts=st.lists(WORDS, min_size=1, max_size=8), query=WORDS, k=st.integers(1, 10))
def test_bm25_ranks_by_score_and_breaks_ties_by_position(texts: list[str], query: str, k: int) -> None:
    passages = [Document(id=str(number), page_content=text) for number, text in enumerate(texts)]
    retriever = BM25Retriever(passages=passages, k=k)
    scores = retriever.scores(query)
    found = [int(identity) for identity in ids(retriever.invoke(query))]
    assert found == sorted((i for i in range(len(texts)) if scores[i] > 0), key=lambda i: (-scores[i], i))[:k]


def test_bm25_reads_plurals_and_capitals_as_the_same_word() -> None:
    retriever = BM25Retriever(passages=ARTICLES)
    assert ids(retriever.invoke("TENTS return boot"))[0] in {"KB-1", "KB-2", "KB-3"}
    assert len(retriever.invoke("TENTS return boot")) == 3


@pytest.mark.parametrize("query", ["", "   ", "the of and", "zyzzyva", "?!", "🏕"])
def test_bm25_finds_nothing_where_no_word_is_shared(query: str) -> None:
    assert BM25Retriever(passages=ARTICLES).invoke(query) == []


def test_bm25_over_nothing_finds_nothing() -> None:
    assert BM25Retriever(passages=[]).invoke("tent") == []
    assert BM25Retriever(passages=[Document(page_content="the")]).invoke("the tent") == []


def test_the_condition_is_applied_before_the_best_are_taken() -> None:
    retriever = BM25Retriever(passages=ARTICLES, k=1, condition=lambda passage: passage.metadata["id"] != "KB-1")
    assert ids(retriever.invoke("tent boots")) == ["KB-2"]


# Fusion

RANKINGS = st.lists(st.lists(st.sampled_from("abcdef"), unique=True, max_size=6), min_size=1, max_size=3)


@settings(deadline=None)
@given(rankings=RANKINGS, k=st.integers(1, 8))
def test_fusion_ranks_by_the_sum_of_reciprocal_ranks(rankings: list[list[str]], k: int) -> None:
    fused = ids(HybridRetriever(retrievers=[Ranking(ids=ranking) for ranking in rankings], k=k).invoke("any"))

    def score(identity: str) -> float:
        return sum(1 / (60 + ranking.index(identity) + 1) for ranking in rankings if identity in ranking)

    every = {identity for ranking in rankings for identity in ranking}
    assert len(fused) == min(k, len(every))
    assert [score(i) for i in fused] == pytest.approx(sorted(map(score, every), reverse=True)[:k])


@settings(deadline=None)
@given(ranking=st.lists(st.sampled_from("abcdef"), unique=True, max_size=6))
def test_fusing_a_ranking_with_itself_changes_nothing(ranking: list[str]) -> None:
    twice = HybridRetriever(retrievers=[Ranking(ids=ranking), Ranking(ids=ranking)], k=9)
    assert ids(twice.invoke("any")) == ranking


def test_equal_sums_are_ordered_by_the_best_rank_then_by_the_retrievers() -> None:
    fused = HybridRetriever(retrievers=[Ranking(ids=["a", "b"]), Ranking(ids=["c", "d"])], k=4)
    assert ids(fused.invoke("any")) == ["a", "c", "b", "d"]


def test_a_passage_that_a_ranking_repeats_counts_once() -> None:
    fused = HybridRetriever(retrievers=[Ranking(ids=["a", "a", "b"]), Ranking(ids=["b"])], k=2)
    assert ids(fused.invoke("any")) == ["b", "a"]


def test_fusion_says_that_passages_need_ids() -> None:
    class Nameless(Ranking):
        def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
            return [Document(page_content="no id")]

    with pytest.raises(ValueError, match="has no id"):
        HybridRetriever(retrievers=[Nameless(ids=[])]).invoke("any")


# Chroma and chunks


def test_stores_never_share_a_collection() -> None:
    first, second = chroma_store(ARTICLES), chroma_store(ARTICLES[:1])
    assert len(first.similarity_search("tent", k=9)) == 3
    assert len(second.similarity_search("tent", k=9)) == 1


def test_the_store_compares_by_cosine_and_filters_by_metadata() -> None:
    store = chroma_store(ARTICLES)
    (best, distance), *_ = store.similarity_search_with_score(ARTICLES[2].page_content, k=3)
    assert best.id == "KB-3"
    assert distance == pytest.approx(0, abs=1e-4)
    assert ids(store.similarity_search("returns", k=3, filter={"id": "KB-2"})) == ["KB-2"]


def test_equal_passages_come_in_the_same_order_from_every_store() -> None:
    twins = [Document(id=f"P{number}", page_content="Boots want wax.", metadata={"id": "x"}) for number in range(6)]
    orders = {tuple(ids(chroma_store(twins).similarity_search("wax", k=6))) for _ in range(3)}
    assert len(orders) == 1


def test_a_store_ranks_by_the_embeddings_it_is_given() -> None:
    class LastLetter(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [[float(text[-1] == "a"), float(text[-1] == "b")] for text in texts]

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    passages = [Document(id="A", page_content="..a"), Document(id="B", page_content="..b")]
    assert ids(chroma_store(passages, LastLetter()).similarity_search("b", k=2)) == ["B", "A"]


def test_a_question_asked_again_finds_the_same() -> None:
    store = chroma_store(ARTICLES)
    first, second = (store.similarity_search_with_score("wet tent", k=3) for _ in range(2))
    direct = store.similarity_search_by_vector_with_relevance_scores(MiniLMEmbeddings().embed_query("wet tent"), k=3)
    assert first == second
    assert [(p.id, score) for p, score in first] == [(p.id, score) for p, score in direct]


def test_a_store_says_which_ids_repeat() -> None:
    with pytest.raises(ValueError, match="KB-1"):
        chroma_store([ARTICLES[0], ARTICLES[0]])
    with pytest.raises(ValueError, match="no passages"):
        chroma_store([])


@settings(deadline=None)
@given(size=st.integers(10, 200))
def test_every_passage_knows_its_article_and_has_an_id_of_its_own(size: int) -> None:
    passages = split_articles(ARTICLES, RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=0))
    assert len(set(ids(passages))) == len(passages)
    for article in ARTICLES:
        own = [p for p in passages if p.metadata["id"] == article.metadata["id"]]
        assert [p.metadata["passage"] for p in own] == list(range(1, len(own) + 1))
        text = "".join("".join(p.page_content.split()) for p in own)
        assert text == "".join(article.page_content.split()), "nothing is lost and nothing is doubled"


def test_a_titled_passage_starts_with_its_articles_title() -> None:
    article = Document(id="KB-9", page_content="# Tents\n\n" + "Dry. " * 40, metadata={"id": "KB-9", "title": "Tents"})
    splitter = RecursiveCharacterTextSplitter(chunk_size=60, chunk_overlap=0)
    passages = split_articles([article], splitter, titled=True)
    assert len(passages) > 2
    assert all(passage.page_content.startswith("# Tents") for passage in passages)
    assert sum(passage.page_content.count("# Tents") for passage in passages) == len(passages)


# The course's default


def test_the_default_does_not_lose_to_bm25_on_the_labelled_questions() -> None:
    questions = [question for question in load_questions() if question.asker == "customer"]
    default = evaluate(default_retriever(5), questions)
    readable = [passage for passage in default_passages() if may_read(passage, "customer")]
    words = evaluate(BM25Retriever(passages=readable, k=5), questions)
    assert default.recall.n >= 100
    assert difference(default, words).low > 0


def test_a_customer_is_never_shown_an_article_for_agents() -> None:
    retriever = default_retriever(20)
    for question in load_questions():
        if question.forbidden:
            found = retriever.invoke(question.text)
            assert {(p.metadata["confidentiality"], p.metadata["audience"]) for p in found} == {("public", "customer")}


def test_an_agent_is_shown_internal_articles_and_no_restricted_ones() -> None:
    found = [p.metadata["confidentiality"] for p in default_retriever(150, "agent").invoke("fraud score thresholds")]
    assert set(found) == {"public", "internal"}


@pytest.mark.parametrize("asker", ["customer", "agent"])
def test_both_searches_keep_to_the_same_rule_and_leave_out_nothing_else(asker: Literal["customer", "agent"]) -> None:
    readable = {article.id for article in load_articles() if may_read(article, asker)}
    passages = default_passages()
    by_meaning = chroma_store(passages).similarity_search("anything", k=len(passages), filter=access_filter(asker))
    assert {passage.metadata["id"] for passage in by_meaning} == readable
    assert {p.metadata["id"] for p in default_retriever(len(passages), asker).invoke("anything")} == readable


def test_a_passage_without_labels_is_shown_to_nobody() -> None:
    assert not may_read(Document(page_content="?", metadata={"id": "KB-0"}), "agent")


def test_bad_requests_for_the_default_are_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="give 1 or more"):
        default_retriever(0)
    with pytest.raises(ValueError, match="no asker 'admin'"):
        access_filter("admin")  # type: ignore[arg-type]
