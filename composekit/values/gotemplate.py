"""Go templates for `--format`: "{{.Name}} {{upper .State}}" and a row of facts make a line.

Owns: reading a template, and filling it in. A row is a mapping of names to values; a value that can be called is a
method and gets the operands after it (`{{.Label "tier"}}`). What every command knows is the row, not this language.

Facts: https://pkg.go.dev/text/template for the language, https://docs.docker.com/engine/cli/formatting/ for the
functions that Docker's programs add. `range`, `with`, variables and definitions are left out: a row has no lists.
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
_ABSENT = re.compile(r"\{\{-?\s*(range|with|define|template|block|break|continue)\b")
_FORM = "write fields as {{{{.Name}}}}, functions as {{{{upper .Name}}}} or {{{{.Name | upper}}}}"
_LANGUAGE = Language(
    "gotemplate",
    " \t\r\n{}",
    (
        Reason("an action is never closed", "close it with }}}}", ("{{", "{{.A", "{{ upper .A", "{{.A | upper")),
        Reason("an action is empty", _FORM, ("{{}}",)),
        Reason("templates have no variables here", _FORM, ("{{$", "{{if $", "{{.A $", "{{upper $", "{{.A | $", "{{($")),
        Reason("an 'if' is never ended", "end it with {{{{end}}}}", ("{{if .A}}", "{{if .A}}x{{else}}y", "{{if .A}}x")),
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
    return _Titles(headers)


def go_json(value: Any) -> str:
    """Return a value as Go's encoder writes it: no spaces, and <, >, & escaped."""
    if isinstance(value, Mapping):
        value = {key: one for key, one in value.items() if not callable(one)}
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


class _Titles(dict[str, Any]):
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
    return lambda row: shown(_look_up(row, name, ()))


def _look_up(row: Any, name: str, operands: tuple[Any, ...]) -> Any:
    if isinstance(row, _Titles):
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
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{shown(one)}' for key, one in sorted(value.items()) if not callable(one))}]"
    return str(value)


# -- the whole language ------------------------------------------------------------------------------------------------


def _read(text: str) -> list[Part]:
    from composekit.values.gofunctions import FUNCTIONS

    absent = _ABSENT.search(text)
    if absent is not None:
        raise BadValue(f"templates have no '{absent[1]}' here", offset=absent.start(1), length=len(absent[1]))
    tree = _LANGUAGE.parse(_TRIM_AFTER.sub("}}", _TRIM_BEFORE.sub("{{", text)))
    _check_names(tree, FUNCTIONS)
    return [_part(node, FUNCTIONS) for node in tree.children]


def _check_names(tree: Any, functions: Mapping[str, Any]) -> None:
    for node in tree.find_data("name"):
        name = str(node.children[0])
        if name in ("else", "end"):
            raise BadValue(f"there is an '{name}' without an 'if'")
        if name not in functions:
            raise BadValue(
                f"there is no template function '{name}'", hint=f"functions are {', '.join(sorted(functions))}"
            )


def _part(node: Any, functions: Mapping[str, Any]) -> Part:
    if isinstance(node, str):
        return _constant(str(node))
    if node.data == "action":
        return lambda row: shown(_pipeline(node.children[0], row, functions))
    choices = list(node.children)
    ifs = [(choices[at], _block(choices[at + 1], functions)) for at in range(0, len(choices) - 1, 2)]
    otherwise = _block(choices[-1], functions) if len(choices) % 2 else None

    def branch(row: Row) -> str:
        for condition, block in ifs:
            if _pipeline(condition, row, functions):
                return block(row)
        return otherwise(row) if otherwise else ""

    return branch


def _block(node: Any, functions: Mapping[str, Any]) -> Part:
    parts = [_part(one, functions) for one in node.children]
    return lambda row: "".join(part(row) for part in parts)


def _pipeline(node: Any, row: Row, functions: Mapping[str, Any]) -> Any:
    value: tuple[Any, ...] = ()
    for command in node.children:
        first, *rest = command.children
        operands = (*(_value(one, row, functions) for one in rest), *value)
        value = (_call(first, operands, row, functions),)
    return value[0]


def _call(first: Any, operands: tuple[Any, ...], row: Row, functions: Mapping[str, Any]) -> Any:
    if first.data == "name":
        name = str(first.children[0])
        if isinstance(row, _Titles):
            return operands[-1] if operands else ""
        try:
            return functions[name](*operands)
        except (TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
            raise BadValue(f"the template function '{name}' cannot be used like that: {error}") from None
    if first.data == "field":
        return _walk(str(first.children[0]), operands, row)
    if operands:
        raise BadValue("the template gives arguments to something that is no function")
    return _value(first, row, functions)


def _walk(path: str, operands: tuple[Any, ...], row: Row) -> Any:
    names = [name for name in path.split(".") if name]
    value: Any = row
    for at, name in enumerate(names):
        value = _look_up(value, name, operands if at == len(names) - 1 else ())
    return value


def _value(node: Any, row: Row, functions: Mapping[str, Any]) -> Any:
    if node.data == "pipeline":
        return _pipeline(node, row, functions)
    text = str(node.children[0])
    match node.data:
        case "string":
            return json.loads(text.replace("\t", "\\t"))
        case "raw":
            return text[1:-1]
        case "number":
            return float(text) if "." in text else int(text)
        case "constant":
            return {"true": True, "false": False, "nil": None}[text]
        case _:
            return _call(node, (), row, functions)
