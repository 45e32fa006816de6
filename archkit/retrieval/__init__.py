"""Retrieval for the lessons: the knowledge base, retrievers by words and by meaning, and how well they find.

The retrievers are ordinary LangChain retrievers, and the passages LangChain documents in an ordinary Chroma store.
"""

from archkit.retrieval.evaluation import (
    Estimate,
    Evaluation,
    difference,
    evaluate,
    evidence,
    figures,
    hit,
    recall,
    reciprocal_rank,
    sweep,
)
from archkit.retrieval.knowledge_base import InvalidQuestions, Question, article_id, load_articles, load_questions
from archkit.retrieval.retrievers import (
    BM25Retriever,
    HybridRetriever,
    access_filter,
    chroma_store,
    default_passages,
    default_retriever,
    may_read,
    split_articles,
)

__all__ = [
    "BM25Retriever",
    "Estimate",
    "Evaluation",
    "HybridRetriever",
    "InvalidQuestions",
    "Question",
    "access_filter",
    "article_id",
    "chroma_store",
    "default_passages",
    "default_retriever",
    "difference",
    "evaluate",
    "evidence",
    "figures",
    "hit",
    "load_articles",
    "load_questions",
    "may_read",
    "recall",
    "reciprocal_rank",
    "split_articles",
    "sweep",
]
