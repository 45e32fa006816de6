"""What the grader makes of what it is sent: usable answers, or for each one that is not a sentence that says why."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archkit.blueprint import Blueprint
from autograde.answers import (
    AnswerSheet,
    CallFailed,
    Flag,
    FunctionAnswer,
    NamespaceLost,
    Number,
    ReceivedAnswers,
    Text,
    TimeLimitExceeded,
    answer,
    receive,
)
from autograde.notebook import LocalNamespace


class Sheet(AnswerSheet):
    rate: Number = answer("the peak load", unit="requests/s")
    fits: Flag = answer("True or False")
    part: Text = answer("the id of a part")
    parts: list[Text] = answer("a list of part ids")
    sketch: Blueprint = answer("your drawing, a Blueprint")
    share: FunctionAnswer = answer("a function share(rate)")


RIGHT: dict[str, Any] = {
    "rate": 4.6,
    "fits": True,
    "part": "model",
    "parts": ["model", "index"],
    "sketch": {
        "name": "S",
        "purpose": "P.",
        "entry": "a",
        "zones": [{"id": "z", "name": "Z", "operator": "own", "region": "eu"}],
        "components": [{"id": "a", "name": "A", "kind": "service", "zone": "z"}],
    },
    "share": lambda rate: rate / 2,
}
DEEP: list = []
for _ in range(900):
    DEEP = [DEEP]


def received(**changed: Any) -> ReceivedAnswers:
    return receive(Sheet, LocalNamespace({"LEARNER_ID": "ana", **RIGHT, **changed}))


class Sends:
    """A learner's process that sends what it likes."""

    def __init__(self, *texts: Any) -> None:
        self.texts = list(texts)

    def export(self, names: list[str]) -> Any:
        return self._next()

    def call(self, name: str, arguments: str, seconds: float) -> Any:
        return self._next()

    def _next(self) -> Any:
        sent = self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]
        if isinstance(sent, Exception):
            raise sent
        return sent


def test_right_answers_arrive_with_their_types() -> None:
    got = received()
    assert not got.problems and not got.untouched
    assert got.learner_id == "ana"
    assert (got.values["rate"], got.values["fits"], got.values["parts"]) == (4.6, True, ["model", "index"])
    assert isinstance(got.values["sketch"], Blueprint)
    assert got.values["share"](3.0) == 1.5


def test_a_whole_number_is_a_number() -> None:
    assert received(rate=5).values["rate"] == 5


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("rate", "4.6", ['`rate` is text ("4.6")', "valid number", "Expected the peak load, in requests/s."]),
        ("rate", True, ["`rate` is a truth value (true)", "Expected the peak load"]),
        ("rate", None, ["`rate` is None. Expected the peak load, in requests/s."]),
        ("rate", [4.6], ["`rate` is a list ([4.6])", "Expected the peak load"]),
        ("rate", float("nan"), ["`rate` is nan", "not a number one can compare", "Expected the peak load"]),
        ("rate", float("inf"), ["`rate` is inf", "Expected the peak load"]),
        ("rate", 1e300, ["`rate` is a number (1e+300)", "less than or equal to", "Expected the peak load"]),
        ("rate", 10**305, ["`rate` is a number (1000", "Expected the peak load"]),
        ("rate", 10**5000, ["`rate` is a whole number with about 5,001 digits", "Expected the peak load"]),
        ("rate", lambda: 4.6, ["`rate` is a function", "Expected the peak load, in requests/s: call it first?"]),
        ("rate", len, ["`rate` is a function"]),
        ("rate", object(), ["`rate` is a object, which an answer cannot be. Expected the peak load"]),
        ("fits", 1, ["`fits` is a number (1)", "Expected True or False."]),
        ("fits", "True", ['`fits` is text ("True")', "Expected True or False."]),
        ("part", 3, ["`part` is a number (3)", "Expected the id of a part."]),
        ("part", "x" * 3_000, ["at most 2000 characters", "Expected the id of a part."]),
        ("parts", "model", ['`parts` is text ("model")', "Expected a list of part ids."]),
        ("parts", ["model", 3], ["`parts[1]` is a number (3)", "Expected a list of part ids."]),
        ("parts", ["model", ...], ["`parts` still has `...` in it"]),
        ("parts", [1, 2, 3, 4, 5, 6, 7], ["`parts[4]`", "(and 2 more)"]),
        ("parts", DEEP, ["`parts` is nested more than 40 levels deep"]),
        ("sketch", {"name": "S"}, ["`sketch` is not a valid Blueprint", "zones", "is missing"]),
        ("sketch", "a drawing", ["`sketch` is not a valid Blueprint"]),
        ("sketch", 7, ["`sketch` is not a valid Blueprint"]),
        ("share", 0.5, ["`share` is a number (0.5). Expected a function share(rate)", "`def share(...):`"]),
        ("share", None, ["`share` is nothing. Expected a function share(rate)"]),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isidentifier() else type(value).__name__,
)
def test_a_wrong_kind_of_answer_says_what_was_given_and_expected_and_spoils_no_other(
    name: str, value: Any, words: list[str]
) -> None:
    got = received(**{name: value})
    assert set(got.problems) == {name}
    for part in words:
        assert part in got.problems[name]
    assert len(got.problems[name]) < 1_200
    assert set(got.values) == set(RIGHT) - {name}


