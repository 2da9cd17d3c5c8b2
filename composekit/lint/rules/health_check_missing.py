"""Service without a health check.

What it finds: a service that publishes a port or that others depend on, without a health check of its own, unless its
    image is not known and so may bring one. Services that are meant to end are left alone.
Why it matters: nobody notices a program that runs but does not answer, and services that need it start before it is
    ready.
Instead of:
    services:
      db:
        image: postgres:17
        ports: ["127.0.0.1:5432:5432"]
Write:
    services:
      db:
        image: postgres:17
        ports: ["127.0.0.1:5432:5432"]
        healthcheck:
          test: ["CMD", "pg_isready", "-U", "postgres"]
Fix: none; what is healthy depends on the program.
"""

from collections.abc import Iterator

from composekit.lint.images import has_no_health_check
from composekit.lint.ports import published_ports
from composekit.lint.reading import text
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.lint.services import name_span, needs, one_shots
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK601", "health-check-missing", Severity.INFO, "reliability", since="0.1", profiles=STRICT)


def check(ctx: LintContext) -> Iterator[Hit]:
    needed = {one.needed for one in ctx.shared(needs)} | {port.service for port in ctx.shared(published_ports)}
    ending = ctx.shared(one_shots)
    for name, service in ctx.services.items():
        if name not in needed or name in ending or service.get("healthcheck") is not None:
            continue
        if "build" in service or has_no_health_check(text(service.get("image"))):
            yield Hit(
                name_span(ctx, name),
                "'{service}' has no health check",
                path=("services", name, "healthcheck"),
                hint="add one, so that others can wait for it",
                service=name,
            )
