"""Wrong answers to the self-check of the lesson `choosing_the_stack`, and its right ones."""

from autograde.proof.exercise import WrongAnswer

TOOLS = ("LangChain", "LlamaIndex", "Ray", "MLflow", "Kubeflow", "none of them")
VOCABULARY = {
    **dict.fromkeys(("slide", "night", "images", "vendors", "twice", "pairs"), TOOLS),
    **dict.fromkeys(("langchain", "llamaindex", "ray_cluster", "mlflow_server", "kubeflow"), ("take", "leave")),
    "records_need": ("a faster database", "backups and a retention rule", "a second tracking server"),
}

RIGHT_ANSWERS = {
    "farm": "seconds_with_8 = 40 + 7_600 / 8\nseconds_with_40 = 40 + 400\nrows = 1_200 + 1 + 2",
    "trouble": (
        "slide = 'MLflow'\nnight = 'Ray'\nimages = 'Kubeflow'\nvendors = 'LangChain'\n"
        "twice = 'none of them'\npairs = 'none of them'"
    ),
    "third_team": (
        "langchain = 'leave'\nllamaindex = 'leave'\nray_cluster = 'leave'\nmlflow_server = 'take'\nkubeflow = 'take'\n"
        "records_need = 'backups and a retention rule'"
    ),
}

WRONG_ANSWERS = [
    # farm, 3 points
    WrongAnswer("farm", "start_forgotten", "seconds_with_8 = 950; seconds_with_40 = 400", 1),
    WrongAnswer("farm", "longest_ignored", "seconds_with_40 = 40 + 7_600 / 40", 2),
    WrongAnswer("farm", "longest_behind", "seconds_with_8 = 40 + 900 + 400; seconds_with_40 = 40 + 180 + 400", 1),
    WrongAnswer("farm", "not_divided", "seconds_with_8 = 7_640; seconds_with_40 = 7_640", 1),
    WrongAnswer("farm", "exactly_once", "rows = 1_201", 2),
    WrongAnswer("farm", "all_again", "rows = 2_402", 2),
    WrongAnswer("farm", "longest_uncounted", "rows = 1_202", 2),
    WrongAnswer("farm", "minutes for seconds", "seconds_with_8 = 16.5", 2, named=False),
    # trouble, 6 points
    WrongAnswer("trouble", "runner_as_record", "slide = 'Kubeflow'", 5),
    WrongAnswer("trouble", "record_as_runner", "night = images = pairs = 'MLflow'", 3),
    WrongAnswer("trouble", "containers_for_pieces", "night = 'Kubeflow'", 5),
    WrongAnswer("trouble", "farm_for_steps", "images = 'Ray'", 5),
    WrongAnswer("trouble", "index_for_calls", "vendors = 'LlamaIndex'", 5),
    WrongAnswer("trouble", "port_enough", "vendors = 'none of them'", 5),
    WrongAnswer("trouble", "retries_make_it_safe", "twice = 'Ray'", 5),
    WrongAnswer("trouble", "trace_prevents", "twice = 'MLflow'", 5),
    WrongAnswer("trouble", "cluster_for_a_method", "pairs = 'Ray'", 5),
    WrongAnswer("trouble", "steps_for_all", "twice = pairs = 'Kubeflow'", 4),
    WrongAnswer(
        "trouble",
        "LangChain for everything",
        "slide = night = images = vendors = twice = pairs = 'LangChain'",
        1,
        named=False,
    ),
    # third_team, 6 points
    WrongAnswer("third_team", "framework_under_audit", "langchain = 'take'", 5),
    WrongAnswer("third_team", "second_bookkeeping", "llamaindex = 'take'", 5),
    WrongAnswer("third_team", "cluster_because_we_can", "ray_cluster = 'take'", 5),
    WrongAnswer("third_team", "logs_suffice", "mlflow_server = 'leave'", 5),
    WrongAnswer("third_team", "system_feared", "kubeflow = 'leave'", 5),
    WrongAnswer("third_team", "uptime_for_records", "records_need = 'a second tracking server'", 5),
    WrongAnswer(
        "third_team",
        "the whole list",
        "langchain = llamaindex = ray_cluster = mlflow_server = kubeflow = 'take'",
        3,
        named=False,
    ),
]
