"""Starting an exercise: a copy of the learner's own, which nothing overwrites and nbgrader can take."""

import json
import re
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeSubmit
from nbgrader.preprocessors import CheckCellMetadata
from nbgrader.utils import compute_checksum
from traitlets.config import Config

from archkit.learner import copies, learner, released_exercises, start
from archkit.learner.exercise_copies import StartedExercise

COURSE = Path(__file__).resolve().parents[3]


def notebook(started: StartedExercise) -> dict:
    assert started.notebook is not None, started.message
    return json.loads(started.notebook.read_text(encoding="utf-8"))


def source(cell: dict) -> str:
    return "".join(cell["source"])


def test_a_started_exercise_lies_where_nbgrader_submits_from(work: Path) -> None:
    learner("ana")
    started = start("component_sketch")
    assert started.outcome == "copied"
    assert started.notebook == work / "component_sketch" / "component_sketch.ipynb"
    assert copies("component_sketch")[0].assignment == "component_sketch"


def test_only_the_first_answer_cell_differs_from_the_release(released) -> None:
    learner('O\'Neil "the" \\ Łucja')
    before, after = released.read()["cells"], notebook(start("component_sketch"))["cells"]
    changed = [number for number, cell in enumerate(before) if cell != after[number]]
    assert len(before) == len(after)
    assert [before[number]["metadata"]["nbgrader"]["grade_id"] for number in changed] == ["learner"]
    assert all(before[number]["metadata"] == after[number]["metadata"] for number in changed)
    variables: dict = {}
    exec(source(after[changed[0]]), variables)
    assert variables["LEARNER_ID"] == 'o\'neil "the" \\ łucja'
    assert "#" not in source(after[changed[0]])


def test_nbgrader_accepts_the_cells_of_the_copy() -> None:
    learner("ana")
    copy = nbformat.read(start("component_sketch").notebook, as_version=4)
    nbformat.validate(copy)
    CheckCellMetadata().preprocess(copy, {})
    locked = [cell for cell in copy.cells if cell.metadata.get("nbgrader", {}).get("locked")]
    assert locked
    assert all(compute_checksum(cell) == cell.metadata.nbgrader.checksum for cell in locked)


@pytest.mark.skipif(sys.platform == "win32", reason="nbgrader's exchange needs POSIX")
@pytest.mark.parametrize("fresh", [False, True])
def test_nbgrader_submits_the_copy_under_the_exercises_name(fresh: bool, work: Path, tmp_path: Path) -> None:
    learner("ana")
    start("component_sketch")
    if fresh:
        start("component_sketch", fresh=True)
    exchange = tmp_path / "exchange"
    inbound = exchange / "course" / "inbound"
    inbound.mkdir(parents=True)
    shutil.copytree(COURSE / "exercises" / "component_sketch", exchange / "course" / "outbound" / "component_sketch")
    config = Config()
    config.Exchange.root, config.Exchange.assignment_dir = str(exchange), str(work)
    config.Exchange.cache = str(tmp_path / "cache")
    config.CourseDirectory.course_id = "course"
    config.CourseDirectory.assignment_id = copies("component_sketch")[-1].assignment
    config.CourseDirectory.student_id = "ana"
    coursedir, authenticator = CourseDirectory(config=config), Authenticator(config=config)
    ExchangeSubmit(coursedir=coursedir, authenticator=authenticator, config=config).start()
    (submission,) = inbound.iterdir()
    assert submission.name.startswith("ana+component_sketch+")
    assert (submission / "component_sketch.ipynb").is_file()


def test_a_second_start_keeps_the_work_and_says_where_it_is() -> None:
    learner("ana")
    first = start("component_sketch")
    assert first.notebook is not None
    first.notebook.write_text(first.notebook.read_text().replace("sketch = ...", "sketch = mine"))
    work = first.notebook.read_bytes()
    learner("bo")
    second = start("component_sketch")
    assert second.outcome == "kept"
    assert second.notebook == first.notebook
    assert str(first.notebook) in second.message
    assert first.notebook.read_bytes() == work


def test_a_change_of_the_exercise_is_said_and_a_fresh_copy_offered(released, work: Path) -> None:
    learner("ana")
    old = start("component_sketch")
    assert "has changed" not in start("component_sketch").message
    changed = released.read()
    changed["cells"][0]["source"] = "# Exercise: another one"
    released.write(changed)
    told = start("component_sketch")
    assert "The exercise has changed since then" in told.message
    assert 'start("component_sketch", fresh=True)' in told.message
    fresh = start("component_sketch", fresh=True)
    assert fresh.notebook == work / "copy_2" / "component_sketch" / "component_sketch.ipynb"
    assert "nbgrader submit copy_2/component_sketch" in fresh.message
    assert source(notebook(fresh)["cells"][0]) == "# Exercise: another one"
    assert source(notebook(old)["cells"][0]) != "# Exercise: another one"
    assert start("component_sketch").notebook == fresh.notebook


