"""A year of Larkspur's support events, simulated: the data lake of the lesson on data architecture.

The history is made on first use, in some seconds, into the user's cache folder. It is a sample: about one contact in
fifty of what Trailmate sees. Nothing in it is about a real person.

It has the shape that such histories have. Contacts follow the hours of the day and the days of the week, grow over
the year, and jump twice: on the sales days of November, in every topic, and during a strike of the parcel carrier, in
questions on delivery only. Each event says when it happened and when it arrived, and these differ by the channel:
chat arrives within seconds, e-mail is fetched every five minutes, and the tablets in the shops send when they are
next connected.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archkit.model_files import cache_folder
from archkit.streaming import Event

if TYPE_CHECKING:
    import numpy as np

__all__ = ["CHANNELS", "END", "KINDS", "START", "STRIKE", "TOPICS", "arrivals", "event_history"]

START = datetime(2025, 11, 1)
"""The first moment of the history (UTC)."""

END = datetime(2026, 11, 1)
"""The end of the history (UTC), not included."""

STRIKE = (datetime(2026, 10, 20, 13), datetime(2026, 10, 22, 20))
"""First and last moment of the carrier's strike, in which questions on delivery triple."""

TOPICS = ("delivery", "returns", "product advice", "order change", "warranty and repair", "payment", "account")
"""What a contact is about, most frequent first."""

CHANNELS = ("chat", "e-mail", "shop")
"""How a contact comes in."""

KINDS = ("opened", "answered", "handed over", "resolved")
"""What can happen to a contact. Every contact is opened and answered; a quarter is handed over to a person."""

_VERSION = 1  # goes up with every change of what is made from a seed, so that no stale history is used

_TOPIC_SHARES = (0.30, 0.23, 0.15, 0.13, 0.09, 0.06, 0.04)
_CHANNEL_SHARES = (0.72, 0.24, 0.04)
_GROWTH = 1.5  # the last month against the first
_SALES_DAYS = {datetime(2025, 11, 28): 3.0, datetime(2025, 11, 29): 2.2, datetime(2025, 12, 1): 2.6}
_STRIKE_FACTOR = 3.0
# Monday to Sunday, and midnight to 23 o'clock UTC: Europe by day, the US in its evening.
_WEEKDAYS = (1.22, 1.12, 1.06, 1.02, 0.98, 0.78, 0.82)
_HOURS = (
    *(0.55, 0.42, 0.32, 0.24, 0.20, 0.24, 0.42, 0.75, 1.12, 1.42, 1.55, 1.52),
    *(1.40, 1.38, 1.42, 1.46, 1.48, 1.50, 1.48, 1.42, 1.28, 1.10, 0.90, 0.72),
)
_MESSAGES = (
    "Where is my parcel? Tracking has not moved since yesterday.",
    "I would like to send back what I ordered. How do I get a label?",
    "Which size or model do you advise for a week in the mountains in autumn?",
    "Please change the address, or cancel it if it is not too late.",
    "A zip has come off after one season. Is this covered by the warranty?",
    "I was charged twice and see no refund on my card yet.",
    "I cannot log in and the link to reset my password has expired.",
)
_GOODS = ("Fjellrev tent", "down jacket", "trail shoes", "45 l backpack", "sleeping mat", "rain shell", "gas stove")

# Codes become words here, and the text is put together, because DuckDB does both in a fraction of Python's time.
_WRITE = """
COPY (
    SELECT contact_id, kinds[kind + 1] AS kind, happened_at, arrived_at, topics[topic + 1] AS topic,
           channels[channel + 1] AS channel, CASE WHEN eu THEN 'eu' ELSE 'us' END AS region,
           CASE WHEN kind = 0 THEN messages[topic + 1] || ' It is about my ' || goods[(contact_id % len(goods)) + 1]
                || ', order LK-' || (contact_id * 7919 % 10000000) || '.' END AS text
    FROM frame, (SELECT $kinds AS kinds, $topics AS topics, $channels AS channels, $messages AS messages,
                        $goods AS goods)
) TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)
"""


