"""Service on the host's network.

What it finds: `network_mode: host`.
Why it matters: the program listens on every address of the host, past the published ports, and reaches what only
    listens on localhost, such as databases and the engine's own interfaces.
Instead of:
    services:
      web:
        image: nginx:1.27
        network_mode: host
Write:
    services:
      web:
        image: nginx:1.27
        ports: ["127.0.0.1:8080:80"]
Fix: none; the ports that are needed have to be published.
"""

from collections.abc import Iterator

from composekit.lint.reading import text
from composekit.lint.rule import STRICT_AND_HARDENED, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK507", "host-network", Severity.WARNING, "security", since="0.1", profiles=STRICT_AND_HARDENED)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, node in ctx.having("network_mode"):
        if text(node) == "host":
            yield Hit(
                node.span,
                "'{service}' is on the host's network",
                path=("services", name, "network_mode"),
                hint="publish the ports that are needed",
                service=name,
            )
