"""What services mount, and where its parts stand in short and long forms."""

import re
from typing import NamedTuple

from composekit.lint.reading import child, entries, is_true, narrow, text
from composekit.lint.rule import LintContext
from composekit.source.node import Mapping, Node
from composekit.source.path import Path
from composekit.source.text import Span


class Mount(NamedTuple):
    """One entry of `volumes`; `source` is empty for anonymous volumes and tmpfs.

    `kind` is bind, volume, tmpfs, npipe, cluster or image. `span` is the whole entry in its short form, and the
    target's in its long form.
    """

    service: str
    kind: str
    source: str
    target: str
    read_only: bool
    node: Mapping
    span: Span
    source_span: Span
    path: Path

    @property
    def target_span(self) -> Span:
        """Where the target stands."""
        return narrow(self.span, self.target, last=True)


def mounts(ctx: LintContext) -> list[Mount]:
    """Return every mount of every service, in order."""
    found = []
    for name, _, volumes in ctx.having("volumes"):
        for index, entry in enumerate(entries(volumes)):
            target = child(entry, "target")
            if isinstance(entry, Mapping) and target is not None:
                found.append(_mount(name, index, entry, target))
    return found


def _mount(service: str, index: int, entry: Mapping, target: Node) -> Mount:
    source, span = entry.get("source"), target.span
    return Mount(
        service,
        text(entry.get("type")),
        text(source),
        text(target),
        is_true(entry.get("read_only")),
        entry,
        span,
        span if source is None else _first(span) if source.span is span else source.span,
        ("services", service, "volumes", index),
    )


def written_source(mount: Mount) -> str:
    """Return a mount's source as it was written, which is how people know it: relative, or with a variable."""
    return without_properties(mount.source_span.text).strip("\"'")


def without_properties(written: str) -> str:
    """Return a value as it was written, without the anchor and the tag before it."""
    return _PROPERTIES.sub("", written, count=1)


def covers(outer: str, inner: str) -> bool:
    """Tell whether one directory is another or holds it."""
    outer, inner = outer.rstrip("/") or "/", inner.rstrip("/") or "/"
    return outer in {inner, "/"} or inner.startswith(outer + "/")


_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
"""The anchor and the tag before a value."""


def _first(span: Span) -> Span:
    """Return the part of a short form before the first colon that is not in a ${VARIABLE} or a drive's."""
    written, depth = span.text, 0
    found = _PROPERTIES.match(written)
    start = found.end() if found is not None else 0
    start += 1 if written[start : start + 1] in {'"', "'"} else 0
    colon = written.find(":", start)
    if colon > start + 1 and written.find("{", start, colon) < 0:
        return span.part(start, colon - start)  # as nearly always
    for at in range(start, len(written)):
        letter = written[at]
        if letter == "{":
            depth += 1
        elif letter == "}":
            depth -= 1
        elif (
            letter == ":"
            and depth == 0
            and not (at == start + 1 and written[at + 1 : at + 2] in {"\\", "/"} and written[start].isalpha())
        ):
            return span.part(start, at - start)
    return span
