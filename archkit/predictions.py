"""Predictions that a learner commits to before running a measurement."""

from __future__ import annotations

import math
import numbers

from archkit.typed_data import shortened

__all__ = ["compare"]

CLOSE = 0.1
"""Share of the measured value within which a guess counts as close."""


def compare(prediction: object, measured: float | str, unit: str = "") -> None:
    """Print a prediction beside what was measured. An untouched `...` is named and does no harm.

    Args:
        prediction: what the learner wrote, or `...`.
        measured: a number (a truth value counts as yes or no), or one of several words.
        unit: the unit of a number, such as "s"; none for shares.
    """
    result = _shown(measured, unit)
    if prediction is Ellipsis:
        print(f"Measured: {result}. You made no prediction. Write one in the cell above and run both cells.")
    elif isinstance(measured, str | bool):
        kind = "True or False" if isinstance(measured, bool) else "a word in quotation marks"
        if type(prediction) is not type(measured):
            print(f"Measured: {result}. Your prediction is {shortened(prediction)}; expected {kind}.")
        elif prediction == measured or str(prediction).strip().lower() == str(measured).lower():
            print(f"You predicted {_shown(prediction, unit)}, and that is what was measured.")
        else:
            print(f"You predicted {_shown(prediction, unit)}. Measured: {result}.")
    elif not isinstance(prediction, numbers.Real) or isinstance(prediction, bool) or not math.isfinite(prediction):
        print(f"Measured: {result}. Your prediction is {shortened(prediction)}; expected a number.")
    else:
        gap = float(prediction) - float(measured)
        verdict = "close" if abs(gap) <= CLOSE * abs(measured) else f"{_shown(abs(gap), unit)} too "
        verdict += "" if verdict == "close" else ("high" if gap > 0 else "low")
        print(f"You predicted {_shown(prediction, unit)}. Measured: {result}. Your prediction was {verdict}.")


def _shown(value: object, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, numbers.Real):
        return str(value)
    number = float(value)
    text = f"{number:,.0f}" if number == round(number) or abs(number) >= 100 else f"{number:.2f}"
    return f"{text} {unit}".strip()
