"""Self-check of the lesson `data_quality`: what each check sees, a blast radius by hand, a gate within its hours.

The tables that the tasks speak of stand in the lesson and, as data, here; expected values are computed from them.
"""

from __future__ import annotations

from typing import Any, Literal

from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number, judge_set
from autograde.registry import Check

LESSON = "data_quality"

# --- Task 1: which check catches which defect ------------------------------------------------------------------------

Catcher = Literal["contract", "age", "alike", "numbers", "none"]
CATCHERS = "'contract', 'age', 'alike', 'numbers' or 'none'"


class Catches(AnswerSheet):
    """For each of six defects the check that finds it."""

    spelling: Catcher = answer(CATCHERS)
    car_park: Catcher = answer(CATCHERS)
    two_teams: Catcher = answer(CATCHERS)
    deposit: Catcher = answer(CATCHERS)
    latex: Catcher = answer(CATCHERS)
    agents_only: Catcher = answer(CATCHERS)


FORM_IS_TRUTH = Misconception(
    "form_is_truth",
    "A contract looks at the fields of the front matter, and these are complete, valid and agree with each other. "
    "It does not read the text, and cannot know whether it is true.",
)
AGE_IS_TRUTH = Misconception(
    "age_is_truth",
    "A limit of age sees when an article was last edited. This one is recent, and recently edited text can be wrong.",
)
NEEDS_A_SECOND_ARTICLE = Misconception(
    "needs_a_second_article",
    "Comparing articles finds a wrong one only where another article says otherwise. Here no other one speaks of it.",
)
ALIKE_AT_ANY_LIKENESS = Misconception(
    "alike_at_any_likeness",
    "Two articles on one subject are not yet twins. At 0.72 they lie below the limit of 0.80; lowered so far, the "
    "check would flag dozens of pairs that are both needed.",
)
TWINS_DISAGREE = Misconception(
    "twins_disagree",
    "The two texts give the same figures, so a check for figures that clash has nothing to report.",
)
SPELLING_IS_HARMLESS = Misconception(
    "spelling_is_harmless",
    "A filter compares letters. 'EU ' is not 'eu', so the article is lost to every European customer, and a list of "
    "allowed values in the contract refuses it.",
)
NOTHING_SEES_IT = Misconception(
    "nothing_sees_it", "One of the checks does see this. Look again at what is said of the dates, texts and figures."
)

catches = Check(
    f"{LESSON}.catches",
    "Which check catches it",
    Catches,
    (
        FORM_IS_TRUTH,
        AGE_IS_TRUTH,
        NEEDS_A_SECOND_ARTICLE,
        ALIKE_AT_ANY_LIKENESS,
        TWINS_DISAGREE,
        SPELLING_IS_HARMLESS,
        NOTHING_SEES_IT,
    ),
    case="demonstration",
)


@catches.finding("The region with a space", points=1, needs=["spelling"])
def region_with_a_space(answers: Catches, case: Any) -> Judgement:
    """A value that is not in the list of allowed ones."""
    return judge_choice(
        answers.spelling,
        "contract",
        why="What a filter reads has to be written as the filter expects it. The contract is where that is promised.",
        misconceptions={
            "none": SPELLING_IS_HARMLESS,
            "age": SPELLING_IS_HARMLESS,
            "alike": SPELLING_IS_HARMLESS,
            "numbers": SPELLING_IS_HARMLESS,
        },
    )


@catches.finding("The closed car park", points=1, needs=["car_park"])
def closed_car_park(answers: Catches, case: Any) -> Judgement:
    """Only the date gives it away."""
    return judge_choice(
        answers.car_park,
        "age",
        why="A fact can go bad while nobody touches it. Age is a poor sign, and here it is the only one.",
        misconceptions={
            "contract": FORM_IS_TRUTH,
            "alike": NEEDS_A_SECOND_ARTICLE,
            "numbers": NEEDS_A_SECOND_ARTICLE,
            "none": NOTHING_SEES_IT,
        },
    )


@catches.finding("The same form twice", points=1, needs=["two_teams"])
def same_form_twice(answers: Catches, case: Any) -> Judgement:
    """Near-duplicates with the same facts."""
    return judge_choice(
        answers.two_teams,
        "alike",
        why="Twins take the places of other passages in the prompt, and sooner or later one of them is edited alone.",
        misconceptions={"numbers": TWINS_DISAGREE, "contract": FORM_IS_TRUTH, "none": NOTHING_SEES_IT},
    )


