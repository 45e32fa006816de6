"""The picture of the graph comes from the graph."""

from archkit.trailmate import build, drawing


def test_the_drawing_has_every_edge_of_the_graph_in_mermaid_and_in_words() -> None:
    trailmate = build()
    drawn = drawing(trailmate, "Who may pass a message to whom")
    assert "accTitle: Who may pass a message to whom" in drawn.mermaid
    assert f"accDescr: {drawn.words}" in drawn.mermaid
    assert "From policy to human, orders or the end." in drawn.words
    assert drawn.words.count("From ") == len({edge.source for edge in trailmate.get_graph().edges})
