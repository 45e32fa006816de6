"""Self-check of the lesson `decision_matrices`: a matrix by hand, the weight at which its winner flips, and a review.

The figures of the tasks stand in the lesson and, as data, here; expected values are computed from them.
"""

from __future__ import annotations

from typing import Any, Literal

from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number
from autograde.registry import Check

LESSON = "decision_matrices"

# --- Task 1: by hand --------------------------------------------------------------------------------------------------

WEIGHTS = {"speed": 2, "cost": 3, "effort": 5}
SCORES = {
    "north": {"speed": 9, "cost": 4, "effort": 8},
    "south": {"speed": 5, "cost": 8, "effort": 6},
    "west": {"speed": 8, "cost": 3, "effort": 7},
}
PASSING = ("south", "west")


def _totals(weights: dict[str, int]) -> dict[str, float]:
    whole = sum(weights.values())
    return {option: sum(weights[c] * by[c] for c in weights) / whole for option, by in SCORES.items()}


TOTALS = _totals(WEIGHTS)
WINNER = max(PASSING, key=lambda option: TOTALS[option])


class ByHand(AnswerSheet):
    """The totals of three options, and the one to take."""

    north_total: Number = answer("the total of north, from 0 to 10")
    south_total: Number = answer("the total of south, from 0 to 10")
    west_total: Number = answer("the total of west, from 0 to 10")
    winner_is: Literal["north", "south", "west"] = answer("the one that wins: 'north', 'south' or 'west'")


SUMS = Misconception(
    "sums", "These are weighted sums that were not divided by the sum of the weights. Totals then outgrow the scale."
)
PLAIN_MEANS = Misconception("plain_means", "These are plain means. The weights say that effort counts most.")
GATE_IGNORED = Misconception(
    "gate_ignored", "The best total belongs to an option that breaks the gate. It is out, whatever its score."
)
HEAVIEST_ALONE = Misconception(
    "heaviest_alone", "This one is ahead by the heaviest criterion alone. The other two hold half of the weight."
)

by_hand = Check(
    f"{LESSON}.by_hand",
    "A matrix with a gate, by hand",
    ByHand,
    (SUMS, PLAIN_MEANS, GATE_IGNORED, HEAVIEST_ALONE),
    case="demonstration",
)


def _total(option: str) -> None:
    def judge(answers: ByHand, case: Any) -> Judgement:
        return judge_number(
            getattr(answers, f"{option}_total"),
            TOTALS[option],
            unit="of 10",
            within=0.01,
            why="A total stays on the scale of its scores, so that anybody can see what it means.",
            misconceptions={
                SUMS: TOTALS[option] * sum(WEIGHTS.values()),
                PLAIN_MEANS: _totals(dict.fromkeys(WEIGHTS, 1))[option],
            },
        )

    judge.__name__ = f"{option}_total"
    by_hand.finding(f"The total of {option}", points=1, needs=[f"{option}_total"])(judge)


for _option in SCORES:
    _total(_option)


@by_hand.finding("The winner", points=1, needs=["winner_is"])
def winner(answers: ByHand, case: Any) -> Judgement:
    """The best total among those that pass the gate."""
    return judge_choice(
        answers.winner_is,
        WINNER,
        why="A gate is no weight: nothing makes up for it.",
        misconceptions={"north": GATE_IGNORED, "west": HEAVIEST_ALONE},
    )


# --- Task 2: the flip -------------------------------------------------------------------------------------------------

SHARE_NOW = WEIGHTS["effort"] / sum(WEIGHTS.values())


def _rest(option: str) -> float:
    return (WEIGHTS["speed"] * SCORES[option]["speed"] + WEIGHTS["cost"] * SCORES[option]["cost"]) / 5


GAIN = SCORES["west"]["effort"] - SCORES["south"]["effort"]
LOSS = _rest("south") - _rest("west")
FLIP = LOSS / (GAIN + LOSS)


class Flip(AnswerSheet):
    """The share of a weight at which the winner changes."""

    flip_share: Number = answer("the share of effort at which the winner changes, from 0 to 1")
    moves_by: Number = answer("how far that is from 0.50, in shares")


AS_WEIGHT = Misconception(
    "as_weight",
    "This is the weight beside 2 and 3 at which the winner changes. A share is that weight over the sum of all three.",
)
OTHER_SIDE = Misconception(
    "other_side", "This is the share of the other two criteria at the flip. Effort has what is left."
)
REST_UNWEIGHTED = Misconception(
    "rest_unweighted",
    "This takes the plain mean of speed and cost. They keep their ratio of 2 to 3 while effort moves.",
)
IN_PERCENT = Misconception("in_percent", "This is in percent. A share goes from 0 to 1.")
RELATIVE_MOVE = Misconception(
    "relative_move", "This is the change relative to 0.50. The task asks for the distance in shares."
)

