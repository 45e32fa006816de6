"""A decision matrix: must-haves before weights, a direction for each criterion, evidence for each score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from archkit.portfolio import work_product
from archkit.typed_data import InvalidData, PlainNumbers, TypedData, did_you_mean, shortened

__all__ = [
    "Criterion",
    "DecisionMatrix",
    "Evidence",
    "Gate",
    "GateResult",
    "Option",
    "Rating",
]


def one_line(text: str) -> str:
    """Collapse white space, and refuse text that says nothing.

    Raises:
        ValueError: if nothing is left.
    """
    text = " ".join(text.split())
    if not text:
        raise ValueError("the text is empty. Write at least one word.")
    return text


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Name = Annotated[str, StringConstraints(max_length=80), AfterValidator(one_line)]
Sentence = Annotated[str, StringConstraints(max_length=600), AfterValidator(one_line)]
Quantity = Annotated[float, PlainNumbers, Field(strict=True, ge=-1e15, le=1e15, allow_inf_nan=False)]
Weight = Annotated[float, PlainNumbers, Field(strict=True, ge=0, le=1e6, allow_inf_nan=False)]
Score = Annotated[float, PlainNumbers, Field(strict=True, ge=0, le=10, allow_inf_nan=False)]


class Option(TypedData):
    """One of the ways that could be taken."""

    id: Slug
    """an id of lower-case letters, digits, - and _, such as 'managed'"""
    name: Name
    """what people call it"""
    description: Sentence | None = None
    """what it consists of, in a sentence or two"""


class Evidence(TypedData):
    """What a score or a gate's result rests on: a number or a fact, and where it comes from."""

    label_fields: ClassVar[tuple[str, ...]] = ("source",)

    source: Name
    """where it comes from: a row of the case such as 'case.latency.target_ms', 'computed', or a named measurement"""
    value: Quantity | None = None
    """the number, in `unit`; None when the evidence is no number"""
    unit: Name | None = None
    """the unit of the number, such as 'ms' or 'dollars a month'"""
    note: Sentence | None = None
    """how it was computed, or what it says when it is no number"""


class Gate(TypedData):
    """A must-have. An option that fails one is out, whatever its score."""

    id: Slug
    """an id of lower-case letters, digits, - and _, such as 'residency'"""
    requirement: Sentence
    """what must hold, in one sentence"""
    limit: Quantity | Name | None = None
    """the limit that it is judged by: a number in `unit`, or a word such as 'eu'"""
    unit: Name | None = None
    """the unit of the limit"""


class GateResult(TypedData):
    """Whether one option passes one gate, and what shows it."""

    label_fields: ClassVar[tuple[str, ...]] = ("option", "gate")

    option: Slug
    """the id of the option"""
    gate: Slug
    """the id of the gate"""
    passes: bool = Field(strict=True)
    """True if the option keeps the requirement"""
    evidence: Evidence
    """what shows it"""


class Criterion(TypedData):
    """Something that is better or worse, among options that are all allowed."""

    id: Slug
    """an id of lower-case letters, digits, - and _, such as 'cost'"""
    name: Name
    """what people call it"""
    better: Literal["lower", "higher"]
    """whether the lower or the higher measured value is the better one"""
    weight: Weight
    """how much it counts, on any scale: totals divide by the sum of all weights"""
    unit: Name | None = None
    """the unit of what is measured"""


class Rating(TypedData):
    """How good one option is by one criterion, from 0 to 10, and what shows it. Higher is always better."""

    label_fields: ClassVar[tuple[str, ...]] = ("option", "criterion")

    option: Slug
    """the id of the option"""
    criterion: Slug
    """the id of the criterion"""
    score: Score
    """from 0 (as bad as it may be) to 10 (as good as one could wish), with the direction already applied"""
    evidence: Evidence
    """the measured value, and where it comes from"""


