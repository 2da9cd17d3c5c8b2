"""Privileged service.

What it finds: `privileged: true` on a service.
Why it matters: a privileged container has every capability and every device of the host. A program that is taken over
    in it has the host.
Instead of:
    services:
      vpn:
        image: example/vpn:1.0
        privileged: true
Write:
    services:
      vpn:
        image: example/vpn:1.0
        cap_add: [NET_ADMIN]
        devices: [/dev/net/tun]
Fix: none; only you know which capabilities and devices the program needs.
"""

from collections.abc import Iterator

from composekit.lint.reading import is_true
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK502", "privileged", Severity.WARNING, "security", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, node in ctx.having("privileged"):
        if is_true(node):
            yield Hit(
                node.span,
                "'{service}' is privileged: it has every capability and device of the host",
                path=("services", name, "privileged"),
                hint="name what it needs with cap_add and devices",
                service=name,
            )
