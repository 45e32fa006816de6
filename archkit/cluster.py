"""What an architect reads in a cluster: image steps, manifests, placement of pods, and autoscaling.

The placement and the autoscaler are models of what Kubernetes documents, small enough to reason with; no cluster is
asked. Sources: kubernetes.io, "Resource Management for Pods and Containers" and "Horizontal Pod Autoscaling".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

__all__ = [
    "Pod",
    "ScalingStep",
    "desired_replicas",
    "image_steps",
    "nodes_needed",
    "place",
    "pods_of",
    "quantity",
    "read_manifests",
    "rebuilt",
    "scale_out",
    "schema_problem",
]

Manifest = dict[str, Any]

_FACTORS = {
    "m": 1e-3,
    "": 1.0,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
}

HPA_INTERVAL_S = 15
"""Seconds between two decisions of the autoscaler, Kubernetes' default."""

HPA_TOLERANCE = 0.1
"""How far the metric may be from its target before the autoscaler acts, as a share; Kubernetes' default."""


# --- Images -----------------------------------------------------------------------------------------------------------


def image_steps(dockerfile: str) -> list[str]:
    """Return the instructions of a Dockerfile in order, one a string, without comments.

    Args:
        dockerfile: its text. Lines that end in a backslash are joined with the next one.
    """
    lines = re.sub(r"\\\n", " ", dockerfile).splitlines()
    return [" ".join(line.split()) for line in lines if line.strip() and not line.lstrip().startswith("#")]


def rebuilt(steps: Sequence[str], changed: str) -> list[str]:
    """Return the steps that a builder repeats after one file changed: the first that copies it, and all behind it.

    This is the rule of Docker's build cache for COPY and ADD; a changed base image or instruction is not looked at.

    Args:
        steps: as `image_steps` gives them.
        changed: path of the changed file from the build's folder, such as "app/serve.py".
    """
    path = PurePosixPath(changed)
    for position, step in enumerate(steps):
        word, *sources = [part for part in step.split() if not part.startswith("--")]
        if word in {"COPY", "ADD"} and any(path.is_relative_to(PurePosixPath(s)) for s in sources[:-1]):
            return list(steps[position:])
    return []


# --- Manifests --------------------------------------------------------------------------------------------------------


def read_manifests(*paths: Path) -> list[Manifest]:
    """Return every document of these YAML files, in order."""
    import yaml

    return [document for path in paths for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document]


