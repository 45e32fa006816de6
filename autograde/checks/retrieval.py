"""Self-check of the lesson `retrieval`: measures by hand, a choice upon evidence, and the repair that fits a failure.

The small tables that the tasks speak of stand in the lesson and, as data, here; expected values are computed from them.
"""

from __future__ import annotations

from typing import Any, Literal

from archkit.retrieval.evaluation import hit, recall, reciprocal_rank
from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number, judge_set
from autograde.registry import Check

LESSON = "retrieval"

# --- Task 1: recall and MRR by hand ---------------------------------------------------------------------------------

READ = {
    "A": (("KB-020", "KB-027"), ("KB-020", "KB-023", "KB-020", "KB-022", "KB-021")),
    "B": (("KB-073", "KB-074", "KB-076"), ("KB-077", "KB-075", "KB-078", "KB-076", "KB-076")),
    "C": (("KB-008",), ("KB-007", "KB-001", "KB-003", "KB-007", "KB-006")),
}
"""For each question the relevant articles, and the articles of the five passages read, best first."""

K = 5


class ByHand(AnswerSheet):
    """The measures of three questions, and what reordering can do for them."""

    recall_at_5: Number = answer("the mean recall@5 of the three questions")
    mrr: Number = answer("the mean reciprocal rank of the three questions")
    reranking_helps: list[Literal["A", "B", "C"]] = answer("a list of question letters, such as ['A']")


PASSAGES_COUNTED = Misconception(
    "passages_counted",
    "This counts passages. Recall counts articles: a second passage of the same article finds nothing new.",
)
HIT_RATE = Misconception(
    "hit_rate",
    "This is the hit rate, which asks whether anything relevant was read. Recall asks how much of it was.",
)
PRECISION = Misconception(
    "precision",
    "This divides by the passages read, which is precision. Recall divides by the articles that are relevant.",
)
POOLED = Misconception(
    "pooled",
    "This pools the articles of all questions. The mean is taken over questions, so each question counts the same.",
)
MISSES_LEFT_OUT = Misconception(
    "misses_left_out",
    "This leaves out the question for which nothing was found. It counts, with zero: leaving out failures flatters "
    "every retriever.",
)
MEAN_RANK = Misconception(
    "mean_rank",
    "This is a mean of ranks. The reciprocal, 1 / rank, is what is averaged, so that a miss can count as 0.",
)
RANKS_BEFORE_RECIPROCAL = Misconception(
    "ranks_before_reciprocal",
    "This averages the ranks first and takes the reciprocal at the end. Take each question's reciprocal first.",
)
RERANKER_FINDS = Misconception(
    "reranker_finds",
    "A reranker reorders what was retrieved. What is not among the five passages stays out, however good it is.",
)
FIRST_CAN_RISE = Misconception(
    "first_can_rise", "The first passage of A is of a relevant article. Its reciprocal rank is 1 and cannot rise."
)

by_hand = Check(
    f"{LESSON}.by_hand",
    "Recall and reciprocal rank by hand",
    ByHand,
    (
        PASSAGES_COUNTED,
        HIT_RATE,
        PRECISION,
        POOLED,
        MISSES_LEFT_OUT,
        MEAN_RANK,
        RANKS_BEFORE_RECIPROCAL,
        RERANKER_FINDS,
        FIRST_CAN_RISE,
    ),
    case="demonstration",
)


@by_hand.finding("Mean recall@5", points=1, needs=["recall_at_5"])
def mean_recall(answers: ByHand, case: Any) -> Judgement:
    """Articles found of articles relevant, averaged over the questions."""
    each = [recall(read, relevant, K) for relevant, read in READ.values()]
    relevant_passages = [sum(article in relevant for article in read) for relevant, read in READ.values()]
    wanted = [len(relevant) for relevant, _ in READ.values()]
    counted = [passages / articles for passages, articles in zip(relevant_passages, wanted, strict=True)]
    found = [len(set(read) & set(relevant)) for relevant, read in READ.values()]
    return judge_number(
        answers.recall_at_5,
        sum(each) / len(each),
        unit="",
        why="Recall is the ceiling of everything behind it: what was not read cannot be answered.",
        misconceptions={
            PASSAGES_COUNTED: sum(counted) / len(counted),
            HIT_RATE: sum(hit(read, relevant, K) for relevant, read in READ.values()) / len(READ),
            PRECISION: sum(relevant_passages) / (K * len(READ)),
            POOLED: sum(found) / sum(wanted),
            MISSES_LEFT_OUT: sum(each) / sum(value > 0 for value in each),
        },
    )


