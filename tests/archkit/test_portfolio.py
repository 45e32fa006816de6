"""Work products are saved and loaded again, and no bad input ever loses work."""

import json
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from archkit.blueprint import Blueprint, Component, InvalidData, TrustZone
from archkit.portfolio import Portfolio, PortfolioError, ProductMissing, keep, work_product
from archkit.typed_data import TypedData


@work_product("test_note", version=2)
class Note(TypedData):
    """A small work product."""

    text: str
    numbers: tuple[float, ...] = ()
    rating: int = Field(default=1, ge=1, le=5)


@work_product("test_list", version=1)
class Shopping(TypedData):
    """Another type of work product."""

    items: tuple[str, ...] = ()


@pytest.fixture
def portfolio(tmp_path):
    return Portfolio(tmp_path / "shelf", learner_id="Ana")


def rewritten(path, **fields):
    """Change fields around the product in a saved file."""
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **fields}), "utf-8")


def aged(path):
    """Make a saved file look as if it was saved long ago."""
    rewritten(path, saved="2020-01-01T00:00:00+00:00")
    return path.read_bytes()


@settings(deadline=None, max_examples=50)
@given(text=st.text(), numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_what_is_saved_is_loaded_again_exactly(tmp_path_factory, text, numbers):
    portfolio = Portfolio(tmp_path_factory.mktemp("portfolio"))
    note = Note(text=text, numbers=numbers)
    portfolio.save(note)
    assert portfolio.load("test_note", Note) == note


def test_a_blueprint_is_a_work_product(portfolio):
    blueprint = Blueprint(
        name="Sketch",
        purpose="A test.",
        zones=[TrustZone(id="own", name="Own", operator="own", region="eu")],
        components=[Component(id="chat", name="Chat", kind="client", zone="own")],
        entry="chat",
    )
    assert portfolio.save(blueprint).name == "blueprint.json"
    assert portfolio.load("blueprint", Blueprint) == blueprint


def test_the_file_says_what_it_is_and_whose_beside_the_products_own_content(portfolio):
    path = portfolio.save(Note(text="grün"), name="first")
    saved = json.loads(path.read_text("utf-8"))
    assert list(saved) == ["schema", "version", "learner_id", "saved", "product"]
    assert (saved["schema"], saved["version"], saved["learner_id"]) == ("test_note", 2, "ana")
    assert saved["product"] == {"text": "grün", "numbers": [], "rating": 1}
    assert "grün" in path.read_text("utf-8")


def test_saving_again_unchanged_leaves_every_byte(portfolio):
    note = Note(text="same")
    before = aged(portfolio.save(note))
    assert portfolio.save(Note(text="same")).read_bytes() == before
    assert not (portfolio.folder / "previous").exists()


def test_a_change_keeps_the_previous_version(portfolio):
    portfolio.save(Note(text="one"))
    portfolio.save(Note(text="two"))
    assert portfolio.load("test_note", Note).text == "two"
    assert portfolio.previous("test_note", Note).text == "one"
    portfolio.save(Note(text="two"))
    assert portfolio.previous("test_note", Note).text == "one"


def test_nothing_but_the_products_is_left_in_the_folder(portfolio):
    for text in ("one", "two", "three"):
        portfolio.save(Note(text=text))
    files = sorted(str(path.relative_to(portfolio.folder)) for path in portfolio.folder.rglob("*") if path.is_file())
    assert files == [str(Path("previous") / "test_note.json"), "test_note.json"]


# What is refused, and that nothing is lost by it


def test_a_missing_product_is_named_with_those_that_exist(portfolio):
    with pytest.raises(ProductMissing, match="There are: none yet"):
        portfolio.load("test_note", Note)
    portfolio.save(Note(text="x"), name="sketch")
    with pytest.raises(ProductMissing, match="Did you mean 'sketch'"):
        portfolio.load("skech", Note)


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\xff\xfe\x00",
        b"not JSON",
        b"[]",
        b'"text"',
        b"null",
        b"{}",
        b"[" * 100_000,
        b'{"schema": 3, "version": 2, "learner_id": null, "saved": "2026-01-01", "product": {}}',
        b'{"schema": "test_note", "version": "2", "learner_id": null, "saved": "2026-01-01", "product": {}}',
        b'{"schema": "test_note", "version": 2, "learner_id": [], "saved": "2026-01-01", "product": {}}',
        b'{"schema": "test_note", "version": 2, "learner_id": null, "saved": "yesterday", "product": {}}',
    ],
)
def test_a_damaged_file_is_reported_and_then_set_aside_by_saving(portfolio, damage):
    path = portfolio.save(Note(text="good"))
    portfolio.save(Note(text="better"))
    path.write_bytes(damage)
    with pytest.raises(PortfolioError, match=r"damaged|cannot be read"):
        portfolio.load("test_note", Note)
    [entry] = portfolio.list()
    assert entry.problem and entry.schema is None

    portfolio.save(Note(text="best"))
    assert portfolio.load("test_note", Note).text == "best"
    assert portfolio.previous("test_note", Note).text == "good"
    assert path.with_name("test_note.damaged-1.json").read_bytes() == damage
    path.write_bytes(damage)
    portfolio.save(Note(text="again"))
    assert path.with_name("test_note.damaged-2.json").exists()
    assert [entry.name for entry in portfolio.list()] == ["test_note"]


