"""Tickets for the colleagues who take over: the one thing that Trailmate writes outside its checkpoint."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

__all__ = ["Tickets"]


class Tickets:
    """The support desk's tickets in a SQLite file, which several processes may share."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Args:
            path: of the SQLite file.
        """
        self.path = path
        with self._connection() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS tickets "
                "(id INTEGER PRIMARY KEY, key TEXT UNIQUE, customer_id TEXT NOT NULL, question TEXT NOT NULL)"
            )

    def open(self, customer_id: str, question: str, *, key: str | None = None) -> int:
        """Open a ticket and return its number.

        Args:
            customer_id: whose it is.
            question: what the customer wrote.
            key: idempotency key. A second call with the same key opens nothing and returns the first one's number;
                without a key every call opens a ticket.
        """
        with self._connection() as connection:
            values = (key, customer_id, question)
            made = connection.execute(
                "INSERT INTO tickets (key, customer_id, question) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING "
                "RETURNING id",
                values,
            ).fetchone()
            made = made or connection.execute("SELECT id FROM tickets WHERE key = ?", (key,)).fetchone()
            return int(made[0])

    def numbers(self) -> list[int]:
        """Return the numbers of all tickets, the oldest first."""
        with self._connection() as connection:
            return [row[0] for row in connection.execute("SELECT id FROM tickets ORDER BY id")]

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=10)) as connection, connection:
            yield connection
