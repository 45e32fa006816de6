"""What a pattern did with the requests: how many it served rightly, what that cost, and how long the asker waited.

Three kinds of number meet here, and each is named in the tables. Right or wrong is *measured*, on the replies of the
local stand-ins. Cost is *computed*, from the tokens of these replies and the recorded prices of hosted models. The wait
is *simulated*: typical times of the demonstration case, with a spread that is assumed.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage

from archkit.case import Case
from archkit.patterns.requests import Outcome, outcome
from archkit.prices import ModelPrice, load_prices
from archkit.retrieval import Estimate, Question
from archkit.retrieval.evaluation import grouped_mean

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

__all__ = ["Hosted", "Run", "Served", "board", "board_figure", "gain", "hosted_models", "routed", "routing_table"]

_SPREAD = 2.5  # assumed: the first token's 95th percentile, divided by its median


@dataclass(frozen=True)
class Hosted:
    """The hosted model that a local one stands in for: its recorded price, and the times assumed for it."""

    price: ModelPrice
    first_token_ms: float
    """Median time until the first token."""
    ms_per_token: float
    """Time for each further token."""


@cache
def hosted_models() -> Mapping[str, Hosted]:
    """Return the hosted models behind the stand-ins, by the stand-in's `model_name`.

    The embedded model has the price and the times of the demonstration case's model. The word matcher has the price
    of gpt-6-luna, and half of those times, which is an assumption.
    """
    case, prices = Case.demonstration(), load_prices()
    first, each = case.latency.first_token_ms, case.latency.ms_per_token
    return {
        "extractive-minilm": Hosted(prices[case.price.model], first, each),
        "extractive-words": Hosted(prices["gpt-6-luna"], first / 2, each / 2),
    }


@dataclass(frozen=True)
class Served:
    """One request and what was done for it."""

    question: Question
    replies: tuple[AIMessage, ...]
    """The reply of each model call, in their order, one call after the other. The last goes to the asker."""
    searches: int = 1
    """How many times the articles were searched."""
    waited_s: float = 0.0
    """Seconds that the request waited before anything was done for it."""

    @property
    def outcome(self) -> Outcome:
        """Whether the last reply is right, by the question's labels."""
        return outcome(self.question, self.replies[-1])

    @property
    def tokens(self) -> int:
        """Tokens of all calls, read and written, as the stand-ins count them."""
        return sum(read + written for _, read, written in self._calls())

    @property
    def seconds(self) -> float:
        """Simulated seconds from the request to the last token of the answer."""
        milliseconds = _part_ms("gateway") + self.searches * (_part_ms("embedder") + _part_ms("index"))
        for number, (hosted, _, written) in enumerate(self._calls()):
            first = hosted.first_token_ms * _slower_or_faster(self.question.id, number)
            milliseconds += first + hosted.ms_per_token * max(0, written - 1)
        return self.waited_s + milliseconds / 1_000

    def dollars(self, *, batch: bool = False) -> float:
        """Return what the tokens cost at the recorded prices; with `batch` at those for work that may wait.

        Raises:
            ValueError: if no batch price is recorded for a model.
        """
        total = 0.0
        for hosted, read, written in self._calls():
            price = hosted.price
            read_at, written_at = (price.batch_input, price.batch_output) if batch else (price.input, price.output)
            if read_at is None or written_at is None:
                raise ValueError(f"No batch price of {price.model} is recorded. Compare a model that has one.")
            total += (read * read_at + written * written_at) / 1e6
        return total

    def _calls(self) -> Iterable[tuple[Hosted, int, int]]:
        for reply in self.replies:
            name, used = reply.response_metadata.get("model_name"), reply.usage_metadata
            if not isinstance(name, str) or name not in hosted_models() or used is None:
                raise ValueError(
                    f"A reply of the model {name!r} cannot be priced: the stand-ins are {', '.join(hosted_models())}, "
                    "and a reply must count its tokens in usage_metadata."
                )
            yield hosted_models()[name], used["input_tokens"], used["output_tokens"]


