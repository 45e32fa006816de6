"""Checks of the exercise `component_sketch`: the parts of an AI feature, where its data lives, what breaks first.

Expected values are computed here from the learner's case. The formulas are the ones that the lessons of module 1
teach: a month has 30 days, a gigabyte has 10^9 bytes, times are typical times.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from archkit.blueprint import Blueprint
from archkit.blueprint.data_flow import outside_home_region
from archkit.blueprint.gaps import unreachable
from archkit.case import Case, Part
from archkit.case.proposals import Proposal
from autograde.answers import AnswerSheet, Flag, FunctionAnswer, Number, Text, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import close, judge_choice, judge_number, judge_set, quantity
from autograde.registry import Check

EXERCISE = "component_sketch"
SECONDS_PER_MONTH = 30 * 86_400
MINUTES_PER_MONTH = 30 * 1_440
PARTS = ("gateway", "embedder", "index", "model", "records", "history")


# --- Task 1: how many requests a second -----------------------------------------------------------------------------


class PeakLoad(AnswerSheet):
    """The load in requests a second."""

    average_requests_per_second: Number = answer("the month's average rate", unit="requests/s")
    peak_requests_per_second: Number = answer("the rate in the busiest second", unit="requests/s")


DAY_FOR_MONTH = Misconception(
    "day_for_month",
    "This spreads a month's requests over one day. A month has 30 days of 86,400 seconds.",
)
PER_MINUTE = Misconception("per_minute", "This is the rate per minute. Every limit in the case is per second.")
PER_HOUR = Misconception("per_hour", "This is the rate per hour. Every limit in the case is per second.")
AVERAGE_FOR_PEAK = Misconception(
    "average_for_peak",
    "This is the average again. Parts saturate in the busiest second, so the average must be raised by the case's "
    "peak-to-average ratio.",
)
PEAK_DIVIDED = Misconception(
    "peak_divided", "The ratio was divided by, not multiplied: a peak below the average cannot be a peak."
)

peak_load = Check(
    f"{EXERCISE}.peak_load",
    "Requests per second, average and peak",
    PeakLoad,
    (DAY_FOR_MONTH, PER_MINUTE, PER_HOUR, AVERAGE_FOR_PEAK, PEAK_DIVIDED),
)


def _average(case: Case) -> float:
    return case.traffic.requests_per_month / SECONDS_PER_MONTH


def _peak(case: Case) -> float:
    return _average(case) * case.traffic.peak_to_average


@peak_load.finding("The average rate", points=1, needs=["average_requests_per_second"])
def average_rate(answers: PeakLoad, case: Case) -> Judgement:
    """The month's requests over the month's seconds."""
    right = _average(case)
    return judge_number(
        answers.average_requests_per_second,
        right,
        unit="requests/s",
        why="Volume is quoted per month, and machines are sized per second. Most sizing mistakes begin in between.",
        misconceptions={DAY_FOR_MONTH: right * 30, PER_MINUTE: right * 60, PER_HOUR: right * 3600},
    )


@peak_load.finding("The peak rate", points=1, needs=["peak_requests_per_second"])
def peak_rate(answers: PeakLoad, case: Case) -> Judgement:
    """The average raised by the peak-to-average ratio."""
    right = _peak(case)
    return judge_number(
        answers.peak_requests_per_second,
        right,
        unit="requests/s",
        why="A system that carries the average fails every day at the busiest hour, which is when people need it.",
        misconceptions={
            AVERAGE_FOR_PEAK: _average(case),
            PEAK_DIVIDED: _average(case) / case.traffic.peak_to_average,
            DAY_FOR_MONTH: right * 30,
            PER_MINUTE: right * 60,
        },
    )


# --- Task 2: tokens and money -----------------------------------------------------------------------------------------


class TokenCost(AnswerSheet):
    """What the model reads and writes, and what that costs."""

    input_tokens_per_request: Number = answer("what one request sends to the model", unit="tokens")
    monthly_cost_usd: Number = answer("the model's bill for a month", unit="US dollars")
    fits_budget: Flag = answer("True or False: whether the bill fits the case's budget")


QUESTION_ONLY = Misconception(
    "question_only",
    "This counts the question alone. The instructions and every passage are sent, and paid for, with each request.",
)
ONE_PASSAGE = Misconception("one_passage", "This counts one passage. The case puts several into each prompt.")
NO_INSTRUCTIONS = Misconception(
    "no_instructions", "The instructions are missing. They are sent with every request, not once."
)
ANSWER_AS_INPUT = Misconception(
    "answer_as_input", "This counts the answer among the input. It is output, which has a price of its own."
)
INPUT_ONLY = Misconception(
    "input_only", "This bill has no output tokens. They are fewer than the input's, and several times as dear each."
)
OUTPUT_AT_INPUT_PRICE = Misconception(
    "output_at_input_price", "The answer's tokens are priced like input here. The price sheet has two prices."
)
PER_THOUSAND = Misconception("per_thousand", "The prices are per million tokens; this reads them as per thousand.")
ONE_DAY = Misconception("one_day", "This is the bill of one day of thirty.")
PASSAGES_FORGOTTEN = Misconception(
    "passages_forgotten",
    "The retrieved passages are missing from the bill. They are the largest part of the prompt.",
)
COMPARED_WRONG_WAY = Misconception(
    "compared_wrong_way", "Your own bill and the case's budget say the opposite of what you answered."
)

token_cost = Check(
    f"{EXERCISE}.token_cost",
    "Tokens in a request, and the month's bill",
    TokenCost,
    (
        QUESTION_ONLY,
        ONE_PASSAGE,
        NO_INSTRUCTIONS,
        ANSWER_AS_INPUT,
        INPUT_ONLY,
        OUTPUT_AT_INPUT_PRICE,
        PER_THOUSAND,
        ONE_DAY,
        PASSAGES_FORGOTTEN,
        COMPARED_WRONG_WAY,
    ),
)


def _input_tokens(case: Case) -> int:
    tokens = case.tokens
    return tokens.instructions + tokens.question + tokens.passages * tokens.tokens_per_passage


def _bill(case: Case, input_tokens: float, output_tokens: float, output_price: float | None = None) -> float:
    price = case.price
    per_output = price.output_usd_per_million if output_price is None else output_price
    per_request = input_tokens * price.input_usd_per_million + output_tokens * per_output
    return case.traffic.requests_per_month * per_request / 1e6


@token_cost.finding("Tokens that one request sends", points=1, needs=["input_tokens_per_request"])
def input_tokens(answers: TokenCost, case: Case) -> Judgement:
    """Instructions, question and all passages."""
    tokens, right = case.tokens, _input_tokens(case)
    return judge_number(
        answers.input_tokens_per_request,
        right,
        unit="tokens",
        within=0.005,
        why="The prompt that a user types is a small part of the prompt that is paid for.",
        misconceptions={
            QUESTION_ONLY: tokens.question,
            ONE_PASSAGE: right - (tokens.passages - 1) * tokens.tokens_per_passage,
            NO_INSTRUCTIONS: right - tokens.instructions,
            PASSAGES_FORGOTTEN: tokens.instructions + tokens.question,
            ANSWER_AS_INPUT: right + tokens.answer,
        },
    )


@token_cost.finding("The month's bill", points=2, needs=["monthly_cost_usd"])
def monthly_bill(answers: TokenCost, case: Case) -> Judgement:
    """Requests times input and output tokens at their prices."""
    tokens, sent = case.tokens, _input_tokens(case)
    right = _bill(case, sent, tokens.answer)
    return judge_number(
        answers.monthly_cost_usd,
        right,
        unit="US dollars a month",
        why="This is the number that the budget, the cache and the choice of model are argued with later.",
        misconceptions={
            INPUT_ONLY: _bill(case, sent, 0),
            OUTPUT_AT_INPUT_PRICE: _bill(case, sent, tokens.answer, case.price.input_usd_per_million),
            PER_THOUSAND: right * 1_000,
            ONE_DAY: right / 30,
            PASSAGES_FORGOTTEN: _bill(case, tokens.instructions + tokens.question, tokens.answer),
            QUESTION_ONLY: _bill(case, tokens.question, tokens.answer),
        },
        partial_credit=0.5,
        partly_right=(OUTPUT_AT_INPUT_PRICE, INPUT_ONLY),
    )


@token_cost.finding("Whether it fits the budget", points=1, needs=["monthly_cost_usd", "fits_budget"])
def fits(answers: TokenCost, case: Case) -> Judgement:
    """The comparison counts only with the right bill; a guess has an even chance."""
    right = _bill(case, _input_tokens(case), case.tokens.answer)
    says = "fits" if answers.fits_budget else "does not fit"
    truth = "fits" if right <= case.budget_usd_per_month else "does not fit"
    expected = f"{quantity(right, 'US dollars')} {truth} {case.budget_usd_per_month:,} US dollars"
    why = "A design that breaks its budget is not a design yet: say so before it is built."
    if answers.fits_budget != (answers.monthly_cost_usd <= case.budget_usd_per_month):
        return Judgement(0, says, expected, "", why, COMPARED_WRONG_WAY)
    if not close(answers.monthly_cost_usd, right):
        return Judgement(0, says, expected, "it follows from your bill, and the bill is off", why)
    return Judgement(1, says, expected, why=why)


# --- Task 3: storage --------------------------------------------------------------------------------------------------


class Storage(AnswerSheet):
    """The size of the vector index."""

    chunks: Number = answer("how many chunks the documents are cut into", unit="chunks")
    index_gigabytes: Number = answer("the vectors of all copies of the index", unit="GB (10^9 bytes)")


VECTOR_PER_DOCUMENT = Misconception(
    "vector_per_document", "This has one vector for each document. Each chunk has its own."
)
OVERLAP_IGNORED = Misconception(
    "overlap_ignored",
    "This cuts without overlap. Each chunk repeats the end of the one before, so it moves on by less than its length.",
)
PARTS_OF_CHUNKS = Misconception(
    "parts_of_chunks",
    "This counts fractions of chunks. A document ends where it ends: its last chunk is a whole one, if a short one.",
)
COPIES_FORGOTTEN = Misconception("copies_forgotten", "This is one copy. The case keeps several for availability.")
ONE_BYTE = Misconception("one_byte", "This counts one byte for each number of a vector. The case stores 4.")
MEGABYTES = Misconception("megabytes", "This is in megabytes.")
GIBIBYTES = Misconception("gibibytes", "This is in GiB (2^30 bytes). The task asks for GB (10^9 bytes).")
BITS = Misconception("bits", "This counts bits. Eight of them are one byte.")

storage = Check(
    f"{EXERCISE}.storage",
    "Chunks, and the size of the vector index",
    Storage,
    (VECTOR_PER_DOCUMENT, OVERLAP_IGNORED, PARTS_OF_CHUNKS, COPIES_FORGOTTEN, ONE_BYTE, MEGABYTES, GIBIBYTES, BITS),
)


def _chunks(case: Case, overlap: int | None = None) -> int:
    corpus = case.corpus
    repeated = corpus.overlap_tokens if overlap is None else overlap
    step = corpus.chunk_tokens - repeated
    return corpus.documents * max(math.ceil((corpus.tokens_per_document - repeated) / step), 1)


def _parts_of_chunks(case: Case) -> float:
    corpus = case.corpus
    step = corpus.chunk_tokens - corpus.overlap_tokens
    return corpus.documents * (corpus.tokens_per_document - corpus.overlap_tokens) / step


def _gigabytes(case: Case, chunks: float) -> float:
    corpus = case.corpus
    return chunks * corpus.dimensions * corpus.bytes_per_number * corpus.copies / 1e9


@storage.finding("The number of chunks", points=1, needs=["chunks"])
def number_of_chunks(answers: Storage, case: Case) -> Judgement:
    """Each further chunk moves on by its length less the overlap."""
    corpus, right = case.corpus, _chunks(case)
    return judge_number(
        answers.chunks,
        right,
        unit="chunks",
        within=0.01,
        why="Chunks, not documents, are what is embedded, stored, searched and paid for.",
        misconceptions={
            VECTOR_PER_DOCUMENT: corpus.documents,
            OVERLAP_IGNORED: _chunks(case, overlap=0),
            PARTS_OF_CHUNKS: _parts_of_chunks(case),
            COPIES_FORGOTTEN: right * corpus.copies,
        },
        partial_credit=0.5,
        partly_right=(PARTS_OF_CHUNKS,),
    )


@storage.finding("The size of the index", points=2, needs=["index_gigabytes"])
def size_of_index(answers: Storage, case: Case) -> Judgement:
    """Chunks times dimensions times bytes times copies."""
    corpus, right = case.corpus, _gigabytes(case, _chunks(case))
    return judge_number(
        answers.index_gigabytes,
        right,
        unit="GB",
        within=0.01,
        why="The index is held in memory to be fast. Its size decides which machine it needs.",
        misconceptions={
            COPIES_FORGOTTEN: right / corpus.copies,
            VECTOR_PER_DOCUMENT: _gigabytes(case, corpus.documents),
            OVERLAP_IGNORED: _gigabytes(case, _chunks(case, overlap=0)),
            PARTS_OF_CHUNKS: _gigabytes(case, _parts_of_chunks(case)),
            ONE_BYTE: right / corpus.bytes_per_number,
            BITS: right * 8,
            MEGABYTES: right * 1_000,
            GIBIBYTES: right * 1e9 / 2**30,
        },
        partial_credit=0.5,
        partly_right=(COPIES_FORGOTTEN, GIBIBYTES, OVERLAP_IGNORED, PARTS_OF_CHUNKS),
    )


# --- Task 4: the components -------------------------------------------------------------------------------------------


class Sketch(AnswerSheet):
    """The drawing."""

    sketch: Blueprint = answer("your drawing, a Blueprint")


PART_LEFT_OUT = Misconception(
    "part_left_out", "A part that was measured is not in the drawing. What is not drawn is not planned for."
)
STORE_AS_COMPONENT = Misconception(
    "store_as_component",
    "The index, the records and the conversations are places where data lives. Draw them as stores, or nobody will "
    "ask who owns what is in them.",
)
CLIENT_CALLS_MODEL = Misconception(
    "client_calls_model",
    "The user's side calls the model directly. The key would be in everybody's hands, and nothing could check, "
    "limit or record what is sent.",
)
MODEL_READS_STORES = Misconception(
    "model_reads_stores",
    "The model is drawn as reading a store. A model reads only its prompt; a service searches and fills it.",
)
ARROW_IS_DATA_FLOW = Misconception(
    "arrow_is_data_flow",
    "An arrow leaves a store, as if data flowed out of it by itself. An interface says who calls whom: a store is "
    "called, it does not call.",
)
QUESTION_NOT_EMBEDDED = Misconception(
    "question_not_embedded",
    "The index is searched by somebody who never reaches the embedding service. A vector index needs the question as "
    "a vector.",
)
ISLAND = Misconception(
    "island",
    "A part is drawn that no request and no job ever reaches. Connect it, or take it out; what starts by itself, such "
    "as an indexing pipeline, is a job.",
)

components = Check(
    f"{EXERCISE}.components",
    "The components and who calls whom",
    Sketch,
    (
        PART_LEFT_OUT,
        STORE_AS_COMPONENT,
        CLIENT_CALLS_MODEL,
        MODEL_READS_STORES,
        ARROW_IS_DATA_FLOW,
        QUESTION_NOT_EMBEDDED,
        ISLAND,
    ),
)

USERS_SIDE = {"user", "client"}
KINDS = {"gateway": "gateway", "embedder": "embedder", "model": "model"}
STORES = {"index": "vector", "records": None, "history": None}
BUILD_PROMPTS = {"service", "agent", "retriever", "job"}


def _reached_from(sketch: Blueprint, start: str, *, avoiding: Collection[str] = ()) -> set[str]:
    reached, open_ = {start}, [start]
    while open_:
        for call in sketch.calls_of(open_.pop()):
            if call.target not in reached and call.target not in avoiding:
                reached.add(call.target)
                open_.append(call.target)
    return reached


def _prompt_is_built(sketch: Blueprint) -> bool:
    """Whether something that can build a prompt stands between the gateway and the model."""
    builders = {node.id for node in sketch.nodes if node.kind in BUILD_PROMPTS}
    if "model" not in _reached_from(sketch, "gateway", avoiding=builders):
        return True
    # One gateway may serve both ways: people's requests in, the service's calls to the model out.
    return any(c.source in builders & _reached_from(sketch, "gateway") for c in sketch.calls_to("gateway"))


def _kind(sketch: Blueprint, node: str) -> str | None:
    return next((n.kind for n in sketch.nodes if n.id == node), None)


@components.finding("Every measured part is drawn", points=1)
def all_parts(answers: Sketch, case: Case) -> Judgement:
    """The case's six parts stand in the drawing under their ids."""
    ids = {node.id for node in answers.sketch.nodes}
    drawn = sorted(ids & set(PARTS))
    judged = judge_set(drawn, PARTS, what="parts", why="A part that is missing here has no owner and no limit later.")
    if judged.credit == 1:
        return judged
    return Judgement(judged.credit, judged.seen, judged.expected, judged.gap, judged.why, PART_LEFT_OUT)


