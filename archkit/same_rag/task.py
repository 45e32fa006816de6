"""What the three RAGs have in common: their input, their output, the prompt, and how many passages they read."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = [
    "MAX_TOKENS",
    "RULES",
    "TOP_K",
    "Answer",
    "Embed",
    "Endpoint",
    "Passage",
    "customer_passages",
    "remembering",
]

RULES = "You are Trailmate, the assistant of an outdoor shop. Answer from the passages only, and cite their ids."
"""The system prompt; the passages follow it."""

TOP_K = 5
"""How many passages the model reads."""

MAX_TOKENS = 200
"""How many tokens an answer may have."""

Embed = Callable[[Sequence[str]], list[list[float]]]
"""Turns texts into vectors of length one."""


@dataclass(frozen=True)
class Passage:
    """A piece of an article: its own id (KB-001#2), its article's (KB-001), and its text."""

    id: str
    article: str
    text: str

    def tagged(self) -> str:
        """Return it as it stands in the prompt."""
        return f'<passage id="{self.article}">\n{self.text}\n</passage>'


@dataclass(frozen=True)
class Endpoint:
    """A service that speaks Chat Completions: its address up to and with `/v1`, a key, and a model's name."""

    base_url: str
    api_key: str
    model: str


@dataclass(frozen=True)
class Answer:
    """What the model wrote, and the ids of the passages it had read, best first."""

    text: str
    passages: tuple[str, ...]


def customer_passages(characters: int = 400) -> list[Passage]:
    """Return the passages that customers may be shown, of at most so many characters and their article's title."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    from archkit.retrieval import article_id, load_articles, may_read, split_articles

    splitter = RecursiveCharacterTextSplitter(chunk_size=characters, chunk_overlap=0)
    articles = [article for article in load_articles() if may_read(article, "customer")]
    cut = split_articles(articles, splitter, titled=True)
    return [Passage(str(document.id), article_id(document), document.page_content) for document in cut]


def remembering(embed: Embed) -> Embed:
    """Return an embedding function that embeds a text once, however often and by whomever it is asked."""

    @functools.cache
    def vector(text: str) -> tuple[float, ...]:
        return tuple(embed([text])[0])

    return lambda texts: [list(vector(text)) for text in texts]
