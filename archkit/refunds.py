"""Larkspur's refunds after the split: one service approves them, another gives the money back.

The two services share no database. A queue stands between them, and the functions here cross it with and without an
outbox, with and without an inbox, so that a lesson can crash each and count. Run as a program, this module is one of
the two services in a process of its own, which can be killed at any crash point: `python -m archkit.refunds --help`.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from archkit.events import (
    CrashPoint,
    Inbox,
    ManualClock,
    Message,
    Outbox,
    Queue,
    SimulatedCrash,
    consume,
    kill_at,
    open_database,
    random_crashes,
    survive,
)

__all__ = [
    "CreditService",
    "Design",
    "KeyFrom",
    "Refund",
    "RefundService",
    "Tally",
    "refund_day",
    "run_process",
    "tally_of_folder",
    "tally_of_keys",
]

Design = Literal["save, then publish", "publish, then save", "outbox", "outbox and inbox"]
"""How the two services may be joined. The first three have a consumer that keeps no keys."""

KeyFrom = Literal["the refund", "the attempt", "the content"]
"""What an idempotency key may be made of: the refund's own id, each attempt to send, or a hash of what is sent."""


class Refund(NamedTuple):
    """A decision to give money back. `id` is made once, by whoever decides; `amount` is in the order's currency."""

    id: str
    order_id: str
    amount: float

    @property
    def message(self) -> Message:
        """The event that tells of it."""
        return Message(self.id, "refund approved", {"order": self.order_id, "amount": self.amount})


class RefundService:
    """Approves refunds and tells the world.

    Args:
        path: its database; in memory by default.
        queue: where its events go.
    """

    def __init__(self, queue: Queue, path: Path | str = ":memory:") -> None:
        self.queue = queue
        self._database = open_database(path)
        with self._database:
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS refunds (id TEXT PRIMARY KEY, order_id TEXT, amount REAL)"
            )
        self.outbox = Outbox(self._database)

    def save_then_publish(self, refund: Refund, crash: CrashPoint = survive) -> None:
        """Write to the database, then to the queue. Crash point: "between the two writes"."""
        with self._database:
            self._save(refund)
        crash("between the two writes")
        self.queue.publish(refund.message)

    def publish_then_save(self, refund: Refund, crash: CrashPoint = survive) -> None:
        """Write to the queue, then to the database. Crash point: "between the two writes"."""
        self.queue.publish(refund.message)
        crash("between the two writes")
        with self._database:
            self._save(refund)

    def save_with_outbox(self, refund: Refund, crash: CrashPoint = survive) -> bool:
        """Write the refund and its event in one transaction. Crash point: "between the two writes".

        Returns:
            whether the refund was new. One that is known already changes nothing and tells nobody.
        """
        with self._database:
            if not self._save(refund):
                return False
            crash("between the two writes")
            self.outbox.add(refund.message)
        return True

    @property
    def approved(self) -> list[str]:
        """The ids of all refunds in the database, in order."""
        return [row[0] for row in self._database.execute("SELECT id FROM refunds ORDER BY id").fetchall()]

    def close(self) -> None:
        """Close the database. The queue stays open."""
        self._database.close()

    def _save(self, refund: Refund) -> bool:
        return self._database.execute("INSERT OR IGNORE INTO refunds VALUES (?, ?, ?)", refund).rowcount == 1


class CreditService:
    """Gives the money back, by crediting the customer's account.

    Args:
        path: its database; in memory by default.
    """

    def __init__(self, path: Path | str = ":memory:") -> None:
        self._database = open_database(path)
        with self._database:
            self._database.execute("CREATE TABLE IF NOT EXISTS credits (refund TEXT, order_id TEXT, amount REAL)")
        self.inbox = Inbox(self._database)

    def credit(self, message: Message) -> None:
        """Credit what the message says, each time it arrives.

        Raises:
            ValueError: if the message has no positive amount; nothing is credited.
        """
        with self._database:
            self._credit(message)

    def credit_once(self, message: Message) -> None:
        """Credit what the message says, unless its key was dealt with before. Key and credit are one transaction.

        Raises:
            ValueError: if the message has no positive amount; nothing is credited and no key is kept.
        """
        with self._database:
            if self.inbox.first_time(message.key):
                self._credit(message)

    @property
    def credited(self) -> list[str]:
        """The refund's id for each credit given, in the order of the ids."""
        return [row[0] for row in self._database.execute("SELECT refund FROM credits ORDER BY refund").fetchall()]

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _credit(self, message: Message) -> None:
        amount = message.body.get("amount")
        if not isinstance(amount, int | float) or isinstance(amount, bool) or amount <= 0:
            raise ValueError(f"Refund {message.key} has the amount {amount!r}. Expected a number above zero.")
        row = (message.body.get("refund", message.key), message.body.get("order"), amount)
        self._database.execute("INSERT INTO credits VALUES (?, ?, ?)", row)


@dataclass(frozen=True)
class Tally:
    """What became of many refunds, after everything came to rest.

    Attributes:
        approved: refunds in the database of the service that approves.
        credits: credits given.
        never: refunds approved and never credited.
        repeated: refunds credited more than once.
        unapproved: refunds credited and not in the database of the service that approves.
    """

    approved: int
    credits: int
    never: int
    repeated: int
    unapproved: int

    @classmethod
    def of(cls, approved: Sequence[str], credited: Sequence[str]) -> Tally:
        """Compare the refunds of one service with the credits of the other."""
        given = set(credited)
        return cls(
            approved=len(approved),
            credits=len(credited),
            never=len(set(approved) - given),
            repeated=sum(credited.count(refund) > 1 for refund in given) if len(given) < len(credited) else 0,
            unapproved=len(given - set(approved)),
        )


