"""What services mount, and where its parts stand in short and long forms."""

import re
from typing import NamedTuple

from composekit.lint.reading import child, entries, is_true, narrow, text
from composekit.lint.rule import LintContext
from composekit.source.node import Mapping
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
    target_span: Span
    path: Path


def mounts(ctx: LintContext) -> list[Mount]:
    """Return every mount of every service, in order."""
    found = []
    for name, service in ctx.services.items():
        for index, entry in enumerate(entries(service.get("volumes"))):
            target = child(entry, "target")
            if not isinstance(entry, Mapping) or target is None:
                continue
            source = entry.get("source")
            short = source is not None and source.span is target.span
            found.append(
                Mount(
                    service=name,
                    kind=text(entry.get("type")),
                    source=text(source),
                    target=text(target),
                    read_only=is_true(entry.get("read_only")),
                    node=entry,
                    span=target.span,
                    source_span=_first(target.span) if short else source.span if source is not None else target.span,
                    target_span=narrow(target.span, text(target), last=True),
                    path=("services", name, "volumes", index),
                )
            )
    return found


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
