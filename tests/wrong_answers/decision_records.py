"""Wrong answers to the self-check of the lesson `decision_records`, and its right ones."""

from collections.abc import Iterator
from typing import Any

from autograde.proof.exercise import WrongAnswer
from autograde.proof.mutations import Mutant

VERDICTS = ("over-engineered", "under-resourced", "sound")
VOCABULARY = {
    **dict.fromkeys(("museum", "freight", "advisers", "courier"), VERDICTS),
    "fires": ("queue", "volume", "bill", "people", "recall", "errors", "review"),
}

REPAIRED = """
from archkit.decisions import DecisionRecord

RECORD = {
    "id": "adr-021", "title": "Recordings of calls are summarised by token", "status": "accepted",
    "decided_on": "2026-11-22", "deciders": ["Head of engineering"], "supersedes": "adr-014",
    "context": "600,000 requests a month; recordings may be processed in the EU only.",
    "considered": ["us_batch", "eu_token", "own_cards"], "chosen": "eu_token",
    "because": [{"by": "cost", "says": "The cheaper of the ways that are allowed.",
                 "value": 2_300, "unit": "dollars a month", "source": "computed: case, prices"}],
    "costs_and_risks": [{"what": "Prices may rise.", "answer": "An interface.", "owner": "Platform team"}],
    "revisit_when": [{"metric": "requests a month", "when": "above", "threshold": 1_500_000,
                      "unit": "requests a month"}]}
repaired = DecisionRecord(**RECORD)
"""


def spoilt(record: dict[str, Any]) -> Iterator[Mutant]:
    """A part of the record that disagrees with the facts, or that is missing."""
    for chosen in ("us_batch", "own_cards"):
        yield f"chose {chosen}", {**record, "chosen": chosen}
    for option in record["considered"]:
        yield f"without {option}", {**record, "considered": [o for o in record["considered"] if o != option]}
    yield "with a stranger", {**record, "considered": [*record["considered"], "ask_again"]}
    for old in (None, "adr-013", "adr-022"):
        yield f"supersedes {old}", {**record, "supersedes": old}
    (reason,), (trigger,) = record["because"], record["revisit_when"]
    for value in (None, 0, -2_300, 27_600, 191.67, 1_100, 6_400, 2_200, 2_400):
        yield f"costs {value}", {**record, "because": [{**reason, "value": value}]}
    yield "by the year", {**record, "because": [{**reason, "unit": "dollars a year"}]}
    yield "of requests", {**record, "because": [{**reason, "unit": "requests a month"}]}
    for threshold in (-1, 0, 500_000, 600_000, 2_000_001, 20_000_000):
        yield f"above {threshold}", {**record, "revisit_when": [{**trigger, "threshold": threshold}]}
    yield "below", {**record, "revisit_when": [{**trigger, "when": "below"}]}
    yield "never", {**record, "revisit_when": []}
    for field in ("chosen", "considered", "because", "costs_and_risks"):
        yield f"without {field}", {name: value for name, value in record.items() if name != field}


MUTATIONS = {"repair": spoilt}

RIGHT_ANSWERS = {
    "clinic": (
        "museum, museum_times_dearer = 'over-engineered', (6_372 + 60 * 75) / (150 + 4 * 75)\n"
        "freight, freight_strain = 'under-resourced', 4\n"
        "advisers, advisers_strain = 'sound', 22 / 50\n"
        "courier, courier_times_dearer = 'sound', (1_500 + 10 * 75) / (4_300 + 4 * 75)"
    ),
    "repair": REPAIRED,
    "triggers": "fires = ['volume', 'errors', 'review']",
}


def written(**changes: str) -> str:
    """Return code for the record with other values in some fields."""
    fields = ", ".join(f"{field!r}: {code}" for field, code in changes.items())
    return f"repaired = DecisionRecord(**(RECORD | {{{fields}}}))"


def reason(value: object, unit: str = "dollars a month") -> str:
    """Return code for a reason with another number."""
    return f"[{{**RECORD['because'][0], 'value': {value!r}, 'unit': {unit!r}}}]"


def trigger(when: str, threshold: int) -> str:
    """Return code for another trigger."""
    return f"[{{**RECORD['revisit_when'][0], 'when': {when!r}, 'threshold': {threshold}}}]"