def test_a_product_that_breaks_its_rules_is_refused_with_every_problem(portfolio):
    path = portfolio.save(Note(text="x"))
    rewritten(path, product={"txt": "x", "rating": 9})
    with pytest.raises(PortfolioError, match="rating") as caught:
        portfolio.load("test_note", Note)
    assert "Did you mean 'text'" in str(caught.value)
    rewritten(path, product={"txt": "x"}, version=1)
    with pytest.raises(PortfolioError, match="saved as version 1 of its type"):
        portfolio.load("test_note", Note)


def test_an_invalid_product_never_replaces_a_valid_one(portfolio):
    before = portfolio.save(Note(text="valid")).read_bytes()
    with pytest.raises(InvalidData, match="rating"):
        portfolio.save(Note.model_construct(text="forced", numbers=(), rating=99))
    assert portfolio.save(Note(text="valid")).read_bytes() == before


def test_another_type_is_neither_loaded_nor_overwritten(portfolio):
    before = portfolio.save(Note(text="x"), name="mine").read_bytes()
    with pytest.raises(PortfolioError, match="type 'test_note', where 'test_list' is needed"):
        portfolio.load("mine", Shopping)
    with pytest.raises(PortfolioError, match="Save it under another name"):
        portfolio.save(Shopping(items=["rope"]), name="mine")
    assert (portfolio.folder / "mine.json").read_bytes() == before


def test_another_learners_product_is_neither_loaded_nor_overwritten(portfolio):
    before = portfolio.save(Note(text="x")).read_bytes()
    ben = Portfolio(portfolio.folder, learner_id="ben")
    with pytest.raises(PortfolioError, match=r"learner 'ana'.*'ben'"):
        ben.load("test_note", Note)
    with pytest.raises(PortfolioError, match="Check LEARNER_ID"):
        ben.save(Note(text="mine now"))
    assert (portfolio.folder / "test_note.json").read_bytes() == before
    assert Portfolio(portfolio.folder, learner_id=" ANA ").load("test_note", Note).text == "x"


def test_a_portfolio_without_a_learner_takes_any_and_keeps_the_owner(portfolio):
    portfolio.save(Note(text="x"))
    anyone = Portfolio(portfolio.folder)
    anyone.save(Note(text="y"))
    assert portfolio.load("test_note", Note).text == "y"
    assert portfolio.list()[0].learner_id == "ana"


def test_a_newer_version_of_the_course_is_neither_loaded_nor_overwritten(portfolio):
    path = portfolio.save(Note(text="x"))
    rewritten(path, version=3)
    before = path.read_bytes()
    with pytest.raises(PortfolioError, match="Update the course"):
        portfolio.load("test_note", Note)
    with pytest.raises(PortfolioError, match="left as it is"):
        portfolio.save(Note(text="y"))
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["", "../escape", "a/b", "Upper", "a.b", "x" * 41, "ü", None, 3])
def test_a_name_that_is_no_file_name_is_refused(portfolio, name):
    with pytest.raises(PortfolioError, match="cannot be the name"):
        portfolio.load(name, Note)


def test_something_else_than_a_work_product_is_refused(portfolio):
    class Loose(TypedData):
        text: str

    with pytest.raises(PortfolioError, match="Loose is no type of work product"):
        portfolio.save(Loose(text="x"))
    with pytest.raises(PortfolioError, match="no type of work product"):
        portfolio.load("x", dict)


def test_two_types_cannot_share_a_name():
    with pytest.raises(ValueError, match="belongs to"):

        @work_product("test_note", version=1)
        class Other(TypedData):
            text: str


def test_a_file_that_cannot_be_written_is_reported_and_the_old_one_stays(portfolio, monkeypatch):
    before = portfolio.save(Note(text="old")).read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PortfolioError, match="No space left on device"):
        portfolio.save(Note(text="new"))
    assert (portfolio.folder / "test_note.json").read_bytes() == before
    assert not list(portfolio.folder.glob(".test_note-*"))


def test_a_folder_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PortfolioError, match="could not be made"):
        Portfolio(tmp_path / "file" / "portfolio").save(Note(text="x"))


def test_a_notebook_shows_the_message_alone(portfolio):
    with pytest.raises(PortfolioError) as caught:
        portfolio.load("nothing", Note)
    assert caught.value._render_traceback_() == str(caught.value).splitlines()


# Where it is


