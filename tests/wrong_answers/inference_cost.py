"""Wrong answers to `inference_cost`: what learners really write, and what the checks must make of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from autograde.proof.exercise import WrongAnswer
from autograde.proof.mutations import Mutant

KINDS = ("guides", "news", "records", "files", "digests")
LEVERS = ("prompt_cache", "semantic_cache", "batch", "small_model", "cut_prompt", "embed_changes")
DRIVERS = (
    *(f"{kind} {part}" for kind in KINDS for part in ("prompts", "answers")),
    "retries",
    "embeddings",
    "reranking",
    "capacity",
    "platform",
)
EFFECTS = (
    "fixed_order",
    "answer_to_another_question",
    "hours_later",
    "more_wrong_answers",
    "evidence_missing",
    "change_unseen",
    "none",
)
VOCABULARY = {"top_drivers": DRIVERS, "plan": LEVERS}
EXAMPLES = {"monthly_cost": lambda namespace: namespace["monthly_cost"](namespace["today"])}
FITS_OTHER_CASES = {
    "cost_model": "the function takes everything from the month it is given, so a right one is right for every client",
    "side_effects": "what a lever costs beside money lies in the lever, whoever pulls it",
}


def places_changed(where: Mapping[str, list[str]]) -> Iterator[Mutant]:
    """A lever's list missing, or with a kind more or less, none, or all."""
    for lever, kinds in where.items():
        yield f"without {lever}", {name: given for name, given in where.items() if name != lever}
        for kind in KINDS:
            others = [k for k in kinds if k != kind] if kind in kinds else [*kinds, kind]
            yield f"{lever}: {kind} turned", {**where, lever: others}
        yield f"{lever}: none", {**where, lever: []}
        yield f"{lever}: all", {**where, lever: list(KINDS)}


def savings_changed(saved: Mapping[str, float]) -> Iterator[Mutant]:
    """A saving missing, off by a factor, or swapped with the next; all of them off alike."""
    for lever, usd in saved.items():
        yield f"without {lever}", {name: value for name, value in saved.items() if name != lever}
        for factor in (2, 0.5, 10, 0.1, 1 / 30, 1.15, 0.87, -1, 0):
            yield f"{lever} × {factor:.3g}", {**saved, lever: usd * factor}
    for one, other in zip(LEVERS, [*LEVERS[1:], LEVERS[0]], strict=True):
        yield f"{one} and {other} swapped", {**saved, one: saved[other], other: saved[one]}
    yield "all × 12", {lever: 12 * usd for lever, usd in saved.items()}
    yield "none", {}


def effects_changed(effects: Mapping[str, str]) -> Iterator[Mutant]:
    """Another word for a lever, a lever missing, one word for all."""
    for lever, right in effects.items():
        yield f"without {lever}", {name: word for name, word in effects.items() if name != lever}
        for word in EFFECTS:
            if word != right:
                yield f"{lever}: {word}", {**effects, lever: word}
    for word in EFFECTS:
        yield f"all {word}", dict.fromkeys(effects, word)


MUTATIONS: dict[str, Any] = {"where": places_changed, "alone": savings_changed, "side_effects": effects_changed}


def call(body: str) -> str:
    """Code that writes the price of one call otherwise, for the bill of task 4."""
    return f"right_call = one_call\ndef one_call(kind, prices):\n    {body}"


def model(change: str) -> str:
    """Code that changes what the bill returns: `found` for the month `month`."""
    return (
        "right_cost = monthly_cost\ndef monthly_cost(month):\n    found = right_cost(month)\n"
        f"    {change}\n    return found"
    )


def place(lever: str, kinds: str) -> str:
    return f"where = {{**where, {lever!r}: {kinds}}}"


HELD_IN_BATCH = """price, batch = prices[kind["model"]], kind["in_batch"]
    read, written = right_call(kind, prices)
    if batch:
        read -= kind["held_share"] * kind["fixed_tokens"] * (price["batch_input"] - price["cached_input"]) / 1e6
    return read, written"""