@catches.finding("Two deposits", points=1, needs=["deposit"])
def two_deposits(answers: Catches, case: Any) -> Judgement:
    """A shared unit without a shared value, in articles that are near each other."""
    return judge_choice(
        answers.deposit,
        "numbers",
        why="Both articles are recent and complete. Only side by side do they show that one must be wrong.",
        misconceptions={
            "alike": ALIKE_AT_ANY_LIKENESS,
            "age": AGE_IS_TRUTH,
            "contract": FORM_IS_TRUTH,
            "none": NOTHING_SEES_IT,
        },
    )


@catches.finding("The latex", points=1, needs=["latex"])
def hidden_latex(answers: Catches, case: Any) -> Judgement:
    """A recent, well-formed, single statement that is false."""
    return judge_choice(
        answers.latex,
        "none",
        why="For what no check can see, somebody who knows has to sign. That is what an owner is for.",
        misconceptions={
            "contract": FORM_IS_TRUTH,
            "age": AGE_IS_TRUTH,
            "alike": NEEDS_A_SECOND_ARTICLE,
            "numbers": NEEDS_A_SECOND_ARTICLE,
        },
    )


@catches.finding("The agents' instructions", points=1, needs=["agents_only"])
def instructions_for_agents(answers: Catches, case: Any) -> Judgement:
    """Two wrong labels that agree with each other."""
    return judge_choice(
        answers.agents_only,
        "none",
        why="In the lesson the contract caught KB-099 because its two labels contradicted each other. Here both are "
        "wrong in the same way, and the gap to the text is invisible to every check of fields.",
        misconceptions={
            "contract": FORM_IS_TRUTH,
            "alike": NEEDS_A_SECOND_ARTICLE,
            "numbers": NEEDS_A_SECOND_ARTICLE,
        },
    )


# --- Task 2: a blast radius by hand ----------------------------------------------------------------------------------

REQUESTS: tuple[tuple[tuple[str, ...], tuple[str, ...] | None], ...] = (
    (("A#1", "B#1"), ("A#1",)),
    (("A#1", "A#2", "C#1"), ("A#1", "A#2")),
    (("B#1", "C#1"), ("B#1",)),
    (("A#2", "B#2"), ("B#2",)),
    (("A#1", "C#2"), None),
    (("A#2", "B#1"), ("A#2", "B#1")),
    (("C#1", "C#2"), ("C#1",)),
    (("A#1", "A#2"), ("A#2",)),
    (("B#1",), ("B#1",)),
    (("A#2", "C#1"), ("C#1",)),
)
"""For each request the passages that were read and those that were quoted; None where it was handed over."""

ALL_REQUESTS = 6_000


class BlastRadius(AnswerSheet):
    """How far article A has reached, in ten requests and in all."""

    quoting: Number = answer("how many of the ten answers quote A", unit="answers")
    may_be_shaped: Number = answer("how many of the ten given answers may have been shaped by A", unit="answers")
    of_all_requests: Number = answer("an estimate of that number among all 6,000", unit="answers")


PASSAGES_COUNTED = Misconception(
    "passages_counted",
    "This counts passages. One answer that holds two passages of A reached one customer.",
)
QUOTED_IS_ALL = Misconception(
    "quoted_is_all",
    "This counts only answers that quote A. A generative model may use what it read without naming it.",
)
READ_IS_QUOTED = Misconception(
    "read_is_quoted", "This counts the prompts in which A stood. The question here is which answers quote it."
)
HANDED_OVER_COUNTED = Misconception(
    "handed_over_counted",
    "This counts request 5 as well. It was handed over to a person, so no answer of the model went out.",
)
SAMPLE_NOT_SCALED = Misconception(
    "sample_not_scaled",
    "This is the number in the sample of ten. The sample stands for 6,000 requests.",
)
EVERYTHING_RECALLED = Misconception(
    "everything_recalled",
    "This calls back every request. The lineage shows in which of them A was not read.",
)

blast_radius = Check(
    f"{LESSON}.blast_radius",
    "A blast radius by hand",
    BlastRadius,
    (
        PASSAGES_COUNTED,
        QUOTED_IS_ALL,
        READ_IS_QUOTED,
        HANDED_OVER_COUNTED,
        SAMPLE_NOT_SCALED,
        EVERYTHING_RECALLED,
    ),
    case="demonstration",
)


def _of_a(passages: tuple[str, ...] | None) -> int:
    """Return how many of the passages are of article A."""
    return sum(passage.startswith("A#") for passage in passages or ())


READ = sum(bool(_of_a(read)) for read, _ in REQUESTS)
QUOTING = sum(bool(_of_a(quoted)) for _, quoted in REQUESTS)
SHAPED = sum(bool(_of_a(read)) for read, quoted in REQUESTS if quoted is not None)
PASSAGES_IN_ANSWERS = sum(_of_a(read) for read, quoted in REQUESTS if quoted is not None)
PASSAGES_QUOTED = sum(_of_a(quoted) for _, quoted in REQUESTS)
SCALE = ALL_REQUESTS / len(REQUESTS)


