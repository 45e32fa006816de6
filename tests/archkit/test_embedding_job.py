"""The job to scale: its texts, the vectors whichever way they are made, and what a repeated part leaves behind."""

from pathlib import Path

import numpy as np
import pytest

from archkit.embedding_job import (
    SideBySide,
    cut,
    embed_and_store,
    embed_part,
    job_texts,
    nearest_in_file,
    nearest_in_table,
    rows_stored,
    side_by_side,
    until_done,
)
from archkit.embeddings import MiniLMEmbeddings


def test_the_job_repeats_the_sentences_until_there_are_enough() -> None:
    texts = job_texts(3_000)
    assert len(texts) == 3_000
    assert 1_000 < len(set(texts)) < 2_000
    assert job_texts(5) == texts[:5]


def test_a_folder_without_articles_and_a_job_of_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no articles"):
        job_texts(1, tmp_path)
    with pytest.raises(ValueError, match="1 or more"):
        job_texts(0)
    with pytest.raises(ValueError, match="1 or more"):
        cut(["a"], 0)


def test_parts_hold_every_text_once_and_in_order() -> None:
    texts = job_texts(70)
    parts = cut(texts, 32)
    assert [len(part) for part in parts] == [32, 32, 6]
    assert [text for part in parts for text in part] == texts


@pytest.mark.parametrize(
    ("threads", "batch", "sort_by_length"), [(1, 8, True), (2, 8, True), (1, 1, True), (1, 8, False)]
)
def test_threads_batches_and_order_change_no_vector(threads: int, batch: int, sort_by_length: bool) -> None:
    texts = job_texts(20)
    expected = MiniLMEmbeddings().vectors(texts)
    np.testing.assert_allclose(embed_part(texts, threads, batch, sort_by_length), expected, atol=1e-5)


def test_a_table_is_searched_alike_whether_it_is_shipped_or_read(tmp_path: Path) -> None:
    texts = job_texts(12)
    table = embed_part(texts)
    np.save(tmp_path / "table.npy", table)
    assert nearest_in_table(table, texts) == list(range(12))
    assert nearest_in_file(str(tmp_path / "table.npy"), texts) == list(range(12))


def test_both_ways_of_running_parts_do_every_part_in_each_round() -> None:
    sent: list[int] = []

    def send(part: object) -> int:
        sent.append(len(str(part)))
        return len(sent)

    result = side_by_side(send, lambda handle: handle, [["a"], ["b", "c"]], rounds=2)
    assert result.texts == 3
    assert len(sent) == 2 * (1 + 2 * 2)


def test_a_speed_up_is_the_ratio_of_the_two_times() -> None:
    result = SideBySide(one_s=3.0, all_s=2.0, texts=600)
    assert result.speed_up == 1.5
    assert str(result) == "one worker 200 texts/s, all 300: 1.50 times as fast"


def test_a_part_whose_process_dies_is_stored_twice_unless_it_is_keyed(tmp_path: Path) -> None:
    store = str(tmp_path / "vectors.db")
    texts = job_texts(8)
    assert embed_and_store(0, texts[:4], store) == 1
    assert until_done(embed_and_store, 4, texts[4:], store, True) == 2
    assert rows_stored(store) == {"appended": 12, "keyed": 8}
