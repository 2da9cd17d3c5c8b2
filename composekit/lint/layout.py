"""How files are laid out: the order of keys as written, all scalars, and documents by file."""

from collections.abc import Callable, Iterator

from composekit.lint.rule import LintContext
from composekit.source.node import Mapping, Node, Scalar
from composekit.source.text import Source

ORDER = (
    "extends", "image", "build", "pull_policy", "platform", "container_name", "hostname", "user", "working_dir",
    "entrypoint", "command", "init", "profiles", "depends_on", "env_file", "environment", "configs", "secrets",
    "volumes", "tmpfs", "networks", "network_mode", "ports", "expose", "extra_hosts", "healthcheck", "restart",
    "deploy", "logging", "labels",
)  # fmt: skip
"""Keys of a service: what it is, how it runs, what it needs, what it is given, where it is reached."""


def in_order(mapping: Mapping) -> list[str]:
    """Return the keys that a mapping itself has, in the order they were written; merged ones stand elsewhere."""
    first, end, items = mapping.span.start, mapping.span.end, mapping.items
    inside = [
        (span.start, key) for key, span in mapping.key_spans.items() if first <= span.start < end and key in items
    ]
    inside.sort()
    return [key for _, key in inside]


def scalars(document: Node, marks: str = "") -> Iterator[Scalar]:
    """Yield the scalars of a document, those of an alias once; with marks, those whose text may have one of them."""
    may_have = with_marks(document, marks)
    seen: set[int] = set()
    waiting: list[Node] = [document]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or not may_have(one):
            continue
        seen.add(id(one))
        if isinstance(one, Scalar):
            yield one
        else:
            waiting += one.items.values() if isinstance(one, Mapping) else one.items


def with_marks(document: Node, marks: str) -> Callable[[Node], bool]:
    """Return a test for nodes in whose text one of some characters may stand; others need not be looked into.

    What an alias or a merge brings stands elsewhere in the file, so there everything may have them.
    """
    text = document.span.source.text
    if not marks or "*" in text:
        return lambda _: True
    find = text.find

    def test(node: Node) -> bool:
        start, end = node.span.start, node.span.end
        return any(find(mark, start, end) >= 0 for mark in marks)

    return test


def by_source(ctx: LintContext) -> dict[Source, list[Mapping]]:
    """Return the documents of each of the project's own files."""
    found: dict[Source, list[Mapping]] = {}
    for document in ctx.own_documents:
        found.setdefault(document.span.source, []).append(document)
    return found
