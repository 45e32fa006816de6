"""Wrong answers to the self-check of the lesson `patterns`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

PATTERNS = ("one call", "several agents", "nightly batch", "gateway", "whole text in the prompt")
VOCABULARY = {
    **dict.fromkeys(("museum", "bank", "lawyers", "shop"), PATTERNS),
    "verdict": ("keep", "remove"),
}

RIGHT_ANSWERS = {
    "by_hand": "share_right = 0.9 * 0.7 + 0.1 * 0.1\ngateway_cost = 0.6 * 0.5 + 0.4 * 6\nlast_wait = 300 / 10 - 10",
    "choose": (
        "museum = 'whole text in the prompt'\nmuseum_dollars = 0.5\n"
        "bank = 'several agents'\nbank_right = 0.95 * 0.8 + 0.05 * 0.2\n"
        "lawyers = 'one call'\nlawyers_saved = 2 * 7.2\n"
        "shop = 'nightly batch'\nshop_saved = 1500"
    ),
    "read_table": "answers_lost = 20\ndollars_saved = 5.4\nverdict = 'remove'",
}

WRONG_ANSWERS = [
    # by_hand, 3 points
    WrongAnswer("by_hand", "triage_ignored", "share_right = 0.7", 2),
    WrongAnswer("by_hand", "luck_ignored", "share_right = 0.9 * 0.7", 2),
    WrongAnswer("by_hand", "shares_averaged", "share_right = 0.4", 2),
    WrongAnswer("by_hand", "prices_averaged", "gateway_cost = 3.25", 2),
    WrongAnswer("by_hand", "shares_swapped", "gateway_cost = 0.6 * 6 + 0.4 * 0.5", 2),
    WrongAnswer("by_hand", "small_is_free", "gateway_cost = 0.4 * 6", 2),
    WrongAnswer("by_hand", "within_the_minute", "last_wait = 0", 2),
    WrongAnswer("by_hand", "arrival_forgotten", "last_wait = 30", 2),
    WrongAnswer("by_hand", "shares added", "share_right = 0.7 + 0.1", 2, named=False),
    # choose, 8 points
    WrongAnswer("choose", "search_by_habit", "museum = 'one call'; museum_dollars = 0.8", 6),
    WrongAnswer("choose", "cache_forgotten", "museum_dollars = 5", 7),
    WrongAnswer("choose", "one_agent_without_rights", "bank = 'one call'; bank_right = 0.6", 6),
    WrongAnswer("choose", "triage_ignored", "bank_right = 0.8", 7),
    WrongAnswer("choose", "luck_ignored", "bank_right = 0.76", 7),
    WrongAnswer("choose", "saving_without_upkeep", "lawyers = 'gateway'", 7),
    WrongAnswer("choose", "small_is_free", "lawyers_saved = 16", 7),
    WrongAnswer("choose", "all_routed", "lawyers_saved = 28.8", 7),
    WrongAnswer("choose", "spent_not_saved", "lawyers_saved = 17.6; shop_saved = 3000", 6),
    WrongAnswer("choose", "nobody_waits", "shop = 'one call'; shop_saved = 0", 6),
    WrongAnswer("choose", "nothing_to_route", "shop = 'gateway'", 7),
    WrongAnswer("choose", "agents_without_tools", "museum = lawyers = shop = 'several agents'", 5),
    WrongAnswer("choose", "a gateway everywhere", "museum = bank = lawyers = shop = 'gateway'", 4, named=False),
    # read_table, 3 points
    WrongAnswer("read_table", "gains_forgotten", "answers_lost = 30", 2),
    WrongAnswer("read_table", "neither_blamed", "answers_lost = 170", 2),
    WrongAnswer("read_table", "wrong_row", "answers_lost = 100; dollars_saved = 3.6", 1),
    WrongAnswer("read_table", "small_is_free", "dollars_saved = 6", 2),
    WrongAnswer("read_table", "all_to_small", "dollars_saved = 9", 2),
    WrongAnswer("read_table", "price_before_worth", "verdict = 'keep'", 2),
    WrongAnswer("read_table", "a loss with its sign", "answers_lost = -20", 2, named=False),
]
