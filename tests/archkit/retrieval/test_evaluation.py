"""What the retrieval measures promise, against brute force."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from archkit.retrieval import Question, difference, evaluate, evidence, figures, hit, recall, reciprocal_rank, sweep

ARTICLE = st.sampled_from(["KB-1", "KB-2", "KB-3", "KB-4", "KB-5"])
RETRIEVED = st.lists(ARTICLE, max_size=12)
RELEVANT = st.lists(ARTICLE, min_size=1, max_size=4)
K = st.integers(1, 12)


class Scripted(BaseRetriever):
    """Returns for each question text the passages of these articles."""

    answers: dict[str, list[str]]

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [Document(page_content="two words", metadata={"id": article}) for article in self.answers[query]]


def asked(*labels: list[str], groups: list[str] | None = None) -> list[Question]:
    return [
        Question(
            id=f"Q-{number}",
            text=f"question {number}",
            group=groups[number] if groups else f"G-{number}",
            kind="answerable" if relevant else "unanswerable",
            relevant=tuple(relevant),
        )
        for number, relevant in enumerate(labels)
    ]


def scripted(*rankings: list[str]) -> Scripted:
    return Scripted(answers={f"question {number}": ranking for number, ranking in enumerate(rankings)})


@settings(deadline=None)
@given(retrieved=RETRIEVED, relevant=RELEVANT, k=K)
def test_the_measures_agree_with_counting_by_hand(retrieved: list[str], relevant: list[str], k: int) -> None:
    found = 0
    for article in sorted(set(relevant)):
        for place in range(min(k, len(retrieved))):
            if retrieved[place] == article:
                found += 1
                break
    first = 0.0
    for place in range(min(k, len(retrieved)) - 1, -1, -1):
        if retrieved[place] in relevant:
            first = 1 / (place + 1)
    assert recall(retrieved, relevant, k) == found / len(set(relevant))
    assert hit(retrieved, relevant, k) == (1.0 if found else 0.0)
    assert reciprocal_rank(retrieved, relevant, k) == first


@settings(deadline=None)
@given(retrieved=RETRIEVED, relevant=RELEVANT, k=st.integers(1, 11))
def test_reading_one_passage_more_never_lowers_a_measure(retrieved: list[str], relevant: list[str], k: int) -> None:
    for measure in (recall, hit, reciprocal_rank):
        assert measure(retrieved, relevant, k) <= measure(retrieved, relevant, k + 1)


@settings(deadline=None)
@given(retrieved=RETRIEVED, relevant=RELEVANT, k=K)
def test_the_measures_bound_each_other(retrieved: list[str], relevant: list[str], k: int) -> None:
    assert 0 <= recall(retrieved, relevant, k) <= hit(retrieved, relevant, k) <= 1
    assert reciprocal_rank(retrieved, relevant, k) <= hit(retrieved, relevant, k)
    assert (reciprocal_rank(retrieved, relevant, k) > 0) == (recall(retrieved, relevant, k) > 0)


@settings(deadline=None)
@given(retrieved=RETRIEVED, relevant=RELEVANT, k=K)
def test_several_passages_of_one_article_find_it_once_but_take_their_places(
    retrieved: list[str], relevant: list[str], k: int
) -> None:
    doubled = [article for article in retrieved for _ in range(2)]
    assert recall(doubled, relevant, 2 * k) == recall(retrieved, relevant, k)
    assert recall(doubled, relevant, k) <= recall(retrieved, relevant, k)


@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(RETRIEVED, RELEVANT, st.sampled_from("abc")), min_size=1, max_size=10), k=st.integers(1, 6)
)
def test_an_evaluation_is_the_mean_over_the_questions(rows: list[tuple[list[str], list[str], str]], k: int) -> None:
    questions = asked(*[relevant for _, relevant, _ in rows], groups=[group for _, _, group in rows])
    result = evaluate(scripted(*[retrieved for retrieved, _, _ in rows]), questions, k)
    assert result.recall.value == pytest.approx(sum(recall(r, w, k) for r, w, _ in rows) / len(rows))
    assert result.mrr.value == pytest.approx(sum(reciprocal_rank(r, w, k) for r, w, _ in rows) / len(rows))
    assert result.hit_rate.n == len(rows)
    assert result.hit_rate.groups == len({group for _, _, group in rows})
    assert result.recall.low <= result.recall.value <= result.recall.high
    assert len(result.misses) == sum(hit(r, w, k) == 0 for r, w, _ in rows)


def test_questions_without_a_relevant_article_are_left_out_and_counted() -> None:
    result = evaluate(scripted(["KB-1"], ["KB-2"]), asked(["KB-1"], []))
    assert (result.recall.n, result.left_out) == (1, 1)


def test_the_results_of_each_question_can_be_looked_at() -> None:
    result = evaluate(scripted(["KB-2", "KB-1"], ["KB-3"]), asked(["KB-1"], ["KB-1", "KB-2"]), k=2)
    first, second = result.questions.to_dict("records")
    assert (first["retrieved"], first["rank"], first["recall"]) == (("KB-2", "KB-1"), 2, 1.0)
    assert second["recall"] == 0
    assert list(result.misses["question"]) == ["Q-1"]
    assert result.words == 3  # two passages of two words for one question, one for the other


def test_paraphrases_do_not_make_the_interval_narrower() -> None:
    """Ten questions of two groups are the evidence of two questions."""
    rankings = [["KB-1"]] * 5 + [["KB-2"]] * 5
    wanted = [["KB-1"]] * 10
    grouped = evaluate(scripted(*rankings), asked(*wanted, groups=["a"] * 5 + ["b"] * 5)).recall
    single = evaluate(scripted(*rankings), asked(*wanted)).recall
    assert grouped.value == single.value == 0.5
    assert grouped.high - grouped.low > single.high - single.low


def test_the_interval_is_the_same_in_every_run() -> None:
    questions = asked(*[["KB-1"]] * 6)
    rankings = [["KB-1"], ["KB-2"]] * 3
    assert evaluate(scripted(*rankings), questions).recall == evaluate(scripted(*rankings), questions).recall


@settings(deadline=None)
@given(first=st.lists(st.booleans(), min_size=2, max_size=12), data=st.data())
def test_a_difference_is_paired_by_question(first: list[bool], data: st.DataObject) -> None:
    second = data.draw(st.lists(st.booleans(), min_size=len(first), max_size=len(first)))
    questions = asked(*[["KB-1"]] * len(first))
    ours, theirs = (
        evaluate(scripted(*[["KB-1"] if found else ["KB-2"] for found in row]), questions) for row in (first, second)
    )
    gap = difference(ours, theirs)
    assert gap.value == pytest.approx(ours.recall.value - theirs.recall.value)
    assert gap.low <= gap.value <= gap.high
    if first == second:
        assert gap.low == gap.high == 0


def test_a_difference_of_unlike_measurements_is_refused() -> None:
    questions = asked(["KB-1"], ["KB-1"])
    retriever = scripted(["KB-1"], ["KB-1"])
    with pytest.raises(ValueError, match="same questions and the same k"):
        difference(evaluate(retriever, questions, 2), evaluate(retriever, questions, 3))
    with pytest.raises(ValueError, match="same questions"):
        difference(evaluate(retriever, questions), evaluate(retriever, questions[:1]))


def test_bad_requests_are_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="give 1 or more"):
        evaluate(scripted(["KB-1"]), asked(["KB-1"]), k=0)
    with pytest.raises(ValueError, match="no recall"):
        evaluate(scripted(["KB-1"]), asked([]))
    with pytest.raises(ValueError, match="None of the 1 questions"):
        evaluate(scripted(["KB-1"]), asked(["KB-1"])).estimate("evidence")
    with pytest.raises(ValueError, match="There is no metric 'precision'"):
        evaluate(scripted(["KB-1"]), asked(["KB-1"])).estimate("precision")  # type: ignore[arg-type]


def test_a_passage_that_names_no_article_is_refused() -> None:
    class Nameless(Scripted):
        def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
            return [Document(page_content="whose?")]

    with pytest.raises(ValueError, match="names no article"):
        evaluate(Nameless(answers={}), asked(["KB-1"]))


@settings(deadline=None)
@given(relevant=RELEVANT, k=K)
def test_nothing_retrieved_is_nothing_found(relevant: list[str], k: int) -> None:
    assume(relevant)
    assert recall([], relevant, k) == hit([], relevant, k) == reciprocal_rank([], relevant, k) == 0


@settings(deadline=None)
@given(rows=st.lists(st.tuples(RETRIEVED, RELEVANT), min_size=1, max_size=5), ks=st.lists(K, min_size=1, max_size=3))
def test_a_sweep_gives_what_single_evaluations_give(rows: list[tuple[list[str], list[str]]], ks: list[int]) -> None:
    retriever = scripted(*[retrieved for retrieved, _ in rows])
    questions = asked(*[relevant for _, relevant in rows])
    for k, swept in zip(ks, sweep(retriever, questions, ks), strict=True):
        alone = evaluate(retriever, questions, k)
        assert (swept.k, swept.recall, swept.mrr, swept.words) == (k, alone.recall, alone.mrr, alone.words)


# Evidence


def passage(article: str, text: str) -> Document:
    return Document(page_content=text, metadata={"id": article})


def question(answer: str | None) -> Question:
    return Question(id="Q-1", text="how much", group="G", kind="answerable", relevant=("KB-1",), answer=answer)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("€4.90, free from €75", {"4.90", "75"}),
        ("3–5 working days", {"3", "5"}),
        ("Orders above €1,000.", {"1000"}),
        ("Until 31 January 2027", {"31", "2027"}),
        ("no figure", set()),
    ],
)
def test_figures_are_the_numbers_as_written(text: str, expected: set[str]) -> None:
    assert figures(text) == expected


def test_evidence_needs_every_figure_in_passages_of_a_relevant_article() -> None:
    price, limit = passage("KB-1", "It costs €4.90."), passage("KB-1", "Free from €75 on.")
    asked_for = question("€4.90, free from €75")
    assert evidence([price, limit], asked_for, 2) == 1
    assert evidence([price, limit], asked_for, 1) == 0, "the second passage is not read"
    assert evidence([price, passage("KB-2", "Free from €75 on.")], asked_for, 2) == 0, "another article does not count"


def test_an_answer_without_figures_cannot_be_judged_by_them() -> None:
    assert evidence([passage("KB-1", "Yes.")], question("Yes"), 1) is None
    assert evidence([passage("KB-1", "Yes.")], question(None), 1) is None


@settings(deadline=None)
@given(texts=st.lists(st.sampled_from(["4.90", "75", "none"]), max_size=6), k=st.integers(1, 6))
def test_reading_one_passage_more_never_lowers_the_evidence(texts: list[str], k: int) -> None:
    found = [passage("KB-1", text) for text in texts]
    less, more = (evidence(found, question("€4.90, free from €75"), n) for n in (k, k + 1))
    assert less is not None
    assert more is not None
    assert less <= more
