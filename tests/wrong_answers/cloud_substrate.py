"""Wrong answers to the self-check of the lesson `cloud_substrate`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

FATES = ("killed", "slowed", "pending", "no traffic", "refused")
LAYERS = ("by token", "reserved", "own models", "own cluster")
VOCABULARY = {
    **dict.fromkeys(("memory_over", "cpu_over", "big_request", "other_label", "unknown_field"), FATES),
    **dict.fromkeys(("insurer", "call_centre", "forecasts", "hospital"), LAYERS),
    "call_centre_type": ("Global", "Data Zone", "one region"),
}

RIGHT_ANSWERS = {
    "by_hand": "replicas = 8\nautoscaler_wants = 10\nnodes = 4",
    "fates": (
        "memory_over = 'killed'\ncpu_over = 'slowed'\nbig_request = 'pending'\nother_label = 'no traffic'\n"
        "unknown_field = 'refused'"
    ),
    "layers": (
        "insurer = 'by token'\ncall_centre = 'reserved'\nforecasts = 'own models'\nhospital = 'own cluster'\n"
        "call_centre_type = 'Data Zone'"
    ),
}

WRONG_ANSWERS = [
    # by_hand, 3 points
    WrongAnswer("by_hand", "no_headroom", "replicas = 6", 2),
    WrongAnswer("by_hand", "rounded_down", "replicas = 7; autoscaler_wants = 9", 1),
    WrongAnswer("by_hand", "ratio_inverted", "autoscaler_wants = 4", 2),
    WrongAnswer("by_hand", "total_divided", "nodes = 3", 2),
    WrongAnswer("by_hand", "limits_placed", "nodes = 7", 2),
    WrongAnswer("by_hand", "a part of a pod", "replicas = 7.5", 2, named=False),
    # fates, 5 points
    WrongAnswer("fates", "cpu_like_memory", "cpu_over = 'killed'", 4),
    WrongAnswer("fates", "memory_like_cpu", "memory_over = 'slowed'", 4),
    WrongAnswer("fates", "free_adds_up", "big_request = 'slowed'", 4),
    WrongAnswer("fates", "schema_reads_meaning", "other_label = 'refused'", 4),
    WrongAnswer("fates", "typo_runs", "unknown_field = 'no traffic'", 4),
    WrongAnswer(
        "fates",
        "everything is killed",
        "memory_over = cpu_over = big_request = other_label = unknown_field = 'killed'",
        1,
        named=False,
    ),
    # layers, 5 points
    WrongAnswer("layers", "control_for_its_own_sake", "insurer = call_centre = forecasts = 'own cluster'", 2),
    WrongAnswer("layers", "reserved_for_idle", "insurer = 'reserved'", 4),
    WrongAnswer("layers", "steady_by_token", "call_centre = 'by token'", 4),
    WrongAnswer("layers", "api_for_own_model", "forecasts = 'by token'", 4),
    WrongAnswer("layers", "boundary_ignored", "hospital = 'own models'", 4),
    WrongAnswer("layers", "at_rest_only", "call_centre_type = 'Global'", 4),
    WrongAnswer("layers", "narrower_than_asked", "call_centre_type = 'one region'", 4),
    WrongAnswer("layers", "the call centre trains", "call_centre = 'own models'", 4, named=False),
]
