"""Printer: the bodies of the Engine API's create requests, as `docker stack deploy` sends them.

Absent members follow the API's own types (https://pkg.go.dev/github.com/docker/docker/api/types/swarm). Secrets and
configs are known by ids that only a manager gives; a reference to one says `secrets-NAME` or `configs-NAME`
where its id goes.
"""

import base64
from typing import Any

from composekit.swarm.plan import (
    ContainerPlan,
    CredentialPlan,
    Driver,
    HealthPlan,
    Limits,
    Mode,
    MountPlan,
    NetworkPlan,
    ObjectPlan,
    ObjectUse,
    Origin,
    Reservations,
    RestartPlan,
    ServicePlan,
    SwarmPlan,
    UpdatePlan,
)

Json = dict[str, Any]


def to_engine(plan: SwarmPlan) -> Json:
    """Return {"networks", "secrets", "configs", "services"}: the bodies of what has to be created, by name."""
    return {
        "networks": [_network(one) for one in plan.networks if not one.external],
        "secrets": [_object(one) for one in plan.secrets if one.origin is not Origin.EXTERNAL],
        "configs": [_object(one) for one in plan.configs if one.origin is not Origin.EXTERNAL],
        "services": [_service(one) for one in plan.services],
    }


def _said(**members: Any) -> Json:
    """Return the members that are not zero; the API leaves out the others (`omitempty` in its Go types)."""
    return {name: value for name, value in members.items() if value}


def _network(plan: NetworkPlan) -> Json:
    ipam = None
    if plan.ipam is not None:
        configs = [_said(Subnet=subnet) for subnet in plan.ipam.subnets]
        ipam = {"Driver": plan.ipam.driver, "Options": None, "Config": configs or None}
    return {
        "Name": plan.name,
        "Driver": plan.driver,
        "Scope": "",
        "IPAM": ipam,
        "Internal": plan.internal,
        "Attachable": plan.attachable,
        "Ingress": False,
        "ConfigOnly": False,
        "ConfigFrom": None,
        "Options": plan.options or None,
        "Labels": plan.labels,
    }


def _object(plan: ObjectPlan) -> Json:
    return {
        "Name": plan.name,
        "Labels": plan.labels,
        **_said(
            Data=base64.b64encode(plan.data).decode(),
            Driver=_driver(plan.driver),
            Templating=_said(Name=plan.templating),
        ),
    }


def _driver(driver: Driver | None) -> Json:
    return _said(Name=driver.name, Options=driver.options) if driver else {}


def _service(plan: ServicePlan) -> Json:
    return {
        "Name": plan.name,
        "Labels": plan.labels,
        "TaskTemplate": {
            "ContainerSpec": _container(plan.container),
            "Resources": _resources(plan.limits, plan.reservations),
            **_said(RestartPolicy=_restart(plan.restart)),
            "Placement": _said(
                Constraints=list(plan.placement.constraints),
                Preferences=[{"Spread": {"SpreadDescriptor": one}} for one in plan.placement.spread],
                MaxReplicas=plan.placement.max_replicas,
            ),
            "Networks": [
                _said(Target=one.target, Aliases=[*one.aliases, *one.own_name], DriverOpts=one.options)
                for one in plan.networks
            ],
            **({"LogDriver": _driver(plan.log_driver)} if plan.log_driver else {}),
            "ForceUpdate": 0,
        },
        "Mode": _mode(plan),
        **({"UpdateConfig": _update(plan.update)} if plan.update else {}),
        **({"RollbackConfig": _update(plan.rollback)} if plan.rollback else {}),
        "EndpointSpec": _said(
            Mode=plan.endpoint_mode,
            Ports=[
                _said(
                    Protocol=port.protocol,
                    TargetPort=port.target,
                    PublishedPort=port.published,
                    PublishMode=port.mode,
                )
                for port in plan.ports
            ],
        ),
    }


