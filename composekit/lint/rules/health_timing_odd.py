"""Health check that is asked again before it may have answered.

What it finds: a health check whose `interval` is shorter than its `timeout`.
Why it matters: a check that hangs takes the whole timeout, and the next one only starts after it, so the interval
    does not hold and a dead service is noticed late.
Instead of:
    services:
      web:
        image: example/web:1.0
        healthcheck:
          test: ["CMD", "/healthy"]
          interval: 5s
          timeout: 30s
Write:
    services:
      web:
        image: example/web:1.0
        healthcheck:
          test: ["CMD", "/healthy"]
          interval: 30s
          timeout: 5s
Fix: none; only you know how long the check may take.
"""

from collections.abc import Iterator

from composekit.errors import BadValue
from composekit.lint.reading import child, text
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity
from composekit.values.quantity import parse_duration

INFO = RuleInfo("CK443", "health-timing-odd", Severity.INFO, "correctness", since="0.1", profiles=STRICT)

_USUAL = "30s"


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, health in ctx.having("healthcheck"):
        interval, timeout = child(health, "interval"), child(health, "timeout")
        if interval is None and timeout is None:
            continue
        try:
            every, longest = parse_duration(text(interval) or _USUAL), parse_duration(text(timeout) or _USUAL)
        except BadValue:
            continue
        shown = timeout if timeout is not None else interval
        if every and longest and every < longest and shown is not None and timeout is not None:
            yield Hit(
                shown.span,
                "the check of '{service}' may take {timeout}, but runs every {interval}",
                path=("services", name, "healthcheck"),
                hint="make the timeout the shorter one",
                service=name,
                interval=text(interval) or _USUAL,
                timeout=text(timeout),
            )
