"""Port bound to one address in a swarm.

What it finds: a port that is published on one address, such as 127.0.0.1:8080:80.
Why it matters: a swarm ignores the address and publishes on every address of every node. What was only for this
    machine is open to all, behind a warning that scrolls by.
Instead of:
    services:
      web:
        image: nginx:1.27
        ports: ["127.0.0.1:8080:80"]
Write:
    services:
      web:
        image: nginx:1.27
Fix: none; a firewall, or no published port.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK724", "swarm-publishes-everywhere", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