def test_the_folder_is_the_courses_unless_the_environment_names_another(monkeypatch, tmp_path):
    monkeypatch.delenv("ARCHKIT_WORK", raising=False)
    from archkit.course import course_root

    monkeypatch.delenv("ARCHKIT_PORTFOLIO", raising=False)
    assert Portfolio().folder == course_root() / "work" / "portfolio"
    monkeypatch.setenv("ARCHKIT_PORTFOLIO", str(tmp_path))
    assert Portfolio().folder == tmp_path
    assert Portfolio(tmp_path / "x").folder == tmp_path / "x"


def test_the_list_says_what_there_is(portfolio):
    assert portfolio.list() == ()
    portfolio.save(Shopping(items=["rope"]), name="b")
    portfolio.save(Note(text="x"), name="a")
    first, second = portfolio.list()
    assert (first.name, first.schema, first.version, first.learner_id) == ("a", "test_note", 2, "ana")
    assert second.schema == "test_list" and second.saved is not None and second.problem is None


# Copies in an exercise's folder


def test_from_within_an_exercise_its_copy_is_loaded_even_without_the_portfolio(portfolio, tmp_path, monkeypatch):
    exercise = tmp_path / "exercise"
    portfolio.save(Note(text="first"))
    copy = portfolio.copy_into(exercise, "test_note")
    assert copy == exercise / "portfolio" / "test_note.json"
    shutil.rmtree(portfolio.folder)
    with pytest.raises(ProductMissing):
        portfolio.load("test_note", Note)
    monkeypatch.chdir(exercise)
    assert portfolio.load("test_note", Note).text == "first"
    assert portfolio.copy_into(".", "test_note").read_bytes() == copy.read_bytes()


def test_a_copy_is_renewed_when_its_learner_has_changed_the_product(portfolio, tmp_path, monkeypatch):
    portfolio.save(Note(text="first"))
    portfolio.copy_into(tmp_path, "test_note")
    portfolio.save(Note(text="second"))
    portfolio.copy_into(tmp_path, "test_note")
    monkeypatch.chdir(tmp_path)
    assert portfolio.load("test_note", Note).text == "second"


def test_a_graders_own_portfolio_never_replaces_the_copy_in_a_submission(portfolio, tmp_path, monkeypatch):
    portfolio.save(Note(text="ana's"))
    portfolio.copy_into(tmp_path, "test_note")
    grader = tmp_path / "grader"
    Portfolio(grader, learner_id="the instructor").save(Note(text="the instructor's"))
    monkeypatch.chdir(tmp_path)
    for learner_id in ("ana", None):
        there = Portfolio(grader, learner_id=learner_id)
        there.copy_into(".", "test_note")
        assert there.load("test_note", Note).text == "ana's"


def test_without_product_and_copy_the_exercise_says_what_is_missing(portfolio, tmp_path):
    with pytest.raises(ProductMissing):
        portfolio.copy_into(tmp_path, "test_note")
    Portfolio(portfolio.folder, learner_id="ben").save(Note(text="x"))
    with pytest.raises(PortfolioError, match="learner 'ben'"):
        portfolio.copy_into(tmp_path, "test_note")


def test_keep_saves_a_product_of_the_learners_and_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ARCHKIT_PORTFOLIO", str(tmp_path))
    keep(Note(text="mine"), "my_note", "Ana")
    assert "Kept in your portfolio as 'my_note'" in capsys.readouterr().out
    assert Portfolio(tmp_path, learner_id="ana").load("my_note", Note).text == "mine"


@pytest.mark.parametrize(
    ("product", "learner_id", "said"),
    [
        (..., "Ana", "not filled in"),
        (Note(text="mine"), ..., "not filled in"),
        ("a string", "Ana", "no work product"),
        (Note(text="mine"), "", "Not kept: The learner id is empty"),
    ],
)
def test_keep_lets_the_notebook_go_on_when_there_is_nothing_to_keep(
    tmp_path, monkeypatch, capsys, product, learner_id, said
):
    monkeypatch.setenv("ARCHKIT_PORTFOLIO", str(tmp_path))
    keep(product, "my_note", learner_id)
    assert said in capsys.readouterr().out
    assert Portfolio(tmp_path).list() == ()


def test_keep_never_takes_somebody_elses_place(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ARCHKIT_PORTFOLIO", str(tmp_path))
    keep(Note(text="ana's"), "my_note", "Ana")
    keep(Note(text="ben's"), "my_note", "Ben")
    assert "Not kept:" in capsys.readouterr().out
    assert Portfolio(tmp_path).load("my_note", Note).text == "ana's"


def test_keep_saves_nothing_while_an_instructor_grades(tmp_path, monkeypatch):
    monkeypatch.setenv("ARCHKIT_PORTFOLIO", str(tmp_path))
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    keep(Note(text="mine"), "my_note", "Ana")
    assert Portfolio(tmp_path).list() == ()


def test_a_portfolio_lies_in_the_folder_that_is_the_learners_own(tmp_path, monkeypatch):
    monkeypatch.delenv("ARCHKIT_PORTFOLIO", raising=False)
    monkeypatch.setenv("ARCHKIT_WORK", str(tmp_path))
    assert Portfolio().folder == tmp_path / "portfolio"
