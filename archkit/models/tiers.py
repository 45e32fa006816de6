"""Which of the three tiers of model can answer on this computer, found out without fetching or starting anything."""

import importlib.util
import os
from dataclasses import dataclass

from archkit.model_files import is_present
from archkit.models.provider import missing_for

__all__ = ["TierStatus", "tier_status"]

_FETCH = "run `python -m archkit.model_files` once (about 100 MB), or let its first use fetch it"


@dataclass(frozen=True)
class TierStatus:
    """Whether one tier can answer here.

    Attributes:
        name: what to give to `chat_model`: "embedded", "smollm2", or a `provider:model`.
        about: what the tier is, in a few words.
        ready: whether it can answer now.
        advice: one sentence on what to do, empty if the tier is ready.
    """

    name: str
    about: str
    ready: bool
    advice: str


def tier_status() -> list[TierStatus]:
    """Look at the three tiers, in the order embedded, smollm2, provider.

    The provider is the one that `ARCHKIT_MODEL` names. Nothing is fetched, started or asked, so a tier that is ready
    may still fail, for instance at a wrong key.
    """
    return [
        _status("embedded", "extractive model in this process, no key, no network", _embedded()),
        _status("smollm2", "SmolLM2-135M, a small open-weight model on this computer", _smollm2()),
        _provider(),
    ]


def _status(name: str, about: str, advice: str) -> TierStatus:
    return TierStatus(name, about, not advice, advice)


def _embedded() -> str:
    return "" if is_present("minilm") else f"The files of the embedded model are not here yet: {_FETCH}."


def _smollm2() -> str:
    if importlib.util.find_spec("xllamacpp") is None:
        return "llama.cpp is not installed: run `pip install xllamacpp` (Linux, macOS and Windows have it)."
    return "" if is_present("smollm2") else f"The file of SmolLM2 is not here yet: {_FETCH}."


def _provider() -> TierStatus:
    about = "a provider's model, over the network, with your key"
    name = os.environ.get("ARCHKIT_MODEL", "").strip()
    if not name or name in ("embedded", "smollm2"):
        advice = "No provider is chosen: set ARCHKIT_MODEL to provider:model (openai:gpt-5-mini, say) to use one."
        return _status("provider:model", about, advice)
    try:
        return _status(name, about, missing_for(name) or "")
    except ValueError as error:
        return _status(name, about, str(error))
