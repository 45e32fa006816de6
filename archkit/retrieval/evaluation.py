"""How well a retriever finds the articles that answer labelled questions: recall@k, hit rate, MRR, and each miss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from langchain_core.retrievers import BaseRetriever

from archkit.retrieval.knowledge_base import Question, article_id

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Estimate", "Evaluation", "Metric", "difference", "evaluate", "hit", "recall", "reciprocal_rank"]

Metric = Literal["recall", "hit", "reciprocal_rank"]

RESAMPLES = 2_000
SEED = 20_261_122


def recall(retrieved: Sequence[str], relevant: Sequence[str], k: int) -> float:
    """Return the share of the relevant articles that have at least one passage among the first `k`.

    Args:
        retrieved: the article of each passage, best first; an article appears once for each of its passages.
        relevant: the articles that answer the question, at least one.
        k: how many passages are read.
    """
    return len(set(retrieved[:k]) & set(relevant)) / len(set(relevant))


def hit(retrieved: Sequence[str], relevant: Sequence[str], k: int) -> float:
    """Return 1 if any of the first `k` passages is of a relevant article, else 0. Arguments as for `recall`."""
    return float(bool(set(retrieved[:k]) & set(relevant)))


def reciprocal_rank(retrieved: Sequence[str], relevant: Sequence[str], k: int) -> float:
    """Return 1 / the rank of the first passage of a relevant article, or 0 if the first `k` have none.

    Arguments as for `recall`. The rank counts passages, because it is passages that the model reads.
    """
    wanted = set(relevant)
    return next((1 / rank for rank, article in enumerate(retrieved[:k], start=1) if article in wanted), 0.0)


@dataclass(frozen=True)
class Estimate:
    """A mean over questions, with the 95% interval that resampling the question groups gives.

    Attributes:
        value: the mean over the questions.
        low: lower end of the interval.
        high: upper end.
        n: number of questions.
        groups: number of question groups; paraphrases of one question are no independent evidence.
    """

    value: float
    low: float
    high: float
    n: int
    groups: int

    def __str__(self) -> str:
        """Return it as text, such as "0.87 [0.82, 0.91]"."""
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


@dataclass(frozen=True)
class Evaluation:
    """What one retriever did on a set of labelled questions.

    Attributes:
        name: what the retriever is called in tables.
        k: how many passages were read for each question.
        questions: one row a question that names relevant articles: `question` (its id), `text`, `group`, `kind`,
            `region`, `relevant`, `retrieved` (the article of each passage read, best first), `rank` (of the first
            relevant one, missing where there is none), `recall`, `hit` and `reciprocal_rank`.
        words: mean number of words in the passages that one question brings into the prompt.
        left_out: how many questions name no relevant article and so have no recall.
    """

    name: str
    k: int
    questions: pd.DataFrame = field(repr=False)
    words: float
    left_out: int

    @property
    def recall(self) -> Estimate:
        """Mean recall@k."""
        return self.estimate("recall")

    @property
    def hit_rate(self) -> Estimate:
        """Share of the questions for which at least one relevant article was read."""
        return self.estimate("hit")

    @property
    def mrr(self) -> Estimate:
        """Mean reciprocal rank within the first k."""
        return self.estimate("reciprocal_rank")

    @property
    def misses(self) -> pd.DataFrame:
        """The questions for which nothing relevant was read."""
        return self.questions[self.questions["hit"] == 0]

    def estimate(self, metric: Metric) -> Estimate:
        """Return the mean of one metric with its interval.

        Raises:
            ValueError: if there is no such metric.
        """
        if metric not in get_args(Metric):
            raise ValueError(f"There is no metric {metric!r}. Choose one of {', '.join(get_args(Metric))}.")
        return _estimate(self.questions[metric].to_list(), self.questions["group"].to_list())

    def row(self) -> dict[str, object]:
        """Return the numbers as one row of a table."""
        return {
            "retriever": self.name,
            f"recall@{self.k}": self.recall.value,
            "95% interval": f"{self.recall.low:.2f} to {self.recall.high:.2f}",
            "hit rate": self.hit_rate.value,
            "MRR": self.mrr.value,
            "words read": round(self.words),
        }


def evaluate(retriever: BaseRetriever, questions: Sequence[Question], k: int = 5, *, name: str = "") -> Evaluation:
    """Ask a retriever every labelled question and measure what its first `k` passages hold.

    Only questions that name relevant articles count. The measures are taken on articles: several passages of one
    article count once in recall, but each takes one of the `k` places.

    Args:
        retriever: any LangChain retriever; it should return at least `k` passages where it can.
        questions: the labelled questions.
        k: how many passages are read.
        name: what to call the retriever in tables; by default what it calls itself.

    Raises:
        ValueError: if k is less than 1, or no question names a relevant article.
    """
    import pandas as pd

    if k < 1:
        raise ValueError(f"k is {k}; it counts the passages that are read, so give 1 or more.")
    labelled = [question for question in questions if question.relevant]
    if not labelled:
        raise ValueError(f"None of the {len(questions)} questions names a relevant article, so there is no recall.")
    rows: list[dict[str, object]] = []
    words = 0
    for question in labelled:
        passages = retriever.invoke(question.text)[:k]
        words += sum(len(passage.page_content.split()) for passage in passages)
        retrieved = tuple(article_id(passage) for passage in passages)
        first = reciprocal_rank(retrieved, question.relevant, k)
        rows.append(
            {
                "question": question.id,
                "text": question.text,
                "group": question.group,
                "kind": question.kind,
                "region": question.region,
                "relevant": question.relevant,
                "retrieved": retrieved,
                "rank": round(1 / first) if first else None,
                "recall": recall(retrieved, question.relevant, k),
                "hit": hit(retrieved, question.relevant, k),
                "reciprocal_rank": first,
            }
        )
    table = pd.DataFrame(rows).astype({"rank": "Int64"})
    called = name or retriever.get_name()
    return Evaluation(called, k, table, words / len(labelled), len(questions) - len(labelled))


def difference(first: Evaluation, second: Evaluation, metric: Metric = "recall") -> Estimate:
    """Return by how much the first retriever's mean exceeds the second's, question by question.

    Both saw the same questions, so what makes a question hard for both cancels out. The interval is therefore
    narrower than the two retrievers' own intervals suggest.

    Raises:
        ValueError: if they were measured on different questions or with different k.
    """
    ours, theirs = (evaluation.questions.set_index("question") for evaluation in (first, second))
    if first.k != second.k or set(ours.index) != set(theirs.index):
        raise ValueError(
            f"{first.name} was measured on {len(ours)} questions with k={first.k} and {second.name} on "
            f"{len(theirs)} with k={second.k}. A difference needs the same questions and the same k."
        )
    gaps = ours[metric] - theirs[metric].reindex(ours.index)
    return _estimate(gaps.to_list(), ours["group"].to_list())


def _estimate(values: Sequence[float], groups: Sequence[str]) -> Estimate:
    """Return the mean of values with its 95% percentile bootstrap interval, whole groups being drawn."""
    import numpy as np

    names = sorted(set(groups))
    sums = np.zeros(len(names))
    counts = np.zeros(len(names))
    position = {name: number for number, name in enumerate(names)}
    for value, group in zip(values, groups, strict=True):
        sums[position[group]] += value
        counts[position[group]] += 1
    draws = np.random.default_rng(SEED).integers(0, len(names), size=(RESAMPLES, len(names)))
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    value = float(sums.sum() / counts.sum())
    # rounding in the sums must not push the interval past a mean that every draw agrees with
    return Estimate(value, min(float(low), value), max(float(high), value), len(values), len(names))