flip = Check(
    f"{LESSON}.flip",
    "The weight at which another option wins",
    Flip,
    (AS_WEIGHT, OTHER_SIDE, REST_UNWEIGHTED, IN_PERCENT, RELATIVE_MOVE),
    case="demonstration",
)


def _unweighted_flip() -> float:
    loss = sum(SCORES["south"][c] - SCORES["west"][c] for c in ("speed", "cost")) / 2
    return loss / (GAIN + loss)


@flip.finding("Where it flips", points=2, needs=["flip_share"])
def flip_share(answers: Flip, case: Any) -> Judgement:
    """What the loser gains elsewhere, over that plus what the winner gains here."""
    return judge_number(
        answers.flip_share,
        FLIP,
        unit="of the weight",
        within=0.01,
        why="The flip point says whose judgement the decision is.",
        misconceptions={
            AS_WEIGHT: 5 * FLIP / (1 - FLIP),
            OTHER_SIDE: 1 - FLIP,
            REST_UNWEIGHTED: _unweighted_flip(),
            IN_PERCENT: 100 * FLIP,
        },
    )


@flip.finding("How far away", points=1, needs=["flip_share", "moves_by"])
def distance(answers: Flip, case: Any) -> Judgement:
    """The distance from the weight as it was set; judged for the share that was answered."""
    right = abs(answers.flip_share - SHARE_NOW)
    return judge_number(
        abs(answers.moves_by),
        right,
        unit="of the weight",
        within=0.02,
        why="A flip far away ends the argument about weights.",
        misconceptions={RELATIVE_MOVE: right / SHARE_NOW, IN_PERCENT: 100 * right},
    )


# --- Task 3: a review -------------------------------------------------------------------------------------------------

KINDS = ("sound", "a gate", "counted twice", "no evidence", "wrong direction")
Kind = Literal["sound", "a gate", "counted twice", "no evidence", "wrong direction"]


def _kind(what: str) -> Any:
    return answer(f"what the row on {what} is: one of " + ", ".join(repr(kind) for kind in KINDS))


class Review(AnswerSheet):
    """What five rows of a matrix are."""

    latency: Kind = _kind("latency")
    residency: Kind = _kind("residency")
    price: Kind = _kind("the price")
    support: Kind = _kind("support")
    refusals: Kind = _kind("refusals")


WEIGHED_LAW = Misconception(
    "weighed_law", "The law cannot be outweighed by speed. Even a weight of 10 lets enough other points win."
)
SAME_MONEY_TWICE = Misconception(
    "same_money_twice", "The monthly bill is that price times your volume. With both rows, money counts double."
)
FEELING_AS_VALUE = Misconception(
    "feeling_as_value", "A score of 8 stands there, and nothing that could be looked at. Who said it, of what?"
)
SCORE_FOR_VALUE = Misconception(
    "score_for_value", "Refusing harmless questions is a fault: of this value less is better, whatever the score does."
)
TOO_STRICT = Misconception(
    "too_strict", "This row has a value, its source, a direction that fits and nothing beside it: leave it as it is."
)

review = Check(
    f"{LESSON}.review",
    "Five rows of somebody's matrix",
    Review,
    (WEIGHED_LAW, SAME_MONEY_TWICE, FEELING_AS_VALUE, SCORE_FOR_VALUE, TOO_STRICT),
    case="demonstration",
)


def _row(name: str, title: str, right: Kind, why: str, ideas: dict[str, Misconception]) -> None:
    def judge(answers: Review, case: Any) -> Judgement:
        return judge_choice(getattr(answers, name), right, why=why, misconceptions=ideas)

    judge.__name__ = name
    review.finding(title, points=1, needs=[name])(judge)


_row(
    "latency",
    "Latency",
    "sound",
    "Measured on your own prompts, with a direction: this is what a row should look like.",
    dict.fromkeys(KINDS[1:], TOO_STRICT),
)
_row(
    "residency",
    "Residency",
    "a gate",
    "What the law demands is kept or broken; it is not traded.",
    {"sound": WEIGHED_LAW},
)
_row(
    "price",
    "The price",
    "counted twice",
    "Each thing counts once, or its weight is not the one on the sheet.",
    {"sound": SAME_MONEY_TWICE},
)
_row(
    "support",
    "Support",
    "no evidence",
    "A number without a source is an opinion in the form of a number.",
    {"sound": FEELING_AS_VALUE},
)
_row(
    "refusals",
    "Refusals",
    "wrong direction",
    "State the direction of the value, and let the score follow it.",
    {"sound": SCORE_FOR_VALUE},
)
