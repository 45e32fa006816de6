"""Simulated behaviour around a model: seeded, visible, and otherwise letting everything through."""

import asyncio
import json
from collections.abc import Callable
from functools import reduce
from operator import add
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import RetryPolicy
from pydantic import BaseModel, ValidationError

from archkit.models import chat_model, passages
from archkit.models.behaviour import (
    RateLimitError,
    with_latency,
    with_malformed_output,
    with_rate_limit,
    with_timeouts,
)

RETURNS = passages([Document("Unused goods can be sent back within 60 days.", metadata={"id": "KB-020"})])
MESSAGES: list[BaseMessage] = [
    SystemMessage(RETURNS),
    HumanMessage("How many days do I have to send back unused goods?"),
]


class Answer(BaseModel):
    """An answer."""

    answer: str
    days: int


def lookup_order(order_id: str) -> str:
    """Look up an order by its number, such as LO-123456."""
    return order_id


def no_wait(seconds: float) -> None:
    """Stand in for time.sleep."""


WRAPPERS: list[Callable[[BaseChatModel], BaseChatModel]] = [
    lambda model: with_latency(model, seconds=0.001, sleep=no_wait),
    lambda model: with_rate_limit(model, 1000),
    lambda model: with_timeouts(model, 0.0),
    lambda model: with_malformed_output(model, 0.0),
    lambda model: with_latency(with_malformed_output(with_rate_limit(model, 1000), 0.0), seconds=0.0),
]


@pytest.fixture(params=range(len(WRAPPERS)), ids=["latency", "rate limit", "timeouts", "malformed", "nested"])
def wrapped(request: pytest.FixtureRequest) -> BaseChatModel:
    return WRAPPERS[request.param](chat_model("embedded"))


def test_what_the_model_can_do_goes_through(wrapped: BaseChatModel) -> None:
    plain = chat_model("embedded")
    expected = plain.invoke(MESSAGES)
    answer = wrapped.invoke(MESSAGES)
    assert answer.content == expected.content
    assert answer.usage_metadata == expected.usage_metadata
    assert asyncio.run(wrapped.ainvoke(MESSAGES)).content == expected.content
    assert wrapped.get_num_tokens("a tent") == plain.get_num_tokens("a tent")
    assert wrapped.profile == plain.profile
    (call,) = wrapped.bind_tools([lookup_order]).invoke("Where is order LO-204518?").tool_calls
    assert call["args"] == {"order_id": "LO-204518"}


def test_structured_output_goes_through(wrapped: BaseChatModel) -> None:
    expected = Answer(answer="Unused goods can be sent back within 60 days.", days=60)
    assert wrapped.with_structured_output(Answer).invoke(MESSAGES) == expected
    raw: Any = wrapped.with_structured_output(Answer, include_raw=True).invoke(MESSAGES)
    assert raw["parsed"] == expected


def test_streams_go_through(wrapped: BaseChatModel) -> None:
    async def stream() -> str:
        return "".join([chunk.text async for chunk in wrapped.astream(MESSAGES)])

    expected = chat_model("embedded").invoke(MESSAGES)
    total = reduce(add, wrapped.stream(MESSAGES))
    assert (total.content, total.usage_metadata) == (expected.content, expected.usage_metadata)  # type: ignore[attr-defined]
    assert asyncio.run(stream()) == expected.text


def test_a_model_that_cannot_stream_is_streamed_in_one_piece() -> None:
    class OnePiece(GenericFakeChatModel):
        _stream = BaseChatModel._stream

    model = with_rate_limit(OnePiece(messages=iter([AIMessage("a b")])), 10)
    assert reduce(add, model.stream("x")).content == "a b"


def test_latency_follows_its_percentiles_and_says_that_it_is_simulated() -> None:
    waits: list[float] = []
    model = with_latency(chat_model("embedded"), percentiles={50: 0.4, 95: 1.5, 99: 4.0}, seed=7, sleep=waits.append)
    answers = [model.invoke("x") for _ in range(400)]
    assert [answer.response_metadata["simulated_latency_seconds"] for answer in answers] == waits
    assert min(waits) == 0.4 and max(waits) == 4.0
    assert 0.4 <= sorted(waits)[200] <= 0.6
    assert sorted(waits)[380] == pytest.approx(1.5, rel=0.3)


def test_a_stream_waits_before_its_first_token() -> None:
    waits: list[float] = []
    stream = with_latency(chat_model("embedded"), seconds=2.0, sleep=waits.append).stream(MESSAGES)
    assert waits == []
    next(stream)
    assert waits == [2.0]
    assert sum(bool(chunk.response_metadata.get("simulated_latency_seconds")) for chunk in stream) == 0


def test_latencies_add_up_where_they_nest() -> None:
    model = with_latency(with_latency(chat_model("embedded"), seconds=1, sleep=no_wait), seconds=2, sleep=no_wait)
    assert model.invoke("x").response_metadata["simulated_latency_seconds"] == 3


@pytest.mark.parametrize(
    "arguments",
    [{}, {"seconds": 1, "percentiles": {50: 1}}, {"seconds": -1}, {"percentiles": {50: 2, 95: 1}}, {"percentiles": {}}],
)
def test_an_impossible_latency_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        with_latency(chat_model("embedded"), **arguments)


