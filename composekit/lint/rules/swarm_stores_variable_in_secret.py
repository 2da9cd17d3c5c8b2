"""Secret from a variable.

What it finds: `environment` of a secret.
Why it matters: `docker stack deploy` refuses it. composekit convert stores the value that the variable has then; a
    later one does not count.
Instead of:
    services:
      web:
        image: nginx:1.27
        secrets: [key]
    secrets:
      key:
        environment: FROM_SHELL_PASSWORD
Write:
    services:
      web:
        image: nginx:1.27
        secrets: [key]
    secrets:
      key:
        external: true
Fix: none; a file, or a secret made before, does as well.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK740", "swarm-stores-variable-in-secret", Severity.INFO, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
