"""Self-check of the lesson `contracts_and_events`: what breaks, what waiting costs, and the repair that fits."""

from __future__ import annotations

import math
from typing import Any, Literal

from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number
from autograde.registry import Check

LESSON = "contracts_and_events"

# --- Task 1: which change breaks --------------------------------------------------------------------------------------

Verdict = Literal["safe", "breaks", "breaks unseen"]
VERDICTS = "'safe', 'breaks' or 'breaks unseen'"


class Changes(AnswerSheet):
    """A verdict on each of six proposed changes."""

    new_state: Verdict = answer(VERDICTS)
    fewer_states: Verdict = answer(VERDICTS)
    optional_note: Verdict = answer(VERDICTS)
    required_weight: Verdict = answer(VERDICTS)
    maybe_eta: Verdict = answer(VERDICTS)
    local_time: Verdict = answer(VERDICTS)


MORE_IS_SAFE = Misconception(
    "more_is_safe",
    "Adding is safe where the other side can ignore it. It cannot ignore a new value in a field that it reads: it "
    "meets a state for which it has no branch.",
)
LESS_BREAKS = Misconception(
    "less_breaks",
    "Taking values away breaks whoever sends them. Here consumers only read: a branch for the missing state is never "
    "entered, and nothing fails.",
)
EVERY_CHANGE_BREAKS = Misconception(
    "every_change_breaks",
    "Consumers that do not know the new field do not send it, and their requests are valid as before. If every change "
    "counts as breaking, teams release together again.",
)
FIELD_WAS_THERE = Misconception(
    "field_was_there",
    "The field existed, and consumers were free to leave it out. Those that did are refused from now on: the provider "
    "demands more than it did.",
)
LOOSER_IS_SAFER = Misconception(
    "looser_is_safer",
    "Optional is looser for whoever sends. Here the provider sends, and takes back the promise that the field is "
    "there; its readers never had to ask.",
)
SCHEMA_HOLDS_MEANING = Misconception(
    "schema_holds_meaning",
    "Both times are texts in the same format, so no comparison of schemas reports a difference. Every customer is told "
    "a wrong hour all the same. Find such a change by a known value, or by a name that says the zone.",
)
SCHEMA_SEES_IT = Misconception(
    "schema_sees_it",
    "The two schemas differ in this, in the list of values or in the list of required fields. A comparison reports it.",
)

changes = Check(
    f"{LESSON}.changes",
    "Does it break?",
    Changes,
    (
        MORE_IS_SAFE,
        LESS_BREAKS,
        EVERY_CHANGE_BREAKS,
        FIELD_WAS_THERE,
        LOOSER_IS_SAFER,
        SCHEMA_HOLDS_MEANING,
        SCHEMA_SEES_IT,
    ),
    case="demonstration",
)


@changes.finding("A new state", points=1, needs=["new_state"])
def of_new_state(answers: Changes, case: Any) -> Judgement:
    """A value added to a response."""
    return judge_choice(
        answers.new_state,
        "breaks",
        why="A new value reaches code that was written for a closed list. The provider promises less than before.",
        misconceptions={"safe": MORE_IS_SAFE, "breaks unseen": SCHEMA_SEES_IT},
    )


@changes.finding("Fewer states", points=1, needs=["fewer_states"])
def of_fewer_states(answers: Changes, case: Any) -> Judgement:
    """A value taken from a response."""
    return judge_choice(
        answers.fewer_states,
        "safe",
        why="In a response the provider may promise more, and a shorter list of values is a stronger promise.",
        misconceptions={"breaks": LESS_BREAKS},
    )


@changes.finding("An optional note", points=1, needs=["optional_note"])
def of_optional_note(answers: Changes, case: Any) -> Judgement:
    """An optional field added to a request."""
    return judge_choice(
        answers.optional_note,
        "safe",
        why="What may be left out is no demand. Such a change can be released on any day.",
        misconceptions={"breaks": EVERY_CHANGE_BREAKS},
    )


