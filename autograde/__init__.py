"""Grading of architect's work: checks, the engine that runs them, and their proof."""