@components.finding("Each part is of its kind", points=1)
def right_kinds(answers: Sketch, case: Case) -> Judgement:
    """Stores are stores; the gateway, the embedder and the model are components of their kinds."""
    sketch = answers.sketch
    stores = {store.id: store for store in sketch.stores}
    wrong = [i for i, kind in KINDS.items() if _kind(sketch, i) != kind]
    not_stores = [i for i in STORES if i not in stores]
    wrong_store = [i for i, kind in STORES.items() if i in stores and kind and stores[i].kind != kind]
    faults = [*wrong, *not_stores, *wrong_store]
    drawn_as_component = [i for i in not_stores if _kind(sketch, i) is not None]
    seen = ", ".join(f"{i}: {_kind(sketch, i) or 'not drawn'}" for i in (*KINDS, *STORES))
    return Judgement(
        max(0.0, 1 - len(faults) / 3) if faults else 1.0,
        seen,
        "gateway, embedder and model components; a vector store `index`, stores `records` and `history`",
        f"look at {', '.join(faults)}" if faults else "",
        "The kind decides which questions are asked: a store has an owner and a retention, a service has replicas.",
        STORE_AS_COMPONENT if drawn_as_component else None,
    )


@components.finding("A question reaches the model through the gateway", points=1)
def path_to_model(answers: Sketch, case: Case) -> Judgement:
    """Every way from the user to the model passes the gateway, and a service, not the user's side, calls it."""
    sketch = answers.sketch
    why = "The gateway is where people are recognised, limited and billed; a way around it is a hole."
    expected = "user → gateway → a service → model, and no way around the gateway"
    callers = {call.source for call in sketch.calls_to("model")}
    seen = f"the model is called by {', '.join(sorted(callers)) or 'nobody'}"
    if any(_kind(sketch, caller) in USERS_SIDE for caller in callers):
        return Judgement(0, seen, expected, "", why, CLIENT_CALLS_MODEL)
    if "model" not in _reached_from(sketch, sketch.entry):
        return Judgement(0, seen, expected, "no request gets from the entry to the model", why)
    if _kind(sketch, sketch.entry) not in USERS_SIDE:
        return Judgement(0.5, seen, expected, "the entry is not a user or a client", why)
    if "model" in _reached_from(sketch, sketch.entry, avoiding=["gateway"]):
        return Judgement(0.5, seen, expected, "there is a way around the gateway", why)
    if not _prompt_is_built(sketch):
        if all(_kind(sketch, caller) == "gateway" for caller in callers):
            gap = "the gateway itself builds the prompt; a service of its own should"
            return Judgement(0.5, seen, expected, gap, why)
        return Judgement(0, seen, expected, "no service or agent stands there that could build the prompt", why)
    return Judgement(1, seen, expected, why=why)


