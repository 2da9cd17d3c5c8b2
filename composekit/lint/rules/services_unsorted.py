"""Services out of order.

What it finds: a service whose name comes before that of the service above it in the alphabet.
Why it matters: in a file of many services, each is found without searching.
Instead of:
    services:
      web:
        image: nginx:1.27
      api:
        image: example/api:1.0
Write:
    services:
      api:
        image: example/api:1.0
      web:
        image: nginx:1.27
Fix: none here; composekit fmt does it.
"""

from collections.abc import Iterator
from itertools import pairwise

from composekit.lint.layout import in_order
from composekit.lint.rule import ON_REQUEST, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping

INFO = RuleInfo("CK803", "services-unsorted", Severity.INFO, "style", since="0.1", profiles=ON_REQUEST)


def check(ctx: LintContext) -> Iterator[Hit]:
    for document in ctx.documents:
        services = document.get("services")
        names = in_order(services) if isinstance(services, Mapping) else []
        for last, name in pairwise(names):
            if name < last and isinstance(services, Mapping):
                yield Hit(
                    services.key_span(name),
                    "'{service}' should come before '{last}'",
                    path=("services", name),
                    service=name,
                    last=last,
                )
                break
