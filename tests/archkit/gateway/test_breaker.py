import itertools
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archkit.gateway import CircuitBreaker


def opened(**settings: float) -> CircuitBreaker:
    breaker = CircuitBreaker(window=2, **settings)  # type: ignore[arg-type]
    for _ in range(2):
        ticket = breaker.let_through(0.0)
        assert ticket is not None
        breaker.report(ticket, False, 0.0)
    return breaker


@dataclass(frozen=True)
class Step:
    """What happens next: time passes, and then a call is asked for, or one that is out there ends."""

    passes: float
    ends: bool
    which: int
    succeeded: bool | None


steps = st.builds(
    Step,
    st.sampled_from([0.0, 0.1, 0.4, 1.0, 3.0]),
    st.booleans(),
    st.integers(0, 50),
    st.sampled_from([True, False, None]),
)


@given(st.integers(1, 5), st.integers(1, 3), st.lists(steps, max_size=200))
def test_between_opening_and_closing_no_more_than_its_probes_go_through_in_each_rest(
    window: int, probes: int, story: list[Step]
) -> None:
    breaker, now = CircuitBreaker(window=window, threshold=0.5, rest=1.0, probes=probes), 0.0
    out: list[int] = []
    let_through: Counter[int] = Counter()  # by how often the state had changed
    for step in story:
        now += step.passes
        if step.ends and out:
            breaker.report(out.pop(step.which % len(out)), step.succeeded, now)
        elif (ticket := breaker.let_through(now)) is not None:
            out.append(ticket)
            let_through[len(breaker.changes)] += 1
            assert breaker.state(now) != "open"
            assert breaker.state(now) == "closed" or let_through[len(breaker.changes)] <= probes
    for (opened, state), (left, _) in itertools.pairwise(breaker.changes):
        assert state != "open" or left - opened >= 1.0 - 1e-9


@given(st.integers(1, 20), st.floats(0.05, 1.0), st.lists(st.booleans(), max_size=100))
def test_it_opens_when_and_only_when_a_full_window_has_its_share_of_failures(
    window: int, threshold: float, results: list[bool]
) -> None:
    breaker = CircuitBreaker(window=window, threshold=threshold)
    for number in range(len(results)):
        ticket = breaker.let_through(0.0)
        if ticket is None:
            break
        breaker.report(ticket, results[number], 0.0)
        last = results[max(0, number + 1 - window) : number + 1]
        full_and_failing = len(last) == window and last.count(False) >= threshold * window
        assert (breaker.state(0.0) == "open") == full_and_failing


def test_it_rests_then_lets_its_probes_through_and_no_more() -> None:
    breaker = opened(rest=1.0, probes=2)
    assert breaker.let_through(0.99) is None
    assert [breaker.let_through(1.0) is not None for _ in range(4)] == [True, True, False, False]
    assert breaker.state(1.0) == "half-open"


def test_it_closes_when_all_its_probes_have_succeeded() -> None:
    breaker = opened(rest=1.0, probes=2)
    first, second = breaker.let_through(1.0), breaker.let_through(1.0)
    assert first is not None and second is not None
    breaker.report(first, True, 1.1)
    assert breaker.state(1.1) == "half-open"
    breaker.report(second, True, 1.2)
    assert [state for _, state in breaker.changes] == ["closed", "open", "half-open", "closed"]


@pytest.mark.parametrize("result", [False, None])
def test_a_probe_that_failed_or_was_abandoned_opens_it_for_another_rest(result: bool | None) -> None:
    breaker = opened(rest=1.0)
    probe = breaker.let_through(1.0)
    assert probe is not None
    breaker.report(probe, result, 1.5)
    assert breaker.let_through(2.4) is None
    assert breaker.let_through(2.5) is not None


def test_a_result_from_before_it_opened_neither_closes_it_nor_opens_it_again() -> None:
    breaker = CircuitBreaker(window=2, rest=1.0)
    late = breaker.let_through(0.0)
    for _ in range(2):
        ticket = breaker.let_through(0.0)
        assert ticket is not None
        breaker.report(ticket, False, 0.0)
    assert late is not None
    probe = breaker.let_through(1.0)
    breaker.report(late, False, 1.1)
    assert breaker.state(1.1) == "half-open"
    assert probe is not None
    breaker.report(probe, True, 1.2)
    breaker.report(late, True, 1.3)
    assert breaker.state(1.3) == "closed"


def test_a_call_that_nobody_waited_for_says_nothing_while_it_is_closed() -> None:
    breaker = CircuitBreaker(window=1)
    ticket = breaker.let_through(0.0)
    assert ticket is not None
    breaker.report(ticket, None, 0.0)
    assert breaker.state(0.0) == "closed"


def test_settings_that_cannot_be_meant_are_refused() -> None:
    for settings in ({"window": 0}, {"threshold": 0.0}, {"threshold": 1.5}, {"rest": 0.0}, {"probes": 0}):
        with pytest.raises(ValueError, match="Expected a window and probes of at least 1"):
            CircuitBreaker(**settings)  # type: ignore[arg-type]
