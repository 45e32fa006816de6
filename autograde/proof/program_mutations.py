"""Mutants of a right program: one small change of its syntax tree each, as a slip or a wrong idea would make it.

Handlers dropped, timeouts and keys left out, bounds moved, conditions turned round, outcomes exchanged, ways to other
nodes exchanged. The program's first line, which holds facts of the case, stays as it is.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["OUTCOMES", "program_changed"]

OUTCOMES = ("answered", "degraded", "escalated", "refused")
_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
Change = tuple[str, Callable[[], None]]


def program_changed(text: str) -> Iterator[tuple[str, str]]:
    """Generate mutants of a program: (what was changed, with the function and line, and the changed text).

    Args:
        text: the program; its first line is kept as it is.
    """
    first, _, rest = text.partition("\n")
    tree = ast.parse(rest)
    count = sum(1 for _ in _changes(tree))
    for at in range(count):
        mutant = copy.deepcopy(tree)
        for number, (description, change) in enumerate(_changes(mutant)):
            if number == at:
                change()
                yield description, f"{first}\n{ast.unparse(ast.fix_missing_locations(mutant))}\n"
                break


def _changes(tree: ast.Module) -> Iterator[Change]:
    for function in [n for n in tree.body if isinstance(n, ast.FunctionDef)]:
        yield from _in_function(function, "")


def _in_function(function: ast.FunctionDef, outer: str) -> Iterator[Change]:
    name = f"{outer}{function.name}"
    for node, parent, field in _own_nodes(function):
        line = getattr(node, "lineno", 0) + 1
        for what, change in _of_node(node, parent, field):
            yield f"{name}, line {line}: {what}", change
    for inner in [n for n, _, _ in _own_nodes(function) if isinstance(n, ast.FunctionDef)]:
        yield from _in_function(inner, f"{name}/")


def _own_nodes(function: ast.FunctionDef) -> Iterator[tuple[ast.AST, ast.AST, str]]:
    """Yield the nodes of a function with their parents, without those inside functions in it."""
    open_: list[tuple[ast.AST, ast.AST, str]] = [(child, function, "body") for child in function.body]
    while open_:
        node, parent, field = open_.pop(0)
        yield node, parent, field
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            continue
        for name, value in ast.iter_fields(node):
            values: list[Any] = value if isinstance(value, list) else [value]
            open_ += [(child, node, name) for child in values if isinstance(child, ast.AST)]


def _of_node(node: ast.AST, parent: ast.AST, field: str) -> Iterator[Change]:
    if isinstance(node, ast.Try):
        for handler in node.handlers:
            kind = ast.unparse(handler.type) if handler.type else "anything"
            yield f"{kind} is not caught", lambda h=handler: _drop_handler(node, h, parent)  # type: ignore[misc]
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        test = ast.unparse(node.test)
        yield f"`{test}` turned round", lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARED:
        other = _COMPARED[type(node.ops[0])]
        if not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            yield f"`{ast.unparse(node)}` with the other bound", lambda: node.ops.__setitem__(0, other())
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        yield f"`{ast.unparse(node)}` without its last part", lambda: setattr(node, "values", node.values[:-1] * 2)
    if isinstance(node, ast.Call):
        yield from _of_call(node)
    if isinstance(node, ast.Constant) and node.value in OUTCOMES and isinstance(parent, ast.Call):
        for outcome in ("answered", "degraded"):
            if outcome != node.value:
                yield f"outcome {outcome} for {node.value}", lambda o=outcome: setattr(node, "value", o)  # type: ignore[misc]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and "sleep" in ast.unparse(node.value):
        yield "does not wait", lambda: setattr(node, "value", ast.Constant(None))


def _of_call(call: ast.Call) -> Iterator[Change]:
    for keyword in call.keywords:
        if keyword.arg == "timeout_ms":
            yield "no timeout", lambda k=keyword: setattr(k, "value", ast.Constant(None))  # type: ignore[misc]
            yield "a quarter of the timeout", lambda k=keyword: _divide(k, 4)  # type: ignore[misc]
        if keyword.arg in ("idempotency_key", "key"):
            yield "no key", lambda k=keyword: setattr(k, "value", ast.Constant(None))  # type: ignore[misc]
        if keyword.arg == "checkpointer":
            yield "no checkpointer", lambda k=keyword: setattr(k, "value", ast.Constant(None))  # type: ignore[misc]
    if isinstance(call.func, ast.Name) and call.func.id == "range":
        yield "an attempt for ever", lambda: setattr(call, "args", [ast.Constant(10_000)])
        yield "one attempt only", lambda: setattr(call, "args", [ast.Constant(1)])


def _divide(keyword: ast.keyword, by: int) -> None:
    keyword.value = ast.BinOp(keyword.value, ast.FloorDiv(), ast.Constant(by))


def _drop_handler(node: ast.Try, handler: ast.ExceptHandler, parent: ast.AST) -> None:
    if len(node.handlers) > 1:
        node.handlers.remove(handler)
        return
    for name, value in ast.iter_fields(parent):
        if isinstance(value, list) and node in value:
            at = value.index(node)
            getattr(parent, name)[at : at + 1] = node.body
