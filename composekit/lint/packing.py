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
    """Return rulings as bytes, which only this version of Python and of composekit can read.

    Each is packed as it comes, so that nothing but joining the pieces is left to do after the last one.
    """
    packer = _Packer()
    pieces = []
    for number, ruling in rulings:
        findings = [packer.diagnostic(one) for one in ruling.findings]
        suppressed = [(packer.diagnostic(one), kind, reason) for one, kind, reason in ruling.suppressed]
        pieces.append(marshal.dumps((packer.take_texts(), number, findings, suppressed)))
    return marshal.dumps(pieces)


def unpack(data: bytes) -> list[Numbered]:
    """Return what was packed."""
    sources = [NOWHERE]
    found = []
    for piece in marshal.loads(data):  # noqa: S302  # from our own process
        texts, number, findings, suppressed = marshal.loads(piece)  # noqa: S302  # as above
        sources += [Source(*text) for text in texts]
        ruling = Ruling(
            [_diagnostic(one, sources) for one in findings],
            [Suppressed(_diagnostic(one, sources), kind, reason) for one, kind, reason in suppressed],
        )
        found.append((number, ruling))
    return found


_PLAIN = frozenset({str, int, bool, type(None)})


class _Packer:
    """Numbers the sources that it meets; NOWHERE is number 0."""

    def __init__(self) -> None:
        self._texts: list[tuple[str, str, str | None]] = []
        self._numbers: dict[int, int] = {id(NOWHERE): 0}
        self._kept: list[Source] = []

    def take_texts(self) -> list[tuple[str, str, str | None]]:
        """Return the sources that were met since this was asked last."""
        texts, self._texts = self._texts, []
        return texts

    def diagnostic(self, one: Diagnostic) -> tuple[Any, ...]:
        fix, facts = one.fix, one.facts
        if not _PLAIN.issuperset(map(type, facts.values())):
            facts = {key: plain(value) for key, value in facts.items()}
        return (
            one.code,
            int(one.severity),
            one.message,
            None if one.span is None else self.span(one.span),
            one.hint,
            one.path,
            facts,
            [(message, self.span(span)) for message, span in one.related] if one.related else (),
            None if fix is None else (fix.title, [(self.span(span), text) for span, text in fix.edits], fix.safe),
        )

    def span(self, span: Span) -> tuple[int, int, int]:
        source = span.source
        number = self._numbers.get(id(source))
        if number is None:
            self._texts.append((source.name, source.text, source.path))
            self._kept.append(source)
            number = self._numbers[id(source)] = len(self._kept)
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
