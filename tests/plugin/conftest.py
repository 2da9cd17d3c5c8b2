"""A machine for one test: settings of the docker CLI, state and home in folders of their own."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from situation import handed_on

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "fixtures" / "clients"


class Place:
    """composekit and other programs with an environment that knows nothing of the user's."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self.home = self.folder / "home"
        self.state = self.folder / "state"
        for made in (self.home, self.folder / "run", self.folder / "bin"):
            made.mkdir()
        self.environ = {
            "PATH": os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]]),
            "HOME": str(self.home),
            "DOCKER_CONFIG": str(self.home / ".docker"),
            "COMPOSEKIT_HOME": str(self.state),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", "")))),
            **handed_on(),
        }

    @property
    def plugin(self) -> Path:
        return self.home / ".docker" / "cli-plugins" / "docker-compose"

    def run(self, *words: object, cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(word) for word in words], capture_output=True, text=True, timeout=120, check=False,
            env={**self.environ, **environ}, cwd=cwd or self.folder,
        )  # fmt: skip

    def __call__(self, *words: object, **environ: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "composekit", *words, **environ)

    def project(self) -> Path:
        """A copy of the project that clients drive."""
        folder = self.folder / "clients"
        shutil.copytree(CLIENTS, folder)
        return folder

    def projects(self) -> list[str]:
        """The projects that there are, running or not."""
        folder = self.state / "projects"
        return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []


@pytest.fixture
def place():
    # Not in pytest's own folder, which other users may not enter: services may run as such.
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ck-") as folder:
        os.chmod(folder, 0o755)
        made = Place(folder)
        yield made
        for name in made.projects():
            made("-p", name, "down", "-v", "-t", "1")
