"""How far the learner has come: what the course has, against what this learner has run, checked and earned."""

from archkit.progress.results import Result, last_results, record
from archkit.progress.survey import Exercise, Lesson, Module, Progress, Task, progress

__all__ = [
    "Exercise",
    "Lesson",
    "Module",
    "Progress",
    "Result",
    "Task",
    "last_results",
    "progress",
    "record",
]
