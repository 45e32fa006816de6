"""The `autograde` command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit status."""
    parser = argparse.ArgumentParser(prog="autograde", description="Grade architect's work, and prove the graders.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    proof = commands.add_parser("prove", help="try every check with solutions, wrong answers and mutants")
    proof.add_argument("exercise", nargs="*", help="which exercises (default: all)")
    demo = commands.add_parser("demo", help="build a class of 12 simulated learners and grade it")
    demo.add_argument("--folder", help="where to build it (default: class/ of the course)")
    given = parser.parse_args(arguments)
    if given.command == "prove":
        from autograde.proof.exercise import main as prove

        return prove(given.exercise)
    from autograde.demo import main as run_demo

    return run_demo(given.folder)


if __name__ == "__main__":
    sys.exit(main())
