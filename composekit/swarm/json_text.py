"""Indented JSON. The standard library's C encoder cannot indent, and its Python one takes longer than a conversion."""

from json.encoder import encode_basestring as _quoted
from typing import Any


def indented(value: Any) -> str:
    """Return what `json.dumps(value, indent=2, ensure_ascii=False)` returns, for values with text as keys."""
    writer = _Writer()
    writer.add_value("", value, "\n")
    return "".join(writer.pieces)


class _Writer:
    """Collects the pieces of a text. `names` are the keys that were met, as they are written."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.names: dict[str, str] = {}

    def add_value(self, before: str, value: Any, margin: str) -> None:
        """Add a value after what stands before it; `margin` is the line break before what stands beside it."""
        if isinstance(value, dict) and value:
            self._add_members(before + "{", value, margin)
        elif isinstance(value, (list, tuple)) and value:
            self._add_items(before + "[", value, margin)
        else:
            self.pieces.append(before + _plain(value))

    def _add_members(self, before: str, members: dict[str, Any], margin: str) -> None:
        add, names = self.pieces.append, self.names
        inner = f"{margin}  "
        before += inner
        after = "," + inner
        for key, item in members.items():
            name = names.get(key) or names.setdefault(key, f"{_quoted(key)}: ")
            kind = type(item)
            # What most of it is; a call for each would take as long as the rest.
            if kind is str:
                add(f"{before}{name}{_quoted(item)}")
            elif kind is int:
                add(f"{before}{name}{item}")
            elif kind is dict and item:
                self._add_members(f"{before}{name}{{", item, inner)
            else:
                self.add_value(before + name, item, inner)
            before = after
        add(margin + "}")

    def _add_items(self, before: str, items: Any, margin: str) -> None:
        add, inner = self.pieces.append, f"{margin}  "
        before += inner
        after = "," + inner
        for item in items:
            if type(item) is str:
                add(before + _quoted(item))
            else:
                self.add_value(before, item, inner)
            before = after
        add(margin + "]")


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
