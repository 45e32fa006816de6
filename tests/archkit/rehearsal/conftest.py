"""One small shop for all rehearsals of these tests, and the programs that are rehearsed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archkit.rehearsal import Record, Route, Script, ScriptedSpecialist, Topic, end_rehearsals

PROGRAMS = Path(__file__).parent / "programs"
RETURNS = "How do I return a tent?"
STATUS = "Where is my order R-1?"


@pytest.fixture(scope="session", autouse=True)
def nothing_stays_behind() -> Iterator[None]:
    yield
    end_rehearsals()


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """Return the text of one of the example programs by its name."""
    return lambda name: (PROGRAMS / f"{name}.py").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def scripted() -> Callable[..., Script]:
    """Return a script about the shop; turns, faults and the rest as given."""

    def script(*turns: str, **more: Any) -> Script:
        shop: dict[str, Any] = {
            "name": "a rehearsal",
            "customer": "C-1",
            "specialists": (
                ScriptedSpecialist(id="triage", role="triage"),
                ScriptedSpecialist(id="knowledge", role="knowledge", latency_ms=600),
                ScriptedSpecialist(id="records", role="records"),
                ScriptedSpecialist(id="refund", role="action", latency_ms=400),
            ),
            "records": (
                Record(id="R-1", customer="C-1", status="delivered", amount=80),
                Record(id="R-2", customer="C-2", status="on its way", amount=30),
                Record(id="R-3", customer="C-1", status="delivered", amount=250),
            ),
            "topics": (
                Topic(words=("return", "returns"), answer="You can return goods for 30 days.", sources=("KB-7",)),
            ),
            "routes": (
                Route(specialist="knowledge", words=("how", "return", "returns")),
                Route(specialist="records", words=("order", "refund")),
            ),
        }
        return Script(**{**shop, "turns": turns or (RETURNS,), **more})

    return script
