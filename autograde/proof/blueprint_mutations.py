"""Mutants of a right drawing: each generator changes what one kind of check looks at."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from autograde.proof.mutations import Mutant

__all__ = [
    "crossings_changed",
    "failures_changed",
    "interfaces_changed",
    "labels_changed",
    "states_changed",
    "structure_changed",
]

Drawing = dict[str, Any]


def structure_changed(drawing: Drawing) -> Iterator[Mutant]:
    """Parts lost, calls lost or turned round, kinds changed. What only jobs do is optional and left alone."""
    jobs = {c["id"] for c in drawing["components"] if c["kind"] == "job"}
    of_jobs = {i["target"] for i in drawing["interfaces"] if i["source"] in jobs}
    of_requests = {i["target"] for i in drawing["interfaces"] if i["source"] not in jobs}
    optional = jobs | (of_jobs - of_requests)
    for field in ("components", "stores"):
        for node in drawing[field]:
            if node["id"] not in optional and node["id"] != drawing["entry"]:
                yield f"without {node['id']}", _without_node(drawing, node["id"])
    for at, call in enumerate(drawing["interfaces"]):
        if {call["source"], call["target"]} & optional:
            continue
        edge = f"{call['source']} → {call['target']}"
        mutant = copy.deepcopy(drawing)
        del mutant["interfaces"][at]
        # An index or embedder that a job still fills is no island, but no request searches it any more.
        yield f"without {edge}", mutant
        if call["source"] != drawing["entry"]:
            mutant = copy.deepcopy(drawing)
            mutant["interfaces"][at].update(source=call["target"], target=call["source"])
            yield f"{edge} turned round", mutant
    for at, component in enumerate(drawing["components"]):
        if component["id"] in {"gateway", "embedder", "model"}:
            mutant = copy.deepcopy(drawing)
            mutant["components"][at]["kind"] = "service"
            yield f"{component['id']} as a service", mutant
    for store in drawing["stores"]:
        if store["id"] not in optional:
            mutant = copy.deepcopy(drawing)
            mutant["stores"] = [s for s in mutant["stores"] if s["id"] != store["id"]]
            mutant["components"].append(
                {"id": store["id"], "name": store["name"], "kind": "service", "zone": store["zone"]}
            )
            yield f"{store['id']} as a component", mutant
    for source, target in (("user", "model"), ("model", "index"), ("model", "records"), ("index", "model")):
        mutant = copy.deepcopy(drawing)
        mutant["interfaces"].append({"source": source, "target": target, "protocol": "https"})
        yield f"with {source} → {target}", mutant


def labels_changed(drawing: Drawing) -> Iterator[Mutant]:
    """Owners, retention, sources of truth, labels, regions and operators changed, one at a time."""
    delicate = {d["name"] for d in drawing["data_classes"] if d["sensitivity"] not in {"public", "internal"}}
    for at, store in enumerate(drawing["stores"]):
        yield _set(drawing, "stores", at, owner=None)
        if store["kind"] == "vector" or store["source_of_truth"]:
            yield _set(drawing, "stores", at, source_of_truth=not store["source_of_truth"])
        if delicate & set(store["holds"]):
            yield _set(drawing, "stores", at, retention_days=None)
        if store["source_of_truth"]:
            yield _set(drawing, "stores", at, holds=[])
    for at, data in enumerate(drawing["data_classes"]):
        yield _set(drawing, "data_classes", at, sensitivity="secret" if data["sensitivity"] == "public" else "public")
        yield _set(drawing, "data_classes", at, home_region=None if data["home_region"] else "eu")
        if data["home_region"]:
            yield _set(drawing, "data_classes", at, home_region="us" if data["home_region"] == "eu" else "eu")
    bound = any(d["home_region"] for d in drawing["data_classes"])
    for at, zone in enumerate(drawing["zones"]):
        if zone["operator"] == "vendor":
            yield _set(drawing, "zones", at, operator="own")
        if zone["operator"] != "public" and bound:
            yield _set(drawing, "zones", at, region="global")
            yield _set(drawing, "zones", at, region="us" if zone["region"] == "eu" else "eu")
    for at, call in enumerate(drawing["interfaces"]):
        if call["target"] == "model":
            yield _set(drawing, "interfaces", at, carries=[])
            yield _set(drawing, "interfaces", at, carries=call["carries"][:1])
            yield _set(drawing, "interfaces", at, carries=call["carries"][1:])


def _set(drawing: Drawing, field: str, at: int, **values: Any) -> Mutant:
    mutant = copy.deepcopy(drawing)
    mutant[field][at].update(values)
    part = mutant[field][at]
    label = part.get("id") or part.get("name") or f"{part['source']} → {part['target']}"
    return f"{label}: {', '.join(f'{k} = {v!r}' for k, v in values.items())}", mutant


def _without_node(drawing: Drawing, node: str) -> Drawing:
    mutant = copy.deepcopy(drawing)
    for field in ("components", "stores"):
        mutant[field] = [n for n in mutant[field] if n["id"] != node]
    mutant["interfaces"] = [i for i in mutant["interfaces"] if node not in (i["source"], i["target"])]
    return mutant


def interfaces_changed(drawing: Drawing) -> Iterator[Mutant]:
    """Contracts and timeouts lost or moved, agents put into another house, left out or left without a caller."""
    for at, call in enumerate(drawing["interfaces"]):
        yield _set(drawing, "interfaces", at, schema_name=None)
        if call["mode"] == "sync":
            yield _set(drawing, "interfaces", at, timeout_ms=None)
            if call["carries"] and call["target"] not in {s["id"] for s in drawing["stores"]}:
                yield _set(drawing, "interfaces", at, timeout_ms=call["timeout_ms"] * 3)
                yield _set(drawing, "interfaces", at, timeout_ms=call["timeout_ms"] // 3)
    for agent in _agents(drawing):
        at = next(i for i, c in enumerate(drawing["components"]) if c["id"] == agent)
        for zone in drawing["zones"]:
            if zone["id"] != drawing["components"][at]["zone"]:
                yield _set(drawing, "components", at, zone=zone["id"])
        yield _set(drawing, "components", at, kind="queue")
        mutant = copy.deepcopy(drawing)
        mutant["interfaces"] = [i for i in mutant["interfaces"] if i["target"] != agent]
        yield f"nobody calls {agent}", mutant
        mutant = copy.deepcopy(drawing)
        for call in mutant["interfaces"]:
            if call["target"] == agent:
                call["source"] = drawing["entry"]
        yield f"the entry calls {agent}", mutant


def states_changed(drawing: Drawing) -> Iterator[Mutant]:
    """State lost, in memory, in another's hands or kept for another time; stores of another kind or without owner."""
    agents = _agents(drawing)
    for at, kept in enumerate(drawing["states"]):
        yield _set(drawing, "states", at, kept_in=kept["owner"])
        yield _set(drawing, "states", at, holds=[])
        yield _set(drawing, "states", at, scope="request")
        yield _set(drawing, "states", at, owner=agents[0])
        for days in (None, kept["retention_days"] + 1, kept["retention_days"] * 2):
            yield _set(drawing, "states", at, retention_days=days)
    for at, store in enumerate(drawing["stores"]):
        yield _set(drawing, "stores", at, owner=None)
        yield _set(drawing, "stores", at, kind="cache")
        for days in (None, store["retention_days"] + 1):
            yield _set(drawing, "stores", at, retention_days=days)
        mutant = copy.deepcopy(drawing)
        mutant["interfaces"] = [i for i in mutant["interfaces"] if i["target"] != store["id"]]
        yield f"nobody calls {store['id']}", mutant
    yield "without states", {**copy.deepcopy(drawing), "states": []}


