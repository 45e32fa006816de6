"""A semantic cache gives an earlier answer only to who may have it, while it holds, and for the same question."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archkit.semantic_cache import (
    SemanticCache,
    nearly_the_same_words,
    negations_differ,
    numbers_differ,
)

QUESTION = "how long do I have to return something?"
GUARDS = (numbers_differ, negations_differ, nearly_the_same_words)
phrases = st.text(alphabet="abcdefghij 0123456789-", max_size=40)


def test_the_same_question_is_answered_and_an_unrelated_one_is_not():
    cache = SemanticCache(0.8)
    cache.keep(QUESTION, "60 days")
    assert cache.look_up(QUESTION).answer == "60 days"
    missed = cache.look_up("is the tent waterproof?")
    assert missed.answer is None
    assert missed.similarity < 0.8


def test_an_empty_cache_misses():
    assert SemanticCache(0.8).look_up(QUESTION).answer is None


def test_nobody_is_given_what_was_kept_for_another():
    cache = SemanticCache(0.8)
    cache.keep(QUESTION, "your parcel is in Ghent", scope="C-1")
    assert cache.look_up(QUESTION, scope="C-2").answer is None
    assert cache.look_up(QUESTION).answer is None
    assert cache.look_up(QUESTION, scope="C-1").answer == "your parcel is in Ghent"


def test_what_everybody_may_have_is_given_to_each():
    cache = SemanticCache(0.8)
    cache.keep(QUESTION, "60 days")
    assert cache.look_up(QUESTION, scope="C-2").answer == "60 days"


def test_an_answer_ends_with_the_version_that_it_rests_on():
    cache = SemanticCache(0.8)
    cache.keep(QUESTION, "60 days", version="2026-10")
    assert cache.look_up(QUESTION, version="2026-11").answer is None
    assert cache.look_up(QUESTION, version="2026-10").answer == "60 days"


def test_an_answer_ends_with_its_age():
    cache = SemanticCache(0.8)
    cache.keep(QUESTION, "60 days", now=0)
    assert cache.look_up(QUESTION, now=3_600, max_age=3_600).answer == "60 days"
    assert cache.look_up(QUESTION, now=3_601, max_age=3_600).answer is None


def test_a_guard_that_refuses_is_named():
    cache = SemanticCache(0.5, guards=GUARDS)
    cache.keep("where is my order LO-104972", "in Ghent")
    looked = cache.look_up("where is my order LO-104990")
    assert looked.answer is None
    assert looked.refused_by == "numbers_differ"


@pytest.mark.parametrize("threshold", [0, -0.2, 1.01])
def test_a_threshold_that_is_no_cosine_is_refused(threshold):
    with pytest.raises(ValueError, match="Give a cosine"):
        SemanticCache(threshold)


@pytest.mark.parametrize("guard", GUARDS)
@given(one=phrases, other=phrases)
@settings(deadline=None, max_examples=60)
def test_a_guard_never_refuses_a_question_itself_and_does_not_care_for_the_order(guard, one, other):
    assert not guard(one, one)
    assert guard(one, other) == guard(other, one)


def test_word_order_politeness_and_case_are_no_difference():
    assert not nearly_the_same_words("Hawaii shipping rate", "hi, the shipping rates for Hawaii please?")


def test_one_decisive_word_is():
    assert nearly_the_same_words("how much is standard delivery to germany", "how much is express delivery to germany")
    assert negations_differ("can I send it without a signature", "can I send it with a signature")


def test_a_far_paraphrase_is_left_to_its_meaning():
    assert not nearly_the_same_words("EU return period days", "five weeks ago, labels still on. Am I too late?")
