"""Five specialist desks for Trailmate: who answers what, from which articles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document
from langchain_core.messages import AIMessage
from langchain_core.retrievers import BaseRetriever

from archkit.models.extractive import NOTE
from archkit.retrieval import BM25Retriever, HybridRetriever, Question, access_filter, may_read
from archkit.typed_data import did_you_mean

if TYPE_CHECKING:
    from langchain_chroma import Chroma

__all__ = ["DESKS", "Desk", "desk_of", "desk_tools", "notes", "search"]

_QUOTE = re.compile(r"(.*?) \[([^\[\]\s]+)\]\s*", re.DOTALL)


@dataclass(frozen=True)
class Desk:
    """One specialist: what it answers, in words that a triage can choose by, and whose articles it reads."""

    name: str
    answers: str
    owners: tuple[str, ...]


DESKS: Mapping[str, Desk] = {
    desk.name: desk
    for desk in (
        Desk(
            "shipping",
            "delivery: cost and time of shipping, countries, tracking of parcels, customs, pickup in stores and "
            "opening hours",
            ("Shipping Operations", "Stores & Pickup"),
        ),
        Desk(
            "returns",
            "returns: sending goods back, refunds, exchanges, warranty, repairs and damaged items",
            ("Returns & Exchanges", "Warranty & Repairs"),
        ),
        Desk(
            "payments",
            "payments: payment methods, invoices, tax, prices, discount codes, gift cards, loyalty points and "
            "business orders",
            ("Payments & Billing", "Pricing & Promotions", "Loyalty & Gift Cards", "B2B Sales"),
        ),
        Desk(
            "products",
            "products: washing and care, waterproofing, maintenance, size, safety and recalls",
            ("Product Care", "Product Safety"),
        ),
        Desk(
            "accounts",
            "accounts: password, login, e-mail address, newsletter, privacy, personal data and contact with support",
            ("Customer Accounts", "Privacy Office", "Support Operations", "Trust & Safety"),
        ),
    )
}
"""The desks by name. Each owner of articles belongs to one of them."""


def desk_tools() -> list[dict[str, Any]]:
    """Describe the desks as tools, so that a chat model can hand a question to one of them by a tool call."""
    question = {"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]}
    return [
        {
            "type": "function",
            "function": {
                "name": desk.name,
                "description": f"Answer questions about {desk.answers}.",
                "parameters": question,
            },
        }
        for desk in DESKS.values()
    ]


def desk_of(question: Question, articles: Sequence[Document]) -> frozenset[str]:
    """Return the desks that own an article which answers a question; none where no article does.

    Args:
        question: the labelled question.
        articles: the documents of `load_articles`. An article without an owner belongs to no desk.
    """
    owner = {article.metadata["id"]: article.metadata.get("owner") for article in articles}
    owners = {owner.get(article) for article in question.relevant}
    return frozenset(desk.name for desk in DESKS.values() if owners & set(desk.owners))


def search(store: Chroma, passages: Sequence[Document], desk: str | None = None, k: int = 4) -> BaseRetriever:
    """Return a retriever by words and meaning for what customers may read: of one desk, or of all.

    Args:
        store: a store of the passages, as `chroma_store` makes it.
        passages: the same passages.
        desk: name of the desk whose articles are searched; None for all articles.
        k: how many passages to return.

    Raises:
        ValueError: if there is no such desk.
    """
    if desk is not None and desk not in DESKS:
        raise ValueError(f"There is no desk {desk!r}.{did_you_mean(desk, DESKS)} Choose one of {', '.join(DESKS)}.")
    allowed: dict[str, Any] = access_filter("customer")
    owners = DESKS[desk].owners if desk is not None else None
    if owners is not None:
        allowed = {"$and": [*allowed["$and"], {"owner": {"$in": list(owners)}}]}

    def readable(passage: Document) -> bool:
        return may_read(passage, "customer") and (owners is None or passage.metadata.get("owner") in owners)

    by_meaning = store.as_retriever(search_kwargs={"k": 2 * k, "filter": allowed})
    by_words = BM25Retriever(passages=passages, k=2 * k, condition=readable)
    return HybridRetriever(retrievers=[by_meaning, by_words], k=k)


def notes(replies: Sequence[AIMessage], articles: Sequence[Document]) -> list[Document]:
    """Return what extractive replies quote as documents, so that another agent can read it as passages.

    Args:
        replies: replies of the embedded models; of one that abstains there is nothing to pass on.
        articles: the documents of `load_articles`, whose titles the quotes keep.
    """
    title = {article.metadata["id"]: article.metadata.get("title") for article in articles}
    return [
        Document(sentence.strip(), metadata={"id": name, "title": title.get(name)})
        for reply in replies
        if not reply.response_metadata["abstained"]
        for sentence, name in _QUOTE.findall(reply.text.removesuffix(NOTE))
    ]
