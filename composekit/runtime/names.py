"""Who a service can reach by which name, and the hosts file that makes it so."""

from collections.abc import Iterable, Mapping

from composekit.model.project import Project
from composekit.model.service import Service
from composekit.runtime.identifiers import container_id
from composekit.runtime.replicas import Replica
from composekit.supervise.home import Home

Addresses = Mapping[str, str]
"""Address of each replica by its name; a replica on the machine's own network has none."""

_MACHINE = "127.0.0.1"


def is_on_machine(service: Service) -> bool:
    """Tell whether a service uses the machine's own network."""
    return service.network_mode in ("host", "none")


def network_owner(project: Project, service: Service) -> str:
    """Return the service whose network a service uses: its own, or the one `network_mode: service:NAME` names."""
    seen = {service.name}
    while service.network_mode.startswith("service:"):
        name = service.network_mode.removeprefix("service:")
        if name in seen or name not in project.services:
            break
        seen.add(name)
        service = project.services[name]
    return service.name


def known_names(
    project: Project, service: Service, replicas: Iterable[Replica], addresses: Addresses
) -> dict[str, list[str]]:
    """Return every name that `service` can resolve, with all addresses it stands for.

    Names are those of Docker: service, aliases on a shared network, container names; and this service's own links.
    """
    names: dict[str, list[str]] = {}
    mine = _networks(project, service)
    for replica in replicas:
        other = project.services[replica.service]
        address = addresses.get(replica.name, _MACHINE if is_on_machine(other) else "")
        shared = mine & _networks(project, other)
        if not address or not (shared or other.name == service.name or is_on_machine(service)):
            continue
        for name in (other.name, *_aliases(other, shared), replica.name, *_links(service, other)):
            known = names.setdefault(name, [])
            if address not in known:
                known.append(address)
    for name, address in _extra_hosts(service):
        names[name] = [address]
    names.setdefault("host.docker.internal", [_MACHINE])
    return names


def hosts_file(own: str, hostnames: Iterable[str], names: Mapping[str, list[str]], turn: int = 0) -> str:
    """Return the text of a replica's /etc/hosts.

    `localhost` is the replica itself, as in a container. `turn` says which of several addresses comes first, so that
    replicas that only ever use the first one do not all use the same.
    """
    lines = [f"{own}\t{name}" for name in dict.fromkeys(("localhost", *hostnames))]
    for name, addresses in names.items():
        first = turn % len(addresses)
        lines.extend(f"{address}\t{name}" for address in (*addresses[first:], *addresses[:first]))
    return "\n".join(lines) + "\n"


def _networks(project: Project, service: Service) -> set[str]:
    owner = project.services[network_owner(project, service)]
    if owner.network_mode and not owner.network_mode.startswith("service:") and not owner.networks:
        return set() if owner.network_mode != "bridge" else {"bridge"}
    return set(owner.networks) or {"default"}


def _aliases(service: Service, shared: set[str]) -> list[str]:
    found: list[str] = []
    for network in sorted(shared):
        attached = service.networks.get(network)
        if attached is not None:
            found.extend(attached.aliases)
    return found


def _links(service: Service, other: Service) -> list[str]:
    pairs = [link.partition(":") for link in service.links]
    return [alias for name, _, alias in pairs if name == other.name and alias]


def _extra_hosts(service: Service) -> list[tuple[str, str]]:
    found = []
    for entry in service.extra_hosts:
        at = entry.find("=") if "=" in entry else entry.find(":")
        if at > 0:
            address = entry[at + 1 :].strip("[]")
            found.append((entry[:at], _MACHINE if address == "host-gateway" else address))
    return found


def host_name(service: Service, replica: Replica, home: Home) -> str:
    """Return the service's own `hostname`, else the start of the replica's id, as in Docker."""
    return service.hostname or container_id(home, replica.name)[:12]


def hosts_of(service: Service, replica: Replica, name: str, address: str, names: Mapping[str, list[str]]) -> str:
    """Return the hosts file of a replica that has this host name and address and knows these names."""
    whole = f"{name}.{service.domainname}\t{name}" if service.domainname else name
    return hosts_file(address, (whole, replica.name), names, replica.index - 1)


def replica_addresses(project: Project, replicas: list[Replica], own: Mapping[str, str]) -> dict[str, str]:
    """Return each replica's address: its own, or that of the service whose network it shares; none on the machine's."""
    first = {replica.service: own[replica.name] for replica in reversed(replicas) if replica.name in own}
    found = {}
    for replica in replicas:
        service = project.services[replica.service]
        owner = network_owner(project, service)
        if not is_on_machine(project.services[owner]):
            found[replica.name] = own[replica.name] if owner == service.name else first.get(owner, own[replica.name])
    return found