WRONG_ANSWERS = [
    # clinic, 8 points
    WrongAnswer("clinic", "tempting_way", "museum_times_dearer = 10_872 / 95", 7),
    WrongAnswer("clinic", "tempting_way", "courier_times_dearer = 2_250 / 350; courier = 'over-engineered'", 6),
    WrongAnswer("clinic", "bill_only", "museum_times_dearer = 6_372 / 150; courier_times_dearer = 1_500 / 4_300", 6),
    WrongAnswer("clinic", "bill_only", "advisers = 'over-engineered'", 7),
    WrongAnswer("clinic", "upside_down", "museum_times_dearer = 450 / 10_872; freight_strain = 0.25", 6),
    WrongAnswer("clinic", "upside_down", "courier_times_dearer = 4_600 / 2_250; advisers_strain = 50 / 22", 6),
    WrongAnswer("clinic", "hours_only", "freight, freight_strain = 'sound', 40 / 60", 6),
    WrongAnswer("clinic", "every_call", "advisers_strain = 4", 7),
    WrongAnswer("clinic", "every_call", "courier = 'under-resourced'", 7),
    WrongAnswer("clinic", "whole_team", "advisers_strain = 22 / 160", 7),
    WrongAnswer("clinic", "idle_is_waste", "courier = 'over-engineered'", 7),
    WrongAnswer("clinic", "few_people", "advisers = 'under-resourced'", 7),
    WrongAnswer("clinic", "it_runs", "museum = 'sound'", 7),
    WrongAnswer("clinic", "strain_first", "museum = 'under-resourced'", 7),
    WrongAnswer("clinic", "one verdict for all", "museum = freight = advisers = courier = 'sound'", 6, named=False),
    WrongAnswer(
        "clinic", "the first look", "freight = 'sound'; advisers = 'under-resourced'; courier = 'over-engineered'", 5,
        named=False,
    ),
    # repair, 6 points
    WrongAnswer("repair", "gate_ignored", written(chosen="'us_batch'"), 5),
    WrongAnswer("repair", "too_early", written(chosen="'own_cards'"), 5),
    WrongAnswer("repair", "losers_left_out", written(considered="['eu_token', 'own_cards']"), 5),
    WrongAnswer("repair", "year_for_month", written(because=reason(27_600)), 5),
    WrongAnswer("repair", "other_option", written(because=reason(6_400)), 5),
    WrongAnswer("repair", "gate_ignored", written(because=reason(1_100)), 5),
    WrongAnswer("repair", "no number", written(because=reason(None)), 5, named=False),
    WrongAnswer("repair", "a right number under a wrong unit", written(because=reason(2_300, "dollars a year")), 5,
                named=False),
    WrongAnswer("repair", "wrong_side", written(revisit_when=trigger("below", 1_500_000)), 5),
    WrongAnswer("repair", "already_fired", written(revisit_when=trigger("above", 500_000)), 5),
    WrongAnswer("repair", "too_late", written(revisit_when=trigger("above", 5_000_000)), 5),
    WrongAnswer("repair", "no trigger", written(revisit_when="[]"), 4, named=False),
    WrongAnswer("repair", "chain_cut", written(supersedes="None"), 5),
    WrongAnswer(
        "repair",
        "the record as it was written",
        written(
            considered="['us_batch', 'own_cards']",
            chosen="'us_batch'",
            because=reason(27_600),
            revisit_when=trigger("below", 500_000),
            supersedes="None",
        ),
        0,
        named=False,
    ),
    # triggers, 3 points
    WrongAnswer("triggers", "units_ignored", "fires = ['bill', 'errors', 'review']", 0),
    WrongAnswer("triggers", "reached_is_crossed", "fires = ['volume', 'people', 'errors', 'review']", 0),
    WrongAnswer("triggers", "superseded_counts", "fires = ['volume', 'recall', 'errors', 'review']", 0),
    WrongAnswer("triggers", "day_forgotten", "fires = ['volume', 'errors']", 0),
    WrongAnswer("triggers", "rate_as_count", "fires = ['volume', 'review']", 0),
    WrongAnswer("triggers", "everything", "fires = ['queue', 'volume', 'bill', 'people', 'recall', 'errors', 'review']",
                0, named=False),
]  # fmt: skip
