"""Wrong answers to the self-check of the lesson `open_weight_or_managed`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

VOCABULARY = {
    "at_half_the_price": ("it falls by half", "it stays", "it doubles", "it more than doubles"),
}

RIGHT_ANSWERS = {
    "memory": "weights_gb = 14.6\nkv_cache_gb = 2 * 32 * 8 * 128 * 2 * 40 * 6_000 / 1e9\ncards_needed = 3",
    "rent": "cards_rented = 7\nrent_usd_per_month = 12_600\nusd_per_million_written = 12_600 / 2_073.6",
    "crossing": "break_even_millions = 9_000 / 850\nat_half_the_price = 'it more than doubles'",
}

WRONG_ANSWERS = [
    # memory, 3 points
    WrongAnswer("memory", "one_byte", "weights_gb = 7.3", 2),
    WrongAnswer("memory", "four_bytes", "weights_gb = 29.2", 2),
    WrongAnswer("memory", "gibibytes", "weights_gb = 13.6; kv_cache_gb = 29.3", 1),
    WrongAnswer("memory", "one_request", "kv_cache_gb = 0.786", 2),
    WrongAnswer("memory", "keys_only", "kv_cache_gb = 15.73", 2),
    WrongAnswer("memory", "one_layer", "kv_cache_gb = 0.983", 2),
    WrongAnswer("memory", "weights_only", "cards_needed = 1", 2),
    WrongAnswer("memory", "whole_card", "cards_needed = 2", 2),
    WrongAnswer("memory", "a part of a card", "cards_needed = 2.13", 2, named=False),
    # rent, 3 points
    WrongAnswer("rent", "for_the_average", "cards_rented = 3; rent_usd_per_month = 5_400", 2),
    WrongAnswer(
        "rent", "no_spare", "cards_rented = 6; rent_usd_per_month = 10_800; usd_per_million_written = 5.208", 1
    ),
    WrongAnswer("rent", "at_the_knee", "cards_rented = 5; rent_usd_per_month = 9_000", 2),
    WrongAnswer("rent", "daytime_only", "rent_usd_per_month = 4_200; usd_per_million_written = 2.025", 1),
    WrongAnswer("rent", "always_full", "usd_per_million_written = 0.694", 2),
    WrongAnswer("rent", "a year for a month", "rent_usd_per_month = 151_200", 2, named=False),
    # crossing, 3 points
    WrongAnswer("crossing", "input_only", "break_even_millions = 25.71", 1),
    WrongAnswer("crossing", "own_requests_free", "break_even_millions = 6.923", 1),
    WrongAnswer("crossing", "fixed_forgotten", "break_even_millions = 2.889", 1),
    WrongAnswer("crossing", "price_cut_helps_own", "at_half_the_price = 'it falls by half'", 2),
    WrongAnswer("crossing", "sunk", "at_half_the_price = 'it stays'", 2),
    WrongAnswer("crossing", "proportional", "at_half_the_price = 'it doubles'", 2),
]
