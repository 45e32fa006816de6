"""What every provider behind the port must do, as behaviours that can be run against each of them.

Types say that a method is there. They do not say that a cut answer is reported, or that a refused request is told from
an overloaded service; applications rely on both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from archkit.providers.port import Provider, ProviderError, RateLimited, Unavailable

__all__ = ["BEHAVIOURS", "Behaviour", "Outcome", "verify"]

_SYSTEM = (
    'Answer from the passages only.\n\n<passage id="KB-020">\nUnused goods can be returned within 60 days. '
    'Refunds take five working days.\n</passage>\n\n<passage id="KB-035">\nTents have a warranty of five years. '
    "The warranty covers the poles and the seams.\n</passage>"
)
_QUESTION = "Within how many days can unused goods be returned?"
_LIMIT = 3  # tokens: no provider can answer in fewer, whatever its tokens are


class _Broken(Exception):
    pass


@dataclass(frozen=True)
class Behaviour:
    """One thing that applications rely on.

    Attributes:
        name: the behaviour as a sentence about a provider.
        needs: in which condition the provider has to be for it: "working", "throttled" or "unreachable".
        check: raises if a provider behaves otherwise.
    """

    name: str
    needs: Literal["working", "throttled", "unreachable"]
    check: Callable[[Provider], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one behaviour: kept, broken, or not provoked because its condition could not be made."""

    behaviour: str
    verdict: Literal["kept", "broken", "not provoked"]
    said: str = ""


def verify(
    working: Provider, *, throttled: Provider | None = None, unreachable: Provider | None = None
) -> list[Outcome]:
    """Run every behaviour against a provider.

    Args:
        working: the provider as it is meant to be used.
        throttled: the same adapter before a service whose next request meets a rate limit.
        unreachable: the same adapter pointed at an address where nobody answers.
    """
    conditions = {"working": working, "throttled": throttled, "unreachable": unreachable}
    outcomes = []
    for behaviour in BEHAVIOURS:
        provider = conditions[behaviour.needs]
        if provider is None:
            outcomes.append(Outcome(behaviour.name, "not provoked", f"no {behaviour.needs} provider was given"))
            continue
        try:
            behaviour.check(provider)
        except _Broken as broken:
            outcomes.append(Outcome(behaviour.name, "broken", str(broken)))
        except Exception as problem:
            said = f"{type(problem).__name__} got out: {problem}"
            outcomes.append(Outcome(behaviour.name, "broken", said[:160]))
        else:
            outcomes.append(Outcome(behaviour.name, "kept"))
    return outcomes


def _demand(holds: bool, said: str) -> None:
    if not holds:
        raise _Broken(said)


def _answers(provider: Provider) -> None:
    said = provider.complete(_SYSTEM, _QUESTION, max_tokens=40)
    _demand(bool(said.text.strip()), "the answer is empty")


def _says_when_it_was_cut(provider: Provider) -> None:
    said = provider.complete(_SYSTEM, _QUESTION, max_tokens=_LIMIT)
    _demand(said.stop == "length", f"an answer of at most {_LIMIT} tokens is reported as {said.stop!r}")


def _keeps_the_limit(provider: Provider) -> None:
    said = provider.complete(_SYSTEM, _QUESTION, max_tokens=_LIMIT)
    _demand(said.output_tokens <= _LIMIT, f"{said.output_tokens} tokens were written, {_LIMIT} allowed")


def _counts_tokens(provider: Provider) -> None:
    short = provider.complete("Be brief.", _QUESTION, max_tokens=_LIMIT)
    long = provider.complete(_SYSTEM, _QUESTION, max_tokens=_LIMIT)
    _demand(0 < short.input_tokens < long.input_tokens, "a longer prompt does not count more tokens")
    _demand(long.output_tokens > 0, "the answer counts no tokens")


def _reads_the_system_prompt(provider: Provider) -> None:
    bare = provider.complete("", _QUESTION, max_tokens=_LIMIT)
    told = provider.complete(_SYSTEM, _QUESTION, max_tokens=_LIMIT)
    added = told.input_tokens - bare.input_tokens
    _demand(added > 30, f"a system prompt of 40 words adds {added} tokens: it does not arrive")


def _streams(provider: Provider) -> None:
    pieces = list(provider.stream(_SYSTEM, _QUESTION, max_tokens=40))
    _demand(len(pieces) > 1, f"the answer came in {len(pieces)} piece")
    _demand(all(isinstance(piece, str) and piece for piece in pieces), "a piece is empty, or no text")


def _names_a_rate_limit(provider: Provider) -> None:
    try:
        provider.complete(_SYSTEM, _QUESTION, max_tokens=_LIMIT)
    except RateLimited as limit:
        _demand(limit.retry_after > 0, "it does not say when to come back")
    except ProviderError as other:
        raise _Broken(f"a rate limit is reported as {type(other).__name__}") from other
    else:
        raise _Broken("it answered in spite of the limit, or hid that it had waited")


def _names_an_outage(provider: Provider) -> None:
    try:
        provider.complete(_SYSTEM, _QUESTION, max_tokens=_LIMIT)
    except Unavailable:
        return
    except ProviderError as other:
        raise _Broken(f"an outage is reported as {type(other).__name__}") from other
    raise _Broken("it answered although nobody can be reached")


BEHAVIOURS = (
    Behaviour("answers in text", "working", _answers),
    Behaviour("keeps the limit of tokens", "working", _keeps_the_limit),
    Behaviour("says when an answer was cut", "working", _says_when_it_was_cut),
    Behaviour("counts tokens of prompt and answer", "working", _counts_tokens),
    Behaviour("hands the system prompt to the model", "working", _reads_the_system_prompt),
    Behaviour("streams in pieces", "working", _streams),
    Behaviour("tells a rate limit, and when to return", "throttled", _names_a_rate_limit),
    Behaviour("tells an outage", "unreachable", _names_an_outage),
)
"""The contract. A defect that an adapter once had becomes a line here."""
