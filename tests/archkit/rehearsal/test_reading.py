"""A transcript as people read it: HTML without script, and plain text that says the same."""

import re
from html.parser import HTMLParser

import pytest

from archkit.rehearsal import Fault, Transcript, rehearse


@pytest.fixture(scope="module")
def refunded(program, scripted) -> Transcript:
    script = scripted("Please refund order R-3 <b>now</b>", name="kill & resume", kill_at_call=3, kill_when="after")
    return rehearse(program("sound"), script)


def seen_by_a_reader(html: str) -> str:
    words: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            words.append(data)

    Reader().feed(html)
    return re.sub(r"\s+", " ", " ".join(words))


def test_the_page_holds_no_script_and_nothing_from_elsewhere(refunded: Transcript) -> None:
    html = refunded._repr_html_()
    assert not re.search(r"<script|<style|\son\w+=|javascript:|https?://|<b>now", html)
    assert "&lt;b&gt;now&lt;/b&gt;" in html


def test_every_element_is_closed_and_the_table_has_headings(refunded: Transcript) -> None:
    html = refunded._repr_html_()
    for tag in ("div", "table", "thead", "tbody", "tr", "td", "th", "p", "strong", "span"):
        assert len(re.findall(rf"<{tag}[ >]", html)) == html.count(f"</{tag}>"), tag
    assert html.count('<th scope="col"') == 5
    assert 'role="group" aria-label="Rehearsal: kill &amp; resume"' in html


@pytest.mark.parametrize("form", ["html", "text"])
def test_a_reader_learns_what_happened(refunded: Transcript, form: str) -> None:
    said = seen_by_a_reader(refunded._repr_html_()) if form == "html" else re.sub(r"\s+", " ", str(refunded))
    for part in (
        "Rehearsal: kill & resume",
        "Please refund order R-3 <b>now</b>",
        "simulated, 4 calls",
        "the process was killed here, though the specialist did its work",
        "at call 3; a new process went on from the checkpoint.",
        "the answer was 'approve'.",
        "refund paid 250.00 to C-1 for R-3 (key refund-R-3).",
        "Refunded: REFUND-0001.",
        "Outcome: answered",
        "with every message of the customer",
    ):
        assert part.replace(": ", " : ") in said.replace(": ", " : ") or part in said, part


def test_colours_have_a_word_beside_them(program, scripted) -> None:
    hung = rehearse(program("no_timeout"), scripted(faults=(Fault(specialist="knowledge", kind="timeout"),)))
    assert "hung: no reply, ever" in hung._repr_html_()
    assert "hung: no reply, ever" in str(hung)


def test_a_program_that_cannot_run_is_shown_with_its_sentence(scripted) -> None:
    broken = rehearse("def build_graph(:", scripted())
    for form in (broken._repr_html_(), str(broken)):
        assert "The program cannot be run." in form and "Line 1" in form


def test_long_turns_are_cut_and_say_so(program, scripted) -> None:
    faults = (Fault(specialist="knowledge", kind="timeout"),)
    endless = rehearse(program("retries_for_ever"), scripted(faults=faults))
    assert "… and 48 calls more." in endless._repr_html_()
    assert "48 calls more" in str(endless)
    assert len(endless._repr_html_()) < 20_000


def test_a_transcript_survives_its_json(refunded: Transcript) -> None:
    assert Transcript.model_validate_json(refunded.model_dump_json()) == refunded
