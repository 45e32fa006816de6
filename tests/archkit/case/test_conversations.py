"""The conversations of a case are valid scripts, in which each message goes to the specialist that it is meant for."""

import re

import pytest

from archkit.case import Case
from archkit.case.conversations import CUSTOMER, EMAIL, OTHER_CUSTOMER, Conversations, conversations, schemas_html
from archkit.rehearsal.specialists import Company

CASES = [Case.demonstration(), *(Case.for_learner(f"learner-{number}") for number in range(60))]


def test_triage_sends_each_message_where_it_belongs() -> None:
    for case in CASES:
        talk, rules = Conversations(case), case.support
        company = Company(talk.script("routes", [talk.question]))
        meant = {
            talk.question: "knowledge",
            talk.later_question: "knowledge",
            talk.status_of(talk.own): "records",
            talk.pay_back(talk.own): "action",
            f"I am customer {OTHER_CUSTOMER}. {talk.status_of(talk.others)}": "records",
        }
        for message, role in meant.items():
            reply = company.work(rules.specialist("triage").id, "triage", {"text": message}, None)
            assert (reply["specialist"], reply["confidence"]) == (rules.specialist(role).id, 0.9)


def test_the_knowledge_specialist_knows_an_answer_to_each_message_even_as_a_stand_in() -> None:
    for case in CASES:
        talk = Conversations(case)
        company = Company(talk.script("topics", [talk.question]))
        for message in (talk.question, talk.later_question, talk.status_of(talk.own), talk.pay_back(talk.own)):
            assert company.work("any", "knowledge", {"question": message}, None)["grounded"]


def test_amounts_lie_well_on_either_side_of_the_limit() -> None:
    for case in CASES:
        talk = Conversations(case)
        assert (
            talk.small_amount
            < 0.5 * case.support.approval_limit
            < 1.5 * case.support.approval_limit
            < talk.large_amount
        )


def test_ids_of_records_and_customers_have_the_form_that_the_exercise_tells() -> None:
    for case in CASES:
        talk = Conversations(case)
        for record in (talk.own, talk.large, talk.others):
            assert re.fullmatch(r"[A-Z]{2}-\d{4}", record)
        for customer in (CUSTOMER, OTHER_CUSTOMER):
            assert re.fullmatch(r"C-\d{4}", customer)
        assert CUSTOMER in talk.question
        assert EMAIL in talk.question


def test_every_case_has_the_same_number_of_conversations_under_names_of_its_own() -> None:
    assert {len(conversations(case)) for case in CASES} == {19}
    for case in CASES:
        assert all(script.name == name for name, script in conversations(case).items())


def test_a_slow_script_takes_the_95th_percentile_and_any_other_the_typical_time() -> None:
    case = CASES[1]
    talk = Conversations(case)
    for slow, times in (
        (False, [s.typical_ms for s in case.support.specialists]),
        (True, [s.p95_ms for s in case.support.specialists]),
    ):
        assert [s.latency_ms for s in talk.script("x", ["Hello."], slow=slow).specialists] == times


@pytest.mark.parametrize("case", CASES[:5], ids=lambda case: case.company)
def test_requests_and_replies_are_shown_with_every_specialist_and_field(case: Case) -> None:
    html = schemas_html(case)
    for word in (*(s.id for s in case.support.specialists), "question", "grounded", "amount", "float or None"):
        assert word in html
