"""An architecture decision record (ADR): what was decided, why, at which price, and when to look at it again.

The form follows Michael Nygard's *Documenting Architecture Decisions* (2011), with two parts that prose leaves vague
made into data: the reasons carry their numbers, and the triggers say by which measurement the decision is reopened.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from archkit.decisions.matrix import Name, Quantity, Sentence, Slug
from archkit.portfolio import work_product
from archkit.typed_data import TypedData, did_you_mean

__all__ = ["Consequence", "DecisionRecord", "Reason", "Trigger"]


class Reason(TypedData):
    """One reason for the choice: a criterion or a gate, and the number that speaks."""

    label_fields: ClassVar[tuple[str, ...]] = ("by",)

    by: Slug
    """the id of the criterion or the gate"""
    says: Sentence
    """what it says about the chosen option, in one sentence"""
    value: Quantity | None = None
    """the number, in `unit`"""
    unit: Name | None = None
    """its unit"""
    source: Name
    """where it comes from, as in the matrix"""


class Consequence(TypedData):
    """Something that the decision costs or risks, and what is done about it."""

    label_fields: ClassVar[tuple[str, ...]] = ("what",)

    what: Sentence
    """what becomes harder, dearer or riskier"""
    answer: Sentence
    """what is done about it, or why it is borne"""
    owner: Name
    """who sees to that"""


class Trigger(TypedData):
    """A measurement that reopens the decision, when it crosses a threshold or a day comes."""

    label_fields: ClassVar[tuple[str, ...]] = ("metric",)

    metric: Name
    """what is measured, such as 'requests a month'"""
    when: Literal["above", "below"]
    """on which side of the threshold the decision is reopened"""
    threshold: Quantity
    """the number, in `unit`"""
    unit: Name
    """the unit of the threshold"""
    look_again_by: date | None = None
    """the day on which it is looked at in any case"""


@work_product("decision_record", version=1)
class DecisionRecord(TypedData):
    """A decision that can be understood, and reopened, by people who were not there.

    Raises:
        InvalidData: with all problems together, each as a plain sentence.
    """

    label_fields: ClassVar[tuple[str, ...]] = ("title",)

    id: Slug
    """an id such as 'adr-007'"""
    title: Name
    """what was decided, in a few words"""
    status: Literal["proposed", "accepted", "superseded"]
    """'proposed', 'accepted', or 'superseded' by a later record"""
    decided_on: date
    """the day, as an ISO date such as '2026-11-22'"""
    deciders: tuple[Name, ...] = Field(min_length=1, max_length=12)
    """who decided"""
    context: Sentence
    """the forces at work: what is needed, and what limits the choice"""
    considered: tuple[Slug, ...] = Field(min_length=2, max_length=12)
    """the ids of the options that were weighed, the chosen one among them"""
    chosen: Slug
    """the id of the option that was chosen"""
    because: tuple[Reason, ...] = Field(min_length=1, max_length=20)
    """why, with numbers"""
    costs_and_risks: tuple[Consequence, ...] = Field(min_length=1, max_length=20)
    """what is given up; a record without any has not been thought through"""
    revisit_when: tuple[Trigger, ...] = Field(default=(), max_length=20)
    """what reopens the decision"""
    supersedes: Slug | None = None
    """the id of the record that this one replaces"""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.chosen not in self.considered:
            raise ValueError(
                f"{self.chosen!r} was chosen and is not among the options considered."
                f"{did_you_mean(self.chosen, self.considered)} There are: {', '.join(self.considered)}."
            )
        if self.supersedes == self.id:
            raise ValueError(f"{self.id!r} cannot supersede itself. Give the new record an id of its own.")
        return self

    def _repr_html_(self) -> str:
        from archkit.decisions.rendering import record_html

        return record_html(self)

    def __str__(self) -> str:
        """Return the record as plain text."""
        from archkit.decisions.rendering import record_text

        return record_text(self)
