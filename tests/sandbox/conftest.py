"""composekit in a state folder of its own, as root and as an ordinary user."""

import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
from pathlib import Path

import pytest
from situation import handed_on

ROOT = Path(__file__).resolve().parents[2]
SOMEBODY = 54321  # an ordinary user, whom no list knows


class Person:
    """Who runs composekit: `as_user` are the arguments of `subprocess.run` that make it so."""

    def __init__(self, folder: str, *, ordinary: bool) -> None:
        self.folder = folder
        self.is_root = not ordinary and os.geteuid() == 0
        self.as_user = {"user": SOMEBODY, "group": SOMEBODY, "extra_groups": []} if ordinary else {}
        self.uid = SOMEBODY if ordinary else os.geteuid()
        self.state = os.path.join(folder, "state")
        self.python, packages = _interpreter(self.as_user)
        os.mkdir(os.path.join(folder, "run"), 0o700)
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "COMPOSEKIT_HOME": self.state,
            "XDG_RUNTIME_DIR": os.path.join(folder, "run"),
            **handed_on(),
            "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), packages, os.environ.get("PYTHONPATH", "")))),
        }
        if ordinary:
            for name in (folder, os.path.join(folder, "run")):
                os.chown(name, SOMEBODY, SOMEBODY)

    def project(self, text: str, name: str = "shop", **files: str) -> list[str]:
        """Write a project, with other files by name, and return the options that name it."""
        directory = os.path.join(self.folder, name)
        for path, content in {"compose.yaml": textwrap.dedent(text), **files}.items():
            whole = os.path.join(directory, path)
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            Path(whole).write_text(content, encoding="utf-8")
        if self.as_user:
            for folder, names, found in os.walk(directory):
                for one in (".", *names, *found):
                    os.chown(os.path.join(folder, one), SOMEBODY, SOMEBODY)
        return ["-f", os.path.join(directory, "compose.yaml")]

    def __call__(self, *words: object, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.python, "-m", "composekit", *map(str, words)],
            capture_output=True, text=True, timeout=120, check=False, env={**self.environ, **environ}, cwd=self.folder,
            **self.as_user,
        )  # fmt: skip

    def says(self, *words: object, code: int = 0) -> str:
        """Return what a command printed, and fail with what it complained of when it ended otherwise."""
        done = self(*words)
        assert done.returncode == code, done.stderr + done.stdout
        return done.stdout

    def processes(self) -> dict[int, str]:
        """Return the processes of this state folder, and of views made in it."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                raw = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
                root = os.readlink(f"/proc/{pid}/root")
            except OSError:
                continue
            if (self.folder.encode() in raw or self.folder in root) and int(pid) != os.getpid():
                found[int(pid)] = raw.replace(b"\0", b" ").decode(errors="replace")
        return found

    def traces(self) -> dict[str, list[str]]:
        """Return all that this state folder could leave behind on the machine, sorted by kind."""
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
        groups = [path for path, _, _ in os.walk("/sys/fs/cgroup") if re.search(r"/composekit/shop-", path)]
        spaces = set()
        for pid in self.processes():
            for kind in ("mnt", "pid", "ipc", "uts", "user"):
                try:
                    space = os.readlink(f"/proc/{pid}/ns/{kind}")
                except OSError:
                    continue
                if space != os.readlink(f"/proc/self/ns/{kind}"):
                    spaces.add(space)
        files = [path for path, _, _ in os.walk(self.folder) if not path.startswith(os.path.join(self.folder, "shop"))]
        return {
            "mounts": [line for line in mounts if self.folder in line],
            "groups": groups,
            "namespaces": sorted(spaces),
            "files": sorted(files),
            "processes": sorted(self.processes().values()),
        }


def _interpreter(as_user: dict[str, object]) -> tuple[str, str]:
    """Return an interpreter that a user may run, and the folder of our libraries if it is not its own."""
    probe = f"import composekit, sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]!r})"
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    for python, packages in ((sys.executable, ""), ("/usr/bin/python3", sysconfig.get_path("purelib"))):
        try:
            if subprocess.run([python, "-c", probe], check=False, cwd="/", env=environ, **as_user).returncode == 0:
                return python, packages
        except OSError:
            continue
    pytest.skip("no interpreter of this version, or not this folder, can be used by everybody")


@pytest.fixture(scope="module", params=["root", "ordinary user"] if os.geteuid() == 0 else ["ordinary user"])
def person(request):
    """Return somebody who runs composekit; at the end nothing of the project may be left."""
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux has private views")
    ordinary = request.param == "ordinary user"
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ck-") as folder:
        os.chmod(folder, 0o755)
        someone = Person(folder, ordinary=ordinary and os.geteuid() == 0)
        yield someone
        someone("-p", "shop", "down", "-v", "-t", "1")
        assert someone.processes() == {}
