"""The labels of the questions agree with each other, with the knowledge base and with the orders."""

import csv
import re
from collections import Counter, defaultdict

import pytest

from archkit.course import data_folder

FIELDS = ["id", "text", "group", "kind", "asker", "region", "relevant", "forbidden", "answer", "attack", "note"]
ATTACKS = {
    "prompt_injection",
    "restricted_article",
    "false_premise",
    "negation",
    "other_customer",
    "mixed_questions",
}
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def test_every_question_has_the_same_fields_in_the_same_order(questions):
    assert {tuple(question) for question in questions} == {tuple(FIELDS)}


def test_ids_count_up_and_texts_are_unique(questions):
    assert [question["id"] for question in questions] == [f"Q-{n:03d}" for n in range(1, len(questions) + 1)]
    assert len({question["text"].casefold() for question in questions}) == len(questions)


def test_kinds_are_as_many_as_the_datasheet_says(questions):
    text = (data_folder() / "questions_datasheet.md").read_text(encoding="utf-8")
    kinds = Counter(question["kind"] for question in questions)
    groups = defaultdict(set)
    for question in questions:
        groups[question["kind"]].add(question["group"])
    assert f"{len(questions)} questions in {sum(map(len, groups.values()))} groups" in text
    for kind, count in kinds.items():
        assert f"| `{kind}` | {count} | {len(groups[kind])} |" in text


def test_a_group_has_at_least_two_wordings_of_one_question(questions):
    groups = defaultdict(list)
    for question in questions:
        groups[question["group"]].append(question)
    for name, members in groups.items():
        assert len(members) >= 2, name
        for field in FIELDS[3:]:
            assert len({str(member[field]) for member in members}) == 1, (name, field)


def test_named_articles_exist(questions, articles):
    for question in questions:
        assert set(question["relevant"]) | set(question["forbidden"]) <= set(articles), question["id"]


def test_answerable_questions_have_articles_and_an_answer(questions):
    for question in questions:
        assert bool(question["relevant"]) == bool(question["answer"]), question["id"]
        if question["kind"] != "adversarial":
            assert bool(question["relevant"]) == (question["kind"] == "answerable"), question["id"]


def test_only_adversarial_questions_attack_and_each_says_how(questions):
    for question in questions:
        if question["kind"] == "adversarial":
            assert question["attack"] in ATTACKS and question["note"], question["id"]
        else:
            assert question["attack"] is None and not question["forbidden"], question["id"]
    assert {question["attack"] for question in questions} - {None} == ATTACKS


def test_articles_that_answer_may_be_shown_to_the_asker(questions, articles):
    for question in questions:
        audiences = {articles[name].fields["audience"] for name in question["relevant"]}
        assert audiences <= {question["asker"]}, question["id"]


def test_forbidden_articles_are_for_agents(questions, articles):
    for question in questions:
        assert question["asker"] == "customer" or not question["forbidden"]
        assert all(articles[name].fields["audience"] == "agent" for name in question["forbidden"]), question["id"]


def test_no_answer_rests_on_a_stale_or_contradicted_article(questions, defects):
    wrong = {name for defect in defects if defect["kind"] in ("stale", "contradiction") for name in defect["wrong"]}
    assert [question["id"] for question in questions if set(question["relevant"]) & wrong] == []


def test_a_duplicate_is_as_relevant_as_its_twin(questions, defects):
    for defect in defects:
        if defect["kind"] == "near_duplicate":
            pair = set(defect["articles"])
            for question in questions:
                assert len(pair & set(question["relevant"])) in (0, 2), (question["id"], defect["id"])


def test_articles_of_one_region_answer_questions_of_that_region_or_of_none(questions, articles):
    for question in questions:
        regions = {articles[name].fields["region"] for name in question["relevant"]} - {"all", "emea"}
        assert question["region"] is None or regions <= {question["region"]}, question["id"]


def test_every_number_of_an_answer_stands_in_a_relevant_article(questions, articles):
    in_words = {"five": "5", "two": "2", "three": "3"}
    for question in questions:
        text = " ".join(articles[name].body for name in question["relevant"])
        for word, digit in in_words.items():
            text = re.sub(rf"\b{word}\b", digit, text, flags=re.IGNORECASE)
        stated = set(NUMBER.findall(text))
        for number in NUMBER.findall(question["answer"] or ""):
            assert number in stated, (question["id"], number)


def test_order_numbers_are_real(questions, orders):
    known = {row["id"] for row in orders.execute("SELECT id FROM orders")}
    named = {number for question in questions for number in re.findall(r"LO-\d{6}", question["text"])}
    assert named and named <= known


@pytest.mark.parametrize("kind", ["answerable", "unanswerable"])
def test_wordings_are_labelled_and_every_group_has_both(questions, kind):
    path = data_folder() / "questions" / "wording.csv"
    with path.open(encoding="utf-8", newline="") as file:
        wording = {row["id"]: row["wording"] for row in csv.DictReader(file)}
    expected = {question["id"] for question in questions if question["kind"] != "adversarial"}
    assert set(wording) == expected
    groups = defaultdict(set)
    for question in questions:
        if question["kind"] == kind:
            groups[question["group"]].add(wording[question["id"]])
    assert all(kinds == {"keyword", "own_words"} for kinds in groups.values())


def test_a_twin_belongs_to_a_question_and_differs_from_it_as_it_says(questions):
    with (data_folder() / "questions" / "twins.csv").open(encoding="utf-8", newline="") as file:
        twins = list(csv.DictReader(file))
    texts = {question["text"] for question in questions}
    assert {twin["question"] for twin in twins} <= texts
    assert not {twin["twin"] for twin in twins} & texts
    kinds = Counter(twin["differs_in"] for twin in twins)
    assert set(kinds) == {"word", "place", "number", "negation", "nothing"}
    assert min(kinds.values()) >= 5
    for twin in twins:
        numbers = [re.findall(r"\d+", twin[side]) for side in ("question", "twin")]
        assert (sorted(numbers[0]) != sorted(numbers[1])) == (twin["differs_in"] == "number"), twin
