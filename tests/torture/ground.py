"""Where a torture takes place: a state folder of its own, composekit's commands, and the truth by /proc."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = Path(__file__).with_name("hostile.py")
sys.path.insert(0, str(ROOT))

from composekit.runtime.control import reach  # noqa: E402  # after the path is known
from composekit.supervise.client import Client  # noqa: E402
from composekit.supervise.home import Home, default_runtime_dir  # noqa: E402

_OURS = ("composekit-sup", "composekit-fork", "composekit-shim", "composekit-net")
Done = subprocess.CompletedProcess[str]


class Ground:
    """`token` is in the environment of every service, and so finds all that was ever started for it."""

    def __init__(self, *, home: str | None = None, isolation: str = "none") -> None:
        self.folder = tempfile.mkdtemp(prefix="ck-torture-")
        self.token = os.path.basename(self.folder)
        self.state = home or os.path.join(self.folder, "state")
        self.facts = os.path.join(self.folder, "facts")
        for directory in (self.facts, os.path.join(self.folder, "run")):
            os.makedirs(directory, exist_ok=True)
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": self.folder,
            "COMPOSEKIT_HOME": self.state,
            "COMPOSEKIT_ISOLATION": isolation,
            "XDG_RUNTIME_DIR": os.path.join(self.folder, "run"),
            "PYTHONPATH": str(ROOT),
        }
        self.file = os.path.join(self.folder, "compose.yaml")

    # -- commands ------------------------------------------------------------------------------------------------------

    def project(self, services: dict[str, tuple[str, str]]) -> None:
        """Write the Compose file: name -> (mode of hostile.py, further lines of the service)."""
        text = "name: torture\nservices:\n"
        for name, (mode, more) in services.items():
            run = f"{sys.executable} {HOSTILE} {mode} {self.token} {self.facts} {name}"
            text += f"  {name}:\n    image: none\n    x-composekit: {{run: exec {run}}}\n"
            text += f"    environment: {{TORTURE: {self.token}}}\n"
            text += "".join(f"    {line}\n" for line in more.splitlines())
        Path(self.file).write_text(text, encoding="utf-8")

    def crashers(self, names: list[str]) -> None:
        """Write a Compose file of services that write the next number and end, and are started again at once."""
        text = "name: torture\nservices:\n"
        for name in names:
            Path(self.facts, name).write_text("0\n", encoding="ascii")
            # A stop lets it end by itself, so that the number in the file is the number of lines.
            run = f'trap "" TERM; read n <{self.facts}/{name}; echo $$n; echo $$((n + 1)) >{self.facts}/{name}; exit 1'
            text += f"  {name}:\n    image: none\n    x-composekit: {{run: '{run}'}}\n"
            text += f"    environment: {{TORTURE: {self.token}}}\n"
            text += "    deploy: {restart_policy: {condition: any, delay: 1ms}}\n"
        Path(self.file).write_text(text, encoding="utf-8")

    def start(self, *words: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "composekit", "--progress", "quiet", "-f", self.file, *words]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environ, cwd=self.folder
        )

    def run(self, *words: str, seconds: float = 300) -> Done:
        child = self.start(*words)
        try:
            out, err = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            out, err = child.communicate()
            err += f"\n[did not end within {seconds:g} s]"
        return subprocess.CompletedProcess(words, child.returncode, out, err)

    def home(self) -> Home:
        return Home(self.state, "torture", default_runtime_dir(self.environ))

    def client(self) -> Client:
        client = reach(self.home(), self.environ)
        if client is None:
            raise RuntimeError("there is no supervisor")
        return client

    # -- the truth -----------------------------------------------------------------------------------------------------

    def supervisor(self) -> int | None:
        """Return the one supervisor: what has its name and is not just forked by it."""
        named = self.processes("composekit-sup")
        return next((pid for pid in named if _parent(pid) not in named), None)

    def processes(self, kind: str = "") -> list[int]:
        """Return what runs because of this ground: services by token, supervisor and shims by their names."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                name = Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()
                told = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
                state = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()[0]
            except (OSError, UnicodeDecodeError):
                continue
            mine = self.token.encode() in told and state != "Z" and int(pid) != os.getpid()
            if mine and (not kind or name == kind[:15]):
                found.append(int(pid))
        return found

    def services(self) -> list[int]:
        ours = {pid for name in ("sup", "fork", "shim") for pid in self.processes(f"composekit-{name}")}
        return [pid for pid in self.processes() if pid not in ours]

    def doubled(self) -> int:
        try:
            return len(Path(self.facts, "doubled").read_text(encoding="utf-8").splitlines())
        except FileNotFoundError:
            return 0

    def weight(self) -> tuple[int, int]:
        """Return the supervisor's open descriptors and its memory in KiB, shared with its forks or not."""
        pid = self.supervisor()
        if pid is None:
            return 0, 0
        table = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        anonymous = next(int(line.split()[1]) for line in table.splitlines() if line.startswith("RssAnon"))
        return len(os.listdir(f"/proc/{pid}/fd")), anonymous

    # -- the end -------------------------------------------------------------------------------------------------------

    def take_down(self) -> str:
        """Remove everything by `down`, and say what was left although it was to be gone."""
        done = self.run("down", "-t", "1")
        deadline = time.monotonic() + 30
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        left = self.processes()
        trouble = [] if done.returncode == 0 else [f"down: exit {done.returncode}: {done.stderr.strip()[-300:]}"]
        if left:
            trouble.append(f"left running after down: {[_describe(pid) for pid in left]}")
        return "; ".join(trouble)

    def kill_all(self) -> None:
        """End whatever is still there."""
        while left := self.processes():
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _describe(pid: int) -> str:
    try:
        return f"{pid} {Path(f'/proc/{pid}/cmdline').read_bytes().replace(bytes(1), b' ').decode()[-80:]}"
    except OSError:
        return f"{pid}"
