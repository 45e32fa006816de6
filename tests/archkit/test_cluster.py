"""Images, manifests, placement and autoscaling as an architect reads them."""

import copy
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archkit.cluster import (
    Pod,
    desired_replicas,
    image_steps,
    nodes_needed,
    place,
    pods_of,
    quantity,
    read_manifests,
    rebuilt,
    scale_out,
    schema_problem,
)
from archkit.course import data_folder

TRAILMATE = data_folder() / "trailmate"
FILES = sorted(TRAILMATE.glob("*.yaml"))
NODE = {"cpu_m": 1_900, "memory_mi": 7_000}
some_pods = st.lists(st.builds(Pod, st.just("p"), st.integers(0, 1_900), st.integers(0, 7_000)), max_size=12)


def deployment():
    return read_manifests(TRAILMATE / "deployment.yaml")[0]


def test_trailmates_manifests_satisfy_the_schemas_strictly():
    assert {m["kind"]: schema_problem(m) for m in read_manifests(*FILES)} == dict.fromkeys(
        ("Deployment", "StatefulSet", "Service", "HorizontalPodAutoscaler"), ""
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m["spec"].update(replicas="two"), "spec.replicas: 'two' is not of type 'integer'"),
        (lambda m: m["spec"].update(replica=2), "'replica' was unexpected"),
        (lambda m: m["spec"].pop("selector"), "'selector' is a required property"),
        (lambda m: m.update(apiVersion="ray.io/v1", kind="RayService"), "not checked: no schema for kind RayService"),
    ],
)
def test_a_manifest_that_the_schema_refuses_is_explained(change, said):
    manifest = copy.deepcopy(deployment())
    change(manifest)
    assert said in schema_problem(manifest)


def test_the_service_and_the_autoscaler_point_at_the_deployment():
    by_kind = {m["kind"]: m for m in read_manifests(*(TRAILMATE / f"{n}.yaml" for n in ("service", "autoscaler")))}
    pods = deployment()["spec"]["template"]["metadata"]["labels"]
    assert by_kind["Service"]["spec"]["selector"].items() <= pods.items()
    assert by_kind["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == deployment()["metadata"]["name"]


@pytest.mark.parametrize(("text", "value"), [("250m", 0.25), ("2", 2), (1, 1), ("768Mi", 768 * 2**20), ("1G", 1e9)])
def test_a_quantity_becomes_a_number(text, value):
    assert quantity(text) == value


@pytest.mark.parametrize("text", ["768MB", "1 Gi", "", "two", "-1"])
def test_what_is_no_quantity_is_refused_with_the_suffixes_there_are(text):
    with pytest.raises(ValueError, match="is not a quantity: expected a number and one of m, k, M"):
        quantity(text)


def test_pods_count_what_they_request_and_nothing_where_they_request_nothing():
    bare = deployment()
    del bare["spec"]["template"]["spec"]["containers"][0]["resources"]
    assert pods_of([deployment()]) == [Pod("embedder-0", 1_000, 768), Pod("embedder-1", 1_000, 768)]
    assert pods_of([bare])[0] == Pod("embedder-0", 0, 0)


@given(some_pods, st.integers(0, 6))
def test_no_node_gives_more_than_it_has_and_no_pod_is_lost(pods, nodes):
    filled, pending = place(pods, nodes, **NODE)
    assert all(sum(p.cpu_m for p in on) <= 1_900 and sum(p.memory_mi for p in on) <= 7_000 for on in filled)
    assert sum(map(len, filled)) + len(pending) == len(pods)


@given(some_pods)
def test_dividing_the_total_never_asks_for_more_nodes_than_placing(pods):
    assert nodes_needed(pods, **NODE) >= math.ceil(sum(p.cpu_m for p in pods) / 1_900)


def test_a_pod_larger_than_any_node_is_named():
    with pytest.raises(ValueError, match=r"big requests 4000m CPU .* Take larger nodes"):
        nodes_needed([Pod("big", 4_000, 10)], **NODE)


@pytest.mark.parametrize(
    ("current", "metric", "target", "wanted"), [(4, 90, 60, 6), (50, 90, 75, 60), (3, 72, 70, 3), (4, 30, 60, 2)]
)
def test_the_autoscaler_follows_its_documented_formula(current, metric, target, wanted):
    assert desired_replicas(current, metric, target) == wanted


@given(st.integers(0, 300))
def test_pods_serve_only_after_they_are_ready_and_never_more_than_the_maximum(ready_after_s):
    steps = scale_out([40.0] * 40, per_pod=12, target=0.7, minimum=2, maximum=6, ready_after_s=ready_after_s)
    assert all(step.ready == 2 for step in steps if step.seconds < ready_after_s)
    assert max(step.ready for step in steps) <= 6
    assert [s.ready for s in steps] == sorted(s.ready for s in steps)


def test_a_changed_file_repeats_the_step_that_copies_it_and_all_behind_it():
    steps = image_steps((TRAILMATE / "Dockerfile").read_text(encoding="utf-8"))
    assert len(rebuilt(steps, "requirements.lock")) == len(steps) - 2
    assert rebuilt(steps, "app/serve.py") == steps[-3:]
    assert rebuilt(steps, "README.md") == []


def test_copying_everything_first_repeats_every_later_step():
    steps = image_steps("# base\nFROM a:1\nCOPY . .\nRUN pip install \\\n  x\n")
    assert rebuilt(steps, "README.md") == ["COPY . .", "RUN pip install x"]