def test_an_answer_that_is_not_there_is_said_to_be_missing() -> None:
    got = receive(Sheet, LocalNamespace({name: value for name, value in RIGHT.items() if name != "rate"}))
    assert got.untouched == {"rate"}
    assert got.problems == {
        "rate": "There is no `rate`. Run the cell that sets it, and keep the name as the task gives it."
    }
    assert got.learner_id is None


def test_dots_are_not_attempted_and_no_problem() -> None:
    got = received(rate=..., share=...)
    assert got.untouched == {"rate", "share"} and not got.problems


def test_a_drawing_in_which_a_reference_fails_says_so() -> None:
    got = received(sketch={**RIGHT["sketch"], "entry": "b"})
    assert "no component or store 'b'" in got.problems["sketch"] or "'b'" in got.problems["sketch"]


ENVELOPE = {"learner_id": "ana", "answers": {name: {"kind": "value", "value": 4.6} for name in RIGHT}}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not JSON",
        "null",
        "3",
        "[]",
        "{}",
        '{"answers": null}',
        '{"answers": []}',
        '{"answers": 3, "learner_id": "ana"}',
        '{"answers": {"rate": NaN}}',
        '{"answers": {"rate": {"kind": "value", "value": 1e999}}}',
        '{"answers": {"rate": {"kind": "value", "value": ' + "1" * 5_000 + "}}}",
        "[" * 100_000,
        "[" * 900 + "]" * 900,
        '{"answers": {"rate": {"kind": "value", "value": ' + "[" * 900 + "]" * 900 + "}}}",
        '{"answers": {"rate": {"kind": "value", "value": [' + "1," * 600_000 + "1]}}}",
        b'{"answers": {}}',
        None,
    ],
    ids=lambda text: f"{type(text).__name__} {str(text)[:40]!r} of {len(text or '')}",
)
def test_a_malformed_envelope_makes_every_answer_unreadable_and_nothing_else(text: Any) -> None:
    assert_unreadable(receive(Sheet, Sends(text)))


def test_an_envelope_of_50_megabytes_is_unreadable() -> None:
    right = json.dumps({name: {"kind": "untouched"} for name in RIGHT})
    assert_unreadable(receive(Sheet, Sends(f'{{"answers": {right}, "filling": "{"x" * 50_000_000}"}}')))


def assert_unreadable(got: ReceivedAnswers) -> None:
    assert not got.values and not got.untouched
    assert got.learner_id is None
    assert got.problems == {name: f"`{name}` did not arrive in a form that can be read." for name in RIGHT}


@pytest.mark.parametrize(
    "forged",
    [
        None,
        3,
        [],
        {},
        {"kind": None},
        {"kind": "right"},
        {"kind": "value"},
        {"kind": ["value"], "value": 3},
        {"kind": "refused"},
        {"kind": "refused", "reason": 3},
        {"kind": "function", "parameters": None},
        {"value": 4.6},
    ],
)
def test_a_forged_kind_makes_its_own_answer_unreadable(forged: Any) -> None:
    answers = {"rate": forged, "fits": {"kind": "value", "value": True, "earned": 99, "outcome": "right"}}
    got = receive(Sheet, Sends(json.dumps({"learner_id": {"a": 1}, "answers": answers, "points": 99})))
    assert got.problems["rate"] == "`rate` did not arrive in a form that can be read."
    assert got.values == {"fits": True}
    assert got.learner_id is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.sampled_from(["kind"]), inner),
    max_leaves=12,
)
KINDS = st.sampled_from(["value", "missing", "untouched", "function", "refused", "raised", "other"])
FORGED = st.fixed_dictionaries({}, optional={"kind": KINDS | JSON, "value": JSON, "reason": JSON, "parameters": JSON})


