"""Chat models and embeddings, as ordinary LangChain objects, from three tiers with one interface.

- "embedded": an extractive model in this process, deterministic, without key or network. The default.
- "smollm2": SmolLM2-135M-Instruct, a real open-weight model, served on this computer by llama.cpp.
- "provider:model": any model that LangChain's `init_chat_model` knows, with the provider's key.

`archkit.models.behaviour` wraps a model with latency, rate limits, timeouts or malformed output.
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

    from archkit.model_files import ModelUnavailable
    from archkit.models.prompt import passages
    from archkit.models.tiers import TierStatus, tier_status

__all__ = ["ModelUnavailable", "TierStatus", "chat_model", "embeddings", "passages", "tier_status"]

# Names that can be imported from here, with the module each is loaded from when it is first asked for.
_ELSEWHERE = {
    "ModelUnavailable": "archkit.model_files",
    "TierStatus": "archkit.models.tiers",
    "passages": "archkit.models.prompt",
    "tier_status": "archkit.models.tiers",
}


def chat_model(name: str | None = None, **kwargs: Any) -> "BaseChatModel":
    """Return a chat model.

    Args:
        name: "embedded", "smollm2" or "provider:model"; None means the one that the environment variable
            `ARCHKIT_MODEL` names, else "embedded".
        kwargs: arguments of the model, such as `temperature` and `max_tokens`, which every tier takes.

    Raises:
        ValueError: if the name is none of these.
        TypeError: if the embedded model has no such argument.
        ModelUnavailable: if the model cannot be used here; the message says what to do.
    """
    name = (name or os.environ.get("ARCHKIT_MODEL") or "embedded").strip()
    if name == "embedded":
        from archkit.models.extractive import ExtractiveChatModel

        if unknown := set(kwargs) - set(ExtractiveChatModel.model_fields):
            raise TypeError(f"The embedded model has no argument {', '.join(sorted(unknown))}.")
        return ExtractiveChatModel(**kwargs)
    if name == "smollm2":
        from archkit.models.smollm2 import smollm2

        return smollm2(**kwargs)
    from archkit.models.provider import provider_model

    return provider_model(name, **kwargs)


def embeddings(name: str | None = None, **kwargs: Any) -> "Embeddings":
    """Return an embedding model.

    Args:
        name: None or "embedded" for all-MiniLM-L6-v2, which the whole course uses, or "provider:model".
            `ARCHKIT_MODEL` has no say here: vectors of different models cannot be compared.
        kwargs: arguments of a provider's model.

    Raises:
        ValueError: if the name is none of these.
        ModelUnavailable: if the model cannot be used here; the message says what to do.
    """
    if name in (None, "embedded"):
        from archkit.embeddings import MiniLMEmbeddings

        return MiniLMEmbeddings(**kwargs)
    from archkit.models.provider import provider_embeddings

    return provider_embeddings(str(name), **kwargs)


def __getattr__(name: str) -> Any:
    if name in _ELSEWHERE:
        from importlib import import_module

        return getattr(import_module(_ELSEWHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
