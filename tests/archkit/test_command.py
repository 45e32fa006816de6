"""The command `archkit`, as a learner types it."""

import subprocess
import sys
from pathlib import Path

import pytest

from archkit.__main__ import main


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the learner's folder, which does not exist yet."""
    monkeypatch.setenv("ARCHKIT_WORK", str(tmp_path / "work"))
    return tmp_path / "work"


def test_an_exercise_is_started_from_the_terminal(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["start", "component_sketch"]) == 1
    assert "archkit learner YOUR-ID" in capsys.readouterr().err
    assert main(["learner", "Ana"]) == 0
    assert main(["start", "component_sketch"]) == 0
    assert (work / "component_sketch" / "component_sketch.ipynb").is_file()
    assert main(["start", "component_sketch"]) == 0
    assert "is kept as it is" in capsys.readouterr().out
    assert main(["start", "component_sketch", "--fresh"]) == 0
    assert (work / "copy_2" / "component_sketch" / "component_sketch.ipynb").is_file()


def test_the_learner_id_is_shown_kept_and_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learner"]) == 0
    assert "archkit learner YOUR-ID" in capsys.readouterr().out
    assert main(["learner", " "]) == 1
    assert "empty" in capsys.readouterr().err
    assert main(["learner", "ana"]) == 0
    assert main(["learner"]) == 0
    assert capsys.readouterr().out.endswith("Your learner id is `ana`.\n")


def test_an_unknown_exercise_is_an_error_with_the_nearest_name(capsys: pytest.CaptureFixture[str]) -> None:
    main(["learner", "ana"])
    assert main(["start", "component_scetch"]) == 1
    assert "Did you mean 'component_sketch'?" in capsys.readouterr().err


def test_progress_and_models_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["progress"]) == 0
    assert "Next: " in capsys.readouterr().out
    assert main(["models"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()][:2] == ["embedded", "smollm2"]


def test_without_a_command_the_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([])
    assert "usage: archkit" in capsys.readouterr().err


def test_the_command_starts_without_the_heavy_libraries() -> None:
    code = (
        "import sys, archkit.__main__ as m; m.main(['progress']); "
        "sys.exit(any(n in sys.modules for n in ('chromadb', 'langchain_core', 'pandas', 'onnxruntime', 'nbformat')))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
