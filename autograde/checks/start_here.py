"""The self-check of the lesson `0_start_here`: what is the architect's to decide, on Larkspur."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from archkit.case import Case
from autograde.answers import AnswerSheet, Number, Text, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number, judge_set
from autograde.registry import Check

ARCHITECTS = ("managed_or_own", "ten_times_the_load", "what_leaves_the_house")
OTHERS = ("write_the_loop", "return_window", "what_the_law_allows")

ADDED_PASSAGES = 3
GROWTH = 2


class FirstDecisions(AnswerSheet):
    """Three first decisions about Trailmate."""

    architects_decisions: Annotated[list[Text], Field(max_length=20)] = answer("a list of names from the table")
    extra_usd_per_month: Number = answer("what the added passages cost", unit="US dollars a month")
    mend_first: Literal["model", "prompt", "search", "articles"] = answer(
        'one of "model", "prompt", "search" and "articles"'
    )


EVERYTHING = Misconception(
    "everything_is_the_architects",
    "This takes all six decisions. Everybody waits for an architect who decides everything: leave to others what stays "
    "inside one part, and what another office answers for.",
)
ONLY_THE_MODEL = Misconception(
    "only_the_model",
    "This leaves the architect the choice of a model. Load and the way of the data are decided across the whole "
    "system too, and are at least as hard to change later.",
)
SENIOR_ENGINEER = Misconception(
    "senior_engineer",
    "How a loop is written stays inside one part and can be changed on any afternoon. Whoever writes the part decides "
    "it.",
)
OWNS_THE_RULES = Misconception(
    "owns_the_business_rules",
    "How long customers may return goods is a rule of the business. The architect makes sure that the rule in force "
    "reaches the answer, and does not set it.",
)
READS_THE_LAW = Misconception(
    "reads_the_law",
    "What the law allows is for the data protection officer to say. The architect asks early, and designs so that the "
    "answer can be kept.",
)

ONE_PASSAGE = Misconception("one_passage", "This is one added passage. The plan adds three.")
TODAYS_VOLUME = Misconception("todays_volume", "This is today's volume. By then it has doubled.")
ALL_PASSAGES = Misconception(
    "all_passages", "This prices every passage in the prompt. The question is what the three added ones cost."
)
OUTPUT_PRICE = Misconception(
    "output_price", "This takes the price of output tokens. A passage is read by the model, so it is input."
)
PER_THOUSAND = Misconception("per_thousand", "The price is per million tokens; this reads it as per thousand.")

LARGER_MODEL = Misconception(
    "larger_model",
    "The model read what it was given and cited it. A larger one reads the same two articles. It may notice that one "
    "takes back the other, or not; the outdated article waits for the next question either way.",
)
WORDS_IN_THE_PROMPT = Misconception(
    "words_in_the_prompt",
    "An instruction such as “prefer the newer article” seems to mend this case. It breaks where a wrong article is "
    "the newer one, and the outdated article stays where everything else finds it.",
)
BLAME_THE_SEARCH = Misconception(
    "blame_the_search",
    "The search did its work: it put both articles into the prompt, the outdated one and the one that is in force.",
)

first_decisions = Check(
    "start_here.first_decisions",
    "Three first decisions about Trailmate",
    FirstDecisions,
    (
        EVERYTHING,
        ONLY_THE_MODEL,
        SENIOR_ENGINEER,
        OWNS_THE_RULES,
        READS_THE_LAW,
        ONE_PASSAGE,
        TODAYS_VOLUME,
        ALL_PASSAGES,
        OUTPUT_PRICE,
        PER_THOUSAND,
        LARGER_MODEL,
        WORDS_IN_THE_PROMPT,
        BLAME_THE_SEARCH,
    ),
    case="demonstration",
)


@first_decisions.finding("What is the architect's to decide", points=1, needs=["architects_decisions"])
def whose_decision(answers: FirstDecisions, case: Case) -> Judgement:
    """The decisions that cross the parts of the system and are hard to change later."""
    right = set(ARCHITECTS)
    return judge_set(
        answers.architects_decisions,
        right,
        what="decisions",
        why="A decision without an owner is taken by whoever meets it first, usually in code and without a record.",
        misconceptions={
            EVERYTHING: right | set(OTHERS),
            ONLY_THE_MODEL: {"managed_or_own"},
            SENIOR_ENGINEER: right | {"write_the_loop"},
            OWNS_THE_RULES: right | {"return_window"},
            READS_THE_LAW: right | {"what_the_law_allows"},
        },
    )


def _usd_per_month(case: Case, passages: int, growth: int = GROWTH) -> float:
    tokens = case.traffic.requests_per_month * growth * passages * case.tokens.tokens_per_passage
    return tokens * case.price.input_usd_per_million / 1e6


@first_decisions.finding("What three more passages will cost", points=1, needs=["extra_usd_per_month"])
def cost_of_passages(answers: FirstDecisions, case: Case) -> Judgement:
    """Doubled requests times the added tokens at the input price."""
    right = _usd_per_month(case, ADDED_PASSAGES)
    return judge_number(
        answers.extra_usd_per_month,
        right,
        unit="US dollars a month",
        why="The change is one figure in the code. Its price is paid with each request, and grows with them.",
        misconceptions={
            ONE_PASSAGE: _usd_per_month(case, 1),
            TODAYS_VOLUME: _usd_per_month(case, ADDED_PASSAGES, growth=1),
            ALL_PASSAGES: _usd_per_month(case, case.tokens.passages + ADDED_PASSAGES),
            OUTPUT_PRICE: right * case.price.output_usd_per_million / case.price.input_usd_per_million,
            PER_THOUSAND: right * 1_000,
        },
        partial_credit=0.5,
        partly_right=(TODAYS_VOLUME,),
    )


@first_decisions.finding("Where to mend the answer about England", points=1, needs=["mend_first"])
def where_to_mend(answers: FirstDecisions, case: Case) -> Judgement:
    """The fault is in the articles: one of the two should no longer be there."""
    return judge_choice(
        answers.mend_first,
        "articles",
        why="Money spent on the wrong part of a system changes nothing. Find the part first, then pay for it.",
        misconceptions={"model": LARGER_MODEL, "prompt": WORDS_IN_THE_PROMPT, "search": BLAME_THE_SEARCH},
    )
