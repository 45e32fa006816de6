"""Rehearsals of agent programs: faults injected, processes killed and resumed, evidence recorded outside the program.

A program defines `build_graph(desk, checkpointer)` and reaches its specialists through the desk alone. The desk's line
leads to the stage, another process, which plays the specialists, lets them fail, and records every call.
"""

from archkit.rehearsal.desk import Desk, RateLimited, SpecialistDown, SpecialistError, SpecialistTimeout
from archkit.rehearsal.process import RehearsalError
from archkit.rehearsal.rehearsing import end_rehearsals, rehearse, rehearse_all
from archkit.rehearsal.script import Fault, Record, Route, Script, ScriptedSpecialist, Topic
from archkit.rehearsal.transcript import Call, Graph, Handoff, History, SideEffect, Transcript, Turn

__all__ = [
    "Call",
    "Desk",
    "Fault",
    "Graph",
    "Handoff",
    "History",
    "RateLimited",
    "Record",
    "RehearsalError",
    "Route",
    "Script",
    "ScriptedSpecialist",
    "SideEffect",
    "SpecialistDown",
    "SpecialistError",
    "SpecialistTimeout",
    "Topic",
    "Transcript",
    "Turn",
    "end_rehearsals",
    "rehearse",
    "rehearse_all",
]
