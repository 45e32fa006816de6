"""A class of 12 simulated learners, released, graded and given feedback with nbgrader: `make demo`.

The learners' answers are the solution with named wrong answers from `tests/wrong_answers/` in it. It shows an
instructor what a graded class looks like, and gives the browser tests something to look at.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archkit.course import course_root
from autograde.proof.exercise import wrong_answers_of
from autograde.proof.solution import answer_cell, solution_cells
from autograde.record import recorded_results
from autograde.submitted_notebook import why_unreadable

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["LEARNERS", "DemoRefused", "SimulatedLearner", "build_demo", "main", "submission"]

EXERCISE = "component_sketch"
ENDLESS = "def utilisation(requests_per_second):\n    while True:\n        pass"
PROSE = (
    "The {part} is full first, at {rate:.1f} requests a second. I would raise its limit before I change anything "
    "else, because every other part carries more. The conversations hold personal data: their retention must be "
    "settled first."
)


class DemoRefused(Exception):
    """The demo would touch a class that is not its own."""


@dataclass(frozen=True)
class SimulatedLearner:
    """One learner of the demo class.

    Attributes:
        id: the learner's id, also the name of the submission's folder.
        name: first and last name.
        story: what the submission is, in a few words for the score table.
        wrong: named wrong answers, as (task, name).
        code: further code for a task's cell.
        tasks: how many of the exercise's answer cells are filled in; None for all.
        works_as: the learner id that the notebook states, where it is not the learner's own.
        damaged: whether the file was cut off in the middle.
    """

    id: str
    name: tuple[str, str]
    story: str
    wrong: tuple[tuple[str, str], ...] = ()
    code: dict[str, str] = field(default_factory=dict)
    tasks: int | None = None
    works_as: str | None = None
    damaged: bool = False


LEARNERS = (
    SimulatedLearner("amara", ("Amara", "Okafor"), "all right"),
    SimulatedLearner(
        "bruno",
        ("Bruno", "Castelli"),
        "all right, rounded to whole numbers where that is close enough",
        code={
            "token_cost": "monthly_cost_usd = round(monthly_cost_usd)",
            "answer_time": "answer_ms = round(answer_ms)",
        },
    ),
    SimulatedLearner(
        "chloe",
        ("Chloé", "Marchand"),
        "takes the average for the peak, forgets the output tokens",
        wrong=(("peak_load", "average_for_peak"), ("token_cost", "input_only")),
    ),
    SimulatedLearner(
        "dmitri",
        ("Dmitri", "Volkov"),
        "spreads a month over a day, one vector a document, smallest number breaks first",
        wrong=(("peak_load", "day_for_month"), ("storage", "vector_per_document"), ("breaks_first", "smallest_number")),
    ),
    SimulatedLearner(
        "esi",
        ("Esi", "Mensah"),
        "forgets the copies, needs everything, adds what runs in parallel",
        wrong=(
            ("storage", "copies_forgotten"),
            ("dependencies", "everything_needed"),
            ("answer_time", "parallel_added"),
        ),
    ),
    SimulatedLearner(
        "farid",
        ("Farid", "Haddad"),
        "lets the client call the model, owns no store",
        wrong=(("components", "client_calls_model"), ("data_homes", "nobody_owns")),
    ),
    SimulatedLearner(
        "greta",
        ("Greta", "Lindqvist"),
        "returns percentages, reports only the first fault, calls feasible what does not pay",
        wrong=(("headroom", "percent"), ("data_contract", "first_only"), ("feasibility", "can_so_feasible")),
    ),
    SimulatedLearner(
        "hugo",
        ("Hugo", "Brandt"),
        "an endless loop, and a cost that is not a number",
        code={"headroom": ENDLESS, "token_cost": "monthly_cost_usd = float('nan')"},
    ),
    SimulatedLearner("ines", ("Inês", "Carvalho"), "did the first seven tasks", tasks=6),
    SimulatedLearner("jonas", ("Jonas", "Weber"), "handed it in blank", tasks=0),
    SimulatedLearner("kemi", ("Kemi", "Adeyemi"), "worked on Amara's case", works_as="amara"),
    SimulatedLearner("luca", ("Luca", "Romano"), "the file was cut off while it was saved", damaged=True),
)


def submission(learner: SimulatedLearner, release: Path) -> NotebookNode:
    """Fill in a released notebook as one simulated learner would.

    Args:
        learner: who.
        release: the notebook that learners get.
    """
    import nbformat

    notebook: NotebookNode = nbformat.read(release, as_version=4)
    solutions = {cell: _without_markers(source) for cell, source in solution_cells(EXERCISE)}
    changes = dict(learner.code)
    for wrong in wrong_answers_of(EXERCISE):
        if (wrong.task, wrong.name) in learner.wrong:
            cell_id = answer_cell(EXERCISE, wrong.task)
            changes[cell_id] = "\n".join(filter(None, [changes.get(cell_id), wrong.code]))
    filled = 0
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if not about.get("solution"):
            continue
        cell_id = about["grade_id"]
        if cell_id == "learner":
            cell.source = f"LEARNER_ID = {learner.works_as or learner.id!r}"
            continue
        filled += 1
        if learner.tasks is not None and filled > learner.tasks:
            continue
        if cell.cell_type == "markdown":
            cell.source = _prose(learner)
        else:
            cell.source = "\n".join(filter(None, [solutions[cell_id], changes.get(cell_id)]))
    return notebook


def _without_markers(source: str) -> str:
    """A solution as a learner would have written it, without nbgrader's marks around it and the dots before it."""
    lines = [line for line in source.splitlines() if not line.startswith("### ") and not line.endswith(" = ...")]
    return "\n".join(lines)


