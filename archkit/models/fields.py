"""Values for the fields of a JSON schema, taken out of text: for tool arguments and for structured output.

Nothing is made up. A field is filled with something that stands in the text (a number, a date, an identifier, a
phrase, a sentence), with the nearest of the values that the schema allows, or with a measured similarity. What a
schema requires and the text does not hold gets the plainest value of its type and is named as missing.
"""

import contextlib
import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archkit.models.prompt import Passage
from archkit.models.relevance import content_words, first_best, rank, similarity
from archkit.models.sentences import sentences

__all__ = ["Filled", "Source", "fill"]

Schema = Mapping[str, Any]

_MISSING = object()

_WHOLE_TEXT = {"query", "question", "text", "message", "input", "request", "search", "prompt", "q", "utterance"}
_WHOLE_TEXT |= {"content", "task", "instruction", "keywords", "topic", "body", "reason", "details", "note", "notes"}
_CITING = re.compile(r"citation|cited|sources?\b|reference|passages?\b|article|evidence", re.IGNORECASE)
_SCORING = re.compile(r"confidence|score|certainty|probability|likelihood|relevance", re.IGNORECASE)
_ANSWERING = {"answer", "reply", "response", "answer_text", "final_answer"}
_GROUNDED = {"answerable", "answered", "grounded", "found", "known", "supported", "sufficient", "has_answer"}
_NOT_GROUNDED = {"unanswerable", "abstain", "abstained", "abstains", "unknown", "not_found", "insufficient"}
_IDENTIFIER = re.compile(r"\b(?:ids?|identifiers?|numbers?|codes?|sku|reference|ref)\b", re.IGNORECASE)
_IDENTIFIER_VALUE = re.compile(r"#?\b(?=[\w-]*\d)[A-Za-z]{0,6}[-_]?\d[\w-]*\b")
_EMAIL_VALUE = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL_VALUE = re.compile(r"https?://[^\s<>\"')\]]+")
_UUID_VALUE = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
_PHONE_VALUE = re.compile(r"\+?\d[\d ()/-]{6,}\d")
_TIME_VALUE = re.compile(r"\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?\b")
_MONTHS = [datetime.date(2000, month, 1).strftime("%B").lower() for month in range(1, 13)]
_DATE_VALUE = re.compile(
    r"\b(?:(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})"
    r"|(?P<d2>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m2>[A-Z][a-z]{2,8})\.?,?\s+(?P<y2>\d{4})"
    r"|(?P<m3>[A-Z][a-z]{2,8})\.?\s+(?P<d3>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y3>\d{4})"
    r"|(?P<d4>\d{1,2})[./](?P<m4>\d{1,2})[./](?P<y4>\d{4}))\b"
)
_NUMBER_VALUE = re.compile(r"(?<![\w-])(?<!\d[.,])[-−]?\d+(?:[,  ]\d{3})*(?:\.\d+)?(?![\w-]*\d)(?!\.\d)")
_NUMBER_WORDS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_CURRENCY = re.compile(r"[€$£]\s*$")
_AMOUNT_FIELD = re.compile(r"price|cost|amount|fee|charge|total|budget|eur|usd|euros?|dollars?", re.IGNORECASE)
_UNIT = re.compile(
    r"\b(second|minute|hour|day|week|month|year|percent|kg|gram|litre|km|metre|cm|person|people|item|piece|token|"
    r"night|star)s?\b|%",
    re.IGNORECASE,
)
_NAMING = re.compile(
    r"\b(?:name|city|country|town|place|location|product|brand|language|person|model)\b", re.IGNORECASE
)
_NEGATED = re.compile(r"\b(?:not|no|never|without|cannot|can't|don't|doesn't|isn't|won't|n't)\b", re.IGNORECASE)
_EXAMPLE = re.compile(
    r"(?:e\.g\.,?|for example,?|for instance,?|such as|like|example:?|format:?|of the form|looks like)\s+"
    r"[\"'“‘`(]?(?P<value>[\w#][\w#./@:-]*\w)",
    re.IGNORECASE,
)
_NEAR = 0.35  # cosine from which a yes-or-no field counts as stated in the text


