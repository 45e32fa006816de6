"""Language models behind one interface of the application's own: a port, three adapters, and a contract for them.

`port` is the interface, `embedded`, `chat_completions` and `messages` are its adapters, `contract` holds what each of
them must do, `trailmate` is an application that knows only the port. `stand_in` serves two vendors' wire formats on
loopback. `leaky_chat_completions` and `leaky_messages` are the same application without a port.
"""

from typing import TYPE_CHECKING, Any

from archkit.providers.port import Completion, Provider, ProviderError, RateLimited, Rejected, Unavailable

if TYPE_CHECKING:
    from archkit.providers.chat_completions import ChatCompletions
    from archkit.providers.embedded import Embedded
    from archkit.providers.messages import Messages
    from archkit.providers.stand_in import StandIn

__all__ = [
    "ChatCompletions",
    "Completion",
    "Embedded",
    "Messages",
    "Provider",
    "ProviderError",
    "RateLimited",
    "Rejected",
    "StandIn",
    "Unavailable",
    "smollm2_provider",
]

# Names that can be imported from here, with the module each is loaded from when it is first asked for.
_ELSEWHERE = {
    "ChatCompletions": "archkit.providers.chat_completions",
    "Embedded": "archkit.providers.embedded",
    "Messages": "archkit.providers.messages",
    "StandIn": "archkit.providers.stand_in",
}


def smollm2_provider() -> "ChatCompletions":
    """Return SmolLM2 behind the port: its own server, called over HTTP by the adapter for Chat Completions.

    Raises:
        archkit.model_files.ModelUnavailable: if the model cannot run here.
    """
    from archkit.models import smollm2_server
    from archkit.providers.chat_completions import ChatCompletions

    server = smollm2_server.start()
    return ChatCompletions(server.base_url, server.api_key, "SmolLM2-135M-Instruct", name="smollm2")


def __getattr__(name: str) -> Any:
    if name in _ELSEWHERE:
        from importlib import import_module

        return getattr(import_module(_ELSEWHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
