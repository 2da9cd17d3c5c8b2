"""Fixed address in a swarm.

What it finds: `ipv4_address` or `ipv6_address` on a network.
Why it matters: a swarm gives its tasks any address. Whoever knows the service by the fixed one no longer finds it.
Instead of:
    services:
      web:
        image: nginx:1.27
        networks:
          lan: {ipv4_address: 10.9.0.10}
    networks:
      lan:
        ipam:
          config: [{subnet: 10.9.0.0/24}]
Write:
    services:
      web:
        image: nginx:1.27
        networks:
          lan: {aliases: [front]}
    networks:
      lan:
        ipam:
          config: [{subnet: 10.9.0.0/24}]
Fix: none; names have to take its place.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK723", "swarm-gives-any-address", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
