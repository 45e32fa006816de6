"""A small class graded by nbgrader itself on a real gradebook: released, submitted, autograded, given feedback."""

import copy
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from archkit.course import course_root
from autograde.build import course_config
from autograde.demo import SimulatedLearner, submission
from autograde.record import RESULT_MIME_TYPE, recorded_results

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]

EXERCISE = "component_sketch"
POINTS = 41
NAMES = ("Some", "Body")


@dataclass(frozen=True)
class Graded:
    """What became of one submission."""

    success: bool
    log: str
    points: dict[str, float | None]
    notebook: NotebookNode | None
    feedback: str

    @property
    def results(self) -> dict[str, dict[str, Any]]:
        return {result["check"].partition(".")[2]: result for result in recorded_results(self.notebook)}


def solved(who: str, **changed: Any) -> SimulatedLearner:
    return SimulatedLearner(who, NAMES, "", **changed)


def attacker(release: Path) -> NotebookNode:
    """All answers right but three, and everything an attacker can do to a notebook's file."""
    notebook = submission(
        solved(
            "attacker",
            code={
                # A later answer is worked out with it; only the grader's calls end the process.
                "headroom": "right = utilisation\ndef utilisation(rate):\n    import os\n"
                "    return right(rate) if rate == 1.0 else os._exit(1)",
                "data_contract": "def violations(document):\n    while True: pass",
                "peak_load": "average_requests_per_second = peak_requests_per_second = 1.5",
            },
        ),
        release,
    )
    points = {"text/plain": "2", RESULT_MIME_TYPE: {"check": "component_sketch.peak_load", "earned": 2, "points": 2}}
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "check-peak_load":
            cell.source = "2"
            cell.metadata.nbgrader.points = 1_000
            cell.metadata.nbgrader.locked = False
        if cell.cell_type == "code":
            cell.outputs = [new_output("execute_result", data=points)]
    notebook.cells.insert(8, new_code_cell("import os\nos._exit(2)"))
    notebook.cells.insert(
        8, new_code_cell(f"class R:\n    def _repr_mimebundle_(self, **k):\n        return {points!r}\nR()")
    )
    return notebook


def untidy(release: Path) -> NotebookNode:
    """All answers right, in a notebook whose cells were copied, deleted, moved and edited by somebody in a hurry."""
    notebook = submission(solved("untidy"), release)
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
    copies = [copy.deepcopy(cells[name]) for name in ("storage", "check-storage", "check-components")]
    for number, cell in enumerate(copies):
        cell.id = f"copy-{number}"
    made_up = copy.deepcopy(cells["check-peak_load"])
    made_up.metadata.nbgrader.update(grade_id="made_up", points=1_000)
    made_up.update(id="made-up", source="1000")
    cells["check-token_cost"].metadata.nbgrader.update(grade=False, solution=True, locked=False)
    del cells["check-headroom"].metadata.nbgrader["points"]
    cells["check-answer_time"].metadata.nbgrader = "lost"
    notebook.cells = [*notebook.cells, *copies, made_up]
    notebook.cells.remove(cells["check-dependencies"])
    notebook.cells.remove(cells["brief"])
    return notebook


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A course of its own, in which nbgrader's commands work as an instructor calls them."""
    root = tmp_path_factory.mktemp("course")
    shutil.copy(course_root() / "nbgrader_config.py", root)
    for folder in ("solutions", "exercises"):
        shutil.copytree(course_root() / folder / EXERCISE, root / folder / EXERCISE)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
        yield root


