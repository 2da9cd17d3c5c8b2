"""Devices in a swarm.

What it finds: `devices` of a service.
Why it matters: `docker stack deploy` ignores them: the program starts and does not find its device.
Instead of:
    services:
      web:
        image: example/modem:1.0
        devices: [/dev/ttyUSB0]
Write:
    services:
      web:
        image: example/modem:1.0
        volumes: [/dev/ttyUSB0:/dev/ttyUSB0]
        deploy:
          placement:
            constraints: [node.labels.modem == true]
Fix: none; what can replace it depends on the device.
"""

from collections.abc import Iterator

from composekit.lint.losses import losses
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK718", "swarm-gives-no-devices", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)


def check(ctx: LintContext) -> Iterator[Hit]:
    return losses(ctx, INFO.id)
