"""A transcript for people: as HTML without script, in the page's own colours, and as plain text."""

from __future__ import annotations

import json
import textwrap
from html import escape
from typing import Any

from archkit.rehearsal.transcript import Call, Ending, Handoff, SideEffect, Transcript, Turn

__all__ = ["to_html", "to_text"]

_ENDINGS: dict[Ending, tuple[str, str]] = {
    "replied": ("replied", "--jp-success-color0, #1b5e20"),
    "waiting_for_human": ("waiting for a person", "--jp-warn-color0, #8a4b00"),
    "raised": ("ended with an error", "--jp-error-color0, #b71c1c"),
    "hung": ("hung: no reply, ever", "--jp-error-color0, #b71c1c"),
    "endless": ("stopped as endless", "--jp-error-color0, #b71c1c"),
    "killed": ("the process ended", "--jp-error-color0, #b71c1c"),
}
_SHOWN = 12


def to_html(transcript: Transcript) -> str:
    """Return a transcript as one HTML element, without script, for light and dark pages and for screen readers."""
    parts = [
        f'<div role="group" aria-label="{escape(f"Rehearsal: {transcript.script}", quote=True)}" '
        'style="border:1px solid var(--jp-border-color1, #bdbdbd);border-radius:4px;padding:10px 14px;margin:6px 0;'
        "max-width:860px;color:var(--jp-ui-font-color1, #212121);background:var(--jp-layout-color1, #ffffff);"
        'font-family:var(--jp-ui-font-family, system-ui, sans-serif);font-size:14px;line-height:1.45">',
        f'<strong style="font-size:15px">Rehearsal: {escape(transcript.script)}</strong>',
    ]
    if transcript.problem:
        parts.append(
            f'<p style="margin:8px 0 0 0"><strong>The program cannot be run.</strong> {escape(transcript.problem)}</p>'
        )
    for number, turn in enumerate(transcript.turns, start=1):
        parts += _turn_html(number, turn)
    for title, line in _closing(transcript):
        parts.append(f'<p style="margin:8px 0 0 0"><strong>{title}:</strong> {escape(line)}</p>')
    if transcript.printed:
        parts.append(
            '<details style="margin:8px 0 0 0"><summary style="display:list-item;cursor:pointer">What the program '
            'printed</summary><pre style="white-space:pre-wrap;overflow-wrap:anywhere;margin:4px 0;color:inherit;'
            f'background:transparent">{escape(transcript.printed)}</pre></details>'
        )
    return "".join(parts) + "</div>"


def to_text(transcript: Transcript) -> str:
    """Return a transcript as plain text."""
    lines = [f"Rehearsal: {transcript.script}"]
    if transcript.problem:
        lines.append(f"The program cannot be run. {transcript.problem}")
    for number, turn in enumerate(transcript.turns, start=1):
        lines += ["", f"Turn {number}: {_ENDINGS[turn.ending][0]}, {_took(turn)}", f"  Customer: {turn.said}"]
        lines += [f"  {title}: {line}" for title, line in _events(turn)]
        lines += [f"  {title}: {line}" for title, line in _outcome(turn)]
    closing = _closing(transcript)
    lines += ["", *(f"{title}: {line}" for title, line in closing)] if closing else []
    if transcript.printed:
        lines += ["What the program printed:", *(f"  {line}" for line in transcript.printed.splitlines())]
    return "\n".join(
        textwrap.fill(line, 110, subsequent_indent=" " * (len(line) - len(line.lstrip()) + 4), break_long_words=False)
        if line.strip()
        else ""
        for line in lines
    )


def _turn_html(number: int, turn: Turn) -> list[str]:
    word, colour = _ENDINGS[turn.ending]
    cell = "padding:2px 8px 2px 0;text-align:left;vertical-align:top;background:transparent;color:inherit"
    parts = [
        '<div style="margin:10px 0 0 0;border-top:1px solid var(--jp-border-color2, #e0e0e0);padding-top:8px">'
        f'<div style="display:flex;gap:12px;justify-content:space-between"><strong>Turn {number}</strong>'
        f'<span><strong style="color:var({colour})">{escape(word)}</strong> · {escape(_took(turn))}</span></div>'
        f'<p style="margin:4px 0"><strong>Customer:</strong> {escape(turn.said)}</p>'
    ]
    if turn.calls:
        head = "".join(
            f'<th scope="col" style="{cell};font-weight:600">{title}</th>'
            for title in ("Simulated time", "Node", "Called", "With", "What came back")
        )
        rows = "".join(
            "<tr>"
            + "".join(
                f'<td style="{cell};{wrapping}">{escape(text)}</td>'
                for text, wrapping in (
                    (f"{call.started_ms:,} to {call.ended_ms:,} ms", "white-space:nowrap"),
                    (call.node or "unknown", "white-space:nowrap"),
                    (call.specialist, "white-space:nowrap"),
                    (_asked(call), "overflow-wrap:anywhere"),
                    (_came_back(call), "overflow-wrap:anywhere"),
                )
            )
            + "</tr>"
            for call in turn.calls[:_SHOWN]
        )
        parts.append(
            '<div style="overflow-x:auto" tabindex="0" role="region" '
            f'aria-label="Calls of turn {number}"><table style="border-collapse:collapse;font-size:13px;margin:4px 0">'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )
        if len(turn.calls) > _SHOWN:
            parts.append(f'<p style="margin:2px 0">… and {len(turn.calls) - _SHOWN} calls more.</p>')
    for title, line in [*_besides_calls(turn), *_outcome(turn)]:
        parts.append(f'<p style="margin:4px 0"><strong>{title}:</strong> {escape(line)}</p>')
    return [*parts, "</div>"]


