"""System patterns in miniature, put to the same 200 requests and compared by wait, cost and outcome."""

from archkit.patterns.desks import DESKS, Desk, desk_of, desk_tools, notes, search
from archkit.patterns.requests import Outcome, outcome, trailmate_requests
from archkit.patterns.runs import (
    Hosted,
    Run,
    Served,
    board,
    board_figure,
    gain,
    hosted_models,
    routed,
    routing_table,
)
from archkit.patterns.small_model import WordMatchingChatModel
from archkit.patterns.waiting import arrivals, changed_share, quota_waits, waits_until

__all__ = [
    "DESKS",
    "Desk",
    "Hosted",
    "Outcome",
    "Run",
    "Served",
    "WordMatchingChatModel",
    "arrivals",
    "board",
    "board_figure",
    "changed_share",
    "desk_of",
    "desk_tools",
    "gain",
    "hosted_models",
    "notes",
    "outcome",
    "quota_waits",
    "routed",
    "routing_table",
    "search",
    "trailmate_requests",
    "waits_until",
]
