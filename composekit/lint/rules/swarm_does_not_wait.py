"""Condition of a dependency in a swarm.

What it finds: a `depends_on` with service_healthy or service_completed_successfully.
Why it matters: nothing waits in a swarm: a migration may run beside the program that needs its result.
Instead of:
    services:
      web:
        image: example/web:1.0
        depends_on:
          migrate: {condition: service_completed_successfully}
      migrate:
        image: example/migrate:1.0
Write:
    services:
      web:
        image: example/web:1.0
        command: ["sh", "-c", "until migrated; do sleep 1; done; exec serve"]
Fix: none; the program has to wait by itself, or the migration has to be deployed before.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK715", "swarm-does-not-wait", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
