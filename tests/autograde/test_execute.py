"""Grading runs a submission's cells in a kernel and its checks in the grader's process, whatever the cells do.

Kernels are slow to start. What can share one does: each of the fixtures below grades one long notebook, and the tests
look at their part of it.
"""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping

import pytest
from nbformat import NotebookNode
from nbgrader.utils import determine_grade

from archkit.case import Case
from autograde.record import RESULT_MIME_TYPE, recorded_results
from autograde.registry import find_check

Graded = Callable[..., NotebookNode]

CASE = Case.for_learner("ana")
AVERAGE = CASE.traffic.requests_per_month / 2_592_000
RIGHT = (
    f'LEARNER_ID = "ana"\naverage_requests_per_second = {AVERAGE}\n'
    f"peak_requests_per_second = {AVERAGE * CASE.traffic.peak_to_average}"
)
WRONG = "average_requests_per_second = peak_requests_per_second = 1.5"
CHECK = 'check("component_sketch.peak_load")'
CHECK_FUNCTION = 'check("component_sketch.headroom")'


def scores(notebook: NotebookNode) -> list[float | None]:
    """The points that nbgrader would save for each graded cell."""
    return [determine_grade(cell)[0] for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]


def errors(notebook: NotebookNode) -> list[str]:
    return [
        f"{output.ename}: {output.evalue}"
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    ]


def messages(result: Mapping[str, object]) -> str:
    return " ".join(dict.fromkeys(f["message"] for f in result["findings"]))


@pytest.fixture(scope="module")
def quick_calls() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("autograde.answers.SECONDS_PER_CALL", 2.0)
        patch.setattr("autograde.execute.SECONDS_TO_EXPORT", 2.0)
        yield


# --- Who runs what ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plain(run_notebook: Graded) -> NotebookNode:
    return run_notebook(
        RIGHT,
        CHECK,
        "def utilisation(rate):\n    return {}",
        CHECK_FUNCTION,
        "import sys, os\n(os.getpid(), sorted(m for m in sys.modules if m.startswith(('autograde', 'nbgrader'))))",
        "answer_ms = 1.0; meets_target = ...",
        'check("component_sketch.<b>x</b>")',
        "peak_requests_per_second = ...",
        CHECK,
    )


def test_right_answers_earn_full_points_and_the_cell_holds_score_card_and_record(plain: NotebookNode) -> None:
    assert scores(plain)[0] == 2
    (output,) = plain.cells[2].outputs
    assert output.output_type == "execute_result"
    assert output.data["text/plain"] == "2"
    assert "2 of 2 points" in output.data["text/html"]
    assert output.data[RESULT_MIME_TYPE]["outcome"] == "right"
    assert not errors(plain)


def test_the_checks_run_in_the_graders_process_and_never_in_the_learners(plain: NotebookNode) -> None:
    pid, modules = eval(plain.cells[5].outputs[0].data["text/plain"])
    assert pid != os.getpid()
    assert modules == ["autograde", "autograde.learner_side"]
    assert "autograde.checks.component_sketch" in sys.modules


def test_an_unknown_check_scores_nothing_and_says_so(plain: NotebookNode) -> None:
    assert scores(plain)[2] == 0
    html = plain.cells[7].outputs[0].data["text/html"]
    assert "There is no check named" in html and "<b>" not in html


def test_an_untouched_answer_costs_its_own_points(plain: NotebookNode) -> None:
    assert scores(plain)[3] == 1


def test_the_submitters_id_decides_the_case_and_another_id_is_told(run_notebook: Graded) -> None:
    notebook = run_notebook(RIGHT, CHECK, 'LEARNER_ID = "  BEN "', CHECK, "del LEARNER_ID", CHECK, student="ben")
    assert scores(notebook) == [0, 0, 0]
    stated, own, none = (result["notice"] for result in recorded_results(notebook))
    assert "worked with the learner id 'ana', but 'ben' submitted it" in stated
    assert own == ""
    assert "states no learner id. It was graded on the case of 'ben'" in none


