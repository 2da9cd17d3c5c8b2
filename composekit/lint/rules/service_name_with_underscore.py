"""Service name that is no host name.

What it finds: a service with `_` in its name that others address in a URL or as a host.
Why it matters: host names have no underscores. Java, Ruby and Django, among others, refuse such a host in a URL or a
    header.
Instead of:
    services:
      web:
        image: example/web:1.0
        environment:
          API_URL: http://order_api:8080/
      order_api:
        image: example/api:1.0
Write:
    services:
      web:
        image: example/web:1.0
        environment:
          API_URL: http://order-api:8080/
      order-api:
        image: example/api:1.0
Fix: none; the name has to change everywhere.
"""

from collections.abc import Iterator

from composekit.lint.environment import host_uses
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.lint.services import name_span
from composekit.source.diagnostic import Related, Severity

INFO = RuleInfo("CK456", "service-name-with-underscore", Severity.INFO, "correctness", since="0.1", profiles=STRICT)


def check(ctx: LintContext) -> Iterator[Hit]:
    told: set[str] = set()
    for use in ctx.shared(host_uses):
        if "_" in use.host and use.host in ctx.services and use.host not in told:
            told.add(use.host)
            yield Hit(
                name_span(ctx, use.host),
                "'{service}' is used as a host name, which has no '_'",
                path=("services", use.host),
                hint="use '-' instead, or give it an alias",
                related=(Related("used here", use.span),),
                service=use.host,
            )
