"""A file's text, and places in it.

Offsets count characters from 0; lines and columns count from 1, as editors show them. Columns count characters, a tab
being one.
"""

from bisect import bisect_right
from typing import NamedTuple


class Position(NamedTuple):
    """A place for people: both numbers start at 1."""

    line: int
    column: int


class Source:
    """One file's text. `name` is what diagnostics show; `path` the absolute file, or `None` for standard input."""

    __slots__ = ("_starts", "name", "path", "text")

    def __init__(self, name: str, text: str, path: str | None = None) -> None:
        self.name = name
        self.text = text
        self.path = path
        self._starts: list[int] | None = None

    def __repr__(self) -> str:
        return f"Source({self.name!r})"

    def position(self, offset: int) -> Position:
        """Return line and column of an offset; one past the end is the end of the last line."""
        starts = self._line_starts()
        line = bisect_right(starts, max(0, min(offset, len(self.text)))) - 1
        return Position(line + 1, offset - starts[line] + 1)

    def line(self, number: int) -> str:
        """Return the text of a line without its line break; empty when there is no such line."""
        starts = self._line_starts()
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def _line_starts(self) -> list[int]:
        if self._starts is None:
            starts, at = [0], self.text.find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = self.text.find("\n", at + 1)
            self._starts = starts
        return self._starts


class Span:
    """A half-open range of one source."""

    __slots__ = ("end", "source", "start")

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.start = start
        self.end = end

    def __repr__(self) -> str:
        return f"Span({self})"

    def __str__(self) -> str:
        at = self.position
        return f"{self.source.name}:{at.line}:{at.column}"

    @property
    def position(self) -> Position:
        return self.source.position(self.start)

    @property
    def identity(self) -> tuple[int, int, int]:
        """Return what is equal for spans of the same characters; spans themselves are compared by `is`."""
        return (id(self.source), self.start, self.end)

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def part(self, start: int, length: int = 1) -> "Span":
        """Return the span of `length` characters from `start` within this one, never beyond its end."""
        begin = min(self.start + start, self.end)
        return Span(self.source, begin, min(begin + max(length, 1), max(self.end, begin + 1)))


NOWHERE = Source("<composekit>", "")
MADE = Span(NOWHERE, 0, 0)
"""The span of a value that composekit itself supplied, such as a default."""
