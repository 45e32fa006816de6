"""How far the learner has come: what is there, what was run, what was earned, what comes next."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from archkit.learner import learner, start
from archkit.progress import progress, record

Write = Callable[..., Path]


def checked(check: str, earned: float, points: float) -> None:
    outcome = "right" if earned == points else "wrong"
    record({"check": check, "outcome": outcome, "earned": earned, "findings": [{"points": points}]})


def test_an_empty_course_promises_nothing(course: Path) -> None:
    found = progress()
    assert found.modules == ()
    assert str(found) == "Next: everything that checks can see is done."


def test_modules_have_the_titles_and_the_order_of_their_folders(write_lesson: Write) -> None:
    for place in ("2_system_design/patterns", "0_start_here", "1_foundations/retrieval"):
        write_lesson(place, place)
    assert [module.title for module in progress().modules] == ["0 · Start here", "1 · Foundations", "2 · System design"]


def test_lessons_stand_in_the_order_in_which_they_need_each_other(write_lesson: Write) -> None:
    write_lesson("1_foundations/quality", "Quality", needs="Python and the first two lessons of this module")
    write_lesson("1_foundations/models", "Models", needs="Python and *Start here*")
    write_lesson("1_foundations/architecture", "Architecture", needs="the first lesson of this module")
    assert [lesson.title for lesson in progress().modules[0].lessons] == ["Models", "Architecture", "Quality"]


def test_a_lesson_is_as_far_as_its_saved_cells_and_done_with_its_self_check(write_lesson: Write) -> None:
    write_lesson("0_start_here", "Start here", cells=4, checks=("start_here.first",))
    (lesson,) = progress().modules[0].lessons
    assert (lesson.title, lesson.state) == ("Start here", "not opened")
    write_lesson("0_start_here", "Start here", cells=4, run=4, checks=("start_here.first",))
    (lesson,) = progress().modules[0].lessons
    assert (lesson.cells_run, lesson.cells, lesson.state) == (4, 4, "begun")
    checked("start_here.first", 1, 2)
    assert progress().modules[0].lessons[0].state == "begun"
    checked("start_here.first", 2, 2)
    assert progress().modules[0].lessons[0].state == "done"


def test_a_lesson_without_a_self_check_is_done_when_every_cell_has_run(write_lesson: Write) -> None:
    write_lesson("1_foundations/retrieval", "Retrieval", cells=3, run=2)
    assert progress().modules[0].lessons[0].state == "begun"
    write_lesson("1_foundations/retrieval", "Retrieval", cells=3, run=3)
    assert progress().modules[0].lessons[0].state == "done"


def test_an_exercise_stands_in_the_module_that_its_opening_names(write_lesson: Write, write_exercise: Write) -> None:
    write_lesson("1_foundations/retrieval", "Retrieval")
    write_lesson("2_system_design/patterns", "Patterns")
    write_exercise("architecture", "an architecture", "You need the lessons of modules 2 and 1.", {"state": 2})
    write_exercise("odd", "an odd one", "You need patience.", {"state": 2})
    assert [[exercise.name for exercise in module.exercises] for module in progress().modules] == [
        [],
        ["architecture"],
        ["odd"],
    ]
    assert progress().modules[-1].title == "Further exercises"


def test_points_are_those_of_the_tasks_and_grow_with_results(write_lesson: Write, write_exercise: Write) -> None:
    write_lesson("1_foundations/retrieval", "Retrieval")
    write_exercise("sketch", "a sketch", "You need the lessons of module 1.", {"load": 2, "data": 4})
    (exercise,) = progress().modules[0].exercises
    assert (exercise.title, exercise.points, exercise.by_hand, exercise.earned) == ("A sketch", 6, 5, 0)
    assert [task.title for task in exercise.tasks] == ["Task 1: the load", "Task 2: the data"]
    checked("sketch.load", 1, 2)
    checked("sketch.data", 3, 3)
    (exercise,) = progress().modules[0].exercises
    assert exercise.earned == 4
    assert [task.check for task in exercise.open_tasks] == ["sketch.load"]
    assert exercise.tasks[1].held_back == 1
    assert "1 of 2 tasks right, 4 of 6 points, 1 of the rest held back for grading" in str(progress())


def test_the_next_step_is_the_first_thing_that_is_not_done(write_lesson: Write, write_exercise: Write) -> None:
    lesson = write_lesson("1_foundations/retrieval", "Retrieval", cells=2, checks=("retrieval.measure",))
    write_exercise("sketch", "a sketch", "You need the lessons of module 1.", {"load": 2, "data": 4})
    assert (progress().next_step.advice, progress().next_step.notebook) == ("read the lesson “Retrieval”", lesson)
    write_lesson("1_foundations/retrieval", "Retrieval", cells=2, run=2, checks=("retrieval.measure",))
    assert progress().next_step.advice == "answer the self-check of “Retrieval”"
    checked("retrieval.measure", 1, 1)
    assert progress().next_step.advice == 'start the exercise “A sketch”: start("sketch")'
    learner("ana")
    copy = start("sketch").notebook
    assert (progress().next_step.advice, progress().next_step.notebook) == (
        "go on with “A sketch”, Task 1: the load",
        copy,
    )
    checked("sketch.load", 2, 2)
    assert progress().next_step.advice == "go on with “A sketch”, Task 2: the data"
    checked("sketch.data", 4, 4)
    assert progress().next_step.advice == "everything that checks can see is done"


@pytest.mark.parametrize("content", ["", "{", '{"cells": 1}', '{"cells": [{}]}', "[]"])
def test_a_lesson_that_cannot_be_read_hides_no_other(write_lesson: Write, content: str) -> None:
    write_lesson("1_foundations/broken", "Broken").write_text(content)
    write_lesson("1_foundations/retrieval", "Retrieval", cells=2, run=1)
    assert [lesson.title for lesson in progress().modules[0].lessons] == ["broken", "Retrieval"]
    assert "Retrieval: 1 of 2 cells run" in str(progress())


def test_the_picture_has_no_script_and_says_in_words_what_it_draws(write_lesson: Write, write_exercise: Write) -> None:
    write_lesson("1_foundations/retrieval", "Retrieval & <search>", cells=4, run=1)
    write_exercise("sketch", "a sketch", "You need the lessons of module 1.", {"load": 2, "data": 4})
    checked("sketch.load", 1, 2)
    picture = progress()._repr_html_()
    assert "<script" not in picture
    assert "<search>" not in picture
    assert not re.search(r"https?://", picture)
    for words in ("Retrieval &amp; &lt;search&gt;", "1 of 4 cells run", "0 of 2 tasks right, 1 of 6 points", "✗"):
        assert words in picture


def test_links_lead_from_the_folder_of_the_notebook_that_shows_them(
    write_lesson: Write, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lesson("1_foundations/retrieval", "Retrieval")
    monkeypatch.chdir(course / "modules")
    assert 'href="1_foundations/retrieval.ipynb"' in progress()._repr_html_()


def test_every_lesson_of_the_course_says_how_many_of_its_module_it_needs() -> None:
    for module in progress().modules:
        places = [lesson.needs for lesson in module.lessons]
        assert len(set(places)) == len(places), (
            f"In {module.title}, lessons have the same place: {[(x.notebook.name, x.needs) for x in module.lessons]}. "
            "The first cell of a lesson says it: **You need** ... the first two lessons of this module."
        )


def test_the_course_itself_is_surveyed_and_every_exercise_has_its_module() -> None:
    found = progress()
    assert found.modules[0].title == "0 · Start here"
    assert "Further exercises" not in {module.title for module in found.modules}
    exercises = [exercise for module in found.modules for exercise in module.exercises]
    root = Path(__file__).resolve().parents[3]
    for exercise in exercises:
        graded = json.loads((root / "exercises" / exercise.name / f"{exercise.name}.ipynb").read_text())["cells"]
        points = sum(cell["metadata"].get("nbgrader", {}).get("points", 0) for cell in graded)
        assert exercise.points + exercise.by_hand == points
        assert all(task.title.startswith("Task ") and "(" not in task.title for task in exercise.tasks)
