"""Networks of a stack, and how its services are attached to them."""

from composekit.model.project import Network, Project
from composekit.model.service import Service
from composekit.swarm.naming import DEFAULT_NETWORK, Naming
from composekit.swarm.plan import Attachment, IpamPlan, NetworkPlan

# Networks of each machine itself: tasks on them have no names and so no aliases.
_WITHOUT_NAMES = frozenset({"default", "bridge", "host", "none"})


def plan_networks(project: Project, naming: Naming) -> tuple[NetworkPlan, ...]:
    """Return the networks that services use, the default one where a service names none."""
    used = {key for service in project.services.values() for key in service.networks or (DEFAULT_NETWORK,)}
    plans = (_plan_network(key, project.networks.get(key), naming) for key in used)
    return tuple(sorted(plans, key=lambda plan: plan.name))


def _plan_network(key: str, network: Network | None, naming: Naming) -> NetworkPlan:
    name = naming.object_name(key, network)
    if network is None:
        return NetworkPlan(key, name, labels=naming.mark({}))
    if network.external:
        return NetworkPlan(key, name, external=True)
    subnets = tuple(pool.subnet for pool in network.ipam.config)
    return NetworkPlan(
        key,
        name,
        driver=network.driver or "overlay",
        options=network.driver_opts,
        ipam=IpamPlan(network.ipam.driver, subnets) if network.ipam.driver or subnets else None,
        internal=network.internal,
        attachable=network.attachable,
        labels=naming.mark(network.labels),
    )


def plan_attachments(service: Service, project: Project, naming: Naming) -> tuple[Attachment, ...]:
    """Return a service's networks; on each it answers to its aliases and its own name."""
    attachments = []
    for key, use in (service.networks or {DEFAULT_NETWORK: None}).items():
        target = naming.object_name(key, project.networks.get(key))
        has_names = target not in _WITHOUT_NAMES and not target.startswith("container:")
        attachments.append(
            Attachment(
                key,
                target,
                aliases=use.aliases if use else (),
                own_name=(service.name,) if has_names else (),
                options=use.driver_opts if use else {},
            )
        )
    return tuple(sorted(attachments, key=lambda one: one.target))
