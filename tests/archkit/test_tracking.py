"""MLflow records runs and traces into a folder of one's own and tells nobody."""

import os
from pathlib import Path

import pytest

from archkit.tracking import local_mlflow


@pytest.mark.slow
def test_runs_and_traces_are_found_again_in_the_folder_and_nothing_is_written_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, elsewhere = tmp_path / "records", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    mlflow = local_mlflow(folder, "settings")
    with mlflow.start_run():
        mlflow.log_metric("evidence", 0.8)

    @mlflow.trace
    def answer(question: str) -> str:
        return question.upper()

    answer("how much")
    mlflow.flush_trace_async_logging()
    local_mlflow(folder, "settings")  # a second time opens what is there
    assert len(mlflow.search_runs(filter_string="metrics.evidence > 0.7")) == 1
    assert [trace.info.state for trace in mlflow.search_traces(return_type="list")] == ["OK"]
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert (folder / "mlflow.db").is_file()
    assert not list(elsewhere.iterdir())
