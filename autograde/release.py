"""Release the exercises to a class: `make release`.

Each exercise is entered into the class's gradebook by nbgrader's own generate_assignment and copied to the exchange by
its release_assignment. On the way nbgrader would delete and rewrite exercises/; here it writes into a folder of its
own, so that exercises/ stays as `make notebooks` built it whatever happens.
"""

import argparse
import copy
import os
import re
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from archkit.course import course_root
from autograde.build import course_config

__all__ = ["ReleaseError", "main", "release"]


class ReleaseError(Exception):
    """An exercise that cannot be released. The message holds nbgrader's reason."""


def release(root: Path, exercises: list[str] | None = None) -> list[str]:
    """Enter exercises into the gradebook of the course in `root` and put them into its exchange.

    Releasing again updates both; marks that are in the gradebook stay.

    Args:
        root: the course's folder, with its nbgrader_config.py, solutions/ and exercises/.
        exercises: their names; all that are in exercises/ when None.

    Returns:
        The names of the exercises released.

    Raises:
        ReleaseError: if there is no such exercise, or nbgrader refuses one, for example because cells were added
            or removed after submissions came in.
        autograde.build.BuildError: if the folder holds no nbgrader_config.py.
    """
    from nbgrader.apps import NbGraderAPI

    config = course_config(root)
    known = sorted(path.name for path in (root / "exercises").glob("*/") if any(path.glob("*.ipynb")))
    chosen = known if exercises is None else exercises
    for name in chosen:
        if name not in known:
            raise ReleaseError(f"There is no exercise {name!r} in exercises/, only: {', '.join(known) or 'none'}.")
    # nbgrader starts alembic by its bare name when it makes a gradebook.
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    config.ExchangeReleaseAssignment.force = True
    with tempfile.TemporaryDirectory(prefix="release-") as elsewhere:
        registering = copy.deepcopy(config)
        registering.CourseDirectory.release_directory = elsewhere
        for name in chosen:
            _succeed(name, NbGraderAPI(config=registering).generate_assignment(name))
            _succeed(name, NbGraderAPI(config=config).release_assignment(name))
    return chosen


def main(arguments: list[str] | None = None) -> int:
    """Release from the command line.

    Args:
        arguments: the names of exercises; all when there are none.

    Returns:
        The exit code: 1 when one could not be released, else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m autograde.release", description="Release exercises to the class.")
    parser.add_argument("exercise", nargs="*", help="which exercises (default: all)")
    options = parser.parse_args(arguments)
    root = course_root()
    try:
        released = release(root, options.exercise or None)
    except ReleaseError as problem:
        print(f"Not released: {problem}", file=sys.stderr)
        return 1
    exchange = Path(course_config(root).Exchange.root)
    shown = exchange.relative_to(root) if exchange.is_relative_to(root) else exchange
    for name in released:
        print(f"  released  {name}")
    print(f"{len(released)} exercises are in the gradebook and in {shown}")
    return 0


def _succeed(name: str, result: dict[str, Any] | None) -> None:
    """Raise nbgrader's own reason if one of its steps failed."""
    if result is None:
        raise ReleaseError(f"{name}: nbgrader's exchange does not work on Windows; hand out exercises/{name} instead.")
    if not result["success"]:
        said = f"{result.get('log', '')}\n{result.get('error', '')}"
        reasons = re.findall(r"^\s*[\w.]*(?:Error|Exception): (.+)$", said, re.MULTILINE) or said.split("\n")
        raise ReleaseError(f"{name}: nbgrader says: {reasons[0]}")


if __name__ == "__main__":
    sys.exit(main())
