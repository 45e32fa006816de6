"""Build the notebooks of the course from their text: `make notebooks`.

    markdown/**.md             ->  modules/**.ipynb                 the lessons, by jupytext
    markdown/exercises/<a>/    ->  solutions/<a>/                   the instructor's notebooks, by jupytext
    solutions/<a>/             ->  exercises/<a>/                   the learner's notebooks, by nbgrader

Every other file below markdown/ (a picture, a table for an exercise) goes along unchanged. The build depends
on nothing but the text, nbgrader_config.py and jupytext.toml: cell ids follow from the cells, there are
no outputs, and no gradebook is touched, so that a second run changes nothing and two machines build the same
bytes.
"""

import argparse
import hashlib
import logging
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from archkit.course import course_root

if TYPE_CHECKING:
    from jupytext.config import JupytextConfiguration
    from nbformat import NotebookNode
    from traitlets.config import Config

__all__ = ["BuildError", "Change", "build", "course_config", "expected_files", "main", "tidied"]

BUILT_FOLDERS = ("modules", "solutions", "exercises")
TEXT_FORMAT = "md:myst"
# What JupyterLab itself writes for this kernel, so that opening and saving a notebook changes neither.
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE_INFO = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
NOT_COURSE_FILES = {".ipynb_checkpoints", "__pycache__", ".DS_Store"}


class BuildError(Exception):
    """A notebook that cannot be built. The message names the file and says what to change."""


@dataclass(frozen=True)
class Change:
    """One difference between a file in the checkout and what the text says it should be.

    Attributes:
        path: the file, from the course's root.
        kind: "written" (missing or different), "removed" (built earlier, its text is gone), "tidied" (a text
            brought into the form in which JupyterLab saves it), or "foreign" (a notebook that was not built
            here; never touched).
    """

    path: PurePosixPath
    kind: Literal["written", "removed", "tidied", "foreign"]


def course_config(root: Path) -> "Config":
    """Return the settings of `nbgrader_config.py` in the folder `root`.

    Raises:
        BuildError: if the folder holds no nbgrader_config.py.
    """
    from traitlets.config.loader import Config, PyFileConfigLoader

    if not (root / "nbgrader_config.py").is_file():
        raise BuildError(f"{root} holds no nbgrader_config.py: run this from the course's own folder.")
    return Config(PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config())


def tidied(text: str, config: "JupytextConfiguration") -> str:
    """Return a notebook's text as JupyterLab saves it, so that saving an edit changes nothing else."""
    import jupytext

    notebook = jupytext.reads(text, fmt=TEXT_FORMAT, config=config)
    _set_notebook_metadata(notebook, {})
    return str(jupytext.writes(notebook, fmt=TEXT_FORMAT, config=config))


def expected_files(root: Path) -> dict[PurePosixPath, bytes]:
    """Return every file that the text in `root`/markdown stands for, by its path from the root.

    Raises:
        BuildError: if a text is malformed, an exercise lies outside a folder of its own, or nbgrader refuses
            one.
    """
    import nbformat

    config = _jupytext_config(root)
    files: dict[PurePosixPath, bytes] = {}
    for source in _course_files(root / "markdown"):
        relative = PurePosixPath(source.relative_to(root).as_posix())
        target = _target(relative)
        if source.suffix == ".md":
            notebook = _notebook(source, relative, config)
            files[target] = (nbformat.writes(notebook, version=4) + "\n").encode()
        else:
            files[target] = source.read_bytes()
    return files | _release_versions(root, files)


def build(root: Path, *, check: bool = False) -> list[Change]:
    """Bring modules/, solutions/ and exercises/ into agreement with markdown/; touch only files that differ.

    Everything is built before the first file is written, so a failure leaves the checkout as it was.

    Args:
        root: the course's folder.
        check: report the differences and write nothing.

    Returns:
        What differed, sorted by path; empty when everything agreed.

    Raises:
        BuildError: as `expected_files`.
    """
    expected = expected_files(root)
    changes = [Change(path, "tidied") for path in _untidy_texts(root)]
    changes += [Change(path, "written") for path in expected if _content(root / path) != expected[path]]
    changes += [
        Change(path, "removed" if _built_from_missing_text(root, path) else "foreign")
        for path in _built_notebooks(root)
        if path not in expected
    ]
    if not check:
        config = _jupytext_config(root)
        for change in changes:
            path = root / change.path
            if change.kind == "tidied":
                _replace(path, tidied(path.read_text(encoding="utf-8"), config).encode())
            elif change.kind == "written":
                _replace(path, expected[change.path])
            elif change.kind == "removed":
                path.unlink()
                _remove_empty_folders(path.parent, root)
    return sorted(changes, key=lambda change: change.path)


