"""Self-check of the lesson `cloud_substrate`: capacity by hand, what happens to a pod, and the layer that fits a team.

The figures of the first task stand in the lesson and, as data, here; expected values are computed from them.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from archkit.cluster import Pod, desired_replicas, nodes_needed
from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number
from autograde.registry import Check

LESSON = "cloud_substrate"

# --- Task 1: capacity by hand -----------------------------------------------------------------------------------------

PEAK = 45
PER_POD = 8
PLANNED_SHARE = 0.75
READY, USED, TARGET = 6, 95, 60
TO_PLACE, REQUEST_M, LIMIT_M, NODE_M = 7, 1_200, 2_000, 3_000


class ByHand(AnswerSheet):
    """Replicas for a load, an autoscaler's next wish, and nodes for pods."""

    replicas: Number = answer("how many pods carry the peak", unit="pods")
    autoscaler_wants: Number = answer("how many pods the autoscaler wants next", unit="pods")
    nodes: Number = answer("how many nodes place all seven pods", unit="nodes")


NO_HEADROOM = Misconception(
    "no_headroom",
    "This plans every pod at its limit. Queues grow without bound there, and one failed pod takes the rest along.",
)
ROUNDED_DOWN = Misconception(
    "rounded_down", "This rounds down. There is no part of a pod: whatever is left over needs one more."
)
RATIO_INVERTED = Misconception(
    "ratio_inverted", "This divides the target by the metric, so that the busiest part would get the fewest pods."
)
TOTAL_DIVIDED = Misconception(
    "total_divided",
    "This divides the sum by one node. A pod lies on one node as a whole; room left on two nodes does not add up.",
)
LIMITS_PLACED = Misconception(
    "limits_placed", "This places by limits. The scheduler reads requests; limits hold only once the container runs."
)

by_hand = Check(
    f"{LESSON}.by_hand",
    "Replicas, autoscaling and nodes by hand",
    ByHand,
    (NO_HEADROOM, ROUNDED_DOWN, RATIO_INVERTED, TOTAL_DIVIDED, LIMITS_PLACED),
    case="demonstration",
)


@by_hand.finding("Replicas for the peak", points=1, needs=["replicas"])
def replicas_for_peak(answers: ByHand, case: Any) -> Judgement:
    """The peak over what one pod is planned to do, rounded up."""
    exact = PEAK / (PER_POD * PLANNED_SHARE)
    return judge_number(
        answers.replicas,
        math.ceil(exact),
        unit="pods",
        why="This number, and not the mean load, is what the part costs.",
        misconceptions={NO_HEADROOM: math.ceil(PEAK / PER_POD), ROUNDED_DOWN: math.floor(exact)},
    )


@by_hand.finding("The autoscaler's wish", points=1, needs=["autoscaler_wants"])
def wish(answers: ByHand, case: Any) -> Judgement:
    """The documented formula."""
    return judge_number(
        answers.autoscaler_wants,
        desired_replicas(READY, USED, TARGET),
        unit="pods",
        why="The target is headroom: the lower it is, the more load the pods take before new ones are ready.",
        misconceptions={
            RATIO_INVERTED: desired_replicas(READY, TARGET, USED),
            ROUNDED_DOWN: math.floor(READY * USED / TARGET),
        },
    )


@by_hand.finding("Nodes for the pods", points=1, needs=["nodes"])
def nodes_for_pods(answers: ByHand, case: Any) -> Judgement:
    """Whole pods on whole nodes, by their requests."""

    def nodes(cpu_m: int) -> int:
        return nodes_needed([Pod("p", cpu_m, 0)] * TO_PLACE, cpu_m=NODE_M, memory_mi=1)

    return judge_number(
        answers.nodes,
        nodes(REQUEST_M),
        unit="nodes",
        why="Nodes are what is billed. A request that does not divide the node leaves capacity that nobody can use.",
        misconceptions={
            TOTAL_DIVIDED: math.ceil(TO_PLACE * REQUEST_M / NODE_M),
            LIMITS_PLACED: nodes(LIMIT_M),
        },
    )


# --- Task 2: what happens to the pod ----------------------------------------------------------------------------------

Fate = Literal["killed", "slowed", "pending", "no traffic", "refused"]
FATES = "'killed', 'slowed', 'pending', 'no traffic' or 'refused'"


