"""Self-check of the lesson `choosing_the_stack`: the limit of a farm, the tool for a trouble, and a third team.

The figures of the tasks stand in the lesson and, as data, here; expected values are computed from them.
"""

from __future__ import annotations

from typing import Any, Literal

from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number
from autograde.registry import Check

LESSON = "choosing_the_stack"

# --- Task 1: the farm -------------------------------------------------------------------------------------------------

TASKS, TASK_S, LONGEST_S, START_S = 1_200, 6, 400, 40
WORK_S = TASKS * TASK_S + LONGEST_S
REPEATED = 2


class Farm(AnswerSheet):
    """What a farm reaches at best, and what it leaves behind when workers are lost."""

    seconds_with_8: Number = answer("how long the night takes at best with 8 workers", unit="seconds")
    seconds_with_40: Number = answer("how long the night takes at best with 40 workers", unit="seconds")
    rows: Number = answer("how many rows the table has when the night is done", unit="rows")


START_FORGOTTEN = Misconception(
    "start_forgotten", "This leaves out the start. A farm that stands only for its job pays it each time."
)
LONGEST_IGNORED = Misconception(
    "longest_ignored",
    "This divides all work by the workers. The task of 400 seconds cannot be divided: one worker has it to the end.",
)
LONGEST_BEHIND = Misconception(
    "longest_behind", "This runs the long task when all others are done. At best it starts first, beside them."
)
NOT_DIVIDED = Misconception("not_divided", "This is one process and the start. Eight workers share the work.")
EXACTLY_ONCE = Misconception(
    "exactly_once",
    "This counts each task once. Two of them ran twice, and had written a row before they were lost.",
)
ALL_AGAIN = Misconception(
    "all_again", "This repeats the whole night. Only the tasks whose workers were lost are run again."
)
LONGEST_UNCOUNTED = Misconception("longest_uncounted", "This leaves out the long task. It adds a row as well.")

farm = Check(
    f"{LESSON}.farm",
    "The limit of a farm",
    Farm,
    (START_FORGOTTEN, LONGEST_IGNORED, LONGEST_BEHIND, NOT_DIVIDED, EXACTLY_ONCE, ALL_AGAIN, LONGEST_UNCOUNTED),
    case="demonstration",
)


def at_best(workers: int) -> float:
    """Return the seconds of the night: the start, and the work divided, but no less than the longest task."""
    return START_S + max(WORK_S / workers, LONGEST_S)


@farm.finding("With 8 workers", points=1, needs=["seconds_with_8"])
def with_8(answers: Farm, case: Any) -> Judgement:
    """The work decides."""
    return judge_number(
        answers.seconds_with_8,
        at_best(8),
        unit="seconds",
        why="With few workers the amount of work decides.",
        misconceptions={
            START_FORGOTTEN: at_best(8) - START_S,
            LONGEST_BEHIND: START_S + TASKS * TASK_S / 8 + LONGEST_S,
            NOT_DIVIDED: START_S + WORK_S,
        },
    )


@farm.finding("With 40 workers", points=1, needs=["seconds_with_40"])
def with_40(answers: Farm, case: Any) -> Judgement:
    """The longest task decides."""
    return judge_number(
        answers.seconds_with_40,
        at_best(40),
        unit="seconds",
        why="From some number of workers on only the longest task counts. Cut it before you rent more.",
        misconceptions={
            LONGEST_IGNORED: START_S + WORK_S / 40,
            START_FORGOTTEN: at_best(40) - START_S,
            LONGEST_BEHIND: START_S + TASKS * TASK_S / 40 + LONGEST_S,
            NOT_DIVIDED: START_S + WORK_S,
        },
    )


@farm.finding("The rows", points=1, needs=["rows"])
def table(answers: Farm, case: Any) -> Judgement:
    """Each task once, and the repeated ones once more."""
    return judge_number(
        answers.rows,
        TASKS + 1 + REPEATED,
        unit="rows",
        within=0,
        why="A farm that survives losses runs some tasks twice. Only the task can make that harmless.",
        misconceptions={
            EXACTLY_ONCE: TASKS + 1,
            ALL_AGAIN: 2 * (TASKS + 1),
            LONGEST_UNCOUNTED: TASKS + REPEATED,
        },
    )


# --- Task 2: the trouble ----------------------------------------------------------------------------------------------

Tool = Literal["LangChain", "LlamaIndex", "Ray", "MLflow", "Kubeflow", "none of them"]
TOOLS = "'LangChain', 'LlamaIndex', 'Ray', 'MLflow', 'Kubeflow' or 'none of them'"


class Trouble(AnswerSheet):
    """Which tool takes which trouble away."""

    slide: Tool = answer(TOOLS)
    night: Tool = answer(TOOLS)
    images: Tool = answer(TOOLS)
    vendors: Tool = answer(TOOLS)
    twice: Tool = answer(TOOLS)
    pairs: Tool = answer(TOOLS)


