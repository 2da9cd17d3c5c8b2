"""Apply edits to texts: keep what is not edited as it is, refuse edits that overlap, show the difference.

An edit's line breaks become those of the file, so that a fix written with a plain one does not mix line ends.
"""

from collections.abc import Iterable

from composekit.source.diagnostic import Edit
from composekit.source.text import Source


class OverlapError(ValueError):
    """Two edits want to change the same characters."""


def apply_edits(source: Source, edits: Iterable[Edit]) -> str:
    """Return the source's text with the edits made; edits of other sources are not allowed.

    The same edit twice counts once. Insertions at one place are made in the order given. Raises `OverlapError`.
    """
    text, line_end = source.text, line_ending(source.text)
    pieces: list[str] = []
    at = 0
    for edit in in_order(edits):
        assert edit.span.source is source
        if edit.span.start < at:
            raise OverlapError(f"two edits at {edit.span}")
        pieces += (text[at : edit.span.start], with_line_ends(edit.text, line_end))
        at = edit.span.end
    pieces.append(text[at:])
    return "".join(pieces)


def in_order(edits: Iterable[Edit]) -> list[Edit]:
    """Return edits by place, each once."""
    once = {(edit.span.start, edit.span.end, edit.text): edit for edit in edits}
    return sorted(once.values(), key=lambda edit: (edit.span.start, edit.span.end))


def collide(one: Edit, other: Edit) -> bool:
    """Tell whether two edits of one source cannot both be made; edits that are the same can.

    Two insertions at one place cannot: which comes first is not for the engine to say.
    """
    a, b = one.span, other.span
    if a.source is not b.source or (a.start == b.start and a.end == b.end and one.text == other.text):
        return False
    return (a.start < b.end and b.start < a.end) or a.start == b.start or _inside(a.start, a.end, b.start, b.end)


def _inside(start: int, end: int, other_start: int, other_end: int) -> bool:
    """Tell whether one is an insertion within the other."""
    return (start == end and other_start < start < other_end) or (
        other_start == other_end and start < other_start < end
    )


def line_ending(text: str) -> str:
    """Return the line break that a text uses: that of its first line."""
    at = text.find("\n")
    return "\r\n" if at > 0 and text[at - 1] == "\r" else "\n"


def with_line_ends(text: str, line_end: str) -> str:
    """Return a text with its line breaks written as `line_end`."""
    return text if line_end == "\n" else text.replace("\r\n", "\n").replace("\n", line_end)


def unified_diff(name: str, before: str, after: str) -> str:
    """Return the difference of two texts as `diff -u` shows it; empty when there is none."""
    from difflib import unified_diff as compare

    lines = compare(_lines(before), _lines(after), f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    # splitlines() would also break at characters that YAML keeps inside a line, such as U+2028.
    parts = text.split("\n")
    last = parts.pop()
    return [f"{part}\n" for part in parts] + ([last] if last else [])
