"""SmolLM2 on llama.cpp: a real model behind a real HTTP server, and its life and death."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import reduce
from operator import add

import psutil
import pytest
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

from archkit.models import ModelUnavailable, chat_model, smollm2_server


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    yield
    smollm2_server.stop()


def test_it_is_an_ordinary_openai_client_pointed_at_this_computer() -> None:
    model = chat_model("smollm2")
    assert isinstance(model, ChatOpenAI)
    assert str(model.openai_api_base).startswith("http://127.0.0.1:")
    assert smollm2_server.is_running()


def test_it_answers_and_counts_tokens_alike_twice() -> None:
    model = chat_model("smollm2", max_tokens=8)
    first, second = (model.invoke("Name three things to pack for a hike.") for _ in range(2))
    assert first.text and first.text == second.text
    assert first.usage_metadata is not None
    assert 0 < first.usage_metadata["output_tokens"] <= 8
    assert first.usage_metadata["total_tokens"] > first.usage_metadata["output_tokens"]


def test_a_stream_adds_up_to_the_answer_with_its_usage() -> None:
    model = chat_model("smollm2", max_tokens=8)
    chunks = list(model.stream("Name three things to pack for a hike."))
    total = reduce(add, chunks)
    assert len(chunks) > 5
    assert total.content == model.invoke("Name three things to pack for a hike.").content
    assert total.usage_metadata["output_tokens"] == 8  # type: ignore[attr-defined]


def test_tokens_are_counted_by_the_models_own_tokenizer_without_a_download() -> None:
    model = chat_model("smollm2", max_tokens=1)
    asked = "Name three things to pack for a hike."
    assert model.get_num_tokens("hello world") == 2
    answer = model.invoke(asked)
    assert answer.usage_metadata is not None
    assert model.get_num_tokens_from_messages([HumanMessage(asked)]) == answer.usage_metadata["input_tokens"]


def test_structured_output_is_enforced_by_a_grammar() -> None:
    class Place(BaseModel):
        city: str

    assert isinstance(chat_model("smollm2").with_structured_output(Place).invoke("I live in Vienna."), Place)


def test_a_prompt_longer_than_the_context_is_refused_with_both_numbers() -> None:
    with pytest.raises(
        Exception, match=rf"exceeds the available context size \({smollm2_server.CONTEXT_TOKENS} tokens\)"
    ):
        chat_model("smollm2").invoke("tent " * 2 * smollm2_server.CONTEXT_TOKENS)


def test_models_share_one_server_process() -> None:
    chat_model("smollm2"), chat_model("smollm2")
    family = psutil.Process().children(recursive=True)
    assert sum("smollm2_process" in " ".join(child.cmdline()) for child in family) == 1


def test_only_those_with_the_key_are_served() -> None:
    running = smollm2_server.start()
    stranger = smollm2_server.RunningServer(running.address, "guess", running.pid)
    with pytest.raises(Exception, match="401"):
        stranger.post("/tokenize", {"content": "hello"})


def test_stopping_while_it_answers_returns_at_once_and_leaves_no_process() -> None:
    model = chat_model("smollm2", max_tokens=1000)
    pid = smollm2_server.start().pid
    failed: list[Exception] = []

    def ask() -> None:
        try:
            model.invoke("Write a long story about the sea.")
        except Exception as error:
            failed.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.5)
    smollm2_server.stop()
    asking.join(timeout=30)
    assert not asking.is_alive() and failed
    assert not psutil.pid_exists(pid)
    assert not smollm2_server.is_running()
    assert chat_model("smollm2", max_tokens=2).invoke("Hello").text


PROGRAM = """
import sys, time
from archkit.models import smollm2_server
print(smollm2_server.start().pid, flush=True)
if sys.argv[1] == "wait":
    time.sleep(600)
"""


def start_elsewhere(then: str) -> "tuple[subprocess.Popen[str], psutil.Process]":
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, then], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, psutil.Process(int(process.stdout.readline()))


def test_the_server_ends_with_the_process_that_started_it() -> None:
    process, server = start_elsewhere("end")
    process.communicate(timeout=60)
    psutil.wait_procs([server], timeout=30)
    assert not server.is_running()


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL"])
def test_the_server_ends_when_that_process_is_interrupted_or_killed(how: str) -> None:
    process, server = start_elsewhere("wait")
    process.send_signal(getattr(signal, how))
    process.communicate(timeout=60)
    psutil.wait_procs([server], timeout=30)
    assert not server.is_running()


def test_without_llama_cpp_the_learner_reads_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    smollm2_server.stop()
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ModelUnavailable, match=r"llama\.cpp .* is not installed. Run `pip install xllamacpp`"):
        chat_model("smollm2")


def test_a_file_that_is_no_model_is_reported_and_leaves_no_process(
    tmp_path: "os.PathLike[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    smollm2_server.stop()
    monkeypatch.setattr(smollm2_server, "model_file", lambda name: tmp_path)
    with pytest.raises(ModelUnavailable, match="SmolLM2's server did not start"):
        smollm2_server.start()
    assert not any("smollm2_process" in " ".join(child.cmdline()) for child in psutil.Process().children())