def test_points_that_a_release_recorded_are_the_scale_of_the_score(run_notebook: Graded) -> None:
    generation = CASE.latency.first_token_ms + CASE.latency.ms_per_token * CASE.tokens.answer
    ms = {part.id: part.latency_ms for part in CASE.parts}
    answer = ms["gateway"] + max(ms["embedder"] + ms["index"], ms["records"]) + generation
    notebook = run_notebook(f"answer_ms = {answer}\nmeets_target = ...", 'check("component_sketch.answer_time")')
    assert scores(notebook) == [1.33], "2 of the check's 3 points, in a cell that was released with 2"


def test_points_that_this_copy_of_the_course_cannot_give_are_told_to_the_instructor(
    run_notebook: Graded, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(find_check("component_sketch.headroom", held_back=True), "held_back_rules", [])
    monkeypatch.setattr(logging.getLogger("traitlets"), "propagate", True)
    run_notebook(RIGHT, CHECK, CHECK_FUNCTION)
    assert "1 of the 4 points of component_sketch.headroom are held back" in caplog.text
    assert "peak_load are held back" not in caplog.text


def test_assertions_work_as_in_nbgrader_itself(run_notebook: Graded) -> None:
    notebook = run_notebook(
        "def square(x):\n    return x * x",
        "assert square(3) == 9",
        "assert square(3) == 6, 'not the square'",
        "assert square\n1.5",
        "assert square(2) == 4\nimport warnings; warnings.warn('stderr costs points in nbgrader')",
    )
    assert scores(notebook) == [2, 0, 1.5, 0]
    assert errors(notebook) == ["AssertionError: not the square"]


# --- What ends, hangs or breaks the process costs its own points only ------------------------------------------------

FATAL = {
    "os._exit": "import os\nos._exit(3)",
    "exit()": "exit()",
    "a signal that kills": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "an endless loop": "while True: pass",
    "an endless loop that swallows interrupts": (
        "import time\nwhile True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass"
    ),
    "C code that no interrupt reaches": "sum(range(10**11))",
    "SystemExit": "raise SystemExit(1)",
    "what is no Exception": "raise BaseException('x')",
    "a syntax error": "average_requests_per_second = = 3",
    "a kernel without builtins": "import builtins\nbuiltins.list = builtins.str = None",
    "a message that no frontend can read": (
        "kernel = get_ipython().kernel\n"
        "kernel.session.send(kernel.iopub_socket, 'stream', {}, parent=kernel.get_parent())"
    ),
    "a cell that does not run twice": (
        "import os\nif os.path.exists('ran'):\n    os._exit(1)\nopen('ran', 'w').close()"
    ),
}


@pytest.fixture(scope="module")
def survived(run_notebook: Graded) -> dict[str, float | None]:
    cells = [cell for fatal in FATAL.values() for cell in (fatal, CHECK)]
    notebook = run_notebook(RIGHT, CHECK, *cells, "import os\nos._exit(1)", CHECK, WRONG, CHECK)
    before, *after, brought_back, wrong = scores(notebook)
    assert (before, brought_back, wrong) == (2, 2, 0)
    assert len(errors(notebook)) >= len(FATAL) - 1
    return dict(zip(FATAL, after, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("fatal", FATAL)
def test_a_cell_that_ends_hangs_or_breaks_the_process_costs_no_other_points(
    fatal: str, survived: dict[str, float | None]
) -> None:
    assert survived[fatal] == 2


def test_a_kernel_killed_midway_costs_neither_what_was_earned_before_nor_what_comes_after(run_notebook: Graded) -> None:
    notebook = run_notebook(RIGHT, CHECK, FATAL["os._exit"], CHECK, "later = 1\nlater")
    assert scores(notebook) == [2, 2]
    assert errors(notebook) == ["NamespaceLost: Cell 4 ended the notebook's process."]
    assert notebook.cells[-1].outputs[0].data["text/plain"] == "1"


@pytest.mark.slow
def test_a_kernel_that_cannot_be_started_again_keeps_what_was_earned(run_notebook: Graded) -> None:
    sabotage = "open('ipykernel_launcher.py', 'w').write('raise SystemExit(1)')\nimport os\nos._exit(3)"
    notebook = run_notebook(RIGHT, CHECK, sabotage, "x = 1", CHECK)
    assert scores(notebook) == [2, 0]
    assert "No other process could be started" in messages(recorded_results(notebook)[-1])


CALLED = {
    "an endless loop": ("while True: pass", "did not return within 2 s and was stopped"),
    "sleep": ("import time; time.sleep(60)", "did not return within 2 s and was stopped"),
    "recursion": ("return utilisation(rate)", "raised RecursionError in line 2 of its cell"),
    "an exception": ("return {}['x']", "raised KeyError in line 2 of its cell"),
    "half a character": (r"raise ValueError('\ud800')", "raised ValueError in line 2 of its cell: ?"),
    "not a number": ("return {'gateway': float('nan')}", "is nan, which is not a number one can compare"),
    "numbers that are truth values": (
        "return dict.fromkeys(('gateway', 'embedder', 'index', 'model', 'records', 'history'), True)",
        "there is none for gateway, embedder, index, model, records, history",
    ),
    "a number without bounds": (
        "return dict.fromkeys(('gateway', 'embedder', 'index', 'model', 'records', 'history'), 10**300)",
        "there is none for gateway",
    ),
    "much text at once": ("print('x' * 5_000_000); return {}", "there is none for gateway"),
    "much text in pieces": (
        "for n in range(2_000): print('x' * 2_500, flush=True)\n    return {}",
        "`utilisation",
    ),
    "os._exit": ("import os; os._exit(3)", "ended the process it ran in"),
    "an endless loop that swallows interrupts": (
        "import time\n    while True:\n        try:\n            time.sleep(60)\n"
        "        except BaseException:\n            pass",
        "ended the process it ran in, or could not be stopped",
    ),
    "C code that no interrupt reaches": ("sum(range(10**11))", "ended the process it ran in, or could not be stopped"),
}


@pytest.fixture(scope="module")
def called(run_notebook: Graded, quick_calls: None) -> dict[str, str]:
    cells = [
        cell
        for body, _ in CALLED.values()
        for cell in (f"def utilisation(rate):\n    {body}", CHECK_FUNCTION, "own = 'output'\nown", CHECK)
    ]
    notebook = run_notebook(RIGHT, *cells)
    assert scores(notebook) == [0, 2] * len(CALLED)
    shown = [cell.outputs[0].data["text/plain"] for cell in notebook.cells if cell.source.startswith("own")]
    assert shown == ["'output'"] * len(CALLED), "what a call prints is not mixed with the next cell's output"
    assert "xxxx" not in json.dumps(notebook)
    json.dumps(notebook, ensure_ascii=False).encode()
    return dict(zip(CALLED, map(messages, recorded_results(notebook)[::2]), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLED)
def test_a_function_answer_that_fails_costs_its_own_points_and_says_how(name: str, called: dict[str, str]) -> None:
    assert CALLED[name][1] in called[name]


@pytest.mark.slow
def test_an_answer_whose_reading_ends_or_hangs_the_process_costs_only_itself(
    run_notebook: Graded, quick_calls: None
) -> None:
    trap = "class Trap:\n    def tolist(self):\n        {}\naverage_requests_per_second = Trap()"
    notebook = run_notebook(
        RIGHT, trap.format("while True: pass"), CHECK, trap.format("import os; os._exit(1)"), CHECK, RIGHT, CHECK
    )
    assert scores(notebook) == [1, 1, 2]
    endless, exits, _ = map(messages, recorded_results(notebook))
    assert "Reading `average_requests_per_second` did not end in time" in endless
    assert "Reading `average_requests_per_second` ended the process" in exits


# --- What forges, replaces or pretends earns nothing -----------------------------------------------------------------

PRETENCES = {
    "check replaced": "check = lambda name: 2",
    "float and abs replaced": "import builtins\nbuiltins.abs = lambda x: 0\nbuiltins.round = lambda *a: 2",
    "names that grading might use": "globals = __name__ = __autograde_reply__ = export_answers = 3",
    "judging replaced": "import autograde.judging\nautograde.judging.close = lambda *a, **k: True",
    "the check's own rules replaced": (
        "import autograde.checks.component_sketch as c\nfrom autograde.findings import Judgement\n"
        "for rule in c.peak_load.rules: object.__setattr__(rule, 'judge', lambda a, c: Judgement(1))"
    ),
    "a hook after each cell": "get_ipython().events.register('post_execute', lambda: print('2'))",
    "what any cell shows updated": (
        "from IPython.display import HTML, update_display\n"
        "for n in range(9): update_display(HTML('36'), display_id=f'{n}')\n"
        "kernel = get_ipython().kernel\n"
        "kernel.session.send(kernel.iopub_socket, 'execute_result',"
        " {'data': {'text/plain': '36'}, 'metadata': {}, 'execution_count': 3}, parent=kernel.get_parent())"
    ),
    "objects equal to everything": (
        "class Any(float):\n    __eq__ = lambda self, other: True\n    __sub__ = __rsub__ = lambda self, other: 0\n"
        "average_requests_per_second = peak_requests_per_second = Any(1.5)"
    ),
}
FORGED_CHANNEL = {
    "json replaced": 'import json\njson.dumps = lambda *a, **k: \'{"kind": "value", "value": 2, "points": 2}\'',
    "an envelope of the wrong shape": (
        "import autograde.learner_side as side\nside.export_answers = lambda *a: '[{\"answers\": 2}]'"
    ),
    "no envelope at all": "side.export_from_notebook = lambda names: 2",
    "what is no hexadecimal": "side.export_from_notebook = lambda names: '(' * 500_000",
    "nothing to call": "side.export_from_notebook = None",
    "the learner's side replaced": (
        "import sys, types\nfake = types.ModuleType('autograde.learner_side')\n"
        'forged = \'{"answers": {"average_requests_per_second": {"kind": "right", "points": 2}}, "points": 2}\'\n'
        "fake.export_from_notebook = lambda names: forged.encode().hex()\n"
        "sys.modules['autograde.learner_side'] = fake"
    ),
    "a formatter for text": (
        "get_ipython().display_formatter.formatters['text/plain'].for_type(str, lambda s, p, c: p.text('2'))"
    ),
}


@pytest.mark.parametrize("forgeries", [PRETENCES, FORGED_CHANNEL], ids=["pretences", "forged channel"])
def test_no_forgery_earns_a_point(forgeries: dict[str, str], run_notebook: Graded) -> None:
    cells = [cell for forgery in forgeries.values() for cell in (WRONG, forgery, CHECK)]
    notebook = run_notebook(RIGHT, CHECK, *cells)
    assert scores(notebook) == [2] + [0] * len(forgeries)
    assert not errors(notebook)
    assert [result["earned"] for result in recorded_results(notebook)[1:]] == [0] * len(forgeries)


def test_forged_answers_are_answers_like_any_others(run_notebook: Graded) -> None:
    """Who makes the envelope lie about the answers has still to know the right ones."""
    forgery = (
        "import autograde.learner_side as side, json\nright = side.export_answers\n"
        "def forged(namespace, names):\n    sent = json.loads(right(namespace, names))\n"
        "    sent['answers']['average_requests_per_second'] = {'kind': 'value', 'value': 99.0}\n"
        "    return json.dumps(sent)\nside.export_answers = forged"
    )
    assert scores(run_notebook(RIGHT, forgery, CHECK)) == [1]


def test_a_result_that_a_learners_cell_shows_is_neither_points_nor_a_record(run_notebook: Graded) -> None:
    forged = (
        "class Result:\n    def _repr_mimebundle_(self, **k):\n"
        f"        return {{'text/plain': '36', {RESULT_MIME_TYPE!r}: {{'check': 'x', 'earned': 36}}}}\nResult()"
    )
    notebook = run_notebook(WRONG, forged, CHECK)
    assert notebook.cells[2].outputs[0].data[RESULT_MIME_TYPE]["earned"] == 36, "the cell does show it"
    assert scores(notebook) == [0]
    assert [result["check"] for result in recorded_results(notebook)] == ["component_sketch.peak_load"]


def test_a_flood_of_messages_that_nobody_asked_for_does_not_hold_grading_up(run_notebook: Graded) -> None:
    flood = (
        "import threading, time\nkernel = get_ipython().kernel\nident = kernel._parent_ident['shell']\n"
        "def flood():\n    while True:\n"
        "        kernel.session.send(kernel.shell_socket, 'execute_reply', {'status': 'ok'}, parent={}, ident=ident)\n"
        "        time.sleep(0.001)\n"
        "threading.Thread(target=flood, daemon=True).start()"
    )
    assert scores(run_notebook(flood, RIGHT, CHECK)) == [2]
