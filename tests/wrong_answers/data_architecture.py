"""Wrong answers to the self-check of the lesson `data_architecture`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

STORES = ("lake", "stream", "vector store", "a table")
VOCABULARY = dict.fromkeys(("report", "alarm", "similar", "tariff"), STORES)

RIGHT_ANSWERS = {
    "windows": "delivery_share = 3 / 5\npublished_minute = 14\ndropped = 2",
    "store": "report = 'lake'\nalarm = 'stream'\nsimilar = 'vector store'\ntariff = 'a table'",
    "storage": "vectors_gb = 1e8 * 768 * 4 / 1e9\nlinks_gb = 1e8 * 8 * 64 / 1e9\nmachines = 15",
}

WRONG_ANSWERS = [
    # windows, 3 points
    WrongAnswer("windows", "by_arrival", "delivery_share = 2 / 3", 2),
    WrongAnswer("windows", "by_arrival", "published_minute = 10", 2),
    WrongAnswer("windows", "wait_forgotten", "delivery_share = 2 / 4; published_minute = 12; dropped = 3", 0),
    WrongAnswer("windows", "hindsight", "delivery_share = 3 / 7", 2),
    WrongAnswer("windows", "clock_on_the_wall", "published_minute = 13", 2),
    WrongAnswer("windows", "out_of_order_is_late", "dropped = 4", 2),
    WrongAnswer("windows", "nothing_is_lost", "dropped = 0", 2),
    WrongAnswer("windows", "a count instead of a share", "delivery_share = 3", 2, named=False),
    # store, 4 points
    WrongAnswer("store", "freshness_nobody_uses", "report = tariff = 'stream'", 2),
    WrongAnswer("store", "later_than_the_need", "alarm = 'lake'", 3),
    WrongAnswer("store", "words_or_keys_for_meaning", "similar = 'lake'", 3),
    WrongAnswer("store", "meaning_for_a_fact", "report = alarm = similar = tariff = 'vector store'", 1),
    WrongAnswer("store", "machinery_for_forty_rows", "tariff = 'lake'", 3),
    WrongAnswer("store", "table_for_all_history", "report = 'a table'", 3),
    # storage, 3 points
    WrongAnswer("storage", "one_byte", "vectors_gb = 76.8; machines = 6", 1),
    WrongAnswer("storage", "eight_bytes", "vectors_gb = 614.4", 2),
    WrongAnswer("storage", "bits", "vectors_gb = 1e8 * 768 * 32 / 1e9", 2),
    WrongAnswer("storage", "gibibytes", "vectors_gb = 1e8 * 768 * 4 / 2**30; links_gb = 1e8 * 8 * 64 / 2**30", 1),
    WrongAnswer("storage", "half_the_links", "links_gb = 25.6", 2),
    WrongAnswer("storage", "links_per_dimension", "links_gb = 51.2 * 768", 2),
    WrongAnswer("storage", "default_neighbors", "links_gb = 12.8", 2),
    WrongAnswer("storage", "links_left_out", "machines = 13", 2),
    WrongAnswer("storage", "rounded_down", "machines = 14", 2),
    WrongAnswer("storage", "a machine for each million", "machines = 100", 2, named=False),
]
