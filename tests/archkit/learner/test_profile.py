"""Who is learning here: an id that is kept, proposed, refused or not readable."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archkit.case import Case, InvalidLearnerId, normalised_learner_id
from archkit.course import course_root
from archkit.learner import learner, work_folder


def test_the_learners_folder_is_work_in_the_course_unless_another_is_named(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert work_folder() == work
    monkeypatch.delenv("ARCHKIT_WORK")
    assert work_folder() == course_root() / "work"


def test_an_id_is_kept_for_the_next_kernel() -> None:
    assert learner("ana").id == "ana"
    again = learner()
    assert again.id == "ana"
    assert again.is_kept


@given(st.text(max_size=120))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_given_as_an_id_is_kept_in_its_normal_form_or_refused(given_id: str) -> None:
    try:
        normal = normalised_learner_id(given_id)
    except InvalidLearnerId as refusal:
        assert str(refusal) in learner(given_id).message
    else:
        assert learner(given_id).id == normal
        assert learner().id == normal


def test_a_learner_without_an_id_can_read_on_with_the_demonstration_company() -> None:
    nobody = learner()
    assert not nobody.is_known
    assert "no learner id" in nobody.message
    assert Case.for_learner(nobody.id).company == "Larkspur Outfitters"


@pytest.mark.parametrize("bad", ["", "   ", 7, None, "x" * 101, "a\x00b"])
def test_a_bad_id_is_said_and_leaves_the_kept_one(bad: object) -> None:
    learner("ana")
    refused = learner(bad)
    assert "Your id is still `ana`" in refused.message
    assert not refused.is_kept
    assert learner().id == "ana"


def test_a_changed_id_says_that_started_exercises_keep_the_old_one() -> None:
    learner("ana")
    assert "It was `ana`" in learner("bo").message


def test_a_hub_proposes_the_name_it_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "ana@example.org")
    assert 'write `"ana@example.org"`' in learner().message
    assert not learner().is_known


def test_the_random_name_that_binder_gives_is_not_proposed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "ai-architect-x3k9")
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "https://mybinder.org/")
    assert "x3k9" not in learner().message


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"ana"', b'{"learner_id": 3}', b"\xff\xfe", b"[" * 9_000])
def test_a_damaged_profile_is_said_and_put_aside_by_the_next_id(work: Path, content: bytes) -> None:
    work.mkdir()
    (work / "learner.json").write_bytes(content)
    assert "cannot be read" in learner().message
    assert learner("ana").id == "ana"
    assert learner().id == "ana"
    assert (work / "learner.unreadable.json").read_bytes() == content


def test_an_id_holds_in_the_notebook_even_where_it_cannot_be_kept(work: Path) -> None:
    work.write_text("a file where the folder should be")
    who = learner("ana")
    assert who.id == "ana"
    assert not who.is_kept
    assert "could not be written" in who.message


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "umask"), reason="POSIX permissions")
def test_a_kept_file_has_the_permissions_of_any_other(work: Path) -> None:
    learner("ana")
    (work / "other").touch()
    assert (work / "learner.json").stat().st_mode == (work / "other").stat().st_mode
