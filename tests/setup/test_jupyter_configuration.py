"""What JupyterLab offers to a learner and to an instructor, asked of the real server."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytestmark = pytest.mark.slow

TOKEN = "secret"


class Lab:
    """A running JupyterLab."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str) -> tuple[int, str]:
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"token {TOKEN}"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, ""

    def disabled_extensions(self) -> set[str]:
        page = self.get("lab")[1]
        found = re.search(r'<script id="jupyter-config-data" type="application/json">(.*?)</script>', page, re.DOTALL)
        assert found is not None
        return set(json.loads(found[1])["disabledExtensions"])

    def default_setting(self, plugin: str, name: str) -> Any:
        schema = json.loads(self.get(f"lab/api/settings/@jupyterlab/{plugin}")[1])["schema"]
        return schema["properties"][name]["default"]


@pytest.fixture(scope="module", params=["learner", "instructor"])
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def copied(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course's configuration and notebooks away from the checkout, as formgrader makes a gradebook when asked."""
    copy = tmp_path_factory.mktemp("course")
    for name in ("jupyter", "solutions", "exercises", "modules"):
        if (course / name).is_dir():
            shutil.copytree(course / name, copy / name)
    for name in ("nbgrader_config.py", "jupytext.toml"):
        shutil.copy(course / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def lab(
    role: str, copied: Path, loaded_bootstrap: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """JupyterLab as `make lab` and `make instructor` start it, for a user without any settings of their own."""
    home = tmp_path_factory.mktemp(role)
    command, variables = loaded_bootstrap.jupyterlab(role, loaded_bootstrap.Environment(copied))
    command = [sys.executable, *command[1:], "--no-browser", "--ServerApp.port=0"]
    # The copy has no environment of its own; nbgrader finds its programs beside this Python.
    variables["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), variables["PATH"]])
    variables |= {"HOME": str(home), "JUPYTER_RUNTIME_DIR": str(home / "runtime"), "JUPYTER_TOKEN": TOKEN}
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=copied, env=variables, stdout=log, stderr=log)
    try:
        while not (found := list((home / "runtime").glob("jpserver-*.json"))):
            assert process.poll() is None, (home / "log").read_text()
            time.sleep(0.1)
        yield Lab(json.loads(found[0].read_text())["url"])
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_formgrader_is_there_for_the_instructor_only(lab: Lab, role: str) -> None:
    status, page = lab.get("formgrader")
    assert status == {"learner": 404, "instructor": 200}[role]
    assert ("formgrader" in page.lower()) == (role == "instructor")


def test_formgrader_finds_the_course(lab: Lab, role: str, course: Path) -> None:
    if role == "instructor":
        status, listed = lab.get("formgrader/api/assignments")
        assert status == 200
        names = {assignment["name"] for assignment in json.loads(listed)}
        assert names >= {path.name for path in (course / "solutions").glob("*/")}


def test_the_validate_button_is_there_for_both(lab: Lab) -> None:
    assert not any("validate" in name for name in lab.disabled_extensions())
    assert lab.get("assignments/validate")[0] == 405  # there, and asks for a POST


def test_a_learner_sees_none_of_the_instructors_menus(lab: Lab, role: str) -> None:
    tools = {"@jupyter/nbgrader:formgrader", "@jupyter/nbgrader:create-assignment", "@jupyter/nbgrader:menu"}
    assert bool(tools & lab.disabled_extensions()) == (role == "learner")


def test_no_news_and_no_update_check_leave_the_machine(lab: Lab) -> None:
    assert lab.default_setting("apputils-extension:notification", "fetchNews") == "false"
    assert lab.default_setting("apputils-extension:notification", "checkForUpdates") is False


def test_the_theme_follows_the_system(lab: Lab) -> None:
    assert lab.default_setting("apputils-extension:themes", "adaptive-theme") is True


def test_the_learners_lab_opens_on_start_here(course: Path, loaded_bootstrap: ModuleType) -> None:
    command, variables = loaded_bootstrap.jupyterlab("learner", loaded_bootstrap.Environment(course))
    assert "--LabApp.default_url=/lab/tree/modules/0_start_here.ipynb" in command
    paths = variables["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert paths[:2] == [str(course / "jupyter" / "learner"), str(course)]
