"""A learner's case: the same everywhere, different for everybody, and clear about its answers."""

import json
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archkit.case import Case, InvalidLearnerId, Part, normalised_learner_id
from archkit.case.archetypes import ARCHETYPES
from archkit.case.draw import Draw

IDS = [f"learner-{number}" for number in range(400)]


@cache
def case_of(name: str) -> Case:
    return Case.for_learner(name)


def requests_per_second(case: Case, part: Part) -> float:
    """What a part sustains, worked out here from the brief alone."""
    uses = part.limit * part.replicas
    match part.unit:
        case "tokens/min":
            uses /= 60
        case "connections":
            assert part.hold_ms is not None
            uses *= 1000 / part.hold_ms
    reaching = case.record_share if part.when == "record questions" else 1
    return uses / (part.uses_per_request * reaching)


def peak(case: Case) -> float:
    return case.traffic.requests_per_month / (30 * 24 * 60 * 60) * case.traffic.peak_to_average


def answer_ms(case: Case) -> float:
    ms = {part.id: part.latency_ms for part in case.parts}
    model = case.latency.first_token_ms + case.tokens.answer * case.latency.ms_per_token
    return ms["gateway"] + max(ms["embedder"] + ms["index"], ms["records"]) + model


def bill(case: Case) -> float:
    tokens = case.tokens
    sent = tokens.instructions + tokens.question + tokens.passages * tokens.tokens_per_passage
    dollars = sent * case.price.input_usd_per_million + tokens.answer * case.price.output_usd_per_million
    return case.traffic.requests_per_month * dollars / 1_000_000


def test_the_same_id_gives_the_same_case_in_another_process() -> None:
    code = "from archkit.case import Case; print(Case.for_learner('ana').model_dump_json())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(other.stdout) == json.loads(Case.for_learner("ana").model_dump_json())


def test_the_draws_are_those_of_every_python_and_machine() -> None:
    # Written down once. A change here changes every learner's case in the middle of their course.
    draw = Draw("case 1/ana")
    assert [draw.whole(1, 1000) for _ in range(5)] == [626, 819, 381, 557, 656]
    ana = Case.for_learner("ana")
    assert (ana.company, ana.traffic.requests_per_month, ana.part("model").limit) == (
        "Caritas Meridian",
        8600000,
        2900000.0,
    )


def test_different_ids_give_different_cases() -> None:
    cases = {case_of(name).model_copy(update={"learner_id": None}).model_dump_json() for name in IDS}
    assert len(cases) == len(IDS)


def test_every_archetype_and_every_breaking_part_occurs() -> None:
    cases = [case_of(name) for name in IDS]
    assert {case.archetype for case in cases} == {kind.name for kind in ARCHETYPES}
    first = [min(case.parts, key=lambda part: requests_per_second(case, part)).id for case in cases]
    assert {name for name in first if first.count(name) >= 20} >= {"gateway", "embedder", "index", "model", "history"}


@pytest.mark.parametrize("start", range(0, len(IDS), 100))
def test_what_breaks_first_is_clear(start: int) -> None:
    for name in IDS[start : start + 100]:
        case = case_of(name)
        first, second = sorted(requests_per_second(case, part) for part in case.parts)[:2]
        assert second >= 1.4 * first
        assert first <= 0.83 * peak(case) or first >= 1.2 * peak(case)
        smallest_number = min(case.parts, key=lambda part: part.limit)
        assert requests_per_second(case, smallest_number) > first, "the table must not give the answer away"


@pytest.mark.parametrize("start", range(0, len(IDS), 100))
def test_targets_and_budgets_are_clearly_met_or_missed(start: int) -> None:
    for name in IDS[start : start + 100]:
        case = case_of(name)
        assert abs(case.latency.target_ms / answer_ms(case) - 1) >= 0.13
        assert abs(case.budget_usd_per_month / bill(case) - 1) >= 0.15


def test_numbers_are_ones_that_a_client_could_have() -> None:
    for name in IDS:
        case = case_of(name)
        assert all(part.limit >= 4 and part.replicas >= 1 for part in case.parts)
        assert min(part.availability for part in case.parts) > 0.99
        assert case.corpus.overlap_tokens < case.corpus.chunk_tokens < case.corpus.tokens_per_document
        assert {row.must_stay_in for row in case.data} <= {None, case.region}


@given(st.text(min_size=1, max_size=100))
@settings(deadline=None)
def test_any_text_is_an_id_or_is_refused_in_a_sentence(text: str) -> None:
    try:
        normal = normalised_learner_id(text)
    except InvalidLearnerId as error:
        assert str(error).endswith('such as LEARNER_ID = "ana".')
    else:
        assert Case.for_learner(text) == Case.for_learner(normal)
        assert normalised_learner_id(normal) == normal


@pytest.mark.parametrize("same", ["Ana", " ana ", "ANA\n".strip()])
def test_case_and_spaces_of_an_id_make_no_difference(same: str) -> None:
    assert Case.for_learner(same) == Case.for_learner("ana")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("", "empty"), ("   ", "empty"), ("x" * 101, "101 characters"), ("a\x00b", "control"), (7, "not int")],
)
def test_an_id_that_cannot_be_one_is_refused(wrong: object, said: str) -> None:
    with pytest.raises(InvalidLearnerId, match=said):
        Case.for_learner(wrong)  # type: ignore[arg-type]


def test_an_id_not_filled_in_gives_the_demonstration_company() -> None:
    assert Case.for_learner(...) == Case.demonstration()
    assert "not a learner's own case" in str(Case.demonstration())


def test_an_unknown_part_is_answered_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match="gateway, embedder, index, model, records, history"):
        Case.demonstration().part("cache")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_brief_is_well_formed_html_without_script_and_says_every_number() -> None:
    case = Case.for_learner("ana")
    tags = Tags()
    html = case._repr_html_()
    tags.feed(html)
    assert not tags.open
    assert "script" not in tags.seen
    assert {"caption", "th"} <= tags.seen
    for text in (html, str(case)):
        for number in (case.traffic.requests_per_month, case.corpus.documents, case.budget_usd_per_month):
            assert f"{number:,}" in text
        assert case.price.recorded in text
        assert all(part.name in text for part in case.parts)
