"""Decisions as typed data: the matrix in which options are compared, and the record that says what was decided."""

from archkit.decisions.matrix import (
    Criterion,
    DecisionMatrix,
    Evidence,
    Gate,
    GateResult,
    Option,
    Rating,
)
from archkit.decisions.record import Consequence, DecisionRecord, Reason, Trigger

__all__ = [
    "Consequence",
    "Criterion",
    "DecisionMatrix",
    "DecisionRecord",
    "Evidence",
    "Gate",
    "GateResult",
    "Option",
    "Rating",
    "Reason",
    "Trigger",
]
