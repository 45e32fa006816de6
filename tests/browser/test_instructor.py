"""An instructor's way: the demo class in formgrader, the manual task graded, and the feedback page that shows it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import FrameLocator, Page, Response, expect

from autograde.checks.component_sketch import AVERAGE_FOR_PEAK, INPUT_ONLY

if TYPE_CHECKING:
    from tests.browser.conftest import Lab, Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

EXERCISE = "component_sketch"
COMMENT = "The part and the load are right. When will it be full? Name the month."
# Two of the class's twelve: what is looked at here is one submission in a list, and each takes seconds to grade.
DEMO_OF_TWO = """
import sys
from autograde import demo

demo.LEARNERS = tuple(learner for learner in demo.LEARNERS if learner.id in ("amara", "chloe"))
sys.exit(demo.main())
"""


@pytest.fixture(scope="module")
def demo_class(course: Path, variables: dict[str, str]) -> Path:
    """Return the course with a demo class, built as `make demo` does it."""
    command = [sys.executable, "-c", DEMO_OF_TWO]
    done = subprocess.run(command, cwd=course, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return course


@pytest.fixture(scope="module")
def lab(demo_class: Path, start_lab: Callable[[str], Lab]) -> Lab:
    """Return JupyterLab as `make instructor` starts it, with the demo class graded."""
    return start_lab("instructor")


def test_an_instructor_grades_the_manual_task_and_the_feedback_page_shows_it(
    lab: Lab, visit: Callable[[], Visit]
) -> None:
    window = visit()
    formgrader = open_formgrader(window.page, lab)
    expect(formgrader.get_by_role("row", name=EXERCISE).get_by_role("link", name="2", exact=True)).to_be_visible()

    formgrader.get_by_role("link", name="Manual Grading").click()
    formgrader.locator(f"a[href$='/gradebook/{EXERCISE}']").click()  # the exercise
    formgrader.locator(f"a[href$='/gradebook/{EXERCISE}/{EXERCISE}']").click()  # its one notebook
    expect(formgrader.get_by_role("link", name="Submission #2")).to_be_visible()
    formgrader.get_by_role("button", name="Show All Names").click()
    row = formgrader.get_by_role("row", name="Marchand, Chloé")
    expect(row).to_contain_text("38 / 50")
    row.get_by_role("link").click()

    expect(formgrader.get_by_text(AVERAGE_FOR_PEAK.message)).to_be_visible()
    expect(formgrader.get_by_role("cell", name="names the part, the load and the month")).to_be_visible()
    with window.page.expect_response(saved("grade")):
        formgrader.locator("#brief").fill("7")
        formgrader.locator("#brief").blur()
    with window.page.expect_response(saved("comment")):
        formgrader.locator("#brief-comment").fill(COMMENT)
        formgrader.locator("#brief-comment").blur()

    formgrader = open_formgrader(window.page, lab)
    formgrader.get_by_role("row", name=EXERCISE).get_by_role("link", name="2", exact=True).click()
    row = formgrader.get_by_role("row", name="Marchand, Chloé")
    expect(row).to_contain_text("graded")
    expect(row).to_contain_text("45 / 50")
    row.locator(".generate-feedback").get_by_role("link").click()
    expect(formgrader.get_by_role("dialog")).to_contain_text("Successfully generated feedback")
    assert window.requests_elsewhere == []
    assert window.errors == []

    feedback = visit()
    page = feedback.page
    page.goto((lab.root / "class" / "feedback" / "chloe" / EXERCISE / f"{EXERCISE}.html").as_uri())
    expect(page.get_by_text("(Score: 45.0 / 50.0)")).to_be_visible()
    expect(page.get_by_text("Score: 7.0 / 9.0").last).to_be_visible()
    expect(page.get_by_text(COMMENT)).to_be_visible()
    for misconception in (AVERAGE_FOR_PEAK, INPUT_ONLY):
        expect(page.get_by_text(misconception.message)).to_be_visible()
    assert feedback.requests_elsewhere == []
    assert feedback.errors == []


def open_formgrader(page: Page, lab: Lab) -> FrameLocator:
    """Open formgrader from JupyterLab's menu, as an instructor does, and return its frame."""
    page.goto(f"{lab.url}lab?reset&token={lab.token}")
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name="Formgrader").click()
    return page.frame_locator("iframe[src*=formgrader]")


def saved(what: str) -> Callable[[Response], bool]:
    """Return a test for the server's word that it has written a grade or a comment to the gradebook."""
    return lambda response: f"/api/{what}/" in response.url and response.request.method == "PUT" and response.ok
