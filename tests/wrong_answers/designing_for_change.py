"""Wrong answers to the self-check of the lesson `designing_for_change`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

WAYS = ("plain", "LangGraph", "LlamaIndex")
FACTS = ("start-up", "state", "connectors", "audit", "fewer lines", "popularity")
VOCABULARY = {
    "leaks": tuple("abcdefgh"),
    **dict.fromkeys(("kiosk", "claims", "archive"), WAYS),
    **dict.fromkeys(("kiosk_fact", "claims_fact", "archive_fact"), FACTS),
}

RIGHT_ANSWERS = {
    "edits": "files_now = 4\nfiles_next_time = 1\npays_after_swaps = 3",
    "leaks": "leaks = ['a', 'c', 'e', 'f', 'h']",
    "frameworks": (
        "kiosk, kiosk_fact = 'plain', 'start-up'\nclaims, claims_fact = 'LangGraph', 'state'\n"
        "archive, archive_fact = 'LlamaIndex', 'connectors'"
    ),
}

WRONG_ANSWERS = [
    # edits, 3 points
    WrongAnswer("edits", "imports_only", "files_now = 3", 2),
    WrongAnswer("edits", "adapter_edited", "files_now = 5; files_next_time = 2", 1),
    WrongAnswer("edits", "users_of_the_port", "files_now = 6; files_next_time = 4", 1),
    WrongAnswer("edits", "every_file", "files_now = files_next_time = 7", 1),
    WrongAnswer("edits", "start_forgotten", "files_next_time = 0", 2),
    WrongAnswer("edits", "adapters_free", "pays_after_swaps = 2", 2),
    WrongAnswer("edits", "one_program", "pays_after_swaps = 8", 2),
    WrongAnswer("edits", "not_whole", "pays_after_swaps = 2.5", 2),
    WrongAnswer("edits", "nothing is ever edited", "files_now = files_next_time = 0", 1, named=False),
    # leaks, 3 points
    WrongAnswer("leaks", "names_only", "leaks = ['a', 'c']", 0),
    WrongAnswer("leaks", "vectors_are_vectors", "leaks = ['a', 'c', 'e', 'f']", 0),
    WrongAnswer("leaks", "tokens_are_tokens", "leaks = ['a', 'c', 'f', 'h']", 0),
    WrongAnswer("leaks", "choosing_is_a_leak", "leaks = ['a', 'c', 'd', 'e', 'f', 'g', 'h']", 0),
    WrongAnswer("leaks", "adapter_is_a_leak", "leaks = ['a', 'b', 'c', 'e', 'f', 'h']", 0),
    WrongAnswer("leaks", "everything", "leaks = list('abcdefgh')", 1.2, named=False),
    # frameworks, 6 points
    WrongAnswer("frameworks", "import_ignored", "kiosk = 'LangGraph'", 5),
    WrongAnswer("frameworks", "state_by_hand", "claims = 'plain'", 5),
    WrongAnswer("frameworks", "connectors_by_hand", "archive = 'plain'", 5),
    WrongAnswer("frameworks", "other_strength", "claims = 'LlamaIndex'", 5),
    WrongAnswer("frameworks", "lines_decide", "kiosk_fact = 'fewer lines'", 5),
    WrongAnswer("frameworks", "popularity_decides", "kiosk_fact = claims_fact = archive_fact = 'popularity'", 3),
    WrongAnswer("frameworks", "audit_decides", "archive_fact = 'audit'", 5),
    WrongAnswer("frameworks", "plain for everybody", "kiosk = claims = archive = 'plain'", 4, named=False),
]
