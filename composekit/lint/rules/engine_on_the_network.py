"""Container engine open to the network.

What it finds: a published port that leads to port 2375, on an address other than 127.0.0.1.
Why it matters: 2375 is where a container engine, or a proxy before it, listens without a password. Whoever reaches it
    is root on the machine.
Instead of:
    services:
      builder:
        image: docker:27-dind
        privileged: true
        ports: ["2375:2375"]
Write:
    services:
      web:
        image: nginx:1.27
        ports: ["8080:80"]
Fix: none; services of the project reach it without a published port.
"""

from collections.abc import Iterator

from composekit.lint.ports import published_ports
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK534", "engine-on-the-network", Severity.WARNING, "security", since="0.1")

_ENGINE = 2375


def check(ctx: LintContext) -> Iterator[Hit]:
    for port in ctx.shared(published_ports):
        if port.target == _ENGINE and not port.address.startswith("127.") and port.address != "::1":
            yield Hit(
                port.span,
                "'{service}' lets everybody who reaches port {port} control a container engine",
                path=port.path,
                hint="publish it on 127.0.0.1, or not at all",
                service=port.service,
                port=port.first,
            )
