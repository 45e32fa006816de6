"""Mutants of a right drawing: structure changed for checks of components, labels changed for checks of data."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from autograde.proof.mutations import Mutant

__all__ = ["labels_changed", "structure_changed"]

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
