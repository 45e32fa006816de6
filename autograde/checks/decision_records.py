"""Self-check of the lesson `decision_records`: four systems to judge, a record to repair, triggers that fire.

The cases of the clinic are `data/decisions/clinic.json`. Which way each may take and which call cannot wait, so what
their verdicts are, stands here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from archkit.decisions import DecisionRecord, Trigger
from archkit.decisions.clinic import ClinicCase, Way, load_clinic
from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number, judge_set, quantity
from autograde.registry import Check

LESSON = "decision_records"

# --- Task 1: the clinic -----------------------------------------------------------------------------------------------

HOUR_USD, ROTA = 75, 4

Verdict = Literal["over-engineered", "under-resourced", "sound"]
VERDICTS = "'over-engineered', 'under-resourced' or 'sound'"


@dataclass(frozen=True)
class Reading:
    """What the text of a case says: the cheapest other way that keeps its must-have, and whether a call cannot wait."""

    allowed: str
    night: bool


READINGS: Mapping[str, Reading] = {
    "museum": Reading("token", night=False),
    "freight": Reading("bound", night=True),
    "advisers": Reading("platform", night=False),
    "courier": Reading("reserved", night=False),
}


def _whole(way: Way) -> float:
    return way.usd_per_month + way.hours_per_month * HOUR_USD


def times_dearer(case: ClinicCase, cost: Callable[[Way], float] = _whole, *, any_way: bool = False) -> float:
    """Return what was built over the cheapest other way, of those that are allowed or of all."""
    others = [way for way in case.others if any_way or way.id == READINGS[case.id].allowed]
    return cost(case.way) / min(cost(way) for way in others)


def strain(case: ClinicCase) -> float:
    """Return the hours or the people that a case needs over those that there are, the larger of the two."""
    rota = ROTA / case.on_call if READINGS[case.id].night else 0.0
    return max(case.way.hours_per_month / case.hours_for_it, rota)


def verdict(case: ClinicCase) -> Verdict:
    """Return what follows from the two ratios: price first, then strain."""
    if times_dearer(case) > 2:
        return "over-engineered"
    return "under-resourced" if strain(case) > 1 else "sound"


class Clinic(AnswerSheet):
    """A verdict on each of four cases, and the number that decides it."""

    museum: Verdict = answer(VERDICTS)
    museum_times_dearer: Number = answer("its whole price over that of the cheapest other way that is allowed")
    freight: Verdict = answer(VERDICTS)
    freight_strain: Number = answer("hours or people needed, over those there are")
    advisers: Verdict = answer(VERDICTS)
    advisers_strain: Number = answer("hours or people needed, over those there are")
    courier: Verdict = answer(VERDICTS)
    courier_times_dearer: Number = answer("its whole price over that of the cheapest other way that is allowed")


TEMPTING_WAY = Misconception(
    "tempting_way",
    "This compares with a way that breaks the must-have. However cheap it is, it is not one of the ways.",
)
BILL_ONLY = Misconception(
    "bill_only", "This compares the bills alone. Hours are money too: 75 dollars each, on both sides."
)
UPSIDE_DOWN = Misconception(
    "upside_down", "The ratio is upside down: what was built, or what is needed, stands above the line."
)
HOURS_ONLY = Misconception(
    "hours_only",
    "The hours suffice by day. But lorries wait at night, four times a month, and one person cannot be on call for "
    "every night. A rota needs four.",
)
EVERY_CALL = Misconception(
    "every_call",
    "Not every call needs somebody at night. Here it waits until the morning, and nothing is lost but a few hours.",
)
WHOLE_TEAM = Misconception(
    "whole_team", "These are all hours that the team works. It has only a part of them for this system."
)
IDLE_IS_WASTE = Misconception(
    "idle_is_waste",
    "The card is idle most of the time, and still the cheapest way that finds what it must. Idle capacity says nothing "
    "until it is compared with another way.",
)
FEW_PEOPLE = Misconception(
    "few_people",
    "One engineer for eleven systems looks thin. These take 22 hours a month, and she has 50: most of the work is done "
    "by whoever sells the services.",
)
IT_RUNS = Misconception(
    "it_runs", "The team can run it, and it runs well. The question before that is what it costs beside another way."
)
STRAIN_FIRST = Misconception(
    "strain_first", "Its team has the hours. Look at the price first: a simpler way takes the hours with it."
)

clinic = Check(
    f"{LESSON}.clinic",
    "Four systems to judge",
    Clinic,
    (
        TEMPTING_WAY,
        BILL_ONLY,
        UPSIDE_DOWN,
        HOURS_ONLY,
        EVERY_CALL,
        WHOLE_TEAM,
        IDLE_IS_WASTE,
        FEW_PEOPLE,
        IT_RUNS,
        STRAIN_FIRST,
    ),
    case="demonstration",
)


def _dearer(seen: float, id: str, why: str) -> Judgement:
    case = load_clinic()[id]
    right = times_dearer(case)
    return judge_number(
        seen,
        right,
        unit="times",
        why=why,
        misconceptions={
            TEMPTING_WAY: times_dearer(case, any_way=True),
            BILL_ONLY: times_dearer(case, lambda way: way.usd_per_month),
            UPSIDE_DOWN: 1 / right,
        },
    )


@clinic.finding("Museum: the verdict", points=1, needs=["museum"])
def museum(answers: Clinic, case: Any) -> Judgement:
    """Three cards for a question a minute."""
    return judge_choice(
        answers.museum,
        verdict(load_clinic()["museum"]),
        why="Nothing fails here, so nobody asks. Over-engineering shows in a comparison and nowhere else.",
        misconceptions={"sound": IT_RUNS, "under-resourced": STRAIN_FIRST},
    )


@clinic.finding("Museum: times dearer", points=1, needs=["museum_times_dearer"])
def museum_price(answers: Clinic, case: Any) -> Judgement:
    """Against the managed model by token."""
    return _dearer(
        answers.museum_times_dearer, "museum", "The must-have decides what it is compared with: whole sentences."
    )


@clinic.finding("Freight: the verdict", points=1, needs=["freight"])
def freight(answers: Clinic, case: Any) -> Judgement:
    """A cheap server, and nights with one person."""
    return judge_choice(
        answers.freight,
        verdict(load_clinic()["freight"]),
        why="A low bill is often the hours and nights of somebody who is not on it.",
        misconceptions={"sound": HOURS_ONLY},
    )


@clinic.finding("Freight: the strain", points=1, needs=["freight_strain"])
def freight_strain(answers: Clinic, case: Any) -> Judgement:
    """The rota, since its lorries cannot wait."""
    freight_case = load_clinic()["freight"]
    return judge_number(
        answers.freight_strain,
        strain(freight_case),
        unit="(needed over there)",
        why="Of hours and people, the one that is shorter decides.",
        misconceptions={
            HOURS_ONLY: freight_case.way.hours_per_month / freight_case.hours_for_it,
            UPSIDE_DOWN: 1 / strain(freight_case),
        },
    )


@clinic.finding("Advisers: the verdict", points=1, needs=["advisers"])
def advisers(answers: Clinic, case: Any) -> Judgement:
    """One engineer, eleven managed services."""
    return judge_choice(
        answers.advisers,
        verdict(load_clinic()["advisers"]),
        why="How many people a system needs depends on what others do for it, not on its size.",
        misconceptions={"under-resourced": FEW_PEOPLE, "over-engineered": BILL_ONLY},
    )


@clinic.finding("Advisers: the strain", points=1, needs=["advisers_strain"])
def advisers_strain(answers: Clinic, case: Any) -> Judgement:
    """Hours only, since its calls can wait."""
    advisers_case = load_clinic()["advisers"]
    right = strain(advisers_case)
    return judge_number(
        answers.advisers_strain,
        right,
        unit="(needed over there)",
        why="Nights count when something is lost by waiting, and only then.",
        misconceptions={
            EVERY_CALL: ROTA,
            UPSIDE_DOWN: 1 / right,
            WHOLE_TEAM: advisers_case.way.hours_per_month / 160,
        },
    )


@clinic.finding("Courier: the verdict", points=1, needs=["courier"])
def courier(answers: Clinic, case: Any) -> Judgement:
    """A card with work for six hours a week."""
    return judge_choice(
        answers.courier,
        verdict(load_clinic()["courier"]),
        why="Whoever cuts idle capacity must first say which way is cheaper and allowed.",
        misconceptions={"over-engineered": IDLE_IS_WASTE, "under-resourced": EVERY_CALL},
    )


@clinic.finding("Courier: times dearer", points=1, needs=["courier_times_dearer"])
def courier_price(answers: Clinic, case: Any) -> Judgement:
    """Against the reserved capacity."""
    return _dearer(
        answers.courier_times_dearer, "courier", "Below 1, what was built is the cheapest of the ways that are allowed."
    )


# --- Task 2: a record to repair ---------------------------------------------------------------------------------------

TODAY, CROSSING = 600_000, 2_000_000
USD_PER_MONTH = {"us_batch": 1_100, "eu_token": 2_300, "own_cards": 6_400}
RIGHT, REPLACED = "eu_token", "adr-014"


class Repair(AnswerSheet):
    """The record that agrees with the facts."""

    repaired: DecisionRecord = answer("the repaired record, a DecisionRecord")


GATE_IGNORED = Misconception(
    "gate_ignored", "The cheapest way processes in the US, and recordings may not. A must-have comes before any price."
)
TOO_EARLY = Misconception(
    "too_early",
    "Own cards are the cheaper way above 2 million requests. At 600,000 they cost almost three times as much.",
)
LOSERS_LEFT_OUT = Misconception(
    "losers_left_out",
    "An option that was ruled out belongs to those considered. Otherwise somebody proposes it again next year.",
)
YEAR_FOR_MONTH = Misconception(
    "year_for_month",
    "The number is that of a year, and its unit says a month. Whoever compares it will be wrong by twelve.",
)
OTHER_OPTION = Misconception("other_option", "This is the cost of an option that was not chosen.")
WRONG_SIDE = Misconception(
    "wrong_side",
    "Own cards become the cheaper way when there are more requests, so the record is reopened above the threshold.",
)
ALREADY_FIRED = Misconception(
    "already_fired", "At today's 600,000 requests this trigger has fired on the day of the decision. It says nothing."
)
TOO_LATE = Misconception(
    "too_late",
    "This fires above the volume at which the other way has become the cheaper one: the reason is gone by then.",
)
CHAIN_CUT = Misconception(
    "chain_cut",
    "The record replaces adr-014 and does not say so. Then two records are in force, and both look accepted.",
)

repair = Check(
    f"{LESSON}.repair",
    "A record that agrees with its facts",
    Repair,
    (
        GATE_IGNORED,
        TOO_EARLY,
        LOSERS_LEFT_OUT,
        YEAR_FOR_MONTH,
        OTHER_OPTION,
        WRONG_SIDE,
        ALREADY_FIRED,
        TOO_LATE,
        CHAIN_CUT,
    ),
    case="demonstration",
)


@repair.finding("The choice", points=1, needs=["repaired"])
def choice(answers: Repair, case: Any) -> Judgement:
    """The cheapest way that is allowed."""
    return judge_choice(
        answers.repaired.chosen,
        RIGHT,
        why="A record that names a way which a must-have rules out will be found by an auditor.",
        misconceptions={"us_batch": GATE_IGNORED, "own_cards": TOO_EARLY},
    )


@repair.finding("What was considered", points=1, needs=["repaired"])
def considered(answers: Repair, case: Any) -> Judgement:
    """All three ways."""
    return judge_set(
        answers.repaired.considered,
        set(USD_PER_MONTH),
        what="options",
        why="What was rejected, and why, is the part that is asked for most often later.",
        misconceptions={
            LOSERS_LEFT_OUT: {"eu_token", "own_cards"},
            GATE_IGNORED: {"us_batch", "own_cards"},
        },
    )


@repair.finding("The reason's number", points=1, needs=["repaired"])
def reason(answers: Repair, case: Any) -> Judgement:
    """Dollars a month of the chosen way. A number by the year is as good when its unit says so."""
    costs = [
        (reason.value / 12 if "year" in (reason.unit or "").lower() else reason.value)
        for reason in answers.repaired.because
        if reason.value is not None and "dollar" in (reason.unit or "dollar").lower()
    ]
    right = USD_PER_MONTH[RIGHT]
    if not costs:
        return Judgement(0, "no number in dollars", quantity(right, "dollars a month"), "the number is missing")
    nearest = min(costs, key=lambda cost: abs(cost - right))
    return judge_number(
        nearest,
        right,
        unit="dollars a month",
        within=0.005,
        why="The number is what somebody will look up in two years. Its unit is half of it.",
        misconceptions={
            YEAR_FOR_MONTH: right * 12,
            OTHER_OPTION: USD_PER_MONTH["own_cards"],
            GATE_IGNORED: USD_PER_MONTH["us_batch"],
        },
    )


def _on_volume(record: DecisionRecord) -> Trigger | None:
    """Return the trigger on requests a month, or the first one."""
    triggers = record.revisit_when
    return next((t for t in triggers if "request" in f"{t.metric} {t.unit}".lower()), triggers[0] if triggers else None)


@repair.finding("The trigger's side", points=1, needs=["repaired"])
def side(answers: Repair, case: Any) -> Judgement:
    """Above, since more requests favour the other way."""
    trigger = _on_volume(answers.repaired)
    if trigger is None:
        return Judgement(0, "no trigger", "above", "no trigger is left")
    return judge_choice(
        trigger.when,
        "above",
        why="A trigger points to where the reason ends.",
        misconceptions={"below": WRONG_SIDE},
    )


@repair.finding("The trigger's threshold", points=1, needs=["repaired"])
def threshold(answers: Repair, case: Any) -> Judgement:
    """Beyond today's volume, and not beyond the crossing."""
    trigger = _on_volume(answers.repaired)
    wanted = f"more than {TODAY:,} and at most {CROSSING:,} requests a month"
    why = "Between today and the crossing lies the time to prepare. Any number in it can be defended."
    if trigger is None:
        return Judgement(0, "no trigger", wanted, "no trigger is left", why)
    shown = f"{trigger.when} {quantity(trigger.threshold, trigger.unit)}"
    if trigger.threshold <= TODAY:
        return Judgement(0, shown, wanted, "it lies below today's volume", why, ALREADY_FIRED)
    if trigger.threshold > CROSSING:
        return Judgement(0, shown, wanted, "it lies beyond the crossing", why, TOO_LATE)
    return Judgement(1, shown, wanted, why=why)


