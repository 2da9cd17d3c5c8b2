"""What is wrong, where, and the way out; and the collector that steps and rules add to.

A `Problem` is declared once beside the step that reports it; call sites give only facts. A diagnostic's identity is its
code, place in the tree and facts, never its prose.
"""

from collections.abc import Iterator
from enum import IntEnum
from typing import Any, NamedTuple

from composekit.source.path import Path
from composekit.source.text import Span


class Severity(IntEnum):
    """How bad; comparable, so `severity >= Severity.WARNING` reads as it should."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        return self.name.lower()


class Problem(NamedTuple):
    """A kind of diagnostic: stable code, severity, and message pattern with {facts}."""

    code: str
    severity: Severity
    pattern: str
    hint: str | None = None


class Related(NamedTuple):
    """Another place that explains a diagnostic, such as the file that includes this one."""

    message: str
    span: Span


class Edit(NamedTuple):
    """Replace the text of `span` with `text`."""

    span: Span
    text: str


class Fix(NamedTuple):
    """A change that repairs a finding; an unsafe one may change what the project does."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = True


class Diagnostic:
    """One thing to tell the user. `span` is `None` only when no file is concerned."""

    __slots__ = ("code", "facts", "fix", "hint", "message", "path", "related", "severity", "span")

    def __init__(  # noqa: PLR0913  # all but the first four have defaults
        self,
        code: str,
        severity: Severity,
        message: str,
        span: Span | None,
        *,
        hint: str | None = None,
        path: Path = (),
        facts: dict[str, Any] | None = None,
        related: tuple[Related, ...] = (),
        fix: Fix | None = None,
    ) -> None:
        self.code = code
        self.severity = severity
        self.message = message
        self.span = span
        self.hint = hint
        self.path = path
        self.facts = facts or {}
        self.related = related
        self.fix = fix

    def __repr__(self) -> str:
        return f"Diagnostic({self.code} {self.span}: {self.message})"


def sort_key(one: Diagnostic) -> tuple[str, int, int, str, str]:
    """Return what diagnostics are sorted by: file and place."""
    span = one.span
    if span is None:
        return ("", 0, 0, one.code, one.message)
    return (span.source.name, span.start, span.end, one.code, one.message)


_LONGEST_MESSAGE = 300


def filled(pattern: str, facts: dict[str, Any]) -> str:
    """Return a message that fits a few lines, whatever the values of the facts in it."""
    message = pattern.format(**facts)
    return message if len(message) <= _LONGEST_MESSAGE else f"{message[: _LONGEST_MESSAGE - 60]}…{message[-59:]}"


class Report:
    """Collects diagnostics in the order they are found; the same one at the same place is kept once."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._seen: set[tuple[Any, ...]] = set()
        self._wrong: set[tuple[int, int, int]] = set()

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.diagnostics)

    def __len__(self) -> int:
        return len(self.diagnostics)

    def add(
        self,
        problem: Problem,
        span: Span | None,
        *,
        path: Path = (),
        hint: str | None = None,
        related: tuple[Related, ...] = (),
        fix: Fix | None = None,
        **facts: Any,
    ) -> Diagnostic:
        """Report a problem at a place; facts fill the pattern (and the hint's) and stay with the diagnostic."""
        way_out = hint if hint is not None else problem.hint
        made = Diagnostic(
            problem.code,
            problem.severity,
            filled(problem.pattern, facts),
            span,
            hint=way_out.format(**facts) if way_out and hint is None else way_out,
            path=path,
            facts=facts,
            related=related,
            fix=fix,
        )
        return self.append(made)

    def append(self, diagnostic: Diagnostic) -> Diagnostic:
        span = diagnostic.span
        place = span.identity if span is not None else None
        identity = (diagnostic.code, place, diagnostic.message)
        if identity not in self._seen:
            self._seen.add(identity)
            self.diagnostics.append(diagnostic)
            if place is not None and diagnostic.severity is Severity.ERROR:
                self._wrong.add(place)
        return diagnostic

    def has_error_at(self, span: Span) -> bool:
        """Tell whether this very place has an error already."""
        return span.identity in self._wrong

    @property
    def has_errors(self) -> bool:
        return any(one.severity is Severity.ERROR for one in self.diagnostics)

    def sorted(self) -> list[Diagnostic]:
        """Return the diagnostics by file and place."""
        return sorted(self.diagnostics, key=sort_key)
