"""SmolLM2 as a LangChain chat model: an ordinary `ChatOpenAI`, pointed at the server on this machine."""

from collections.abc import Callable, Sequence
from typing import Any

import httpx
from langchain_core.messages import BaseMessage, convert_to_openai_messages
from langchain_core.tools import BaseTool
from langchain_openai import ChatOpenAI

from archkit.models import smollm2_server

__all__ = ["SmolLM2Chat", "smollm2"]


class SmolLM2Chat(ChatOpenAI):
    """`ChatOpenAI` that counts tokens with SmolLM2's own tokenizer, which needs no download.

    The model is real and small: it writes fluent English at 25 to 40 tokens a second on one core, reads some 60
    tokens of prompt a second, invents freely and calls no tools. It shows how a language model behaves; nothing
    should depend on what it says.
    """

    @property
    def _llm_type(self) -> str:
        return "smollm2"

    def get_token_ids(self, text: str) -> list[int]:
        """Return the ids of SmolLM2's tokens of a text."""
        ids: list[int] = smollm2_server.start().post("/tokenize", {"content": text})["tokens"]
        return ids

    def get_num_tokens_from_messages(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool] | None = None,
        **kwargs: Any,
    ) -> int:
        """Count the tokens of messages as the model reads them, with the marks of its chat template."""
        server = smollm2_server.start()
        prompt = server.post("/apply-template", {"messages": convert_to_openai_messages(list(messages))})["prompt"]
        return len(server.post("/tokenize", {"content": prompt, "parse_special": True})["tokens"])


def smollm2(**kwargs: Any) -> SmolLM2Chat:
    """Return SmolLM2-135M-Instruct, starting its server when this process has none.

    Args:
        kwargs: any argument of `ChatOpenAI`. Unless given, the temperature is 0 and an answer has at most 256 tokens.

    Raises:
        archkit.model_files.ModelUnavailable: if the model cannot run here.
    """
    server = smollm2_server.start()
    settings: dict[str, Any] = {
        "model": "SmolLM2-135M-Instruct",
        "temperature": 0,
        "max_tokens": 256,
        "timeout": 120,
        "max_retries": 0,
        "stream_usage": True,
        "use_responses_api": False,
        "base_url": server.base_url,
        "api_key": server.api_key,
        # Loopback is never behind a proxy, whatever the environment says about others.
        "http_client": httpx.Client(trust_env=False, timeout=120),
        "http_async_client": httpx.AsyncClient(trust_env=False, timeout=120),
    }
    return SmolLM2Chat(**{**settings, **kwargs})
