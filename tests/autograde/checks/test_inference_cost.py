"""Right answers on the cost of inference keep their points however they are reached, and guesses earn little."""

import functools
import itertools
import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograde.checks.inference_cost import DRIVERS, KINDS, LEVERS, bill_in, bill_with, drivers, grown, over_in
from autograde.findings import CheckResult
from autograde.proof.exercise import graded
from autograde.proof.solution import solution_namespace
from autograde.registry import find_check

EXERCISE = "inference_cost"
LEARNERS = ("ana", "ben", "proof-3")
NUMBERS = {
    "one_call": ("guide_usd", "file_usd"),
    "search": ("embedding_usd", "reranking_usd", "reranking_usd_tenfold"),
    "capacity": ("busiest_minute_tokens",),
    "bills": ("usd_today", "usd_tenfold"),
    "together": ("saved_together", "usd_with_all"),
    "plan": ("plan_usd",),
    "unit_economics": ("usd_per_resolved", "usd_per_resolved_tenfold", "value_per_dollar"),
}


@functools.cache
def solved(learner: str) -> Mapping[str, Any]:
    return solution_namespace(EXERCISE, learner)


def result(task: str, learner: str = "ana", **changed: Any) -> CheckResult:
    check = find_check(f"{EXERCISE}.{task}", held_back=True)
    return graded(check, {**solved(learner), **changed}, learner)


def lost(found: CheckResult) -> dict[str, str]:
    """What cost points, with what was said about it."""
    return {f.name: f.judgement.gap or "?" if f.judgement else f.message for f in found.findings if f.earned < f.points}


def three_digits(value: float) -> float:
    return float(f"{value:.3g}")


# --- Numbers, lists and dictionaries in other forms ------------------------------------------------------------------


@pytest.mark.parametrize("form", [three_digits, numpy.float64, numpy.float32])
@pytest.mark.parametrize("task", NUMBERS)
def test_numbers_may_be_rounded_to_three_digits_or_come_from_numpy(task: str, form: Callable[..., Any]) -> None:
    for learner in LEARNERS:
        numbers = {name: form(solved(learner)[name]) for name in NUMBERS[task]}
        assert not lost(result(task, learner, **numbers))


@pytest.mark.parametrize("form", [dict, pandas.Series, lambda d: dict(reversed(d.items()))])
def test_savings_may_be_a_series_and_come_in_any_order(form: Callable[..., Any]) -> None:
    assert not lost(result("alone", saved_alone=form(solved("ana")["saved_alone"])))


@pytest.mark.parametrize("form", [tuple, set, lambda kinds: [kind.upper() for kind in reversed(kinds)]])
def test_kinds_may_come_in_any_collection_and_case(form: Callable[..., Any]) -> None:
    where = {lever: form(kinds) for lever, kinds in solved("ana")["where"].items()}
    assert not lost(result("where", where=where))


def test_drivers_and_levers_may_be_written_in_upper_case() -> None:
    for learner in LEARNERS:
        namespace = solved(learner)
        assert not lost(result("top_drivers", learner, top_drivers=[d.title() for d in namespace["top_drivers"]]))
        assert not lost(result("plan", learner, plan=[lever.upper() for lever in reversed(namespace["plan"])]))


# --- The bill as a function -------------------------------------------------------------------------------------------


