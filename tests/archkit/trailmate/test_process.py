"""A process that is killed in the middle of a turn, and another one that goes on."""

import subprocess
import sys
from pathlib import Path

from langgraph.checkpoint.sqlite import SqliteSaver

CUSTOMER = "C-1337"


def command(folder: Path, *more: str, customer: str = CUSTOMER) -> list[str]:
    program = [sys.executable, "-m", "archkit.trailmate", str(folder / "conversations.sqlite"), "parcel"]
    return [*program, "--customer", customer, *more]


def said(folder: Path, *more: str, customer: str = CUSTOMER) -> list[str]:
    run = subprocess.run(
        command(folder, *more, customer=customer), capture_output=True, text=True, timeout=120, check=True
    )
    return run.stdout.splitlines()


def test_a_killed_turn_is_finished_by_another_process_which_repeats_only_the_node_that_was_running(
    tmp_path: Path,
) -> None:
    first = command(tmp_path, "--say", "Where is my order LO-104990?", "--slow", "orders")
    with subprocess.Popen(first, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = [process.stdout.readline().strip() for _ in range(3)]
        process.kill()
    assert seen == ["started triage", "done triage", "started orders"]
    with SqliteSaver.from_conn_string(str(tmp_path / "conversations.sqlite")) as saver:
        kept = saver.get_tuple({"configurable": {"thread_id": f"{CUSTOMER}/parcel"}})
    assert kept is not None
    assert kept.checkpoint["channel_values"]["agent"] == "orders"
    started, done, answer = said(tmp_path)
    assert (started, done) == ("started orders", "done orders")
    assert "LO-104990; status: shipped" in answer


def test_the_thread_of_one_customer_is_not_the_thread_of_another(tmp_path: Path) -> None:
    said(tmp_path, "--say", "I want to talk to a person.")
    with SqliteSaver.from_conn_string(str(tmp_path / "conversations.sqlite")) as saver:
        threads = {kept.config["configurable"]["thread_id"] for kept in saver.list(None)}
    assert threads == {f"{CUSTOMER}/parcel"}
