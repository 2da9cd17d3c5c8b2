"""Published ports of a service on the host's network.

What it finds: `ports` on a service with `network_mode: host`.
Why it matters: the program already listens on the host's own addresses. The ports are discarded, and a changed number
    such as "8080:80" has no effect.
Instead of:
    services:
      web:
        image: nginx:1.27
        network_mode: host
        ports: ["8080:80"]
Write:
    services:
      web:
        image: nginx:1.27
        ports: ["8080:80"]
Fix: none; either the network mode or the ports are the mistake.
"""

from collections.abc import Iterator

from composekit.lint.reading import entries, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Related, Severity

INFO = RuleInfo("CK421", "ports-with-host-network", Severity.WARNING, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service, mode in ctx.having("network_mode"):
        if text(mode) == "host" and entries(service.get("ports")) and "ports" in service.key_spans:
            yield Hit(
                service.key_span("ports"),
                "the ports of '{service}' are discarded: it is on the host's network",
                path=("services", name, "ports"),
                hint="remove network_mode: host or ports",
                related=(Related("on the host's network", mode.span),),
                service=name,
            )