@by_hand.finding("Mean reciprocal rank", points=1, needs=["mrr"])
def mean_reciprocal_rank(answers: ByHand, case: Any) -> Judgement:
    """One over the rank of the first relevant passage, averaged over the questions."""
    each = [reciprocal_rank(read, relevant, K) for relevant, read in READ.values()]
    ranks = [1 / value for value in each if value]
    return judge_number(
        answers.mrr,
        sum(each) / len(each),
        unit="",
        why="A model gives most weight to what stands early in its prompt, and so does a person.",
        misconceptions={
            MISSES_LEFT_OUT: sum(each) / len(ranks),
            MEAN_RANK: sum(ranks) / len(ranks),
            RANKS_BEFORE_RECIPROCAL: len(ranks) / sum(ranks),
            HIT_RATE: len(ranks) / len(each),
        },
    )


@by_hand.finding("Where a reranker helps", points=1, needs=["reranking_helps"])
def reranker(answers: ByHand, case: Any) -> Judgement:
    """A perfect reranker raises what was read and did not stand first."""
    right = {
        letter
        for letter, (relevant, read) in READ.items()
        if reciprocal_rank(sorted(read, key=lambda article: article not in relevant), relevant, K)
        > reciprocal_rank(read, relevant, K)
    }
    return judge_set(
        answers.reranking_helps,
        right,
        what="questions",
        why="A reranker is a second model to run and pay for. It pays only where the right passage is read, and late.",
        misconceptions={
            RERANKER_FINDS: right | {"C"},
            FIRST_CAN_RISE: right | {"A"},
        },
    )


# --- Task 2: which retriever, upon which evidence ---------------------------------------------------------------------

Retriever = Literal["words", "vectors", "both"]


class Choice(AnswerSheet):
    """One retriever for each workload."""

    parts: Retriever = answer("'words', 'vectors' or 'both'")
    helpline: Retriever = answer("'words', 'vectors' or 'both'")
    claims: Retriever = answer("'words', 'vectors' or 'both'")
    intranet: Retriever = answer("'words', 'vectors' or 'both'")


VECTORS_FOR_CODES = Misconception(
    "vectors_for_codes",
    "An embedding places a part number near other part numbers. It cannot tell two of them apart, and the table shows "
    "what that costs.",
)
BOTH_TO_BE_SAFE = Misconception(
    "both_to_be_safe",
    "Two indexes are two things to build, to keep in step and to run for each question. Nothing in the table pays for "
    "the second one here.",
)
WORDS_FOR_OWN_WORDS = Misconception(
    "words_for_own_words",
    "People who do not know your vocabulary share few words with your articles, and none across languages.",
)
REAL_GAIN_IGNORED = Misconception(
    "real_gain_ignored",
    "The interval of the paired difference lies wholly above zero, so the gain of using both is not noise.",
)
POINT_ESTIMATE = Misconception(
    "point_estimate",
    "This takes the higher number at its word. The interval of the difference has zero in it: forty questions do not "
    "show which is better, so nothing pays for the change.",
)

choose = Check(
    f"{LESSON}.choose",
    "A retriever for each workload",
    Choice,
    (VECTORS_FOR_CODES, BOTH_TO_BE_SAFE, WORDS_FOR_OWN_WORDS, REAL_GAIN_IGNORED, POINT_ESTIMATE),
    case="demonstration",
)


@choose.finding("Part numbers", points=1, needs=["parts"])
def for_parts(answers: Choice, case: Any) -> Judgement:
    """Words alone: the second index adds nothing."""
    return judge_choice(
        answers.parts,
        "words",
        why="Identifiers either match or do not. An inverted index is exact, cheap, and explains every result.",
        misconceptions={"vectors": VECTORS_FOR_CODES, "both": BOTH_TO_BE_SAFE},
    )


@choose.finding("The helpline", points=1, needs=["helpline"])
def for_helpline(answers: Choice, case: Any) -> Judgement:
    """Vectors alone: fusing with a much weaker ranking costs recall."""
    return judge_choice(
        answers.helpline,
        "vectors",
        why="Fusion gives both rankings a vote. Where one of them is mostly wrong, its vote does harm.",
        misconceptions={"words": WORDS_FOR_OWN_WORDS, "both": BOTH_TO_BE_SAFE},
    )


@choose.finding("The claims archive", points=1, needs=["claims"])
def for_claims(answers: Choice, case: Any) -> Judgement:
    """Both: the questions mix numbers and stories, and the gain is real."""
    return judge_choice(
        answers.claims,
        "both",
        why="Where the two retrievers fail on different questions, each covers the other.",
        misconceptions={"words": REAL_GAIN_IGNORED, "vectors": REAL_GAIN_IGNORED},
    )


