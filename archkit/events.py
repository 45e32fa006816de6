"""Events between services: a transactional outbox, a queue that delivers at least once, and consumers, on SQLite.

It shows what message brokers decide for you, in the terms of Amazon SQS (visibility timeout, receive count, dead-letter
queue) and of Hohpe and Woolf 2003, *Enterprise Integration Patterns* (guaranteed delivery, idempotent receiver, dead
letter channel). The outbox is the pattern "transactional outbox" of Richardson 2018, *Microservices Patterns*.

Between any two steps a process can die. Those places are called crash points here; whoever calls these functions can
pass something that is told each one, and that raises `SimulatedCrash` or ends the process there.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = [
    "CrashPoint",
    "Delivery",
    "Inbox",
    "ManualClock",
    "Message",
    "Outbox",
    "Queue",
    "SimulatedCrash",
    "consume",
    "kill_at",
    "open_database",
    "random_crashes",
    "survive",
]

CrashPoint = Callable[[str], None]
"""Is told the name of each place at which a process may die, such as "published, not yet marked"."""


class SimulatedCrash(Exception):
    """Stands for the death of a process: nothing after it runs, and an open transaction is rolled back."""


def survive(point: str) -> None:
    """Let every crash point pass."""


def kill_at(point: str) -> CrashPoint:
    """Return crash points of which one kills this process, as the operating system or a cluster would."""

    def reached(name: str) -> None:
        if name == point:
            # Windows knows no SIGKILL; there, SIGTERM to one's own process ends it in the same way.
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

    return reached


def random_crashes(probability: float, seed: int) -> CrashPoint:
    """Return crash points that each crash (simulated) with the same probability, independently.

    Args:
        probability: from 0 to less than 1.
        seed: the same seed gives the same crashes on every machine.

    Raises:
        ValueError: if the probability lies outside.
    """
    if not 0 <= probability < 1:
        raise ValueError(f"The crash probability is {probability}. Expected 0 or more and less than 1.")
    dice = random.Random(seed)

    def reached(name: str) -> None:
        if dice.random() < probability:
            raise SimulatedCrash(name)

    return reached


@dataclass
class ManualClock:
    """A clock that stands still until somebody moves it, so that timeouts need no waiting. Times are in seconds."""

    now: float = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self.now += seconds


@dataclass(frozen=True)
class Message:
    """What one service tells others.

    Attributes:
        key: names the occurrence. However often the message is sent, the key stays the same.
        kind: what happened, such as "refund approved".
        body: the facts, as plain JSON values.
    """

    key: str
    kind: str
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """A message in the hands of one consumer, until its visibility timeout ends.

    Attributes:
        message: what was sent.
        receives: how often the message was handed out so far, this time included.
        position: the message's place in the queue.
    """

    message: Message
    receives: int
    position: int


def open_database(path: Path | str = ":memory:") -> sqlite3.Connection:
    """Return a connection whose `with` blocks are transactions: committed at the end, rolled back when one raises.

    Threads may take turns with it, but not use it at the same time.
    """
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA synchronous = OFF")  # survives a killed process, which is what is shown; not a power cut
    return connection


class Queue:
    """A queue that hands out each message at least once.

    A message that was received is hidden for a while. If its consumer acknowledges it, it is gone; if not, it is handed
    out again. A message that was handed out too often is moved to the dead letters.

    Args:
        path: the database of the queue; in memory by default.
        clock: returns the time in seconds.
        hidden_s: the visibility timeout in seconds: how long a consumer has to acknowledge.
        most_receives: how often a message is handed out before it becomes a dead letter; `None` for no limit.

    Raises:
        ValueError: if the visibility timeout is not positive, or the limit is below 1.
    """

    def __init__(
        self,
        path: Path | str = ":memory:",
        *,
        clock: Callable[[], float] = time.time,
        hidden_s: float = 30.0,
        most_receives: int | None = None,
    ) -> None:
        if hidden_s <= 0:
            raise ValueError(f"The visibility timeout is {hidden_s} s. Give a consumer some time: a number above zero.")
        if most_receives is not None and most_receives < 1:
            raise ValueError(f"A limit of {most_receives} receives delivers nothing. Give at least 1, or None.")
        self.clock, self.hidden_s, self.most_receives = clock, hidden_s, most_receives
        self._database = open_database(path)
        with self._database:
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS messages (position INTEGER PRIMARY KEY, key TEXT, kind TEXT, body TEXT, "
                "visible_at REAL, receives INTEGER DEFAULT 0, dead INTEGER DEFAULT 0)"
            )

    def publish(self, message: Message) -> None:
        """Append a message. Publishing the same one twice appends it twice."""
        with self._database:
            self._database.execute(
                "INSERT INTO messages (key, kind, body, visible_at) VALUES (?, ?, ?, ?)",
                (message.key, message.kind, json.dumps(message.body), self.clock()),
            )

    def receive(self) -> Delivery | None:
        """Hand out the oldest visible message and hide it; `None` if there is none now."""
        now = self.clock()
        with self._database:
            if self.most_receives is not None:
                self._database.execute(
                    "UPDATE messages SET dead = 1 WHERE visible_at <= ? AND receives >= ?", (now, self.most_receives)
                )
            rows = self._database.execute(
                "UPDATE messages SET visible_at = ?, receives = receives + 1 WHERE position = "
                "(SELECT position FROM messages WHERE NOT dead AND visible_at <= ? ORDER BY position LIMIT 1) "
                "RETURNING key, kind, body, receives, position",
                (now + self.hidden_s, now),
            ).fetchall()
        for key, kind, body, receives, position in rows:
            return Delivery(Message(key, kind, json.loads(body)), receives, position)
        return None

    def acknowledge(self, delivery: Delivery) -> bool:
        """Remove a message for good. False if its timeout has passed and it was handed out again since."""
        with self._database:
            removed = self._database.execute(
                "DELETE FROM messages WHERE position = ? AND receives = ?", (delivery.position, delivery.receives)
            )
        return removed.rowcount == 1

    @property
    def waiting(self) -> int:
        """How many messages are neither acknowledged nor dead, hidden ones included."""
        count: int = self._database.execute("SELECT count(*) FROM messages WHERE NOT dead").fetchone()[0]
        return count

    @property
    def dead_letters(self) -> list[Message]:
        """The messages that were handed out too often, oldest first."""
        rows = self._database.execute("SELECT key, kind, body FROM messages WHERE dead ORDER BY position")
        return [Message(key, kind, json.loads(body)) for key, kind, body in rows.fetchall()]

    def redrive(self) -> int:
        """Make all dead letters ordinary messages again, after whatever killed them was repaired. Return how many."""
        with self._database:
            revived = self._database.execute(
                "UPDATE messages SET dead = 0, receives = 0, visible_at = ? WHERE dead", (self.clock(),)
            )
        return revived.rowcount

    def close(self) -> None:
        """Close the database."""
        self._database.close()


class Outbox:
    """Events kept in the same database as the facts they tell, until they are in the queue.

    Args:
        database: the database of the service that owns the facts.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        with database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS outbox (position INTEGER PRIMARY KEY, key TEXT, kind TEXT, body TEXT, "
                "published INTEGER DEFAULT 0)"
            )

    def add(self, message: Message) -> None:
        """Write a message down, in the caller's transaction: it is kept if and only if the facts are."""
        self._database.execute(
            "INSERT INTO outbox (key, kind, body) VALUES (?, ?, ?)",
            (message.key, message.kind, json.dumps(message.body)),
        )

    @property
    def unpublished(self) -> list[Message]:
        """What has to be published still, oldest first."""
        return [message for _, message in self._rows()]

    def relay(self, queue: Queue, crash: CrashPoint = survive) -> int:
        """Publish what is not published yet, and mark each message when it is in the queue. Return how many.

        The two steps touch two systems. Where a process dies between them, at the crash point
        "published, not yet marked", the next run publishes that message once more.
        """
        rows = self._rows()
        for position, message in rows:
            queue.publish(message)
            crash("published, not yet marked")
            with self._database:
                self._database.execute("UPDATE outbox SET published = 1 WHERE position = ?", (position,))
        return len(rows)

    def _rows(self) -> list[tuple[int, Message]]:
        rows = self._database.execute("SELECT position, key, kind, body FROM outbox WHERE NOT published ORDER BY 1")
        return [(position, Message(key, kind, json.loads(body))) for position, key, kind, body in rows.fetchall()]


class Inbox:
    """The keys that a consumer has dealt with, in the same database as what it did about them.

    Args:
        database: the database of the consumer.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        with database:
            database.execute("CREATE TABLE IF NOT EXISTS inbox (key TEXT PRIMARY KEY)")

    def first_time(self, key: str) -> bool:
        """Note a key, in the caller's transaction, and say whether it is new."""
        return self._database.execute("INSERT OR IGNORE INTO inbox VALUES (?)", (key,)).rowcount == 1


def consume(queue: Queue, handle: Callable[[Message], object], crash: CrashPoint = survive) -> int:
    """Handle what is visible in the queue now, acknowledging each message after it was handled. Return how many.

    Where a process dies between the two, at the crash point "handled, not yet acknowledged", the message is handed out
    again later. A handler that raises `ValueError` refuses a message: it stays unacknowledged, and the next is taken.
    """
    handled = 0
    while delivery := queue.receive():
        try:
            handle(delivery.message)
        except ValueError:
            continue
        crash("handled, not yet acknowledged")
        queue.acknowledge(delivery)
        handled += 1
    return handled
