"""Findings that run only when an instructor grades, one module per exercise. Not in a learner's copy."""
