"""Every provider behind the port keeps the contract, and the contract notices adapters that do not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from archkit.models import chat_model, smollm2_server
from archkit.models.behaviour import with_rate_limit
from archkit.providers import ChatCompletions, Completion, Embedded, Messages, Provider, StandIn, smollm2_provider
from archkit.providers.contract import BEHAVIOURS, verify
from archkit.providers.stand_in import KEY, MODEL

NOWHERE = "http://127.0.0.1:9/v1"  # the discard port, where nothing listens


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with StandIn() as started:
        yield started


@pytest.mark.parametrize("adapter", [ChatCompletions, Messages])
def test_both_wire_formats_keep_the_whole_contract(stand_in: StandIn, adapter: Callable[..., Provider]) -> None:
    with StandIn() as throttling:
        throttling.fail_next(429, retry_after=0.3)
        outcomes = verify(
            adapter(stand_in.base_url, KEY, MODEL),
            throttled=adapter(throttling.base_url, KEY, MODEL),
            unreachable=adapter(NOWHERE, KEY, MODEL),
        )
    assert {outcome.verdict for outcome in outcomes} == {"kept"}, outcomes


def test_the_embedded_model_keeps_it_and_cannot_be_unreachable() -> None:
    limited = with_rate_limit(chat_model("embedded"), 1)
    limited.invoke("The one request that the limit lets through.")
    outcomes = verify(Embedded(), throttled=Embedded(limited))
    assert [outcome.verdict for outcome in outcomes] == ["kept"] * 7 + ["not provoked"]


def test_smollm2_keeps_it_as_far_as_it_can_be_provoked() -> None:
    try:
        outcomes = verify(smollm2_provider(), unreachable=ChatCompletions(NOWHERE, "", ""))
    finally:
        smollm2_server.stop()
    assert [outcome.verdict for outcome in outcomes] == ["kept"] * 6 + ["not provoked", "kept"]


class Disguised(Messages):
    """An adapter with one defect."""

    change: Callable[[Completion], Completion] = staticmethod(lambda said: said)

    def complete(self, system: str, question: str, *, max_tokens: int) -> Completion:
        return self.change(super().complete(system, question, max_tokens=max_tokens))


class HidesTheCut(Disguised):
    change = staticmethod(lambda said: replace(said, stop="finished"))


class CountsNothing(Disguised):
    change = staticmethod(lambda said: replace(said, input_tokens=0))


class SaysNothing(Disguised):
    change = staticmethod(lambda said: replace(said, text=""))


class DropsTheSystemPrompt(Messages):
    def _body(self, system: str, question: str, max_tokens: int) -> dict[str, Any]:
        return super()._body("", question, max_tokens)


class IgnoresTheLimit(Messages):
    def _body(self, system: str, question: str, max_tokens: int) -> dict[str, Any]:
        return super()._body(system, question, 500)


class StreamsInOnePiece(Messages):
    def stream(self, system: str, question: str, *, max_tokens: int) -> Iterator[str]:
        yield "".join(super().stream(system, question, max_tokens=max_tokens))


@pytest.mark.parametrize(
    ("adapter", "broken"),
    [
        (SaysNothing, "answers in text"),
        (IgnoresTheLimit, "keeps the limit of tokens"),
        (HidesTheCut, "says when an answer was cut"),
        (CountsNothing, "counts tokens of prompt and answer"),
        (DropsTheSystemPrompt, "hands the system prompt to the model"),
        (StreamsInOnePiece, "streams in pieces"),
    ],
)
def test_a_defective_adapter_breaks_the_behaviour_that_it_lacks(
    stand_in: StandIn, adapter: Callable[..., Provider], broken: str
) -> None:
    outcomes = verify(adapter(stand_in.base_url, KEY, MODEL))
    assert broken in {outcome.behaviour for outcome in outcomes if outcome.verdict == "broken"}


class OtherVendorsMistake(Messages):
    """Reports an outage as if the request were wrong."""

    def complete(self, system: str, question: str, *, max_tokens: int) -> Completion:
        raise ValueError("unexpected status")


def test_a_vendors_own_error_that_gets_out_breaks_the_contract_and_is_named() -> None:
    throttled = OtherVendorsMistake(NOWHERE, KEY, MODEL)
    outcomes = {outcome.behaviour: outcome for outcome in verify(throttled, throttled=throttled, unreachable=throttled)}
    for name in ("tells a rate limit, and when to return", "tells an outage"):
        assert outcomes[name].verdict == "broken"
        assert "ValueError got out" in outcomes[name].said


def test_what_cannot_be_provoked_is_said_to_be_so() -> None:
    outcomes = verify(Embedded())
    assert [outcome.behaviour for outcome in outcomes] == [behaviour.name for behaviour in BEHAVIOURS]
    assert [outcome.said for outcome in outcomes if outcome.verdict == "not provoked"] == [
        "no throttled provider was given",
        "no unreachable provider was given",
    ]
