"""Service that is addressed but not depended on.

What it finds: a host name in a variable's value that is another service of the project, which `depends_on` does not
    name, neither directly nor through others.
Why it matters: with `docker compose up web` the other service is not started, and with a plain `up` it may come
    later.
Instead of:
    services:
      web:
        image: example/web:1.0
        environment:
          DATABASE_URL: postgres://app@db/app
      db:
        image: postgres:17
Write:
    services:
      web:
        image: example/web:1.0
        environment:
          DATABASE_URL: postgres://app@db/app
        depends_on: [db]
      db:
        image: postgres:17
Fix: none; services that address each other cannot both depend on the other.
"""

from collections.abc import Iterator

from composekit.lint.environment import host_uses
from composekit.lint.reading import child, pairs
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK454", "address-without-dependency", Severity.INFO, "correctness", since="0.1", profiles=STRICT)


def check(ctx: LintContext) -> Iterator[Hit]:
    told: set[tuple[str, str]] = set()
    reach: dict[str, set[str]] = {}
    for use in ctx.shared(host_uses):
        service, host = use.variable.service, use.host
        if host not in ctx.services or host == service or (service, host) in told:
            continue
        if host in _reached(ctx, service, reach) or service in _reached(ctx, host, reach):
            continue
        told.add((service, host))
        yield Hit(
            use.span,
            "'{service}' uses '{host}' but does not depend on it",
            path=use.variable.path,
            hint="add '{host}' to depends_on",
            service=service,
            host=host,
        )


def _reached(ctx: LintContext, start: str, known: dict[str, set[str]]) -> set[str]:
    """Return the services that one depends on, directly or through others."""
    if start not in known:
        found: set[str] = set()
        waiting = [start]
        while waiting:
            for name, _ in pairs(child(ctx.services.get(waiting.pop()), "depends_on")):
                if name not in found:
                    found.add(name)
                    waiting.append(name)
        known[start] = found
    return known[start]
