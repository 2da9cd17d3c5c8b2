"""Completion scripts, in the shells they are for; `composekit` itself is a stand-in that knows two services."""

import os
import shutil
import subprocess

import pytest

from composekit.cli.completion import SHELLS, entries
from composekit.cli.table import COMMANDS

STAND_IN = """#!/bin/sh
case "$*" in
*"config --services") echo "$@" >> "$0.asked"; echo api; echo web ;;
esac
"""


@pytest.fixture
def folder(tmp_path):
    program = tmp_path / "composekit"
    program.write_text(STAND_IN, encoding="utf-8")
    program.chmod(0o755)
    for name, script in SHELLS.items():
        tmp_path.joinpath(f"complete.{name}").write_text(script(), encoding="utf-8")
    tmp_path.joinpath("file.yaml").write_text("", encoding="utf-8")
    return tmp_path


def environ(folder):
    return {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder)}


def by_bash(folder, *words):
    script = (
        'source complete.bash; COMP_WORDS=(composekit "$@"); COMP_CWORD=$#; _composekit; '
        "printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", *words], capture_output=True, text=True, timeout=30, check=False,
        cwd=folder, env=environ(folder),
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split()


def by_fish(folder, *words):
    line = " ".join(("composekit", *words))
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source complete.fish; complete -C '{line}'"], capture_output=True, text=True,
        timeout=30, check=False, cwd=folder, env=environ(folder),
    )  # fmt: skip
    assert done.stderr == ""
    return [one.split("\t")[0] for one in done.stdout.splitlines()]


SHELLS_TO_ASK = [
    pytest.param(by_bash, marks=pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash"), id="bash"),
    pytest.param(by_fish, marks=pytest.mark.skipif(not shutil.which("fish"), reason="there is no fish"), id="fish"),
]


@pytest.mark.integration
@pytest.mark.parametrize("ask", SHELLS_TO_ASK)
def test_the_first_word_is_a_command(folder, ask):
    assert {"up", "exec", "stack", "help"} <= set(ask(folder, ""))
    assert ask(folder, "do") == ["doctor", "down"]


@pytest.mark.integration
@pytest.mark.parametrize("ask", SHELLS_TO_ASK)
def test_options_are_those_of_the_command(folder, ask):
    assert ask(folder, "up", "--no-l") == ["--no-log-prefix"]
    assert ask(folder, "--project-d") == ["--project-directory"]
    assert ask(folder, "ps", "--no-l") == []


@pytest.mark.integration
@pytest.mark.parametrize("ask", SHELLS_TO_ASK)
def test_services_are_asked_for_with_the_projects_options(folder, ask):
    assert ask(folder, "-f", "file.yaml", "-p", "shop", "logs", "") == ["api", "web"]
    asked = folder.joinpath("composekit.asked").read_text(encoding="utf-8").splitlines()
    assert set(asked) == {"-f file.yaml -p shop config --services"}
    assert ask(folder, "restart", "w") == ["web"]


@pytest.mark.integration
@pytest.mark.parametrize("ask", SHELLS_TO_ASK)
def test_values_are_offered_where_they_are_known(folder, ask):
    assert sorted(ask(folder, "graph", "--format", "")) == ["dot", "mermaid", "svg"]
    assert ask(folder, "config", "--format", "j") == ["json"]
    assert ask(folder, "ps", "--status", "ru") == ["running"]
    assert ask(folder, "up", "--exit-code-from", "w") == ["web"]
    assert ask(folder, "-f", "file") == ["file.yaml"]


@pytest.mark.integration
@pytest.mark.parametrize("ask", SHELLS_TO_ASK)
def test_commands_of_a_group_come_after_it(folder, ask):
    assert {"deploy", "ls", "ps"} <= set(ask(folder, "stack", ""))
    assert "--prune" in ask(folder, "stack", "deploy", "--p")
    assert ask(folder, "stack", "ls", "--no-log") == []


@pytest.mark.integration
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_has_no_mistake_of_syntax(folder, shell):
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell}")
    done = subprocess.run(
        [shell, "-n", f"complete.{shell}"], capture_output=True, text=True, timeout=30, check=False, cwd=folder
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_is_in_every_script(shell):
    text = SHELLS[shell]()

    assert [name for name in COMMANDS if name.rpartition(" ")[2] not in text] == []


def test_commands_about_services_complete_them():
    services = {one.name for one in entries() if one.services}

    assert {"exec", "run", "logs", "up", "scale", "cp", "port", "attach"} <= services
    assert not services & {"version", "ls", "completion", "help"}


def test_hidden_options_are_not_offered():
    (one,) = [one for one in entries() if one.name == "exec"]

    assert "--interactive" not in {name for row in one.options for name in row.names}
