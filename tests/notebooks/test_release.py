"""Releasing the exercises: into the class's gradebook and its exchange, and nowhere else."""

from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograde.build import build, course_config
from autograde.release import ReleaseError, release


@pytest.fixture
def built(course: Path) -> Path:
    build(course)
    return course


def gradebook(course: Path) -> Gradebook:
    return Gradebook(course_config(course).CourseDirectory.db_url)


def test_an_exercise_reaches_the_gradebook_and_the_exchange(built: Path) -> None:
    assert release(built) == ["volume"]
    with gradebook(built) as book:
        notebook = book.find_notebook("volume", "volume")
        assert {cell.name: cell.max_score for cell in notebook.grade_cells} == {"volume-check": 2, "where": 1}
        assert [cell.name for cell in notebook.task_cells] == ["why"]
    released = built / "class/exchange/ai-architect/outbound/volume"
    for name in ("volume.ipynb", "log.csv"):
        assert (released / name).read_bytes() == (built / "exercises/volume" / name).read_bytes()


def test_releasing_leaves_the_built_notebooks_as_they_are(built: Path) -> None:
    release(built)
    assert build(built, check=True) == []


def test_releasing_again_keeps_the_marks(built: Path) -> None:
    release(built)
    with gradebook(built) as book:
        book.add_student("ada")
        submission = book.add_submission("volume", "ada")
        (graded,) = [grade for grade in submission.notebooks[0].grades if grade.name == "volume-check"]
        graded.manual_score = 1.5
        book.db.commit()
    release(built)
    with gradebook(built) as book:
        assert book.find_submission("volume", "ada").score == 1.5


def test_a_change_of_tasks_after_submissions_is_refused_with_the_reason(built: Path) -> None:
    release(built)
    with gradebook(built) as book:
        book.add_student("ada")
        book.add_submission("volume", "ada")
    text = built / "markdown/exercises/volume/volume.md"
    text.write_bytes(text.read_bytes().replace(b'"where"', b'"elsewhere"'))
    build(built)
    with pytest.raises(ReleaseError, match="there are submissions associated with it"):
        release(built)
    assert build(built, check=True) == []


def test_an_unknown_exercise_is_refused_with_the_known_ones(built: Path) -> None:
    with pytest.raises(ReleaseError, match=r"no exercise 'volumes' in exercises/, only: volume"):
        release(built, ["volumes"])
