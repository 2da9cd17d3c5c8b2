"""Link with another name in a swarm.

What it finds: an entry of `links` that gives a service another name.
Why it matters: a swarm ignores links. The other name does not resolve.
Instead of:
    services:
      web:
        image: example/web:1.0
        links: ["db:database"]
      db:
        image: postgres:17
Write:
    services:
      web:
        image: example/web:1.0
      db:
        image: postgres:17
        networks:
          default:
            aliases: [database]
Fix: none; the alias belongs to the other service.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK721", "swarm-ignores-links", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
