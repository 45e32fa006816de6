"""Common ways to judge an answer: a number, a choice, a set. Each names the misconception that an answer matches."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from autograde.findings import Judgement, Misconception

__all__ = ["close", "describe_gap", "judge_choice", "judge_number", "judge_set", "quantity"]


def close(seen: float, expected: float, within: float = 0.02) -> bool:
    """Whether a number agrees with the expected one to a relative tolerance (2% forgives rounding)."""
    return abs(seen - expected) <= within * abs(expected) + 1e-12


def judge_number(
    seen: float,
    expected: float,
    *,
    unit: str,
    why: str,
    misconceptions: Mapping[Misconception, float] | None = None,
    within: float = 0.02,
    partial_credit: float = 0.0,
    partly_right: Collection[Misconception] = (),
) -> Judgement:
    """Judge a number with a unit.

    Args:
        seen: the learner's number.
        expected: the right one for this case.
        unit: the unit of both, such as "requests/s".
        why: why the number matters in practice.
        misconceptions: for each known wrong idea, the number it leads to in this case.
        within: relative tolerance.
        partial_credit: the share of the points for an answer that matches one of `partly_right`.
        partly_right: the wrong ideas that still show part of the right reasoning.
    """
    shown = quantity(seen, unit)
    wanted = f"about {quantity(expected, unit)}"
    if close(seen, expected, within):
        return Judgement(1.0, shown, wanted, why=why)
    explained = {m: value for m, value in (misconceptions or {}).items() if close(seen, value, within)}
    if explained:
        # Two wrong ideas can lead to nearly the same number; the nearest one is the likelier.
        misconception = min(explained, key=lambda m: abs(seen - explained[m]))
        credit = partial_credit if misconception in partly_right else 0.0
        return Judgement(credit, shown, wanted, describe_gap(seen, expected), why, misconception)
    return Judgement(0.0, shown, wanted, describe_gap(seen, expected), why)


def judge_choice(
    seen: str,
    expected: str,
    *,
    why: str,
    misconceptions: Mapping[str, Misconception] | None = None,
) -> Judgement:
    """Judge one choice of several. `misconceptions` gives, for a wrong choice, the idea it stands for."""
    if seen == expected:
        return Judgement(1.0, f"“{seen}”", f"“{expected}”", why=why)
    named = (misconceptions or {}).get(seen)
    return Judgement(0.0, f"“{seen}”", f"“{expected}”", "another choice fits the case", why, named)


def judge_set(
    seen: Collection[str],
    expected: Collection[str],
    *,
    what: str,
    why: str,
    misconceptions: Mapping[Misconception, Collection[str]] | None = None,
) -> Judgement:
    """Judge a set of names. Credit falls with each one missing and each one too many.

    Args:
        seen: the learner's names; order and repeats do not matter.
        expected: the right names.
        what: what the names are, in the plural, such as "components".
        why: why it matters in practice.
        misconceptions: for each known wrong idea, the exact set it leads to in this case.
    """
    given, wanted = set(seen), set(expected)
    missing, extra = wanted - given, given - wanted
    shown = ", ".join(sorted(given)) or f"no {what}"
    if not missing and not extra:
        return Judgement(1.0, shown, ", ".join(sorted(wanted)), why=why)
    named = next((m for m, names in (misconceptions or {}).items() if set(names) == given), None)
    credit = 0.0 if named else max(0.0, 1 - (len(missing) + len(extra)) / max(len(wanted), 1))
    parts = []
    if missing:
        parts.append(f"{len(missing)} of {len(wanted)} {what} missing")
    if extra:
        parts.append(f"{len(extra)} named that do not belong: {', '.join(sorted(extra))}")
    # An answer that names everything must not collect points for the right part of it.
    credit = min(credit, 0.5) if extra else credit
    return Judgement(round(credit, 2), shown, ", ".join(sorted(wanted)) or f"no {what}", "; ".join(parts), why, named)


def describe_gap(seen: float, expected: float) -> str:
    """Say how far a number is off without saying what it should be."""
    if seen == 0:
        return "zero, and the case gives more than nothing"
    if expected == 0 or (seen < 0) != (expected < 0):
        return "the wrong sign" if expected else "more than nothing"
    ratio = abs(seen / expected)
    if ratio >= 1.95:
        return f"{_times(ratio)} too high"
    if ratio <= 1 / 1.95:
        return f"{_times(abs(expected / seen))} too low"
    return f"{abs(ratio - 1):.0%} too {'high' if ratio > 1 else 'low'}"


def quantity(value: float, unit: str) -> str:
    """Write a number with its unit as people write it: 3 significant digits, thousands separated."""
    if value == 0:
        text = "0"
    elif abs(value) >= 1_000:
        text = f"{value:,.0f}"
    elif abs(value) >= 1:
        text = f"{value:,.3g}" if abs(value) < 100 else f"{value:,.1f}"
    else:
        text = f"{value:.3g}"
    return f"{text} {unit}".strip()


def _times(ratio: float) -> str:
    if ratio >= 1e6:
        return "more than a million times"
    return f"about {ratio:,.0f} times" if ratio >= 9.5 else f"about {ratio:.2g} times"
