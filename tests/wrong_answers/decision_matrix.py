"""Wrong answers to `decision_matrix`: what learners really write, and what the checks must make of it."""

from autograde.proof.decision_mutations import (
    criteria_changed,
    flips_changed,
    gates_changed,
    matrix_changed,
    number_or_never_changed,
    ratings_changed,
    record_changed,
)
from autograde.proof.exercise import WrongAnswer

EXAMPLES = {"monthly_cost": lambda namespace: namespace["monthly_cost"]("self_hosted", 3_000_000)}
FITS_OTHER_CASES = {
    "criteria": "which things are weighed, and how much, may be the same for every client",
}
MUTATIONS = {
    "break_even": number_or_never_changed,
    "growth": number_or_never_changed,
    "gates": gates_changed,
    "criteria": criteria_changed,
    "ratings": ratings_changed,
    "winner": matrix_changed,
    "sensitivity": flips_changed,
    "record": record_changed,
}

ALLOWED = "matrix.admitted()"
BARRED = f"[option.id for option in matrix.options if option.id not in {ALLOWED}]"


def own(requests: str = "requests", **changed: str) -> str:
    """Code that computes the own cards' cost with one step taken wrongly."""
    step = {
        "peak": "case.traffic.peak_to_average",
        "planned": "cards.planned_share",
        "spare": "cards.spare_copies",
        "hours": "720",
        "people": "case.hosting.ways.self_hosted.engineer_share * case.hosting.engineer_usd_per_month",
        "group": "cards_per_copy",
        "whole": "math.ceil",
    } | changed
    return (
        f"({step['whole']}({requests} / (720 * 3_600) * {step['peak']} * tokens.answer"
        f" / (cards.tokens_per_second * {step['planned']})) + {step['spare']})"
        f" * {step['group']} * cards.usd_per_hour * {step['hours']} + {step['people']}"
    )


BUSY = (
    "requests * tokens.answer / (cards.tokens_per_second * 3_600) * cards_per_copy * cards.usd_per_hour"
    " + case.hosting.ways.self_hosted.engineer_share * case.hosting.engineer_usd_per_month"
)


def cost_function(self_hosted: str = "own_usd(requests)", vendor: str = "vendor_usd(way, requests)") -> str:
    return (
        "def monthly_cost(option, requests):\n"
        "    way = getattr(case.hosting.ways, option)\n"
        f"    return {self_hosted} if option == 'self_hosted' else {vendor}"
    )


def results(changed: str, where: str = "True") -> str:
    """Code that changes fields of those gate results for which an expression over `r` holds."""
    return f"gate_results = [r.changed({changed}) if {where} else r for r in gate_results]"


def rated(changed: str, where: str = "True") -> str:
    """Code that changes fields of those ratings for which an expression over `r` holds."""
    return f"ratings = [r.changed({changed}) if {where} else r for r in ratings]"


def weighed(changed: str, where: str = "True") -> str:
    return f"criteria = [c.changed({changed}) if {where} else c for c in criteria]"


def added(id: str) -> str:
    return f"criteria.append(Criterion(id={id!r}, name='One more', better='lower', weight=10))"


def replaced(id: str) -> str:
    return weighed(f"id={id!r}", "c.id == 'monthly_cost'")


def recorded(**fields: str) -> str:
    return f"record = record.changed({', '.join(f'{name}={code}' for name, code in fields.items())})"


def reason(changed: str, where: str) -> str:
    return recorded(because=f"[r.changed({changed}) if {where} else r for r in record.because]")


def trigger(metric: str, when: str, threshold: str) -> str:
    return recorded(revisit_when=f"[Trigger(metric={metric!r}, when={when!r}, threshold={threshold}, unit='as it is')]")


