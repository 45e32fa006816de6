"""Articles that nearly copy each other: a job that grows with the square of the articles, cut into tasks for a farm.

Copies are how contradictions begin, since sooner or later only one of the two is edited. Nothing here needs more than
Python itself, so that a worker process is as small as it can be.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

from archkit.course import data_folder

__all__ = ["article_words", "copies_among", "copies_by_shingles", "interrupted_once", "shares"]

Pair = tuple[str, str]

LIKENESS = 0.7
"""Share of words in common order from which two articles count as near copies."""

SHINGLE_LIKENESS = 0.4
"""The same for shingles: a replaced word takes two shingles along, so the number is lower."""


def article_words(folder: Path | None = None) -> dict[str, list[str]]:
    """Return the words of each article of the knowledge base, in lower case, without its front matter.

    Args:
        folder: the folder of the articles (KB-*.md); `data/knowledge_base` by default.

    Raises:
        FileNotFoundError: if the folder holds no articles.
    """
    folder = data_folder() / "knowledge_base" if folder is None else folder
    paths = sorted(folder.glob("KB-*.md"))
    if not paths:
        raise FileNotFoundError(f"There are no articles (KB-*.md) in {folder}. Give the folder that holds them.")
    return {path.stem: path.read_text(encoding="utf-8").split("---", 2)[-1].lower().split() for path in paths}


def shares(names: Sequence[str], tasks: int) -> list[list[Pair]]:
    """Deal all pairs of articles out to a number of tasks, one after the other, so that the tasks are of like length.

    Raises:
        ValueError: if there is not at least one task.
    """
    if tasks < 1:
        raise ValueError(f"tasks is {tasks}; give 1 or more.")
    pairs = list(itertools.combinations(names, 2))
    return [pairs[number::tasks] for number in range(tasks)]


def copies_among(pairs: Sequence[Pair], words: dict[str, list[str]]) -> set[Pair]:
    """Return the pairs whose articles are near copies, by comparing the two texts word by word.

    Source: `difflib.SequenceMatcher`, after Ratcliff and Metzener, "Pattern matching: the gestalt approach",
    Dr. Dobb's Journal, July 1988. At worst its time grows with the product of the two lengths and more.
    """
    alike = set()
    for one, other in pairs:
        if SequenceMatcher(None, words[one], words[other], autojunk=False).ratio() >= LIKENESS:
            alike.add((one, other))
    return alike


def copies_by_shingles(words: dict[str, list[str]]) -> set[Pair]:
    """Return the near copies among all articles, by the share of neighbouring word pairs (shingles) in common.

    Source: Broder 1997, "On the resemblance and containment of documents", doi 10.1109/SEQUEN.1997.666900. The step
    that the paper adds, comparing small sketches of articles instead of all pairs, is not needed for a hundred.
    """
    shingles = {name: set(itertools.pairwise(text)) for name, text in words.items()}
    alike = set()
    for one, other in itertools.combinations(shingles, 2):
        together = len(shingles[one] | shingles[other])
        if together and len(shingles[one] & shingles[other]) / together >= SHINGLE_LIKENESS:
            alike.add((one, other))
    return alike


def interrupted_once(pairs: Sequence[Pair], words: dict[str, list[str]], diary: str) -> set[Pair]:
    """Do as `copies_among`, but let the process die in the middle of the first attempt, as if a machine were lost.

    Args:
        pairs: what to compare.
        words: the articles' words.
        diary: path of a file to which each attempt adds the number of its process.
    """
    path = Path(diary)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")
    if len(path.read_text(encoding="utf-8").splitlines()) == 1:
        os._exit(1)
    return copies_among(pairs, words)
