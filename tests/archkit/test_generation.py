"""What the lesson on language models measures: tokens with times and probabilities, live and replayed."""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archkit import generation
from archkit.course import course_root, data_folder
from archkit.generation import Generation, PromptTooLong, count_tokens, generate, recordings_file
from archkit.model_files import ModelUnavailable
from archkit.models import smollm2_server


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    yield
    smollm2_server.stop()


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A computer on which SmolLM2 cannot run."""

    def refuse() -> None:
        raise ModelUnavailable("SmolLM2 cannot run here: llama.cpp is not installed.")

    monkeypatch.setattr(smollm2_server, "start", refuse)
    monkeypatch.setattr(generation, "_replayed", type(generation._replayed)())
    generation._runs_here.cache_clear()
    yield
    generation._runs_here.cache_clear()


def test_every_token_of_an_answer_has_a_time_a_probability_and_alternatives() -> None:
    answer = generate("Where is my parcel?", max_tokens=6)
    assert answer.source == "measured here"
    assert 0 < len(answer.tokens) <= 6
    assert answer.text == "".join(token.text for token in answer.tokens)
    times = [token.seconds for token in answer.tokens]
    assert 0 < answer.first_token_s == times[0] and times == sorted(times) and times[-1] <= answer.seconds
    for token in answer.tokens:
        # At temperature 0 the most probable token is taken.
        assert token.probability == max(token.alternatives.values()) == token.alternatives[token.text]
        assert sum(token.alternatives.values()) <= 1.001


def test_the_model_reads_more_tokens_than_were_typed() -> None:
    assert generate("Where is my parcel?", max_tokens=1).input_tokens > count_tokens("Where is my parcel?") == 5


def test_a_request_is_read_anew_unless_it_may_be_reused() -> None:
    prompt = "Summarise: the tent was dry, the pole broke on the fourth night, and the receipt is at home."
    generate(prompt, max_tokens=1)
    assert generate(prompt, max_tokens=1).reused_tokens == 0
    again = generate(prompt, max_tokens=1, reuse=True)
    assert 0 < again.reused_tokens < again.input_tokens


def test_a_prompt_beyond_the_window_is_refused_with_both_numbers() -> None:
    with pytest.raises(PromptTooLong, match=r"\d+ tokens\) exceeds .* \(2048 tokens\)"):
        generate("20418 " * 420)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"prompt": ""}, "Expected a text"),
        ({"prompt": ...}, "The prompt is Ellipsis"),
        ({"prompt": "hi", "temperature": -1}, "temperature of 0 or more"),
        ({"prompt": "hi", "max_tokens": 0}, "at least one token"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_in_plain_words(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        generate(**arguments)


def test_the_rate_of_writing_needs_two_tokens() -> None:
    assert math.isnan(Generation("hi", 3, 0, (), 0.5, "measured here").seconds_per_token)


@pytest.mark.usefixtures("absent")
def test_without_the_model_a_recorded_answer_says_that_it_is_recorded() -> None:
    answer = generate("Where is my parcel?", max_tokens=30)
    assert answer.text and re.match(r"recorded on \d{4}-\d\d-\d\d on another computer", answer.source)
    assert count_tokens("Where is my parcel?") == 5


@pytest.mark.usefixtures("absent")
def test_without_the_model_what_was_not_recorded_is_named() -> None:
    with pytest.raises(LookupError, match="request 'Who are you\\?' is not among the recordings"):
        generate("Who are you?")
    with pytest.raises(LookupError, match="tokens of the text 'abc' is not among the recordings"):
        count_tokens("abc")


@pytest.mark.usefixtures("absent")
def test_a_request_recorded_twice_is_replayed_in_turn() -> None:
    requests = [made["request"] for made in json.loads(recordings_file().read_text(encoding="utf-8"))["generations"]]
    twice = next(request for request in requests if requests.count(request) == 2)
    first, second = generate(**twice), generate(**twice)
    assert first.reused_tokens < second.reused_tokens
    assert second.first_token_s < first.first_token_s


@pytest.mark.usefixtures("absent")
def test_nothing_is_recorded_where_the_model_cannot_run() -> None:
    with pytest.raises(ModelUnavailable, match="nothing to record"):
        generation.record([], [])


def test_recordings_are_made_of_real_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request: dict[str, Any] = {"prompt": "Hello", "temperature": 0.0, "seed": 0, "max_tokens": 2, "reuse": False}
    monkeypatch.setattr(generation, "recordings_file", lambda: tmp_path / "recordings.json")
    generation.record([request], ["Hello"])
    made = json.loads((tmp_path / "recordings.json").read_text(encoding="utf-8"))
    assert made["token_counts"] == {"Hello": 1}
    assert "".join(token["text"] for token in made["generations"][0]["answer"]["tokens"]) == generate(**request).text


@pytest.mark.usefixtures("absent")
def test_the_lesson_runs_on_recordings_alone(capsys: pytest.CaptureFixture[str]) -> None:
    text = (course_root() / "markdown" / "1_foundations" / "language_models.md").read_text(encoding="utf-8")
    namespace: dict[str, Any] = {}
    for cell in re.findall(r"```\{code-cell\} ipython3\n(.*?)```", text, re.DOTALL):
        if not re.search(r"\bcheck\b", cell):
            exec(compile(cell, "<cell>", "exec"), namespace)
    said = capsys.readouterr().out
    assert "The lesson goes on with recorded answers" in said
    assert said.count("recorded on 20") >= 4
    assert "measured here" not in said


def test_every_language_of_the_samples_was_counted_with_every_tokenizer() -> None:
    samples = json.loads((data_folder() / "text_samples.json").read_text(encoding="utf-8"))
    for tokenizer in ("cl100k", "o200k"):
        assert samples["recorded_against_english"][tokenizer].keys() == samples["languages"].keys()


def test_each_right_answer_stands_in_its_passage() -> None:
    samples = json.loads((data_folder() / "text_samples.json").read_text(encoding="utf-8"))
    for question in samples["questions"]:
        article = (data_folder() / "knowledge_base" / f"{question['article']}.md").read_text(encoding="utf-8")
        assert question["right"] in question["passage"] and question["right"] in article
