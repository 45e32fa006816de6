"""Counting in windows of event time: what a watermark lets in, what it corrects, and what it drops."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archkit.streaming import Event, TumblingCounts

NOON = datetime(2026, 10, 20, 12)
MINUTE = timedelta(minutes=1)
SIZE = 10 * MINUTE


def event(happened, arrived=None, key="delivery"):
    """An event by the minutes after noon at which it happened and arrived."""
    return Event(NOON + happened * MINUTE, NOON + (happened if arrived is None else arrived) * MINUTE, key)


@st.composite
def streams(draw):
    """Events in the order of their arrival, each delayed by up to three hours."""
    pairs = st.tuples(st.integers(0, 300), st.integers(0, 180), st.sampled_from(["delivery", "returns"]))
    made = [event(happened, happened + delay, key) for happened, delay, key in draw(st.lists(pairs, max_size=60))]
    return sorted(made, key=lambda one: one.arrived_at)


waits = st.integers(0, 60).map(lambda minutes: minutes * MINUTE)


def test_a_window_is_published_when_an_event_moves_the_watermark_past_its_end():
    counts = TumblingCounts(SIZE, wait=3 * MINUTE)
    assert counts.run([event(1), event(2, key="returns"), event(12)]) == []
    (window,) = counts.process(event(13, 14))
    assert (window.start, window.end) == (NOON, NOON + SIZE)
    assert window.counts == {"delivery": 1, "returns": 1}
    assert window.share("delivery") == 0.5
    assert window.published_at == NOON + 14 * MINUTE


def test_an_event_after_its_window_was_published_is_dropped_and_counted():
    counts = TumblingCounts(SIZE)
    counts.run([event(1), event(11), event(9, 12)])
    assert (counts.counted, counts.dropped) == (2, 1)


def test_an_event_out_of_order_is_not_late_while_its_window_is_open():
    counts = TumblingCounts(SIZE, wait=2 * MINUTE)
    published = counts.run([event(1), event(11), event(9, 12), event(12)])
    assert [window.total for window in published] == [2]
    assert counts.dropped == 0


def test_within_the_allowed_lateness_a_published_window_is_corrected():
    counts = TumblingCounts(SIZE, allowed_lateness=5 * MINUTE)
    published = counts.run([event(1), event(11), event(9, 12), event(15), event(8, 16)])
    assert [(window.revision, window.total) for window in published] == [(0, 1), (1, 2)]
    assert counts.dropped == 1


def test_a_silent_source_holds_the_watermark_and_nothing_is_published():
    counts = TumblingCounts(SIZE)
    assert counts.run([event(1, 100), event(2, 200)]) == []


@given(streams(), waits, waits)
def test_every_event_is_either_counted_or_dropped(stream, wait, allowed):
    counts = TumblingCounts(SIZE, wait, allowed)
    counts.run(stream)
    assert counts.counted + counts.dropped == len(stream)


@given(streams(), waits)
def test_with_lateness_enough_the_last_word_on_each_window_is_what_a_batch_counts(stream, wait):
    later = event(2_000, 2_000, "after everything")
    counts = TumblingCounts(SIZE, wait, allowed_lateness=timedelta(days=3))
    last = {window.start: window.counts for window in counts.run([*stream, later])}
    batch = {}
    for one in stream:
        minutes = int((one.happened_at - NOON) / MINUTE)
        batch.setdefault(NOON + minutes // 10 * SIZE, Counter())[one.key] += 1
    assert last == batch
    assert counts.dropped == 0


@given(streams(), waits, waits)
def test_results_come_in_order_and_each_correction_counts_one_event_more(stream, wait, allowed):
    published = TumblingCounts(SIZE, wait, allowed).run(stream)
    assert [window.published_at for window in published] == sorted(window.published_at for window in published)
    seen = {}
    for window in published:
        if window.revision:
            before = seen[window.start]
            assert (window.revision, window.total) == (before.revision + 1, before.total + 1)
        else:
            assert window.start not in seen
        seen[window.start] = window


@given(streams(), waits)
def test_waiting_longer_never_drops_more(stream, wait):
    short, long = TumblingCounts(SIZE, wait), TumblingCounts(SIZE, wait + SIZE)
    short.run(stream)
    long.run(stream)
    assert long.dropped <= short.dropped


def test_memory_holds_only_the_windows_that_may_still_change():
    counts = TumblingCounts(SIZE, wait=5 * MINUTE)
    counts.run(event(minute) for minute in range(1_000))
    assert counts.most_windows == 2


@pytest.mark.parametrize("arguments", [(timedelta(0),), (-MINUTE,), (SIZE, -MINUTE), (SIZE, MINUTE, -MINUTE)])
def test_sizes_and_waits_that_make_no_sense_are_refused(arguments):
    with pytest.raises(ValueError, match=r"Give a size above zero|Expected zero or more"):
        TumblingCounts(*arguments)
