"""A semantic cache on Chroma: an earlier answer for a question that means the same, and the guards against wrong hits.

The nearest kept question is found by its vector. Whoever asks sees only entries of their own scope, of the present
version of the knowledge base, and young enough. A guard then compares the two wordings, since vectors of questions that
differ in one decisive word lie closer together than those of honest paraphrases.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "EVERYBODY",
    "Guard",
    "Look",
    "SemanticCache",
    "nearly_the_same_words",
    "negations_differ",
    "numbers_differ",
]

EVERYBODY = "everybody"
"""The scope of an answer that any asker may be given."""

Guard = Callable[[str, str], bool]
"""Takes the question asked and the question kept; returns True to refuse the hit."""

_NEGATIONS = {"no", "not", "never", "without", "cannot", "dont", "don't", "doesn't", "isn't"}
_FUNCTION_WORDS = set(
    re.findall(
        r"\S+",
        """a an the is are was were be do does did i my me you your guys it its this that if when what what's how in to
        of for on at by and or please hi hello with from can will would there any all""",
    )
)


@dataclass(frozen=True)
class Look:
    """What one look into the cache found.

    Attributes:
        answer: the kept answer; None for a miss.
        similarity: the cosine to the nearest kept question that the asker may see; None where there is none.
        question: that question.
        refused_by: the name of the guard that refused a hit above the threshold, if one did.
    """

    answer: str | None
    similarity: float | None = None
    question: str | None = None
    refused_by: str | None = None


class SemanticCache:
    """Answers kept by the meaning of their questions, in a Chroma collection of this process."""

    def __init__(self, threshold: float, *, guards: Sequence[Guard] = ()) -> None:
        """Begin with nothing kept.

        Args:
            threshold: the cosine from which on two questions count as the same, above 0 and up to 1.
            guards: what may still refuse a hit, in this order.

        Raises:
            ValueError: if the threshold is no cosine that could be meant.
        """
        import chromadb

        from archkit.models import embeddings

        if not 0 < threshold <= 1:
            raise ValueError(f"The threshold is {threshold}. Give a cosine above 0 and up to 1, such as 0.9.")
        self.threshold = threshold
        self.guards = tuple(guards)
        self._embeddings = embeddings()
        self._collection = chromadb.EphemeralClient().create_collection(
            f"cache-{uuid.uuid4().hex}", configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
        )

    def __len__(self) -> int:
        """Return how many answers are kept."""
        return self._collection.count()

    def keep(self, question: str, answer: str, *, scope: str = EVERYBODY, version: str = "", now: float = 0.0) -> None:
        """Keep an answer.

        Args:
            question: what was asked.
            answer: what was answered.
            scope: who may be given it: `EVERYBODY`, or one customer's or tenant's id.
            version: the version of what the answer rests on, such as the knowledge base's.
            now: the time, in seconds of whatever clock the caller uses throughout.
        """
        self._collection.add(
            ids=[uuid.uuid4().hex],
            embeddings=self._vector(question),
            metadatas=[{"question": question, "answer": answer, "scope": scope, "version": version, "kept_at": now}],
        )

    def look_up(
        self,
        question: str,
        *,
        scope: str = EVERYBODY,
        version: str = "",
        now: float = 0.0,
        max_age: float | None = None,
    ) -> Look:
        """Look for an answer that was given to the same question.

        Args:
            question: what is asked.
            scope: whose entries are searched, besides those of everybody.
            version: only entries of this version count.
            now: the time, by the clock of `keep`.
            max_age: seconds after which an entry no longer counts; None for ever.

        Returns:
            The nearest entry's answer if its similarity reaches the threshold and no guard refuses, else a miss.
        """
        conditions: list[dict[str, Any]] = [{"scope": {"$in": sorted({scope, EVERYBODY})}}, {"version": version}]
        if max_age is not None:
            conditions.append({"kept_at": {"$gte": now - max_age}})
        found: Any = self._collection.query(
            query_embeddings=self._vector(question),
            n_results=1,
            where={"$and": conditions},
            include=["metadatas", "distances"],
        )
        if not found["ids"][0]:
            return Look(None)
        entry, similarity = found["metadatas"][0][0], 1 - found["distances"][0][0]
        if similarity < self.threshold:
            return Look(None, similarity, entry["question"])
        for guard in self.guards:
            if guard(question, entry["question"]):
                return Look(None, similarity, entry["question"], guard.__name__)
        return Look(entry["answer"], similarity, entry["question"])

    def _vector(self, question: str) -> NDArray[np.float32]:
        import numpy as np

        return np.array([self._embeddings.embed_query(question)], dtype=np.float32)


def numbers_differ(asked: str, kept: str) -> bool:
    """Refuse when both questions hold numbers or codes, and not the same ones."""
    first, second = ({word for word in _words(text) if any(c.isdigit() for c in word)} for text in (asked, kept))
    return bool(first and second and first != second)


def negations_differ(asked: str, kept: str) -> bool:
    """Refuse when one of the two questions holds a negation and the other none."""
    first, second = (bool(_NEGATIONS & set(_words(text))) for text in (asked, kept))
    return first != second


def nearly_the_same_words(asked: str, kept: str) -> bool:
    """Refuse when two questions share most of their words and differ in at least one that carries meaning.

    Honest paraphrases share few words; two questions that share nearly all of them differ in one that was chosen.
    Word order, function words and simple endings do not count as a difference.
    """
    first, second = _content(asked), _content(kept)
    return first != second and len(first & second) >= 0.4 * len(first | second)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+-?\d+|\d+(?:\.\d+)?|[a-z']+", text.lower())


def _content(text: str) -> set[str]:
    return {_stem(word) for word in _words(text) if word not in _FUNCTION_WORDS}


def _stem(word: str) -> str:
    ending = next((e for e in ("ing", "ed", "ly", "s") if word.endswith(e) and len(word) - len(e) >= 3), "")
    return word.removesuffix(ending).removesuffix("e")
