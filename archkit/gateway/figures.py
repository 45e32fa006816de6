"""Pictures of what a gateway did."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from archkit.gateway.breaker import CircuitBreaker
    from archkit.gateway.driving import Run

__all__ = ["outage_figure", "waiting_figure"]

_BLUE, _ORANGE, _GREEN = "#0072B2", "#D55E00", "#009E73"
_STATES = {"closed": "rgba(0,0,0,0)", "open": "rgba(213,94,0,0.18)", "half-open": "rgba(0,114,178,0.25)"}


def waiting_figure(runs: Mapping[str, Run]) -> go.Figure:
    """Draw how long users waited: for each run, the time that each share of them stayed within.

    Args:
        runs: up to three runs by name.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    looks = ((_ORANGE, "dash"), (_BLUE, "solid"), (_GREEN, "dot"))
    shares = [*range(1, 100), 99.5, 100]
    for (name, run), (colour, dash) in zip(runs.items(), looks, strict=False):
        figure.add_scatter(
            x=shares,
            y=[run.milliseconds(share) for share in shares],
            name=name,
            line={"color": colour, "dash": dash, "width": 3},
            hovertemplate="%{x}% within %{y:.0f} ms<extra>" + name + "</extra>",
        )
    figure.update_xaxes(title="share of requests, %", range=[0, 101])
    marks = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000]
    figure.update_yaxes(title="answered within, ms", type="log", tickvals=marks, ticktext=[f"{ms:,}" for ms in marks])
    return figure.update_layout(height=380, legend_title="")


def outage_figure(runs: Mapping[str, Run], breakers: Mapping[str, CircuitBreaker], model: str) -> go.Figure:
    """Draw requests over time, one panel for each run: how long each took and who answered, behind it the breaker.

    Args:
        runs: the runs by name.
        breakers: the breakers of some of them, by the same names; their states are drawn as bands.
        model: the name of the step whose answers count as the model's own.
    """
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=len(runs), shared_xaxes=True, vertical_spacing=0.12, subplot_titles=list(runs))
    ends = max(one.began - run.began for run in runs.values() for one in run.served)
    longest = max(run.milliseconds(100) for run in runs.values())
    shortest = max(0.01, min(1_000 * one.seconds for run in runs.values() for one in run.served))
    looks = {"the model": (_BLUE, "circle"), "the next step": (_GREEN, "diamond")}
    for row, (name, run) in enumerate(runs.items(), start=1):
        for who, (colour, symbol) in looks.items():
            shown = [one for one in run.served if (one.by == model) == (who == "the model")]
            figure.add_scatter(
                x=[one.began - run.began for one in shown],
                y=[1_000 * one.seconds for one in shown],
                mode="markers",
                marker={"color": colour, "symbol": symbol, "size": 7},
                name=f"answered by {who}",
                legendgroup=who,
                showlegend=row == 1,
                hovertemplate="at %{x:.2f} s: %{y:.0f} ms<extra></extra>",
                row=row,
                col=1,
            )
        changes = breakers[name].changes if name in breakers else []
        ended = [at for at, _ in changes[1:]] + [run.began + ends]
        for (at, state), end in zip(changes, ended, strict=True) if changes else ():
            if state != "closed":
                figure.add_vrect(
                    x0=at - run.began, x1=end - run.began, fillcolor=_STATES[state], line_width=0, row=row, col=1
                )
        marks = [0.01, 0.1, 1, 10, 100, 1_000]
        around = [math.log10(shortest) - 0.25, math.log10(longest) + 0.25]
        figure.update_yaxes(
            title="ms",
            type="log",
            range=around,
            tickvals=marks,
            ticktext=[f"{mark:g}" for mark in marks],
            row=row,
            col=1,
        )
    figure.update_xaxes(title="seconds since the beginning", row=len(runs), col=1)
    return figure.update_layout(height=220 + 170 * len(runs), legend={"orientation": "h", "y": 1.16})
