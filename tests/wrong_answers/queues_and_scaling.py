"""Wrong answers to the self-check of the lesson `queues_and_scaling`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

REMEDIES = (
    "one shared queue",
    "bound the queue",
    "retry budget",
    "raise the minimum beforehand",
    "count those who wait",
    "add a replica",
    "longer timeout",
)
SITUATIONS = ("newsletter", "late_answers", "uneven", "at_the_door", "small_steps", "always_slow")
VOCABULARY = dict.fromkeys(SITUATIONS, REMEDIES)

RIGHT_ANSWERS = {
    "by_hand": "busy_slots = 360 / 60 * 2.5\nwait_s = 0.8 / 0.2 * 0.5\nplaces = 5 * 8 / 2 * 3\nslow_share = 1 - 0.98 ** 8",
    "after_the_spike": (
        "orders = 3\nminutes_to_clear = 6 * 300 / 150\nattempts = 800 * 4\nattempts_with_budget = 800 * 1.1"
    ),
    "remedies": (
        "newsletter = 'raise the minimum beforehand'\nlate_answers = 'bound the queue'\nuneven = 'one shared queue'\n"
        "at_the_door = 'retry budget'\nsmall_steps = 'count those who wait'\nalways_slow = 'add a replica'"
    ),
}

WRONG_ANSWERS = [
    # by_hand, 4 points
    WrongAnswer("by_hand", "waiting_counted", "busy_slots = 6 * 4.0", 3),
    WrongAnswer("by_hand", "minute_and_second", "busy_slots = 360 * 2.5", 3),
    WrongAnswer("by_hand", "response_for_wait", "wait_s = 1 / 0.2 * 0.5", 3),
    WrongAnswer("by_hand", "proportional", "wait_s = 0.8 * 0.5", 3),
    WrongAnswer("by_hand", "counted_in_calls", "wait_s = 0.8 / 0.2", 3),
    WrongAnswer("by_hand", "load_for_capacity", "places = 50 * 3", 3),
    WrongAnswer("by_hand", "slots_forgotten", "places = 5 / 2 * 3", 3),
    WrongAnswer("by_hand", "slots_are_places", "places = 5 * 8 / 2 * 3 + 40", 3),
    WrongAnswer("by_hand", "added_up", "slow_share = 8 * 0.02", 3),
    WrongAnswer("by_hand", "one_calls_chance", "slow_share = 0.02", 3),
    WrongAnswer("by_hand", "none_slow", "slow_share = 0.98 ** 8", 3),
    WrongAnswer("by_hand", "a share in percent", "slow_share = 14.9", 3, named=False),
    # after_the_spike, 4 points
    WrongAnswer("after_the_spike", "sees_the_load", "orders = 1", 3),
    WrongAnswer("after_the_spike", "same_step", "orders = 6", 3),
    WrongAnswer("after_the_spike", "gone_with_the_spike", "minutes_to_clear = 0", 3),
    WrongAnswer("after_the_spike", "nobody_new", "minutes_to_clear = 1_800 / 600", 3),
    WrongAnswer("after_the_spike", "as_long_as_the_spike", "minutes_to_clear = 6", 3),
    WrongAnswer("after_the_spike", "from_the_beginning", "minutes_to_clear = 6 + 12", 3),
    WrongAnswer("after_the_spike", "first_attempt_forgotten", "attempts = 800 * 3; attempts_with_budget = 80", 2),
    WrongAnswer("after_the_spike", "retries_free", "attempts = 800; attempts_with_budget = 800", 2),
    WrongAnswer("after_the_spike", "budget_per_client", "attempts_with_budget = 800 * 1.3", 3),
    WrongAnswer("after_the_spike", "budget_ignored", "attempts_with_budget = 3_200", 3),
    WrongAnswer("after_the_spike", "capacity at the target", "orders = 4", 3, named=False),
    # remedies, 6 points
    WrongAnswer("remedies", "reacts_too_late", "newsletter = 'count those who wait'", 5),
    WrongAnswer("remedies", "paid_all_month", "newsletter = 'add a replica'", 5),
    WrongAnswer("remedies", "longer_timeout", "; ".join(f"{s} = 'longer timeout'" for s in SITUATIONS), 0),
    WrongAnswer("remedies", "capacity_before_bound", "late_answers = 'add a replica'", 5),
    WrongAnswer("remedies", "capacity_is_idle", "uneven = 'add a replica'", 5),
    WrongAnswer("remedies", "bounded_already", "at_the_door = 'bound the queue'", 5),
    WrongAnswer("remedies", "not_a_queue_problem", "always_slow = 'bound the queue'", 5),
    WrongAnswer("remedies", "no_date", "small_steps = 'raise the minimum beforehand'", 5),
    WrongAnswer("remedies", "one shared queue for the newsletter", "newsletter = 'one shared queue'", 5, named=False),
]
