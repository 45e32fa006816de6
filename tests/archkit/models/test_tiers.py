"""What can answer on this computer, found out without fetching, starting or importing anything heavy."""

import subprocess
import sys
from pathlib import Path

import pytest

from archkit.models import smollm2_server, tier_status


def test_the_local_tiers_are_ready_where_their_files_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARCHKIT_MODEL", raising=False)
    embedded, smollm2, provider = tier_status()
    assert (embedded.name, embedded.ready, embedded.advice) == ("embedded", True, "")
    assert (smollm2.name, smollm2.ready, smollm2.advice) == ("smollm2", True, "")
    assert not provider.ready
    assert "set ARCHKIT_MODEL to provider:model" in provider.advice


def test_without_their_files_it_says_what_to_do_and_fetches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHKIT_CACHE", str(tmp_path))
    embedded, smollm2, _ = tier_status()
    assert not embedded.ready and not smollm2.ready
    assert "run `python -m archkit.model_files` once" in embedded.advice
    assert list(tmp_path.iterdir()) == []


def test_without_llama_cpp_it_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    assert "pip install xllamacpp" in tier_status()[1].advice


@pytest.mark.parametrize(
    ("name", "ready", "advice"),
    [
        ("openai:gpt-5-mini", False, "OPENAI_API_KEY"),
        ("acme:one", False, "knows no provider 'acme'"),
        ("nonsense", False, "There is no model 'nonsense'"),
    ],
)
def test_the_provider_that_is_chosen_is_looked_at(
    name: str, ready: bool, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("ARCHKIT_MODEL", name)
    provider = tier_status()[2]
    assert (provider.name, provider.ready) == (name, ready)
    assert advice in provider.advice


def test_a_provider_with_its_key_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("ARCHKIT_MODEL", "openai:gpt-5-mini")
    assert tier_status()[2].ready


def test_looking_starts_no_server() -> None:
    before = smollm2_server.is_running()
    tier_status()
    assert smollm2_server.is_running() is before


def test_importing_the_package_loads_nothing_heavy() -> None:
    program = (
        "import sys, archkit.models;"
        "print({'langchain_core', 'onnxruntime', 'numpy', 'openai', 'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
