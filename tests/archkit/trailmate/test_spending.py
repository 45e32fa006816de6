"""What a run asked of models, counted from outside."""

import asyncio
from typing import Any

import pytest

from archkit.models import chat_model
from archkit.models.behaviour import with_timeouts
from archkit.prices import load_prices
from archkit.trailmate import Meter, dollars, faulty

QUESTION = "Where is my order?"


def test_an_answered_call_counts_what_the_answer_says_of_itself() -> None:
    meter = Meter()
    used = chat_model("embedded").invoke(QUESTION, {"callbacks": [meter]}).usage_metadata
    assert used is not None
    assert (meter.requests, meter.input_tokens, meter.output_tokens) == (
        1,
        used["input_tokens"],
        used["output_tokens"],
    )


@pytest.mark.parametrize("fault", ["exception", "rate limit"])
def test_a_call_that_did_not_arrive_or_was_refused_is_a_request_without_tokens(fault: Any) -> None:
    meter = Meter()
    with pytest.raises(Exception, match="Simulated"):
        faulty(chat_model("embedded"), fault).invoke(QUESTION, {"callbacks": [meter]})
    assert (meter.requests, meter.input_tokens, meter.output_tokens) == (1, 0, 0)


def test_a_call_that_timed_out_counts_its_prompt() -> None:
    meter = Meter()
    with pytest.raises(TimeoutError):
        with_timeouts(chat_model("embedded"), 1.0, sleep=lambda _: None).invoke(QUESTION, {"callbacks": [meter]})
    assert meter.input_tokens == chat_model("embedded").get_num_tokens(QUESTION)


def test_a_call_that_was_cut_off_counts_its_prompt() -> None:
    meter = Meter()

    async def cut_off() -> None:
        await asyncio.wait_for(faulty(chat_model("embedded"), "timeout").ainvoke(QUESTION, {"callbacks": [meter]}), 0.2)

    with pytest.raises(TimeoutError):
        asyncio.run(cut_off())
    assert (meter.requests, meter.output_tokens) == (1, 0)
    assert meter.input_tokens == chat_model("embedded").get_num_tokens(QUESTION)


def test_money_follows_from_tokens_and_the_recorded_price() -> None:
    price = load_prices()["gpt-5.4-mini"]
    assert dollars(price, 1_000_000, 0) == pytest.approx(price.input)
    assert dollars(price, 0, 1_000_000) == pytest.approx(price.output)
