"""Printer: a stack file that `docker stack deploy` accepts and sends the same requests for.

Only keys of its schema 3.13 are written, with the types that the schema wants: ports as numbers, processors as text.
Every `$` is doubled, for the docker client interpolates once more.
"""

from decimal import Decimal
from typing import Any

from composekit.swarm.contents import content_file
from composekit.swarm.naming import DEFAULT_NETWORK, IMAGE_LABEL, NAMESPACE_LABEL
from composekit.swarm.plan import (
    ContainerPlan,
    Driver,
    HealthPlan,
    Limits,
    Mode,
    MountPlan,
    NetworkPlan,
    ObjectPlan,
    ObjectUse,
    Origin,
    PortPlan,
    Reservations,
    RestartPlan,
    ServicePlan,
    SwarmPlan,
    UpdatePlan,
)
from composekit.values.quantity import format_duration

Tree = dict[str, Any]


def to_stack(plan: SwarmPlan, *, folder: str) -> Tree:
    """Return the stack file as plain dicts and lists.

    The client reads configs and secrets from files only: those whose bytes are in no file are looked for in `folder`,
    under the names of `composekit.swarm.contents`.
    """
    tree: Tree = {
        "version": "3.13",
        "services": {one.key: _service(one) for one in plan.services},
        **_said(
            networks={
                one.key: _network(one, plan.stack) for one in plan.networks if not _is_plain_default(one, plan.stack)
            },
            volumes=_volumes(plan),
            secrets={one.key: _object("secret", one, plan.stack, folder) for one in plan.secrets},
            configs={one.key: _object("config", one, plan.stack, folder) for one in plan.configs},
        ),
    }
    escaped: Tree = _escape(tree)
    return escaped


def _said(**members: Any) -> Tree:
    return {name: value for name, value in members.items() if value}


def _escape(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, dict):
        return {key: _escape(item) for key, item in value.items()}
    return [_escape(item) for item in value] if isinstance(value, (list, tuple)) else value


def _own(labels: dict[str, str], *added: str) -> dict[str, str]:
    """Return labels without those that the client adds itself."""
    return {name: value for name, value in labels.items() if name not in added}


def _named(name: str, key: str, stack: str) -> Tree:
    return {} if name == f"{stack}_{key}" else {"name": name}


def _network(plan: NetworkPlan, stack: str) -> Tree:
    if plan.external:
        return {"external": True, "name": plan.name}
    ipam: Tree = {}
    if plan.ipam is not None:
        ipam = _said(driver=plan.ipam.driver, config=[_said(subnet=subnet) for subnet in plan.ipam.subnets])
    return {
        **_named(plan.name, plan.key, stack),
        **_said(
            driver="" if plan.driver == "overlay" else plan.driver,
            driver_opts=plan.options,
            ipam=ipam,
            internal=plan.internal,
            attachable=plan.attachable,
            labels=_own(plan.labels, NAMESPACE_LABEL),
        ),
    }


def _is_plain_default(plan: NetworkPlan, stack: str) -> bool:
    return plan.key == DEFAULT_NETWORK and not _network(plan, stack)


def _volumes(plan: SwarmPlan) -> Tree:
    volumes: Tree = {}
    for service in plan.services:
        for mount in service.container.mounts:
            if (use := mount.volume) is None:
                continue
            volumes[use.key] = (
                {"external": True, "name": mount.source}
                if use.external
                else {
                    **_named(mount.source, use.key, plan.stack),
                    **_driver(use.driver, "driver", "driver_opts"),
                    **_said(labels=_own(use.labels, NAMESPACE_LABEL)),
                }
            )
    return volumes


def _driver(driver: Driver | None, name: str, options: str) -> Tree:
    return _said(**{name: driver.name, options: driver.options}) if driver else {}


def _object(kind: str, plan: ObjectPlan, stack: str, folder: str) -> Tree:
    if plan.origin is Origin.EXTERNAL:
        return {"external": True, "name": plan.name}
    source: Tree = _driver(plan.driver, "driver", "driver_opts")
    if plan.origin is Origin.FILE:
        source = {"file": plan.place}
    elif plan.origin is not Origin.DRIVER:
        source = {"file": content_file(kind, plan, folder)}
    return {
        **_named(plan.name, plan.key, stack),
        **source,
        **_said(labels=_own(plan.labels, NAMESPACE_LABEL), template_driver=plan.templating),
    }


def _service(plan: ServicePlan) -> Tree:
    return {
        **_container(plan.container),
        **_said(networks=_attachments(plan), ports=[_port(one) for one in plan.ports]),
        **({"logging": _driver(plan.log_driver, "driver", "options")} if plan.log_driver else {}),
        **_said(deploy=_deploy(plan)),
    }


def _attachments(plan: ServicePlan) -> Tree | list[str]:
    uses = {one.key: _said(aliases=list(one.aliases), driver_opts=one.options) for one in plan.networks}
    if any(uses.values()):
        return {key: use or None for key, use in uses.items()}
    return [] if list(uses) == [DEFAULT_NETWORK] else list(uses)


def _port(plan: PortPlan) -> Tree:
    return _said(target=plan.target, published=plan.published, protocol=plan.protocol, mode=plan.mode)


