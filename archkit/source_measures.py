"""What can be measured of a program without running it: its lines, its changes, its imports, what it depends on."""

from __future__ import annotations

import ast
import difflib
import functools
import importlib.metadata
import io
import subprocess
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

__all__ = ["Change", "change_between", "code_lines", "distributions_behind", "import_times", "imports_of"]


def code_lines(module: ModuleType) -> list[str]:
    """Return a module's lines of code: no empty lines, comments or docstrings, and no trailing comments."""
    return _code_lines(_source(module))


@dataclass(frozen=True)
class Change:
    """What it takes to make one program of another.

    Attributes:
        removed: lines of code that go.
        added: lines of code that come.
        functions: names of the functions and methods whose code differs, or that only one program has.
        of_functions: how many functions and methods the first program has.
    """

    removed: tuple[str, ...]
    added: tuple[str, ...]
    functions: tuple[str, ...]
    of_functions: int

    @property
    def lines(self) -> int:
        """Lines touched: of a rewritten line only the new one counts."""
        return max(len(self.removed), len(self.added))


def change_between(before: ModuleType, after: ModuleType) -> Change:
    """Compare two versions of a program, line by line of code and function by function."""
    old, new = _code_lines(_source(before)), _code_lines(_source(after))
    diff = [line for line in difflib.unified_diff(old, new, n=0, lineterm="") if line[:3] not in ("---", "+++")]
    ours, theirs = _functions(_source(before)), _functions(_source(after))
    differing = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    return Change(
        tuple(line[1:] for line in diff if line.startswith("-")),
        tuple(line[1:] for line in diff if line.startswith("+")),
        tuple(differing),
        len(ours),
    )


def imports_of(module: ModuleType) -> list[str]:
    """Return the names of the modules that a module imports at its top, sorted, standard library included."""
    found: set[str] = set()
    for node in ast.parse(_source(module)).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module != "__future__":
            found.add(node.module)
    return sorted(found)


def distributions_behind(module: ModuleType) -> set[str]:
    """Return the installed distributions that a module's imports need, with all that those need in turn.

    Optional extras and markers that do not hold here are left out; `archkit` itself is not counted.
    """
    outside = [
        name for name in imports_of(module) if name.partition(".")[0] not in {"archkit", *sys.stdlib_module_names}
    ]
    found: set[str] = set()
    todo = [name for imported in outside for name in _distributions_of(imported)]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += _required(name)
    return found


def import_times(*modules: str, times: int = 1) -> dict[str, float]:
    """Return the seconds that each module takes to import in a fresh process, the shortest of `times` tries.

    The modules take turns, so that a busy computer slows all of them alike. The start of Python itself is not counted.
    """
    measure = "import sys, time; t = time.perf_counter(); __import__(sys.argv[1]); print(time.perf_counter() - t)"
    best: dict[str, float] = {}
    for _ in range(times):
        for name in modules:
            ran = subprocess.run([sys.executable, "-c", measure, name], capture_output=True, text=True, check=True)
            seconds = float(ran.stdout.split()[-1])
            best[name] = min(seconds, best.get(name, seconds))
    return best


def _source(module: ModuleType) -> str:
    return Path(str(module.__file__)).read_text(encoding="utf-8")


def _code_lines(source: str) -> list[str]:
    tree = ast.parse(source)
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and first.value.value is not None:
                skipped |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    kept = (line.rstrip() for number, line in enumerate(lines, start=1) if number not in skipped)
    return [line for line in kept if line]


def _functions(source: str) -> dict[str, str]:
    found: dict[str, str] = {}

    def visit(node: ast.AST, path: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                name = f"{path}.{child.name}".lstrip(".")
                if not isinstance(child, ast.ClassDef):
                    found[name] = "\n".join(_code_lines(ast.unparse(child)))
                visit(child, name)

    visit(ast.parse(source), "")
    return found


@functools.cache
def _distributions_of(imported: str) -> list[str]:
    """Return the distributions that hold an imported module."""
    # Most are named after what they hold, and a part of a namespace (llama_index.core) after its full name.
    parts = imported.split(".")
    for length in range(len(parts), 0, -1):
        name = _plain("-".join(parts[:length]))
        try:
            importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        return [name]
    return [_plain(name) for name in set(importlib.metadata.packages_distributions().get(parts[0], []))]


@functools.cache
def _required(name: str) -> list[str]:
    from packaging.requirements import Requirement

    try:
        listed = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    needed = [Requirement(text) for text in listed]
    wanted = [one for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    return [_plain(one.name) for one in wanted]


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
