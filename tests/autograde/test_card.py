"""The result card, as a learner reads it in light and dark themes, by a screen reader, and as plain text."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograde.answers import AnswerSheet, Number, answer
from autograde.card import card_html, card_text
from autograde.findings import CheckResult, Finding, Judgement, Misconception, Outcome
from autograde.record import result_record
from autograde.registry import Check

N, E, W, R = Outcome.NOT_ATTEMPTED, Outcome.ERROR, Outcome.WRONG, Outcome.RIGHT
VOID = {"br", "hr", "img", "input", "meta", "link"}
HARMLESS = {"div", "span", "strong", "p", "ul", "li", "details", "summary", "code"}
HARMLESS_ATTRIBUTES = {"style", "role", "aria-label", "aria-hidden"}


class Sheet(AnswerSheet):
    a: Number = answer("a number")


CHECK = Check("tests_card.task", "The load", Sheet, held_back_points=2, held_back_about="loads you have not seen")


class Parsed(HTMLParser):
    """The elements, attributes and text of a fragment, parsed as a browser would begin to."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment in a card")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError("a declaration in a card")


def result(*findings: Finding, held_back: float = 0, notice: str = "") -> CheckResult:
    return CheckResult("tests_card.task", "The load", findings, held_back, notice)


def finding(outcome: Outcome, title: str = "The peak", held_back: bool = False, **judged: Any) -> Finding:
    judgement = Judgement(**{"credit": 1 if outcome is R else 0, **judged}) if outcome in (W, R) else None
    return Finding("name", title, 2, outcome, judgement, "" if judgement else "A `sentence`.", held_back)


AVERAGE = Misconception("average_for_peak", "This is the average again.")
WRONG = finding(
    W,
    seen="0.9 requests/s",
    expected="about 4.6 requests/s",
    gap="5 times too low",
    why="Size matters.",
    misconception=AVERAGE,
)
HELD_BACK_SECRET = "at 1,234.5 requests/s model: 3.1"
SECRET = finding(
    W,
    "At loads that were not shown",
    held_back=True,
    seen=HELD_BACK_SECRET,
    expected="the secret 9.9",
    gap="the secret gap",
    why="the secret why",
    misconception=AVERAGE,
)


def test_a_card_says_what_was_given_why_it_is_wrong_and_why_it_matters() -> None:
    text = Parsed(card_html(result(WRONG, finding(R)))).text
    for part in (
        "The load",
        "Partly right",
        "2 of 4 points",
        "0.9 requests/s",
        "5 times too low",
        AVERAGE.message,
        "Why it matters",
        "Size matters.",
    ):
        assert part in text


def test_what_was_expected_is_shown_only_once_the_work_is_graded() -> None:
    assert "about 4.6" not in card_html(result(WRONG)) + card_text(result(WRONG))
    assert "about 4.6 requests/s" in card_html(result(WRONG), graded=True)
    assert "about 4.6" not in card_html(result(finding(R, expected="about 4.6")), graded=True)


@pytest.mark.parametrize("graded", [False, True])
def test_the_four_outcomes_differ_in_words_not_only_in_colour(graded: bool) -> None:
    cards = {outcome: card_html(result(finding(outcome)), graded=graded) for outcome in Outcome}
    texts = {outcome: card_text(result(finding(outcome)), graded=graded) for outcome in Outcome}
    for outcome, word in {R: "Right", W: "Wrong", E: "Error", N: "Not attempted"}.items():
        words_only = re.sub(r"\s+", " ", Parsed(cards[outcome]).text)
        assert word in words_only and word in texts[outcome]
        others = {"Right", "Wrong", "Error", "Not attempted"} - {word}
        assert not any(other in words_only for other in others)
        assert not any(other in texts[outcome] for other in others)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_screen_reader_hears_the_outcome_and_the_score_first(outcome: Outcome) -> None:
    parsed = Parsed(card_html(result(finding(outcome))))
    tag, attributes = parsed.elements[0]
    assert (tag, attributes["role"]) == ("div", "group")
    word = {R: "Right", W: "Wrong", E: "Error", N: "Not attempted"}[outcome]
    assert attributes["aria-label"] == f"The load: {word}, {'2' if outcome is R else '0'} of 2 points"
    marks = [attributes for tag, attributes in parsed.elements if attributes.get("aria-hidden")]
    assert marks, "the marks are hidden from it, for the words say the same"


