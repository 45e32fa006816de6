"""Steps of a cost model: what one request costs by a recorded price.

How requests, kinds of traffic and levers combine into a month is the model itself, and the architect's work.
"""

from __future__ import annotations

from archkit.prices import ModelPrice

__all__ = ["request_usd"]


def request_usd(
    price: ModelPrice,
    *,
    input_tokens: float,
    output_tokens: float,
    cached_tokens: float = 0,
    batch: bool = False,
) -> float:
    """Return what one request costs, in US dollars.

    Args:
        price: the model's recorded price.
        input_tokens: tokens of the whole prompt, those from the prompt cache included.
        output_tokens: tokens of the answer.
        cached_tokens: how many of the prompt's tokens the vendor still holds from an earlier request. They must be
            its first ones.
        batch: whether the request is sent in a batch and may wait.

    Raises:
        ValueError: if a number of tokens is negative, more tokens are cached than the prompt has, the prompt is longer
            than the model takes, or a price is asked for that is not recorded.
    """
    if min(input_tokens, output_tokens, cached_tokens) < 0:
        raise ValueError(
            f"Tokens cannot be negative: input_tokens is {input_tokens:g}, output_tokens {output_tokens:g}, "
            f"cached_tokens {cached_tokens:g}."
        )
    if cached_tokens > input_tokens:
        raise ValueError(
            f"{cached_tokens:g} tokens are cached of a prompt of {input_tokens:g}. Give at most all of it."
        )
    if input_tokens > price.max_input_tokens:
        raise ValueError(
            f"A prompt of {input_tokens:,.0f} tokens does not fit {price.model}, which takes "
            f"{price.max_input_tokens:,}. Cut it, or choose another model."
        )
    if batch and cached_tokens:
        raise ValueError("No price is recorded for a batch that reads from a prompt cache. Choose one of the two.")
    read, written = price.input, price.output
    if batch:
        if price.batch_input is None or price.batch_output is None:
            raise ValueError(f"No batch price of {price.model} is recorded.")
        read, written = price.batch_input, price.batch_output
    elif price.long_prompt is not None and input_tokens > price.long_prompt.above_tokens:
        read, written = price.long_prompt.input, price.long_prompt.output
    kept = price.cached_input
    if cached_tokens and kept is None:
        raise ValueError(f"No price for cached input of {price.model} is recorded.")
    fresh = input_tokens - cached_tokens
    return (fresh * read + cached_tokens * (kept or 0) + output_tokens * written) / 1e6