@dataclass(frozen=True)
class Source:
    """What values are taken from.

    Attributes:
        text: the text itself: for a tool the user's request, for structured output the question or the message.
        passages: the passages that a structured answer quotes; empty for tool arguments.
        earlier: texts to turn to when `text` does not hold a value, in this order.
        quoted: the sentences that answer the question, best first, as (passage id, sentence) pairs.
        relevance: of the best of them, 0 to 1; None if there are no passages.
        answer: what to say to the question in one text.
    """

    text: str
    passages: tuple[Passage, ...] = ()
    earlier: tuple[str, ...] = ()
    quoted: tuple[tuple[str, str], ...] = ()
    relevance: float | None = None
    answer: str = ""

    @property
    def texts(self) -> Iterator[str]:
        """All that may hold a value, the likeliest first."""
        yield self.text
        yield from (sentence for _, sentence in self.quoted)
        yield from (passage.text for passage in self.passages)
        yield from self.earlier


@dataclass
class Filled:
    """The values for a schema, and the dotted names of the required fields that no text held."""

    value: dict[str, Any]
    missing: list[str] = field(default_factory=list)


def fill(schema: Schema, source: Source) -> Filled:
    """Fill an object schema.

    Args:
        schema: a JSON schema of type object, as pydantic writes it; `$ref` into its own `$defs` is followed.
        source: what to take the values from.

    Returns:
        The values. A field that is not required and not found is left out, so that its default holds; one that
        may be null becomes null when it is required.
    """
    filled = Filled({})
    definitions = schema.get("$defs") or schema.get("definitions") or {}
    _fill_object(schema, source, definitions, "", filled.value, filled.missing)
    return filled


def _fill_object(
    schema: Schema, source: Source, definitions: Schema, prefix: str, values: dict[str, Any], missing: list[str]
) -> None:
    required = set(schema.get("required", ()))
    for name, raw in (schema.get("properties") or {}).items():
        nullable, described = _resolve(raw, definitions)
        needed = name in required
        value = _value(
            name,
            described,
            source,
            definitions,
            needed=needed and not nullable,
            prefix=prefix,
            missing=missing,
            taken=[value for value in values.values() if isinstance(value, str)],
        )
        if value is not _MISSING:
            values[name] = value
        elif needed and nullable:
            values[name] = None
        elif needed:
            missing.append(prefix + name)
            values[name] = _plainest(described, definitions)


def _resolve(schema: Schema, definitions: Schema) -> tuple[bool, Schema]:
    """Follow references and take the first branch that is not null; say whether null is allowed."""
    nullable = False
    for _ in range(10):
        branches = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        if "$ref" in schema:
            target = definitions.get(str(schema["$ref"]).rsplit("/", 1)[-1], {})
            schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
        elif branches and not all("const" in branch for branch in branches):
            nullable = nullable or any(branch.get("type") == "null" for branch in branches)
            first: Schema = next((branch for branch in branches if branch.get("type") != "null"), {})
            kept = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf", "allOf")}
            schema = {**first, **kept}
        else:
            break
    kinds = schema.get("type")
    if isinstance(kinds, list):
        nullable = nullable or "null" in kinds
        schema = {**schema, "type": next((kind for kind in kinds if kind != "null"), "string")}
    return nullable, schema


def _value(
    name: str,
    schema: Schema,
    source: Source,
    definitions: Schema,
    *,
    needed: bool,
    prefix: str,
    missing: list[str],
    taken: Sequence[Any] = (),
) -> Any:
    described = f"{_spaced(name)}: {schema.get('description', '')}".rstrip(": ")
    if "const" in schema:
        return schema["const"]
    if choices := _choices(schema):
        return _choose(choices, described, source, needed=needed, taken=taken)
    kind = schema.get("type") or ("object" if "properties" in schema else "string")
    if kind == "boolean":
        return _truth(name, described, source, needed=needed)
    if kind in ("integer", "number"):
        return _number(name, described, schema, source, whole=kind == "integer", needed=needed)
    if kind == "array":
        return _list(name, described, schema, source, definitions, prefix, missing, needed=needed)
    if kind == "object":
        inner: dict[str, Any] = {}
        lacking: list[str] = []
        _fill_object(schema, source, definitions, f"{prefix}{name}.", inner, lacking)
        if not needed and (lacking or not inner):
            return _MISSING
        missing.extend(lacking)
        return inner
    return _string(name, described, schema, source, needed=needed)


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ")


