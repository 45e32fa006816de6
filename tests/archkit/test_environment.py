"""The check of the environment: every tier says what it is, and nothing that is missing raises."""

import builtins
import sys
from pathlib import Path

import pytest

from archkit.environment import Environment, ModelAnswer, environment
from archkit.models.tiers import TierStatus


@pytest.fixture
def tiers(monkeypatch: pytest.MonkeyPatch) -> list[TierStatus]:
    """Return the list of tiers that the check looks at, for a test to fill."""
    found: list[TierStatus] = []
    monkeypatch.setattr("archkit.models.tiers.tier_status", lambda: found)
    return found


def test_the_embedded_model_answers_here_and_says_that_it_is_extractive(tiers: list[TierStatus]) -> None:
    tiers.append(TierStatus("embedded", "extractive", True, ""))
    found = environment()
    assert found.is_ready
    assert "60 days" in found.models[0].words
    assert "Extractive" in found.models[0].words


def test_a_tier_that_is_not_ready_is_not_asked_and_says_what_to_do(tiers: list[TierStatus]) -> None:
    tiers.append(
        TierStatus("smollm2", "a small model", False, "llama.cpp is not installed: run `pip install xllamacpp`.")
    )
    (answer,) = environment().models
    assert (answer.answered, answer.seconds) == (False, None)
    assert "pip install xllamacpp" in str(environment())


def test_a_provider_that_fails_is_said_in_one_line(tiers: list[TierStatus], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "no-key")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    tiers.append(TierStatus("openai:gpt-5-mini", "a provider's model", True, ""))
    (answer,) = environment().models
    assert not answer.answered
    assert answer.words.startswith("It failed: ")
    assert "\n" not in answer.words
    assert not environment().is_ready


def test_without_the_embedded_model_the_course_is_not_ready() -> None:
    missing = ModelAnswer("embedded", "extractive", False, "Its files are not here.")
    found = Environment("3.11.2", "Linux x86_64", 2, 1_500_000_000, (missing,))
    assert not found.is_ready
    assert "Not ready yet" in str(found)
    assert "1.5 GB of memory (tight" in str(found)


def test_a_system_that_does_not_tell_its_memory_raises_nothing(
    tiers: list[TierStatus], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: object, **options: object) -> None:
        raise OSError("not here")

    monkeypatch.setattr("os.sysconf", refused, raising=False)
    monkeypatch.setattr(Path, "read_text", refused)
    monkeypatch.delenv("MEM_LIMIT", raising=False)
    assert environment().memory is None
    assert "the memory is not known" in str(environment())


def test_the_limit_that_a_hub_sets_counts(tiers: list[TierStatus], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEM_LIMIT", "1073741824")
    assert environment().memory == 1073741824


def test_an_answer_stays_inside_its_cell_of_the_table() -> None:
    answer = ModelAnswer("embedded", "extractive", True, "a | b <b>c", 0.1)
    row = Environment("3.11.2", "Linux", 1, None, (answer,))._repr_markdown_().splitlines()[-1]
    assert row.replace("\\|", "").count("|") == 5
    assert "<b>" not in row


def test_the_check_needs_no_model_library_to_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_llama(name: str, *rest: object, **options: object) -> object:
        if name.split(".")[0] in {"xllamacpp", "langchain_openai"}:
            raise ImportError(f"No module named {name!r}")
        return real(name, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without_llama)
    monkeypatch.delenv("ARCHKIT_MODEL", raising=False)
    monkeypatch.delitem(sys.modules, "archkit.models.smollm2", raising=False)
    found = environment()
    assert found.is_ready
    assert not any(model.answered for model in found.models if model.tier == "smollm2")
