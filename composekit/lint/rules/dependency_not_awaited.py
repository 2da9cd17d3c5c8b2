"""Dependency on a service with a health check that nobody waits for.

What it finds: a dependency with `service_started`, or in its short form, on a service that declares a health check.
Why it matters: the needed service has started but is not ready. The first connections fail, and so do programs that
    do not try again.
Instead of:
    services:
      web:
        image: example/web:1.0
        depends_on: [db]
      db:
        image: postgres:17
        healthcheck:
          test: ["CMD", "pg_isready"]
Write:
    services:
      web:
        image: example/web:1.0
        depends_on:
          db: {condition: service_healthy}
      db:
        image: postgres:17
        healthcheck:
          test: ["CMD", "pg_isready"]
Fix: `service_started` becomes `service_healthy`; unsafe, as the service starts later.
"""

from collections.abc import Iterator

from composekit.lint.reading import child
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.lint.services import has_health_check, needs
from composekit.source.diagnostic import Edit, Fix, Severity

INFO = RuleInfo("CK604", "dependency-not-awaited", Severity.INFO, "reliability", since="0.1", profiles=STRICT)


def check(ctx: LintContext) -> Iterator[Hit]:
    for need in ctx.shared(needs):
        if need.condition != "service_started" or not has_health_check(ctx.services[need.needed]):
            continue
        condition = child(need.entry, "condition")
        written = condition is not None and condition.span.text == "service_started"
        span = condition.span if condition is not None and written else need.span
        yield Hit(
            span,
            "'{service}' does not wait until '{needed}' is healthy",
            path=("services", need.service, "depends_on", need.needed),
            hint="write condition: service_healthy",
            fix=Fix("wait for its health", (Edit(span, "service_healthy"),), safe=False) if written else None,
            service=need.service,
            needed=need.needed,
        )
