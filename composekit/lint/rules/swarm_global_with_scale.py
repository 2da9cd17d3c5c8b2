"""Scale of a global service.

What it finds: `scale` beside a global `deploy.mode`.
Why it matters: a global service runs once on every node.
Instead of:
    services:
      web:
        image: nginx:1.27
        scale: 2
        deploy:
          mode: global
Write:
    services:
      web:
        image: nginx:1.27
        deploy:
          mode: global
Fix: none; the mode or the number is the mistake.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK735", "swarm-global-with-scale", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
