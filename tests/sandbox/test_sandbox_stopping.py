"""Stopping services as an engine does: what the first of its processes hears, and what its children do meanwhile."""

import json
import time

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.needs_view("processes")]

PROJECT = """
name: shop
services:
  idle: {image: busybox, command: [sleep, infinity], stop_grace_period: 100s}
  tail: {image: busybox, command: [tail, -f, /dev/null], stop_grace_period: 100s}
  nap: {image: busybox, command: [sleep, "2"], stop_grace_period: 100s}
  deaf: {image: busybox, command: [sh, -c, "while true; do sleep 0.05; done"], stop_grace_period: 700ms}
  works:
    image: busybox
    command: [sh, -c, "sleep 2; echo child $$?; exit 7"]
    stop_grace_period: 100s
  late:
    image: busybox
    command: [sh, -c, "sleep 2; trap 'echo heard; exit 1' TERM; sleep 0.5; echo calm; exit 3"]
    stop_grace_period: 100s
  heard:
    image: busybox
    command: [sh, -c, "trap 'exit 5' TERM; echo ready; while true; do sleep 0.05; done"]
    stop_grace_period: 100s
  init: {image: busybox, command: [sleep, "1000"], init: true, stop_grace_period: 100s}
"""


def test_a_service_has_its_grace_period_unless_it_only_waits(person):
    options = person.project(PROJECT)
    person.says(*options, "up", "-d")
    while "ready" not in person.says(*options, "logs", "heard"):
        time.sleep(0.02)
    began = time.monotonic()
    person.says(*options, "stop")
    took = time.monotonic() - began
    rows = [json.loads(line) for line in person.says(*options, "ps", "-a", "--format", "json").splitlines()]
    codes = {row["Service"]: row["ExitCode"] for row in rows}
    logs = {name: person.says(*options, "logs", "--no-log-prefix", name) for name in ("works", "late")}
    person.says(*options, "down", "-v")

    assert codes == {
        "idle": 137, "tail": 137, "nap": 0, "deaf": 137, "works": 7, "late": 3, "heard": 5, "init": 143,
    }  # fmt: skip
    assert logs == {"works": "child 0\n", "late": "calm\n"}, "children hear nothing; what nobody heard is not kept"
    assert took < 60, "nobody waits for those who only wait"


def test_who_only_waits_is_waited_for_as_long_as_somebody_else_is_there(person):
    options = person.project(PROJECT)
    person.says(*options, "up", "-d", "idle")
    person.says(*options, "exec", "-d", "idle", "sh", "-c", "sleep 1.5; echo done >/proc/1/fd/1")
    person.says(*options, "stop", "idle")
    log = person.says(*options, "logs", "--no-log-prefix", "idle")
    person.says(*options, "down", "-v")

    assert log == "done\n"
