"""What one request costs: by the recorded price, and refused where no price is recorded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archkit.costs import request_usd
from archkit.prices import load_prices

prices = load_prices()
MINI = prices["gpt-5.4-mini"]
LONG = prices["gpt-5.4"]
tokens = st.integers(0, 100_000)


@given(tokens, tokens)
def test_a_request_costs_what_it_reads_and_what_it_writes(read, written):
    assert request_usd(MINI, input_tokens=read, output_tokens=written) == pytest.approx(
        (read * MINI.input + written * MINI.output) / 1e6
    )


@given(tokens, tokens)
def test_what_the_vendor_still_holds_is_cheaper(read, cached):
    cached = min(read, cached)
    whole = request_usd(MINI, input_tokens=read, output_tokens=100)
    reduced = request_usd(MINI, input_tokens=read, output_tokens=100, cached_tokens=cached)
    assert reduced <= whole
    assert whole - reduced == pytest.approx(cached * (MINI.input - MINI.cached_input) / 1e6)


def test_a_batch_costs_half():
    whole = request_usd(MINI, input_tokens=1_000, output_tokens=100)
    assert request_usd(MINI, input_tokens=1_000, output_tokens=100, batch=True) == pytest.approx(whole / 2)


def test_a_long_prompt_has_a_price_of_its_own_for_all_of_its_tokens():
    limit = LONG.long_prompt.above_tokens
    below, above = (request_usd(LONG, input_tokens=n, output_tokens=0) for n in (limit, limit + 1))
    assert above == pytest.approx((limit + 1) * LONG.long_prompt.input / 1e6)
    assert above > 1.9 * below


@pytest.mark.parametrize(
    ("model", "asked", "said"),
    [
        ("gpt-5.4-mini", {"input_tokens": -1, "output_tokens": 0}, "negative"),
        ("gpt-5.4-mini", {"input_tokens": 10, "output_tokens": 0, "cached_tokens": 11}, "at most all of it"),
        ("gpt-5.4-mini", {"input_tokens": 300_000, "output_tokens": 0}, "does not fit"),
        ("mistral/mistral-large-4", {"input_tokens": 10, "output_tokens": 0, "batch": True}, "No batch price"),
        (
            "meta.llama3-1-8b-instruct-v1:0",
            {"input_tokens": 10, "output_tokens": 0, "cached_tokens": 5},
            "cached input",
        ),
        ("gpt-5.4-mini", {"input_tokens": 10, "output_tokens": 0, "cached_tokens": 5, "batch": True}, "one of the two"),
    ],
)
def test_what_has_no_price_is_refused_in_words(model, asked, said):
    with pytest.raises(ValueError, match=said):
        request_usd(prices[model], **asked)
