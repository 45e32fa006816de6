"""The embedded chat model as an agent's model: choosing tools, filling arguments, answering from results."""

import json
from collections.abc import Sequence
from typing import Literal

import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ToolStrategy
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool, tool
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import BaseModel, Field

from archkit.models import chat_model
from archkit.models.behaviour import with_timeouts
from archkit.models.extractive import NOTE


@tool
def search_articles(query: str) -> str:
    """Search the shop's help articles on delivery, returns, refunds, warranty and care of products."""
    return json.dumps([{"id": "KB-020", "text": "Unused goods can be returned within 60 days.", "title": "Returns"}])


@tool
def lookup_order(order_id: str) -> str:
    """Look up the status, carrier and delivery date of an order by its number, such as LO-123456."""
    return json.dumps({"order": order_id, "status": "shipped", "carrier": "Polder Post"})


@tool
def cancel_order(order_id: str, reason: str = "") -> str:
    """Cancel an order that has not been shipped, by its number, such as LO-123456."""
    raise ValueError(f"{order_id} has been shipped")


@tool
def escalate_to_human(reason: str) -> str:
    """Hand the conversation to a human agent: complaints, legal threats, or the customer asks for a person."""
    return "A colleague takes over."


@tool
def convert_currency(amount: float, source: Literal["EUR", "USD"], target: Literal["EUR", "USD"]) -> str:
    """Convert an amount of money from one currency to another."""
    return f"{amount * (1.1 if source == 'EUR' else 1 / 1.1):.2f} {target}"


TOOLS: Sequence[BaseTool] = [search_articles, lookup_order, cancel_order, escalate_to_human, convert_currency]


def bound(**kwargs: object) -> Runnable[LanguageModelInput, AIMessage]:
    return chat_model("embedded").bind_tools(TOOLS, **kwargs)


def calls(question: str, **kwargs: object) -> list[tuple[str, dict[str, object]]]:
    return [(call["name"], call["args"]) for call in bound(**kwargs).invoke(question).tool_calls]


@pytest.mark.parametrize(
    ("question", "name", "arguments"),
    [
        ("Where is my order LO-204518?", "lookup_order", {"order_id": "LO-204518"}),
        ("Has LO-204518 shipped yet?", "lookup_order", {"order_id": "LO-204518"}),
        ("Please cancel order LO-204518.", "cancel_order", {"order_id": "LO-204518"}),
        ("How long may I take to return unused goods?", "search_articles", {}),
        ("How do I cancel an order?", "search_articles", {}),
        ("Is there parking at the store?", "search_articles", {}),
        ("I want to talk to a human", "escalate_to_human", {}),
        ("Convert 25.50 USD to EUR", "convert_currency", {"amount": 25.5, "source": "USD", "target": "EUR"}),
    ],
)
def test_it_picks_the_tool_and_fills_its_arguments(question: str, name: str, arguments: dict[str, object]) -> None:
    ((picked, filled),) = calls(question)
    assert picked == name
    assert arguments.items() <= filled.items()


@pytest.mark.parametrize("said", ["Hello!", "Thanks, bye", "ok"])
def test_small_talk_calls_no_tool(said: str) -> None:
    answer = bound().invoke(said)
    assert answer.tool_calls == []
    assert answer.text.endswith(NOTE)


def test_a_question_in_two_parts_makes_two_calls_with_ids_of_their_own() -> None:
    answer = bound().invoke("Where is LO-204518 and how long may I take to return unused goods?")
    assert [call["name"] for call in answer.tool_calls] == ["lookup_order", "search_articles"]
    assert len({call["id"] for call in answer.tool_calls}) == 2


def test_parallel_calls_can_be_switched_off() -> None:
    question = "Where is LO-204518 and how long may I take to return unused goods?"
    assert len(calls(question, parallel_tool_calls=False)) == 1


def test_a_missing_argument_is_asked_for_and_not_made_up() -> None:
    answer = bound().invoke("Please cancel my order")
    assert answer.tool_calls == []
    assert answer.text.startswith("To use cancel_order I need the order id.")


def test_an_argument_may_come_from_an_earlier_message() -> None:
    conversation = [HumanMessage("My order is LO-204518."), AIMessage("Noted."), HumanMessage("Please cancel my order")]
    (call,) = bound().invoke(conversation).tool_calls
    assert (call["name"], call["args"]["order_id"]) == ("cancel_order", "LO-204518")


def test_tool_choice_none_calls_nothing() -> None:
    assert calls("Where is my order LO-204518?", tool_choice="none") == []


@pytest.mark.parametrize("choice", ["any", "required", True])
def test_tool_choice_any_always_calls(choice: object) -> None:
    assert len(calls("Hello!", tool_choice=choice)) == 1


