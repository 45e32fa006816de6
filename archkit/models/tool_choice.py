"""Which tool to call, chosen by its description, and with which arguments."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archkit.models.fields import Filled, Source, fill
from archkit.models.prompt import Prompt
from archkit.models.relevance import content_words, first_best, similarity

__all__ = ["Call", "Lacking", "Tool", "choose_calls", "forced_tool", "read_tools"]

_CALLED_FROM = 0.30  # fitness below which no tool is called unasked
# What else counts beside the cosine: words shared with the tool's name, words shared with its description, an
# identifier of the form it asks for, and acting where only a question was asked. Set by hand on 34 requests to a
# shop's seven tools, of which 33 then go right.
_NAMED, _SHARED, _FORMED, _RASH = 0.2, 0.15, 0.15, 0.15
_SEARCHES = re.compile(r"\b(?:search|find|look ?up|retrieve|query|knowledge|articles?|documents?|faq)\b", re.I)
_READS = re.compile(
    r"(?:look|get|find|check|track|search|list|show|read|fetch|query|retrieve|calculate|compute|convert|count|estimate)"
)
_WANTS_TO_KNOW = re.compile(
    r"^\s*(?:(?:hi|hello|please)\b\W*)?(?:who|what|when|where|why|how|which|does|do|did|is|are|was|has|have|will)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^\s*(?:(?:hi|hello|please)\b\W*)?(?:who|what|when|where|why|how|which|can|could|may|do|does|did|is|are|will|"
    r"would|should|am|has|have|tell me|explain)\b|\?\s*$",
    re.IGNORECASE,
)
_CLAUSES = re.compile(
    r"(?<=[?!.;])\s+|,?\s+and\s+(?:also\s+)?(?=(?:who|what|when|where|why|how|which|can|could|do|does|is|are|will|would|"
    r"please|tell|cancel|look|find|check|send|start|open|book|give|show|convert|add)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Tool:
    """A tool as it was bound to the model."""

    name: str
    description: str
    parameters: Mapping[str, Any]

    @property
    def required(self) -> list[str]:
        """The names of the arguments that it cannot do without."""
        return list(self.parameters.get("required", ()))

    @property
    def is_schema(self) -> bool:
        """Whether it stands for a structured answer: those are named after classes, tools after functions."""
        return self.name[:1].isupper() or self.name.startswith("response_format")


@dataclass(frozen=True)
class Call:
    """A tool to call and the values for its arguments; `missing` names required ones that no text held."""

    tool: Tool
    arguments: dict[str, Any]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lacking:
    """The tool that a request calls for, and the arguments that it does not give."""

    tool: Tool
    missing: tuple[str, ...]


def read_tools(bound: Sequence[Mapping[str, Any]]) -> list[Tool]:
    """Read tools from the form that `convert_to_openai_tool` gives them."""
    functions = [tool.get("function", tool) for tool in bound]
    return [
        Tool(function["name"], str(function.get("description") or ""), function.get("parameters") or {})
        for function in functions
    ]


def forced_tool(choice: Any, tools: Sequence[Tool]) -> Tool | None:
    """Return the one tool that `tool_choice` names, in any of the forms that providers take.

    Raises:
        ValueError: if it names a tool that is not bound.
    """
    if isinstance(choice, Mapping):
        choice = choice.get("function", choice).get("name", choice.get("type"))
    if choice in (None, False, True, "auto", "none", "any", "required", "function", "tool"):
        return None
    for tool in tools:
        if tool.name == choice:
            return tool
    known = ", ".join(tool.name for tool in tools) or "none"
    raise ValueError(f"tool_choice names {choice!r}, which is not among the bound tools ({known}).")


def choose_calls(tools: Sequence[Tool], prompt: Prompt, *, must: bool) -> list[Call] | Lacking:
    """Choose the calls that the last question needs: none, one, or one for each of its clauses.

    A clause goes to the fittest tool, if its text, an earlier message or a tool's result holds the required arguments;
    a question whose fittest tool lacks some goes to a tool that searches. A tool that has already been called for this
    question has served its clause and is not called again.

    Args:
        tools: what may be called.
        prompt: what was asked, said before and answered by tools.
        must: whether at least one call is demanded, however badly the tools fit.

    Returns:
        The calls, or what is lacking when the only fitting tool cannot be called with what is known.
    """
    called = {result.name for result in prompt.results}
    known = (*(result.text for result in prompt.results), *prompt.earlier)
    clauses = [clause.strip() for clause in _CLAUSES.split(prompt.question) if clause and clause.strip()]
    calls: list[Call] = []
    lacking: Lacking | None = None
    for clause in clauses if len(clauses) > 1 else [prompt.question]:
        source = Source(clause, earlier=(prompt.question, *known))
        found = _choose(tools, source)
        if isinstance(found, Call):
            if found not in calls and found.tool.name not in called:
                calls.append(found)
        elif isinstance(found, Lacking):
            lacking = lacking or found
    if calls or not must:
        return calls or lacking or []
    source = Source(prompt.question, earlier=known)
    candidates = [tool for tool in tools if tool.name not in called] or list(tools)
    filled = [fill(tool.parameters, source) for tool in candidates]
    return [call(candidates[first_best(_fitness(candidates, filled, source))], source)]


def call(tool: Tool, source: Source) -> Call:
    """Fill the arguments of a tool, whatever is lacking."""
    filled = fill(tool.parameters, source)
    return Call(tool, filled.value, tuple(filled.missing))


def _choose(tools: Sequence[Tool], source: Source) -> Call | Lacking | None:
    if not tools:
        return None
    filled = [fill(tool.parameters, source) for tool in tools]
    fitness = _fitness(tools, filled, source)
    best = first_best(fitness)
    if fitness[best] >= _CALLED_FROM and not filled[best].missing:
        return Call(tools[best], filled[best].value)
    if _ASKS.search(source.text):
        # A question that no tool is made for, or that does not say what the tool must know, goes to one that searches.
        for tool, values in zip(tools, filled, strict=True):
            if not values.missing and len(tool.required) == 1 and _SEARCHES.search(_about(tool)):
                return Call(tool, values.value)
    if fitness[best] >= _CALLED_FROM:
        return Lacking(tools[best], tuple(filled[best].missing))
    return None


def _about(tool: Tool) -> str:
    return f"{tool.name.replace('_', ' ')}: {tool.description}"


def _fitness(tools: Sequence[Tool], filled: Sequence[Filled], source: Source) -> list[float]:
    """Say how well each tool fits a request: by meaning, by words that few tools have, by identifiers of its form."""
    text = source.text
    asked = content_words(text)
    names = [content_words(tool.name.replace("_", " ")) for tool in tools]
    about = [content_words(_about(tool)) for tool in tools]

    def rarity(word: str, among: Sequence[set[str]]) -> float:
        return 1 / max(1, sum(word in words for words in among))

    fitness = []
    for number, tool in enumerate(tools):
        phrases = [_about(tool), *(p for p in re.split(r"[.;,\n]\s*|\bor\b", tool.description) if len(p.split()) > 2)]
        meaning = max(similarity(text, phrase) for phrase in phrases)
        named = sum(rarity(w, names) for w in sorted(names[number] & asked))
        named /= sum(rarity(w, names) for w in sorted(names[number])) or 1
        shared = sum(rarity(w, about) for w in sorted(about[number] & asked)) / max(1, len(asked))
        formed = any(
            isinstance(value, str) and re.search(r"\d", value) and value != text and value.lower() in text.lower()
            for value in (filled[number].value.get(name) for name in tool.required)
        )
        # Somebody who wants to know something is not asking for anything to be done.
        rash = bool(_WANTS_TO_KNOW.search(text)) and not _READS.match(tool.name.lower())
        fitness.append(meaning + _NAMED * named + _SHARED * shared + _FORMED * formed - _RASH * rash)
    return fitness
