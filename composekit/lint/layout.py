"""How files are laid out: the order of keys as written, all scalars, and documents by file."""

from collections.abc import Iterator

from composekit.lint.rule import LintContext
from composekit.source.node import Mapping, Node, Scalar, Sequence
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
    spans = [(span.start, key) for key, span in mapping.key_spans.items() if key in mapping.items]
    inside = [(start, key) for start, key in spans if mapping.span.start <= start < mapping.span.end]
    return [key for _, key in sorted(inside)]


def scalars(node: Node) -> Iterator[Scalar]:
    """Yield all scalars below a node, those of an alias once."""
    seen: set[int] = set()
    waiting: list[Node] = [node]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Mapping):
            waiting += one.items.values()
        elif isinstance(one, Sequence):
            waiting += one.items
        else:
            yield one


def by_source(ctx: LintContext) -> dict[Source, list[Mapping]]:
    """Return the documents of each of the project's own files."""
    found: dict[Source, list[Mapping]] = {}
    for document in ctx.own_documents:
        found.setdefault(document.span.source, []).append(document)
    return found
