"""Go templates for `--format`: "{{.Name}} {{upper .State}}" and a row of facts make a line.

Owns: reading a template, and filling it in. A row is a mapping of names to values; a value that can be called is a
method and gets the operands after it (`{{.Label "tier"}}`). What every command knows is the row, not this language.

Facts: https://pkg.go.dev/text/template for the language, https://docs.docker.com/engine/cli/formatting/ for the
functions that Docker's programs add.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from composekit.errors import BadValue
from composekit.values.grammar import Language, Reason

Row = Mapping[str, Any]
Part = Callable[[Row], str]

_PLAIN = re.compile(r"((?:(?!\{\{).)*)(?:\{\{\s*\.(\w+)\s*\}\}|$)", re.ASCII | re.DOTALL)
_TRIM_BEFORE = re.compile(r"\s*\{\{-(?=\s)")
_TRIM_AFTER = re.compile(r"(?<=\s)-\}\}\s*")
_FORM = "write fields as {{{{.Name}}}}, functions as {{{{upper .Name}}}} or {{{{.Name | upper}}}}"
_LANGUAGE = Language(
    "gotemplate",
    " \t\r\n{}",
    (
        Reason("an action is never closed", "close it with }}}}", ("{{", "{{.A", "{{ upper .A", "{{.A | upper")),
        Reason("an action is empty", _FORM, ("{{}}",)),
        Reason(
            "an 'if', 'range' or 'with' is never ended",
            "end it with {{{{end}}}}",
            ("{{if .A}}", "{{if .A}}x{{else}}y", "{{if .A}}x", "{{range .A}}x", "{{with .A}}x"),
        ),
    ),
    Reason("'{text}' is not a template that can be filled in", _FORM, ()),
)


class Template:
    """A template that was read; raises `BadValue` when it cannot be."""

    __slots__ = ("_parts",)

    def __init__(self, text: str) -> None:
        plain = _read_plain(text)
        self._parts: list[Part] = _read(text) if plain is None else plain

    def fill(self, row: Row) -> str:
        """Return the text for a row; raises `BadValue` for a field that it does not have, or a function's misuse."""
        return "".join(part(row) for part in self._parts)


def titles(headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the row that fills a template in with column titles; a title stands for every field, known or not."""
    return Titles(headers)


def go_json(value: Any) -> str:
    """Return a value as Go's encoder writes it: no spaces, and <, >, & escaped."""
    if isinstance(value, Mapping):
        value = {key: one for key, one in value.items() if not callable(one)}
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


class Struct(dict[str, Any]):
    """Facts that Go keeps in a structure, and that print as one: the values in their order, in braces."""


class Titles(dict[str, Any]):
    """Column titles: a method returns the title of its field, or what it was asked for (`{{.Label "x"}}`: x)."""

    def __missing__(self, name: str) -> str:
        return "".join(f" {char}" if char.isupper() and at else char for at, char in enumerate(name)).upper()


def _read_plain(text: str) -> list[Part] | None:
    """Return the parts of a template of plain fields only, or `None`: the lane that loads no parser."""
    parts: list[Part] = []
    at = 0
    while at < len(text):
        found = _PLAIN.match(text, at)
        if found is None or found.end() == at:
            return None
        if found[1]:
            parts.append(_constant(found[1]))
        if found[2]:
            parts.append(_field(found[2]))
        at = found.end()
    return parts


def _constant(text: str) -> Part:
    return lambda _row: text


def _field(name: str) -> Part:
    return lambda row: shown(look_up(row, name, ()))


def look_up(row: Any, name: str, operands: tuple[Any, ...]) -> Any:
    """Return a field of a row, or of a value in it; raises `BadValue` where there is none."""
    if isinstance(row, Titles):
        return operands[0] if operands else row[name]
    if not isinstance(row, Mapping) or name not in row:
        known = f"fields are {', '.join(sorted(row))}" if isinstance(row, Mapping) else None
        raise BadValue(f"the template names the unknown field '{name}'", hint=known)
    value = row[name]
    if callable(value):
        return value(*operands)
    if operands:
        raise BadValue(f"the template gives arguments to '{name}', which is a field")
    return value


def shown(value: Any) -> str:
    """Return a value as a template prints it."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "<nil>"}[value]
    if isinstance(value, list):
        return f"[{' '.join(map(shown, value))}]"
    if isinstance(value, Struct):
        return f"{{{' '.join(map(shown, value.values()))}}}"
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{shown(one)}' for key, one in sorted(value.items()) if not callable(one))}]"
    return str(value)


# -- the whole language ------------------------------------------------------------------------------------------------


def _read(text: str) -> list[Part]:
    from composekit.values.goactions import Filling, check
    from composekit.values.gofunctions import FUNCTIONS

    tree = _LANGUAGE.parse(_TRIM_AFTER.sub("}}", _TRIM_BEFORE.sub("{{", text)))
    check(tree, FUNCTIONS)
    return [Filling(tree, FUNCTIONS).text]
