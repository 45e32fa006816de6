"""Wrong answers to the self-check of the lesson `decision_matrices`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

KINDS = ("sound", "a gate", "counted twice", "no evidence", "wrong direction")
VOCABULARY = {
    "winner_is": ("north", "south", "west"),
    **dict.fromkeys(("latency", "residency", "price", "support", "refusals"), KINDS),
}

RIGHT_ANSWERS = {
    "by_hand": "north_total = 7.0\nsouth_total = 6.4\nwest_total = 6.0\nwinner_is = 'south'",
    "flip": "flip_share = 1.8 / 2.8\nmoves_by = 1.8 / 2.8 - 0.5",
    "review": (
        "latency = 'sound'\nresidency = 'a gate'\nprice = 'counted twice'\nsupport = 'no evidence'\n"
        "refusals = 'wrong direction'"
    ),
}

WRONG_ANSWERS = [
    # by_hand, 4 points
    WrongAnswer("by_hand", "sums", "north_total, south_total, west_total = 70, 64, 60", 1),
    WrongAnswer("by_hand", "plain_means", "south_total = 19 / 3", 3),
    WrongAnswer("by_hand", "gate_ignored", "winner_is = 'north'", 3),
    WrongAnswer("by_hand", "heaviest_alone", "winner_is = 'west'", 3),
    WrongAnswer("by_hand", "two totals exchanged", "south_total, west_total = 6.0, 6.4", 2, named=False),
    # flip, 3 points
    WrongAnswer("flip", "as_weight", "flip_share = 9; moves_by = 4", 0),
    WrongAnswer("flip", "other_side", "flip_share = 0.357; moves_by = 0.143", 1),
    WrongAnswer("flip", "rest_unweighted", "flip_share = 0.5; moves_by = 0.0", 1),
    WrongAnswer("flip", "in_percent", "flip_share = 64.3; moves_by = 14.3", 0),
    WrongAnswer("flip", "relative_move", "moves_by = 0.2857", 2),
    # review, 5 points
    WrongAnswer("review", "weighed_law", "residency = 'sound'", 4),
    WrongAnswer("review", "same_money_twice", "price = 'sound'", 4),
    WrongAnswer("review", "feeling_as_value", "support = 'sound'", 4),
    WrongAnswer("review", "score_for_value", "refusals = 'sound'", 4),
    WrongAnswer("review", "too_strict", "latency = 'a gate'", 4),
    WrongAnswer("review", "all sound", "latency = residency = price = support = refusals = 'sound'", 1, named=False),
]