@components.finding("The question is searched as a vector", points=1)
def searched_as_vector(answers: Sketch, case: Case) -> Judgement:
    """Whoever searches the index has the embedding service behind it, and the model searches nothing."""
    sketch = answers.sketch
    why = "Retrieval is a step of your own that you can measure and mend; it does not happen inside the model."
    expected = "a service or retriever that calls the embedder and searches the index; the model calls no store"
    searchers = {call.source for call in sketch.calls_to("index")}
    seen = f"the index is searched by {', '.join(sorted(searchers)) or 'nobody'}"
    stores = {store.id for store in sketch.stores} | set(STORES)
    if any(call.target in stores for call in sketch.calls_of("model")):
        return Judgement(0, seen, expected, "", why, MODEL_READS_STORES)
    on_requests = _reached_from(sketch, sketch.entry)
    searching = {s for s in searchers & on_requests if _kind(sketch, s) not in USERS_SIDE | {"model", "job"}}
    if not any(_kind(sketch, call.source) in BUILD_PROMPTS for call in sketch.calls_to("embedder")):
        searching -= {"embedder"}  # it hands its passages to nobody who could use them
    if not searching:
        return Judgement(0, seen, expected, "no request leads to a search of the index", why)
    with_vector = {s for s in searching if "embedder" in _reached_from(sketch, s) or s == "embedder"}
    # A service may embed the question and hand the vector on to a retriever that only searches.
    handed_on = {
        s
        for s in searching
        for call in sketch.calls_to(s)
        if any(other.target == "embedder" for other in sketch.calls_of(call.source))
    }
    if not with_vector | handed_on:
        return Judgement(0, seen, expected, "", why, QUESTION_NOT_EMBEDDED)
    return Judgement(1, seen, expected, why=why)


@components.finding("Arrows are calls, and reach every part", points=1)
def arrows(answers: Sketch, case: Case) -> Judgement:
    """No store calls anybody, and everything is reached by a request or a job."""
    sketch = answers.sketch
    why = "Who waits for whom is what decides latency and failure. An arrow of another meaning hides it."
    expected = "calls only, none of them made by a store, and no part without a caller"
    calling = sorted({call.source for call in sketch.interfaces} & {store.id for store in sketch.stores})
    if calling:
        return Judgement(0, f"calls made by {', '.join(calling)}", expected, "", why, ARROW_IS_DATA_FLOW)
    if len(sketch.interfaces) < len(PARTS):
        return Judgement(0, f"{len(sketch.interfaces)} calls", expected, "some parts have no caller", why, ISLAND)
    alone = [node for node in unreachable(sketch) if _kind(sketch, node) != "human"]
    if alone:
        return Judgement(0, f"nothing reaches {', '.join(alone)}", expected, "", why, ISLAND)
    return Judgement(1, f"{len(sketch.interfaces)} calls", expected, why=why)


# --- Task 5: where data lives -----------------------------------------------------------------------------------------

INDEX_AS_SOURCE = Misconception(
    "index_as_source",
    "The vector index is drawn as the source of truth. It is derived: it can be rebuilt from the documents, never the "
    "other way round. Draw the store that the documents live in.",
)
NO_HOME = Misconception("no_home", "A kind of data has no store that is its source of truth.")
TWO_TRUTHS = Misconception(
    "two_truths", "A kind of data has two sources of truth. On the day they disagree, nobody knows which one is right."
)
LABELS_WRONG = Misconception(
    "labels_wrong",
    "A kind of data is labelled as less delicate than the case says, so no boundary question will ever be asked of it.",
)
REGION_FORGOTTEN = Misconception(
    "region_forgotten", "The case says which region some data must stay in; the drawing does not (home_region)."
)
NOBODY_OWNS = Misconception("nobody_owns", "A store has no owner. When its data is wrong, nobody is asked.")
KEPT_FOR_EVER = Misconception(
    "kept_for_ever", "A store with personal data has no retention. “For ever” is a decision, and rarely a lawful one."
)
NEVER_CALLED = Misconception(
    "never_called",
    "A store is labelled as the home of some data, and nothing reads or writes it. Data lives where calls bring it.",
)
PROMPT_FROM_NOWHERE = Misconception(
    "prompt_from_nowhere",
    "The call to the model is labelled with data that its caller cannot have: no calls connect it with the user and "
    "with a store that holds the documents.",
)
PROMPT_UNLABELLED = Misconception(
    "prompt_unlabelled",
    "The call to the model is not labelled with what the prompt holds: the question (conversations) and the passages.",
)
VENDOR_AS_OWN = Misconception(
    "vendor_as_own",
    "The managed model is drawn inside your own zone. It runs at a vendor: what the prompt holds leaves your house.",
)
LEAVES_REGION = Misconception(
    "leaves_region", "Data that must stay in its region is kept in, or sent to, a zone in another region."
)

data_homes = Check(
    f"{EXERCISE}.data_homes",
    "Where each kind of data lives, and which boundary it crosses",
    Sketch,
    (
        INDEX_AS_SOURCE,
        NO_HOME,
        TWO_TRUTHS,
        LABELS_WRONG,
        REGION_FORGOTTEN,
        NOBODY_OWNS,
        KEPT_FOR_EVER,
        NEVER_CALLED,
        PROMPT_FROM_NOWHERE,
        PROMPT_UNLABELLED,
        VENDOR_AS_OWN,
        LEAVES_REGION,
    ),
)


DELICACY = {"public": 0, "internal": 1, "personal": 2, "special_category": 3, "payment": 3, "secret": 3}


def _delicate(case: Case) -> set[str]:
    return {row.name for row in case.data if row.sensitivity not in {"public", "internal"}}


def _prompt_has_sources(sketch: Blueprint, documents: str) -> bool:
    """Whether calls, in either direction, connect who calls the model with the user and with a store of documents."""
    beside: dict[str, set[str]] = {}
    for call in sketch.interfaces:
        if "model" not in (call.source, call.target):
            beside.setdefault(call.source, set()).add(call.target)
            beside.setdefault(call.target, set()).add(call.source)
    open_ = [call.source for call in sketch.calls_to("model")]
    reached = set(open_)
    while open_:
        found = beside.get(open_.pop(), set()) - reached
        reached |= found
        open_.extend(found)
    return sketch.entry in reached and any(store.id in reached and documents in store.holds for store in sketch.stores)


