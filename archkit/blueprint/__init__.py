"""An architecture as typed data, the questions an architect asks of it, and its pictures."""

from archkit.blueprint.model import (
    Blueprint,
    Component,
    DataClass,
    FailureBehaviour,
    Interface,
    State,
    Store,
    TrustZone,
)
from archkit.typed_data import InvalidData

__all__ = [
    "Blueprint",
    "Component",
    "DataClass",
    "FailureBehaviour",
    "Interface",
    "InvalidData",
    "State",
    "Store",
    "TrustZone",
]