def _prose(learner: SimulatedLearner) -> str:
    from archkit.case import Case
    from autograde.checks.component_sketch import first_to_break

    part, rate = first_to_break(Case.for_learner(learner.works_as or learner.id))
    return PROSE.format(part=part, rate=rate)


def build_demo(root: Path) -> list[dict[str, Any]]:
    """Build, release, grade and give feedback to the demo class in a course folder.

    Args:
        root: a folder with nbgrader_config.py, solutions/ and exercises/.

    Returns:
        One row for each learner, for the score table.

    Raises:
        DemoRefused: if the folder's class has submissions of anybody else.
    """
    from nbgrader.api import Gradebook
    from nbgrader.apps import NbGraderAPI
    from sqlalchemy.exc import SAWarning
    from tqdm import tqdm

    from autograde.build import course_config

    config = course_config(root)
    _refuse_real_class(root)
    # nbgrader 0.9.6 opens its gradebook in a way that SQLAlchemy 2.1 warns of; it changes nothing here.
    warnings.filterwarnings("ignore", category=SAWarning)
    with _at(root):
        api = NbGraderAPI(config=config)
        _succeed("generate", api.generate_assignment(EXERCISE))
        if sys.platform != "win32":  # nbgrader's exchange does not run on Windows
            _succeed("release", api.release_assignment(EXERCISE))
        rows = []
        for learner in LEARNERS:
            _hand_in(learner, root)
        with tqdm(LEARNERS, desc="Grading", unit="submission") as bar:
            for learner in bar:
                bar.set_postfix_str(learner.id)
                path = root / "class" / "submitted" / learner.id / EXERCISE / f"{EXERCISE}.ipynb"
                unreadable = why_unreadable(path)
                graded = api.autograde(EXERCISE, learner.id)
                if graded["success"]:
                    _succeed("feedback", api.generate_feedback(EXERCISE, learner.id))
                elif unreadable is None:
                    raise RuntimeError(f"The submission of {learner.id} could not be graded:\n{graded.get('error')}")
                rows.append(_row(learner, root, unreadable))
        with Gradebook(config.CourseDirectory.db_url, config.CourseDirectory.course_id) as gradebook:
            for learner, row in zip(LEARNERS, rows, strict=True):
                first, last = learner.name
                gradebook.update_or_create_student(learner.id, first_name=first, last_name=last)
                found = gradebook.find_submission(EXERCISE, learner.id)
                row.update(score=found.score, possible=found.max_score, by_hand=found.needs_manual_grade)
    return rows


