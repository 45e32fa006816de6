"""Simulated runs as lines over time, one beside the other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from archkit.load.run import Run
from archkit.typed_data import did_you_mean

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["PANELS", "timeline"]

PANELS = {
    "response_p95": "95% of answers within (s)",
    "ready": "replicas ready",
    "waiting": "attempts waiting",
    "attempts": "attempts a minute",
    "served": "answered in time a minute",
    "utilisation": "utilisation",
}
"""What `timeline` can show: columns of `Run.over_time`, and how they are called in the figure."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
DASHES = ("solid", "dash", "dot", "dashdot")


def timeline(runs: Mapping[str, Run], *panels: str, step_s: float = 30.0) -> go.Figure:
    """Draw runs over time, one panel below the other.

    Args:
        runs: at most four, by the name that the legend gives them.
        panels: of `PANELS`; times are drawn on a logarithmic axis.
        step_s: seconds for which one point stands.

    Raises:
        ValueError: if a panel is not known, none is named, or there are too many runs.
    """
    from plotly.subplots import make_subplots

    for panel in panels:
        if panel not in PANELS:
            raise ValueError(
                f"There is no panel {panel!r}.{did_you_mean(panel, PANELS)} The panels are {', '.join(PANELS)}."
            )
    if not panels or not 1 <= len(runs) <= len(COLOURS):
        raise ValueError(f"Give one to {len(COLOURS)} runs and at least one panel: {', '.join(PANELS)}.")
    figure = make_subplots(
        rows=len(panels), shared_xaxes=True, vertical_spacing=0.12, subplot_titles=[PANELS[panel] for panel in panels]
    )
    for (name, run), colour, dash in zip(runs.items(), COLOURS, DASHES, strict=False):
        steps = run.over_time(step_s)
        for row, panel in enumerate(panels, start=1):
            counted = panel in ("attempts", "served")
            figure.add_scatter(
                x=steps.index,
                y=steps[panel] * (60 / step_s if counted else 1),
                name=name,
                legendgroup=name,
                showlegend=row == 1,
                line={"color": colour, "dash": dash, "shape": "hv" if panel == "ready" else "linear"},
                row=row,
                col=1,
            )
    for row, panel in enumerate(panels, start=1):
        if panel.startswith("response"):
            # Whole powers of ten, so that a calm run looks calm and runs can be compared.
            seconds = [value for trace in figure.select_traces(row=row, col=1) for value in trace.y if value > 0]
            low, high = math.log10(min(seconds, default=1)), math.log10(max(seconds, default=1))
            limits = [min(0, math.floor(low)), max(2, math.ceil(high))]
            figure.update_yaxes(type="log", dtick=1, range=limits, row=row)
        else:
            figure.update_yaxes(rangemode="tozero", row=row)
    figure.update_xaxes(title_text="minutes (simulated)", row=len(panels))
    figure.update_layout(height=170 + 190 * len(panels), legend={"orientation": "h", "y": -0.16 - 0.1 / len(panels)})
    return figure
