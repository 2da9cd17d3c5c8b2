"""Key that makes no difference in a swarm.

What it finds: a key that a swarm ignores, and whose absence harms nothing: expose, attach, develop, links without an
    alias, a container_name that is the name of the service.
Why it matters: whoever reads the file expects something of it.
Instead of:
    services:
      web:
        image: nginx:1.27
        expose: ["80"]
Write:
    services:
      web:
        image: nginx:1.27
Fix: none; the same file may be used with Compose.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK703", "swarm-needs-no-key", Severity.INFO, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
