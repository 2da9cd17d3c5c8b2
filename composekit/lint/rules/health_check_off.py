"""Health check switched off.

What it finds: `disable: true` or `test: ["NONE"]` in a health check.
Why it matters: the image's author thought that the program needs one. A program that hangs is no longer noticed.
Instead of:
    services:
      web:
        image: example/web:1.0
        healthcheck:
          disable: true
Write:
    services:
      web:
        image: example/web:1.0
        healthcheck:
          interval: 1m
Fix: none; a longer interval is often what was wanted.
"""

from collections.abc import Iterator

from composekit.lint.reading import child, entries, is_true, text
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK602", "health-check-off", Severity.INFO, "reliability", since="0.1", profiles=STRICT)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, health in ctx.having("healthcheck"):
        off = child(health, "disable")
        node = (
            off if is_true(off) else next((one for one in entries(child(health, "test")) if text(one) == "NONE"), None)
        )
        if node is not None:
            yield Hit(
                node.span,
                "the health check of '{service}' is switched off",
                path=("services", name, "healthcheck"),
                hint="use a longer interval, or a check that fits",
                service=name,
            )
