"""Recorded rents and throughputs: each has its source and day, and the arithmetic is that of the literature."""

import pytest

from archkit.hosting import kv_cache_bytes, load_hosting, weight_bytes

hosting = load_hosting()


@pytest.mark.parametrize("row", [*hosting.gpus, *hosting.throughputs], ids=lambda row: f"{row.source[:30]}")
def test_every_number_has_a_source_and_a_day(row) -> None:
    assert row.source
    assert str(row.as_of).startswith("2026")


def test_taking_back_at_any_moment_makes_a_gpu_cheaper() -> None:
    assert all(gpu.spot_usd_per_hour < gpu.usd_per_hour for gpu in hosting.gpus if gpu.spot_usd_per_hour)


def test_every_throughput_is_of_a_model_whose_size_is_known() -> None:
    assert {row.model for row in hosting.throughputs} <= {model.model for model in hosting.models}


def test_a_token_of_llama_8b_holds_128_kib_and_one_of_70b_320() -> None:
    assert kv_cache_bytes(hosting.model("Llama 3.1 8B"), 1) == 128 * 1024
    assert kv_cache_bytes(hosting.model("Llama 3.3 70B"), 1) == 320 * 1024


def test_weights_halve_with_their_bytes() -> None:
    model = hosting.model("Llama 3.3 70B")
    assert [weight_bytes(model, each) / 1e9 for each in (2, 1, 0.5)] == [140, 70, 35]


def test_an_unknown_model_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(LookupError, match=r"Did you mean 'Mistral 7B'"):
        hosting.model("Mistral 7b instruct"[:10])


def test_more_requests_at_once_write_more_until_they_wait_for_each_other() -> None:
    """The knee that a plan must not cross: throughput stops growing and the wait for the first token jumps."""
    run = {row.concurrency: row for row in hosting.throughputs if row.gpus == "one H100 80 GB"}
    assert run[1].tokens_per_second < run[4].tokens_per_second < run[16].tokens_per_second
    assert run[64].tokens_per_second < run[16].tokens_per_second
    assert run[64].first_token_p99_ms > 5 * run[16].first_token_p99_ms
