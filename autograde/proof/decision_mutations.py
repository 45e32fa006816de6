"""Mutants of a right decision: results, scores, evidence, totals and the record changed, one thing at a time.

A sheet of such a check has several answers, and each generator is handed all of them in turn: it recognises its own by
their form, and yields nothing for an answer that another check's generator changes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from autograde.proof import mutations
from autograde.proof.mutations import Mutant

__all__ = [
    "criteria_changed",
    "flips_changed",
    "gates_changed",
    "matrix_changed",
    "number_or_never_changed",
    "ratings_changed",
    "record_changed",
]

Part = dict[str, Any]


def number_or_never_changed(value: float | str) -> Iterator[Mutant]:
    """A number changed as numbers are, or for a number "never", and the other way round."""
    if isinstance(value, str):
        for number in (0, 1, 36, 2_000_000.0, 50_000_000.0):
            yield f"{number:,.0f}", number
    else:
        yield from mutations.numbers(value)
        yield "never", "never"


def gates_changed(parts: Sequence[Part]) -> Iterator[Mutant]:
    """A gate lost, renamed or moved; a result lost or turned round; evidence changed or taken from elsewhere."""
    for at, part in enumerate(parts):
        label = _label(part)
        yield f"without {label}", [p for p in parts if p is not part]
        if "requirement" in part:
            yield _changed(parts, at, id=f"{part['id']}s")
            if isinstance(part["limit"], str):
                yield _changed(parts, at, limit={"eu": "us"}.get(part["limit"], "eu"))
            elif part["limit"] is not None:
                for factor in (1.3, 0.7):
                    yield _changed(parts, at, limit=part["limit"] * factor)
        else:
            yield _changed(parts, at, passes=not part["passes"])
            yield from _evidence_changed(parts, at)


def _evidence_changed(parts: Sequence[Part], at: int) -> Iterator[Mutant]:
    evidence = parts[at]["evidence"]
    changes: list[Part] = [{"source": "everybody knows"}]
    if evidence["value"] is not None:
        changes += [{"value": evidence["value"] * factor} for factor in (1.3, 0.5, -1)] + [{"value": None}]
    opposite = {"eu": "us", "us": "eu", "yes": "no", "no": "yes"}
    if evidence["note"] in opposite:
        changes += [{"note": opposite[evidence["note"]]}, {"note": None}]
    own = f".ways.{parts[at]['option']}."
    for other in ("managed", "open_managed", "self_hosted"):
        if own in evidence["source"] and other != parts[at]["option"]:
            changes.append({"source": evidence["source"].replace(own, f".ways.{other}.")})
    for change in changes:
        yield _changed(parts, at, evidence={**evidence, **change})


def criteria_changed(parts: Sequence[Part]) -> Iterator[Mutant]:
    """A direction turned round, a weight taken away, a criterion renamed, a needed one lost, a forbidden one added."""
    for at, part in enumerate(parts):
        yield _changed(parts, at, better={"lower": "higher", "higher": "lower"}[part["better"]])
        yield _changed(parts, at, weight=0)
        yield _changed(parts, at, id=f"{part['id']}s")
        if part["id"] in ("monthly_cost", "quality"):
            yield f"without {part['id']}", [p for p in parts if p is not part]
    yield "the first alone", list(parts[:1])
    for forbidden in ("price_in", "price_out", "rent", "people", "residency", "training", "on_call"):
        added = {**parts[0], "id": forbidden, "better": "lower"}
        yield f"with {forbidden}", [*parts, added]
        yield f"{forbidden} for {parts[0]['id']}", [added, *parts[1:]]


def ratings_changed(parts: Sequence[Part]) -> Iterator[Mutant]:
    """A rating lost, evidence changed, the best and the worst score of a criterion swapped, all scores alike."""
    if not parts or "score" not in parts[0]:
        return
    for at, part in enumerate(parts):
        yield f"without {_label(part)}", [p for p in parts if p is not part]
        yield from _evidence_changed(parts, at)
    for criterion in dict.fromkeys(part["criterion"] for part in parts):
        yield _swapped(parts, criterion)
        yield (
            f"{criterion}: all alike",
            [{**p, "score": 5.0} if p["criterion"] == criterion else p for p in parts],
        )


def _swapped(parts: Sequence[Part], criterion: str) -> Mutant:
    of_it = sorted((p for p in parts if p["criterion"] == criterion), key=lambda p: float(p["score"]))
    scores = {of_it[0]["option"]: of_it[-1]["score"], of_it[-1]["option"]: of_it[0]["score"]}
    mutant = [{**p, "score": scores.get(p["option"], p["score"])} if p["criterion"] == criterion else p for p in parts]
    return f"{criterion}: scores of {' and '.join(scores)} swapped", mutant


def matrix_changed(value: Any) -> Iterator[Mutant]:
    """A matrix with a part lost or changed; totals changed; another winner."""
    if isinstance(value, str):
        for other in ("managed", "open_managed", "self_hosted", "none"):
            if other != value:
                yield other, other
    elif "question" not in value:
        yield from totals_changed(value)
    else:
        for at, result in enumerate(value["gate_results"]):
            label = _label(result)
            yield (
                f"without {label}",
                _with(value, "gate_results", [r for r in value["gate_results"] if r is not result]),
            )
            turned = _changed(value["gate_results"], at, passes=not result["passes"])
            yield turned[0], _with(value, "gate_results", turned[1])
        for at, rating in enumerate(value["ratings"]):
            label = _label(rating)
            yield f"without {label}", _with(value, "ratings", [r for r in value["ratings"] if r is not rating])
            evidence = rating["evidence"]
            if evidence["value"] is not None:
                moved = _changed(value["ratings"], at, evidence={**evidence, "value": evidence["value"] * 1.3})
                yield moved[0], _with(value, "ratings", moved[1])
        for criterion in value["criteria"]:
            description, ratings = _swapped(value["ratings"], criterion["id"])
            yield description, _with(value, "ratings", ratings)
        for gate in value["gates"]:
            yield (
                f"without the gate {gate['id']}",
                {
                    **value,
                    "gates": [g for g in value["gates"] if g is not gate],
                    "gate_results": [r for r in value["gate_results"] if r["gate"] != gate["id"]],
                },
            )


def totals_changed(totals: dict[str, float]) -> Iterator[Mutant]:
    """One total missing or off, and two swapped."""
    ids = list(totals)
    for id in ids:
        yield f"without {id}", {k: v for k, v in totals.items() if k != id}
        for factor in (1.1, 0.9, 10, 0):
            yield f"{id} × {factor}", {**totals, id: totals[id] * factor}
    for one, other in zip(ids, [*ids[1:], ids[0]], strict=True):
        if abs(totals[one] - totals[other]) > 0.05:
            yield f"{one} and {other} swapped", {**totals, one: totals[other], other: totals[one]}


def flips_changed(flips: Any) -> Iterator[Mutant]:
    """One share missing, moved, or "never" where there is one, and the other way round."""
    if "question" in flips:
        return
    for id, value in flips.items():
        yield f"without {id}", {k: v for k, v in flips.items() if k != id}
        if isinstance(value, str):
            yield f"{id}: 0.5", {**flips, id: 0.5}
        else:
            for by in (0.05, -0.05, 0.2):
                yield f"{id} moved by {by}", {**flips, id: value + by}
            yield f"{id} in percent", {**flips, id: 100 * value}
            yield f"{id}: never", {**flips, id: "never"}
    yield "nothing", {}


def record_changed(record: Any) -> Iterator[Mutant]:
    """Another choice, wrong numbers, reasons that are none, triggers that cannot fire, nothing given up."""
    if "chosen" not in record:
        return
    for other in record["considered"]:
        if other != record["chosen"]:
            yield f"chosen: {other}", {**record, "chosen": other}
    for at, reason in enumerate(record["because"]):
        yield _with_changed(record, "because", at, by="intuition")
        if reason["value"] is not None:
            for factor in (1.3, 0.5, 10):
                yield _with_changed(record, "because", at, value=reason["value"] * factor)
    yield "reasons without numbers", {**record, "because": [{**r, "value": None} for r in record["because"]]}
    for at, trigger in enumerate(record["revisit_when"]):
        yield _with_changed(record, "revisit_when", at, when={"above": "below", "below": "above"}[trigger["when"]])
        for factor in (1.6, 0.6, 100, -1):
            yield _with_changed(record, "revisit_when", at, threshold=trigger["threshold"] * factor)
    yield "no trigger", {**record, "revisit_when": []}
    yield (
        "nothing given up by name",
        {**record, "costs_and_risks": [{**c, "what": c["what"].replace(":", ",")} for c in record["costs_and_risks"]]},
    )


def _with_changed(record: Part, field: str, at: int, **values: Any) -> Mutant:
    description, parts = _changed(record[field], at, **values)
    return description, {**record, field: parts}


def _with(matrix: Part, field: str, parts: Sequence[Part]) -> Part:
    return {**matrix, field: list(parts)}


def _changed(parts: Sequence[Part], at: int, **values: Any) -> tuple[str, list[Part]]:
    mutant = copy.deepcopy(list(parts))
    mutant[at].update(values)
    return f"{_label(parts[at])}: {', '.join(f'{k} = {v!r}' for k, v in values.items())}", mutant


def _label(part: Part) -> str:
    if "option" in part:
        return f"{part['option']}/{part.get('gate') or part.get('criterion')}"
    return str(part.get("id") or part.get("by") or part.get("metric"))
