"""Three programs, one RAG: they find the same passages and send the model the same prompt."""

from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest

from archkit.models import embeddings
from archkit.providers.stand_in import KEY, MODEL, StandIn
from archkit.retrieval import Question, load_articles, load_questions, may_read
from archkit.same_rag import langchain_rag, llamaindex_rag, observing, plain_rag
from archkit.same_rag.task import RULES, TOP_K, Embed, Endpoint, Passage, customer_passages, remembering

PROGRAMS = (plain_rag, langchain_rag, llamaindex_rag)
QUESTION = "How many days do I have to return unused goods?"


@pytest.fixture(scope="module")
def embed() -> Embed:
    model = embeddings()
    return remembering(lambda texts: model.embed_documents(list(texts)))


@pytest.fixture(scope="module")
def passages() -> list[Passage]:
    return customer_passages()


@pytest.fixture(scope="module")
def asked() -> list[Question]:
    return [q for q in load_questions() if q.kind == "answerable" and q.asker == "customer"]


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with StandIn() as started:
        yield started


@pytest.fixture(scope="module")
def rags(stand_in: StandIn, passages: list[Passage], embed: Embed) -> dict[str, object]:
    endpoint = Endpoint(stand_in.base_url, KEY, MODEL)
    return {program.__name__.rpartition(".")[2]: program.Rag(passages, embed, endpoint) for program in PROGRAMS}


def answer(rag: object, question: str) -> object:
    return rag.answer(question)  # type: ignore[attr-defined]


def test_only_passages_that_customers_may_read_are_searched(passages: list[Passage]) -> None:
    readable = {article.metadata["id"] for article in load_articles() if may_read(article, "customer")}
    assert {passage.article for passage in passages} == readable
    assert len({passage.id for passage in passages}) == len(passages)


@pytest.mark.slow
def test_the_three_read_the_same_passages_for_every_labelled_question(
    rags: dict[str, object], asked: list[Question], passages: list[Passage], embed: Embed
) -> None:
    plain = rags["plain_rag"]
    vectors = np.array(embed([passage.text for passage in passages]))
    order = [passage.id for passage in passages]
    for question in asked:
        likeness = vectors @ np.array(embed([question.text])[0])
        ranked = np.sort(likeness)[::-1]
        # Where two passages are equally near to the last digit, each library may put either first.
        if np.min(ranked[:TOP_K] - ranked[1 : TOP_K + 1]) < 1e-9:
            continue
        found = tuple(passage.id for passage in plain.retrieve(question.text))  # type: ignore[attr-defined]
        documents = rags["langchain_rag"].retriever.invoke(question.text)  # type: ignore[attr-defined]
        nodes = rags["llamaindex_rag"].engine.retrieve(_bundle(question.text))  # type: ignore[attr-defined]
        assert found == tuple(order[number] for number in np.argsort(-likeness, kind="stable")[:TOP_K])
        assert found == tuple(document.id for document in documents), question.id
        assert found == tuple(node.node.node_id for node in nodes), question.id


def _bundle(text: str) -> object:
    from llama_index.core.schema import QueryBundle

    return QueryBundle(text)


def test_the_three_send_the_same_prompt_and_give_the_same_answer(
    rags: dict[str, object], asked: list[Question], stand_in: StandIn
) -> None:
    for question in asked[:10]:
        stand_in.requests.clear()
        answers = [answer(rag, question.text) for rag in rags.values()]
        prompts = [body["messages"] for _, body in stand_in.requests]
        assert answers[0] == answers[1] == answers[2]
        assert prompts[0] == prompts[1] == prompts[2]
        assert prompts[0][0]["content"].startswith(RULES)


def test_one_of_them_sends_a_refused_request_three_times(rags: dict[str, object], stand_in: StandIn) -> None:
    sent = {}
    for name, rag in rags.items():
        with StandIn() as throttling:
            other = type(rag)([Passage("P", "P", QUESTION)], lambda texts: [[1.0]] * len(texts), _at(throttling))  # type: ignore[call-arg]
            throttling.fail_next(429, times=9, retry_after=0.01)
            assert "429" in observing.failure_of(other.answer, QUESTION).error  # type: ignore[attr-defined]
            sent[name] = len(throttling.requests)
    assert sent == {"plain_rag": 1, "langchain_rag": 3, "llamaindex_rag": 1}


def _at(stand_in: StandIn) -> Endpoint:
    return Endpoint(stand_in.base_url, KEY, MODEL)


def test_a_failing_index_shows_fewest_frames_in_plain_python(stand_in: StandIn) -> None:
    def failing(texts: object) -> list[list[float]]:
        if texts == [QUESTION]:
            raise ConnectionError("the index cannot be reached")
        return [[1.0]]

    failures = {}
    for program in PROGRAMS:
        rag = program.Rag([Passage("P", "P", "A passage.")], failing, _at(stand_in))
        failures[program] = observing.failure_of(rag.answer, QUESTION)
    assert all("cannot be reached" in failure.error for failure in failures.values())
    assert failures[plain_rag].frames == failures[plain_rag].own
    assert failures[langchain_rag].frames > 2 * failures[plain_rag].frames
    assert failures[llamaindex_rag].frames > 2 * failures[plain_rag].frames


def test_a_question_that_is_answered_is_no_failure() -> None:
    with pytest.raises(ValueError, match="Break something first"):
        observing.failure_of(str, QUESTION)


def test_both_frameworks_trace_the_prompt_and_the_tokens_unasked(rags: dict[str, object]) -> None:
    langchain = observing.langchain_trace(rags["langchain_rag"], QUESTION)  # type: ignore[arg-type]
    llamaindex = observing.llamaindex_trace(rags["llamaindex_rag"], QUESTION)  # type: ignore[arg-type]
    assert langchain.steps[0] == "chain: LangGraph"
    assert "llm: ChatOpenAI" in langchain.steps
    assert (llamaindex.steps[0], llamaindex.steps[-1]) == ("QueryStartEvent", "QueryEndEvent")
    for trace, tokens in ((langchain, "token_usage"), (llamaindex, "prompt_tokens")):
        assert RULES in trace.text
        assert tokens in trace.text


def test_times_are_taken_for_everybody_in_turns() -> None:
    asked: list[tuple[str, str]] = []
    taken = observing.median_seconds(
        {"a": lambda text: asked.append(("a", text)), "b": lambda text: asked.append(("b", text))}, ["x", "y"], rounds=1
    )
    assert asked == [("a", "x"), ("b", "x"), ("a", "y"), ("b", "y")] * 2
    assert set(taken) == {"a", "b"}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_framework_is_loaded_by_its_own_program_only(program: ModuleType) -> None:
    from archkit.source_measures import distributions_behind

    behind = distributions_behind(program)
    assert ("langgraph" in behind) == (program is langchain_rag)
    assert ("llama-index-core" in behind) == (program is llamaindex_rag)
