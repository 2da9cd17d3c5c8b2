"""The functions of a Go template: those of the language and those that Docker's programs add.

Facts: https://pkg.go.dev/text/template#hdr-Functions, https://docs.docker.com/engine/cli/formatting/.
"""

from collections.abc import Callable, Mapping
from typing import Any

from composekit.values.gotemplate import go_json, shown


def _title(text: str) -> str:
    """Return a text with each word's first letter in upper case and the rest as it was, as Go's strings.Title."""
    return "".join(char.upper() if not at or _parts_words(text[at - 1]) else char for at, char in enumerate(text))


def _parts_words(char: str) -> bool:
    return not (char.isalnum() or char == "_") if char.isascii() else char.isspace()


def _truncate(text: str, length: int) -> str:
    return text[: int(length)]


def _pad(text: str, before: int, after: int) -> str:
    return f"{' ' * before}{text}{' ' * after}" if text else text


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        value = value.get(key, "") if isinstance(value, Mapping) else value[key]
    return value


def _printf(form: str, *values: Any) -> str:
    """Fill in %s, %d, %q, %v, %f, %x with width and precision: Go's verbs of the same letters as Python's."""
    python = form.replace("%v", "%s").replace("%q", '"%s"').replace("%t", "%s")
    return python % tuple(value if isinstance(value, int | float) else shown(value) for value in values)


def _slice(value: Any, *bounds: int) -> Any:
    first, last = (*bounds, *(0, len(value))[len(bounds) :])
    if not 0 <= first <= last <= len(value):
        raise ValueError(f"it is {len(value)} long")
    return value[first:last]


def _javascript(value: Any) -> str:
    text = shown(value)
    for char in "\\'\"":
        text = text.replace(char, f"\\{char}")
    return "".join(f"\\u{ord(char):04X}" if char < " " or char in "<>&=" else char for char in text)


def _html(*values: Any) -> str:
    text = _print(*values)
    for char in "&<>\"'":
        text = text.replace(char, f"&#{ord(char)};" if char in "\"'" else _ENTITIES[char])
    return text


def _query(*values: Any) -> str:
    from urllib.parse import quote_plus

    return quote_plus(_print(*values))


def _print(*values: Any) -> str:
    return "".join(map(shown, values))


def _and(*values: Any) -> Any:
    return next((value for value in values if not value), values[-1])


def _or(*values: Any) -> Any:
    return next((value for value in values if value), values[-1])


def _same(first: Any, *others: Any) -> bool:
    return any(first == other for other in others)


_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "and": _and,
    "eq": _same,
    "ge": lambda one, other: one >= other,
    "gt": lambda one, other: one > other,
    "html": _html,
    "index": _index,
    "join": lambda values, separator: separator.join(map(shown, values)),
    "js": _javascript,
    "json": go_json,
    "le": lambda one, other: one <= other,
    "len": len,
    "lower": lambda text: text.lower(),
    "lt": lambda one, other: one < other,
    "ne": lambda one, other: one != other,
    "not": lambda value: not value,
    "or": _or,
    "pad": _pad,
    "print": _print,
    "printf": _printf,
    "println": lambda *values: " ".join(map(shown, values)) + "\n",
    "slice": _slice,
    "split": lambda text, separator: text.split(separator),
    "title": _title,
    "truncate": _truncate,
    "upper": lambda text: text.upper(),
    "urlquery": _query,
}
