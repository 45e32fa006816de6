"""Releasing the exercises: into the class's gradebook and its exchange, and nowhere else."""

import shutil
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograde.build import build, course_config
from autograde.release import ReleaseError, release

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def released_once(shared_course: Path) -> Path:
    """A small course whose one exercise has been released, for tests to copy."""
    assert release(shared_course) == ["volume"]
    return shared_course


@pytest.fixture
def released(released_once: Path, tmp_path: Path) -> Path:
    """A released course of the test's own: the settings follow the folder, so a copy is a course of its own."""
    return Path(shutil.copytree(released_once, tmp_path / "released"))


def gradebook(course: Path) -> Gradebook:
    return Gradebook(course_config(course).CourseDirectory.db_url)


def test_an_exercise_reaches_the_gradebook_and_the_exchange(released: Path) -> None:
    with gradebook(released) as book:
        notebook = book.find_notebook("volume", "volume")
        assert {cell.name: cell.max_score for cell in notebook.grade_cells} == {"volume-check": 2, "where": 1}
        assert [cell.name for cell in notebook.task_cells] == ["why"]
    outbound = released / "class/exchange/ai-architect/outbound/volume"
    for name in ("volume.ipynb", "log.csv"):
        assert (outbound / name).read_bytes() == (released / "exercises/volume" / name).read_bytes()


def test_releasing_leaves_the_built_notebooks_as_they_are(released: Path) -> None:
    assert build(released, check=True) == []


def test_releasing_again_keeps_the_marks(released: Path) -> None:
    with gradebook(released) as book:
        book.add_student("ada")
        submission = book.add_submission("volume", "ada")
        (graded,) = [grade for grade in submission.notebooks[0].grades if grade.name == "volume-check"]
        graded.manual_score = 1.5
        book.db.commit()
    release(released)
    with gradebook(released) as book:
        assert book.find_submission("volume", "ada").score == 1.5


def test_a_change_of_tasks_after_submissions_is_refused_with_the_reason(released: Path) -> None:
    with gradebook(released) as book:
        book.add_student("ada")
        book.add_submission("volume", "ada")
    text = released / "markdown/exercises/volume/volume.md"
    text.write_bytes(text.read_bytes().replace(b'"where"', b'"elsewhere"'))
    build(released)
    with pytest.raises(ReleaseError, match="there are submissions associated with it"):
        release(released)
    assert build(released, check=True) == []


def test_an_unknown_exercise_is_refused_with_the_known_ones(released: Path) -> None:
    with pytest.raises(ReleaseError, match=r"no exercise 'volumes' in exercises/, only: volume"):
        release(released, ["volumes"])
