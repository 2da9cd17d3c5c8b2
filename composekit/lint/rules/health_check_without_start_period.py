"""Health check without a time to start.

What it finds: a health check without a `start_period` on a service that others wait for with `service_healthy`.
Why it matters: failures count from the first second. On a slow machine the service is unhealthy before it had time to
    start, and those that wait for it fail.
Instead of:
    services:
      web:
        image: example/web:1.0
        depends_on:
          db: {condition: service_healthy}
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
          start_period: 30s
Fix: none; only you know how long it takes to start.
"""

from collections.abc import Iterator

from composekit.lint.reading import child, text
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.lint.services import has_health_check, needs
from composekit.source.diagnostic import Related, Severity

INFO = RuleInfo(
    "CK603", "health-check-without-start-period", Severity.INFO, "reliability", since="0.1", profiles=STRICT
)


def check(ctx: LintContext) -> Iterator[Hit]:
    waited = {one.needed: one for one in reversed(ctx.shared(needs)) if one.condition == "service_healthy"}
    for name, service, health in ctx.having("healthcheck"):
        if name not in waited or not has_health_check(service) or text(child(health, "start_period")):
            continue
        if "healthcheck" in service.key_spans:
            yield Hit(
                service.key_span("healthcheck"),
                "'{service}' has no time to start before its health counts",
                path=("services", name, "healthcheck", "start_period"),
                hint="add a start_period",
                related=(Related("waited for here", waited[name].span),),
                service=name,
            )
