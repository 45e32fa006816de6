"""What JupyterLab saves flows back to the text, through the real server with the learner's configuration."""

import difflib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograde.build import build

COURSE = Path(__file__).resolve().parents[2]
LESSON = "modules/1_foundations/volume.ipynb"
TEXT = "markdown/1_foundations/volume.md"
# What JupyterLab puts into a notebook once its kernel has started.
LANGUAGE_INFO = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": "3.11.2",
}


class Contents:
    """The server's contents API, as JupyterLab uses it."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.url}api/contents/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def open(self, path: str) -> Any:
        return self._call("GET", f"{path}?type=notebook&content=1")["content"]

    def save(self, path: str, notebook: Any) -> None:
        self._call("PUT", path, {"type": "notebook", "format": "json", "content": notebook})


@pytest.fixture(scope="module")
def server(served_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contents]:
    home = tmp_path_factory.mktemp("home")
    served_folder.mkdir()
    environment = {
        **os.environ,
        "HOME": str(home),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTER_CONFIG_PATH": os.pathsep.join([str(COURSE / "jupyter" / "learner"), str(served_folder)]),
        "JUPYTER_TOKEN": "secret",
    }
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ServerApp.port=0"]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=served_folder, env=environment, stdout=log, stderr=log)
    try:
        while not (found := list((home / "runtime").glob("jpserver-*.json"))):
            assert server.poll() is None, (home / "log").read_text()
            time.sleep(0.1)
        yield Contents(json.loads(found[0].read_text())["url"], "secret")
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def jupyter(server: Contents, served_course: Path) -> Contents:
    return server


def run_and_save(jupyter: Contents, edit: str | None = None) -> None:
    """Open the lesson, run it as JupyterLab would, change a cell when asked to, and save."""
    notebook = jupyter.open(LESSON)
    notebook["metadata"]["language_info"] = LANGUAGE_INFO
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, start=1):
        cell["execution_count"] = number
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "600\n"}]
        cell["metadata"]["execution"] = {"iopub.status.busy": "2026-11-22T10:00:00Z"}
    if edit is not None:
        code[0]["source"] = edit
    jupyter.save(LESSON, notebook)


def test_running_and_saving_a_lesson_leaves_its_text_alone(jupyter: Contents, served_course: Path) -> None:
    before = (served_course / TEXT).read_bytes()
    run_and_save(jupyter)
    assert "600" in (served_course / LESSON).read_text(encoding="utf-8")
    assert (served_course / TEXT).read_bytes() == before


def test_an_edit_in_jupyterlab_reaches_the_text_and_nothing_else_changes(
    jupyter: Contents, served_course: Path
) -> None:
    before = (served_course / TEXT).read_text(encoding="utf-8").splitlines()
    run_and_save(jupyter, edit="requests = 12\nrequests * 60")
    after = (served_course / TEXT).read_text(encoding="utf-8").splitlines()
    difference = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
    assert difference == ["- requests = 10", "+ requests = 12"]


def test_saving_an_edit_keeps_every_cell_id(jupyter: Contents, served_course: Path) -> None:
    before = [cell["id"] for cell in jupyter.open(LESSON)["cells"]]
    run_and_save(jupyter, edit="requests = 12\nrequests * 60")
    assert [cell["id"] for cell in jupyter.open(LESSON)["cells"]] == before
    assert [cell["id"] for cell in json.loads((served_course / LESSON).read_text())["cells"]] == before


def test_the_build_after_an_edit_keeps_the_text_and_drops_the_outputs(jupyter: Contents, served_course: Path) -> None:
    run_and_save(jupyter, edit="requests = 12\nrequests * 60")
    assert [(str(change.path), change.kind) for change in build(served_course)] == [(LESSON, "written")]
    notebook = json.loads((served_course / LESSON).read_text())
    assert notebook["cells"][1]["source"] == ["requests = 12\n", "requests * 60"]
    assert notebook["cells"][1]["outputs"] == []


def test_saving_a_solution_reaches_its_text_with_the_nbgrader_settings(jupyter: Contents, served_course: Path) -> None:
    text = served_course / "markdown/exercises/volume/volume.md"
    before = text.read_text(encoding="utf-8")
    notebook = jupyter.open("solutions/volume/volume.ipynb")
    notebook["metadata"]["language_info"] = LANGUAGE_INFO
    notebook["cells"][0]["source"] = "# Volume at Larkspur"
    jupyter.save("solutions/volume/volume.ipynb", notebook)
    assert text.read_text(encoding="utf-8") == before.replace("# Volume", "# Volume at Larkspur")


def test_an_edited_text_is_what_jupyterlab_opens(jupyter: Contents, served_course: Path) -> None:
    text = served_course / TEXT
    text.write_bytes(text.read_bytes().replace(b"requests = 10", b"requests = 99"))
    sources = [cell["source"] for cell in jupyter.open(LESSON)["cells"]]
    assert "requests = 99\nrequests * 60" in sources


def test_saving_an_exercise_writes_no_text(jupyter: Contents, served_course: Path) -> None:
    notebook = jupyter.open("exercises/volume/volume.ipynb")
    texts = {path: path.read_bytes() for path in (served_course / "markdown").rglob("*.md")}
    jupyter.save("exercises/volume/volume.ipynb", notebook)
    assert {path: path.read_bytes() for path in served_course.rglob("*.md")} == texts
