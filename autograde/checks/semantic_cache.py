"""Self-check of the lesson `semantic_cache`: a threshold by hand, the one that gains most, and the lock that fits.

The figures of the tasks stand in the lesson and, as data, here; expected values are computed from them.
"""

from __future__ import annotations

from typing import Any, Literal

from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number
from autograde.registry import Check

LESSON = "semantic_cache"

# --- Task 1: by hand --------------------------------------------------------------------------------------------------

LOOKS = (
    (0.97, True),
    (0.95, False),
    (0.93, True),
    (0.90, True),
    (0.88, True),
    (0.84, False),
    (0.81, True),
    (0.76, True),
    (0.70, False),
    (0.61, False),
)
THRESHOLD, CALL_USD, WRONG_USD = 0.80, 0.03, 1.20
HITS = [same for likeness, same in LOOKS if likeness >= THRESHOLD]
WRONG = HITS.count(False)


class ByHand(AnswerSheet):
    """What a threshold does on ten labelled looks, and the price of a wrong hit."""

    hit_rate: Number = answer("the share of the ten looks that hit, from 0 to 1")
    wrong_among_hits: Number = answer("the share of the hits that are wrong, from 0 to 1")
    right_hits_for_one_wrong: Number = answer("how many right hits pay for one wrong one", unit="right hits")


RIGHT_HITS_ONLY = Misconception(
    "right_hits_only", "This counts the right hits. The cache answers the wrong ones too: they are hits."
)
WRONG_OF_ALL = Misconception(
    "wrong_of_all", "This is the share of all looks. The question was which share of the *hits* is wrong."
)
BELOW_COUNTED = Misconception(
    "below_counted", "This counts questions below the threshold as wrong hits. They miss, and the model answers them."
)
RATIO_INVERTED = Misconception(
    "ratio_inverted", "This divides what a call costs by what a wrong answer costs: turn it round."
)
DIFFERENCE = Misconception("difference", "This subtracts. How many savings go into one damage is a matter of dividing.")

by_hand = Check(
    f"{LESSON}.by_hand",
    "A threshold on ten labelled looks",
    ByHand,
    (RIGHT_HITS_ONLY, WRONG_OF_ALL, BELOW_COUNTED, RATIO_INVERTED, DIFFERENCE),
    case="demonstration",
)


@by_hand.finding("The hit rate", points=1, needs=["hit_rate"])
def hit_rate(answers: ByHand, case: Any) -> Judgement:
    """Everything at or above the threshold, right or wrong."""
    return judge_number(
        answers.hit_rate,
        len(HITS) / len(LOOKS),
        unit="of the looks",
        why="A hit rate says how often the cache speaks, not how often it is right.",
        misconceptions={RIGHT_HITS_ONLY: (len(HITS) - WRONG) / len(LOOKS)},
    )


@by_hand.finding("Wrong among the hits", points=1, needs=["wrong_among_hits"])
def wrong_share(answers: ByHand, case: Any) -> Judgement:
    """Wrong hits over hits."""
    not_same = [same for _, same in LOOKS].count(False)
    return judge_number(
        answers.wrong_among_hits,
        WRONG / len(HITS),
        unit="of the hits",
        why="This share is what customers meet who are answered from the cache.",
        misconceptions={WRONG_OF_ALL: WRONG / len(LOOKS), BELOW_COUNTED: not_same / len(LOOKS)},
    )


@by_hand.finding("What one wrong hit costs", points=1, needs=["right_hits_for_one_wrong"])
def price(answers: ByHand, case: Any) -> Judgement:
    """The damage over the saving."""
    return judge_number(
        answers.right_hits_for_one_wrong,
        WRONG_USD / CALL_USD,
        unit="right hits",
        why="The cheaper the call, the fewer mistakes a cache can afford.",
        misconceptions={RATIO_INVERTED: CALL_USD / WRONG_USD, DIFFERENCE: WRONG_USD - CALL_USD},
    )


# --- Task 2: the threshold that gains most ----------------------------------------------------------------------------

SAMPLE = {0.95: (120, 1), 0.90: (210, 4), 0.85: (290, 12), 0.80: (350, 30)}
SAVED_USD, DAMAGE_USD = 0.05, 0.80


def _gain(threshold: float) -> float:
    right, wrong = SAMPLE[threshold]
    return right * SAVED_USD - wrong * DAMAGE_USD


BEST = max(SAMPLE, key=_gain)


class Threshold(AnswerSheet):
    """The threshold with the largest net gain."""

    best_threshold: Number = answer("the threshold that gains most: 0.95, 0.90, 0.85 or 0.80")
    gain_usd: Number = answer("the net gain in 1,000 questions", unit="dollars")


MOST_HITS = Misconception(
    "most_hits", "This one has the most hits. Eighteen more wrong answers cost more than 60 hits save."
)
FEWEST_WRONG = Misconception(
    "fewest_wrong", "This one has the fewest wrong answers. It leaves more on the table than it protects."
)
DAMAGE_FORGOTTEN = Misconception(
    "damage_forgotten", "This is the saving alone. Each wrong hit takes its damage away from it."
)
WRONG_HITS_SAVE = Misconception(
    "wrong_hits_save", "This counts the call as saved for wrong hits too. A customer who calls causes another one."
)

