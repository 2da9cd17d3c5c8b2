"""Variables out of order.

What it finds: an `environment` with a variable whose name comes before that of the one above it in the alphabet.
Why it matters: long lists are easier to compare and to search.
Instead of:
    services:
      web:
        image: nginx:1.27
        environment:
          PORT: "80"
          HOST: example.com
Write:
    services:
      web:
        image: nginx:1.27
        environment:
          HOST: example.com
          PORT: "80"
Fix: none here; composekit fmt does it.
"""

from collections.abc import Iterator
from itertools import pairwise

from composekit.lint.layout import in_order
from composekit.lint.reading import entries, narrow, text
from composekit.lint.rule import ON_REQUEST, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping, Node
from composekit.source.text import Span

INFO = RuleInfo("CK804", "environment-unsorted", Severity.INFO, "style", since="0.1", profiles=ON_REQUEST)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, environment in ctx.written("environment"):
        if isinstance(environment, Mapping):
            names = in_order(environment)
        else:
            names = [text(entry).partition("=")[0] for entry in entries(environment)]
        for index, (last, key) in enumerate(pairwise(names), 1):
            if key >= last:
                continue
            span = _span(environment, index, key)
            if "\n" not in span.text:
                yield Hit(
                    span,
                    "'{key}' should come before '{last}'",
                    path=("services", name, "environment"),
                    service=name,
                    key=key,
                    last=last,
                )
                break


def _span(environment: Node, index: int, key: str) -> Span:
    if isinstance(environment, Mapping):
        return environment.key_span(key)
    return narrow(entries(environment)[index].span, key)
