"""Findings of `component_sketch` that run only when an instructor grades."""

from __future__ import annotations

from archkit.case import Case
from autograde.checks.component_sketch import (
    DataContract,
    Headroom,
    data_contract,
    good_document,
    headroom,
    judge_gate,
    judge_utilisation,
)
from autograde.findings import Judgement


@headroom.held_back_finding("At loads that were not shown", points=1)
def at_unknown_loads(answers: Headroom, case: Case) -> Judgement:
    """A load in between, one far beyond the peak, and none at all."""
    return judge_utilisation(answers.utilisation, case, [0.37, 1_234.5, 0])


@data_contract.held_back_finding("Documents that were not shown", points=2)
def unknown_documents(answers: DataContract, case: Case) -> Judgement:
    """Documents that break the contract in other ways than the eight do."""
    good, rules = good_document(case), case.contract
    documents = [
        {**good, "id": f"{rules.id_prefix}-7", "region": rules.regions[-1]},
        {**good, "id": "0417"},
        {**good, "id": f"X{rules.id_prefix}-0417"},
        {**good, "id": f"{rules.id_prefix}-"},
        {**good, "owner": None},
        {**good, "owner": ""},
        {**good, "updated": "last spring"},
        {**good, "updated": "2014-02-30"},
        {**good, "updated": None, "audience": None},
        {**good, "region": rules.regions[0].upper()},
        {**good, "title": "An extra field is nobody's fault"},
        {},
    ]
    return judge_gate(answers.violations, case, documents)
