"""Bind mount in a swarm.

What it finds: a bind mount.
Why it matters: the path is that of the node where a task happens to run. Where it is missing the task is rejected;
    where it differs the service behaves differently from node to node.
Instead of:
    services:
      web:
        image: nginx:1.27
        volumes: ["./site:/usr/share/nginx/html"]
Write:
    services:
      web:
        image: nginx:1.27
        volumes: ["site:/usr/share/nginx/html"]
    volumes:
      site:
Fix: none; a config, a secret, a volume of a shared driver, or a constraint to one node.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK736", "swarm-needs-path-on-nodes", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
