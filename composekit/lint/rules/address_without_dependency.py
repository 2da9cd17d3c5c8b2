"""Service that is addressed but not depended on.

What it finds: a host name in a variable's value that is another service of the project, which `depends_on` does not
    name, neither directly nor through others. Services that address each other are left alone: they cannot both
    depend on the other.
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
Fix: none; only you know whether it can do without the other for a while.
"""

from collections.abc import Iterator

from composekit.lint.environment import host_uses
from composekit.lint.reading import child, pairs
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK454", "address-without-dependency", Severity.INFO, "correctness", since="0.1", profiles=STRICT)

_FARTHEST = 64
"""Services looked at on the way; beyond, the other one counts as reached. Chains of thousands would take minutes."""


def check(ctx: LintContext) -> Iterator[Hit]:
    told: set[tuple[str, str]] = set()
    uses = {(use.variable.service, use.host) for use in ctx.shared(host_uses)}
    for use in ctx.shared(host_uses):
        service, host = use.variable.service, use.host
        if host not in ctx.services or host == service or (service, host) in told or (host, service) in uses:
            continue
        told.add((service, host))
        if _reaches(ctx, service, host) or _reaches(ctx, host, service):
            continue
        yield Hit(
            use.span,
            "'{service}' uses '{host}' but does not depend on it",
            path=use.variable.path,
            hint="add '{host}' to depends_on",
            service=service,
            host=host,
        )


def _reaches(ctx: LintContext, start: str, wanted: str) -> bool:
    """Tell whether a service depends on another, directly or through others."""
    found = [start]
    for name in found:
        for needed, _ in pairs(child(ctx.services.get(name), "depends_on")):
            if needed == wanted or len(found) > _FARTHEST:
                return True
            if needed not in found:
                found.append(needed)
    return False
