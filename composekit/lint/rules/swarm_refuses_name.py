"""Name that a swarm refuses for a service.

What it finds: a service whose name in the swarm, PROJECT_SERVICE, has more than 63 characters, or others than letters,
    digits, `-` and `_`, or ends with one of the last two.
Why it matters: the name has to be a part of a host name: the engine refuses the service with "name must be valid as a
    DNS name component".
Instead of:
    services:
      api.v2:
        image: example/api:2.0
Write:
    services:
      api-v2:
        image: example/api:2.0
Fix: none; other services reach it by its name.
"""

import re
from collections.abc import Iterator

from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.lint.services import name_span
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK799", "swarm-refuses-name", Severity.WARNING, "swarm", since="0.1", profiles=SWARM)

# https://github.com/moby/swarmkit/blob/master/manager/controlapi/common.go
_NAME = re.compile(r"[a-zA-Z0-9](?:[-_]*[A-Za-z0-9])*", re.ASCII)
_LONGEST = 63


def check(ctx: LintContext) -> Iterator[Hit]:
    for service in ctx.services:
        name = f"{ctx.name}_{service}"
        if len(name) > _LONGEST or not _NAME.fullmatch(name):
            yield Hit(
                name_span(ctx, service),
                "a swarm refuses the name '{name}' for a service",
                path=("services", service),
                hint="use at most 63 letters, digits, - and _, the last one a letter or digit",
                name=name,
            )
