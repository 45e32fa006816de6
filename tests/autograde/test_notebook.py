"""`check(...)` as a learner calls it, in a real kernel."""

import queue
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

PEAK = 'check("component_sketch.peak_load")'
HEADROOM = 'check("component_sketch.headroom")'
START = """
LEARNER_ID = "ana"
from archkit.case import Case
from autograde import check
import autograde.answers, autograde.notebook
case = Case.for_learner(LEARNER_ID)
"""
RIGHT = """
average_requests_per_second = case.traffic.requests_per_month / 2_592_000
peak_requests_per_second = average_requests_per_second * case.traffic.peak_to_average
"""


@dataclass
class Ran:
    """What one cell showed."""

    stdout: str = ""
    stderr: str = ""
    error: str = ""
    data: dict[str, Any] = field(default_factory=dict)


class Kernel:
    """A kernel with a learner's notebook in it."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager, self.client = manager, client

    def run(self, code: str, on_output: Callable[[str], None] = lambda text: None) -> Ran:
        ran = Ran()
        message_id = self.client.execute(code, allow_stdin=False)
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=120)
            except queue.Empty:
                raise AssertionError(f"no end of {code!r}") from None
            if message["parent_header"].get("msg_id") != message_id:
                continue
            content = message["content"]
            match message["msg_type"]:
                case "stream":
                    setattr(ran, content["name"], getattr(ran, content["name"]) + content["text"])
                    on_output(content["text"])
                case "execute_result":
                    ran.data = content["data"]
                case "error":
                    ran.error = content["ename"]
                case "status" if content["execution_state"] == "idle":
                    return ran


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(extra_arguments=["--HistoryManager.hist_file=:memory:", "--IPKernelApp.log_level=50"])
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        notebook = Kernel(manager, client)
        assert not notebook.run(START).error
        yield notebook
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture(autouse=True)
def _fresh(kernel: Kernel) -> None:
    kernel.run(
        'LEARNER_ID = "ana"\nautograde.answers.SECONDS_PER_CALL = autograde.notebook.SECONDS_TO_EXPORT = 5.0' + RIGHT
    )


def test_a_right_answer_is_the_full_score_shown_as_a_card(kernel: Kernel) -> None:
    ran = kernel.run(PEAK)
    assert ran.data["text/plain"] == "2"
    assert "Right" in ran.data["text/html"] and "2 of 2 points" in ran.data["text/html"]
    assert (ran.stdout, ran.stderr, ran.error) == ("", "", "")


def test_a_wrong_answer_is_its_partial_score_and_the_card_names_the_misconception(kernel: Kernel) -> None:
    ran = kernel.run(f"peak_requests_per_second = average_requests_per_second\n{PEAK}")
    assert ran.data["text/plain"] == "1"
    assert "This is the average again." in ran.data["text/html"]
    assert ran.stderr == "", "stderr would cost points in nbgrader"


def test_dots_are_not_attempted_and_let_the_notebook_go_on(kernel: Kernel) -> None:
    ran = kernel.run(f"average_requests_per_second = peak_requests_per_second = ...\n{PEAK}")
    assert ran.data["text/plain"] == "0" and not ran.error
    assert "Not attempted" in ran.data["text/html"]


def test_without_a_learner_id_the_card_asks_for_one(kernel: Kernel) -> None:
    ran = kernel.run(f"LEARNER_ID = ...\n{PEAK}")
    assert ran.data["text/plain"] == "0"
    assert "Write your learner id, in quotes" in ran.data["text/html"]


@pytest.mark.parametrize("name", ['"component_sketch.peak_laod"', '"no such check"', "None", "3", "[]"])
def test_an_unknown_check_is_one_sentence_and_no_traceback(kernel: Kernel, name: str) -> None:
    ran = kernel.run(f"check({name})")
    assert not ran.error and not ran.data
    assert ran.stderr.startswith("There is no check named") and ran.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "return utilisation(rate) if rate > 1e9 else [rate for _ in iter(int, 1)]",
        "import time; time.sleep(60)",
    ],
)
def test_an_endless_function_is_interrupted_and_the_notebook_goes_on(kernel: Kernel, body: str) -> None:
    ran = kernel.run(f"autograde.answers.SECONDS_PER_CALL = 0.3\ndef utilisation(rate):\n    {body}\n{HEADROOM}")
    assert not ran.error
    assert "did not return within 0.3 s and was stopped" in ran.data["text/html"]
    assert kernel.run(PEAK).data["text/plain"] == "2"


def test_a_function_that_swallows_an_interrupt_gets_the_next(kernel: Kernel) -> None:
    code = """
