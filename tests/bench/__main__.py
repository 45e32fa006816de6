"""What the course costs and how well it retrieves, measured on this machine: `make bench`.

Nothing here passes or fails. Times depend on the machine and on what else it does, so each stands beside something
measured in the same run.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests.bench.load import load

COURSE = Path(__file__).resolve().parents[2]
PROGRAMS = {
    "python, nothing imported": "pass",
    "import archkit": "import archkit",
    "import archkit.case": "import archkit.case",
    "import archkit.blueprint": "import archkit.blueprint",
    "import archkit.retrieval": "import archkit.retrieval",
    "import archkit.models": "import archkit.models",
    "from autograde import check": "from autograde import check",
    "import pandas (for comparison)": "import pandas",
    "import langchain_core.documents (for comparison)": "import langchain_core.documents",
}


def machine() -> None:
    """Print what the numbers were measured on."""
    memory = psutil.virtual_memory().total / 2**30
    print(f"{platform.platform()}, Python {platform.python_version()}")
    print(f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, load {os.getloadavg()[0]:.1f} when this began\n")


def imports(rounds: int = 7) -> None:
    """Print how long imports take, each in processes of their own, taken in turns."""
    seconds: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(rounds):
        for name, code in PROGRAMS.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, cwd=COURSE)
            seconds[name].append(time.perf_counter() - started)
    bare = statistics.median(seconds["python, nothing imported"])
    print(f"{'in a new process':<50}{'seconds':>9}{'beyond python':>15}")
    for name, taken in seconds.items():
        middle = statistics.median(taken)
        print(f"{name:<50}{middle:>9.2f}{middle - bare:>15.2f}")
    print()


def retrieval() -> None:
    """Print recall and MRR of the retrievers on the labelled questions that have an answer."""
    from archkit.retrieval import (
        BM25Retriever,
        chroma_store,
        default_passages,
        default_retriever,
        evaluate,
        load_questions,
    )

    questions = [question for question in load_questions() if question.relevant and question.asker == "customer"]
    passages = default_passages()
    store = chroma_store(passages)
    retrievers = {
        "default_retriever()": default_retriever(k=5),
        "dense, no filter": store.as_retriever(search_kwargs={"k": 5}),
        "BM25, no filter (the baseline)": BM25Retriever(passages=passages, k=5),
    }
    print(f"{len(questions)} labelled questions of customers, {len(passages)} passages")
    print(f"{'retriever':<34}{'recall@5':>10}{'hit rate':>10}{'MRR':>8}{'ms a question':>15}")
    for name, retriever in retrievers.items():
        started = time.perf_counter()
        found = evaluate(retriever, questions, k=5, name=name)
        each = (time.perf_counter() - started) / len(questions) * 1000
        print(f"{name:<34}{found.recall.value:>10.3f}{found.hit_rate.value:>10.3f}{found.mrr.value:>8.3f}{each:>15.1f}")
    print()


def notebooks() -> None:
    """Run every lesson and solution in a real kernel; pytest prints the table of time and memory."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--no-header",
        "-p",
        "no:randomly",
        "tests/notebooks/test_lessons_run.py",
    ]
    subprocess.run(command, cwd=COURSE)


MEASUREMENTS = {"imports": imports, "retrieval": retrieval, "load": load, "notebooks": notebooks}


def main() -> None:
    """Run the measurements that were asked for, all by default."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the course on this machine.")
    parser.add_argument("measurement", nargs="*", help=f"any of {', '.join(MEASUREMENTS)} (default: all)")
    chosen = parser.parse_args().measurement or list(MEASUREMENTS)
    unknown = [name for name in chosen if name not in MEASUREMENTS]
    if unknown:
        parser.error(f"there is no measurement {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")
    machine()
    for name in chosen:
        MEASUREMENTS[name]()


if __name__ == "__main__":
    main()
