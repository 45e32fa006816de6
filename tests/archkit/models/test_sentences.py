"""Cutting text into what can be quoted."""

from hypothesis import given
from hypothesis import strategies as st

from archkit.models.sentences import sentences

ARTICLE = """
Most late parcels turn up. Standard delivery costs €4.90, e.g. to Bonn, and is free from €75.

## Lost parcels

We treat a parcel as **lost** when there has been no new scan for

- 7 working days in the EU,
- 10 business days in the US.

**The period.** You can withdraw within 14 days. Late? We refund the charge.

| Method | Cost |
|---|---|
| Express | €12.90 |
"""


def test_prose_is_cut_at_the_ends_of_sentences_and_not_in_numbers_or_abbreviations() -> None:
    assert [piece.text for piece in sentences(ARTICLE)][:2] == [
        "Most late parcels turn up.",
        "Standard delivery costs €4.90, e.g. to Bonn, and is free from €75.",
    ]


def test_a_list_item_is_read_and_quoted_with_the_line_that_opens_its_list() -> None:
    item = next(piece for piece in sentences(ARTICLE) if piece.text.startswith("7 working"))
    assert item.in_context == (
        "We treat a parcel as lost when there has been no new scan for: 7 working days in the EU,"
    )
    assert item.quote.endswith("no new scan for … 7 working days in the EU,")


def test_the_opening_of_a_list_is_no_piece_of_its_own() -> None:
    assert not any(piece.text.endswith("no new scan for") for piece in sentences(ARTICLE))


def test_headings_and_questions_lead_to_what_follows_and_are_not_quoted() -> None:
    found = {piece.text: piece.in_context for piece in sentences(ARTICLE)}
    assert found["You can withdraw within 14 days."] == "The period: You can withdraw within 14 days."
    assert found["We refund the charge."] == "Late? We refund the charge."
    assert not {"The period.", "Late?", "Lost parcels"} & set(found)


def test_a_table_row_is_read_with_its_column_names() -> None:
    row = list(sentences(ARTICLE))[-1]
    assert (row.text, row.in_context) == ("Express | €12.90", "Lost parcels: Method Express, Cost €12.90")


def test_an_unfinished_line_without_a_list_stands_for_itself() -> None:
    assert [piece.text for piece in sentences("shipped\n\nThe parcel has left.")] == ["shipped", "The parcel has left."]


@given(st.text(alphabet="ab. ?!|-#*1\n:", max_size=120))
def test_every_piece_stands_word_for_word_in_the_text(text: str) -> None:
    joined = " ".join(text.split())
    for piece in sentences(text):
        assert " ".join(piece.text.split()) in joined
