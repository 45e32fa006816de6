"""What the agents may take, and what counts as an answer that can be used."""

from dataclasses import dataclass

from langchain_core.messages import AIMessage

__all__ = ["Limits", "MalformedOutput", "knows_not", "usable"]


class MalformedOutput(Exception):
    """A model answered, and the answer cannot be used."""


@dataclass(frozen=True)
class Limits:
    """Bounds for one conversation with Trailmate.

    Attributes:
        seconds: longest wait for one attempt of one agent.
        attempts: how often an agent is tried, the first time included, where a second try can help.
        retry_on: the errors that are tried again. A time-out is not among them, since the customer has waited long
            enough by then, and neither is a rate limit, which asks for patience instead of another request.
        jitter: whether a pause before another attempt is stretched at random (in LangGraph by up to a second), so that
            conversations that failed together do not come back together.
        handoffs: how often agents may pass one message on.
        tokens: what a conversation may use before a colleague takes over.
        steps: LangGraph's recursion limit, the last net below the others.
    """

    seconds: float = 4.0
    attempts: int = 2
    retry_on: tuple[type[Exception], ...] = (ConnectionError, MalformedOutput)
    jitter: bool = True
    handoffs: int = 1
    tokens: int = 20_000
    steps: int = 12


def knows_not(reply: AIMessage) -> bool:
    """Return whether a model said that it does not know, in the words that the prompts ask for."""
    return "i do not know" in reply.text[:40].lower()


def usable(reply: AIMessage, *, cited: bool = False) -> AIMessage:
    """Return a model's reply if it can be used.

    Args:
        reply: what the model answered.
        cited: whether it has to name an article, unless it says that it does not know.

    Raises:
        MalformedOutput: if it was cut off, is empty, calls a tool with arguments that are not JSON, or cites nothing.
    """
    if reply.invalid_tool_calls:
        raise MalformedOutput(f"The arguments for {reply.invalid_tool_calls[0]['name']} are not JSON.")
    if reply.response_metadata.get("finish_reason") == "length":
        raise MalformedOutput("The answer was cut off.")
    if not reply.tool_calls and not reply.text.strip():
        raise MalformedOutput("The answer is empty.")
    if cited and not knows_not(reply) and "[KB-" not in reply.text:
        raise MalformedOutput("The answer cites no article.")
    return reply
