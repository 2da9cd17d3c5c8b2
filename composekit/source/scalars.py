"""What a plain YAML scalar means: the resolution rules of go-yaml v3, which Docker Compose reads its files with.

They differ from YAML 1.1 and 1.2 alike: `yes` is a string, `017` is octal, `1_000` a number, `2024-01-01` a time.
"""

import re
from typing import Any

_WORDS: dict[str, Any] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
    ".nan": float("nan"),
    ".NaN": float("nan"),
    ".NAN": float("nan"),
    ".inf": float("inf"),
    ".Inf": float("inf"),
    ".INF": float("inf"),
    "+.inf": float("inf"),
    "+.Inf": float("inf"),
    "+.INF": float("inf"),
    "-.inf": float("-inf"),
    "-.Inf": float("-inf"),
    "-.INF": float("-inf"),
}
_FIRST = frozenset("0123456789+-.tTfFnN~")
_LETTERS = frozenset("tTfFnN~")
_INTEGER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_TIME = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|\s+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?\s*(Z|[-+]\d\d?(?::?\d\d)?)?)?", re.ASCII
)


class Timestamp(str):
    """A scalar that YAML takes for a time. Compose accepts one nowhere but under x- keys, where it prints it so."""

    __slots__ = ()


def resolve(text: str) -> Any:
    """Return the value of an untagged plain scalar: None, bool, int, float, `Timestamp` or the text itself."""
    if text and text[0] not in _FIRST:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _LETTERS:
        return text
    if text[0].isdigit() and len(text) >= 8 and text[4] == "-":
        found = _time(text)
        if found is not None:
            return found
    plain = text.replace("_", "")
    if _INTEGER.fullmatch(plain):
        return _integer(plain)
    if _FLOAT.fullmatch(plain):
        return float(plain)
    return text


def _integer(plain: str) -> int | float:
    sign = -1 if plain[0] == "-" else 1
    digits = plain.lstrip("+-").lower()
    if digits[:2] in ("0x", "0b", "0o"):
        value = int(digits, 0)
    elif len(digits) > 1 and digits[0] == "0":
        value = int(digits, 8)
    elif len(digits) > 20:
        return float(plain)
    else:
        value = int(digits)
    value *= sign
    return value if -(1 << 63) <= value < (1 << 64) else float(plain)


def _time(text: str) -> Timestamp | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    from datetime import UTC, date, datetime

    year, month, day = int(found[1]), int(found[2]), int(found[3])
    try:
        if found[4] is None:
            date(year, month, day)
            return Timestamp(f"{year:04}-{month:02}-{day:02}T00:00:00Z")
        datetime(year, month, day, int(found[4]), int(found[5]), int(found[6]), tzinfo=UTC)
    except ValueError:
        return None
    fraction = f".{found[7]}".rstrip("0").rstrip(".") if found[7] else ""
    zone = found[8] or "Z"
    return Timestamp(f"{year:04}-{month:02}-{day:02}T{int(found[4]):02}:{found[5]}:{found[6]}{fraction}{zone}")


# What YAML 1.1 takes for booleans, numbers of base 60 and the merge key.
_NO_STRING_BEFORE = re.compile(
    r"y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|<<", re.ASCII
)


def is_plain_string(text: str) -> bool:
    """Tell whether a text, written without quotes, would be read as that very string by old and new YAML parsers."""
    return type(resolve(text)) is str and not _NO_STRING_BEFORE.fullmatch(text)


_NOT_FINITE = {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}


def format_float(value: float, widest: int = 21) -> str:
    """Return a number as Go's %v prints it: 1, 0.1, 1e+21, 1e-05. From `widest` digits on it has an exponent."""
    digits = repr(value)
    if digits in _NOT_FINITE:
        return _NOT_FINITE[digits]
    mantissa, _, exponent = digits.partition("e")
    if not exponent:
        exponent_value = _exponent_of(mantissa)
        if -5 < exponent_value < widest:
            return mantissa.removesuffix(".0")
        return _scientific(mantissa, exponent_value)
    power = int(exponent)
    if -5 < power < widest:
        return f"{value:f}" if power < 0 else str(int(value))
    return f"{mantissa.removesuffix('.0')}e{power:+03d}"


def _exponent_of(mantissa: str) -> int:
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    if whole != "0":
        return len(whole) - 1
    stripped = fraction.lstrip("0")
    return 0 if not stripped else -(len(fraction) - len(stripped) + 1)


def _scientific(mantissa: str, power: int) -> str:
    sign = "-" if mantissa.startswith("-") else ""
    digits = mantissa.lstrip("-").replace(".", "").strip("0") or "0"
    return f"{sign}{digits[0]}{'.' + digits[1:] if len(digits) > 1 else ''}e{power:+03d}"


def show_value(value: Any) -> str:
    """Return a value as Go's %v prints it, which is how Compose turns YAML numbers and booleans into text."""
    if isinstance(value, str):
        return value
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return format_float(value) if isinstance(value, float) else str(value)