@data_homes.finding("One source of truth for each kind of data", points=1)
def sources_of_truth(answers: Sketch, case: Case) -> Judgement:
    """Each kind of the case's data has exactly one store that is right, and the index is none."""
    sketch = answers.sketch
    why = "When two copies disagree, and they will, the drawing must already say which one is right."
    truths = {row.name: [s.id for s in sketch.stores if s.source_of_truth and row.name in s.holds] for row in case.data}
    seen = "; ".join(f"{name}: {', '.join(stores) or 'none'}" for name, stores in truths.items())
    expected = "exactly one store for each of " + ", ".join(truths) + ", none of them the index"
    if any(s.source_of_truth and s.kind == "vector" for s in sketch.stores):
        return Judgement(0, seen, expected, "", why, INDEX_AS_SOURCE)
    if any(len(stores) > 1 for stores in truths.values()):
        return Judgement(0, seen, expected, "", why, TWO_TRUTHS)
    homeless = [name for name, stores in truths.items() if not stores]
    if homeless:
        credit = 0 if len(homeless) > 1 else 0.5
        return Judgement(credit, seen, expected, f"no home for {', '.join(homeless)}", why, NO_HOME)
    uncalled = [store for stores in truths.values() for store in stores if not sketch.calls_to(store)]
    if uncalled:
        credit = 0 if len(uncalled) > 1 else 0.5
        return Judgement(credit, seen, expected, f"nothing calls {', '.join(uncalled)}", why, NEVER_CALLED)
    return Judgement(1, seen, expected, why=why)


@data_homes.finding("The data is labelled as the case says", points=1)
def labels(answers: Sketch, case: Case) -> Judgement:
    """Sensitivity and home region agree with the case."""
    declared = {d.name: d for d in answers.sketch.data_classes}
    why = "Every later question about boundaries, retention and law is asked of these labels."
    seen = ", ".join(f"{d.name}: {d.sensitivity}, {d.home_region or 'anywhere'}" for d in declared.values())
    expected = ", ".join(f"{r.name}: {r.sensitivity}, {r.must_stay_in or 'anywhere'}" for r in case.data)
    missing = [row.name for row in case.data if row.name not in declared]
    if missing:
        return Judgement(0, seen or "no data classes", expected, f"not declared: {', '.join(missing)}", why)
    if any(DELICACY[declared[r.name].sensitivity] < DELICACY[r.sensitivity] for r in case.data):
        return Judgement(0, seen, expected, "", why, LABELS_WRONG)
    if any(declared[r.name].sensitivity != r.sensitivity for r in case.data):
        return Judgement(0, seen, expected, "some data is labelled otherwise than the case says", why)
    if any(r.must_stay_in and declared[r.name].home_region is None for r in case.data):
        return Judgement(0.5, seen, expected, "", why, REGION_FORGOTTEN)
    if any(declared[r.name].home_region != r.must_stay_in for r in case.data):
        return Judgement(0.5, seen, expected, "a home region differs from the case's", why)
    return Judgement(1, seen, expected, why=why)


@data_homes.finding("Every store has an owner, and personal data an end", points=1)
def owners(answers: Sketch, case: Case) -> Judgement:
    """Stores are owned; stores with personal data have a retention."""
    stores = answers.sketch.stores
    why = "A store without an owner is where stale articles and old conversations gather."
    expected = "an owner for every store, and retention_days where personal data is held"
    if len(stores) < len(STORES):
        return Judgement(0, f"{len(stores)} stores", expected, "too few stores to judge", why)
    ownerless = [s.id for s in stores if not s.owner]
    if ownerless:
        return Judgement(0, f"no owner: {', '.join(ownerless)}", expected, "", why, NOBODY_OWNS)
    delicate = _delicate(case)
    endless = [s.id for s in stores if s.retention_days is None and delicate & set(s.holds)]
    if endless:
        return Judgement(0.5, f"no retention: {', '.join(endless)}", expected, "", why, KEPT_FOR_EVER)
    if not any(delicate & set(s.holds) for s in stores):
        return Judgement(0, "no store holds the case's personal data", expected, "", why, NO_HOME)
    return Judgement(1, "owners and retention given", expected, why=why)


@data_homes.finding("What crosses to the vendor is said, and may cross", points=2)
def boundary(answers: Sketch, case: Case) -> Judgement:
    """The prompt's data is labelled, the model stands at a vendor, and no data leaves its region."""
    sketch = answers.sketch
    why = "This is the first thing that a privacy officer, a regulator or an attacker looks at."
    expected = "the model in a vendor's zone; its call carries conversations and passages; nothing leaves its region"
    model = next((c for c in sketch.components if c.id == "model"), None)
    if model is None:
        return Judgement(0, "no component `model`", expected, "", why, PART_LEFT_OUT)
    zone = sketch.zone(model.zone)
    seen = f"the model is in zone {zone.id} ({zone.operator}, {zone.region})"
    if zone.operator != "vendor":
        return Judgement(0, seen, expected, "", why, VENDOR_AS_OWN)
    prompt = {name for call in sketch.calls_to("model") for name in call.carries}
    if not {"conversations", case.data[0].name} <= prompt:
        labelled = f"{seen}; its call carries {', '.join(sorted(prompt)) or 'nothing'}"
        return Judgement(0.25, labelled, expected, "", why, PROMPT_UNLABELLED)
    if not _prompt_has_sources(sketch, case.data[0].name):
        return Judgement(0.25, seen, expected, "", why, PROMPT_FROM_NOWHERE)
    # The case's own regions count, so that a label left out does not make a crossing lawful.
    regions = {row.name: row.must_stay_in for row in case.data}
    relabelled = sketch.changed(
        data_classes=tuple(
            d.changed(home_region=regions[d.name]) if d.name in regions else d for d in sketch.data_classes
        )
    )
    # People may be anywhere; what counts is where the system keeps and sends their data.
    stray = [s for s in outside_home_region(relabelled) if _kind(sketch, s.node) not in USERS_SIDE | {"human"}]
    if stray:
        where = "; ".join(f"{s.data} at {s.node}, in {s.region}" for s in stray[:3])
        return Judgement(0.25, f"{seen}; {where}", expected, "", why, LEAVES_REGION)
    return Judgement(1, seen, expected, why=why)


# --- Task 6: what an answer depends on --------------------------------------------------------------------------------


class Dependencies(AnswerSheet):
    """What must be up for a question about the documents to be answered."""

    needed_for_answer: list[Text] = answer("a list of part ids, such as ['gateway', ...]")
    downtime_minutes_per_month: Number = answer("time without answers in a 30-day month", unit="minutes")


RECORDS_NEEDED = Misconception(
    "records_needed", "The records are needed only by questions about the asker's own records, not by this one."
)
HISTORY_NEEDED = Misconception(
    "history_needed", "The conversation is written after the answer has been sent; the answer does not wait for it."
)
EVERYTHING_NEEDED = Misconception(
    "everything_needed", "This takes every part. Look at what a question about the documents really waits for."
)
EMBEDDER_FORGOTTEN = Misconception(
    "embedder_forgotten", "Without the embedding service the question has no vector, and nothing can be found."
)
WEAKEST_ONLY = Misconception(
    "weakest_only",
    "This is the downtime of the worst part alone. The parts fail at different times, so their downtimes add up.",
)
AVERAGED = Misconception(
    "averaged", "This is the average of the parts. Parts in series do not average: all must be up."
)

dependencies = Check(
    f"{EXERCISE}.dependencies",
    "What an answer depends on, and how long it is gone",
    Dependencies,
    (RECORDS_NEEDED, HISTORY_NEEDED, EVERYTHING_NEEDED, EMBEDDER_FORGOTTEN, WEAKEST_ONLY, AVERAGED),
)


def _needed(case: Case) -> list[Part]:
    return [part for part in case.parts if part.when == "every request"]


def _downtime(parts: Sequence[Part]) -> float:
    return MINUTES_PER_MONTH * (1 - math.prod(part.availability for part in parts))


@dependencies.finding("The parts that it needs", points=1, needs=["needed_for_answer"])
def needed_parts(answers: Dependencies, case: Case) -> Judgement:
    """The parts that every request needs before it is answered."""
    right = {part.id for part in _needed(case)}
    return judge_set(
        answers.needed_for_answer,
        right,
        what="parts",
        why="The list of what an answer waits for is the list of what can take it down.",
        misconceptions={
            EVERYTHING_NEEDED: PARTS,
            RECORDS_NEEDED: right | {"records"},
            HISTORY_NEEDED: right | {"history"},
            EMBEDDER_FORGOTTEN: right - {"embedder"},
        },
    )