@work_product("decision_matrix", version=1)
class DecisionMatrix(TypedData):
    """Options compared: gates first, then criteria with weights.

    References are checked: ids are unique, and each one that is mentioned exists. A matrix may be incomplete while
    it is being filled in; what is missing is said when a total is asked for.

    Raises:
        InvalidData: with all problems together, each as a plain sentence.
    """

    label_fields: ClassVar[tuple[str, ...]] = ("question",)

    question: Sentence
    """what is to be decided, as a question"""
    options: tuple[Option, ...] = Field(min_length=2, max_length=12)
    """the ways that are compared, at least two"""
    criteria: tuple[Criterion, ...] = Field(min_length=1, max_length=30)
    """what they are compared by"""
    gates: tuple[Gate, ...] = Field(default=(), max_length=30)
    """what each must keep in any case"""
    gate_results: tuple[GateResult, ...] = Field(default=(), max_length=360)
    """which option passes which gate"""
    ratings: tuple[Rating, ...] = Field(default=(), max_length=360)
    """how good each option is by each criterion"""

    @model_validator(mode="after")
    def _references_hold(self) -> Self:
        problems = list(self._reference_problems())
        if problems:
            raise ValueError(" ".join(problems))
        return self

    def _reference_problems(self) -> Iterator[str]:
        options, gates, criteria = ([part.id for part in parts] for parts in (self.options, self.gates, self.criteria))
        for what, ids in (("option", options), ("gate", gates), ("criterion", criteria)):
            yield from (
                f"{id!r} is the id of more than one {what}. Give each its own."
                for id in dict.fromkeys(ids)
                if ids.count(id) > 1
            )
        for result in self.gate_results:
            yield from _unknown(f"a gate result names the option {result.option!r}", result.option, options)
            yield from _unknown(f"a gate result names the gate {result.gate!r}", result.gate, gates)
        for rating in self.ratings:
            yield from _unknown(f"a rating names the option {rating.option!r}", rating.option, options)
            yield from _unknown(f"a rating names the criterion {rating.criterion!r}", rating.criterion, criteria)
        for pairs in (
            [(result.option, result.gate) for result in self.gate_results],
            [(rating.option, rating.criterion) for rating in self.ratings],
        ):
            yield from (
                f"{option!r} is judged by {judged!r} twice. Keep one of the two."
                for option, judged in dict.fromkeys(pairs)
                if pairs.count((option, judged)) > 1
            )
        if sum(criterion.weight for criterion in self.criteria) <= 0:
            yield "all weights are 0. Give at least one criterion a weight above 0."

    def rating(self, option: str, criterion: str) -> Rating:
        """Return how good an option is by a criterion.

        Raises:
            InvalidData: if there is no such rating.
        """
        for rating in self.ratings:
            if (rating.option, rating.criterion) == (option, criterion):
                return rating
        raise InvalidData(
            f"DecisionMatrix {shortened(self.question)}",
            [f"there is no rating of {option!r} by {criterion!r}. Add Rating(option={option!r}, "
             f"criterion={criterion!r}, score=..., evidence=...)."],
        )  # fmt: skip

    def admitted(self) -> tuple[str, ...]:
        """Return the ids of the options that pass every gate; one without a result for a gate does not pass it."""
        passed = {(result.option, result.gate) for result in self.gate_results if result.passes}
        return tuple(option.id for option in self.options if all((option.id, gate.id) in passed for gate in self.gates))

    def totals(self, weights: Mapping[str, float] | None = None) -> dict[str, float]:
        """Return each option's total: the mean of its scores, weighted.

        Args:
            weights: other weights by criterion id, to ask "what if"; those of the criteria when left out.

        Returns:
            The totals by option id, from 0 to 10, of options that fail a gate too.

        Raises:
            InvalidData: if a rating is missing, or the weights add up to 0.
        """
        own = {criterion.id: criterion.weight for criterion in self.criteria}
        used = own | dict(weights or {})
        if unknown := set(used) - set(own):
            raise InvalidData(
                "The weights", [f"there is no criterion {name!r}.{did_you_mean(name, own)}" for name in sorted(unknown)]
            )
        whole = sum(used.values())
        if whole <= 0:
            raise InvalidData("The weights", [f"they add up to {whole:g}. Give at least one criterion weight."])
        return {
            option.id: sum(used[id] * self.rating(option.id, id).score for id in own) / whole for option in self.options
        }

    def ranking(self, weights: Mapping[str, float] | None = None) -> tuple[str, ...]:
        """Return the ids of the options that pass every gate, the best total first.

        Raises:
            InvalidData: as `totals` does.
        """
        totals = self.totals(weights)
        return tuple(sorted(self.admitted(), key=lambda id: (-totals[id], id)))

    def _repr_html_(self) -> str:
        from archkit.decisions.rendering import matrix_html

        return matrix_html(self)

    def __str__(self) -> str:
        """Return the matrix as plain text."""
        from archkit.decisions.rendering import matrix_text

        return matrix_text(self)


def _unknown(said: str, id: str, known: Sequence[str]) -> Iterator[str]:
    if id not in known:
        listed = ", ".join(dict.fromkeys(known)) or "none yet"
        yield f"{said}, and there is none.{did_you_mean(id, known)} There are: {listed}."
