"""A matrix and a record to read: HTML without script for notebooks and graded pages, and plain text."""

from __future__ import annotations

from archkit.case.brief import Table, page_html, page_text
from archkit.decisions.matrix import DecisionMatrix, Evidence
from archkit.decisions.record import DecisionRecord

__all__ = ["matrix_html", "matrix_text", "record_html", "record_text"]


def matrix_html(matrix: DecisionMatrix) -> str:
    """Return a matrix as HTML with headed tables, readable in light and dark themes and by a screen reader."""
    return page_html(matrix.question, _verdict(matrix), _matrix_tables(matrix), label="Decision matrix")


def matrix_text(matrix: DecisionMatrix) -> str:
    """Return a matrix as plain text."""
    return page_text(matrix.question, _verdict(matrix), _matrix_tables(matrix))


def record_html(record: DecisionRecord) -> str:
    """Return a record as HTML with headed tables, readable in light and dark themes and by a screen reader."""
    return page_html(_title(record), _statement(record), _record_tables(record), label="Architecture decision record")


def record_text(record: DecisionRecord) -> str:
    """Return a record as plain text."""
    return page_text(_title(record), _statement(record), _record_tables(record))


def _complete(matrix: DecisionMatrix) -> bool:
    rated = {(rating.option, rating.criterion) for rating in matrix.ratings}
    return all((option.id, criterion.id) in rated for option in matrix.options for criterion in matrix.criteria)


def _verdict(matrix: DecisionMatrix) -> list[str]:
    names = {option.id: option.name for option in matrix.options}
    admitted = matrix.admitted()
    out = [name for id, name in names.items() if id not in admitted]
    sentences = []
    if matrix.gates:
        passing = ", ".join(names[id] for id in admitted) or "none"
        failing = f" Out, whatever the score: {', '.join(out)}." if out else ""
        sentences.append(f"Every gate is passed by: {passing}.{failing}")
    if not _complete(matrix):
        sentences.append("Not every option is rated by every criterion yet, so there are no totals.")
    elif admitted:
        sentences.append(f"The best total among them has {names[matrix.ranking()[0]]}.")
    return sentences


def _matrix_tables(matrix: DecisionMatrix) -> list[Table]:
    options = [option.name for option in matrix.options]
    tables: list[Table] = []
    if matrix.gates:
        results = {(result.option, result.gate): result for result in matrix.gate_results}
        rows = []
        for gate in matrix.gates:
            row = [gate.requirement]
            for option in matrix.options:
                result = results.get((option.id, gate.id))
                said = "not judged" if result is None else "passes" if result.passes else "fails"
                row.append(said if result is None else f"{said}: {_said(result.evidence)}")
            rows.append(row)
        tables.append(("Must-haves", ("requirement", *options), rows))
    whole = sum(criterion.weight for criterion in matrix.criteria)
    ratings = {(rating.option, rating.criterion): rating for rating in matrix.ratings}
    rows = []
    for criterion in matrix.criteria:
        row = [f"{criterion.name} ({criterion.better} is better)", f"{criterion.weight / whole:.0%}"]
        for option in matrix.options:
            rating = ratings.get((option.id, criterion.id))
            row.append("not rated" if rating is None else f"{rating.score:.1f}: {_said(rating.evidence)}")
        rows.append(row)
    if _complete(matrix):
        totals = matrix.totals()
        rows.append(["total", "", *(f"{totals[option.id]:.2f}" for option in matrix.options)])
    tables.append(("Scores from 0 to 10, and what shows them", ("criterion", "weight", *options), rows))
    return tables


def _said(evidence: Evidence) -> str:
    figure = "" if evidence.value is None else f"{_number(evidence.value)} {evidence.unit or ''}".strip()
    words = "; ".join(part for part in (figure, evidence.note or "") if part)
    return f"{words} ({evidence.source})" if words else evidence.source


def _title(record: DecisionRecord) -> str:
    return f"{record.id.upper()}: {record.title}"


def _statement(record: DecisionRecord) -> list[str]:
    replaced = f" It supersedes {record.supersedes.upper()}." if record.supersedes else ""
    return [
        f"Status: {record.status}, {record.decided_on.isoformat()}, by {', '.join(record.deciders)}.{replaced}",
        f"Context: {record.context}",
        f"Considered: {', '.join(record.considered)}. Chosen: {record.chosen}.",
    ]


def _record_tables(record: DecisionRecord) -> list[Table]:
    because = [
        (reason.by, reason.says, "" if reason.value is None else f"{_number(reason.value)} {reason.unit or ''}".strip(),
         reason.source)
        for reason in record.because
    ]  # fmt: skip
    triggers = [
        (trigger.metric, f"{trigger.when} {_number(trigger.threshold)} {trigger.unit}",
         trigger.look_again_by.isoformat() if trigger.look_again_by else "no day")
        for trigger in record.revisit_when
    ]  # fmt: skip
    consequences = [(item.what, item.answer, item.owner) for item in record.costs_and_risks]
    return [
        ("Because", ("by", "reason", "number", "source"), because),
        ("What it costs and risks", ("what", "answer", "owner"), consequences),
        (
            "Looked at again",
            ("when", "is", "and at the latest on"),
            triggers or [("never: no trigger is named", "", "")],
        ),
    ]


def _number(value: float) -> str:
    """Write a quantity as people do: 12,400 or 0.35."""
    return f"{value:,.0f}" if abs(value) >= 1_000 or value == int(value) else f"{value:,.3g}"
