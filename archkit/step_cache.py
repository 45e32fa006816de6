"""A pipeline's steps, kept by what they depend on: done again only when their program or their input has changed."""

from __future__ import annotations

import hashlib
import inspect
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["StepCache"]


@dataclass
class StepCache:
    """Results of steps in a folder, each under a digest of the step's source and its arguments.

    What a step reads beside its arguments is not part of the digest: a clock, a database, a model whose name stays.
    The results are pickled: read only folders that you have written.

    Attributes:
        folder: an existing folder.
        ran: the names of the steps that were really done, in their order.
    """

    folder: Path
    ran: list[str] = field(default_factory=list)

    def run(self, step: Callable[..., Any], *arguments: Any, name: str | None = None) -> Any:
        """Return the step's result, from the folder if it is there.

        Args:
            step: a function written in Python; its source counts.
            arguments: what it is given; they are compared by their pickled bytes.
            name: how `ran` calls the step; the function's name if not given.
        """
        source = inspect.getsource(step).encode()
        digest = hashlib.sha256(source + b"\0" + pickle.dumps(arguments)).hexdigest()
        kept = self.folder / f"{digest}.pickle"
        if kept.exists():
            return pickle.loads(kept.read_bytes())
        self.ran.append(name or step.__name__)
        kept.write_bytes(pickle.dumps(step(*arguments)))
        return pickle.loads(kept.read_bytes())  # the same bytes the next time, as the next step's digest needs
