"""Config with its content in the file.

What it finds: `content` of a config.
Why it matters: `docker stack deploy` refuses it. composekit convert stores the content in the swarm.
Instead of:
    services:
      web:
        image: nginx:1.27
        configs: [site]
    configs:
      site:
        content: "listen 80"
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

INFO = RuleInfo("CK738", "swarm-stores-content", Severity.INFO, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
