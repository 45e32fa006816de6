"""A small Ray cluster starts, survives the loss of a worker, and leaves nothing behind."""

import importlib.util
import os
from pathlib import Path

import psutil
import pytest

from archkit.near_copies import article_words, copies_among, interrupted_once, shares
from archkit.ray_cluster import start_ray, stop_ray


@pytest.mark.slow
def test_a_task_whose_worker_dies_runs_twice_and_nothing_remains_when_the_cluster_is_stopped(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    words, diary = article_words(), tmp_path / "attempts.txt"
    part = shares(list(words), 40)[0]
    before = set(psutil.Process().children(recursive=True))
    ray = start_ray(workers=1)
    assert ray is not None
    try:
        session = Path(ray._private.worker.global_worker.node.get_session_dir_path())
        found = ray.get(ray.remote(interrupted_once).remote(part, words, str(diary)))
    finally:
        stop_ray()
    assert found == copies_among(part, words)
    assert len(diary.read_text().split()) == 2
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    _, alive = psutil.wait_procs(set(psutil.Process().children(recursive=True)) - before, timeout=10)
    assert not alive
    assert not session.exists()
    stop_ray()  # a second stop does nothing


def test_where_ray_is_missing_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert start_ray() is None
    assert capsys.readouterr().out.count("\n") == 1
