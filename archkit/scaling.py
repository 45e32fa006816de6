"""What more workers can do: Amdahl's law, its serial share from a measurement, start-up, crossings and the bill."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Way", "amdahl", "crossing", "serial_share", "transfer_seconds", "vector_bytes"]


def amdahl(workers: float, serial: float) -> float:
    """Return how many times as fast a job is on several workers, if a share of it cannot be divided.

    Source: Amdahl 1967, doi 10.1145/1465482.1465560.

    Args:
        workers: 1 or more; infinity gives the limit.
        serial: the share of the job's time on one worker that stays as it is, from 0 to 1.

    Raises:
        ValueError: if a number is outside its range.
    """
    _check(workers, serial)
    return 1 / (serial + (1 - serial) / workers) if serial or workers < math.inf else math.inf


def serial_share(speed_up: float, workers: float) -> float:
    """Return the serial share with which Amdahl's law gives this speed-up: what a measurement looks like.

    Below 0 the job is more than `workers` times as fast, above 1 slower than on one worker.
    Source: Karp and Flatt 1990, doi 10.1145/78607.78614.

    Args:
        speed_up: measured, above 0.
        workers: more than 1.

    Raises:
        ValueError: if a number is outside its range.
    """
    if speed_up <= 0 or workers <= 1:
        raise ValueError(
            f"A speed-up of {speed_up} on {workers} workers was given. A speed-up is above 0, and it takes more than "
            "1 worker to tell a serial share."
        )
    return (1 / speed_up - 1 / workers) / (1 - 1 / workers)


@dataclass(frozen=True)
class Way:
    """One way to run a job of many like items.

    Attributes:
        start_s: seconds until the first item can be worked on, paid once a run.
        item_s: seconds for one item on one worker.
        workers: that work at once.
        serial: the share of the work that does not divide, from 0 to 1.
    """

    start_s: float
    item_s: float
    workers: int = 1
    serial: float = 0.0

    def __post_init__(self) -> None:
        _check(self.workers, self.serial)
        if self.start_s < 0 or self.item_s <= 0:
            raise ValueError(
                f"A start of {self.start_s} s and {self.item_s} s an item were given. A start is 0 or more, an item "
                "takes more than 0."
            )

    @property
    def each_s(self) -> float:
        """Seconds that one item more adds to the run."""
        return self.item_s / amdahl(self.workers, self.serial)

    def seconds(self, items: float) -> float:
        """Return how long a run takes."""
        return self.start_s + items * self.each_s

    def dollars(self, items: float, usd_per_worker_hour: float) -> float:
        """Return what a run costs if each worker is paid from the start to the end, also while it waits."""
        return self.seconds(items) / 3600 * self.workers * usd_per_worker_hour


def crossing(small: Way, large: Way) -> float:
    """Return how many items a run must have for `large` to take no longer than `small`; infinity if it never does.

    Args:
        small: the way that starts sooner.
        large: the way that starts later and may be faster for each item.
    """
    gained = small.each_s - large.each_s
    behind = large.start_s - small.start_s
    if behind <= 0 <= gained:
        return 0.0
    return behind / gained if gained > 0 else math.inf


def vector_bytes(vectors: int, dimensions: int, bytes_each: int = 4, links: int = 16) -> int:
    """Return the bytes of vectors in an HNSW index, its links included.

    Each vector has twice `links` neighbours on the lowest level, named by 4 bytes each; the few on higher levels are
    left out. Source: Malkov and Yashunin 2018, arXiv 1603.09320, section 4.2.3.

    Args:
        vectors: how many.
        dimensions: numbers in each.
        bytes_each: bytes of one number: 4 as float32, 1 as int8.
        links: the index's M; 0 for a list without an index.
    """
    return vectors * (dimensions * bytes_each + 2 * links * 4)


def transfer_seconds(bytes_moved: float, gigabits_per_second: float) -> float:
    """Return how long so many bytes take over a line that is otherwise idle.

    Raises:
        ValueError: if the line has no bandwidth.
    """
    if gigabits_per_second <= 0:
        raise ValueError(f"A line of {gigabits_per_second} gigabits a second was given. It must be above 0.")
    return bytes_moved * 8 / (gigabits_per_second * 1e9)


def _check(workers: float, serial: float) -> None:
    if not workers >= 1 or not 0 <= serial <= 1:
        raise ValueError(
            f"{workers} workers and a serial share of {serial} were given. There is at least 1 worker, and the share "
            "lies from 0 to 1."
        )