def _refuse_real_class(root: Path) -> None:
    submitted = root / "class" / "submitted"
    others = (
        {p.name for p in submitted.iterdir()} - {learner.id for learner in LEARNERS} if submitted.is_dir() else set()
    )
    if others:
        raise DemoRefused(
            f"{submitted} holds submissions of {', '.join(sorted(others)[:5])}, so this is a real class, and the demo "
            "leaves it alone. Build the demo elsewhere: `autograde demo --folder some/new/folder`."
        )


def _hand_in(learner: SimulatedLearner, root: Path) -> None:
    import nbformat

    folder = root / "class" / "submitted" / learner.id / EXERCISE
    folder.mkdir(parents=True, exist_ok=True)
    text = nbformat.writes(submission(learner, root / "exercises" / EXERCISE / f"{EXERCISE}.ipynb"))
    if learner.damaged:
        text = text[: len(text) // 2]
    (folder / f"{EXERCISE}.ipynb").write_text(text, encoding="utf-8")
    (folder / "timestamp.txt").write_text("2026-11-20 18:00:00 UTC", encoding="utf-8")


def _row(learner: SimulatedLearner, root: Path, unreadable: str | None) -> dict[str, Any]:
    import nbformat

    row: dict[str, Any] = {
        "learner": learner.id,
        "story": learner.story,
        "said": unreadable or "",
        "unreadable": unreadable is not None,
    }
    path = root / "class" / "autograded" / learner.id / EXERCISE / f"{EXERCISE}.ipynb"
    if unreadable is None:
        results = recorded_results(nbformat.read(path, as_version=4))
        names = dict.fromkeys(name for result in results for name in result["misconceptions"])
        messages = dict.fromkeys(
            finding["message"]
            for result in results
            for finding in result["findings"]
            if finding["outcome"] == "error" and finding["message"]
        )
        notices = dict.fromkeys(result["notice"] for result in results if result["notice"])
        row["said"] = "; ".join([*notices, *names, *messages])
    return row


def _succeed(step: str, result: dict[str, Any]) -> None:
    if not result["success"]:
        raise RuntimeError(f"nbgrader could not {step} {EXERCISE}:\n{result.get('error') or result.get('log')}")


@contextmanager
def _at(folder: Path) -> Iterator[None]:
    """Work in the course's folder, with this Python's programs on PATH: nbgrader calls alembic by its name."""
    before, path = Path.cwd(), os.environ.get("PATH", "")
    os.chdir(folder)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), path])
    try:
        yield
    finally:
        os.chdir(before)
        os.environ["PATH"] = path


def _course_at(folder: Path) -> Path:
    """Make a folder into a course of its own, for a demo beside a real class."""
    root = course_root()
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(root / "nbgrader_config.py", folder)
    for name in ("solutions", "exercises"):
        shutil.copytree(root / name, folder / name, dirs_exist_ok=True)
    return folder


def main(folder: str | None = None) -> int:
    """Build the demo class, print its score table and where to look; return the exit status."""
    root = course_root() if folder is None else _course_at(Path(folder).resolve())
    print(f"Building a class of {len(LEARNERS)} simulated learners in {root / 'class'}")
    try:
        rows = build_demo(root)
    except DemoRefused as refused:
        print(refused, file=sys.stderr)
        return 1
    print(f"\n{'learner':9}{'score':>11}  {'to mark':8}what the learner did")
    for row in rows:
        score = "not graded" if row["unreadable"] else f"{row['score']:g} of {row['possible']:g}"
        print(f"{row['learner']:9}{score:>11}  {'by hand' if row['by_hand'] else '':8}{row['story']}")
        if row["said"]:
            print(textwrap.indent(textwrap.fill(row["said"], 88), " " * 30))
    print(
        f"\nEverybody's manual task waits for a person. Look at the class:\n"
        f"  make instructor                          JupyterLab with formgrader\n"
        f"  {root / 'class' / 'feedback' / 'chloe' / EXERCISE / f'{EXERCISE}.html'}\n"
        f"                                           what Chloé gets to read"
    )
    return 0
