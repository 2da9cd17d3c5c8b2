"""What a private view costs when a replica starts, over a plain process.

    python bench/sandbox.py
    python bench/sandbox.py --rounds 200

Each round forks, makes the view and executes /bin/true, and does the same without a view, in turns. A start ends when
the program has been executed. What counts is the difference of the medians: at most 15 ms a replica on a machine that
has nothing else to do; on a busy one, `chrt -f 50 python bench/sandbox.py` (as root) comes near to that. The steps are
measured inside the child, each by itself. As root views are copy-on-write, otherwise they show the machine's own
directories.
"""

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from composekit.sandbox import rights, root, spaces  # noqa: E402  # after the path to it
from composekit.sandbox.capabilities import kept  # noqa: E402
from composekit.sandbox.probe import probe  # noqa: E402

LIMIT_MILLISECONDS = 15.0
STEPS = ("processes", "namespaces", "root and mounts", "rights", "program")


def views(folder: str, kind: str) -> dict[str, dict[str, Any]]:
    """Return the views to measure: the least there is, and one with all that services usually have."""
    volume = os.path.join(folder, "volume")
    os.makedirs(volume, exist_ok=True)
    hosts = os.path.join(folder, "hosts")
    Path(hosts).write_text("127.0.0.1 localhost\n", encoding="ascii")
    least = {"kind": kind, "pids": "own", "ipc": "own", "cwd": "/", "masks": os.geteuid() == 0, "hide": [volume]}
    if os.geteuid() == 0:
        least["capabilities"] = kept((), ())
    mounts = [
        {"kind": "bind", "source": hosts, "target": "/etc/hosts"},
        {"kind": "bind", "source": volume, "target": "/run/composekit/scratch"},
        {"kind": "bind", "source": volume, "target": "/var/lib/data"},
        {"kind": "bind", "source": hosts, "target": "/run/secrets/password", "read_only": True},
        {"kind": "bind", "source": volume, "target": "/app", "read_only": True},
        {"kind": "tmpfs", "target": "/cache", "options": ["size=1048576"]},
    ]
    return {"no mounts": least, "six mounts": {**least, "mounts": mounts, "limits": [["nofile", 100, 100]]}}


def plain() -> float:
    """Return the seconds of a process without a view."""
    running, its_end = os.pipe()
    began = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.execv("/bin/true", ["true"])
    os.close(its_end)
    os.read(running, 1)  # closed by the execution
    took = time.perf_counter() - began
    os.close(running)
    os.waitpid(pid, 0)
    return took


def with_view(view: dict[str, Any]) -> tuple[float, list[float]]:
    """Return the seconds of a process with a view, and those of its steps. A shim forks the service, as for real."""
    read, write = os.pipe()
    began = time.perf_counter()
    shim = os.fork()
    if shim == 0:
        marks = [time.perf_counter()]
        spaces.part(view)
        marks.append(time.perf_counter())
        service = os.fork()
        if service == 0:
            spaces.isolate(view)
            marks.append(time.perf_counter())
            root.build(view)
            marks.append(time.perf_counter())
            rights.finish(view)
            marks.append(time.perf_counter())
            os.write(write, " ".join(map(repr, marks)).encode())
            os.execv("/bin/true", ["true"])
        os.close(write)
        os.waitpid(service, 0)
        os._exit(0)
    os.close(write)
    with open(read, encoding="ascii") as told:
        marks = list(map(float, told.read().split()))  # all there is, once no process has the other end
    ended = time.perf_counter()
    marks.append(ended)
    os.waitpid(shim, 0)
    return ended - began, [after - before for before, after in itertools.pairwise(marks)]


def measure(folder: str, view: dict[str, Any], rounds: int) -> tuple[list[float], list[float], list[list[float]]]:
    """Return the times in milliseconds: without a view, with one, and of its steps. Each view is a new replica's."""
    bare, seen, steps = [], [], []
    for number in range(rounds):
        bare.append(1000 * plain())
        scratch = os.path.join(folder, "views", str(number))
        os.makedirs(scratch)
        whole, parts = with_view({**view, "scratch": scratch})
        seen.append(1000 * whole)
        steps.append([1000 * part for part in parts])
    return bare, seen, [list(one) for one in zip(*steps, strict=True)]


def row(name: str, *numbers: float) -> str:
    return f"{name:<30}" + "".join(f"{number:>12.2f}" for number in numbers)


def tenth(times: list[float]) -> float:
    return sorted(times)[len(times) // 10]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=60, help="how often each is measured (60)")
    rounds = parser.parse_args().rounds
    worst = 0.0
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ck-bench-") as folder:
        kind = probe(folder).kind
        if kind == "none":
            print("this machine allows no private view")
            return 0
        print(f"{kind}, milliseconds of {rounds} starts")
        heads = ("plain", "view", "cost", "fast plain", "fast view", "fast cost")
        print(f"{'':<30}" + "".join(f"{head:>12}" for head in heads))
        for name, view in views(folder, kind).items():
            bare, seen, steps = measure(os.path.join(folder, name.replace(" ", "-")), view, rounds)
            usual, usually = statistics.median(bare), statistics.median(seen)
            fast, faster = tenth(bare), tenth(seen)
            worst = max(worst, usually - usual)
            print(row(name, usual, usually, usually - usual, fast, faster, faster - fast))
            for step, times in zip(STEPS, steps, strict=True):
                print(f"  {step:<28}{'':>12}{statistics.median(times):>12.2f}{'':>24}{tenth(times):>12.2f}")
    print(f"the dearest costs {worst:.2f} ms, of at most {LIMIT_MILLISECONDS:g}")
    return 0 if worst <= LIMIT_MILLISECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
