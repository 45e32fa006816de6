"""What a check says about an answer: findings, the misconceptions they name, and the result they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["CheckResult", "Finding", "Judgement", "Misconception", "Outcome"]


class Outcome(StrEnum):
    """How a task, or one finding of it, ended. The four are shown differently everywhere."""

    NOT_ATTEMPTED = "not attempted"
    ERROR = "error"
    WRONG = "wrong"
    RIGHT = "right"


@dataclass(frozen=True)
class Misconception:
    """A known wrong idea: its name for reports, and the sentence that helps whoever holds it."""

    name: str
    message: str


@dataclass(frozen=True)
class Judgement:
    """What one finding concludes about the answers it needed.

    Attributes:
        credit: the share of the finding's points that the answer earns, 0 to 1.
        seen: what the answer is, in the domain's words and units.
        expected: what was expected, in the same units. Shown once the work is graded, not while it is being done.
        gap: how far the answer is from what was expected, without giving it away.
        why: why it matters in practice.
        misconception: the known wrong idea that explains the answer, when one does.
    """

    credit: float
    seen: str = ""
    expected: str = ""
    gap: str = ""
    why: str = ""
    misconception: Misconception | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.credit <= 1:
            raise ValueError(f"A judgement's credit is a share from 0 to 1, not {self.credit}.")


@dataclass(frozen=True)
class Finding:
    """One thing a check looked at: points earned of points possible, and what explains them.

    `message` is set when there is no judgement: the answer was not attempted, or could not be judged.
    """

    name: str
    title: str
    points: float
    outcome: Outcome
    judgement: Judgement | None = None
    message: str = ""
    held_back: bool = False

    @property
    def earned(self) -> float:
        """Points earned, rounded to a hundredth so that sums print cleanly."""
        return round(self.points * self.judgement.credit, 2) if self.judgement else 0.0


@dataclass(frozen=True)
class CheckResult:
    """All findings of one check, and what the learner should know beside them.

    Attributes:
        check: the check's name, `exercise.task`.
        title: what the task asks for, in a few words.
        findings: in the order in which the check declares them; held-back ones only when an instructor grades.
        held_back_points: points of findings that did not run here, because they are held back for grading.
        notice: something about the whole submission, such as a learner id that is not the submitter's.
    """

    check: str
    title: str
    findings: Sequence[Finding] = field(default_factory=tuple)
    held_back_points: float = 0.0
    notice: str = ""

    @property
    def points(self) -> float:
        """Points that the whole task is worth, held-back ones included."""
        return sum(f.points for f in self.findings) + self.held_back_points

    @property
    def earned(self) -> float:
        """Points earned by the findings that ran."""
        return round(sum(f.earned for f in self.findings), 2)

    @property
    def provisional_score(self) -> float:
        """The score if the held-back findings agree with the ones that ran.

        Where everything that ran is right, the held-back points count as earned: nbgrader's Validate compares this
        number with the points of the cell, and must not call a task failed that has shown no fault.
        """
        if self.outcome is Outcome.RIGHT:
            return self.earned + self.held_back_points
        return self.earned

    @property
    def outcome(self) -> Outcome:
        """The outcome of the task: right only when every finding that ran is."""
        outcomes = {f.outcome for f in self.findings}
        if not outcomes or outcomes == {Outcome.NOT_ATTEMPTED}:
            return Outcome.NOT_ATTEMPTED
        if outcomes == {Outcome.RIGHT}:
            return Outcome.RIGHT
        if Outcome.ERROR in outcomes and self.earned == 0 and Outcome.WRONG not in outcomes:
            return Outcome.ERROR
        return Outcome.WRONG

    @property
    def misconceptions(self) -> list[Misconception]:
        """The known wrong ideas that were recognised, each once, in order."""
        named = [f.judgement.misconception for f in self.findings if f.judgement and f.judgement.misconception]
        return list(dict.fromkeys(named))
