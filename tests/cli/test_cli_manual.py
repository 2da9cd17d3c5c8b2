"""The pages of commands: each has one, and its examples are lines that the command line takes."""

import importlib
import shlex

import pytest

from composekit.cli.manual import PAGES
from composekit.cli.options import Row
from composekit.cli.parser import run_with_click
from composekit.cli.table import COMMANDS


def rows_of(command: str) -> tuple[Row, ...]:
    return importlib.import_module(COMMANDS[command][0]).ARGUMENTS


def own_words(line: str) -> list[str]:
    """Return the words after `composekit` in one example, without its comment and what the shell does around it."""
    words = shlex.split(line.partition("  # ")[0])
    start = words.index("composekit") + 1
    ends = [at for at, word in enumerate(words) if at > start and word in ("|", ">")]
    return words[start : ends[0] if ends else len(words)]


EXAMPLES = [(name, line) for name, page in PAGES.items() for line in page.examples]


@pytest.mark.parametrize(("name", "line"), EXAMPLES, ids=[line for _, line in EXAMPLES])
def test_every_example_is_read_as_its_command(name, line):
    started = []

    def start(command, _shared, _values):
        started.append(command)
        return 0

    run_with_click(own_words(line), start, rows_of, program="composekit")

    assert started == [name]


def test_every_command_around_a_project_has_a_page():
    assert sorted(PAGES) == sorted(name for name in COMMANDS if " " not in name and name != "compose")


def test_help_shows_description_examples_and_exit_codes(capsys):
    run_with_click(["help", "exec"], lambda *_facts: 0, rows_of, program="composekit")
    shown = capsys.readouterr().out

    assert shown.index("Execute a command in a running service.") < shown.index("Runs one more program")
    assert shown.index("Options:") < shown.index("Examples:\n  composekit exec web sh\n") < shown.index("Exit codes:\n")
    assert "  126 " in shown
    assert max(map(len, shown.splitlines())) <= 100
