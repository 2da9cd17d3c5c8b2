"""The fast lane may only say yes: what it takes, click reads to the same values."""

import importlib
import shlex
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composekit.cli import lane
from composekit.cli.options import GLOBAL_OPTIONS, Argument, Option, Row
from composekit.cli.parser import run_with_click
from composekit.cli.table import COMMANDS
from composekit.errors import UsageError

ROWS: dict[str, tuple[Row, ...]] = {
    name: importlib.import_module(COMMANDS[name][0]).ARGUMENTS for name in sorted(lane.HOT)
}

VALUES = (
    "x",
    "web",
    "json",
    "text",
    "error",
    "never",
    "plain",
    "auto",
    "0",
    "7",
    "-1",
    "007",
    "1_0",
    "٣",
    "1.5",
    "",
    "-",
    "a=b",
    "=",
)


def by_lane(words: list[str]) -> tuple[Any, ...] | None:
    parts = lane.split_line(words)
    if parts is None or parts[1] not in lane.HOT:
        return None
    shared, command, rest = parts
    values = lane.read_line(rest, ROWS[command])
    return None if values is None else (command, shared, values)


def by_click(words: list[str]) -> tuple[Any, ...] | None:
    seen: list[tuple[Any, ...]] = []

    def start(command: str, shared: dict[str, Any], values: dict[str, Any]) -> int:
        dry_run = values.pop("dry_run_here", False)
        seen.append((command, {**shared, "dry_run": shared["dry_run"] or dry_run}, values))
        return 0

    try:
        run_with_click(words, start, ROWS.__getitem__, "composekit")
    except UsageError:
        return None
    return seen[0] if seen else None


def spelt(row: Option) -> st.SearchStrategy[list[str]]:
    """An option as a person might write it, rightly or nearly so."""
    name = st.sampled_from(row.names)
    value = st.sampled_from((*VALUES, *row.choices))
    forms = [
        st.builds(lambda n: [n], name),
        st.builds(lambda n, v: [n, v], name, value),
        st.builds(lambda n, v: [f"{n}={v}"], name, value),
        st.builds(lambda n, v: [f"{n}{v}"], name, value),
        st.builds(lambda n: [n[:-1]], name),
    ]
    likely = [forms[0]] if row.kind == "flag" else [forms[1], forms[2]]
    return st.one_of(*likely, *likely, *likely, *forms)


def some(rows: tuple[Row, ...], most: int) -> st.SearchStrategy[list[str]]:
    options = [spelt(row) for row in rows if isinstance(row, Option)]
    words = [st.sampled_from(VALUES).map(lambda word: [word])] if any(isinstance(row, Argument) for row in rows) else []
    parts = st.lists(st.one_of(*options, *words), max_size=most)
    return parts.map(lambda found: [word for part in found for word in part])


def a_line() -> st.SearchStrategy[list[str]]:
    def with_command(command: str) -> st.SearchStrategy[list[str]]:
        return st.builds(lambda shared, own: [*shared, command, *own], some(GLOBAL_OPTIONS, 3), some(ROWS[command], 5))

    return st.sampled_from(sorted(ROWS)).flatmap(with_command)


@settings(max_examples=100, deadline=None)
@given(a_line())
def test_click_reads_what_the_lane_takes_to_equal_values(words: list[str]) -> None:
    taken = by_lane(words)

    if taken is not None:
        assert by_click(words) == taken


@pytest.mark.parametrize(
    "line",
    [
        "config -q",
        "-f a.yaml --file=b.yaml -p shop --profile x --profile y config --format json -o out web db",
        "--project-directory . --env-file .env --ansi never --progress plain --parallel 3 config",
        "lint compose.yaml --format=json --select CK4 --ignore CK5",
        "--dry-run ps -a --status running --status exited web",
        "version --short",
        "--no-ansi -v config",
    ],
)
def test_an_ordinary_line_of_a_hot_command_is_taken(line: str) -> None:
    words = shlex.split(line)

    assert by_lane(words) is not None
    assert by_lane(words) == by_click(words)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "config --help",
        "config -h",
        "-v",
        "stop web",
        "config --quie",
        "config --quiet=true",
        "config -qo out",
        "config -o",
        "config -o=out",
        "-fcompose.yaml config",
        "-f=compose.yaml config",
        "config -- web",
        "lint --severity loud",
        "--ansi sometimes config",
        "--parallel x config",
        "--parallel -1 config",
        "version now",
        "unknown",
        "help config",
    ],
)
def test_an_unusual_line_is_left_to_click(line: str) -> None:
    assert by_lane(shlex.split(line)) is None


def test_options_of_a_hot_command_may_follow_its_words() -> None:
    assert by_lane(["config", "web", "-q", "db"]) == by_click(["config", "web", "-q", "db"])
    assert by_lane(["config", "web", "-q", "db"])[2]["services"] == ("web", "db")


def test_a_command_whose_words_belong_to_another_program_is_left_to_click() -> None:
    rows = (Option(("-T",), "no terminal", "flag"), Argument("command", rest=True))

    assert lane.read_line(["-T", "ls"], rows) is None


def test_one_word_goes_to_a_single_argument_and_two_do_not() -> None:
    rows = (Argument("name", many=False, required=True),)

    assert lane.read_line(["web"], rows) == {"name": "web"}
    assert lane.read_line([], rows) is None
    assert lane.read_line(["web", "db"], rows) is None
