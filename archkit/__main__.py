"""The command `archkit`: what Start here does in a notebook, in a terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand.

    Args:
        arguments: those of the command line; None for the process's own.

    Returns:
        The exit code: 0 when it did what was asked, 1 when it could not and has said why.
    """
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    return run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="archkit", description="The architect's toolkit: start exercises and see how far you have come."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    start = commands.add_parser("start", help="copy an exercise into work/, with your learner id filled in")
    start.add_argument("exercise", help="its name, such as component_sketch")
    start.add_argument("--fresh", action="store_true", help="make a further copy beside those that are there")
    start.set_defaults(run=_start)

    learner = commands.add_parser("learner", help="say who is learning here, or keep a learner id")
    learner.add_argument("id", nargs="?", help="the id to keep; without it, the one that is kept is shown")
    learner.set_defaults(run=_learner)

    progress = commands.add_parser("progress", help="show how far you have come in every lesson and exercise")
    progress.set_defaults(run=_progress)

    models = commands.add_parser("models", help="list the tiers of model, and what each needs to answer here")
    models.set_defaults(run=_models)

    check = commands.add_parser("check", help="check this computer: ask each tier of model one question")
    check.set_defaults(run=_check)
    return parser


def _start(options: argparse.Namespace) -> int:
    from archkit.learner import start

    started = start(options.exercise, fresh=options.fresh)
    print(started, file=sys.stderr if started.outcome == "refused" else sys.stdout)
    return 1 if started.outcome == "refused" else 0


def _learner(options: argparse.Namespace) -> int:
    from archkit.learner import learner

    if options.id is None:
        who = learner()
        print(who if who.is_known else "There is no learner id here yet. Keep one with: archkit learner YOUR-ID")
        return 0
    who = learner(options.id)
    print(who, file=sys.stdout if who.is_kept else sys.stderr)
    return 0 if who.is_kept else 1


def _progress(options: argparse.Namespace) -> int:
    from archkit.progress import progress

    print(progress())
    return 0


def _models(options: argparse.Namespace) -> int:
    from archkit.models import tier_status

    for tier in tier_status():
        print(f"{tier.name} ({tier.about}): {'ready.' if tier.ready else tier.advice}")
    return 0


def _check(options: argparse.Namespace) -> int:
    from archkit.environment import environment

    found = environment()
    print(found)
    return 0 if found.is_ready else 1


if __name__ == "__main__":
    sys.exit(main())
