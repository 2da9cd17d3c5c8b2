"""Container name in a swarm.

What it finds: a `container_name` that differs from the name of the service.
Why it matters: tasks are named STACK_SERVICE.SLOT.ID. Whoever reaches the service by its container name no longer
    finds it.
Instead of:
    services:
      web:
        image: nginx:1.27
        container_name: front
Write:
    services:
      web:
        image: nginx:1.27
        networks:
          default:
            aliases: [front]
Fix: none; an alias keeps the name.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK713", "swarm-ignores-container-name", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
