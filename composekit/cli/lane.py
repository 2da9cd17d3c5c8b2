"""The fast lane of the command line: an ordinary line is read from the option table, without importing click.

It may only say yes. Anything unusual (an unknown or abbreviated option, a bundle of short flags, a missing value,
help, a value of the wrong type) returns `None`, and click reads the line again and explains.
"""

from typing import Any

from composekit.cli.options import GLOBAL_OPTIONS, Argument, Option, Row, initial_values, options_of, swallows
from composekit.cli.table import COMMANDS

HOT = frozenset({"config", "convert", "down", "lint", "logs", "ps", "up", "version"})


def split_line(words: list[str]) -> tuple[dict[str, Any], str, list[str]] | None:
    """Return the global options, the command and its own words; `None` when click must read the line."""
    shared = initial_values(GLOBAL_OPTIONS)
    by_name = _by_name(GLOBAL_OPTIONS)
    at: int | None = 0
    while at is not None and at < len(words) and _is_option(words[at]):
        at = _read_option(words, at, by_name, shared)
    if at is None or at >= len(words) or words[at] not in COMMANDS:
        return None
    return shared, words[at], words[at + 1 :]


def read_line(words: list[str], rows: tuple[Row, ...]) -> dict[str, Any] | None:
    """Return a command's values, or `None` when click must read the line."""
    if swallows(rows):
        return None
    values = initial_values(rows)
    by_name = _by_name(options_of(rows))
    positional: list[str] = []
    at: int | None = 0
    while at is not None and at < len(words):
        if _is_option(words[at]):
            at = _read_option(words, at, by_name, values)
        else:
            positional.append(words[at])
            at += 1
    arguments = [row for row in rows if isinstance(row, Argument)]
    return values if at is not None and _place(positional, arguments, values) else None


def _place(positional: list[str], arguments: list[Argument], values: dict[str, Any]) -> bool:
    if not positional:
        return not any(one.required for one in arguments)
    if len(arguments) != 1:
        return False
    only = arguments[0]
    if only.many:
        values[only.name] = tuple(positional)
    elif len(positional) == 1:
        values[only.name] = positional[0]
    else:
        return False
    return True


def _by_name(options: tuple[Option, ...]) -> dict[str, Option]:
    return {name: row for row in options for name in row.names}


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _read_option(words: list[str], at: int, by_name: dict[str, Option], values: dict[str, Any]) -> int | None:
    """Store the option that stands at `at`; return where the next word is, or `None`."""
    name, equals, given = words[at].partition("=")
    row = by_name.get(name)
    if row is None or (equals and (row.kind == "flag" or not name.startswith("--"))):
        return None
    if row.kind == "flag":
        values[row.dest] = True
        return at + 1
    if not equals:
        at += 1
        if at >= len(words):
            return None
        given = words[at]
    return at + 1 if _store(row, given, values) else None


def _store(row: Option, given: str, values: dict[str, Any]) -> bool:
    match row.kind:
        case "text":
            values[row.dest] = given
        case "many":
            values[row.dest] = (*values[row.dest], given)
        case "choice" if given in row.choices:
            values[row.dest] = given
        case "int" if given.isascii() and given.isdigit():
            values[row.dest] = int(given)
        case _:
            return False
    return True
