"""The simulated history of Larkspur's support: the same for its seed, and shaped as such histories are."""

from datetime import timedelta

import duckdb
import pytest

from archkit.event_history import END, START, STRIKE, TOPICS, arrivals, event_history

CONTACTS = 40_000


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    return event_history(CONTACTS, seed=3, folder=tmp_path_factory.mktemp("history"))


@pytest.fixture(scope="module")
def ask(history):
    with duckdb.connect() as lake:
        files = f"{history.as_posix()}/*/*.parquet"
        lake.read_parquet(files, hive_partitioning=True).create_view("events")

        def ask(sql):
            return lake.execute(sql).fetchall()

        yield ask


def content(folder):
    with duckdb.connect() as lake:
        files = f"{folder.as_posix()}/*/*.parquet"
        return lake.read_parquet(files, hive_partitioning=True).order("ALL").fetchall()


def test_the_same_seed_gives_the_same_events(tmp_path):
    first = event_history(1_500, seed=5, folder=tmp_path / "first")
    second = event_history(1_500, seed=5, folder=tmp_path / "second")
    assert content(first) == content(second)


def test_another_seed_gives_other_events(tmp_path):
    assert content(event_history(1_500, 5, tmp_path)) != content(event_history(1_500, 6, tmp_path))


def test_a_history_is_made_once(history):
    before = [path.stat().st_mtime_ns for path in sorted(history.rglob("*.parquet"))]
    assert event_history(CONTACTS, seed=3, folder=history.parent) == history
    assert [path.stat().st_mtime_ns for path in sorted(history.rglob("*.parquet"))] == before


def test_what_was_begun_and_not_finished_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("archkit.event_history._WRITE", "SELECT nothing FROM nowhere")
    with pytest.raises(duckdb.Error):
        event_history(1_500, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_it_lives_in_the_cache_unless_told_otherwise(tmp_path, monkeypatch):
    monkeypatch.setenv("ARCHKIT_CACHE", str(tmp_path))
    assert event_history(1_000).is_relative_to(tmp_path)


def test_the_full_history_holds_more_than_a_million_events(ask):
    ((events, contacts),) = ask("SELECT count(*), count(DISTINCT contact_id) FROM events")
    assert contacts == pytest.approx(CONTACTS, rel=0.03)
    assert events / contacts * 450_000 > 1_000_000


def test_each_event_lies_in_the_folder_of_the_month_in_which_it_happened(ask):
    assert ask("SELECT count(*) FROM events WHERE strftime(happened_at, '%Y-%m') != month") == [(0,)]
    ((first, last, months),) = ask("SELECT min(happened_at), max(happened_at), count(DISTINCT month) FROM events")
    assert (first >= START, last < END, months) == (True, True, 12)


def test_every_contact_is_opened_once_before_anything_else_happens_to_it(ask):
    ((opened, contacts),) = ask(
        "SELECT count(*) FILTER (kind = 'opened'), count(DISTINCT contact_id) FROM events WHERE kind IN "
        "('opened', 'answered')"
    )
    assert opened == contacts
    wrong = ask(
        "SELECT count(*) FROM (SELECT arg_min(kind, happened_at) AS k FROM events GROUP BY contact_id) "
        "WHERE k != 'opened'"
    )
    assert wrong == [(0,)]


def test_nothing_arrives_before_it_happened_and_lateness_goes_by_the_channel(ask):
    assert ask("SELECT count(*) FROM events WHERE arrived_at < happened_at") == [(0,)]
    late = dict(ask("SELECT channel, quantile_cont(epoch(arrived_at - happened_at), 0.9) FROM events GROUP BY channel"))
    assert late["chat"] < 10 < 200 < late["e-mail"] < 310 < 3_600 < late["shop"]


def test_days_nights_and_weekends_show(ask):
    hours = dict(ask("SELECT hour(happened_at), count(*) FROM events WHERE kind = 'opened' GROUP BY 1"))
    assert hours[17] > 4 * hours[4]
    days = dict(ask("SELECT isodow(happened_at), count(*) FROM events WHERE kind = 'opened' GROUP BY 1"))
    assert max(days, key=days.get) == 1 and min(days, key=days.get) in (6, 7)


def test_contacts_grow_over_the_year_and_jump_on_the_sales_days(ask):
    days = dict(ask("SELECT happened_at::DATE, count(*) FROM events WHERE kind = 'opened' GROUP BY 1"))
    friday = min(days) + timedelta(days=27)
    assert days[friday] > 2 * days[friday - timedelta(days=7)]
    assert sum(n for day, n in days.items() if day.month == 9) > 1.2 * sum(n for d, n in days.items() if d.month == 1)


def test_the_strike_brings_questions_on_delivery_and_no_others(ask):
    begin, end = STRIKE
    week = timedelta(days=7)

    def per_topic(since, until):
        return dict(
            ask(
                f"SELECT topic, count(*) FROM events WHERE kind = 'opened' AND happened_at >= '{since}' "
                f"AND happened_at < '{until}' GROUP BY topic"
            )
        )

    usual, strike = per_topic(begin - week, end - week), per_topic(begin, end)
    assert set(usual) == set(TOPICS)
    assert strike["delivery"] > 2 * usual["delivery"]
    others = [topic for topic in TOPICS if topic != "delivery"]
    assert sum(strike[topic] for topic in others) == pytest.approx(sum(usual[topic] for topic in others), rel=0.35)


def test_a_query_on_one_month_opens_one_file(ask):
    ((_, plan),) = ask("EXPLAIN ANALYZE SELECT count(*) FROM events WHERE month = '2026-10' AND topic = 'returns'")
    assert "1/12" in plan


def test_arrivals_are_what_arrived_in_that_order(history, ask):
    since, until = STRIKE
    events = list(arrivals(history, since, until))
    assert [e.arrived_at for e in events] == sorted(e.arrived_at for e in events)
    assert all(since <= e.arrived_at < until for e in events)
    assert [(len(events),)] == ask(
        f"SELECT count(*) FROM events WHERE kind = 'opened' AND arrived_at >= '{since}' AND arrived_at < '{until}'"
    )


def test_requests_that_cannot_be_met_say_why(tmp_path, history):
    with pytest.raises(ValueError, match="at least 1,000"):
        event_history(10, folder=tmp_path)
    with pytest.raises(ValueError, match="'closed'; choose one of opened"):
        next(arrivals(history, START, END, kind="closed"))
