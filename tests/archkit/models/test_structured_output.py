"""Filling schemas from text: classes, lists, nesting, what may be missing, and nothing made up."""

import re
from enum import Enum
from typing import Annotated, Any, Literal, TypedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, Field

from archkit.models import chat_model, passages
from archkit.models.fields import Source, fill
from archkit.models.prompt import Passage


class Ticket(BaseModel):
    """A support ticket."""

    category: Literal["billing", "shipping", "returns", "technical"] = Field(
        description="billing: charges, payments and refunds; shipping: parcels, tracking and delivery; "
        "returns: sending goods back; technical: website and login problems"
    )
    urgent: bool = Field(description="whether the customer says that it is urgent")
    order_id: str | None = Field(None, description="order number such as LO-123456")
    email: str | None = None
    summary: str = Field(description="one sentence that says what the customer wants")


def ticket(text: str) -> Ticket:
    filled = chat_model("embedded").with_structured_output(Ticket).invoke(text)
    assert isinstance(filled, Ticket)
    return filled


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("My parcel LO-204518 has not moved for ten days", "shipping"),
        ("I was charged twice for the same jacket.", "billing"),
        ("I can't log in to the website, the page is blank", "technical"),
        ("The two jackets do not fit and I want to send them back.", "returns"),
        ("Classify the message: Where is my package?", "shipping"),
    ],
)
def test_a_class_is_chosen_by_what_describes_it(text: str, category: str) -> None:
    assert ticket(text).category == category


def test_identifiers_and_addresses_are_taken_from_the_text() -> None:
    filled = ticket("I was charged twice for LO-100002. Please refund me at ann@example.com.")
    assert (filled.order_id, filled.email) == ("LO-100002", "ann@example.com")
    assert filled.summary == "Please refund me at ann@example.com."


def test_what_the_text_does_not_hold_stays_empty() -> None:
    filled = ticket("Where is my parcel?")
    assert (filled.order_id, filled.email) == (None, None)


@pytest.mark.parametrize(
    ("text", "urgent"),
    [("This is urgent!", True), ("It is not urgent, take your time.", False), ("Where is my parcel?", False)],
)
def test_a_truth_value_heeds_a_negation(text: str, urgent: bool) -> None:
    assert ticket(text).urgent is urgent


class Line(BaseModel):
    """An item of an order."""

    sku: str = Field(description="article code like TENT-02")
    quantity: int = Field(description="how many items", ge=1)


class Priority(Enum):
    LOW = "low"
    HIGH = "high"


class Request(BaseModel):
    """A return that a customer asks for."""

    line: Line
    opened: str = Field(description="date of purchase", json_schema_extra={"format": "date"})
    amount: float | None = Field(None, description="price paid in euros")
    priority: Priority = Priority.LOW
    channels: list[Literal["mail", "store"]] = Field(description="ways to return the item")


def test_nested_objects_dates_amounts_enums_and_lists_are_filled() -> None:
    text = "I bought 3 items of TENT-07 on 4 March 2026 for €79.90. Can I return them by mail or in the store? "
    text += "Priority: high."
    filled = chat_model("embedded").with_structured_output(Request).invoke(text)
    assert filled == Request(
        line=Line(sku="TENT-07", quantity=3),
        opened="2026-03-04",
        amount=79.90,
        priority=Priority.HIGH,
        channels=["mail", "store"],
    )


class Answer(BaseModel):
    """An answer to a customer's question."""

    answer: str
    citations: list[str]
    answerable: bool
    confidence: float
    days: int | None = Field(None, description="days allowed for the return")


RETURNS = Document("Unused goods can be sent back within 60 days of delivery.", metadata={"id": "KB-020"})


def about_returns(question: str) -> list[BaseMessage]:
    return [SystemMessage(passages([RETURNS])), HumanMessage(question)]


def test_an_answer_is_filled_from_the_passages_with_its_citations() -> None:
    filled = (
        chat_model("embedded")
        .with_structured_output(Answer)
        .invoke(about_returns("How many days do I have to send back unused goods?"))
    )
    assert isinstance(filled, Answer)
    assert filled.answer == RETURNS.page_content
    assert (filled.citations, filled.answerable, filled.days) == (["KB-020"], True, 60)
    assert 0.45 <= filled.confidence <= 1


