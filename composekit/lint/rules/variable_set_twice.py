"""Variable or label set twice in one list.

What it finds: a list of `NAME=value` entries, for `environment`, `labels` or build arguments, with the same name
    twice.
Why it matters: the last one counts and the first has no effect, so whoever edits the first changes nothing.
Instead of:
    services:
      web:
        image: example/web:1.0
        environment:
          - LOG_LEVEL=debug
          - PORT=80
          - LOG_LEVEL=info
Write:
    services:
      web:
        image: example/web:1.0
        environment:
          - PORT=80
          - LOG_LEVEL=info
Fix: the entry that has no effect is removed.
"""

from collections.abc import Iterator

from composekit.lint.edits import is_alone, remove_lines
from composekit.lint.reading import child, narrow, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Fix, Related, Severity
from composekit.source.node import Node, Sequence
from composekit.source.text import Span

INFO = RuleInfo("CK416", "variable-set-twice", Severity.WARNING, "correctness", since="0.1")

_LISTS = (("environment",), ("labels",), ("build", "args"), ("build", "labels"), ("deploy", "labels"))


def check(ctx: LintContext) -> Iterator[Hit]:
    for keys in _LISTS:
        for name, _, body in ctx.written(keys[0]):
            listed = child(body, *keys[1:])
            if isinstance(listed, Sequence):
                yield from _in_list(name, keys, listed)


def _in_list(service: str, keys: tuple[str, ...], listed: Sequence) -> Iterator[Hit]:
    last: dict[str, Node] = {}
    for entry in reversed(listed.items):
        key = text(entry).partition("=")[0]
        if not key or "$" in key:
            continue
        kept = last.setdefault(key, entry)
        if kept is not entry:
            yield Hit(
                narrow(entry.span, key),
                "'{key}' is set again further down, so this has no effect",
                path=("services", service, *keys),
                hint="remove one of the two",
                related=(Related("the one that counts", kept.span),),
                fix=_fix(entry),
                service=service,
                key=key,
            )


def _fix(entry: Node) -> Fix | None:
    source, start = entry.span.source.text, entry.span.start
    line = source[source.rfind("\n", 0, start) + 1 : start]
    whole = Span(entry.span.source, start - len(line.lstrip()), entry.span.end)
    return Fix("remove the entry", (remove_lines(whole),)) if line.strip() == "-" and is_alone(whole) else None
