"""Lines, changes, imports and dependencies are counted as a reader would count them."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from archkit.source_measures import change_between, code_lines, distributions_behind, import_times, imports_of

SOURCE = '''"""A docstring.

Of three lines."""

import json  # why
import os.path
from collections import deque

# A comment.
LIMIT = 3


def first(a):
    """Say something."""
    return a  # "# not a comment" is one


class Kept:
    """A docstring."""

    word = "# no comment"

    def second(self):
        return json, deque
'''


@pytest.fixture
def module_of(tmp_path: Path) -> Callable[[str], ModuleType]:
    def make(source: str) -> ModuleType:
        path = tmp_path / f"made_{len(list(tmp_path.iterdir()))}.py"
        path.write_text(source, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec
        return importlib.util.module_from_spec(spec)

    return make


def test_lines_of_code_leave_out_comments_docstrings_and_empty_lines(module_of: Callable[[str], ModuleType]) -> None:
    assert code_lines(module_of(SOURCE)) == [
        "import json",
        "import os.path",
        "from collections import deque",
        "LIMIT = 3",
        "def first(a):",
        "    return a",
        "class Kept:",
        '    word = "# no comment"',
        "    def second(self):",
        "        return json, deque",
    ]


def test_a_change_names_lines_and_functions(module_of: Callable[[str], ModuleType]) -> None:
    after = SOURCE.replace("return a  #", "return a + 1  #").replace("LIMIT = 3", "LIMIT = 3\nMORE = 4")
    change = change_between(module_of(SOURCE), module_of(after))
    assert change.removed == ("    return a",)
    assert change.added == ("MORE = 4", "    return a + 1")
    assert (change.lines, change.functions, change.of_functions) == (2, ("first",), 2)


def test_other_words_in_comments_and_docstrings_are_no_change(module_of: Callable[[str], ModuleType]) -> None:
    after = SOURCE.replace("A comment.", "Another.").replace("Say something.", "Say nothing.")
    change = change_between(module_of(SOURCE), module_of(after))
    assert (change.lines, change.functions) == (0, ())


def test_imports_are_those_at_the_top(module_of: Callable[[str], ModuleType]) -> None:
    assert imports_of(module_of(SOURCE)) == ["collections", "json", "os.path"]


def test_the_standard_library_is_no_dependency_and_a_package_brings_its_own(
    module_of: Callable[[str], ModuleType],
) -> None:
    assert distributions_behind(module_of(SOURCE)) == set()
    behind = distributions_behind(module_of("import httpx\n"))
    assert {"httpx", "httpcore", "h11", "certifi", "idna"} <= behind
    assert "h2" not in behind  # only the extra `http2` needs it


def test_a_package_of_another_name_than_its_module_is_found(module_of: Callable[[str], ModuleType]) -> None:
    assert distributions_behind(module_of("import yaml\n")) == {"pyyaml"}


def test_a_shared_namespace_is_told_apart_by_the_submodule(module_of: Callable[[str], ModuleType]) -> None:
    assert "llama-index-core" in distributions_behind(module_of("from llama_index.core import VectorStoreIndex\n"))


def test_imports_are_timed_in_processes_of_their_own() -> None:
    seconds = import_times("json", "this", times=2)
    assert set(seconds) == {"json", "this"}
    assert all(value >= 0 for value in seconds.values())
    assert "this" not in sys.modules
