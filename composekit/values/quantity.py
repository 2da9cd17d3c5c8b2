"""Durations and byte sizes: "1m30s" to nanoseconds and back, "512m" to bytes.

Durations are Go's (https://pkg.go.dev/time#ParseDuration) plus `d` and `w`, as the Compose specification allows; sizes
are Docker's: powers of 1024, one-letter units with an optional `b` or `ib`.
"""

import re
from functools import lru_cache

from composekit.errors import BadValue

SECOND = 1_000_000_000

_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,  # Go accepts the Greek letter as well as the micro sign
    "ms": 1_000_000,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
    "d": 24 * 3600 * SECOND,
    "w": 7 * 24 * 3600 * SECOND,
}
_PART = re.compile(r"(\d+\.?\d*|\.\d+)([a-zµμ]+)", re.ASCII)
_FACTORS = {"b": 0, "k": 10, "m": 20, "g": 30, "t": 40, "p": 50}
_SIZE = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?) ?(?:([bkmgtp])(?:(?<!b)(i?b))?)?", re.ASCII | re.IGNORECASE
)
_DURATION_HINT = "write a number with a unit, such as 10s, 1m30s or 500ms"
_LARGEST = (1 << 63) - 1


# Files say the same few durations and sizes again and again, and several steps ask for each.
@lru_cache(maxsize=512)
def parse_duration(text: str) -> int:
    """Return nanoseconds; raises `BadValue` with the offset of the part that cannot be read.

    "0" needs no unit. A leading sign is allowed, as in Go.
    """
    at = 1 if text[:1] in ("+", "-") else 0
    sign = -1 if text.startswith("-") else 1
    if text[at:] == "0":
        return 0
    if at == len(text):
        raise BadValue(f"'{text}' is not a duration", offset=0, length=len(text), hint=_DURATION_HINT)
    total = 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None or found[2] not in _UNITS:
            raise BadValue(f"'{text}' is not a duration", offset=at, length=len(text) - at, hint=_DURATION_HINT)
        total += _scaled(found[1], _UNITS[found[2]])
        at = found.end()
    if total > _LARGEST:
        raise BadValue(f"the duration '{text}' is too long", offset=0, length=len(text), hint="the limit is 292 years")
    return sign * total


def _scaled(number: str, unit: int) -> int:
    """Multiply without floating point, so that 0.1s is exactly 100 ms."""
    whole, _, fraction = number.partition(".")
    # int() refuses thousands of digits: 40 are too long for any unit anyway, and further decimals do not count.
    whole, fraction = whole.lstrip("0")[:40], fraction[:40]
    value = int(whole or "0") * unit
    if fraction:
        value += int(fraction) * unit // 10 ** len(fraction)
    return value


@lru_cache(maxsize=512)
def format_duration(nanoseconds: int) -> str:
    """Return what Go prints: 1m30s, 1h0m0s, 500ms, 1.5s, 0s."""
    if nanoseconds == 0:
        return "0s"
    sign, left = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if left < SECOND:
        for unit, size in (("ms", 1_000_000), ("µs", 1_000), ("ns", 1)):
            if left >= size:
                return f"{sign}{_decimal(left, size)}{unit}"
    minutes, seconds = divmod(left, 60 * SECOND)
    hours, minutes = divmod(minutes, 60)
    shown = f"{_decimal(seconds, SECOND)}s"
    if hours or minutes:
        shown = f"{minutes}m{shown}"
    if hours:
        shown = f"{hours}h{shown}"
    return sign + shown


def _decimal(value: int, size: int) -> str:
    whole, rest = divmod(value, size)
    if not rest:
        return str(whole)
    digits = len(str(size)) - 1
    return f"{whole}.{rest:0{digits}d}".rstrip("0")


@lru_cache(maxsize=512)
def parse_bytes(text: str) -> int:
    """Return bytes for 512m, 1.5gb, 64 KiB or 1024; raises `BadValue` for anything else, negative sizes included."""
    found = _SIZE.fullmatch(text)
    if found is None or found[1].startswith("-"):
        raise BadValue(
            f"'{text}' is not a size",
            offset=0,
            length=len(text),
            hint="write bytes or a number with a unit, such as 512m, 1.5g or 64kb",
        )
    factor = 1 << _FACTORS[found[2].lower()] if found[2] else 1
    number = found[1]
    size = int(number) * factor if number.isdigit() and len(number) < 40 else float(number) * factor
    if size > _LARGEST:
        raise BadValue(f"the size '{text}' is too large", offset=0, length=len(text), hint="the limit is 8 EiB")
    return int(size)