def test_an_unanswerable_question_gives_an_abstaining_answer() -> None:
    filled = chat_model("embedded").with_structured_output(Answer).invoke(about_returns("Who is the chief executive?"))
    assert isinstance(filled, Answer)
    assert (filled.citations, filled.answerable, filled.days) == ([], False, None)
    assert filled.answer == "I do not know from the passages given."


def test_the_raw_message_says_that_it_is_extractive_and_what_it_rests_on() -> None:
    model = chat_model("embedded").with_structured_output(Answer, include_raw=True)
    given_back: Any = model.invoke(about_returns("How many days do I have to send back unused goods?"))
    assert isinstance(given_back["parsed"], Answer)
    assert given_back["parsing_error"] is None
    about = given_back["raw"].response_metadata
    assert (about["extractive"], about["cited"], about["abstained"]) == (True, ["KB-020"], False)


def test_a_required_field_that_no_text_holds_is_named_as_missing() -> None:
    model = chat_model("embedded").with_structured_output(Line, include_raw=True)
    given_back: Any = model.invoke("Hello!")
    assert given_back["raw"].response_metadata["missing"] == ["quantity", "sku"]


class Route(TypedDict):
    """Where a message goes."""

    team: Annotated[Literal["orders", "policies"], ..., "orders: status of an order; policies: rules for returns"]


@pytest.mark.parametrize(
    "schema",
    [
        Route,
        {
            "title": "Route",
            "description": "Where a message goes.",
            "type": "object",
            "required": ["team"],
            "properties": {"team": {"enum": ["orders", "policies"]}},
        },
    ],
    ids=["TypedDict", "JSON schema"],
)
@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
def test_other_kinds_of_schema_give_dictionaries(schema: Any, method: str) -> None:
    model = chat_model("embedded").with_structured_output(schema, method=method)
    assert model.invoke("What is the status of my order?") == {"team": "orders"}


values = st.one_of(
    st.just({"type": "boolean"}),
    st.just({"type": "integer", "minimum": 3}),
    st.just({"type": "number", "maximum": 10}),
    st.just({"type": "string"}),
    st.just({"enum": ["red", "green"]}),
    st.just({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}),
)
schemas = st.recursive(
    values,
    lambda inner: st.one_of(
        st.builds(lambda item: {"type": "array", "items": item}, inner),
        st.builds(
            lambda fields: {"type": "object", "properties": fields, "required": sorted(fields)},
            st.dictionaries(st.sampled_from(["id", "name", "count", "note", "sources", "ok"]), inner, max_size=3),
        ),
    ),
    max_leaves=4,
)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["answer", "order_id", "days", "tags", "valid", "colour"]), schemas, max_size=3),
    st.sampled_from(["", "I want 2 red tents by 2026-05-04, order LO-1.", "No!", "Größe 42 – 日本"]),
    st.booleans(),
)
def test_whatever_the_schema_the_values_validate_against_it(fields: dict[str, Any], text: str, quoting: bool) -> None:
    import jsonschema

    schema = {"type": "object", "properties": fields, "required": sorted(fields)}
    source = Source(text)
    if quoting:
        source = Source(
            text, (Passage("KB-1", "Tents dry in 3 days."),), (), (("KB-1", "Tents dry in 3 days."),), 0.7, "Tents dry."
        )
    filled = fill(schema, source)
    jsonschema.validate(filled.value, schema)
    assert filled == fill(schema, source)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 999_999), st.sampled_from(["Where is {}?", "I ordered {} on 3 May 2026 for €20.", "({}) is late"])
)
def test_an_identifier_of_the_form_asked_for_is_found_wherever_it_stands(number: int, frame: str) -> None:
    order = f"LO-{number:06d}"
    schema = {
        "type": "object",
        "required": ["order_id"],
        "properties": {"order_id": {"type": "string", "pattern": r"^LO-\d{6}$"}},
    }
    assert fill(schema, Source(frame.format(order))).value == {"order_id": order}


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60))
def test_numbers_are_taken_from_the_text_and_never_made_up(text: str) -> None:
    schema = {"type": "object", "properties": {"days": {"type": "integer"}}}
    value = fill(schema, Source(text)).value.get("days")
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    if value is not None:
        digits = re.sub(r"[,\s−-]", "", text)
        assert str(abs(value)) in digits or words[value] in text.lower() or any(c.isdigit() for c in text)
