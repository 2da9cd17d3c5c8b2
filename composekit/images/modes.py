"""`--chmod` of COPY and ADD: octal digits, or the symbols of chmod(1) such as `u=rwX,go=rX`, `+x` and `g=u`."""

import re
from collections.abc import Callable

from composekit.errors import BadValue

Mode = Callable[[int, bool], int]
"""From the mode that a file has, and whether it is a directory, to the one that it gets."""

_CLAUSE = re.compile(r"([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)")
_ACTION = re.compile(r"([-+=])([ugo]|[rwxXst]*)")
_SHIFTS = {"u": 6, "g": 3, "o": 0}
_BITS = {"r": 4, "w": 2, "x": 1}


def read_mode(text: str) -> Mode | None:
    """Return what a mode does; `None` for an empty one, which changes nothing. Raises `BadValue`."""
    if not text:
        return None
    if re.fullmatch(r"[0-7]{1,4}", text, re.ASCII):
        number = int(text, 8)
        return lambda _mode, _is_directory: number
    clauses = [_CLAUSE.fullmatch(clause) for clause in text.split(",")]
    read = [(match[1], _ACTION.findall(match[2])) for match in clauses if match is not None]
    if len(read) < len(clauses):
        raise BadValue(
            f"'{text}' is no mode of files", hint="write digits, such as 755, or symbols, such as u=rwX,go=rX"
        )

    def change(mode: int, is_directory: bool) -> int:  # noqa: FBT001  # the form of `Mode`
        for who, actions in read:
            for sign, what in actions:
                mode = _changed(mode, who or "a", sign, what, is_directory=is_directory)
        return mode

    return change


def _changed(mode: int, who: str, sign: str, what: str, *, is_directory: bool) -> int:
    classes = "ugo" if "a" in who else who
    touched = sum(0o7 << _SHIFTS[one] for one in classes)
    wanted = 0
    for one in classes:
        if what in _SHIFTS and what:
            bits = mode >> _SHIFTS[what] & 0o7
        else:
            bits = sum(_BITS[letter] for letter in set(what) & set(_BITS))
            if "X" in what and (is_directory or mode & 0o111):
                bits |= 1
        wanted |= bits << _SHIFTS[one]
    special = (0o4000 if "s" in what and "u" in classes else 0) | (0o2000 if "s" in what and "g" in classes else 0)
    wanted |= special | (0o1000 if "t" in what else 0)
    if sign == "+":
        return mode | wanted
    return mode & ~wanted if sign == "-" else (mode & ~touched) | wanted
