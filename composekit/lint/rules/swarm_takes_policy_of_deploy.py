"""Two restart policies in a swarm.

What it finds: `restart` beside `deploy.restart_policy`.
Why it matters: only the one below `deploy` counts.
Instead of:
    services:
      web:
        image: nginx:1.27
        restart: always
        deploy:
          restart_policy: {condition: any}
Write:
    services:
      web:
        image: nginx:1.27
        deploy:
          restart_policy: {condition: any}
Fix: none; both may be wanted for different tools.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK733", "swarm-takes-policy-of-deploy", Severity.INFO, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