def schema_problem(manifest: Manifest, version: str = "1.37") -> str:
    """Check one manifest strictly against the published schema of a Kubernetes version.

    Args:
        manifest: one document of a manifest file.
        version: of Kubernetes, major and minor.

    Returns:
        "" if the schema is satisfied; otherwise where it is not and why, or that no schema is known for the kind.
    """
    import kubernetes_validate  # type: ignore[import-untyped]

    try:
        kubernetes_validate.validate(manifest, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{'.'.join(str(step) for step in error.path) or 'manifest'}: {error.message}"
    except kubernetes_validate.SchemaNotFoundError as error:
        return f"not checked: no schema for kind {error.kind} of {error.api_version} in Kubernetes {error.version}"
    return ""


def quantity(text: str | int | float) -> float:
    """Return a Kubernetes quantity as a number: cores for CPU, bytes for memory.

    Args:
        text: such as "250m" (a quarter of a core), "768Mi" or 2.

    Raises:
        ValueError: if it is not a quantity; the message says which suffixes there are.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([a-zA-Z]*)", str(text))
    if match is None or match[2] not in _FACTORS:
        suffixes = ", ".join(suffix for suffix in _FACTORS if suffix)
        raise ValueError(f"{text!r} is not a quantity: expected a number and one of {suffixes}, or no suffix.")
    return float(match[1]) * _FACTORS[match[2]]


@dataclass(frozen=True)
class Pod:
    """One pod as the scheduler sees it: what it requests, not what it uses.

    Attributes:
        name: the workload's name and a number.
        cpu_m: CPU in thousandths of a core.
        memory_mi: memory in MiB.
    """

    name: str
    cpu_m: int
    memory_mi: int


def pods_of(manifests: Iterable[Manifest]) -> list[Pod]:
    """Return the pods that the Deployments and StatefulSets among these manifests ask for.

    A container without a request counts as nothing, as it does for the scheduler.
    """
    found = []
    for manifest in manifests:
        if manifest["kind"] in {"Deployment", "StatefulSet"}:
            containers = manifest["spec"]["template"]["spec"]["containers"]
            requests = [container.get("resources", {}).get("requests", {}) for container in containers]
            cpu = round(sum(quantity(request.get("cpu", 0)) for request in requests) * 1_000)
            memory = round(sum(quantity(request.get("memory", 0)) for request in requests) / 2**20)
            name = manifest["metadata"]["name"]
            found += [Pod(f"{name}-{n}", cpu, memory) for n in range(manifest["spec"].get("replicas", 1))]
    return found


# --- Placement --------------------------------------------------------------------------------------------------------


def place(pods: Iterable[Pod], nodes: int, *, cpu_m: int, memory_mi: int) -> tuple[list[list[Pod]], list[Pod]]:
    """Place pods on equal nodes, one after the other, each on the node with most CPU left; placed pods never move.

    This is the scheduler's rule on requests and its usual preference for the emptier node. Of what else it weighs
    (taints, affinity, spreading over zones, volumes) nothing is modelled.

    Args:
        pods: in the order in which they are created.
        nodes: how many there are.
        cpu_m: CPU that one node can give to pods, in thousandths of a core.
        memory_mi: memory that one node can give to pods, in MiB.

    Returns:
        The pods on each node, and those that stay Pending because no single node has room.
    """
    filled: list[list[Pod]] = [[] for _ in range(nodes)]
    pending = []
    for pod in pods:
        used = [(sum(p.cpu_m for p in on), sum(p.memory_mi for p in on), on) for on in filled]
        room = [
            (cpu, on) for cpu, memory, on in used if cpu + pod.cpu_m <= cpu_m and memory + pod.memory_mi <= memory_mi
        ]
        if room:
            min(room, key=lambda node: node[0])[1].append(pod)
        else:
            pending.append(pod)
    return filled, pending


def nodes_needed(pods: Sequence[Pod], *, cpu_m: int, memory_mi: int) -> int:
    """Return the smallest number of equal nodes on which `place` leaves no pod Pending.

    Raises:
        ValueError: if a pod requests more than a whole node gives; no number of such nodes helps.
    """
    for pod in pods:
        if pod.cpu_m > cpu_m or pod.memory_mi > memory_mi:
            raise ValueError(
                f"{pod.name} requests {pod.cpu_m}m CPU and {pod.memory_mi} MiB, and a node gives {cpu_m}m and "
                f"{memory_mi} MiB. Take larger nodes, or ask for less."
            )
    return next(n for n in range(len(pods) + 1) if not place(pods, n, cpu_m=cpu_m, memory_mi=memory_mi)[1])


# --- Autoscaling ------------------------------------------------------------------------------------------------------


def desired_replicas(current: int, metric: float, target: float) -> int:
    """Return how many replicas the HorizontalPodAutoscaler wants: ceil(current · metric / target).

    Within 10% of the target it leaves things as they are. The limits of a manifest (minReplicas, maxReplicas) come
    on top.

    Args:
        current: replicas that are ready.
        metric: the metric's mean over them, such as CPU used as a percentage of the CPU *requested*.
        target: what the manifest says it should be, in the same unit.
    """
    ratio = metric / target
    if abs(ratio - 1) <= HPA_TOLERANCE + 1e-9:
        return current
    return math.ceil(round(current * ratio, 9))


@dataclass(frozen=True)
class ScalingStep:
    """One moment of a simulated scale-out.

    Attributes:
        seconds: since the start.
        load: what is asked for, per second.
        ready: pods that serve.
        capacity: what these can do, per second.
    """

    seconds: int
    load: float
    ready: int
    capacity: float


def scale_out(
    load: Sequence[float], *, per_pod: float, target: float, minimum: int, maximum: int, ready_after_s: int
) -> list[ScalingStep]:
    """Simulate how an autoscaler on CPU follows a rising load. It never scales in here.

    A pod uses at most the CPU it requests, as a service with one thread for each core does, so a mean above 100% is
    never seen, however long the queue is. Pods that are starting count as idle, as they do for
    Kubernetes when it scales out.

    Args:
        load: what is asked for per second, one number for every 15 seconds.
        per_pod: what one pod can do per second with all of its requested CPU.
        target: CPU in use that the autoscaler aims at, as a share of the request.
        minimum: replicas at the start, and the fewest.
        maximum: the most replicas.
        ready_after_s: seconds from the decision to a pod that serves: a node, the image, the model, the probe.
    """
    ready_at = [0] * minimum
    steps = []
    for number, asked in enumerate(load):
        now = number * HPA_INTERVAL_S
        ready = sum(at <= now for at in ready_at)
        steps.append(ScalingStep(now, asked, ready, ready * per_pod))
        wanted = desired_replicas(ready, min(1.0, asked / (ready * per_pod)), target)
        ready_at += [now + ready_after_s] * (min(wanted, maximum) - len(ready_at))
    return steps
