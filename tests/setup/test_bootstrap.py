"""The set-up: when it does something, with what, and what it says when it cannot."""

import ast
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PROGRAM = "#!/bin/sh\n"
posix_only = pytest.mark.skipif(os.name == "nt", reason="the stand-in programs are shell scripts")


def program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(PROGRAM + text)
    path.chmod(0o755)
    return path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a lock and project settings, in which nothing has been set up."""
    (tmp_path / "requirements.txt").write_text("one==1.0 \\\n    --hash=sha256:00\n    # via course\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "course"\ndependencies = ["one"]\n')
    return tmp_path


@pytest.fixture
def environment(bootstrap: ModuleType, checkout: Path) -> Any:
    """An environment of that checkout, finished: its Python is this one."""
    environment = bootstrap.Environment(checkout)
    program(environment.scripts, environment.python.name, f'exec "{sys.executable}" "$@"\n')
    environment.finish()
    return environment


class Recorder:
    """An installer that writes down what it is asked, and fails where it is told to."""

    def __init__(self, name: str, fails_at: str = "", error: Exception | None = None) -> None:
        self.name, self.fails_at, self.error = name, fails_at, error
        self.asked: list[str] = []

    def _do(self, what: str) -> None:
        self.asked.append(what)
        if self.error is not None and what == self.fails_at:
            raise self.error

    def create(self, environment: Any) -> None:
        environment.folder.mkdir(exist_ok=True)
        self._do("create")

    def install_lock(self, environment: Any) -> None:
        self._do("install_lock")

    def install_course(self, environment: Any) -> None:
        self._do("install_course")


# --- Stamp ---


@posix_only
def test_a_finished_environment_is_current(environment: Any) -> None:
    assert environment.is_current()
    assert environment.can_be_updated()


@posix_only
@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_a_changed_lock_or_project_makes_it_out_of_date_but_updatable(environment: Any, name: str) -> None:
    with (environment.root / name).open("a") as file:
        file.write("# another content\n")
    assert not environment.is_current()
    assert environment.can_be_updated()


@posix_only
def test_touching_the_lock_without_changing_it_changes_nothing(environment: Any) -> None:
    os.utime(environment.lock, (1, 1))
    assert environment.is_current()


@posix_only
@pytest.mark.parametrize("key", ["python", "folder"])
def test_another_python_or_a_moved_checkout_needs_a_new_environment(environment: Any, key: str) -> None:
    stamp = environment.stamp.read_text()
    environment.stamp.write_text(stamp.replace(environment.wanted()[key], "elsewhere"))
    assert not environment.is_current()
    assert not environment.can_be_updated()


@posix_only
@pytest.mark.parametrize("content", [None, "", "{", "[]"])
def test_an_interrupted_set_up_is_not_built_upon(environment: Any, content: str | None) -> None:
    if content is None:
        environment.stamp.unlink()
    else:
        environment.stamp.write_text(content)
    assert not environment.is_current()
    assert not environment.can_be_updated()


@posix_only
def test_an_environment_whose_python_is_gone_is_not_current(environment: Any) -> None:
    environment.python.unlink()
    assert not environment.is_current()
    assert not environment.can_be_updated()


def test_the_stamp_is_written_only_after_everything_is_installed(bootstrap: ModuleType, checkout: Path) -> None:
    environment = bootstrap.Environment(checkout)
    broken = Recorder("pip", "install_course", bootstrap.SetupError("The disk is full. Make room."))
    with pytest.raises(bootstrap.SetupError, match="The disk is full"):
        bootstrap.make_environment(environment, [broken], 4)
    assert not environment.stamp.exists()
    working = Recorder("pip")
    bootstrap.make_environment(environment, [working], 4)
    assert working.asked == ["create", "install_lock", "install_course"]
    assert environment.made_from() == environment.wanted()


@posix_only
def test_an_interrupted_update_leaves_no_stamp(bootstrap: ModuleType, environment: Any) -> None:
    interrupted = Recorder("uv", "install_lock", KeyboardInterrupt())  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        bootstrap.make_environment(environment, [interrupted], 4)
    assert environment.made_from() == {}


# --- Installers ---


def test_when_uv_fails_pip_takes_over(
    bootstrap: ModuleType, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = bootstrap.Environment(checkout)
    uv = Recorder("uv", "install_lock", bootstrap.SetupError("The registry refused. Try again."))
    pip = Recorder("pip")
    bootstrap.make_environment(environment, [uv, pip], 4)
    assert pip.asked == ["create", "install_lock", "install_course"]
    assert environment.made_from() == environment.wanted()
    assert "uv could not do it: The registry refused. Trying pip." in capsys.readouterr().out


@posix_only
def test_a_uv_on_the_path_is_used(bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uv = program(tmp_path / "bin", "uv", "echo uv 9.9.9\n")
    monkeypatch.setenv("PATH", str(uv.parent), prepend=os.pathsep)
    found = bootstrap.find_uv(tmp_path)
    assert found is not None
    assert (found.program, found.name) == (str(uv), "uv 9.9.9")


@posix_only
def test_a_uv_fetched_earlier_is_used_again(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = program(tmp_path / ".bootstrap" / "bin", "uv", "echo uv 8.8.8\n")
    monkeypatch.setenv("PATH", "/nowhere:/bin:/usr/bin")
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    found = bootstrap.find_uv(tmp_path)
    assert found is not None and found.program == str(own)


@posix_only
def test_without_ensurepip_pip_fetches_a_uv_into_a_folder(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = 'test "$1 $2" = "-m pip" || exit 1\n'
    python += f"mkdir -p '{tmp_path}/.bootstrap/bin'\necho \"$@\" > '{tmp_path}/asked'\n"
    python += f"printf '#!/bin/sh\\necho uv 7.7.7' > '{tmp_path}/.bootstrap/bin/uv'\n"
    python += f"chmod +x '{tmp_path}/.bootstrap/bin/uv'\n"
    monkeypatch.setattr(bootstrap.sys, "executable", str(program(tmp_path, "python", python)))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    monkeypatch.setattr(bootstrap, "can_make_environments", lambda: False)
    monkeypatch.setattr(bootstrap, "has_pip", lambda: True)
    found = bootstrap.find_uv(tmp_path)
    assert found is not None and found.name == "uv 7.7.7"
    assert f"install uv --target {tmp_path}/.bootstrap" in (tmp_path / "asked").read_text()


@posix_only
def test_a_shim_on_the_path_without_a_uv_behind_it_does_not_count(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = program(tmp_path / "bin", "uv", "echo 'uv: command not found in this version' >&2; exit 127\n")
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: str(shim))
    monkeypatch.setattr(bootstrap, "can_make_environments", lambda: False)
    monkeypatch.setattr(bootstrap, "has_pip", lambda: False)
    monkeypatch.setattr(bootstrap, "install_debian_venv", lambda: None)
    assert bootstrap.find_uv(tmp_path) is None


def test_without_ensurepip_and_uv_it_names_the_debian_package(
    bootstrap: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "can_make_environments", lambda: False)
    with pytest.raises(bootstrap.SetupError, match="as root: apt-get install python3-venv"):
        bootstrap.make_environment(bootstrap.Environment(checkout), [bootstrap.Pip()], 4)


# --- What it says ---


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("error: Failed to fetch: dns error", "The package registry cannot be reached."),
        ("NewConnectionError: [Errno -3] Temporary failure in name resolution", "cannot be reached"),
        ("OSError: [Errno 28] No space left on device", "The disk is full."),
        ("Collecting one\nERROR: No matching distribution found for one==1.0\nhint", "No matching distribution found"),
        ("", "pip stopped: it said nothing"),
    ],
)
def test_a_failure_is_told_in_one_line(bootstrap: ModuleType, said: str, expected: str) -> None:
    told = bootstrap.reason(said, ["/usr/bin/pip", "install"])
    assert expected in told
    assert "\n" not in told


def test_a_failing_program_is_reported_with_its_own_words(bootstrap: ModuleType) -> None:
    with pytest.raises(bootstrap.SetupError, match="error: no such thing"):
        bootstrap.watch([sys.executable, "-c", "import sys; print('error: no such thing'); sys.exit(3)"])


def test_an_unknown_command_lists_the_known_ones(bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["labb"]) == 2
    said = capsys.readouterr()
    assert "There is no command 'labb'." in said.err
    assert all(f"  {command} " in said.out for command in bootstrap.COMMANDS)


def test_an_old_python_is_told_what_to_install(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    assert bootstrap.main(["lab"]) == 1
    said = capsys.readouterr().err.strip()
    assert "the course needs 3.11 or newer" in said
    assert "\n" not in said


def test_an_old_python_can_read_the_script(course: Path) -> None:
    ast.parse((course / "bootstrap.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_the_script_uses_nothing_beyond_the_standard_library(course: Path) -> None:
    tree = ast.parse((course / "bootstrap.py").read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    }
    assert imported <= sys.stdlib_module_names


# --- Make ---


def test_make_lists_the_same_commands_as_the_script(course: Path, bootstrap: ModuleType) -> None:
    listed = subprocess.run(
        ["make", "-C", str(course), "--no-print-directory"], capture_output=True, text=True, check=True
    )
    for command, purpose in bootstrap.COMMANDS.items():
        assert f"  {command:<12} {purpose}\n" in listed.stdout


def test_every_command_is_a_target_of_make(course: Path, bootstrap: ModuleType) -> None:
    for command in bootstrap.COMMANDS:
        dry = ["make", "-C", str(course), "--no-print-directory", "--dry-run", command]
        planned = subprocess.run(dry, capture_output=True, text=True, check=True).stdout
        assert f"bootstrap.py {command}" in planned


@pytest.mark.parametrize("command", ["notebooks", "release", "demo", "prove", "grade"])
def test_every_command_of_the_course_can_be_called(bootstrap: ModuleType, command: str) -> None:
    program = [sys.executable, "-m", *bootstrap.COURSE_COMMANDS[command], "--help"]
    run = subprocess.run(program, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_the_benchmark_exists(course: Path, bootstrap: ModuleType) -> None:
    (module,) = bootstrap.COURSE_COMMANDS["bench"]
    assert course.joinpath(*module.split("."), "__main__.py").is_file()
