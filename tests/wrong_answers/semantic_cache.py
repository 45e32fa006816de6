"""Wrong answers to the self-check of the lesson `semantic_cache`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

LOCKS = ("do not keep", "scope", "version", "age limit", "guard on wording", "nothing to add")
VOCABULARY = dict.fromkeys(("two_shops", "new_tariff", "signature", "balance", "queue_time", "tent_care"), LOCKS)

RIGHT_ANSWERS = {
    "by_hand": "hit_rate = 0.7\nwrong_among_hits = 2 / 7\nright_hits_for_one_wrong = 40",
    "threshold": "best_threshold = 0.90\ngain_usd = 7.30",
    "locks": (
        "two_shops = 'scope'\nnew_tariff = 'version'\nsignature = 'guard on wording'\nbalance = 'do not keep'\n"
        "queue_time = 'age limit'\ntent_care = 'nothing to add'"
    ),
}

WRONG_ANSWERS = [
    # by_hand, 3 points
    WrongAnswer("by_hand", "right_hits_only", "hit_rate = 0.5", 2),
    WrongAnswer("by_hand", "wrong_of_all", "wrong_among_hits = 0.2", 2),
    WrongAnswer("by_hand", "below_counted", "wrong_among_hits = 0.4", 2),
    WrongAnswer("by_hand", "ratio_inverted", "right_hits_for_one_wrong = 0.025", 2),
    WrongAnswer("by_hand", "difference", "right_hits_for_one_wrong = 1.17", 2),
    WrongAnswer("by_hand", "percent", "hit_rate = 70", 2, named=False),
    # threshold, 2 points
    WrongAnswer("threshold", "most_hits", "best_threshold = 0.80; gain_usd = -6.5", 0),
    WrongAnswer("threshold", "fewest_wrong", "best_threshold = 0.95; gain_usd = 5.2", 0),
    WrongAnswer("threshold", "damage_forgotten", "gain_usd = 10.5", 1),
    WrongAnswer("threshold", "wrong_hits_save", "gain_usd = 7.5", 1),
    WrongAnswer("threshold", "the one below", "best_threshold = 0.85; gain_usd = 4.9", 0, named=False),
    # locks, 6 points
    WrongAnswer("locks", "wording_for_scope", "two_shops = 'guard on wording'", 5),
    WrongAnswer("locks", "age_for_version", "new_tariff = 'age limit'", 5),
    WrongAnswer("locks", "higher_threshold", "signature = 'version'", 5),
    WrongAnswer("locks", "scope_is_enough", "balance = 'scope'", 5),
    WrongAnswer("locks", "version_for_time", "queue_time = 'version'", 5),
    WrongAnswer("locks", "lock_everything", "tent_care = 'do not keep'", 5),
    WrongAnswer(
        "locks",
        "one lock for all",
        "two_shops = new_tariff = signature = balance = queue_time = tent_care = 'do not keep'",
        1,
        named=False,
    ),
]
