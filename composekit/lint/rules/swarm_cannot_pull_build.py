"""Build without an image in a swarm.

What it finds: a service with `build` and without `image`.
Why it matters: Compose makes up a name for the image, which no registry has. Every task of the service fails with "No
    such image".
Instead of:
    services:
      web:
        build: https://github.com/example/web.git
Write:
    services:
      web:
        image: registry.example.com/web:1.0
Fix: none; only you know the registry.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK712", "swarm-cannot-pull-build", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
