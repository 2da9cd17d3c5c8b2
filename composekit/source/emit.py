"""Plain values to YAML text, in the layout and quoting of go-yaml v3, so that output equals Docker Compose's.

ruamel's own emitter lays lists out and quotes differently, and cannot be told otherwise.
"""

import functools
from collections.abc import Iterable, Iterator
from typing import Any

from composekit.source.scalars import Timestamp, format_float, is_plain_string

_START_INDICATORS = frozenset("#,[]{}&*!|>'\"%@`")
_ESCAPES = {
    "\0": "\\0",
    "\a": "\\a",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\v": "\\v",
    "\f": "\\f",
    "\r": "\\r",
    "\x1b": "\\e",
    '"': '\\"',
    "\\": "\\\\",
    "\x85": "\\N",
    "\xa0": "\\_",
    "\u2028": "\\L",
    "\u2029": "\\P",
}
_NOT_FINITE = {"nan": ".nan", "inf": ".inf", "-inf": "-.inf"}
_BREAKS = "\r\n\x85\u2028\u2029"
_LONGEST_SIMPLE_KEY = 128


def write_yaml(value: Any) -> str:
    """Return a document for dicts, lists, strings, numbers, booleans and None; mappings keep their order."""
    lines: list[str] = []
    if isinstance(value, dict) and value:
        lines.extend(_mapping(value, ""))
    elif isinstance(value, list) and value:
        lines.extend(_sequence(value, ""))
    else:
        lines.append(_inline(value, ""))
    return "\n".join(lines) + "\n"


def _mapping(value: dict[str, Any], indent: str) -> Iterator[str]:
    for key, item in value.items():
        broken = "\n" in key
        shown = _scalar(key, indent, in_key=not broken)
        explicit = broken or len(shown) > _LONGEST_SIMPLE_KEY
        lead = f"{indent}:" if explicit else f"{indent}{shown}:"
        if explicit:
            yield f"{indent}? {shown}"
        nested = _nested(item, indent + "  ")
        if nested is None:
            yield f"{lead} {_inline(item, indent)}"
            continue
        yield f"{lead} {next(nested)[len(indent) + 2 :]}" if explicit else lead
        yield from nested


def _nested(item: Any, indent: str) -> Iterator[str] | None:
    """Return the lines of a mapping or list that has items; `None` for what stands on one line."""
    if isinstance(item, dict) and item:
        return _mapping(item, indent)
    if isinstance(item, list) and item:
        return _sequence(item, indent)
    return None


def _sequence(value: list[Any], indent: str) -> Iterator[str]:
    inner = indent + "  "
    for item in value:
        nested = _nested(item, inner)
        if nested is None:
            yield f"{indent}- {_inline(item, indent)}"
            continue
        first = next(nested)
        yield f"{indent}- {first[len(inner) :]}"
        yield from nested


def _inline(value: Any, indent: str) -> str:
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, Timestamp):
        return str(value)
    if isinstance(value, str):
        return _scalar(value, indent, in_key=False)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list):
        return "[]"
    return str(value)


def _number(value: float) -> str:
    return _NOT_FINITE.get(repr(value)) or format_float(value, widest=6)


@functools.lru_cache(maxsize=4096)
def _plain(text: str) -> bool:
    """Tell whether a text may stand without quotes in a block."""
    if text.isalnum() and text.isascii() and text[0].isalpha():
        return is_plain_string(text)
    if not text or not is_plain_string(text) or text[0] == " " or text[-1] == " " or text.startswith(("---", "...")):
        return False
    first = text[0]
    if first in _START_INDICATORS or (first in "-?:" and (len(text) == 1 or text[1] in " \t")):
        return False
    if ": " in text or " #" in text or text[-1] == ":" or "\t#" in text:
        return False
    return _is_printable(text) and not any(char in text for char in _BREAKS)


@functools.lru_cache(maxsize=4096)
def _is_printable(text: str) -> bool:
    if text.isascii():
        return text.isprintable() or all(" " <= char <= "~" or char == "\n" for char in text)
    return (
        all(
            char == "\n" or " " <= char <= "~" or "\xa0" <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd"
            for char in text
            if char != "\ufeff"
        )
        and "\ufeff" not in text
    )


def _scalar(text: str, indent: str, *, in_key: bool) -> str:
    if _plain(text):
        return text
    if "\n" in text:
        if not in_key and _may_be_literal(text):
            return _literal(text, indent)
        return _double(text)
    if not is_plain_string(text):
        return _double(text)
    if not _is_printable(text) or any(char in text for char in _BREAKS):
        return _double(text)
    return "'" + text.replace("'", "''") + "'"


def _may_be_literal(text: str) -> bool:
    return _is_printable(text) and " \n" not in text and text[-1] != " " and "\r" not in text and "\x85" not in text


def _literal(text: str, indent: str) -> str:
    hint = "2" if text[0] in " \n" else ""
    if not text.endswith("\n"):
        hint += "-"
    elif text == "\n" or text.endswith("\n\n"):
        hint += "+"
    lines = (text.removesuffix("\n") if text.endswith("\n") else text).split("\n")
    return "\n".join([f"|{hint}", *(f"{indent}  {line}" if line else "" for line in lines)])


def _double(text: str) -> str:
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if " " <= char <= "~" or (_is_printable(char) and char != "\n"):
        return char
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def sorted_keys(keys: Iterable[str]) -> list[str]:
    """Return keys in the order in which go-yaml writes a map: numbers inside names count as numbers (a2 before a10)."""
    return sorted(keys, key=functools.cmp_to_key(_compare))


def _compare(one: str, other: str) -> int:
    digits = False
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left == right:
            digits = left.isdigit()
            continue
        return _compare_at(one, other, at, digits=digits)
    return len(one) - len(other)


def _compare_at(one: str, other: str, at: int, *, digits: bool) -> int:
    left, right = one[at], other[at]
    if left.isalpha() and right.isalpha():
        return -1 if left < right else 1
    if left.isalpha() or right.isalpha():
        first = left.isalpha() if digits else right.isalpha()
        return -1 if first else 1
    # A zero after other digits does not make a number shorter: 10 against 1-.
    start = "1" if "0" in (left, right) and _has_digit_before(one, at) else ""
    a, b = _digits_at(one, at), _digits_at(other, at)
    number_a, number_b = int(start + a or "0"), int(start + b or "0")
    if number_a != number_b:
        return -1 if number_a < number_b else 1
    if len(a) != len(b):
        return len(a) - len(b)
    return -1 if left < right else 1


def _has_digit_before(text: str, at: int) -> bool:
    at -= 1
    while at >= 0 and text[at].isdigit():
        if text[at] != "0":
            return True
        at -= 1
    return False


def _digits_at(text: str, at: int) -> str:
    end = at
    while end < len(text) and text[end].isdigit() and text[end].isascii():
        end += 1
    return text[at:end]