RUNNER_AS_RECORD = Misconception(
    "runner_as_record",
    "This runs steps. It knows which of them ran, not which of thirty settings gave a number that people compare.",
)
RECORD_AS_RUNNER = Misconception(
    "record_as_runner", "MLflow records what others run. It starts nothing, repeats nothing and divides nothing."
)
CONTAINERS_FOR_PIECES = Misconception(
    "containers_for_pieces",
    "Kubeflow runs each step in a container. That suits a few large steps, not the thousands of small tasks of a farm.",
)
FARM_FOR_STEPS = Misconception(
    "farm_for_steps",
    "Ray spreads one program over machines with the same packages. Steps in four images, cached and begun again in "
    "the middle, are a pipeline's work.",
)
INDEX_FOR_CALLS = Misconception(
    "index_for_calls", "LlamaIndex is for documents. These programs have none: they call models in three ways."
)
PORT_ENOUGH = Misconception(
    "port_enough",
    "You can write it yourself, and for one program and one vendor you should. Five programs and three vendors are "
    "the case for which one shared way of calling is made.",
)
RETRIES_MAKE_IT_SAFE = Misconception(
    "retries_make_it_safe",
    "The repetition is what paid twice. No tool that repeats work knows what its first attempt had done: the refund "
    "must carry a key by which the second is recognised.",
)
TRACE_PREVENTS = Misconception(
    "trace_prevents", "A record shows afterwards that it was paid twice. It does not prevent it."
)
CLUSTER_FOR_A_METHOD = Misconception(
    "cluster_for_a_method",
    "Pairs grow with the square of the documents, machines only with the bill. Compare sketches of documents instead "
    "of all pairs, and one machine may do.",
)
STEPS_FOR_ALL = Misconception(
    "steps_for_all", "A graph of steps orders work. Neither the amount of work nor what it does twice becomes less."
)

trouble = Check(
    f"{LESSON}.trouble",
    "The tool for the trouble",
    Trouble,
    (
        RUNNER_AS_RECORD,
        RECORD_AS_RUNNER,
        CONTAINERS_FOR_PIECES,
        FARM_FOR_STEPS,
        INDEX_FOR_CALLS,
        PORT_ENOUGH,
        RETRIES_MAKE_IT_SAFE,
        TRACE_PREVENTS,
        CLUSTER_FOR_A_METHOD,
        STEPS_FOR_ALL,
    ),
    case="demonstration",
)


@trouble.finding("The number on the slide", points=1, needs=["slide"])
def slide(answers: Trouble, case: Any) -> Judgement:
    """Nobody knows which run it was."""
    return judge_choice(
        answers.slide,
        "MLflow",
        why="Runs with their settings and results, kept where all four can ask: that is what it is for.",
        misconceptions={"Kubeflow": RUNNER_AS_RECORD, "Ray": RUNNER_AS_RECORD},
    )


@trouble.finding("The night", points=1, needs=["night"])
def night(answers: Trouble, case: Any) -> Judgement:
    """More work than one machine, and machines that are lost."""
    return judge_choice(
        answers.night,
        "Ray",
        why="The work outgrows a machine, machines are lost, and the tasks may run twice: all three hold.",
        misconceptions={"Kubeflow": CONTAINERS_FOR_PIECES, "MLflow": RECORD_AS_RUNNER},
    )


@trouble.finding("Seven steps in four images", points=1, needs=["images"])
def images(answers: Trouble, case: Any) -> Judgement:
    """A pipeline, with a cluster that is there."""
    return judge_choice(
        answers.images,
        "Kubeflow",
        why="Other images for each step, caching, and a cluster that somebody runs already: then it pays.",
        misconceptions={"Ray": FARM_FOR_STEPS, "MLflow": RECORD_AS_RUNNER},
    )


@trouble.finding("Three vendors", points=1, needs=["vendors"])
def vendors(answers: Trouble, case: Any) -> Judgement:
    """One way of calling, for all of them."""
    return judge_choice(
        answers.vendors,
        "LangChain",
        why="Fifteen pieces of code for the same thing become five that name a model. Read its defaults first.",
        misconceptions={"LlamaIndex": INDEX_FOR_CALLS, "none of them": PORT_ENOUGH},
    )


@trouble.finding("Paid twice", points=1, needs=["twice"])
def twice(answers: Trouble, case: Any) -> Judgement:
    """The task has to be idempotent."""
    return judge_choice(
        answers.twice,
        "none of them",
        why="Idempotency is a property of your task. Tools that repeat work presuppose it.",
        misconceptions={"Ray": RETRIES_MAKE_IT_SAFE, "MLflow": TRACE_PREVENTS, "Kubeflow": STEPS_FOR_ALL},
    )


@trouble.finding("All pairs", points=1, needs=["pairs"])
def pairs(answers: Trouble, case: Any) -> Judgement:
    """The method is the trouble."""
    return judge_choice(
        answers.pairs,
        "none of them",
        why="A better method beats more machines, and here no number of machines keeps up with the documents.",
        misconceptions={"Ray": CLUSTER_FOR_A_METHOD, "Kubeflow": STEPS_FOR_ALL, "MLflow": RECORD_AS_RUNNER},
    )


# --- Task 3: the third team -------------------------------------------------------------------------------------------

