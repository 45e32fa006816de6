"""Submitted files that are no notebooks: one sentence that says why."""

import logging
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_notebook

from autograde.submitted_notebook import explain_unreadable, why_unreadable

WHOLE = nbformat.writes(new_notebook())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"\xff\xfe\x00", "is not text"),
        (b"PK\x03\x04\x80\x81", "is not text"),
        (b"Dear teacher", "is not JSON"),
        (WHOLE[: len(WHOLE) // 2].encode(), "is not JSON"),
        (b"[]", "no notebook"),
        (b'"text"', "no notebook"),
        (b"{}", "no notebook"),
        (b'{"nbformat": 4}', "no notebook"),
        (b'{"nbformat": "four", "cells": []}', "no notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 7}', "no notebook"),
        (b"[" * 100_000, "no notebook"),
    ],
)
def test_a_file_that_is_no_notebook_is_told_in_one_sentence(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "work.ipynb"
    path.write_bytes(content)
    reason = why_unreadable(path)
    assert reason is not None
    assert reason.startswith("work.ipynb ") and words in reason
    assert "\n" not in reason and len(reason) < 250


def test_a_notebook_is_readable(tmp_path: Path) -> None:
    path = tmp_path / "work.ipynb"
    path.write_text(WHOLE, encoding="utf-8")
    assert why_unreadable(path) is None


def test_a_file_that_is_not_there_or_is_a_folder_is_told(tmp_path: Path) -> None:
    assert "cannot be opened" in str(why_unreadable(tmp_path / "none.ipynb"))
    assert "cannot be opened" in str(why_unreadable(tmp_path))


def test_the_reason_goes_into_nbgraders_log_with_the_learners_id(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "work.ipynb"
    path.write_text("{", encoding="utf-8")
    monkeypatch.setattr(logging.getLogger("traitlets"), "propagate", True)
    with caplog.at_level(logging.ERROR, logger="traitlets"):
        explain_unreadable(assignment="sketch", student="luca", notebooks=[str(path)])
    assert "sketch of luca was not graded: work.ipynb is not JSON" in caplog.text
