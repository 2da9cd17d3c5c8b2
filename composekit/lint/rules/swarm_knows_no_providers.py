"""Provider in a swarm.

What it finds: a service with a `provider`.
Why it matters: a swarm runs containers only, so the service is left out and those that need it fail.
Instead of:
    services:
      db:
        provider:
          type: cloud-db
Write:
    services:
      web:
        image: example/web:1.0
        environment:
          DATABASE_HOST: db.example.com
Fix: none; what it provides has to come from elsewhere.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK730", "swarm-knows-no-providers", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
