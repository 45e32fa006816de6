"""The result card: what a learner reads after a check, as HTML without script and as plain text."""

from __future__ import annotations

import re
import textwrap
from html import escape

from autograde.findings import CheckResult, Finding, Outcome

__all__ = ["card_html", "card_text"]

# The words carry the outcome; mark and colour only repeat it. The colours are JupyterLab's own where it shows the
# card (so both of its themes fit) and fall back to ones with contrast on white elsewhere.
_MARKS = {
    Outcome.RIGHT: ("✓", "Right", "var(--jp-success-color0, #1b5e20)"),
    Outcome.WRONG: ("✗", "Wrong", "var(--jp-error-color0, #b71c1c)"),
    Outcome.ERROR: ("!", "Error", "var(--jp-warn-color0, #8a4b00)"),
    Outcome.NOT_ATTEMPTED: ("○", "Not attempted", "var(--jp-ui-font-color1, #424242)"),
}


def card_html(result: CheckResult, *, graded: bool = False) -> str:
    """Render a result as an HTML card.

    Args:
        result: the result of a check.
        graded: whether this is the graded card. It then shows what was expected; of held-back findings it shows
            only points and a recognised misconception, never what they looked at.
    """
    mark, word, colour = _MARKS[result.outcome]
    word = _word(result)
    score = _score(result, graded)
    parts = [
        f'<div role="group" aria-label="{escape(f"{result.title}: {word}, {score}", quote=True)}" '
        'style="border:1px solid var(--jp-border-color1, #bdbdbd);border-left:5px solid '
        f"{colour};border-radius:4px;padding:10px 14px;margin:6px 0;max-width:760px;"
        "color:var(--jp-ui-font-color1, #212121);background:var(--jp-layout-color1, #ffffff);"
        'font-family:var(--jp-ui-font-family, system-ui, sans-serif);font-size:14px;line-height:1.45">',
        f'<div style="display:flex;gap:12px;justify-content:space-between;align-items:baseline">'
        f'<strong style="font-size:15px">{escape(result.title)}</strong>'
        f'<span style="white-space:nowrap"><span aria-hidden="true" style="color:{colour}">{mark}</span> '
        f"<strong>{word}</strong> · {score}</span></div>",
    ]
    if result.notice:
        parts.append(f'<p style="margin:8px 0 0 0"><strong>Note:</strong> {_inline(result.notice)}</p>')
    shared = _shared_message(result)
    if shared:
        parts.append(f'<p style="margin:8px 0 0 0">{_inline(shared)}</p>')
    else:
        open_findings = [f for f in result.findings if not (graded and f.held_back)]
        parts.append('<ul style="margin:8px 0 0 0;padding:0;list-style:none">')
        parts.extend(_finding_html(finding, graded) for finding in open_findings)
        parts.append("</ul>")
    if graded:
        parts.extend(_held_back_html(result))
    elif result.held_back_points and result.outcome is not Outcome.NOT_ATTEMPTED:
        parts.append(f'<p style="margin:8px 0 0 0">{escape(_held_back_note(result))}</p>')
    parts.append("</div>")
    return "".join(parts)


def card_text(result: CheckResult, *, graded: bool = False) -> str:
    """Render a result as plain text, for terminals and for nbgrader's Validate dialog."""
    lines = [f"{result.title}: {_word(result)}, {_score(result, graded)}"]
    if result.notice:
        lines.append(f"Note: {result.notice}")
    shared = _shared_message(result)
    if shared:
        lines.append(shared)
        return _wrapped(lines)
    for finding in result.findings:
        if graded and finding.held_back:
            continue
        lines.append(f"- {_MARKS[finding.outcome][1]}: {finding.title} ({finding.earned:g} of {finding.points:g})")
        lines.extend(f"  {f'{label} {text}'.strip()}" for label, text in _explanations(finding, graded))
    if not graded and result.held_back_points and result.outcome is not Outcome.NOT_ATTEMPTED:
        lines.append(_held_back_note(result))
    return _wrapped(lines)


def _wrapped(lines: list[str]) -> str:
    """Break long lines where Validate's dialog and a terminal end, keeping each line's indentation."""
    broken = []
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()))
        broken.append(textwrap.fill(line, 88, subsequent_indent=indent, break_long_words=False))
    return "\n".join(broken)


def _word(result: CheckResult) -> str:
    if result.outcome is Outcome.WRONG and result.earned > 0:
        return "Partly right"
    return _MARKS[result.outcome][1]


def _score(result: CheckResult, graded: bool) -> str:
    possible = result.points if graded else result.points - result.held_back_points
    return f"{result.earned:g} of {possible:g} {'point' if possible == 1 else 'points'}"


def _held_back_note(result: CheckResult) -> str:
    from autograde.registry import find_check

    about = find_check(result.check).held_back_about
    return f"{result.held_back_points:g} of {result.points:g} points are checked on {about}, when your work is graded."


def _shared_message(result: CheckResult) -> str:
    """The one message that all findings have in common, so that it is said once."""
    messages = {f.message for f in result.findings}
    return messages.pop() if len(messages) == 1 and all(f.judgement is None for f in result.findings) else ""


def _finding_html(finding: Finding, graded: bool) -> str:
    mark, word, colour = _MARKS[finding.outcome]
    points = f"{finding.earned:g} of {finding.points:g}"
    rows = "".join(
        f'<div style="margin:2px 0 0 22px">{f"<strong>{escape(label)}</strong> " if label else ""}{_inline(text)}</div>'
        for label, text in _explanations(finding, graded)
    )
    why = finding.judgement.why if finding.judgement else ""
    if why:
        style = "margin:2px 0 0 22px"
        rows += (
            f'<details style="{style}"><summary style="display:list-item;cursor:pointer">Why it matters</summary>'
            f'<div style="margin:2px 0 0 16px">{_inline(why)}</div></details>'
        )
    return (
        '<li style="margin:6px 0">'
        f'<span aria-hidden="true" style="display:inline-block;width:22px;color:{colour}">{mark}</span>'
        f"{escape(finding.title)}: {word.lower()} ({points}){rows}</li>"
    )


def _explanations(finding: Finding, graded: bool) -> list[tuple[str, str]]:
    if finding.judgement is None:
        return [("", finding.message)] if finding.message else []
    judgement = finding.judgement
    rows = []
    if judgement.seen:
        rows.append(("Your answer:", judgement.seen + (f" ({judgement.gap})" if judgement.gap else "")))
    if judgement.misconception:
        rows.append(("", judgement.misconception.message))
    if graded and judgement.expected and finding.outcome is not Outcome.RIGHT:
        rows.append(("Expected:", judgement.expected))
    return rows


def _held_back_html(result: CheckResult) -> list[str]:
    held_back = [f for f in result.findings if f.held_back]
    if not held_back:
        return []
    earned, possible = sum(f.earned for f in held_back), sum(f.points for f in held_back)
    named = dict.fromkeys(
        f.judgement.misconception.message for f in held_back if f.judgement and f.judgement.misconception
    )
    hints = "".join(f'<div style="margin:2px 0 0 22px">{_inline(message)}</div>' for message in named)
    return [f'<p style="margin:8px 0 0 0">On cases you had not seen: {earned:g} of {possible:g} points.</p>{hints}']


def _inline(text: str) -> str:
    """Escape text, showing `names in backticks` as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
