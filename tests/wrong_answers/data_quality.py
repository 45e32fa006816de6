"""Wrong answers to the self-check of the lesson `data_quality`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

CATCHERS = ("contract", "age", "alike", "numbers", "none")
PLACES = ("write", "index", "read")
VOCABULARY = {
    **dict.fromkeys(("spelling", "car_park", "two_teams", "deposit", "latex", "agents_only"), CATCHERS),
    "switched_on": ("contract", "age_24", "age_12", "alike", "numbers"),
    **dict.fromkeys(("has_owner", "not_too_old", "fits_the_asker"), PLACES),
}

RIGHT_ANSWERS = {
    "catches": (
        "spelling = 'contract'\ncar_park = 'age'\ntwo_teams = 'alike'\n"
        "deposit = 'numbers'\nlatex = 'none'\nagents_only = 'none'"
    ),
    "blast_radius": "quoting = 4\nmay_be_shaped = 6\nof_all_requests = 6 / 10 * 6_000",
    "gate": (
        "switched_on = ['contract', 'age_24', 'alike']\nprecision = 24 / 29\nrecall = 24 / 40\n"
        "has_owner = 'write'\nnot_too_old = 'index'\nfits_the_asker = 'read'"
    ),
}

WRONG_ANSWERS = [
    # catches, 6 points
    WrongAnswer("catches", "form_is_truth", "latex = agents_only = 'contract'", 4),
    WrongAnswer("catches", "age_is_truth", "deposit = latex = 'age'", 4),
    WrongAnswer("catches", "needs_a_second_article", "car_park = latex = 'numbers'", 4),
    WrongAnswer("catches", "alike_at_any_likeness", "deposit = 'alike'", 5),
    WrongAnswer("catches", "twins_disagree", "two_teams = 'numbers'", 5),
    WrongAnswer("catches", "spelling_is_harmless", "spelling = 'none'", 5),
    WrongAnswer("catches", "nothing_sees_it", "car_park = two_teams = deposit = 'none'", 3),
    WrongAnswer("catches", "form_is_truth", "car_park = two_teams = deposit = latex = agents_only = 'contract'", 1),
    WrongAnswer("catches", "age for what agents may read", "agents_only = 'age'", 5, named=False),
    # blast_radius, 3 points
    WrongAnswer("blast_radius", "passages_counted", "quoting = 5; may_be_shaped = 8; of_all_requests = 4_800", 0),
    WrongAnswer("blast_radius", "quoted_is_all", "may_be_shaped = 4; of_all_requests = 2_400", 1),
    WrongAnswer("blast_radius", "read_is_quoted", "quoting = 7", 2),
    WrongAnswer("blast_radius", "handed_over_counted", "may_be_shaped = 7; of_all_requests = 4_200", 1),
    WrongAnswer("blast_radius", "sample_not_scaled", "of_all_requests = 6", 2),
    WrongAnswer("blast_radius", "everything_recalled", "may_be_shaped = 10; of_all_requests = 6_000", 1),
    WrongAnswer("blast_radius", "only what was not read", "quoting = 3", 2, named=False),
    # gate, 7 points
    WrongAnswer("gate", "more_than_can_be_read", "switched_on = ['contract', 'age_24', 'alike', 'numbers']", 5),
    WrongAnswer(
        "gate", "more_than_can_be_read", "switched_on = ['contract', 'age_12', 'age_24', 'alike', 'numbers']", 5
    ),
    WrongAnswer("gate", "longer_limit_is_laxer", "switched_on = ['contract', 'age_12', 'alike']", 5),
    WrongAnswer("gate", "no_false_alarm_allowed", "switched_on = ['contract']", 5),
    WrongAnswer("gate", "mean_of_precisions", "precision = (1 + 6 / 9 + 6 / 8) / 3", 6),
    WrongAnswer("gate", "precision_is_recall", "precision, recall = recall, precision", 5),
    WrongAnswer("gate", "recall_of_the_findable", "recall = 24 / 28", 6),
    WrongAnswer("gate", "bad_news_too_late", "has_owner = 'index'", 6),
    WrongAnswer("gate", "age_at_write", "not_too_old = 'write'", 6),
    WrongAnswer("gate", "age_at_read", "not_too_old = 'read'", 6),
    WrongAnswer("gate", "asker_unknown", "fits_the_asker = 'index'", 6),
    WrongAnswer("gate", "one of three left out", "switched_on = ['contract', 'age_24']", (6, 6.9), named=False),
]