@given(st.dictionaries(st.sampled_from([*RIGHT, "other"]), FORGED | JSON), JSON)
def test_no_envelope_raises_and_every_answer_is_accounted_for_once(answers: Any, learner_id: Any) -> None:
    got = receive(Sheet, Sends(json.dumps({"learner_id": learner_id, "answers": answers})))
    assert set(got.values) | set(got.problems) | got.untouched == set(RIGHT)
    assert not set(got.values) & (set(got.problems) | got.untouched)
    for problem in got.problems.values():
        problem.encode()
        assert len(problem) < 1_200


def test_half_a_character_is_replaced_before_anything_is_written() -> None:
    got = receive(Sheet, Sends(json.dumps({"answers": {"part": {"kind": "value", "value": "a\ud83d"}}})))
    assert got.values["part"] == "a?"
    whole = receive(Sheet, Sends(json.dumps({"answers": {"part": {"kind": "value", "value": "a\U0001f680"}}})))
    assert whole.values["part"] == "a\U0001f680"


def test_an_object_that_never_finishes_costs_only_its_own_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograde.notebook.SECONDS_TO_EXPORT", 0.5)

    class Endless:
        def tolist(self) -> Any:
            while True:
                pass

    got = received(rate=Endless())
    assert got.problems == {
        "rate": "Reading `rate` did not end in time: the object in it never finishes writing itself."
    }
    assert got.learner_id == "ana"
    assert set(got.values) == set(RIGHT) - {"rate"}


def test_when_reading_ends_the_process_the_answers_are_asked_for_one_by_one() -> None:
    one_by_one = [json.dumps({"answers": {name: {"kind": "untouched"}}}) for name in RIGHT]
    gone = NamespaceLost("gone")
    got = receive(Sheet, Sends(gone, gone, *one_by_one[1:]))
    assert got.problems == {"rate": "Reading `rate` ended the process that the notebook ran in."}
    assert got.untouched == set(RIGHT) - {"rate"}


def test_a_process_that_stays_gone_is_said_to_be_lost() -> None:
    with pytest.raises(NamespaceLost, match="gone"):
        receive(Sheet, Sends(NamespaceLost("gone")))


def call(*replies: Any, arguments: tuple[Any, ...] = (3.0,)) -> Any:
    return FunctionAnswer("share", ["rate"], Sends(*replies))(*arguments)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (
            json.dumps({"kind": "raised", "error": "KeyError", "message": "'x'", "line": 3}),
            "`share(3.0)` raised KeyError in line 3 of its cell: 'x'",
        ),
        (
            json.dumps({"kind": "raised", "error": "KeyError", "message": "'x'", "line": "<b>"}),
            "`share(3.0)` raised KeyError: 'x'",
        ),
        (
            json.dumps({"kind": "refused", "reason": "what `share` returned is nan"}),
            "`share(3.0)`: what `share` returned",
        ),
        (json.dumps({"kind": "raised", "error": "E" * 999, "message": "m" * 9_999}), "raised EEE"),
        (json.dumps({"kind": "raised", "error": 3, "message": "x"}), "gave a reply that cannot be read"),
        (json.dumps({"kind": "value"}), "gave a reply that cannot be read"),
        ("", "gave a reply that cannot be read"),
        ("[1", "gave a reply that cannot be read"),
        (None, "gave a reply that cannot be read"),
        (TimeLimitExceeded(), "`share(3.0)` did not return within 5 s and was stopped."),
        (NamespaceLost(), "`share(3.0)` ended the process it ran in, or could not be stopped."),
    ],
)
def test_a_call_that_gives_no_value_says_which_call_and_why(reply: Any, words: str) -> None:
    with pytest.raises(CallFailed) as failed:
        call(reply)
    assert words in str(failed.value)
    assert len(str(failed.value)) < 600


def test_a_function_that_had_to_be_stopped_is_not_called_again() -> None:
    function = FunctionAnswer("share", ["rate"], Sends(TimeLimitExceeded(), json.dumps({"kind": "value", "value": 1})))
    with pytest.raises(CallFailed, match="did not return within"):
        function(1)
    with pytest.raises(CallFailed, match="was not called again"):
        function(1)


def test_a_long_argument_is_shown_shortened() -> None:
    with pytest.raises(CallFailed) as failed:
        call("", arguments=({"document": "x" * 10_000},))
    assert len(str(failed.value)) < 150


@given(JSON)
def test_no_reply_to_a_call_raises_anything_but_a_failed_call(reply: Any) -> None:
    try:
        call(json.dumps(reply))
    except CallFailed as failed:
        str(failed).encode()
