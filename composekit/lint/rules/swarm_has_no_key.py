"""Key that a swarm service does not have.

What it finds: a key of a service that `docker stack deploy` refuses and that nothing replaces: gpus, platform,
    cpuset, runtime, blkio_config, annotations, volumes_from, options of mounts and of networks, and others;
    docs/swarm.md lists them.
Why it matters: `docker stack deploy` stops with "Additional property is not allowed", and a conversion has to leave
    the key out.
Instead of:
    services:
      web:
        image: nginx:1.27
        platform: linux/amd64
Write:
    services:
      web:
        image: nginx:1.27
        deploy:
          placement:
            constraints: [node.platform.arch == x86_64]
Fix: none; where there is another way, the hint names it.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK701", "swarm-has-no-key", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
