"""How long requests wait: for their turn under a quota, or for a nightly run; and what has changed by then."""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from langchain_core.documents import Document

from archkit.retrieval import Question, article_id

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["arrivals", "changed_share", "quota_waits", "waits_until"]

DAY_H = 24


def arrivals(requests: int, within_s: float, seed: int = 1) -> list[float]:
    """Draw when requests arrive that come independently of each other, in seconds from the start, in order.

    Args:
        requests: how many.
        within_s: length of the time in which all of them come.
        seed: of the draws.

    Raises:
        ValueError: if the time is not above 0.
    """
    if within_s <= 0:
        raise ValueError(f"within_s is {within_s}; give the seconds within which the requests come, more than 0.")
    draw = random.Random(seed)
    return sorted(within_s * draw.random() for _ in range(requests))


def quota_waits(arrive_s: Sequence[float], tokens: Sequence[int], tokens_per_minute: float) -> list[float]:
    """Return how long each request waits, in seconds, where a quota of tokens is handed out evenly over the minute.

    Requests are let through in the order of their arrival. Each keeps the next one back until the quota has paid for
    its tokens. Nothing is saved up in quiet moments. Real providers differ in how much of a burst they let through.

    Args:
        arrive_s: when each request arrives, in order.
        tokens: what each reads and writes.
        tokens_per_minute: the quota.

    Raises:
        ValueError: if the quota is not above 0, or there are not as many arrivals as token counts.
    """
    if tokens_per_minute <= 0:
        raise ValueError(f"The quota is {tokens_per_minute} tokens a minute; give more than 0.")
    waits: list[float] = []
    free = 0.0
    for arrived, needed in zip(arrive_s, tokens, strict=True):
        begins = max(arrived, free)
        waits.append(begins - arrived)
        free = begins + 60 * needed / tokens_per_minute
    return waits


def waits_until(ready_at_h: float, requests: int) -> list[float]:
    """Return how long requests wait, in seconds, for a run that ends at the same hour every day.

    Args:
        ready_at_h: the hour, from 0 to 24, at which the answers are there.
        requests: how many; they come evenly over the 24 hours, the first at midnight.
    """
    return [3_600 * ((ready_at_h - DAY_H * number / requests) % DAY_H) for number in range(requests)]


def changed_share(requests: Sequence[Question], articles: Sequence[Document], until: datetime.date) -> pd.Series[float]:
    """Return, for each of the 365 days up to a day, the share of the requests that an article changed on it answers.

    An answer prepared in the night before may be out of date for these. An article tells only when it was last
    changed, so earlier changes are missing and the true shares are higher.

    Args:
        requests: the requests; those that no article answers count as unchanged.
        articles: the documents of `load_articles`.
        until: the last day.

    Returns:
        Shares from 0 to 1, indexed by day.
    """
    import pandas as pd

    days = [until - datetime.timedelta(days=back) for back in reversed(range(365))]
    changed: dict[int, set[str]] = {}
    for article in articles:
        if "updated_day" in article.metadata:
            changed.setdefault(article.metadata["updated_day"], set()).add(article_id(article))
    shares = []
    for day in days:
        touched = changed.get(int(day.strftime("%Y%m%d")), set())
        shares.append(sum(bool(touched & set(request.relevant)) for request in requests) / len(requests))
    return pd.Series(shares, index=pd.to_datetime(days), name="share of requests")