@dependencies.finding("The minutes without answers", points=2, needs=["downtime_minutes_per_month"])
def minutes_without(answers: Dependencies, case: Case) -> Judgement:
    """The parts in series: their availabilities multiply."""
    needed = _needed(case)
    right = _downtime(needed)
    averaged = MINUTES_PER_MONTH * (1 - sum(p.availability for p in needed) / len(needed))
    return judge_number(
        answers.downtime_minutes_per_month,
        right,
        unit="minutes a month",
        why="Four good parts in a row make one mediocre service. This is why fallbacks are designed, not added.",
        misconceptions={
            WEAKEST_ONLY: max(_downtime([part]) for part in needed),
            AVERAGED: averaged,
            EVERYTHING_NEEDED: _downtime(case.parts),
            RECORDS_NEEDED: _downtime([*needed, case.part("records")]),
            HISTORY_NEEDED: _downtime([*needed, case.part("history")]),
            EMBEDDER_FORGOTTEN: _downtime([part for part in needed if part.id != "embedder"]),
        },
    )


# --- Task 7: headroom -------------------------------------------------------------------------------------------------


class Headroom(AnswerSheet):
    """How full each part is at a given load."""

    utilisation: FunctionAnswer = answer("a function utilisation(requests_per_second) that returns {part id: share}")


USES_IGNORED = Misconception(
    "uses_ignored", "One request uses some parts several times (uses_per_request). Those parts fill up faster."
)
REPLICAS_IGNORED = Misconception("replicas_ignored", "The limits are of one replica; some parts have several.")
MINUTE_AS_SECOND = Misconception(
    "minute_as_second", "The model's quota is per minute. Divide it by 60 before you compare it with a rate per second."
)
HOLD_IGNORED = Misconception(
    "hold_ignored",
    "A pool's limit is in connections, not queries. By Little's law a pool of c connections, each held for t seconds, "
    "serves c / t queries a second.",
)
SHARE_IGNORED = Misconception(
    "share_ignored", "Only the case's record_share of the requests reaches the records, not all of them."
)
PERCENT = Misconception("percent", "These are percentages. A part that is just full has the utilisation 1.0.")
UPSIDE_DOWN = Misconception(
    "upside_down",
    "This is capacity divided by load. Utilisation is load divided by capacity: 0 when idle, 1 when full.",
)
LOAD_IGNORED = Misconception(
    "load_ignored", "The function gives the same for every load: it does not use its argument."
)

headroom = Check(
    f"{EXERCISE}.headroom",
    "How full each part is, as a function of load",
    Headroom,
    (
        USES_IGNORED,
        REPLICAS_IGNORED,
        MINUTE_AS_SECOND,
        HOLD_IGNORED,
        SHARE_IGNORED,
        PERCENT,
        UPSIDE_DOWN,
        LOAD_IGNORED,
    ),
    held_back_points=1,
    held_back_about="loads you have not seen",
)


def uses_per_second(part: Part, *, replicas: bool = True, per_minute: bool = True, hold: bool = True) -> float:
    """Uses that a part sustains each second. The flags leave a step out, as a misconception would."""
    limit = part.limit * (part.replicas if replicas else 1)
    if part.unit == "tokens/min" and per_minute:
        limit /= 60
    if part.hold_ms and hold:
        limit /= part.hold_ms / 1000
    return limit


def utilisations(
    case: Case, rate: float, *, uses: bool = True, share: bool = True, **left_out: bool
) -> dict[str, float]:
    """Utilisation of each part at a rate of requests per second. The flags leave a step out."""
    return {
        part.id: rate
        * (part.uses_per_request if uses else 1)
        * (case.record_share if share and part.when == "record questions" else 1)
        / uses_per_second(part, **left_out)
        for part in case.parts
    }


def utilisation_variants(case: Case, rate: float) -> dict[Misconception, dict[str, float]]:
    """What each misconception would return at this rate."""
    right = utilisations(case, rate)
    return {
        USES_IGNORED: utilisations(case, rate, uses=False),
        REPLICAS_IGNORED: utilisations(case, rate, replicas=False),
        MINUTE_AS_SECOND: utilisations(case, rate, per_minute=False),
        HOLD_IGNORED: utilisations(case, rate, hold=False),
        SHARE_IGNORED: utilisations(case, rate, share=False),
        PERCENT: {part: 100 * value for part, value in right.items()},
        UPSIDE_DOWN: {part: 1 / value if value else math.inf for part, value in right.items()},
    }


def judge_utilisation(function: FunctionAnswer, case: Case, rates: Sequence[float]) -> Judgement:
    """Call the function at each rate and judge all parts at all of them."""
    why = "The part with the highest utilisation is the one that the next customer will find full."
    expected = ", ".join(f"{p}: {v:.0%}" for p, v in utilisations(case, rates[0]).items())
    expected = f"at {quantity(rates[0], 'requests/s')} {expected}"
    returned = [_shares(function, rate) for rate in rates]
    right = [utilisations(case, rate) for rate in rates]
    good = [part for part in PARTS if all(_same_share(g[part], r[part]) for g, r in zip(returned, right, strict=True))]
    shown = ", ".join(f"{part}: {returned[0][part]:.3g}" for part in PARTS)
    seen = f"at {quantity(rates[0], 'requests/s')} {shown}"
    if len(good) == len(PARTS):
        return Judgement(1, seen, expected, why=why)
    wrong = [part for part in PARTS if part not in good]
    gap = f"{len(wrong)} of {len(PARTS)} parts are off: {', '.join(wrong)}"
    named = None
    if len(rates) > 1 and all(r == returned[0] for r in returned):
        named = LOAD_IGNORED
    else:
        variants = [utilisation_variants(case, rate) for rate in rates]
        for misconception in variants[0]:
            # Part of the answer may already be right; what is wrong must be wrong in this way.
            if all(
                _same_share(g[part], v[misconception][part])
                for part in wrong
                for g, v in zip(returned, variants, strict=True)
            ):
                named = misconception
                break
    credit = 0.0 if named in {PERCENT, UPSIDE_DOWN, LOAD_IGNORED} else len(good) / len(PARTS) * 0.75
    return Judgement(round(credit, 3), seen, expected, gap, why, named)


def _same_share(seen: float, expected: float) -> bool:
    """Whether two utilisations agree; a share may be rounded to a tenth of a percent."""
    return close(seen, expected) or abs(seen - expected) <= 0.0005 + 1e-12


def _shares(function: FunctionAnswer, rate: float) -> dict[str, float]:
    returned = function(rate)
    wanted = f"`{function.name}` must return a dictionary with a number for each of {', '.join(PARTS)}"
    if not isinstance(returned, dict):
        raise function.unusable(f"{wanted}; it returned {type(returned).__name__}.")
    shares, missing = {}, []
    for part in PARTS:
        value = returned.get(part)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e15:
            shares[part] = float(value)
        else:
            missing.append(part)
    if missing:
        raise function.unusable(f"{wanted}; there is none for {', '.join(missing)}.")
    return shares


@headroom.finding("At the average and at the peak", points=3)
def at_known_loads(answers: Headroom, case: Case) -> Judgement:
    """The loads of task 1."""
    return judge_utilisation(answers.utilisation, case, [_peak(case), _average(case)])


# --- Task 8: what breaks first ----------------------------------------------------------------------------------------


class BreaksFirst(AnswerSheet):
    """The part that saturates first, and at which load."""

    breaks_first: Text = answer("the id of the part that is full first")
    breaks_at_requests_per_second: Number = answer("the load at which it is full", unit="requests/s")


SMALLEST_NUMBER = Misconception(
    "smallest_number",
    "This part has the smallest number in the table, but the numbers have different units. Convert each to requests a "
    "second first.",
)
SLOWEST_PART = Misconception(
    "slowest_part",
    "This part is the slowest. Slow is not full: how long a use takes and how many fit are two questions.",
)
LEAST_AVAILABLE = Misconception(
    "least_available", "This part is the one that is down most. The question is which one is full first."
)
MULTIPLE_FOR_RATE = Misconception(
    "multiple_for_rate", "This is the multiple of the peak. The task asks for the rate in requests a second."
)
RAW_LIMIT = Misconception("raw_limit", "This is the part's limit in its own unit. Convert it to requests a second.")

breaks = Check(
    f"{EXERCISE}.breaks_first",
    "What breaks first, and at which load",
    BreaksFirst,
    (SMALLEST_NUMBER, SLOWEST_PART, LEAST_AVAILABLE, USES_IGNORED, REPLICAS_IGNORED, MULTIPLE_FOR_RATE, RAW_LIMIT),
)


def first_to_break(case: Case, **left_out: bool) -> tuple[str, float]:
    """The part with the lowest capacity in requests a second, and that capacity."""
    full = utilisations(case, 1.0, **left_out)
    part = max(full, key=lambda p: full[p])
    return part, 1 / full[part]


