"""A batch job to scale: embed thousands of short texts, in parts that any process can take.

A worker needs numpy, onnxruntime and the model's files, and nothing else of the course: two fit into a small computer.
The number of threads can be set here, since threads against processes is what a job of several processes has to settle.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from archkit.course import data_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "RECORDED",
    "RecordedFarm",
    "SideBySide",
    "cut",
    "embed_and_store",
    "embed_part",
    "job_texts",
    "nearest_in_file",
    "nearest_in_table",
    "rows_stored",
    "side_by_side",
    "timed",
    "until_done",
]

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_FEWEST_WORDS = 4
_Handle = TypeVar("_Handle")


def job_texts(number: int, folder: Path | None = None) -> list[str]:
    """Return the sentences of the knowledge base, from the first, repeated until there are `number` of them.

    Args:
        number: how many texts, at least 1.
        folder: the folder of the articles (KB-*.md); `data/knowledge_base` by default.

    Raises:
        ValueError: if fewer than 1 text is asked for.
        FileNotFoundError: if the folder holds no articles.
    """
    if number < 1:
        raise ValueError(f"A job of {number} texts was asked for. Ask for 1 or more.")
    folder = data_folder() / "knowledge_base" if folder is None else folder
    bodies = [path.read_text(encoding="utf-8").split("---", 2)[-1] for path in sorted(folder.glob("KB-*.md"))]
    if not bodies:
        raise FileNotFoundError(f"There are no articles (KB-*.md) in {folder}. Give the folder that holds them.")
    sentences = [s for body in bodies for s in _SENTENCE_END.split(body) if len(s.split()) >= _FEWEST_WORDS]
    return list(itertools.islice(itertools.cycle(sentences), number))


def cut(texts: Sequence[str], size: int) -> list[list[str]]:
    """Return the texts in parts of `size`, in order; the last part may be shorter.

    Raises:
        ValueError: if a part would hold fewer than 1 text.
    """
    if size < 1:
        raise ValueError(f"Parts of {size} texts were asked for. Ask for 1 or more in each.")
    return [list(texts[start : start + size]) for start in range(0, len(texts), size)]


def embed_part(
    texts: Sequence[str], threads: int = 1, batch: int = 8, sort_by_length: bool = True
) -> NDArray[np.float32]:
    """Return the vectors of some texts, texts x 384, each of length one, as all-MiniLM-L6-v2 gives them.

    The model is loaded by the first call in a process, and again when `threads` changes: one is kept at a time.

    Args:
        texts: the texts of one part.
        threads: that one call of the model may use; 0 leaves it to onnxruntime, which takes one for each core.
        batch: texts in one call of the model. The shorter ones are padded to the longest and cost as much.
        sort_by_length: put texts of like length together, so that little is padded.

    Raises:
        archkit.model_files.ModelUnavailable: if the model's files are not here and cannot be fetched.
    """
    import numpy as np

    tokenizer, session = _model(threads)
    pieces = [tokenizer.encode(text).ids for text in texts]
    order = list(range(len(pieces)))
    if sort_by_length:
        order.sort(key=lambda number: len(pieces[number]))
    vectors = np.empty((len(pieces), 384), dtype=np.float32)
    for some in (order[start : start + batch] for start in range(0, len(order), batch)):
        ids = np.zeros((len(some), max(len(pieces[number]) for number in some)), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, number in enumerate(some):
            ids[row, : len(pieces[number])] = pieces[number]
            mask[row, : len(pieces[number])] = 1
        (vectors[some],) = session.run(None, {"input_ids": ids, "attention_mask": mask})
    return vectors


@functools.lru_cache(maxsize=1)
def _model(threads: int) -> tuple[Any, Any]:
    import onnxruntime  # type: ignore[import-untyped]
    from tokenizers import Tokenizer

    from archkit.model_files import model_file

    tokenizer = Tokenizer.from_file(str(model_file("minilm-tokenizer")))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)  # as MiniLMEmbeddings does
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return tokenizer, onnxruntime.InferenceSession(str(model_file("minilm")), options, ["CPUExecutionProvider"])


@dataclass(frozen=True)
class SideBySide:
    """The same texts embedded with one worker busy and with all of them, in turn, the best of several rounds each.

    Attributes:
        one_s: seconds with one worker busy at a time.
        all_s: seconds with all busy.
        texts: how many texts were embedded each time.
    """

    one_s: float
    all_s: float
    texts: int

    @property
    def speed_up(self) -> float:
        """How many times as fast all workers are."""
        return self.one_s / self.all_s

    def __str__(self) -> str:
        """Return it as one line."""
        rates = f"one worker {self.texts / self.one_s:,.0f} texts/s, all {self.texts / self.all_s:,.0f}"
        return f"{rates}: {self.speed_up:.2f} times as fast"


@dataclass(frozen=True)
class RecordedFarm:
    """What two workers of Ray did where there was room for them, to be shown, as recorded, where there is not.

    Attributes:
        source: version, computer and day.
        start_s: seconds from the call until both workers had loaded the model.
        run: the job with one worker busy, and with both.
    """

    source: str
    start_s: float
    run: SideBySide

    def __str__(self) -> str:
        """Return the speed-up with its source, as one line."""
        return f"two workers of Ray {self.run.speed_up:.2f} times as fast as one ({self.source})"


RECORDED = RecordedFarm(
    "recorded with Ray 2.60.0 on 2 idle cores of Linux, 2026-11-22", 9.7, SideBySide(0.816, 0.43, 256)
)
"""The job of the lesson `beyond_one_machine`, once."""


def side_by_side(
    send: Callable[[Sequence[str]], _Handle],
    fetch: Callable[[_Handle], object],
    parts: Sequence[Sequence[str]],
    rounds: int = 3,
) -> SideBySide:
    """Run the parts one by one and all at once, in turn, so that what else the computer does falls on both.

    Args:
        send: starts the work on one part and returns at once, such as a pool's `submit`.
        fetch: waits for the result of what `send` returned.
        parts: the texts, cut.
        rounds: how often each way is run; its best time counts. What loads the model is not among them: each way is
            run once before.
    """

    def in_turn() -> None:
        for part in parts:
            fetch(send(part))

    def at_once() -> None:
        for handle in [send(part) for part in parts]:
            fetch(handle)

    at_once()
    measured = [(timed(in_turn), timed(at_once)) for _ in range(rounds)]
    ones, alls = zip(*measured, strict=True)
    return SideBySide(min(ones), min(alls), sum(len(part) for part in parts))


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that one call took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def nearest_in_table(table: NDArray[np.float32], texts: Sequence[str]) -> list[int]:
    """Return for each text the row of the table whose vector is nearest. The table is shipped with the call."""
    nearest: list[int] = (embed_part(texts) @ table.T).argmax(axis=1).tolist()
    return nearest


def nearest_in_file(path: str, texts: Sequence[str]) -> list[int]:
    """Do the same with a table that the worker reads from a `.npy` file: only the file's name is shipped."""
    import numpy as np

    return nearest_in_table(np.load(path, mmap_mode="r"), texts)


