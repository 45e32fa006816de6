"""The learner's portfolio: work products saved as JSON files, to be loaded again by later exercises.

A file holds the product's own content, and beside it what it is, whose it is and when it was last changed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from archkit.course import course_root
from archkit.typed_data import InvalidData, did_you_mean, problems_of, shortened

__all__ = ["Entry", "Portfolio", "PortfolioError", "ProductMissing", "keep", "work_product"]

_Product = TypeVar("_Product", bound=BaseModel)
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_COPIES = "portfolio"
_PREVIOUS = "previous"


class PortfolioError(Exception):
    """Something in the portfolio could not be saved or loaded; the message says what to do.

    In a notebook only the message is shown, without a traceback.
    """

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


class ProductMissing(PortfolioError):
    """There is no work product of this name yet."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the portfolio has under a name.

    Attributes:
        name: the name that it was saved under.
        path: the file.
        schema: the name of its type, such as "blueprint"; None when the file cannot be read.
        version: the version of that type; None when the file cannot be read.
        learner_id: whose it is; None when nobody's or not readable.
        saved: when its content last changed; None when the file cannot be read.
        problem: None, or why the file cannot be read.
    """

    name: str
    path: Path
    schema: str | None = None
    version: int | None = None
    learner_id: str | None = None
    saved: datetime | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Envelope:
    """The content of a file of the portfolio, read but not yet validated as a product."""

    schema: str
    version: int
    learner_id: str | None
    saved: datetime
    product: Any


_types: dict[str, type[BaseModel]] = {}
_schemas: dict[type[BaseModel], tuple[str, int]] = {}


def work_product(schema: str, *, version: int) -> Callable[[type[_Product]], type[_Product]]:
    """Make a pydantic model a type of work product, which portfolios can hold.

    Args:
        schema: the name of the type in files, such as "blueprint"; it never changes.
        version: goes up by one with each change after which files of before can no longer be read.

    Returns:
        A class decorator.

    Raises:
        ValueError: if another class already has this name.
    """

    def register(model: type[_Product]) -> type[_Product]:
        known = _types.get(schema)
        if known is not None and (known.__module__, known.__qualname__) != (model.__module__, model.__qualname__):
            raise ValueError(
                f"The schema name {schema!r} belongs to {known.__module__}.{known.__qualname__}. "
                f"Give {model.__qualname__} another."
            )
        _types[schema] = model
        _schemas[model] = (schema, version)
        return model

    return register


def keep(product: object, name: str, learner_id: object) -> None:
    """Save a work product at the end of an exercise, and say in one sentence what became of it.

    Whatever stands in the way, the notebook goes on: what is not filled in yet is not saved, and neither is anything
    while an instructor grades.

    Args:
        product: the learner's work product, or `...` while there is none.
        name: what later exercises load it as.
        learner_id: whose it is, or `...` while nobody has said.
    """
    if os.environ.get("NBGRADER_EXECUTION"):
        return
    if product is Ellipsis or learner_id is Ellipsis:
        print(f"Nothing is kept as {name!r} yet: it is not filled in.")
        return
    if not isinstance(product, BaseModel):
        print(f"Nothing is kept as {name!r}: it is {shortened(product)}, and no work product.")
        return
    try:
        Portfolio(learner_id=str(learner_id)).save(product, name)
    except (PortfolioError, InvalidData, ValueError, OSError) as problem:
        print(f"Not kept: {problem}")
    else:
        print(f"Kept in your portfolio as {name!r}. Later exercises load it from there.")


class Portfolio:
    """A folder of work products, each in a file of its own.

    In an exercise, `copy_into` puts a product into the exercise's own folder, and from within that folder `load`
    takes the copy: so a submission carries all that grading needs.
    """

    def __init__(self, folder: Path | str | None = None, *, learner_id: str | None = None) -> None:
        """Open a portfolio; its folder is made when something is first saved.

        Args:
            folder: where it is; None for the folder named in the environment variable ARCHKIT_PORTFOLIO, or else
                `portfolio` in the learner's own folder, which is work/ of the course unless ARCHKIT_WORK names another.
            learner_id: whose products these are. With it, products of somebody else are neither loaded nor
                overwritten. None takes any.

        Raises:
            FileNotFoundError: if no folder is given and no course is found.
            InvalidLearnerId: if the learner id is no usable text.
        """
        if folder is None:
            work = os.environ.get("ARCHKIT_WORK") or course_root() / "work"
            folder = os.environ.get("ARCHKIT_PORTFOLIO") or Path(work) / "portfolio"
        self.folder = Path(folder).expanduser()
        self.learner_id = None if learner_id is None else _normalised(learner_id)

    def __repr__(self) -> str:
        """Return what it is and where."""
        return f"Portfolio({str(self.folder)!r}, learner_id={self.learner_id!r})"

    def save(self, product: BaseModel, name: str | None = None) -> Path:
        """Save a work product; saving it again unchanged leaves the file as it is, byte for byte.

        The file is replaced in one step, and its previous content is kept beside it in the folder "previous".
        A file that cannot be read is set aside, never overwritten.

        Args:
            product: of a type that is registered with `work_product`.
            name: lower-case letters, digits, - and _; None for the name of its type, such as "blueprint".

        Returns:
            The file.

        Raises:
            PortfolioError: if it is no work product, if under this name there is one of another type, of somebody
                else or of a newer version of the course, or if the file cannot be written.
            InvalidData: if the product breaks the rules of its own type.
        """
        schema, version = _schema_of(type(product))
        path = self._path(schema if name is None else name)
        content = _checked_content(product)
        self._make_folder()
        try:
            before = _read(path)
        except ProductMissing:
            before = None
        except PortfolioError:
            _set_aside(path)
            before = None
        if before is not None:
            self._refuse_to_overwrite(path, before, schema, version)
        learner_id = self.learner_id or (before.learner_id if before else None)
        if before is not None and before.product == content:
            unchanged = (before.version, before.learner_id) == (version, learner_id)
            if unchanged:
                return path
        envelope = {
            "schema": schema,
            "version": version,
            "learner_id": learner_id,
            "saved": datetime.now(UTC).isoformat(timespec="seconds"),
            "product": content,
        }
        text = json.dumps(envelope, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        if before is not None:
            _write(path.parent / _PREVIOUS / path.name, path.read_bytes())
        _write(path, text.encode())
        return path

    def load(self, name: str, type: type[_Product]) -> _Product:
        """Load a work product.

        Where the current folder is that of an exercise which has a copy (see `copy_into`), the copy is loaded.

        Args:
            name: what it was saved as.
            type: what it should be, such as `Blueprint`.

        Returns:
            The product, checked by its type.

        Raises:
            ProductMissing: if there is none of this name.
            PortfolioError: if the file is damaged, holds another type, belongs to another learner, or comes from a
                newer version of the course.
        """
        copy = Path.cwd() / _COPIES / self._path(name).name
        return self._load(copy if copy.is_file() else self._path(name), type)

    def previous(self, name: str, type: type[_Product]) -> _Product:
        """Load what a work product was before it was last changed, to compare with it or to return to it.

        Args:
            name: what it was saved as.
            type: what it should be.

        Returns:
            The previous product.

        Raises:
            ProductMissing: if it has never been changed.
            PortfolioError: as for `load`.
        """
        path = self._path(name)
        return self._load(path.parent / _PREVIOUS / path.name, type)

    def list(self) -> tuple[Entry, ...]:
        """List what the portfolio has, files that cannot be read included.

        Returns:
            One entry for each file, by name; none when the folder does not exist.
        """
        return tuple(
            _entry(path) for path in sorted(self.folder.glob("*.json")) if _NAME.fullmatch(path.stem) and path.is_file()
        )

    def copy_into(self, exercise_folder: Path | str, name: str) -> Path:
        """Copy a work product into an exercise's own folder, from where `load` then takes it.

        A copy that is there already is renewed when this learner's product has changed since. It stays as it is
        when the portfolio has no such product, or somebody else's, as when an instructor grades the exercise.

        Args:
            exercise_folder: the folder of the exercise's notebook, usually ".".
            name: what it was saved as.

        Returns:
            The copy.

        Raises:
            ProductMissing: if neither the portfolio nor the exercise has it.
            PortfolioError: if it is damaged or somebody else's and the exercise has no copy, or if it cannot be
                written.
        """
        source = self._path(name)
        copy = Path(exercise_folder) / _COPIES / source.name
        try:
            envelope = _read(source)
            self._refuse_foreign(source, envelope)
        except PortfolioError:
            if copy.is_file():
                return copy
            raise
        if copy.is_file() and self.learner_id is None:
            return copy  # nobody can say whose product is the right one
        content = source.read_bytes()
        if not copy.is_file() or copy.read_bytes() != content:
            _write(copy, content)
        return copy

    def _path(self, name: str) -> Path:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise PortfolioError(
                f"{shortened(name)} cannot be the name of a work product. Use 1 to 40 lower-case letters, digits, - "
                "and _, beginning with a letter, such as 'component_sketch'."
            )
        return self.folder / f"{name}.json"

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PortfolioError(
                f"The portfolio's folder {self.folder} could not be made ({error.strerror}). "
                "Give another folder, or free this one."
            ) from None

    def _load(self, path: Path, model: type[_Product]) -> _Product:
        schema, version = _schema_of(model)
        try:
            envelope = _read(path)
        except ProductMissing:
            names = [entry.name for entry in self.list()]
            raise ProductMissing(
                f"There is no work product {path.stem!r} in {path.parent}.{did_you_mean(path.stem, names)} "
                f"There are: {', '.join(names) or 'none yet'}. Do the exercise that makes it, then come back."
            ) from None
        self._refuse_foreign(path, envelope)
        if envelope.schema != schema:
            raise PortfolioError(
                f"{path.name} holds a work product of type {envelope.schema!r}, where {schema!r} is needed. "
                "Load it by the other type, or give the name of the right one."
            )
        if envelope.version > version:
            raise PortfolioError(
                f"{path.name} was saved by a newer version of the course (its type {schema!r} has version "
                f"{envelope.version}, this course knows {version}). Update the course."
            )
        try:
            return model.model_validate(envelope.product)
        except (InvalidData, ValidationError) as error:
            problems = error.problems if isinstance(error, InvalidData) else problems_of(error, model, envelope.product)
            older = (
                f" It was saved as version {envelope.version} of its type, and this course has {version}."
                if envelope.version < version
                else ""
            )
            raise PortfolioError(
                f"{path.name} holds no valid {model.__name__}.{older} Correct the file, or save the product again "
                "from its exercise:\n" + "\n".join(f"  - {problem}" for problem in problems)
            ) from None

    def _refuse_foreign(self, path: Path, envelope: _Envelope) -> None:
        if self.learner_id is not None and envelope.learner_id not in (None, self.learner_id):
            raise PortfolioError(
                f"{path.name} is the work of learner {envelope.learner_id!r}, and this portfolio was opened for "
                f"{self.learner_id!r}. Check LEARNER_ID, or use a folder of your own."
            )

    def _refuse_to_overwrite(self, path: Path, before: _Envelope, schema: str, version: int) -> None:
        self._refuse_foreign(path, before)
        if before.schema != schema:
            raise PortfolioError(
                f"{path.name} already holds a work product of type {before.schema!r}, and this is of type {schema!r}. "
                "Save it under another name."
            )
        if before.version > version:
            raise PortfolioError(
                f"{path.name} was saved by a newer version of the course (its type {schema!r} has version "
                f"{before.version}, this course knows {version}) and was left as it is. Update the course, or save "
                "under another name."
            )


def _normalised(learner_id: str) -> str:
    from archkit.case import normalised_learner_id

    return normalised_learner_id(learner_id)


def _schema_of(model: type[BaseModel]) -> tuple[str, int]:
    if model not in _schemas:
        name = getattr(model, "__name__", shortened(model))
        raise PortfolioError(
            f"{name} is no type of work product. There are: {', '.join(sorted(_types)) or 'none imported yet'}."
        )
    return _schemas[model]


def _checked_content(product: BaseModel) -> Any:
    """Return a product as JSON data that is sure to load again as the same product."""
    content = product.model_dump(mode="json")
    try:
        again = type(product).model_validate(content)
    except ValidationError as error:
        raise InvalidData(type(product).__name__, problems_of(error, type(product), content)) from None
    if again != product:
        raise InvalidData(
            type(product).__name__, ["it does not come back from JSON as it is, so it was not saved. Make it anew."]
        )
    return content


def _read(path: Path) -> _Envelope:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ProductMissing(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PortfolioError(f"{path} cannot be read ({error}). Save the product again from its exercise.") from None
    try:
        data = json.loads(text)
        envelope = _Envelope(
            schema=data["schema"],
            version=data["version"],
            learner_id=data["learner_id"],
            saved=datetime.fromisoformat(data["saved"]),
            product=data["product"],
        )
        whose = envelope.learner_id
        if type(envelope.schema) is not str or type(envelope.version) is not int or not isinstance(whose, str | None):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise PortfolioError(
            f"{path} is damaged: it is not a work product that this course has saved. Save the product again from its "
            "exercise; the damaged file is then set aside, not lost."
        ) from None
    return envelope


def _entry(path: Path) -> Entry:
    try:
        found = _read(path)
    except PortfolioError as error:
        return Entry(path.stem, path, problem=str(error))
    return Entry(path.stem, path, found.schema, found.version, found.learner_id, found.saved)


def _set_aside(path: Path) -> None:
    """Rename a file that cannot be read, so that it can be looked at later."""
    number = 1
    while (aside := path.with_name(f"{path.stem}.damaged-{number}.json")).exists():
        number += 1
    try:
        path.rename(aside)
    except OSError as error:
        raise PortfolioError(
            f"{path} is damaged and could not be set aside ({error.strerror}). Nothing was saved. "
            "Move it away, then save again."
        ) from None


def _write(path: Path, content: bytes) -> None:
    """Replace a file in one step: after a crash there is the old content or the new, never half of it."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.stem}-", delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
        raise PortfolioError(
            f"{path} could not be written ({error.strerror}). What was there is unchanged, and your product is still "
            "in the notebook. Free space or correct the folder's permissions, then save again."
        ) from None
