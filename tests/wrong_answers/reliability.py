"""Wrong answers to the self-check of the lesson `reliability`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

NEXT = ("retry", "next step", "stop")
PROTECTIONS = (
    "deadline",
    "retry budget",
    "jitter",
    "hedge",
    "circuit breaker",
    "fallback",
    "load shedding",
    "idempotency key",
)
FAILURES = ("dropped", "come_back", "too_long", "open_circuit", "refund", "half_json")
TROUBLES = ("trickle", "tail", "half_more", "on_the_minute", "everybody_waits", "sunday", "sale", "twice")
VOCABULARY = {**dict.fromkeys(FAILURES, NEXT), **dict.fromkeys(TROUBLES, PROTECTIONS)}

RIGHT_ANSWERS = {
    "by_hand": (
        "failing_requests = 10_000 * (1 - 0.995 * (1 - 0.02**2))\nms_left = 2_000 - 3 * 400 - 100 - 200\n"
        "still_slow_percent = 100 * 0.06**2\ndollars_a_day = 10_000 * 0.002 / (1 - 0.2)"
    ),
    "what_next": ("dropped = half_json = 'retry'\ncome_back = too_long = open_circuit = 'next step'\nrefund = 'stop'"),
    "protections": (
        "trickle = 'deadline'\ntail = 'hedge'\nhalf_more = 'retry budget'\non_the_minute = 'jitter'\n"
        "everybody_waits = 'circuit breaker'\nsunday = 'fallback'\nsale = 'load shedding'\ntwice = 'idempotency key'"
    ),
}

WRONG_ANSWERS = [
    # by_hand, 4 points
    WrongAnswer("by_hand", "proxy_left_out", "failing_requests = 10_000 * 0.02**2", 3),
    WrongAnswer("by_hand", "both_needed", "failing_requests = 10_000 * (1 - 0.995 * 0.98 * 0.98)", 3),
    WrongAnswer("by_hand", "one_vendor", "failing_requests = 10_000 * (1 - 0.995 * 0.98)", 3),
    WrongAnswer("by_hand", "never_both", "failing_requests = 50", 3),
    WrongAnswer("by_hand", "pauses_forgotten", "ms_left = 2_000 - 3 * 400", 3),
    WrongAnswer("by_hand", "one_attempt_only", "ms_left = 2_000 - 400", 3),
    WrongAnswer("by_hand", "pause_after_the_last", "ms_left = 2_000 - 3 * 400 - 100 - 200 - 400", 3),
    WrongAnswer("by_hand", "hedge_cures_all", "still_slow_percent = 0", 3),
    WrongAnswer("by_hand", "hedge_halves", "still_slow_percent = 3", 3),
    WrongAnswer("by_hand", "retries_free", "dollars_a_day = 20", 3),
    WrongAnswer("by_hand", "one_retry_each", "dollars_a_day = 24", 3),
    WrongAnswer("by_hand", "cents for dollars", "dollars_a_day = 2_500", 3, named=False),
    WrongAnswer("by_hand", "a share instead of a percentage", "still_slow_percent = 0.06**2", 3, named=False),
    # what_next, 6 points
    WrongAnswer("what_next", "chance_not_tried", "dropped = 'next step'", 5),
    WrongAnswer("what_next", "gives_up_early", "dropped = 'stop'", 5),
    WrongAnswer("what_next", "knocks_early", "come_back = 'retry'", 5),
    WrongAnswer("what_next", "gives_up_early", "come_back = 'stop'", 5),
    WrongAnswer("what_next", "repeats_a_cause", "too_long = 'retry'", 5),
    WrongAnswer("what_next", "refusal_is_final", "too_long = 'stop'", 5),
    WrongAnswer("what_next", "knocks_at_the_breaker", "open_circuit = 'retry'", 5),
    WrongAnswer("what_next", "repeats_a_write", "refund = 'retry'", 5),
    WrongAnswer("what_next", "repeats_a_write", "refund = 'next step'", 5),
    WrongAnswer("what_next", "chance_not_tried", "half_json = 'next step'", 5),
    WrongAnswer(
        "what_next", "everything again", "come_back = too_long = open_circuit = refund = 'retry'", 2, named=False
    ),
    WrongAnswer("what_next", "everything elsewhere", "dropped = refund = half_json = 'next step'", 3, named=False),
    # protections, 8 points
    WrongAnswer("protections", "hedge_without_end", "trickle = 'hedge'", 7),
    WrongAnswer("protections", "deadline_for_a_tail", "tail = 'deadline'", 7),
    WrongAnswer("protections", "breaker_for_a_third", "half_more = 'circuit breaker'", 7),
    WrongAnswer("protections", "jitter_lessens", "half_more = 'jitter'", 7),
    WrongAnswer("protections", "budget_spreads", "on_the_minute = 'retry budget'", 7),
    WrongAnswer("protections", "shorter_for_the_same", "everybody_waits = 'deadline'", 7),
    WrongAnswer("protections", "quicker_error", "sunday = 'circuit breaker'", 7),
    WrongAnswer("protections", "fallback_for_overload", "sale = 'fallback'", 7),
    WrongAnswer("protections", "fewer_is_not_once", "twice = 'retry budget'", 7),
    WrongAnswer(
        "protections",
        "a breaker for everything",
        "; ".join(f"{trouble} = 'circuit breaker'" for trouble in TROUBLES),
        1,
        named=False,
    ),
]
