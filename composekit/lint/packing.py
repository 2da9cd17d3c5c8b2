"""Findings as bytes, to bring them from one process to another.

Texts and numbers in tuples, which `marshal` writes a dozen times faster than `pickle` writes objects; each file's text
is written once for all findings in it.
"""

import marshal
from collections.abc import Iterable
from typing import Any

from composekit.lint.suppress import Ruling
from composekit.report import Suppressed
from composekit.report.identity import plain
from composekit.source.diagnostic import Diagnostic, Edit, Fix, Related, Severity
from composekit.source.text import NOWHERE, Source, Span

Numbered = tuple[int, Ruling]
"""A ruling, and the number of its job."""


def pack(rulings: Iterable[Numbered]) -> bytes:
    """Return rulings as bytes, which only this version of Python and of composekit can read."""
    packer = _Packer()
    made = [
        (
            number,
            [packer.diagnostic(one) for one in ruling.findings],
            [(packer.diagnostic(one), kind, reason) for one, kind, reason in ruling.suppressed],
        )
        for number, ruling in rulings
    ]
    return marshal.dumps((packer.texts, made))


def unpack(data: bytes) -> list[Numbered]:
    """Return what was packed."""
    texts, made = marshal.loads(data)  # noqa: S302  # from our own process
    sources = [NOWHERE, *(Source(*text) for text in texts)]
    return [
        (
            number,
            Ruling(
                [_diagnostic(one, sources) for one in findings],
                [Suppressed(_diagnostic(one, sources), kind, reason) for one, kind, reason in suppressed],
            ),
        )
        for number, findings, suppressed in made
    ]


class _Packer:
    """Numbers the sources that it meets; NOWHERE is number 0."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str, str | None]] = []
        self._numbers: dict[int, int] = {id(NOWHERE): 0}
        self._kept: list[Source] = []

    def diagnostic(self, one: Diagnostic) -> tuple[Any, ...]:
        fix = one.fix
        return (
            one.code,
            int(one.severity),
            one.message,
            None if one.span is None else self.span(one.span),
            one.hint,
            one.path,
            {key: plain(value) for key, value in one.facts.items()},
            [(message, self.span(span)) for message, span in one.related],
            None if fix is None else (fix.title, [(self.span(span), text) for span, text in fix.edits], fix.safe),
        )

    def span(self, span: Span) -> tuple[int, int, int]:
        source = span.source
        number = self._numbers.get(id(source))
        if number is None:
            self.texts.append((source.name, source.text, source.path))
            self._kept.append(source)
            number = self._numbers[id(source)] = len(self.texts)
        return (number, span.start, span.end)


def _diagnostic(packed: tuple[Any, ...], sources: list[Source]) -> Diagnostic:
    code, severity, message, span, hint, path, facts, related, fix = packed
    return Diagnostic(
        code,
        _SEVERITIES[severity],
        message,
        None if span is None else _span(span, sources),
        hint=hint,
        path=path,
        facts=facts,
        related=tuple(Related(text, _span(at, sources)) for text, at in related) if related else (),
        fix=None if fix is None else Fix(fix[0], tuple(Edit(_span(at, sources), text) for at, text in fix[1]), fix[2]),
    )


_SEVERITIES = {int(one): one for one in Severity}


def _span(packed: tuple[int, int, int], sources: list[Source]) -> Span:
    number, start, end = packed
    return Span(sources[number], start, end)
