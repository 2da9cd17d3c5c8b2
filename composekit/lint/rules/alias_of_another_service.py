"""Alias that is the name of another service.

What it finds: a network alias or container name that equals the name of another service on the same network.
Why it matters: the name then leads to either of the two, by turns. Connections fail every other time.
Instead of:
    services:
      web:
        image: example/web:1.0
        networks:
          default:
            aliases: [api]
      api:
        image: example/api:1.0
Write:
    services:
      web:
        image: example/web:1.0
        networks:
          default:
            aliases: [www]
      api:
        image: example/api:1.0
Fix: none; only you know which service the name should lead to.
"""

from collections.abc import Iterator

from composekit.lint.links import networks_of
from composekit.lint.reading import child, entries, pairs, text
from composekit.lint.rule import Hit, LintContext, RuleInfo, may_run_together
from composekit.lint.services import name_span
from composekit.source.diagnostic import Related, Severity
from composekit.source.node import Node

INFO = RuleInfo("CK424", "alias-of-another-service", Severity.WARNING, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service, networks in ctx.having("networks"):
        for network, body in pairs(networks):
            for alias in entries(child(body, "aliases")):
                yield from _check(ctx, name, network, alias)
        taken = service.get("container_name")
        if taken is not None:
            for network, _ in pairs(networks):
                yield from _check(ctx, name, network, taken)
                break


def _check(ctx: LintContext, service: str, network: str, node: Node) -> Iterator[Hit]:
    other = ctx.services.get(text(node))
    if other is None or text(node) == service or network not in (networks_of(ctx, other) or ()):
        return
    if may_run_together(ctx.services[service], other):
        yield Hit(
            node.span,
            "'{alias}' leads to '{service}' and to the service '{alias}' by turns",
            path=("services", service, "networks", network),
            hint="use another name",
            related=(Related("the service of that name", name_span(ctx, text(node))),),
            alias=text(node),
            service=service,
        )
