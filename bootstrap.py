"""Set the course up and run its commands: `python bootstrap.py lab`, or `make lab` where make is at hand.

Every command first brings the environment in .venv into agreement with the lock (requirements.txt) and fetches the
model files; when nothing has changed since the last time, that takes a second. Only Python itself is needed to start,
so this file uses nothing beyond the standard library, and no syntax that an old Python could not read: it must live
long enough to say that it is too old.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST_PYTHON = (3, 11)
NEWER_PYTHONS = ("python3.13", "python3.12", "python3.11")
START_PAGE = "modules/0_start_here.ipynb"

COMMANDS = {
    "lab": "set everything up and open JupyterLab on Start here",
    "instructor": "the same with the instructor's tools (formgrader, assignment list)",
    "test": "run the whole suite: style, types, unit, notebook, grading and browser tests",
    "test-quick": "run the part of the suite that takes a minute",
    "notebooks": "build modules/, solutions/ and exercises/ from markdown/",
    "release": "enter the exercises into the class's gradebook and release them to the exchange",
    "demo": "build and grade a class of simulated learners",
    "prove": "prove the graders on solutions, wrong answers and mutants of every check",
    "grade": "grade the submissions to an exercise: make grade ARGS=component_sketch",
    "bench": "measure times, memory and retrieval quality on this machine",
    "setup": "only set everything up",
    "lock": "resolve the dependencies into requirements.txt and environment.yml (needs uv)",
    "environment": "write environment.yml from requirements.txt",
    "help": "list these commands",
}
COURSE_COMMANDS = {
    "notebooks": ("autograde.build",),
    "release": ("autograde.release",),
    "demo": ("autograde", "demo"),
    "prove": ("autograde", "prove"),
    "grade": ("nbgrader", "autograde"),
    "bench": ("tests.bench",),
}
WITHOUT_MODELS = ("notebooks", "release")

NO_NETWORK = re.compile(
    r"name resolution|getaddrinfo|dns error|Failed to (establish a new connection|fetch)|error sending request"
    r"|Connection (refused|reset)|ConnectTimeout|ReadTimeout|timed out|Network is unreachable|ProxyError|SSLError",
    re.IGNORECASE,
)


class SetupError(Exception):
    """Something outside the course stands in the way; the message says what, and what to do about it."""


def main(arguments: list[str]) -> int:
    """Run one command with its arguments and return the exit code."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if command in ("help", "-h", "--help"):
        print_help()
        return 0
    if command not in COMMANDS:
        print(f"There is no command {command!r}.", file=sys.stderr)
        print_help()
        return 2
    try:
        if sys.version_info < OLDEST_PYTHON:
            return run_under_newer_python(arguments)
        if command == "lock":
            return lock(rest)
        if command == "environment":
            return write_environment()
        environment = Environment(ROOT)
        set_up(environment, models=command not in WITHOUT_MODELS)
        return run(command, rest, environment)
    except SetupError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130


def print_help() -> None:
    """List the commands, a line each."""
    print("make COMMAND, or without make: python bootstrap.py COMMAND\n")
    for command, purpose in COMMANDS.items():
        print(f"  {command:<12} {purpose}")


def run_under_newer_python(arguments: list[str]) -> int:
    """Start over with a Python that is new enough, if there is one.

    Raises:
        SetupError: if there is none.
    """
    for name in NEWER_PYTHONS:
        found = shutil.which(name)
        if found:
            return subprocess.call([found, str(ROOT / "bootstrap.py"), *arguments])
    needed = ".".join(map(str, OLDEST_PYTHON))
    raise SetupError(
        f"This is Python {platform.python_version()}, and the course needs {needed} or newer. Install it (Debian 12: "
        "apt-get install python3 python3-venv) and name it: PYTHON=/path/to/python3.11 make lab"
    )


# --- What a command runs --------------------------------------------------------------------------------------------


def run(command: str, rest: list[str], environment: Environment) -> int:
    """Run a command of the course inside its environment and return the exit code."""
    if command == "setup":
        return 0
    if command in ("lab", "instructor"):
        return open_jupyterlab("instructor" if command == "instructor" else "learner", rest, environment)
    python = str(environment.python)
    if command in ("test", "test-quick"):
        # Two numerical libraries that each take every core slow each other down when tests run side by side.
        one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        workers = str(min(4, os.cpu_count() or 1))
        pytest = [python, "-m", "pytest", "--numprocesses", workers, "--dist", "loadfile"]
        quick = ["-m", "not slow and not browser"] if command == "test-quick" else []
        return call([*pytest, *quick, *rest], environment.variables(**one_thread))
    return call([python, "-m", *COURSE_COMMANDS[command], *rest], environment.variables())


