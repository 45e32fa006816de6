"""The lineage graph says what an article has reached and what an answer came from."""

import re
import subprocess
import sys

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document

from archkit.lineage import Lineage, Node
from archkit.typed_data import InvalidData


def passage(name: str, text: str = "text", title: str = "") -> Document:
    metadata = {"id": name.split("#")[0], **({"title": title} if title else {})}
    return Document(text, id=name, metadata=metadata)


ENGLAND = passage("KB-007#1", "We deliver to England.", "Delivery to the United Kingdom")
ENDED = passage("KB-008#1", "Deliveries to the United Kingdom have ended.")
COUNTRIES = passage("KB-008#2", "We deliver to 27 countries.")
GIFTS = passage("KB-076#1", "Gift cards are valid for five years.")
INDEX = [ENGLAND, ENDED, COUNTRIES, GIFTS]


@pytest.fixture
def lineage() -> Lineage:
    graph = Lineage(INDEX)
    graph.record("Q-1", "to Leeds?", read=[ENGLAND, ENDED], quoted=["KB-007#1"], answer="Yes.")
    graph.record("Q-2", "to Lyon?", read=[COUNTRIES, ENGLAND], quoted=["KB-008#2"], answer="We do.")
    graph.record("Q-3", "guided trips?", read=[ENDED, COUNTRIES], quoted=[], answer="I do not know.")
    return graph


def test_an_article_has_reached_the_questions_it_was_read_for_and_the_answers_that_quote_it(lineage):
    reach = lineage.reached_by("KB-007")
    assert reach.read_for == ("Q-1", "Q-2")
    assert reach.quoted_in == ("Q-1",)
    assert reach.passages == ("KB-007#1",)


def test_several_passages_of_an_article_count_a_question_once(lineage):
    assert lineage.reached_by("KB-008").read_for == ("Q-1", "Q-2", "Q-3")


def test_the_reach_of_several_articles_counts_each_question_once(lineage):
    assert lineage.reached_by("KB-007", "KB-008").read_for == ("Q-1", "Q-2", "Q-3")
    assert lineage.reached_by("KB-007", "KB-008").quoted_in == ("Q-1", "Q-2")
    assert lineage.reached_by().read_for == ()


def test_an_article_that_was_never_read_is_known_and_has_reached_nothing(lineage):
    assert lineage.articles == ("KB-007", "KB-008", "KB-076")
    assert lineage.reached_by("KB-076").read_for == lineage.reached_by("KB-076").quoted_in == ()


def test_an_answer_came_from_what_was_read_in_its_order(lineage):
    origin = lineage.came_from("Q-2")
    assert (origin.question, origin.answer) == ("to Lyon?", "We do.")
    assert origin.read == ("KB-008#2", "KB-007#1")
    assert origin.articles == ("KB-008", "KB-007")
    assert origin.quoted == ("KB-008#2",)


def test_a_citation_of_something_that_was_not_read_is_kept_as_invented(lineage):
    lineage.record("Q-4", "valid?", read=[GIFTS], quoted=["KB-076#1", "KB-999#1"], answer="Five years.")
    assert lineage.came_from("Q-4").quoted == ("KB-076#1",)
    assert lineage.came_from("Q-4").invented == ("KB-999#1",)
    assert lineage.came_from("Q-1").invented == ()


def test_nodes_and_edges_have_types(lineage):
    assert nx.is_directed_acyclic_graph(lineage.graph)
    ends = {(edge["relation"], source.kind, target.kind) for source, target, edge in lineage.graph.edges(data=True)}
    assert ends == {
        ("cut into", "article", "passage"),
        ("read for", "passage", "question"),
        ("answered by", "question", "answer"),
        ("quoted in", "passage", "answer"),
    }


index_and_reads = st.lists(
    st.tuples(
        st.lists(st.sampled_from(range(12)), unique=True, max_size=5), st.sets(st.sampled_from(range(12)), max_size=5)
    ),
    max_size=8,
)


