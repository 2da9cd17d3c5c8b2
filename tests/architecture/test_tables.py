"""What the literal tables name exists, and what exists stands in a table."""

import importlib
import inspect
import re
from collections import Counter

import pytest
from code_tree import PACKAGE, ROOT, modules

from composekit.cli.lane import HOT
from composekit.cli.options import GLOBAL_OPTIONS, Argument, Option, Row, options_of, with_dry_run
from composekit.cli.table import COMMANDS, GROUPS

KINDS = {"text", "int", "float", "flag", "many", "choice"}


def rows_of(command: str) -> tuple[Row, ...]:
    rows: tuple[Row, ...] = importlib.import_module(COMMANDS[command][0]).ARGUMENTS
    return rows


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_commands_module_runs_with_what_its_rows_read(command: str) -> None:
    run = importlib.import_module(COMMANDS[command][0]).run
    names = {row.dest if isinstance(row, Option) else row.name for row in rows_of(command)}

    inspect.signature(run).bind(object(), **dict.fromkeys(names))


@pytest.mark.parametrize("command", [*sorted(COMMANDS), "composekit"])
def test_options_are_well_made(command: str) -> None:
    rows = GLOBAL_OPTIONS if command == "composekit" else with_dry_run(rows_of(command))
    options = options_of(rows)

    assert {row.kind for row in options} <= KINDS
    assert [name for name, times in Counter(name for row in options for name in row.names).items() if times > 1] == []
    dests = Counter(row.dest if isinstance(row, Option) else row.name for row in rows)
    assert [name for name, times in dests.items() if times > 1] == []
    for row in options:
        assert row.dest.isidentifier(), row
        assert row.help, row
        assert row.choices or row.kind != "choice", row
        assert not row.choices or row.kind in ("choice", "text", "many"), row
        assert all(re.fullmatch(r"-[A-Za-z]|--[a-z][A-Za-z0-9-]+", name) for name in row.names), row
    assert sum(isinstance(row, Argument) and row.many for row in rows) <= 1


def test_every_module_of_a_command_stands_in_the_table() -> None:
    there = {name for name in modules() if name.startswith("composekit.cli.commands.")}

    assert there == {module for module, _ in COMMANDS.values()}


def test_help_texts_are_short_differ_and_have_no_full_stop() -> None:
    texts = [*(text for _, text in COMMANDS.values()), *GROUPS.values()]

    assert [text for text, times in Counter(texts).items() if times > 1] == []
    assert [text for text in texts if text.endswith(".") or not text[0].isupper() or len(text) > 66] == []


def test_commands_are_in_the_order_of_the_alphabet() -> None:
    assert list(COMMANDS) == sorted(COMMANDS)


def test_every_group_has_commands() -> None:
    assert {name.split()[0] for name in COMMANDS if " " in name} == set(GROUPS)


def test_hot_commands_are_commands() -> None:
    assert set(COMMANDS) >= HOT


@pytest.mark.parametrize("folder", ["schemas", "grammar"])
def test_every_shipped_file_is_used(folder: str) -> None:
    texts = [file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.py")]
    texts += [file.read_text(encoding="utf-8") for file in [*ROOT.glob("docs/*.md"), *ROOT.glob("schemas/*.json")]]
    used = "\n".join(texts)

    for file in (ROOT / folder).iterdir():
        names = (f'"{file.stem}"', file.name) if folder == "grammar" else (file.name,)
        assert any(name in used for name in names), file
