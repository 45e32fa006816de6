"""Findings of `inference_cost` that run only when an instructor grades."""

from __future__ import annotations

from archkit.case import Case
from autograde.checks.inference_cost import CostModel, changed, cost_model, grown, judge_model
from autograde.findings import Judgement


@cost_model.held_back_finding("A month in which nobody asks, and one with other prices", points=1)
def nobody_and_other_prices(answers: CostModel, case: Case) -> Judgement:
    """What is fixed remains; and prices come from the month, not from the day on which the function was written."""
    month = grown(case, 3)
    large, small = month["prices"]["large"], month["prices"]["small"]
    dearer = {
        "large": {**large, "input": 1.7 * large["input"], "output": 0.6 * large["output"]},
        "small": {**small, "input": 0.5 * small["input"]},
        "embedding": 2.5 * month["prices"]["embedding"],
        "query": 0.4 * month["prices"]["query"],
    }
    tiered = {**dearer["large"], "long_prompt": {"above_tokens": 2_000, "input": 5.1, "output": 17.3}}
    contract = {**month["contract"], "platform_usd": 4_321, "included_queries": 1_000, "block_usd": 987}
    return judge_model(
        answers.monthly_cost,
        [
            grown(case, 0),
            {**month, "prices": dearer, "contract": contract},
            {**month, "prices": {**dearer, "large": tiered}, "peak_to_average": 11.0},
        ],
    )


@cost_model.held_back_finding("Longer prompts and answers", points=1)
def longer(answers: CostModel, case: Case) -> Judgement:
    """Half of the files are long, and some questions paste a whole contract."""
    month = changed(
        grown(case, 2.5),
        files={"long_share": 0.55, "answer_tokens": 4_000},
        guides={"long_share": 0.001, "long_prompt_tokens": 290_000},
        digests={"prompt_tokens": 9_000},
    )
    return judge_model(answers.monthly_cost, [month])


@cost_model.held_back_finding("Held beginnings and batches", points=1)
def held_and_batched(answers: CostModel, case: Case) -> Judgement:
    """Every kind holds its beginning; two of them are sent in a batch, where that counts for nothing."""
    kinds = ("guides", "news", "records", "files", "digests")
    held = changed(grown(case, 6), **{kind: {"held_share": 0.85} for kind in kinds})
    batched = changed(held, files={"in_batch": True}, digests={"in_batch": True, "model": "small"})
    return judge_model(answers.monthly_cost, [held, batched])


@cost_model.held_back_finding("A retry storm, and answers from a cache", points=1)
def storm_and_cache(answers: CostModel, case: Case) -> Judgement:
    """Most calls are sent twice; a third of the questions never becomes a call."""
    storm = changed(
        grown(case, 10), guides={"sent_twice": 0.9, "from_cache": 0.35}, news={"sent_twice": 0.7, "from_cache": 0.5}
    )
    quiet = changed(grown(case, 1), guides={"from_cache": 1.0}, records={"sent_twice": 0.0, "model": "small"})
    return judge_model(answers.monthly_cost, [storm, quiet])
