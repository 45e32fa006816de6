"""Wrong answers to the self-check of the lesson `agents`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

KEYS = ("a new random id for each call", "the thread id", "thread id and return id", "the time of the call")
BEHAVIOURS = ("try again, once", "fallback without a model", "hand to a person", "refuse")
VOCABULARY = {
    "after_kill": ("triage", "orders", "approve", "pay"),
    "key": KEYS,
    **dict.fromkeys(("cut_off", "limited", "transfer", "stranger", "undecided"), BEHAVIOURS),
}

RIGHT_ANSWERS = {
    "by_hand": (
        "loop_dollars = ((200 + 999 * 900) * 0.75 + (10 + 999 * 40) * 4.5) / 1e6\n"
        "calls_with_bound = 1 + 1 + 2\nrequests_sent = 3 * 3\nseconds_to_fallback = 5 + 0.5 + 5 + 1 + 5"
    ),
    "resume": "after_kill = ['orders', 'approve']\nmails = 2\nlog_lines = 1\nkey = 'thread id and return id'",
    "behaviour": (
        "cut_off = 'try again, once'\nlimited = 'fallback without a model'\ntransfer = 'hand to a person'\n"
        "stranger = 'refuse'\nundecided = 'hand to a person'"
    ),
}

WRONG_ANSWERS = [
    # by_hand, 4 points
    WrongAnswer("by_hand", "input_only", "loop_dollars = (200 + 999 * 900) * 0.75 / 1e6", 3),
    WrongAnswer("by_hand", "one_price", "loop_dollars = (210 + 999 * 940) * 0.75 / 1e6", 3),
    WrongAnswer("by_hand", "one_lap", "loop_dollars = ((200 + 2 * 900) * 0.75 + (10 + 2 * 40) * 4.5) / 1e6", 3),
    WrongAnswer("by_hand", "laps_not_steps", "loop_dollars = (1998 * 900 * 0.75 + 1998 * 40 * 4.5) / 1e6", 3),
    WrongAnswer("by_hand", "triage_forgotten", "calls_with_bound = 3", 3),
    WrongAnswer("by_hand", "handoffs_are_calls", "calls_with_bound = 2", 3),
    WrongAnswer("by_hand", "layers_added", "requests_sent = 5", 3),
    WrongAnswer("by_hand", "retries_are_attempts", "requests_sent = 6", 3),
    WrongAnswer("by_hand", "one_layer", "requests_sent = 3", 3),
    WrongAnswer("by_hand", "one_attempt", "seconds_to_fallback = 5", 3),
    WrongAnswer("by_hand", "pauses_forgotten", "seconds_to_fallback = 15", 3),
    WrongAnswer("by_hand", "pause_after_last", "seconds_to_fallback = 18.5", 3),
    WrongAnswer("by_hand", "cents instead of dollars", "loop_dollars = 85.4", 3, named=False),
    # resume, 4 points
    WrongAnswer("resume", "from_the_start", "after_kill = ['triage', 'orders', 'approve']", 3),
    WrongAnswer("resume", "running_counts_as_done", "after_kill = ['approve']", 3),
    WrongAnswer("resume", "past_the_interrupt", "after_kill = ['orders', 'approve', 'pay']", 3),
    WrongAnswer("resume", "resumes_at_the_line", "mails = 1", 3),
    WrongAnswer("resume", "everything_twice", "log_lines = 2", 3),
    WrongAnswer("resume", "key_of_the_attempt", "key = 'a new random id for each call'", 3),
    WrongAnswer("resume", "key_too_wide", "key = 'the thread id'", 3),
    # behaviour, 5 points
    WrongAnswer("behaviour", "gives_up_early", "cut_off = 'hand to a person'", 4),
    WrongAnswer("behaviour", "retries_into_the_limit", "limited = 'try again, once'", 4),
    WrongAnswer("behaviour", "person_for_everything", "cut_off = limited = stranger = 'hand to a person'", 2),
    WrongAnswer("behaviour", "pays_twice", "transfer = 'try again, once'", 4),
    WrongAnswer("behaviour", "invents_an_outcome", "transfer = 'fallback without a model'", 4),
    WrongAnswer("behaviour", "fallback_opens_the_door", "stranger = 'fallback without a model'", 4),
    WrongAnswer("behaviour", "round_again", "undecided = 'try again, once'", 4),
    WrongAnswer(
        "behaviour",
        "refuses everything",
        "cut_off = limited = transfer = stranger = undecided = 'refuse'",
        1,
        named=False,
    ),
]
