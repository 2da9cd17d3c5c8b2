"""Order of start in a swarm.

What it finds: a `depends_on` that waits for the start of another service.
Why it matters: a swarm creates services in no order. A program that needs another has to try again until it is there.
Instead of:
    services:
      web:
        image: example/web:1.0
        depends_on: [db]
      db:
        image: postgres:17
Write:
    services:
      web:
        image: example/web:1.0
      db:
        image: postgres:17
Fix: none; with Compose the order counts.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK714", "swarm-starts-in-no-order", Severity.INFO, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
