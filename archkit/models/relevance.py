"""How near a piece of text is to a question: by meaning (MiniLM) and, a little, by the words they share."""

import functools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archkit.embeddings import MiniLMEmbeddings
from archkit.models.prompt import Passage
from archkit.models.sentences import Sentence, sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Quote", "content_words", "first_best", "rank", "similarity"]

_SHARED_WORDS = 0.15  # their part of the relevance; the rest is the cosine of the embeddings
_TIE = 1e-4  # differences below this are no reason to prefer anything: the last digits differ between machines

_STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a an the of to in on at for from by with and or but if then than so as is are was were be been being
        am do does did done have has had having i you he she it we they me him her us them my your his its
        our their this that these those what which who whom whose when where whether why how much many long
        can could may might must shall should will would not no nor only any some there here about into out
        up down over under again more most very just also too get gets got give please tell know let want
        need like would say says said does mean means""",
    )
)


@dataclass(frozen=True)
class Quote:
    """A sentence of a passage and its relevance to a question, at most 1."""

    passage: Passage
    sentence: Sentence
    place: int
    relevance: float


@functools.lru_cache(maxsize=8192)
def _vector(text: str) -> "NDArray[np.float32]":
    # One text at a time: a vector then never depends, not even in its last digit, on what else was asked.
    vector: NDArray[np.float32] = MiniLMEmbeddings().vectors([text])[0]
    return vector


def similarity(one: str, other: str) -> float:
    """Return the cosine of the embeddings of two texts."""
    return float(_vector(one) @ _vector(other))


def content_words(text: str) -> set[str]:
    """Return the words that carry meaning, each by its first five letters so that inflected forms meet.

    "US" is a country where it is written in capitals, and a word without meaning of its own otherwise.
    """
    words = re.findall(r"[^\W_]+", text)
    return {w if w == "US" else w.lower()[:5] for w in words if w == "US" or w.lower() not in _STOP_WORDS}


def rank(question: str, passages: Sequence[Passage]) -> list[Quote]:
    """Return every sentence of the passages, in their order, with its relevance to the question.

    Relevance is 0.85 of the cosine between the question and the sentence (read with its title and heading), and
    0.15 of the share of the question's words that the sentence has, where a word that few of the sentences have
    counts more (inverse document frequency).
    """
    pieces = [
        (passage, sentence, f"{passage.title}: {sentence.in_context}" if passage.title else sentence.in_context)
        for passage in passages
        for sentence in sentences(passage.text)
    ]
    asked = content_words(question)
    said = [content_words(text) for _, _, text in pieces]
    weight = {w: math.log(1 + len(pieces) / (1 + sum(w in words for words in said))) for w in sorted(asked)}
    total = sum(weight.values()) or 1.0
    return [
        Quote(
            passage,
            sentence,
            place,
            (1 - _SHARED_WORDS) * similarity(question, text)
            + _SHARED_WORDS * sum(weight[w] for w in sorted(asked & words)) / total,
        )
        for place, ((passage, sentence, text), words) in enumerate(zip(pieces, said, strict=True))
    ]


def first_best(scores: Sequence[float]) -> int:
    """Return the place of the highest score, the first of those that tie with it."""
    best = max(scores)
    return next(place for place, score in enumerate(scores) if score > best - _TIE)
