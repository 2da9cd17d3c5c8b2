"""Replicas of a global service.

What it finds: `deploy.replicas` beside `mode: global`.
Why it matters: a global service runs once on every node; `docker stack deploy` refuses a number.
Instead of:
    services:
      web:
        image: nginx:1.27
        deploy:
          mode: global
          replicas: 3
Write:
    services:
      web:
        image: nginx:1.27
        deploy:
          mode: replicated
          replicas: 3
Fix: none; the mode or the number is the mistake.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK716", "swarm-global-with-replicas", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