MEAN = """long = kind["long_share"]
    mean = (1 - long) * kind["prompt_tokens"] + long * kind["long_prompt_tokens"]
    return right_call(kind | {"prompt_tokens": mean, "long_share": 0}, prices)"""
HITS_TWICE = """retries = 0
    for kind in month["kinds"]:
        left = 1 - kind["from_cache"]
        found[f"{kind['id']} prompts"] *= left
        found[f"{kind['id']} answers"] *= left
        retries += (found[f"{kind['id']} prompts"] + found[f"{kind['id']} answers"]) * kind["sent_twice"]
    found["retries"] = retries"""
HITS_SEARCHED = """queries = sum(kind["requests"] * kind["queries"] for kind in month["kinds"])
    above = max(queries - month["contract"]["included_queries"], 0)
    found["reranking"] = above * month["prices"]["query"]"""
INCLUDED = (
    'found["reranking"] = month["prices"]["query"]'
    ' * sum(kind["requests"] * (1 - kind["from_cache"]) * kind["queries"] for kind in month["kinds"])'
)
AVERAGE = (
    'found["capacity"] = blocks(month | {"peak_to_average": 1}) * month["contract"]["block_usd"]'
    ' if month["peak_to_average"] > 1 else found["capacity"]'
)
ASKED = "sum(kind['requests'] * kind['queries'] for kind in today['kinds'])"
ANSWER_TOKENS = (
    "sum(k['requests'] * (1 + k['sent_twice']) * k['answer_tokens'] for k in today['kinds'])"
    " / 43_200 * today['peak_to_average']"
)
LIKE_TRAFFIC = "math.ceil(math.log(limits.budget_usd / usd_today) / math.log(1 + case.traffic.monthly_growth))"
LINEAR = "next(m for m in range(2_000) if bill(grown(1 + case.traffic.monthly_growth * m)) > limits.budget_usd)"
TODAYS_THREE = "sorted(monthly_cost(today), key=monthly_cost(today).get, reverse=True)[:3]"
MOST_CALLS = "[k.id + ' prompts' for k in sorted(case.spending.kinds, key=lambda k: -k.requests)[:3]]"
LATER = "[k.id for k in case.spending.kinds if k.needed_within_s > 60]"
MULTIPLIED = "usd_tenfold * (1 - math.prod(1 - usd / usd_tenfold for usd in saved_alone.values()))"
EXTRA_HITS = (
    "sum(k['requests'] * (1 - k['from_cache']) * k['from_cache'] * (1 + k['sent_twice'])"
    " * sum(one_call(k, today['prices'])) for k in pulled(LEVERS)['kinds'])"
)
PROMISED = (
    "plan = next(list(some) for size in range(2, 6) for some in combinations(LEVERS, size)"
    " if usd_tenfold - sum(saved_alone[lever] for lever in some) <= limits.tenfold_budget_usd < bill(pulled(some)))\n"
    "plan_usd = bill(pulled(plan))"
)
EVERYWHERE = """right_where = where
where = where | {lever: list(by_id) for lever in ("prompt_cache", "semantic_cache", "batch", "cut_prompt")}
saved_alone = {lever: usd_tenfold - bill(pulled([lever])) for lever in LEVERS}
where = right_where"""
TOKENS_ONLY = """def of_tokens(month):
    return sum(usd for driver, usd in monthly_cost(month).items() if " " in driver)
saved_alone = {lever: of_tokens(grown(10)) - of_tokens(pulled([lever])) for lever in LEVERS}"""

