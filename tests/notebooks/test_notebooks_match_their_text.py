"""The notebooks in this checkout are what their text says, and none is missing from the runs."""

from pathlib import Path

from autograde.build import BUILT_FOLDERS, build, expected_files

COURSE = Path(__file__).resolve().parents[2]


def test_every_built_notebook_agrees_with_its_text() -> None:
    changes = [f"{change.path} ({change.kind})" for change in build(COURSE, check=True)]
    assert changes == [], "Run `make notebooks` and commit what it changes."


def test_every_text_in_markdown_has_its_notebook() -> None:
    expected = {str(path) for path in expected_files(COURSE) if path.suffix == ".ipynb"}
    found = {
        path.relative_to(COURSE).as_posix()
        for folder in BUILT_FOLDERS
        for path in (COURSE / folder).rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    }
    assert found == expected
