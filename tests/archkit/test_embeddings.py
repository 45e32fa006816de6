"""The embedding model: right against an independent computation, stable, and indifferent to its batch."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.embeddings import Embeddings
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from archkit.embeddings import DIMENSIONS, MAX_WORD_PIECES, MiniLMEmbeddings, word_pieces
from archkit.model_files import model_file

TEXTS = [
    "Returns are accepted within 30 days of delivery.",
    "How long do I have to send a jacket back?",
    "Kubernetes evicts pods when a node runs out of memory.",
    "Größe, façade, 日本語 and a rucksack for 79.90 EUR",
    "",
    "waterproof " * 400,
]


def reference(text: str) -> np.ndarray:
    """BERT by hand in float64, one text at a time, from the published weights."""
    weights = {name: array.astype(np.float64) for name, array in load_file(model_file("minilm-weights")).items()}
    tokenizer = Tokenizer.from_file(str(model_file("minilm-tokenizer")))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    ids = tokenizer.encode(text).ids
    erf = np.vectorize(math.erf)

    def dense(x: np.ndarray, name: str) -> np.ndarray:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def normalise(x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = normalise(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for number in range(6):
        layer = f"encoder.layer.{number}"
        query, key, value = (dense(x, f"{layer}.attention.self.{part}") for part in ("query", "key", "value"))
        heads = []
        for head in range(12):
            part = slice(32 * head, 32 * head + 32)
            scores = query[:, part] @ key[:, part].T / math.sqrt(32)
            share = np.exp(scores - scores.max(axis=-1, keepdims=True))
            heads.append(share / share.sum(axis=-1, keepdims=True) @ value[:, part])
        x = normalise(
            dense(np.concatenate(heads, axis=-1), f"{layer}.attention.output.dense") + x,
            f"{layer}.attention.output.LayerNorm",
        )
        inner = dense(x, f"{layer}.intermediate.dense")
        inner = inner * (1 + erf(inner / math.sqrt(2))) / 2
        x = normalise(dense(inner, f"{layer}.output.dense") + x, f"{layer}.output.LayerNorm")
    mean = x.mean(axis=0)
    return mean / np.linalg.norm(mean)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_vector_equals_a_forward_pass_written_by_hand(text: str) -> None:
    assert np.abs(MiniLMEmbeddings().vectors([text])[0] - reference(text)).max() < 1e-6


def test_it_is_a_langchain_embedding_model_of_unit_vectors() -> None:
    model = MiniLMEmbeddings()
    assert isinstance(model, Embeddings)
    vectors = np.array(model.embed_documents(TEXTS))
    assert vectors.shape == (len(TEXTS), DIMENSIONS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert isinstance(model.embed_query("a")[0], float)


def test_no_texts_have_no_vectors() -> None:
    assert MiniLMEmbeddings().embed_documents([]) == []
    assert MiniLMEmbeddings().vectors([]).shape == (0, DIMENSIONS)


def test_a_paraphrase_is_nearer_than_another_subject() -> None:
    returns, paraphrase, other = MiniLMEmbeddings().vectors(TEXTS[:3])
    assert returns @ paraphrase > returns @ other + 0.2


words = st.lists(
    st.sampled_from(["tent", "boots", "LO-10234", "ü", ".", ",", "where", "is", "my", "parcel"]), max_size=60
)


@settings(max_examples=25, deadline=None)
@given(text=words.map(" ".join), company=st.lists(words.map(" ".join), max_size=12), place=st.integers(0, 12))
def test_a_vector_does_not_depend_on_the_batch_it_is_in(text: str, company: list[str], place: int) -> None:
    model = MiniLMEmbeddings()
    place = min(place, len(company))
    together = model.vectors([*company[:place], text, *company[place:]])[place]
    assert np.abs(together - model.vectors([text])[0]).max() < 1e-6


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200))
def test_any_text_has_a_finite_unit_vector(text: str) -> None:
    vector = MiniLMEmbeddings().vectors([text])[0]
    assert np.isfinite(vector).all()
    assert abs(np.linalg.norm(vector) - 1) < 1e-6


def test_a_lone_surrogate_is_read_as_an_unknown_character() -> None:
    assert MiniLMEmbeddings().embed_query("tent\ud800") == MiniLMEmbeddings().embed_query("tent?")


def test_words_beyond_the_limit_change_nothing() -> None:
    model = MiniLMEmbeddings()
    within = "tent " * (MAX_WORD_PIECES - 2)
    assert model.embed_query(within) == model.embed_query(within + "and a refund")
    assert model.embed_query(within) != model.embed_query("tent " * (MAX_WORD_PIECES - 3) + "refund")


def test_word_pieces_are_counted_over_the_whole_text() -> None:
    assert word_pieces("") == []
    assert len(word_pieces("tent " * 1000)) == 1000


def test_another_process_gets_the_same_vector_to_the_last_bit() -> None:
    program = (
        "import sys; from archkit.embeddings import MiniLMEmbeddings;"
        "sys.stdout.write(MiniLMEmbeddings().vectors([sys.argv[1]]).tobytes().hex())"
    )
    other = subprocess.run([sys.executable, "-c", program, TEXTS[0]], capture_output=True, text=True, check=True)
    assert other.stdout == MiniLMEmbeddings().vectors([TEXTS[0]]).tobytes().hex()


def test_a_value_that_is_no_text_is_refused_with_its_type() -> None:
    with pytest.raises(TypeError, match="must be a string, but a float was given"):
        MiniLMEmbeddings().embed_documents([1.5])  # type: ignore[list-item]
