"""A learner's folder and a small course of its own for every test."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the learner's folder, which does not exist yet."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setenv("ARCHKIT_WORK", str(tmp_path / "work"))
    return tmp_path / "work"


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a course that has nothing in it yet."""
    root = tmp_path / "course"
    for name in ("modules", "exercises"):
        (root / name).mkdir(parents=True)
    monkeypatch.setattr("archkit.progress.survey.course_root", lambda: root)
    monkeypatch.setattr("archkit.learner.exercise_copies.course_root", lambda: root)
    return root


@pytest.fixture
def write_lesson(course: Path) -> Callable[..., Path]:
    """Return a function that writes a lesson with a number of cells, of which some were run, and self-checks."""

    def write(
        place: str, title: str, *, needs: str = "", cells: int = 3, run: int = 0, checks: tuple[str, ...] = ()
    ) -> Path:
        code = [f"print({number})" for number in range(cells - len(checks))] + [f'check("{name}")' for name in checks]
        written = [{"cell_type": "markdown", "metadata": {}, "source": [f"# {title}\n", "\n", f"You need {needs}."]}]
        written += [
            {
                "cell_type": "code",
                "metadata": {},
                "source": [line],
                "execution_count": 1 if n < run else None,
                "outputs": [],
            }
            for n, line in enumerate(code)
        ]
        path = course / "modules" / f"{place}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"cells": written, "metadata": {}}))
        return path

    return write


@pytest.fixture
def write_exercise(course: Path) -> Callable[..., Path]:
    """Return a function that writes an exercise with tasks of given points, and a manually graded one of 5 points."""

    def write(name: str, title: str, opening: str, tasks: dict[str, float]) -> Path:
        written = [{"cell_type": "markdown", "metadata": {}, "source": f"# Exercise: {title}\n\n{opening}"}]
        for number, (task, points) in enumerate(tasks.items(), start=1):
            heading = f"## Task {number}: the {task} ({points:g} points, 1 of them held back)"
            grading = {"nbgrader": {"grade": True, "points": points, "grade_id": f"check-{task}"}}
            written += [
                {"cell_type": "markdown", "metadata": {}, "source": heading},
                {"cell_type": "code", "metadata": grading, "source": f'check("{name}.{task}")', "outputs": []},
            ]
        by_hand = {"nbgrader": {"grade": True, "points": 5, "grade_id": "brief", "solution": True}}
        written.append({"cell_type": "markdown", "metadata": by_hand, "source": "Your words go here."})
        path = course / "exercises" / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"cells": written, "metadata": {}}))
        return path

    return write
