"""The recorded prices: where they come from, and that every lesson means the same ones."""

import datetime

import pytest

from archkit.case import Case
from archkit.case.archetypes import PRICES, RECORDED
from archkit.prices import ModelPrice, load_prices
from archkit.typed_data import InvalidData

prices = load_prices()


def test_every_price_can_be_traced_to_a_release_and_its_date() -> None:
    assert prices.recorded == "recorded in litellm 1.109.1, uploaded 2026-11-12"
    assert str(prices.checked_against) == "recorded in genai-prices 0.2.3, uploaded 2026-11-10"
    assert prices.unit == "US dollars per million tokens"


def test_each_model_is_listed_once() -> None:
    names = [price.model for price in (*prices.models, *prices.embeddings, *prices.rerankers)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("model", "input_price", "output_price"), PRICES)
def test_the_cases_are_drawn_with_the_same_prices(model: str, input_price: float, output_price: float) -> None:
    assert (prices[model].input, prices[model].output) == (input_price, output_price)
    assert prices.recorded == RECORDED


def test_larkspur_pays_a_recorded_price() -> None:
    paid = Case.demonstration().price
    assert (paid.input_usd_per_million, paid.output_usd_per_million) == (
        prices[paid.model].input,
        prices[paid.model].output,
    )


@pytest.mark.parametrize("price", prices.models, ids=lambda price: price.model)
def test_reduced_prices_are_lower_and_long_prompts_dearer(price: ModelPrice) -> None:
    assert price.input <= price.output
    assert (price.cached_input or 0) < price.input
    assert (price.batch_input is None) == (price.batch_output is None)
    if price.batch_input is not None:
        assert (price.batch_input, price.batch_output) == pytest.approx((price.input / 2, price.output / 2))
    if price.long_prompt:
        assert price.long_prompt.above_tokens < price.max_input_tokens
        assert (price.long_prompt.input, price.long_prompt.output) > (price.input, price.output)


def test_embedding_a_token_is_cheaper_than_reading_it_with_any_large_model() -> None:
    large = min(prices[model].input for model in ("gpt-6.1-sol", "gpt-5.4", "claude-opus-5-5"))
    for price in prices.embeddings:
        assert 0 < price.input < large
        assert price.batch_input is None or price.batch_input == pytest.approx(price.input / 2)


def test_a_reranker_is_paid_by_the_query_and_says_so() -> None:
    assert {price.model: price.per_query for price in prices.rerankers} == {
        "rerank-v4.0-pro": 0.0025,
        "rerank-v4.0-fast": 0.002,
        "amazon.rerank-v1:0": 0.001,
    }


def test_two_records_may_disagree_and_the_file_says_where() -> None:
    disputed = [price for price in prices.models if price.other_record]
    assert [price.model for price in disputed] == ["mistral/mistral-large-4"]
    assert all(price.other_record and price.other_record.input != price.input for price in disputed)


def test_a_model_that_will_be_retired_says_when() -> None:
    assert prices["gpt-5-mini"].deprecation == datetime.date(2026, 12, 11)


def test_an_unknown_model_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(LookupError, match=r"No price of 'gpt-5\.4-mimi' is recorded\. Did you mean 'gpt-5\.4-mini'\?"):
        prices["gpt-5.4-mimi"]


def test_a_price_below_zero_is_refused_in_plain_words() -> None:
    with pytest.raises(InvalidData, match="input"):
        prices["gpt-5.4"].changed(input=-1)