@changes.finding("A required weight", points=1, needs=["required_weight"])
def of_required_weight(answers: Changes, case: Any) -> Judgement:
    """A field of a request that becomes required."""
    return judge_choice(
        answers.required_weight,
        "breaks",
        why="In a request the provider may demand less, never more.",
        misconceptions={"safe": FIELD_WAS_THERE, "breaks unseen": SCHEMA_SEES_IT},
    )


@changes.finding("An eta that may be missing", points=1, needs=["maybe_eta"])
def of_maybe_eta(answers: Changes, case: Any) -> Judgement:
    """A field of a response that becomes optional."""
    return judge_choice(
        answers.maybe_eta,
        "breaks",
        why="Code that reads a field that was always there fails on the first answer without it.",
        misconceptions={"safe": LOOSER_IS_SAFER, "breaks unseen": SCHEMA_SEES_IT},
    )


@changes.finding("Another time zone", points=1, needs=["local_time"])
def of_local_time(answers: Changes, case: Any) -> Judgement:
    """A change of meaning within one type."""
    return judge_choice(
        answers.local_time,
        "breaks unseen",
        why="Units, currencies and time zones change without any schema changing. Put them into names.",
        misconceptions={"safe": SCHEMA_HOLDS_MEANING, "breaks": SCHEMA_HOLDS_MEANING},
    )


# --- Task 2: availability and repeats by hand -------------------------------------------------------------------------

INTAKE, POLICY, ARCHIVE, QUEUE = 0.995, 0.99, 0.98, 0.999
HOURS = 30 * 24
RELAY_DIES, CONSUMER_DIES = 0.2, 0.1


class ByHand(AnswerSheet):
    """Hours without service, and repeats."""

    hours_waiting_for_all: Number = answer("the time in which no claim can be filed", unit="hours a month")
    hours_with_a_queue: Number = answer("the same with a queue before the archive", unit="hours a month")
    times_acted_upon: Number = answer("how often an event is acted upon on average")


WEAKEST_LINK = Misconception(
    "weakest_link",
    "This is the weakest service alone. The others fail at other times, and each of these times counts as well.",
)
MEAN_OF_SERVICES = Misconception(
    "mean_of_services",
    "This is the mean of the services. All of them have to be up at once, so availabilities are multiplied.",
)
ARCHIVE_STILL_WAITED_FOR = Misconception(
    "archive_still_waited_for",
    "This still has the archive in it. Nobody waits for it now: while it is down, the queue fills up and claims go on.",
)
QUEUE_IS_FREE = Misconception(
    "queue_is_free",
    "This leaves out the queue. The intake cannot finish without it, so it is a factor like the others.",
)
ALL_BEHIND_THE_QUEUE = Misconception(
    "all_behind_the_queue",
    "This leaves out the policy service too. Its answer is still waited for, and a queue elsewhere changes nothing.",
)
ONE_REPEAT_AT_MOST = Misconception(
    "one_repeat_at_most",
    "This counts one repeat at most. The second attempt can die as well, and the third: 1 + p + p² + … is 1 / (1 - p).",
)
PROBABILITIES_ADDED = Misconception(
    "probabilities_added",
    "This adds the two probabilities. Each event that the relay publishes once more starts the consumer's attempts "
    "anew, so the two factors multiply.",
)
EXACTLY_ONCE_BELIEVED = Misconception(
    "exactly_once_believed",
    "The queue delivers at least once. Without an inbox, each delivery is acted upon.",
)

by_hand = Check(
    f"{LESSON}.by_hand",
    "Waiting and repeating by hand",
    ByHand,
    (
        WEAKEST_LINK,
        MEAN_OF_SERVICES,
        ARCHIVE_STILL_WAITED_FOR,
        QUEUE_IS_FREE,
        ALL_BEHIND_THE_QUEUE,
        ONE_REPEAT_AT_MOST,
        PROBABILITIES_ADDED,
        EXACTLY_ONCE_BELIEVED,
    ),
    case="demonstration",
)


def _hours_down(*availability: float) -> float:
    return (1 - math.prod(availability)) * HOURS


