"""What the whole suite shares: which tools are missing, and what is said at the end of a run."""

import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings

# A test is never failed for being slow: the machines that run this suite are shared.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
# The programs outside Python that a marked test needs: marker → (the program, its names on the path, Debian's package).
PROGRAMS = {
    "browser": ("Chromium", ("chromium", "chromium-browser", "google-chrome", "chrome"), "chromium"),
    "sandbox": ("bubblewrap", ("bwrap",), "bubblewrap"),
}
RUN_HEADER = f"{'notebook':<58} {'seconds':>8} {'peak MB':>8}"


@pytest.fixture(autouse=True)
def nobodys_work(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what tests start, check and record out of the work/ folder of whoever runs them."""
    monkeypatch.setenv("ARCHKIT_WORK", str(tmp_path_factory.getbasetemp() / "work"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests whose program is missing, with the reason that the summary repeats."""
    for marker, (program, names, package) in PROGRAMS.items():
        if any(shutil.which(name) for name in names):
            continue
        reason = f"{program} is missing (Debian: apt-get install {package})"
        for item in items:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Iterator[None]:
    """Under CI a test that was left out fails the run; it has been said which, and why."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and reporter and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the notebooks took, and in one line each what was left out and how to get it."""
    runs = sorted(
        (properties["notebook"], properties["seconds"], properties["peak_mb"])
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if report.when == "call" and "notebook" in (properties := dict(report.user_properties))
    )
    if runs:
        terminalreporter.section("notebooks, run from top to bottom")
        terminalreporter.write_line(RUN_HEADER)
        for notebook, seconds, peak in runs:
            terminalreporter.write_line(f"{notebook:<58} {seconds:>8.1f} {peak:>8.0f}")
    left_out: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else "no reason"
        left_out[reason] = left_out.get(reason, 0) + 1
    for reason, count in sorted(left_out.items()):
        verdict = ", which fails the run under CI" if IN_CI else ""
        terminalreporter.write_line(
            f"LEFT OUT: {count} {'test' if count == 1 else 'tests'}, because {reason}{verdict}", yellow=True, bold=True
        )
