"""Fixed address that its network does not have.

What it finds: an `ipv4_address` or `ipv6_address` that lies in none of the network's subnets, or on a network without
    any.
Why it matters: the engine refuses to start the container: "no configured subnet contains IP address", or "user
    specified IP address is supported only when connecting to networks with user configured subnets".
Instead of:
    services:
      dns:
        image: example/dns:1.0
        networks:
          lan:
            ipv4_address: 10.5.1.53
    networks:
      lan:
        ipam:
          config:
            - subnet: 10.5.0.0/24
Write:
    services:
      dns:
        image: example/dns:1.0
        networks:
          lan:
            ipv4_address: 10.5.0.53
    networks:
      lan:
        ipam:
          config:
            - subnet: 10.5.0.0/24
Fix: none; the address or the subnet may be the mistake.
"""

from collections.abc import Iterator

from composekit.lint.addresses import Subnet, fixed_addresses, read_subnet, subnets
from composekit.lint.links import is_external
from composekit.lint.reading import child, entries, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Related, Severity

INFO = RuleInfo("CK426", "address-outside-subnet", Severity.ERROR, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    known: dict[str, list[Subnet]] = {}
    for one in ctx.shared(subnets):
        known.setdefault(one.network, []).append(one)
    for address in ctx.shared(fixed_addresses):
        if is_external(ctx, address.network) or _is_elsewhere(ctx, address.network):
            continue
        listed = [one for one in known.get(address.network, ()) if one.net.version == address.ip.version]
        if any(address.ip in one.net for one in listed):
            continue
        reason = f"lies outside of {listed[0].net}" if listed else "needs a subnet, and the network has none"
        yield Hit(
            address.span,
            "{address} {reason}",
            path=address.path,
            hint="give network '{network}' a subnet with this address",
            related=tuple(Related("the network's subnet", one.span) for one in listed[:1]),
            address=str(address.ip),
            network=address.network,
            reason=reason,
        )


def _is_elsewhere(ctx: LintContext, network: str) -> bool:
    """Tell whether a network's addresses come from a driver of its own, or could not be read."""
    body = child(ctx.tree, "networks", network)
    if body is None:
        return True  # another file of the project defines it
    driver = text(child(body, "ipam", "driver"))
    pools = entries(child(body, "ipam", "config"))
    return driver not in {"", "default"} or any(read_subnet(text(child(pool, "subnet"))) is None for pool in pools)
