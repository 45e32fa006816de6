"""Errors of typed data are plain sentences: what was given, what was expected, what to do."""

import copy
import pickle
from typing import Annotated, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from archkit.typed_data import InvalidData, PlainNumbers, TypedData, did_you_mean, shortened


class Leg(TypedData):
    """A part of a trip."""

    label_fields = ("to",)

    to: str
    """where it goes"""
    kilometres: Annotated[float, PlainNumbers, Field(strict=True, gt=0, le=1000)] = 1.0
    """how far it is"""
    by: Literal["train", "foot"] = "train"
    """the means of transport"""


class Trip(TypedData):
    """A trip."""

    id: str
    """what it is called"""
    legs: tuple[Leg, ...] = Field(min_length=1)
    """its parts"""
    days: Annotated[int, PlainNumbers, Field(strict=True, ge=1)] = 1
    """how many days it takes"""


def problems(make):
    with pytest.raises(InvalidData) as caught:
        make()
    return caught.value.problems


def test_a_misspelt_field_is_told_the_right_one():
    [missing, unknown] = problems(lambda: Leg(too="Kiel"))
    assert missing == "to: is missing. Give to = where it goes."
    assert unknown == "too: Leg has no field 'too'. Did you mean 'to'? Its fields are to, kilometres, by."


def test_a_misspelt_choice_is_told_the_right_one():
    assert problems(lambda: Leg(to="Kiel", by="trian")) == (
        "by: 'trian' is not one of train, foot. Did you mean 'train'?",
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("12", "'12' is not a number (how far it is). Write it without quotation marks."),
        (True, "True is not a number (how far it is)."),
        (None, "None is not a number (how far it is)."),
        (float("nan"), "nan is not a finite number. Give a number (how far it is), or leave the field out."),
        (0, "0 must be greater than 0 (how far it is)."),
        (1e9, "1000000000.0 must be at most 1,000 (how far it is)."),
    ],
)
def test_a_number_is_refused_with_its_reason(given, said):
    assert problems(lambda: Leg(to="Kiel", kilometres=given)) == (f"kilometres: {said}",)


def test_numbers_of_numpy_and_pandas_are_taken():
    assert Leg(to="Kiel", kilometres=np.int64(3)).kilometres == 3.0
    assert Leg(to="Kiel", kilometres=pd.Series([2.5]).sum()).kilometres == 2.5
    trip = Trip(id="north", legs=[Leg(to="Kiel")], days=pd.Series([1, 2]).sum())
    assert type(trip.days) is int
    assert problems(lambda: Leg(to="Kiel", kilometres=np.float64("nan")))


def test_all_problems_are_told_together_each_with_its_place():
    found = problems(
        lambda: Trip.model_validate({"legs": [{"to": "Kiel", "by": "car"}, {"kilometres": -1}], "days": 0})
    )
    assert [problem.split(":")[0] for problem in found] == [
        "id",
        "legs[0] ('Kiel'), by",
        "legs[1], to",
        "legs[1], kilometres",
        "days",
    ]


def test_the_message_names_the_thing_and_counts_its_problems():
    with pytest.raises(InvalidData, match=r"^Leg 'Kiel': by: 'car' is not one of") as caught:
        Leg(to="Kiel", by="car")
    assert caught.value.what == "Leg 'Kiel'"
    with pytest.raises(InvalidData, match=r"(?s)^Leg 'Kiel' has 2 problems:\n  1\. .*\n  2\. "):
        Leg(to="Kiel", by="car", kilometres=-1)


def test_one_thing_where_a_list_belongs_is_told_so():
    assert problems(lambda: Trip(id="x", legs="Kiel")) == (
        "legs: 'Kiel' is not a list. Put it into square brackets (its parts).",
    )
    assert problems(lambda: Trip(id="x", legs=["Kiel"])) == ("legs[0]: 'Kiel' is not a Leg. Write Leg(...).",)
    assert problems(lambda: Trip(id="x", legs=[])) == (
        "legs: there must be at least 1 of them, and 0 were given (its parts).",
    )


def test_text_that_is_not_json_is_told_so():
    assert problems(lambda: Trip.model_validate_json("{no"))[0].startswith("This is not JSON")


def test_typed_data_cannot_be_changed_but_a_changed_copy_is_checked():
    leg = Leg(to="Kiel")
    assert problems(lambda: setattr(leg, "to", "Bonn")) == (
        "to cannot be changed in place. Make a changed copy: .changed(to=...).",
    )
    assert leg.changed(to="Bonn") == Leg(to="Bonn")
    assert leg.to == "Kiel"
    assert problems(lambda: leg.changed(by="car"))


def test_the_error_survives_pickling_and_shows_no_traceback_in_a_notebook():
    with pytest.raises(InvalidData) as caught:
        Leg(to="Kiel", by="car", kilometres=-1)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert caught.value._render_traceback_() == str(caught.value).splitlines()


def test_copies_and_json_give_the_same_again():
    trip = Trip(id="north", legs=[Leg(to="Kiel", kilometres=0.1 + 0.2)])
    assert copy.deepcopy(trip) == trip == Trip.model_validate_json(trip.model_dump_json())
    assert {trip, trip.changed()} == {trip}


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "legs", "to", "x"]), inner),
    max_leaves=10,
)


@settings(deadline=None)
@given(data=json_like)
def test_whatever_is_given_there_is_a_trip_or_a_sentence(data):
    try:
        Trip.model_validate(data)
    except InvalidData as error:
        assert error.problems
        assert all(problem.endswith((".", "?")) for problem in error.problems)
        assert not any("pydantic" in problem for problem in error.problems)


def test_quoting_what_was_given_never_fails_and_stays_short():
    class Rude:
        def __repr__(self):
            raise RuntimeError

    assert shortened(Rude()) == "<Rude>"
    assert len(shortened("x" * 1000)) == 60


def test_only_a_near_name_is_suggested():
    assert did_you_mean("Trian", ["train", "foot"]) == " Did you mean 'train'?"
    assert did_you_mean("submarine", ["train", "foot"]) == ""
    assert did_you_mean(3, ["train"]) == ""
