"""Findings at changed lines only: reads what `git diff --unified=0` writes.

A finding counts when its place, or one of those that explain it, touches a changed line: who takes a health check away
breaks the `depends_on` of another service. What could not be read always counts.
"""

import os
import re
from collections.abc import Iterable

from composekit.lint.suppress import is_final
from composekit.source.diagnostic import Diagnostic
from composekit.source.text import Span

Ranges = list[tuple[int, int]]

_HUNK = re.compile(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@")
_EVERYTHING = (1, 1 << 60)


def parse_diff(text: str, root: str) -> dict[str, Ranges]:
    """Return the changed lines of each file, by its real absolute path; `root` is the top of the repository.

    Where lines were only removed, the two around them count as changed.
    """
    found: dict[str, Ranges] = {}
    ranges: Ranges = []
    for line in text.split("\n"):
        if line.startswith("+++ "):
            name = _file_name(line[4:].rstrip("\r\t"))
            ranges = []
            if name is not None:
                found[os.path.realpath(os.path.join(root, name))] = ranges
        elif (hunk := _HUNK.match(line)) is not None:
            start, count = int(hunk[1]), int(hunk[2] or 1)
            ranges.append((start, start + count - 1) if count else (start, start + 1))
    return found


def add_new_files(changed: dict[str, Ranges], names: Iterable[str], root: str) -> None:
    """Count every line of the files that the repository does not know yet."""
    for name in names:
        changed[os.path.realpath(os.path.join(root, name))] = [_EVERYTHING]


def at_changed_lines(findings: Iterable[Diagnostic], changed: dict[str, Ranges]) -> list[Diagnostic]:
    """Return the findings that changed lines are part of."""
    return [
        one
        for one in findings
        if is_final(one)
        or (one.span is not None and _touches(one.span, changed))
        or any(_touches(span, changed) for _, span in one.related)
    ]


def _touches(span: Span, changed: dict[str, Ranges]) -> bool:
    path = span.source.path
    if path is None:
        return False
    ranges = changed.get(path) or changed.get(os.path.realpath(path))
    if not ranges:
        return False
    first, last = span.position.line, span.source.position(max(span.end - 1, span.start)).line
    return any(start <= last and first <= end for start, end in ranges)


def _file_name(shown: str) -> str | None:
    """Return a name as git wrote it behind `+++`: quoted like a C string where it has unusual characters."""
    if shown == "/dev/null":
        return None
    if shown.startswith('"') and shown.endswith('"'):
        raw = shown[1:-1].encode("latin-1", "backslashreplace").decode("unicode_escape")
        shown = raw.encode("latin-1", "replace").decode("utf-8", "replace")
    return shown.removeprefix("b/")