def open_jupyterlab(role: str, rest: list[str], environment: Environment) -> int:
    """Start JupyterLab for a role ("learner" or "instructor") and return its exit code.

    Further options for JupyterLab come from the command line and from LAB_ARGS.
    """
    command, variables = jupyterlab(role, environment)
    if has_browser():
        print("JupyterLab opens in the browser; stop it here with Ctrl+C.", flush=True)
    else:
        command.append("--no-browser")
        print("Open the address below in a browser; stop JupyterLab with Ctrl+C.", flush=True)
    return call([*command, *shlex.split(os.environ.get("LAB_ARGS", "")), *rest], variables)


def jupyterlab(role: str, environment: Environment) -> tuple[list[str], dict[str, str]]:
    """Return the command and the variables that start JupyterLab with the configuration of a role."""
    # The course's folder is among them for nbgrader_config.py: nbgrader's server side looks for it from other folders.
    paths = [str(environment.root / "jupyter" / role), str(environment.root), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    variables = environment.variables(JUPYTER_CONFIG_PATH=os.pathsep.join(filter(None, paths)))
    page = f"/lab/tree/{START_PAGE}" if role == "learner" else "/lab"
    command = [str(environment.python), "-m", "jupyterlab", "--log-level=WARN"]
    command += [f"--ServerApp.root_dir={environment.root}", f"--LabApp.default_url={page}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container there is often nobody but root
    return command, variables


def has_browser() -> bool:
    """Return whether a page can be opened on this machine's own screen."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False  # webbrowser would settle for a text browser
    import webbrowser

    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def call(command: list[str], variables: dict[str, str]) -> int:
    """Run a command in the course's folder; where the system can, in place of this process, so that it gets Ctrl+C."""
    sys.stdout.flush()
    if os.name == "posix":
        os.chdir(ROOT)
        os.execve(command[0], command, variables)
    return subprocess.call(command, env=variables, cwd=ROOT)


# --- The environment ------------------------------------------------------------------------------------------------


class Environment:
    """The virtual environment in .venv, made from the lock.

    A stamp inside says what it was made from. It is written last, so that the next command sees an interrupted set-up.
    """

    def __init__(self, root: Path) -> None:
        """Describe the environment of the checkout in `root`; nothing is made yet."""
        self.root = root
        self.lock = root / "requirements.txt"
        self.folder = root / ".venv"
        self.scripts = self.folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.scripts / ("python.exe" if os.name == "nt" else "python")
        self.stamp = self.folder / "made-from.json"

    def wanted(self) -> dict[str, str]:
        """Return what the environment has to be made from: the lock, the project's settings, Python, this place."""
        return {
            "requirements.txt": digest(self.lock),
            "pyproject.toml": digest(self.root / "pyproject.toml"),
            "python": f"{platform.python_version()} {sys.platform} {platform.machine()}",
            "folder": str(self.folder),
        }

    def made_from(self) -> dict[str, str]:
        """Return what the environment was made from; empty when it was never finished."""
        try:
            found = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def is_current(self) -> bool:
        """Return whether the environment is finished and still what the checkout asks for."""
        return self.python.exists() and self.made_from() == self.wanted()

    def can_be_updated(self) -> bool:
        """Return whether there is a finished environment that works, made here and for this Python."""
        before, wanted = self.made_from(), self.wanted()
        if any(before.get(key) != wanted[key] for key in ("python", "folder")):
            return False
        return output_of([str(self.python), "-c", "print('works')"]).strip() == "works"

    def remove(self) -> None:
        """Remove what is there. An interrupted installation can hold half a package, so it is not built upon.

        Raises:
            SetupError: if a file cannot be removed.
        """
        try:
            if self.folder.exists():
                shutil.rmtree(self.folder)
        except OSError as problem:
            raise SetupError(
                f"{self.folder} cannot be made anew ({problem}). Close every JupyterLab and Python that runs from it, "
                "then run the same command again."
            ) from problem

    def finish(self) -> None:
        """Write the stamp."""
        self.stamp.write_text(json.dumps(self.wanted(), indent=1), encoding="utf-8")

    def variables(self, **extra: str) -> dict[str, str]:
        """Return the variables of a process that runs in the environment, as if it had been activated."""
        variables = {**os.environ, "VIRTUAL_ENV": str(self.folder), **extra}
        variables.pop("PYTHONHOME", None)
        # nbgrader starts alembic by its bare name, so the scripts have to be on the path.
        variables["PATH"] = os.pathsep.join([str(self.scripts), os.environ.get("PATH", "")])
        return variables


class Uv:
    """Installs with uv, which takes a minute the first time and seconds after that."""

    def __init__(self, program: str) -> None:
        """Use the uv at the path `program`."""
        self.program = program
        self.name = " ".join(output_of([program, "--version"]).split()[:2])

    def create(self, environment: Environment) -> None:
        """Make an empty environment, unless there is one to update."""
        if not environment.can_be_updated():
            environment.remove()
            watch([self.program, "venv", "--python", sys.executable, str(environment.folder)])

    def install_lock(self, environment: Environment) -> None:
        """Bring the packages into agreement with the lock."""
        watch([*self._pip("sync", environment), "--require-hashes", str(environment.lock)])

    def install_course(self, environment: Environment) -> None:
        """Install archkit and autograde from the checkout."""
        watch([*self._pip("install", environment), "--no-deps", "--editable", str(environment.root)])

    def _pip(self, command: str, environment: Environment) -> list[str]:
        return [self.program, "pip", command, "--python", str(environment.python)]


class Pip:
    """Installs with pip, which takes some minutes the first time."""

    name = "pip"

    def create(self, environment: Environment) -> None:
        """Make an empty environment. None is updated, as pip does not remove what has left the lock."""
        if not can_make_environments():
            raise SetupError(no_ensurepip())
        environment.remove()
        watch([sys.executable, "-m", "venv", str(environment.folder)])

    def install_lock(self, environment: Environment) -> None:
        """Install what the lock names. It names every package, so dependencies are not looked at again."""
        watch([*self._install(environment), "--no-deps", "--require-hashes", "-r", str(environment.lock)])

    def install_course(self, environment: Environment) -> None:
        """Install archkit and autograde from the checkout."""
        watch([*self._install(environment), "--no-deps", "--editable", str(environment.root)])

    def _install(self, environment: Environment) -> list[str]:
        pip = [str(environment.python), "-m", "pip", "--disable-pip-version-check", "--no-input"]
        return [*pip, "install", "--progress-bar", "off"]


def set_up(environment: Environment, models: bool) -> None:
    """Bring the environment into agreement with the lock and, if asked for, fetch the model files.

    Raises:
        SetupError: if either cannot be had.
    """
    started = time.monotonic()
    steps = 4 if models else 3
    current = environment.is_current()
    if not current:
        step(1, steps, f"Preparing an environment for Python {platform.python_version()} in .venv")
        uv = find_uv(environment.root)
        make_environment(environment, [uv, Pip()] if uv else [Pip()], steps)
    if models:
        if not current:
            step(4, steps, "Fetching the model files (190 MB the first time, kept for all checkouts)")
        fetch_models(environment, say_what_is_there=not current)
    if not current:
        print(f"      Everything is set up after {seconds(started)}.", flush=True)


def make_environment(environment: Environment, installers: list[Uv | Pip], steps: int) -> None:
    """Make the environment with the first of the installers that manages to.

    Raises:
        SetupError: as the last of them says.
    """
    for number, installer in enumerate(installers, start=1):
        try:
            installer.create(environment)
            environment.stamp.unlink(missing_ok=True)  # from here on it is unfinished
            step(2, steps, f"Installing the packages of the lock with {installer.name} (400 MB the first time)")
            installer.install_lock(environment)
            step(3, steps, "Installing the course itself")
            installer.install_course(environment)
        except SetupError as problem:
            if number == len(installers):
                raise
            # uv does not read pip's configuration, so pip may reach a mirror that uv knows nothing of.
            following = installers[number].name
            print(f"      {installer.name} could not do it: {first_sentence(problem)} Trying {following}.", flush=True)
        else:
            environment.finish()
            return


def fetch_models(environment: Environment, say_what_is_there: bool) -> None:
    """Fetch the model files that are missing, with their own progress bars.

    Args:
        environment: where the course is installed.
        say_what_is_there: whether to print where each file is.

    Raises:
        SetupError: if one cannot be had; what is missing has been said by then.
    """
    command = [str(environment.python), "-m", "archkit.model_files"]
    listing = None if say_what_is_there else subprocess.DEVNULL  # progress and problems come on the other stream
    if subprocess.call(command, env=environment.variables(), cwd=environment.root, stdout=listing) != 0:
        raise SetupError("The course needs these model files. The same command tries again and keeps what is there.")


def find_uv(root: Path) -> Uv | None:
    """Return the uv on the path or else one fetched with pip; nothing if there is neither."""
    own = root / ".bootstrap" / ("Scripts" if os.name == "nt" else "bin") / ("uv.exe" if os.name == "nt" else "uv")
    for program in (shutil.which("uv"), str(own)):
        # A shim on the path may stand for a uv that is not there, so only one that answers counts.
        if program and output_of([program, "--version"]).startswith("uv "):
            return Uv(program)
    if not can_make_environments() and not has_pip():
        install_debian_venv()
    options = ["-m", "pip", "--disable-pip-version-check", "--no-input", "install", "uv"]
    try:
        if can_make_environments():
            print("      uv, which installs much faster than pip, is not on the path; fetching it", flush=True)
            watch([sys.executable, "-m", "venv", str(root / ".bootstrap")])
            watch([str(own.with_name("python.exe" if os.name == "nt" else "python")), *options])
        elif has_pip():
            print("      Python cannot make environments by itself; fetching uv, which can", flush=True)
            watch([sys.executable, *options, "--target", str(root / ".bootstrap"), "--upgrade"])
    except SetupError as problem:
        print(f"      uv could not be fetched: {first_sentence(problem)}", flush=True)
        return None
    return Uv(str(own)) if output_of([str(own), "--version"]) else None


def can_make_environments() -> bool:
    """Return whether this Python can make a virtual environment with pip in it."""
    return importlib.util.find_spec("ensurepip") is not None


def has_pip() -> bool:
    """Return whether this Python has pip."""
    return importlib.util.find_spec("pip") is not None


def install_debian_venv() -> None:
    """Install Debian's python3-venv, which its Python comes without, where that can be done without asking anybody."""
    apt = shutil.which("apt-get")
    if apt and hasattr(os, "geteuid") and os.geteuid() == 0:
        print("      Debian's Python comes without venv; installing it: apt-get install python3-venv", flush=True)
        try:
            watch([apt, "update"])
            watch([apt, "install", "--yes", "--no-install-recommends", "python3-venv"])
        except SetupError as problem:
            print(f"      That did not work: {first_sentence(problem)}", flush=True)
        importlib.invalidate_caches()


def no_ensurepip() -> str:
    """Return what to say when this Python cannot make virtual environments."""
    return (
        f"Python at {sys.executable} cannot make virtual environments (it has no ensurepip), and there is no uv. "
        "On Debian and Ubuntu, as root: apt-get install python3-venv"
    )


# --- The lock and environment.yml -----------------------------------------------------------------------------------


def lock(rest: list[str]) -> int:
    """Resolve the dependencies of pyproject.toml for every platform into requirements.txt, then write environment.yml.

    Args:
        rest: further options for `uv pip compile`, such as --upgrade or --upgrade-package NAME.

    Raises:
        SetupError: if there is no uv, or it fails.
    """
    uv = find_uv(ROOT)
    if uv is None:
        raise SetupError("The lock is made with uv. Install it (pip install uv) and run this again.")
    options = ["--extra", "cluster", "--extra", "test", "--universal", "--generate-hashes", "--no-header", "--quiet"]
    command = [uv.program, "pip", "compile", "pyproject.toml", *options, "-o", "requirements.txt", *rest]
    if subprocess.call(command, cwd=ROOT) != 0:
        raise SetupError("uv could not resolve the dependencies; requirements.txt is as it was.")
    return write_environment()


def write_environment() -> int:
    """Write environment.yml from the lock."""
    text = environment_yml((ROOT / "requirements.txt").read_text(), (ROOT / "pyproject.toml").read_text())
    (ROOT / "environment.yml").write_bytes(text.encode())
    return 0


class Locked:
    """One package of the lock: its pins, each with its marker (several, where versions differ between Pythons)."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self.pins: list[str] = []
        self.asked_by: set[str] = set()


def locked(text: str) -> dict[str, Locked]:
    """Return the packages of a lock by name, each with its pins and the names of the packages that asked for it."""
    packages: dict[str, Locked] = {}
    name = ""
    for line in text.splitlines():
        pin = re.match(r"([A-Za-z0-9._-]+)==[^\\]*", line)
        asked_by = re.match(r"    #(?: via)? +([A-Za-z0-9._-]+)", line)
        if pin:
            name = pin[1]
            packages.setdefault(name, Locked()).pins.append(pin[0].strip())
        elif asked_by:
            packages[name].asked_by.add(asked_by[1])
    return packages


def environment_yml(lock_text: str, project_text: str) -> str:
    """Return the environment.yml that gives conda and Binder what the lock gives a learner.

    The pins stand inline: a reference to another file would make Binder install everything anew at each commit.

    Args:
        lock_text: the content of requirements.txt.
        project_text: the content of pyproject.toml, which says what belongs to the course and what only to its tests.
    """
    import tomllib

    packages = locked(lock_text)
    project = tomllib.loads(project_text)["project"]
    reached = {canonical(re.split(r"[^A-Za-z0-9._-]", asked, maxsplit=1)[0]) for asked in project["dependencies"]}
    todo = set(reached)
    while todo:
        todo = {name for name, package in packages.items() if package.asked_by & todo} - reached
        reached |= todo
    pins = "\n".join(f'      - "{pin}"' for name in sorted(reached) for pin in packages[name].pins)
    return f"""\
# The learner's packages for conda and Binder. Written from requirements.txt by `python bootstrap.py environment`.
# On Binder, postBuild adds the course itself and its model files; with conda, run after `conda env create`:
#   pip install --no-deps -e . && python -m archkit.model_files
name: {project["name"]}
channels:
  - conda-forge
dependencies:
  - python=3.11
  - pip
  - pip:
{pins}
"""


def canonical(name: str) -> str:
    """Return a package's name as locks write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


# --- Running and saying ---------------------------------------------------------------------------------------------


def step(number: int, steps: int, what: str) -> None:
    """Announce a step of the set-up."""
    print(f"[{number}/{steps}] {what}", flush=True)


def seconds(started: float) -> str:
    """Return the time since `started` (on the monotonic clock), as people say it."""
    elapsed = round(time.monotonic() - started)
    return f"{elapsed} s" if elapsed < 100 else f"{elapsed // 60} min {elapsed % 60} s"


def watch(command: list[str]) -> None:
    """Run a program of the set-up, showing the time and its latest line (every 15 s where there is no screen).

    Raises:
        SetupError: if it fails, with the reason it gave.
    """
    started = time.monotonic()
    said: list[str] = []
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace"
    )
    assert process.stdout is not None
    stream = process.stdout
    reader = threading.Thread(target=lambda: said.extend(stream), daemon=True)
    reader.start()
    on_screen = sys.stdout.isatty()
    pause = 1 if on_screen else 15
    try:
        while True:
            try:
                code = process.wait(timeout=pause)
                break
            except subprocess.TimeoutExpired:
                latest = said[-1].strip() if said else "at work"
                line = f"      {seconds(started)}: {latest}"[:100]
                print(f"\r{line:<100}" if on_screen else line, end="" if on_screen else "\n", flush=True)
    except BaseException:
        process.kill()
        process.wait()
        raise
    reader.join()
    if on_screen:
        print(f"\r{'':<100}\r", end="", flush=True)
    if code != 0:
        raise SetupError(reason("".join(said), command))
    if time.monotonic() - started > 1:
        print(f"      done in {seconds(started)}", flush=True)


def reason(said: str, command: list[str]) -> str:
    """Return what to tell whoever waits, from what a failed program of the set-up said."""
    if "No space left on device" in said:
        return "The disk is full. The environment needs 1.5 GB; make room and run the same command again."
    if NO_NETWORK.search(said):
        return (
            "The package registry cannot be reached. Connect to the network (or set HTTPS_PROXY, or PIP_INDEX_URL "
            "for a mirror) and run the same command again; what has arrived is kept."
        )
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    error = next((line for line in lines if line.lower().startswith("error")), (lines or ["it said nothing"])[-1])
    return f"{Path(command[0]).name} stopped: {error}"


def first_sentence(problem: SetupError) -> str:
    """Return what happened, without what to do about it."""
    return str(problem).split(". ")[0].rstrip(".") + "."


def output_of(command: list[str]) -> str:
    """Return what a program prints, or nothing when it cannot be run or fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
