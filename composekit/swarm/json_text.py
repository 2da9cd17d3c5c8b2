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
        if isinstance(value, (dict, list, tuple)) and value:
            inner = f"{margin}  "
            if isinstance(value, dict):
                self._add_members(f"{before}{{{inner}", value, inner)
                self.pieces.append(margin + "}")
            else:
                self._add_items(f"{before}[{inner}", value, inner)
                self.pieces.append(margin + "]")
        else:
            self.pieces.append(before + _plain(value))

    def _add_members(self, before: str, members: dict[str, Any], margin: str) -> None:
        add, names, after = self.pieces.append, self.names, f",{margin}"
        for key, item in members.items():
            name = names.get(key) or names.setdefault(key, f"{_quoted(key)}: ")
            # Text is most of what there is, and a call for each would take as long as the rest.
            if type(item) is str:
                add(f"{before}{name}{_quoted(item)}")
            elif type(item) is int:
                add(f"{before}{name}{item}")
            else:
                self.add_value(before + name, item, margin)
            before = after

    def _add_items(self, before: str, items: Any, margin: str) -> None:
        add, after = self.pieces.append, f",{margin}"
        for item in items:
            if type(item) is str:
                add(before + _quoted(item))
            else:
                self.add_value(before, item, margin)
            before = after


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
