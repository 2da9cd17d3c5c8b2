"""Range of host ports in a swarm.

What it finds: a published port that is a range.
Why it matters: Compose takes one free port out of a range such as 8080-8089:80. A swarm has no such thing.
Instead of:
    services:
      web:
        image: nginx:1.27
        ports: ["8080-8082:80"]
Write:
    services:
      web:
        image: nginx:1.27
        ports: ["8080:80"]
Fix: none; in a swarm replicas share one port.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK725", "swarm-publishes-whole-range", Severity.INFO, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