WRONG_ANSWERS = [
    # one_call, 3 points
    WrongAnswer("one_call", "output_forgotten", "guide_usd = one_call(by_id['guides'], today['prices'])[0]", 2),
    WrongAnswer(
        "one_call",
        "output_at_input_price",
        "guide_usd = (by_id['guides']['prompt_tokens'] + by_id['guides']['answer_tokens'])"
        " * today['prices']['large']['input'] / 1e6",
        2,
    ),
    WrongAnswer("one_call", "per_thousand", "guide_usd *= 1000; file_usd *= 1000", 0),
    WrongAnswer(
        "one_call",
        "mean_decides",
        call(MEAN) + "\nfile_usd = sum(one_call(by_id['files'], today['prices']))\none_call = right_call",
        1,
    ),
    WrongAnswer(
        "one_call", "long_for_all", "file_usd = sum(one_call(by_id['files'] | {'long_share': 1}, today['prices']))", 1
    ),
    WrongAnswer(
        "one_call", "long_forgotten", "file_usd = sum(one_call(by_id['files'] | {'long_share': 0}, today['prices']))", 1
    ),
    # search, 3 points
    WrongAnswer(
        "search",
        "index_once",
        "embedding_usd = embeddings(today | {'tokens_indexed': case.spending.index.tokens})",
        2,
    ),
    WrongAnswer("search", "questions_only", "embedding_usd = embeddings(today | {'tokens_indexed': 0})", 2),
    WrongAnswer("search", "per_thousand", "embedding_usd *= 1000", 2),
    WrongAnswer("search", "included_ignored", f"reranking_usd = {ASKED} * today['prices']['query']", 2),
    WrongAnswer(
        "search",
        "below_zero",
        f"reranking_usd = ({ASKED} - today['contract']['included_queries']) * today['prices']['query']",
        2,
        when=f"{ASKED} < today['contract']['included_queries']",
    ),
    WrongAnswer("search", "times_ten", "reranking_usd_tenfold = 10 * reranking_usd", 2),
    # capacity, 2 points
    WrongAnswer("capacity", "average_minute", "busiest_minute_tokens /= case.spending.peak_to_average", 1),
    WrongAnswer(
        "capacity",
        "retries_free",
        "busiest_minute_tokens = busiest_minute("
        "today | {'kinds': [kind | {'sent_twice': 0} for kind in today['kinds']]})",
        1,
    ),
    WrongAnswer(
        "capacity",
        "output_forgotten",
        f"busiest_minute_tokens -= {ANSWER_TOKENS}",
        1,
        when=f"{ANSWER_TOKENS} > 0.025 * busiest_minute_tokens",
    ),
    WrongAnswer(
        "capacity",
        "parts_of_blocks",
        "blocks_tenfold = (busiest_minute(grown(10)) - today['contract']['included_tokens_per_minute'])"
        " / today['contract']['block_tokens_per_minute']",
        1,
    ),
    WrongAnswer(
        "capacity",
        "included_forgotten",
        "blocks_tenfold = math.ceil(busiest_minute(grown(10)) / today['contract']['block_tokens_per_minute'])",
        1,
        when="math.ceil(busiest_minute(grown(10)) / today['contract']['block_tokens_per_minute']) != blocks_tenfold",
    ),
    # cost_model, 8 points
    WrongAnswer("cost_model", "output_forgotten", call("return right_call(kind, prices)[0], 0"), (2, 5)),
    WrongAnswer("cost_model", "embeddings_forgotten", model("found['embeddings'] = 0"), (4, 6)),
    WrongAnswer("cost_model", "retries_free", model("found['retries'] = 0"), (4, 6)),
    WrongAnswer("cost_model", "mean_decides", call(MEAN), (4, 7.5)),
    WrongAnswer(
        "cost_model", "cached_at_full_price", call("return right_call(kind | {'held_share': 0}, prices)"), (6, 7.8)
    ),
    WrongAnswer("cost_model", "held_in_batch", call(HELD_IN_BATCH), (6, 7.8)),
    WrongAnswer("cost_model", "batch_for_all", call("return right_call(kind | {'in_batch': True}, prices)"), (0, 4)),
    WrongAnswer("cost_model", "batch_ignored", call("return right_call(kind | {'in_batch': False}, prices)"), (6, 7.8)),
    WrongAnswer("cost_model", "hits_twice", model(HITS_TWICE), (6, 7.8)),
    WrongAnswer("cost_model", "hits_searched", model(HITS_SEARCHED), (6, 7.8)),
    WrongAnswer("cost_model", "included_ignored", model(INCLUDED), (4, 6.5)),
    WrongAnswer("cost_model", "average_minute", model(AVERAGE), (4, 7.8)),
    WrongAnswer("cost_model", "traffic_ignored", model("found = right_cost(case.spending.month())"), (0, 3)),
    WrongAnswer("cost_model", "one_day", model("found = {driver: usd / 30 for driver, usd in found.items()}"), 0),
    WrongAnswer("cost_model", "cents", model("found = {driver: usd * 100 for driver, usd in found.items()}"), 0),
    # bills, 3 points
    WrongAnswer("bills", "one_day", "usd_today /= 30; usd_tenfold /= 30", 0),
    WrongAnswer(
        "bills",
        "output_forgotten",
        "usd_today -= sum(kind['requests'] * (1 + kind['sent_twice']) * one_call(kind, today['prices'])[1]"
        " for kind in today['kinds'])",
        2,
    ),
    WrongAnswer("bills", "embeddings_forgotten", "usd_today -= monthly_cost(today)['embeddings']", 2),
    WrongAnswer("bills", "retries_free", "usd_today -= monthly_cost(today)['retries']", 2),
    WrongAnswer("bills", "times_ten", "usd_tenfold = 10 * usd_today", 1),
    WrongAnswer("bills", "todays_traffic", "usd_tenfold = usd_today", 1),
    # top_drivers, 3 points
    WrongAnswer(
        "top_drivers",
        "todays_drivers",
        f"top_drivers = {TODAYS_THREE}",
        (0, 2),
        when=f"{TODAYS_THREE} not in (top_drivers, top_drivers[::-1])",
    ),
    WrongAnswer(
        "top_drivers",
        "most_calls",
        f"top_drivers = {MOST_CALLS}",
        (0, 2),
        when=f"{MOST_CALLS} not in (top_drivers, top_drivers[::-1], {TODAYS_THREE})",
    ),
    WrongAnswer("top_drivers", "smallest_first", "top_drivers = top_drivers[::-1]", 1),
    # where, 5 points
    WrongAnswer("where", "short_beginning", place("prompt_cache", "list(by_id)"), 4),
    WrongAnswer("where", "personal_in_cache", place("semantic_cache", "[*where['semantic_cache'], 'records']"), 4),
    WrongAnswer(
        "where",
        "stale_in_cache",
        place("semantic_cache", "['guides', 'news']"),
        4,
        when="'news' not in where['semantic_cache']",
    ),
    WrongAnswer("where", "real_time_in_batch", place("batch", LATER), 4, when=f"{LATER} != where['batch']"),
    WrongAnswer("where", "real_time_in_batch", place("batch", "list(by_id)"), 4, when=f"{LATER} == where['batch']"),
    WrongAnswer(
        "where",
        "point_estimate",
        place("small_model", "[k.id for k in case.spending.kinds if k.small_right >= limits.least_right_share]"),
        4,
    ),
    WrongAnswer("where", "small_by_eye", place("small_model", "list(by_id)"), 4),
    WrongAnswer(
        "where",
        "cut_everywhere",
        place("cut_prompt", "[k.id for k in case.spending.kinds if k.cut_tokens]"),
        4,
        when="[k.id for k in case.spending.kinds if k.cut_tokens] != where['cut_prompt']",
    ),
    # alone, 4 points
    WrongAnswer(
        "alone",
        "todays_traffic",
        "saved_alone = {lever: usd_today - bill(pulled([lever], 1)) for lever in LEVERS}",
        (0.6, 0.7),
    ),
    WrongAnswer("alone", "tokens_only", TOKENS_ONLY, (0, 0.7)),
    WrongAnswer("alone", "pulled_everywhere", EVERYWHERE, (1.3, 3.4)),
    WrongAnswer("alone", "what_is_left", "saved_alone = {lever: bill(pulled([lever])) for lever in LEVERS}", 0),
    WrongAnswer("alone", "one_day", "saved_alone = {lever: usd / 30 for lever, usd in saved_alone.items()}", 0),
    # side_effects, 2 points
    WrongAnswer("side_effects", "nothing_lost", "side_effects = side_effects | {'prompt_cache': 'none'}", 1.6),
    WrongAnswer(
        "side_effects",
        "caches_mixed",
        "side_effects = side_effects | {'prompt_cache': side_effects['semantic_cache'],"
        " 'semantic_cache': side_effects['prompt_cache']}",
        1.2,
    ),
    WrongAnswer(
        "side_effects", "batch_as_quality", "side_effects = side_effects | {'batch': 'more_wrong_answers'}", 1.6
    ),
    WrongAnswer("side_effects", "one word", "side_effects = dict.fromkeys(LEVERS, 'hours_later')", 0, named=False),
    # together, 3 points
    WrongAnswer(
        "together",
        "added_up",
        "saved_together = sum(saved_alone.values()); usd_with_all = usd_tenfold - saved_together",
        0,
        when="abs(sum(saved_alone.values()) - saved_together) > 0.015 * usd_with_all",
    ),
    WrongAnswer(
        "together",
        "shares_multiplied",
        f"saved_together = {MULTIPLIED}",
        1,
        when=f"abs({MULTIPLIED} / saved_together - 1) > 0.015",
    ),
    WrongAnswer(
        "together",
        "todays_traffic",
        "saved_together = usd_today - bill(pulled(LEVERS, 1)); usd_with_all = bill(pulled(LEVERS, 1))",
        0,
    ),
    WrongAnswer(
        "together",
        "hits_twice",
        f"usd_with_all -= {EXTRA_HITS}",
        2,
        when=f"{EXTRA_HITS} > 0.015 * usd_with_all",
    ),
    # plan, 3 points
    WrongAnswer("plan", "added_up", PROMISED, 1),
    WrongAnswer("plan", "one_is_enough", "plan = plan[:1]; plan_usd = bill(pulled(plan))", 1),
    WrongAnswer("plan", "one_too_many", "plan = LEVERS; plan_usd = bill(pulled(plan))", 2),
    WrongAnswer("plan", "no lever of these", "plan = ['optimise prompts']", 0, named=False),
    # alert, 3 points
    WrongAnswer(
        "alert",
        "linear_growth",
        f"over_budget_in_months = {LINEAR}",
        2,
        when=f"{LINEAR} not in (over_budget_in_months, {LIKE_TRAFFIC})",
    ),
    WrongAnswer(
        "alert",
        "bill_grows_like_traffic",
        f"over_budget_in_months = {LIKE_TRAFFIC}",
        2,
        when=f"{LIKE_TRAFFIC} not in (over_budget_in_months, over_budget_in_months - 1, {LINEAR})",
    ),
    WrongAnswer("alert", "month_before", "over_budget_in_months -= 1", 2),
    WrongAnswer("alert", "alert_at_budget", "alert_usd = limits.budget_usd", 1),
    WrongAnswer(
        "alert",
        "eighty_percent",
        "alert_usd = 0.8 * limits.budget_usd",
        1,
        when="not bill_in(over_budget_in_months - limits.lead_months - 1) < 0.8 * limits.budget_usd"
        " <= 1.001 * bill_in(over_budget_in_months - limits.lead_months)",
    ),
    # unit_economics, 3 points
    WrongAnswer("unit_economics", "per_request", "usd_per_resolved = usd_today / asked", 2),
    WrongAnswer(
        "unit_economics",
        "all_kinds_counted",
        "usd_per_resolved = usd_today / limits.resolved_share / sum(k.requests for k in case.spending.kinds)",
        2,
    ),
    WrongAnswer("unit_economics", "upside_down", "value_per_dollar = 1 / value_per_dollar", 2),
]
