"""Wrong answers to the self-check of the lesson `contracts_and_events`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

VERDICTS = ("safe", "breaks", "breaks unseen")
KEYS = ("client, once per intention", "client, at each attempt", "server, at each request", "hash of the request")
REPAIRS = ("outbox", "inbox", "dead-letter queue", "version number", "saga", "two-phase commit")
CHANGES = ("new_state", "fewer_states", "optional_note", "required_weight", "maybe_eta", "local_time")
FAILURES = ("lost_mail", "double_points", "stuck", "old_address", "half_a_trip")
VOCABULARY = {**dict.fromkeys(CHANGES, VERDICTS), "payment_key": KEYS, **dict.fromkeys(FAILURES, REPAIRS)}

RIGHT_ANSWERS = {
    "changes": (
        "new_state = required_weight = maybe_eta = 'breaks'\n"
        "fewer_states = optional_note = 'safe'\nlocal_time = 'breaks unseen'"
    ),
    "by_hand": (
        "hours_waiting_for_all = (1 - 0.995 * 0.99 * 0.98) * 720\n"
        "hours_with_a_queue = (1 - 0.995 * 0.99 * 0.999) * 720\ntimes_acted_upon = 1 / (0.8 * 0.9)"
    ),
    "repairs": (
        "payment_key = 'client, once per intention'\nlost_mail = 'outbox'\ndouble_points = 'inbox'\n"
        "stuck = 'dead-letter queue'\nold_address = 'version number'\nhalf_a_trip = 'saga'"
    ),
}

WRONG_ANSWERS = [
    # changes, 6 points
    WrongAnswer("changes", "more_is_safe", "new_state = 'safe'", 5),
    WrongAnswer("changes", "less_breaks", "fewer_states = 'breaks'", 5),
    WrongAnswer("changes", "every_change_breaks", "optional_note = 'breaks'", 5),
    WrongAnswer("changes", "field_was_there", "required_weight = 'safe'", 5),
    WrongAnswer("changes", "looser_is_safer", "maybe_eta = 'safe'", 5),
    WrongAnswer("changes", "schema_holds_meaning", "local_time = 'safe'", 5),
    WrongAnswer("changes", "schema_holds_meaning", "local_time = 'breaks'", 5),
    WrongAnswer("changes", "schema_sees_it", "new_state = 'breaks unseen'", 5),
    WrongAnswer(
        "changes", "removing breaks and adding does not", "new_state = 'safe'; fewer_states = 'breaks'", 4, named=False
    ),
    WrongAnswer("changes", "everything breaks", "fewer_states = optional_note = local_time = 'breaks'", 3, named=False),
    WrongAnswer(
        "changes", "everything is safe", "new_state = required_weight = maybe_eta = local_time = 'safe'", 2, named=False
    ),
    # by_hand, 3 points
    WrongAnswer("by_hand", "weakest_link", "hours_waiting_for_all = 0.02 * 720", 2),
    WrongAnswer("by_hand", "mean_of_services", "hours_waiting_for_all = (1 - (0.995 + 0.99 + 0.98) / 3) * 720", 2),
    WrongAnswer(
        "by_hand", "archive_still_waited_for", "hours_with_a_queue = (1 - 0.995 * 0.99 * 0.98 * 0.999) * 720", 2
    ),
    WrongAnswer("by_hand", "queue_is_free", "hours_with_a_queue = (1 - 0.995 * 0.99) * 720", 2),
    WrongAnswer("by_hand", "all_behind_the_queue", "hours_with_a_queue = (1 - 0.995 * 0.999) * 720", 2),
    WrongAnswer("by_hand", "one_repeat_at_most", "times_acted_upon = 1.2 * 1.1", 2),
    WrongAnswer("by_hand", "one_repeat_at_most", "times_acted_upon = 1 + 0.2 + 0.1", 2),
    WrongAnswer("by_hand", "probabilities_added", "times_acted_upon = 1 / 0.7", 2),
    WrongAnswer("by_hand", "exactly_once_believed", "times_acted_upon = 1", 2),
    WrongAnswer(
        "by_hand", "an availability instead of hours", "hours_waiting_for_all = 0.995 * 0.99 * 0.98", 2, named=False
    ),
    # repairs, 6 points
    WrongAnswer("repairs", "key_of_the_attempt", "payment_key = 'client, at each attempt'", 5),
    WrongAnswer("repairs", "key_of_the_attempt", "payment_key = 'server, at each request'", 5),
    WrongAnswer("repairs", "key_of_the_content", "payment_key = 'hash of the request'", 5),
    WrongAnswer("repairs", "repeats_taken_for_loss", "double_points = 'outbox'", 5),
    WrongAnswer("repairs", "loss_taken_for_repeats", "lost_mail = 'inbox'", 5),
    WrongAnswer("repairs", "loss_taken_for_repeats", "lost_mail = 'dead-letter queue'", 5),
    WrongAnswer("repairs", "never_succeeds", "stuck = 'inbox'", 5),
    WrongAnswer("repairs", "order_taken_for_repeats", "old_address = 'inbox'", 5),
    WrongAnswer("repairs", "locks_across_companies", "half_a_trip = 'two-phase commit'", 5),
    WrongAnswer(
        "repairs",
        "an inbox for everything",
        "lost_mail = double_points = stuck = old_address = half_a_trip = 'inbox'",
        2,
        named=False,
    ),
]