threshold = Check(
    f"{LESSON}.threshold",
    "The threshold that gains most",
    Threshold,
    (MOST_HITS, FEWEST_WRONG, DAMAGE_FORGOTTEN, WRONG_HITS_SAVE),
    case="demonstration",
)


@threshold.finding("The threshold", points=1, needs=["best_threshold"])
def best(answers: Threshold, case: Any) -> Judgement:
    """The largest difference of savings and damage."""
    return judge_number(
        answers.best_threshold,
        BEST,
        unit="as threshold",
        within=0.001,
        why="A threshold is a price, set by what a call saves and what a mistake costs.",
        misconceptions={MOST_HITS: 0.80, FEWEST_WRONG: 0.95},
    )


@threshold.finding("The gain", points=1, needs=["gain_usd"])
def gain(answers: Threshold, case: Any) -> Judgement:
    """Right hits times the saving, less wrong hits times the damage, at the best threshold."""
    right, wrong = SAMPLE[BEST]
    return judge_number(
        answers.gain_usd,
        _gain(BEST),
        unit="dollars",
        why="If this number is small, an exact cache takes most of it without any risk.",
        misconceptions={
            DAMAGE_FORGOTTEN: right * SAVED_USD,
            WRONG_HITS_SAVE: (right + wrong) * SAVED_USD - wrong * DAMAGE_USD,
            MOST_HITS: _gain(0.80),
            FEWEST_WRONG: _gain(0.95),
        },
    )


# --- Task 3: the lock that fits ---------------------------------------------------------------------------------------

Lock = Literal["do not keep", "scope", "version", "age limit", "guard on wording", "nothing to add"]
LOCKS = ("do not keep", "scope", "version", "age limit", "guard on wording", "nothing to add")


def _lock(what: str) -> Any:
    return answer(f"what stands before {what}: one of " + ", ".join(repr(lock) for lock in LOCKS))


class Locks(AnswerSheet):
    """Which lock fits six situations."""

    two_shops: Lock = _lock("the mix-up of two shops")
    new_tariff: Lock = _lock("the old price")
    signature: Lock = _lock("the signature's answer")
    balance: Lock = _lock("a customer's points")
    queue_time: Lock = _lock("the wait on the phone")
    tent_care: Lock = _lock("how to dry a tent")


WORDING_FOR_SCOPE = Misconception(
    "wording_for_scope", "The wordings are the same; what differs is who asks. Only the session knows that."
)
AGE_FOR_VERSION = Misconception(
    "age_for_version", "An age limit only bounds how long the old price is told. The day of the change is known."
)
HIGHER_THRESHOLD = Misconception(
    "higher_threshold", "Version and scope are right here; two questions that differ in one word were joined."
)
SCOPE_IS_ENOUGH = Misconception(
    "scope_is_enough",
    "Kept for its owner alone it is nobody else's, and after the next order it is wrong for its owner too.",
)
VERSION_FOR_TIME = Misconception(
    "version_for_time", "Nothing is released here: the answer ages by itself, quarter of an hour by quarter."
)
LOCK_EVERYTHING = Misconception(
    "lock_everything", "One article for all, its version in the key: this is what a semantic cache is for."
)

locks = Check(
    f"{LESSON}.locks",
    "The lock that fits",
    Locks,
    (WORDING_FOR_SCOPE, AGE_FOR_VERSION, HIGHER_THRESHOLD, SCOPE_IS_ENOUGH, VERSION_FOR_TIME, LOCK_EVERYTHING),
    case="demonstration",
)


def _situation(name: str, title: str, right: Lock, why: str, ideas: dict[str, Misconception]) -> None:
    def judge(answers: Locks, case: Any) -> Judgement:
        return judge_choice(getattr(answers, name), right, why=why, misconceptions=ideas)

    judge.__name__ = name
    locks.finding(title, points=1, needs=[name])(judge)


_situation(
    "two_shops",
    "Two shops",
    "scope",
    "What the answer depends on and the question does not say has to come from the session.",
    {"guard on wording": WORDING_FOR_SCOPE},
)
_situation(
    "new_tariff",
    "A new tariff",
    "version",
    "The version of what an answer rests on ends it on the right day.",
    {"age limit": AGE_FOR_VERSION},
)
_situation(
    "signature",
    "With and without",
    "guard on wording",
    "Against twins it takes something that reads words.",
    {"scope": HIGHER_THRESHOLD, "version": HIGHER_THRESHOLD, "age limit": HIGHER_THRESHOLD},
)
_situation(
    "balance",
    "A balance",
    "do not keep",
    "Personal and changing: two reasons, and one would do.",
    {"scope": SCOPE_IS_ENOUGH},
)
_situation(
    "queue_time",
    "The wait on the phone",
    "age limit",
    "What is measured each quarter of an hour holds for a quarter of an hour.",
    {"version": VERSION_FOR_TIME},
)
_situation(
    "tent_care",
    "How to dry a tent",
    "nothing to add",
    "A rule for everybody that changes with its article is the best case there is.",
    dict.fromkeys(("do not keep", "scope", "age limit"), LOCK_EVERYTHING),
)