def _container(plan: ContainerPlan) -> Json:
    return {
        **_said(Image=plan.tagged_image, Labels=plan.labels, Command=list(plan.command), Args=list(plan.args)),
        **_said(
            Hostname=plan.hostname,
            Env=[name if value is None else f"{name}={value}" for name, value in plan.environment],
            Dir=plan.directory,
            User=plan.user,
        ),
        "Privileges": {
            "CredentialSpec": _credential(plan.credential),
            "SELinuxContext": None,
            "NoNewPrivileges": False,
        },
        **({"Init": plan.init} if plan.init is not None else {}),
        **_said(
            StopSignal=plan.stop_signal,
            TTY=plan.tty,
            OpenStdin=plan.open_stdin,
            ReadOnly=plan.read_only,
            Mounts=[_mount(one) for one in plan.mounts],
        ),
        **({"StopGracePeriod": plan.stop_grace_period} if plan.stop_grace_period is not None else {}),
        **({"Healthcheck": _health(plan.health)} if plan.health else {}),
        **_said(
            Hosts=[f"{address} {host}" for host, address in plan.hosts],
            DNSConfig=_said(Nameservers=list(plan.dns.servers), Search=list(plan.dns.search)) if plan.dns else {},
            Secrets=[_use(one, "Secret") for one in plan.secrets],
            Configs=[_use(one, "Config") for one in plan.configs],
            Isolation=plan.isolation,
            Sysctls=plan.sysctls,
            CapabilityAdd=list(plan.capabilities_added),
            CapabilityDrop=list(plan.capabilities_dropped),
            Ulimits=[{"Name": one.name, "Hard": one.hard, "Soft": one.soft} for one in plan.ulimits],
        ),
    }


def _credential(plan: CredentialPlan | None) -> Json | None:
    if plan is None:
        return None
    config = f"configs-{plan.config}" if plan.config else ""
    return {"Config": config, "File": plan.file, "Registry": plan.registry}


def _mount(plan: MountPlan) -> Json:
    volume = None
    if plan.volume is not None and plan.type == "volume":
        volume = _said(
            NoCopy=plan.volume.no_copy,
            Labels=plan.volume.labels,
            Subpath=plan.volume.subpath,
            DriverConfig=_driver(plan.volume.driver),
        )
    return _said(
        Type=plan.type,
        Source=plan.source,
        Target=plan.target,
        ReadOnly=plan.read_only,
        Consistency=plan.consistency,
        BindOptions={"Propagation": plan.propagation} if plan.propagation else {},
        VolumeOptions=volume,
        **({"ClusterOptions": {}} if plan.type == "cluster" else {}),
        TmpfsOptions={"SizeBytes": plan.tmpfs_size} if plan.tmpfs_size else {},
    )


def _health(plan: HealthPlan) -> Json:
    return _said(
        Test=list(plan.test),
        Interval=plan.interval,
        Timeout=plan.timeout,
        StartPeriod=plan.start_period,
        StartInterval=plan.start_interval,
        Retries=plan.retries,
    )


def _use(plan: ObjectUse, kind: str) -> Json:
    place: Json = {"File": {"Name": plan.target, "UID": plan.uid, "GID": plan.gid, "Mode": plan.mode}}
    if plan.runtime:
        place = {"Runtime": {}}
    return {**place, f"{kind}ID": f"{kind.lower()}s-{plan.name}", f"{kind}Name": plan.name}


def _resources(limits: Limits | None, reservations: Reservations | None) -> Json:
    resources: Json = {}
    if limits is not None:
        resources["Limits"] = _said(NanoCPUs=limits.nano_cpus, MemoryBytes=limits.memory, Pids=limits.pids)
    if reservations is not None:
        resources["Reservations"] = _said(
            NanoCPUs=reservations.nano_cpus,
            MemoryBytes=reservations.memory,
            GenericResources=[
                {"DiscreteResourceSpec": _said(Kind=kind, Value=value)} for kind, value in reservations.generic
            ],
        )
    return resources


def _restart(plan: RestartPlan | None) -> Json | None:
    if plan is None:
        return None
    given = {"Delay": plan.delay, "MaxAttempts": plan.max_attempts, "Window": plan.window}
    return {**_said(Condition=plan.condition), **{name: value for name, value in given.items() if value is not None}}


def _mode(plan: ServicePlan) -> Json:
    match plan.mode:
        case Mode.GLOBAL:
            return {"Global": {}}
        case Mode.GLOBAL_JOB:
            return {"GlobalJob": {}}
        case Mode.REPLICATED_JOB:
            both = {} if plan.replicas is None else {"MaxConcurrent": plan.replicas, "TotalCompletions": plan.replicas}
            return {"ReplicatedJob": both}
        case Mode.REPLICATED:
            return {"Replicated": {} if plan.replicas is None else {"Replicas": plan.replicas}}


def _update(plan: UpdatePlan) -> Json:
    return {
        "Parallelism": plan.parallelism,
        **_said(Delay=plan.delay, FailureAction=plan.failure_action, Monitor=plan.monitor),
        # Go writes a whole number without a point.
        "MaxFailureRatio": int(plan.max_failure_ratio)
        if plan.max_failure_ratio.is_integer()
        else plan.max_failure_ratio,
        "Order": plan.order,
    }
