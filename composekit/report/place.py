"""Where a diagnostic is, for formats that insist on a place: file, and lines and columns that count from 1."""

from typing import NamedTuple

from composekit.source.text import NOWHERE, Span


class Region(NamedTuple):
    """A range of a file. The end column is that of the first character after it."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


def region(span: Span | None) -> Region | None:
    """Return a span's range, or `None` for what stands in no file."""
    if span is None or span.source is NOWHERE:
        return None
    start, end = span.position, span.source.position(span.end)
    return Region(span.source.name, start.line, start.column, end.line, end.column)


def as_uri(name: str) -> str:
    """Return a file's name as a URI reference: relative ones stay relative."""
    safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/!$&'()*+,;=@"
    quoted = "".join(one if one in safe else "".join(f"%{byte:02X}" for byte in one.encode()) for one in name)
    return f"file://{quoted}" if name.startswith("/") else quoted
