"""Port mapping without quotes.

What it finds: a port mapping with a colon and without quotes.
Why it matters: quotes are needed for some ports, as YAML reads a few of them as numbers. With quotes everywhere
    nobody has to know.
Instead of:
    services:
      web:
        image: nginx:1.27
        ports:
          - 8080:80
Write:
    services:
      web:
        image: nginx:1.27
        ports:
          - "8080:80"
Fix: quotes are put around the mapping.
"""

from collections.abc import Iterator

from composekit.lint.edits import quote
from composekit.lint.reading import entries
from composekit.lint.rule import ON_REQUEST, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Fix, Severity
from composekit.source.node import Scalar

INFO = RuleInfo("CK806", "port-without-quotes", Severity.INFO, "style", since="0.1", profiles=ON_REQUEST)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, ports in ctx.written("ports"):
        for index, node in enumerate(entries(ports)):
            if isinstance(node, Scalar) and not node.style and ":" in node.raw and node.span.text == node.raw:
                yield Hit(
                    node.span,
                    "the port mapping {port} has no quotes",
                    path=("services", name, "ports", index),
                    fix=Fix("put it in quotes", (quote(node.span),)) if not set(node.raw) & set('"\\') else None,
                    service=name,
                    port=node.raw,
                )
