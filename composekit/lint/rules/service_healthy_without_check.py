"""Waiting for the health of a service that has no health check.

What it finds: `condition: service_healthy` on a service whose health check is switched off, or that declares none while
    its image is known to bring none. A service that is built, or whose image is not known, is left alone: its image
    may declare one. So is a dependency with `required: false`, without which Compose goes on.
Why it matters: Compose refuses to start the dependent service: "container has no healthcheck configured".
Instead of:
    services:
      web:
        image: example/web:1.0
        depends_on:
          db:
            condition: service_healthy
      db:
        image: postgres:17
Write:
    services:
      web:
        image: example/web:1.0
        depends_on:
          db:
            condition: service_healthy
      db:
        image: postgres:17
        healthcheck:
          test: ["CMD", "pg_isready", "-U", "postgres"]
          interval: 5s
Fix: none; what is healthy depends on the program.
"""

from collections.abc import Iterator

from composekit.lint.images import has_no_health_check
from composekit.lint.reading import child, entries, is_true, pairs, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Related, Severity
from composekit.source.node import Mapping

INFO = RuleInfo("CK401", "service-healthy-without-check", Severity.ERROR, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, listed in ctx.having("depends_on"):
        for needed, entry in pairs(listed):
            condition = child(entry, "condition")
            target = ctx.services.get(needed)
            if condition is None or target is None or text(condition) != "service_healthy":
                continue
            required = child(entry, "required")
            if required is not None and not is_true(required):
                continue
            reason = _reason(target)
            if reason:
                yield Hit(
                    condition.span,
                    "'{service}' waits until '{needed}' is healthy, but {reason}",
                    path=("services", name, "depends_on", needed, "condition"),
                    hint="give '{needed}' a healthcheck, or wait for service_started",
                    related=_related(target),
                    service=name,
                    needed=needed,
                    reason=reason,
                )


def _reason(target: Mapping) -> str:
    """Return why a service can never be healthy; empty when it may be."""
    health = target.get("healthcheck")
    test = child(health, "test")
    words = [text(word) for word in entries(test)]
    if is_true(child(health, "disable")) or words[:1] == ["NONE"] or text(test) == "NONE":
        return "its health check is switched off"
    if words or text(test) or "build" in target or "provider" in target:
        return ""
    image = text(target.get("image"))
    return f"neither it nor image '{image}' has a health check" if has_no_health_check(image) else ""


def _related(target: Mapping) -> tuple[Related, ...]:
    health = target.get("healthcheck")
    for key, message in (("disable", "switched off here"), ("test", "switched off here")):
        node = child(health, key)
        if node is not None:
            return (Related(message, node.span),)
    return ()
