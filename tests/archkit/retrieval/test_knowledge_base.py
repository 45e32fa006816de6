"""What loading the knowledge base and the labelled questions promises."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archkit.retrieval import InvalidQuestions, load_articles, load_questions

SOUND = """\
---
id: KB-001
title: "Returns: the short version"
owner: Returns
updated: "2026-05-18"
region: eu
audience: customer
confidentiality: public
---
Send it back within 60 days.
"""


def written(folder: Path, **articles: str) -> Path:
    for name, text in articles.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


def test_an_article_is_its_title_and_body_with_its_front_matter_beside_it(tmp_path: Path) -> None:
    (article,) = load_articles(written(tmp_path, a=SOUND))
    assert article.page_content == "# Returns: the short version\n\nSend it back within 60 days."
    assert article.id == "KB-001"
    assert article.metadata["region"] == "eu"
    assert (article.metadata["updated"], article.metadata["updated_day"]) == ("2026-05-18", 20260518)
    assert "problems" not in article.metadata


def test_a_date_without_quotation_marks_is_the_same_date(tmp_path: Path) -> None:
    (article,) = load_articles(written(tmp_path, a=SOUND.replace('"2026-05-18"', "2026-05-18")))
    assert (article.metadata["updated"], article.metadata["updated_day"]) == ("2026-05-18", 20260518)


def test_articles_come_in_the_order_of_their_file_names(tmp_path: Path) -> None:
    folder = written(tmp_path, c=SOUND, a=SOUND, b=SOUND)
    assert [article.metadata["source"] for article in load_articles(folder)] == ["a.md", "b.md", "c.md"]


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xef\xbb\xbf" + SOUND.replace("\n", "\r\n").encode())
    (tmp_path / "b.md").write_bytes(SOUND.encode())
    first, second = load_articles(tmp_path)
    assert first.page_content == second.page_content
    assert first.metadata | {"source": ""} == second.metadata | {"source": ""}


@pytest.mark.parametrize(
    ("defect", "problem"),
    [
        (SOUND.replace("owner: Returns\n", ""), "owner is missing"),
        (SOUND.replace("owner: Returns", "owner:"), "owner is missing"),
        (SOUND.replace("2026-05-18", "spring"), "updated is 'spring', which is not a date (YYYY-MM-DD)"),
        (SOUND.replace('title: "Returns: the short version"', "title: Returns: short"), "the front matter is not YAML"),
        ("Only a body.", "there is no front matter between two lines of ---"),
        ("---\n- a list\n---\nA body.", "the front matter is not a list of fields"),
        ("---\nid: KB-001\nA body.", "there is no front matter between two lines of ---"),
    ],
)
def test_front_matter_with_a_defect_is_loaded_with_what_is_there_and_says_so(
    tmp_path: Path, defect: str, problem: str
) -> None:
    (article,) = load_articles(written(tmp_path, KB1=defect))
    assert problem in article.metadata["problems"]
    assert article.metadata["id"] in {"KB-001", "KB1"}
    assert "owner" in article.metadata or "owner is missing" in article.metadata["problems"]


def test_lines_that_can_be_read_survive_broken_front_matter(tmp_path: Path) -> None:
    (article,) = load_articles(written(tmp_path, a=SOUND.replace('"Returns: the short version"', "Returns: short")))
    assert article.metadata["title"] == "Returns: short"
    assert article.metadata["region"] == "eu"
    assert article.metadata["updated_day"] == 20260518


@settings(deadline=None)
@given(front=st.text(max_size=60), body=st.text(max_size=60))
def test_no_text_stops_the_load(tmp_path_factory: pytest.TempPathFactory, front: str, body: str) -> None:
    folder = tmp_path_factory.mktemp("kb")
    (folder / "a.md").write_bytes(f"---\n{front}\n---\n{body}".encode("utf-8", errors="replace"))
    (article,) = load_articles(folder)
    assert article.metadata["id"]
    assert all(isinstance(value, str | int) for value in article.metadata.values()), "Chroma takes plain values only"


def test_a_folder_without_articles_is_named_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="There are no articles"):
        load_articles(tmp_path)


def test_questions_are_read_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(
        '{"id": "Q-1", "text": "How long?", "group": "G-1", "kind": "answerable", "relevant": ["KB-001"]}\n\n'
        '{"id": "Q-2", "text": "Why?", "group": "G-2", "kind": "unanswerable"}\n',
        encoding="utf-8",
    )
    first, second = load_questions(path)
    assert first.relevant == ("KB-001",)
    assert second.relevant == ()


def test_every_bad_question_line_is_named(tmp_path: Path) -> None:
    good = '{"id": "Q-1", "text": "How long?", "group": "G-1", "kind": "answerable"}\n'
    path = tmp_path / "questions.jsonl"
    path.write_text(good + "not json\n" + good + good.replace("answerable", "answerabel"), encoding="utf-8")
    with pytest.raises(InvalidQuestions) as raised:
        load_questions(path)
    message = str(raised.value)
    assert "line 2" in message
    assert "line 3: Q-1 is already on line 1" in message
    assert "line 4" in message
    assert "answerabel" in message


def test_a_missing_question_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.jsonl"):
        load_questions(tmp_path / "nowhere.jsonl")
