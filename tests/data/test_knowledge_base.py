"""The knowledge base is sound, except for the defects that knowledge_base_defects.json lists."""

import re
from collections import Counter
from datetime import date
from itertools import combinations
from typing import Any

import pytest

from archkit.course import data_folder

FIELDS = ["id", "title", "owner", "updated", "region", "audience", "confidentiality"]
ALLOWED = {
    "region": {"eu", "us", "all"},
    "audience": {"customer", "agent"},
    "confidentiality": {"public", "internal", "restricted"},
}
KINDS = {
    "near_duplicate": 4,
    "stale": 5,
    "contradiction": 4,
    "missing_owner": 4,
    "malformed_date": 1,
    "missing_date": 1,
    "unknown_region": 1,
    "wrong_confidentiality": 1,
}


def articles_with(defects: list[dict[str, Any]], *kinds: str) -> set[str]:
    return {article for defect in defects if defect["kind"] in kinds for article in defect["wrong"]}


def is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def trigrams(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return set(zip(words, words[1:], words[2:], strict=False))


def similarity(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    return len(one & other) / len(one | other)


def test_every_article_is_named_by_its_id(articles):
    assert [article.fields["id"] for article in articles.values()] == list(articles)
    assert all(re.fullmatch(r"KB-\d{3}", name) for name in articles)


def test_titles_are_unique(articles):
    titles = Counter(article.fields["title"] for article in articles.values())
    assert [title for title, count in titles.items() if count > 1] == []


def test_every_field_is_there_and_is_text_except_where_a_defect_says_so(articles, defects):
    incomplete = {
        name
        for name, article in articles.items()
        if any(not isinstance(article.fields.get(field), str) or not article.fields[field] for field in FIELDS)
    }
    assert incomplete == articles_with(defects, "missing_owner", "missing_date")


def test_there_are_no_other_fields(articles):
    assert {field for article in articles.values() for field in article.fields} == set(FIELDS)


def test_owners_are_missing_exactly_where_documented(articles, defects):
    ownerless = {name for name, article in articles.items() if not article.fields.get("owner")}
    assert ownerless == articles_with(defects, "missing_owner")


def test_dates_are_absent_or_impossible_exactly_where_documented(articles, defects):
    undated = {name for name, article in articles.items() if "updated" not in article.fields}
    assert undated == articles_with(defects, "missing_date")
    wrong = {name for name, article in articles.items() if not is_date(article.fields.get("updated"))} - undated
    assert wrong == articles_with(defects, "malformed_date")


@pytest.mark.parametrize("field", ALLOWED)
def test_values_are_known_except_where_documented(articles, defects, field):
    unknown = {name for name, article in articles.items() if article.fields[field] not in ALLOWED[field]}
    assert unknown == (articles_with(defects, "unknown_region") if field == "region" else set())


def test_what_is_for_agents_is_not_public_except_where_documented(articles, defects):
    exposed = {
        name
        for name, article in articles.items()
        if article.fields["audience"] == "agent" and article.fields["confidentiality"] == "public"
    }
    assert exposed == articles_with(defects, "wrong_confidentiality")


def test_nothing_for_customers_is_confidential(articles):
    fields = [a.fields for a in articles.values() if a.fields["audience"] == "customer"]
    assert {each["confidentiality"] for each in fields} == {"public"}


def test_some_articles_are_restricted(articles):
    assert sum(a.fields["confidentiality"] == "restricted" for a in articles.values()) == 2


def test_only_stale_articles_are_from_before_2025(articles, defects):
    old = {name for name, article in articles.items() if article.fields.get("updated", "9999") < "2025"}
    assert old == articles_with(defects, "stale")


def test_articles_are_long_enough_to_say_something_and_some_are_long_enough_to_be_cut(articles):
    words = {name: len(article.body.split()) for name, article in articles.items()}
    assert min(words.values()) >= 90
    assert max(words.values()) <= 500
    assert sum(count > 260 for count in words.values()) >= 8


def test_defects_are_counted_as_the_datasheet_says(defects):
    assert Counter(defect["kind"] for defect in defects) == KINDS
    assert len({defect["id"] for defect in defects}) == len(defects)


def test_defects_name_articles_that_exist_and_say_which_are_wrong(articles, defects):
    for defect in defects:
        assert set(defect["articles"]) <= set(articles), defect["id"]
        assert set(defect["wrong"]) | set(defect["right"]) == set(defect["articles"]), defect["id"]
        assert defect["wrong"] and not set(defect["wrong"]) & set(defect["right"]), defect["id"]


def test_near_duplicates_share_most_of_their_wording_and_no_other_pair_does(articles, defects):
    parts = {name: trigrams(article.body) for name, article in articles.items()}
    alike = {
        frozenset((one, other))
        for one, other in combinations(articles, 2)
        if similarity(parts[one], parts[other]) > 0.2
    }
    documented = {frozenset(defect["articles"]) for defect in defects if defect["kind"] == "near_duplicate"}
    assert alike == documented


def test_the_better_of_two_duplicates_is_the_newer(articles, defects):
    for defect in defects:
        if defect["kind"] == "near_duplicate":
            [right], [wrong] = defect["right"], defect["wrong"]
            assert articles[right].fields["updated"] > articles[wrong].fields["updated"], defect["id"]


def test_conflicting_statements_stand_in_their_articles_and_only_there(articles, defects):
    for defect in defects:
        if defect["kind"] not in ("stale", "contradiction"):
            continue
        assert set(defect["evidence"]) >= set(defect["wrong"]), defect["id"]
        for name, quote in defect["evidence"].items():
            assert quote in articles[name].body.replace("**", ""), (defect["id"], name)
        for name in defect["wrong"]:
            for other in defect["right"]:
                assert defect["evidence"][name] not in articles[other].body, (defect["id"], other)


def test_the_newest_article_is_not_always_the_right_one(articles, defects):
    newer_is_wrong = [
        defect["id"]
        for defect in defects
        if defect["kind"] == "contradiction"
        and articles[defect["wrong"][0]].fields["updated"] > articles[defect["right"][0]].fields["updated"]
    ]
    assert newer_is_wrong == ["DEF-13"]


def test_the_datasheet_counts_what_is_there(articles, defects):
    text = (data_folder() / "knowledge_base_datasheet.md").read_text(encoding="utf-8")
    words = sum(len(article.body.split()) for article in articles.values())
    assert f"{len(articles)} articles" in text
    assert f"{words:,} words" in text
    assert f"{len(defects)} defects" in text
    for kind, count in KINDS.items():
        assert f"| `{kind}` | {count} |" in text
