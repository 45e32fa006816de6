"""Sentence embeddings that agree between machines: all-MiniLM-L6-v2 on onnxruntime, one thread."""

import functools
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime  # type: ignore[import-untyped]
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

__all__ = ["DIMENSIONS", "MAX_WORD_PIECES", "MiniLMEmbeddings", "word_pieces"]

DIMENSIONS = 384
"""Length of a vector."""

MAX_WORD_PIECES = 256
"""A text is cut after this many word pieces, [CLS] and [SEP] included, as sentence-transformers does."""

_BATCH = 8  # the fastest of 1, 8 and 32 on one thread
_loading = threading.Lock()


class MiniLMEmbeddings(Embeddings):
    """The course's embedding model, as a LangChain `Embeddings`: 384 numbers for a text, of length one.

    It reads at most 256 word pieces of a text (about 190 English words) and ignores letter case. The empty
    text has a vector too, which means nothing. The model is loaded once per process, when it is first used.
    Vectors are the same from run to run, and within 1e-6 from machine to machine and from batch to batch.

    Source: Reimers and Gurevych 2019, arXiv 1908.10084, and the model card of all-MiniLM-L6-v2 (Apache-2.0).
    """

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text.

        Raises:
            TypeError: if a text is not a string.
            archkit.model_files.ModelUnavailable: if the model's files are not here and cannot be fetched.
        """
        vectors: list[list[float]] = self.vectors(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of one text. Questions and passages are embedded alike."""
        return self.embed_documents([text])[0]

    def vectors(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Return the vectors as an array, texts x 384; the dot product of two rows is their cosine."""
        import numpy as np

        tokenizer, session = _tokenizer(), _session()
        pieces = [tokenizer.encode(_clean(text)).ids for text in texts]
        result = np.empty((len(pieces), DIMENSIONS), dtype=np.float32)
        # Texts of like length go together, so that little is spent on padding.
        order = sorted(range(len(pieces)), key=lambda number: len(pieces[number]))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            ids = np.zeros((len(batch), max(len(pieces[number]) for number in batch)), dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, number in enumerate(batch):
                ids[row, : len(pieces[number])] = pieces[number]
                mask[row, : len(pieces[number])] = 1
            (result[batch],) = session.run(None, {"input_ids": ids, "attention_mask": mask})
        return result


def word_pieces(text: str) -> list[int]:
    """Return the ids of MiniLM's word pieces of a whole text, without the special ones at its ends.

    Raises:
        TypeError: if the text is not a string.
        archkit.model_files.ModelUnavailable: if the tokenizer is not here and cannot be fetched.
    """
    ids: list[int] = _whole_text_tokenizer().encode(_clean(text), add_special_tokens=False).ids
    return ids


def _clean(text: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"A text to embed must be a string, but a {type(text).__name__} was given: {text!r:.80}.")
    # A lone surrogate, as comes from a wrongly decoded file, cannot be handed to the tokenizer.
    return text.encode("utf-8", errors="replace").decode("utf-8")


def _tokenizer() -> "Tokenizer":
    with _loading:
        return _load_tokenizer(truncate=True)


def _whole_text_tokenizer() -> "Tokenizer":
    with _loading:
        return _load_tokenizer(truncate=False)


def _session() -> "onnxruntime.InferenceSession":
    with _loading:
        return _load_session()


@functools.cache
def _load_tokenizer(*, truncate: bool) -> "Tokenizer":
    from tokenizers import Tokenizer

    from archkit.model_files import model_file

    tokenizer = Tokenizer.from_file(str(model_file("minilm-tokenizer")))
    # The published file pads and cuts to 128; the model itself was published for 256.
    tokenizer.no_padding()
    if truncate:
        tokenizer.enable_truncation(MAX_WORD_PIECES)
    else:
        tokenizer.no_truncation()
    return tokenizer


@functools.cache
def _load_session() -> "onnxruntime.InferenceSession":
    import onnxruntime

    from archkit.model_files import model_file

    options = onnxruntime.SessionOptions()
    # One thread fixes the order of every sum, and leaves no worker threads behind when a process forks.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model_file("minilm")), options, providers=["CPUExecutionProvider"])
