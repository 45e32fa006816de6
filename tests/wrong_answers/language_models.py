"""Wrong answers to the self-check of the lesson `language_models`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

VERDICTS = ("feasible", "costly", "will fail")
CHANGES = (
    "a larger model",
    "one text per product, made in advance",
    "process in the EU",
    "tell the model to forget names",
    "lower the temperature",
)
VOCABULARY = {
    "change": ("stream the answer", "halve the prompt", "halve the answer"),
    **dict.fromkeys(("page_verdict", "calls_verdict"), VERDICTS),
    **dict.fromkeys(("page_change", "calls_change"), CHANGES),
}

RIGHT_ANSWERS = {
    "bill": (
        "usd_per_month = 600_000 * 1.15 * (1_000 * 0.75 + 120 * 4.50) / 1e6\n"
        "output_share = 120 * 4.50 / (1_000 * 0.75 + 120 * 4.50)\n"
        "saved_by_cache_usd = 600_000 * 400 * (0.75 - 0.075) / 1e6"
    ),
    "wait": "first_word_s = 3_000 / 2_000\nlast_word_s = 3_000 / 2_000 + 240 / 80\nchange = 'halve the answer'",
    "judge": (
        "page_usd_per_month = 24_000_000 * (500 * 0.75 + 60 * 4.50) / 1e6\n"
        "page_verdict = 'costly'\npage_change = 'one text per product, made in advance'\n"
        "calls_usd_per_month = 30_000 * (6_000 * 0.75 + 200 * 4.50) / 1e6\n"
        "calls_verdict = 'will fail'\ncalls_change = 'process in the EU'"
    ),
}

WRONG_ANSWERS = [
    # bill, 3 points
    WrongAnswer("bill", "english_tokens", "usd_per_month = 600_000 * (1_000 * 0.75 + 120 * 4.50) / 1e6", 2.5),
    WrongAnswer("bill", "prompt_only", "usd_per_month = 600_000 * 1.15 * 1_000 * 0.75 / 1e6", 2),
    WrongAnswer("bill", "one_price", "usd_per_month = 600_000 * 1.15 * 1_120 * 0.75 / 1e6", 2),
    WrongAnswer("bill", "prices_swapped", "usd_per_month = 600_000 * 1.15 * (1_000 * 4.50 + 120 * 0.75) / 1e6", 2),
    WrongAnswer("bill", "per_thousand", "usd_per_month *= 1_000", 2),
    WrongAnswer("bill", "share_of_tokens", "output_share = 120 / 1_120", 2),
    WrongAnswer("bill", "share_of_input", "output_share = 1 - output_share", 2),
    WrongAnswer("bill", "cache_is_free", "saved_by_cache_usd = 600_000 * 400 * 0.75 / 1e6", 2),
    WrongAnswer("bill", "cost_not_saving", "saved_by_cache_usd = 600_000 * 400 * 0.075 / 1e6", 2),
    WrongAnswer("bill", "whole_prompt_cached", "saved_by_cache_usd = 600_000 * 1_150 * 0.675 / 1e6", 2),
    WrongAnswer("bill", "fixed part translated twice", "saved_by_cache_usd *= 1.15", 2, named=False),
    # wait, 3 points
    WrongAnswer("wait", "nothing_to_read", "first_word_s = 1 / 80; last_word_s = 240 / 80", 1),
    WrongAnswer("wait", "read_at_the_writing_rate", "first_word_s = 3_000 / 80; last_word_s = 3_240 / 80", 1),
    WrongAnswer("wait", "written_at_the_reading_rate", "last_word_s = 3_240 / 2_000", 2),
    WrongAnswer("wait", "waits_for_all", "first_word_s = last_word_s", 2),
    WrongAnswer("wait", "reading_is_all", "last_word_s = first_word_s", 2),
    WrongAnswer("wait", "streaming_shortens", "change = 'stream the answer'", 2),
    WrongAnswer("wait", "prompt_first", "change = 'halve the prompt'", 2),
    WrongAnswer("wait", "milliseconds", "first_word_s *= 1_000", 2, named=False),
    # judge, 6 points
    WrongAnswer("judge", "prompt_only", "page_usd_per_month = 24_000_000 * 500 * 0.75 / 1e6", 5),
    WrongAnswer("judge", "one_price", "page_usd_per_month = 24_000_000 * 560 * 0.75 / 1e6", 5),
    WrongAnswer("judge", "per_thousand", "calls_usd_per_month *= 1_000", 5),
    WrongAnswer("judge", "small_unit_price", "page_verdict = 'feasible'", 5),
    WrongAnswer("judge", "dear_is_impossible", "page_verdict = 'will fail'", 5),
    WrongAnswer("judge", "cheap_so_feasible", "calls_verdict = 'feasible'", 5),
    WrongAnswer("judge", "rule_as_cost", "calls_verdict = 'costly'", 5),
    WrongAnswer("judge", "model_for_everything", "page_change = calls_change = 'a larger model'", 4),
    WrongAnswer("judge", "asked_to_forget", "calls_change = 'tell the model to forget names'", 5),
    WrongAnswer("judge", "wrong_sister", "page_change, calls_change = calls_change, page_change", 4),
    WrongAnswer("judge", "a day instead of a month", "page_usd_per_month /= 30", 5, named=False),
    WrongAnswer("judge", "the same verdict for both", "page_verdict = calls_verdict = 'feasible'", 4, named=False),
]
