"""The application behind the port, and the same application with a vendor in it, before and after a swap."""

from collections.abc import Iterator
from types import ModuleType

import pytest

from archkit.providers import Embedded, Messages, StandIn, leaky_chat_completions, leaky_messages, trailmate
from archkit.providers.stand_in import KEY, MODEL
from archkit.source_measures import change_between, imports_of

PASSAGES = ['<passage id="KB-020">\nUnused goods go back within 60 days.\n</passage>']
QUESTION = "How many days do I have to return unused goods?"
LEAKY = pytest.mark.parametrize("leaky", [leaky_chat_completions, leaky_messages])


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn() as started:
        yield started


def test_the_application_imports_the_port_and_nothing_else_of_the_outside() -> None:
    outside = {name for name in imports_of(trailmate) if name.startswith("archkit") or "." in name}
    assert outside - {"collections.abc"} == {"archkit.providers.port"}


@LEAKY
def test_with_or_without_a_seam_it_answers_and_streams_alike(stand_in: StandIn, leaky: ModuleType) -> None:
    provider = Messages(stand_in.base_url, KEY, MODEL)
    client = leaky.connect(stand_in.base_url, KEY)
    assert leaky.answer(QUESTION, PASSAGES, client, MODEL) == trailmate.answer(QUESTION, PASSAGES, provider)
    shown = "".join(leaky.show(QUESTION, PASSAGES, client, MODEL))
    assert shown == "".join(trailmate.show(QUESTION, PASSAGES, provider))
    assert "60 days" in shown


@LEAKY
def test_with_or_without_a_seam_it_waits_out_a_short_limit_and_hands_over_otherwise(
    stand_in: StandIn, leaky: ModuleType
) -> None:
    provider = Messages(stand_in.base_url, KEY, MODEL)
    client = leaky.connect(stand_in.base_url, KEY)
    ways = (
        lambda: trailmate.answer(QUESTION, PASSAGES, provider).text,
        lambda: leaky.answer(QUESTION, PASSAGES, client, MODEL).text,
    )
    for way in ways:
        stand_in.fail_next(429, retry_after=0.01)
        assert "60 days" in way()
        stand_in.fail_next(429, retry_after=60)
        assert way() == trailmate.HANDOVER
        stand_in.fail_next(529)
        assert way() == trailmate.HANDOVER
    for show in (
        lambda: trailmate.show(QUESTION, PASSAGES, provider),
        lambda: leaky.show(QUESTION, PASSAGES, client, MODEL),
    ):
        stand_in.fail_next(500)
        assert list(show()) == [trailmate.HANDOVER]


def test_a_cut_answer_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trailmate, "MAX_TOKENS", 3)
    assert trailmate.answer(QUESTION, PASSAGES, Embedded()).text.endswith(trailmate.CUT)


def test_without_a_seam_the_swap_touches_every_function() -> None:
    change = change_between(leaky_chat_completions, leaky_messages)
    assert len(change.functions) == change.of_functions == 5
    assert change.lines == 16


def test_the_parts_of_the_package_can_be_imported_from_it_and_nothing_else() -> None:
    import archkit.providers

    assert all(getattr(archkit.providers, name) for name in archkit.providers.__all__)
    with pytest.raises(AttributeError, match="Nobody"):
        archkit.providers.Nobody  # noqa: B018
