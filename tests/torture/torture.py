"""The torture of the supervisor: each part takes its share of the time, then the counts are printed."""

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ground import Ground, pause, until

Counts = dict[str, int]
Part = Callable[[float, random.Random, Counts, list[str]], None]

_HOSTILE = {"stubborn": "stubborn", "daemon": "daemon", "group": "group", "closed": "closed"}
_QUICK = "stop_grace_period: 300ms"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _count(counts: Counts, name: str, by: int = 1) -> None:
    counts[name] = counts.get(name, 0) + by


def _end(ground: Ground, part: str, troubles: list[str]) -> None:
    trouble = ground.take_down()
    if trouble:
        troubles.append(f"{part}: {trouble}")
    if ground.doubled():
        troubles.append(f"{part}: {ground.doubled()} processes ran twice at the same time")
    if troubles and os.environ.get("KEEP"):
        sys.stderr.write(f"kept: {ground.folder}\n")
    else:
        ground.remove()


def killing(seconds: float, chance: random.Random, counts: Counts, troubles: list[str]) -> None:
    """Kill -9 of supervisor or client at a random moment of a random command."""
    ground = Ground()
    crash = f"{_QUICK}\nrestart: always"
    ground.project(
        {
            "writer": ("writer", _QUICK),
            "second": ("writer", f"{_QUICK}\nrestart: always\ndepends_on: [writer]"),
            **{name: (mode, _QUICK) for name, mode in _HOSTILE.items()},
            "crash": ("crash", crash),
        }
    )
    done = ground.run("up", "-d")
    if done.returncode:
        troubles.append(f"kill: up: {done.stderr[-500:]}")
    commands = (
        ("up", "-d"), ("up", "-d", "--force-recreate", "stubborn"), ("restart", "daemon"), ("stop", "group"),
        ("start", "group"), ("ps", "-a"), ("logs", "--tail", "5"), ("kill", "closed"), ("up", "-d", "closed"),
        ("restart", "-t", "0", "stubborn"), ("restart", "second"),
    )  # fmt: skip
    for _ in until(seconds):
        client = ground.start(*chance.choice(commands))
        pause(chance, 0.6)
        if chance.random() < 0.6:
            pid = ground.supervisor()
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
                _count(counts, "supervisors killed")
        else:
            client.kill()
            _count(counts, "clients killed")
        try:
            client.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            troubles.append(f"kill: {client.args!r} did not end within 60 s")
            client.kill()
            client.communicate()
        _count(counts, "commands under fire")
    done = ground.run("up", "-d")
    if done.returncode:
        troubles.append(f"kill: up after it all: exit {done.returncode}: {done.stderr[-500:]}")
    for name in ("writer", "second"):
        _check_log(ground, name, counts, troubles)
    done = ground.run("stop", "writer", "second")
    for name in ("writer", "second"):
        _check_log(ground, name, counts, troubles, ended=True)
    _end(ground, "kill", troubles)


def _check_log(ground: Ground, name: str, counts: Counts, troubles: list[str], *, ended: bool = False) -> None:
    """Hold the numbers in a log against what the writer noted down."""
    reached: dict[str, int] = {}
    noted = {
        path.stem: int(path.read_text(encoding="ascii").strip() or 0)
        for path in Path(ground.facts).glob(f"{name}.*.count")
    }
    time.sleep(0.3)
    for line in ground.run("logs", "--no-log-prefix", name).stdout.splitlines():
        run, _, number = line.partition(" ")
        if run not in noted or not number.isdigit():
            # A writer that was killed within a line leaves a part of it.
            if not any(run.startswith(name) and one.startswith(run[: len(name) + 1]) for one in noted):
                troubles.append(f"log: a strange line of {name}: {line[:80]!r}")
            continue
        expected = reached.get(run, -1) + 1
        if int(number) != expected:
            _count(counts, "log gaps")
            troubles.append(f"log: after {run} {expected - 1} came {number}")
        reached[run] = int(number)
        if ended:
            _count(counts, "log lines checked")
    known = [run for run in noted if noted[run]]
    for run in known:
        if run in reached and reached[run] + 1 < noted[run]:
            troubles.append(f"log: {run} wrote {noted[run]} lines, {reached[run] + 1} are there")
        if run not in reached and run == max(known):
            troubles.append(f"log: nothing of the last run {run} is there")
    if ended:
        _count(counts, "log runs checked", len(reached))