def test_running_the_released_notebook_in_place_is_no_change_of_the_exercise(released) -> None:
    learner("ana")
    start("component_sketch")
    ran = released.read()
    for cell in ran["cells"]:
        if cell["cell_type"] == "code":
            cell.update(execution_count=1, outputs=[{"output_type": "stream", "name": "stdout", "text": "ran"}])
    released.write(ran)
    assert "has changed" not in start("component_sketch").message


def test_files_beside_the_notebook_come_along_and_are_not_overwritten(released, work: Path) -> None:
    (released.folder / "data").mkdir()
    (released.folder / "data" / "log.csv").write_bytes(b"minute,requests\r\n0,10\r\n")
    (released.folder / ".ipynb_checkpoints").mkdir()
    (released.folder / ".ipynb_checkpoints" / "old.ipynb").write_text("{}")
    learner("ana")
    start("component_sketch")
    copied = work / "component_sketch" / "data" / "log.csv"
    assert copied.read_bytes() == b"minute,requests\r\n0,10\r\n"
    assert not (work / "component_sketch" / ".ipynb_checkpoints").exists()
    copied.write_text("mine")
    (work / "component_sketch" / "component_sketch.ipynb").unlink()
    assert start("component_sketch").outcome == "copied"
    assert copied.read_text() == "mine"
    assert "has changed" not in start("component_sketch").message


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 3}', '{"metadata": [], "cells": []}', "no notebook"])
def test_a_damaged_copy_is_kept_and_said(content: str) -> None:
    learner("ana")
    first = start("component_sketch")
    assert first.notebook is not None
    first.notebook.write_text(content)
    second = start("component_sketch")
    assert second.outcome == "kept"
    assert "cannot be read" in second.message
    assert "fresh=True" in second.message
    assert first.notebook.read_text() == content


def test_copies_are_counted_in_their_order(work: Path) -> None:
    learner("ana")
    for _ in range(11):
        start("component_sketch", fresh=True)
    assert [copy.assignment for copy in copies("component_sketch")] == [
        "component_sketch",
        *(f"copy_{number}/component_sketch" for number in range(2, 12)),
    ]


def test_an_unknown_exercise_is_answered_with_the_nearest_name() -> None:
    learner("ana")
    refused = start("component_scetch")
    assert refused.outcome == "refused"
    assert "Did you mean 'component_sketch'?" in refused.message
    assert refused.notebook is None


@pytest.mark.parametrize("name", ["../component_sketch", "", 3, None, "component_sketch/component_sketch"])
def test_what_is_no_name_of_an_exercise_starts_nothing(name: object, work: Path) -> None:
    learner("ana")
    assert start(name).outcome == "refused"  # type: ignore[arg-type]
    assert [path.name for path in work.iterdir()] == ["learner.json"]


def test_without_a_learner_id_nothing_is_copied_and_it_is_said_how_to_give_one(work: Path) -> None:
    refused = start("component_sketch")
    assert refused.outcome == "refused"
    assert "archkit learner" in refused.message
    assert not work.exists()


def test_a_folder_that_cannot_be_written_is_said(work: Path) -> None:
    learner("ana")
    (work / "component_sketch").write_text("a file where the folder should be")
    refused = start("component_sketch")
    assert refused.outcome == "refused"
    assert "could not be copied" in refused.message


def test_a_damaged_release_is_said(released) -> None:
    learner("ana")
    released.path.write_text("{")
    refused = start("component_sketch")
    assert refused.outcome == "refused"
    assert "exercises/component_sketch is damaged" in refused.message


def test_a_notebook_shows_a_link_that_leads_from_its_folder_to_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHKIT_WORK", str(tmp_path / "my work"))
    (tmp_path / "modules").mkdir()
    monkeypatch.chdir(tmp_path / "modules")
    learner("ana")
    shown = start("component_sketch")._repr_markdown_()
    target = re.search(r"\]\((.*?)\)", shown)
    assert target is not None
    assert target[1] == "../my%20work/component_sketch/component_sketch.ipynb"


def test_every_released_exercise_can_be_started() -> None:
    learner("ana")
    assert released_exercises()
    for name in released_exercises():
        cells = notebook(start(name))["cells"]
        assert any(source(cell) == 'LEARNER_ID = "ana"' for cell in cells), f"{name} asks for no learner id"
