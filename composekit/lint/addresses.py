"""The subnets of networks, and the fixed addresses of services on them."""

import ipaddress
from typing import NamedTuple

from composekit.lint.reading import child, entries, pairs, text
from composekit.lint.rule import LintContext
from composekit.source.path import Path
from composekit.source.text import Span

Net = ipaddress.IPv4Network | ipaddress.IPv6Network
Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


class Subnet(NamedTuple):
    """One pool of addresses of a network."""

    network: str
    net: Net
    span: Span


class Address(NamedTuple):
    """An address that a service asks for on a network."""

    service: str
    network: str
    ip: Ip
    span: Span
    path: Path


def subnets(ctx: LintContext) -> list[Subnet]:
    """Return the subnets that can be read, in order."""
    found = []
    for name, body in ctx.section("networks").items():
        for pool in entries(child(body, "ipam", "config")):
            node = child(pool, "subnet")
            if node is not None and is_subnet(text(node)):
                found.append(Subnet(name, ipaddress.ip_network(text(node), strict=False), node.span))
    return found


def is_subnet(written: str) -> bool:
    """Tell whether a text is a subnet such as 10.5.0.0/24."""
    try:
        ipaddress.ip_network(written, strict=False)
    except ValueError:
        return False
    return True


def fixed_addresses(ctx: LintContext) -> list[Address]:
    """Return the fixed addresses that can be read, in order."""
    found = []
    for name, service in ctx.services.items():
        for network, body in pairs(service.get("networks")):
            for key in ("ipv4_address", "ipv6_address"):
                node = child(body, key)
                try:
                    address = ipaddress.ip_address(text(node))
                except ValueError:
                    continue
                if node is not None:
                    found.append(Address(name, network, address, node.span, ("services", name, "networks", network)))
    return found