@choose.finding("The intranet", points=1, needs=["intranet"])
def for_intranet(answers: Choice, case: Any) -> Judgement:
    """What runs already: the evidence for a change is too thin."""
    return judge_choice(
        answers.intranet,
        "words",
        why="The next thing to buy here is not an index but labelled questions: they cost an afternoon.",
        misconceptions={"both": POINT_ESTIMATE, "vectors": POINT_ESTIMATE},
    )


# --- Task 3: the repair that fits the failure -------------------------------------------------------------------------

Repair = Literal[
    "retire the old article",
    "search words too",
    "cut larger passages",
    "filter by metadata",
    "write the article",
    "read more passages",
]
REPAIRS = (
    "'retire the old article', 'search words too', 'cut larger passages', 'filter by metadata', 'write the article' "
    "or 'read more passages'"
)


class Repairs(AnswerSheet):
    """The first repair for each of four failures."""

    germany: Repair = answer(REPAIRS)
    cheaper: Repair = answer(REPAIRS)
    canaries: Repair = answer(REPAIRS)
    fraud: Repair = answer(REPAIRS)


SEARCH_BLAMED = Misconception(
    "search_blamed",
    "Retrieval did its work: the right article was among the five passages. Two articles both claim to be valid, and "
    "no search can know which one is.",
)
MORE_OF_THE_SAME = Misconception(
    "more_of_the_same",
    "Reading more passages treats every failure alike. It costs words in every prompt, and here it brings nothing: "
    "look at the rank of what is missing, or at what is already there.",
)
CONTENT_BLAMED = Misconception(
    "content_blamed", "The article exists, is right and is in force. Something between the question and it failed."
)
PASSAGE_NOT_READ_WHOLE = Misconception(
    "passage_not_read_whole",
    "The right article was found, at rank 1. What the model needed was cut off from it into another passage, and "
    "finding the article once more, by whatever search, does not bring that part along.",
)
RANKING_AS_ACCESS_CONTROL = Misconception(
    "ranking_as_access_control",
    "The passage was the best match, as it should be. Ranking decides what is near, not who may read it, so no change "
    "to the search keeps it out reliably.",
)

repair = Check(
    f"{LESSON}.repair",
    "The repair that fits the failure",
    Repairs,
    (SEARCH_BLAMED, MORE_OF_THE_SAME, CONTENT_BLAMED, PASSAGE_NOT_READ_WHOLE, RANKING_AS_ACCESS_CONTROL),
    case="demonstration",
)


@repair.finding("Delivery to Germany", points=1, needs=["germany"])
def repair_germany(answers: Repairs, case: Any) -> Judgement:
    """A stale article stands beside the one that replaced it."""
    return judge_choice(
        answers.germany,
        "retire the old article",
        why="Recall is 1 for this question. Only somebody who reads the answer sees that it is wrong.",
        misconceptions={
            "search words too": SEARCH_BLAMED,
            "cut larger passages": SEARCH_BLAMED,
            "write the article": SEARCH_BLAMED,
            "read more passages": MORE_OF_THE_SAME,
        },
    )


@repair.finding("Cheaper elsewhere", points=1, needs=["cheaper"])
def repair_cheaper(answers: Repairs, case: Any) -> Judgement:
    """Words find at once what the vectors miss."""
    return judge_choice(
        answers.cheaper,
        "search words too",
        why="The evidence is in front of you: another retriever has it at rank 1, and fusing the two keeps it.",
        misconceptions={
            "read more passages": MORE_OF_THE_SAME,
            "write the article": CONTENT_BLAMED,
            "retire the old article": CONTENT_BLAMED,
        },
    )


@repair.finding("The Canary Islands", points=1, needs=["canaries"])
def repair_canaries(answers: Repairs, case: Any) -> Judgement:
    """The answer lies in a passage of the right article that ranks far below."""
    return judge_choice(
        answers.canaries,
        "cut larger passages",
        why="Recall on articles is 1 here as well. Evidence is the measure that sees this failure.",
        misconceptions={
            "search words too": PASSAGE_NOT_READ_WHOLE,
            "filter by metadata": PASSAGE_NOT_READ_WHOLE,
            "read more passages": MORE_OF_THE_SAME,
            "write the article": CONTENT_BLAMED,
            "retire the old article": CONTENT_BLAMED,
        },
    )


@repair.finding("The fraud score", points=1, needs=["fraud"])
def repair_fraud(answers: Repairs, case: Any) -> Judgement:
    """A restricted article reached a customer's prompt."""
    return judge_choice(
        answers.fraud,
        "filter by metadata",
        why="What has entered the prompt can leave in the answer. Access control belongs before the search.",
        misconceptions={
            "search words too": RANKING_AS_ACCESS_CONTROL,
            "cut larger passages": RANKING_AS_ACCESS_CONTROL,
            "read more passages": RANKING_AS_ACCESS_CONTROL,
            "retire the old article": CONTENT_BLAMED,
        },
    )
