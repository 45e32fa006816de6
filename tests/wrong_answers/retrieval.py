"""Wrong answers to the self-check of the lesson `retrieval`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

RETRIEVERS = ("words", "vectors", "both")
REPAIRS = (
    "retire the old article",
    "search words too",
    "cut larger passages",
    "filter by metadata",
    "write the article",
    "read more passages",
)
VOCABULARY = {
    "reranking_helps": ("A", "B", "C"),
    **dict.fromkeys(("parts", "helpline", "claims", "intranet"), RETRIEVERS),
    **dict.fromkeys(("germany", "cheaper", "canaries", "fraud"), REPAIRS),
}

RIGHT_ANSWERS = {
    "by_hand": "recall_at_5 = (1 / 2 + 1 / 3 + 0) / 3\nmrr = (1 + 1 / 4 + 0) / 3\nreranking_helps = ['B']",
    "choose": "parts = 'words'\nhelpline = 'vectors'\nclaims = 'both'\nintranet = 'words'",
    "repair": (
        "germany = 'retire the old article'\ncheaper = 'search words too'\n"
        "canaries = 'cut larger passages'\nfraud = 'filter by metadata'"
    ),
}

WRONG_ANSWERS = [
    # by_hand, 3 points
    WrongAnswer("by_hand", "passages_counted", "recall_at_5 = (2 / 2 + 2 / 3 + 0) / 3", 2),
    WrongAnswer("by_hand", "hit_rate", "recall_at_5 = 2 / 3", 2),
    WrongAnswer("by_hand", "precision", "recall_at_5 = (2 / 5 + 2 / 5 + 0) / 3", 2),
    WrongAnswer("by_hand", "pooled", "recall_at_5 = 2 / 6", 2),
    WrongAnswer("by_hand", "misses_left_out", "recall_at_5 = (1 / 2 + 1 / 3) / 2; mrr = (1 + 1 / 4) / 2", 1),
    WrongAnswer("by_hand", "mean_rank", "mrr = (1 + 4) / 2", 2),
    WrongAnswer("by_hand", "ranks_before_reciprocal", "mrr = 1 / ((1 + 4) / 2)", 2),
    WrongAnswer("by_hand", "hit_rate", "mrr = 2 / 3", 2),
    WrongAnswer("by_hand", "reranker_finds", "reranking_helps = ['B', 'C']", 2),
    WrongAnswer("by_hand", "first_can_rise", "reranking_helps = ['A', 'B']", 2),
    WrongAnswer("by_hand", "a sum instead of a mean", "mrr = 1 + 1 / 4", 2, named=False),
    # choose, 4 points
    WrongAnswer("choose", "vectors_for_codes", "parts = 'vectors'", 3),
    WrongAnswer("choose", "both_to_be_safe", "parts = helpline = claims = intranet = 'both'", 1),
    WrongAnswer("choose", "words_for_own_words", "helpline = 'words'", 3),
    WrongAnswer("choose", "real_gain_ignored", "claims = 'vectors'", 3),
    WrongAnswer("choose", "point_estimate", "intranet = 'both'", 3),
    WrongAnswer("choose", "vectors for everything", "parts = helpline = claims = intranet = 'vectors'", 1, named=False),
    # repair, 4 points
    WrongAnswer("repair", "search_blamed", "germany = 'search words too'", 3),
    WrongAnswer("repair", "more_of_the_same", "germany = cheaper = canaries = fraud = 'read more passages'", 0),
    WrongAnswer("repair", "content_blamed", "cheaper = 'write the article'", 3),
    WrongAnswer("repair", "passage_not_read_whole", "canaries = 'search words too'", 3),
    WrongAnswer("repair", "ranking_as_access_control", "fraud = 'cut larger passages'", 3),
    WrongAnswer(
        "repair",
        "filters for everything",
        "germany = cheaper = canaries = fraud = 'filter by metadata'",
        1,
        named=False,
    ),
]
