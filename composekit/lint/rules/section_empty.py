"""Section with nothing in it.

What it finds: a top-level section, or one of a service, that is empty: `volumes: {}`, `environment: []`, `labels:
    {}`.
Why it matters: it looks as if something had been forgotten.
Instead of:
    services:
      web:
        image: nginx:1.27
    volumes: {}
Write:
    services:
      web:
        image: nginx:1.27
Fix: the line is removed where nothing else stands on it.
"""

from collections.abc import Iterator

from composekit.lint.edits import is_alone, remove_lines
from composekit.lint.reading import has_variable, pairs
from composekit.lint.rule import ON_REQUEST, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Fix, Severity
from composekit.source.node import Mapping, Sequence, is_null
from composekit.source.path import Path
from composekit.source.text import Span

INFO = RuleInfo("CK814", "section-empty", Severity.INFO, "style", since="0.1", profiles=ON_REQUEST)

_SECTIONS = ("volumes", "networks", "configs", "secrets", "environment", "ports", "labels", "depends_on", "env_file")


def check(ctx: LintContext) -> Iterator[Hit]:
    for document in ctx.documents:
        yield from _check(document, ())
        for name, service in pairs(document.get("services")):
            if isinstance(service, Mapping):
                yield from _check(service, ("services", name))


def _check(mapping: Mapping, path: Path) -> Iterator[Hit]:
    for key in _SECTIONS:
        node = mapping.get(key)
        empty = is_null(node) or (isinstance(node, (Mapping, Sequence)) and not len(node))
        # With a tag it takes away what another file says.
        if node is None or not empty or node.tag or key not in mapping.key_spans or has_variable(node.span):
            continue
        span = mapping.key_span(key)
        whole = Span(span.source, span.start, max(node.span.end, span.end + 1))
        alone = is_alone(whole) and len(mapping) > 1
        yield Hit(
            span,
            "'{key}' is empty",
            path=(*path, key),
            fix=Fix("remove it", (remove_lines(whole),)) if alone else None,
            key=key,
        )