def _took(turn: Turn) -> str:
    calls = f"{len(turn.calls)} call{'' if len(turn.calls) == 1 else 's'}"
    return f"{turn.clock_ms:,} ms simulated, {calls}"


def _events(turn: Turn) -> list[tuple[str, str]]:
    rows = [
        (
            f"{call.started_ms:,} to {call.ended_ms:,} ms",
            f"{call.node or 'unknown node'} calls {call.specialist} with {_asked(call)}: {_came_back(call)}",
        )
        for call in turn.calls[:_SHOWN]
    ]
    if len(turn.calls) > _SHOWN:
        rows.append(("…", f"{len(turn.calls) - _SHOWN} calls more"))
    return [*rows, *_besides_calls(turn)]


def _besides_calls(turn: Turn) -> list[tuple[str, str]]:
    rows = []
    if turn.killed_at_call is not None:
        went_on = {
            "from_checkpoint": "a new process went on from the checkpoint",
            "redelivered": "no checkpoint was there, so a new process got the message again",
            None: "no new process went on",
        }[turn.resumed]
        rows.append(("Process killed", f"at call {turn.killed_at_call}; {went_on}."))
    rows += [("Person asked", _asked_person(handoff)) for handoff in turn.handoffs]
    rows += [("Side effect", _effect(effect)) for effect in turn.side_effects]
    return rows


def _outcome(turn: Turn) -> list[tuple[str, str]]:
    rows = []
    if turn.error:
        rows.append(("Error", turn.error))
    if turn.ending in ("replied", "waiting_for_human"):
        rows.append(("The customer saw", turn.reply or "nothing"))
        rows.append(("Outcome", turn.outcome or "not set"))
    else:
        rows.append(("The customer saw", "nothing"))
    return rows


def _asked(call: Call) -> str:
    wait = "no timeout" if call.timeout_ms is None else f"timeout {call.timeout_ms:,} ms"
    key = f", key {call.idempotency_key}" if call.idempotency_key else ""
    return f"{_short(call.request)} ({wait}{key})"


def _came_back(call: Call) -> str:
    if call.error is None:
        note = f" [fault: {call.fault.replace('_', ' ')}]" if call.fault else ""
        return _short(call.reply) + note
    lost = ", though the specialist did its work" if call.worked else ""
    return {
        "timeout": f"timed out after {call.ended_ms - call.started_ms:,} ms{lost}",
        "down": "no connection",
        "rate_limited": "too many calls, asked to wait",
        "refused": f"refused. {call.message}",
        "hung": f"never{lost}",
        "killed": f"the process was killed here{lost}",
    }[call.error]


def _asked_person(handoff: Handoff) -> str:
    answer = "nobody answered" if handoff.decision is None else f"the answer was {handoff.decision!r}"
    return f"{handoff.node or 'a node'} showed {_short(handoff.payload)}; {answer}."


def _effect(effect: SideEffect) -> str:
    key = f"key {effect.idempotency_key}" if effect.idempotency_key else "no key"
    return f"{effect.specialist} paid {effect.amount:,.2f} to {effect.customer} for {effect.record} ({key})."


def _closing(transcript: Transcript) -> list[tuple[str, str]]:
    rows = []
    history = transcript.history
    if history is not None:
        if not history.saved:
            rows.append(("State at the end", "nothing is in the checkpoint file."))
        else:
            kept = "every message" if history.survived else "not every message"
            rows.append(
                (
                    "State at the end",
                    f"{len(history.messages)} messages, with {kept} of the customer; keys {', '.join(history.keys)}.",
                )
            )
    return rows


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:199] + "…"
