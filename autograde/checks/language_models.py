"""Self-check of the lesson `language_models`: a bill, a wait, and the judgement of two proposals, all by hand.

The figures stand in the lesson's text and, as data, here; prices come from the recorded list.
"""

from __future__ import annotations

from typing import Any, Literal

from archkit.prices import load_prices
from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number
from autograde.registry import Check

LESSON = "language_models"
MODEL = "gpt-5.4-mini"
DOLLARS = "US dollars a month"


def _usd(requests: float, tokens_in: float, tokens_out: float) -> float:
    price = load_prices()[MODEL]
    return requests * (tokens_in * price.input + tokens_out * price.output) / 1e6


# --- Task 1: the bill of the German shop ------------------------------------------------------------------------------

REQUESTS = 600_000
ENGLISH_IN, ENGLISH_OUT = 1_000, 120
GERMAN = 1.15
FIXED = 400  # tokens of the German prompt that never change


class Bill(AnswerSheet):
    """What the German shop pays for tokens."""

    usd_per_month: Number = answer("what a month costs", unit=DOLLARS)
    output_share: Number = answer("the share of the bill that is output, from 0 to 1")
    saved_by_cache_usd: Number = answer("what caching the fixed part saves", unit=DOLLARS)


ENGLISH_TOKENS = Misconception(
    "english_tokens",
    "This is the bill of the English texts. The German ones say the same and have 1.15 times the tokens.",
)
PROMPT_ONLY = Misconception("prompt_only", "This pays for what is read and forgets what is written.")
ONE_PRICE = Misconception(
    "one_price", "This pays the input price for every token. Tokens that are written have a price of their own."
)
PRICES_SWAPPED = Misconception(
    "prices_swapped", "This takes the output price for the prompt and the input price for the answer."
)
PER_THOUSAND = Misconception("per_thousand", "The prices are per million tokens; this reads them as per thousand.")
SHARE_OF_TOKENS = Misconception(
    "share_of_tokens",
    "This is the share of the tokens. A token written costs six times a token read, so its share of the bill is more.",
)
SHARE_OF_INPUT = Misconception("share_of_input", "This is the share of the prompt. The question is that of the answer.")
CACHE_IS_FREE = Misconception(
    "cache_is_free", "This takes cached tokens as free. They have a price too, a tenth of the ordinary one here."
)
COST_NOT_SAVING = Misconception(
    "cost_not_saving", "This is what the cached tokens still cost. The saving is the difference to the ordinary price."
)
WHOLE_PROMPT_CACHED = Misconception(
    "whole_prompt_cached",
    "This caches the whole prompt. The question and the passages change with each request, so only the fixed part can "
    "be reused.",
)

bill = Check(
    f"{LESSON}.bill",
    "The bill of the German shop",
    Bill,
    (
        ENGLISH_TOKENS,
        PROMPT_ONLY,
        ONE_PRICE,
        PRICES_SWAPPED,
        PER_THOUSAND,
        SHARE_OF_TOKENS,
        SHARE_OF_INPUT,
        CACHE_IS_FREE,
        COST_NOT_SAVING,
        WHOLE_PROMPT_CACHED,
    ),
    case="demonstration",
)


@bill.finding("What a month costs", points=1, needs=["usd_per_month"])
def month(answers: Bill, case: Any) -> Judgement:
    """Requests times the German tokens in and out, each at its price."""
    tokens_in, tokens_out = GERMAN * ENGLISH_IN, GERMAN * ENGLISH_OUT
    price = load_prices()[MODEL]
    right = _usd(REQUESTS, tokens_in, tokens_out)
    return judge_number(
        answers.usd_per_month,
        right,
        unit=DOLLARS,
        why="The factor of the language multiplies the whole bill, and the waiting time as well.",
        misconceptions={
            ENGLISH_TOKENS: _usd(REQUESTS, ENGLISH_IN, ENGLISH_OUT),
            PROMPT_ONLY: _usd(REQUESTS, tokens_in, 0),
            ONE_PRICE: _usd(REQUESTS, tokens_in + tokens_out, 0),
            PRICES_SWAPPED: REQUESTS * (tokens_in * price.output + tokens_out * price.input) / 1e6,
            PER_THOUSAND: right * 1_000,
        },
        partial_credit=0.5,
        partly_right=(ENGLISH_TOKENS,),
    )