class Fates(AnswerSheet):
    """What happens in each of five situations."""

    memory_over: Fate = answer(FATES)
    cpu_over: Fate = answer(FATES)
    big_request: Fate = answer(FATES)
    other_label: Fate = answer(FATES)
    unknown_field: Fate = answer(FATES)


CPU_LIKE_MEMORY = Misconception(
    "cpu_like_memory",
    "CPU can be taken away and given back, so a container over its CPU limit waits. It is not killed.",
)
MEMORY_LIKE_CPU = Misconception(
    "memory_like_cpu", "Memory that is in use cannot be taken away by slowing a program down. Its process is ended."
)
FREE_ADDS_UP = Misconception(
    "free_adds_up", "What is free on three nodes does not add up for a pod, and limits play no part: no node has room."
)
SCHEMA_READS_MEANING = Misconception(
    "schema_reads_meaning",
    "A schema sees one manifest and its types. That two manifests name different labels is no fault of either.",
)
TYPO_RUNS = Misconception(
    "typo_runs", "A field that the schema does not know never gets as far as a pod where the check is strict."
)

fates = Check(
    f"{LESSON}.fates",
    "What happens to the pod",
    Fates,
    (CPU_LIKE_MEMORY, MEMORY_LIKE_CPU, FREE_ADDS_UP, SCHEMA_READS_MEANING, TYPO_RUNS),
    case="demonstration",
)


@fates.finding("Memory above its limit", points=1, needs=["memory_over"])
def fate_of_memory(answers: Fates, case: Any) -> Judgement:
    """The kernel ends the process."""
    return judge_choice(
        answers.memory_over,
        "killed",
        why="It restarts with the same limit and the same input, so it is often killed again.",
        misconceptions={"slowed": MEMORY_LIKE_CPU, "pending": FREE_ADDS_UP},
    )


@fates.finding("CPU above its limit", points=1, needs=["cpu_over"])
def fate_of_cpu(answers: Fates, case: Any) -> Judgement:
    """The container is throttled."""
    return judge_choice(
        answers.cpu_over,
        "slowed",
        why="It shows as latency and nowhere else, which makes it hard to find.",
        misconceptions={"killed": CPU_LIKE_MEMORY},
    )


@fates.finding("A request that no node has room for", points=1, needs=["big_request"])
def fate_of_request(answers: Fates, case: Any) -> Judgement:
    """The pod waits for a node with room."""
    return judge_choice(
        answers.big_request,
        "pending",
        why="Nothing fails loudly: the manifest is accepted, and the pod waits.",
        misconceptions={"slowed": FREE_ADDS_UP, "killed": FREE_ADDS_UP, "refused": SCHEMA_READS_MEANING},
    )


@fates.finding("A selector with another label", points=1, needs=["other_label"])
def fate_of_label(answers: Fates, case: Any) -> Judgement:
    """Everything is valid and runs; nothing arrives."""
    return judge_choice(
        answers.other_label,
        "no traffic",
        why="The names that join manifests are checked by nobody unless you write a test for them.",
        misconceptions={"refused": SCHEMA_READS_MEANING, "pending": FREE_ADDS_UP},
    )


@fates.finding("A field that does not exist", points=1, needs=["unknown_field"])
def fate_of_field(answers: Fates, case: Any) -> Judgement:
    """The strict schema refuses it."""
    return judge_choice(
        answers.unknown_field,
        "refused",
        why="Without a strict check a misspelt field can be dropped, and you get the default instead.",
        misconceptions={"no traffic": TYPO_RUNS, "pending": TYPO_RUNS, "slowed": TYPO_RUNS, "killed": TYPO_RUNS},
    )


# --- Task 3: the layer that fits the team -----------------------------------------------------------------------------

Layer = Literal["by token", "reserved", "own models", "own cluster"]
LAYERS = "'by token', 'reserved', 'own models' or 'own cluster'"


class Layers(AnswerSheet):
    """A layer for each of four teams, and a deployment type for one of them."""

    insurer: Layer = answer(LAYERS)
    call_centre: Layer = answer(LAYERS)
    forecasts: Layer = answer(LAYERS)
    hospital: Layer = answer(LAYERS)
    call_centre_type: Literal["Global", "Data Zone", "one region"] = answer("'Global', 'Data Zone' or 'one region'")