def refund_day(design: Design, crash: float | CrashPoint, refunds: int = 200, seed: int = 4) -> Tally:
    """Put some refunds through both services while processes crash (simulated), until nothing moves any more.

    Each refund is tried once; a process that crashed is started again and goes on with what its database or the queue
    still holds.

    Args:
        design: how the services are joined.
        crash: the probability of a crash at each crash point, or the crash points themselves.
        refunds: how many are approved.
        seed: the same seed gives the same crashes on every machine.

    Raises:
        ValueError: if there is no such design, or the probability is not from 0 to less than 1.
    """
    if design not in get_args(Design):
        raise ValueError(f"There is no design {design!r}; choose one of {', '.join(map(repr, get_args(Design)))}.")
    crashes = random_crashes(crash, seed) if isinstance(crash, int | float) else crash
    clock = ManualClock()
    queue = Queue(clock=clock)
    service, credits = RefundService(queue), CreditService()
    approve = {"save, then publish": service.save_then_publish, "publish, then save": service.publish_then_save}
    for number in range(refunds):
        with contextlib.suppress(SimulatedCrash):
            approve.get(design, service.save_with_outbox)(Refund(f"RF-{number:05}", "LO-103801", 20.0), crashes)
    _until_done(lambda: service.outbox.relay(queue, crashes))
    handle = credits.credit_once if design == "outbox and inbox" else credits.credit
    while queue.waiting:
        _until_done(lambda: consume(queue, handle, crashes))
        clock.advance(queue.hidden_s)
    tally = Tally.of(service.approved, credits.credited)
    for part in (queue, service, credits):
        part.close()
    return tally


def tally_of_keys(key_from: KeyFrom, sends: int = 2) -> Tally:
    """Send three refunds of one order several times, two of them for the same amount, to a consumer that keeps keys.

    Args:
        key_from: what the idempotency key is made of.
        sends: how often each refund is sent, as a relay does that crashes after publishing.

    Raises:
        ValueError: if keys cannot be made of that.
    """
    if key_from not in get_args(KeyFrom):
        raise ValueError(f"No key is made from {key_from!r}; choose one of {', '.join(map(repr, get_args(KeyFrom)))}.")
    refunds = [Refund("RF-1", "LO-103801", 20.0), Refund("RF-2", "LO-103801", 20.0), Refund("RF-3", "LO-103801", 35.0)]
    credits = CreditService()
    for attempt in range(sends):
        for refund in refunds:
            body = refund.message.body
            keys = {
                "the refund": refund.id,
                "the attempt": f"{refund.id}, attempt {attempt}",
                "the content": hashlib.sha256(json.dumps(body).encode()).hexdigest(),
            }
            credits.credit_once(Message(keys[key_from], "refund approved", {**body, "refund": refund.id}))
    tally = Tally.of([refund.id for refund in refunds], credits.credited)
    credits.close()
    return tally


def run_process(folder: Path, step: str, die_at: str = "") -> Literal["finished", "killed"]:
    """Run one step in a process of its own, on the databases in a folder, and say how it ended.

    Args:
        folder: holds the databases of both services and of the queue; empty at first.
        step: a design approves one more refund by it; "relay", "credit" and "credit once" move events on.
        die_at: the crash point at which the process is killed; none by default.

    Raises:
        RuntimeError: if the process fails in any other way; the message holds what it said.
    """
    command = [sys.executable, "-m", "archkit.refunds", str(folder), step, "--die-at", die_at]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return "finished"
    if done.returncode in (-9, signal.SIGTERM):  # by SIGKILL, or by SIGTERM on Windows
        return "killed"
    raise RuntimeError(f"The step {step!r} failed with code {done.returncode}: {done.stderr.strip()}")


def tally_of_folder(folder: Path) -> Tally:
    """Return what became of the refunds whose databases `run_process` keeps in a folder."""
    queue = Queue(folder / "queue.sqlite")
    service = RefundService(queue, folder / "refunds.sqlite")
    credits = CreditService(folder / "credits.sqlite")
    tally = Tally.of(service.approved, credits.credited)
    for part in (queue, service, credits):
        part.close()
    return tally


def _until_done(work: Callable[[], object]) -> None:
    """Start a process again each time it crashes, until it has come to its end."""
    while True:
        with contextlib.suppress(SimulatedCrash):
            work()
            return


def _main() -> None:
    parser = argparse.ArgumentParser(description="One step of Larkspur's refunds, in a process of its own.")
    parser.add_argument("folder", type=Path, help="the folder of the databases")
    steps = ("save, then publish", "publish, then save", "outbox", "relay", "credit", "credit once")
    parser.add_argument("step", choices=steps)
    parser.add_argument("--die-at", default="", help="the crash point at which to be killed")
    given = parser.parse_args()
    crash = kill_at(given.die_at)
    queue = Queue(given.folder / "queue.sqlite", hidden_s=0.01)  # short, so that nobody waits for a redelivery
    service = RefundService(queue, given.folder / "refunds.sqlite")
    credits = CreditService(given.folder / "credits.sqlite")
    refund = Refund(f"RF-{len(service.approved) + 1}", "LO-103801", 264.0)
    actions: dict[str, Callable[[], object]] = {
        "save, then publish": lambda: service.save_then_publish(refund, crash),
        "publish, then save": lambda: service.publish_then_save(refund, crash),
        "outbox": lambda: service.save_with_outbox(refund, crash),
        "relay": lambda: service.outbox.relay(queue, crash),
        "credit": lambda: consume(queue, credits.credit, crash),
        "credit once": lambda: consume(queue, credits.credit_once, crash),
    }
    actions[given.step]()


if __name__ == "__main__":
    _main()
