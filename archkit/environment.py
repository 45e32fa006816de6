"""Whether this computer is ready for the course: Python, memory, and each tier of model asked for an answer."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from archkit.models.tiers import TierStatus

__all__ = ["Environment", "ModelAnswer", "environment"]

WANTED_MEMORY = 2 * 10**9
"""Bytes of memory with which every lesson runs: the largest needs 1 GB beside JupyterLab and the browser."""

PROMPT = (
    '<passage id="KB-020" title="Returns in the EU">\n'
    "You have 60 days from delivery to send back anything that you have not used, free of charge.\n"
    "</passage>\n\nQuestion: How many days do I have to send something back?"
)
LONGEST_ANSWER = 60
SECONDS_FOR_A_PROVIDER = 30


@dataclass(frozen=True)
class ModelAnswer:
    """What one tier of model said when it was asked.

    Attributes:
        tier: what `chat_model` calls it.
        about: what it is, in a few words.
        answered: whether it answered.
        words: the beginning of its answer, or one sentence on what is missing and what to do.
        seconds: the time from the call to the answer, loading included; None where it was not asked.
    """

    tier: str
    about: str
    answered: bool
    words: str
    seconds: float | None = None


@dataclass(frozen=True)
class Environment:
    """What the course found here. A notebook shows it as a table, `print` as text.

    Attributes:
        python: the version of Python.
        system: the operating system and the kind of processor.
        cores: processor cores.
        memory: bytes of memory that this process may use; None where the system does not say.
        models: the tiers of model, in the order embedded, smollm2, provider.
    """

    python: str
    system: str
    cores: int
    memory: int | None
    models: tuple[ModelAnswer, ...]

    @property
    def is_ready(self) -> bool:
        """Whether all lessons run here: the embedded model answers; the other tiers are optional."""
        return any(model.tier == "embedded" and model.answered for model in self.models)

    def __str__(self) -> str:
        """Return the findings as text, a line each."""
        lines = [self._verdict(), self._machine()]
        lines += [f"{model.tier}: {_state(model)}. {model.words}" for model in self.models]
        return "\n".join(lines)

    def _repr_markdown_(self) -> str:
        rows = [f"| `{m.tier}` | {m.about} | **{_state(m)}** | {_cell(m.words)} |" for m in self.models]
        head = "| Model | What it is | | What it said |\n|:--|:--|:--|:--|"
        return "\n".join([f"**{self._verdict()}** {self._machine()}\n", head, *rows])

    def _verdict(self) -> str:
        if self.is_ready:
            return "Ready: every lesson runs here."
        return "Not ready yet: the lessons need the embedded model."

    def _machine(self) -> str:
        if self.memory is None:
            memory = "the memory is not known"
        else:
            memory = f"{self.memory / 1e9:.1f} GB of memory"
            if self.memory < WANTED_MEMORY:
                memory += f" (tight: {WANTED_MEMORY / 1e9:.0f} GB are enough; close other notebooks)"
        cores = f"{self.cores} core{'s' if self.cores != 1 else ''}"
        return f"Python {self.python} on {self.system}, {cores}, {memory}."


def environment() -> Environment:
    """Look at this computer, and ask each tier of model that is ready here one short question.

    Nothing is fetched, and nothing is raised: a tier that cannot answer says in one line why not. A provider is asked
    only when `ARCHKIT_MODEL` names one; that one question costs a fraction of a cent there.
    """
    from archkit.models.tiers import tier_status

    return Environment(
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}".strip(),
        cores=_cores(),
        memory=_memory(),
        models=tuple(_asked(tier) for tier in tier_status()),
    )


def _asked(tier: TierStatus) -> ModelAnswer:
    if not tier.ready:
        return ModelAnswer(tier.name, tier.about, False, tier.advice)
    started = time.monotonic()
    was_running = _smollm2_runs()
    try:
        words = " ".join(_model(tier.name).invoke(PROMPT).text.split())
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        return ModelAnswer(tier.name, tier.about, False, f"It failed: {_shortened(reason)}")
    finally:
        if not was_running:
            _stop_smollm2()
    seconds = time.monotonic() - started
    return ModelAnswer(tier.name, tier.about, bool(words), _shortened(words) or "It answered nothing.", seconds)


def _model(name: str) -> BaseChatModel:
    from archkit.models import chat_model

    if name in ("embedded", "smollm2"):
        return chat_model(name, max_tokens=LONGEST_ANSWER)
    return chat_model(name, timeout=SECONDS_FOR_A_PROVIDER, max_retries=0)


def _smollm2_runs() -> bool:
    from archkit.models import smollm2_server

    return smollm2_server.is_running()


def _stop_smollm2() -> None:
    """Give back the 200 MB of a server that this question has started; the next use takes a second to start it."""
    from archkit.models import smollm2_server

    smollm2_server.stop()


def _state(model: ModelAnswer) -> str:
    if model.answered:
        return f"answers, {model.seconds:.1f} s"
    return "not here" if model.seconds is None else "failed"


def _shortened(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def _cell(text: str) -> str:
    """Write a text so that it stays inside its cell of a Markdown table."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def _cores() -> int:
    with contextlib.suppress(AttributeError, OSError):  # Linux only: the cores that this process may use
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> int | None:
    """Return the smallest of the limits that hold for this process: the machine's, a container's, a hub's."""
    sources: tuple[Callable[[], int | None], ...] = (_machine_memory, _container_memory, _hub_memory)
    limits = []
    for source in sources:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            limits.append(source())
    known = [limit for limit in limits if limit and limit > 0]
    return min(known, default=None)


def _machine_memory() -> int | None:
    if sys.platform == "win32":
        return _windows_memory()
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _container_memory() -> int | None:
    """Return the limit of the control group, where there is one (https://docs.kernel.org/admin-guide/cgroup-v2.html)."""
    text = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    return None if text == "max" else int(text)


def _hub_memory() -> int | None:
    """Return the limit that JupyterHub sets (https://jupyterhub.readthedocs.io, Spawner.mem_limit)."""
    return int(os.environ.get("MEM_LIMIT") or 0) or None


def _windows_memory() -> int | None:
    """Return the memory that Windows reports in MEMORYSTATUSEX.ullTotalPhys."""
    import ctypes

    class MemoryStatus(ctypes.Structure):
        _fields_ = [
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *[(name, ctypes.c_ulonglong) for name in ("total", "free", "page", "page_free", "all", "all_free", "rest")],
        ]

    status = MemoryStatus(length=ctypes.sizeof(MemoryStatus))
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined]
        return None
    return int(status.total)
