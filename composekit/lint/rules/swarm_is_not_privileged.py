"""Privileged service in a swarm.

What it finds: `privileged: true`.
Why it matters: a swarm service cannot be privileged: the program starts and fails where it needs it.
Instead of:
    services:
      web:
        image: example/vpn:1.0
        privileged: true
Write:
    services:
      web:
        image: example/vpn:1.0
        cap_add: [NET_ADMIN]
Fix: none; capabilities can be added.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK728", "swarm-is-not-privileged", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
