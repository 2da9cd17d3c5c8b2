"""Ports out of order.

What it finds: `ports` with a host port that is smaller than the one above it.
Why it matters: which ports a project takes is seen at a glance.
Instead of:
    services:
      web:
        image: nginx:1.27
        ports:
          - "8443:443"
          - "8080:80"
Write:
    services:
      web:
        image: nginx:1.27
        ports:
          - "8080:80"
          - "8443:443"
Fix: none here; composekit fmt does it.
"""

from collections.abc import Iterator

from composekit.lint.ports import Published, published_ports
from composekit.lint.rule import ON_REQUEST, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK805", "ports-unsorted", Severity.INFO, "style", since="0.1", profiles=ON_REQUEST)


def check(ctx: LintContext) -> Iterator[Hit]:
    last: Published | None = None
    for port in ctx.shared(published_ports):
        same = last is not None and last.service == port.service and last.span.source is port.span.source
        if same and last is not None and port.first < last.first and port.span.start > last.span.start:
            yield Hit(
                port.span,
                "port {port} should come before {last}",
                path=port.path,
                service=port.service,
                port=port.first,
                last=last.first,
            )
        last = port
