"""A fresh copy of the course, JupyterLab as its own commands start it, and Chromium that reaches nothing else.

The copy comes first on PYTHONPATH, so the course's own code finds its notebooks, its work/ and its class there, and the
checkout is never touched. Each wait is for a state of the page, of a kernel or of a file, none for a time to pass.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import secrets
import shutil
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect, sync_playwright

from archkit.model_files import cache_folder

COURSE = Path(__file__).resolve().parents[2]
START_PAGE = "modules/0_start_here.ipynb"
NOT_COPIED = {"class", "work"}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Requests for anything that is not on this machine. They are refused, and remembered for the test to see.
ELSEWHERE = re.compile(r"^(?:https?|wss?)://(?!127\.0\.0\.1[:/]|localhost[:/]|\[::1\][:/])")
PATIENCE = 120  # seconds for one state to arrive, on a machine that does other work at the same time
RUN_ALL_PATIENCE = 400  # seconds for a whole lesson, which alone on two cores takes up to 60
RAN = re.compile(r"\[\d+\]")  # the prompt of a cell that has been run; it is [*] while it runs


class Lab:
    """A running JupyterLab server.

    Attributes:
        root: the copy of the course that it serves.
        url: its address, ending in a slash.
        token: what opens it.
    """

    def __init__(self, root: Path, url: str, token: str) -> None:
        self.root = root
        self.url = url
        self.token = token

    def stop_kernels(self) -> None:
        """End every kernel that a window has started."""
        for session in json.loads(self._ask("GET", "api/sessions")):
            self._ask("DELETE", f"api/sessions/{session['id']}")

    def _ask(self, method: str, path: str) -> bytes:
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.url + path, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return bytes(answer.read())


class Visit:
    """One window of the browser, and what the page did behind it.

    Attributes:
        page: the window.
        requests_elsewhere: addresses outside this machine that the page asked for, all refused.
        errors: what the page reported as errors on its console, or did not catch.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.requests_elsewhere: list[str] = []
        self.errors: list[str] = []
        context.route(ELSEWHERE, lambda route: route.abort())
        context.on("request", self._on_request)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.page = context.new_page()
        self.page.on("websocket", lambda socket: self._remember(socket.url))

    def _on_request(self, request: Request) -> None:
        self._remember(request.url)

    def _remember(self, url: str) -> None:
        if ELSEWHERE.match(url):
            self.requests_elsewhere.append(url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location['url']})")


class Notebook:
    """The notebook in the front of a window of JupyterLab.

    Attributes:
        page: the window.
        panel: the notebook's own part of it.
        code_cells: its code cells, in their order.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        self.code_cells = self.panel.locator(".jp-CodeCell")

    def wait_until_ready(self, path: str) -> None:
        """Wait until the notebook at a path is in front, complete, and its kernel answers."""
        bar = self.page.locator("#jp-bottom-panel")
        expect(bar.locator(f"[title='{path}']")).to_be_visible()
        # Run All before the kernel answers asks which kernel to take. The indicator beside the kernel's name will not
        # do to know: it says "idle" before it says "connecting".
        expect(bar.get_by_text(re.compile(r"^Python 3 .* Idle$"))).to_be_visible()
        number_of_cells = bar.get_by_text(re.compile(r"^Cell \d+/\d+$")).inner_text().partition("/")[2]
        expect(self.panel.locator(".jp-Cell")).to_have_count(int(number_of_cells))

    def cell(self, text: str) -> Locator:
        """Return the one code cell whose code, as it is now, contains a text."""
        expect(self.code_cells.locator(".cm-content", has_text=text)).to_have_count(1)
        codes = self.code_cells.evaluate_all(
            "cells => cells.map(cell => cell.querySelector('.cm-content')?.textContent ?? '')"
        )
        return self.code_cells.nth(next(place for place, code in enumerate(codes) if text in code))

    def write(self, cell: Locator, code: str) -> None:
        """Replace a cell's code."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(code)  # typing would indent by itself

    def run(self, cell: Locator) -> None:
        """Run one cell and wait until the kernel has finished it."""
        prompt = cell.locator(".jp-InputPrompt")
        before = prompt.inner_text()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        expect(prompt).not_to_have_text(before)
        expect(prompt).to_have_text(RAN)

    def run_everything(self) -> None:
        """Run all cells, and wait until each code cell has been run without an error."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        # An error ends the run: the cells below it would be waited for in vain.
        failed = self.panel.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']")
        last = self.code_cells.last.locator(".jp-InputPrompt").filter(has_text=RAN)
        expect(last.or_(failed).first).to_be_attached(timeout=RUN_ALL_PATIENCE * 1000)
        assert failed.count() == 0, failed.first.inner_text()
        for prompt in self.code_cells.locator(".jp-InputPrompt").all():
            expect(prompt).to_have_text(RAN)

    def save(self) -> None:
        """Save, and wait until JupyterLab has nothing left to save."""
        self.page.keyboard.press("Control+s")
        expect(self.page.locator(".lm-TabBar-tab.lm-mod-current.jp-mod-dirty")).to_have_count(0)

    def validate(self) -> str:
        """Press nbgrader's Validate button and return what its dialog says."""
        self.save()
        self.panel.get_by_role("button", name="Validate").click()
        dialog = self.page.locator("dialog.jp-Dialog")
        expect(dialog).to_contain_text("Validation Results")
        said = dialog.inner_text()
        dialog.get_by_role("button", name="Ok").click()
        expect(dialog).to_have_count(0)
        return said


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the course as a fresh clone has it: no class, no work of a learner's."""
    copy = tmp_path_factory.mktemp("clone") / "ai-architect"

    def left_out(folder: str, names: list[str]) -> set[str]:
        hidden = {name for name in names if name.startswith(".") or name == "__pycache__"}
        return hidden | (NOT_COPIED & set(names) if Path(folder) == COURSE else set())

    shutil.copytree(COURSE, copy, ignore=left_out)
    # After a slow clone, or after `make notebooks`, the notebooks are younger than the text they are built from.
    for text in (copy / "markdown").rglob("*.md"):
        os.utime(text, (0, 0))
    return copy


