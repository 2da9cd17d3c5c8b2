"""Key that swarm accepts and ignores.

What it finds: a key of a service that `docker stack deploy` reads and does nothing with, although the service may
    count on it: pid, ipc, security_opt, shm_size, tmpfs, userns_mode, mac_address and others.
Why it matters: the service runs without it, and only a line among many says so.
Instead of:
    services:
      web:
        image: nginx:1.27
        shm_size: 1g
Write:
    services:
      web:
        image: nginx:1.27
        volumes:
          - type: tmpfs
            target: /dev/shm
Fix: none; where there is another way, the hint names it.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK702", "swarm-ignores-key", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
