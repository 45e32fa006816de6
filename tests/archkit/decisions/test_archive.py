"""The archive is read and drawn: what is in force, what was superseded, and what has fired."""

from datetime import date

import pytest

from archkit.decisions.archive import draw_archive, load_archive, load_measurements
from archkit.typed_data import InvalidData

TODAY = date(2026, 11, 22)


def bars(figure, name):
    """The record and the ends of each bar of one kind."""
    ids = {value: text.split()[0] for value, text in zip(*_ticks(figure), strict=True)}
    return {ids[t.y[0]]: tuple(t.x) for t in figure.data if t.name == name and t.mode == "lines"}


def _ticks(figure):
    return figure.layout.yaxis.tickvals, figure.layout.yaxis.ticktext


def test_records_come_in_the_order_in_which_they_were_decided():
    days = [record.decided_on for record in load_archive().values()]
    assert days == sorted(days)


def test_measurements_can_be_taken_by_month():
    table = load_measurements()
    assert str(table.index[-1]) == "2026-11"
    assert len(table.loc["2026-09":]) == 3


def test_a_superseded_record_ends_on_the_day_of_its_successor():
    archive = load_archive()
    found = bars(draw_archive(archive, TODAY), "superseded")
    assert found == {
        "adr-001": (archive["adr-001"].decided_on, archive["adr-004"].decided_on),
        "adr-004": (archive["adr-004"].decided_on, archive["adr-008"].decided_on),
    }


def test_a_record_that_was_replaced_and_not_marked_is_told_apart():
    found = bars(draw_archive(load_archive(), TODAY), "superseded, and still marked accepted")
    assert list(found) == ["adr-003"]


def test_from_the_day_on_which_a_trigger_fired_the_bar_has_another_colour():
    fired = {"adr-005": date(2026, 1, 31), "adr-001": date(2024, 8, 31)}
    found = bars(draw_archive(load_archive(), TODAY, fired), "in force, and a trigger has fired")
    assert found == {"adr-005": (date(2026, 1, 31), TODAY)}


def test_a_trigger_that_had_fired_before_the_decision_colours_the_whole_bar():
    archive = load_archive()
    found = bars(draw_archive(archive, TODAY, {"adr-012": date(2026, 1, 1)}), "in force, and a trigger has fired")
    assert found == {"adr-012": (archive["adr-012"].decided_on, TODAY)}


def test_each_successor_gets_an_arrow_and_each_kind_one_line_in_the_legend():
    figure = draw_archive(load_archive(), TODAY, due={"adr-010": date(2026, 12, 11)})
    assert len([a for a in figure.layout.annotations if a.ax is not None]) == 3
    shown = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert len(shown) == len(set(shown))


def test_a_record_that_is_not_there_is_named():
    with pytest.raises(InvalidData, match="no record 'adr-099'"):
        draw_archive(load_archive(), TODAY, due={"adr-099": TODAY})
