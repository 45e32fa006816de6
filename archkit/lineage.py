"""Lineage of answers: which article became which passages, for which questions they were read, what was quoted.

It is recorded while the questions are answered, because afterwards nobody can say what a model was given.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from archkit.typed_data import InvalidData, did_you_mean, shortened

if TYPE_CHECKING:
    import networkx as nx
    from langchain_core.documents import Document

__all__ = ["Kind", "Lineage", "LineageDrawing", "Node", "Origin", "Reach", "Relation"]

Kind = Literal["article", "passage", "question", "answer"]
Relation = Literal["cut into", "read for", "answered by", "quoted in"]

_ENDS: dict[Relation, tuple[Kind, Kind]] = {
    "cut into": ("article", "passage"),
    "read for": ("passage", "question"),
    "answered by": ("question", "answer"),
    "quoted in": ("passage", "answer"),
}


class Node(NamedTuple):
    """One thing in the graph: its kind, and an id that is unique among its kind."""

    kind: Kind
    id: str


@dataclass(frozen=True)
class Reach:
    """What articles have reached: their blast radius.

    Attributes:
        articles: the articles that were asked about.
        passages: their passages that were read for at least one question.
        read_for: the questions in whose prompt at least one passage of theirs stood. Each of their answers may have
            been shaped by it: this is the upper bound.
        quoted_in: the questions whose answer quotes them: the lower bound.
    """

    articles: tuple[str, ...]
    passages: tuple[str, ...]
    read_for: tuple[str, ...]
    quoted_in: tuple[str, ...]


@dataclass(frozen=True)
class Origin:
    """What an answer came from.

    Attributes:
        question: the question as it was asked.
        answer: the text of the answer.
        articles: the articles that were read for it, best first.
        read: the passages that were read, best first.
        quoted: those of them that the answer quotes.
        invented: what the answer cites although it was not read. A model that writes freely does that at times.
    """

    question: str
    answer: str
    articles: tuple[str, ...]
    read: tuple[str, ...]
    quoted: tuple[str, ...]
    invented: tuple[str, ...]


@dataclass(frozen=True)
class LineageDrawing:
    """A part of a lineage graph as a drawing, and the same in words. A notebook shows both.

    Attributes:
        mermaid: the drawing, as a Mermaid flowchart.
        text: the same in sentences.
    """

    mermaid: str
    text: str

    def _repr_markdown_(self) -> str:
        return f"```mermaid\n{self.mermaid}```\n\n{self.text}\n"


class Lineage:
    """A graph of typed nodes from articles to answers, for one build of the index.

    Attributes:
        graph: the directed graph of networkx, from articles to answers. Its nodes are `Node`s; an edge's `relation` is
            "cut into", "read for", "answered by" or "quoted in".

    Example:
        >>> from langchain_core.documents import Document
        >>> passage = Document("We deliver to England.", id="KB-007#1", metadata={"id": "KB-007"})
        >>> lineage = Lineage([passage])
        >>> lineage.record("Q-1", "Do you deliver to Leeds?", read=[passage], quoted=["KB-007#1"], answer="Yes.")
        >>> lineage.reached_by("KB-007").quoted_in
        ('Q-1',)
    """

    def __init__(self, passages: Iterable[Document]) -> None:
        """Begin a graph with everything that the index holds, so that what is never read is known as well.

        Args:
            passages: the passages in the index, as `archkit.retrieval.split_articles` returns them.

        Raises:
            InvalidData: if a passage has no id or names no article, or two of them share an id.
        """
        import networkx as nx

        self.graph: nx.DiGraph[Node] = nx.DiGraph()
        for passage in passages:
            node, article = Node("passage", _id_of(passage)), Node("article", _article_of(passage))
            if node in self.graph:
                raise InvalidData("Lineage", [f"two passages have the id {node.id!r}; give each its own."])
            self.graph.add_node(article, title=str(passage.metadata.get("title", "")))
            self.graph.add_node(node, digest=_digest(passage))
            self._link(article, "cut into", node)

    @property
    def articles(self) -> tuple[str, ...]:
        """The articles that the index holds, in its order."""
        return tuple(node.id for node in self.graph if node.kind == "article")

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions that were recorded, in their order."""
        return tuple(node.id for node in self.graph if node.kind == "question")

    def record(
        self, question_id: str, question: str, *, read: Sequence[Document], quoted: Sequence[str], answer: str
    ) -> None:
        """Record one question with what was read for it and what was answered.

        Args:
            question_id: an id of this one request; asked again, it is another request.
            question: the question as it was asked.
            read: the passages in the prompt, best first.
            quoted: the ids of the passages that the answer cites. One that was not read is kept as invented.
            answer: the text of the answer.

        Raises:
            InvalidData: if the question is recorded already, or a passage is not in this index or not as it was. In
                that case nothing is recorded.
        """
        asked, given = Node("question", question_id), Node("answer", question_id)
        problems = [problem for passage in read if (problem := self._not_as_indexed(passage))]
        if asked in self.graph:
            problems.append(f"{question_id!r} is recorded already. Give each request an id of its own.")
        if problems:
            raise InvalidData(f"Lineage of {shortened(question_id)}", problems)
        ids = list(dict.fromkeys(_id_of(passage) for passage in read))
        self.graph.add_node(asked, text=question)
        self.graph.add_node(given, text=answer, invented=tuple(dict.fromkeys(i for i in quoted if i not in ids)))
        self._link(asked, "answered by", given)
        for name in ids:
            self._link(Node("passage", name), "read for", asked)
            if name in quoted:
                self._link(Node("passage", name), "quoted in", given)

    def reached_by(self, *articles: str) -> Reach:
        """Return which questions and answers articles have reached.

        An article that was never read has reached nothing. That does not make it harmless: the graph cannot show an
        answer that lacks it.

        Raises:
            InvalidData: if the index holds no such article.
        """
        nodes = [self._known("article", article) for article in articles]
        cut = [passage for article in nodes for passage in self._after(article, "cut into")]
        read = {question.id for passage in cut for question in self._after(passage, "read for")}
        quoted = {answer.id for passage in cut for answer in self._after(passage, "quoted in")}
        return Reach(
            tuple(articles),
            tuple(passage.id for passage in cut if self._after(passage, "read for")),
            tuple(question for question in self.questions if question in read),
            tuple(question for question in self.questions if question in quoted),
        )

    def came_from(self, question_id: str) -> Origin:
        """Return what the answer to a question came from.

        Raises:
            InvalidData: if no such question was recorded.
        """
        asked = self._known("question", question_id)
        (given,) = self._after(asked, "answered by")
        read = self._before(asked, "read for")
        articles = [article for passage in read for article in self._before(passage, "cut into")]
        return Origin(
            self.graph.nodes[asked]["text"],
            self.graph.nodes[given]["text"],
            tuple(dict.fromkeys(article.id for article in articles)),
            tuple(passage.id for passage in read),
            tuple(passage.id for passage in self._before(given, "quoted in")),
            self.graph.nodes[given]["invented"],
        )

    def drawing(self, article: str, *, questions: int = 8) -> LineageDrawing:
        """Draw what one article has reached, with the answers that quote it first.

        Args:
            article: its id.
            questions: the most questions to draw; the text counts all.

        Raises:
            InvalidData: if the index holds no such article.
        """
        reach = self.reached_by(article)
        ordered = [*reach.quoted_in, *(name for name in reach.read_for if name not in reach.quoted_in)]
        shown = ordered[:questions]
        top = Node("article", article)
        cut = [Node("passage", name) for name in reach.passages]
        lines = [
            "flowchart LR",
            f"  accTitle: What {_escaped(article)} has reached",
            f"  accDescr: {_escaped(self._in_words(reach))}",
            f'  {_name(top)}["{_escaped(article)}<br/>{_escaped(self.graph.nodes[top]["title"])}"]',
        ]
        for passage in cut:
            lines += [f'  {_name(passage)}(["{_escaped(passage.id)}"])', f"  {_name(top)} --> {_name(passage)}"]
        for name in shown:
            asked, given = Node("question", name), Node("answer", name)
            text = shortened(self.graph.nodes[asked]["text"], 46).strip("'\"")
            lines.append(f'  {_name(asked)}["{_escaped(name)}: {_escaped(text)}"]')
            for passage in cut:
                if self.graph.has_edge(passage, given):
                    lines.append(f"  {_name(passage)} ==>|quoted| {_name(asked)}")
                elif self.graph.has_edge(passage, asked):
                    lines.append(f"  {_name(passage)} -.->|read| {_name(asked)}")
        return LineageDrawing("\n".join(lines) + "\n", self._in_words(reach, drawn=len(shown)))

    def _in_words(self, reach: Reach, drawn: int | None = None) -> str:
        (article,) = reach.articles
        count = len(self._after(Node("article", article), "cut into"))
        title = self.graph.nodes[Node("article", article)]["title"]
        parts = [
            f"{article}{f' ({title})' if title else ''} was cut into {_counted(count, 'passage')}, of which "
            f"{len(reach.passages)} {'was' if len(reach.passages) == 1 else 'were'} read.",
            f"It stood in the prompt of {_counted(len(reach.read_for), 'question')} of {len(self.questions)}"
            + (f" ({', '.join(reach.read_for)})." if reach.read_for else "."),
            f"{_counted(len(reach.quoted_in), 'answer')} {'quotes' if len(reach.quoted_in) == 1 else 'quote'} it"
            + (f" ({', '.join(reach.quoted_in)})." if reach.quoted_in else "."),
        ]
        if drawn is not None and drawn < len(reach.read_for):
            parts.append(f"The drawing shows {drawn} of the questions.")
        return " ".join(parts)

    def _link(self, source: Node, relation: Relation, target: Node) -> None:
        assert (source.kind, target.kind) == _ENDS[relation], f"{source} cannot be {relation} {target}"
        self.graph.add_edge(source, target, relation=relation)

    def _after(self, node: Node, relation: Relation) -> list[Node]:
        return [other for other, edge in self.graph.adj[node].items() if edge["relation"] == relation]

    def _before(self, node: Node, relation: Relation) -> list[Node]:
        return [other for other, edge in self.graph.pred[node].items() if edge["relation"] == relation]

    def _known(self, kind: Kind, name: str) -> Node:
        node = Node(kind, name)
        if node not in self.graph:
            known = self.articles if kind == "article" else self.questions
            where = "in this index" if kind == "article" else "recorded"
            raise InvalidData(
                "Lineage",
                [
                    f"there is no {kind} {shortened(name)} {where}.{did_you_mean(name, known)} "
                    f"There are {len(known)}, such as {', '.join(known[:3])}."
                    if known
                    else f"there is no {kind} {shortened(name)}: none is {where} yet."
                ],
            )
        return node

    def _not_as_indexed(self, passage: Document) -> str | None:
        node = Node("passage", _id_of(passage))
        if node not in self.graph:
            return f"the passage {node.id!r} is not in this index. Begin a new Lineage when the index is rebuilt."
        if self.graph.nodes[node]["digest"] != _digest(passage):
            return (
                f"the passage {node.id!r} has another text than in the index that this lineage began with. Begin a new "
                "Lineage when articles change, so that nobody blames the new text for the old answers."
            )
        return None


def _id_of(passage: Document) -> str:
    if not passage.id:
        raise InvalidData(
            "Lineage", [f"the passage {shortened(passage.page_content)} has no id. Give each one its own."]
        )
    return passage.id


def _article_of(passage: Document) -> str:
    from archkit.retrieval import article_id

    try:
        return article_id(passage)
    except ValueError as problem:
        raise InvalidData("Lineage", [str(problem)]) from None


def _digest(passage: Document) -> str:
    return hashlib.sha256(passage.page_content.encode("utf-8", "replace")).hexdigest()


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _name(node: Node) -> str:
    """Return a Mermaid id: letters and digits only, and never a word of its language."""
    return node.kind[0].upper() + node.id.encode("utf-8", "replace").hex()


def _escaped(text: str) -> str:
    """Replace what Mermaid would read by entity codes."""
    return re.sub(r"[^\w ,.()/'-]|_", lambda found: f"#{ord(found.group())};", text)
