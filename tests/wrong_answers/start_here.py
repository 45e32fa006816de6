"""Wrong answers to the self-check of `0_start_here`, and its right ones, as a lesson has no solution notebook."""

from autograde.proof.exercise import WrongAnswer

RIGHT_ANSWERS = {
    "first_decisions": """
from archkit.case import Case

larkspur = Case.demonstration()
architects_decisions = ["managed_or_own", "ten_times_the_load", "what_leaves_the_house"]
added_tokens = 2 * larkspur.traffic.requests_per_month * 3 * larkspur.tokens.tokens_per_passage
extra_usd_per_month = added_tokens * larkspur.price.input_usd_per_million / 1e6
mend_first = "articles"
""",
}

VOCABULARY = {
    "architects_decisions": (
        "managed_or_own",
        "ten_times_the_load",
        "what_leaves_the_house",
        "write_the_loop",
        "return_window",
        "what_the_law_allows",
    ),
    "mend_first": ("model", "prompt", "search", "articles"),
}


def decisions(name: str, code: str, points: float, *, named: bool = True) -> WrongAnswer:
    return WrongAnswer("first_decisions", name, code, points, named)


WRONG_ANSWERS = [
    decisions(
        "everything_is_the_architects",
        'architects_decisions += ["write_the_loop", "return_window", "what_the_law_allows"]',
        2,
    ),
    decisions("only_the_model", 'architects_decisions = ["managed_or_own"]', 2),
    decisions("senior_engineer", 'architects_decisions += ["write_the_loop"]', 2),
    decisions("owns_the_business_rules", 'architects_decisions += ["return_window"]', 2),
    decisions("reads_the_law", 'architects_decisions += ["what_the_law_allows"]', 2),
    decisions("one_passage", "extra_usd_per_month /= 3", 2),
    decisions("todays_volume", "extra_usd_per_month /= 2", 2.5),
    decisions("all_passages", "extra_usd_per_month *= (larkspur.tokens.passages + 3) / 3", 2),
    decisions(
        "output_price",
        "extra_usd_per_month = added_tokens * larkspur.price.output_usd_per_million / 1e6",
        2,
    ),
    decisions("per_thousand", "extra_usd_per_month *= 1000", 2),
    decisions("larger_model", 'mend_first = "model"', 2),
    decisions("words_in_the_prompt", 'mend_first = "prompt"', 2),
    decisions("blame_the_search", 'mend_first = "search"', 2),
    decisions("one decision left out", "architects_decisions.pop()", 2.67, named=False),
    decisions("a choice that is not in the table", 'mend_first = "data"', 2, named=False),
    decisions("not attempted", "mend_first = ...", 2, named=False),
]