@repair.finding("The chain", points=1, needs=["repaired"])
def chain(answers: Repair, case: Any) -> Judgement:
    """The record that is replaced."""
    seen = answers.repaired.supersedes
    why = "A program that follows the chain finds the record in force. Without the link there are two."
    if seen is None:
        return Judgement(0, "supersedes nothing", REPLACED, "the link is missing", why, CHAIN_CUT)
    return judge_choice(seen, REPLACED, why=why)


# --- Task 3: which triggers fire --------------------------------------------------------------------------------------

NAMES = ("queue", "volume", "bill", "people", "recall", "errors", "review")
FIRE = {"volume", "errors", "review"}


class Triggers(AnswerSheet):
    """The triggers that reopen a decision in force."""

    fires: list[Literal["queue", "volume", "bill", "people", "recall", "errors", "review"]] = answer(
        "a list of names of triggers"
    )


UNITS_IGNORED = Misconception(
    "units_ignored",
    "This compares the numbers as they are written. A week is not a month, nor is a quarter: bring both to one unit.",
)
REACHED_IS_CROSSED = Misconception(
    "reached_is_crossed", "Below 4 means fewer than 4. With four people on call the threshold is reached, not crossed."
)
SUPERSEDED_COUNTS = Misconception(
    "superseded_counts", "The record of one of these is superseded. Its successor has triggers of its own."
)
DAY_FORGOTTEN = Misconception(
    "day_forgotten",
    "A day was set, it has passed, and nobody has looked. That reopens a decision whatever is measured.",
)
RATE_AS_COUNT = Misconception(
    "rate_as_count", "31 of 1,000 are a share of 0.031, which is above 0.02. Bring both to one unit."
)

triggers = Check(
    f"{LESSON}.triggers",
    "Which triggers fire",
    Triggers,
    (UNITS_IGNORED, REACHED_IS_CROSSED, SUPERSEDED_COUNTS, DAY_FORGOTTEN, RATE_AS_COUNT),
    case="demonstration",
)


@triggers.finding("The triggers", points=3, needs=["fires"])
def firing(answers: Triggers, case: Any) -> Judgement:
    """Two by their numbers, one by its day."""
    return judge_set(
        answers.fires,
        FIRE,
        what="triggers",
        why="A check that runs each month is right about units and days in every month, if it is right once.",
        misconceptions={
            UNITS_IGNORED: {"bill", "errors", "review"},
            REACHED_IS_CROSSED: FIRE | {"people"},
            SUPERSEDED_COUNTS: FIRE | {"recall"},
            DAY_FORGOTTEN: FIRE - {"review"},
            RATE_AS_COUNT: FIRE - {"errors"},
        },
    )
