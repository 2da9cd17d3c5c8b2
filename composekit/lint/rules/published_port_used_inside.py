"""Published port used inside the network.

What it finds: a host name and a port in a variable's value, where the host is another service of the project and the
    port is only the one that service publishes on the host, not the one it listens on.
Why it matters: services reach each other directly, past the published ports. Inside the network nobody listens on
    that number, and the connection is refused.
Instead of:
    services:
      web:
        image: example/web:1.0
        environment:
          DATABASE_URL: postgres://app@db:15432/app
      db:
        image: postgres:17
        ports: ["127.0.0.1:15432:5432"]
Write:
    services:
      web:
        image: example/web:1.0
        environment:
          DATABASE_URL: postgres://app@db:5432/app
      db:
        image: postgres:17
        ports: ["127.0.0.1:15432:5432"]
Fix: the port the service listens on is put in; unsafe, as another program may read the variable outside.
"""

from collections.abc import Iterator

from composekit.lint.environment import HostUse, host_uses
from composekit.lint.links import share_a_network
from composekit.lint.ports import container_ports, published_ports
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Edit, Fix, Severity
from composekit.source.text import Span

INFO = RuleInfo("CK408", "published-port-used-inside", Severity.WARNING, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    listening = ctx.shared(container_ports)
    published: dict[tuple[str, int], int] = {}
    for port in ctx.shared(published_ports):
        if port.is_fixed:
            published[(port.service, port.first)] = port.target
    for use in ctx.shared(host_uses):
        target = published.get((use.host, use.port))
        if target is None or use.port in listening[use.host] or use.host == use.variable.service:
            continue
        if not share_a_network(ctx, ctx.services[use.variable.service], ctx.services[use.host]):
            continue
        span = _port_span(use)
        yield Hit(
            span,
            "'{host}' listens on {target} inside the network; {port} is its port on the host",
            path=use.variable.path,
            hint="write {target}",
            fix=Fix(f"use port {target}", (Edit(span, str(target)),), safe=False) if span is not use.span else None,
            host=use.host,
            port=use.port,
            target=target,
        )


def _port_span(use: HostUse) -> Span:
    """Return where the port stands behind the host's name."""
    text = use.span.source.text
    written = f":{use.port}"
    if text.startswith(written, use.span.end):
        return Span(use.span.source, use.span.end + 1, use.span.end + len(written))
    return use.span