@by_hand.finding("All are waited for", points=1, needs=["hours_waiting_for_all"])
def waiting_for_all(answers: ByHand, case: Any) -> Judgement:
    """Availabilities in series multiply."""
    services = (INTAKE, POLICY, ARCHIVE)
    return judge_number(
        answers.hours_waiting_for_all,
        _hours_down(*services),
        unit="hours a month",
        why="A chain is down longer than its weakest service. Each call that waits adds to it.",
        misconceptions={
            WEAKEST_LINK: _hours_down(min(services)),
            MEAN_OF_SERVICES: _hours_down(sum(services) / len(services)),
        },
    )


@by_hand.finding("The archive behind a queue", points=1, needs=["hours_with_a_queue"])
def with_a_queue(answers: ByHand, case: Any) -> Judgement:
    """An asynchronous edge takes its far end out of the product and puts the queue in."""
    return judge_number(
        answers.hours_with_a_queue,
        _hours_down(INTAKE, POLICY, QUEUE),
        unit="hours a month",
        why="The archive's outages have become delay. That is a gain only where delay is allowed, as it is here.",
        misconceptions={
            ARCHIVE_STILL_WAITED_FOR: _hours_down(INTAKE, POLICY, ARCHIVE, QUEUE),
            QUEUE_IS_FREE: _hours_down(INTAKE, POLICY),
            ALL_BEHIND_THE_QUEUE: _hours_down(INTAKE, QUEUE),
        },
    )


@by_hand.finding("Repeats", points=1, needs=["times_acted_upon"])
def repeats(answers: ByHand, case: Any) -> Judgement:
    """Attempts until one survives are geometric; two stages multiply."""
    return judge_number(
        answers.times_acted_upon,
        1 / ((1 - RELAY_DIES) * (1 - CONSUMER_DIES)),
        unit="times",
        why="Repeats are no accident of bad days. They are what at-least-once means, and their number can be computed.",
        misconceptions={
            ONE_REPEAT_AT_MOST: (1 + RELAY_DIES) * (1 + CONSUMER_DIES),
            PROBABILITIES_ADDED: 1 / (1 - RELAY_DIES - CONSUMER_DIES),
            EXACTLY_ONCE_BELIEVED: 1.0,
        },
    )


# --- Task 3: the repair that fits -------------------------------------------------------------------------------------

KeySource = Literal[
    "client, once per intention", "client, at each attempt", "server, at each request", "hash of the request"
]
Repair = Literal["outbox", "inbox", "dead-letter queue", "version number", "saga", "two-phase commit"]
REPAIRS = "'outbox', 'inbox', 'dead-letter queue', 'version number', 'saga' or 'two-phase commit'"


class Repairs(AnswerSheet):
    """Where a key comes from, and one repair for each of five failures."""

    payment_key: KeySource = answer(
        "'client, once per intention', 'client, at each attempt', 'server, at each request' or 'hash of the request'"
    )
    lost_mail: Repair = answer(REPAIRS)
    double_points: Repair = answer(REPAIRS)
    stuck: Repair = answer(REPAIRS)
    old_address: Repair = answer(REPAIRS)
    half_a_trip: Repair = answer(REPAIRS)


KEY_OF_THE_ATTEMPT = Misconception(
    "key_of_the_attempt",
    "A key made anew for each attempt is different each time, so the second attempt looks like a second wish, and the "
    "card is charged twice.",
)
KEY_OF_THE_CONTENT = Misconception(
    "key_of_the_content",
    "Two equal payments can both be meant: two coffees, one after the other. A hash makes the second one a repeat, and "
    "it is never charged.",
)
REPEATS_TAKEN_FOR_LOSS = Misconception(
    "repeats_taken_for_loss",
    "An outbox keeps events from being lost, and repeats them for it. These were not lost, they came twice.",
)
LOSS_TAKEN_FOR_REPEATS = Misconception(
    "loss_taken_for_repeats",
    "This deals with messages that arrive. These were never sent: the order was saved, and the process died before it "
    "told anybody.",
)
NEVER_SUCCEEDS = Misconception(
    "never_succeeds",
    "The message has never been dealt with, so no key was kept and no version is newer. It can never succeed, and has "
    "to be laid aside for a person.",
)
ORDER_TAKEN_FOR_REPEATS = Misconception(
    "order_taken_for_repeats",
    "The two corrections are different events with different keys, and each came once. What was wrong is their order.",
)
LOCKS_ACROSS_COMPANIES = Misconception(
    "locks_across_companies",
    "Two-phase commit needs every participant to prepare and to hold its locks until all agree. Other companies' "
    "systems offer no such thing, and one that is down would block the rest.",
)

