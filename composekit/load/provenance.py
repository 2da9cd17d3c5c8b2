"""Where a value comes from: each place that set or overrode it, and the variables inside it with what gave them."""

import difflib
import re
from collections.abc import Iterator
from typing import NamedTuple

from composekit.errors import ComposekitError
from composekit.load.history import History
from composekit.source.node import SUPPLIED, Mapping, Node, Scalar, Sequence
from composekit.source.path import Path, show_path
from composekit.source.text import MADE, Span
from composekit.values.template import uses

_PART = re.compile(r'"((?:[^"\\]|\\.)*)"|\[(\d+)\]|([^.\[\]"]+)')


class VariableOrigin(NamedTuple):
    """A variable used in a value. `origin` is the env file's line, `environment`, `default` or `unset`."""

    name: str
    origin: str
    span: Span | None


class Setting(NamedTuple):
    """One place that set a value; `written` is the text as it stands there, before variables were replaced."""

    span: Span
    value: object
    written: str
    variables: tuple[VariableOrigin, ...]


class Explanation(NamedTuple):
    """A value and the places that set it, the one that won first; without any, Compose supplied it."""

    path: Path
    value: object
    settings: tuple[Setting, ...]


def parse_path(text: str) -> Path:
    """Read services.web.ports[0] or services."a.b".image; raises `ComposekitError` for anything else."""
    path: list[str | int] = []
    at = 0
    while at < len(text):
        if text[at] == "." and at:
            at += 1
        found = _PART.match(text, at)
        if found is None:
            raise ComposekitError(f"'{text}' is not a path", hint="write one such as services.web.environment.TZ")
        quoted, index, plain = found.groups()
        path.append(int(index) if index is not None else plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        at = found.end()
    return tuple(path)


def explain(tree: Mapping, path: Path, history: History, environment: dict[str, str]) -> list[Explanation]:
    """Explain a value, or every single value below a mapping or list.

    `environment` is that of the process. Raises `ComposekitError` where the project has nothing at the path.
    """
    node = _find(tree, path)
    return [_explain(one, at, history, environment) for at, one in _leaves(node, path)]


def _find(tree: Mapping, path: Path) -> Node:
    at: Node = tree
    for depth, key in enumerate(path):
        below: Node | None = None
        if isinstance(at, Mapping):
            below = at.get(str(key))
        elif isinstance(at, Sequence) and str(key).isdigit() and int(key) < len(at):
            below = at.items[int(key)]
        if below is None:
            where = show_path(path[:depth]) or "the project"
            raise ComposekitError(f"{where} has no '{key}'", hint=_advice(at, str(key)))
        at = below
    return at


def _advice(node: Node, key: str) -> str | None:
    if isinstance(node, Sequence):
        return f"it is a list of {len(node)}; write [0] to [{len(node) - 1}]" if node.items else "it is an empty list"
    if not isinstance(node, Mapping):
        return "it is a single value"
    close = difflib.get_close_matches(key, list(node), n=1)
    return f"did you mean '{close[0]}'?" if close else f"it has {', '.join(sorted(node)[:12])}"


def _leaves(node: Node, path: Path) -> Iterator[tuple[Path, Node]]:
    if isinstance(node, Mapping) and node.items:
        for key, value in node.items.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(node, Sequence) and node.items:
        for index, item in enumerate(node):
            yield from _leaves(item, (*path, index))
    else:
        yield path, node


def _explain(node: Node, path: Path, history: History, environment: dict[str, str]) -> Explanation:
    nodes = [node, *history.before(node)]
    written = [one for one in nodes if one.span.source is not MADE.source and getattr(one, "style", "") != SUPPLIED]
    settings = tuple(_setting(one, path, history, environment) for one in written)
    return Explanation(path, _value(node), settings)


def _setting(node: Node, path: Path, history: History, environment: dict[str, str]) -> Setting:
    # A value may be a part of what is written, such as the port of a short form: the text at the span has it all.
    written = node.raw if isinstance(node, Scalar) and "$" in node.raw else node.span.text
    origins = tuple(_origin(use.name, bool(use.operator), history, environment) for use in uses(written))
    value = _value(node)
    if isinstance(value, str) and path and value.startswith(f"{path[-1]}="):
        value = value.partition("=")[2]  # an entry of a list of NAME=VALUE that another file overrides
    return Setting(node.span, value, written, tuple(dict.fromkeys(origins)))


def _origin(name: str, has_argument: bool, history: History, environment: dict[str, str]) -> VariableOrigin:  # noqa: FBT001  # a fact, not a switch
    if name in environment:
        return VariableOrigin(name, "environment", None)
    span = history.variables.get(name)
    if span is not None:
        return VariableOrigin(name, "env file", span)
    return VariableOrigin(name, "default" if has_argument else "unset", None)


def _value(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.value
    return {} if isinstance(node, Mapping) else []
