"""Who brings projects up in these tests: whoever runs them and, where that is root, an ordinary user made for it."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from situation import handed_on

ROOT = Path(__file__).resolve().parents[2]
USER = "composekit-test"
# What `import composekit.cli` comes to, for a user who may not read the interpreter's own libraries.
LIBRARIES = (
    "attr", "attrs", "click", "jsonschema", "jsonschema_specifications", "lark", "referencing", "rpds", "ruamel",
    "typing_extensions",
)  # fmt: skip


class Runner:
    """composekit as one user, with a state folder of its own below `folder`."""

    def __init__(self, folder: Path, python: str, user: pwd.struct_passwd | None = None) -> None:
        self.folder = folder
        self.python = python
        self.user = user
        for name in ("home", "run", "state"):
            (folder / name).mkdir()
            if user is not None:
                os.chown(folder / name, user.pw_uid, user.pw_gid)
        libraries = folder / "lib"
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "COMPOSEKIT_HOME": str(folder / "state"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            **handed_on(),
            "PYTHONPATH": os.pathsep.join(
                filter(None, (str(libraries if libraries.is_dir() else ROOT), os.environ.get("PYTHONPATH", "")))
            ),
        }

    def run(self, *words: object, **environ: str) -> subprocess.CompletedProcess[str]:
        as_user = {} if self.user is None else {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        return subprocess.run(
            [str(word) for word in words], capture_output=True, text=True, timeout=150, check=False,
            env={**self.environ, **environ}, cwd=self.folder, **as_user,
        )  # fmt: skip

    def __call__(self, *words: object, **environ: str) -> subprocess.CompletedProcess[str]:
        return self.run(self.python, "-m", "composekit", *words, **environ)

    def left(self) -> list[str]:
        """The projects, volumes and addresses that are still there."""
        kinds = [self.folder / "state" / kind for kind in ("projects", "volumes", "addresses")]
        return sorted(str(one.relative_to(self.folder)) for kind in kinds if kind.is_dir() for one in kind.iterdir())


@pytest.fixture(scope="session")
def ordinary_user():
    """A user of this machine who is not root, made for these tests and removed after them."""
    if os.geteuid() != 0:
        pytest.skip("only root can make another user; the tests run as an ordinary one already")
    if shutil.which("useradd") is None:
        pytest.skip("needs useradd")
    subprocess.run(["useradd", "--no-create-home", "--home-dir", "/nonexistent", USER], check=True, capture_output=True)
    try:
        yield pwd.getpwnam(USER)
    finally:
        subprocess.run(["userdel", USER], check=True, capture_output=True)


@pytest.fixture(params=["me", "an-ordinary-user"])
def runner(request):
    """Where composekit runs as one user and as another; everything is gone afterwards."""
    user = request.getfixturevalue("ordinary_user") if request.param == "an-ordinary-user" else None
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ck-") as name:
        os.chmod(name, 0o755)
        folder = Path(name)
        python = sys.executable if user is None else _reachable_python(folder, user)
        made = Runner(folder, python, user)
        yield made
        for project in (folder / "state" / "projects").glob("*"):
            made("-p", project.name, "down", "-v", "-t", "1")


def _reachable_python(folder: Path, user: pwd.struct_passwd) -> str:
    """Return an interpreter that a user may start, and put copies of the libraries beside it: ours may be root's."""
    version = "import sys; print(sys.version_info[:2])"
    for python in (os.path.realpath(sys.executable), "/usr/bin/python3", "/usr/local/bin/python3"):
        try:
            done = subprocess.run(
                [python, "-c", version], user=user.pw_uid, group=user.pw_gid, extra_groups=[], capture_output=True,
                text=True, check=False, cwd="/", env={},
            )  # fmt: skip
        except OSError:
            continue
        if done.stdout.strip() == str(tuple(sys.version_info[:2])):
            break
    else:
        pytest.skip("no interpreter of this version that an ordinary user may start")
    libraries = folder / "lib"
    libraries.mkdir()
    for name in LIBRARIES:
        found = importlib.util.find_spec(name)
        if found is not None and found.submodule_search_locations:
            shutil.copytree(next(iter(found.submodule_search_locations)), libraries / name)
        elif found is not None and found.origin:
            shutil.copy(found.origin, libraries)
    for name in ("composekit", "schemas", "grammar"):
        shutil.copytree(ROOT / name, libraries / name, ignore=shutil.ignore_patterns("__pycache__"))
    return python
