"""What crosses from the learner's process: any plain value unchanged, anything else as a reason in words."""

import datetime
import functools
import json
import math
import sys
from collections import OrderedDict
from collections.abc import Callable
from decimal import Decimal
from enum import Enum, StrEnum
from fractions import Fraction

import numpy
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archkit.blueprint import Blueprint, Component, TrustZone
from autograde.learner_side import MAXIMUM_CHARACTERS, MAXIMUM_VALUES, call_answer, export_answers

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**300), 10**300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=30,
)


def exported(value: object) -> dict:
    envelope = json.loads(export_answers({"x": value}, ["x"]))
    return envelope["answers"]["x"]


def refusal(value: object) -> str:
    sent = exported(value)
    assert sent["kind"] == "refused", sent
    return sent["reason"]


def returned(function: object, *arguments: object) -> dict:
    return json.loads(call_answer({"f": function}, "f", json.dumps(arguments)))


@given(PLAIN)
def test_any_plain_value_arrives_as_it_is(value: object) -> None:
    assert exported(value) == {"kind": "value", "value": value}
    assert returned(lambda: value) == {"kind": "value", "value": value}


@given(PLAIN)
def test_a_function_gets_its_arguments_as_they_are(value: object) -> None:
    assert returned(lambda given: given, value) == {"kind": "value", "value": value}


class Colour(StrEnum):
    RED = "red"


class OldColour(str, Enum):  # noqa: UP042  (learners write it so)
    RED = "red"