import time
swallowed = 0
def utilisation(rate):
    global swallowed
    while True:
        try:
            time.sleep(60)
        except BaseException:
            swallowed += 1
            if swallowed == 3:
                raise
"""
    ran = kernel.run(f"autograde.answers.SECONDS_PER_CALL = 0.1\n{code}\n{HEADROOM}")
    assert "was stopped" in ran.data["text/html"]
    assert kernel.run("swallowed").data["text/plain"] == "3"


def test_an_object_that_never_finishes_writing_itself_is_interrupted_too(kernel: Kernel) -> None:
    ran = kernel.run(
        "autograde.notebook.SECONDS_TO_EXPORT = 0.2\n"
        "class Endless:\n    def tolist(self):\n        while True: pass\n"
        f"peak_requests_per_second = Endless()\n{PEAK}"
    )
    assert not ran.error and ran.data["text/plain"] == "1"
    assert "never finishes writing itself" in ran.data["text/html"]


def test_the_stop_button_stops_the_check_and_reaches_the_learner(kernel: Kernel) -> None:
    ran = kernel.run(
        "def utilisation(rate):\n    import time\n    print('started', flush=True)\n    time.sleep(60)\n"
        f"autograde.answers.SECONDS_PER_CALL = 60\n{HEADROOM}",
        on_output=lambda text: kernel.manager.interrupt_kernel(),
    )
    assert ran.stdout == "started\n"
    assert ran.error == "KeyboardInterrupt"
    assert not ran.data
    assert kernel.run(PEAK).data["text/plain"] == "2"


def test_a_check_works_in_a_thread(kernel: Kernel) -> None:
    ran = kernel.run(
        f"import threading\nshown = []\nthread = threading.Thread(target=lambda: shown.append({PEAK}))\n"
        "thread.start(); thread.join(); shown[0]"
    )
    assert ran.data["text/plain"] == "2"


def test_under_nbgraders_validate_what_is_not_right_is_also_said_on_stderr(kernel: Kernel) -> None:
    validating = (
        "import os; os.environ['NBGRADER_VALIDATING'] = '1'; shown = {}; del os.environ['NBGRADER_VALIDATING']\nshown"
    )
    wrong = kernel.run(f"peak_requests_per_second = average_requests_per_second\n{validating.format(PEAK)}")
    assert "Requests per second, average and peak: Partly right, 1 of 2 points" in wrong.stderr
    assert "This is the average again." in wrong.stderr
    right = kernel.run(RIGHT + validating.format(PEAK))
    assert right.stderr == "" and right.data["text/plain"] == "2"
    blank = kernel.run(f"average_requests_per_second = peak_requests_per_second = ...\n{validating.format(PEAK)}")
    assert "Not attempted" in blank.stderr


def test_answers_made_inside_a_cell_that_imports_everything_are_found(kernel: Kernel) -> None:
    assert kernel.run(f"from math import *\n{PEAK}").data["text/plain"] == "2"


def test_outside_a_notebook_a_check_reads_the_scripts_own_variables() -> None:
    code = f"from autograde import check\nLEARNER_ID = 'ana'\naverage_requests_per_second = 1.0\nprint({PEAK})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n" and done.stderr == ""
