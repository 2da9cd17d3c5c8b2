"""Reserved devices in a swarm.

What it finds: `deploy.resources.reservations.devices`.
Why it matters: `docker stack deploy` refuses it. A swarm knows GPUs only as generic resources that the nodes declare.
Instead of:
    services:
      web:
        image: example/train:1.0
        deploy:
          resources:
            reservations:
              devices: [{capabilities: [gpu]}]
Write:
    services:
      web:
        image: example/train:1.0
        deploy:
          resources:
            reservations:
              generic_resources: [{discrete_resource_spec: {kind: gpu, value: 1}}]
Fix: none; the nodes have to declare what they have.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK717", "swarm-reserves-no-devices", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
