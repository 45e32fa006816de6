"""Eight short cases of systems in which too much, too little or enough was built: `data/decisions/clinic.json`.

A case holds facts only. Which of the other ways keep its must-have, which calls can wait until the morning, and what
follows, is for the reader to judge.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from archkit.course import data_folder
from archkit.decisions.matrix import Name, Sentence, Slug
from archkit.typed_data import TypedData

if TYPE_CHECKING:
    from archkit.case.brief import Table

__all__ = ["Call", "ClinicCase", "Way", "load_clinic"]

Amount = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]


class Way(TypedData):
    """One way of doing it: the one that was built, or another that could be taken."""

    id: Slug
    name: Name
    usd_per_month: Amount
    """the bill, without people"""
    hours_per_month: Amount
    """hours of engineers that it takes, calls included"""
    fact: Sentence
    """what must be known to judge whether it keeps the must-have"""


class Call(TypedData):
    """What somebody was called for outside working hours, and how often in a month."""

    label_fields: ClassVar[tuple[str, ...]] = ("what",)

    what: Sentence
    per_month: Count


class ClinicCase(TypedData):
    """A system, what it must do, and the numbers by which it can be judged."""

    id: Slug
    company: Name
    built: Sentence
    """what was built, and how it looks"""
    must: Sentence
    """the must-have: a way that breaks it is none"""
    needed: Amount
    """capacity in use at the busiest time, in `unit`"""
    paid_for: Annotated[float, Field(gt=0)]
    """capacity that is paid for, in `unit`"""
    unit: Name
    engineers: Annotated[int, Field(gt=0)]
    """engineers in the team"""
    systems: Annotated[int, Field(gt=0)]
    """systems or services that this team runs"""
    hours_for_it: Annotated[float, Field(gt=0)]
    """hours a month that the team has for this system beside its other work"""
    on_call: Count
    """people who take turns outside working hours"""
    way: Way
    """the way that was built"""
    others: tuple[Way, ...] = Field(min_length=1)
    """other ways, those that break the must-have among them"""
    calls: tuple[Call, ...]

    def _repr_html_(self) -> str:
        from archkit.case.brief import page_html

        return page_html(f"{self.company} ({self.id})", *self._page(), label=f"Clinic: {self.company}")

    def __str__(self) -> str:
        """Return the case as plain text."""
        from archkit.case.brief import page_text

        return page_text(f"{self.company} ({self.id})", *self._page())

    def _page(self) -> tuple[list[str], list[Table]]:
        calls = "; ".join(
            f"{'once' if call.per_month == 1 else f'{call.per_month} times'}, {call.what}" for call in self.calls
        )
        sentences = [
            self.built,
            f"Must-have: {self.must}",
            f"Needed at the busiest time, of what is paid for: {self.needed:,g} of {self.paid_for:,g} {self.unit}. "
            f"Engineers: {self.engineers}, for {self.systems} systems. Hours a month that they have for this one: "
            f"{self.hours_for_it:g}. On call: {self.on_call or 'nobody'}.",
            f"Called outside working hours, in a month: {calls or 'never'}.",
        ]
        ways = [
            (
                f"{way.id}{' (built)' if way is self.way else ''}",
                way.name,
                f"{way.usd_per_month:,.0f}",
                f"{way.hours_per_month:g}",
                way.fact,
            )
            for way in (self.way, *self.others)
        ]
        return sentences, [("Ways", ("id", "way", "dollars a month", "hours a month", "fact"), ways)]


@cache
def load_clinic() -> dict[str, ClinicCase]:
    """Return the cases of `data/decisions/clinic.json` by id.

    Raises:
        archkit.typed_data.InvalidData: if the file was edited and a case is not one any more.
    """
    text = (data_folder() / "decisions" / "clinic.json").read_text(encoding="utf-8")
    cases = [ClinicCase.model_validate(fields) for fields in json.loads(text)]
    return {case.id: case for case in cases}
