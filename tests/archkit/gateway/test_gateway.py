"""What the gateway promises, on an event loop whose clock is exact and with models that follow a script."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archkit.gateway import (
    ERROR,
    AnswerStep,
    Backoff,
    Call,
    CircuitBreaker,
    Gateway,
    ModelStep,
    Request,
    RetryBudget,
    Served,
)
from archkit.prices import load_prices

steady = Backoff(first=0.1, jitter=False)
handover = AnswerStep("handover", lambda request: "A colleague will answer.")


@pytest.fixture(scope="session")
def ask(at_once: Any) -> Callable[..., list[Served]]:
    """Return a way to put requests to a gateway: all at the same time, or one after the other."""

    def put(gateway: Gateway, times: int = 1, *, together: bool = True) -> list[Served]:
        async def program() -> list[Served]:
            async with gateway:
                if together:
                    return list(await asyncio.gather(*(gateway.ask(f"Question {n}") for n in range(times))))
                return [await gateway.ask(f"Question {n}") for n in range(times)]

        result: list[Served] = at_once(program)
        return result

    return put


words = st.sampled_from(["answer", "fail", "rate limit", "refuse", "break", "empty", "hang"])
deeds = st.lists(st.tuples(st.floats(0, 3), words, st.booleans()), min_size=1, max_size=5)


@settings(max_examples=150, deadline=None)
@given(
    deeds,
    st.floats(0.05, 2),
    st.floats(0.05, 3),
    st.none() | st.floats(0.05, 1),
    st.integers(1, 4),
    st.none() | st.floats(0.01, 1),
    st.integers(1, 12),
    st.none() | st.integers(1, 3),
)
def test_a_deadline_is_kept_whatever_the_models_do(
    model: Any,
    deed: Any,
    ask: Any,
    script: list[tuple[float, str, bool]],
    deadline: float,
    seconds: float,
    attempt_seconds: float | None,
    attempts: int,
    hedge_after: float | None,
    requests: int,
    at_a_time: int | None,
) -> None:
    limits = {"seconds": seconds, "attempt_seconds": attempt_seconds, "attempts": attempts, "hedge_after": hedge_after}
    first = model(*[deed(*one) for one in script], name="first")
    second = model(*[deed(*one) for one in reversed(script)], name="second")
    steps = [ModelStep(first, **limits), ModelStep(second, **limits)]
    gateway = Gateway(*steps, deadline=deadline, at_once=at_a_time, may_wait=2)
    served = ask(gateway, requests)
    assert all(one.seconds <= deadline + 1e-6 for one in served)
    assert all(one.text == ERROR if one.failed else one.text for one in served)


@settings(max_examples=100, deadline=None)
@given(deeds, st.floats(0, 0.5), st.integers(1, 5), st.integers(2, 5), st.none() | st.just(0.05), st.integers(1, 40))
def test_there_are_never_more_calls_than_the_budget_allows(
    model: Any,
    deed: Any,
    ask: Any,
    script: list[tuple[float, str, bool]],
    share: float,
    reserve: int,
    attempts: int,
    hedge_after: float | None,
    requests: int,
) -> None:
    asked = model(*[deed(*one) for one in script])
    step = ModelStep(
        asked, attempts=attempts, budget=RetryBudget(share, reserve=reserve), hedge_after=hedge_after, seconds=60
    )
    served = ask(Gateway(step, deadline=100), requests)
    assert len(asked.called) <= requests + reserve + share * requests
    assert len(asked.called) == sum(len(one.calls) for one in served)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 3), st.integers(1, 6), st.integers(0, 60), st.sampled_from(["fail", "hang", "rate limit", "empty"])
)
def test_an_open_breaker_lets_only_its_probes_through(
    model: Any, deed: Any, ask: Any, probes: int, window: int, requests: int, does: str
) -> None:
    asked = model(deed(0.01, does))
    breaker = CircuitBreaker(window=window, rest=1.0, probes=probes)
    step = ModelStep(asked, seconds=0.1, attempt_seconds=0.05, attempts=3, backoff=steady, breaker=breaker)
    ask(Gateway(step, handover), requests, together=False)
    opened = [at for at, state in breaker.changes if state == "open"]
    assert len(asked.called) <= window + probes * len(opened)
    for at in opened:
        assert not [call for call in asked.called if at < call < at + 1.0]


def test_a_service_that_drips_or_hangs_costs_one_attempt_and_no_more(model: Any, ask: Any) -> None:
    asked = model("hang", "answer")
    served = ask(Gateway(ModelStep(asked, attempt_seconds=0.2, attempts=2, backoff=steady)))[0]
    assert served.text == "answer 2"
    assert served.seconds == pytest.approx(0.2 + 0.1)
    assert [call.outcome for call in served.calls] == ["timed out", "answered"]


def test_a_refused_request_is_not_sent_again(model: Any, ask: Any) -> None:
    asked = model("refuse")
    served = ask(Gateway(ModelStep(asked, attempts=4), handover))[0]
    assert len(asked.called) == 1
    assert (served.by, served.text) == ("handover", "A colleague will answer.")


def test_what_the_service_says_about_returning_is_heeded(model: Any, deed: Any, ask: Any) -> None:
    asked = model(deed(0.3, "rate limit"), "answer")
    ask(Gateway(ModelStep(asked, attempts=2, backoff=steady)))
    assert asked.called[1] - asked.called[0] == pytest.approx(0.3 + 0.3 + 0.1)


def test_nobody_waits_for_a_retry_that_would_come_too_late(model: Any, deed: Any, ask: Any) -> None:
    asked = model(deed(0.6, "rate limit"))
    served = ask(Gateway(ModelStep(asked, seconds=1.0, attempts=5), handover))[0]
    assert (len(asked.called), served.by) == (1, "handover")
    assert served.seconds == pytest.approx(0.6)


def test_all_attempts_of_a_request_carry_the_same_key_and_a_hedge_its_own(model: Any, deed: Any, ask: Any) -> None:
    asked = model("fail", deed(0.5), deed(0.1))
    served = ask(Gateway(ModelStep(asked, attempts=2, backoff=steady, hedge_after=0.2)))[0]
    key = served.request.key
    assert asked.keys == [key, key, f"{key}/hedge"]
    assert {call.key for call in served.calls} == {key}


def test_a_hedge_is_sent_when_the_first_call_is_late_and_the_quicker_answer_counts(
    model: Any, deed: Any, ask: Any
) -> None:
    asked = model(deed(1.0), deed(0.05))
    served = ask(Gateway(ModelStep(asked, hedge_after=0.2)))[0]
    assert served.seconds == pytest.approx(0.25)
    assert [(call.kind, call.outcome) for call in served.calls] == [("hedge", "answered"), ("first", "abandoned")]


def test_no_hedge_is_sent_for_what_is_answered_in_time(model: Any, deed: Any, ask: Any) -> None:
    asked = model(deed(0.1))
    ask(Gateway(ModelStep(asked, hedge_after=0.2)), 10)
    assert len(asked.called) == 10


def test_a_failed_call_leaves_the_race_to_the_other(model: Any, deed: Any, ask: Any) -> None:
    asked = model(deed(0.3, "fail"), deed(0.4))
    served = ask(Gateway(ModelStep(asked, hedge_after=0.1)))[0]
    assert (served.text, served.seconds) == ("answer 2", pytest.approx(0.5))


def test_each_step_has_its_own_time_so_that_a_hanging_model_leaves_some_to_the_next(model: Any, ask: Any) -> None:
    first, second = model("hang", name="first"), model(name="second")
    served = ask(Gateway(ModelStep(first, seconds=0.6), ModelStep(second, notice="In short: "), deadline=1.0))[0]
    assert (served.by, served.text, served.seconds) == ("second", "In short: answer 1", pytest.approx(0.6))
    assert dict(served.problems)["first"].startswith("no answer within")


def test_a_kept_answer_is_given_even_after_the_deadline_and_an_unkept_one_is_passed_on(model: Any, ask: Any) -> None:
    answers = {"Question 0": "Within 60 days."}
    kept = AnswerStep("kept", lambda request: answers.get(request.question))
    served = ask(Gateway(ModelStep(model("hang")), kept, handover, deadline=0.5), 2)
    assert [one.by for one in served] == ["kept", "handover"]
    assert served[0].text == "Within 60 days."


def test_a_broken_cache_does_not_take_down_what_it_is_there_for(model: Any, ask: Any) -> None:
    def broken(request: Request) -> str:
        raise OSError("disk full")

    served = ask(Gateway(ModelStep(model("fail")), AnswerStep("kept", broken), handover))[0]
    assert served.by == "handover"
    assert dict(served.problems)["kept"] == "OSError: disk full"


def test_when_no_step_answers_the_user_reads_an_error(model: Any, ask: Any) -> None:
    served = ask(Gateway(ModelStep(model("break"))))[0]
    assert (served.failed, served.text) == (True, ERROR)
    assert "KeyError" in dict(served.problems)["scripted"]


def test_what_is_too_much_is_shed_at_once_and_what_may_wait_waits(model: Any, deed: Any, ask: Any) -> None:
    asked = model(deed(0.4))
    served = ask(Gateway(ModelStep(asked), handover, at_once=2, may_wait=1), 5)
    assert [one.by for one in served] == ["scripted", "scripted", "scripted", "handover", "handover"]
    assert [round(one.seconds, 6) for one in served] == [0.4, 0.4, 0.8, 0.0, 0.0]
    assert [one.shed for one in served] == [False, False, False, True, True]


def test_a_place_is_given_back_whatever_became_of_the_request(model: Any, ask: Any) -> None:
    asked = model("fail")
    served = ask(Gateway(ModelStep(asked), at_once=1), 20, together=False)
    assert not any(one.shed for one in served)


def test_observers_see_every_call_with_its_tokens_and_its_cost(model: Any, ask: Any) -> None:
    price = load_prices()["gpt-5.4-mini"]
    seen: list[Call] = []
    asked = model("fail", "answer", price=price)
    served = ask(Gateway(ModelStep(asked, attempts=2), observers=[seen.append]))[0]
    assert tuple(seen) == served.calls
    assert [(call.outcome, call.reported, call.input_tokens, call.output_tokens) for call in seen] == [
        ("failed", False, 0, 0),
        ("answered", True, 100, 10),
    ]
    assert served.dollars == pytest.approx((100 * price.input + 10 * price.output) / 1e6)


def test_an_answer_that_was_not_accepted_is_paid_for_and_tried_again(model: Any, ask: Any) -> None:
    asked = model("empty", "answer", price=load_prices()["gpt-5.4-mini"])
    served = ask(Gateway(ModelStep(asked, attempts=2)))[0]
    assert [call.outcome for call in served.calls] == ["garbled", "answered"]
    assert all(call.dollars > 0 for call in served.calls)


def test_a_broken_observer_harms_no_request_and_is_kept_for_whoever_looks(model: Any, ask: Any) -> None:
    def broken(call: Call) -> None:
        raise ZeroDivisionError

    gateway = Gateway(ModelStep(model()), observers=[broken])
    assert not ask(gateway)[0].failed
    assert [type(problem) for problem in gateway.observer_problems] == [ZeroDivisionError]


def test_an_observer_may_switch_a_step_off(model: Any, ask: Any) -> None:
    dear = model(name="dear")
    gateway = Gateway(ModelStep(dear), handover)
    gateway.observers.append(lambda call: gateway.switched_off.add("dear"))
    served = ask(gateway, 3, together=False)
    assert [one.by for one in served] == ["dear", "handover", "handover"]
    assert len(dear.called) == 1


@pytest.mark.parametrize(
    ("steps", "limits", "said"),
    [
        (0, {}, "Expected at least one"),
        (2, {}, "each with a name of its own"),
        (1, {"deadline": 0}, "a deadline above 0"),
        (1, {"at_once": 0}, "at least one request at once"),
    ],
)
def test_a_gateway_that_cannot_be_meant_is_refused(model: Any, steps: int, limits: dict[str, Any], said: str) -> None:
    ladder: Sequence[ModelStep] = [ModelStep(model()) for _ in range(steps)]
    with pytest.raises(ValueError, match=said):
        Gateway(*ladder, **limits)


def test_a_step_that_cannot_be_meant_is_refused(model: Any) -> None:
    for limits in ({"attempts": 0}, {"seconds": 0}, {"attempt_seconds": -1}, {"hedge_after": 0}):
        with pytest.raises(ValueError, match="Expected at least one attempt and times above 0"):
            ModelStep(model(), **limits)


def test_a_step_without_hedging_never_hedges_however_short_its_time(model: Any, ask: Any) -> None:
    asked = model("hang")  # loops may wake up a little early, and this must not be taken for a hedge's time
    ask(Gateway(ModelStep(asked, seconds=1e-12), handover), 5)
    assert len(asked.called) == 5
