"""A learner's folder of its own for every test, and a course whose exercises a test may change."""

import json
import shutil
from pathlib import Path

import pytest

COURSE = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the learner's folder, which does not exist yet."""
    for name in ("JUPYTERHUB_USER", "BINDER_LAUNCH_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ARCHKIT_WORK", str(tmp_path / "work"))
    return tmp_path / "work"


class Released:
    """The exercise component_sketch as it is released, in a course of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "component_sketch.ipynb"

    def read(self) -> dict:
        return json.loads(self.path.read_text(encoding="utf-8"))

    def write(self, notebook: dict) -> None:
        self.path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.fixture
def released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Released:
    """Return the released exercise, copied into a course that a test may change."""
    course = tmp_path / "course"
    shutil.copytree(COURSE / "exercises" / "component_sketch", course / "exercises" / "component_sketch")
    monkeypatch.setattr("archkit.learner.exercise_copies.course_root", lambda: course)
    return Released(course / "exercises" / "component_sketch")
