"""Retrievers by words, by meaning and by both, as ordinary LangChain retrievers."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from pydantic import Field, PrivateAttr, model_validator

from archkit.retrieval.knowledge_base import load_articles

if TYPE_CHECKING:
    from langchain_chroma import Chroma
    from langchain_text_splitters import TextSplitter

__all__ = [
    "BM25Retriever",
    "HybridRetriever",
    "access_filter",
    "chroma_store",
    "default_passages",
    "default_retriever",
    "may_read",
    "split_articles",
]

Condition = Callable[[Document], bool]
Asker = Literal["customer", "agent"]

_collection_number = itertools.count(1)


def split_articles(articles: Sequence[Document], splitter: TextSplitter, *, titled: bool = False) -> list[Document]:
    """Cut articles into passages with a LangChain text splitter, each with an id of its own.

    Args:
        articles: the documents of `load_articles`.
        splitter: any text splitter.
        titled: put the article's title, as its heading, before every passage; else only the first one has it.

    Returns:
        The passages in the order of the articles. A passage's id is its article's and a number, as KB-001#2; its
        metadata are its article's and `passage`, the same number counted from 1.
    """
    passages = []
    for article in articles:
        for number, passage in enumerate(splitter.split_documents([article]), start=1):
            title = str(article.metadata.get("title", ""))
            head = f"# {title}\n\n" if titled and title and number > 1 else ""
            metadata = {**passage.metadata, "passage": number}
            identity = f"{article.metadata['id']}#{number}"
            passages.append(Document(id=identity, page_content=head + passage.page_content, metadata=metadata))
    return passages


class BM25Retriever(BaseRetriever):
    """Retrieves passages by the words they share with the question, ranked by BM25.

    Case and English stop words are ignored and plural endings are removed. A passage that shares no word with the
    question is never returned, so there may be fewer than `k`. Equal scores keep the order of `passages`.

    Source: Robertson and Zaragoza 2009, doi 10.1561/1500000019, in the variant and with the parameters (k1 = 1.5,
    b = 0.75) of bm25s's default, Lucene's.
    """

    passages: Sequence[Document] = Field(repr=False)
    """What is searched."""

    k: int = Field(default=5, ge=1)
    """Most passages to return."""

    condition: Condition | None = Field(default=None, repr=False)
    """Only passages for which this is true are returned; they are left out before the best `k` are taken."""

    _index: Any = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _build(self) -> Self:
        import bm25s

        tokens = [_words(passage.page_content) for passage in self.passages]
        if any(tokens):
            self._index = bm25s.BM25()
            self._index.index(tokens, show_progress=False)
        return self

    def scores(self, query: str) -> list[float]:
        """Return the BM25 score of every passage, in their order; 0 where no word is shared."""
        words = _words(query)
        if self._index is None or not words:
            return [0.0] * len(self.passages)
        return [float(score) for score in self._index.get_scores(words)]

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        scored = [
            (score, number)
            for number, score in enumerate(self.scores(query))
            if score > 0 and (self.condition is None or self.condition(self.passages[number]))
        ]
        scored.sort(key=lambda pair: (-pair[0], pair[1]))
        return [self.passages[number] for _, number in scored[: self.k]]


class HybridRetriever(BaseRetriever):
    """Fuses the rankings of several retrievers by reciprocal rank fusion.

    A passage scores 1 / (constant + rank) in each ranking that has it, and the sums are ranked. Scores of the
    retrievers are not used, so they need no common scale. Equal sums are ordered by the best single rank, then by
    the order of the retrievers.

    Source: Cormack, Clarke and Buettcher 2009, SIGIR, doi 10.1145/1571941.1572114, who use 60.
    """

    retrievers: Sequence[BaseRetriever] = Field(min_length=1, repr=False)
    """What is fused. Each should return more than `k`: what none of them returns cannot be found."""

    k: int = Field(default=5, ge=1)
    """Most passages to return."""

    constant: float = Field(default=60, gt=0)
    """How little the first ranks count above later ones."""

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        score: dict[str, float] = {}
        best: dict[str, int] = {}
        found: dict[str, Document] = {}
        for retriever in self.retrievers:
            ranking = retriever.invoke(query, config={"callbacks": run_manager.get_child()})
            distinct = {_identity(passage): passage for passage in reversed(ranking)}
            for rank, identity in enumerate(reversed(distinct), start=1):
                score[identity] = score.get(identity, 0.0) + 1 / (self.constant + rank)
                best[identity] = min(best.get(identity, rank), rank)
                found.setdefault(identity, distinct[identity])
        # sorted() is stable: what is still equal keeps the order in which it was found
        order = sorted(found, key=lambda identity: (-round(score[identity], 12), best[identity]))
        return [found[identity] for identity in order[: self.k]]


def chroma_store(passages: Sequence[Document], embeddings: Embeddings | None = None) -> Chroma:
    """Embed passages into a new Chroma collection in memory, compared by cosine.

    The collection has a name of its own, so that building one again never adds to an older one, and it searches
    as widely as the passages are many, so that a few hundred are ranked exactly.

    Args:
        passages: what to store, each with an id of its own.
        embeddings: any LangChain embeddings; the course's MiniLM by default, which then embeds a question only once,
            however many stores are asked.

    Returns:
        LangChain's own vector store; `.as_retriever(search_kwargs={"k": 5})` makes a retriever of it.

    Raises:
        ValueError: if there are no passages, or ids are missing or repeat.
    """
    import chromadb
    from langchain_chroma import Chroma

    ids = [_identity(passage) for passage in passages]
    if len(set(ids)) < len(ids):
        repeated = sorted({identity for identity in ids if ids.count(identity) > 1})
        raise ValueError(f"Passages need ids of their own; these repeat: {', '.join(repeated[:5])}.")
    if not ids:
        raise ValueError("There are no passages to store. Give the documents of load_articles() or split_articles().")
    store = Chroma(
        collection_name=f"passages-{os.getpid()}-{next(_collection_number)}",
        embedding_function=embeddings if embeddings is not None else _CourseEmbeddings(),
        client=chromadb.EphemeralClient(),
        collection_configuration={
            # one thread builds the same graph every time
            "hnsw": {"space": "cosine", "ef_search": max(100, min(len(ids), 1_000)), "num_threads": 1}
        },
    )
    for start in range(0, len(ids), 500):
        store.add_documents(list(passages[start : start + 500]))
    return store


_READABLE: dict[str, dict[str, list[str]]] = {
    # Both fields are asked for customers, so that one wrong label opens nothing.
    "customer": {"confidentiality": ["public"], "audience": ["customer"]},
    "agent": {"confidentiality": ["public", "internal"], "audience": ["customer", "agent"]},
}


def access_filter(asker: Asker) -> dict[str, Any]:
    """Return the Chroma filter for the passages that an asker may be shown.

    A customer sees public articles written for customers; an agent sees internal ones too. Restricted articles are
    shown to nobody who talks to the assistant.

    Raises:
        ValueError: if there is no such asker.
    """
    return {"$and": [{field: {"$in": values}} for field, values in _readable(asker).items()]}


def may_read(passage: Document, asker: Asker) -> bool:
    """Return whether an asker may be shown a passage: the same rule as `access_filter`, for one passage.

    Raises:
        ValueError: if there is no such asker.
    """
    return all(passage.metadata.get(field) in values for field, values in _readable(asker).items())


def default_passages() -> list[Document]:
    """Return the passages of the course's default retriever: at most 1,000 characters each, titled.

    That is about as much as the embedding model reads of a text.
    """
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=1_000, chunk_overlap=0)
    return split_articles(load_articles(), splitter, titled=True)


def default_retriever(k: int = 5, asker: Asker = "customer") -> BaseRetriever:
    """Return the course's default retriever: words and meaning fused, over `default_passages`, with access control.

    It was chosen by measurement. On the labelled questions it is clearly ahead of BM25, and level with meaning alone,
    which fails where a question turns on a name or a code. The store is built once per process.

    Args:
        k: how many passages to return.
        asker: who asks; see `access_filter`.

    Raises:
        ValueError: if k is less than 1 or there is no such asker.
    """
    if k < 1:
        raise ValueError(f"k is {k}; it counts the passages to return, so give 1 or more.")
    passages, store = _default_store()
    by_meaning = store.as_retriever(search_kwargs={"k": 2 * k, "filter": access_filter(asker)})
    by_words = BM25Retriever(passages=passages, k=2 * k, condition=lambda passage: may_read(passage, asker))
    return HybridRetriever(retrievers=[by_meaning, by_words], k=k)


@functools.cache
def _default_store() -> tuple[list[Document], Chroma]:
    passages = default_passages()
    return passages, chroma_store(passages)


def _readable(asker: str) -> dict[str, list[str]]:
    if asker not in _READABLE:
        raise ValueError(f"There is no asker {asker!r}. Choose {' or '.join(_READABLE)}.")
    return _READABLE[asker]


class _CourseEmbeddings(Embeddings):
    """The course's embeddings; an evaluation asks many stores the same questions, so their vectors are kept."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        from archkit.models import embeddings

        return embeddings().embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        return list(_question_vector(text))


@functools.lru_cache(maxsize=4_096)
def _question_vector(text: str) -> tuple[float, ...]:
    from archkit.models import embeddings

    return tuple(embeddings().embed_query(text))


def _identity(passage: Document) -> str:
    if not passage.id:
        raise ValueError(
            f"A passage has no id: {passage.page_content[:60]!r}. split_articles() gives each passage one; "
            "rankings cannot be fused without."
        )
    return passage.id


def _words(text: str) -> list[str]:
    """Return the words of a text as BM25 compares them."""
    import bm25s

    (words,) = bm25s.tokenize(
        [text],
        token_pattern=r"(?u)\w+",
        stopwords="en",
        stemmer=_without_plurals,
        return_ids=False,
        show_progress=False,
    )
    return [word for word in words if word]


def _without_plurals(words: list[str]) -> list[str]:
    """Remove plural endings, so that "returns" is "return".

    Source: the S stemmer in Harman 1991, "How effective is suffixing?", Journal of the American Society for
    Information Science 42(1), 7-15.
    """
    return [_singular(word) for word in words]


def _singular(word: str) -> str:
    if len(word) < 4:
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return f"{word[:-3]}y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word
