"""The meter sees time, memory and processes of a job, and packages are counted with all that they need."""

import subprocess
import sys

import pytest

from archkit.job_costs import JobCosts, packages_behind

SLEEP = "import time; block = bytearray(60_000_000); time.sleep(0.6)"


def test_a_job_in_another_process_is_seen_with_its_memory(capsys: pytest.CaptureFixture[str]) -> None:
    costs = JobCosts()
    with costs.job("sleep"):
        subprocess.run([sys.executable, "-c", SLEEP], check=True)
    cost = costs.of["sleep"]
    assert cost.seconds >= 0.6
    assert cost.processes >= 1
    assert cost.memory_mb > 50
    assert capsys.readouterr().out == f"sleep: {cost}\n"


def test_a_job_that_fails_is_measured_too_and_its_failure_is_passed_on() -> None:
    costs = JobCosts()
    with pytest.raises(KeyError), costs.job("broken"):
        raise KeyError("name")
    assert costs.of["broken"].seconds >= 0


def test_the_table_has_a_row_a_job_and_the_last_cost_of_a_repeated_one() -> None:
    costs = JobCosts()
    for name in ("one", "two", "one"):
        with costs.job(name):
            pass
    table = costs.table()
    assert list(table.index) == ["one", "two"]
    assert table.loc["one", "seconds"] == costs.of["one"].seconds


def test_a_package_counts_itself_and_what_its_requirements_require() -> None:
    found = packages_behind("Jinja2")
    assert found == {"jinja2", "markupsafe"}
    assert packages_behind("httpx") >= {"httpx", "httpcore", "h11", "idna"}


def test_a_package_that_is_not_installed_has_nothing_behind_it() -> None:
    assert packages_behind("no-such-package-here") == set()
