"""Network of one machine in a swarm.

What it finds: a network with the driver bridge, host, macvlan, ipvlan or none, which the stack itself makes.
Why it matters: services can only use networks of the whole swarm: the engine refuses to create the service.
Instead of:
    services:
      web:
        image: nginx:1.27
        networks: [front]
    networks:
      front:
        driver: bridge
Write:
    services:
      web:
        image: nginx:1.27
        networks: [front]
    networks:
      front:
        driver: overlay
Fix: none; for Compose the driver may be right.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK737", "swarm-needs-overlay", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
