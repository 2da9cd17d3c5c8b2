"""Carrying out a Go template that was parsed: conditions, loops, variables, and templates inside of it.

Facts: https://pkg.go.dev/text/template. A variable is known to the end of the block that sets it. In a row of titles
(see `gotemplate.titles`) a loop stands for the title of what it goes through.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from composekit.errors import BadValue
from composekit.values.gotemplate import Titles, look_up, shown

Functions = Mapping[str, Callable[..., Any]]
_DEEPEST = 100  # templates that use templates


class _Leap(Exception):  # control flow of a loop
    """`break`, or `continue`."""

    def __init__(self, written: str, *, ends: bool) -> None:
        super().__init__()
        self.written = written  # by the round it leaves, up to here
        self.ends = ends


class _Scope:
    """The variables of a block, and those around it."""

    __slots__ = ("around", "names")

    def __init__(self, around: "_Scope | None", names: dict[str, Any]) -> None:
        self.around = around
        self.names = names

    def holder(self, name: str) -> "_Scope":
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope
            scope = scope.around
        raise BadValue(f"the template has no variable '{name}' here", hint=f"set it first: {{{{{name} := .Name}}}}")


class Filling:
    """One template being filled in for one row: `text` is what it comes to, and raises `BadValue`."""

    def __init__(self, tree: Any, functions: Functions) -> None:
        self._tree = tree
        self._functions = functions
        self._blocks = {_string(one.children[0]): one.children[-1] for one in tree.iter_subtrees() if _names(one)}
        self._depth = 0

    def text(self, row: Mapping[str, Any]) -> str:
        try:
            return self._items(self._tree.children, row, _Scope(None, {"$": row}))
        except RecursionError:
            raise BadValue("the template goes too deep") from None

    def _items(self, nodes: list[Any], dot: Any, scope: _Scope) -> str:
        written: list[str] = []
        try:
            for node in nodes:
                written.append(str(node) if isinstance(node, str) else self._item(node, dot, scope))  # noqa: PERF401  # kept by `except`
        except _Leap as leap:
            leap.written = "".join(written) + leap.written
            raise
        return "".join(written)

    def _block(self, node: Any, dot: Any, scope: _Scope, **names: Any) -> str:
        return self._items(node.children, dot, _Scope(scope, names))

    def _item(self, node: Any, dot: Any, scope: _Scope) -> str:
        match node.data:
            case "action":
                only = node.children[0]
                value = self._head(only, dot, scope)
                return "" if only.data == "setting" else shown(value)
            case "branch" | "with":
                return self._choice(node, dot, _Scope(scope, {}))
            case "loop":
                return self._loop(node, dot, scope)
            case "leap":
                raise _Leap("", ends="break" in node.children[0])
            case "use" | "filled":
                return self._use(node, dot, scope)
            case _:
                return ""  # a definition writes nothing where it stands

    def _choice(self, node: Any, dot: Any, scope: _Scope) -> str:
        parts = list(node.children)
        for at in range(0, len(parts) - 1, 2):
            value = self._head(parts[at].children[0], dot, scope)
            if isinstance(dot, Titles) and node.data == "with":
                return shown(value)
            if value:
                return self._block(parts[at + 1], value if node.data == "with" else dot, scope)
        return self._block(parts[-1], dot, scope) if len(parts) % 2 else ""

    def _loop(self, node: Any, dot: Any, scope: _Scope) -> str:
        head, body, *otherwise = node.children
        *names, pipeline = [one for one in head.children if getattr(one, "type", "") != "SET"]
        value = self._pipeline(pipeline, dot, scope)
        if isinstance(dot, Titles):
            return shown(value)
        rounds = _rounds(value)
        if not rounds:
            return self._block(otherwise[0], dot, scope) if otherwise else ""
        written = []
        for key, one in rounds:
            values = (key, one) if len(names) > 1 else (one,)
            try:
                written.append(self._block(body, one, scope, **dict(zip(map(str, names), values, strict=False))))
            except _Leap as leap:
                written.append(leap.written)
                if leap.ends:
                    break
        return "".join(written)

    def _use(self, node: Any, dot: Any, scope: _Scope) -> str:
        name = _string(node.children[0])
        if name not in self._blocks:
            raise BadValue(f"the template uses '{name}', which is not defined")
        given = next((one for one in node.children[1:] if one.data == "pipeline"), None)
        value = self._pipeline(given, dot, scope) if given is not None else None
        self._depth += 1
        if self._depth > _DEEPEST:
            raise BadValue(f"the template '{name}' uses itself without end")
        try:
            return self._block(self._blocks[name], value, _Scope(None, {"$": value}))
        finally:
            self._depth -= 1

    # -- values --------------------------------------------------------------------------------------------------------

    def _head(self, node: Any, dot: Any, scope: _Scope) -> Any:
        if node.data == "pipeline":
            return self._pipeline(node, dot, scope)
        name, how, pipeline = node.children
        value = self._pipeline(pipeline, dot, scope)
        (scope if how == ":=" else scope.holder(name)).names[str(name)] = value
        return value

    def _pipeline(self, node: Any, dot: Any, scope: _Scope) -> Any:
        value: tuple[Any, ...] = ()
        for command in node.children:
            first, *rest = command.children
            operands = (*(self._value(one, dot, scope) for one in rest), *value)
            value = (self._call(first, operands, dot, scope),)
        return value[0]

    def _call(self, first: Any, operands: tuple[Any, ...], dot: Any, scope: _Scope) -> Any:
        match first.data:
            case "name":
                return self._function(str(first.children[0]), operands, dot)
            case "field":
                return _walk(dot, str(first.children[0]), operands)
            case "variable":
                name, dot_, path = str(first.children[0]).partition(".")
                return _walk(scope.holder(name).names[name], dot_ + path, operands)
            case "chained":
                return _walk(self._pipeline(first.children[0], dot, scope), str(first.children[1])[1:], operands)
        if operands:
            raise BadValue("the template gives arguments to something that is no function")
        return self._value(first, dot, scope)

    def _function(self, name: str, operands: tuple[Any, ...], dot: Any) -> Any:
        if isinstance(dot, Titles):
            return operands[-1] if operands else ""
        try:
            return self._functions[name](*operands)
        except (TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError) as error:
            raise BadValue(f"the template function '{name}' cannot be used like that: {error}") from None

    def _value(self, node: Any, dot: Any, scope: _Scope) -> Any:
        if node.data == "pipeline":
            return self._pipeline(node, dot, scope)
        text = str(node.children[0])
        match node.data:
            case "string" | "raw":
                return _string(text)
            case "number":
                return float(text) if "." in text else int(text)
            case "constant":
                return {"true": True, "false": False, "nil": None}[text]
            case _:
                return self._call(node, (), dot, scope)


def check(tree: Any, functions: Functions) -> None:
    """Raise `BadValue` for what can be seen without a row: unknown functions, and leaps and settings out of place."""
    for node in tree.find_data("name"):
        name = str(node.children[0])
        if name in ("else", "end"):
            raise BadValue(f"there is an '{name}' without an 'if'")
        if name not in functions:
            known = ", ".join(sorted(functions))
            raise BadValue(f"there is no template function '{name}'", hint=f"functions are {known}")
    inside = {id(leap) for loop in tree.find_data("loop") for leap in loop.find_data("leap")}
    for node in tree.find_data("leap"):
        if id(node) not in inside:
            raise BadValue(f"there is a '{node.children[0].strip('{} ')}' outside of a 'range'")
    for node in (*tree.find_data("setting"), *tree.find_data("range_head")):
        for name in node.children[:-1]:
            if name.type == "VARIABLE" and (name == "$" or "." in name):
                raise BadValue(f"'{name}' is no name for a variable", hint="names are like $name")


def _names(node: Any) -> bool:
    return node.data in ("definition", "filled")


def _string(text: str) -> str:
    if text.startswith("`"):
        return text[1:-1]
    try:
        return str(json.loads(text.replace("\t", "\\t")))
    except ValueError:
        raise BadValue(f"{text} is no text in quotes") from None


def _walk(value: Any, path: str, operands: tuple[Any, ...]) -> Any:
    names = [name for name in path.split(".") if name]
    for at, name in enumerate(names):
        value = look_up(value, name, operands if at == len(names) - 1 else ())
    if operands and not names:
        raise BadValue("the template gives arguments to something that is no function")
    return value


def _rounds(value: Any) -> list[tuple[Any, Any]]:
    """Return the keys and values that a loop goes through."""
    if isinstance(value, bool) or not (value is None or isinstance(value, list | tuple | Mapping | int)):
        raise BadValue(f"the template cannot go through '{shown(value)}' with 'range'")
    if isinstance(value, Mapping):
        return [(key, value[key]) for key in sorted(value) if not callable(value[key])]
    return list(enumerate(range(value) if isinstance(value, int) else value or ()))
