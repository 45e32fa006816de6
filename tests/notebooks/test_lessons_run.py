"""Every lesson and every solution runs from top to bottom in a real kernel, within a learner's memory."""

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbclient
import nbformat
import psutil
import pytest
from jupyter_client.manager import AsyncKernelManager

COURSE = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(
    path.relative_to(COURSE).as_posix()
    for folder in ("modules", "solutions")
    for path in (COURSE / folder).rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)
MEMORY_LIMIT_MB = 1000


class PeakMemory:
    """Samples the resident memory of a process and everything below it."""

    def __init__(self, process_id: int) -> None:
        self.process = psutil.Process(process_id)
        self.peak_mb = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def _sample(self) -> None:
        stopped, before = False, 0
        while not stopped:
            stopped = self._stop.wait(0.05)
            total = 0
            with contextlib.suppress(psutil.NoSuchProcess):
                for process in [self.process, *self.process.children(recursive=True)]:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        total += process.memory_info().rss
            # While a process is being started it counts with all the memory of the one that starts it. That takes some
            # milliseconds; what is really used lasts longer than one look.
            self.peak_mb = max(self.peak_mb, min(total, before) / 1e6)
            before = total

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._stop.set()
        self._thread.join()


@pytest.fixture
def workplace(tmp_path: Path) -> Iterator[Path]:
    """Return a folder to run in, so that what a notebook writes does not end up in the checkout."""
    yield tmp_path / "run"
    shutil.rmtree(tmp_path / "run", ignore_errors=True)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_from_top_to_bottom(
    name: str, workplace: Path, record_property: Callable[[str, object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = COURSE / name
    shutil.copytree(path.parent, workplace, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    # The learner's portfolio, copies and progress stay out of it too.
    monkeypatch.setenv("ARCHKIT_WORK", str(workplace / "work"))
    monkeypatch.setenv("ARCHKIT_PORTFOLIO", str(workplace / "portfolio"))
    notebook = nbformat.read(path, as_version=4)
    manager = AsyncKernelManager(kernel_name="python3")
    client = nbclient.NotebookClient(
        notebook, km=manager, timeout=600, resources={"metadata": {"path": str(workplace)}}
    )
    started = time.monotonic()
    with client.setup_kernel(env=dict(os.environ)):
        kernel = manager.provisioner.pid  # type: ignore[union-attr]
        with PeakMemory(kernel) as memory:
            try:
                for number, cell in enumerate(notebook.cells):
                    client.execute_cell(cell, number)
            finally:
                record_property("notebook", name)
                record_property("seconds", time.monotonic() - started)
                record_property("peak_mb", memory.peak_mb)
    assert memory.peak_mb < MEMORY_LIMIT_MB, f"{name} took {memory.peak_mb:.0f} MB; learners have {MEMORY_LIMIT_MB}"
