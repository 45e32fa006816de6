"""Wrong answers to the self-check of the lesson `cost`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

VOCABULARY = dict.fromkeys(("loop", "campaign", "surprise", "last_day"), ("spent", "forecast", "dearer calls", "none"))

RIGHT_ANSWERS = {
    "bill": "bill_usd = 2_080\nwith_cache_usd = 1_705.6",
    "levers": "routing_saves = 3_600\nprompts_save = 2_000\nboth_save = 4_880",
    "alerts": "loop = 'dearer calls'\ncampaign = 'none'\nsurprise = 'forecast'\nlast_day = 'spent'",
}

WRONG_ANSWERS = [
    # bill, 3 points
    WrongAnswer("bill", "retries_free", "bill_usd = 2_000; with_cache_usd = 1_640", 0),
    WrongAnswer("bill", "input_only", "bill_usd = 1_040", 2),
    WrongAnswer("bill", "one_price", "bill_usd = 1_248", 2),
    WrongAnswer("bill", "cached_free", "with_cache_usd = 1_664", 1),
    WrongAnswer("bill", "all_cached", "with_cache_usd = 1_144", 1),
    WrongAnswer("bill", "answer_cached", "with_cache_usd = 1_289.6", 1),
    WrongAnswer("bill", "a day for a month", "bill_usd = 2_080 / 30", 2, named=False),
    # levers, 4 points
    WrongAnswer("levers", "routed_free", "routing_saves = 4_000; both_save = 5_200", 1),
    WrongAnswer("levers", "added_up", "both_save = 5_600", 2),
    WrongAnswer("levers", "savings_multiplied", "both_save = 720", 2),
    WrongAnswer("levers", "large_only", "both_save = 4_800", 2),
    WrongAnswer("levers", "what is left", "both_save = 5_120", 2, named=False),
    # alerts, 4 points
    WrongAnswer("alerts", "mean_is_slow", "loop = 'forecast'", 3),
    WrongAnswer("alerts", "good_news_wakes", "campaign = 'forecast'", 3),
    WrongAnswer("alerts", "more_is_dearer", "surprise = 'dearer calls'", 3),
    WrongAnswer("alerts", "waits_for_the_end", "surprise = 'spent'", 3),
    WrongAnswer("alerts", "forecast_margin", "last_day = 'forecast'", 3),
    WrongAnswer("alerts", "one rule for all", "loop = campaign = surprise = last_day = 'spent'", 1, named=False),
]
