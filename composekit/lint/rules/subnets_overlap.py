"""Subnets of two networks overlap.

What it finds: two networks of the project whose `ipam` subnets have addresses in common.
Why it matters: the engine refuses to create the second network: "Pool overlaps with other one on this address space".
Instead of:
    services:
      web:
        image: nginx:1.27
        networks: [front, back]
    networks:
      front:
        ipam:
          config: [{subnet: 10.5.0.0/16}]
      back:
        ipam:
          config: [{subnet: 10.5.8.0/24}]
Write:
    services:
      web:
        image: nginx:1.27
        networks: [front, back]
    networks:
      front:
        ipam:
          config: [{subnet: 10.5.0.0/24}]
      back:
        ipam:
          config: [{subnet: 10.5.1.0/24}]
Fix: none; only you know which addresses are free.
"""

from collections.abc import Iterator

from composekit.lint.addresses import Subnet, subnets
from composekit.lint.links import is_external
from composekit.lint.reading import child, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Related, Severity

INFO = RuleInfo("CK425", "subnets-overlap", Severity.ERROR, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    listed = [one for one in ctx.shared(subnets) if _is_of_this_machine(ctx, one.network)]
    listed.sort(key=lambda one: (one.net.version, int(one.net.network_address), one.net.prefixlen))
    widest: Subnet | None = None
    for one in listed:
        if widest is not None and widest.net.version == one.net.version and widest.net.overlaps(one.net):
            if widest.network != one.network:
                yield Hit(
                    one.span,
                    "{subnet} of '{network}' overlaps with {other} of '{owner}'",
                    path=("networks", one.network, "ipam"),
                    hint="use addresses that no other network has",
                    related=(Related("the other subnet", widest.span),),
                    subnet=str(one.net),
                    network=one.network,
                    other=str(widest.net),
                    owner=widest.network,
                )
        else:
            widest = one


def _is_of_this_machine(ctx: LintContext, network: str) -> bool:
    """Tell whether a network takes its addresses from the engine's own; those of a swarm are other ones."""
    body = child(ctx.tree, "networks", network)
    own = text(child(body, "driver")) in {"", "bridge", "macvlan", "ipvlan"}
    return own and text(child(body, "ipam", "driver")) in {"", "default"} and not is_external(ctx, network)
