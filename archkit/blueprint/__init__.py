"""An architecture as typed data, the questions an architect asks of it, and its pictures."""

from archkit.blueprint.data_flow import Crossing, Stray, boundary_crossings, outside_home_region
from archkit.blueprint.description import describe
from archkit.blueprint.failure import single_points_of_failure, stops_when
from archkit.blueprint.gaps import (
    data_without_one_source_of_truth,
    personal_data_kept_for_ever,
    state_in_memory,
    stores_without_owner,
    unreachable,
    without_failure_behaviour,
)
from archkit.blueprint.latency import (
    CriticalStep,
    critical_path,
    latency_ms,
    timeouts_too_short,
    unknown_latencies,
)
from archkit.blueprint.load import Saturation, breaks_first, expected_calls, headroom, utilisation
from archkit.blueprint.mermaid import to_mermaid
from archkit.blueprint.model import (
    Blueprint,
    Component,
    DataClass,
    FailureBehaviour,
    Interface,
    Node,
    State,
    Store,
    TrustZone,
)
from archkit.blueprint.svg import to_html, to_svg
from archkit.blueprint.views import container_view, context_view, neighbourhood
from archkit.typed_data import InvalidData

__all__ = [
    "Blueprint",
    "Component",
    "CriticalStep",
    "Crossing",
    "DataClass",
    "FailureBehaviour",
    "Interface",
    "InvalidData",
    "Node",
    "Saturation",
    "State",
    "Store",
    "Stray",
    "TrustZone",
    "boundary_crossings",
    "breaks_first",
    "container_view",
    "context_view",
    "critical_path",
    "data_without_one_source_of_truth",
    "describe",
    "expected_calls",
    "headroom",
    "latency_ms",
    "neighbourhood",
    "outside_home_region",
    "personal_data_kept_for_ever",
    "single_points_of_failure",
    "state_in_memory",
    "stops_when",
    "stores_without_owner",
    "timeouts_too_short",
    "to_html",
    "to_mermaid",
    "to_svg",
    "unknown_latencies",
    "unreachable",
    "utilisation",
    "without_failure_behaviour",
]
