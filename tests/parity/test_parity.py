"""composekit answers the commands of a running project as Docker Compose did on a real engine; see parity.py."""

import sys

import pytest
from parity import ask_composekit, differences, recorded, steady, words_of
from steps import STEPS


def test_every_step_has_a_recorded_answer() -> None:
    assert [one["line"] for one in recorded()] == [step.line for step in STEPS]


def test_every_command_about_a_running_project_is_compared() -> None:
    commands = {words_of(step.line)[0] for step in STEPS}

    assert commands >= {
        "attach", "build", "config", "cp", "create", "down", "events", "exec", "images", "kill", "logs", "ls", "pause",
        "port", "ps", "pull", "push", "restart", "rm", "run", "scale", "start", "stats", "stop", "top", "unpause", "up",
        "version", "volumes", "wait",
    }  # fmt: skip


def test_a_steps_words_may_have_spaces_and_tabs() -> None:
    assert words_of("run web sh -c exit_5") == ["run", "web", "sh", "-c", "exit 5"]
    assert words_of("ps --format table|{{.A}}|{{.B}}") == ["ps", "--format", "table {{.A}}\\t{{.B}}"]


def test_what_differs_from_run_to_run_is_not_compared() -> None:
    text = f"{'a' * 64} 127.0.0.1:32768 2026-01-02T03:04:05.123456789Z tick\n\n\x1b[Kgate-1 exited\n"

    assert steady(text) == "<id> 127.0.0.1:<port> <time> tick\ngate-1 exited\n"


def test_differences_name_the_command_and_both_answers() -> None:
    expected = [{"line": "ps", "code": 0}, {"line": "ls", "code": 0}]

    assert differences(expected, [{"line": "ps", "code": 1}, {"line": "ls", "code": 0}]) == ["ps: code is 1, not 0"]


@pytest.mark.integration
@pytest.mark.timeout(900)  # some 250 commands, one after the other
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the recorded project needs views of Linux")
@pytest.mark.needs_root("users")
@pytest.mark.needs_view("files")
def test_commands_answer_as_docker_compose_does() -> None:
    assert differences(recorded(), ask_composekit()) == []