def _plainest(schema: Schema, definitions: Schema) -> Any:
    if "default" in schema:
        return schema["default"]
    kind = schema.get("type")
    if kind in ("integer", "number"):
        low = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
        return max(0, low) if schema.get("maximum", 0) >= 0 else schema["maximum"]
    plain: dict[Any, Any] = {"boolean": False, "array": [], "object": {}}
    return plain.get(kind, "")


# Values from a list of allowed ones


def _choices(schema: Schema) -> list[tuple[Any, str]]:
    """Return the values allowed by enum or const branches, each with what describes it."""
    branches = schema.get("anyOf") or schema.get("oneOf") or ()
    if branches and all("const" in branch for branch in branches):
        return [(b["const"], str(b.get("description") or b.get("title") or "")) for b in branches]
    about = str(schema.get("description", ""))
    values = list(schema.get("enum") or ())
    # "billing: charges and refunds; shipping: parcels" describes the values inside the field's description.
    marks = {
        value: match
        for value in values
        if (match := re.search(rf"\b{re.escape(str(value))}\b[\"'`]?\s*(?:[:=–—(]|means|is for|if|when|for)\s*", about))
    }
    stops = sorted([match.start() for match in marks.values()] + [len(about)])
    described = []
    for value in values:
        match = marks.get(value)
        end = next((stop for stop in stops if match and stop > match.start()), 0)
        described.append((value, about[match.end() : end].strip(" ;,.()\n") if match else ""))
    return described


def _named(choices: Sequence[tuple[Any, str]], text: str) -> list[Any]:
    """Return the values that a text names, in its order."""
    places = {}
    for value, _ in choices:
        if match := re.search(rf"\b{re.escape(_spaced(str(value)))}\b", text, re.IGNORECASE):
            places[value] = match.start()
    return sorted(places, key=places.__getitem__)


def _choose(
    choices: Sequence[tuple[Any, str]], described: str, source: Source, *, needed: bool, taken: Sequence[Any] = ()
) -> Any:
    if named := _named(choices, source.text):
        # Of two values in one text, as in "from EUR to USD", each field takes the one that is still free.
        return next((value for value in named if value not in taken), named[0])
    if not needed and not source.text.strip():
        return _MISSING
    scores = [
        similarity(source.text, f"{_spaced(str(value))}: {about}" if about else f"{_spaced(str(value))}")
        + 0.1 * _overlap(source.text, f"{_spaced(str(value))} {about}")
        for value, about in choices
    ]
    # An argument that may be left out is only set when the text speaks of it.
    if not needed and max(scores) < _NEAR and not content_words(described) & content_words(source.text):
        return _MISSING
    return choices[first_best(scores)][0]


def _overlap(text: str, words: str) -> float:
    wanted = content_words(words)
    return len(wanted & content_words(text)) / len(wanted) if wanted else 0.0


def _truth(name: str, described: str, source: Source, *, needed: bool) -> Any:
    grounded = source.relevance is not None and bool(source.quoted)
    if name.lower() in _GROUNDED and source.relevance is not None:
        return grounded
    if name.lower() in _NOT_GROUNDED and source.relevance is not None:
        return not grounded
    wanted, named = content_words(described), content_words(_spaced(name))
    best, stated = 0.0, False
    for piece in [source.text, *(sentence.text for sentence in sentences(source.text))]:
        shared = wanted & content_words(piece)
        nearness = 0.7 * similarity(piece, described) + 0.3 * len(shared) / max(1, len(wanted))
        if named and named <= shared:
            nearness, shared = 1.0, named
        if nearness > best:
            best, stated = nearness, not _denied(piece, shared)
    if best >= _NEAR:
        return stated
    return False if needed else _MISSING


def _denied(text: str, words: set[str]) -> bool:
    """Say whether a negation stands close before one of the words."""
    tokens = re.findall(r"[\w'’]+", text)
    return any(
        content_words(token) & words and _NEGATED.search(" ".join(tokens[max(0, place - 3) : place]))
        for place, token in enumerate(tokens)
    )


# Numbers


