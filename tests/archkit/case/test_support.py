"""A client's support rules: drawn for each learner, with one defensible design and room around it."""

from functools import cache
from html.parser import HTMLParser

import pytest

from archkit.case import Case
from archkit.case.support import MASKED, Specialist, SupportRules

IDS = [f"learner-{number}" for number in range(400)]
ALL = ["larkspur", *IDS]


@cache
def rules_of(name: str) -> SupportRules:
    return Case.demonstration().support if name == "larkspur" else Case.for_learner(name).support


def may_go_to(rules: SupportRules, data: str, specialist: Specialist) -> bool:
    """Whether a specialist may be sent a kind of data, worked out here from the table alone."""
    (row,) = (row for row in rules.data if row.name == data)
    if specialist.run_by == "vendor" and not row.vendors_may_have_it:
        return False
    return row.must_stay_in in (None, specialist.region)


def paths(rules: SupportRules) -> list[list[str]]:
    """The specialists that one turn may need one after the other, by role."""
    lookup = ["triage", "records"]
    if rules.specialist("records").when_it_fails == "fallback":
        lookup.append("knowledge")
    return [["triage", "knowledge"], lookup, ["triage", "records", "action"]]


def worst_turn_ms(rules: SupportRules, attempts: int, patience: float) -> float:
    return max(sum(attempts * patience * rules.specialist(role).p95_ms for role in path) for path in paths(rules))


def test_every_client_has_the_four_specialists_and_a_person_behind_every_payment() -> None:
    for name in ALL:
        rules = rules_of(name)
        assert [s.role for s in rules.specialists] == ["triage", "knowledge", "records", "action"]
        assert len({s.id for s in rules.specialists}) == 4
        assert rules.specialist("action").when_it_fails == "escalate"


def test_somebody_takes_over_exactly_where_the_rule_says_so() -> None:
    for name in ALL:
        knowledge = rules_of(name).specialist("knowledge").id
        for specialist in rules_of(name).specialists:
            expected = {"fallback": knowledge, "degrade": None, "escalate": "human"}[specialist.when_it_fails]
            assert specialist.taken_over_by == expected != specialist.id


def test_each_client_replaces_one_specialist_and_does_without_another() -> None:
    for name in ALL:
        assert {s.when_it_fails for s in rules_of(name).specialists} == {"fallback", "degrade", "escalate"}


def test_two_patient_attempts_fit_the_reply_limit_and_careless_ones_do_not() -> None:
    for name in ALL:
        rules = rules_of(name)
        assert worst_turn_ms(rules, attempts=2, patience=1.2) <= rules.reply_limit_ms
        assert worst_turn_ms(rules, attempts=2, patience=1.6) > rules.reply_limit_ms
        assert worst_turn_ms(rules, attempts=3, patience=1.05) > rules.reply_limit_ms


def test_every_specialist_may_be_tried_twice_and_is_faster_than_its_95th_percentile() -> None:
    for name in ALL:
        for specialist in rules_of(name).specialists:
            assert specialist.attempts in (2, 3)
            assert 0.3 * specialist.p95_ms < specialist.typical_ms < 0.65 * specialist.p95_ms


def test_somewhere_conversations_may_not_go_and_masked_questions_may_go_everywhere() -> None:
    for name in ALL:
        rules = rules_of(name)
        assert not all(may_go_to(rules, "conversations", s) for s in rules.specialists)
        assert all(may_go_to(rules, MASKED, s) for s in rules.specialists)
        for role in ("records", "action"):
            assert may_go_to(rules, rules.data[1].name, rules.specialist(role))
            assert may_go_to(rules, "conversations", rules.specialist(role))


def test_the_data_is_the_cases_data_with_its_labels() -> None:
    for name in IDS[:100]:
        case = Case.for_learner(name)
        labelled = [(row.name, row.sensitivity, row.must_stay_in) for row in case.support.data[:3]]
        assert labelled == [(row.name, row.sensitivity, row.must_stay_in) for row in case.data]


def test_clients_differ_in_what_matters_to_a_design() -> None:
    drawn = [rules_of(name) for name in IDS]
    failures = {tuple(s.when_it_fails for s in rules.specialists) for rules in drawn}
    barred = {tuple(may_go_to(rules, "conversations", s) for s in rules.specialists[:2]) for rules in drawn}
    assert len(failures) == 5
    assert barred == {(False, True), (True, False), (False, False)}
    assert {rules.handoffs for rules in drawn} == {1, 2, 3}
    assert len({rules.approval_limit for rules in drawn}) == 10
    assert len({rules.reply_limit_ms for rules in drawn}) > 40
    assert len({tuple(s.id for s in rules.specialists) for rules in drawn}) > 200


def test_a_specialist_is_found_by_id_and_by_role_and_an_unknown_one_is_answered_with_the_known() -> None:
    rules = rules_of("larkspur")
    assert rules.specialist("action") is rules.specialist("refund")
    with pytest.raises(KeyError, match="triage, knowledge, records, refund"):
        rules.specialist("billing")


def test_the_facts_drawn_once_stay_as_they_are() -> None:
    # A change here changes every learner's case in the middle of their course.
    rules = Case.for_learner("ana").support
    assert (rules.reply_limit_ms, rules.approval_limit, rules.currency, rules.handoffs) == (7900, 300, "euros", 1)
    assert [s.p95_ms for s in rules.specialists] == [470, 2500, 400, 990]
    assert [s.id for s in rules.specialists] == ["dispatch", "knowledge", "records", "reimbursement"]


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


@pytest.mark.parametrize("name", ALL[:20])
def test_the_rules_show_themselves_as_well_formed_html_and_as_text_with_every_number(name: str) -> None:
    rules, tags = rules_of(name), Tags()
    html = rules._repr_html_()
    tags.feed(html)
    assert not tags.open
    assert "script" not in tags.seen
    assert {"caption", "th"} <= tags.seen
    for text in (html, str(rules)):
        assert f"{rules.reply_limit_ms:,} ms" in text
        assert f"{rules.approval_limit:,} {rules.currency}" in text
        assert f"{rules.conversation_days} days" in text
        for specialist in rules.specialists:
            assert specialist.id in text
            assert f"{specialist.p95_ms:,} ms" in text
        assert all(row.name in text for row in rules.data)


def test_the_cases_own_brief_leaves_the_support_rules_to_their_exercise() -> None:
    case = Case.demonstration()
    assert "triage" not in str(case)
