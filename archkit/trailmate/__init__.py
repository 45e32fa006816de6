"""Trailmate, Larkspur's support assistant, as a LangGraph of agents: triage, policy, orders, and a person behind them.

`build` makes the graph, with or without limits; `drill` puts a fault into one of its agents and reports what becomes of
the customer, the checkpoint and the bill. `python -m archkit.trailmate` serves one turn in a process of its own.
"""

from archkit.trailmate.agents import Agents
from archkit.trailmate.drawing import drawing, matrix
from archkit.trailmate.drill import CUSTOMER, DELEGATION, QUESTIONS, Drill, Outcome, drill, drills
from archkit.trailmate.faults import FAULTS, faulty
from archkit.trailmate.graph import build
from archkit.trailmate.limits import Limits, MalformedOutput
from archkit.trailmate.orders import look_up, order_tools
from archkit.trailmate.spending import Meter, dollars
from archkit.trailmate.state import Caller, Conversation, Route
from archkit.trailmate.tickets import Tickets

__all__ = [
    "CUSTOMER",
    "DELEGATION",
    "FAULTS",
    "QUESTIONS",
    "Agents",
    "Caller",
    "Conversation",
    "Drill",
    "Limits",
    "MalformedOutput",
    "Meter",
    "Outcome",
    "Route",
    "Tickets",
    "build",
    "dollars",
    "drawing",
    "drill",
    "drills",
    "faulty",
    "look_up",
    "matrix",
    "order_tools",
]