def _container(plan: ContainerPlan) -> Tree:
    return {
        "image": plan.image,
        **_said(
            entrypoint=list(plan.command),
            command=list(plan.args),
            hostname=plan.hostname,
            environment=dict(plan.environment),
            labels=_own(plan.labels, NAMESPACE_LABEL),
            working_dir=plan.directory,
            user=plan.user,
            stop_signal=plan.stop_signal,
            tty=plan.tty,
            stdin_open=plan.open_stdin,
            read_only=plan.read_only,
            volumes=[_mount(one) for one in plan.mounts],
            extra_hosts=[f"{host}={address}" for host, address in plan.hosts],
            dns=list(plan.dns.servers) if plan.dns else [],
            dns_search=list(plan.dns.search) if plan.dns else [],
            secrets=[_use(one) for one in plan.secrets],
            configs=[_use(one) for one in plan.configs if not one.runtime],
            isolation=plan.isolation,
            sysctls=plan.sysctls,
            cap_add=list(plan.capabilities_added),
            cap_drop=list(plan.capabilities_dropped),
            ulimits={one.name: {"soft": one.soft, "hard": one.hard} for one in plan.ulimits},
        ),
        **({"init": plan.init} if plan.init is not None else {}),
        **(
            {"stop_grace_period": format_duration(plan.stop_grace_period)} if plan.stop_grace_period is not None else {}
        ),
        **({"healthcheck": _health(plan.health)} if plan.health else {}),
        **({"credential_spec": _credential(plan)} if plan.credential else {}),
    }


def _credential(plan: ContainerPlan) -> Tree:
    spec = plan.credential
    return _said(config=spec.config_key, file=spec.file, registry=spec.registry) if spec else {}


def _mount(plan: MountPlan) -> Tree:
    volume = plan.volume
    return {
        "type": plan.type,
        **_said(
            source=volume.key if volume else plan.source,
            target=plan.target,
            read_only=plan.read_only,
            consistency=plan.consistency,
            bind=_said(propagation=plan.propagation),
            volume=_said(nocopy=volume.no_copy, subpath=volume.subpath) if volume else {},
            tmpfs=_said(size=plan.tmpfs_size),
        ),
    }


def _health(plan: HealthPlan) -> Tree:
    times = {
        "interval": plan.interval,
        "timeout": plan.timeout,
        "start_period": plan.start_period,
        "start_interval": plan.start_interval,
    }
    return {
        **_said(test=list(plan.test)),
        **{name: format_duration(time) for name, time in times.items() if time},
        **_said(retries=plan.retries),
    }


def _use(plan: ObjectUse) -> Tree:
    return {
        "source": plan.key,
        "target": plan.target,
        **({"uid": plan.uid} if plan.uid != "0" else {}),
        **({"gid": plan.gid} if plan.gid != "0" else {}),
        **({"mode": plan.mode} if plan.mode != 0o444 else {}),
    }


def _deploy(plan: ServicePlan) -> Tree:
    placement = _said(
        constraints=list(plan.placement.constraints),
        preferences=[{"spread": one} for one in plan.placement.spread],
        max_replicas_per_node=plan.placement.max_replicas,
    )
    return {
        **_said(mode="" if plan.mode is Mode.REPLICATED else plan.mode.value),
        **({"replicas": plan.replicas} if plan.replicas is not None else {}),
        **_said(
            endpoint_mode=plan.endpoint_mode,
            labels=_own(plan.labels, NAMESPACE_LABEL, IMAGE_LABEL),
            resources=_resources(plan.limits, plan.reservations),
            restart_policy=_restart(plan.restart),
            placement=placement,
            update_config=_update(plan.update),
            rollback_config=_update(plan.rollback),
        ),
    }


def _resources(limits: Limits | None, reservations: Reservations | None) -> Tree:
    tree: Tree = {}
    if limits is not None:
        tree["limits"] = _said(cpus=_cpus(limits.nano_cpus), memory=_bytes(limits.memory), pids=limits.pids)
    if reservations is not None:
        tree["reservations"] = _said(
            cpus=_cpus(reservations.nano_cpus),
            memory=_bytes(reservations.memory),
            generic_resources=[
                {"discrete_resource_spec": {"kind": kind, "value": value}} for kind, value in reservations.generic
            ],
        )
    return tree


def _cpus(nano: int) -> str:
    return f"{(Decimal(nano) / 1_000_000_000).normalize():f}" if nano else ""


def _bytes(size: int) -> str:
    return str(size) if size else ""


def _restart(plan: RestartPlan | None) -> Tree:
    if plan is None:
        return {}
    return {
        **_said(condition=plan.condition),
        **({"delay": format_duration(plan.delay)} if plan.delay is not None else {}),
        **({"max_attempts": plan.max_attempts} if plan.max_attempts is not None else {}),
        **({"window": format_duration(plan.window)} if plan.window is not None else {}),
    }


def _update(plan: UpdatePlan | None) -> Tree:
    if plan is None:
        return {}
    return {
        "parallelism": plan.parallelism,
        **({"delay": format_duration(plan.delay)} if plan.delay else {}),
        **_said(failure_action=plan.failure_action),
        **({"monitor": format_duration(plan.monitor)} if plan.monitor else {}),
        **_said(max_failure_ratio=plan.max_failure_ratio, order=plan.order),
    }
