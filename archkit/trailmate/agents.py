"""The agents of Trailmate as nodes of a LangGraph, and what takes the place of each when it fails."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from langgraph.errors import NodeError
from langgraph.graph import END
from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt
from pydantic import ValidationError

from archkit.models import passages
from archkit.trailmate.limits import Limits, MalformedOutput, knows_not, usable
from archkit.trailmate.orders import look_up, order_tools, recent
from archkit.trailmate.state import Caller, Conversation, Route
from archkit.trailmate.tickets import Tickets

__all__ = ["Agents"]

TRIAGE = (
    "You route messages to Larkspur Outfitters, a shop for outdoor gear. Choose policy for general questions on "
    "delivery, returns, warranty, care and prices, orders for this customer's own orders and parcels, human for "
    "complaints and whoever asks for a person.\n"
)
POLICY = (
    "You are Trailmate. Answer from the passages only, and cite their ids in brackets, as [KB-020]. If they do not "
    "hold the answer, say: I do not know.\n\n"
)
ORDERS = (
    "You are Trailmate. Answer questions on the customer's orders with the tools, and from nothing else. If the "
    "question is about no order, say: I do not know.\n"
)
_ORDER_NUMBER = re.compile(r"\bLO-\d{6}\b", re.IGNORECASE)


class Agents:
    """The nodes of Trailmate's graph, ready for `StateGraph.add_node`.

    Without limits they take what the model gives and pass messages on for ever; with limits they check both. The
    methods whose names end in `_fallback` are error handlers, which call no model.
    """

    def __init__(
        self,
        model: BaseChatModel,
        *,
        tickets: Tickets,
        overrides: Mapping[str, BaseChatModel] | None = None,
        limits: Limits | None = None,
        retriever: BaseRetriever | None = None,
        database: Path | None = None,
    ) -> None:
        """Say what the agents work with.

        Args:
            model: the chat model of every agent.
            tickets: where a handover to a colleague is noted.
            overrides: another model for some agents, by their names.
            limits: bounds; None for none.
            retriever: of the policy agent; the course's default retriever by default, built when it is first needed.
            database: the orders; the course's by default.
        """
        self.model, self.overrides, self.limits = model, dict(overrides or {}), limits
        self.tickets, self.database = tickets, database
        self._retriever = retriever

    @property
    def retriever(self) -> BaseRetriever:
        """The policy agent's retriever."""
        if self._retriever is None:
            from archkit.retrieval import default_retriever

            self._retriever = default_retriever()
        return self._retriever

    async def triage(self, state: Conversation, runtime: Runtime[Caller]) -> Conversation:
        """Choose who answers the last message.

        Raises:
            PermissionError: if the conversation belongs to another customer than the one who is logged in.
        """
        customer_id = _owner(state, runtime)
        model = self._model("triage").with_structured_output(Route, include_raw=True)
        found: Any = await model.ainvoke([("system", TRIAGE), ("human", _question(state))])
        if self.limits and found["parsed"] is None:
            raise MalformedOutput(f"Triage chose no agent: {found['parsing_error'] or 'there is no call to read'}.")
        chosen = found["parsed"].agent
        return {"agent": chosen, "customer_id": customer_id, "handoffs": 0, "tokens": _tokens(found["raw"])}

    async def policy(self, state: Conversation) -> Command[Literal["orders", "human", "__end__"]]:
        """Answer from the knowledge base with citations; what is not in it may be a matter of an order."""
        found = await self.retriever.ainvoke(_question(state))
        prompt = [("system", POLICY + passages(found)), ("human", _question(state))]
        reply = self._checked(await self._model("policy").ainvoke(prompt), cited=True)
        if knows_not(reply):
            return self._pass_on(state, "orders", _tokens(reply))
        return _answered("policy", reply, _tokens(reply))

    async def orders(
        self, state: Conversation, runtime: Runtime[Caller]
    ) -> Command[Literal["policy", "human", "__end__"]]:
        """Answer from the orders database with tools; what no tool is for may be a general question."""
        tools = order_tools(runtime.context.customer_id, self.database)
        model = self._model("orders").bind_tools(tools)
        prompt: list[BaseMessage] = [SystemMessage(ORDERS), *state["messages"]]
        reply = self._checked(await model.ainvoke(prompt))
        spent = _tokens(reply)
        if reply.tool_calls:
            results = await self._called(tools, reply)
            reply = self._checked(await model.ainvoke([*prompt, reply, *results]))
            spent += _tokens(reply)
        elif knows_not(reply):
            return self._pass_on(state, "policy", spent)
        return _answered("orders", reply, spent)

    async def human(self, state: Conversation, config: RunnableConfig) -> Conversation:
        """Open a ticket, wait for a colleague's reply, and hand it to the customer.

        The node begins anew when the reply comes, so with limits the ticket carries an idempotency key: the
        conversation and the message that it is about.
        """
        question = _question(state)
        key = f"{config['configurable']['thread_id']}/{_last(state).id}" if self.limits else None
        ticket = self.tickets.open(state["customer_id"], question, key=key)
        reply = interrupt({"ticket": ticket, "customer_id": state["customer_id"], "question": question})
        return {"messages": [AIMessage(str(reply), name="human")]}

    async def triage_fallback(
        self, state: Conversation, error: NodeError, runtime: Runtime[Caller]
    ) -> Command[Literal["policy", "orders"]]:
        """Route by rule: a message with an order number goes to orders, any other to policy."""
        if isinstance(error.error, PermissionError):
            raise error.error
        agent: Literal["policy", "orders"] = "orders" if _ORDER_NUMBER.search(_question(state)) else "policy"
        update = {"agent": agent, "customer_id": _owner(state, runtime), "handoffs": 0}
        return Command(update=update, goto=agent)

    async def policy_fallback(self, state: Conversation, error: NodeError) -> Command[Literal["human", "__end__"]]:
        """Name the articles that the search finds, which needs no chat model; without a search, call a person."""
        try:
            found = await self.retriever.ainvoke(_question(state))
        except Exception:  # whatever broke, there is one more way to serve the customer
            return Command(goto="human")
        titles = {article.metadata["id"]: article.metadata.get("title", "") for article in found}
        if not titles:
            return Command(goto="human")
        listed = "; ".join(f"{title} [{name}]" for name, title in list(titles.items())[:3])
        return _instead("policy", f"I cannot write an answer at the moment. These articles may help: {listed}.")

    async def orders_fallback(
        self, state: Conversation, error: NodeError, runtime: Runtime[Caller]
    ) -> Command[Literal["human", "__end__"]]:
        """Read the order from the database, which needs no chat model; without a database, call a person."""
        customer_id = runtime.context.customer_id
        named = _ORDER_NUMBER.search(_question(state))
        try:
            found = look_up(customer_id, named[0], self.database) if named else None
            listed = [found] if found else recent(customer_id, database=self.database)
        except Exception:  # whatever broke, there is one more way to serve the customer
            return Command(goto="human")
        if not listed:
            return Command(goto="human")
        said = "; ".join(f"{order['order']} is {order['status'].replace('_', ' ')}" for order in listed)
        return _instead("orders", f"I can only give the bare facts at the moment: {said}.")

    def _model(self, agent: str) -> BaseChatModel:
        return self.overrides.get(agent, self.model)

    def _checked(self, reply: AIMessage, *, cited: bool = False) -> AIMessage:
        return usable(reply, cited=cited) if self.limits else reply

    def _pass_on(self, state: Conversation, to: Literal["policy", "orders"], spent: int) -> Command[Any]:
        handoffs, used = state.get("handoffs", 0), state.get("tokens", 0) + spent
        over = self.limits and (handoffs >= self.limits.handoffs or used > self.limits.tokens)
        return Command(update={"handoffs": handoffs + 1, "tokens": spent}, goto="human" if over else to)

    async def _called(self, tools: Sequence[BaseTool], reply: AIMessage) -> list[ToolMessage]:
        by_name = {tool.name: tool for tool in tools}
        results = []
        for call in reply.tool_calls:
            try:
                results.append(await by_name[call["name"]].ainvoke(call))
            except (KeyError, ValidationError) as problem:
                if not self.limits:
                    raise
                raise MalformedOutput(f"The call of {call['name']} does not fit: {problem}") from problem
        return results


def _owner(state: Conversation, runtime: Runtime[Caller]) -> str:
    """Return whose conversation it is.

    Raises:
        PermissionError: if it is not the caller's.
    """
    caller = runtime.context.customer_id
    if state.get("customer_id", caller) != caller:
        raise PermissionError(f"This conversation is not {caller}'s. Start one with a thread id of its own.")
    return caller


def _last(state: Conversation) -> BaseMessage:
    return next(message for message in reversed(state["messages"]) if message.type == "human")


def _question(state: Conversation) -> str:
    return _last(state).text


def _tokens(reply: AIMessage) -> int:
    return reply.usage_metadata["total_tokens"] if reply.usage_metadata else 0


def _answered(agent: str, reply: AIMessage, spent: int) -> Command[Any]:
    said = reply.model_copy(update={"name": agent, "tool_calls": [], "invalid_tool_calls": []})
    return Command(update={"messages": [said], "tokens": spent}, goto=END)


def _instead(agent: str, text: str) -> Command[Any]:
    said = AIMessage(text, name=agent, response_metadata={"fallback": True})
    return Command(update={"messages": [said]}, goto=END)
