"""Which host port each replica's published ports get, and whether they can be had."""

from collections.abc import Callable, Collection
from typing import Any

from composekit.model.project import Project
from composekit.model.service import Port, Service
from composekit.network import ports as host
from composekit.network.book import Book
from composekit.runtime.names import is_on_machine
from composekit.runtime.places import ENTRY
from composekit.runtime.problems import PORT_TAKEN
from composekit.runtime.replicas import Replica
from composekit.source.diagnostic import Report

Ours = Collection[tuple[int, str]]
"""Host ports (with their protocol) that replicas of this very project have at this moment."""


def plan_ports(
    project: Project, replicas: list[Replica], book: Book, ours: Ours, report: Report
) -> dict[str, list[dict[str, Any]]]:
    """Return the published ports of each replica; ports that somebody else has are reported.

    A fixed host port is shared by the replicas of a service, in turn. Of a range each replica gets its own; so it does
    of all free ports when no host port is given. What was chosen once is kept in the book.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    taken: dict[tuple[int, str], tuple[str, str]] = {}
    checked: set[tuple[str, int, str]] = set()
    for replica in replicas:
        service = project.services[replica.service]
        if is_on_machine(service) or service.network_mode.startswith("service:"):
            continue
        found[replica.name] = [
            {
                "host_ip": port.host_ip,
                "published": _choose(replica, service, port, book, taken, ours, report, checked),
                "target": port.target,
                "protocol": port.protocol or "tcp",
            }
            for port in service.ports
        ]
    return found


def _choose(
    replica: Replica,
    service: Service,
    port: Port,
    book: Book,
    taken: dict[tuple[int, str], tuple[str, str]],
    ours: Ours,
    report: Report,
    checked: set[tuple[str, int, str]],
) -> int:
    protocol = port.protocol or "tcp"
    first, _, last = ("" if port.published == "0" else port.published).partition("-")  # 0 asks for any port
    if first and not last:
        number = int(first)
        holder, address = taken.setdefault((number, protocol), (service.name, port.host_ip))
        if holder != service.name and (address == port.host_ip or not (address and port.host_ip)):
            _complain(service, port, str(number), f"is published by '{holder}' too", report)
        if (port.host_ip, number, protocol) not in checked:
            checked.add((port.host_ip, number, protocol))
            _check(service, port, number, ours, report)
        return number
    key = f"{replica.name}/{port.target}/{protocol}/{port.host_ip}/{port.published}"
    number = book.ports.get(key, 0)
    if not number or (number, protocol) in taken or not _usable(port.host_ip, number, protocol, ours):
        number = _pick(service, port, first, last, lambda one: (one, protocol) not in taken, ours, report)
        book.ports[key] = number
    taken[number, protocol] = (service.name, port.host_ip)
    return number


def _pick(
    service: Service, port: Port, first: str, last: str, is_open: Callable[[int], bool], ours: Ours, report: Report
) -> int:
    protocol = port.protocol or "tcp"
    if not first:
        return host.free_port(port.host_ip, protocol)
    for number in range(int(first), int(last) + 1):
        if is_open(number) and _usable(port.host_ip, number, protocol, ours):
            return number
    _complain(service, port, port.published, "has no free port left in its range", report)
    return int(first)


def _usable(host_ip: str, number: int, protocol: str, ours: Ours) -> bool:
    return (number, protocol) in ours or host.is_free(host_ip, number, protocol)


def _check(service: Service, port: Port, number: int, ours: Ours, report: Report) -> None:
    if (number, port.protocol or "tcp") in ours:
        return
    reason = host.bind_error(port.host_ip, number, port.protocol or "tcp")
    if reason is not None:
        other = _other_project(number, port.protocol or "tcp")
        _complain(service, port, str(number), f"is published by the project '{other}'" if other else reason, report)


def _other_project(number: int, protocol: str) -> str:
    """Return the project whose supervisor has published a port, if it is one of ours."""
    owner = host.port_owner(number, protocol)
    words = owner.arguments() if owner is not None else []
    if ENTRY not in words or "--project" not in words:
        return ""
    return words[words.index("--project") + 1]


def _complain(service: Service, port: Port, shown: str, reason: str, report: Report) -> None:
    report.add(
        PORT_TAKEN, port.span, path=("services", service.name, "ports"), service=service.name, port=shown, reason=reason
    )