def test_the_rate_limit_refuses_what_exceeds_it_and_says_when_to_come_back() -> None:
    now = 0.0
    model = with_rate_limit(chat_model("embedded"), 2, clock=lambda: now)
    model.invoke("x")
    now = 20.0
    model.invoke("x")
    with pytest.raises(RateLimitError, match=r"2 requests a minute .* in 40\.0 seconds") as refused:
        model.invoke("x")
    assert (refused.value.retry_after, refused.value.status_code) == (40.0, 429)
    now = 60.0
    model.invoke("x")
    with pytest.raises(RateLimitError):
        model.invoke("x")


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 5))
def test_no_sixty_seconds_ever_hold_more_than_the_limit(gaps: list[float], limit: int) -> None:
    now, admitted = 0.0, []
    replies = GenericFakeChatModel(messages=iter(AIMessage("y") for _ in range(100)))
    model = with_rate_limit(replies, limit, clock=lambda: now)
    for gap in gaps:
        now += gap
        try:
            model.invoke("x")
        except RateLimitError as error:
            assert 0 < error.retry_after <= 60
        else:
            admitted.append(now)
    assert all(sum(start <= at < start + 60 for at in admitted) <= limit for start in admitted)


def outcomes(seed: int) -> list[bool]:
    model = with_timeouts(chat_model("embedded"), 0.4, seed=seed, sleep=no_wait)
    struck = []
    for _ in range(40):
        try:
            model.invoke("x")
            struck.append(False)
        except TimeoutError:
            struck.append(True)
    return struck


def test_the_same_seed_gives_the_same_timeouts_and_another_seed_others() -> None:
    assert outcomes(1) == outcomes(1) != outcomes(2)
    assert 5 < sum(outcomes(1)) < 30


def test_a_timeout_comes_after_a_wait() -> None:
    waits: list[float] = []
    model = with_timeouts(chat_model("embedded"), 1.0, after_seconds=30, sleep=waits.append)
    with pytest.raises(TimeoutError, match="Simulated timeout: the model did not answer within 30 seconds"):
        model.invoke("x")
    assert waits == [30]


def test_an_asynchronous_wait_can_be_cut_short_by_its_caller() -> None:
    async def hurried() -> None:
        await asyncio.wait_for(with_latency(chat_model("embedded"), seconds=60).ainvoke("x"), timeout=0.05)

    with pytest.raises(TimeoutError):
        asyncio.run(hurried())


def test_a_langgraph_retry_policy_gets_past_rate_limits() -> None:
    now = iter([0.0, 1.0, 61.0, 61.0])
    model = with_rate_limit(chat_model("embedded"), 1, clock=lambda: next(now))
    model.invoke("x")

    def answer(state: MessagesState) -> MessagesState:
        return {"messages": [model.invoke(state["messages"])]}

    policy = RetryPolicy(initial_interval=0.001, jitter=False)
    graph = (
        StateGraph(MessagesState).add_node("answer", answer, retry_policy=policy).add_edge(START, "answer").compile()
    )
    assert graph.invoke({"messages": MESSAGES})["messages"][-1].text.startswith("Unused goods")


def test_malformed_structured_output_fails_in_the_ways_models_fail() -> None:
    model = with_malformed_output(chat_model("embedded"), 1.0, seed=3)
    structured = model.with_structured_output(Answer, include_raw=True)
    faults = set()
    for _ in range(20):
        raw: Any = structured.invoke(MESSAGES)
        fault = raw["raw"].response_metadata["simulated_fault"]
        faults.add(fault.partition(":")[0])
        assert raw["parsed"] is None
        if fault == "truncated arguments":
            (invalid,) = raw["raw"].invalid_tool_calls
            with pytest.raises(ValueError):
                json.loads(invalid["args"])
        else:
            assert isinstance(raw["parsing_error"], ValidationError)
    assert faults == {"truncated arguments", "wrong type", "missing argument"}


def test_malformed_json_is_cut_short_or_has_another_type() -> None:
    replies = GenericFakeChatModel(messages=iter(AIMessage('{"days": 60, "free": true}') for _ in range(30)))
    model = with_malformed_output(replies, 1.0, seed=1)
    seen = set()
    for _ in range(30):
        answer = model.invoke("x")
        try:
            data = json.loads(answer.text)
        except ValueError:
            seen.add("cut")
        else:
            assert data != {"days": 60, "free": True}
            seen.add("type")
    assert seen == {"cut", "type"}


def test_malformed_prose_is_cut_short() -> None:
    answer = with_malformed_output(chat_model("embedded"), 1.0).invoke(MESSAGES)
    assert chat_model("embedded").invoke(MESSAGES).text.startswith(answer.text)
    assert answer.response_metadata["finish_reason"] == "length"


def test_a_malformed_call_is_malformed_in_a_stream_too() -> None:
    model = with_malformed_output(chat_model("embedded"), 1.0, seed=3).bind_tools([lookup_order])
    for _ in range(6):
        total: Any = reduce(add, model.stream("Where is order LO-204518?"))
        assert [call["args"] for call in total.tool_calls] != [{"order_id": "LO-204518"}]


def test_the_same_seed_gives_the_same_faults() -> None:
    def faults(seed: int) -> list[Any]:
        model = with_malformed_output(chat_model("embedded"), 0.5, seed=seed).bind_tools([lookup_order])
        return [model.invoke("Where is order LO-204518?").response_metadata.get("simulated_fault") for _ in range(20)]

    assert faults(5) == faults(5) != faults(6)


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_an_impossible_probability_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        with_timeouts(chat_model("embedded"), probability)
    with pytest.raises(ValueError, match="between 0 and 1"):
        with_malformed_output(chat_model("embedded"), probability)


def test_a_rate_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="must be at least 1, but 0 was given"):
        with_rate_limit(chat_model("embedded"), 0)