@bill.finding("The share of the output", points=1, needs=["output_share"])
def share(answers: Bill, case: Any) -> Judgement:
    """The money for what is written, of all the money. The factor of the language cancels."""
    right = _usd(1, 0, ENGLISH_OUT) / _usd(1, ENGLISH_IN, ENGLISH_OUT)
    return judge_number(
        answers.output_share,
        right,
        unit="of the bill",
        why="It says where to cut: one line in the instructions that asks for short answers is a lever here.",
        misconceptions={
            SHARE_OF_TOKENS: ENGLISH_OUT / (ENGLISH_IN + ENGLISH_OUT),
            SHARE_OF_INPUT: 1 - right,
        },
    )


@bill.finding("What caching saves", points=1, needs=["saved_by_cache_usd"])
def saving(answers: Bill, case: Any) -> Judgement:
    """The fixed tokens at the difference of the two prices."""
    price = load_prices()[MODEL]
    cached = price.cached_input or 0.0
    per_dollar = REQUESTS * FIXED / 1e6
    return judge_number(
        answers.saved_by_cache_usd,
        per_dollar * (price.input - cached),
        unit=DOLLARS,
        why="This is the most that caching can bring: each request that comes too late for the cache pays in full.",
        misconceptions={
            CACHE_IS_FREE: per_dollar * price.input,
            COST_NOT_SAVING: per_dollar * cached,
            WHOLE_PROMPT_CACHED: REQUESTS * GERMAN * ENGLISH_IN * (price.input - cached) / 1e6,
        },
    )


# --- Task 2: two clocks -----------------------------------------------------------------------------------------------

READ_PER_S, WRITE_PER_S = 2_000, 80
PROMPT, ANSWER = 3_000, 240

Change = Literal["stream the answer", "halve the prompt", "halve the answer"]


class Wait(AnswerSheet):
    """The two times of a drafted reply, and what shortens the second."""

    first_word_s: Number = answer("when the first word appears", unit="s")
    last_word_s: Number = answer("when the last word stands", unit="s")
    change: Change = answer("'stream the answer', 'halve the prompt' or 'halve the answer'")


NOTHING_TO_READ = Misconception(
    "nothing_to_read", "This leaves out the reading. The whole prompt is read before the first word is written."
)
READ_AT_THE_WRITING_RATE = Misconception(
    "read_at_the_writing_rate",
    "This reads the prompt at the rate of writing. Reading is much quicker here: many tokens go through at once.",
)
WRITTEN_AT_THE_READING_RATE = Misconception(
    "written_at_the_reading_rate",
    "This writes the answer at the rate of reading. Each token written waits for the one before it.",
)
WAITS_FOR_ALL = Misconception(
    "waits_for_all", "This is the time of the whole answer. The first word appears as soon as the prompt has been read."
)
READING_IS_ALL = Misconception(
    "reading_is_all", "This is when the first word appears. The other words have to be written after it."
)
STREAMING_SHORTENS = Misconception(
    "streaming_shortens",
    "Streaming shows words as they are written. The last one comes no sooner, and here the whole draft is needed.",
)
PROMPT_FIRST = Misconception(
    "prompt_first",
    "The prompt has more tokens, but reading them is only a third of the time. Half of a third is not enough.",
)

wait = Check(
    f"{LESSON}.wait",
    "The first word and the last",
    Wait,
    (
        NOTHING_TO_READ,
        READ_AT_THE_WRITING_RATE,
        WRITTEN_AT_THE_READING_RATE,
        WAITS_FOR_ALL,
        READING_IS_ALL,
        STREAMING_SHORTENS,
        PROMPT_FIRST,
    ),
    case="demonstration",
)


