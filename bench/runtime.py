"""How fast projects run, and what the supervisor costs.

    python bench/runtime.py
    python bench/runtime.py --reference "docker compose" --engine unix:///var/run/docker.sock

Without options only composekit is measured. With a reference program (such as "docker compose") and the address of an
engine that has the image busybox, the same work is done by both, round by round in turn, and the ratio is printed:
below 1, composekit is faster. Each figure is the median of the rounds. Seconds depend on the machine, ratios travel.

composekit is measured as it is once installed: its modules are compiled before the first round.
"""

import argparse
import compileall
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MANY = 50
_IDLE_SECONDS = 10


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
            # As installed: compiled, and with standard streams as a shell has them.
            for variable in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"):
                self._environ.pop(variable, None)
            compileall.compile_dir(str(ROOT / "composekit"), quiet=2)

    def run(self, *words: str, count: int = 1, command: str = "sleep 1000") -> float:
        """Run a command on a project of `count` services, and return its seconds; raises when it fails."""
        # Names of this run alone: an engine may hold on to networks of one that was killed.
        project = f"ckbench{count if command == 'sleep 1000' else 'log'}x{os.getpid()}"
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
                if name.startswith("composekit-") and self.folder.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found[int(pid)] = name
            except (OSError, UnicodeDecodeError):
                continue
        return found

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _up_and_down(side: Side, count: int) -> dict[str, float]:
    return {
        f"up -d of {_services(count)} (s)": side.run("up", "-d", count=count),
        f"ps of {_services(count)} (s)": side.run("ps", count=count),
        f"down of {_services(count)} (s)": side.run("down", count=count),
    }


def _services(count: int) -> str:
    return f"{count} service{'s' if count > 1 else ''}"


def _logs(side: Side) -> dict[str, float]:
    command = f"seq 1 {side.lines}"
    attached = side.run("up", command=command)
    read = side.run("logs", command=command)
    side.run("down", command=command)
    return {f"logs of {side.lines} lines (s)": read, "lines a second in the foreground": side.lines / attached}


def _cost(side: Side) -> dict[str, float]:
    """Return what many services cost: memory in MB (shared pages counted once), idle CPU in percent of a processor."""
    side.run("up", "-d", count=MANY)
    ours = side.supervisors()
    shares = {pid: _pss_megabytes(pid) for pid in ours}
    before = sum(map(_cpu_seconds, ours))
    time.sleep(_IDLE_SECONDS)
    used = sum(map(_cpu_seconds, ours)) - before
    side.run("down", count=MANY)
    alone = sum(share for pid, share in shares.items() if ours[pid] == "composekit-sup")
    return {
        f"supervisor and shims, {MANY} services (MB)": sum(shares.values()),
        f"supervisor alone, {MANY} services (MB)": alone,
        "idle CPU (%)": 100 * used / _IDLE_SECONDS,
    }


def _pss_megabytes(pid: int) -> float:
    table = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in table.splitlines() if line.startswith("Pss:")) / 1024


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(sides: list[Side], rounds: int) -> dict[str, dict[str, float]]:
    """Return the medians of all rounds by side and figure; the sides take turns, so that a busy machine is to both."""
    found: dict[str, dict[str, list[float]]] = {side.name: {} for side in sides}
    for _ in range(rounds):
        for work in (lambda side: _up_and_down(side, 1), lambda side: _up_and_down(side, MANY), _logs):
            for side in sides:
                for name, number in work(side).items():
                    found[side.name].setdefault(name, []).append(number)
    medians = {side: {name: statistics.median(all_) for name, all_ in rows.items()} for side, rows in found.items()}
    if sys.platform.startswith("linux"):
        medians["composekit"] |= _cost(sides[0])
    return medians


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
    parser.add_argument("--rounds", type=int, default=3, help="how often; the median counts")
    parser.add_argument("--lines", type=int, default=1_000_000, help="how many lines are logged")
    options = parser.parse_args()
    commands: list[tuple[str, list[str], dict[str, Any]]] = [
        ("composekit", [sys.executable, "-m", "composekit", "--progress", "quiet"], {})
    ]
    if options.reference:
        engine = {"DOCKER_HOST": options.engine} if options.engine else {}
        commands.append(("reference", [*shlex.split(options.reference), "--progress", "quiet"], engine))
    sides = [Side(name, command, environ, options.lines) for name, command, environ in commands]
    try:
        found = measure(sides, options.rounds)
    finally:
        for side in sides:
            side.remove()
    sys.stdout.write(show(found["composekit"], found.get("reference", {})))
    return 0


if __name__ == "__main__":
    sys.exit(main())