@pytest.fixture(scope="module")
def handed_in(course: Path) -> dict[str, str]:
    release = course / "exercises" / EXERCISE / f"{EXERCISE}.ipynb"
    blank = release.read_text(encoding="utf-8")
    notebooks = {
        "solver": submission(solved("solver"), release),
        "mistaken": submission(solved("mistaken", wrong=(("peak_load", "average_for_peak"),)), release),
        "copier": submission(solved("copier", works_as="solver"), release),
        "attacker": attacker(release),
        "untidy": untidy(release),
    }
    texts = {name: nbformat.writes(notebook) for name, notebook in notebooks.items()}
    return {"damaged": blank[: len(blank) // 2], "blank": blank, **texts}


@pytest.fixture(scope="module")
def graded(course: Path, handed_in: dict[str, str]) -> dict[str, Graded]:
    from nbgrader.api import Gradebook
    from nbgrader.apps import NbGraderAPI

    config = course_config(course)
    api = NbGraderAPI(config=config)
    assert api.generate_assignment(EXERCISE)["success"]
    outcomes = {}
    for who, text in handed_in.items():
        folder = course / "class" / "submitted" / who / EXERCISE
        folder.mkdir(parents=True)
        (folder / f"{EXERCISE}.ipynb").write_text(text, encoding="utf-8")
        outcomes[who] = api.autograde(EXERCISE, who)
        if who in ("mistaken", "blank"):
            assert api.generate_feedback(EXERCISE, who)["success"]
    found = {}
    with Gradebook(config.CourseDirectory.db_url, config.CourseDirectory.course_id) as gradebook:
        for who, outcome in outcomes.items():
            (notebook,) = gradebook.find_submission(EXERCISE, who).notebooks
            path = course / "class" / "autograded" / who / EXERCISE / f"{EXERCISE}.ipynb"
            feedback = course / "class" / "feedback" / who / EXERCISE / f"{EXERCISE}.html"
            found[who] = Graded(
                outcome["success"],
                f"{outcome.get('log')}{outcome.get('error')}",
                {grade.name.removeprefix("check-"): grade.auto_score for grade in notebook.grades},
                nbformat.read(path, as_version=4) if path.is_file() else None,
                feedback.read_text(encoding="utf-8") if feedback.is_file() else "",
            )
    return found


def test_the_solution_earns_all_41_points_and_waits_for_a_person_to_grade_the_brief(graded: dict[str, Graded]) -> None:
    points = dict(graded["solver"].points)
    assert points.pop("brief") is None
    assert sum(points.values()) == POINTS
    assert all(result["outcome"] == "right" for result in graded["solver"].results.values())


def test_a_blank_notebook_earns_nothing_and_every_task_is_not_attempted(graded: dict[str, Graded]) -> None:
    assert set(graded["blank"].points.values()) == {0}
    assert {result["outcome"] for result in graded["blank"].results.values()} == {"not attempted"}
    assert "Write your learner id" not in graded["blank"].feedback, "the submitter is known"


def test_a_file_that_is_no_notebook_costs_nobody_else_anything_and_is_explained(graded: dict[str, Graded]) -> None:
    damaged = graded["damaged"]
    assert not damaged.success
    assert f"{EXERCISE} of damaged was not graded: {EXERCISE}.ipynb is not JSON" in damaged.log
    assert [who for who, outcome in graded.items() if not outcome.success] == ["damaged"]


def test_a_wrong_answer_costs_its_own_points_and_its_misconception_is_recorded(graded: dict[str, Graded]) -> None:
    mistaken = graded["mistaken"]
    assert mistaken.points["peak_load"] == 1
    assert sum(filter(None, mistaken.points.values())) == POINTS - 1
    assert mistaken.results["peak_load"]["misconceptions"] == ["average_for_peak"]


def test_answers_to_anothers_case_earn_less_than_half_and_the_card_says_whose_they_are(
    graded: dict[str, Graded],
) -> None:
    copier = graded["copier"]
    assert sum(filter(None, copier.points.values())) < POINTS / 2
    assert all("worked with the learner id 'solver'" in result["notice"] for result in copier.results.values())


def test_an_attack_costs_the_attackers_own_points_only_and_earns_none(graded: dict[str, Graded]) -> None:
    attack = graded["attacker"]
    lost = {"peak_load": 0, "headroom": 0, "data_contract": 0}
    assert {task: attack.points[task] for task in lost} == lost
    assert sum(filter(None, attack.points.values())) == POINTS - 2 - 4 - 4
    assert attack.results["peak_load"]["earned"] == 0
    assert set(attack.results) == set(graded["solver"].results)
    assert attack.notebook is not None
    (cell,) = [c for c in attack.notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "check-peak_load"]
    assert cell.source == 'check("component_sketch.peak_load")', "nbgrader restored the cell"
    assert cell.metadata.nbgrader.points == 2


def test_copied_deleted_and_edited_cells_cost_nothing_where_the_answers_are_right(graded: dict[str, Graded]) -> None:
    points = dict(graded["untidy"].points)
    assert points.pop("brief") is None, "a deleted task for a person still waits for a person"
    assert sum(points.values()) == POINTS
    assert "Cell 'check-storage' was copied" in graded["untidy"].log
    assert "Cell 'check-dependencies' was deleted" in graded["untidy"].log


def test_the_feedback_shows_the_cards_without_script_and_without_what_was_held_back(graded: dict[str, Graded]) -> None:
    feedback = graded["mistaken"].feedback
    assert "This is the average again." in feedback
    cards = re.findall(r"<div [^>]*role=\"group\".*?(?=<div class=|$)", feedback, re.DOTALL)
    assert len(cards) == 11
    assert all(re.search(r'aria-label="[^"]+: (Partly r|R)ight, \d', card) for card in cards)
    assert not any("<script" in card for card in cards)
    assert "On cases you had not seen: 2 of 2 points." in feedback
    assert "An extra field is nobody" not in feedback and "1234.5" not in feedback


def test_the_graded_notebooks_are_valid_and_hold_only_what_can_be_saved(graded: dict[str, Graded]) -> None:
    for outcome in graded.values():
        if outcome.notebook is not None:
            nbformat.validate(outcome.notebook)
            assert all(cell.id for cell in outcome.notebook.cells)
            json.dumps(outcome.notebook, ensure_ascii=False).encode()


# --- nbgrader's Validate, which a learner uses before handing in -----------------------------------------------------


@pytest.mark.parametrize("who", ["solver", "mistaken", "blank"])
def test_validate_agrees_with_the_cards(who: str, handed_in: dict[str, str], tmp_path: Path) -> None:
    from nbgrader.validator import Validator

    path = tmp_path / f"{EXERCISE}.ipynb"
    path.write_text(handed_in[who], encoding="utf-8")
    failed = {cell["source"]: cell["raw_error"] for cell in Validator().validate(str(path)).get("failed", [])}
    if who == "solver":
        assert not failed
    elif who == "mistaken":
        (error,) = failed.values()
        assert "Requests per second, average and peak: Partly right, 1 of 2 points" in error
        assert "This is the average again." in error
    else:
        checks = {source: error for source, error in failed.items() if source.startswith("check(")}
        assert len(checks) == 11
        assert all("Not attempted" in error for error in checks.values())
        assert all("Write your learner id, in quotes" in error for error in checks.values())
