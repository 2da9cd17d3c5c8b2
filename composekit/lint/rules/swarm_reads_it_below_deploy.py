"""Key that swarm reads below deploy.

What it finds: cpus, mem_limit, mem_reservation, pids_limit or scale of a service.
Why it matters: `docker stack deploy` refuses the key where it stands. composekit convert moves it below `deploy`.
Instead of:
    services:
      web:
        image: nginx:1.27
        mem_limit: 256m
Write:
    services:
      web:
        image: nginx:1.27
        deploy:
          resources:
            limits: {memory: 256M}
Fix: none; both places are right for Compose.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK705", "swarm-reads-it-below-deploy", Severity.INFO, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
