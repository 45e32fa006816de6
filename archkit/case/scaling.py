"""What a client's support desk must take: its traffic, its spike, its replicas, what it may leave out and may keep.

The facts are drawn from the learner's id, in a stream of draws of their own, so that each question has one clear
answer: the labelled pairs leave a gap around the right threshold, each step of degradation has a price of its own, and
replicas that are sized by the average miss the target. `tests/archkit/case/test_scaling.py` proves it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from archkit.case.case import Case
from archkit.case.draw import Draw

__all__ = ["Kind", "Pair", "Scaling", "SpareStep", "scaling_of"]

MINUTES_PER_MONTH = 43_200
SPIKE_FACTOR = 10
CUSTOMERS_RETRY = 1
WRONG_HITS_ALLOWED = 0.10
PLANNED = 0.75


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(_Row):
    """One kind of question that comes to the support desk."""

    id: str
    about: str
    share: float = Field(description="share of the turns")
    answer_depends_on: Literal["nobody", "the asker", "the asker's company"]
    answer_changes: Literal["with a release of the documents", "by the minute"]
    question_holds: Literal["nothing personal", "names and numbers"]


class Pair(_Row):
    """A question of a kind that may be kept and the kept question nearest to it, labelled by a person."""

    similarity: float
    same: bool = Field(description="whether both ask for the same")


class SpareStep(_Row):
    """Something that a turn does and that could be left out while the load is too high."""

    id: str
    does: str
    saves_s: float = Field(description="seconds of work that a turn then saves, on average")
    loses_usd: float = Field(description="what leaving it out costs the client, in dollars for 1,000 turns")
    decides_access: bool = Field(description="whether it decides who may see or get what")


class Scaling(_Row):
    """What the support desk must take, and what it has."""

    support_share: float = Field(description="share of the brief's requests that reach the support desk, as turns")
    spike_minutes: int
    spikes_per_month: int
    burstiness: float
    first_token_ms: int = Field(description="work before the first token of a turn, models and specialists included")
    ms_per_token: float
    tokens: int = Field(description="tokens that the models of a turn write, one after the other, on average")
    spread: float
    turn_p95_s: float = Field(description="95 of 100 turns are worked on for less")
    slots: int = Field(description="turns that one replica works on at the same time")
    replicas_today: int
    planned_share: float = Field(description="share of the slots that may be in use on average")
    start_delay_s: int = Field(description="from the decision to a replica that serves")
    interval_s: int = Field(description="seconds between two decisions of the autoscaler")
    usd_per_replica_hour: float
    answer_within_s: float = Field(description="the target: an answer counts that is complete by then")
    answered_share: float = Field(description="the target: share of all turns that are to be answered by then")
    patience_s: float = Field(description="customers give up after so long")
    retries: int = Field(description="how often a customer's app asks again at most")
    failing_share: float = Field(description="share of attempts that fail in a bad minute, retried ones too")
    storm_retries: int = Field(description="retries of each layer, if each layer retries on its own")
    layers: int = Field(description="layers between customer and model that could retry")
    retry_budget: float = Field(description="retries allowed for each first attempt, if a budget is set")
    replicas_left: int = Field(description="replicas that are left at the spike if a zone of the cloud fails")
    replicas_of_a_zone: int = Field(description="replicas that are left at the spike if only one zone is up")
    steps: tuple[SpareStep, ...]
    kinds: tuple[Kind, ...]
    pairs: tuple[Pair, ...]
    wrong_hits_allowed: float = Field(description="share of the hits that may be wrong")
    tokens_in: int = Field(description="tokens that the models of one turn read")
    tokens_out: int = Field(description="tokens that the models of one turn write")

    @property
    def turn_s(self) -> float:
        """The mean time that a turn is worked on, in seconds."""
        return (self.first_token_ms + self.tokens * self.ms_per_token) / 1_000

    def _repr_html_(self) -> str:
        from archkit.case.brief import page_html

        return page_html("The load on your client's support desk", *_page(self))

    def __str__(self) -> str:
        """Return the same page as plain text."""
        from archkit.case.brief import page_text

        return page_text("The load on your client's support desk", *_page(self))


@lru_cache(maxsize=512)
def scaling_of(case: Case) -> Scaling:
    """Return the facts of a client's support desk; the same case gives the same facts on every machine.

    Args:
        case: the learner's case, or the demonstration.
    """
    for attempt in range(1_000):
        facts = _drawn(Draw(f"scaling 1/{case.learner_id}/{attempt}"), case)
        if facts is not None:
            return facts
    raise AssertionError(f"no clear facts of scaling were found for {case.learner_id!r}")


STEPS = (
    ("long_answers", "writes answers of full length instead of short ones", False),
    ("second_look", "has a second model look over the answer's style", False),
    ("reranking", "sorts the passages found by a reranker", False),
    ("suggestions", "suggests three questions that could come next", False),
    ("ownership", "checks whose record it is that is asked for", True),
    ("approval", "waits for a person's approval of large amounts", True),
)
SUBJECTS = (
    ("terms", "terms and rules"),
    ("how_to", "how something is done"),
    ("fees", "what something costs"),
    ("deadlines", "until when something must be done"),
    ("faults", "what to do about a fault"),
    ("places", "where to go, whom to call"),
    ("progress", "how far something has come"),
)


def _drawn(draw: Draw, case: Case) -> Scaling | None:
    """Draw the facts once; None where a margin is not kept."""
    per_minute = case.traffic.requests_per_month / MINUTES_PER_MONTH * case.traffic.peak_to_average
    support_share = float(f"{draw.between(26, 44) / per_minute:.2g}")
    busy_per_s = per_minute * support_share / 60
    first_token_ms, tokens, ms_per_token = draw.rounded(500, 1_600), draw.rounded(150, 400), draw.between(7, 12)
    ms_per_token = round(ms_per_token, 1)
    turn_s = (first_token_ms + tokens * ms_per_token) / 1_000
    slots = draw.whole(1, 3)
    spread = 0.6
    offered = busy_per_s * turn_s
    # Erlang's formulas need a load that leaves something to wait for.
    servers = math.ceil(offered / draw.between(0.72, 0.86) / slots) * slots
    spike = math.ceil(SPIKE_FACTOR * offered / PLANNED / slots)
    steps = _steps(draw, turn_s)
    order = sorted((s for s in steps if not s["decides_access"]), key=lambda s: s["loses_usd"] / s["saves_s"])
    needed = draw.whole(1, 3)
    works = [turn_s - sum(s["saves_s"] for s in order[:k]) for k in range(5)]
    fits = [SPIKE_FACTOR * busy_per_s * work / PLANNED / slots for work in works]
    left = round((fits[needed] + fits[needed - 1]) / 2)
    exact = [SPIKE_FACTOR * offered / PLANNED / slots, offered / PLANNED / slots]
    clear = (
        fits[needed] * 1.03 <= left <= fits[needed - 1] / 1.03
        and all(0.06 < value % 1 < 0.94 for value in exact)
        and 0.66 < offered / servers < 0.9
        and servers // slots >= 2
        and math.ceil(offered / PLANNED / slots) >= 2
    )
    if not clear:
        return None
    sigma = math.sqrt(math.log1p(spread**2))
    p95 = math.exp(math.log(tokens) - sigma**2 / 2 + 1.645 * sigma) * ms_per_token
    turn_p95_s = round((first_token_ms + p95) / 1_000, 1)
    within = round(turn_p95_s * draw.between(1.45, 1.7), 1)
    return (
        Scaling(
            support_share=support_share,
            spike_minutes=draw.whole(8, 10),
            spikes_per_month=draw.whole(12, 24),
            burstiness=0.2,
            first_token_ms=first_token_ms,
            ms_per_token=ms_per_token,
            tokens=tokens,
            spread=spread,
            turn_p95_s=turn_p95_s,
            slots=slots,
            replicas_today=servers // slots,
            planned_share=PLANNED,
            start_delay_s=draw.whole(8, 11) * 10,
            interval_s=15,
            usd_per_replica_hour=round(draw.between(0.08, 0.3), 2),
            answer_within_s=within,
            answered_share=draw.choice((0.94, 0.95)),
            patience_s=round(within * draw.between(1.3, 1.6)),
            retries=CUSTOMERS_RETRY,
            failing_share=draw.choice((0.4, 0.5, 0.6, 0.7)),
            storm_retries=draw.whole(2, 4),
            layers=draw.whole(2, 3),
            retry_budget=draw.choice((0.05, 0.1, 0.15, 0.2)),
            replicas_left=left,
            steps=tuple(SpareStep(**s) for s in _shuffled(draw, steps)),
            kinds=_kinds(draw),
            pairs=_pairs(draw),
            wrong_hits_allowed=WRONG_HITS_ALLOWED,
            replicas_of_a_zone=max(round(spike * PLANNED * draw.between(0.45, 0.75)), 2),
            tokens_in=draw.rounded(3_000, 8_000),
            tokens_out=tokens,
        )
        if spike >= 8
        else None
    )


def _shuffled(draw: Draw, rows: Sequence[Any]) -> list[Any]:
    left, mixed = list(rows), []
    while left:
        mixed.append(left.pop(draw.whole(0, len(left) - 1)))
    return mixed


def _steps(draw: Draw, turn_s: float) -> list[dict[str, Any]]:
    """Steps whose order by loss for a second saved is neither the order by saving nor the one by loss."""
    price = _shuffled(draw, (1.0, 1.7, 2.8, 4.6))  # dollars lost for 1,000 turns and a second saved, times a factor
    saving = {1.0: 0.09, 1.7: 0.16, 2.8: 0.07, 4.6: 0.13}  # of a turn
    factor = draw.between(2, 9)
    rows = []
    for (id, does, access), dear in zip(STEPS, (*price, 0.3, 0.2), strict=True):
        seconds = round(turn_s * saving.get(dear, 0.18) * draw.between(0.97, 1.03), 2)
        loses = round(factor * dear * seconds, 2)
        rows.append({"id": id, "does": does, "saves_s": seconds, "loses_usd": loses, "decides_access": access})
    return rows


def _kinds(draw: Draw) -> tuple[Kind, ...]:
    release, nothing = "with a release of the documents", "nothing personal"
    natures = [("nobody", release, nothing)] * 3 + [
        ("the asker", release, nothing),
        ("the asker's company", release, nothing),
        ("nobody", "by the minute", nothing),
        ("nobody", release, "names and numbers"),
    ]
    weights = [draw.whole(8, 18) for _ in SUBJECTS]
    shares = [round(w / sum(weights), 2) for w in weights]
    shares[-1] = round(1 - sum(shares[:-1]), 2)
    return tuple(
        Kind(id=id, about=about, share=share, answer_depends_on=who, answer_changes=when, question_holds=what)
        for (id, about), share, (who, when, what) in zip(SUBJECTS, shares, _shuffled(draw, natures), strict=True)
    )


def _pairs(draw: Draw) -> tuple[Pair, ...]:
    """Pairs in which 10% of the hits are wrong at one clear place, and the best accuracy lies below it."""
    runs = ((draw.whole(4, 7), True), (1, False), (draw.whole(7, 9), True), (2, False), (draw.whole(5, 7), True))
    pairs, similarity = [], draw.between(0.89, 0.97)
    for count, same in (*runs, (draw.whole(8, 12), False)):
        similarity -= 0.02
        for _ in range(count):
            similarity -= draw.between(0.006, 0.011)
            pairs.append(Pair(similarity=round(similarity, 3), same=same))
    return tuple(_shuffled(draw, pairs))


_Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]


def _page(f: Scaling) -> tuple[list[str], list[_Table]]:
    sentences = [
        f"{f.support_share:.2%} of the requests in the brief reach the support desk, as turns of a conversation. In "
        "the busiest hour they come at the month's average rate times the brief's peak-to-average ratio: that is the "
        f"baseline. {f.spikes_per_month} times a month a spike multiplies the baseline by {SPIKE_FACTOR} for "
        f"{f.spike_minutes} minutes, without notice.",
        f"The target: {f.answered_share:.0%} of all turns have their whole answer within {f.answer_within_s:g} s, in "
        "the time from three minutes before a spike to three after it. "
        f"Customers give up after {f.patience_s:g} s and their app asks again "
        f"{'once' if f.retries == 1 else f'{f.retries} times'}. All loads here are simulated.",
    ]
    desk = [
        ("a turn before its first token", f"{f.first_token_ms} ms", "first_token_ms"),
        ("tokens written in a turn, mean", f"{f.tokens} of {f.ms_per_token:g} ms", "tokens, ms_per_token"),
        ("mean of a turn", f"{f.turn_s:.2f} s", "turn_s"),
        ("95 of 100 turns take less than", f"{f.turn_p95_s:g} s", "turn_p95_s"),
        ("turns that one replica works on at once", f"{f.slots}", "slots"),
        ("replicas today", f"{f.replicas_today}", "replicas_today"),
        ("slots that may be in use on average", f"{f.planned_share:.0%}", "planned_share"),
        ("a new replica serves after", f"{f.start_delay_s} s", "start_delay_s"),
        ("the autoscaler decides every", f"{f.interval_s} s", "interval_s"),
        ("price of a replica", f"{f.usd_per_replica_hour:.2f} dollars an hour", "usd_per_replica_hour"),
        ("target", f"{f.answered_share:.0%} within {f.answer_within_s:g} s", "answered_share, answer_within_s"),
        ("customers give up after", f"{f.patience_s:g} s", "patience_s"),
        ("spike", f"{f.spike_minutes} minutes, {f.spikes_per_month} a month", "spike_minutes, spikes_per_month"),
        ("attempts that fail in a bad minute", f"{f.failing_share:.0%}", "failing_share"),
        ("retries of each layer, and layers", f"{f.storm_retries} and {f.layers}", "storm_retries, layers"),
        ("retry budget", f"{f.retry_budget:g} retries for each first attempt", "retry_budget"),
        ("replicas left if a zone fails at the spike", f"{f.replicas_left}", "replicas_left"),
        ("replicas left if only one zone is up", f"{f.replicas_of_a_zone}", "replicas_of_a_zone"),
        ("tokens of a turn, in and out", f"{f.tokens_in:,} and {f.tokens_out:,}", "tokens_in, tokens_out"),
        ("hits of the cache that may be wrong", f"{f.wrong_hits_allowed:.0%}", "wrong_hits_allowed"),
    ]
    steps = [
        (s.id, s.does, f"{s.saves_s:.2f} s", f"{s.loses_usd:.2f}", "yes" if s.decides_access else "no") for s in f.steps
    ]
    kinds = [
        (k.id, k.about, f"{k.share:.0%}", k.answer_depends_on, k.answer_changes, k.question_holds) for k in f.kinds
    ]
    return sentences, [
        ("The desk", ("fact", "value", "in code: desk. ..."), desk),
        (
            "What a turn could leave out (desk.steps)",
            ("id", "the turn", "saves_s", "loses_usd for 1,000 turns", "decides_access"),
            steps,
        ),
        (
            "Kinds of questions (desk.kinds)",
            ("id", "about", "share", "answer_depends_on", "answer_changes", "question_holds"),
            kinds,
        ),
    ]
