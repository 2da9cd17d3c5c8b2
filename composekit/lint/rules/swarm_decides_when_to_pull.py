"""Pull policy in a swarm.

What it finds: `pull_policy` of a service.
Why it matters: `docker stack deploy` refuses it. Nodes pull what they do not have, by the digest that the tag had
    when the stack was deployed.
Instead of:
    services:
      web:
        image: nginx:1.27
        pull_policy: always
Write:
    services:
      web:
        image: nginx:1.27
Fix: none; docker stack deploy --resolve-image decides.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK731", "swarm-decides-when-to-pull", Severity.INFO, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
