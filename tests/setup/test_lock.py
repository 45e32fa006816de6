"""The lock, environment.yml and pyproject.toml say the same."""

import re
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from types import ModuleType

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# Written apart, so that this file does not hold what it looks for.
REGISTRIES = ["pypi" + ".org", "python" + "hosted", "npm" + "js.org", "conda" + ".anaconda", "anaconda" + ".org"]


def lock(course: Path) -> str:
    return (course / "requirements.txt").read_text(encoding="utf-8")


def conda(course: Path) -> list[Requirement]:
    document = yaml.safe_load((course / "environment.yml").read_text(encoding="utf-8"))
    (packages,) = [entry["pip"] for entry in document["dependencies"] if isinstance(entry, dict)]
    return [Requirement(package) for package in packages]


def project(course: Path) -> dict[str, list[str]]:
    settings = tomllib.loads((course / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"course": settings["dependencies"], **settings["optional-dependencies"]}


def test_environment_yml_is_what_the_lock_says(course: Path, bootstrap: ModuleType) -> None:
    project_text = (course / "pyproject.toml").read_text(encoding="utf-8")
    expected = bootstrap.environment_yml(lock(course), project_text)
    assert (course / "environment.yml").read_text(encoding="utf-8") == expected, "Run `make environment`."


def test_conda_and_binder_get_exactly_the_locked_versions(course: Path) -> None:
    locked = {line.rstrip(" \\") for line in lock(course).splitlines() if re.match(r"[a-z0-9]", line)}
    pins = [str(package) for package in conda(course)]
    assert {str(Requirement(line)) for line in locked} >= set(pins)
    assert len(pins) == len(set(pins))


def test_conda_and_binder_get_everything_a_learner_needs_and_no_test_tool(course: Path) -> None:
    """Follow what the installed packages themselves ask for, from the course's dependencies on."""
    pinned = {canonicalize_name(package.name) for package in conda(course)}
    todo = [Requirement(text) for text in project(course)["course"]]
    seen: set[tuple[str, frozenset[str]]] = set()
    needed: set[str] = set()
    while todo:
        wanted = todo.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            further = requires(wanted.name) or []
        except PackageNotFoundError:
            continue
        needed.add(key[0])
        for text in further:
            requirement = Requirement(text)
            contexts = [{"extra": extra} for extra in (wanted.extras or {""})]
            if requirement.marker is None or any(requirement.marker.evaluate(context) for context in contexts):
                todo.append(requirement)
    assert needed - pinned - {"rfc3987-syntax", "lark"} == set()
    only_for_tests = {canonicalize_name(Requirement(text).name) for text in project(course)["test"]} - needed
    assert {"pytest", "ruff", "mypy", "playwright"} <= only_for_tests
    assert not only_for_tests & pinned


def test_every_declared_dependency_is_locked(course: Path) -> None:
    locked = {canonicalize_name(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock(course), re.MULTILINE)}
    declared = {canonicalize_name(Requirement(text).name) for group in project(course).values() for text in group}
    assert declared <= locked


def test_every_pin_of_the_lock_has_hashes(course: Path) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock(course))
    assert len(entries) > 150
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_lock_leaves_out_the_slow_grammar(course: Path) -> None:
    assert "rfc3987-syntax" not in lock(course)


def test_no_tracked_file_names_a_package_registry(course: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=course, capture_output=True, text=True, check=True).stdout
    found = []
    for name in filter(None, tracked.split("\0")):
        path = course / name
        if path.is_file():
            text = path.read_bytes().decode("utf-8", errors="ignore")
            found += [f"{name}: {host}" for host in REGISTRIES if host in text]
    assert found == []
