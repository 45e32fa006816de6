"""Reads a learner's support program from its file, with the client's rules and the learner's budgets put into it."""

from __future__ import annotations

import ast
import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from types import EllipsisType
from typing import Any

from archkit.case import Case

__all__ = ["read_program"]


def read_program(path: str | Path, case: Case, policy: object) -> str | EllipsisType:
    """Return the text of a support program as it is rehearsed and graded.

    Its first line becomes `RULES = ...; POLICY = ...`, two plain dictionaries, so that line numbers in messages stay
    those of the file. Where the first line is no comment, the line is put before it.

    Args:
        path: the file that the notebook's `%%writefile` cell has written.
        case: the client; `RULES` is `case.support` as plain data.
        policy: the budgets of task 1 by specialist; in `POLICY` times are whole milliseconds and a missing pause is 0.

    Returns:
        The program; `...` where there is no file, or `build_graph` in it is still blank.
    """
    file = Path(path)
    if not file.is_file():
        print(f"There is no file {file.name} yet. Run the cell that begins with %%writefile.", file=sys.stderr)
        return ...
    text = file.read_text(encoding="utf-8", errors="replace")
    if _is_blank(text):
        return ...
    rules = case.support.model_dump(mode="json")
    line = f"RULES = {rules!r}; POLICY = {_plain(policy)!r}"
    first, newline, rest = text.partition("\n")
    return f"{line}{newline}{rest}" if first.lstrip().startswith("#") else f"{line}\n{text}"


def _is_blank(text: str) -> bool:
    """Whether `build_graph` is there and does nothing yet."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return False  # a program that cannot be read is an attempt; the rehearsal says in which line it fails
    found = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name == "build_graph"]
    return bool(found) and all(
        isinstance(statement, ast.Pass)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        for statement in found[-1].body
    )


def _plain(policy: object) -> dict[str, Any]:
    """Return a policy as plain data; {} where there is none that a program could use."""
    if not isinstance(policy, Mapping):
        print("Task 1 gives no policy yet, so POLICY is empty in the program.", file=sys.stderr)
        return {}
    try:
        budgets = json.loads(json.dumps({str(id): dict(budget) for id, budget in policy.items()}, default=float))
        return {
            id: {
                **budget,
                **{name: math.ceil(budget[name]) for name in ("timeout_ms", "attempts") if name in budget},
                "pause_ms": budget.get("pause_ms", 0),
            }
            for id, budget in budgets.items()
        }
    except (TypeError, ValueError, OverflowError, RecursionError):
        print("The policy of task 1 is not of its form, so POLICY is empty in the program.", file=sys.stderr)
        return {}
