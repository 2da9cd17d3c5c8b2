"""composekit answers the commands of a running project as Docker Compose did on a real engine; see parity.py."""

import json
import os
import sys
import tempfile
from pathlib import Path

import pytest
from parity import RECORDED, STEPS, ask, differences, words_of

ROOT = Path(__file__).resolve().parents[2]


def recorded() -> list[dict[str, object]]:
    return json.loads(RECORDED.read_text(encoding="utf-8"))


def test_every_step_has_a_recorded_answer() -> None:
    assert [one["line"] for one in recorded()] == [line for _, line in STEPS]


def test_a_steps_words_may_have_spaces_and_tabs() -> None:
    assert words_of("run web sh -c exit_5") == ["run", "web", "sh", "-c", "exit 5"]
    assert words_of("ps --format table|{{.A}}|{{.B}}") == ["ps", "--format", "table {{.A}}\\t{{.B}}"]


def test_differences_name_the_command_and_both_answers() -> None:
    expected = [{"line": "ps", "code": 0}, {"line": "ls", "code": 0}]

    assert differences(expected, [{"line": "ps", "code": 1}, {"line": "ls", "code": 0}]) == ["ps: code is 1, not 0"]


@pytest.mark.integration
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the recorded project needs views of Linux")
@pytest.mark.skipif(os.geteuid() != 0, reason="one of the commands becomes another user, as in a container")
def test_commands_answer_as_docker_compose_does() -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ck-") as folder:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "COMPOSEKIT_HOME": f"{folder}/state",
            "XDG_RUNTIME_DIR": folder,
            "PYTHONPATH": str(ROOT),
        }
        found = ask([sys.executable, "-m", "composekit"], environ)

    assert differences(recorded(), found) == []