def event_history(contacts: int = 450_000, seed: int = 2026, folder: Path | None = None) -> Path:
    """Return the folder of the history, making it first (with a progress bar) where it is not there yet.

    The folder is partitioned by the month in which an event happened: `month=2025-11/events.parquet` and so on, in
    the order of arrival. A row is one event, with the columns `contact_id`, `kind` (one of `KINDS`), `happened_at`
    and `arrived_at` (UTC), `topic`, `channel`, `region` ("eu" or "us") and `text` (what the customer wrote; only of
    the event that opens a contact).

    Args:
        contacts: about how many contacts the year has; there are some 3.2 events to a contact.
        seed: the same seed and size give the same events on every machine.
        folder: where histories are kept; the user's cache folder by default (`ARCHKIT_CACHE` moves it).

    Returns:
        the folder of this history, for `read_parquet(f"{folder}/*/*.parquet")`.

    Raises:
        ValueError: if fewer than 1,000 contacts are asked for.
        OSError: if the folder cannot be written; the message names it.
    """
    if contacts < 1_000:
        raise ValueError(f"A history of {contacts} contacts has no shape. Ask for at least 1,000.")
    kept = folder if folder is not None else cache_folder().parent / "event_history"
    history = kept / f"v{_VERSION}-{contacts}-contacts-seed-{seed}"
    if history.is_dir():
        return history
    kept.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=kept))
    try:
        _write_history(unfinished, contacts, seed)
        try:
            unfinished.rename(history)  # complete, or not there at all
        except OSError:
            # Another process may have been quicker; it wrote the same events.
            if not history.is_dir():
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return history


