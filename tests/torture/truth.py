"""What must be true whatever was done to a ground: logs without gaps, state that can be read, a daemon at its ease."""

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

from ground import Ground

from composekit.supervise.client import Client

Count = Callable[[str, int], None]
Complain = Callable[[str], None]


def settled(ground: Ground, client: Client) -> tuple[int, int]:
    """Return descriptors and memory of a supervisor that has done what it was asked for, and let its clients go."""
    for _ in range(2):
        client.request("ping")  # whoever hung up before the first is known to be gone by the second
    deadline = time.monotonic() + 30
    while ground.services() and time.monotonic() < deadline and not any(one.pid for one in client.status()):
        time.sleep(0.01)
    return ground.weight()


def check_state_files(ground: Ground) -> list[str]:
    """Return what is wrong with the files of the project's state: each is whole JSON, and nothing half made is left."""
    found = []
    for folder, _, names in os.walk(ground.home().directory):
        for name in names:
            path = os.path.join(folder, name)
            if re.search(r"\.json\.\d+$", name):
                time.sleep(0.05)  # it may be about to take its place
                if os.path.exists(path):
                    found.append(f"'{path}' was left half made")
            elif name.endswith(".json"):
                try:
                    json.loads(Path(path).read_bytes())
                except FileNotFoundError:
                    continue
                except ValueError as error:
                    found.append(f"'{path}' cannot be read: {error}")
    return found


def check_numbered(ground: Ground, name: str, count: Count, complain: Complain) -> None:
    """Hold a log against the runs of its service, each of which wrote the next number."""
    lines = ground.run("logs", "--no-log-prefix", name).stdout.splitlines()
    wanted = int(Path(ground.facts, name).read_text(encoding="ascii"))
    if lines != [str(number) for number in range(wanted)]:
        wrong = next((at for at, line in enumerate(lines) if line != str(at)), len(lines))
        complain(f"log: {name} wrote {wanted} lines, {len(lines)} are there; wrong from {lines[wrong:][:3]}")
    count("log lines checked", len(lines))


def check_log(ground: Ground, name: str, count: Count, complain: Complain, *, ended: bool = False) -> None:
    """Hold the numbers in a log against what the writer noted down."""
    noted = {
        path.stem: int(path.read_text(encoding="ascii").strip() or 0)
        for path in Path(ground.facts).glob(f"{name}.*.count")
    }
    reached: dict[str, int] = {}
    lines = _lines(ground, name, noted, ended=ended)
    for line in lines:
        run, _, number = line.partition(" ")
        if run not in noted or not number.isdigit():
            # A writer that was killed within a line leaves a part of it.
            if not any(run.startswith(name) and one.startswith(run[: len(name) + 1]) for one in noted):
                complain(f"log: a strange line of {name}: {line[:80]!r}")
            continue
        expected = reached.get(run, -1) + 1
        if int(number) != expected:
            count("log gaps", 1)
            complain(f"log: after {run} {expected - 1} came {number}")
        reached[run] = int(number)
        if ended:
            count("log lines checked", 1)
    for run, wrote in noted.items():
        if wrote and reached.get(run, -1) + 1 < wrote:
            complain(f"log: {run} wrote {wrote} lines, {reached.get(run, -1) + 1} are there")
    if ended:
        count("log runs checked", len(reached))


def _lines(ground: Ground, name: str, noted: dict[str, int], *, ended: bool) -> list[str]:
    """Return the lines of a log; of a writer that still runs, once what it had noted has arrived."""
    deadline = time.monotonic() + 30
    last = max(noted, default="")
    while True:
        lines = ground.run("logs", "--no-log-prefix", name).stdout.splitlines()
        there = f"{last} {noted.get(last, 0) - 1}" in lines
        if ended or there or not noted.get(last) or time.monotonic() > deadline:
            return lines
