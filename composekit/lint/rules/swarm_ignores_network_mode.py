"""Network mode in a swarm.

What it finds: `network_mode` of a service.
Why it matters: `docker stack deploy` ignores it: the service joins the default network of the stack, without the
    host's addresses or the other service's.
Instead of:
    services:
      web:
        image: example/agent:1.0
        network_mode: host
Write:
    services:
      web:
        image: example/agent:1.0
        networks: [host]
    networks:
      host:
        external: true
Fix: none; for the host's network there is an external network of that name.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK722", "swarm-ignores-network-mode", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
