"""Dependency on a service that cannot be reached.

What it finds: a service that waits for another to be started or healthy, where the two share no network.
Why it matters: whoever waits for a service wants to talk to it. Without a common network its name does not resolve.
Instead of:
    services:
      web:
        image: example/web:1.0
        networks: [front]
        depends_on: [db]
      db:
        image: postgres:17
        networks: [back]
    networks:
      front:
      back:
Write:
    services:
      web:
        image: example/web:1.0
        networks: [front, back]
        depends_on: [db]
      db:
        image: postgres:17
        networks: [back]
    networks:
      front:
      back:
Fix: none; a dependency for the order alone needs no network.
"""

from collections.abc import Iterator

from composekit.lint.links import share_a_network
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.lint.services import needs
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK455", "dependency-out-of-reach", Severity.INFO, "correctness", since="0.1", profiles=STRICT)


def check(ctx: LintContext) -> Iterator[Hit]:
    for need in ctx.shared(needs):
        one, other = ctx.services[need.service], ctx.services[need.needed]
        if need.condition == "service_completed_successfully" or share_a_network(ctx, one, other):
            continue
        yield Hit(
            need.span,
            "'{service}' depends on '{needed}', but they share no network",
            path=("services", need.service, "depends_on", need.needed),
            hint="let both join one network",
            service=need.service,
            needed=need.needed,
        )
