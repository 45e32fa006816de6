"""The code is formatted, free of lint and typed. As tests, so that one summary covers the whole suite."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check"], id="ruff check"),
        pytest.param(["ruff", "format", "--check"], id="ruff format"),
        pytest.param(["mypy"], id="mypy on the packages"),
        pytest.param(["mypy", "bootstrap.py"], id="mypy on bootstrap.py"),
    ],
)
def test_style_and_types(course: Path, command: list[str]) -> None:
    run = subprocess.run([sys.executable, "-m", *command], cwd=course, capture_output=True, text=True)
    print(run.stdout, run.stderr)
    assert run.returncode == 0, f"{' '.join(command)} finds fault; what it says stands above."