@blast_radius.finding("Answers that quote A", points=1, needs=["quoting"])
def answers_that_quote(answers: BlastRadius, case: Any) -> Judgement:
    """The inner edge: what has certainly gone out."""
    return judge_number(
        answers.quoting,
        QUOTING,
        unit="answers",
        why="These are corrected first. They hold A's own words, so no replay is needed to know it.",
        misconceptions={PASSAGES_COUNTED: PASSAGES_QUOTED, READ_IS_QUOTED: READ, HANDED_OVER_COUNTED: SHAPED},
    )


@blast_radius.finding("Answers that A may have shaped", points=1, needs=["may_be_shaped"])
def answers_that_may_be_shaped(answers: BlastRadius, case: Any) -> Judgement:
    """The outer edge: given answers with A in their prompt."""
    return judge_number(
        answers.may_be_shaped,
        SHAPED,
        unit="answers",
        why="These are replayed without A and compared. What comes out the same needs no correction.",
        misconceptions={
            QUOTED_IS_ALL: QUOTING,
            HANDED_OVER_COUNTED: READ,
            PASSAGES_COUNTED: PASSAGES_IN_ANSWERS,
            EVERYTHING_RECALLED: len(REQUESTS),
        },
    )


@blast_radius.finding("Of all requests", points=1, needs=["of_all_requests"])
def of_all(answers: BlastRadius, case: Any) -> Judgement:
    """The share in a random sample, times all requests."""
    return judge_number(
        answers.of_all_requests,
        SHAPED * SCALE,
        unit="answers",
        why="The sample was drawn at random from real requests, so its share scales. A test set's share does not.",
        misconceptions={
            QUOTED_IS_ALL: QUOTING * SCALE,
            HANDED_OVER_COUNTED: READ * SCALE,
            PASSAGES_COUNTED: PASSAGES_IN_ANSWERS * SCALE,
            SAMPLE_NOT_SCALED: SHAPED,
            EVERYTHING_RECALLED: ALL_REQUESTS,
        },
    )


# --- Task 3: a gate within its hours ---------------------------------------------------------------------------------

Name = Literal["contract", "age_24", "age_12", "alike", "numbers"]
Place = Literal["write", "index", "read"]

CHECKS: dict[str, tuple[int, int]] = {
    "contract": (12, 12),
    "age_24": (9, 6),
    "age_12": (48, 7),
    "alike": (8, 6),
    "numbers": (60, 3),
}
"""For each check its findings a month, and how many of them are right."""

DEFECTS_A_MONTH = 40
CHOSEN = ("contract", "age_24", "alike")
FINDINGS = sum(CHECKS[name][0] for name in CHOSEN)
RIGHT = sum(CHECKS[name][1] for name in CHOSEN)


class Gate(AnswerSheet):
    """The checks to switch on, how good that gate is, and where three rules stand."""

    switched_on: list[Name] = answer("a list of names of checks, such as ['age_12', 'numbers']")
    precision: Number = answer("the share of the gate's findings that are right")
    recall: Number = answer("the share of the month's defects that the gate finds")
    has_owner: Place = answer("'write', 'index' or 'read'")
    not_too_old: Place = answer("'write', 'index' or 'read'")
    fits_the_asker: Place = answer("'write', 'index' or 'read'")


MORE_THAN_CAN_BE_READ = Misconception(
    "more_than_can_be_read",
    "Ten hours are 30 findings of 20 minutes. This gate reports more than that, so some findings are not looked into, "
    "and nobody knows which.",
)
NO_FALSE_ALARM_ALLOWED = Misconception(
    "no_false_alarm_allowed",
    "This keeps only the check that is never wrong, and leaves most of the ten hours unused. Some false alarms are the "
    "price of finding more.",
)
LONGER_LIMIT_IS_LAXER = Misconception(
    "longer_limit_is_laxer",
    "The shorter limit of age finds one defect more, for 39 findings more. That is more than all ten hours.",
)
MEAN_OF_PRECISIONS = Misconception(
    "mean_of_precisions",
    "This averages the precisions of the checks. A gate's precision is all its right findings by all its findings: "
    "checks that report much weigh more.",
)
PRECISION_IS_RECALL = Misconception(
    "precision_is_recall",
    "This is the other of the two measures. Precision divides by what was reported, recall by what was there to find.",
)
RECALL_OF_THE_FINDABLE = Misconception(
    "recall_of_the_findable",
    "This divides by what these checks could find together. Recall divides by all 40 defects, those included that no "
    "check sees.",
)
BAD_NEWS_TOO_LATE = Misconception(
    "bad_news_too_late",
    "This is later than need be. Whoever forgot the owner sits at the keyboard when the article is saved, and mends it "
    "in a minute.",
)
AGE_AT_WRITE = Misconception(
    "age_at_write",
    "An article is new on the day it is saved. It grows old while nobody saves it, so a gate at write never sees that.",
)
AGE_AT_READ = Misconception(
    "age_at_read",
    "A filter at read would do it, for each request anew, and tell nobody. It also drops sound articles whose date is "
    "missing. A check at index does it once and reports.",
)
ASKER_UNKNOWN = Misconception(
    "asker_unknown",
    "When articles are written and indexed nobody knows yet who will ask. Labels are promised there; only at read can "
    "they be held against the asker.",
)