@pytest.mark.parametrize(
    "choice",
    [
        "cancel_order",
        {"type": "function", "function": {"name": "cancel_order"}},
        {"type": "tool", "name": "cancel_order"},
    ],
)
def test_tool_choice_forces_the_tool_it_names(choice: object) -> None:
    answer = bound(tool_choice=choice).invoke("Hello!")
    assert [call["name"] for call in answer.tool_calls] == ["cancel_order"]
    assert answer.response_metadata["missing"] == ["order_id"]


def test_tool_choice_of_an_unbound_tool_is_refused() -> None:
    with pytest.raises(ValueError, match=r"names 'refund', which is not among the bound tools \(search_articles"):
        bound(tool_choice="refund")


def test_the_same_conversation_gives_the_same_call_and_a_longer_one_another_id() -> None:
    first, again = (bound().invoke("Where is my order LO-204518?").tool_calls for _ in range(2))
    assert first == again
    longer = [HumanMessage("Hello"), AIMessage("Hello."), HumanMessage("Where is my order LO-204518?")]
    assert bound().invoke(longer).tool_calls[0]["id"] != first[0]["id"]


def test_streamed_calls_add_up_to_the_same_calls() -> None:
    question = "Where is LO-204518 and how long may I take to return unused goods?"
    chunks = list(bound().stream(question))
    total = chunks[0]
    for chunk in chunks[1:]:
        total = total + chunk
    assert total.tool_calls == bound().invoke(question).tool_calls  # type: ignore[attr-defined]


def test_it_answers_from_the_results_and_cites_the_tool() -> None:
    asked = bound().invoke("Where is my order LO-204518?")
    result = ToolMessage(
        '{"status": "shipped", "carrier": "Polder Post"}', tool_call_id=asked.tool_calls[0]["id"], name="lookup_order"
    )
    answer = bound().invoke([HumanMessage("Where is my order LO-204518?"), asked, result])
    assert answer.tool_calls == []
    assert answer.text == f"status: shipped; carrier: Polder Post [lookup_order]\n\n{NOTE}"


def test_an_agent_calls_tools_and_remembers_across_turns_with_a_checkpointer() -> None:
    agent = create_agent(
        chat_model("embedded"), TOOLS, system_prompt="You are Trailmate.", checkpointer=InMemorySaver()
    )
    thread = {"configurable": {"thread_id": "1"}}
    first = agent.invoke({"messages": [HumanMessage("Where is my order LO-204518?")]}, thread)
    assert "status: shipped" in first["messages"][-1].text
    second = agent.invoke({"messages": [HumanMessage("How long may I take to return unused goods?")]}, thread)
    assert "within 60 days. [KB-020]" in second["messages"][-1].text
    third = agent.invoke({"messages": [HumanMessage("Has my order shipped?")]}, thread)
    made = [call for message in third["messages"] for call in getattr(message, "tool_calls", ())]
    assert made[-1]["name"] in ("lookup_order", "search_articles")
    assert len({call["id"] for call in made}) == len(made) == 3


def test_an_agent_reports_a_failed_tool_and_does_not_try_it_again() -> None:
    from langchain.agents.middleware import ToolErrorMiddleware

    agent = create_agent(
        chat_model("embedded"), TOOLS, middleware=[ToolErrorMiddleware(lambda error, request: str(error))]
    )
    messages = agent.invoke({"messages": [HumanMessage("Please cancel order LO-204518.")]})["messages"]
    assert sum(message.type == "tool" for message in messages) == 1
    assert "cancel_order failed" in messages[-1].text


def test_a_fallback_takes_over_inside_an_agent() -> None:
    broken = with_timeouts(chat_model("embedded"), 1.0, sleep=lambda seconds: None)
    agent = create_agent(broken.with_fallbacks([chat_model("embedded")]), TOOLS)  # type: ignore[arg-type]
    messages = agent.invoke({"messages": [HumanMessage("Where is my order LO-204518?")]})["messages"]
    assert "status: shipped" in messages[-1].text


class Resolution(BaseModel):
    """How a support request was resolved."""

    answer: str = Field(description="what to tell the customer")
    order_id: str | None = Field(None, description="order number such as LO-123456")


@pytest.mark.parametrize(
    "response_format", [Resolution, ToolStrategy(Resolution)], ids=["as the model can", "as a tool"]
)
def test_an_agent_ends_in_a_structured_response_after_using_its_tools(response_format: object) -> None:
    agent = create_agent(chat_model("embedded"), TOOLS, response_format=response_format)  # type: ignore[var-annotated, arg-type]
    end = agent.invoke({"messages": [HumanMessage("Where is my order LO-204518?")]})
    assert next(message.name for message in end["messages"] if message.type == "tool") == "lookup_order"
    assert end["structured_response"] == Resolution(
        answer="order: LO-204518; status: shipped; carrier: Polder Post", order_id="LO-204518"
    )
