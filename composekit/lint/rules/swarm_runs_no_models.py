"""Models in a swarm.

What it finds: a top-level `models`.
Why it matters: a swarm does not know models: `docker stack deploy` refuses the file.
Instead of:
    services:
      web:
        image: example/web:1.0
    models:
      chat:
        model: ai/smollm2
Write:
    services:
      web:
        image: example/web:1.0
        environment:
          CHAT_URL: https://models.example.com/
Fix: none; a model can run as a service, or elsewhere.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK710", "swarm-runs-no-models", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
