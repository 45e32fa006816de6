"""Proof that the graders grade: solutions, named wrong answers and generated mutants against every check.

An exercise joins by adding `tests/wrong_answers/<exercise>.py` with a list `WRONG_ANSWERS`, and optionally `MUTATIONS`
(see `autograde.proof.exercise`).
"""
