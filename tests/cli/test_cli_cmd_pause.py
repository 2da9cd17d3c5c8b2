"""pause and unpause for real."""

import json
import os
import time
from pathlib import Path

import pytest

from composekit.supervise.process import is_stopped

pytestmark = pytest.mark.integration


def state(shop, name="shop-web-1"):
    rows = map(json.loads, shop("ps", "-a", "--format", "json").stdout.splitlines())
    return next((one["State"], one["Status"]) for one in rows if one["Name"] == name)


def test_a_paused_service_says_so_stands_still_and_goes_on(shop):
    paused = shop("pause")
    assert (paused.returncode, "Container shop-web-1  Paused" in paused.stderr) == (0, True)
    assert state(shop)[0] == "paused"
    assert state(shop)[1].endswith("(Paused)")
    again = shop("pause", "web")
    assert (again.returncode, "shop-web-1 is already paused" in again.stderr) == (1, True)
    inside = shop("exec", "web", "ls")
    assert (inside.returncode, "is paused" in inside.stderr) == (1, True)

    unpaused = shop("unpause", "web")
    assert (unpaused.returncode, "Container shop-web-1  Unpaused" in unpaused.stderr) == (0, True)
    assert state(shop)[0] == "running"
    assert shop("unpause").returncode == 1


def test_every_process_of_it_stands_still(shop):
    files = shop.runner.project(
        """
        services:
          tree:
            image: busybox
            command: ["sh", "-c", "trap 'exit 0' TERM; setsid sleep 982 & sleep 981 & wait"]
            stop_grace_period: 1h
        """,
        "tree",
    )
    shop.runner(*files, "up", "-d")
    deadline = time.monotonic() + 60
    while len(found := pids(b"sleep\x00982\x00", b"sleep\x00981\x00")) < 2:
        assert time.monotonic() < deadline
    shop.runner(*files, "pause")
    assert all(map(is_stopped, found))

    assert shop.runner(*files, "down").returncode == 0  # it heard that it was to stop, or this took an hour
    assert pids(b"sleep\x00982\x00", b"sleep\x00981\x00") == []


def test_nobody_pauses_a_service_that_does_not_exist(shop):
    done = shop("pause", "nope")

    assert (done.returncode, "no such service: nope" in done.stderr) == (1, True)


def pids(*commands):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if Path(f"/proc/{pid}/cmdline").read_bytes() in commands:
                found.append(int(pid))
        except OSError:
            continue
    return found
