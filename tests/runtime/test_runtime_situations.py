"""Each reason for which a test is skipped in a situation is a difference that `doctor` states."""

import ast
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from situation import MARKS, handed_on, here

from composekit.runtime.abilities import differences
from composekit.runtime.machine import Machine

ROOT = Path(__file__).resolve().parents[2]


def marks_of_tests() -> set[tuple[str, str]]:
    """Return (mark, key) for every mark in the tests."""
    found = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MARKS:
                (key,) = node.args
                assert isinstance(key, ast.Constant), f"{file}:{node.lineno}: the key is not written out"
                found.add((node.func.attr, key.value))
    return found


@pytest.fixture
def best(machine: Machine) -> Machine:
    """Root, with all that there is."""
    groups = dict.fromkeys(("memory", "cpu", "pids"), "/g")
    return dataclasses.replace(machine, uid=0, gid=0, view="overlay", groups=groups)


def test_doctor_states_every_reason_for_which_a_test_is_skipped(best):
    stated = {(mark, key) for mark, title in MARKS.items() for key in differences(best)[title]}

    assert marks_of_tests() - stated == set()


def test_doctor_states_no_difference_that_no_test_has(best):
    assert {key for _, key in marks_of_tests()} >= {"files", "names", "builds", "processes", "users", "rights"}


def test_doctor_itself_prints_them(tmp_path):
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "COMPOSEKIT_HOME": str(tmp_path / "state"), **handed_on(),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", "")))),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "composekit", "doctor", "--format", "json"], capture_output=True, text=True, check=True,
        cwd=tmp_path, env=environ, timeout=60,
    )  # fmt: skip
    told = json.loads(done.stdout)["Differences"]
    needed = {name: {key for mark, key in marks_of_tests() if mark == name} for name in MARKS}

    assert ("with --isolation none" in told) == here().has_view
    assert ("as an ordinary user" in told) == (os.geteuid() == 0)
    if here().has_view:
        assert set(told["with --isolation none"]) >= needed["needs_view"]
    if here().view == "overlay":
        # The ports may be open to everybody.
        assert set(told["as an ordinary user"]) >= needed["needs_root"] - {"ports"}
