"""Port published by a service that only has internal networks.

What it finds: a published port on a service whose networks are all `internal: true`.
Why it matters: an internal network has no way in or out, so the engine publishes nothing: the port is dead.
Instead of:
    services:
      web:
        image: nginx:1.27
        ports: ["8080:80"]
        networks: [inside]
    networks:
      inside:
        internal: true
Write:
    services:
      web:
        image: nginx:1.27
        ports: ["8080:80"]
        networks: [inside, default]
    networks:
      inside:
        internal: true
Fix: none; a second network opens a way in, and out.
"""

from collections.abc import Iterator

from composekit.lint.links import is_internal, networks_of
from composekit.lint.ports import published_ports
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK423", "published-on-internal-network", Severity.WARNING, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for port in ctx.shared(published_ports):
        networks = networks_of(ctx, ctx.services[port.service])
        if networks and all(is_internal(ctx, network) for network in networks):
            yield Hit(
                port.span,
                "port {port} leads nowhere: all networks of '{service}' are internal",
                path=port.path,
                hint="let '{service}' join a network that is not internal, too",
                service=port.service,
                port=port.first,
            )
