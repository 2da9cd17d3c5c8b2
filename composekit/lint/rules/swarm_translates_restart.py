"""Restart policy in a swarm.

What it finds: `restart` other than "no", without a `deploy.restart_policy`.
Why it matters: it becomes the policy of the service: `any`, or `on-failure` with its attempts. A swarm has no
    `unless-stopped`.
Instead of:
    services:
      web:
        image: nginx:1.27
        restart: unless-stopped
Write:
    services:
      web:
        image: nginx:1.27
        deploy:
          restart_policy: {condition: any}
Fix: none; the meaning is nearly the same.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK734", "swarm-translates-restart", Severity.INFO, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