@breaks.finding("The part", points=2, needs=["breaks_first"])
def the_part(answers: BreaksFirst, case: Case) -> Judgement:
    """The part with the highest utilisation at any load."""
    right, _ = first_to_break(case)
    named = answers.breaks_first.strip().casefold()
    given = next((part.id for part in case.parts if named in (part.id, part.name.casefold())), None)
    why = "Raising any other limit changes nothing for the user. This is the one to spend money on."
    if given is None:
        seen = f"“{answers.breaks_first[:60]}”"
        return Judgement(0, seen, f"“{right}”", f"no part of the case has this id; they are {', '.join(PARTS)}", why)
    temptations = [
        (min(case.parts, key=lambda p: p.limit).id, SMALLEST_NUMBER),
        (max(case.parts, key=lambda p: p.latency_ms).id, SLOWEST_PART),
        (min(case.parts, key=lambda p: p.availability).id, LEAST_AVAILABLE),
        (first_to_break(case, uses=False)[0], USES_IGNORED),
        (first_to_break(case, replicas=False)[0], REPLICAS_IGNORED),
    ]
    tempting: dict[str, Misconception] = {}
    for part, misconception in temptations:
        if part != right:
            tempting.setdefault(part, misconception)
    return judge_choice(
        given,
        right,
        why=why,
        misconceptions=tempting,
    )


@breaks.finding("The load", points=1, needs=["breaks_first", "breaks_at_requests_per_second"])
def the_load(answers: BreaksFirst, case: Case) -> Judgement:
    """Its capacity in requests a second."""
    name, right = first_to_break(case)
    part = case.part(name)
    return judge_number(
        answers.breaks_at_requests_per_second,
        right,
        unit="requests/s",
        why="Beyond this load a queue grows without end, however fast everything else is.",
        misconceptions={
            MULTIPLE_FOR_RATE: right / _peak(case),
            RAW_LIMIT: part.limit,
            PER_MINUTE: right * 60,
            USES_IGNORED: 1 / utilisations(case, 1.0, uses=False)[name],
            REPLICAS_IGNORED: 1 / utilisations(case, 1.0, replicas=False)[name],
        },
    )


# --- Task 9: how long an answer takes ---------------------------------------------------------------------------------


class AnswerTime(AnswerSheet):
    """The time of a question about the asker's own records."""

    answer_ms: Number = answer("the time from the question to the last token of the answer", unit="milliseconds")
    meets_target: Flag = answer("True or False: whether that is within the case's target")


PARALLEL_ADDED = Misconception(
    "parallel_added",
    "Retrieval and the look-up of records run at the same time, so the longer of the two counts, not their sum.",
)
FIRST_TOKEN_ONLY = Misconception(
    "first_token_only", "This ends at the first token. The answer has more, and each one takes its time."
)
GENERATION_ONLY = Misconception("generation_only", "This is the model alone. The parts before it take time too.")
SHORTER_BRANCH = Misconception(
    "shorter_branch", "This takes the shorter of the two branches. The answer waits for the longer one."
)
WRITES_COUNTED = Misconception(
    "writes_counted", "The conversation is written after the answer is on its way; the user does not wait for it."
)
COMPARED_WITH_TARGET_WRONG_WAY = Misconception(
    "compared_with_target_wrong_way", "Your own time and the case's target say the opposite of what you answered."
)

answer_time = Check(
    f"{EXERCISE}.answer_time",
    "How long an answer takes",
    AnswerTime,
    (
        PARALLEL_ADDED,
        FIRST_TOKEN_ONLY,
        GENERATION_ONLY,
        SHORTER_BRANCH,
        WRITES_COUNTED,
        COMPARED_WITH_TARGET_WRONG_WAY,
    ),
)


def _times(case: Case) -> tuple[float, float, float, float]:
    ms = {part.id: part.latency_ms for part in case.parts}
    generation = case.latency.first_token_ms + case.latency.ms_per_token * case.tokens.answer
    return ms["gateway"], ms["embedder"] + ms["index"], ms["records"], generation


def _answer_ms(case: Case) -> float:
    gateway, retrieval, lookup, generation = _times(case)
    return gateway + max(retrieval, lookup) + generation


@answer_time.finding("The time", points=2, needs=["answer_ms"])
def the_time(answers: AnswerTime, case: Case) -> Judgement:
    """Gateway, then the longer branch, then the model to its last token."""
    gateway, retrieval, lookup, generation = _times(case)
    right = _answer_ms(case)
    return judge_number(
        answers.answer_ms,
        right,
        unit="ms",
        within=0.005,
        why="Most of the wait is the model writing. That is why shorter answers and streaming help more than faster "
        "databases.",
        misconceptions={
            PARALLEL_ADDED: gateway + retrieval + lookup + generation,
            FIRST_TOKEN_ONLY: right - generation + case.latency.first_token_ms,
            GENERATION_ONLY: generation,
            SHORTER_BRANCH: gateway + min(retrieval, lookup) + generation,
            WRITES_COUNTED: right + case.part("history").latency_ms,
        },
        partial_credit=0.5,
        partly_right=(PARALLEL_ADDED, WRITES_COUNTED),
    )


@answer_time.finding("Whether the target is met", points=1, needs=["answer_ms", "meets_target"])
def target_met(answers: AnswerTime, case: Case) -> Judgement:
    """The comparison counts only with the right time; a guess has an even chance."""
    right, target = _answer_ms(case), case.latency.target_ms
    seen = "met" if answers.meets_target else "missed"
    expected = f"{quantity(right, 'ms')} against {target:,} ms: {'met' if right <= target else 'missed'}"
    why = "A target that the typical request misses is missed by every other request too."
    if answers.meets_target != (answers.answer_ms <= target):
        return Judgement(0, seen, expected, "", why, COMPARED_WITH_TARGET_WRONG_WAY)
    if not close(answers.answer_ms, right, 0.005):
        return Judgement(0, seen, expected, "it follows from your time, and the time is off", why)
    return Judgement(1, seen, expected, why=why)


# --- Task 10: the data contract ---------------------------------------------------------------------------------------


class DataContract(AnswerSheet):
    """A gate before the index."""

    violations: FunctionAnswer = answer("a function violations(document) that returns the names of the wrong fields")


EMPTY_OWNER_PASSES = Misconception(
    "empty_owner_passes", "An owner that is empty, or only spaces, passes. A key that is there is not yet a value."
)
AGE_NOT_CHECKED = Misconception("age_not_checked", "Documents older than the contract allows pass.")
FUTURE_PASSES = Misconception(
    "future_passes", "A date after the contract's day passes. Its age is not small, it is wrong."
)
FIRST_ONLY = Misconception(
    "first_only", "Only the first wrong field is reported. The owner of the document should not have to mend it thrice."
)
MISSING_FIELD_PASSES = Misconception(
    "missing_field_passes", "A field that is not there at all passes. Absent is the commonest way to be wrong."
)
PREFIX_ONLY = Misconception("prefix_only", "The id's prefix is checked, but not the digits after it.")
REFUSES_EVERYTHING = Misconception("refuses_everything", "Good documents are refused too.")
ACCEPTS_EVERYTHING = Misconception("accepts_everything", "Nothing is refused, whatever the document says.")

data_contract = Check(
    f"{EXERCISE}.data_contract",
    "A data contract before the index",
    DataContract,
    (
        EMPTY_OWNER_PASSES,
        AGE_NOT_CHECKED,
        FUTURE_PASSES,
        FIRST_ONLY,
        MISSING_FIELD_PASSES,
        PREFIX_ONLY,
        REFUSES_EVERYTHING,
        ACCEPTS_EVERYTHING,
    ),
    held_back_points=2,
    held_back_about="documents you have not seen",
)

FIELDS = ("id", "owner", "updated", "region", "audience")
Document = Mapping[str, Any]


def violated(case: Case, document: Document) -> set[str]:
    """The fields of a document that break the case's contract."""
    rules = case.contract
    wrong = set()
    prefix, _, digits = str(document.get("id", "")).partition("-")
    if prefix != rules.id_prefix or not digits.isdecimal():
        wrong.add("id")
    owner = document.get("owner")
    if not isinstance(owner, str) or not owner.strip():
        wrong.add("owner")
    try:
        age = (date.fromisoformat(rules.as_of) - date.fromisoformat(str(document.get("updated")))).days
        if not 0 <= age <= rules.maximum_age_days:
            wrong.add("updated")
    except ValueError:
        wrong.add("updated")
    if document.get("region") not in rules.regions:
        wrong.add("region")
    if document.get("audience") not in rules.audiences:
        wrong.add("audience")
    return wrong


