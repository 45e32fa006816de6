"""Pictures of Trailmate: its graph as LangGraph draws it, and what became of a set of drills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archkit.trailmate.drill import Outcome, Verdict

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from archkit.trailmate.graph import Trailmate

__all__ = ["Drawing", "drawing", "matrix"]

COLOURS: dict[Verdict, str] = {
    "answered": "#009E73",
    "fallback": "#56B4E9",
    "to a person": "#0072B2",
    "waiting": "#BBBBBB",
    "error": "#E69F00",
    "wrong, unnoticed": "#D55E00",
}
"""Colour-blind safe (Okabe and Ito); each cell says its verdict in words as well."""

_WHITE_UPON: frozenset[Verdict] = frozenset({"to a person"})


@dataclass(frozen=True)
class Drawing:
    """A graph in Mermaid's language; a notebook draws it, and its words are read where it is not drawn."""

    mermaid: str
    words: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/vnd.mermaid": self.mermaid, "text/plain": self.words}


def drawing(trailmate: Trailmate, title: str = "Trailmate's graph") -> Drawing:
    """Return the picture that LangGraph draws of a compiled graph, with a title and a description in words."""
    graph = trailmate.get_graph()
    goes: dict[str, list[str]] = {}
    for edge in graph.edges:
        goes.setdefault(_plain(edge.source), []).append(_plain(edge.target))
    words = " ".join(f"From {source} to {_listed(sorted(targets))}." for source, targets in sorted(goes.items()))
    head, mark, rest = graph.draw_mermaid().partition("graph TD;\n")
    return Drawing(f"{head}{mark}\taccTitle: {title}\n\taccDescr: {words}\n{rest}", words)


def matrix(before: Sequence[Outcome], after: Sequence[Outcome]) -> go.Figure:
    """Draw what became of drills, agents by faults, without limits on the left and with them on the right."""
    from plotly.subplots import make_subplots

    figure = make_subplots(1, 2, subplot_titles=["without limits", "with limits"], shared_yaxes=True)
    verdicts = list(COLOURS)
    scale = [[edge / len(verdicts), COLOURS[verdict]] for i, verdict in enumerate(verdicts) for edge in (i, i + 1)]
    for column, outcomes in enumerate((before, after), start=1):
        agents = list(dict.fromkeys(outcome.drill.agent for outcome in outcomes))
        faults = list(dict.fromkeys(outcome.drill.fault for outcome in outcomes))
        found: Mapping[tuple[str, str], Outcome] = {(o.drill.agent, o.drill.fault): o for o in outcomes}
        cells = [[found.get((agent, fault)) for fault in faults] for agent in agents]
        figure.add_heatmap(
            z=[[None if cell is None else verdicts.index(cell.verdict) + 0.5 for cell in row] for row in cells],
            x=[fault.replace(" ", "<br>") for fault in faults],
            y=agents,
            zmin=0,
            zmax=len(verdicts),
            colorscale=scale,
            showscale=False,
            xgap=3,
            ygap=3,
            hoverinfo="skip",
            row=1,
            col=column,
        )
        for agent in agents:
            for fault in faults:
                cell = found.get((agent, fault))
                figure.add_annotation(
                    x=fault.replace(" ", "<br>"),
                    y=agent,
                    text=cell.verdict.replace(", ", ",<br>").replace("to a ", "to a<br>") if cell else "–",
                    font={"color": "white" if cell and cell.verdict in _WHITE_UPON else "black", "size": 11},
                    showarrow=False,
                    row=1,
                    col=column,
                )
    figure.update_yaxes(autorange="reversed")
    return figure.update_layout(height=330, margin={"l": 60, "r": 10, "t": 40, "b": 70})


def _plain(node: str) -> str:
    return {"__start__": "start", "__end__": "the end"}.get(node, node)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
