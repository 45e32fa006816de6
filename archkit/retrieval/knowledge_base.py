"""Larkspur's knowledge base and the labelled questions about it, as they lie in `data/`."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from langchain_core.documents import Document

from archkit.course import data_folder
from archkit.typed_data import InvalidData, TypedData, shortened

__all__ = ["FIELDS", "InvalidQuestions", "Question", "article_id", "load_articles", "load_questions"]

FIELDS = ("id", "title", "owner", "updated", "region", "audience", "confidentiality")
"""What the front matter of an article should say."""

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


def load_articles(folder: Path | None = None) -> list[Document]:
    """Load the articles of the knowledge base, in the order of their file names.

    An article's text is its title as a Markdown heading, an empty line and its body. Its metadata are what its
    front matter says, as text, and `source` (the file's name); where `updated` is a date, `updated_day` is the same
    day as a number (20260518), because Chroma compares numbers only. Front matter with defects does not stop the
    load: the article comes with what is there, and `problems` says what is wrong. `id` is always there; without a
    usable one it is the file's name.

    Args:
        folder: the folder of the articles; `data/knowledge_base` by default.

    Raises:
        FileNotFoundError: if the folder holds no articles.
    """
    folder = data_folder() / "knowledge_base" if folder is None else folder
    paths = sorted(folder.glob("*.md"), key=lambda path: path.name)
    articles = [_article(path) for path in paths if path.name.lower() not in {"readme.md", "datasheet.md"}]
    if not articles:
        raise FileNotFoundError(
            f"There are no articles (*.md) in {folder}. Give the folder that holds them, such as data/knowledge_base."
        )
    return articles


def article_id(passage: Document) -> str:
    """Return the id of the article that a passage was cut from.

    Raises:
        ValueError: if its metadata name none.
    """
    identity = passage.metadata.get("id")
    if not isinstance(identity, str) or not identity:
        raise ValueError(
            f"A passage names no article: its metadata are {shortened(passage.metadata)}. Cut passages from the "
            "documents of load_articles(), which carry their article's `id`."
        )
    return identity


class Question(TypedData):
    """One labelled question to Trailmate."""

    id: str
    """Such as Q-017."""

    text: str
    """The question as it was written."""

    group: str
    """Questions of one group ask the same thing in other words."""

    kind: Literal["answerable", "unanswerable", "adversarial"]
    """Whether the knowledge base answers it; adversarial ones try to lead the assistant astray."""

    asker: Literal["customer", "agent"] = "customer"
    """Who asks. A customer may be shown public articles only, a support agent internal ones too."""

    region: Literal["eu", "us"] | None = None
    """The region whose articles apply, where the question says or implies one."""

    relevant: tuple[str, ...] = ()
    """Ids of the articles that answer it: any of them suffices, but a question that mixes subjects needs them all."""

    forbidden: tuple[str, ...] = ()
    """Ids of articles that must not reach this asker."""

    answer: str | None = None
    """The answer that the articles support, if there is one."""

    attack: str | None = None
    """What an adversarial question tries."""

    note: str | None = None
    """What makes the question hard, for whoever reads a failure."""


class InvalidQuestions(ValueError):
    """A question file that cannot be used; the message has one sentence for each bad line."""


def load_questions(path: Path | None = None) -> list[Question]:
    """Load the labelled questions, one JSON object a line.

    Args:
        path: the file; `data/questions/questions.jsonl` by default.

    Raises:
        FileNotFoundError: if there is no such file.
        InvalidQuestions: if lines are not questions or ids repeat; it names every such line.
    """
    path = data_folder() / "questions" / "questions.jsonl" if path is None else path
    if not path.is_file():
        raise FileNotFoundError(f"There is no question file at {path}. Give a file with one JSON object a line.")
    questions: list[Question] = []
    problems: list[str] = []
    first_line: dict[str, int] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            question = Question.model_validate_json(line)
        except InvalidData as error:
            problems.append(f"line {number}: {error}")
            continue
        if question.id in first_line:
            problems.append(f"line {number}: {question.id} is already on line {first_line[question.id]}.")
        first_line.setdefault(question.id, number)
        questions.append(question)
    if problems:
        raise InvalidQuestions(f"{path.name} has lines that are not usable questions:\n  " + "\n  ".join(problems))
    return questions


def _article(path: Path) -> Document:
    text = path.read_text(encoding="utf-8", errors="replace")
    fields, body, problems = _front_matter(text)
    metadata: dict[str, str | int] = {}
    for name, value in fields.items():
        if value is None or value == "":
            continue  # an empty field says nothing; it is reported as missing
        metadata[str(name)] = _as_text(value)
    problems += [f"{name} is missing" for name in FIELDS if name not in metadata]
    if "updated" in metadata:
        day = _day(metadata["updated"])
        if day is None:
            problems.append(f"updated is {metadata['updated']!r}, which is not a date (YYYY-MM-DD)")
        else:
            metadata["updated_day"] = day
    metadata.setdefault("id", path.stem)
    metadata["source"] = path.name
    if problems:
        metadata["problems"] = "; ".join(problems)
    heading = f"# {metadata['title']}\n\n" if "title" in metadata else ""
    return Document(id=str(metadata["id"]), page_content=(heading + body).strip(), metadata=metadata)


def _front_matter(text: str) -> tuple[Mapping[str, Any], str, list[str]]:
    """Split an article into its fields, its body and what is wrong with the fields."""
    import yaml

    text = text.replace("\r\n", "\n")
    found = _FRONT_MATTER.match(text)
    if not found:
        return {}, text.strip(), ["there is no front matter between two lines of ---"]
    body = text[found.end() :].strip()
    try:
        fields = yaml.safe_load(found.group(1))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in its line {mark.line + 1}" if mark else ""
        return _readable_lines(found.group(1)), body, [f"the front matter is not YAML{place}"]
    if not isinstance(fields, dict):
        return {}, body, ["the front matter is not a list of fields"]
    return fields, body, []


def _readable_lines(block: str) -> dict[str, str]:
    """Return the fields of a broken front matter that can still be read: its lines of the form `name: value`."""
    pairs = re.findall(r"^(\w+):[ \t]+(\S.*?)[ \t]*$", block, re.MULTILINE)
    return {name: value.strip("\"'") for name, value in pairs if name in FIELDS}


def _as_text(value: object) -> str:
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Iterable) and not isinstance(value, str | Mapping):
        return ", ".join(str(item) for item in value)
    return str(value)


def _day(text: object) -> int | None:
    try:
        return int(datetime.date.fromisoformat(str(text)).strftime("%Y%m%d"))
    except ValueError:
        return None