CONTROL_FOR_ITS_OWN_SAKE = Misconception(
    "control_for_its_own_sake",
    "Running models yourself needs people who are called at night, and this team does not have them to spare.",
)
RESERVED_FOR_IDLE = Misconception(
    "reserved_for_idle", "Reserved capacity is paid for in every hour. Here it would stand idle in most of them."
)
STEADY_BY_TOKEN = Misconception(
    "steady_by_token",
    "Paying by token buys no promise of throughput. The load is steady and the limit on waiting is in a contract.",
)
API_FOR_OWN_MODEL = Misconception(
    "api_for_own_model", "A catalogue of other people's models does not train and host the one that this team builds."
)
BOUNDARY_IGNORED = Misconception(
    "boundary_ignored", "Every managed service processes the text outside the building. The contract rules that out."
)
AT_REST_ONLY = Misconception(
    "at_rest_only",
    "Data at rest stays in the geography with each type. Where it is *processed* differs, and Global means any region.",
)
NARROWER_THAN_ASKED = Misconception(
    "narrower_than_asked", "One region satisfies the rule, and gives up the capacity of all others that satisfy it too."
)

layers = Check(
    f"{LESSON}.layers",
    "The layer that fits the team",
    Layers,
    (
        CONTROL_FOR_ITS_OWN_SAKE,
        RESERVED_FOR_IDLE,
        STEADY_BY_TOKEN,
        API_FOR_OWN_MODEL,
        BOUNDARY_IGNORED,
        AT_REST_ONLY,
        NARROWER_THAN_ASKED,
    ),
    case="demonstration",
)


@layers.finding("The insurer", points=1, needs=["insurer"])
def for_insurer(answers: Layers, case: Any) -> Judgement:
    """A small team with uneven, low traffic pays by token."""
    return judge_choice(
        answers.insurer,
        "by token",
        why="Nothing is paid at night, and nobody has to keep anything running.",
        misconceptions={
            "reserved": RESERVED_FOR_IDLE,
            "own models": CONTROL_FOR_ITS_OWN_SAKE,
            "own cluster": CONTROL_FOR_ITS_OWN_SAKE,
        },
    )


@layers.finding("The call centre", points=1, needs=["call_centre"])
def for_call_centre(answers: Layers, case: Any) -> Judgement:
    """A steady load under a contract reserves capacity."""
    return judge_choice(
        answers.call_centre,
        "reserved",
        why="What is bought is the throughput at the busiest minute, not the tokens.",
        misconceptions={"by token": STEADY_BY_TOKEN, "own cluster": CONTROL_FOR_ITS_OWN_SAKE},
    )


@layers.finding("The forecasts", points=1, needs=["forecasts"])
def for_forecasts(answers: Layers, case: Any) -> Judgement:
    """A team that trains its own model without a platform team takes a platform."""
    return judge_choice(
        answers.forecasts,
        "own models",
        why="Training jobs, a registry and hosting are work that the platform has already done.",
        misconceptions={
            "by token": API_FOR_OWN_MODEL,
            "reserved": API_FOR_OWN_MODEL,
            "own cluster": CONTROL_FOR_ITS_OWN_SAKE,
        },
    )


@layers.finding("The hospital", points=1, needs=["hospital"])
def for_hospital(answers: Layers, case: Any) -> Judgement:
    """Where the text may not leave the building, the cluster is one's own."""
    return judge_choice(
        answers.hospital,
        "own cluster",
        why="A hard boundary decides before any price does. That the people and machines are there makes it possible.",
        misconceptions=dict.fromkeys(("by token", "reserved", "own models"), BOUNDARY_IGNORED),
    )


@layers.finding("The call centre's deployment type", points=1, needs=["call_centre_type"])
def deployment_type(answers: Layers, case: Any) -> Judgement:
    """A data zone keeps processing inside the EU and still spreads it."""
    return judge_choice(
        answers.call_centre_type,
        "Data Zone",
        why="Ask of every service where it processes and where it stores. They are two questions.",
        misconceptions={"Global": AT_REST_ONLY, "one region": NARROWER_THAN_ASKED},
    )