@dataclass(frozen=True)
class Run:
    """All requests through one pattern."""

    name: str
    """What the pattern is called in tables."""
    served: Sequence[Served]
    batch: bool = False
    """Whether the tokens are paid at the price for work that may wait."""

    @property
    def right(self) -> Estimate:
        """Share of the requests served rightly, with a 95% interval that resamples question groups."""
        return grouped_mean([float(one.outcome == "right") for one in self.served], self._groups())

    def share(self, outcome: Outcome) -> float:
        """Return the share of the requests with this outcome."""
        return sum(one.outcome == outcome for one in self.served) / len(self.served)

    @property
    def dollars_per_1000(self) -> float:
        """US dollars for the tokens of a thousand requests."""
        return 1_000 * sum(one.dollars(batch=self.batch) for one in self.served) / len(self.served)

    @property
    def tokens_per_request(self) -> float:
        """Mean number of tokens that a request reads and writes, all calls together."""
        return sum(one.tokens for one in self.served) / len(self.served)

    def seconds(self, percentile: float) -> float:
        """Return the simulated wait, in seconds, that this percentage of the requests does not exceed."""
        import numpy as np

        return float(np.percentile([one.seconds for one in self.served], percentile))

    def delayed(self, name: str, waits_s: Sequence[float], *, batch: bool = False) -> Run:
        """Return the same work begun later: each request waits first, as many seconds as stand at its place.

        Raises:
            ValueError: if there are not as many waits as requests.
        """
        if len(waits_s) != len(self.served):
            raise ValueError(f"{len(waits_s)} waits were given for {len(self.served)} requests. Give one for each.")
        later = [replace(one, waited_s=wait) for one, wait in zip(self.served, waits_s, strict=True)]
        return Run(name, later, batch)

    def _groups(self) -> list[str]:
        return [one.question.group for one in self.served]


def gain(first: Run, second: Run) -> Estimate:
    """Return by how much the first run's share of right answers exceeds the second's, request by request.

    Raises:
        ValueError: if they did not serve the same requests in the same order.
    """
    _same_requests(first, second)
    gaps = [
        float(one.outcome == "right") - float(other.outcome == "right")
        for one, other in zip(first.served, second.served, strict=True)
    ]
    return grouped_mean(gaps, [one.question.group for one in first.served])


def routed(name: str, small: Run, large: Run, to_small: Callable[[Question], bool]) -> Run:
    """Return what a gateway does that sends some requests to the small model and the others to the large one.

    Args:
        name: what to call it.
        small: all requests through the small model.
        large: all requests through the large one.
        to_small: the rule; it sees the question before any model does.

    Raises:
        ValueError: if the two runs did not serve the same requests in the same order.
    """
    _same_requests(small, large)
    pairs = zip(small.served, large.served, strict=True)
    return Run(name, [cheap if to_small(cheap.question) else dear for cheap, dear in pairs])


def routing_table(small: Run, large: Run, to_small: Callable[[Question], bool]) -> pd.DataFrame:
    """Count for each route which of the two models serves the request rightly: the confusion table of a gateway.

    Args:
        small: all requests through the small model.
        large: all requests through the large one.
        to_small: the rule.

    Returns:
        Rows "small" and "large", for where requests were sent; columns "both", "only small", "only large" and
        "neither", for who answers rightly.

    Raises:
        ValueError: if the two runs did not serve the same requests in the same order.
    """
    import pandas as pd

    _same_requests(small, large)
    routes, answerers = ("small", "large"), ("both", "only small", "only large", "neither")
    name = {(True, True): "both", (True, False): "only small", (False, True): "only large", (False, False): "neither"}
    seen = Counter(
        (
            "small" if to_small(cheap.question) else "large",
            name[cheap.outcome == "right", dear.outcome == "right"],
        )
        for cheap, dear in zip(small.served, large.served, strict=True)
    )
    table = pd.DataFrame([[seen[route, who] for who in answerers] for route in routes])
    table.index = pd.Index(routes, name="sent to")
    table.columns = pd.Index(answerers, name="answers rightly")
    return table