@pytest.fixture(scope="module")
def variables(course: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the variables of somebody new to Jupyter, whose packages are the ones that run this test."""
    home = tmp_path_factory.mktemp("home")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "IPYTHON", "XDG_", "PYTEST", "ARCHKIT_"))
    }
    return kept | {
        "HOME": str(home),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "ARCHKIT_CACHE": str(cache_folder().parent),
        "PYTHONPATH": str(course),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }


@pytest.fixture(scope="module")
def start_lab(course: Path, variables: dict[str, str]) -> Iterator[Callable[[str], Lab]]:
    """Return a function that starts JupyterLab as `make lab` ("learner") or `make instructor` does."""
    with _servers(course, variables) as start:
        yield start


@contextmanager
def _servers(course: Path, variables: dict[str, str]) -> Iterator[Callable[[str], Lab]]:
    bootstrap = _bootstrap_of(course)
    started: list[psutil.Process] = []

    def start(role: str) -> Lab:
        token = secrets.token_hex(16)
        command, wanted = bootstrap.jupyterlab(role, bootstrap.Environment(course))
        own = {name: value for name, value in wanted.items() if name.startswith("JUPYTER")}
        # The copy has no .venv of its own: the Python is the one that runs this test.
        command = [sys.executable, *command[1:], "--no-browser", "--ServerApp.port=0"]
        runtime = Path(variables["JUPYTER_RUNTIME_DIR"])
        log = Path(variables["HOME"]) / f"{role}.log"
        with log.open("w") as said:
            environment = variables | own | {"JUPYTER_TOKEN": token}
            process = psutil.Popen(command, cwd=course, env=environment, stdout=said, stderr=said)
        started.append(process)
        described = runtime / f"jpserver-{process.pid}.json"
        while not described.exists() or not described.read_text():
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        return Lab(course, json.loads(described.read_text())["url"], token)

    try:
        yield start
    finally:
        for process in started:
            _end(process)


def _bootstrap_of(course: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap_of_the_copy", course / "bootstrap.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _end(server: psutil.Process) -> None:
    """End a server and whatever it started, kernels first of all, whether or not it still answers."""
    family = [server]
    try:
        family += server.children(recursive=True)
        server.terminate()
        server.wait(timeout=20)
    except (psutil.NoSuchProcess, psutil.TimeoutExpired):
        pass
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(family, timeout=20)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return Chromium. It ends with the module: while it runs, no other test in this process can use asyncio."""
    program = next(filter(None, map(shutil.which, CHROMIUM)))
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Visit]]:
    """Return a function that opens a window; when the test fails, what each window shows is kept as a picture."""
    windows: list[tuple[BrowserContext, Visit]] = []

    def open_window() -> Visit:
        context = chromium.new_context(
            viewport={"width": 1280, "height": 1000},
            service_workers="block",
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE * 1000)
        context.set_default_navigation_timeout(PATIENCE * 1000)
        windows.append((context, Visit(context)))
        return windows[-1][1]

    yield open_window
    failed = getattr(request.node, "browser_test_failed", False)
    for number, (context, window) in enumerate(windows, start=1):
        if failed:
            picture = tmp_path / f"window-{number}.png"
            window.page.screenshot(path=picture)
            print(f"What window {number} showed: {picture}")
            print("Errors it reported:", *(window.errors or ["none"]), sep="\n  ")
        context.close()


@pytest.fixture
def open_notebook() -> Callable[..., Notebook]:
    """Return a function that opens a notebook in a window, or the page that JupyterLab opens by itself."""

    def open_in(window: Visit, lab: Lab, path: str = "") -> Notebook:
        # A workspace of its own for each window: JupyterLab would restore the tabs that another one left behind.
        place = f"lab/workspaces/{secrets.token_hex(4)}/tree/{path}" if path else ""
        window.page.goto(f"{lab.url}{place}?token={lab.token}")
        notebook = Notebook(window.page)
        notebook.wait_until_ready(path or START_PAGE)
        return notebook

    return open_in


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Let the fixture that owns the windows know how its test ended."""
    report = yield
    if call.when == "call":
        item.browser_test_failed = report.failed  # type: ignore[attr-defined]
    return report