@wait.finding("Until the first word", points=1, needs=["first_word_s"])
def first_word(answers: Wait, case: Any) -> Judgement:
    """The tokens of the prompt at the rate of reading."""
    return judge_number(
        answers.first_word_s,
        PROMPT / READ_PER_S,
        unit="s",
        why="During this time the user looks at nothing. No streaming helps, only a shorter prompt or a prompt cache.",
        misconceptions={
            NOTHING_TO_READ: 1 / WRITE_PER_S,
            READ_AT_THE_WRITING_RATE: PROMPT / WRITE_PER_S,
            WAITS_FOR_ALL: PROMPT / READ_PER_S + ANSWER / WRITE_PER_S,
        },
    )


@wait.finding("Until the last word", points=1, needs=["last_word_s"])
def last_word(answers: Wait, case: Any) -> Judgement:
    """Reading and writing, one after the other, each at its own rate."""
    return judge_number(
        answers.last_word_s,
        PROMPT / READ_PER_S + ANSWER / WRITE_PER_S,
        unit="s",
        why="Whatever uses the answer as a whole, such as another program or a check, waits until here.",
        misconceptions={
            NOTHING_TO_READ: ANSWER / WRITE_PER_S,
            READ_AT_THE_WRITING_RATE: (PROMPT + ANSWER) / WRITE_PER_S,
            WRITTEN_AT_THE_READING_RATE: (PROMPT + ANSWER) / READ_PER_S,
            READING_IS_ALL: PROMPT / READ_PER_S,
        },
    )


@wait.finding("What makes it quick enough", points=1, needs=["change"])
def quicker(answers: Wait, case: Any) -> Judgement:
    """Writing is two thirds of the time, so it is where to cut."""
    return judge_choice(
        answers.change,
        "halve the answer",
        why="Find the clock that runs longest before shortening anything. On other hardware it may be the other one.",
        misconceptions={"stream the answer": STREAMING_SHORTENS, "halve the prompt": PROMPT_FIRST},
    )


# --- Task 3: the judgement --------------------------------------------------------------------------------------------

VIEWS, PAGE_IN, PAGE_OUT = 24_000_000, 500, 60
CALLS, CALL_IN, CALL_OUT = 30_000, 6_000, 200

Verdict = Literal["feasible", "costly", "will fail"]
VERDICTS = "'feasible', 'costly' or 'will fail'"
Sister = Literal[
    "a larger model",
    "one text per product, made in advance",
    "process in the EU",
    "tell the model to forget names",
    "lower the temperature",
]
SISTERS = (
    "'a larger model', 'one text per product, made in advance', 'process in the EU', 'tell the model to forget names' "
    "or 'lower the temperature'"
)


class TwoProposals(AnswerSheet):
    """For two proposals the money, the verdict, and the sister that works."""

    page_usd_per_month: Number = answer("what the lines on the product pages cost", unit=DOLLARS)
    page_verdict: Verdict = answer(VERDICTS)
    page_change: Sister = answer(SISTERS)
    calls_usd_per_month: Number = answer("what the notes on the calls cost", unit=DOLLARS)
    calls_verdict: Verdict = answer(VERDICTS)
    calls_change: Sister = answer(SISTERS)


SMALL_UNIT_PRICE = Misconception(
    "small_unit_price",
    "A fraction of a cent a view looks like nothing. Put it beside the value of a view, which is less than half of it.",
)
DEAR_IS_IMPOSSIBLE = Misconception(
    "dear_is_impossible",
    "No limit is broken: it fits, nobody waits for it, the data is public. It works and does not pay.",
)
CHEAP_SO_FEASIBLE = Misconception(
    "cheap_so_feasible",
    "The money is fine. But names and addresses of EU customers go to the United States, and Larkspur's rule is that "
    "they stay in the EU.",
)
RULE_AS_COST = Misconception(
    "rule_as_cost",
    "It costs far less than it brings. What is broken is a limit that no money moves, so it will fail as it stands.",
)
MODEL_FOR_EVERYTHING = Misconception(
    "model_for_everything",
    "The quality of the text is not what stops this proposal. Change what the deciding number is about.",
)
ASKED_TO_FORGET = Misconception(
    "asked_to_forget",
    "By the time the model reads an instruction, the names have already been sent. Where data goes is decided before "
    "the prompt leaves the house.",
)
WRONG_SISTER = Misconception(
    "wrong_sister", "This change mends the other proposal. Look again at the number that decides this one."
)

