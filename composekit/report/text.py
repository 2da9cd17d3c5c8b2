"""Diagnostics for people: place, message, code frame with carets, hint, and the other places that explain.

    compose.yaml:14:9: error[CK402] host port 8080 is published by both 'web' and 'admin'
       14 |       - "8080:80"
          |          ^^^^
       hint: publish one of them on another port

Columns in the heading count characters, as editors do; the frame counts what a terminal shows. Text that came from a
file never reaches the terminal as control characters.
"""

from collections.abc import Iterator, Sequence

from composekit.report import Rules, Suppressed
from composekit.source.diagnostic import Diagnostic, Severity
from composekit.source.text import NOWHERE, Position, Span

_FRAME_WIDTH = 110
"""Columns of a source line that a frame shows at most."""
_TAB = "    "
_RELATED = 4
"""Other places that are shown for one diagnostic."""

_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_HINT = "\x1b[36m"
_WORDS = {severity: severity.word for severity in Severity}
_COLORS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.INFO: "\x1b[1;34m"}


def render(
    diagnostics: Sequence[Diagnostic],
    *,
    color: bool = False,
    rules: Rules | None = None,
    suppressed: Sequence[Suppressed] = (),
) -> str:
    """Return the diagnostics in the order given, a blank line between them; ANSI colours only when asked."""
    found: list[str] = []
    for one in diagnostics:
        short = None if color or one.related else _usual(one)
        if short is not None:
            found.append(short)
        else:
            found += _lines(one, color=color)
        found.append("")
    return "\n".join(found)


def _usual(one: Diagnostic) -> str | None:
    """Return the lines of a diagnostic like most: no colours, and a line of the file that is shown as it is.

    What `_lines` makes of it, in a third of the time; `None` for any other.
    """
    span, message, hint = one.span, one.message, one.hint
    if span is None or span.source is NOWHERE:
        return None
    source = span.source
    number, column = source.position(span.start)
    line = source.line(number)
    start = column - 1
    end = max(start + span.end - span.start, column)
    if not (end <= len(line) <= _FRAME_WIDTH and line.isascii() and line.isprintable() and message.isprintable()):
        return None
    blank = " " * (len(str(number)) + 4)
    carets = "^" * (len(line[start:end].rstrip()) or 1)
    shown = f"   {number} | {line}".rstrip()  # of a blank line not even the space before it
    text = (
        f"{visible(source.name)}:{number}:{column}: {_WORDS[one.severity]}[{one.code}] {message}\n"
        f"{shown}\n{blank}| {' ' * start}{carets}"
    )
    return f"{text}\n   hint: {visible(hint)}" if hint else text


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """Return how many of each severity in how many files: "2 errors, 1 warning in 1 file"."""
    counts = []
    for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO):
        count = sum(one.severity is severity for one in diagnostics)
        if count:
            counts.append(f"{count} {severity.word}{'s' if count > 1 and severity is not Severity.INFO else ''}")
    if not counts:
        return "no findings"
    files = {one.span.source.name for one in diagnostics if one.span is not None and has_place(one.span)}
    where = f" in {len(files)} file{'s' if len(files) > 1 else ''}" if files else ""
    return ", ".join(counts) + where


def has_place(span: Span | None) -> bool:
    """Tell whether a span is in a text that somebody wrote."""
    return span is not None and span.source is not NOWHERE


