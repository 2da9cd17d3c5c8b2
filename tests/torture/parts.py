"""The parts of the torture. Each does its volume on a ground of its own, counts, and writes down what went wrong."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ground import Ground
from truth import check_log, check_numbered, check_state_files, settled

from composekit.errors import SupervisorError
from composekit.runtime.control import reach

HOSTILE = {"stubborn": "stubborn", "daemon": "daemon", "group": "group", "closed": "closed"}
QUICK = "stop_grace_period: 300ms"
COMMANDS = (
    ("up", "-d"), ("up", "-d", "--force-recreate", "stubborn"), ("restart", "daemon"), ("stop", "group"),
    ("start", "group"), ("ps", "-a"), ("logs", "--tail", "5"), ("kill", "closed"), ("up", "-d", "closed"),
    ("restart", "-t", "0", "stubborn"), ("restart", "second"),
)  # fmt: skip


class Volume:
    """How much of a part: a number of rounds, or as many as fit into a time."""

    def __init__(self, *, seconds: float | None = None, count: int | None = None) -> None:
        self.count = count
        self._end = None if seconds is None else time.monotonic() + seconds

    def reached(self, done: int) -> bool:
        if self.count is not None:
            return done >= self.count
        return done > 0 and (self._end is None or time.monotonic() >= self._end)

    def rounds(self) -> Iterator[int]:
        number = 0
        while not self.reached(number):
            yield number
            number += 1


class Tally:
    """What was done, by name, and what went wrong."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.counts: dict[str, int] = {}
        self.troubles: list[str] = []

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by

    def complain(self, text: str) -> None:
        self.troubles.append(text)
        sys.stdout.write(f"TROUBLE {text}\n")
        sys.stdout.flush()

    def expect(self, what: str, done: "subprocess.CompletedProcess[str]") -> None:
        if done.returncode:
            self.complain(f"{what}: exit {done.returncode}: {done.stderr.strip()[-500:]}")

    def flat(self, part: str, before: tuple[int, int], after: tuple[int, int]) -> None:
        """Compare descriptors and memory of the supervisor."""
        for at, name in enumerate(("descriptors", "KiB")):
            self.counts[f"{part}: {name} before"], self.counts[f"{part}: {name} after"] = before[at], after[at]
        if after[0] > before[0]:
            self.complain(f"{part}: descriptors grew from {before[0]} to {after[0]}")
        if after[1] > before[1] * 1.1 + 1024:
            self.complain(f"{part}: the supervisor's memory grew from {before[1]} to {after[1]} KiB")


@contextlib.contextmanager
def ground_of(part: str, tally: Tally, home: str | None = None) -> Iterator[Ground]:
    """A ground, which must be clean in the end: state readable, nothing twice, and nothing left after `down`."""
    ground = Ground(home=home)
    before = len(tally.troubles)
    try:
        yield ground
        for trouble in (*check_state_files(ground), ground.take_down()):
            if trouble:
                tally.complain(f"{part}: {trouble}")
        if ground.doubled():
            tally.complain(f"{part}: {ground.doubled()} processes ran twice at the same time")
    finally:
        ground.kill_all()
        if len(tally.troubles) == before or not os.environ.get("KEEP"):
            ground.remove()


def killing(volume: Volume, tally: Tally) -> None:
    """Kill -9 of supervisor or client at a random moment of a random command."""
    chance = tally.chance
    with ground_of("kill", tally) as ground:
        ground.project(
            {
                "writer": ("writer", QUICK),
                "second": ("writer", f"{QUICK}\nrestart: always\ndepends_on: [writer]"),
                **{name: (mode, QUICK) for name, mode in HOSTILE.items()},
                "crash": ("crash", f"{QUICK}\nrestart: always"),
            }
        )
        tally.expect("kill: up", ground.run("up", "-d"))
        kills = 0
        while not volume.reached(kills):
            client = ground.start(*chance.choice(COMMANDS))
            time.sleep(chance.random() * 0.6)
            kills += _kill_one(ground, client, tally)
            try:
                client.communicate(timeout=120)
            except subprocess.TimeoutExpired:
                tally.complain(f"kill: {client.args!r} did not end within 120 s")
                client.kill()
                client.communicate()
        tally.expect("kill: up after it all", ground.run("up", "-d"))
        for name in ("writer", "second"):
            check_log(ground, name, tally.count, tally.complain)
        tally.expect("kill: stop", ground.run("stop", "writer", "second"))
        for name in ("writer", "second"):
            check_log(ground, name, tally.count, tally.complain, ended=True)