AVERAGE_COPIES = (
    "(math.ceil(peak_tokens_per_second / case.traffic.peak_to_average / cards.tokens_per_second"
    " / cards.planned_share) + 1)"
)
OTHER_SHEET = (
    "(requests_today * (tokens_in * case.price.input_usd_per_million"
    " + tokens.answer * case.price.output_usd_per_million) / 1e6)"
)
WITHOUT_GATES = "matrix.changed(gates=[], gate_results=[])"
RIVAL = "next(id for id in matrix.ranking() if id != winner)"
STRAIGHT = (
    "(cards_per_copy * cards.usd_per_hour * 720 + {people})"
    " / (monthly_cost('managed', 1e6) - rent_usd_per_million) * 1e6"
)
PEOPLE = "case.hosting.ways.self_hosted.engineer_share * case.hosting.engineer_usd_per_month"
FIRST_BELOW = "max(volumes[0], min(v for v in volumes if monthly_cost('self_hosted', v) < monthly_cost('managed', v)))"

WRONG_ANSWERS = [
    # memory, 3 points
    WrongAnswer("memory", "precision_ignored", "weights_gb *= {1: 2, 2: 0.5}[cards.bytes_per_parameter]", 2),
    WrongAnswer("memory", "gibibytes", "weights_gb *= 1e9 / 2**30; kv_cache_gb *= 1e9 / 2**30", 1),
    WrongAnswer("memory", "one_request", "kv_cache_gb /= cards.requests_at_once", 2),
    WrongAnswer("memory", "keys_only", "kv_cache_gb /= 2", 2),
    WrongAnswer("memory", "prompt_only", "kv_cache_gb *= tokens_in / (tokens_in + tokens.answer)", 2),
    WrongAnswer(
        "memory",
        "weights_only",
        "cards_per_copy = min(n for n in cards.groups if n * cards.memory_gb * cards.usable_share >= weights_gb)",
        2,
        when="min(n for n in cards.groups if n * cards.memory_gb * cards.usable_share >= weights_gb) != cards_per_copy",
    ),
    WrongAnswer(
        "memory",
        "whole_card",
        "cards_per_copy = min(n for n in cards.groups if n * cards.memory_gb >= weights_gb + kv_cache_gb)",
        2,
        when="min(n for n in cards.groups if n * cards.memory_gb >= weights_gb + kv_cache_gb) not in (cards_per_copy,"
        " min(n for n in cards.groups if n * cards.memory_gb * cards.usable_share >= weights_gb))",
    ),
    WrongAnswer(
        "memory",
        "any_number",
        "cards_per_copy = math.ceil(cards_needed)",
        2,
        when="math.ceil(cards_needed) not in cards.groups",
    ),
    WrongAnswer("memory", "a part of a card", "cards_per_copy = cards_needed", 2, named=False),
    # cards, 3 points
    WrongAnswer(
        "cards",
        "for_the_average",
        "peak_tokens_per_second /= case.traffic.peak_to_average\n"
        "cards_rented = (math.ceil(peak_tokens_per_second / (cards.tokens_per_second * cards.planned_share)) + 1)"
        " * cards_per_copy",
        (0, 1),
    ),
    WrongAnswer("cards", "prompts_written", "peak_tokens_per_second *= (tokens_in + tokens.answer) / tokens.answer", 2),
    WrongAnswer(
        "cards",
        "no_spare",
        "cards_rented -= cards_per_copy",
        (1, 2),
        when="math.ceil(peak_tokens_per_second / cards.tokens_per_second) + 2 != cards_rented / cards_per_copy",
    ),
    WrongAnswer(
        "cards",
        "at_the_knee",
        "cards_rented = (math.ceil(peak_tokens_per_second / cards.tokens_per_second) + 1) * cards_per_copy",
        (1, 2),
        when="math.ceil(peak_tokens_per_second / cards.tokens_per_second) + 2 != cards_rented / cards_per_copy and"
        " math.ceil(peak_tokens_per_second / case.traffic.peak_to_average"
        " / cards.tokens_per_second / cards.planned_share) != math.ceil(peak_tokens_per_second / cards.tokens_per_second)",
    ),
    WrongAnswer(
        "cards",
        "copies_for_cards",
        "cards_rented = copies(requests_today)",
        2,
        when=f"cards_per_copy > 1 and copies(requests_today) not in ({AVERAGE_COPIES} * cards_per_copy,"
        " (math.ceil(peak_tokens_per_second / cards.tokens_per_second) + 1) * cards_per_copy,"
        " cards_rented - cards_per_copy)",
    ),
    WrongAnswer(
        "cards",
        "spare_card",
        "cards_rented -= cards_per_copy - 1",
        2,
        when="cards_per_copy > 1",
    ),
    # monthly_costs, 4 points
    WrongAnswer(
        "monthly_costs",
        "input_only",
        "ways = case.hosting.ways\n"
        "managed_usd = requests_today * tokens_in * ways.managed.input_usd_per_million / 1e6\n"
        "open_managed_usd = requests_today * tokens_in * ways.open_managed.input_usd_per_million / 1e6",
        2,
    ),
    WrongAnswer(
        "monthly_costs",
        "output_at_input_price",
        "managed_usd = requests_today * (tokens_in + tokens.answer) * case.hosting.ways.managed.input_usd_per_million / 1e6",
        3,
    ),
    WrongAnswer(
        "monthly_costs",
        "other_price_sheet",
        f"managed_usd = {OTHER_SHEET}",
        3,
        when=f"case.price.model != case.hosting.ways.managed.model and all(abs({OTHER_SHEET} / usd - 1) > 0.03 for usd in"
        " (managed_usd, requests_today * tokens_in * case.hosting.ways.managed.input_usd_per_million / 1e6, requests_today"
        " * (tokens_in + tokens.answer) * case.hosting.ways.managed.input_usd_per_million / 1e6))",
    ),
    WrongAnswer("monthly_costs", "per_thousand", "managed_usd *= 1_000; open_managed_usd *= 1_000", 2),
    WrongAnswer(
        "monthly_costs", "idle_free", f"self_hosted_usd = {BUSY.replace('requests *', 'requests_today *')}", (2, 3)
    ),
    WrongAnswer("monthly_costs", "staff_forgotten", f"self_hosted_usd -= {PEOPLE}", 3),
    WrongAnswer("monthly_costs", "daytime_only", f"self_hosted_usd = {own('requests_today', hours='240')}", (2, 3)),
    WrongAnswer("monthly_costs", "no_spare", f"self_hosted_usd = {own('requests_today', spare='0')}", 3),
    WrongAnswer(
        "monthly_costs",
        "for_the_average",
        f"self_hosted_usd = {own('requests_today', peak='1')}",
        2,
        when=f"all(abs(({own('requests_today', peak='1')}) / usd - 1) > 0.03 for usd in ("
        f"{own('requests_today', spare='0')}, {own('requests_today', hours='240')},"
        f" {own('requests_today', group='1')}, {BUSY.replace('requests *', 'requests_today *')}))",
    ),
    WrongAnswer(
        "monthly_costs",
        "one_card_each",
        f"self_hosted_usd = {own('requests_today', group='1')}",
        2,
        when=f"cards_per_copy > 1 and abs(({own('requests_today', group='1')}) / ({own('requests_today', peak='1')}) - 1) > 0.03",
    ),
    WrongAnswer("monthly_costs", "a year for a month", "managed_usd *= 12", 3, named=False),
    # cost_function, 4 points
    WrongAnswer("cost_function", "fixed_cards", cost_function("own_usd(requests_today)"), (1.5, 2)),
    WrongAnswer(
        "cost_function",
        "parts_of_cards",
        cost_function(f"({own(whole='float')})"),
        (1, 2),
    ),
    WrongAnswer("cost_function", "volume_ignored", cost_function("self_hosted_usd", "managed_usd"), 0),
    WrongAnswer("cost_function", "free_growth", cost_function("self_hosted_usd * requests / requests_today"), (1, 2)),
    WrongAnswer("cost_function", "staff_forgotten", cost_function(f"({own(people='0')})"), (1.5, 2.5)),
    WrongAnswer("cost_function", "idle_free", cost_function(f"({BUSY})"), (1, 2)),
    WrongAnswer(
        "cost_function",
        "input_only",
        cost_function(vendor="requests * tokens_in * way.input_usd_per_million / 1e6"),
        1,
    ),
    WrongAnswer("cost_function", "no argument", "def monthly_cost(option):\n    return 1.0", 0, named=False),
    WrongAnswer(
        "cost_function",
        "an endless loop",
        "def monthly_cost(option, requests):\n    return monthly_cost(option, 1)",
        0,
        named=False,
    ),
    # break_even, 4 points
    WrongAnswer(
        "break_even",
        "whole_cost",
        "rent_usd_per_million = self_hosted_usd / requests_today * 1e6",
        3,
    ),
    WrongAnswer("break_even", "for_the_average", "rent_usd_per_million /= case.traffic.peak_to_average", 3),
    WrongAnswer("break_even", "at_the_knee", "rent_usd_per_million *= cards.planned_share", 3),
    WrongAnswer(
        "break_even",
        "own_requests_free",
        f"break_even_managed = (cards_per_copy * cards.usd_per_hour * 720 + {PEOPLE}) / monthly_cost('managed', 1)",
        2,
        when="break_even_managed != 'never' and rent_usd_per_million > 0.3 * monthly_cost('managed', 1e6)",
    ),
    WrongAnswer(
        "break_even",
        "staff_forgotten",
        f"break_even_managed = {STRAIGHT.format(people='0')}",
        2,
        when=f"break_even_managed != 'never' and {STRAIGHT.format(people='0')} < 0.9 * {FIRST_BELOW}"
        f" and abs({STRAIGHT.format(people='0')} - (cards_per_copy * cards.usd_per_hour * 720 + {PEOPLE})"
        " / monthly_cost('managed', 1)) > 0.05 * break_even_managed",
    ),
    WrongAnswer(
        "break_even",
        "parts_of_cards",
        f"break_even_managed = {STRAIGHT.format(people=PEOPLE)}",
        3,
        when=f"break_even_managed != 'never' and {STRAIGHT.format(people=PEOPLE)} < 0.97 * {FIRST_BELOW}",
    ),
    WrongAnswer("break_even", "never_crosses", "break_even_open = 5e7", 3, when="break_even_open == 'never'"),
    WrongAnswer(
        "break_even", "crosses_after_all", "break_even_managed = 'never'", 2, when="break_even_managed != 'never'"
    ),
    WrongAnswer("break_even", "in_millions", "break_even_managed /= 1e6", 2, when="break_even_managed != 'never'"),
    WrongAnswer("break_even", "another word", "break_even_open = 'soon'", 3, named=False),
    # growth, 2 points
    WrongAnswer(
        "growth",
        "linear_growth",
        "requests_in_12_months = requests_today * (1 + 12 * rate)\n"
        "if months_until_break_even not in (0, 'never'):\n"
        "    months_until_break_even = math.ceil((break_even_managed / requests_today - 1) / rate)",
        (0, 1),
    ),
    WrongAnswer("growth", "one_month", "requests_in_12_months = requests_today * (1 + rate)", 1),
    WrongAnswer("growth", "already_above", "months_until_break_even = 12", 1, when="months_until_break_even == 0"),
    WrongAnswer(
        "growth",
        "month_too_early",
        "months_until_break_even -= 1",
        1,
        when="months_until_break_even not in (0, 'never') and"
        " abs(math.log(break_even_managed / requests_today) / math.log(1 + rate) - months_until_break_even + 1) > 0.5",
    ),
    WrongAnswer(
        "growth",
        "growth_ends",
        "months_until_break_even = 'never'",
        1,
        when="months_until_break_even not in (0, 'never')",
    ),
    WrongAnswer(
        "growth",
        "a month for a break-even that never comes",
        "months_until_break_even = 60",
        1,
        named=False,
        when="months_until_break_even == 'never'",
    ),
    # gates, 5 points
    WrongAnswer("gates", "gate_forgotten", "gates = gates[:-1]", 4.5),
    WrongAnswer(
        "gates", "invented_gate", "gates.append(Gate(id='budget', requirement='It costs little.', limit=5000))", 4.5
    ),
    WrongAnswer(
        "gates",
        "limit_moved",
        "gates = [g.changed(limit=2 * g.limit) if g.id == 'latency_limit' else g for g in gates]",
        4.5,
    ),
    WrongAnswer(
        "gates",
        "passes_anyway",
        results("passes=True"),
        3,
        when="not all(r.passes for r in gate_results)",
    ),
    WrongAnswer(
        "gates",
        "fails_without_reason",
        results("passes=False", "(r.option, r.gate) == ('managed', 'on_call')"),
        (4, 4.9),
    ),
    WrongAnswer(
        "gates",
        "contradicts_case",
        results(
            "evidence=r.evidence.changed(value=case.hosting.must.first_token_ms - 10)", "r.gate == 'latency_limit'"
        ),
        (4, 4.5),
        when="any(not 0.98 < way.first_token_ms / (must.first_token_ms - 10) < 1.02 for _, way in case.hosting.ways)",
    ),
    WrongAnswer(
        "gates",
        "contradicts_case",
        results("evidence=r.evidence.changed(note='yes')", "r.gate == 'on_call' and r.option == 'managed'"),
        (4, 4.5),
    ),
    WrongAnswer("gates", "no_such_row", results("evidence=Evidence(source='the vendor says so')"), 3),
    WrongAnswer(
        "gates",
        "other_ways_row",
        results(
            "evidence=r.evidence.changed(source=r.evidence.source.replace('self_hosted', 'open_managed'))",
            "r.option == 'self_hosted'",
        ),
        (3.5, 4.3),
    ),
    WrongAnswer(
        "gates",
        "other_row",
        results("evidence=cited('case.latency.first_token_ms')", "r.gate == 'latency_limit'"),
        (4, 4.3),
    ),
    # criteria, 3 points
    WrongAnswer("criteria", "double_counted", added("price_out"), 2),
    WrongAnswer("criteria", "double_counted", added("rent"), 2),
    WrongAnswer("criteria", "part_for_cost", replaced("rent"), (0, 1)),
    WrongAnswer("criteria", "inverted_direction", weighed("better='higher'", "c.id == 'monthly_cost'"), 2.5),
    WrongAnswer("criteria", "inverted_direction", weighed("better='lower'"), 2.5),
    WrongAnswer("criteria", "must_have_traded", added("residency"), 2),
    WrongAnswer("criteria", "zero_weight", weighed("weight=0", "c.id == 'switching'"), 2),
    WrongAnswer("criteria", "cost_alone", "criteria = criteria[:1]", (1, 1)),
    WrongAnswer("criteria", "cost_alone", "criteria = [c for c in criteria if c.id != 'quality']", 2),
    # ratings, 4 points
    WrongAnswer(
        "ratings",
        "inverted_scores",
        "criteria[0] = criteria[0].changed(better='higher')\n"
        + rated("score=score(r.option, criteria[0])", "r.criterion == 'monthly_cost'"),
        (3, 3.2),
    ),
    WrongAnswer("ratings", "flat_scores", rated("score=5", "r.criterion == 'switching'"), (3, 3.2)),
    WrongAnswer(
        "ratings",
        "unearned_score",
        rated("score=5", "(r.option, r.criterion) == ('self_hosted', 'quality')"),
        (3, 3.2),
    ),
    WrongAnswer(
        "ratings",
        "contradicts_case",
        rated("evidence=r.evidence.changed(value=0.99)", "(r.option, r.criterion) == ('managed', 'quality')"),
        (3, 3.4),
    ),
    WrongAnswer(
        "ratings",
        "contradicts_case",
        rated(
            "evidence=r.evidence.changed(value=" + BUSY.replace("requests *", "requests_today *") + ")",
            "(r.option, r.criterion) == ('self_hosted', 'monthly_cost')",
        ),
        (3, 3.4),
        when=f"all(abs(({BUSY.replace('requests *', 'requests_today *')}) / usd - 1) > 0.015 for usd in month.values())",
    ),
    WrongAnswer("ratings", "no_such_row", rated("evidence=Evidence(source='a feeling', value=7)"), 2),
    WrongAnswer(
        "ratings",
        "other_ways_row",
        rated(
            "evidence=cited('case.hosting.ways.managed.switching_days')",
            "(r.option, r.criterion) == ('self_hosted', 'switching')",
        ),
        (3, 3.4),
    ),
    WrongAnswer(
        "ratings",
        "other_row",
        rated("evidence=cited('case.latency.first_token_ms')", "r.criterion == 'first_token'"),
        (3, 3.2),
    ),
    WrongAnswer("ratings", "one criterion left out", "ratings = ratings[3:]", (2, 3), named=False),
    # winner, 3 points
    WrongAnswer(
        "winner",
        "contradicts_case",
        "matrix = matrix.changed(ratings=[r.changed(evidence=r.evidence.changed(value=1.0)) if r.criterion == 'quality'"
        " and r.option == 'managed' else r for r in matrix.ratings])",
        2,
    ),
    WrongAnswer("winner", "not_divided", "totals = {id: 100 * total for id, total in totals.items()}", 2),
    WrongAnswer(
        "winner",
        "unweighted",
        "totals = {id: sum(matrix.rating(id, c.id).score for c in criteria) / len(criteria) for id in totals}",
        2,
    ),
    WrongAnswer(
        "winner",
        "gate_ignored",
        "winner = max(totals, key=totals.get)",
        2,
        when="max(totals, key=totals.get) != winner",
    ),
    WrongAnswer("winner", "gate_ignored", f"winner = {BARRED}[0]", 2, when=BARRED),
    WrongAnswer(
        "winner",
        "gate_ignored",
        "matrix = matrix.changed(gate_results=[r.changed(passes=True) for r in matrix.gate_results])\n"
        "winner = matrix.ranking()[0]",
        1,
        when="max(totals, key=totals.get) != winner",
    ),
    WrongAnswer(
        "winner",
        "cheapest_wins",
        f"winner = min({ALLOWED}, key=month.get)",
        2,
        when=f"min({ALLOWED}, key=month.get) != winner and totals[winner] - totals[min({ALLOWED}, key=month.get)] > 0.03",
    ),
    WrongAnswer(
        "winner",
        "best_model_wins",
        "winner = 'managed'",
        2,
        when=f"'managed' in {ALLOWED} and totals[winner] - totals['managed'] > 0.03"
        f" and min({ALLOWED}, key=month.get) != 'managed'",
    ),
    # sensitivity, 3 points
    WrongAnswer(
        "sensitivity",
        "weight_for_share",
        "flips = {id: value if value == 'never' else 100 * value for id, value in flips.items()}",
        (0, 2),
        when="any(value != 'never' and value > 0.02 for value in flips.values())",
    ),
    WrongAnswer(
        "sensitivity",
        "others_kept",
        "def kept(criterion):\n"
        "    leader, rival = matrix.ranking()[:2]\n"
        "    weights = {c.id: c.weight / 100 for c in matrix.criteria}\n"
        "    ahead = {id: matrix.rating(leader, id).score - matrix.rating(rival, id).score for id in weights}\n"
        "    return -sum(weights[id] * ahead[id] for id in weights if id != criterion) / ahead[criterion]\n"
        "flips = {id: value if value == 'never' else kept(id) for id, value in flips.items()}",
        (0, 2),
        when=f"len({ALLOWED}) == 2 and any(value != 'never' for value in flips.values())",
    ),
    WrongAnswer(
        "sensitivity",
        "barred_rival",
        f"flips = {{id: flip({WITHOUT_GATES}, id) for id in flips}}",
        (0, 2.25),
        when=f"max(totals, key=totals.get) == winner and any(value == 'never' != flip({WITHOUT_GATES}, id)"
        " for id, value in flips.items())",
    ),
    WrongAnswer(
        "sensitivity",
        "never_enough",
        "flips = dict.fromkeys(flips, 'never')",
        0,
        when="any(value != 'never' for value in flips.values())",
    ),
    WrongAnswer(
        "sensitivity",
        "a guess",
        "flips = dict.fromkeys(flips, 0.5)",
        (0, 1.7),
        named=False,
        when="not any(value != 'never' and abs(value - 0.5) < 0.01 for value in flips.values())",
    ),
    # record, 5 points
    WrongAnswer(
        "record",
        "loser_chosen",
        recorded(chosen=RIVAL),
        (0, 3.5),
        when=f"len({ALLOWED}) > 1 and totals[winner] - totals[{RIVAL}] > 0.03",
    ),
    WrongAnswer("record", "gate_ignored", recorded(chosen=f"{BARRED}[0]"), (0, 3.5), when=BARRED),
    WrongAnswer(
        "record",
        "other_numbers",
        reason("value=r.value * 1.7", "r.by == 'monthly_cost'"),
        4,
        when="all(abs(1.7 * month[winner] / usd - 1) > 0.03 for usd in month.values())",
    ),
    WrongAnswer(
        "record",
        "losers_number",
        reason(
            "value=next(usd for id, usd in month.items() if id != winner)",
            "r.by == 'monthly_cost'",
        ),
        4,
    ),
    WrongAnswer("record", "by_nothing", reason("by='reputation'", "r.by == 'switching'"), 4),
    WrongAnswer("record", "never_fires", trigger("right_share", "above", "1.0"), 3),
    WrongAnswer("record", "never_fires", trigger("requests_per_month", "below", "0"), 3),
    WrongAnswer("record", "never_fires", trigger("requests_per_month", "above", "1e12"), 3),
    WrongAnswer("record", "already_fired", trigger("first_token_ms", "below", "must.first_token_ms"), 3),
    WrongAnswer("record", "from_nowhere", trigger("first_token_ms", "above", "3 * must.first_token_ms"), 3),
    WrongAnswer(
        "record",
        "from_nowhere",
        recorded(
            revisit_when="[*record.revisit_when, Trigger(metric='right_share', when='below', threshold=0.5, unit='share')]"
        ),
        4,
    ),
    WrongAnswer(
        "record",
        "nothing_given_up",
        recorded(
            costs_and_risks="[Consequence(what='quality: it is the best', answer='No answer is needed.', owner='Nobody')]"
        ),
        4,
        when="winner == 'managed'",
    ),
    WrongAnswer(
        "record",
        "nothing_given_up",
        recorded(
            costs_and_risks="[Consequence(what='first_token: it is the best', answer='None is needed.', owner='Nobody')]"
        ),
        4,
        when="winner == 'self_hosted'",
    ),
    WrongAnswer(
        "record",
        "another case's numbers",
        reason(
            "value=float(cited('case.hosting.engineer_usd_per_month').value) + 77",
            "r.by == 'monthly_cost'",
        ),
        4,
        named=False,
        when="all(abs((case.hosting.engineer_usd_per_month + 77) / usd - 1) > 0.03 for usd in month.values())",
    ),
    WrongAnswer(
        "record",
        "risks that would fit any choice",
        recorded(costs_and_risks="[Consequence(what='It may fail', answer='We hope not.', owner='Everybody')]"),
        4,
        named=False,
    ),
]
