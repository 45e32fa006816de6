"""Text cut into what can be quoted: sentences, list items and table rows, each with the words that lead to it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Sentence", "sentences"]

_HEADING = re.compile(r"#{1,6}\s+(?P<words>.+?)\s*#*$")
_LIST_ITEM = re.compile(r"(?:[-*+•]|\d{1,2}[.)])\s+(?P<words>.+)$")
_TABLE_ROW = re.compile(r"\|.*\|$")
_TABLE_RULE = re.compile(r"[\s|:-]+$")
_FINISHED = re.compile(r"[.!?…][\"'”’)*_]*$")
_EMPHASIS = re.compile(r"\*\*|__|`")
_RUN_IN_HEADING = re.compile(r"(\*\*|__)(?P<words>[^*_]+)\1$")
# A sentence ends at . ! or ?, perhaps with a closing quote or Markdown emphasis, before a space and a new start.
_SENTENCE_END = re.compile(r"(?<=[.!?])(?P<closing>[\"'”’)*_]*)\s+(?=[\"'“‘(*_]*[A-Z0-9À-ÞА-Я€$£])")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|approx|no|nr|mr|ms|mrs|dr|st|vs|incl|excl)\.$", re.IGNORECASE)
_LONGEST_LIST_ITEM = 60  # words; a longer item is cut into its sentences


@dataclass(frozen=True)
class Sentence:
    """A quotable piece of text, word for word as it stands in its passage, and what leads to it.

    Attributes:
        text: the sentence, list item or table row.
        heading: the heading, or the question, that it stands under.
        opening: the unfinished line that opens its list.
        columns: the names of its cells, if it is a table row.
    """

    text: str
    heading: str = ""
    opening: str = ""
    columns: tuple[str, ...] = ()

    @property
    def quote(self) -> str:
        """What to show a reader: the text, after the line that opens its list if it makes no sense without."""
        return f"{self.opening.rstrip(' :')} … {self.text}" if self.opening else self.text

    @property
    def in_context(self) -> str:
        """The text without Markdown, after its heading or opening, as it is compared with a question."""
        text = self.text
        if self.columns:
            text = ", ".join(f"{name} {cell}" for name, cell in zip(self.columns, _cells(text), strict=False))
        lead = (self.opening or self.heading).rstrip(" :.")
        joint = " " if lead.endswith("?") else ": "
        return _EMPHASIS.sub("", f"{lead}{joint}{text}" if lead else text)

    @property
    def plain(self) -> str:
        """The text alone without Markdown."""
        return _EMPHASIS.sub("", self.text)


def sentences(text: str) -> Iterator[Sentence]:
    """Cut Markdown or plain text into sentences, list items and table rows.

    Headings, questions and the lines that open a list are never pieces of their own, since they answer nothing.
    """
    heading = ""
    columns: tuple[str, ...] = ()
    prose: list[str] = []
    # The last sentence, if it has no end: the opening of the list below it, or a piece if no list follows.
    unfinished: Sentence | None = None

    def flush() -> Iterator[Sentence]:
        nonlocal unfinished
        for piece in _prose(" ".join(prose), heading) if prose else ():
            if unfinished:
                yield unfinished
            unfinished = None if _FINISHED.search(piece.text) else piece
            if unfinished is None:
                yield piece
        prose.clear()

    opening = ""
    for line in map(str.strip, text.splitlines()):
        row, item, title = _TABLE_ROW.match(line), _LIST_ITEM.match(line), _HEADING.match(line)
        if line and not (row or item or title):
            prose.append(line)
            opening, columns = "", ()
            continue
        yield from flush()
        if title:
            if unfinished:
                yield unfinished
            heading, opening, unfinished = title["words"], "", None
        elif row or item:
            if unfinished:
                opening, unfinished = unfinished.text, None
            if row:
                if not columns:
                    columns = tuple(_cells(line))
                elif not _TABLE_RULE.match(line):
                    yield Sentence(line.strip("| "), heading, opening, columns)
            elif item and len(item["words"].split()) <= _LONGEST_LIST_ITEM:
                yield Sentence(item["words"], heading, opening)
            elif item:
                yield from _prose(item["words"], opening or heading)
    yield from flush()
    if unfinished:
        yield unfinished


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def _prose(text: str, heading: str) -> Iterator[Sentence]:
    start, cuts = 0, []
    for match in _SENTENCE_END.finditer(text):
        if not _ABBREVIATION.search(text[: match.start()]):
            cuts.append(text[start : match.end("closing")])
            start = match.end()
    cuts.append(text[start:])
    for piece in filter(None, map(str.strip, cuts)):
        if run_in := _RUN_IN_HEADING.match(piece):
            heading = run_in["words"]
        elif re.search(r"\?[\"'”’)*_]*$", piece):
            heading = piece
        else:
            yield Sentence(piece, heading)
