"""Profiles in a stack.

What it finds: `profiles` of a service that is in the stack.
Why it matters: `docker stack deploy` refuses the key. composekit convert applies the profiles, so that the stack has
    those services that are on.
Instead of:
    services:
      web:
        image: nginx:1.27
        profiles: [front]
Write:
    services:
      web:
        image: nginx:1.27
Fix: none; with Compose the profiles count.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK729", "swarm-has-no-profiles", Severity.INFO, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
