"""A learner's way: Start here, a lesson, an exercise with a wrong and then a right answer, and nbgrader's Validate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from autograde.checks.component_sketch import AVERAGE_FOR_PEAK
from autograde.demo import SimulatedLearner, submission

if TYPE_CHECKING:
    from tests.browser.conftest import Lab, Notebook, Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

EXERCISE = "component_sketch"
PEAK_LOAD = 'check("component_sketch.peak_load")'
AVERAGE = "average_requests_per_second = case.traffic.requests_per_month / (30 * 24 * 3600)\n"
AVERAGE_AGAIN = AVERAGE + "peak_requests_per_second = average_requests_per_second"
PEAK = AVERAGE + "peak_requests_per_second = average_requests_per_second * case.traffic.peak_to_average"
# The rules that the law asks for in most places: WCAG 2.1, levels A and AA.
ACCESSIBILITY = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


@pytest.fixture(scope="module")
def server(start_lab: Callable[[str], Lab]) -> Lab:
    """Return JupyterLab as `make lab` starts it."""
    return start_lab("learner")


@pytest.fixture
def lab(server: Lab) -> Iterator[Lab]:
    yield server
    server.stop_kernels()


def worked_copy(course: Path, folder: str, changes: dict[str, str]) -> str:
    """Put an exercise into work/ with every task solved, except for the cells in `changes`, and return its path.

    Args:
        course: the copy of the course.
        folder: where in work/.
        changes: the code of cells by their nbgrader id; an empty one leaves the cell as it was released.
    """
    release = course / "exercises" / EXERCISE / f"{EXERCISE}.ipynb"
    untouched = {cell.metadata.nbgrader.grade_id: cell.source for cell in _graded_cells(nbformat.read(release, 4))}
    notebook = submission(SimulatedLearner("amara", ("Amara", "Okafor"), "all right"), release)
    for cell in _graded_cells(notebook):
        cell_id = cell.metadata.nbgrader.grade_id
        if cell_id in changes:
            cell.source = changes[cell_id] or untouched[cell_id]
    path = course / "work" / folder / f"{EXERCISE}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    return path.relative_to(course).as_posix()


def _graded_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if "nbgrader" in cell.metadata]


def assert_nothing_went_wrong(window: Visit) -> None:
    """No request left this machine, no script reported an error, and no prose was taken for a formula."""
    assert window.requests_elsewhere == []
    assert window.errors == []
    # These notebooks have no formulas. Two dollar signs in one paragraph make one of the text between them.
    assert window.page.locator("mjx-container").all_inner_texts() == []


def test_start_here_leads_a_new_learner_to_an_exercise_of_their_own(
    lab: Lab, visit: Callable[[], Visit], open_notebook: Callable[..., Notebook]
) -> None:
    window = visit()
    notebook = open_notebook(window, lab)
    notebook.write(notebook.cell("LEARNER_ID = ..."), 'LEARNER_ID = "amara"')
    notebook.run_everything()
    expect(notebook.panel.locator(".jp-RenderedMermaid img").first).to_be_visible()
    expect(notebook.panel.get_by_role("group", name="Three first decisions")).to_contain_text("Not attempted")
    assert_nothing_went_wrong(window)

    started = notebook.cell(f'start("{EXERCISE}")')
    started.get_by_role("link", name=f"Open {EXERCISE}").click()
    notebook.wait_until_ready(f"work/{EXERCISE}/{EXERCISE}.ipynb")
    notebook.cell('LEARNER_ID = "amara"')
    assert_nothing_went_wrong(window)


def test_the_retrieval_lesson_runs_and_shows_its_figures(
    lab: Lab, visit: Callable[[], Visit], open_notebook: Callable[..., Notebook]
) -> None:
    window = visit()
    notebook = open_notebook(window, lab, "modules/1_foundations/retrieval.ipynb")
    notebook.run_everything()

    figures = notebook.panel.locator(".js-plotly-plot")
    assert figures.count() >= 2
    for figure in figures.all():
        figure.scroll_into_view_if_needed()
        expect(figure.locator(".scatterlayer .trace").first).to_be_visible()
    expect(notebook.panel.locator(".jp-RenderedMermaid img").first).to_be_visible()
    assert_nothing_went_wrong(window)


def test_a_wrong_answer_is_named_then_the_right_one_earns_its_points_and_validate_agrees(
    lab: Lab, course: Path, visit: Callable[[], Visit], open_notebook: Callable[..., Notebook]
) -> None:
    window = visit()
    notebook = open_notebook(window, lab, worked_copy(course, "one_task_left", {"peak_load": ""}))
    notebook.run_everything()
    answer, check = notebook.cell("peak_requests_per_second = ..."), notebook.cell(PEAK_LOAD)
    card = check.get_by_role("group", name="Requests per second")  # each further detail is a group without a name
    expect(card).to_contain_text("Not attempted")

    notebook.write(answer, AVERAGE_AGAIN)
    notebook.run(answer)
    notebook.run(check)
    expect(card).to_contain_text("Partly right · 1 of 2 points")
    expect(card).to_contain_text(AVERAGE_FOR_PEAK.message)
    said = notebook.validate()
    assert "Partly right, 1 of 2 points" in said
    assert AVERAGE_FOR_PEAK.message in " ".join(said.split())
    assert said.count("The following cell failed") == 1

    notebook.write(answer, PEAK)
    notebook.run(answer)
    notebook.run(check)
    expect(card).to_contain_text("Right · 2 of 2 points")
    assert "Your notebook passes all the tests" in notebook.validate()
    assert_nothing_went_wrong(window)


def test_cards_and_brief_are_accessible_in_both_themes(
    lab: Lab, course: Path, visit: Callable[[], Visit], open_notebook: Callable[..., Notebook]
) -> None:
    mistakes = {"peak_load": AVERAGE_AGAIN, "token_cost": "", "answer_time": "answer_ms = float('nan')"}
    window = visit()
    notebook = open_notebook(window, lab, worked_copy(course, "every_outcome", mistakes))
    notebook.run_everything()
    for outcome in ("Right", "Partly right", "Error", "Not attempted"):
        expect(notebook.panel.get_by_role("group", name=f": {outcome}, ").first).to_be_visible()
    window.page.evaluate("() => document.querySelectorAll('details').forEach(details => details.open = true)")

    for theme in ("light", "dark"):
        window.page.emulate_media(color_scheme="light" if theme == "light" else "dark")
        expect(window.page.locator("body")).to_have_attribute("data-jp-theme-light", str(theme == "light").lower())
        for shown in ("[role=group]", "section[aria-label]", ".jp-RenderedHTMLCommon:has(svg)"):
            assert (
                accessibility_problems(window.page, f".jp-OutputArea-output {shown}, {shown}.jp-OutputArea-output")
                == []
            )
    assert_nothing_went_wrong(window)


def accessibility_problems(page: Page, shown: str) -> list[str]:
    """Return what axe-core finds wrong in the parts of a page that a CSS selector names."""
    found = Axe().run(page, context=shown, options=ACCESSIBILITY).response
    assert found["passes"], f"axe-core found nothing to look at in {shown}"
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found["violations"] for node in rule["nodes"]]
