"""The language of .env and env_file files: text to entries, with their places.

A line scanner rather than a grammar: the language is a few characters of look-ahead per entry, its rules are what the
reference does and not what a grammar would say, and files may be large. Every character is looked at a bounded number
of times. Facts: the dotenv package of compose-go 2.9 and, for the raw format, `docker run --env-file`.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from composekit.errors import BadValue
from composekit.values.grammar import shown

Lookup = Callable[[str], str | None]
Substitute = Callable[[str, Lookup], str]

_RAW_LINE = 1 << 16  # bytes; longer lines stop the reference's reader of the raw format

# White space in the reference's two senses: within a line, and anywhere (Unicode's, without Python's \x1c to \x1f).
_BLANK = "\t\v\f\r \x85\xa0"
_SPACE = (
    _BLANK + "\n\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)

_SKIPPED = re.compile(rf"[{_SPACE}]*+(?:\#[^\n]*+[{_SPACE}]*+)*+")
_BLANKS = re.compile(rf"[{_BLANK}]*+")
_EXPORT = re.compile(rf"export(?=[\t\n\f\r ])[{_BLANK}]*+")
# A key is letters, numbers and _.-[] with blanks anywhere, up to = : or the end of the line. \w adds the underscore.
_KEY = re.compile(rf"[\w.\-\[\]{_BLANK}]*+")
_QUOTED = {quote: re.compile(rf"{quote}([^{quote}\\]*+(?:\\.[^{quote}\\]*+)*+){quote}", re.DOTALL) for quote in "'\""}
_ESCAPED_QUOTE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPE = re.compile(r'\\(?:[abcfnrtv$"\\]|0[0-9]{0,3})')
_ESCAPES = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "$": "$$",
    '"': '"',
    "\\": "\\",
}


class EnvEntry(NamedTuple):
    """One assignment, in file order; a later one of the same key wins.

    `offset` is where the key stands and `value_offset` where the value does (its quote, if it has one), in characters
    from the start of the file. `value` is `None` for a bare KEY that the environment does not have: it sets nothing.
    """

    key: str
    value: str | None
    offset: int
    value_offset: int
    inherited: bool = False


def parse_env(
    text: str, lookup: Lookup, substitute: Substitute, earlier: Mapping[str, str] | None = None
) -> list[EnvEntry]:
    """Read an env file; raises `BadValue` with an offset in `text` at the first thing that is wrong.

    `substitute(text, lookup)` expands variables in unquoted and double-quoted values. They are looked up with `lookup`
    first, then among the entries before, then in `earlier` (what files read before this one have set).
    """
    entries: list[EnvEntry] = []
    known: dict[str, str] = dict(earlier) if earlier else {}

    def find(name: str) -> str | None:
        value = lookup(name)
        return known.get(name) if value is None else value

    at = 1 if text.startswith("\ufeff") else 0
    while (at := _end(_SKIPPED, text, at)) < len(text):
        start, key, inherited, at = _read_key(text, at)
        if inherited:
            value = lookup(key)
            entries.append(EnvEntry(key, value, start, start, inherited=True))
        else:
            value_offset = at
            value, at = _read_value(text, at, find, substitute)
            entries.append(EnvEntry(key, value, start, value_offset))
        if value is not None:
            known[key] = value
    return entries


def parse_raw(text: str, lookup: Lookup | None = None) -> list[EnvEntry]:
    """Read an env file of `format: raw`: KEY=value lines taken as they are; raises `BadValue` with an offset.

    Nothing is unquoted, expanded or stripped but white space before the key. A bare KEY asks `lookup` for its value.
    """
    entries: list[EnvEntry] = []
    at = 1 if text.startswith("\ufeff") else 0
    while at < len(text):
        end = text.find("\n", at)
        following = len(text) if end < 0 else end + 1
        line = text[at : following if end < 0 else end]
        if len(line) >= _RAW_LINE // 4 and len(line.encode("utf-8", "replace")) >= _RAW_LINE:
            raise BadValue("the line is too long", offset=at, length=80, hint="the limit is 64 KiB")
        written = line.removesuffix("\r").lstrip(_SPACE)
        if written and written[0] != "#":
            entries.append(_raw_entry(written, at + line.index(written), lookup))
        at = following
    return entries


def _raw_entry(written: str, at: int, lookup: Lookup | None) -> EnvEntry:
    key, equals, value = written.partition("=")
    if not key:
        raise BadValue("there is no name before '='", offset=at, length=1, hint="write NAME=value")
    if " " in key or "\t" in key:
        hint = "write NAME=value without 'export' and without spaces around the name"
        raise BadValue(f"the name '{shown(key)}' contains white space", offset=at, length=len(key), hint=hint)
    if equals:
        return EnvEntry(key, value, at, at + len(key) + 1)
    return EnvEntry(key, lookup(key) if lookup else None, at, at, inherited=True)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _read_key(text: str, at: int) -> tuple[int, str, bool, int]:
    """Return where the key starts, the key, whether it has no value of its own, and where reading goes on.

    Two of the reference's surprises are kept: the key may be "" (a line that starts with `=`), and a bare name that
    ends the file without a line break is not a name but a value of the key "".
    """
    start = _end(_EXPORT, text, at)
    if start == len(text):
        raise BadValue("'export' without a name", offset=at, length=6, hint="write export NAME=value")
    end = _end(_KEY, text, start)
    if end == len(text):
        return start, "", False, _end(_BLANKS, text, start)
    if text[end] not in "=:\n":
        raise _bad_key(text, start, end)
    key = text[start:end].rstrip(_SPACE)
    if " " in key:
        raise BadValue(
            f"the name '{shown(key)}' contains a space",
            offset=start,
            length=len(key),
            hint="write NAME=value on a line of its own; comments start with #",
        )
    return start, key, text[end] == "\n", _end(_BLANKS, text, end + 1)


def _bad_key(text: str, start: int, end: int) -> BadValue:
    hint = "write NAME=value; a name is letters, digits and any of _ . - [ ]"
    if text[end] in "'\"" and end == start:
        hint = "write the name without quotes"
    shown = f"'{text[end]}'" if text[end].isprintable() else f"the character U+{ord(text[end]):04X}"
    return BadValue(f"{shown} cannot be part of a variable's name", offset=end, length=1, hint=hint)


def _read_value(text: str, at: int, find: Lookup, substitute: Substitute) -> tuple[str, int]:
    """Return the value that starts at `at`, and where reading goes on."""
    quote = text[at : at + 1]
    if quote not in _QUOTED:
        return _read_unquoted(text, at, find, substitute)
    found = _QUOTED[quote].match(text, at)
    if found is None:
        raise BadValue(
            f"the value that starts with {quote} has no closing {quote}",
            offset=at,
            length=_rest_of_line(text, at),
            hint=f"add a {quote} at its end",
        )
    value = found[1]
    plain = "\\" not in value
    if not plain:
        value = _ESCAPED_QUOTE.sub(lambda pair: pair[1] if pair[1] == quote else pair[0], value)
    if quote == '"':
        if not plain:
            value = _ESCAPE.sub(_unescaped, value)
        value = _expanded(value, at + 1, find, substitute, exact=plain)
    return value, found.end()


def _read_unquoted(text: str, at: int, find: Lookup, substitute: Substitute) -> tuple[str, int]:
    end = text.find("\n", at)
    if end < 0:
        end = len(text)
    value = text[at:end]
    comment = value.find(" #")
    if comment >= 0:
        value = value[:comment]
    return _expanded(value.rstrip(_SPACE), at, find, substitute, exact=True), min(end + 1, len(text))


def _expanded(value: str, at: int, find: Lookup, substitute: Substitute, *, exact: bool) -> str:
    """Substitute variables; an error's offset is moved into the file, exactly when nothing was unescaped before."""
    if "$" not in value:
        return value
    try:
        return substitute(value, find)
    except BadValue as error:
        if not exact:
            error.offset, error.length = 0, 0
        error.offset = at + (error.offset or 0)
        raise


def _unescaped(found: re.Match[str]) -> str:
    """Return what an escape stands for; an octal one is a zero and three more digits, up to 377."""
    text = found[0]
    if text[1] != "0":
        return _ESCAPES.get(text[1], text)
    digits = text[2:]
    if len(digits) == 3 and not digits.strip("01234567") and int(digits, 8) < 256:
        return chr(int(digits, 8))
    # The reference drops the zero of one that is not.
    return "\\" + digits


def _rest_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return (len(text) if end < 0 else end) - at
