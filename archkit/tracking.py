"""MLflow on a SQLite file of one's own: no server, no network, and nothing reported to its makers."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from types import ModuleType

__all__ = ["local_mlflow"]


def local_mlflow(folder: Path, experiment: str) -> ModuleType:
    """Return the module `mlflow`, recording runs and traces of one experiment into `folder / "mlflow.db"`.

    The first use makes the file and brings its tables up to date, which takes some seconds. MLflow reports its use to
    its makers unless told not to (https://mlflow.org/docs/latest/community/usage-tracking); here it is told not to.

    Args:
        folder: an existing folder; what belongs to a run beside its numbers goes into `folder / "artifacts"`.
        experiment: the name under which runs and traces are kept.
    """
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    import mlflow

    for name in ("alembic", "mlflow.store.db.utils", "mlflow.tracking.fluent"):
        logging.getLogger(name).setLevel(logging.WARNING)  # a line for each of its many migrations
    mlflow.set_tracking_uri(f"sqlite:///{(folder / 'mlflow.db').as_posix()}")
    if mlflow.get_experiment_by_name(experiment) is None:
        mlflow.create_experiment(experiment, artifact_location=(folder / "artifacts").as_uri())
    mlflow.set_experiment(experiment)
    return mlflow
