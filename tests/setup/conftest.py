"""The set-up script as a module: it lies beside the packages, not in one."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

COURSE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def course() -> Path:
    """Return this checkout's folder."""
    return COURSE


@pytest.fixture(scope="session")
def loaded_bootstrap() -> ModuleType:
    """Return bootstrap.py, loaded once."""
    return _bootstrap()


@pytest.fixture
def bootstrap() -> ModuleType:
    """Return bootstrap.py, loaded afresh for tests that change it."""
    return _bootstrap()


def _bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", COURSE / "bootstrap.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
