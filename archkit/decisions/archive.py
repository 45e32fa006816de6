"""An archive of decision records, what has been measured since, and a drawing of both: `data/decisions`.

The company, its decisions and its measurements are invented. The functions load and draw; the questions to the archive
are asked in the lesson.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from archkit.course import data_folder
from archkit.decisions.record import DecisionRecord
from archkit.typed_data import InvalidData

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

__all__ = ["draw_archive", "load_archive", "load_measurements"]


@cache
def load_archive() -> dict[str, DecisionRecord]:
    """Return the records of `data/decisions/archive.json` by id, in the order in which they were decided.

    Raises:
        archkit.typed_data.InvalidData: if the file was edited and holds something that is no record.
    """
    text = (data_folder() / "decisions" / "archive.json").read_text(encoding="utf-8")
    records = [DecisionRecord.model_validate(fields) for fields in json.loads(text)]
    return {record.id: record for record in records}


def load_measurements() -> pd.DataFrame:
    """Return what was measured: a column for each metric, a row for each month, empty where nothing was measured yet.

    The index holds months (`pandas.Period`), so that rows can be taken by text: `table.loc["2026-04":]`.
    """
    import pandas as pd

    table = pd.read_csv(data_folder() / "decisions" / "measurements.csv", index_col="month")
    table.index = pd.PeriodIndex(table.index, freq="M", name="month")
    return table


def draw_archive(
    records: Mapping[str, DecisionRecord],
    today: datetime.date,
    fired: Mapping[str, datetime.date] | None = None,
    due: Mapping[str, datetime.date] | None = None,
) -> go.Figure:
    """Draw each record as a bar from its day to the day of the record that superseded it, or to today.

    Args:
        records: the records by id.
        today: where open bars end, marked by a dashed line.
        fired: by record, the day on which a trigger fired; from there on the bar of an open record is orange.
        due: by record, a day in the past or future to be marked with a diamond.

    Raises:
        archkit.typed_data.InvalidData: if `fired` or `due` names a record that there is none of.
    """
    import plotly.graph_objects as go

    fired, due = dict(fired or {}), dict(due or {})
    if unknown := [id for id in (*fired, *due) if id not in records]:
        raise InvalidData("The drawing", [f"there is no record {id!r}." for id in dict.fromkeys(unknown)])
    rows = {id: len(records) - number for number, id in enumerate(records)}
    heirs = {old: new for new in records.values() if (old := new.supersedes) in records}
    figure = go.Figure()

    def bar(id: str, start: datetime.date, end: datetime.date, name: str, colour: str) -> None:
        shown = name not in {trace.name for trace in figure.data}
        figure.add_scatter(
            x=[start, end], y=[rows[id]] * 2, mode="lines", name=name, legendgroup=name, showlegend=shown,
            line={"color": colour, "width": 11}, hovertext=records[id].title,
        )  # fmt: skip

    for id, record in records.items():
        heir = heirs.get(id)
        end = heir.decided_on if heir else today
        crossed = max(fired.get(id, end), record.decided_on)
        if record.status == "superseded":
            bar(id, record.decided_on, end, "superseded", "#999999")
        else:
            bar(id, record.decided_on, min(crossed, end), "in force", "#0072B2")
            if crossed < end:
                bar(id, crossed, end, "in force, and a trigger has fired", "#D55E00")
            if heir:
                bar(id, end, today, "superseded, and still marked accepted", "#CC79A7")
        if heir:
            figure.add_annotation(
                ax=end, ay=rows[id], x=end, y=rows[heir.id] + 0.25, axref="x", ayref="y", arrowhead=2, text="",
                arrowcolor="#555555",
            )  # fmt: skip
    if due:
        figure.add_scatter(
            x=list(due.values()), y=[rows[id] for id in due], mode="markers", name="a day that was set",
            marker={"symbol": "diamond", "size": 11, "color": "#009E73", "line": {"color": "white", "width": 1}},
        )  # fmt: skip
    figure.add_vline(x=today.isoformat(), line_dash="dash", line_color="#555555")
    figure.update_yaxes(tickvals=list(rows.values()), ticktext=[f"{id}  {records[id].title}" for id in rows])
    figure.update_layout(
        height=90 + 30 * len(rows), margin={"l": 10, "r": 10, "t": 10}, legend={"orientation": "h", "y": -0.1}
    )
    return figure