@settings(deadline=None)
@given(asked=index_and_reads)
def test_both_directions_agree_with_each_other_and_with_the_paths_of_the_graph(asked):
    passages = [passage(f"KB-{number // 3}#{number % 3}") for number in range(12)]
    lineage = Lineage(passages)
    for number, (read, quoted) in enumerate(asked):
        named = [str(passages[i].id) for i in quoted]
        lineage.record(f"Q-{number}", "?", read=[passages[i] for i in read], quoted=named, answer="!")
    for article in lineage.articles:
        reach = lineage.reached_by(article)
        below = nx.descendants(lineage.graph, Node("article", article))
        assert set(reach.quoted_in) <= set(reach.read_for)
        assert set(reach.read_for) == {node.id for node in below if node.kind == "question"}
        assert set(reach.read_for) == {q for q in lineage.questions if article in lineage.came_from(q).articles}
    for question in lineage.questions:
        origin = lineage.came_from(question)
        assert set(origin.quoted) <= set(origin.read)
        assert not set(origin.invented) & set(origin.read)


def test_a_passage_that_has_changed_since_is_refused_and_leaves_no_trace(lineage):
    changed = passage("KB-007#1", "We no longer deliver to England.")
    with pytest.raises(InvalidData, match="has another text than in the index"):
        lineage.record("Q-9", "to Hull?", read=[GIFTS, changed], quoted=[], answer="No.")
    assert "Q-9" not in lineage.questions
    assert lineage.reached_by("KB-076").read_for == ()


def test_a_passage_from_elsewhere_is_refused(lineage):
    with pytest.raises(InvalidData, match="'KB-500#1' is not in this index"):
        lineage.record("Q-9", "?", read=[passage("KB-500#1")], quoted=[], answer="")


def test_a_request_is_recorded_once(lineage):
    with pytest.raises(InvalidData, match="'Q-1' is recorded already"):
        lineage.record("Q-1", "again?", read=[GIFTS], quoted=[], answer="")


@pytest.mark.parametrize(
    ("passages", "said"),
    [
        ([Document("text", metadata={"id": "KB-1"})], "has no id"),
        ([Document("text", id="KB-1#1")], "names no article"),
        ([passage("KB-1#1"), passage("KB-1#1")], "two passages have the id 'KB-1#1'"),
    ],
)
def test_an_index_that_cannot_be_traced_is_refused(passages, said):
    with pytest.raises(InvalidData, match=said):
        Lineage(passages)


def test_what_is_not_there_is_named_with_what_is(lineage):
    with pytest.raises(InvalidData, match=r"no article 'kb-007' in this index. Did you mean 'KB-007'"):
        lineage.reached_by("kb-007")
    with pytest.raises(InvalidData, match=r"no question 'Q-99' recorded"):
        lineage.came_from("Q-99")
    with pytest.raises(InvalidData, match="none is recorded yet"):
        Lineage(INDEX).came_from("Q-1")


def test_a_drawing_shows_quoted_before_read_and_says_the_same_in_words(lineage):
    drawing = lineage.drawing("KB-007")
    assert drawing.mermaid.startswith("flowchart LR\n  accTitle: ")
    assert re.findall(r"\|(\w+)\|", drawing.mermaid) == ["quoted", "read"]
    assert drawing.text == (
        "KB-007 (Delivery to the United Kingdom) was cut into 1 passage, of which 1 was read. It stood in the prompt "
        "of 2 questions of 3 (Q-1, Q-2). 1 answer quotes it (Q-1)."
    )
    assert drawing.mermaid in drawing._repr_markdown_() and drawing.text in drawing._repr_markdown_()


def test_a_drawing_of_many_questions_is_cut_and_says_so(lineage):
    drawing = lineage.drawing("KB-008", questions=1)
    assert drawing.mermaid.count("|") == 2
    assert "The drawing shows 1 of the questions." in drawing.text


def test_a_drawing_of_an_unread_article_is_one_node(lineage):
    drawing = lineage.drawing("KB-076")
    assert "-->" not in drawing.mermaid
    assert "It stood in the prompt of 0 questions of 3. 0 answers quote it." in drawing.text


def test_nothing_in_a_question_is_read_by_mermaid(lineage):
    lineage.record("Q-4", 'end "];%%{init}``` <b>', read=[ENGLAND], quoted=[], answer="")
    line = next(line for line in lineage.drawing("KB-007").mermaid.splitlines() if "Q-4" in line and "[" in line)
    label = line.split('["', 1)[1].removesuffix('"]')
    assert not re.search(r'["\[\]{}<>`%]', label)


def test_importing_the_module_loads_neither_networkx_nor_langchain():
    code = "import sys, archkit.lineage; print({'networkx', 'langchain_core'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
