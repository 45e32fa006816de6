"""Wrong answers to `component_sketch`: what learners really write, and what the checks must make of it."""

from collections.abc import Iterator

from autograde.proof.blueprint_mutations import labels_changed, structure_changed
from autograde.proof.exercise import WrongAnswer
from autograde.proof.mutations import Mutant

PARTS = ("gateway", "embedder", "index", "model", "records", "history")

VOCABULARY = {
    "needed_for_answer": PARTS,
    "breaks_first": PARTS,
    "violations": ("id", "owner", "updated", "region", "audience"),
}
EXAMPLES = {
    "utilisation": lambda namespace: namespace["utilisation"](3.0),
    "violations": lambda namespace: namespace["violations"]({}),
}
FITS_OTHER_CASES = {
    "components": "every client's assistant has the same parts, so a right drawing of them is right everywhere",
    "data_homes": "two clients of one kind in one region keep the same data",
}
WORDS = (("feasible", "costly", "will fail"), ("data", "window", "latency", "accuracy", "cost", "none"))


def judgements_changed(given: dict[str, str] | dict[str, float]) -> Iterator[Mutant]:
    """Verdicts, reasons or bills with one of them changed, missing or swapped with the next, or all alike."""
    ids = list(given)
    words = next((w for w in WORDS if set(given.values()) <= set(w)), ())
    for id, value in given.items():
        yield f"without {id}", {k: v for k, v in given.items() if k != id}
        yield f"{id} renamed", {f"{k}s" if k == id else k: v for k, v in given.items()}
        for other in words:
            if other != value:
                yield f"{id}: {other}", {**given, id: other}
        if not isinstance(value, str):
            for factor in (2, 0.5, 10, 1000, 1 / 30, 1.15, 0.87, -1, 0):
                yield f"{id} × {factor:.3g}", {**given, id: value * factor}
    for one, other in zip(ids, [*ids[1:], ids[0]], strict=True):
        if given[one] != given[other]:
            yield f"{one} and {other} swapped", {**given, one: given[other], other: given[one]}
    for word in words:
        yield f"all {word}", dict.fromkeys(ids, word)
    yield "none judged", {}


MUTATIONS = {"components": structure_changed, "data_homes": labels_changed, "feasibility": judgements_changed}


def drawn(**changes: str) -> str:
    """Code that changes fields of the solution's drawing."""
    return f"sketch = sketch.changed({', '.join(f'{field}={code}' for field, code in changes.items())})"


def store(which: str, **changes: object) -> str:
    fields = ", ".join(f"{k}={v!r}" for k, v in changes.items())
    return drawn(stores=f"[s.changed({fields}) if s.id == {which!r} else s for s in sketch.stores]")


def call(source: str, target: str) -> str:
    return drawn(interfaces=f"[*sketch.interfaces, Interface(source={source!r}, target={target!r}, protocol='https')]")


UTILISATION = """
def utilisation(requests_per_second):
    return {{part.id: {formula} for part in case.parts}}
"""
RIGHT = (
    "requests_per_second * (case.record_share if part.when == 'record questions' else 1) * part.uses_per_request"
    " / uses_per_second(part)"
)


def formula(code: str) -> str:
    return UTILISATION.format(formula=code)


GATE = """
right = violations
def violations(document):
    wrong = right(document)
    {rest}
"""


def gate(rest: str) -> str:
    return GATE.format(rest=rest)


def rejudged(reason: str) -> str:
    """Code that changes the reason for each proposal, and the verdict with it."""
    return (
        f"decided_by = {{id: {reason} for id, reason in decided_by.items()}}\n"
        "verdicts = {id: verdict_of.get(reason, 'will fail') for id, reason in decided_by.items()}"
    )


def redefined(function: str, body: str) -> str:
    """Code that judges all proposals again with one of the solution's functions written otherwise."""
    return (
        f"def {function}(proposal):\n    {body}\n"
        "decided_by = {proposal.id: decides(proposal) for proposal in case.proposals}\n"
        "verdicts = {id: verdict_of.get(reason, 'will fail') for id, reason in decided_by.items()}\n"
        "usd_per_month = {p.id: p.uses_per_month * usd_per_use(p) for p in case.proposals if verdicts[p.id] == 'costly'}"
    )