def own_sums(month: dict[str, Any]) -> dict[str, float]:
    """The bill by hand, without the lesson's price of a request."""
    prices, contract = month["prices"], month["contract"]
    table = pandas.DataFrame(month["kinds"])
    calls = table.requests * (1 - table.from_cache)
    found, retries, minute = {}, 0.0, 0.0
    for row, sent in zip(table.to_dict("records"), calls, strict=True):
        price = prices[row["model"]]
        read = written = 0.0
        for share, length in ((row["long_share"], row["long_prompt_tokens"]), (1 - row["long_share"], 0)):
            length = length or row["prompt_tokens"]
            dear = price["long_prompt"] if (price["long_prompt"] or {}).get("above_tokens", 1e12) < length else price
            if row["in_batch"]:
                read += share * length * price["batch_input"]
                written += share * row["answer_tokens"] * price["batch_output"]
            else:
                read += share * length * dear["input"]
                read -= share * row["held_share"] * row["fixed_tokens"] * (dear["input"] - price["cached_input"])
                written += share * row["answer_tokens"] * dear["output"]
                minute += sent * share * (1 + row["sent_twice"]) * (length + row["answer_tokens"])
        found[f"{row['id']} prompts"] = sent * read / 1e6
        found[f"{row['id']} answers"] = sent * written / 1e6
        retries += sent * row["sent_twice"] * (read + written) / 1e6
    above = minute / 43_200 * month["peak_to_average"] - contract["included_tokens_per_minute"]
    texts = (table.requests * table.texts * table.text_tokens).sum()
    found |= {
        "retries": retries,
        "embeddings": (month["tokens_indexed"] + texts) / 1e6 * prices["embedding"],
        "reranking": max((calls * table.queries).sum() - contract["included_queries"], 0) * prices["query"],
        "capacity": -min(0, -above // contract["block_tokens_per_minute"]) * contract["block_usd"],
        "platform": contract["platform_usd"],
    }
    return found


def test_a_bill_written_in_another_way_earns_all_points() -> None:
    for learner in LEARNERS:
        assert not lost(result("cost_model", learner, monthly_cost=own_sums))


RETURNED = {
    "extra keys": lambda found: {**found, "total": sum(found.values()), "note": "dollars"},
    "in another order": lambda found: dict(reversed(found.items())),
    "numpy numbers": lambda found: {driver: numpy.float64(usd) for driver, usd in found.items()},
    "a Series": lambda found: pandas.Series(found, dtype=float),
    "whole cents": lambda found: {driver: round(usd, 2) for driver, usd in found.items()},
}


@pytest.mark.parametrize("form", RETURNED.values(), ids=RETURNED)
def test_drivers_may_come_in_other_forms(form: Callable[..., Any]) -> None:
    right = solved("ana")["monthly_cost"]
    assert not lost(result("cost_model", monthly_cost=lambda month: form(right(month))))


BAD = {
    "a number": (lambda month: 3.0, "it returned float"),
    "a total alone": (lambda month: {"total": 3.0}, "there is none for guides prompts"),
    "text": (lambda month: dict.fromkeys(DRIVERS, "much"), "there is none for guides prompts"),
    "an error": (lambda month: month["kind"], "raised KeyError"),
    "not a number": (lambda month: dict.fromkeys(DRIVERS, float("nan")), ""),
}


@pytest.mark.parametrize(("function", "said"), BAD.values(), ids=BAD)
def test_what_is_no_bill_earns_nothing_and_is_told_why(function: Callable[..., Any], said: str) -> None:
    found = result("cost_model", monthly_cost=function)
    assert found.earned == 0
    assert all(said in message for message in lost(found).values())


def test_a_function_that_takes_prices_from_the_case_loses_only_the_held_back_points_about_them() -> None:
    namespace = solved("ana")
    right, prices = namespace["monthly_cost"], namespace["today"]["prices"]
    found = result("cost_model", monthly_cost=lambda month: right({**month, "prices": prices}))
    assert set(lost(found)) == {"nobody_and_other_prices"}


# --- Judgement ------------------------------------------------------------------------------------------------------


def test_every_smallest_set_that_holds_the_budget_earns_all_points() -> None:
    for learner in LEARNERS:
        case = solved(learner)["case"]
        budget = case.spending.limits.tenfold_budget_usd
        sets = [set(s) for n in range(1, 7) for s in itertools.combinations(LEVERS, n) if bill_with(case, s) <= budget]
        smallest = [levers for levers in sets if not any(other < levers for other in sets)]
        assert smallest
        for levers in smallest:
            assert not lost(result("plan", learner, plan=list(levers), plan_usd=bill_with(case, levers)))


def test_any_threshold_that_fires_in_the_right_month_earns_all_points_and_none_outside() -> None:
    for learner in LEARNERS:
        case = solved(learner)["case"]
        fires = over_in(case) - case.spending.limits.lead_months
        low, high = bill_in(case, fires - 1), bill_in(case, fires)
        for share in (0.01, 0.5, 0.99):
            assert not lost(result("alert", learner, alert_usd=low + share * (high - low)))
        said = [lost(result("alert", learner, alert_usd=usd))["threshold"] for usd in (low * 0.999, high * 1.01)]
        assert said == ["it fires sooner than it need", "it fires too late for a lever to work"]


def test_guesses_earn_little_on_average() -> None:
    draw = random.Random(7)

    def some(names: tuple[str, ...]) -> list[str]:
        return [name for name in names if draw.random() < 0.5]

    guesses: dict[str, tuple[float, Callable[[], dict[str, Any]]]] = {
        "plan": (0.25, lambda: {"plan": some(LEVERS), "plan_usd": 1.0}),
        "where": (0.5, lambda: {"where": {lever: some(KINDS) for lever in LEVERS[:5]}}),
        "top_drivers": (0.2, lambda: {"top_drivers": draw.sample(DRIVERS, 3)}),
    }
    for task, (most, guess) in guesses.items():
        found = [result(task, draw.choice(LEARNERS), **guess()) for _ in range(60)]
        assert sum(f.earned for f in found) / len(found) <= most * found[0].points, task


def test_naming_all_kinds_for_each_lever_earns_nothing() -> None:
    for learner in LEARNERS:
        found = result("where", learner, where={lever: list(KINDS) for lever in LEVERS[:5]})
        assert found.earned <= 1


def test_a_lever_or_driver_that_does_not_exist_is_told() -> None:
    assert "no lever is called routing" in lost(result("plan", plan=["routing"]))["holds"]
    said = lost(result("top_drivers", top_drivers=["tokens", "gpus", "people"]))["three_largest"]
    assert said == "0 of 3 in their place; no driver is called tokens, gpus, people"


@given(
    st.sampled_from(LEARNERS),
    st.dictionaries(st.sampled_from([*LEVERS, "other"]), st.lists(st.sampled_from([*KINDS, "x"]), max_size=6)),
    st.dictionaries(st.sampled_from([*LEVERS, "other"]), st.floats(-1e9, 1e9)),
    st.lists(st.sampled_from([*LEVERS, "other", ""]), max_size=8),
    st.floats(-1e9, 1e9),
)
@settings(max_examples=40, deadline=None)
def test_no_answer_makes_a_check_fail(
    learner: str, where: Any, saved: dict[str, float], plan: list[str], usd: float
) -> None:
    answers = {"where": {"where": where}, "alone": {"saved_alone": saved}, "plan": {"plan": plan, "plan_usd": usd}}
    answers["alert"] = {"over_budget_in_months": usd, "alert_usd": usd}
    for task, given_ in answers.items():
        for finding in result(task, learner, **given_).findings:
            assert finding.judgement is not None or finding.message


def test_ten_empty_months_cost_what_one_does() -> None:
    case = solved("ana")["case"]
    fixed = drivers(grown(case, 0))
    assert {driver for driver, usd in fixed.items() if usd} == {"embeddings", "platform"}
