"""Config from a variable.

What it finds: `environment` of a config.
Why it matters: `docker stack deploy` refuses it. composekit convert stores the value that the variable has then; a
    later one does not count.
Instead of:
    services:
      web:
        image: nginx:1.27
        configs: [site]
    configs:
      site:
        environment: FROM_SHELL_PASSWORD
Write:
    services:
      web:
        image: nginx:1.27
        configs: [site]
    configs:
      site:
        external: true
Fix: none; a file does as well.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK739", "swarm-stores-variable-in-config", Severity.INFO, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