def billed(usd: str) -> str:
    """Code that bills the costly proposals otherwise."""
    return f"usd_per_month = {{p.id: {usd} for p in case.proposals if p.id in usd_per_month}}"


SMALLEST = "min(case.parts, key=lambda p: p.limit).id"
SLOWEST = "max(case.parts, key=lambda p: p.latency_ms).id"
LEAST_AVAILABLE = "min(case.parts, key=lambda p: p.availability).id"

WRONG_ANSWERS = [
    # peak_load, 2 points
    WrongAnswer("peak_load", "day_for_month", "average_requests_per_second *= 30; peak_requests_per_second *= 30", 0),
    WrongAnswer("peak_load", "per_minute", "average_requests_per_second *= 60; peak_requests_per_second *= 60", 0),
    WrongAnswer("peak_load", "per_hour", "average_requests_per_second *= 3600", 1),
    WrongAnswer("peak_load", "average_for_peak", "peak_requests_per_second = average_requests_per_second", 1),
    WrongAnswer(
        "peak_load",
        "peak_divided",
        "peak_requests_per_second = average_requests_per_second / case.traffic.peak_to_average",
        1,
    ),
    # token_cost, 4 points
    WrongAnswer("token_cost", "question_only", "input_tokens_per_request = tokens.question", 3),
    WrongAnswer(
        "token_cost",
        "one_passage",
        "input_tokens_per_request = tokens.instructions + tokens.question + tokens.tokens_per_passage",
        3,
    ),
    WrongAnswer("token_cost", "no_instructions", "input_tokens_per_request -= tokens.instructions", 3),
    WrongAnswer("token_cost", "answer_as_input", "input_tokens_per_request += tokens.answer", 3),
    WrongAnswer(
        "token_cost",
        "input_only",
        "monthly_cost_usd = case.traffic.requests_per_month * input_tokens_per_request"
        " * price.input_usd_per_million / 1e6",
        2,
    ),
    WrongAnswer(
        "token_cost",
        "output_at_input_price",
        "monthly_cost_usd = case.traffic.requests_per_month * (input_tokens_per_request + tokens.answer)"
        " * price.input_usd_per_million / 1e6",
        2,
    ),
    WrongAnswer("token_cost", "per_thousand", "monthly_cost_usd *= 1000", 1),
    WrongAnswer("token_cost", "one_day", "monthly_cost_usd /= 30", 1),
    WrongAnswer(
        "token_cost",
        "passages_forgotten",
        "monthly_cost_usd = case.traffic.requests_per_month * ((tokens.instructions + tokens.question)"
        " * price.input_usd_per_million + tokens.answer * price.output_usd_per_million) / 1e6",
        1,
    ),
    WrongAnswer("token_cost", "compared_wrong_way", "fits_budget = not fits_budget", 3),
    # storage, 3 points
    WrongAnswer("storage", "vector_per_document", "chunks = corpus.documents", 2),
    WrongAnswer(
        "storage",
        "overlap_ignored",
        "chunks = corpus.documents * math.ceil(corpus.tokens_per_document / corpus.chunk_tokens)\n"
        "index_gigabytes = chunks * corpus.dimensions * corpus.bytes_per_number * corpus.copies / 1e9",
        1,
    ),
    WrongAnswer(
        "storage",
        "parts_of_chunks",
        "chunks = corpus.documents * (corpus.tokens_per_document - corpus.overlap_tokens) / step",
        2.5,
    ),
    WrongAnswer("storage", "copies_forgotten", "index_gigabytes /= corpus.copies", 2),
    WrongAnswer("storage", "one_byte", "index_gigabytes /= corpus.bytes_per_number", 1),
    WrongAnswer("storage", "megabytes", "index_gigabytes *= 1000", 1),
    WrongAnswer("storage", "gibibytes", "index_gigabytes *= 1e9 / 2**30", 2),
    WrongAnswer("storage", "bits", "index_gigabytes *= 8", 1),
    # components, 5 points
    WrongAnswer(
        "components",
        "part_left_out",
        drawn(
            stores="[s for s in sketch.stores if s.id != 'history']",
            interfaces="[i for i in sketch.interfaces if i.target != 'history']",
        ),
        (4, 4.6),
    ),
    WrongAnswer(
        "components",
        "store_as_component",
        drawn(
            stores="[s for s in sketch.stores if s.id != 'records']",
            components="[*sketch.components, Component(id='records', name='R', kind='service', zone='own')]",
        ),
        (4, 4.7),
    ),
    WrongAnswer("components", "client_calls_model", call("user", "model"), 4),
    WrongAnswer("components", "model_reads_stores", call("model", "index"), 4),
    WrongAnswer("components", "arrow_is_data_flow", call("index", "model"), (3, 4)),
    WrongAnswer(
        "components",
        "question_not_embedded",
        drawn(interfaces="[i for i in sketch.interfaces if (i.source, i.target) != ('assistant', 'embedder')]"),
        4,
    ),
    WrongAnswer(
        "components",
        "island",
        drawn(interfaces="[i for i in sketch.interfaces if i.target != 'history']"),
        4,
    ),
    WrongAnswer(
        "components",
        "a way around the gateway",
        drawn(
            interfaces="[*sketch.interfaces, Interface(source='user', target='assistant', protocol='https')]",
        ),
        4.5,
        named=False,
    ),
    WrongAnswer(
        "components",
        "one box",
        "sketch = Blueprint(name='All', purpose='Everything in one.', entry='app',"
        " zones=[TrustZone(id='own', name='Own', operator='own', region='eu')],"
        " components=[Component(id='app', name='App', kind='service', zone='own')])",
        0,
        named=False,
    ),
    # data_homes, 5 points
    WrongAnswer("data_homes", "index_as_source", store("index", source_of_truth=True), 4),
    WrongAnswer("data_homes", "no_home", store("records", source_of_truth=False), 4.5),
    WrongAnswer(
        "data_homes",
        "two_truths",
        drawn(stores="[s.changed(holds=[*s.holds, records]) if s.id == 'history' else s for s in sketch.stores]"),
        4,
    ),
    WrongAnswer(
        "data_homes",
        "labels_wrong",
        drawn(data_classes="[d.changed(sensitivity='internal') for d in sketch.data_classes]"),
        4,
    ),
    WrongAnswer("data_homes", "nobody_owns", store("history", owner=None), 4),
    WrongAnswer("data_homes", "kept_for_ever", store("history", retention_days=None), 4.5),
    WrongAnswer(
        "data_homes",
        "never_called",
        drawn(interfaces="[i for i in sketch.interfaces if i.target != 'records']"),
        4.5,
    ),
    WrongAnswer(
        "data_homes",
        "never_called",
        drawn(interfaces="[i for i in sketch.interfaces if i.target in ('gateway', 'assistant', 'index', 'model')]"),
        4,
    ),
    WrongAnswer(
        "data_homes",
        "prompt_from_nowhere",
        drawn(interfaces="[i for i in sketch.interfaces if i.target == 'model']"),
        2.5,
    ),
    WrongAnswer(
        "data_homes",
        "prompt_unlabelled",
        drawn(interfaces="[i.changed(carries=[]) if i.target == 'model' else i for i in sketch.interfaces]"),
        3.5,
    ),
    WrongAnswer(
        "data_homes",
        "vendor_as_own",
        drawn(components="[c.changed(zone='own') if c.id == 'model' else c for c in sketch.components]"),
        3,
    ),
    WrongAnswer(
        "data_homes",
        "region_forgotten",
        drawn(data_classes="[d.changed(home_region=None) for d in sketch.data_classes]"),
        4.5,
        when="any(row.must_stay_in for row in case.data)",
    ),
    WrongAnswer(
        "data_homes",
        "leaves_region",
        drawn(zones="[z.changed(region='global') if z.id == 'vendor' else z for z in sketch.zones]"),
        3.5,
        when="any(row.must_stay_in for row in case.data)",
    ),
    # dependencies, 3 points
    WrongAnswer("dependencies", "records_needed", "needed_for_answer = [*needed_for_answer, 'records']", 2),
    WrongAnswer("dependencies", "history_needed", "needed_for_answer = [*needed_for_answer, 'history']", 2),
    WrongAnswer(
        "dependencies",
        "everything_needed",
        "needed_for_answer = [part.id for part in case.parts]\n"
        "downtime_minutes_per_month = 43200 * (1 - math.prod(part.availability for part in case.parts))",
        0,
    ),
    WrongAnswer(
        "dependencies",
        "embedder_forgotten",
        "needed_for_answer = [name for name in needed_for_answer if name != 'embedder']",
        2,
    ),
    WrongAnswer(
        "dependencies",
        "weakest_only",
        "downtime_minutes_per_month = 43200 * (1 - min(part.availability for part in needed))",
        1,
    ),
    WrongAnswer(
        "dependencies",
        "averaged",
        "downtime_minutes_per_month = 43200 * (1 - sum(part.availability for part in needed) / len(needed))",
        1,
    ),
    # headroom, 4 points
    WrongAnswer("headroom", "uses_ignored", formula(RIGHT.replace(" * part.uses_per_request", "")), (0, 2)),
    WrongAnswer(
        "headroom",
        "replicas_ignored",
        formula(RIGHT.replace("uses_per_second(part)", "(uses_per_second(part) / part.replicas)")),
        (0.5, 2),
    ),
    WrongAnswer(
        "headroom",
        "minute_as_second",
        formula(RIGHT.replace("uses_per_second(part)", "(uses_per_second(part) * (60 if part.id == 'model' else 1))")),
        (2, 3),
    ),
    WrongAnswer(
        "headroom",
        "hold_ignored",
        formula(RIGHT.replace("uses_per_second(part)", "(part.limit if part.hold_ms else uses_per_second(part))")),
        (2, 3),
    ),
    WrongAnswer(
        "headroom",
        "share_ignored",
        formula("requests_per_second * part.uses_per_request / uses_per_second(part)"),
        (2, 3),
    ),
    WrongAnswer("headroom", "percent", formula(f"100 * {RIGHT}"), 0),
    WrongAnswer(
        "headroom",
        "upside_down",
        formula(
            "uses_per_second(part) / part.uses_per_request / (case.record_share if part.id == 'records' else 1)"
            " / max(requests_per_second, 1e-9)"
        ),
        0,
    ),
    WrongAnswer(
        "headroom",
        "load_ignored",
        formula(RIGHT.replace("requests_per_second *", "peak_requests_per_second *", 1)),
        0,
    ),
    WrongAnswer(
        "headroom", "an endless recursion", "def utilisation(rate):\n    return utilisation(rate)", 0, named=False
    ),
    # breaks_first, 3 points
    WrongAnswer("breaks_first", "smallest_number", "breaks_first = min(case.parts, key=lambda p: p.limit).id", 1),
    WrongAnswer("breaks_first", "multiple_for_rate", "breaks_at_requests_per_second /= peak_requests_per_second", 2),
    WrongAnswer(
        "breaks_first",
        "raw_limit",
        "breaks_at_requests_per_second = case.part(breaks_first).limit",
        2,
        when="abs(case.part(breaks_first).limit / breaks_at_requests_per_second - 1) > 0.05",
    ),
    WrongAnswer(
        "breaks_first",
        "slowest_part",
        "breaks_first = max(case.parts, key=lambda p: p.latency_ms).id",
        1,
        when=f"{SLOWEST} not in (breaks_first, {SMALLEST})",
    ),
    WrongAnswer(
        "breaks_first",
        "least_available",
        "breaks_first = min(case.parts, key=lambda p: p.availability).id",
        1,
        when=f"{LEAST_AVAILABLE} not in (breaks_first, {SMALLEST}, {SLOWEST})",
    ),
    WrongAnswer(
        "breaks_first",
        "uses_ignored",
        "breaks_at_requests_per_second *= case.part(breaks_first).uses_per_request",
        2,
        when="breaks_first != 'gateway'",
    ),
    WrongAnswer(
        "breaks_first",
        "replicas_ignored",
        "breaks_at_requests_per_second /= case.part(breaks_first).replicas",
        2,
        when="breaks_first not in ('gateway', 'model')",
    ),
    WrongAnswer("breaks_first", "per_minute", "breaks_at_requests_per_second *= 60", 2),
    # answer_time, 3 points
    WrongAnswer(
        "answer_time",
        "parallel_added",
        "answer_ms += min(ms['embedder'] + ms['index'], ms['records']); meets_target = answer_ms <= case.latency.target_ms",
        1,
    ),
    WrongAnswer(
        "answer_time",
        "first_token_only",
        "answer_ms = before_the_model + case.latency.first_token_ms; meets_target = answer_ms <= case.latency.target_ms",
        0,
    ),
    WrongAnswer(
        "answer_time",
        "generation_only",
        "answer_ms -= before_the_model; meets_target = answer_ms <= case.latency.target_ms",
        0,
    ),
    WrongAnswer(
        "answer_time",
        "shorter_branch",
        "answer_ms -= abs(ms['embedder'] + ms['index'] - ms['records']); meets_target = answer_ms <= case.latency.target_ms",
        0,
    ),
    WrongAnswer(
        "answer_time",
        "writes_counted",
        "answer_ms += ms['history']; meets_target = answer_ms <= case.latency.target_ms",
        (1, 1),
    ),
    WrongAnswer("answer_time", "compared_with_target_wrong_way", "meets_target = not meets_target", 2),
    # data_contract, 4 points
    WrongAnswer(
        "data_contract",
        "empty_owner_passes",
        gate("return [f for f in wrong if f != 'owner' or not isinstance(document.get('owner'), str)]"),
        (1, 3.2),
    ),
    WrongAnswer(
        "data_contract",
        "age_not_checked",
        gate(
            "try:\n        days = (date.fromisoformat(case.contract.as_of) - date.fromisoformat(document['updated'])).days\n"
            "    except Exception:\n        days = 0\n"
            "    return [f for f in wrong if f != 'updated' or days <= case.contract.maximum_age_days]"
        ),
        (1, 3.5),
    ),
    WrongAnswer(
        "data_contract",
        "future_passes",
        gate(
            "future = str(document.get('updated', '')) > case.contract.as_of and"
            " str(document.get('updated'))[:2] == '20'\n"
            "    return [f for f in wrong if f != 'updated' or not future]"
        ),
        (1, 3.5),
    ),
    WrongAnswer("data_contract", "first_only", gate("return wrong[:1]"), (0.5, 3)),
    WrongAnswer(
        "data_contract", "missing_field_passes", gate("return [f for f in wrong if f in document]"), (0.5, 3.5)
    ),
    WrongAnswer(
        "data_contract",
        "prefix_only",
        gate(
            "return [f for f in wrong if f != 'id' or not str(document.get('id')).startswith(case.contract.id_prefix + '-')]"
        ),
        (1, 3.5),
    ),
    WrongAnswer(
        "data_contract",
        "refuses_everything",
        gate("return wrong or ['id', 'owner', 'updated', 'region', 'audience']"),
        0,
    ),
    WrongAnswer("data_contract", "accepts_everything", "def violations(document):\n    return []", 0),
    WrongAnswer(
        "data_contract",
        "an exception for what is missing",
        gate("document['owner'].strip()\n    return wrong"),
        0,
        named=False,
    ),
    # feasibility, 5 points
    WrongAnswer("feasibility", "can_so_feasible", rejudged("'none' if reason == 'cost' else reason"), 1.5 + 0.5 + 1),
    WrongAnswer(
        "feasibility",
        "bill_without_value",
        "bills = {p.id: p.uses_per_month * usd_per_use(p) for p in case.proposals if verdicts[p.id] != 'will fail'}\n"
        "largest = sorted(bills, key=bills.get)[-2:]\n"
        "usd_per_month = {id: bills[id] for id in largest}\n"
        "for id in bills:\n"
        "    decided_by[id], verdicts[id] = ('cost', 'costly') if id in largest else ('none', 'feasible')",
        (0, 3),
        when="{p.id for p in sorted((p for p in case.proposals if verdicts[p.id] != 'will fail'), "
        "key=lambda p: p.uses_per_month * usd_per_use(p))[-2:]} != set(usd_per_month)",
    ),
    WrongAnswer(
        "feasibility",
        "money_as_ability",
        "verdicts = {id: v.replace('costly', 'will fail') for id, v in verdicts.items()}",
        1.5 + 1 + 1,
    ),
    WrongAnswer(
        "feasibility",
        "limit_as_money",
        "verdicts = {id: v.replace('will fail', 'costly') for id, v in verdicts.items()}",
        1.5 + 1 + 1,
    ),
    WrongAnswer(
        "feasibility",
        "limits_forgotten",
        rejudged("reason if reason == 'cost' else 'none'"),
        1.5 + 0 + 1,
    ),
    WrongAnswer(
        "feasibility",
        "first_word_taken",
        redefined("seconds_waited", "return proposal.tokens_in / case.model_limits.tokens_read_per_second"),
        2.25 + 0.5 + 1,
        when="any(decided_by[p.id] == 'latency' and p.waits_for == 'last word' for p in case.proposals)",
    ),
    WrongAnswer(
        "feasibility",
        "last_word_taken",
        redefined(
            "seconds_waited",
            "return (proposal.tokens_in / case.model_limits.tokens_read_per_second"
            " + proposal.tokens_out * case.latency.ms_per_token / 1000)",
        ),
        (0, 4.0),
        when="any(p.waits_for == 'first word' and decided_by[p.id] in ('cost', 'none') and p.within_s <"
        " p.tokens_in / case.model_limits.tokens_read_per_second + p.tokens_out * case.latency.ms_per_token / 1000"
        " for p in case.proposals)",
    ),
    WrongAnswer(
        "feasibility",
        "demo_convinces",
        rejudged("'none' if reason == 'accuracy' else reason"),
        2.25 + 0.5 + 1,
        when="'accuracy' in decided_by.values()",
    ),
    WrongAnswer(
        "feasibility",
        "stops_forgotten",
        "for p in case.proposals:\n"
        "    if p.wrong_share > p.tolerated_share and decided_by[p.id] in ('cost', 'none'):\n"
        "        decided_by[p.id], verdicts[p.id] = 'accuracy', 'will fail'",
        (0, 4.0),
        when="any(p.wrong_share > p.tolerated_share and decided_by[p.id] in ('cost', 'none') for p in case.proposals)",
    ),
    WrongAnswer(
        "feasibility",
        "window_forgotten",
        rejudged("'none' if reason == 'window' else reason"),
        2.25 + 0.5 + 1,
        when="'window' in decided_by.values()",
    ),
    WrongAnswer(
        "feasibility",
        "data_forgotten",
        rejudged("'none' if reason == 'data' else reason"),
        2.25 + 0.5 + 1,
        when="'data' in decided_by.values()",
    ),
    WrongAnswer(
        "feasibility",
        "all_data_stays",
        "for p in case.proposals:\n"
        "    if p.processed_in != case.region:\n"
        "        decided_by[p.id], verdicts[p.id] = 'data', 'will fail'",
        (0, 4.5),
        when="any(p.processed_in != case.region and decided_by[p.id] in ('cost', 'none') for p in case.proposals)",
    ),
    WrongAnswer(
        "feasibility",
        "answers_forgotten",
        redefined("usd_per_use", "return proposal.tokens_in * case.price.input_usd_per_million / 1e6"),
        (2.25 + 0.75, 2.25 + 0.75 + 0.5),
    ),
    *[
        WrongAnswer(
            "feasibility",
            "same_for_all",
            f"verdicts = dict.fromkeys(verdicts, {word!r})\ndecided_by = dict.fromkeys(verdicts, {reason!r})\n"
            f"usd_per_month = {{p.id: {bill} for p in case.proposals}}",
            points,
        )
        for word, reason, bill, points in (
            ("costly", "cost", "1.0", 0),
            ("feasible", "none", "1.0", 0),
            ("will fail", "latency", "1.0", 0),
            ("will fail", "accuracy", "1.0", 0),
        )
    ],
    WrongAnswer(
        "feasibility",
        "output_at_input_price",
        billed("(p.tokens_in + p.tokens_out) * case.price.input_usd_per_million / 1e6 * p.uses_per_month"),
        (4, 4.5),
    ),
    WrongAnswer("feasibility", "per_thousand", billed("usd_per_use(p) * p.uses_per_month * 1000"), 4),
    WrongAnswer("feasibility", "one_day", billed("usd_per_use(p) * p.uses_per_month / 30"), 4),
    WrongAnswer("feasibility", "one_use", billed("usd_per_use(p)"), 4),
    WrongAnswer("feasibility", "assistants_volume", billed("usd_per_use(p) * case.traffic.requests_per_month"), 4),
    WrongAnswer("feasibility", "value_for_cost", billed("p.value_usd * p.uses_per_month"), 4),
    WrongAnswer(
        "feasibility",
        "one bill of the two",
        "usd_per_month.popitem()",
        4.5,
        named=False,
    ),
]
