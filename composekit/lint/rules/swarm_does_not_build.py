"""Build in a swarm.

What it finds: a service with `build` and `image`.
Why it matters: the nodes of a swarm pull images. What the file builds has to be in a registry that each of them
    reaches before the stack is deployed.
Instead of:
    services:
      web:
        image: registry.example.com/web:1.0
        build: https://github.com/example/web.git
Write:
    services:
      web:
        image: registry.example.com/web:1.0
Fix: none; the build belongs before the deployment.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK711", "swarm-does-not-build", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