def _kill_one(ground: Ground, client: "subprocess.Popen[str]", tally: Tally) -> int:
    """Kill the supervisor, its helper that forks, or the command; return how many were alive to be killed."""
    dice = tally.chance.random()
    if dice < 0.6:
        found = [ground.supervisor()] if dice < 0.5 else [*ground.processes("composekit-fork"), None]
        if found[0] is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            os.kill(found[0], signal.SIGKILL)
        tally.count("supervisors killed" if dice < 0.5 else "helpers of supervisors killed")
    elif client.poll() is None:
        client.kill()
        tally.count("clients killed")
    else:
        return 0
    return 1


def cycling(volume: Volume, tally: Tally) -> None:
    """Start and stop processes that do not want to go; nothing is left, nothing grows."""
    with ground_of("cycle", tally) as ground:
        ground.project({name: (mode, "stop_grace_period: 10ms") for name, mode in HOSTILE.items()})
        tally.expect("cycle: up", ground.run("up", "-d"))
        with ground.client() as client:
            before = (0, 0)
            for number in volume.rounds():
                time.sleep(tally.chance.random() * 0.06)  # some have made all their children, some none
                client.stop(grace_seconds=0.01)
                if number % 20 == 0 and (left := ground.services()):
                    tally.complain(f"cycle: {len(left)} processes left after a stop")
                if number == min(20, (volume.count or 40) // 2):
                    before = settled(ground, client)
                client.start()
                client.wait(until="started", timeout_seconds=60)
                tally.count("start/stop cycles")
                tally.count("processes started", len(HOSTILE))
            client.stop(grace_seconds=0)
            after = settled(ground, client)
            if before != (0, 0):
                tally.flat("cycle", before, after)


def crashing(volume: Volume, tally: Tally) -> None:
    """Services that crash as fast as they are restarted; each run writes the next number."""
    names = [f"crash{number}" for number in range(4)]
    with ground_of("crash", tally) as ground:
        ground.crashers(names)
        tally.expect("crash: up", ground.run("up", "-d"))
        with ground.client() as client:
            client.wait(until="started", timeout_seconds=60)
            restarts, before = 0, (0, 0)
            while not volume.reached(restarts):
                time.sleep(0.1)
                restarts = sum(one.restarts for one in client.status())
                if before == (0, 0) and restarts > 200:
                    client.stop(grace_seconds=60)
                    before = settled(ground, client)
                    tally.count("restarts of crashing services", sum(one.restarts for one in client.status()))
                    client.start()
                    volume.count = None if volume.count is None else volume.count - restarts
                    restarts = 0
            client.stop(grace_seconds=60)
            tally.count("restarts of crashing services", sum(one.restarts for one in client.status()))
            after = settled(ground, client)
        for name in names:
            check_numbered(ground, name, tally.count, tally.complain)
        if before != (0, 0):
            tally.flat("crash", before, after)


def crowding(volume: Volume, tally: Tally) -> None:
    """Fifty commands at once."""
    commands = (("ps",), ("logs", "--tail", "2"), ("restart", "-t", "0", "daemon"), ("up", "-d"), ("ps", "-q"))
    with ground_of("crowd", tally) as ground:
        ground.project({"writer": ("writer", QUICK), "daemon": ("daemon", QUICK)})
        tally.expect("crowd: up", ground.run("up", "-d"))
        before = (0, 0)
        for _ in volume.rounds():
            crowd = [ground.start(*tally.chance.choice(commands)) for _ in range(50)]
            for one in crowd:
                try:
                    _out, err = one.communicate(timeout=300)
                except subprocess.TimeoutExpired:
                    one.kill()
                    one.communicate()
                    tally.complain(f"crowd: {one.args!r} did not end")
                    continue
                tally.count("commands in crowds of 50")
                if one.returncode:
                    tally.complain(f"crowd: {one.args!r}: exit {one.returncode}: {err[-300:]}")
            with ground.client() as client:
                before = before if before != (0, 0) else settled(ground, client)
        with ground.client() as client:
            after = settled(ground, client)
            tally.flat("crowd", before, after)


def sharing(volume: Volume, tally: Tally) -> None:
    """Eight clients ask one supervisor for different things at the same time; then all is as the last `up` says."""
    with ground_of("share", tally) as ground:
        ground.project({name: (mode, "stop_grace_period: 10ms") for name, mode in HOSTILE.items()})
        tally.expect("share: up", ground.run("up", "-d"))
        lock, left = threading.Lock(), list(volume.rounds()) if volume.count is not None else []

        def is_over() -> bool:
            with lock:
                if volume.count is None:
                    return volume.reached(1)
                return not left or left.pop() < 0

        def ask(seed: int) -> None:
            mine = random.Random(seed)
            with ground.client() as client:
                while not is_over():
                    name = mine.choice(list(HOSTILE))
                    verb = mine.choice((client.stop, client.start, client.restart, client.kill, client.status))
                    try:
                        verb() if verb == client.status else verb([name])
                    except SupervisorError as error:
                        tally.complain(f"share: {verb.__name__} {name}: {error}")
                    with lock:
                        tally.count("requests of 8 clients at once")

        threads = [threading.Thread(target=ask, args=(tally.chance.random(),)) for _ in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        tally.expect("share: up after it all", ground.run("up", "-d"))
        running = len(ground.run("ps", "-q").stdout.split())
        if running != len(HOSTILE):
            tally.complain(f"share: {running} of {len(HOSTILE)} services run")


def racing(volume: Volume, tally: Tally) -> None:
    """`up` against `down`: whoever is last, the outcome is whole."""
    with ground_of("race", tally) as ground:
        ground.project({"daemon": ("daemon", QUICK), "closed": ("closed", QUICK)})
        for _ in volume.rounds():
            pair = [ground.start("up", "-d"), ground.start("down", "-t", "0")]
            tally.chance.shuffle(pair)
            for one in pair:
                _out, err = one.communicate(timeout=120)
                if one.returncode:
                    tally.complain(f"race: {one.args[-3:]!r}: exit {one.returncode}: {err[-300:]}")
            running = len(ground.run("ps", "-q").stdout.split())
            if running not in (0, 2):
                tally.complain(f"race: {running} of 2 services run")
            tally.count("races of up and down")


def filling(volume: Volume, tally: Tally) -> None:
    """A disk that fills up at any moment of `up`: supervision goes on, and recovers when there is room again."""
    with small_disk() as mount:
        if not mount:
            tally.counts["full disks left out (only root can mount a small one)"] = 1
            return
        with ground_of("full disk", tally, home=os.path.join(mount, "state")) as ground:
            rotated = (
                'logging: {options: {max-size: 100k, max-file: "2"}}'  # the ballast is to fill the disk, not the log
            )
            ground.project({"writer": ("writer", f"{QUICK}\nrestart: always\n{rotated}"), "daemon": ("daemon", QUICK)})
            for number in volume.rounds():
                _fill_once(ground, os.path.join(mount, "ballast"), tally, kill=number % 2 == 0)
                tally.count("full disks")


def _fill_once(ground: Ground, ballast: str, tally: Tally, *, kill: bool) -> None:
    up = ground.start("up", "-d", "--force-recreate")
    time.sleep(tally.chance.random() * 0.8)
    fill_up(ballast)
    up.communicate(timeout=120)  # it may fail, and says so: what counts is what comes after
    client = reach(ground.home(), ground.environ)
    if client is not None:
        client.close()
        for words in (("ps",), ("restart", "-t", "0"), ("kill",), ("stop",), ("ps", "-a")):
            tally.expect(f"full disk: {' '.join(words)}", ground.run(*words))
            tally.count("commands on a full disk")
        pid = ground.supervisor()
        if pid is None:
            tally.complain("full disk: the supervisor is gone")
        elif kill:
            os.kill(pid, signal.SIGKILL)
    os.unlink(ballast)
    tally.expect("full disk: up with room again", ground.run("up", "-d"))
    running = len(ground.run("ps", "-q").stdout.split())
    if running != 2:
        tally.complain(f"full disk: {running} of 2 services run with room again")


@contextlib.contextmanager
def small_disk() -> Iterator[str]:
    """A disk of three megabytes; an empty text where it cannot be mounted."""
    folder = Ground().folder
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", folder], capture_output=True, check=False)
    try:
        yield folder if done.returncode == 0 else ""
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "-l", folder], check=False)
        with contextlib.suppress(OSError):
            Path(folder).rmdir()


def fill_up(path: str) -> None:
    """Take all the room that is left, to the last byte."""
    for size in (65536, 1):
        with contextlib.suppress(OSError), open(path, "ab", buffering=0) as file:
            while True:
                file.write(bytes(size))


# name: what it does, the share of the time, and the whole volume
PARTS: dict[str, tuple[Callable[[Volume, Tally], None], float, int]] = {
    "kill": (killing, 0.35, 200),
    "cycle": (cycling, 0.15, 1000),
    "crash": (crashing, 0.15, 10_000),
    "crowd": (crowding, 0.1, 10),
    "share": (sharing, 0.1, 2000),
    "race": (racing, 0.1, 100),
    "full": (filling, 0.05, 20),
}
