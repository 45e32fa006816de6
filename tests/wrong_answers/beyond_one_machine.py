"""Wrong answers to the self-check of the lesson `beyond_one_machine`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

RUNGS = ("batches", "set threads", "processes", "larger machine", "cluster", "another method")
VOCABULARY = {
    "take": ("one process", "the cluster"),
    **dict.fromkeys(("products", "scans", "graph", "slower", "doubles"), RUNGS),
}

RIGHT_ANSWERS = {
    "by_hand": "with_nine = 600 / (60 + 540 / 9)\nat_most = 600 / 60\nlooks_serial = (1 / 1.6 - 1 / 2) / (1 - 1 / 2)",
    "where_it_pays": (
        "pays_from_texts = 240 / (0.02 - 0.02 / 16)\n"
        "cluster_usd = (240 + 96_000 * 0.02 / 16) / 3600 * 16 * 0.06\n"
        "take = 'one process'"
    ),
    "rung": (
        "products = 'batches'\nscans = 'cluster'\ngraph = 'larger machine'\n"
        "slower = 'set threads'\ndoubles = 'another method'"
    ),
}

WRONG_ANSWERS = [
    # by_hand, 3 points
    WrongAnswer("by_hand", "all_divided", "with_nine = 9", 2),
    WrongAnswer("by_hand", "one_serial_part", "with_nine = 600 / (30 + 570 / 9); at_most = 20", 1),
    WrongAnswer("by_hand", "speed_of_the_part", "with_nine = 10", 2),
    WrongAnswer("by_hand", "shares_turned_round", "at_most = 600 / 540", 2),
    WrongAnswer("by_hand", "shares_turned_round", "looks_serial = 0.75", 2),
    WrongAnswer("by_hand", "missing_speed", "looks_serial = 1 - 1.6 / 2", 2),
    WrongAnswer("by_hand", "seconds instead of a ratio", "with_nine = 120", 2, named=False),
    # where_it_pays, 3 points
    WrongAnswer("where_it_pays", "cluster_works_for_nothing", "pays_from_texts = 240 / 0.02", 2),
    WrongAnswer("where_it_pays", "start_over_cluster_item", "pays_from_texts = 240 / (0.02 / 16)", 2),
    WrongAnswer("where_it_pays", "one_worker_paid", "cluster_usd = 360 / 3600 * 0.06", 2),
    WrongAnswer("where_it_pays", "start_unpaid", "cluster_usd = 120 / 3600 * 16 * 0.06", 2),
    WrongAnswer("where_it_pays", "faster_means_take", "take = 'the cluster'", 2),
    WrongAnswer(
        "where_it_pays", "work without the start, on one worker", "cluster_usd = 1920 / 3600 * 0.06", 2, named=False
    ),
    # rung, 5 points
    WrongAnswer("rung", "idle_hardware", "products = 'cluster'", 4),
    WrongAnswer("rung", "one_machine_at_any_price", "scans = 'larger machine'", 4),
    WrongAnswer("rung", "memory_is_not_work", "graph = 'cluster'", 4),
    WrongAnswer("rung", "more_of_what_hurts", "slower = 'larger machine'", 4),
    WrongAnswer("rung", "square_outrun", "doubles = 'cluster'", 4),
    WrongAnswer(
        "rung", "a cluster for everything", "products = scans = graph = slower = doubles = 'cluster'", 1, named=False
    ),
]
