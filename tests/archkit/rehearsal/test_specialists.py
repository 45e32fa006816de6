"""The specialists that the stage plays: schemas, triage, knowledge, records, and actions once for each key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archkit.rehearsal import Fault
from archkit.rehearsal.specialists import REPLIES, REQUESTS, BadRequest, Company, broken, schemas
from archkit.typed_data import InvalidData

PAY = {"customer": "C-1", "record": "R-1", "amount": 80.0}


def ask(company: Company, specialist: str, **request: object) -> dict:
    return company.work(specialist, company.check(specialist, request), request, None)


def test_triage_follows_the_route_with_most_words(scripted) -> None:
    company = Company(scripted())
    assert ask(company, "triage", text="How do I return my order?") == {"specialist": "knowledge", "confidence": 0.9}
    assert ask(company, "triage", text="Refund my ORDER") == {"specialist": "records", "confidence": 0.9}
    assert ask(company, "triage", text="Hello")["confidence"] == 0.2


def test_knowledge_answers_with_sources_or_not_at_all(scripted) -> None:
    company = Company(scripted())
    assert ask(company, "knowledge", question="May I return it?")["sources"] == ["KB-7"]
    assert ask(company, "knowledge", question="Who won?") == {"answer": "", "sources": [], "grounded": False}


def test_records_returns_any_record_whoever_asks(scripted) -> None:
    company = Company(scripted())
    assert ask(company, "records", customer="C-1", record="r-2")["customer"] == "C-2"
    assert ask(company, "records", customer="C-1", record="R-9") == {
        "record": "R-9",
        "customer": None,
        "status": "not_found",
        "amount": None,
        "details": {},
    }


@given(st.lists(st.sampled_from(["a", "b", None]), max_size=8))
def test_an_action_is_done_once_for_each_key_and_each_time_without_one(scripted, keys: list[str | None]) -> None:
    company = Company(scripted())
    references = [company.work("refund", "action", PAY, key)["reference"] for key in keys]
    assert len(company.side_effects) == len({key for key in keys if key}) + keys.count(None)
    assert len(set(references)) == len(company.side_effects)


def test_every_true_reply_keeps_its_schema_and_no_broken_one_does(scripted) -> None:
    company = Company(scripted())
    replies = {
        "triage": ask(company, "triage", text="return"),
        "knowledge": ask(company, "knowledge", question="return"),
        "records": ask(company, "records", customer="C-1", record="R-1"),
        "action": company.work("refund", "action", PAY, None),
    }
    for role, reply in replies.items():
        REPLIES[role].model_validate(reply)
        for malformation in ("truncated", "missing_field", "wrong_type"):
            fault = Fault(specialist="x", kind="malformed", malformation=malformation)
            with pytest.raises(ValueError):
                REPLIES[role].model_validate(broken(reply, fault))


def test_a_request_outside_its_schema_is_refused_with_what_was_expected(scripted) -> None:
    company = Company(scripted())
    with pytest.raises(BadRequest, match="there are triage, knowledge, records, refund"):
        company.check("billing", {})
    with pytest.raises(BadRequest, match=r"has no field 'txt'\. Did you mean 'text'"):
        company.check("triage", {"text": "a", "txt": "b"})
    with pytest.raises(BadRequest, match="amount"):
        company.check("refund", {**PAY, "amount": "80"})


def test_the_schemas_that_learners_read_name_every_field(scripted) -> None:
    shown = schemas(scripted())
    assert list(shown) == ["triage", "knowledge", "records", "refund"]
    for schema in (REQUESTS["action"].model_json_schema(), shown["refund"]["request"]):
        assert set(schema["required"]) == {"customer", "record", "amount"}
        assert all("description" in field for field in schema["properties"].values())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"faults": (Fault(specialist="billing", kind="down"),)}, "a fault names the specialist 'billing'"),
        ({"turns": ()}, "turns"),
        ({"kill_at_call": 0}, "kill_at_call"),
        ({"specialists": ()}, "specialists"),
    ],
)
def test_a_script_that_contradicts_itself_is_refused(scripted, more: dict, said: str) -> None:
    given = {name: getattr(scripted(), name) for name in type(scripted()).model_fields}
    with pytest.raises(InvalidData, match=said):
        type(scripted())(**{**given, **more})


def test_a_handoff_names_where_it_goes_and_nothing_else_does() -> None:
    with pytest.raises(InvalidData, match="for a handoff and for nothing else"):
        Fault(specialist="knowledge", kind="handoff")
    with pytest.raises(InvalidData, match="for a handoff and for nothing else"):
        Fault(specialist="knowledge", kind="down", to="records")


@given(first=st.integers(1, 5), calls=st.none() | st.integers(1, 5), call=st.integers(1, 12))
def test_a_fault_happens_on_its_calls_only(first: int, calls: int | None, call: int) -> None:
    fault = Fault(specialist="x", kind="down", first_call=first, calls=calls)
    assert fault.happens_on(call) == (call in range(first, 100 if calls is None else first + calls))