class Grade(Enum):
    GOOD = 1.5


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (numpy.float64(0.25), 0.25),
        (numpy.float32(0.5), 0.5),
        (numpy.int64(7), 7),
        (numpy.bool_(True), True),
        (numpy.str_("a"), "a"),
        (numpy.array(3), 3),
        (numpy.arange(4).reshape(2, 2), [[0, 1], [2, 3]]),
        (pandas.Series([1.5, 2.5]), [1.5, 2.5]),
        (pandas.Series({"gateway": 1.5, "model": 2.5}), {"gateway": 1.5, "model": 2.5}),
        (pandas.Index(["a", "b"]), ["a", "b"]),
        (pandas.Timestamp("2026-11-22"), "2026-11-22T00:00:00"),
        (datetime.date(2026, 11, 22), "2026-11-22"),
        (datetime.datetime(2026, 11, 22, 9, 30), "2026-11-22T09:30:00"),
        (Decimal("1.25"), 1.25),
        ({"b", "a"}, ["a", "b"]),
        (frozenset({2, 1}), [1, 2]),
        ((1, (2, 3)), [1, [2, 3]]),
        ({"a": 1, "b": 2}.keys(), ["a", "b"]),
        ({"a": 1, "b": 2}.values(), [1, 2]),
        (OrderedDict(a=(1,)), {"a": [1]}),
        (Colour.RED, "red"),
        (OldColour.RED, "red"),
        (Grade.GOOD, 1.5),
        ({OldColour.RED: Colour.RED}, {"red": "red"}),
        ([numpy.float64(1.0), {"x": numpy.int32(2)}], [1.0, {"x": 2}]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_the_fields_libraries_arrive_as_plain_ones(value: object, plain: object) -> None:
    assert exported(value) == {"kind": "value", "value": plain}


def test_a_work_product_arrives_as_its_fields() -> None:
    blueprint = Blueprint(
        name="Small",
        purpose="One box.",
        entry="app",
        zones=[TrustZone(id="own", name="Own", operator="own", region="eu")],
        components=[Component(id="app", name="App", kind="service", zone="own")],
    )
    assert Blueprint.model_validate(exported(blueprint)["value"]) == blueprint


def test_dots_a_stub_and_a_name_that_is_not_there_are_told_apart() -> None:
    def stub(x): ...

    def documented(x):
        """Say what it does."""

    sent = json.loads(
        export_answers({"a": ..., "b": stub, "c": documented, "d": lambda x: None}, ["a", "b", "c", "d", "e"])
    )["answers"]
    assert {name: sent[name]["kind"] for name in "abcd"} == dict.fromkeys("abcd", "untouched")
    assert sent["e"] == {"kind": "missing"}


@pytest.mark.parametrize(
    "function",
    [
        lambda x: 0,
        lambda x: [],
        functools.lru_cache(lambda x: x),
        functools.partial(pow, 2),
        "".join,
        len,
        type("Callable", (), {"__call__": lambda self, x: x})(),
    ],
)
def test_whatever_can_be_called_is_a_function(function: object) -> None:
    assert exported(function)["kind"] == "function"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (math.nan, "is nan, which is not a number one can compare"),
        (-math.inf, "is -inf"),
        (numpy.float64("nan"), "is nan"),
        (Decimal("NaN"), "is nan"),
        (Decimal("1e400"), "is inf"),
        ([1.0, math.nan], "is nan"),
        (10**5000, "is a whole number with about 5,001 digits"),
        (-(10**400), "is a whole number with about 401 digits"),
        ("\ud800", r"holds '\ud800', half of a character"),
        ({"\udfff": 1}, r"holds '\udfff', half of a character"),
        ([1, [2, ...]], "still has `...` in it"),
        ({"a": ...}, "still has `...` in it"),
        ({1: "a"}, "has the key 1, and keys must be text"),
        ({("a", "b"): 1}, "has the key ('a', 'b'), and keys must be text"),
        (Fraction(1, 3), "is a Fraction, which an answer cannot be"),
        (1 + 2j, "is a complex"),
        (b"bytes", "is a bytes"),
        ((n for n in range(3)), "is a generator"),
        (object(), "is a object"),
        (pandas.DataFrame({"a": [1]}), "is a DataFrame"),
        (pandas.NA, "is a NAType"),
        ([len], "is a builtin_function_or_method"),
        ("x" * (MAXIMUM_CHARACTERS + 1), "is too large: a text of 1,000,001 characters"),
        (["x" * 1_000] * 1_500, "is too large: "),
        ([0] * (MAXIMUM_VALUES + 1), "is too large: it has more than 100,000 values"),
        (numpy.zeros(10**7), "is too large: it has 10,000,000 values"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_an_answer_is_refused_with_the_reason(value: object, reason: str) -> None:
    assert reason in refusal(value)


def test_nesting_ends_at_a_limit_whatever_makes_it() -> None:
    deep: list = []
    for _ in range(1_000):
        deep = [deep]
    cycle: list = []
    cycle.append(cycle)
    ring: dict = {}
    ring["ring"] = ring
    for value in (deep, cycle, ring):
        assert "is nested more than 40 levels deep" in refusal(value)


def test_a_small_object_that_unfolds_into_a_large_one_is_refused() -> None:
    laughter: list = ["ha"] * 10
    for _ in range(12):
        laughter = [laughter] * 10
    assert "is too large" in refusal(laughter)


class Hostile:
    """Does what it is told to when one of its methods is called."""

    def __init__(self, method: str, behaviour: object) -> None:
        self.__dict__["told"] = (method, behaviour)

    def __getattr__(self, name: str) -> object:
        method, behaviour = self.__dict__["told"]
        if name == method:
            return behaviour
        raise AttributeError(name)


def raising(error: BaseException):
    def behaviour(*arguments, **options):
        raise error

    return behaviour


class LyingClass:
    def __init__(self, claimed: object) -> None:
        self.claimed = claimed

    @property
    def __class__(self):
        if isinstance(self.claimed, BaseException):
            raise self.claimed
        return self.claimed


class EvilItems(dict):
    def items(self):
        return iter([1, 2, 3])


class EndlessItems(dict):
    def items(self):
        return ((str(n), n) for n in iter(int, 1))


class EndlessSet(set):
    def __iter__(self):
        return iter(lambda: 0, 1)


class EndlessList(list):
    def __iter__(self):
        return iter(int, 1)


class EvilKey:
    def __repr__(self) -> str:
        raise SystemExit


class NamelessMeta(type):
    __name__ = property(raising(RuntimeError("no name")))


class NamelessError(Exception, metaclass=NamelessMeta):
    def __str__(self) -> str:
        raise RuntimeError("no message either")


# Made only inside the test: pytest itself would stumble over most of them.
HOSTILE = {
    "model_dump raises": lambda: Hostile("model_dump", raising(ValueError("no"))),
    "model_dump exits": lambda: Hostile("model_dump", raising(SystemExit(0))),
    "model_dump raises what is no Exception": lambda: Hostile("model_dump", raising(GeneratorExit())),
    "model_dump raises without name or message": lambda: Hostile("model_dump", raising(NamelessError())),
    "model_dump gives an object": lambda: Hostile("model_dump", lambda mode: object()),
    "model_dump gives itself": lambda: Hostile("model_dump", lambda mode: Hostile("model_dump", raising(OSError()))),
    "tolist raises": lambda: Hostile("tolist", raising(MemoryError())),
    "isoformat gives a number": lambda: Hostile("isoformat", lambda: 3),
    "says it is a str": lambda: LyingClass(str),
    "says it is an int": lambda: LyingClass(int),
    "says it is a float": lambda: LyingClass(float),
    "says it is a bool": lambda: LyingClass(bool),
    "says it is a list": lambda: LyingClass(list),
    "says it is a dict": lambda: LyingClass(dict),
    "says it is a function": lambda: LyingClass(type(raising)),
    "raises when asked what it is": lambda: LyingClass(RuntimeError("no class")),
    "exits when asked what it is": lambda: LyingClass(SystemExit(1)),
    "items that are no pairs": lambda: EvilItems(a=1),
    "items without end": lambda: EndlessItems(a=1),
    "a set without end": lambda: EndlessSet([1]),
    "a list without end": lambda: EndlessList([1]),
    "a key that exits": lambda: {EvilKey(): 1},
    "a set of what exits": lambda: {EvilKey()},
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_an_object_whose_code_fails_or_lies_is_refused_and_spoils_nothing_beside_it(make: Callable[[], object]) -> None:
    value = make()
    envelope = export_answers({"LEARNER_ID": "ana", "x": value, "y": 2}, ["x", "y"])
    reply = call_answer({"f": lambda: value}, "f", "[]")
    sent = json.loads(envelope)
    assert sent["answers"]["x"]["kind"] == "refused"
    assert sent["answers"]["x"]["reason"]
    assert sent["answers"]["y"] == {"kind": "value", "value": 2}
    assert sent["learner_id"] == "ana"
    assert json.loads(reply)["kind"] == "refused"


class ShoutingText(str):
    def __str__(self) -> str:
        return "something else"

    def encode(self, *arguments):
        raise RuntimeError

    def __len__(self) -> int:
        raise RuntimeError


class LyingNumber(float):
    def __float__(self) -> float:
        raise RuntimeError


class LyingInteger(int):
    def __int__(self) -> int:
        return 10**5000

    __index__ = __int__


def test_of_a_subclass_only_the_value_counts() -> None:
    assert exported([ShoutingText("a"), LyingNumber(1.5), LyingInteger(3)])["value"] == ["a", 1.5, 3]


@pytest.mark.parametrize(
    "make", [lambda: None, lambda: 7, lambda: ..., lambda: LyingClass(str), lambda: LyingClass(SystemExit())]
)
def test_a_learner_id_that_is_not_text_is_none(make: Callable[[], object]) -> None:
    stated = make()
    assert json.loads(export_answers({"LEARNER_ID": stated}, []))["learner_id"] is None


def test_reading_answers_passes_the_learners_own_interrupt_on() -> None:
    with pytest.raises(KeyboardInterrupt):
        export_answers({"x": Hostile("model_dump", raising(KeyboardInterrupt()))}, ["x"])
    with pytest.raises(KeyboardInterrupt):
        call_answer({"f": raising(KeyboardInterrupt())}, "f", "[]")


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (ZeroDivisionError("division by zero"), "ZeroDivisionError", "division by zero"),
        (ValueError("a\n  b"), "ValueError", "a b"),
        (ValueError("x" * 5_000), "ValueError", "x" * 297 + "..."),
        (ValueError("\ud800"), "ValueError", "?"),
        (SystemExit(3), "SystemExit", "3"),
        (NamelessError(), "an exception without a name", "(its message cannot be read)"),
    ],
)
def test_an_exception_is_told_by_name_and_message(error: BaseException, kind: str, message: str) -> None:
    told = returned(raising(error))
    assert (told["kind"], told["error"], told["message"]) == ("raised", kind, message)


def test_endless_recursion_is_told_like_any_exception() -> None:
    def endless(x):
        return endless(x)

    assert returned(endless, 1)["error"] == "RecursionError"


def test_the_line_told_is_the_innermost_of_the_notebook_not_of_a_library() -> None:
    cell = "import json\ndef f(x):\n    text = '{'\n    return json.loads(text)\n"
    notebook: dict = {}
    exec(compile(cell, "<cell>", "exec"), notebook)
    told = json.loads(call_answer(notebook, "f", "[1]"))
    assert told["error"] == "JSONDecodeError"
    assert told["line"] == 4


def test_calling_what_is_no_function_any_more_is_refused() -> None:
    assert returned(3) == {"kind": "refused", "reason": "`f` is no longer a function"}
    assert json.loads(call_answer({}, "f", "[]"))["kind"] == "refused"


def test_the_module_that_runs_beside_the_learner_imports_nothing_of_the_grader() -> None:
    import subprocess

    code = (
        "import sys; sys.path.insert(0, '.'); import autograde.learner_side;"
        "print(sorted(m for m in sys.modules if m.startswith(('autograde', 'archkit', 'pydantic', 'nbgrader'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['autograde', 'autograde.learner_side']"
