"""Binder accepts the repository; its image is described without a Docker daemon, not built."""

import os
import subprocess
from pathlib import Path

import pytest
from repo2docker.app import Repo2Docker
from repo2docker.buildpacks import CondaBuildPack


@pytest.fixture(scope="module")
def build_pack(tmp_path_factory: pytest.TempPathFactory) -> CondaBuildPack:
    """The build pack that Binder chooses for this repository."""
    before = Path.cwd()
    os.chdir(Path(__file__).resolve().parents[2])
    try:
        application = Repo2Docker()
        packs = (pack(base_image=application.base_image) for pack in application.buildpacks)
        chosen = next(pack for pack in packs if pack.detect())
        chosen.platform = "linux/amd64"
        chosen.dockerfile = chosen.render()
        return chosen
    finally:
        os.chdir(before)


def test_binder_takes_environment_yml_for_the_description(build_pack: CondaBuildPack) -> None:
    assert type(build_pack) is CondaBuildPack
    assert "env update" in build_pack.dockerfile
    assert '--file "environment.yml"' in build_pack.dockerfile


def test_packages_are_installed_before_the_repository_is_copied_so_that_commits_reuse_them(
    build_pack: CondaBuildPack,
) -> None:
    text = build_pack.dockerfile
    assert text.index("COPY --chown=1000:1000 src/environment.yml") < text.index("env update")
    assert text.index("env update") < text.index("COPY --chown=1000:1000 src/ ")


def test_binder_runs_postbuild_and_start(build_pack: CondaBuildPack) -> None:
    assert "RUN ./postBuild" in build_pack.dockerfile
    assert 'R2D_ENTRYPOINT="${REPO_DIR}/start"' in build_pack.dockerfile


def test_binder_uses_the_python_of_the_course(build_pack: CondaBuildPack) -> None:
    assert build_pack.python_version == "3.11"


@pytest.mark.parametrize("script", ["postBuild", "start", ".ci/run"])
def test_the_scripts_are_valid_and_executable(course: Path, script: str) -> None:
    subprocess.run(["bash", "-n", str(course / script)], check=True)
    assert os.access(course / script, os.X_OK)


def test_start_gives_jupyterlab_the_learners_configuration(course: Path) -> None:
    variables = {key: value for key, value in os.environ.items() if key != "JUPYTER_CONFIG_PATH"}
    command = [str(course / "start"), "printenv", "JUPYTER_CONFIG_PATH"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=variables, cwd="/").stdout
    assert shown.strip().split(":") == [str(course / "jupyter" / "learner"), str(course)]
