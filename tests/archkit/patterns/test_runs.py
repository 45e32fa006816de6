"""What a pattern did with the requests, as waits, dollars and shares that can be compared."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage
from langchain_core.messages.ai import UsageMetadata

from archkit.patterns import Run, Served, board, board_figure, gain, hosted_models, routed, routing_table
from archkit.prices import load_prices
from archkit.retrieval import Question

LARGE, SMALL = "extractive-minilm", "extractive-words"


def asked(number: int, text: str = "how long are returns") -> Question:
    return Question(
        id=f"Q-{number:03}",
        text=text,
        group=f"group-{number // 2}",
        kind="answerable",
        relevant=("KB-020",),
        answer="60 days",
    )


def replied(*, right: bool, model: str = LARGE, read: int = 1_000, written: int = 50) -> AIMessage:
    return AIMessage(
        f"Returns take {60 if right else 45} days. [KB-020]",
        usage_metadata=UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written),
        response_metadata={"model_name": model, "abstained": False, "cited": ["KB-020"]},
    )


def run_of(name: str, outcomes: list[bool], model: str = LARGE) -> Run:
    return Run(name, [Served(asked(n), (replied(right=right, model=model),)) for n, right in enumerate(outcomes)])


def test_tokens_are_paid_at_the_recorded_prices_of_the_hosted_model() -> None:
    price = load_prices()["gpt-5.4-mini"]
    run = run_of("one", [True, False])
    assert run.dollars_per_1000 == pytest.approx(1_000 * (1_000 * price.input + 50 * price.output) / 1e6)


def test_a_batch_costs_half_and_waits() -> None:
    now = run_of("now", [True, False])
    night = now.delayed("night", [3_600.0, 7_200.0], batch=True)
    assert night.dollars_per_1000 == pytest.approx(now.dollars_per_1000 / 2)
    assert night.right == now.right
    assert [one.seconds - before.seconds for one, before in zip(night.served, now.served, strict=True)] == (
        pytest.approx([3_600, 7_200])
    )


def test_each_further_call_adds_its_tokens_and_its_time() -> None:
    one = Served(asked(1), (replied(right=True),))
    two = Served(asked(1), (replied(right=True), replied(right=True)))
    assert two.tokens == 2 * one.tokens
    assert two.dollars() == pytest.approx(2 * one.dollars())
    assert two.seconds > one.seconds


def test_a_search_more_takes_the_time_of_embedder_and_index() -> None:
    reply = (replied(right=True),)
    once, twice = (Served(asked(1), reply, searches=number).seconds for number in (1, 2))
    assert twice - once == pytest.approx((25 + 30) / 1_000)


def test_the_same_request_waits_equally_long_in_every_run_and_the_small_model_is_faster() -> None:
    large, again = run_of("large", [True] * 20), run_of("again", [False] * 20)
    assert [one.seconds for one in large.served] == [one.seconds for one in again.served]
    small = run_of("small", [True] * 20, model=SMALL)
    assert all(one.seconds < other.seconds for one, other in zip(small.served, large.served, strict=True))


def test_first_tokens_spread_as_assumed() -> None:
    served = [Served(asked(number), (replied(right=True, written=1),), searches=0) for number in range(4_000)]
    run = Run("many", served)
    gateway, first = 0.010, hosted_models()[LARGE].first_token_ms / 1_000
    assert run.seconds(50) - gateway == pytest.approx(first, rel=0.05)
    assert (run.seconds(95) - gateway) / (run.seconds(50) - gateway) == pytest.approx(2.5, rel=0.1)


def test_a_reply_of_another_model_cannot_be_priced() -> None:
    stranger = replied(right=True, model="gpt-none")
    with pytest.raises(ValueError, match="'gpt-none' cannot be priced"):
        Served(asked(1), (stranger,)).dollars()


outcomes = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30)


@settings(deadline=None, max_examples=25)
@given(pairs=outcomes, limit=st.integers(0, 30))
def test_a_gateway_changes_only_what_it_sends_to_the_small_model(pairs: list[tuple[bool, bool]], limit: int) -> None:
    small, large = run_of("small", [a for a, _ in pairs], SMALL), run_of("large", [b for _, b in pairs])

    def to_small(question: Question) -> bool:
        return int(question.id[2:]) < limit

    gateway, table = routed("gateway", small, large, to_small), routing_table(small, large, to_small)
    assert table.to_numpy().sum() == len(pairs)
    _, only_small, only_large, _ = table.loc["small"].to_list()
    net = only_small - only_large
    assert gain(gateway, large).value == pytest.approx(net / len(pairs))
    assert small.dollars_per_1000 - 1e-9 <= gateway.dollars_per_1000 <= large.dollars_per_1000 + 1e-9


def test_runs_over_other_requests_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="Put both to the same list of requests"):
        gain(run_of("short", [True]), run_of("long", [True, True]))


def test_waits_must_be_as_many_as_requests() -> None:
    with pytest.raises(ValueError, match="1 waits were given for 2 requests"):
        run_of("two", [True, True]).delayed("late", [1.0])


def test_the_board_has_a_row_and_the_figure_a_line_for_each_pattern() -> None:
    runs = (run_of("now", [True, False]), run_of("night", [True, False]).delayed("night", [40_000.0, 90.0]))
    table = board(*runs)
    assert list(table.index) == ["now", "night"]
    assert table.loc["now", "right (extractive)"] == str(runs[0].right)
    assert any("simulated" in column for column in table.columns)
    assert {name for trace in board_figure(*runs).data for name in trace.y} == {"now", "night"}
