"""What a conversation with Trailmate remembers, and who it is with."""

import operator
from dataclasses import dataclass
from typing import Annotated, Literal, TypedDict

from langchain_core.messages import AnyMessage
from langgraph.graph import add_messages
from pydantic import BaseModel, Field

__all__ = ["Agent", "Caller", "Conversation", "Route"]

Agent = Literal["triage", "policy", "orders", "human"]
"""The nodes of the graph. A person answers behind `human`; the others ask a model."""


@dataclass(frozen=True)
class Caller:
    """Who is logged in. It comes with each run, from the shop's session, and never out of a message."""

    customer_id: str
    """The shop's id of the customer, such as C-1337."""


class Conversation(TypedDict, total=False):
    """The state of a conversation: what is kept in its checkpoint after every step."""

    messages: Annotated[list[AnyMessage], add_messages]
    """What the customer wrote and what Trailmate or a colleague answered. Tool results are not kept."""

    customer_id: str
    """Whose conversation it is, set by its first turn. Nobody else may go on with it."""

    agent: Literal["policy", "orders", "human"]
    """Where triage sent the last message."""

    handoffs: int
    """How often one agent has passed the last message to another."""

    tokens: Annotated[int, operator.add]
    """Tokens of all answered model calls of the conversation, prompts and answers. Failed attempts are not in it."""


class Route(BaseModel):
    """Which agent answers a customer's message."""

    agent: Literal["policy", "orders", "human"] = Field(
        description="policy: questions about delivery, returns, warranty, care and prices in general; "
        "orders: one particular order or parcel of this customer and where it is; "
        "human: complaints, anger, legal threats, or the customer asks for a person"
    )