def crossings_changed(drawing: Drawing) -> Iterator[Mutant]:
    """Labels changed, calls that do not say what they carry, and everything sent to everybody."""
    for at, data in enumerate(drawing["data_classes"]):
        yield _set(drawing, "data_classes", at, sensitivity="secret" if data["sensitivity"] == "public" else "public")
        yield _set(drawing, "data_classes", at, home_region=None if data["home_region"] else "eu")
    agents = _agents(drawing)
    for at, call in enumerate(drawing["interfaces"]):
        if call["target"] in agents or call["source"] == drawing["entry"]:
            yield _set(drawing, "interfaces", at, carries=[])
        operator = _operator(drawing, call["target"])
        if call["target"] in agents and operator == "vendor":
            yield _set(drawing, "interfaces", at, carries=[d["name"] for d in drawing["data_classes"]])


def failures_changed(drawing: Drawing) -> Iterator[Mutant]:
    """Failure behaviour lost, exchanged, or handed to somebody else; nobody to hand over to."""
    people = [c["id"] for c in drawing["components"] if c["kind"] == "human"]
    agents = _agents(drawing)
    for at, component in enumerate(drawing["components"]):
        plan = component["on_failure"]
        if component["id"] not in agents:
            continue
        yield _set(drawing, "components", at, on_failure=None)
        others = [("fail", None), ("retry", None), ("degrade", None), ("escalate", people[0])]
        others += [("fallback", agent) for agent in agents if agent != component["id"]]
        for behaviour, to in others:
            if (plan["behaviour"], plan["to"]) != (behaviour, to):
                yield _set(drawing, "components", at, on_failure={**plan, "behaviour": behaviour, "to": to})
    mutant = copy.deepcopy(drawing)
    mutant["interfaces"] = [i for i in mutant["interfaces"] if i["target"] not in people]
    yield "nobody can reach a person", mutant


def _agents(drawing: Drawing) -> list[str]:
    return [c["id"] for c in drawing["components"] if c["kind"] == "agent"]


def _operator(drawing: Drawing, node: str) -> str:
    zone = next(n["zone"] for field in ("components", "stores") for n in drawing[field] if n["id"] == node)
    return next(str(z["operator"]) for z in drawing["zones"] if z["id"] == zone)
