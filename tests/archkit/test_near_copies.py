"""Near copies are the planted ones, however the work is cut and whichever method finds them."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archkit.near_copies import article_words, copies_among, copies_by_shingles, shares

PLANTED = {("KB-009", "KB-010"), ("KB-044", "KB-045"), ("KB-074", "KB-075"), ("KB-081", "KB-082")}


def test_both_methods_find_the_planted_copies_and_nothing_else() -> None:
    words = article_words()
    assert set().union(*(copies_among(part, words) for part in shares(list(words), 8))) == PLANTED
    assert copies_by_shingles(words) == PLANTED


@given(st.lists(st.text(min_size=1), unique=True, max_size=12), st.integers(1, 20))
def test_every_pair_is_in_one_task_and_tasks_are_of_like_length(names: list[str], tasks: int) -> None:
    parts = shares(names, tasks)
    assert sorted(pair for part in parts for pair in part) == sorted(itertools.combinations(names, 2))
    assert len(parts) == tasks
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_no_task_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="tasks is 0; give 1 or more"):
        shares(["a", "b"], 0)


def test_an_article_copies_itself_and_an_empty_one_copies_nothing() -> None:
    text = ["a", "tent", "may", "be", "returned", "within", "sixty", "days"]
    words = {"one": text, "same": list(text), "other": ["boots", "are", "resoled", "in", "Ghent"], "empty": []}
    assert copies_by_shingles(words) == {("one", "same")}
    assert copies_among(list(itertools.combinations(words, 2)), words) == {("one", "same")}


def test_front_matter_does_not_count_as_text(tmp_path: Path) -> None:
    (tmp_path / "KB-001.md").write_text("---\nid: KB-001\n---\nTents --- and Boots", encoding="utf-8")
    assert article_words(tmp_path) == {"KB-001": ["tents", "---", "and", "boots"]}


def test_a_folder_without_articles_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="There are no articles"):
        article_words(tmp_path)
