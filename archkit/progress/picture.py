"""The learner's progress as a picture without script, in the colours of JupyterLab's theme, and as text."""

from __future__ import annotations

from html import escape

from archkit.learner.files import link_from_here
from archkit.progress.survey import Exercise, Lesson, Progress, Task

__all__ = ["progress_html", "progress_text"]

# JupyterLab's own colours, so that both of its themes fit, and ones with contrast on white elsewhere. The fill lets the
# ground through: dark marks read well on it in the light theme, light ones in the dark. Marks and words say everything
# that colours say.
_TEXT = "var(--jp-ui-font-color1, #212121)"
_LINE = "var(--jp-border-color1, #bdbdbd)"
_GROUND = "var(--jp-layout-color1, #ffffff)"
_FILL = "rgba(30, 110, 210, 0.6)"
_MARKS = {"right": "✓", "wrong": "✗", "error": "!", "not attempted": ""}
_STATES = {"done": "✓", "begun": "…", "not opened": ""}


def progress_html(progress: Progress) -> str:
    """Render the progress as a table of bars: one row a lesson or exercise, one segment a task."""
    rows = []
    for module in progress.modules:
        rows.append(
            f'<tr style="background:transparent"><th colspan="3" scope="colgroup" style="text-align:left;'
            f'padding:12px 8px 4px 0;font-size:15px;border-bottom:1px solid {_LINE}">{escape(module.title)}</th></tr>'
        )
        rows += [
            _row(lesson.title, link_from_here(lesson.notebook), _lesson_bar(lesson), lesson_words(lesson))
            for lesson in module.lessons
        ]
        rows += [
            _row(
                f"Exercise: {exercise.title}",
                link_from_here(exercise.copy) if exercise.copy else "",
                "".join(_segment(task) for task in exercise.tasks),
                exercise_words(exercise),
            )
            for exercise in module.exercises
        ]
    step = progress.next_step
    advice = escape(step.advice)
    if step.notebook:
        advice = f'<a href="{escape(link_from_here(step.notebook))}">{advice}</a>'
    return (
        f'<div role="group" aria-label="Your progress" style="max-width:860px;color:{_TEXT};'
        'font-family:var(--jp-ui-font-family, system-ui, sans-serif);font-size:14px;line-height:1.4">'
        f'<table style="width:100%;border-collapse:collapse;margin:0;color:{_TEXT};font-size:14px">'
        f"<tbody>{''.join(rows)}</tbody></table>"
        f'<p style="margin:12px 0 4px 0"><strong>Next:</strong> {advice}.</p>'
        f'<p style="margin:0;font-size:12px">A lesson\'s bar fills with the cells that you have run and '
        "saved, and the box beside it is its self-check. An exercise has one box for each task, as wide as its points. "
        "✓ right, ✗ not right yet, ! an error.</p></div>"
    )


def progress_text(progress: Progress) -> str:
    """Render the progress as plain text, a line for each lesson and exercise."""
    lines = []
    for module in progress.modules:
        lines.append(module.title)
        lines += [f"  {lesson.title}: {lesson_words(lesson)}" for lesson in module.lessons]
        lines += [f"  Exercise: {exercise.title}: {exercise_words(exercise)}" for exercise in module.exercises]
    return "\n".join([*lines, f"Next: {progress.next_step.advice}."])


def lesson_words(lesson: Lesson) -> str:
    """Say in words how far a lesson has come."""
    if lesson.state == "not opened":
        return "not opened yet"
    words = f"{lesson.cells_run} of {lesson.cells} cells run" if lesson.cells_run else "begun"
    if lesson.checks:
        right = sum(task.outcome == "right" for task in lesson.checks)
        many = f"{right} of {len(lesson.checks)} self-checks right"
        one = "self-check right" if right else "self-check open"
        words += f", {one if len(lesson.checks) == 1 else many}"
    return words


def exercise_words(exercise: Exercise) -> str:
    """Say in words how far an exercise has come."""
    by_hand = f" and {exercise.by_hand:g} by hand" if exercise.by_hand else ""
    if exercise.copy is None and not any(task.result for task in exercise.tasks):
        return f"not started yet: {len(exercise.tasks)} tasks, {exercise.points:g} points by checks{by_hand}"
    held_back = sum(task.held_back for task in exercise.tasks if task.outcome == "right")
    later = f", {held_back:g} of the rest held back for grading" if held_back else ""
    right = len(exercise.tasks) - len(exercise.open_tasks)
    return f"{right} of {len(exercise.tasks)} tasks right, {exercise.earned:g} of {exercise.points:g} points{later}"


def _row(title: str, link: str, bar: str, words: str) -> str:
    name = f'<a href="{escape(link)}">{escape(title)}</a>' if link else escape(title)
    cell = "padding:5px 12px 5px 0;text-align:left;vertical-align:middle;white-space:normal"
    return (
        f'<tr style="background:transparent"><th scope="row" style="{cell};font-weight:normal;width:34%">{name}</th>'
        f'<td style="{cell};width:32%"><div aria-hidden="true" style="display:flex;gap:2px">{bar}</div></td>'
        f'<td style="{cell}">{escape(words)}</td></tr>'
    )


def _lesson_bar(lesson: Lesson) -> str:
    share = lesson.cells_run / lesson.cells if lesson.cells else 0.0
    checks = "".join(_box(1.0 if t.outcome == "right" else 0.0, _MARKS[t.outcome], "0 0 22px") for t in lesson.checks)
    return _box(share, _STATES[lesson.state] if not lesson.checks else "", "1 1 0") + checks


def _segment(task: Task) -> str:
    share = task.earned / task.points if task.points else 0.0
    return _box(share, _MARKS[task.outcome], f"{task.points:g} 1 0")


def _box(share: float, mark: str, flex: str) -> str:
    """One box, filled from the left to a share of its width, with a mark in its middle."""
    percent = f"{max(0.0, min(share, 1.0)):.0%}"
    return (
        f'<div style="flex:{flex};min-width:18px;height:20px;line-height:20px;text-align:center;font-size:13px;'
        f"border:1px solid {_LINE};border-radius:3px;box-sizing:border-box;overflow:hidden;"
        f'background:linear-gradient(to right, {_FILL} {percent}, transparent {percent}), {_GROUND}">{mark}</div>'
    )
