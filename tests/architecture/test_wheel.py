"""The wheel: built from the tree, installed into an empty virtual environment, used from another directory."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from code_tree import ROOT

from composekit import __version__

pytestmark = pytest.mark.integration

SHIPPED = {"schemas": "composekit/_data/schemas", "grammar": "composekit/_data/grammar"}


def call(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    keep = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        [str(word) for word in words], cwd=cwd, env=keep, capture_output=True, text=True, timeout=300, check=False
    )


def tracked(folder: str) -> set[str]:
    files = (file for file in (ROOT / folder).rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {file.relative_to(ROOT).as_posix() for file in files}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing is written into the tree; by hatchling itself where it is installed."""
    work = tmp_path_factory.mktemp("wheel")
    ignore = shutil.ignore_patterns(".git", ".*_cache", "__pycache__", "v", "venv", "dist", ".hypothesis")
    shutil.copytree(ROOT, work / "tree", ignore=ignore)
    if importlib.util.find_spec("hatchling"):
        words = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", work / "out")
    else:
        words = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", work / "out", ".")
    done = call(*words, cwd=work / "tree")
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = (work / "out").glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin directory of a new environment with the wheel; what it depends on is lent by the tests' own one."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False)
    done = call(
        sys.executable,
        "-m",
        "pip",
        "--python",
        home / "bin/python",
        "install",
        "--no-deps",
        "--no-index",
        wheel,
        cwd=home,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (packages,) = home.glob("lib/python*/site-packages")
    packages.joinpath("lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return home / "bin"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    tmp_path.joinpath("compose.yaml").write_text(
        "services: {web: {image: nginx, ports: ['80:http']}}\n", encoding="utf-8"
    )
    tmp_path.joinpath("good.yaml").write_text(
        "services: {web: {image: 'nginx:1.27', ports: ['8000-8001:80-81/udp']}}\n"
    )
    return tmp_path


def test_the_wheel_holds_the_package_and_the_data_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    expected = tracked("composekit")
    for folder, place in SHIPPED.items():
        expected |= {f"{place}/{name.removeprefix(f'{folder}/')}" for name in tracked(folder)}

    assert names == expected
    assert "composekit/py.typed" in names


def test_the_wheel_is_pure_and_carries_its_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert wheel.name == f"composekit-{__version__}-py3-none-any.whl"
    assert [name for name in names if name.endswith("licenses/LICENSE")]


def test_the_program_runs_from_another_directory(installed: Path, project: Path) -> None:
    done = call(installed / "composekit", "-f", "good.yaml", "config", "--format", "json", cwd=project)

    assert (done.returncode, done.stderr) == (0, "")
    assert [port["published"] for port in json.loads(done.stdout)["services"]["web"]["ports"]] == ["8000", "8001"]


def test_python_m_explains_with_the_shipped_schema_and_grammar(installed: Path, project: Path) -> None:
    done = call(installed / "python", "-m", "composekit", "lint", cwd=project)

    assert done.returncode == 1
    assert "compose.yaml:1:" in done.stdout + done.stderr
    assert "bug" not in done.stderr


def test_the_installed_package_is_the_one_that_ran(installed: Path, project: Path) -> None:
    done = call(installed / "python", "-c", "import composekit; print(composekit.__file__)", cwd=project)

    assert Path(done.stdout).is_relative_to(installed.parent)