def board(*runs: Run) -> pd.DataFrame:
    """Put patterns side by side, one row each: the simulated wait, the cost, and the outcomes."""
    import pandas as pd

    rows = [
        {
            "pattern": run.name,
            "p50, simulated": _duration(run.seconds(50)),
            "p95, simulated": _duration(run.seconds(95)),
            "dollars per 1,000": f"{run.dollars_per_1000:.2f}",
            "right (extractive)": str(run.right),
            "wrong": f"{run.share('wrong'):.2f}",
            "handed over": f"{run.share('handed over'):.2f}",
        }
        for run in runs
    ]
    return pd.DataFrame(rows).set_index("pattern")


def board_figure(*runs: Run) -> go.Figure:
    """Draw the board: for each pattern the wait from p50 to p95, the cost, and the share served rightly."""
    from plotly.subplots import make_subplots

    names = [run.name for run in runs]
    figure = make_subplots(
        cols=3,
        shared_yaxes=True,
        horizontal_spacing=0.04,
        column_widths=[0.44, 0.28, 0.28],
        subplot_titles=("wait, p50 to p95 (simulated)", "dollars per 1,000", "right (extractive), 95%"),
    )
    for run in runs:
        wait = [run.seconds(50), run.seconds(95)]
        figure.add_scatter(
            x=wait,
            y=[run.name] * 2,
            mode="lines+markers",
            line={"color": "#0072B2", "width": 3},
            marker={"symbol": ["circle", "line-ns-open"], "size": 11},
            text=[_duration(seconds) for seconds in wait],
            hovertemplate="%{y}: %{text}<extra></extra>",
            row=1,
            col=1,
        )
    style = {"mode": "markers", "y": names}
    figure.add_scatter(
        x=[run.dollars_per_1000 for run in runs],
        marker={"color": "#D55E00", "size": 11, "symbol": "diamond"},
        hovertemplate="%{y}: %{x:.2f} dollars<extra></extra>",
        row=1,
        col=2,
        **style,
    )
    right = [run.right for run in runs]
    figure.add_scatter(
        x=[one.value for one in right],
        error_x={
            "array": [one.high - one.value for one in right],
            "arrayminus": [one.value - one.low for one in right],
        },
        marker={"color": "#009E73", "size": 11, "symbol": "square"},
        hovertemplate="%{y}: %{x:.2f} right<extra></extra>",
        row=1,
        col=3,
        **style,
    )
    marks = {0.5: "0.5 s", 5: "5 s", 60: "1 min", 3_600: "1 h", 86_400: "24 h"}
    figure.update_xaxes(
        type="log", range=[math.log10(0.3), 5.2], tickvals=list(marks), ticktext=list(marks.values()), col=1
    )
    figure.update_xaxes(range=[0, 1.1 * max(run.dollars_per_1000 for run in runs)], col=2)
    figure.update_xaxes(range=[0, 1], col=3)
    figure.update_yaxes(autorange="reversed")
    return figure.update_layout(height=150 + 42 * len(runs), showlegend=False, margin={"t": 50, "b": 40})


def _same_requests(first: Run, second: Run) -> None:
    asked = [[one.question.id for one in run.served] for run in (first, second)]
    if asked[0] != asked[1]:
        raise ValueError(
            f"{first.name} served {len(asked[0])} requests and {second.name} {len(asked[1])}, and they are not the "
            "same in the same order. Put both to the same list of requests."
        )


@cache
def _part_ms(part: str) -> float:
    return Case.demonstration().part(part).latency_ms


@cache
def _slower_or_faster(request: str, call: int) -> float:
    """Draw by how much one call's first token is slower than the median: lognormal, the same in every run."""
    drawn = random.Random(f"{request}/{call}").random()
    deviation = NormalDist().inv_cdf(min(max(drawn, 1e-9), 1 - 1e-9))
    return math.exp(math.log(_SPREAD) / NormalDist().inv_cdf(0.95) * deviation)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3_600 else f"{seconds / 3_600:.1f} h"
