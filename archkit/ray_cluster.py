"""A Ray cluster of one computer: started small, told to report nothing to its makers, taken down without a trace."""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from unittest import mock

from archkit.job_costs import JobCost

__all__ = ["RECORDED", "Recorded", "start_ray", "stop_ray"]

STORE_BYTES = 80 * 2**20
"""The smallest object store that Ray takes is 75 MiB."""

_running: list[Any] = []


@dataclass(frozen=True)
class Recorded:
    """What a Ray cluster did where it was installed, to be shown, as recorded, where it is not.

    Attributes:
        source: version, computer and day.
        costs: what the jobs of the lesson `choosing_the_stack` that need Ray cost, and the one they are compared with.
        packages: distributions that it needs, itself included.
        attempts: how often a task ran whose worker died in the first attempt.
    """

    source: str
    costs: Mapping[str, JobCost]
    packages: int
    attempts: int


RECORDED = Recorded(
    source="recorded with Ray 2.60.0 on 2 busy cores of Linux, 2026-11-22",
    costs={
        "copies: one process": JobCost(2.1, 0, 0),
        "Ray: start": JobCost(16.0, 6, 572),
        "Ray: job": JobCost(1.3, 0, 1),
    },
    packages=18,
    attempts=2,
)
"""One run of that lesson."""


def start_ray(workers: int = 2) -> ModuleType | None:
    """Start a cluster on this computer, connect to it, and return the module `ray`; None where it is not installed.

    Left out are the autoscaler's monitor, the one that copies the workers' logs, and the server behind the dashboard:
    without them it needs some 400 MB less. The statistics that Ray sends to its makers are switched off
    (https://docs.ray.io/en/latest/cluster/usage-stats.html).

    Args:
        workers: how many tasks may run at once.
    """
    if importlib.util.find_spec("ray") is None:
        print("Ray is not installed (`pip install 'ai-architect[cluster]'` adds it): recorded results are shown.")
        return None
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"  # keeps a warning about graphics cards away
    import ray
    from ray._private.node import Node
    from ray.cluster_utils import Cluster

    stop_ray()
    small = {"no_monitor": True, "include_log_monitor": False, "include_dashboard": False}
    head = {"num_cpus": workers, "object_store_memory": STORE_BYTES, **small}
    # The server behind the dashboard is started even when none is wanted, and is waited for. No option leaves it out.
    with mock.patch.object(Node, "start_api_server"):
        cluster = Cluster(initialize_head=True, head_node_args=head)
    _running.append(cluster)
    ray.init(address=cluster.address, log_to_driver=False, logging_level=logging.ERROR)
    return ray


def stop_ray() -> None:
    """Stop the cluster that `start_ray` started, and delete its logs. Does nothing when none runs."""
    while _running:
        import ray

        cluster = _running.pop()
        session = cluster.head_node.get_session_dir_path()
        ray.shutdown()
        cluster.shutdown()
        shutil.rmtree(session, ignore_errors=True)
