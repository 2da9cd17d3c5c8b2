"""Value that is the default anyway.

What it finds: `dockerfile: Dockerfile`, `driver: local` of a volume without options, `driver: bridge` of a network,
    `restart: "no"`, `protocol: tcp`, `required: true`, `external: false`.
Why it matters: what is written should say something. A reader looks for the reason.
Instead of:
    services:
      web:
        image: nginx:1.27
        volumes: ["data:/data"]
    volumes:
      data:
        driver: local
Write:
    services:
      web:
        image: nginx:1.27
        volumes: ["data:/data"]
    volumes:
      data:
Fix: none; a value may be written to override that of another file.
"""

from collections.abc import Iterator

from composekit.lint.rule import ON_REQUEST, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.source.path import Path

INFO = RuleInfo("CK812", "default-written", Severity.INFO, "style", since="0.1", profiles=ON_REQUEST)

_DEFAULTS = {
    ("services", "*", "build", "dockerfile"): "Dockerfile",
    ("services", "*", "restart"): "no",
    ("services", "*", "ports", "*", "protocol"): "tcp",
    ("services", "*", "depends_on", "*", "required"): "True",
    ("services", "*", "env_file", "*", "required"): "True",
    ("volumes", "*", "external"): "False",
    ("volumes", "*", "driver"): "local",
    ("networks", "*", "external"): "False",
    ("networks", "*", "driver"): "bridge",
}


def check(ctx: LintContext) -> Iterator[Hit]:
    if len(ctx.own_documents) > 1:
        return
    for pattern, default in _DEFAULTS.items():
        for keys, parent, node in _written(ctx, pattern):
            options = isinstance(parent, Mapping) and "driver_opts" in parent
            if isinstance(node, Scalar) and str(node.value) == default and not options:
                yield Hit(
                    node.span,
                    "{default} is the default of '{key}'",
                    path=keys,
                    key=pattern[-1],
                    default=node.span.text,
                )


def _written(ctx: LintContext, pattern: tuple[str, ...]) -> Iterator[tuple[Path, Node, Node]]:
    """Yield the values at a pattern in all files, each with its path and what holds it."""
    if pattern[0] != "services":
        for document in ctx.documents:
            yield from _places(document, pattern, ())
        return
    key, below = pattern[2], pattern[3:]
    for name, service, node in ctx.written(key):
        if below:
            yield from _places(node, below, ("services", name, key))
        else:
            yield ("services", name, key), service, node


def _places(node: Node, pattern: tuple[str, ...], path: Path) -> Iterator[tuple[Path, Node, Node]]:
    """Yield the values at a pattern below a node."""
    if isinstance(node, Mapping):
        below: list[tuple[str | int, Node]] = [
            (key, value) for key, value in node.items.items() if pattern[0] in {"*", key}
        ]
    elif isinstance(node, Sequence) and pattern[0] == "*":
        below = list(enumerate(node.items))
    else:
        return
    for key, value in below:
        if len(pattern) == 1:
            yield (*path, key), node, value
        else:
            yield from _places(value, pattern[1:], (*path, key))