def _number(name: str, described: str, schema: Schema, source: Source, *, whole: bool, needed: bool) -> Any:
    if _SCORING.search(name) and source.relevance is not None:
        value = round(max(0.0, min(1.0, source.relevance)), 2)
        return round(value) if whole else value
    texts = list(source.texts)
    if source.passages:
        # Where passages answer the question, the numbers are in them; where none does, no number is an answer.
        texts = [sentence for _, sentence in source.quoted]
    for place, text in enumerate(texts):
        scored = list(_numbers(text, described, schema, whole=whole))
        if scored:
            hint, value = max(scored, key=lambda pair: pair[0])
            # A lone number in the request is meant for a required field; others need a word that points to them.
            if hint > 0 or (needed and (place == 0 or source.passages)):
                return value
    return _MISSING


def _numbers(text: str, described: str, schema: Schema, *, whole: bool) -> Iterator[tuple[float, float | int]]:
    hidden = _DATE_VALUE.sub(lambda match: " " * len(match[0]), text)
    wanted = content_words(described)
    found: list[tuple[int, int, float]] = []
    for match in _NUMBER_VALUE.finditer(hidden):
        found.append((match.start(), match.end(), float(re.sub(r"[,  ]", "", match[0]).replace("−", "-"))))
    for match in re.finditer(r"[A-Za-z]+", hidden):
        if match[0].lower() in _NUMBER_WORDS:
            found.append((match.start(), match.end(), float(_NUMBER_WORDS.index(match[0].lower()))))
    for start, end, value in sorted(found):
        if whole and value != int(value):
            continue
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            continue
        if value <= schema.get("exclusiveMinimum", value - 1) or value >= schema.get("exclusiveMaximum", value + 1):
            continue
        after = re.match(r"\W*(\w+|%)", text[end:])
        unit = _UNIT.match(after[1]) if after else None
        near = content_words(text[max(0, start - 30) : start]) | content_words(text[end : end + 30])
        hint = 0.5 * len(wanted & near) / max(1, len(wanted))
        if unit and content_words(unit[0]) & wanted:
            hint += 2
        if _CURRENCY.search(text[:start]):
            hint += 2 if _AMOUNT_FIELD.search(described) else -0.25
        yield hint, int(value) if whole else value


# Text


def _string(name: str, described: str, schema: Schema, source: Source, *, needed: bool) -> Any:
    value = _string_of_form(name, described, schema, source)
    if value is None and not _has_form(name, described, schema):
        value = _free_text(name, described, source, needed=needed)
    if not value:
        return _MISSING
    limit = schema.get("maxLength")
    return value[:limit].rstrip() if limit else value


def _has_form(name: str, described: str, schema: Schema) -> bool:
    by_example = any(re.search(r"\d", match["value"]) for match in _EXAMPLE.finditer(described))
    by_name = _IDENTIFIER.search(_spaced(name)) or _form_of_name(name)
    return bool(schema.get("pattern") or schema.get("format") or by_example or by_name)


def _form_of_name(name: str) -> re.Pattern[str] | None:
    words = _spaced(name).lower().split()
    forms = {"email": _EMAIL_VALUE, "url": _URL_VALUE, "link": _URL_VALUE, "phone": _PHONE_VALUE, "date": _DATE_VALUE}
    return next((form for word, form in forms.items() if word in words), None)


def _string_of_form(name: str, described: str, schema: Schema, source: Source) -> str | None:
    forms: list[re.Pattern[str]] = []
    if pattern := schema.get("pattern"):
        with contextlib.suppress(re.error):  # the pattern is ECMAScript's; one that Python cannot read is no help
            forms.append(re.compile(r"(?<![\w-])(?:" + re.sub(r"^\^|\$$", "", pattern) + r")(?![\w-])"))
    by_format = {
        "date": _DATE_VALUE,
        "date-time": _DATE_VALUE,
        "time": _TIME_VALUE,
        "email": _EMAIL_VALUE,
        "uri": _URL_VALUE,
        "uuid": _UUID_VALUE,
    }
    if form := by_format.get(str(schema.get("format"))):
        forms.append(form)
    if not forms:
        examples = [str(example) for example in schema.get("examples") or ()]
        examples += [match["value"] for match in _EXAMPLE.finditer(described)]
        forms += [_generalised(example) for example in examples if re.search(r"\d", example)]
    if not forms and (form := _form_of_name(name)):
        forms.append(form)
    if not forms and _IDENTIFIER.search(_spaced(name)):
        forms.append(_IDENTIFIER_VALUE)
    for text in source.texts:
        for form in forms:
            for match in form.finditer(text):
                if form is not _DATE_VALUE:
                    return match[0].lstrip("#")
                if date := _date(match):
                    return f"{date}T00:00:00" if schema.get("format") == "date-time" else date
    return None