judgement = Check(
    f"{LESSON}.judge",
    "Two proposals judged",
    TwoProposals,
    (
        PROMPT_ONLY,
        ONE_PRICE,
        PER_THOUSAND,
        SMALL_UNIT_PRICE,
        DEAR_IS_IMPOSSIBLE,
        CHEAP_SO_FEASIBLE,
        RULE_AS_COST,
        MODEL_FOR_EVERYTHING,
        ASKED_TO_FORGET,
        WRONG_SISTER,
    ),
    case="demonstration",
)


def _judged_usd(seen: float, requests: int, tokens_in: int, tokens_out: int, why: str) -> Judgement:
    right = _usd(requests, tokens_in, tokens_out)
    return judge_number(
        seen,
        right,
        unit=DOLLARS,
        why=why,
        misconceptions={
            PROMPT_ONLY: _usd(requests, tokens_in, 0),
            ONE_PRICE: _usd(requests, tokens_in + tokens_out, 0),
            PER_THOUSAND: right * 1_000,
        },
    )


@judgement.finding("The money for the product pages", points=1, needs=["page_usd_per_month"])
def page_money(answers: TwoProposals, case: Any) -> Judgement:
    """Views times tokens at their prices."""
    return _judged_usd(
        answers.page_usd_per_month,
        VIEWS,
        PAGE_IN,
        PAGE_OUT,
        "Volume turns a price that nobody notices into a budget. The lines bring 7,200 dollars a month.",
    )


@judgement.finding("The verdict on the product pages", points=1, needs=["page_verdict"])
def page(answers: TwoProposals, case: Any) -> Judgement:
    """It works, and costs more than it brings."""
    return judge_choice(
        answers.page_verdict,
        "costly",
        why="Cost and value per unit belong on one line, before anybody argues about the total.",
        misconceptions={"feasible": SMALL_UNIT_PRICE, "will fail": DEAR_IS_IMPOSSIBLE},
    )


@judgement.finding("The sister that works, for the product pages", points=1, needs=["page_change"])
def page_sister(answers: TwoProposals, case: Any) -> Judgement:
    """Pay for each product once, not for each view."""
    return judge_choice(
        answers.page_change,
        "one text per product, made in advance",
        why="What is the same for many requests is made once. It can wait, so it can be had at the price of a batch.",
        misconceptions={
            "a larger model": MODEL_FOR_EVERYTHING,
            "lower the temperature": MODEL_FOR_EVERYTHING,
            "process in the EU": WRONG_SISTER,
        },
    )


@judgement.finding("The money for the calls", points=1, needs=["calls_usd_per_month"])
def calls_money(answers: TwoProposals, case: Any) -> Judgement:
    """Calls times tokens at their prices."""
    return _judged_usd(
        answers.calls_usd_per_month,
        CALLS,
        CALL_IN,
        CALL_OUT,
        "The notes are worth 30,000 dollars a month, so whatever decides here, it is not the money.",
    )


@judgement.finding("The verdict on the calls", points=1, needs=["calls_verdict"])
def calls(answers: TwoProposals, case: Any) -> Judgement:
    """Personal data would leave the EU."""
    return judge_choice(
        answers.calls_verdict,
        "will fail",
        why="Ask where the prompt is processed before anything is built: the answer does not depend on the code.",
        misconceptions={"feasible": CHEAP_SO_FEASIBLE, "costly": RULE_AS_COST},
    )


@judgement.finding("The sister that works, for the calls", points=1, needs=["calls_change"])
def calls_sister(answers: TwoProposals, case: Any) -> Judgement:
    """The same work, done where the data may be."""
    return judge_choice(
        answers.calls_change,
        "process in the EU",
        why="For another model of the list, gpt-5.4, a surcharge of a tenth is recorded for processing in the EU. "
        "Against the value of the notes that is nothing.",
        misconceptions={
            "tell the model to forget names": ASKED_TO_FORGET,
            "a larger model": MODEL_FOR_EVERYTHING,
            "lower the temperature": MODEL_FOR_EVERYTHING,
            "one text per product, made in advance": WRONG_SISTER,
        },
    )
