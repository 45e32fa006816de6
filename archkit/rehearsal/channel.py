"""The line between the stage and a program's process: a JSON object each line, on descriptors of its own."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

__all__ = ["MAX_LINE", "Channel", "LineClosed", "LineGarbled"]

MAX_LINE = 1_000_000
"""Longest line in bytes; a program's text of 60,000 characters fits whatever its characters are."""


class LineClosed(Exception):
    """The other side has closed the line, or is gone."""


class LineGarbled(Exception):
    """The other side wrote something that is no message."""


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON number")


class Channel:
    """Messages over a pair of binary streams.

    Args:
        reader: where messages are read from, buffered.
        writer: where messages are written to.
    """

    def __init__(self, reader: BinaryIO, writer: BinaryIO) -> None:
        self._reader, self._writer = reader, writer

    def send(self, message: dict[str, Any]) -> None:
        """Write one message.

        Raises:
            LineClosed: when nobody can read it any more.
        """
        line = json.dumps(message, allow_nan=False).encode() + b"\n"
        try:
            self._writer.write(line)
            self._writer.flush()
        except (OSError, ValueError):
            raise LineClosed from None

    def receive(self) -> dict[str, Any]:
        """Wait for one message.

        Raises:
            LineClosed: when no more will come.
            LineGarbled: when a line is too long or no JSON object.
        """
        try:
            line = self._reader.readline(MAX_LINE + 1)
        except (OSError, ValueError):
            raise LineClosed from None
        if not line:
            raise LineClosed
        if len(line) > MAX_LINE or not line.endswith(b"\n"):
            raise LineGarbled(f"a message is longer than {MAX_LINE:,} bytes, or cut off")
        try:
            message = json.loads(line, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise LineGarbled("a line is no JSON") from None
        if not isinstance(message, dict):
            raise LineGarbled("a line is no JSON object")
        return message