def arrivals(history: Path, since: datetime, until: datetime, kind: str = "opened") -> Iterator[Event]:
    """Yield events as a stream would deliver them: in the order in which they arrived.

    Args:
        history: the folder that `event_history` returned.
        since: the first moment of arrival (UTC).
        until: the end of arrivals (UTC), not included.
        kind: one of `KINDS`.

    Raises:
        ValueError: if there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"There is no kind of event {kind!r}; choose one of {', '.join(KINDS)}.")
    import duckdb

    with duckdb.connect() as connection:
        reader = connection.execute(
            "SELECT happened_at, arrived_at, topic FROM read_parquet($files) "
            "WHERE kind = $kind AND arrived_at >= $since AND arrived_at < $until "
            "ORDER BY arrived_at, happened_at, contact_id",
            {"files": f"{history.as_posix()}/*/*.parquet", "kind": kind, "since": since, "until": until},
        )
        while rows := reader.fetchmany(10_000):
            yield from (Event(*row) for row in rows)


def _write_history(into: Path, contacts: int, seed: int) -> None:
    import duckdb
    import numpy as np
    import pandas as pd
    from tqdm.auto import tqdm

    months = [moment.to_pydatetime() for moment in pd.date_range(START, END, freq="MS")]
    words = {"kinds": KINDS, "topics": TOPICS, "channels": CHANNELS, "messages": _MESSAGES, "goods": _GOODS}
    lists = {name: list(values) for name, values in words.items()}
    rates = _rates(contacts)
    first_hour, first_contact = 0, 0
    carried: dict[str, np.ndarray[Any, Any]] | None = None
    bar = tqdm(total=round(contacts * 3.24), unit=" events", unit_scale=True, desc="Making Larkspur's event history")
    with bar, duckdb.connect() as connection:
        for number, (month, after) in enumerate(itertools.pairwise(months)):
            hours = int((after - month) / timedelta(hours=1))
            random = np.random.default_rng([seed, number])
            made = _events(random, rates[first_hour : first_hour + hours], np.datetime64(month, "us"), first_contact)
            first_hour, first_contact = first_hour + hours, first_contact + int((made["kind"] == 0).sum())
            if carried is not None:
                made = {name: np.concatenate([carried[name], made[name]]) for name in made}
            now = made["happened_at"] < np.datetime64(after, "us")
            carried = {name: column[~now] for name, column in made.items()}  # opened this month, resolved in the next
            order = np.lexsort((made["kind"][now], made["contact_id"][now], made["arrived_at"][now]))
            frame = pd.DataFrame({name: column[now][order] for name, column in made.items()})
            path = into / f"month={month:%Y-%m}" / "events.parquet"
            path.parent.mkdir()
            connection.register("frame", frame)
            connection.execute(_WRITE.format(path=path.as_posix().replace("'", "''")), lists)
            connection.unregister("frame")
            bar.update(len(frame))


def _rates(contacts: int) -> np.ndarray[Any, Any]:
    """The contacts to be expected, for each hour of the year (rows) and topic (columns)."""
    import numpy as np

    hours = np.arange(int((END - START) / timedelta(hours=1)))
    days, hour = hours // 24, hours % 24
    rate: np.ndarray[Any, Any] = np.array(_HOURS)[hour] * np.array(_WEEKDAYS)[(days + START.weekday()) % 7]
    rate = rate * _GROWTH ** (hours / len(hours))
    for day, factor in _SALES_DAYS.items():
        rate[days == (day - START).days] *= factor
    rates: np.ndarray[Any, Any] = rate[:, None] * np.array(_TOPIC_SHARES)
    begin, end = ((moment - START) / timedelta(hours=1) for moment in STRIKE)
    rates[int(begin) : int(end), TOPICS.index("delivery")] *= _STRIKE_FACTOR
    rates *= contacts / rates.sum()
    return rates


def _events(
    random: np.random.Generator, rates: np.ndarray[Any, Any], start: np.datetime64, first_contact: int
) -> dict[str, np.ndarray[Any, Any]]:
    """All events of the contacts opened in some hours, as columns of codes and times."""
    import numpy as np

    second = 1_000_000  # times are whole microseconds, so that no machine rounds them differently
    counts = random.poisson(rates).ravel()
    cell = np.repeat(np.arange(counts.size), counts)
    size = cell.size
    hour, topic = np.divmod(cell, rates.shape[1])
    opened = hour * 3_600 * second + random.integers(0, 3_600 * second, size)
    channel = np.searchsorted(np.cumsum(_CHANNEL_SHARES)[:-1], random.random(size), side="right")
    eu = random.random(size) < 0.6
    answered = opened + np.round(random.lognormal(np.log(4), 0.5, size) * second).astype("int64")
    given = random.random(size) < np.where(topic == TOPICS.index("warranty and repair"), 0.5, 0.22)
    handed = answered + np.round(random.exponential(180, size) * second).astype("int64")
    minutes = np.where(given, random.lognormal(np.log(240), 1.0, size), random.lognormal(np.log(6), 0.8, size))
    resolved = np.where(given, handed, answered) + np.round(minutes * 60 * second).astype("int64")
    contact = first_contact + np.arange(size)
    every = np.concatenate([np.arange(size), np.arange(size), np.flatnonzero(given), np.arange(size)])
    kind = np.repeat(np.arange(4, dtype="int8"), [size, size, int(given.sum()), size])
    happened = np.concatenate([opened, answered, handed[given], resolved])
    # Seconds from happening to arriving, by channel: chat, e-mail (fetched every 300 s), shop (when next connected).
    delay = np.choose(
        channel[every],
        [
            random.exponential(2, every.size),
            random.uniform(0, 300, every.size) + random.exponential(5, every.size),
            random.exponential(2_400, every.size),
        ],
    )
    return {
        "contact_id": contact[every],
        "kind": kind,
        "happened_at": start + happened.astype("timedelta64[us]"),
        "arrived_at": start + (happened + np.round(delay * second).astype("int64")).astype("timedelta64[us]"),
        "topic": topic[every].astype("int8"),
        "channel": channel[every].astype("int8"),
        "eu": eu[every],
    }