Verdict = Literal["take", "leave"]
VERDICTS = "'take' or 'leave'"
FIRST_NEEDS = ("a faster database", "backups and a retention rule", "a second tracking server")


class ThirdTeam(AnswerSheet):
    """A verdict on each tool for the bank's platform team, and what its records need first."""

    langchain: Verdict = answer(VERDICTS)
    llamaindex: Verdict = answer(VERDICTS)
    ray_cluster: Verdict = answer(VERDICTS)
    mlflow_server: Verdict = answer(VERDICTS)
    kubeflow: Verdict = answer(VERDICTS)
    records_need: Literal["a faster database", "backups and a retention rule", "a second tracking server"] = answer(
        "one of " + ", ".join(repr(need) for need in FIRST_NEEDS)
    )


FRAMEWORK_UNDER_AUDIT = Misconception(
    "framework_under_audit",
    "One vendor and three fixed prompts leave nothing to compose. Prompts that must be reproduced word for word after "
    "years belong in your own code, not behind a package that is upgraded.",
)
SECOND_BOOKKEEPING = Misconception(
    "second_bookkeeping",
    "The archive says itself what changed and what is gone. A second bookkeeping can only disagree with it.",
)
CLUSTER_BECAUSE_WE_CAN = Misconception(
    "cluster_because_we_can",
    "Each step fits on one machine. That the team could run a Ray cluster is no trouble that a Ray cluster takes away.",
)
LOGS_SUFFICE = Misconception(
    "logs_suffice",
    "The auditor asks for data, code and settings behind one figure, years later, from six teams. Logs say what "
    "happened in a program, and are deleted after weeks.",
)
SYSTEM_FEARED = Misconception(
    "system_feared",
    "Kubernetes is there, fourteen people run it at all hours, and the steps come in images of their own: all that "
    "Kubeflow asks for is paid already, and six teams would else write their own.",
)
UPTIME_FOR_RECORDS = Misconception(
    "uptime_for_records",
    "Speed and a second server keep recording going today. The auditor comes in years: by then it counts whether the "
    "records still exist, and whether those that had to be deleted do not.",
)

third_team = Check(
    f"{LESSON}.third_team",
    "A platform team with auditors",
    ThirdTeam,
    (
        FRAMEWORK_UNDER_AUDIT,
        SECOND_BOOKKEEPING,
        CLUSTER_BECAUSE_WE_CAN,
        LOGS_SUFFICE,
        SYSTEM_FEARED,
        UPTIME_FOR_RECORDS,
    ),
    case="demonstration",
)


@third_team.finding("LangChain", points=1, needs=["langchain"])
def judge_langchain(answers: ThirdTeam, case: Any) -> Judgement:
    """One vendor, three fixed prompts."""
    return judge_choice(
        answers.langchain,
        "leave",
        why="There is one way of calling one model, and a regulator's reason to own every word of it.",
        misconceptions={"take": FRAMEWORK_UNDER_AUDIT},
    )


@third_team.finding("LlamaIndex", points=1, needs=["llamaindex"])
def judge_llamaindex(answers: ThirdTeam, case: Any) -> Judgement:
    """One archive that keeps its own books."""
    return judge_choice(
        answers.llamaindex,
        "leave",
        why="Its readers and its refresh are for many sources that do not tell. This one tells.",
        misconceptions={"take": SECOND_BOOKKEEPING},
    )


@third_team.finding("Ray", points=1, needs=["ray_cluster"])
def judge_ray(answers: ThirdTeam, case: Any) -> Judgement:
    """No step outgrows a machine."""
    return judge_choice(
        answers.ray_cluster,
        "leave",
        why="Revisit when a step no longer fits on one machine, or into one night.",
        misconceptions={"take": CLUSTER_BECAUSE_WE_CAN},
    )


@third_team.finding("MLflow", points=1, needs=["mlflow_server"])
def judge_mlflow(answers: ThirdTeam, case: Any) -> Judgement:
    """Figures must be traced to their origin."""
    return judge_choice(
        answers.mlflow_server,
        "take",
        why="Which data, which code, which settings: six teams answer it in one place instead of six.",
        misconceptions={"leave": LOGS_SUFFICE},
    )


@third_team.finding("Kubeflow", points=1, needs=["kubeflow"])
def judge_kubeflow(answers: ThirdTeam, case: Any) -> Judgement:
    """What it asks for is there."""
    return judge_choice(
        answers.kubeflow,
        "take",
        why="The cost of a system is its upkeep. Here that is the team's trade, and spread over six users.",
        misconceptions={"leave": SYSTEM_FEARED},
    )


@third_team.finding("What the records need first", points=1, needs=["records_need"])
def judge_records(answers: ThirdTeam, case: Any) -> Judgement:
    """They must outlive the server, and no longer than they may."""
    return judge_choice(
        answers.records_need,
        "backups and a retention rule",
        why="A record is promised for years. Nothing in MLflow keeps that promise for you.",
        misconceptions={need: UPTIME_FOR_RECORDS for need in (FIRST_NEEDS[0], FIRST_NEEDS[2])},
    )