def embed_and_store(first: int, texts: Sequence[str], store: str, dies_once: bool = False) -> int:
    """Embed one part and write its vectors into a SQLite file, twice: appended, and under each text's number.

    Args:
        first: the number of the part's first text, counted over the whole job.
        texts: the part.
        store: path of the SQLite file; it is made by whoever comes first.
        dies_once: end this process when the rows are written and before that is reported. A later call with the same
            `first` and `store` goes through.

    Returns:
        How often this part has been run, this time included.
    """
    vectors = embed_part(texts)
    rows = [(first + place, vector.tobytes()) for place, vector in enumerate(vectors)]
    with contextlib.closing(sqlite3.connect(store, timeout=30)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS appended (text INTEGER, vector BLOB)")
        connection.execute("CREATE TABLE IF NOT EXISTS keyed (text INTEGER PRIMARY KEY, vector BLOB)")
        connection.execute("CREATE TABLE IF NOT EXISTS attempts (first INTEGER)")
        connection.executemany("INSERT INTO appended VALUES (?, ?)", rows)
        connection.executemany("INSERT OR REPLACE INTO keyed VALUES (?, ?)", rows)
        connection.execute("INSERT INTO attempts VALUES (?)", [first])
        (attempts,) = connection.execute("SELECT count(*) FROM attempts WHERE first = ?", [first]).fetchone()
    if dies_once and attempts == 1:
        os._exit(1)
    return int(attempts)


def until_done(task: Callable[..., Any], *arguments: Any) -> Any:
    """Run a task in a process of its own, and again in a new one when that dies, as Ray would: four times at most.

    Raises:
        concurrent.futures.process.BrokenProcessPool: if the fourth process died too.
    """
    for _ in range(3):
        with contextlib.suppress(BrokenProcessPool), ProcessPoolExecutor(1, get_context("spawn")) as one:
            return one.submit(task, *arguments).result()
    with ProcessPoolExecutor(1, get_context("spawn")) as one:
        return one.submit(task, *arguments).result()


def rows_stored(store: str) -> dict[str, int]:
    """Return how many rows `embed_and_store` has left in each of its two tables."""
    with contextlib.closing(sqlite3.connect(store)) as connection:
        names = ("appended", "keyed")
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}
