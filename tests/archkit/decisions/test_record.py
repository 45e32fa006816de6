"""A decision record holds together, and can be read by people who were not there."""

import pytest

from archkit.decisions import Consequence, DecisionRecord, Reason, Trigger
from archkit.portfolio import Portfolio
from archkit.typed_data import InvalidData

RECORD = {
    "id": "adr-007",
    "title": "The model is a managed service",
    "status": "accepted",
    "decided_on": "2026-11-22",
    "deciders": ["Head of engineering"],
    "context": "2.4 million requests a month, five engineers, nobody on call.",
    "considered": ["managed", "self_hosted"],
    "chosen": "managed",
    "because": [Reason(by="cost", says="cheaper today", value=3_816, unit="dollars a month", source="computed")],
    "costs_and_risks": [Consequence(what="The vendor may change the price", answer="a seam", owner="Platform team")],
    "revisit_when": [Trigger(metric="requests a month", when="above", threshold=9_000_000, unit="requests")],
}


def test_a_record_says_what_was_chosen_why_at_which_price_and_when_it_is_reopened():
    text = str(DecisionRecord(**RECORD))
    for part in ("ADR-007", "Chosen: managed", "3,816 dollars a month", "a seam", "above 9,000,000 requests"):
        assert part in text


def test_a_record_chooses_among_what_was_considered():
    with pytest.raises(InvalidData, match=r"'manged' was chosen and is not among.*Did you mean 'managed'"):
        DecisionRecord(**{**RECORD, "chosen": "manged"})


def test_a_record_without_a_price_or_a_second_option_is_refused():
    with pytest.raises(InvalidData, match="at least 1"):
        DecisionRecord(**{**RECORD, "costs_and_risks": []})
    with pytest.raises(InvalidData, match="at least 2"):
        DecisionRecord(**{**RECORD, "considered": ["managed"]})


def test_a_record_cannot_supersede_itself():
    with pytest.raises(InvalidData, match="cannot supersede itself"):
        DecisionRecord(**{**RECORD, "supersedes": "adr-007"})


def test_a_record_without_a_trigger_says_so():
    assert "never: no trigger is named" in str(DecisionRecord(**{**RECORD, "revisit_when": []}))


def test_a_record_is_a_work_product_and_escapes_what_people_write(tmp_path):
    made = DecisionRecord(**{**RECORD, "title": "<script>alert(1)</script>"})
    Portfolio(tmp_path, learner_id="ana").save(made, "record")
    assert Portfolio(tmp_path, learner_id="ana").load("record", DecisionRecord) == made
    assert "<script" not in made._repr_html_()
