"""A case as a brief to read: HTML without script for notebooks, and plain text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from archkit.case.case import Case

__all__ = ["brief_html", "brief_text", "page_html", "page_text"]

Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]


def brief_html(case: Case) -> str:
    """Return the brief as HTML with headed tables, readable in light and dark themes and by a screen reader."""
    label = f"Case: {case.company}"
    return page_html(f"{case.company}: {case.assistant}", _introduction(case), _tables(case), label=label)


def page_html(heading: str, sentences: Sequence[str], tables: Sequence[Table], *, label: str | None = None) -> str:
    """Return a page of sentences and headed tables as HTML; `label` names it for screen readers."""
    cell = "padding:3px 10px;text-align:left;vertical-align:top"
    parts = [
        f'<section aria-label="{escape(label or heading, quote=True)}" style="max-width:900px">',
        f"<h3>{escape(heading)}</h3>",
        *(f"<p>{escape(sentence)}</p>" for sentence in sentences),
    ]
    for caption, header, rows in tables:
        head = "".join(f'<th scope="col" style="{cell}">{escape(h)}</th>' for h in header)
        body = "".join(
            "<tr>"
            + "".join(
                f'<th scope="row" style="{cell};font-weight:normal">{escape(v)}</th>'
                if i == 0
                else f'<td style="{cell}{_wrapping(v)}">{escape(v)}</td>'
                for i, v in enumerate(row)
            )
            + "</tr>"
            for row in rows
        )
        parts.append(
            f'<table style="margin:10px 0"><caption style="text-align:left;font-weight:bold;{cell}">{escape(caption)}'
            f"</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )
    return "".join([*parts, "</section>"])


def _wrapping(text: str) -> str:
    """Let a word break only where it would widen its column beyond reading, as the path of a row does."""
    return ";overflow-wrap:anywhere" if any(len(word) > 24 for word in text.split()) else ""


def brief_text(case: Case) -> str:
    """Return the brief as plain text."""
    return page_text(f"{case.company}: {case.assistant}", _introduction(case), _tables(case))


def page_text(heading: str, sentences: Sequence[str], tables: Sequence[Table]) -> str:
    """Return a page of sentences and headed tables as plain text."""
    lines = [heading, *sentences]
    for caption, header, rows in tables:
        lines += ["", caption]
        lines += ["  " + "; ".join(f"{h}: {v}" for h, v in zip(header, row, strict=True) if v) for row in rows]
    return "\n".join(lines)


def _introduction(case: Case) -> list[str]:
    sentences = []
    if case.learner_id is None:
        sentences.append("This is the demonstration company of the lessons, not a learner's own case.")
    region = {"eu": "the EU", "us": "the US"}[case.region]
    on_call = "somebody is on call at night" if case.team.on_call else "nobody is on call at night"
    sentences += [
        f"{case.company} ({case.sector}, in {region}) plans {case.assistant}, which {case.feature}. "
        f"{case.record_share:.0%} of the requests ask about the asker's own records.",
        f"The team has {_count(case.team.engineers, 'engineer')} and {_count(case.team.ml_engineers, 'ML engineer')}; "
        f"{on_call}. The budget for the model is {case.budget_usd_per_month:,} dollars a month, and a contact that the "
        f"assistant resolves saves {case.value_of_resolved_contact_usd:.2f} dollars.",
    ]
    return sentences


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _tables(case: Case) -> list[Table]:
    traffic, tokens, corpus, latency, price = case.traffic, case.tokens, case.corpus, case.latency, case.price
    facts = [
        ("requests a month (30 days)", f"{traffic.requests_per_month:,}", "traffic.requests_per_month"),
        ("growth a month", f"{traffic.monthly_growth:.0%}", "traffic.monthly_growth"),
        ("peak to average", f"{traffic.peak_to_average:g}", "traffic.peak_to_average"),
        ("instructions in each prompt", f"{tokens.instructions} tokens", "tokens.instructions"),
        ("question", f"{tokens.question} tokens", "tokens.question"),
        (
            "passages in each prompt",
            f"{tokens.passages} of {tokens.tokens_per_passage} tokens",
            "tokens.passages, tokens.tokens_per_passage",
        ),
        ("answer", f"{tokens.answer} tokens", "tokens.answer"),
        (
            "documents",
            f"{corpus.documents:,} of {corpus.tokens_per_document:,} tokens",
            "corpus.documents, ...",
        ),
        (
            "chunks",
            f"{corpus.chunk_tokens} tokens, of which {corpus.overlap_tokens} repeat the chunk before",
            "corpus.chunk_tokens, corpus.overlap_tokens",
        ),
        (
            "vectors",
            f"{corpus.dimensions} numbers of {corpus.bytes_per_number} bytes, one vector a chunk",
            "corpus.dimensions, corpus.bytes_per_number",
        ),
        ("copies of the index", f"{corpus.copies}", "corpus.copies"),
        ("time target for an answer", f"{latency.target_ms:,} ms, to its last token", "latency.target_ms"),
        ("model's first token after", f"{latency.first_token_ms} ms", "latency.first_token_ms"),
        ("each token of the answer", f"{latency.ms_per_token:g} ms", "latency.ms_per_token"),
        (
            "model reads",
            f"{case.model_limits.tokens_read_per_second:,} tokens of a prompt in a second",
            "model_limits.tokens_read_per_second",
        ),
        ("model's longest prompt", f"{case.model_limits.window_tokens:,} tokens", "model_limits.window_tokens"),
        (
            f"price of {price.model}",
            f"{price.input_usd_per_million:.2f} dollars in, {price.output_usd_per_million:.2f} out per million tokens "
            f"({price.recorded})",
            "price.input_usd_per_million, ...",
        ),
    ]
    parts = [
        (
            p.id,
            p.name,
            p.does,
            f"{p.limit:,.0f} {p.unit}" + (f" (each held {p.hold_ms:.0f} ms)" if p.hold_ms else ""),
            f"{p.replicas}",
            f"{p.uses_per_request:g}",
            f"{p.latency_ms:.0f} ms",
            f"{p.availability:.2%}",
            p.when,
        )
        for p in case.parts
    ]
    data = [
        (d.name, d.examples, d.sensitivity.replace("_", " "), d.must_stay_in or "may be anywhere") for d in case.data
    ]
    rules = case.contract
    contract = [
        ("id", f"starts with {rules.id_prefix}- and ends in digits"),
        ("owner", "is named"),
        (
            "updated",
            f"is an ISO date, at most {rules.maximum_age_days} days before {rules.as_of}, and not after it",
        ),
        ("region", "is one of " + ", ".join(rules.regions)),
        ("audience", "is one of " + ", ".join(rules.audiences)),
    ]
    return [
        ("What was measured and agreed", ("fact", "value", "in code: case. ..."), facts),
        (
            "The parts (case.parts)",
            (
                "id",
                "part",
                "what it does",
                "limit of one replica",
                "replicas",
                "uses a request",
                "time",
                "up",
                "needed for",
            ),
            parts,
        ),
        ("The data (case.data)", ("kind", "examples", "sensitivity", "must stay in"), data),
        ("What a document must satisfy to be indexed (case.contract)", ("field", "rule"), contract),
    ]
