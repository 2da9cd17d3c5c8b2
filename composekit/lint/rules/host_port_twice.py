"""Host port published twice.

What it finds: two services, or two entries of one service, that publish the same host port for the same protocol on
    addresses that meet. Ranges are compared port by port where each port has its own target. Services of different
    profiles are taken for alternatives and may share a port; a profile that one has from the other by `extends`, beside
    profiles of its own, does not join them. A project in which ten or more services take each other's
    ports is left alone: it is a collection to choose from with `docker compose up NAME...`, and not meant to run whole.
Why it matters: the second one does not start: "port is already allocated".
Instead of:
    services:
      web:
        image: nginx:1.27
        ports: ["8080:80"]
      admin:
        image: adminer:4
        ports: ["8080:8080"]
Write:
    services:
      web:
        image: nginx:1.27
        ports: ["8080:80"]
      admin:
        image: adminer:4
        ports: ["8081:8080"]
Fix: none; only you know which port is free.
"""

from collections.abc import Iterator

from composekit.lint.ports import Published, addresses_meet, published_ports
from composekit.lint.reading import child, number
from composekit.lint.rule import Hit, LintContext, RuleInfo, may_run_together
from composekit.source.diagnostic import Related, Severity
from composekit.source.node import Mapping

INFO = RuleInfo("CK402", "host-port-twice", Severity.ERROR, "correctness", since="0.1")

_COLLECTION = 10
"""Services that take each other's ports, from where on a project is a collection."""


def check(ctx: LintContext) -> Iterator[Hit]:
    found = list(_meetings(ctx))
    services = {one.service for meeting in found for one in meeting}
    ports = {port.first for _, port in found}
    if len(services) < _COLLECTION or len(ports) < _COLLECTION // 2:
        yield from (_hit(first, port) for first, port in found)


def _meetings(ctx: LintContext) -> Iterator[tuple[Published, Published]]:
    taken: dict[tuple[int, str], list[Published]] = {}
    for port in ctx.shared(published_ports):
        # One free port out of a range is never certain to meet another.
        if not port.is_fixed or not _runs(ctx.services[port.service]):
            continue
        earlier = taken.setdefault((port.first, port.protocol), [])
        first = next((one for one in earlier if _meet(one, port, ctx)), None)
        earlier.append(port)
        if first is not None:
            yield first, port


def _meet(one: Published, other: Published, ctx: LintContext) -> bool:
    if not addresses_meet(one.address, other.address):
        return False
    return one.service == other.service or may_run_together(ctx.services[one.service], ctx.services[other.service])


def _runs(service: Mapping) -> bool:
    return 0 not in (number(service.get("scale")), number(child(service, "deploy", "replicas")))


def _hit(first: Published, port: Published) -> Hit:
    by = f"twice by '{port.service}'"
    if first.service != port.service:
        by = f"by both '{first.service}' and '{port.service}'"
    return Hit(
        port.span,
        "host port {port} is published {by}",
        path=port.path,
        hint="publish one of them on another port, or leave the host port out to let one be chosen",
        related=(Related("published here first", first.span),),
        port=port.first if port.protocol == "tcp" else f"{port.first}/{port.protocol}",
        by=by,
    )
