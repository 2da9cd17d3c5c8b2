"""The fast lane of the command line: an ordinary line is read from the option table, without importing click.

It may only say yes. Anything unusual (an unknown or abbreviated option, a bundle of short flags, a missing value, help, a
value of the wrong type) returns `None`, and click reads the line again and explains.
"""

from typing import Any

from composekit.cli.options import GLOBAL_OPTIONS, Argument, Option, Row, initial_values
from composekit.cli.table import COMMANDS

HOT = frozenset({"config", "lint", "ps", "version"})


class Line:
    """A command line that was understood. `values` are the command's, `shared` the global options'."""

    __slots__ = ("command", "shared", "values")

    def __init__(self, command: str, shared: dict[str, Any], values: dict[str, Any]) -> None:
        self.command = command
        self.shared = shared
        self.values = values


def split_line(words: list[str]) -> tuple[dict[str, Any], str, list[str]] | None:
    """Return the global options, the command and its own words; `None` when click must read the line."""
    shared = initial_values(GLOBAL_OPTIONS)
    at = _read_options(words, 0, GLOBAL_OPTIONS, shared, stop_at_word=True)
    if at is None or at >= len(words) or words[at] not in COMMANDS:
        return None
    return shared, words[at], words[at + 1 :]


def read_line(words: list[str], rows: tuple[Row, ...]) -> dict[str, Any] | None:
    """Return a command's values, or `None` when click must read the line."""
    values = initial_values(rows)
    positional: list[str] = []
    options = tuple(row for row in rows if isinstance(row, Option))
    if any(isinstance(row, Argument) and row.rest for row in rows):
        return None
    if _read_options(words, 0, options, values, stop_at_word=False, positional=positional) is None:
        return None
    arguments = [row for row in rows if isinstance(row, Argument)]
    return values if _place(positional, arguments, values) else None


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


def _read_options(
    words: list[str],
    at: int,
    options: tuple[Option, ...],
    values: dict[str, Any],
    *,
    stop_at_word: bool,
    positional: list[str] | None = None,
) -> int | None:
    by_name = {name: row for row in options for name in row.names}
    while at < len(words):
        word = words[at]
        if not word.startswith("-") or word == "-":
            if stop_at_word:
                return at
            if positional is None:
                return None
            positional.append(word)
            at += 1
            continue
        name, equals, given = word.partition("=")
        row = by_name.get(name)
        if row is None or (equals and not name.startswith("--")):
            return None
        if row.kind == "flag":
            if equals:
                return None
            values[row.dest] = True
            at += 1
            continue
        if not equals:
            at += 1
            if at >= len(words):
                return None
            given = words[at]
        if not _store(row, given, values):
            return None
        at += 1
    return at


def _store(row: Option, given: str, values: dict[str, Any]) -> bool:
    if row.kind == "many":
        values[row.dest] = (*values[row.dest], given)
    elif row.kind == "int":
        if not given.isascii() or not given.isdigit():
            return False
        values[row.dest] = int(given)
    elif row.kind == "choice":
        if given not in row.choices:
            return False
        values[row.dest] = given
    elif row.kind == "text":
        values[row.dest] = given
    else:
        return False
    return True
