"""The steps of Trailmate's nightly pipeline, as Kubeflow components: read, validate, index, evaluate, publish.

Kubeflow copies the text of each function into the pipeline's YAML and runs it alone in a container. So a step imports
what it needs within itself, and everything that it gets or gives is a parameter or a file.
"""

from collections.abc import Callable
from typing import Any, cast

from kfp import dsl  # type: ignore[import-untyped]

__all__ = ["IMAGE", "evaluate", "index", "publish", "read", "validate"]

IMAGE = "registry.larkspur.example/trailmate-steps:2026-11"
"""The image of every step on a cluster, Python with PyYAML. A local run without containers does not use it."""

_Decorator = Callable[[Callable[..., object]], Any]
_step = cast(_Decorator, dsl.component(base_image=IMAGE, install_kfp_package=False))


@_step
def read(folder: str, articles: dsl.Output[dsl.Dataset]) -> int:
    """Copy the articles, fields and text, into one file, and return how many there are."""
    import json
    import pathlib
    import re

    import yaml

    found = {}
    for path in sorted(pathlib.Path(folder).glob("KB-*.md")):
        _, front, text = path.read_text(encoding="utf-8").split("---", 2)
        try:
            fields = yaml.safe_load(front)
        except ValueError:  # a date that does not exist
            fields = dict(re.findall(r"^(\w+): *(.*)$", front, re.MULTILINE))
        found[path.stem] = {**{name: value and str(value) for name, value in fields.items()}, "text": text}
    pathlib.Path(articles.path).write_text(json.dumps(found), encoding="utf-8")
    return len(found)


@_step
def validate(articles: dsl.Input[dsl.Dataset], most_problems: int) -> int:
    """Hold each article to the data contract, and fail if too many break it."""
    import json
    import pathlib

    found = json.loads(pathlib.Path(articles.path).read_text(encoding="utf-8"))
    fields = ("title", "owner", "updated", "region", "audience", "confidentiality")
    broken = [
        name
        for name, article in found.items()
        if not all(article.get(field) for field in fields) or article["region"] not in ("eu", "us", "all")
    ]
    if len(broken) > most_problems:
        raise ValueError(f"{len(broken)} articles break the contract, {most_problems} may: {', '.join(broken)}.")
    return len(broken)


@_step
def index(articles: dsl.Input[dsl.Dataset], searchable: dsl.Output[dsl.Artifact]) -> int:
    """Write the articles that customers may read into an index by words, a SQLite file."""
    import json
    import pathlib
    import sqlite3

    found = json.loads(pathlib.Path(articles.path).read_text(encoding="utf-8"))
    public = {name: article for name, article in found.items() if article.get("confidentiality") == "public"}
    connection = sqlite3.connect(searchable.path)
    connection.execute("CREATE VIRTUAL TABLE articles USING fts5(id UNINDEXED, title, text, tokenize='porter')")
    rows = [(name, article.get("title"), article["text"]) for name, article in public.items()]
    connection.executemany("INSERT INTO articles VALUES (?, ?, ?)", rows)
    connection.commit()
    connection.close()
    return len(rows)


@_step
def evaluate(searchable: dsl.Input[dsl.Artifact], questions: str) -> float:
    """Ask the customers' labelled questions, and return the share of relevant articles among the first five found."""
    import json
    import pathlib
    import re
    import sqlite3

    connection = sqlite3.connect(searchable.path)
    shares = []
    lines = pathlib.Path(questions).read_text(encoding="utf-8").splitlines()
    for question in (json.loads(line) for line in lines if line.strip()):
        if question["kind"] == "answerable" and question.get("asker", "customer") == "customer":
            words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", question["text"]))
            query = "SELECT id FROM articles WHERE articles MATCH ? ORDER BY rank LIMIT 5"
            found = {row[0] for row in connection.execute(query, [words])}
            shares.append(len(found & set(question["relevant"])) / len(question["relevant"]))
    connection.close()
    return sum(shares) / len(shares)


@_step
def publish(recall: float, folder: str) -> str:
    """Write down that an index with this recall is in use from now on."""
    import pathlib

    note = f"published with recall {recall:.2f}"
    pathlib.Path(folder, "published.txt").write_text(note, encoding="utf-8")
    return note