gate = Check(
    f"{LESSON}.gate",
    "A gate within its hours",
    Gate,
    (
        MORE_THAN_CAN_BE_READ,
        NO_FALSE_ALARM_ALLOWED,
        LONGER_LIMIT_IS_LAXER,
        MEAN_OF_PRECISIONS,
        PRECISION_IS_RECALL,
        RECALL_OF_THE_FINDABLE,
        BAD_NEWS_TOO_LATE,
        AGE_AT_WRITE,
        AGE_AT_READ,
        ASKER_UNKNOWN,
    ),
    case="demonstration",
)


@gate.finding("What is switched on", points=2, needs=["switched_on"])
def what_is_switched_on(answers: Gate, case: Any) -> Judgement:
    """The most defects that 30 findings a month can buy."""
    given = set(answers.switched_on)
    too_many = sum(CHECKS[name][0] for name in given) > 30
    wrong_idea = LONGER_LIMIT_IS_LAXER if given == {"contract", "age_12", "alike"} else MORE_THAN_CAN_BE_READ
    return judge_set(
        answers.switched_on,
        CHOSEN,
        what="checks",
        why="A finding that nobody looks into finds nothing, and it teaches people to look away.",
        misconceptions={wrong_idea: given} if too_many else {NO_FALSE_ALARM_ALLOWED: {"contract"}},
    )


@gate.finding("Its precision", points=1, needs=["precision"])
def its_precision(answers: Gate, case: Any) -> Judgement:
    """Right findings by findings, over the whole gate."""
    return judge_number(
        answers.precision,
        RIGHT / FINDINGS,
        unit="",
        why="Precision decides whether people go on reading. Show it beside the number of findings.",
        misconceptions={
            MEAN_OF_PRECISIONS: sum(CHECKS[name][1] / CHECKS[name][0] for name in CHOSEN) / len(CHOSEN),
            PRECISION_IS_RECALL: RIGHT / DEFECTS_A_MONTH,
            MORE_THAN_CAN_BE_READ: sum(r for _, r in CHECKS.values()) / sum(f for f, _ in CHECKS.values()),
        },
        within=0.015,
    )


@gate.finding("Its recall", points=1, needs=["recall"])
def its_recall(answers: Gate, case: Any) -> Judgement:
    """Right findings by the defects that arise."""
    findable = RIGHT + CHECKS["age_12"][1] - CHECKS["age_24"][1] + CHECKS["numbers"][1]
    return judge_number(
        answers.recall,
        RIGHT / DEFECTS_A_MONTH,
        unit="",
        why="Two of five defects get through. That share is what lineage and owners are for.",
        misconceptions={PRECISION_IS_RECALL: RIGHT / FINDINGS, RECALL_OF_THE_FINDABLE: RIGHT / findable},
    )


@gate.finding("Where an owner is asked for", points=1, needs=["has_owner"])
def where_an_owner_is_asked_for(answers: Gate, case: Any) -> Judgement:
    """At write, where the author is."""
    return judge_choice(
        answers.has_owner,
        "write",
        why="The same defect costs a minute at write, an investigation at index, and at read it costs an answer.",
        misconceptions={"index": BAD_NEWS_TOO_LATE, "read": BAD_NEWS_TOO_LATE},
    )


@gate.finding("Where age is looked at", points=1, needs=["not_too_old"])
def where_age_is_looked_at(answers: Gate, case: Any) -> Judgement:
    """At index, which time passes by and which can report."""
    return judge_choice(
        answers.not_too_old,
        "index",
        why="A check that depends on today's date has to run again when nothing else happens.",
        misconceptions={"write": AGE_AT_WRITE, "read": AGE_AT_READ},
    )


@gate.finding("Where the asker counts", points=1, needs=["fits_the_asker"])
def where_the_asker_counts(answers: Gate, case: Any) -> Judgement:
    """At read, where alone it is known who asks."""
    return judge_choice(
        answers.fits_the_asker,
        "read",
        why="This is the one rule that needs the request. It is worth no more than the labels that it reads.",
        misconceptions={"write": ASKER_UNKNOWN, "index": ASKER_UNKNOWN},
    )