def cycling(seconds: float, _chance: random.Random, counts: Counts, troubles: list[str]) -> None:
    """Start and stop processes that do not want to go; nothing is left, nothing grows."""
    ground = Ground()
    ground.project({**{name: (mode, "stop_grace_period: 10ms") for name, mode in _HOSTILE.items()}})
    done = ground.run("up", "-d")
    if done.returncode:
        troubles.append(f"cycle: up: {done.stderr[-500:]}")
    before: tuple[int, int] | None = None
    with ground.client() as client:
        for number in until(seconds):
            client.stop(grace_seconds=0.01)
            left = ground.services() if number % 20 == 0 else []
            if left:
                troubles.append(f"cycle: {len(left)} processes left after a stop")
            client.start()
            client.wait(until="started", timeout_seconds=30)
            _count(counts, "start/stop cycles", len(_HOSTILE))
            if number == 10:
                before = ground.weight()
    _flat("cycle", before, ground.weight(), counts, troubles)
    _end(ground, "cycle", troubles)


def crashing(seconds: float, _chance: random.Random, counts: Counts, troubles: list[str]) -> None:
    """A service that crashes as fast as it is restarted."""
    ground = Ground()
    policy = "deploy: {restart_policy: {condition: any, delay: 1ms}}"
    Path(ground.file).write_text(
        "name: torture\nservices:\n"
        + "".join(
            f"  crash{number}:\n    image: none\n    x-composekit: {{run: echo {ground.token}; exit 1}}\n    {policy}\n"
            for number in range(2)
        ),
        encoding="utf-8",
    )
    done = ground.run("up", "-d")
    if done.returncode:
        troubles.append(f"crash: up: {done.stderr[-500:]}")
    with ground.client() as client:
        time.sleep(min(3.0, seconds / 4))
        before = ground.weight()
        time.sleep(seconds)
        restarts = sum(one.restarts for one in client.status())
        client.stop(grace_seconds=0)
        stopped = {one.name: one.restarts for one in client.status()}
    _count(counts, "restarts of crashing services", restarts)
    for name, count in stopped.items():
        service = name.split("-")[1]
        lines = ground.run("logs", "--no-log-prefix", service).stdout.splitlines()
        # One line a run; the last run may have been stopped before it said anything.
        if not count <= len(lines) <= count + 1:
            troubles.append(f"crash: {service} was restarted {count} times and wrote {len(lines)} lines")
        _count(counts, "log lines checked", len(lines))
    _flat("crash", before, ground.weight(), counts, troubles)
    _end(ground, "crash", troubles)


def crowding(seconds: float, chance: random.Random, counts: Counts, troubles: list[str]) -> None:
    """Fifty clients at once."""
    ground = Ground()
    ground.project({"writer": ("writer", _QUICK), "daemon": ("daemon", _QUICK)})
    ground.run("up", "-d")
    before: tuple[int, int] | None = None
    commands = (("ps",), ("logs", "--tail", "2"), ("restart", "-t", "0", "daemon"), ("up", "-d"), ("ps", "-q"))
    for _ in until(seconds):
        crowd = [ground.start(*chance.choice(commands)) for _ in range(50)]
        for one in crowd:
            try:
                _out, err = one.communicate(timeout=180)
            except subprocess.TimeoutExpired:
                one.kill()
                one.communicate()
                troubles.append(f"crowd: {one.args!r} did not end")
                continue
            _count(counts, "clients in a crowd")
            if one.returncode:
                troubles.append(f"crowd: {one.args!r}: exit {one.returncode}: {err[-300:]}")
        before = before or ground.weight()
    _flat("crowd", before, ground.weight(), counts, troubles)
    _end(ground, "crowd", troubles)