def wrong_gates(case: Case) -> dict[Misconception, Callable[[Document], set[str]]]:
    """What each misconception's gate would report."""
    rules = case.contract

    def age(document: Document) -> int | None:
        try:
            return (date.fromisoformat(rules.as_of) - date.fromisoformat(str(document.get("updated")))).days
        except ValueError:
            return None

    def without(field: str, when: Callable[[Document], bool]) -> Callable[[Document], set[str]]:
        return lambda document: violated(case, document) - ({field} if when(document) else set())

    return {
        ACCEPTS_EVERYTHING: lambda document: set(),
        REFUSES_EVERYTHING: lambda document: violated(case, document) or set(FIELDS),
        EMPTY_OWNER_PASSES: without("owner", lambda d: isinstance(d.get("owner"), str)),
        AGE_NOT_CHECKED: without("updated", lambda d: (age(d) or 0) > rules.maximum_age_days),
        FUTURE_PASSES: without("updated", lambda d: (age(d) or 0) < 0),
        FIRST_ONLY: lambda document: set([f for f in FIELDS if f in violated(case, document)][:1]),
        MISSING_FIELD_PASSES: lambda document: violated(case, document) & set(document),
        PREFIX_ONLY: without("id", lambda d: str(d.get("id", "")).startswith(f"{rules.id_prefix}-")),
    }


def judge_gate(function: FunctionAnswer, case: Case, documents: Sequence[Document]) -> Judgement:
    """Call the gate with each document and compare what it reports, field by field."""
    why = "What enters the index is quoted to customers. The cheapest place to stop it is here."
    reported = [_reported(function, document) for document in documents]
    right = [violated(case, document) for document in documents]
    good = sum(given == wanted for given, wanted in zip(reported, right, strict=True))
    seen = f"{good} of {len(documents)} documents judged rightly"
    expected = "the wrong fields of each document, all of them, and none of a good one"
    if good == len(documents):
        return Judgement(1, seen, expected, why=why)
    named = next(
        (
            misconception
            for misconception, gate in wrong_gates(case).items()
            if all(given == gate(document) for given, document in zip(reported, documents, strict=True))
        ),
        None,
    )
    if all(reported) and named is None:
        named = REFUSES_EVERYTHING
    worthless = not any(reported) or all(reported)
    credit = 0.0 if worthless else max(0.0, round((good / len(documents) - 0.4) / 0.6, 2)) * 0.75
    return Judgement(credit, seen, expected, f"{len(documents) - good} documents judged wrongly", why, named)


def _reported(function: FunctionAnswer, document: Document) -> set[str]:
    returned = function(dict(document))
    if not isinstance(returned, list) or not all(isinstance(name, str) for name in returned):
        raise function.unusable(
            f"`{function.name}` must return a list of field names, such as ['owner'], or [] for a good document."
        )
    return set(returned)


def _day(case: Case, days_before: int) -> str:
    return date.fromordinal(date.fromisoformat(case.contract.as_of).toordinal() - days_before).isoformat()


def good_document(case: Case) -> dict[str, Any]:
    """A document that keeps the case's contract, on the last day that it does."""
    rules = case.contract
    return {
        "id": f"{rules.id_prefix}-0417",
        "owner": "Customer Care",
        "updated": _day(case, rules.maximum_age_days),
        "region": rules.regions[0],
        "audience": rules.audiences[0],
    }


def known_documents(case: Case) -> list[dict[str, Any]]:
    """The documents that the learner's own check uses."""
    good = good_document(case)
    rules = case.contract
    return [
        good,
        {**good, "updated": rules.as_of, "region": rules.regions[-1], "audience": rules.audiences[-1]},
        {**good, "id": f"{rules.id_prefix}-draft"},
        {**good, "owner": "  "},
        {**good, "updated": _day(case, rules.maximum_age_days + 1)},
        {**good, "updated": _day(case, -3)},
        {**good, "region": "mars", "audience": "everyone"},
        {field: value for field, value in good.items() if field not in {"owner", "region"}},
    ]


@data_contract.finding("Eight documents", points=2)
def known(answers: DataContract, case: Case) -> Judgement:
    """Documents that each break the contract in one way, or in none."""
    return judge_gate(answers.violations, case, known_documents(case))


# --- Task 11: feasible, costly, will fail -----------------------------------------------------------------------------

Verdict = Literal["feasible", "costly", "will fail"]
Reason = Literal["data", "window", "latency", "accuracy", "cost", "none"]


class Feasibility(AnswerSheet):
    """What becomes of each proposal, which number says so, and what the costly ones cost."""

    verdicts: dict[Text, Verdict] = answer(
        "a dictionary that gives the id of each proposal 'feasible', 'costly' or 'will fail'"
    )
    decided_by: dict[Text, Reason] = answer(
        "a dictionary that gives the id of each proposal 'data', 'window', 'latency', 'accuracy', 'cost' or 'none'"
    )
    usd_per_month: dict[Text, Number] = answer("a dictionary with the bill of each costly proposal", unit="US dollars")


CAN_SO_FEASIBLE = Misconception(
    "can_so_feasible",
    "What breaks no limit is called feasible here, whatever it costs. The last question is whether one use brings in "
    "more than it costs.",
)
BILL_WITHOUT_VALUE = Misconception(
    "bill_without_value",
    "The largest bills are called costly here. A bill is large or small against what it brings in: put cost and value "
    "of one use on one line.",
)
MONEY_AS_ABILITY = Misconception(
    "money_as_ability",
    "What does not pay is said to fail here. It would work: no limit is broken, and a lower price would make it "
    "feasible.",
)
LIMIT_AS_MONEY = Misconception(
    "limit_as_money",
    "What breaks a limit is called costly here. No money moves a limit, so as it stands it will fail.",
)
LIMITS_FORGOTTEN = Misconception(
    "limits_forgotten",
    "Only the money was looked at. Whether the data may go there, the prompt fits, the answer is in time and right "
    "often enough comes first.",
)
FIRST_WORD_TAKEN = Misconception(
    "first_word_taken",
    "This takes the time until the first word where the last word is waited for. Streaming completes no answer sooner.",
)
LAST_WORD_TAKEN = Misconception(
    "last_word_taken",
    "This waits for the last word where the first one is enough. Look at waits_for before you compare.",
)
DEMO_CONVINCES = Misconception(
    "demo_convinces",
    "That it answers is not that it is right often enough. Compare the wrong answers that no source stops with those "
    "that are tolerated.",
)
STOPS_FORGOTTEN = Misconception(
    "stops_forgotten",
    "This counts every wrong answer. A part of them is stopped by a comparison with a source and reaches nobody.",
)
WINDOW_FORGOTTEN = Misconception(
    "window_forgotten", "A prompt is longer than the model takes. It is refused or cut off; nobody can pay for more."
)
DATA_FORGOTTEN = Misconception(
    "data_forgotten",
    "The prompt of a proposal holds data that must stay in its region, and it is processed in another one. The case's "
    "table of data says which.",
)
ALL_DATA_STAYS = Misconception(
    "all_data_stays",
    "Not all data must stay at home. The case's table of data says which kinds must; what the prompt holds decides.",
)
SAME_FOR_ALL = Misconception(
    "same_for_all", "All proposals get one verdict. The client did not need an architect for that: look at each one."
)
ANSWERS_FORGOTTEN = Misconception(
    "answers_forgotten",
    "Only the prompt is paid for here. Each token of the answer costs several times as much as one of the prompt.",
)
ASSISTANTS_VOLUME = Misconception(
    "assistants_volume", "This takes the assistant's requests a month. Each proposal states a volume of its own."
)
ONE_USE = Misconception("one_use", "This is the cost of one use. The task asks for a month of them.")
VALUE_FOR_COST = Misconception(
    "value_for_cost", "This is what the proposal brings in, not what it costs: its uses times the value of one."
)

feasibility = Check(
    f"{EXERCISE}.feasibility",
    "Feasible, costly, will fail",
    Feasibility,
    (
        CAN_SO_FEASIBLE,
        BILL_WITHOUT_VALUE,
        MONEY_AS_ABILITY,
        LIMIT_AS_MONEY,
        LIMITS_FORGOTTEN,
        FIRST_WORD_TAKEN,
        LAST_WORD_TAKEN,
        DEMO_CONVINCES,
        STOPS_FORGOTTEN,
        WINDOW_FORGOTTEN,
        DATA_FORGOTTEN,
        ALL_DATA_STAYS,
        SAME_FOR_ALL,
        ANSWERS_FORGOTTEN,
        OUTPUT_AT_INPUT_PRICE,
        PER_THOUSAND,
        ONE_DAY,
        ASSISTANTS_VOLUME,
        ONE_USE,
        VALUE_FOR_COST,
    ),
)


def _use_usd(case: Case, proposal: Proposal, *, output: bool = True) -> float:
    """What one use of a proposal costs, in US dollars."""
    price = case.price
    written = proposal.tokens_out * price.output_usd_per_million if output else 0
    return (proposal.tokens_in * price.input_usd_per_million + written) / 1e6


