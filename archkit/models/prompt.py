"""Passages in a prompt: how they are written, and how they are read back with the question they stand beside."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.documents import Document
    from langchain_core.messages import BaseMessage, ToolMessage

__all__ = ["Passage", "Prompt", "paragraphs", "passages", "passages_in_result", "read_prompt"]

_TAGGED = re.compile(
    r"<(?P<tag>passage|document)(?P<attributes>\s[^>]*)?>(?P<text>.*?)</(?P=tag)>", re.DOTALL | re.IGNORECASE
)
_CONTEXT = re.compile(r"^[ \t]*(?:context|passages|documents|sources|excerpts):", re.IGNORECASE | re.MULTILINE)
_QUESTION = re.compile(r"^[ \t]*(?:question|query|user question):", re.IGNORECASE | re.MULTILINE)
_ANY_MARK = re.compile(
    r"^[ \t]*(?:context|passages|documents|sources|excerpts|question|query|user question|(?:helpful )?answer):",
    re.IGNORECASE | re.MULTILINE,
)
# [KB-017] or KB-017: or (2) at the start of a paragraph of a free-form context.
_LEADING_ID = re.compile(r"\[(?P<a>[\w.:#/-]{1,40})\]:?\s*|(?P<b>[A-Za-z]{1,8}-\d{1,8}):\s*|\((?P<c>\d{1,3})\)\s*")
# A system message may give its context without a mark, after an instruction that speaks of it.
_SPEAKS_OF_CONTEXT = re.compile(r"\b(?:context|passages|documents|excerpts|following|below)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Passage:
    """A piece of text that an answer may quote, with the id to cite for it and its title, if it has one."""

    id: str
    text: str
    title: str = ""


@dataclass(frozen=True)
class Prompt:
    """What the messages of a chat amount to for a model that only quotes.

    Attributes:
        question: the question asked last.
        passages: the passages to answer it from.
        beside: the plain text that stands beside the question in its message, outside any passage.
        earlier: what the user wrote before, newest first.
        results: what tools have answered since the question was asked.
    """

    question: str
    passages: tuple[Passage, ...]
    beside: str
    earlier: tuple[str, ...]
    results: "tuple[ToolMessage, ...]"


def passages(documents: "Iterable[Document]") -> str:
    """Write documents for a prompt, each between tags that carry its id and title.

    The form suits generative models as well: the tags part the passages from the instructions, and the id is there
    to be cited. A document's id is its `metadata["id"]`, else its `id`, else its number in the list; its title is
    `metadata["title"]`. A closing tag inside a document's text is defused, so that no text can step outside.

    Example:
        >>> from langchain_core.documents import Document
        >>> print(passages([Document("Unused goods go back free.", metadata={"id": "KB-020", "title": "Returns"})]))
        <passage id="KB-020" title="Returns">
        Unused goods go back free.
        </passage>
    """
    blocks = []
    for number, document in enumerate(documents, start=1):
        name = document.metadata.get("id") or document.id or number
        title = document.metadata.get("title")
        attributes = f'id="{escape(str(name))}"' + (f' title="{escape(str(title))}"' if title else "")
        text = re.sub(r"<(?=/?(?:passage|document)\b)", "&lt;", document.page_content.strip(), flags=re.IGNORECASE)
        blocks.append(f"<passage {attributes}>\n{text}\n</passage>")
    return "\n".join(blocks)


def read_prompt(messages: "Sequence[BaseMessage]") -> Prompt:
    """Find the question and the passages in the messages of a chat.

    The question is the last human message: what follows `Question:` in it if that mark is there, else what is left
    of it without the passages, and of several paragraphs the one that asks. Passages are looked for in the system
    messages and in the last human message, and only if there are none in earlier ones, in these forms, the first
    that is found: tags as written by `passages`; a part marked `Context:` (or `Passages:`, `Documents:`,
    `Sources:`), whose paragraphs may begin with an id such as `[KB-017]` and else are numbered; in a system message,
    what follows a paragraph that speaks of the context.
    """
    humans = [number for number, message in enumerate(messages) if message.type == "human"]
    asked_at = humans[-1] if humans else len(messages) - 1
    asked = messages[asked_at].text if messages else ""
    question, beside = _part(asked)
    system = [message.text for message in messages if message.type == "system"]
    found = [passage for text in system for passage in _marked(text) or _unmarked_in_system(text)]
    found += _marked(asked)
    earlier = [messages[number].text for number in reversed(humans[:-1])]
    if not found:
        found = next(filter(None, map(_marked, earlier)), [])
    results = tuple(message for message in messages[asked_at + 1 :] if message.type == "tool")
    spoken = tuple(_part(text)[0] for text in earlier)
    return Prompt(question, tuple(found), beside, spoken, results)  # type: ignore[arg-type]


def passages_in_result(name: str, content: str) -> list[Passage]:
    """Read what a tool answered: tagged passages, a JSON list of documents, or one text named after the tool."""
    if tagged := _tagged(content):
        return tagged
    try:
        data = json.loads(content)
    except ValueError:
        return [Passage(name, content)]
    if isinstance(data, list) and data and all(isinstance(item, dict) and _text_of(item) for item in data):
        return [
            Passage(str(item.get("id") or f"{name} {number}"), _text_of(item), str(item.get("title") or ""))
            for number, item in enumerate(data, start=1)
        ]
    return [Passage(name, "; ".join(_spelled(data)) or content)]


def _text_of(item: dict[str, object]) -> str:
    texts = (item.get(key) for key in ("text", "content", "page_content", "body"))
    return next((text for text in texts if isinstance(text, str) and text), "")


def _spelled(data: object, name: str = "") -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _spelled(value, f"{name} {key}".strip().replace("_", " "))
    elif isinstance(data, list):
        for item in data:
            yield from _spelled(item, name)
    else:
        said = str(data) if isinstance(data, str) else json.dumps(data)
        yield f"{name}: {said}" if name else said


def _tagged(text: str) -> list[Passage]:
    found = []
    for number, match in enumerate(_TAGGED.finditer(text), start=1):
        attributes = dict(re.findall(r'(\w+)\s*=\s*"([^"]*)"', match["attributes"] or ""))
        name = unescape(attributes.get("id", str(number)))
        found.append(Passage(name, unescape(match["text"].strip()), unescape(attributes.get("title", ""))))
    return found


def _marked(text: str) -> list[Passage]:
    if tagged := _tagged(text):
        return tagged
    if mark := _CONTEXT.search(text):
        end = next((m.start() for m in _ANY_MARK.finditer(text, mark.end())), len(text))
        return paragraphs(text[mark.end() : end])
    return []


def _unmarked_in_system(text: str) -> list[Passage]:
    blocks = re.split(r"\n\s*\n", text.strip())
    for number, block in enumerate(blocks[:-1]):
        if _SPEAKS_OF_CONTEXT.search(block):
            return paragraphs("\n\n".join(blocks[number + 1 :]))
    return []


def paragraphs(text: str) -> list[Passage]:
    """Make passages of paragraphs, numbered or by the ids they begin with; one without an id continues the last."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n|\n(?=\[[\w.:#/-]{1,40}\])", text) if block.strip()]
    named = any(_LEADING_ID.match(block) for block in blocks)
    found: list[Passage] = []
    for number, block in enumerate(blocks, start=1):
        if match := _LEADING_ID.match(block):
            found.append(Passage(match["a"] or match["b"] or match["c"], block[match.end() :]))
        elif named and found:
            found[-1] = Passage(found[-1].id, f"{found[-1].text}\n\n{block}")
        else:
            found.append(Passage(str(number), block))
    return found


def _part(text: str) -> tuple[str, str]:
    """Part a human message into the question and the plain text beside it that might hold the answer."""
    rest = _TAGGED.sub("\n\n", text)
    marked = rest != text
    if mark := _CONTEXT.search(rest):
        marked = True
        end = next((m.start() for m in _ANY_MARK.finditer(rest, mark.end())), len(rest))
        rest = f"{rest[: mark.start()]}\n\n{rest[end:]}"
    if match := list(_QUESTION.finditer(rest)):
        after = rest[match[-1].end() :]
        return re.split(r"\n\s*\n", _ANY_MARK.split(after, maxsplit=1)[0].strip(), maxsplit=1)[0].strip(), ""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", rest) if block.strip()]
    if len(blocks) < 2:
        return "".join(blocks), ""
    asking = [number for number, block in enumerate(blocks) if block.endswith("?")]
    chosen = asking[-1] if asking else len(blocks) - 1
    beside = "" if marked else "\n\n".join(blocks[:chosen] + blocks[chosen + 1 :])
    return blocks[chosen], beside
