"""Override that adds a second port where it meant to change the first.

What it finds: a file that publishes a container's port on a host port, and a later file or an extending service that
    publishes the same container port on another host port.
Why it matters: lists of ports are joined when files are merged. Both host ports are published, and the one that was
    to go away still takes its place and may meet another program.
Instead of:
    # compose.yaml
    services:
      web:
        image: nginx:1.27
        ports: ["8080:80"]
    # override.yaml
    services:
      web:
        ports: ["9090:80"]
Write:
    # compose.yaml
    services:
      web:
        image: nginx:1.27
        ports: ["8080:80"]
    # override.yaml
    services:
      web:
        ports: !override ["9090:80"]
Fix: none; `ports: !override` in the later file replaces the list.
"""

from collections.abc import Iterator

from composekit.lint.ports import Published, published_ports
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Related, Severity

INFO = RuleInfo("CK414", "override-adds-a-port", Severity.WARNING, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    first: dict[tuple[str, int, str], Published] = {}
    for port in ctx.shared(published_ports):
        known = first.setdefault((port.service, port.target, port.protocol), port)
        if known.span.source is port.span.source or known.first == port.first or not port.is_fixed:
            continue
        if known.address and port.address and known.address != port.address:
            continue
        yield Hit(
            port.span,
            "'{service}' publishes port {target} on {port} and on {other}: lists of ports are joined",
            path=port.path,
            hint="write ports: !override to replace the list",
            related=(Related("also published here", known.span),),
            service=port.service,
            target=port.target,
            port=port.first,
            other=known.first,
        )
