"""Indented JSON. The standard library's C encoder cannot indent, and its Python one takes longer than a conversion."""

from json.encoder import encode_basestring as _quoted
from typing import Any


def indented(value: Any) -> str:
    """Return what `json.dumps(value, indent=2, ensure_ascii=False)` returns, for values with text as keys."""
    pieces: list[str] = []
    _write(value, "\n", pieces)
    return "".join(pieces)


def _write(value: Any, margin: str, pieces: list[str]) -> None:
    """Add the pieces of a value; `margin` is the line break before what stands beside it."""
    if isinstance(value, dict) and value:
        inner = f"{margin}  "
        before = "{" + inner
        for key, item in value.items():
            # Text is most of what there is, and a call for each would take as long as the rest.
            if type(item) is str:
                pieces.append(f"{before}{_quoted(key)}: {_quoted(item)}")
            else:
                pieces.append(f"{before}{_quoted(key)}: ")
                _write(item, inner, pieces)
            before = "," + inner
        pieces.append(margin + "}")
    elif isinstance(value, (list, tuple)) and value:
        inner = f"{margin}  "
        before = "[" + inner
        for item in value:
            if type(item) is str:
                pieces.append(before + _quoted(item))
            else:
                pieces.append(before)
                _write(item, inner, pieces)
            before = "," + inner
        pieces.append(margin + "]")
    else:
        pieces.append(_plain(value))


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list, tuple)):
        return "{}" if isinstance(value, dict) else "[]"
    return repr(value)
