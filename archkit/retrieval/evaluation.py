"""How well a retriever finds what answers labelled questions: recall@k, hit rate, MRR, evidence, and each miss."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from archkit.retrieval.knowledge_base import Question, article_id

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Estimate",
    "Evaluation",
    "Metric",
    "difference",
    "evaluate",
    "evidence",
    "figures",
    "grouped_mean",
    "hit",
    "recall",
    "reciprocal_rank",
    "sweep",
]

Metric = Literal["recall", "hit", "reciprocal_rank", "evidence"]

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


def figures(text: str) -> set[str]:
    """Return the numbers in a text as they are written, without the commas of thousands: "€1,000" has "1000"."""
    return {number.replace(",", "") for number in re.findall(r"\d+(?:[.,]\d+)*", text)}


def evidence(passages: Sequence[Document], question: Question, k: int) -> float | None:
    """Return 1 if every figure of the right answer stands in the relevant ones of the first `k` passages, else 0.

    Recall asks whether the right article was opened; this asks whether the right part of it was. It needs no person
    to label passages, but only answers with figures can be judged by it: for others it is None.

    Args:
        passages: what was retrieved, best first.
        question: the question, with its answer and its relevant articles.
        k: how many passages are read.
    """
    needed = figures(question.answer or "")
    if not needed:
        return None
    read = [passage for passage in passages[:k] if article_id(passage) in question.relevant]
    return float(needed <= set().union(*(figures(passage.page_content) for passage in read)))


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
            relevant one, missing where there is none), `recall`, `hit`, `reciprocal_rank` and `evidence` (missing
            where the answer has no figures).
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
    def evidence(self) -> Estimate:
        """Share of the questions with figures in their answer whose figures were all read."""
        return self.estimate("evidence")

    @property
    def misses(self) -> pd.DataFrame:
        """The questions for which nothing relevant was read."""
        return self.questions[self.questions["hit"] == 0]

    def estimate(self, metric: Metric) -> Estimate:
        """Return the mean of one metric with its interval.

        Raises:
            ValueError: if there is no such metric, or no question can be judged by it.
        """
        if metric not in get_args(Metric):
            raise ValueError(f"There is no metric {metric!r}. Choose one of {', '.join(get_args(Metric))}.")
        judged = self.questions.dropna(subset=[metric])
        if judged.empty:
            raise ValueError(f"None of the {len(self.questions)} questions has an answer that {metric} can judge.")
        return grouped_mean(judged[metric].to_list(), judged["group"].to_list())

    def row(self) -> dict[str, object]:
        """Return the numbers as one row of a table; `low` and `high` are the interval of the recall."""
        return {
            "retriever": self.name,
            f"recall@{self.k}": self.recall.value,
            "low": self.recall.low,
            "high": self.recall.high,
            "MRR": self.mrr.value,
            "evidence": self.evidence.value if self.questions["evidence"].notna().any() else None,
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
    (evaluation,) = sweep(retriever, questions, [k], name=name)
    return evaluation


def sweep(
    retriever: BaseRetriever, questions: Sequence[Question], ks: Sequence[int], *, name: str = ""
) -> list[Evaluation]:
    """Measure a retriever as `evaluate` does for several `k`, asking it every question only once.

    Args:
        retriever: any LangChain retriever; it should return at least the largest k passages where it can.
        questions: the labelled questions.
        ks: the numbers of passages read.
        name: what to call the retriever in tables; by default what it calls itself.

    Returns:
        One evaluation for each k, in their order.

    Raises:
        ValueError: if a k is less than 1, or no question names a relevant article.
    """
    for k in ks:
        if k < 1:
            raise ValueError(f"k is {k}; it counts the passages that are read, so give 1 or more.")
    labelled = [question for question in questions if question.relevant]
    if not labelled:
        raise ValueError(f"None of the {len(questions)} questions names a relevant article, so there is no recall.")
    found = [retriever.invoke(question.text) for question in labelled]
    called = name or retriever.get_name()
    return [_measured(called, labelled, found, k, len(questions) - len(labelled)) for k in ks]


def _measured(
    name: str, questions: Sequence[Question], found: Sequence[Sequence[Document]], k: int, left_out: int
) -> Evaluation:
    import pandas as pd

    rows: list[dict[str, object]] = []
    words = 0
    for question, passages in zip(questions, found, strict=True):
        words += sum(len(passage.page_content.split()) for passage in passages[:k])
        retrieved = tuple(article_id(passage) for passage in passages[:k])
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
                "evidence": evidence(passages, question, k),
            }
        )
    table = pd.DataFrame(rows).astype({"rank": "Int64", "evidence": "Float64"})
    return Evaluation(name, k, table, words / len(questions), left_out)


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
    gaps = (ours[metric] - theirs[metric].reindex(ours.index)).dropna()
    ours = ours.loc[gaps.index]
    return grouped_mean(gaps.to_list(), ours["group"].to_list())


def grouped_mean(values: Sequence[float], groups: Sequence[str]) -> Estimate:
    """Return the mean of values with its 95% percentile bootstrap interval, whole groups being drawn.

    Args:
        values: one number for each question.
        groups: the group of each question, in the same order. Wordings of one matter are not independent, so that
            resampling questions one by one would make the interval too narrow.
    """
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