repairs = Check(
    f"{LESSON}.repairs",
    "The repair that fits",
    Repairs,
    (
        KEY_OF_THE_ATTEMPT,
        KEY_OF_THE_CONTENT,
        REPEATS_TAKEN_FOR_LOSS,
        LOSS_TAKEN_FOR_REPEATS,
        NEVER_SUCCEEDS,
        ORDER_TAKEN_FOR_REPEATS,
        LOCKS_ACROSS_COMPANIES,
    ),
    case="demonstration",
)


@repairs.finding("The payment's key", points=1, needs=["payment_key"])
def key_of_payment(answers: Repairs, case: Any) -> Judgement:
    """Only the one who wishes knows whether two requests are one wish."""
    return judge_choice(
        answers.payment_key,
        "client, once per intention",
        why="Keep the key with the intention, before the first attempt, so that it survives a crash of the client.",
        misconceptions={
            "client, at each attempt": KEY_OF_THE_ATTEMPT,
            "server, at each request": KEY_OF_THE_ATTEMPT,
            "hash of the request": KEY_OF_THE_CONTENT,
        },
    )


@repairs.finding("The lost mail", points=1, needs=["lost_mail"])
def for_lost_mail(answers: Repairs, case: Any) -> Judgement:
    """A dual write was interrupted."""
    return judge_choice(
        answers.lost_mail,
        "outbox",
        why="Order and event belong into one transaction. Every release kills processes somewhere.",
        misconceptions=dict.fromkeys(("inbox", "dead-letter queue", "version number"), LOSS_TAKEN_FOR_REPEATS),
    )


@repairs.finding("Double points", points=1, needs=["double_points"])
def for_double_points(answers: Repairs, case: Any) -> Judgement:
    """A consumer acted on each delivery."""
    return judge_choice(
        answers.double_points,
        "inbox",
        why="A failover may always repeat what was not yet acknowledged. The consumer has to recognise it.",
        misconceptions={"outbox": REPEATS_TAKEN_FOR_LOSS},
    )


@repairs.finding("The stuck message", points=1, needs=["stuck"])
def for_stuck(answers: Repairs, case: Any) -> Judgement:
    """A poison message."""
    return judge_choice(
        answers.stuck,
        "dead-letter queue",
        why="Attempts need a limit, and what exceeds it needs an alarm and an owner. No 30 February will ever come.",
        misconceptions={"inbox": NEVER_SUCCEEDS, "version number": NEVER_SUCCEEDS, "outbox": NEVER_SUCCEEDS},
    )


@repairs.finding("The old address", points=1, needs=["old_address"])
def for_old_address(answers: Repairs, case: Any) -> Judgement:
    """An older event came after a newer one."""
    return judge_choice(
        answers.old_address,
        "version number",
        why="A redelivery is enough to change the order. The event has to say how new it is.",
        misconceptions={"inbox": ORDER_TAKEN_FOR_REPEATS},
    )


@repairs.finding("Half a trip", points=1, needs=["half_a_trip"])
def for_half_a_trip(answers: Repairs, case: Any) -> Judgement:
    """A sequence across companies needs steps that undo."""
    return judge_choice(
        answers.half_a_trip,
        "saga",
        why="Design the undoing step together with each step: a cancelled booking may cost a fee.",
        misconceptions={"two-phase commit": LOCKS_ACROSS_COMPANIES},
    )