TRICKY = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            "</div><img src=x onerror=alert(1)>",
            '" onmouseover="alert(1)',
            "' style='position:fixed",
            "`<b>`",
            "`a` and `b<c`",
            "``` `` `",
            "&lt;script&gt;",
            "<!-- comment",
            "javascript:alert(1)",
            "\x00\x1b[31m",
        ]
    ),
)


@given(TRICKY, TRICKY, TRICKY, TRICKY, st.sampled_from(list(Outcome)), st.booleans())
def test_nothing_that_a_learner_writes_becomes_markup(
    one: str, two: str, three: str, four: str, outcome: Outcome, graded: bool
) -> None:
    tricky = finding(outcome, title=one)
    judged = finding(W, seen=one, gap=two, expected=three, why=four, misconception=Misconception("m", two))
    message = Finding("name", two, 1, E, None, three)
    whole = CheckResult("tests_card.task", four, (tricky, judged, message, SECRET), 2, one)
    html = card_html(whole, graded=graded)
    parsed = Parsed(html)
    for tag, attributes in parsed.elements:
        assert tag in HARMLESS
        assert set(attributes) <= HARMLESS_ATTRIBUTES
    assert "<script" not in html.lower()
    card_text(whole, graded=graded)


def test_names_in_backticks_are_shown_as_code() -> None:
    html = card_html(result(Finding("name", "T", 1, E, None, "`rate` is <None>. Write `def f(x):`.")))
    assert "<code>rate</code> is &lt;None&gt;. Write <code>def f(x):</code>." in html


def test_one_message_for_all_findings_is_said_once() -> None:
    whole = result(finding(E, "One"), finding(E, "Two"))
    assert card_html(whole).count("sentence") == 1
    assert card_text(whole).count("sentence") == 1


def test_before_grading_the_card_says_how_many_points_are_held_back_and_on_what() -> None:
    whole = result(finding(R), held_back=2)
    for text in (Parsed(card_html(whole)).text, card_text(whole)):
        assert "2 of 2 points" in text
        assert "2 of 4 points are checked on loads you have not seen, when your work is graded." in text
    blank = result(finding(N), held_back=2)
    assert "have not seen" not in card_html(blank)


def test_of_held_back_findings_the_graded_card_shows_points_and_a_named_misconception_only() -> None:
    whole = result(WRONG, SECRET)
    html, text = card_html(whole, graded=True), card_text(whole, graded=True)
    assert "On cases you had not seen: 0 of 2 points." in Parsed(html).text
    assert AVERAGE.message in html
    for secret in (HELD_BACK_SECRET, "the secret", "1,234.5", SECRET.title):
        assert secret not in html and secret not in text


def test_neither_does_the_record_hold_what_held_back_findings_saw() -> None:
    fell = Finding("hidden", "T", 2, E, None, "`f(1234.5)` raised ValueError", held_back=True)
    record = str(result_record(result(WRONG, SECRET, fell)))
    for secret in (HELD_BACK_SECRET, "the secret", "1234.5", "0.9 requests/s", "about 4.6"):
        assert secret not in record
    assert "average_for_peak" in record


def test_a_held_back_error_shows_no_message() -> None:
    fell = Finding("hidden", "T", 2, E, None, "`f(1234.5)` raised ValueError", held_back=True)
    assert "1234.5" not in card_html(result(WRONG, fell), graded=True)


def test_a_notice_stands_on_the_card_and_in_the_text() -> None:
    whole = result(WRONG, notice="Worked with the id 'ben'.")
    assert "Note: Worked with the id 'ben'." in Parsed(card_html(whole)).text
    assert "Note: Worked with the id 'ben'." in card_text(whole)


def relative_luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it, of a colour such as #1b5e20."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_where_no_theme_gives_colours_text_and_marks_have_contrast_on_the_cards_background(outcome: Outcome) -> None:
    styles = [attributes.get("style") or "" for _, attributes in Parsed(card_html(result(finding(outcome)))).elements]
    background = next(m for s in styles for m in re.findall(r"background:var\([\w-]+, (#[0-9a-f]{6})\)", s))
    colours = {m for s in styles for m in re.findall(r"(?<![\w-])color:var\([\w-]+, (#[0-9a-f]{6})\)", s)}
    assert len(colours) == 2, "the text's colour and the mark's"
    for colour in colours:
        light, dark = sorted((relative_luminance(background), relative_luminance(colour)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, colour


def test_every_colour_comes_from_the_theme_where_there_is_one() -> None:
    for outcome in Outcome:
        style = card_html(result(finding(outcome)))
        for colour in re.findall(r"#[0-9a-f]{3,8}\b", style):
            assert re.search(rf"var\(--jp-[\w-]+, {colour}\)", style)