def racing(seconds: float, chance: random.Random, counts: Counts, troubles: list[str]) -> None:
    """`up` against `down`: whoever is last, the outcome is whole."""
    ground = Ground()
    ground.project({"daemon": ("daemon", _QUICK), "closed": ("closed", _QUICK)})
    for _ in until(seconds):
        pair = [ground.start("up", "-d"), ground.start("down", "-t", "0")]
        chance.shuffle(pair)
        for one in pair:
            _out, err = one.communicate(timeout=120)
            if one.returncode:
                troubles.append(f"race: {one.args!r}: exit {one.returncode}: {err[-300:]}")
        running = len(ground.run("ps", "-q").stdout.splitlines())
        if running not in (0, 2):
            troubles.append(f"race: {running} of 2 services run")
        _count(counts, "races of up and down")
    _end(ground, "race", troubles)


def filling(_seconds: float, _chance: random.Random, counts: Counts, troubles: list[str]) -> None:
    """A disk without room: the supervision goes on, and recovers when there is room again."""
    disk = Ground()
    mount = os.path.join(disk.folder, "disk")
    os.mkdir(mount)
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "none", mount], capture_output=True, check=False
    ).returncode:
        sys.stderr.write("full disk: left out, a small disk can only be mounted by root\n")
        disk.remove()
        return
    ground = Ground(home=os.path.join(mount, "state"))
    try:
        ground.project({"writer": ("writer", f"{_QUICK}\nrestart: always"), "daemon": ("daemon", _QUICK)})
        ground.run("up", "-d")
        ballast = os.path.join(mount, "ballast")
        with contextlib.suppress(OSError), open(ballast, "wb", buffering=0) as file:
            while True:
                file.write(bytes(65536))
        with contextlib.suppress(OSError), open(ballast, "ab", buffering=0) as file:
            while True:
                file.write(b"x")
        time.sleep(1)
        for words in (("ps",), ("restart", "-t", "0", "daemon"), ("kill", "daemon"), ("stop", "writer"), ("ps", "-a")):
            done = ground.run(*words)
            _count(counts, "commands on a full disk")
            if done.returncode:
                troubles.append(f"full disk: {' '.join(words)}: exit {done.returncode}: {done.stderr[-300:]}")
        pid = ground.supervisor()
        if pid is None:
            troubles.append("full disk: the supervisor is gone")
        else:
            os.kill(pid, signal.SIGKILL)
        os.unlink(ballast)
        done = ground.run("up", "-d")
        if done.returncode:
            troubles.append(f"full disk: up with room again: exit {done.returncode}: {done.stderr[-300:]}")
        _end(ground, "full disk", troubles)
    finally:
        subprocess.run(["umount", "-l", mount], check=False)
        disk.remove()


def _flat(
    part: str, before: tuple[int, int] | None, after: tuple[int, int], counts: Counts, troubles: list[str]
) -> None:
    if before is None or not after[0]:
        return
    counts[f"{part}: descriptors before"], counts[f"{part}: descriptors after"] = before[0], after[0]
    counts[f"{part}: KiB before"], counts[f"{part}: KiB after"] = before[1], after[1]
    if after[0] > before[0] + 4:
        troubles.append(f"{part}: descriptors grew from {before[0]} to {after[0]}")
    if after[1] > before[1] * 1.25 + 1024:
        troubles.append(f"{part}: the supervisor's memory grew from {before[1]} to {after[1]} KiB")


PARTS: dict[str, tuple[Part, float]] = {
    "kill": (killing, 0.45),
    "cycle": (cycling, 0.15),
    "crash": (crashing, 0.2),
    "crowd": (crowding, 0.1),
    "race": (racing, 0.1),
    "full": (filling, 0.0),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    _say(f"seed {seed}")
    counts: Counts = {}
    troubles: list[str] = []
    share = sum(PARTS[name][1] for name in options.only) or 1
    for name in options.only:
        part, weight = PARTS[name]
        _say(f"{name}: {(part.__doc__ or '').splitlines()[0]}")
        part(options.minutes * 60 * weight / share, random.Random(seed), counts, troubles)
    width = max(map(len, counts), default=0)
    for name, number in counts.items():
        _say(f"  {name:<{width}}  {number:>9}")
    for trouble in troubles[:50]:
        _say(f"TROUBLE {trouble}")
    _say(f"{len(troubles)} troubles")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