def _generalised(example: str) -> re.Pattern[str]:
    """Turn an example into the form that it stands for: LO-10234 means LO- and a run of digits."""
    parts = re.findall(r"\d+|[A-Za-z]+|[^A-Za-z\d]+", example)
    form = "".join(r"\d+" if part.isdigit() else re.escape(part) for part in parts)
    return re.compile(rf"(?<![\w-]){form}(?![\w-])", re.IGNORECASE)


def _date(match: re.Match[str]) -> str | None:
    parts = {key: value for key, value in match.groupdict().items() if value}
    year, month, day = (next(value for key, value in parts.items() if key[0] == letter) for letter in "ymd")
    if not month.isdigit():
        months = [number for number, name in enumerate(_MONTHS, start=1) if name.startswith(month.lower())]
        if not months:
            return None
        month = str(months[0])
    try:
        return datetime.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _free_text(name: str, described: str, source: Source, *, needed: bool) -> str | None:
    lowered = name.lower()
    if source.relevance is None and (lowered in _WHOLE_TEXT or lowered.rsplit("_", 1)[-1] in _WHOLE_TEXT):
        return source.text.strip()
    if lowered in _ANSWERING:
        return source.answer or source.text.strip()
    if _CITING.search(_spaced(name)) and source.quoted:
        return source.quoted[0][0]
    if not _NAMING.search(described):
        if source.passages:
            ranked = rank(f"{source.text} {described}", source.passages) if source.quoted else []
            return ranked[first_best([quote.relevance for quote in ranked])].sentence.plain if ranked else None
        pieces = [piece.plain for piece in sentences(source.text)] or [source.text.strip()]
        if source.relevance is None and not needed:
            return None
        return pieces[first_best([similarity(described, piece) for piece in pieces])]
    return _phrase(described, source)


def _phrase(described: str, source: Source) -> str | None:
    """Return the name or the quoted phrase that is nearest to a description."""
    for text in source.texts:
        quoted: list[str] = re.findall(r"[\"“](.{2,60}?)[\"”]", text)
        # A capital at the start of a sentence says nothing about a word.
        names: list[str] = re.findall(r"(?<![.!?]\s)(?<!^)\b([A-ZÀ-Þ][\w'-]*(?:\s+(?:[A-ZÀ-Þ][\w'-]*|\d+))*)", text)
        found = [phrase for phrase in [*quoted, *names] if content_words(phrase) and phrase != "I"]
        if found:
            return found[first_best([similarity(described, phrase) for phrase in found])]
    return None


# Lists


def _list(
    name: str,
    described: str,
    schema: Schema,
    source: Source,
    definitions: Schema,
    prefix: str,
    missing: list[str],
    *,
    needed: bool,
) -> Any:
    _, item = _resolve(schema.get("items") or {}, definitions)
    limit = schema.get("maxItems")
    found: list[Any]
    if choices := _choices(item):
        found = _named(choices, source.text)
        if not found and needed:
            found = [_choose(choices, described, source, needed=True)]
    elif item.get("type") == "object":
        values: dict[str, Any] = {}
        lacking: list[str] = []
        _fill_object(item, source, definitions, f"{prefix}{name}.", values, lacking)
        found = [] if lacking else [values]
    elif item.get("type") in ("integer", "number"):
        whole = item["type"] == "integer"
        found = [value for _, value in _numbers(source.text, described, item, whole=whole)]
    elif item.get("type", "string") != "string":
        value = _value(name, item, source, definitions, needed=False, prefix=prefix, missing=[])
        found = [] if value is _MISSING else [value]
    elif source.quoted and _CITING.search(_spaced(name)):
        found = list(dict.fromkeys(passage for passage, _ in source.quoted))
    elif _has_form(name, described, {**item}):
        one = _string_of_form(name, described, {**item, "description": described}, source)
        found = [one] if one else []
    elif source.relevance is not None:
        found = [sentence for _, sentence in source.quoted]
    else:
        value = _free_text(name, described, source, needed=needed)
        found = [value] if value else []
    if not found and not needed:
        return _MISSING
    return found[:limit] if limit else found
