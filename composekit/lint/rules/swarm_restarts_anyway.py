"""Service that is not to be restarted, in a swarm.

What it finds: `restart: "no"` without a `deploy.restart_policy`.
Why it matters: `docker stack deploy` takes it for no policy, and the default of a swarm is to restart whenever a task
    ends. What was to run once runs for ever.
Instead of:
    services:
      web:
        image: example/migrate:1.0
        restart: "no"
Write:
    services:
      web:
        image: example/migrate:1.0
        deploy:
          restart_policy: {condition: none}
Fix: none here; with Compose `restart` is the usual place.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK732", "swarm-restarts-anyway", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
