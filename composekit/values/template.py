"""${VAR} in strings: substitute variables, or list them.

The forms are those of the Compose specification: $VAR, ${VAR}, ${VAR:-default}, ${VAR-default}, ${VAR:?error},
${VAR?error}, ${VAR:+alternate}, ${VAR+alternate}, and $$ for a dollar sign. What stands after the operator may hold
variables itself and ends at the matching brace, which must be on the same line. A dollar sign before anything else
stays as it is. The scan is one pass from left to right; a grammar would have to be told the same about braces and
lines.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from composekit.errors import BadValue

Lookup = Callable[[str], "str | None"]
OnUnset = Callable[[str, int], None]

MAX_NESTING = 30
"""Levels of defaults inside defaults. Each level is scanned again, and nobody writes a tenth of this."""

MAX_BRACES = 2000
"""Braces looked at for the end of one variable, for the same reason."""

_NAME = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*", re.ASCII)
_OPERATOR = re.compile(r":?[-+?]")
_BRACE = re.compile(r"[{}]")
_ESCAPE_HINT = "write '$$' where a dollar sign is meant"


class Use(NamedTuple):
    """One variable in a text: where it starts, its name, operator ("" for none) and what stands after the operator."""

    start: int
    end: int
    name: str
    operator: str
    argument: str


class MissingVariable(BadValue):
    """A ${VAR:?message} whose variable has no value."""


def substitute(text: str, lookup: Lookup, on_unset: OnUnset | None = None) -> str:
    """Return the text with its variables replaced.

    `lookup` returns `None` for a variable that is not set; `on_unset` is then called with its name and its offset in
    the text, where the text gives no default. Raises `BadValue` with the offset of a form that cannot be read, and
    `MissingVariable` for a required variable without a value.
    """
    if "$" not in text:
        return text
    return _substitute(text, lookup, on_unset, 0, 0)


def _substitute(text: str, lookup: Lookup, on_unset: OnUnset | None, base: int, depth: int) -> str:
    if depth > MAX_NESTING:
        raise BadValue("variables are nested too deeply", offset=base, length=len(text))
    pieces: list[str] = []
    at = 0
    for piece in _scan(text, base):
        if isinstance(piece, str):
            pieces.append(piece)
            continue
        at = base + piece.start
        if not piece.operator:
            value = lookup(piece.name)
            if value is None and on_unset is not None:
                on_unset(piece.name, at)
            pieces.append(value or "")
            continue
        inside = at + 2 + len(piece.name) + len(piece.operator)
        argument = piece.argument
        if "$" in argument:
            argument = _substitute(argument, lookup, on_unset, inside, depth + 1)
        pieces.append(_apply(piece, argument, lookup(piece.name), at))
    return "".join(pieces)


def _apply(use: Use, argument: str, value: str | None, at: int) -> str:
    kind = use.operator[-1]
    has_value = value is not None and (value != "" or use.operator[0] != ":")
    if kind == "+":
        return argument if has_value else (value or "")
    if has_value:
        return value or ""
    if kind == "-":
        return argument
    reason = f": {argument}" if argument else ""
    raise MissingVariable(
        f"required variable '{use.name}' is missing a value{reason}",
        offset=at,
        length=use.end - use.start,
        hint=f"set {use.name} in the environment or in an env file",
    )


def uses(text: str) -> Iterator[Use]:
    """Return the variables of a text, outer ones before those inside their defaults.

    A form that is wrong ends the list.
    """
    try:
        for piece in _scan(text, 0):
            if isinstance(piece, Use):
                yield piece
                if piece.argument:
                    yield from uses(piece.argument)
    except BadValue:
        return


def _scan(text: str, base: int) -> Iterator["str | Use"]:
    """Yield literal pieces and variables in order; offsets of errors count from `base`."""
    at = 0
    line_end = -1
    while True:
        dollar = text.find("$", at)
        if dollar < 0:
            yield text[at:]
            return
        yield text[at:dollar]
        after = text[dollar + 1 : dollar + 2]
        if after == "$":
            yield "$"
            at = dollar + 2
        elif after == "{":
            if line_end < dollar:
                found = text.find("\n", dollar)
                line_end = found if found >= 0 else len(text)
            use = _braced(text, dollar, line_end, base)
            yield use
            at = use.end
        elif name := _NAME.match(text, dollar + 1):
            yield Use(dollar, name.end(), name[0], "", "")
            at = name.end()
        else:
            yield "$"
            at = dollar + 1


def _braced(text: str, dollar: int, line_end: int, base: int) -> Use:
    name = _NAME.match(text, dollar + 2)
    if name is None:
        raise BadValue("a variable name must follow '${'", offset=base + dollar, length=2, hint=_ESCAPE_HINT)
    if text[name.end() : name.end() + 1] == "}":
        return Use(dollar, name.end() + 1, name[0], "", "")
    operator = _OPERATOR.match(text, name.end())
    if operator is None:
        raise BadValue(
            f"the variable '${{{name[0]}' is not closed by '}}' or followed by an operator such as ':-'",
            offset=base + dollar,
            length=name.end() - dollar,
            hint=_ESCAPE_HINT,
        )
    last = text.rfind("}", operator.end(), line_end)
    if last < 0:
        raise BadValue(
            f"the variable '${{{name[0]}' is not closed by '}}' on its line",
            offset=base + dollar,
            length=operator.end() - dollar,
            hint=_ESCAPE_HINT,
        )
    close = _closing_brace(text, dollar, last, base)
    return Use(dollar, close + 1, name[0], operator[0], text[operator.end() : close])


def _closing_brace(text: str, start: int, last: int, base: int) -> int:
    """Return where the brace opened after `start` closes, at the latest the last brace of the line.

    The reference looks at no brace right after an opening one, so `{}` in a default opens and does not close.
    """
    depth, at, seen = 0, start, 0
    while found := _BRACE.search(text, at, last + 1):
        at = found.end()
        seen += 1
        if seen > MAX_BRACES:
            raise BadValue("there are too many braces after '${'", offset=base + start, length=2, hint=_ESCAPE_HINT)
        if found[0] == "{":
            depth += 1
            at += 1
        else:
            depth -= 1
            if depth == 0:
                return found.start()
    return last
