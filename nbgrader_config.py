"""nbgrader's settings for this course, used by its commands, by formgrader and by `make notebooks`.

The instructor's notebooks are in solutions/, the learner's in exercises/. What belongs to one class (submissions,
marks, feedback, gradebook) lies under class/, which git ignores.
"""

import os
from pathlib import Path

c = get_config()  # noqa: F821  (traitlets puts it here)

course = Path(__file__).resolve().parent
class_folder = course / "class"
# git keeps no empty folders, and nbgrader stops when the gradebook's folder or the exchange is missing.
for folder in (class_folder / "exchange", course / "work"):
    folder.mkdir(parents=True, exist_ok=True)

c.CourseDirectory.root = str(course)
c.CourseDirectory.course_id = "ai-architect"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.submitted_directory = "class/submitted"
c.CourseDirectory.autograded_directory = "class/autograded"
c.CourseDirectory.feedback_directory = "class/feedback"
c.CourseDirectory.solution_directory = "class/solution"
c.CourseDirectory.source_with_tests_directory = "class/source_with_tests"
c.CourseDirectory.db_url = f"sqlite:///{(class_folder / 'gradebook.db').as_posix()}"

c.Exchange.root = str(class_folder / "exchange")
c.Exchange.assignment_dir = str(course / "work")

# A stub that raises would stop Run All at the first task, so an untouched answer stays a comment.
c.ClearSolutions.code_stub = {"python": "# Your work goes here."}
c.ClearSolutions.text_stub = "Your answer goes here."

# --- How submissions are run and marked ---------------------------------------------------------------------------
# nbgrader's own list with one change: a cell that was copied, edited or deleted costs its own points only.
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "autograde.submitted_cells.RestoreCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# nbgrader's own list with one change: the course's Execute runs each check in the grader's process.
c.Autograde.autograde_preprocessors = [
    "autograde.execute.Execute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.pre_convert_hook = "autograde.submitted_notebook.explain_unreadable"

pages = str(course / "jupyter" / "pages")
if pages not in os.environ.get("JUPYTER_PATH", "").split(os.pathsep):
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [pages, os.environ.get("JUPYTER_PATH")]))
