"""What Start here says in its text holds: its numbers, its three answers, its links."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from archkit.case import Case
from autograde.checks.start_here import ARCHITECTS, OTHERS

COURSE = Path(__file__).resolve().parents[2]
NOTEBOOK = COURSE / "modules" / "0_start_here.ipynb"


@pytest.fixture(scope="module")
def cells() -> list[Any]:
    return list(nbformat.read(NOTEBOOK, as_version=4).cells)


@pytest.fixture(scope="module")
def text(cells: list[Any]) -> str:
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_every_link_to_a_lesson_leads_to_one(text: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("http")]
    assert links
    assert all((NOTEBOOK.parent / link).is_file() for link in links)


def test_the_numbers_of_the_first_decision_are_those_of_the_case(text: str) -> None:
    larkspur = Case.demonstration()
    tokens, price = larkspur.tokens, larkspur.price.input_usd_per_million
    added = larkspur.traffic.requests_per_month * tokens.tokens_per_passage
    dollars = added * price / 1e6
    contacts = -(-dollars // larkspur.value_of_resolved_contact_usd)
    sent = tokens.instructions + tokens.question + tokens.passages * tokens.tokens_per_passage
    for said in (
        f"A passage of {tokens.tokens_per_passage} tokens goes along with each of "
        f"{larkspur.traffic.requests_per_month:,} requests. That is {added / 1e6:.0f} million tokens, and "
        f"{dollars:.0f} dollars a month",
        f"{price:g} dollars a million",
        f"{contacts:.0f} more resolved contacts a month",
        f"one in {larkspur.traffic.requests_per_month / contacts:,.0f}"[:9],
        f"{tokens.passages * tokens.tokens_per_passage} of {sent:,} tokens",
    ):
        assert said in text


def test_the_self_check_asks_about_the_decisions_that_its_check_knows(text: str) -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == {*ARCHITECTS, *OTHERS}


@pytest.mark.slow
def test_trailmate_answers_rightly_abstains_and_fails_as_the_text_says(cells: list[Any]) -> None:
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    variables: dict[str, Any] = {}
    for source in code:
        if "def trailmate" in source or "ENGLAND =" in source:
            exec(source, variables)
    replies = {name: variables["trailmate"](variables[name]).data for name in ("SWITZERLAND", "TRIPS", "ENGLAND")}
    assert "€14.90" in replies["SWITZERLAND"]
    assert "fee" in replies["SWITZERLAND"]
    assert set(re.findall(r"\[(KB-\d+)\]", replies["SWITZERLAND"])) == {"KB-006"}
    assert replies["TRIPS"].startswith("I do not know")
    assert replies["ENGLAND"].startswith("Good news")
    assert set(re.findall(r"\[(KB-\d+)\]", replies["ENGLAND"])) == {"KB-007"}
    found = [passage.metadata["id"] for passage in variables["search"].invoke(variables["ENGLAND"])]
    assert found[:2] == ["KB-007", "KB-008"]
