"""The nightly pipeline's steps do their work, alone and under Kubeflow's local runner."""

import json
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kfp import compiler, dsl

from archkit import nightly_steps as steps
from archkit.course import data_folder
from archkit.pipeline_runs import run_locally

KNOWLEDGE_BASE = str(data_folder() / "knowledge_base")
QUESTIONS = str(data_folder() / "questions" / "questions.jsonl")


@dsl.pipeline(name="checked")
def checked(folder: str, most_problems: int) -> None:
    articles = steps.read(folder=folder).outputs["articles"]
    allowed = steps.validate(articles=articles, most_problems=most_problems)
    steps.index(articles=articles).after(allowed)


@dsl.pipeline(name="gated")
def gated(folder: str, into: str) -> None:
    count = steps.read(folder=folder).outputs["Output"]
    with dsl.If(count >= 1):
        steps.publish(recall=0.7, folder=into)


@pytest.fixture
def articles(tmp_path: Path) -> SimpleNamespace:
    made = SimpleNamespace(path=str(tmp_path / "articles.json"))
    assert steps.read.python_func(KNOWLEDGE_BASE, made) == 109
    return made


def test_an_article_with_a_date_that_does_not_exist_is_read_all_the_same(articles: SimpleNamespace) -> None:
    assert json.loads(Path(articles.path).read_text(encoding="utf-8"))["KB-016"]["updated"] == "2026-02-30"


def test_the_contract_names_the_articles_that_break_it(articles: SimpleNamespace) -> None:
    assert steps.validate.python_func(articles, 6) == 6
    with pytest.raises(ValueError, match="6 articles break the contract, 5 may: KB-006, KB-041, KB-052"):
        steps.validate.python_func(articles, 5)


def test_restricted_articles_are_not_in_the_index_and_most_questions_find_their_article(
    articles: SimpleNamespace, tmp_path: Path
) -> None:
    searchable = SimpleNamespace(path=str(tmp_path / "index.db"))
    public = [a for a in json.loads(Path(articles.path).read_text(encoding="utf-8")).values()
              if a.get("confidentiality") == "public"]  # fmt: skip
    assert steps.index.python_func(articles, searchable) == len(public) < 109
    assert 0.6 < steps.evaluate.python_func(searchable, QUESTIONS) < 0.9


def test_a_failing_step_stops_the_pipeline_with_its_reason(tmp_path: Path) -> None:
    good = run_locally(checked, {"folder": KNOWLEDGE_BASE, "most_problems": 10}, tmp_path)
    assert (good.status, list(good.steps)) == ("SUCCESS", ["read", "validate", "index"])
    bad = run_locally(checked, {"folder": KNOWLEDGE_BASE, "most_problems": 3}, tmp_path)
    assert (bad.status, bad.steps) == ("FAILURE", {"read": "SUCCESS", "validate": "FAILURE"})
    assert bad.errors[0].startswith("ValueError: 6 articles break the contract, 3 may")
    assert str(bad).startswith("read SUCCESS, validate FAILURE -> pipeline FAILURE\nValueError")


def test_the_local_runner_calls_a_pipeline_a_success_whose_gate_it_could_not_evaluate(tmp_path: Path) -> None:
    run = run_locally(gated, {"folder": KNOWLEDGE_BASE, "into": str(tmp_path)}, tmp_path)
    assert run.status == "SUCCESS"
    assert "Condition evaluation failed" in run.log
    assert not (tmp_path / "published.txt").exists()
    assert steps.publish.python_func(0.7, str(tmp_path)) == "published with recall 0.70"


def test_a_run_leaves_the_logging_of_the_program_as_it_was(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    run_locally(gated, {"folder": KNOWLEDGE_BASE, "into": str(tmp_path)}, tmp_path)
    assert (root.handlers, root.level) == before


def test_the_compiled_pipeline_names_the_image_and_installs_nothing(tmp_path: Path) -> None:
    target: Any = tmp_path / "checked.yaml"
    compiler.Compiler().compile(checked, str(target))
    text = target.read_text(encoding="utf-8")
    assert text.count(f"image: {steps.IMAGE}") == 3
    assert "pip install" not in text


def test_without_a_shell_nothing_runs_and_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    run = run_locally(checked, {"folder": KNOWLEDGE_BASE, "most_problems": 10}, tmp_path)
    assert (run.status, run.steps) == ("NOT RUN", {})
    assert "needs the program sh" in str(run)
