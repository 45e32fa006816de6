"""Models by name: what is missing is said in one sentence, before any request is made."""

import importlib.util

import pytest
from langchain_core.embeddings import Embeddings
from langchain_openai import ChatOpenAI

from archkit.embeddings import MiniLMEmbeddings
from archkit.models import ModelUnavailable, chat_model, embeddings


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "ARCHKIT_MODEL",
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "AZURE_OPENAI_API_KEY",
        "AZURE_OPENAI_ENDPOINT",
    ):
        monkeypatch.delenv(name, raising=False)


def test_a_missing_key_is_named_before_any_request() -> None:
    with pytest.raises(
        ModelUnavailable, match=r"The key for openai is missing: set the environment variable OPENAI_API_KEY"
    ):
        chat_model("openai:gpt-5-mini")


def test_a_missing_address_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "k")
    with pytest.raises(ModelUnavailable, match=r"The address for azure_openai is missing: .* AZURE_OPENAI_ENDPOINT"):
        chat_model("azure_openai:gpt-5-mini")


def test_a_missing_package_is_named_with_the_line_that_installs_it() -> None:
    if importlib.util.find_spec("langchain_anthropic"):
        pytest.skip("the package is installed here")
    with pytest.raises(ModelUnavailable, match=r"run `pip install langchain-anthropic`"):
        chat_model("anthropic:claude-haiku-4-5")


def test_an_unknown_provider_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"knows no provider 'acme' .*anthropic.*openai"):
        chat_model("acme:one")


@pytest.mark.parametrize("name", ["gpt-5-mini", "openai:", ":gpt", "smollm"])
def test_a_name_of_no_tier_is_refused_with_the_three_forms(name: str) -> None:
    with pytest.raises(ValueError, match="name one as 'embedded', 'smollm2' or 'provider:model'"):
        chat_model(name)


def test_a_complete_name_gives_the_providers_model_with_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    model = chat_model("openai:gpt-5-mini", temperature=0, max_tokens=20)
    assert isinstance(model, ChatOpenAI)
    assert (model.model_name, model.max_tokens) == ("gpt-5-mini", 20)


def test_a_key_may_be_an_argument() -> None:
    assert isinstance(chat_model("openai:gpt-5-mini", api_key="k"), ChatOpenAI)


def test_the_environment_names_the_model_when_the_caller_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHKIT_MODEL", "openai:gpt-5-mini")
    with pytest.raises(ModelUnavailable, match="OPENAI_API_KEY"):
        chat_model()
    assert chat_model("embedded")._llm_type == "extractive"


def test_the_course_has_one_embedding_model_unless_another_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHKIT_MODEL", "openai:gpt-5-mini")
    assert isinstance(embeddings(), MiniLMEmbeddings)
    assert isinstance(embeddings("embedded"), MiniLMEmbeddings)
    with pytest.raises(ModelUnavailable, match="OPENAI_API_KEY"):
        embeddings("openai:text-embedding-3-small")
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assert isinstance(embeddings("openai:text-embedding-3-small"), Embeddings)


def test_an_embedding_model_of_an_unknown_provider_is_refused() -> None:
    with pytest.raises(ValueError, match="acme"):
        embeddings("acme:one")
