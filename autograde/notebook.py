"""`check(...)` as a learner calls it in a notebook: the same path as grading, through the same JSON round trip."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from autograde.answers import SECONDS_TO_EXPORT, TimeLimitExceeded
from autograde.card import card_html, card_text
from autograde.findings import CheckResult, Outcome
from autograde.learner_side import call_answer, export_answers
from autograde.record import result_record
from autograde.registry import UnknownCheck, find_check
from autograde.run import run_check

__all__ = ["LocalNamespace", "ShownResult", "check"]


class LocalNamespace:
    """The learner's variables in this very process."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._variables = variables

    def export(self, names: list[str]) -> str:
        """Return the envelope of the named answers; an object that never finishes writing itself is interrupted.

        Raises:
            TimeLimitExceeded: if it was interrupted.
        """
        return _within(SECONDS_TO_EXPORT, lambda: export_answers(self._variables, names))

    def call(self, name: str, arguments: str, seconds: float) -> str:
        """Call a function answer; an endless loop in it is interrupted after `seconds`.

        Raises:
            TimeLimitExceeded: if it was interrupted.
        """
        return _within(seconds, lambda: call_answer(self._variables, name, arguments))


class ShownResult:
    """A result as a notebook cell's value: shown as a card, and as a number where nbgrader reads the score."""

    def __init__(self, result: CheckResult) -> None:
        self.result = result

    def __float__(self) -> float:
        """Return the provisional score in points."""
        return self.result.provisional_score

    def __repr__(self) -> str:
        """Return the score as plain digits: nbgrader takes the points of a cell from this text."""
        return f"{self.result.provisional_score:g}"

    def _repr_html_(self) -> str:
        return card_html(self.result)


def check(name: str) -> ShownResult | None:
    """Check one task of the notebook this is called from, and show the result card.

    Args:
        name: `exercise.task`, as the notebook's locked cell has it.

    Returns:
        The result, which a notebook shows as a card. None, after one plain sentence, when no check has that name.
        It never raises because of an answer.
    """
    from archkit.progress import record

    try:
        found = find_check(name)
    except UnknownCheck as unknown:
        print(unknown, file=sys.stderr)
        return None
    result = run_check(found, LocalNamespace(_notebook_variables()))
    record(result_record(result))
    if os.environ.get("NBGRADER_VALIDATING") and result.outcome is not Outcome.RIGHT:
        # nbgrader's Validate dialog shows nothing of a card; what a cell writes to stderr it does show.
        print(card_text(result), file=sys.stderr)
    return ShownResult(result)


def _notebook_variables() -> Mapping[str, Any]:
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is not None:
        return dict(shell.user_ns)
    return dict(sys.modules["__main__"].__dict__)


def _within(seconds: float, work: Callable[[], str]) -> str:
    """Do some work, interrupting it as Ctrl-C would when the time is over.

    Only the main thread can be interrupted, and in it runs what a notebook runs; elsewhere there is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    lock = threading.Lock()
    done = expired = False

    def interrupt() -> None:
        nonlocal expired
        while True:  # code that swallows one interrupt gets the next
            with lock:
                if done:
                    return
                expired = True
                _interrupt_main_thread()
            time.sleep(0.2)

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    stopped = False
    reply = ""
    try:
        timer.start()
        reply = work()
    except KeyboardInterrupt:
        stopped = True
    finally:
        while not done:
            # Under the lock, so that no interrupt is on its way any more when this is over.
            try:
                with lock:
                    done = True
            except KeyboardInterrupt:
                stopped, done = True, False
        timer.cancel()
    if stopped and expired:
        raise TimeLimitExceeded
    if stopped:
        raise KeyboardInterrupt  # the learner pressed stop
    return reply


def _interrupt_main_thread() -> None:
    if hasattr(signal, "pthread_kill"):
        # A real signal also ends a sleep or a wait for the network, the end of which interrupt_main() would wait for.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()
