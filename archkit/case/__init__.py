"""The learner's client as a case: drawn from the learner's id, the same everywhere."""

from archkit.case.case import Case, InvalidLearnerId, Part, normalised_learner_id

__all__ = ["Case", "InvalidLearnerId", "Part", "normalised_learner_id"]
