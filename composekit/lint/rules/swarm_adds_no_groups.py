"""Additional groups in a stack.

What it finds: `group_add` of a service.
Why it matters: `docker stack deploy` refuses it, although a swarm service can have groups. The program runs without
    the rights they give.
Instead of:
    services:
      web:
        image: example/player:1.0
        group_add: [audio]
Write:
    services:
      web:
        image: example/player:1.0
        user: "1000:29"
Fix: none; docker service update --group-add sets them afterwards.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK720", "swarm-adds-no-groups", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
