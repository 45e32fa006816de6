import importlib.util
import json
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from archkit.course import data_folder


@dataclass(frozen=True)
class Article:
    path: Path
    fields: dict[str, Any]
    body: str


@pytest.fixture(scope="session")
def articles() -> dict[str, Article]:
    found = {}
    for path in sorted((data_folder() / "knowledge_base").glob("*.md")):
        opening, front_matter, body = path.read_text(encoding="utf-8").split("---\n", 2)
        assert opening == "", f"{path.name} has text before its front matter"
        found[path.stem] = Article(path, yaml.safe_load(front_matter), body)
    return found


@pytest.fixture(scope="session")
def defects() -> list[dict[str, Any]]:
    text = (data_folder() / "knowledge_base_defects.json").read_text(encoding="utf-8")
    return list(json.loads(text)["defects"])


@pytest.fixture(scope="session")
def questions() -> list[dict[str, Any]]:
    text = (data_folder() / "questions" / "questions.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="session")
def make_orders() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_orders", data_folder() / "orders" / "make_orders.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def orders() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"{(data_folder() / 'orders' / 'orders.sqlite').as_uri()}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()
