"""What the two wire formats make of one request, and what the adapters make of their failures."""

from collections.abc import Callable, Iterator

import pytest

from archkit.providers import ChatCompletions, Messages, Provider, RateLimited, Rejected, StandIn, Unavailable
from archkit.providers.stand_in import KEY, MODEL

SYSTEM = 'Answer from the passages.\n\n<passage id="KB-020">\nUnused goods go back within 60 days.\n</passage>'
QUESTION = "How many days do I have to return unused goods?"
ADAPTERS = pytest.mark.parametrize("adapter", [ChatCompletions, Messages])


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn() as started:
        yield started


def test_the_same_model_gives_the_same_completion_through_either_format(stand_in: StandIn) -> None:
    completions = [
        adapter(stand_in.base_url, KEY, MODEL).complete(SYSTEM, QUESTION, max_tokens=100)
        for adapter in (ChatCompletions, Messages)
    ]
    assert completions[0] == completions[1]
    assert "60 days" in completions[0].text


@ADAPTERS
def test_pieces_of_a_stream_join_to_the_whole_answer(stand_in: StandIn, adapter: Callable[..., Provider]) -> None:
    provider = adapter(stand_in.base_url, KEY, MODEL)
    whole = provider.complete(SYSTEM, QUESTION, max_tokens=100).text
    assert "".join(provider.stream(SYSTEM, QUESTION, max_tokens=100)) == whole


def test_the_system_prompt_is_a_message_in_one_format_and_a_field_in_the_other(stand_in: StandIn) -> None:
    for adapter in (ChatCompletions, Messages):
        adapter(stand_in.base_url, KEY, MODEL).complete(SYSTEM, QUESTION, max_tokens=10)
    (chat_path, chat), (messages_path, messages) = stand_in.requests
    assert (chat_path, messages_path) == ("/v1/chat/completions", "/v1/messages")
    assert [turn["role"] for turn in chat["messages"]] == ["system", "user"]
    assert [turn["role"] for turn in messages["messages"]] == ["user"]
    assert messages["system"] == chat["messages"][0]["content"] == SYSTEM


@ADAPTERS
@pytest.mark.parametrize(
    ("status", "error"), [(429, RateLimited), (500, Unavailable), (529, Unavailable), (400, Rejected), (404, Rejected)]
)
def test_statuses_become_the_ports_three_errors_whole_or_streamed(
    stand_in: StandIn, adapter: Callable[..., Provider], status: int, error: type[Exception]
) -> None:
    provider = adapter(stand_in.base_url, KEY, MODEL)
    stand_in.fail_next(status, times=2, retry_after=0.25)
    with pytest.raises(error, match=str(status)) as met:
        provider.complete(SYSTEM, QUESTION, max_tokens=10)
    if isinstance(met.value, RateLimited):
        assert met.value.retry_after == 0.25
    with pytest.raises(error, match=str(status)):
        list(provider.stream(SYSTEM, QUESTION, max_tokens=10))


@ADAPTERS
def test_a_wrong_key_is_refused(stand_in: StandIn, adapter: Callable[..., Provider]) -> None:
    with pytest.raises(Rejected, match="401"):
        adapter(stand_in.base_url, "another key", MODEL).complete(SYSTEM, QUESTION, max_tokens=10)


@ADAPTERS
def test_nobody_listening_is_an_outage(stand_in: StandIn, adapter: Callable[..., Provider]) -> None:
    provider = adapter(stand_in.base_url, KEY, MODEL)
    stand_in.stop()
    with pytest.raises(Unavailable, match="No answer"):
        provider.complete(SYSTEM, QUESTION, max_tokens=10)
    with pytest.raises(Unavailable, match="No answer"):
        list(provider.stream(SYSTEM, QUESTION, max_tokens=10))


def test_the_stand_in_refuses_messages_without_a_limit_of_tokens(stand_in: StandIn) -> None:
    import httpx

    body = {"model": MODEL, "messages": [{"role": "user", "content": QUESTION}]}
    for path, headers, status in (
        ("/messages", {"x-api-key": KEY}, 400),
        ("/chat/completions", {"Authorization": f"Bearer {KEY}"}, 200),
    ):
        answer = httpx.post(stand_in.base_url + path, json=body, headers=headers, trust_env=False)
        assert answer.status_code == status
