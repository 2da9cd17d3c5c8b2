"""How fast projects run, and what the supervisor costs.

    python bench/runtime.py
    python bench/runtime.py --reference "docker compose" --engine unix:///var/run/docker.sock

Without options only composekit is measured. With a reference program (such as "docker compose") and the address of an
engine that has the image busybox, the same work is done by both in turn, and the ratio is printed: below 1, composekit
is faster. Seconds depend on the machine, ratios travel.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MANY = 50
_IDLE_SECONDS = 10

Measure = Callable[["Side"], float]


class Side:
    """One of the two programs, in a folder of its own."""

    def __init__(self, name: str, command: list[str], environ: dict[str, str], lines: int) -> None:
        self.name = name
        self.lines = lines
        self.folder = tempfile.mkdtemp(prefix="ck-bench-")
        self._command = command
        self._environ = {**os.environ, **environ}
        if name == "composekit":
            os.mkdir(os.path.join(self.folder, "run"))
            self._environ |= {"COMPOSEKIT_HOME": f"{self.folder}/state", "XDG_RUNTIME_DIR": f"{self.folder}/run"}
            self._environ["PYTHONPATH"] = str(ROOT)

    def run(self, *words: str, count: int = 1, command: str = "sleep 1000") -> float:
        """Run a command on a project of `count` services, and return its seconds; raises when it fails."""
        project = f"ckbench{count}" if command == "sleep 1000" else "ckbenchlog"
        file = Path(self.folder, f"{project}.yaml")
        service = f"{{image: busybox, command: {command}, stop_signal: SIGKILL}}"
        services = "".join(f"  s{number}: {service}\n" for number in range(count))
        file.write_text(f"name: {project}\nservices:\n{services}", encoding="ascii")
        began = time.perf_counter()
        done = subprocess.run(
            [*self._command, "-f", str(file), *words], env=self._environ, cwd=self.folder, check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        took = time.perf_counter() - began
        if done.returncode:
            raise RuntimeError(f"{self.name} {' '.join(words)}: {done.stderr[-500:]}")
        return took

    def supervisors(self) -> dict[int, str]:
        """Return the supervisor and its shims: pid and name."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                name = Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()
                if (
                    name.startswith("composekit-s")
                    and self.folder.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
                ):
                    found[int(pid)] = name
            except (OSError, UnicodeDecodeError):
                continue
        return found

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _up_and_down(side: Side, count: int, rounds: int) -> tuple[float, float, float]:
    ups, downs, lists = [], [], []
    for _ in range(rounds):
        ups.append(side.run("up", "-d", count=count))
        lists.append(side.run("ps", count=count))
        downs.append(side.run("down", count=count))
    return min(ups), min(downs), min(lists)


def _logs(side: Side) -> tuple[float, float]:
    """Return the seconds of `logs` of many lines, and how many lines a second come through in the foreground."""
    command = f"seq 1 {side.lines}"
    attached = side.run("up", command=command)
    read = side.run("logs", command=command)
    side.run("down", command=command)
    return read, side.lines / attached


def _cost(side: Side) -> tuple[float, float, float]:
    """Return, with many services: memory of supervisor and shims in MB, the supervisor's alone, idle CPU in percent."""
    side.run("up", "-d", count=MANY)
    ours = side.supervisors()
    shares = {pid: _pss_megabytes(pid) for pid in ours}
    before = sum(map(_cpu_seconds, ours))
    time.sleep(_IDLE_SECONDS)
    used = sum(map(_cpu_seconds, ours)) - before
    side.run("down", count=MANY)
    alone = sum(share for pid, share in shares.items() if ours[pid] == "composekit-sup")
    return sum(shares.values()), alone, 100 * used / _IDLE_SECONDS


def _pss_megabytes(pid: int) -> float:
    table = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in table.splitlines() if line.startswith("Pss:")) / 1024


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(side: Side, rounds: int) -> dict[str, float]:
    """Return all numbers of one side."""
    found: dict[str, float] = {}
    found["up -d of 1 service (s)"], found["down of 1 service (s)"], found["ps of 1 service (s)"] = _up_and_down(
        side, 1, rounds
    )
    many = _up_and_down(side, MANY, max(1, rounds // 2))
    found[f"up -d of {MANY} services (s)"], found[f"down of {MANY} services (s)"], found[f"ps of {MANY} (s)"] = many
    found[f"logs of {side.lines} lines (s)"], found["lines a second in the foreground"] = _logs(side)
    if side.name == "composekit" and sys.platform.startswith("linux"):
        whole, alone, idle = _cost(side)
        found[f"supervisor and shims, {MANY} services (MB)"] = whole
        found[f"supervisor alone, {MANY} services (MB)"] = alone
        found["idle CPU (%)"] = idle
    return found


def show(ours: dict[str, float], theirs: dict[str, float]) -> str:
    """Return the numbers as a table."""
    width = max(map(len, ours))
    head = f"{'':<{width}}  {'composekit':>12}" + (f"  {'reference':>12}  {'ratio':>7}" if theirs else "")
    rows = [head]
    for name, number in ours.items():
        row = f"{name:<{width}}  {number:>12,.2f}"
        if name in theirs:
            row += f"  {theirs[name]:>12,.2f}  {number / theirs[name]:>7.2f}"
        rows.append(row)
    return "\n".join(rows) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", metavar="PROGRAM", help='the reference, such as "docker compose"')
    parser.add_argument("--engine", metavar="ADDRESS", help="DOCKER_HOST for the reference")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the fastest counts")
    parser.add_argument("--lines", type=int, default=1_000_000, help="how many lines are logged")
    options = parser.parse_args()
    sides: list[tuple[str, list[str], dict[str, Any]]] = [
        ("composekit", [sys.executable, "-m", "composekit", "--progress", "quiet"], {})
    ]
    if options.reference:
        engine = {"DOCKER_HOST": options.engine} if options.engine else {}
        sides.append(("reference", [*shlex.split(options.reference), "--progress", "quiet"], engine))
    found: dict[str, dict[str, float]] = {}
    for name, command, environ in sides:
        side = Side(name, command, environ, options.lines)
        try:
            found[name] = measure(side, options.rounds)
        finally:
            side.remove()
    sys.stdout.write(show(found["composekit"], found.get("reference", {})))
    return 0


if __name__ == "__main__":
    sys.exit(main())