def _deciding(
    case: Case,
    proposal: Proposal,
    *,
    not_asked: Collection[str] = (),
    waits_for: str | None = None,
    stops: bool = True,
    output: bool = True,
    all_data_stays: bool = False,
) -> Reason:
    """What decides on a proposal, asked in the lesson's order. The arguments leave a step out, or take it wrongly."""
    must_stay_in = {row.name: row.must_stay_in for row in case.data}[proposal.prompt_holds]
    home = case.region if all_data_stays else must_stay_in
    seconds = proposal.tokens_in / case.model_limits.tokens_read_per_second
    if (waits_for or proposal.waits_for) == "last word":
        seconds += proposal.tokens_out * case.latency.ms_per_token / 1000
    reach = proposal.wrong_share * (1 - proposal.stopped_share * stops)
    broken: dict[Reason, bool] = {
        "data": home is not None and home != proposal.processed_in,
        "window": proposal.tokens_in > case.model_limits.window_tokens,
        "latency": seconds > proposal.within_s,
        "accuracy": reach > proposal.tolerated_share,
        "cost": _use_usd(case, proposal, output=output) > proposal.value_usd,
    }
    return next((reason for reason, breaks in broken.items() if breaks and reason not in not_asked), "none")


def _verdict(reason: Reason) -> Verdict:
    return "feasible" if reason == "none" else "costly" if reason == "cost" else "will fail"


Judged = Mapping[str, tuple[Verdict, Reason]]


def _judged(case: Case, **taken_wrongly: Any) -> Judged:
    reasons = {p.id: _deciding(case, p, **taken_wrongly) for p in case.proposals}
    return {id: (_verdict(reason), reason) for id, reason in reasons.items()}


def _misjudged(case: Case) -> dict[Misconception, Judged]:
    """What each misconception would make of the six proposals."""
    right = _judged(case)
    bills = {p.id: p.uses_per_month * _use_usd(case, p) for p in case.proposals if right[p.id][0] != "will fail"}
    largest = sorted(bills, key=lambda id: bills[id])[-2:]
    by_bill: dict[str, tuple[Verdict, Reason]] = {
        id: ("costly", "cost") if id in largest else ("feasible", "none") for id in bills
    }
    return {
        MONEY_AS_ABILITY: {id: ("will fail", "cost") if v == "costly" else (v, r) for id, (v, r) in right.items()},
        LIMIT_AS_MONEY: {id: ("costly", "cost") if v == "will fail" else (v, r) for id, (v, r) in right.items()},
        FIRST_WORD_TAKEN: _judged(case, waits_for="first word"),
        LAST_WORD_TAKEN: _judged(case, waits_for="last word"),
        DEMO_CONVINCES: _judged(case, not_asked={"accuracy"}),
        STOPS_FORGOTTEN: _judged(case, stops=False),
        WINDOW_FORGOTTEN: _judged(case, not_asked={"window"}),
        DATA_FORGOTTEN: _judged(case, not_asked={"data"}),
        ALL_DATA_STAYS: _judged(case, all_data_stays=True),
        LIMITS_FORGOTTEN: _judged(case, not_asked={"data", "window", "latency", "accuracy"}),
        ANSWERS_FORGOTTEN: _judged(case, output=False),
        CAN_SO_FEASIBLE: _judged(case, not_asked={"cost"}),
        BILL_WITHOUT_VALUE: {**right, **by_bill},
    }


def _idea_behind(case: Case, given: Mapping[str, str], part: Literal[0, 1]) -> Misconception | None:
    """The wrong idea that leads to these verdicts (part 0) or reasons (part 1), if one explains all that is wrong."""
    right = _judged(case)
    if len(given) == len(right) and len(set(given.values())) == 1:
        return SAME_FOR_ALL
    wrong = [id for id in right if id in given and given[id] != right[id][part]]
    # One idea may explain a few wrong answers out of many; the one that predicts the whole answer comes first.
    explained = [
        (sum(given.get(id) == judged[id][part] for id in right), misconception)
        for misconception, judged in _misjudged(case).items()
        if wrong and all(given[id] == judged[id][part] for id in wrong)
    ]
    return max(explained, key=lambda found: found[0])[1] if explained else None


def _shown_proposals(case: Case, given: Mapping[str, object]) -> str:
    known = [p.id for p in case.proposals]
    shown = ", ".join(f"{id[:40]}: {given[id]}" for id in sorted(given, key=lambda id: (id not in known, id))[:8])
    return shown or "nothing"


def _off(case: Case, given: Mapping[str, object], right: int) -> str:
    """How much of the six is right, without saying which."""
    known = [p.id for p in case.proposals]
    strange = [id[:40] for id in given if id not in known]
    missing = len(known) - len(set(known) & set(given))
    parts = [f"{right} of {len(known)} right"]
    if missing:
        parts.append(f"{missing} not judged")
    if strange:
        parts.append(f"no proposal has the id {', '.join(strange[:3])}")
    return "; ".join(parts)


@feasibility.finding("The six verdicts", points=3, needs=["verdicts"])
def six_verdicts(answers: Feasibility, case: Case) -> Judgement:
    """Each verdict follows from the proposal's numbers. Two of six can be had by one word for all, and earn nothing."""
    judged, given = _judged(case), answers.verdicts
    right = sum(given.get(id) == verdict for id, (verdict, _) in judged.items())
    seen = _shown_proposals(case, given)
    expected = ", ".join(f"{id}: {verdict}" for id, (verdict, _) in judged.items())
    why = (
        "A costly proposal waits for a lower price, one that will fail for another design. Who mixes them up sends the "
        "client after the wrong thing."
    )
    if right == len(judged):
        return Judgement(1, seen, expected, why=why)
    credit = max(0, right - 2) / (len(judged) - 2)
    return Judgement(credit, seen, expected, _off(case, given, right), why, _idea_behind(case, given, 0))


@feasibility.finding("The number that decides", points=1, needs=["decided_by"])
def what_decides(answers: Feasibility, case: Case) -> Judgement:
    """The limit that each failing proposal breaks earns the point; reasons given to the others cost parts of it."""
    judged, given = _judged(case), answers.decided_by
    failing = {id for id, (verdict, _) in judged.items() if verdict == "will fail"}
    agreed = {id for id, (_, reason) in judged.items() if given.get(id) == reason}
    seen = _shown_proposals(case, given)
    expected = ", ".join(f"{id}: {reason}" for id, (_, reason) in judged.items())
    why = "The number that decides is also the one to change: it says which sister of the proposal would work."
    if len(agreed) == len(judged):
        return Judgement(1, seen, expected, why=why)
    others = len(judged) - len(failing)
    credit = max(0.0, len(agreed & failing) / len(failing) - (others - len(agreed - failing)) / others)
    return Judgement(credit, seen, expected, _off(case, given, len(agreed)), why, _idea_behind(case, given, 1))


@feasibility.finding("What the costly ones cost", points=1, needs=["usd_per_month"])
def costly_bills(answers: Feasibility, case: Case) -> Judgement:
    """The month's bill of each costly proposal, at its own volume."""
    judged, given = _judged(case), answers.usd_per_month
    bills = {p.id: _judged_bill(case, p, given[p.id]) for p in case.proposals if p.id in given}
    costly = [p for p in case.proposals if judged[p.id][0] == "costly"]
    right = [p for p in costly if p.id in bills and bills[p.id].credit == 1]
    seen = _shown_proposals(case, {id: quantity(usd, "US dollars") for id, usd in given.items()})
    expected = ", ".join(f"{p.id}: {quantity(p.uses_per_month * _use_usd(case, p), 'US dollars')}" for p in costly)
    why = "With the sum beside it the client can say at which price, or in which shorter form, it would pay."
    if len(right) == len(costly):
        return Judgement(1, seen, expected, why=why)
    off = [f"{id} is {bill.gap}" for id, bill in bills.items() if bill.credit < 1]
    named = next((bill.misconception for bill in bills.values() if bill.misconception), None)
    gap = "; ".join(off) or "a costly proposal has no bill"
    return Judgement(len(right) / len(costly), seen, expected, gap, why, named)


def _judged_bill(case: Case, proposal: Proposal, seen: float) -> Judgement:
    uses, price = proposal.uses_per_month, case.price
    one_use = _use_usd(case, proposal)
    one_price = (proposal.tokens_in + proposal.tokens_out) * price.input_usd_per_million / 1e6
    return judge_number(
        seen,
        uses * one_use,
        unit="US dollars",
        why="",
        misconceptions={
            ANSWERS_FORGOTTEN: uses * _use_usd(case, proposal, output=False),
            OUTPUT_AT_INPUT_PRICE: uses * one_price,
            PER_THOUSAND: uses * one_use * 1_000,
            ONE_DAY: uses * one_use / 30,
            ASSISTANTS_VOLUME: case.traffic.requests_per_month * one_use,
            ONE_USE: one_use,
            VALUE_FOR_COST: uses * proposal.value_usd,
        },
    )
