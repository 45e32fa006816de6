"""The build of modules/, solutions/ and exercises/ from markdown/."""

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jupytext.config import load_jupytext_configuration_file

from autograde.build import BuildError, Change, build, expected_files, tidied

COURSE = Path(__file__).resolve().parents[2]
LESSON = "modules/1_foundations/volume.ipynb"
SOLUTION = "solutions/volume/volume.ipynb"
EXERCISE = "exercises/volume/volume.ipynb"


def read(path: Path) -> Any:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def snapshot(root: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder with its bytes and its time of change."""
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in root.rglob("*")
        if path.is_file()
    }


def kinds(changes: list[Change]) -> dict[str, str]:
    return {str(change.path): change.kind for change in changes}


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_bytes(text.replace(old, new).encode())


def test_a_lesson_becomes_a_notebook_without_outputs(course: Path) -> None:
    build(course)
    notebook = read(course / LESSON)
    assert [cell.cell_type for cell in notebook.cells] == ["markdown", "code", "markdown", "markdown", "code"]
    assert notebook.cells[1].source == "requests = 10\nrequests * 60"
    assert notebook.cells[4].metadata == {"tags": ["hide-input"]}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_every_notebook_names_its_kernel_and_its_text(course: Path) -> None:
    build(course)
    for path, source in [
        (LESSON, "markdown/1_foundations/volume.md"),
        (SOLUTION, "markdown/exercises/volume/volume.md"),
        (EXERCISE, "markdown/exercises/volume/volume.md"),
    ]:
        metadata = read(course / path).metadata
        assert metadata.kernelspec.name == "python3"
        assert metadata.kernelspec.language == "python"
        assert metadata.course.source == source


def test_the_solution_keeps_what_the_exercise_must_not_show(course: Path) -> None:
    build(course)
    solution = (course / SOLUTION).read_text(encoding="utf-8")
    exercise = (course / EXERCISE).read_text(encoding="utf-8")
    for secret in ("requests = 600", "assert requests == 600", "One point for each component", "It is in the log"):
        assert secret in solution
        assert secret not in exercise


def test_an_untouched_answer_in_the_exercise_does_not_raise(course: Path) -> None:
    build(course)
    answer = next(cell for cell in read(course / EXERCISE).cells if cell.id == "volume")
    assert answer.source == "requests = ...\n# Your work goes here."
    exec(answer.source, {})


def test_checks_in_the_exercise_are_locked_and_the_manual_task_keeps_its_points(course: Path) -> None:
    build(course)
    cells = {cell.id: cell for cell in read(course / EXERCISE).cells}
    assert cells["volume-check"].metadata.editable is False
    assert cells["volume-check"].metadata.deletable is False
    assert cells["why"].metadata.nbgrader.points == 3
    assert cells["why"].source.strip() == "Say why the volume matters."


def test_files_beside_an_exercise_go_along_with_it(course: Path) -> None:
    build(course)
    for folder in ("solutions", "exercises"):
        assert (course / folder / "volume" / "log.csv").read_text() == "minute,requests\n0,10\n"


def test_a_second_build_changes_no_byte_and_touches_no_file(course: Path) -> None:
    build(course)
    before = snapshot(course)
    assert build(course) == []
    assert snapshot(course) == before


def test_two_checkouts_build_the_same_bytes(course: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "clone"
    for path in ("markdown/1_foundations/volume.md", "markdown/exercises/volume/volume.md", "jupytext.toml"):
        (other / path).parent.mkdir(parents=True, exist_ok=True)
        (other / path).write_bytes((course / path).read_bytes())
    (other / "nbgrader_config.py").write_bytes((course / "nbgrader_config.py").read_bytes())
    (course / "markdown/exercises/volume/log.csv").unlink()
    assert expected_files(course) == expected_files(other)


def test_the_build_leaves_the_class_and_its_gradebook_alone(course: Path) -> None:
    gradebook = course / "class" / "gradebook.db"
    gradebook.parent.mkdir()
    gradebook.write_bytes(b"marks of a whole class")
    build(course)
    assert gradebook.read_bytes() == b"marks of a whole class"


def test_checking_reports_the_differences_and_writes_nothing(course: Path) -> None:
    before = snapshot(course)
    assert kinds(build(course, check=True)) == {
        "markdown/1_foundations/volume.md": "tidied",
        "markdown/exercises/volume/volume.md": "tidied",
        LESSON: "written",
        SOLUTION: "written",
        EXERCISE: "written",
        "solutions/volume/log.csv": "written",
        "exercises/volume/log.csv": "written",
    }
    after = snapshot(course)
    assert {name: after[name] for name in before} == before
    assert not [name for name in after if name.endswith(".ipynb")]


def test_an_edit_rebuilds_only_what_it_concerns(course: Path) -> None:
    build(course)
    replace_in(course / "markdown/1_foundations/volume.md", "600 requests an hour", "Six hundred an hour")
    assert kinds(build(course)) == {LESSON: "written"}


def test_an_edit_keeps_the_ids_of_all_other_cells(course: Path) -> None:
    build(course)
    before = [cell.id for cell in read(course / LESSON).cells]
    text = course / "markdown/1_foundations/volume.md"
    replace_in(text, "A second text cell.", "Quite another text.\n\n+++\n\nAnd one more.")
    build(course)
    after = [cell.id for cell in read(course / LESSON).cells]
    assert after[:3] == before[:3]
    assert after[5:] == before[4:]
    assert before[3] not in after


def test_cells_with_the_same_content_have_different_ids(course: Path) -> None:
    text = course / "markdown/1_foundations/volume.md"
    replace_in(text, "A second text cell.", "\n\n+++\n\n".join(["The same."] * 3))
    build(course)
    ids = [cell.id for cell in read(course / LESSON).cells]
    assert len(set(ids)) == len(ids)


def test_graded_cells_are_named_after_their_nbgrader_id(course: Path) -> None:
    build(course)
    for path in (SOLUTION, EXERCISE):
        ids = [cell.id for cell in read(course / path).cells if "nbgrader" in cell.metadata]
        assert ids == ["volume", "volume-check", "why", "where"]


def test_a_notebook_whose_text_is_gone_is_removed_with_its_folder(course: Path) -> None:
    build(course)
    (course / "markdown/1_foundations/volume.md").unlink()
    assert kinds(build(course)) == {LESSON: "removed"}
    assert not (course / "modules").exists()


def test_an_exercise_whose_text_is_gone_is_removed_on_both_sides(course: Path) -> None:
    build(course)
    (course / "markdown/exercises/volume/volume.md").unlink()
    (course / "markdown/exercises/volume/log.csv").unlink()
    changes = kinds(build(course))
    assert changes[SOLUTION] == changes[EXERCISE] == "removed"


def test_a_learners_own_notebook_in_modules_is_never_removed(course: Path) -> None:
    build(course)
    own = course / "modules/1_foundations/my_notes.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")]), own)
    before = own.read_bytes()
    assert kinds(build(course)) == {"modules/1_foundations/my_notes.ipynb": "foreign"}
    assert own.read_bytes() == before


def test_a_copy_that_a_learner_has_run_outlives_the_text_it_came_from(course: Path) -> None:
    build(course)
    notebook = read(course / LESSON)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="600")]
    copy = course / "modules/1_foundations/my_run.ipynb"
    nbformat.write(notebook, copy)
    (course / "markdown/1_foundations/volume.md").unlink()
    assert kinds(build(course)) == {
        LESSON: "removed",
        "modules/1_foundations/my_run.ipynb": "foreign",
    }


def test_outputs_saved_into_a_lesson_are_a_difference(course: Path) -> None:
    build(course)
    notebook = read(course / LESSON)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="600")]
    nbformat.write(notebook, course / LESSON)
    assert kinds(build(course, check=True)) == {LESSON: "written"}


def test_an_empty_course_builds_to_nothing(course: Path) -> None:
    for path in sorted((course / "markdown").rglob("*.*")):
        path.unlink()
    assert build(course) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("a solution that never ends", "### END SOLUTION", "", "no end solution statement found"),
        ("two checks of one name", "grade_id: volume-check", "grade_id: volume", "volume"),
        ("malformed cell settings", "  grade: true\n", "  grade: [true\n", "line"),
    ],
)
def test_a_refused_exercise_says_why_and_leaves_the_earlier_version(
    course: Path, name: str, old: str, new: str, says: str
) -> None:
    build(course)
    before = snapshot(course)
    text = course / "markdown/exercises/volume/volume.md"
    replace_in(text, old, new)
    with pytest.raises(BuildError) as problem:
        build(course)
    assert "markdown/exercises/volume" in str(problem.value)
    assert says in str(problem.value)
    after = snapshot(course)
    assert {path: after[path] for path in before if not path.startswith("markdown")} == {
        path: before[path] for path in before if not path.startswith("markdown")
    }


def test_an_exercise_outside_a_folder_of_its_own_is_told_where_to_go(course: Path) -> None:
    (course / "markdown/exercises/loose.md").write_text("# Loose\n")
    with pytest.raises(BuildError, match=re.escape("Move the file to markdown/exercises/loose/loose.md")):
        build(course)


def test_a_text_in_another_encoding_is_named(course: Path) -> None:
    (course / "markdown/1_foundations/volume.md").write_bytes("# Größe\n".encode("latin-1"))
    with pytest.raises(BuildError, match=r"markdown/1_foundations/volume\.md: byte 4 is not UTF-8"):
        build(course)


def test_a_folder_that_is_no_course_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"holds no jupytext\.toml"):
        build(tmp_path)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["text", "code"]),
            st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40),
        ),
        max_size=6,
    )
)
def test_a_tidied_text_is_already_tidy(cells: list[tuple[str, str]]) -> None:
    config = load_jupytext_configuration_file(str(COURSE / "jupytext.toml"))
    parts = [f"```{{code-cell}}\n{body}\n```" if kind == "code" else f"{body}\n\n+++" for kind, body in cells]
    once = tidied("\n\n".join(parts), config)
    assert tidied(once, config) == once


def test_neither_text_nor_notebook_names_a_version_of_python_or_jupytext(course: Path) -> None:
    build(course)
    text = (course / "markdown/1_foundations/volume.md").read_text(encoding="utf-8")
    assert "version" not in text.split("---")[1]
    assert "version" not in json.loads((course / LESSON).read_text())["metadata"]["language_info"]
