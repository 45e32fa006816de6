"""Models of other providers, by LangChain's `init_chat_model`, with what is missing said before any request."""

import importlib.util
import os
import re
from typing import Any

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel

from archkit.model_files import ModelUnavailable

__all__ = ["missing_for", "provider_embeddings", "provider_model"]

# The variables that each provider's package reads. Any one of a group will do. Providers that find credentials
# elsewhere as well (cloud profiles, a local server) are not listed, and are not checked.
_KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "anthropic": (("ANTHROPIC_API_KEY",),),
    "azure_openai": (("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"), ("AZURE_OPENAI_ENDPOINT",)),
    "baseten": (("BASETEN_API_KEY",),),
    "cohere": (("COHERE_API_KEY",),),
    "deepseek": (("DEEPSEEK_API_KEY",),),
    "fireworks": (("FIREWORKS_API_KEY",),),
    "google_genai": (("GOOGLE_API_KEY", "GEMINI_API_KEY"),),
    "groq": (("GROQ_API_KEY",),),
    "mistralai": (("MISTRAL_API_KEY",),),
    "nvidia": (("NVIDIA_API_KEY",),),
    "openai": (("OPENAI_API_KEY",),),
    "openrouter": (("OPENROUTER_API_KEY",),),
    "perplexity": (("PPLX_API_KEY", "PERPLEXITY_API_KEY"),),
    "together": (("TOGETHER_API_KEY",),),
    "upstage": (("UPSTAGE_API_KEY",),),
    "xai": (("XAI_API_KEY",),),
}


def provider_model(name: str, **kwargs: Any) -> BaseChatModel:
    """Return the chat model `provider:model`, for example `openai:gpt-5-mini` or `ollama:llama3.2`.

    Args:
        name: provider and model, with a colon between.
        kwargs: handed to `init_chat_model`.

    Raises:
        ValueError: if the name is not of that form or LangChain knows no such provider.
        archkit.model_files.ModelUnavailable: if the provider's package or key is missing.
    """
    provider, model = _parted(name)
    if lacks := missing_for(name, has_key=_gives_key(kwargs)):
        raise ModelUnavailable(lacks)
    from langchain.chat_models import init_chat_model

    made: BaseChatModel = init_chat_model(model, model_provider=provider, **kwargs)
    return made


def provider_embeddings(name: str, **kwargs: Any) -> Embeddings:
    """Return the embedding model `provider:model`, for example `openai:text-embedding-3-small`.

    Raises:
        ValueError: if the name is not of that form or LangChain knows no such provider.
        archkit.model_files.ModelUnavailable: if the provider's package or key is missing.
    """
    from langchain.embeddings import init_embeddings

    provider, model = _parted(name)
    if lacks := _missing_key(provider, has_key=_gives_key(kwargs)):
        raise ModelUnavailable(lacks)
    try:
        return init_embeddings(model, provider=provider, **kwargs)
    except ImportError as error:
        raise ModelUnavailable(_missing_package(provider, str(error))) from error


def missing_for(name: str, *, has_key: bool = False) -> str | None:
    """Say in a sentence what `provider:model` lacks on this computer; None if it can be asked.

    No request is made, so a wrong key or an unknown model only shows when the model is used.

    Raises:
        ValueError: if the name is not `provider:model`, or LangChain knows no such provider.
    """
    from langchain.chat_models.base import _BUILTIN_PROVIDERS

    provider, _ = _parted(name)
    if provider not in _BUILTIN_PROVIDERS:
        known = ", ".join(sorted(_BUILTIN_PROVIDERS))
        raise ValueError(f"LangChain knows no provider {provider!r} (in {name!r}). It knows: {known}.")
    package = _BUILTIN_PROVIDERS[provider][0].partition(".")[0]
    if importlib.util.find_spec(package) is None:
        return _missing_package(provider, package)
    return _missing_key(provider, has_key=has_key)


def _parted(name: str) -> tuple[str, str]:
    provider, colon, model = name.partition(":")
    if not (colon and provider.strip() and model.strip()):
        raise ValueError(
            f"There is no model {name!r}: name one as 'embedded', 'smollm2' or 'provider:model', "
            "for example 'openai:gpt-5-mini' or 'ollama:llama3.2'."
        )
    return provider.strip().lower().replace("-", "_"), model.strip()


def _gives_key(kwargs: dict[str, Any]) -> bool:
    return any("api_key" in key or "token" in key for key in kwargs if key != "max_tokens")


def _missing_package(provider: str, said: str) -> str:
    found = re.search(r"langchain[-_][a-z_-]+", said)
    package = (found[0] if found else said).replace("_", "-")
    return (
        f"The package for {provider} is not installed: run `pip install {package}` in this environment, "
        "restart the kernel, and try again."
    )


def _missing_key(provider: str, *, has_key: bool) -> str | None:
    for group in _KEYS.get(provider, ()):
        is_key = "KEY" in group[0]
        if not any(os.environ.get(variable) for variable in group) and not (has_key and is_key):
            what = "The key" if is_key else "The address"
            return f"{what} for {provider} is missing: set the environment variable {' or '.join(group)} and try again."
    return None
