"""Key that a network of a stack does not have.

What it finds: enable_ipv4, enable_ipv6, or a gateway, ip_range, aux_addresses or options of a network's `ipam`.
Why it matters: `docker stack deploy` refuses the file, or the network gets other addresses.
Instead of:
    services:
      web:
        image: nginx:1.27
    networks:
      default:
        enable_ipv6: true
Write:
    services:
      web:
        image: nginx:1.27
    networks:
      default:
        ipam:
          config: [{subnet: 10.9.0.0/24}]
Fix: none; only subnets can be chosen.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK704", "swarm-network-has-no-key", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
