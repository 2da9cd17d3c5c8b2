"""Commands before the stop in a swarm.

What it finds: `pre_stop` of a service.
Why it matters: `docker stack deploy` refuses it: the commands are not run.
Instead of:
    services:
      web:
        image: example/web:1.0
        pre_stop: [{command: ./drain.sh}]
Write:
    services:
      web:
        image: example/web:1.0
        stop_signal: SIGQUIT
        stop_grace_period: 30s
Fix: none; the program can do it when it gets its signal.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK727", "swarm-has-no-stop-hooks", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
