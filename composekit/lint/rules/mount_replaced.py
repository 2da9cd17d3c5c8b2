"""Two mounts at one place in one file.

What it finds: two entries of one service's `volumes`, in one file, that mount at the same place in the container.
Why it matters: Compose keeps the last and drops the first without a word.
Instead of:
    services:
      web:
        image: nginx:1.27
        volumes:
          - ./site:/usr/share/nginx/html
          - assets:/usr/share/nginx/html
    volumes:
      assets:
Write:
    services:
      web:
        image: nginx:1.27
        volumes:
          - ./site:/usr/share/nginx/html
          - assets:/usr/share/nginx/html/assets
    volumes:
      assets:
Fix: none; either entry may be the mistake.
"""

from collections.abc import Iterator

from composekit.errors import BadValue
from composekit.lint.reading import child, entries, place, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Related, Severity
from composekit.source.node import Mapping, Node
from composekit.values.mount import parse_mount

INFO = RuleInfo("CK415", "mount-replaced", Severity.WARNING, "correctness", since="0.1")

_MODES = frozenset({"ro", "rw", "z", "Z", "cached", "delegated", "consistent"})


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, volumes in ctx.written("volumes"):
        if not _may_repeat(volumes):
            continue
        first: dict[str, Node] = {}
        for index, entry in enumerate(entries(volumes)):
            target = _target(entry)
            known = first.setdefault(target, entry) if target else entry
            if known is entry:
                continue
            yield Hit(
                place(known),
                "this mount at {target} is dropped: another one replaces it",
                path=("services", name, "volumes", index),
                hint="remove one of the two",
                related=(Related("the one that is kept", place(entry)),),
                service=name,
                target=target,
            )


def _may_repeat(volumes: Node) -> bool:
    """Tell whether two entries have a part in common that can be a target."""
    seen: set[str] = set()
    for entry in entries(volumes):
        if isinstance(entry, Mapping):
            return True
        for part in {one.rstrip("/") for one in text(entry).split(":")} - _MODES:
            if part in seen:
                return True
            seen.add(part)
    return False


def _target(entry: Node) -> str:
    """Return where an entry mounts; empty where that depends on a variable or cannot be read."""
    written = text(child(entry, "target")) or text(entry)
    if not written or "$" in written:
        return ""
    if isinstance(entry, Mapping):
        return written.rstrip("/")
    try:
        return parse_mount(written).target.rstrip("/")
    except BadValue:
        return ""
