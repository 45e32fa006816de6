"""How wide text is, and where it wraps, without a browser to ask."""

from __future__ import annotations

import unicodedata

__all__ = ["text_width", "wrap"]

# Widths in em of Arial's letters in four groups, rounded up, so that text in a similar font stays inside its box.
_NARROW = frozenset("fijlrtI.,:;'|!()[]{}/\\ -`")
_WIDE = frozenset("mwMW@%&")


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Estimate the width of a line of text, on the safe side.

    Args:
        text: one line.
        size: the font size in pixels.
        bold: whether it is set in bold.

    Returns:
        The width in pixels.
    """
    hundredths = 0
    for character in text:
        if unicodedata.combining(character):
            continue
        if character in _NARROW:
            hundredths += 36
        elif character in _WIDE:
            hundredths += 95
        elif ord(character) >= 0x1100 and unicodedata.east_asian_width(character) != "N":
            hundredths += 110
        elif 0x370 <= ord(character) < 0x1100:  # Greek, Cyrillic and their neighbours
            hundredths += 95 if character.isupper() else 66
        elif character.isupper() or ord(character) > 0x2000:
            hundredths += 74
        else:
            hundredths += 58
    return hundredths / 100 * size * (1.07 if bold else 1.0)


def wrap(text: str, width: float, size: float, *, bold: bool = False, lines: int = 3) -> list[str]:
    """Break text into lines that fit a width; words that are too long are broken, and what is left over is cut.

    Args:
        text: what to set, its words parted by single spaces.
        width: the room in pixels.
        size: the font size in pixels.
        bold: whether it is set in bold.
        lines: the most lines to use; the last one ends in "…" when text is left over.

    Returns:
        At least one line, each at most `width` wide.
    """

    def fits(line: str) -> bool:
        return text_width(line, size, bold=bold) <= width

    broken: list[str] = []
    for word in text.split(" "):
        if broken and fits(f"{broken[-1]} {word}"):
            broken[-1] += f" {word}"
            continue
        broken.append("")
        for character in word:
            if not fits(broken[-1] + character) and broken[-1]:
                broken.append("")
            broken[-1] += character
    if len(broken) > lines:
        last = broken[lines - 1]
        while last and not fits(last + "…"):
            last = last[:-1]
        broken[lines - 1 :] = [last.rstrip() + "…"]
    return broken or [""]