def main(arguments: list[str] | None = None) -> int:
    """Build from the command line.

    Args:
        arguments: `--check` to report what differs and write nothing.

    Returns:
        The exit code: 1 when the build fails or --check finds a difference, else 0.
    """
    parser = argparse.ArgumentParser(
        prog="python -m autograde.build", description="Build the notebooks from markdown/."
    )
    parser.add_argument("--check", action="store_true", help="only report what differs; exit 1 if it does")
    options = parser.parse_args(arguments)
    root = course_root()
    started = time.monotonic()
    try:
        changes = build(root, check=options.check)
    except BuildError as problem:
        print(f"The notebooks were not built: {problem}", file=sys.stderr)
        return 1
    changed = {change.path: change.kind for change in changes}
    notebooks = {*_built_notebooks(root), *(path for path in changed if path.suffix == ".ipynb")}
    for path in sorted({*notebooks, *changed}):
        print(f"  {_said(changed.get(path), options.check):<16} {path}")
    touched = sum(change.kind != "foreign" for change in changes)
    print(
        f"{len(notebooks - set(changed))} notebooks as they should be, {touched} files "
        f"{'to change: run `make notebooks`' if options.check and touched else 'changed'}, "
        f"in {time.monotonic() - started:.1f} s"
    )
    return 1 if options.check and touched else 0


def _said(kind: str | None, check: bool) -> str:
    """Return the word for a file in the list that the command prints."""
    if kind is None:
        return "unchanged"
    if kind == "foreign":
        return "left (no text)"
    return {"written": "differs", "tidied": "untidy", "removed": "has lost its text"}[kind] if check else kind


def _jupytext_config(root: Path) -> "JupytextConfiguration":
    from jupytext.config import load_jupytext_configuration_file

    if not (root / "jupytext.toml").is_file():
        raise BuildError(f"{root} holds no jupytext.toml: run this from the course's own folder.")
    return load_jupytext_configuration_file(str(root / "jupytext.toml"))


def _course_files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, sorted, without those that editors and Jupyter leave behind."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not NOT_COURSE_FILES.intersection(path.relative_to(folder).parts):
            yield path


def _target(source: PurePosixPath) -> PurePosixPath:
    """Return the file that a file in markdown/ is built into; both paths are from the course's root."""
    parts = source.parts[1:]
    if parts[0] == "exercises":
        if len(parts) < 3:
            hint = PurePosixPath("markdown", "exercises", source.stem, source.name)
            raise BuildError(f"{source}: an exercise has a folder of its own. Move the file to {hint}.")
        target = PurePosixPath("solutions", *parts[1:])
    else:
        target = PurePosixPath("modules", *parts)
    return target.with_suffix(".ipynb") if source.suffix == ".md" else target


def _untidy_texts(root: Path) -> Iterator[PurePosixPath]:
    config = _jupytext_config(root)
    for source in _course_files(root / "markdown"):
        if source.suffix == ".md":
            text = source.read_bytes().decode("utf-8")
            if tidied(text, config) != text:
                yield PurePosixPath(source.relative_to(root).as_posix())


def _notebook(source: Path, relative: PurePosixPath, config: "JupytextConfiguration") -> "NotebookNode":
    """Read a text and return its notebook: course metadata, deterministic cell ids, no outputs."""
    import jupytext
    import nbformat
    from jupytext.myst import MystMetadataParsingError

    try:
        text = source.read_text(encoding="utf-8")
        notebook: NotebookNode = jupytext.reads(text, fmt=TEXT_FORMAT, config=config)
    except UnicodeDecodeError as problem:
        raise BuildError(f"{relative}: byte {problem.start} is not UTF-8. Save it as UTF-8.") from problem
    except MystMetadataParsingError as problem:
        raise BuildError(f"{relative}: {problem}") from problem
    _set_notebook_metadata(notebook, {"course": {"source": str(relative)}})
    _set_cell_ids(notebook)
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as problem:
        raise BuildError(f"{relative}: not a valid notebook: {problem}".splitlines()[0]) from problem
    return notebook