def _lines(one: Diagnostic, *, color: bool) -> Iterator[str]:
    bold, paint = (_BOLD, _COLORS[one.severity]) if color else ("", "")
    label = _painted(f"{_WORDS[one.severity]}[{one.code}]", paint)
    message = _painted(visible(one.message), bold)
    span = one.span
    if span is None or not has_place(span):
        yield f"{label} {message}"
    else:
        at = span.position
        place = f"{visible(span.source.name)}:{at.line}:{at.column}:"
        yield f"{_painted(place, bold)} {label} {message}"
        yield from _frame(span, at, paint, _DIM if color else "")
    if one.hint:
        yield f"   {_painted('hint:', _HINT if color else '')} {visible(one.hint)}"
    if not one.related:
        return
    for message, span in one.related[:_RELATED]:
        note = _painted("note:", _HINT if color else "")
        if not has_place(span):
            yield f"   {note} {visible(message)}"
            continue
        yield f"   {note} {visible(str(span))}: {visible(message)}"
        yield from _frame(span, span.position, _HINT if color else "", _DIM if color else "")
    if len(one.related) > _RELATED:
        yield f"   {_painted('note:', _HINT if color else '')} and at {len(one.related) - _RELATED} more places"


def _painted(text: str, paint: str) -> str:
    return f"{paint}{text}{_RESET}" if paint else text


def _frame(span: Span, at: Position, paint: str, dim: str) -> Iterator[str]:
    """Yield the first line of a span and the carets under it."""
    line = span.source.line(at.line)
    start = min(at.column - 1, len(line))
    end = min(max(start + span.end - span.start, start + 1), max(len(line), start + 1))
    gutter = f"   {at.line} |"
    if not paint and end <= len(line) <= _FRAME_WIDTH and line.isascii() and line.isprintable():
        # Nearly every line is like this: shown as it is, one column for each character.
        yield f"{gutter} {line}".rstrip()
        yield f"{' ' * (len(gutter) - 1)}| {' ' * start}{'^' * max(len(line[start:end].rstrip()), 1)}"
        return
    if end > start + 1:
        # A span that goes on below ends this line; carets under the blanks before the line break say nothing.
        end = max(start + len(line[start:end].rstrip()), start + 1)
    before, marked, after = (_shown(part) for part in (line[:start], line[start:end], line[end:]))
    before, marked, after = _cut(before, marked, after)
    carets = " " * _columns(before) + _painted("^" * max(_columns(marked), 1), paint)
    yield _painted(gutter, dim) + (f" {before}{marked}{after}".rstrip())
    yield _painted(f"{' ' * (len(gutter) - 1)}|", dim) + f" {carets}"


def _cut(before: str, marked: str, after: str) -> tuple[str, str, str]:
    """Shorten what stands around the marked part until the three fit the frame; an ellipsis stands for what is gone."""
    if _columns(before) + _columns(marked) + _columns(after) <= _FRAME_WIDTH:
        return before, marked, after
    if _columns(marked) > _FRAME_WIDTH // 2:
        marked = _head(marked, _FRAME_WIDTH // 2 - 1) + "…"
        after = ""
    room = _FRAME_WIDTH - _columns(marked)
    left = max(room - _columns(after), room * 2 // 3)
    if _columns(before) > left:
        before = "…" + _head(before[::-1], left - 1)[::-1]
    right = room - _columns(before)
    if _columns(after) > right:
        after = _head(after, right - 1) + "…"
    return before, marked, after


def _head(text: str, columns: int) -> str:
    """Return as much of the start as fits in a number of columns."""
    if text.isascii():
        return text[: max(columns, 0)]
    kept = 0
    while kept < len(text) and _columns(text[: kept + 1]) <= columns:
        kept += 1
    return text[:kept]


def _columns(text: str) -> int:
    """Return how many terminal columns a text takes."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0
        if unicodedata.combining(one) or one in "\u200b\u200d\ufe0e\ufe0f"
        else 1 + (unicodedata.east_asian_width(one) in "WF")
        for one in text
    )


def _shown(text: str) -> str:
    return visible(text.replace("\t", _TAB))


def visible(text: str) -> str:
    """Return text with control characters, and the ones that turn the writing direction, as escapes.

    A file could otherwise move the reader's cursor, or show a line in another order than it is read in.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in _HARMLESS else _escape(one) for one in text)


_HARMLESS = "\u00a0\u00ad\u200b\u200c\u200d\u3000\ufeff"


def _escape(one: str) -> str:
    return one.encode("unicode_escape").decode("ascii")
