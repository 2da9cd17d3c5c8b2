"""The subnets of networks, and the fixed addresses of services on them."""

from typing import TYPE_CHECKING, NamedTuple

from composekit.lint.reading import child, entries, pairs, text
from composekit.lint.rule import LintContext
from composekit.source.path import Path
from composekit.source.text import Span

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network


class Subnet(NamedTuple):
    """One pool of addresses of a network."""

    network: str
    net: "IPv4Network | IPv6Network"
    span: Span


class Address(NamedTuple):
    """An address that a service asks for on a network."""

    service: str
    network: str
    ip: "IPv4Address | IPv6Address"
    span: Span
    path: Path


def subnets(ctx: LintContext) -> list[Subnet]:
    """Return the subnets that can be read, in order."""
    found = []
    for name, body in ctx.section("networks").items():
        for pool in entries(child(body, "ipam", "config")):
            node = child(pool, "subnet")
            net = read_subnet(text(node))
            if node is not None and net is not None:
                found.append(Subnet(name, net, node.span))
    return found


def read_subnet(written: str) -> "IPv4Network | IPv6Network | None":
    """Return a subnet such as 10.5.0.0/24, or `None` for a text that is none."""
    if not written:
        return None
    from ipaddress import ip_network

    try:
        return ip_network(written, strict=False)
    except ValueError:
        return None


def fixed_addresses(ctx: LintContext) -> list[Address]:
    """Return the fixed addresses that can be read, in order."""
    found = []
    for name, service in ctx.services.items():
        for network, body in pairs(service.get("networks")):
            for key in ("ipv4_address", "ipv6_address"):
                node = child(body, key)
                address = _read_address(text(node))
                if node is not None and address is not None:
                    found.append(Address(name, network, address, node.span, ("services", name, "networks", network)))
    return found


def _read_address(written: str) -> "IPv4Address | IPv6Address | None":
    if not written:
        return None
    from ipaddress import ip_address

    try:
        return ip_address(written)
    except ValueError:
        return None