def _set_notebook_metadata(notebook: "NotebookNode", extra: dict[str, Any]) -> None:
    from nbformat import from_dict

    notebook.metadata = from_dict({"kernelspec": KERNELSPEC, "language_info": LANGUAGE_INFO, **extra})


def _set_cell_ids(notebook: "NotebookNode") -> None:
    """Name each cell after its nbgrader id, else after its content: an edit leaves all other ids alone."""
    taken: set[str] = set()
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name):
            name = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        same, unique = 1, name
        while unique in taken:
            same += 1
            unique = f"{name[:60]}-{same}"
        taken.add(unique)
        cell.id = unique


def _release_versions(root: Path, files: dict[PurePosixPath, bytes]) -> dict[PurePosixPath, bytes]:
    """Let nbgrader make the learner's versions of the solutions among `files`, away from the checkout."""
    solutions = {path: content for path, content in files.items() if path.parts[0] == "solutions"}
    if not solutions:
        return {}
    from nbgrader.converters import GenerateAssignment, NbGraderException
    from nbgrader.coursedir import CourseDirectory

    config = course_config(root)
    released: dict[PurePosixPath, bytes] = {}
    with tempfile.TemporaryDirectory(prefix="release-") as name:
        folder = Path(name).resolve()
        for path, content in solutions.items():
            _replace(folder / path, content)
        config.CourseDirectory.root = str(folder)
        config.CourseDirectory.source_directory = "solutions"
        config.CourseDirectory.release_directory = "exercises"
        config.CourseDirectory.db_url = "sqlite://"
        config.GenerateAssignment.no_database = True
        config.SaveCells.enabled = False
        for assignment in sorted({path.parts[1] for path in solutions}):
            config.CourseDirectory.assignment_id = assignment
            problems = _Problems()
            log = logging.Logger(f"nbgrader.{assignment}")
            log.addHandler(problems)
            converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config, log=log)
            try:
                converter.start()
            except NbGraderException as failure:
                reason = problems.reason() or str(failure)
                raise BuildError(f"markdown/exercises/{assignment}: nbgrader says: {reason}") from failure
            for made in _course_files(folder / "exercises" / assignment):
                content = made.read_bytes()
                if made.suffix == ".ipynb":
                    content = content.replace(b"\r\n", b"\n")  # nbgrader writes the platform's line ends
                released[PurePosixPath(made.relative_to(folder).as_posix())] = content
    return released


class _Problems(logging.Handler):
    """Keeps what nbgrader logs as errors, to say it in one sentence."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())

    def reason(self) -> str:
        """Return the exception at the end of the logged traceback, or else the first message."""
        traceback = next((text for text in self.messages if text.startswith("Traceback")), "")
        lines = traceback.strip().splitlines() or self.messages[:1]
        return lines[-1] if lines else ""


def _built_notebooks(root: Path) -> list[PurePosixPath]:
    return [
        PurePosixPath(path.relative_to(root).as_posix())
        for folder in BUILT_FOLDERS
        for path in _course_files(root / folder)
        if path.suffix == ".ipynb"
    ]


def _built_from_missing_text(root: Path, path: PurePosixPath) -> bool:
    """Return whether the notebook was built from a text that is gone, and nobody has run it since."""
    import nbformat

    try:
        notebook = nbformat.read(root / path, as_version=4)
    except Exception:  # whatever lies here is not one of ours
        return False
    source = notebook.metadata.get("course", {}).get("source", "")
    has_outputs = any(cell.get("outputs") for cell in notebook.cells)
    return bool(source) and not (root / source).exists() and not has_outputs


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that it holds either its old or its new content, whenever the run is interrupted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _remove_empty_folders(folder: Path, root: Path) -> None:
    while folder != root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


if __name__ == "__main__":
    sys.exit(main())
