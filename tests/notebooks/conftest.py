"""A small course of one lesson and one exercise, written for the tests of the notebook build."""

import shutil
from pathlib import Path

import pytest

from autograde.build import build

COURSE = Path(__file__).resolve().parents[2]

LESSON = """\
# Larkspur's volume

Larkspur answers *ten* requests a minute – on a quiet day.

```{code-cell}
requests = 10
requests * 60
```

600 requests an hour.

+++

A second text cell.

```{code-cell}
:tags: [hide-input]

print("done")
```
"""

EXERCISE = """\
# Volume

```{code-cell}
---
nbgrader:
  grade: false
  grade_id: volume
  locked: false
  schema_version: 3
  solution: true
  task: false
---
requests = ...
### BEGIN SOLUTION
requests = 600
### END SOLUTION
```

```{code-cell}
---
nbgrader:
  grade: true
  grade_id: volume-check
  locked: true
  points: 2
  schema_version: 3
  solution: false
  task: false
---
assert requests is not None
### BEGIN HIDDEN TESTS
assert requests == 600
### END HIDDEN TESTS
```

+++ {"nbgrader": {"grade": false, "grade_id": "why", "locked": true, "points": 3, "schema_version": 3, \
"solution": false, "task": true}}

Say why the volume matters.

=== BEGIN MARK SCHEME ===
One point for each component it loads.
=== END MARK SCHEME ===

+++ {"nbgrader": {"grade": true, "grade_id": "where", "locked": false, "points": 1, "schema_version": 3, \
"solution": true, "task": false}}

It is in the log.
"""


def write_course(root: Path) -> None:
    """Write a course with the settings of this one and texts of its own into `root`; nothing is built yet."""
    texts = {
        "1_foundations/volume.md": LESSON,
        "exercises/volume/volume.md": EXERCISE,
        "exercises/volume/log.csv": "minute,requests\n0,10\n",
    }
    for name, text in texts.items():
        path = root / "markdown" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    for name in ("nbgrader_config.py", "jupytext.toml"):
        shutil.copy(COURSE / name, root / name)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Return the folder of a small course that is not built yet."""
    write_course(tmp_path / "course")
    return tmp_path / "course"


@pytest.fixture(scope="module")
def served_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for a server that outlives one test."""
    return tmp_path_factory.mktemp("served") / "course"


@pytest.fixture(scope="module")
def shared_course(served_folder: Path) -> Path:
    """Return a built course for tests that only copy it."""
    write_course(served_folder)
    build(served_folder)
    return served_folder


@pytest.fixture
def served_course(served_folder: Path) -> Path:
    """Return a small course, built afresh for each test, in the folder of the running server."""
    write_course(served_folder)
    build(served_folder)
    return served_folder
