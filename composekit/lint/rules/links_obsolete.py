"""Links between services.

What it finds: `links` of a service.
Why it matters: links come from before networks. Services on a network reach each other by name anyway, so a link only
    adds a dependency that `depends_on` says better, or an alias that belongs to the network.
Instead of:
    services:
      web:
        image: example/web:1.0
        links: [db]
      db:
        image: postgres:17
Write:
    services:
      web:
        image: example/web:1.0
        depends_on: [db]
      db:
        image: postgres:17
Fix: none; a link with another name has to become an alias.
"""

from collections.abc import Iterator

from composekit.lint.reading import entries
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK452", "links-obsolete", Severity.INFO, "correctness", since="0.1", profiles=STRICT)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service, links in ctx.having("links"):
        if "links" in service.key_spans and entries(links):
            yield Hit(
                service.key_span("links"),
                "'{service}' uses links, which networks have replaced",
                path=("services", name, "links"),
                hint="use depends_on, and aliases of networks",
                service=name,
            )
