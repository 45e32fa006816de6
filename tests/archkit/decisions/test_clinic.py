"""The cases of the clinic can be read, and say no verdict."""

import pytest

from archkit.decisions.clinic import ClinicCase, load_clinic
from archkit.typed_data import InvalidData


def test_a_case_shows_its_must_have_every_way_and_who_is_called():
    text = str(load_clinic()["freight"])
    for part in ("Must-have: Papers", "server (built)", "bound", "anywhere", "On call: 1", "4 times, papers are not"):
        assert part in text


def test_nobody_on_call_and_a_single_call_are_said_in_words():
    text = str(load_clinic()["museum"])
    assert "On call: nobody" in text
    assert "once, the assistant" in text


def test_a_case_without_calls_says_so():
    assert "in a month: never" in str(load_clinic()["museum"].changed(calls=()))


@pytest.mark.parametrize("word", ["over-engineered", "under-resourced", "sound although"])
def test_no_case_says_its_verdict(word):
    assert not any(word in str(case) for case in load_clinic().values())


def test_a_page_escapes_what_people_write():
    case = load_clinic()["bank"].changed(company="<script>alert(1)</script>")
    assert "<script" not in case._repr_html_()
    assert "<table" in case._repr_html_()


def test_a_case_needs_another_way_to_be_compared_with():
    fields = load_clinic()["bank"].model_dump()
    with pytest.raises(InvalidData, match="at least 1"):
        ClinicCase.model_validate({**fields, "others": []})
