"""The learner: who it is, and the copies of exercises that are theirs.

Everything of the learner's lies in one folder, `work/`, which git ignores and no update of the course touches.
"""

from archkit.learner.exercise_copies import ExerciseCopy, StartedExercise, copies, released_exercises, start
from archkit.learner.profile import Learner, learner, work_folder

__all__ = [
    "ExerciseCopy",
    "Learner",
    "StartedExercise",
    "copies",
    "learner",
    "released_exercises",
    "start",
    "work_folder",
]
