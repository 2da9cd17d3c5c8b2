"""Resolver options in a stack.

What it finds: `dns_opt` of a service.
Why it matters: `docker stack deploy` refuses it, although a swarm service can have them.
Instead of:
    services:
      web:
        image: nginx:1.27
        dns_opt: ["ndots:1"]
Write:
    services:
      web:
        image: nginx:1.27
        dns_search: [example.com]
Fix: none; docker service update --dns-option-add sets them afterwards.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK719", "swarm-has-no-dns-options", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
