"""Commands after the start in a swarm.

What it finds: `post_start` of a service.
Why it matters: `docker stack deploy` refuses it: the commands are not run.
Instead of:
    services:
      web:
        image: example/web:1.0
        post_start: [{command: chown -R app /data, user: root}]
Write:
    services:
      web:
        image: example/web:1.0
        entrypoint: [/entrypoint.sh]
Fix: none; the entrypoint can do it.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK726", "swarm-has-no-start-hooks", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
