"""The clinic's verdicts follow from its numbers with a margin, and the archive holds what its datasheet says."""

import math

import pandas as pd
import pytest

from archkit.decisions.archive import load_archive, load_measurements
from archkit.decisions.clinic import load_clinic
from archkit.prices import load_prices
from autograde.checks.decision_records import READINGS, strain, times_dearer, verdict

LESSON = {
    "bank": ("direct", True, "over-engineered"),
    "notaries": ("appliance", False, "under-resourced"),
    "rescue": ("satellite", True, "sound"),
    "claims": ("one_service", True, "over-engineered"),
}
SELF_CHECK = {
    "museum": "over-engineered",
    "freight": "under-resourced",
    "advisers": "sound",
    "courier": "sound",
}
READ = {id: (way, night) for id, (way, night, _) in LESSON.items()} | {
    id: (reading.allowed, reading.night) for id, reading in READINGS.items()
}
VERDICTS = {id: expected for id, (_, _, expected) in LESSON.items()} | SELF_CHECK


def ratios(id, hour=75):
    case, (allowed, night) = load_clinic()[id], READ[id]
    other = next(way for way in case.others if way.id == allowed)
    built, instead = (way.usd_per_month + way.hours_per_month * hour for way in (case.way, other))
    rota = (4 / case.on_call if case.on_call else math.inf) if night else 0
    return built / instead, max(case.way.hours_per_month / case.hours_for_it, rota)


def judged(times, needed):
    return "over-engineered" if times > 2 else "under-resourced" if needed > 1 else "sound"


def test_there_are_eight_cases_and_each_way_is_named_once():
    assert set(load_clinic()) == set(VERDICTS)
    for case in load_clinic().values():
        ids = [case.way.id, *(way.id for way in case.others)]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("id", VERDICTS)
def test_each_case_has_one_way_that_is_allowed_and_a_cheaper_one_that_is_not(id):
    case, (allowed, _) = load_clinic()[id], READ[id]
    whole = {way.id: way.usd_per_month + way.hours_per_month * 75 for way in case.others}
    assert whole[allowed] > min(whole.values())


@pytest.mark.parametrize("id", VERDICTS)
@pytest.mark.parametrize("hour", [40, 75, 150])
def test_a_verdict_holds_whatever_an_hour_costs_within_reason(id, hour):
    times, needed = ratios(id, hour)
    assert judged(times, needed) == VERDICTS[id]
    assert times > 3 or times < 1.6
    assert needed > 1.9 or needed < 0.85


@pytest.mark.parametrize("id", SELF_CHECK)
def test_the_self_check_judges_by_the_same_ratios(id):
    case = load_clinic()[id]
    assert (times_dearer(case), strain(case)) == pytest.approx(ratios(id))
    assert verdict(case) == VERDICTS[id]


def test_the_first_look_is_right_about_two_of_eight():
    def first_look(case):
        if case.needed / case.paid_for < 0.1 and case.engineers / case.systems >= 0.5:
            return "over-engineered"
        return "under-resourced" if case.engineers / case.systems < 0.5 else "sound"

    right = {id for id, case in load_clinic().items() if first_look(case) == VERDICTS[id]}
    assert right == {"notaries", "museum"}


def followed(source):
    """What a source says: the column's values, or the model's price. None when it cannot be followed."""
    kind, _, name = source.partition(": ")
    if kind == "measured":
        return load_measurements()[name]
    if kind == "price":
        model, _, side = name.rpartition(".")
        return getattr(load_prices()[model], side)
    return None


REASONS = [(record, reason) for record in load_archive().values() for reason in record.because]


@pytest.mark.parametrize(("record", "reason"), REASONS, ids=[f"{r.id} {w.source}" for r, w in REASONS])
def test_a_reason_agrees_with_its_source_on_the_day_of_the_decision(record, reason):
    source = followed(reason.source)
    if isinstance(source, pd.Series):
        month = pd.Period(record.decided_on, freq="M")
        near = source.loc[month - 1 : month]
        assert reason.value in [pytest.approx(value, rel=0.1) for value in near]
    elif source is None:
        assert (record.id, reason.source, reason.value) == ("adr-007", "experience", None)
    else:
        assert reason.value == source


def crossed(record):
    """For each trigger on something that is measured, the first month in which it fired."""
    table = load_measurements()
    for trigger in record.revisit_when:
        if trigger.metric in table:
            since = table.loc[f"{record.decided_on:%Y-%m}" :, trigger.metric]
            beyond = since > trigger.threshold if trigger.when == "above" else since < trigger.threshold
            yield trigger.metric, [str(month) for month in since.index[beyond]]


def test_a_trigger_that_has_fired_has_not_gone_back():
    for record in load_archive().values():
        for _, months in crossed(record):
            assert not months or record.status == "superseded" or months[-1] == "2026-11"


def test_no_trigger_had_fired_on_the_day_of_its_decision():
    for record in load_archive().values():
        for _, months in crossed(record):
            assert f"{record.decided_on:%Y-%m}" not in months


def test_three_records_in_force_have_fired_and_two_superseded_ones_had():
    fired = {record.id: {m: months[0] for m, months in crossed(record) if months} for record in load_archive().values()}
    assert {id: months for id, months in fired.items() if months} == {
        "adr-001": {"documents": "2024-08"},
        "adr-003": {"engineers": "2025-09"},
        "adr-004": {"hours of upkeep of the search": "2025-06"},
        "adr-005": {"requests a month": "2026-04", "people on call": "2026-01"},
        "adr-011": {"share of hours in which the cards have work": "2026-10"},
    }


def test_chains_lead_to_records_that_exist_and_were_decided_later():
    archive = load_archive()
    chains = {record.supersedes: record.id for record in archive.values() if record.supersedes}
    assert chains == {"adr-001": "adr-004", "adr-004": "adr-008", "adr-003": "adr-009"}
    assert all(archive[old].decided_on < archive[new].decided_on for old, new in chains.items())
    assert {old for old in chains if archive[old].status != "superseded"} == {"adr-003"}


def test_one_trigger_is_on_something_that_nobody_measures_and_one_record_has_none():
    table = load_measurements()
    unmeasured = {r.id for r in load_archive().values() for t in r.revisit_when if t.metric not in table}
    assert unmeasured == {"adr-006"}
    assert {r.id for r in load_archive().values() if not r.revisit_when} == {"adr-007"}


def test_the_price_on_which_the_letters_turned_has_turned_them():
    prices = load_prices()
    chosen, rejected = prices["gpt-5.4-mini"], prices["mistral/mistral-large-4"]

    def letter(price):
        return 4_000 * price.input + 200 * price.output

    assert rejected.other_record is not None
    assert letter(rejected.other_record) < letter(chosen) < letter(rejected)


def test_only_the_model_of_the_guests_has_an_end():
    ends = {
        record.id
        for record, reason in REASONS
        if reason.source.startswith("price: ")
        and load_prices()[reason.source.removeprefix("price: ").rpartition(".")[0]].deprecation
    }
    assert ends == {"adr-010"}
