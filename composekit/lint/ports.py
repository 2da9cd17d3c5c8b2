"""What services publish on the host and listen on inside their networks."""

from typing import NamedTuple

from composekit.lint.images import default_ports
from composekit.lint.reading import child, entries, narrow, number, text
from composekit.lint.rule import LintContext
from composekit.source.diagnostic import Edit, Fix
from composekit.source.node import Mapping
from composekit.source.path import Path
from composekit.source.text import Span

WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  # compared with, not bound to


class Published(NamedTuple):
    """One host port, or one free port out of `first` to `last`, that leads to a service's `target`."""

    service: str
    address: str
    first: int
    last: int
    protocol: str
    target: int
    span: Span
    path: Path

    @property
    def is_fixed(self) -> bool:
        return self.first == self.last


def published_ports(ctx: LintContext) -> list[Published]:
    """Return every host port that is written, in the order of the services; port 0 and ports left to chance are not."""
    found = []
    for name, service, ports in ctx.having("ports"):
        if text(service.get("network_mode")) == "host":
            continue  # published ports are discarded with the host's network
        for index, entry in enumerate(entries(ports)):
            first, last = _range(text(child(entry, "published")))
            target = number(child(entry, "target"))
            if first and isinstance(entry, Mapping) and target is not None:
                published = entry["published"]
                found.append(
                    Published(
                        name,
                        text(entry.get("host_ip")),
                        first,
                        last,
                        text(entry.get("protocol")) or "tcp",
                        target,
                        _published_span(published.span, text(published)),
                        ("services", name, "ports", index),
                    )
                )
    return found


def container_ports(ctx: LintContext) -> dict[str, set[int]]:
    """Return the ports each service is known to listen on: published, exposed, or the usual ones of its image."""
    return {name: _listens(service) for name, service in ctx.services.items()}


def is_database_port(ctx: LintContext, port: Published) -> bool:
    """Tell whether a published port leads to the usual port of a known database."""
    return port.target in default_ports(text(ctx.services[port.service].get("image")))


def bind_to_localhost(port: Published) -> Fix | None:
    """Return a fix that publishes a short form in quotes, without an address, on 127.0.0.1."""
    source = port.span.source.text
    start = port.span.start
    before = source[start - 1 : start]
    # Of two variables in a row, the first may bring the address.
    if port.address or source[port.span.end : port.span.end + 1] != ":" or port.span.text.count("$") > 1:
        return None
    if before in {'"', "'"}:
        return Fix("publish it on 127.0.0.1", (Edit(Span(port.span.source, start, start), "127.0.0.1:"),), safe=False)
    return None


def addresses_meet(one: str, other: str) -> bool:
    """Tell whether two host addresses can take the same port from each other; an empty one means every address."""
    if one == other or not one or not other:
        return True
    if (":" in one) is not (":" in other):
        return False
    return one in WILDCARDS or other in WILDCARDS


def _listens(service: Mapping) -> set[int]:
    found = [text(child(entry, "target")) for entry in entries(service.get("ports"))]
    found += [text(entry).partition("/")[0] for entry in entries(service.get("expose"))]
    ports = {int(port) for port in found if port.isdecimal()}
    return ports or set(default_ports(text(service.get("image"))))


def _published_span(span: Span, published: str) -> Span:
    """Return where the host port stands: between the last two colons of a short form such as "127.0.0.1:8080:80"."""
    colons = _outer_colons(span.text)
    if not colons:
        return narrow(span, published)
    quote = 1 if span.text[0] in "\"'" else 0
    start = colons[-2] + 1 if len(colons) > 1 else quote
    return span.part(start, colons[-1] - start)


def _outer_colons(written: str) -> list[int]:
    """Return where colons stand, but for those inside ${VARIABLE:-8080} and [::1]."""
    if "{" not in written and "[" not in written:
        return [at for at, letter in enumerate(written) if letter == ":"]
    found, depth = [], 0
    for at, letter in enumerate(written):
        if letter in "{[":
            depth += 1
        elif letter in "}]":
            depth -= 1
        elif letter == ":" and depth == 0:
            found.append(at)
    return found


def _range(published: str) -> tuple[int, int]:
    """Return both ends of a published port; zeros for anything that names none."""
    first, _, last = published.partition("-")
    if not first.isdecimal() or not (last or first).isdecimal():
        return 0, 0
    return int(first), int(last or first)
